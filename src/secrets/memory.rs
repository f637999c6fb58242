//! A store in memory, for tests: clones share what is kept, and it fails when told to.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret, SecretString};

use super::{SecretError, SecretName, SecretStore};

/// What is asked of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// [`SecretStore::get`].
    Get,
    /// [`SecretStore::set`].
    Set,
    /// [`SecretStore::delete`].
    Delete,
}

/// The store; its clones share everything.
#[derive(Clone, Default)]
pub struct MemoryStore {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    secrets: BTreeMap<SecretName, SecretString>,
    failures: BTreeMap<Operation, SecretError>,
    calls: Vec<(Operation, SecretName)>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A store that has a secret.
    #[must_use]
    pub fn with(self, name: SecretName, value: &str) -> Self {
        let _ = self.shared().secrets.insert(name, SecretString::from(value));
        self
    }

    /// From now on this operation fails, until [`Self::work_again`].
    pub fn fail(&self, operation: Operation, error: SecretError) {
        let _ = self.shared().failures.insert(operation, error);
    }

    /// Ends what [`Self::fail`] began.
    pub fn work_again(&self) {
        self.shared().failures.clear();
    }

    /// The plain value, as a test compares it; no call is counted.
    #[must_use]
    pub fn value(&self, name: &SecretName) -> Option<String> {
        self.shared().secrets.get(name).map(|secret| secret.expose_secret().to_owned())
    }

    /// The names of what it holds, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<SecretName> {
        self.shared().secrets.keys().cloned().collect()
    }

    /// Everything that was asked of it, in order, failures included.
    #[must_use]
    pub fn calls(&self) -> Vec<(Operation, SecretName)> {
        self.shared().calls.clone()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        // What a panicking test left behind is still a map.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn called(&self, operation: Operation, name: &SecretName) -> Result<MutexGuard<'_, Shared>, SecretError> {
        let mut shared = self.shared();
        shared.calls.push((operation, name.clone()));
        match shared.failures.get(&operation) {
            Some(error) => Err(error.clone()),
            None => Ok(shared),
        }
    }
}

impl SecretStore for MemoryStore {
    fn get(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        Ok(self.called(Operation::Get, name)?.secrets.get(name).cloned())
    }

    fn set(&self, name: &SecretName, value: &SecretString) -> Result<(), SecretError> {
        let _ = self.called(Operation::Set, name)?.secrets.insert(name.clone(), value.clone());
        Ok(())
    }

    fn delete(&self, name: &SecretName) -> Result<bool, SecretError> {
        Ok(self.called(Operation::Delete, name)?.secrets.remove(name).is_some())
    }

    fn describe(&self) -> String {
        "this process's memory".to_owned()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("names", &self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Purpose;
    use super::*;

    fn name() -> SecretName {
        SecretName::new("default", Purpose::XeroRefreshToken)
    }

    #[test]
    fn clones_share_what_is_kept() {
        let store = MemoryStore::new();
        let other = store.clone();
        store.set(&name(), &"token".into()).unwrap();
        assert_eq!(other.get(&name()).unwrap().unwrap().expose_secret(), "token");
        assert!(other.delete(&name()).unwrap());
        assert!(!store.delete(&name()).unwrap());
        assert!(store.get(&name()).unwrap().is_none());
    }

    #[test]
    fn it_fails_on_demand_and_changes_nothing_then() {
        let store = MemoryStore::new().with(name(), "old");
        store.fail(Operation::Set, SecretError::new("locked").hint("unlock it"));
        let error = store.set(&name(), &"new".into()).unwrap_err();
        assert_eq!((error.message.as_str(), error.hints.as_slice()), ("locked", &["unlock it".to_owned()][..]));
        assert_eq!(store.get(&name()).unwrap().unwrap().expose_secret(), "old");
        store.work_again();
        store.set(&name(), &"new".into()).unwrap();
        assert_eq!(store.value(&name()).unwrap(), "new");
        assert_eq!(store.calls().len(), 3);
    }

    #[test]
    fn debug_shows_no_secret() {
        let store = MemoryStore::new().with(name(), "hunter2");
        assert!(!format!("{store:?}").contains("hunter2"), "{store:?}");
    }
}

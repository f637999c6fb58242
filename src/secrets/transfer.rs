//! Moving a profile's secrets from one store to another, so that no moment is without them: proven, copied,
//! compared, and only then forgotten where they were. Whoever moves changes the configuration in between.

use secrecy::{ExposeSecret, SecretString};

use super::{Purpose, SecretError, SecretName, SecretStore};

/// What the probe writes, and forgets again.
const PROBE: &str = "cspctl was moving in";

/// What [`copy`] did, and what it replaced.
#[derive(Debug)]
pub struct Copied {
    /// Each secret, with what the newer store held under its name before.
    written: Vec<(SecretName, Option<SecretString>)>,
    /// What only the newer store had: it counts once the configuration names that store.
    pub stray: Vec<Purpose>,
}

/// Makes sure that the newer store keeps and gives secrets, and is not the older one under another
/// name, where forgetting would lose them.
///
/// # Errors
///
/// When either store cannot be used, the newer one is read-only, or both are one.
pub fn prove(from: &dyn SecretStore, to: &dyn SecretStore) -> Result<(), SecretError> {
    // Of this process alone, and never the name of a real secret.
    let name = SecretName::new(&format!("move-{}", std::process::id()), Purpose::XeroClientSecret);
    to.set(&name, &PROBE.into())?;
    let (kept, seen) = (to.get(&name), from.get(&name));
    let _ = to.delete(&name)?;
    if seen?.is_some() {
        return Err(SecretError::new(format!("{} is the same place as {}: there is nothing to move", to.describe(), from.describe())));
    }
    match kept? {
        Some(kept) if kept.expose_secret() == PROBE => Ok(()),
        _ => Err(SecretError::new(format!("{} took a secret and did not give it back", to.describe()))),
    }
}

/// Copies every secret of a profile. Nothing is forgotten. Neither store may have the environment in front.
///
/// # Errors
///
/// At the first secret that cannot be read, kept or given back as it was; the newer store is then as it
/// was before, as far as it lets itself be.
pub fn copy(from: &dyn SecretStore, to: &dyn SecretStore, profile: &str) -> Result<Copied, SecretError> {
    let mut copied = Copied { written: Vec::new(), stray: Vec::new() };
    match copied.fill(from, to, profile) {
        Ok(()) => Ok(copied),
        Err(error) => Err(copied.take_back(to, error)),
    }
}

impl Copied {
    fn fill(&mut self, from: &dyn SecretStore, to: &dyn SecretStore, profile: &str) -> Result<(), SecretError> {
        for purpose in Purpose::ALL {
            let name = SecretName::new(profile, purpose);
            let before = to.get(&name)?;
            let Some(value) = from.get(&name)? else {
                self.stray.extend(before.map(|_| purpose));
                continue;
            };
            // Before the attempt: one that fails half-way may have changed something.
            self.written.push((name.clone(), before));
            to.set(&name, &value)?;
            if to.get(&name)?.is_none_or(|kept| kept.expose_secret() != value.expose_secret()) {
                return Err(SecretError::new(format!("{} took {name} but does not give the same back", to.describe())));
            }
        }
        Ok(())
    }

    /// What the secrets are for.
    #[must_use]
    pub fn purposes(&self) -> Vec<Purpose> {
        self.written.iter().map(|(name, _)| name.purpose).collect()
    }

    /// Makes the newer store what it was before, because of an error, and gives that error. What cannot be
    /// taken back is named in it.
    #[must_use]
    pub fn take_back(&self, to: &dyn SecretStore, error: SecretError) -> SecretError {
        let undo = |(name, before): &(SecretName, Option<SecretString>)| match before {
            Some(before) => to.set(name, before).err(),
            None => to.delete(name).err(),
        };
        let left: Vec<String> = self.written.iter().filter(|entry| undo(entry).is_some()).map(|(name, _)| name.to_string()).collect();
        if left.is_empty() { error } else { error.hint(format!("a copy may be left in {}; remove it there: {}", to.describe(), left.join(", "))) }
    }

    /// Forgets in the older store what was copied.
    ///
    /// # Errors
    ///
    /// When some of it could not be forgotten; the others are. The names are in the message.
    pub fn forget(&self, from: &dyn SecretStore) -> Result<(), SecretError> {
        let (mut left, mut first) = (Vec::new(), None);
        for (name, _) in &self.written {
            if let Err(error) = from.delete(name) {
                left.push(name.to_string());
                first = first.or(Some(error));
            }
        }
        match first {
            None => Ok(()),
            Some(error) => {
                Err(SecretError { message: format!("{} could not be removed from {}: {}", left.join(", "), from.describe(), error.message), ..error })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::memory::{MemoryStore, Operation};
    use super::*;

    fn name(profile: &str) -> SecretName {
        SecretName::new(profile, Purpose::XeroRefreshToken)
    }

    #[test]
    fn one_profile_s_secrets_are_copied_and_stay() {
        let from = MemoryStore::new().with(name("default"), "token").with(name("nz"), "of nz");
        let to = MemoryStore::new();
        let copied = copy(&from, &to, "default").unwrap();
        assert_eq!(copied.purposes(), [Purpose::XeroRefreshToken]);
        assert_eq!((to.value(&name("default")).as_deref(), to.value(&name("nz"))), (Some("token"), None));
        assert_eq!(from.value(&name("default")).as_deref(), Some("token"));
        copied.forget(&from).unwrap();
        assert_eq!(from.names(), [name("nz")]);
    }

    #[test]
    fn a_store_that_fails_ends_it_and_is_left_as_it_was() {
        let from = MemoryStore::new().with(name("default"), "token");
        let to = MemoryStore::new();
        to.fail(Operation::Set, SecretError::new("the disk is full"));
        assert_eq!(copy(&from, &to, "default").unwrap_err().message, "the disk is full");
        assert!(to.names().is_empty());
    }

    /// A store with room for one secret.
    #[derive(Debug)]
    struct Small(MemoryStore);

    impl SecretStore for Small {
        fn get(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
            self.0.get(name)
        }
        fn set(&self, name: &SecretName, value: &SecretString) -> Result<(), SecretError> {
            if self.0.names().iter().any(|other| other != name) { Err(SecretError::new("the disk is full")) } else { self.0.set(name, value) }
        }
        fn delete(&self, name: &SecretName) -> Result<bool, SecretError> {
            self.0.delete(name)
        }
        fn describe(&self) -> String {
            "a small store".to_owned()
        }
    }

    #[test]
    fn a_store_that_fills_up_gets_back_what_it_had() {
        let second = SecretName::new("default", Purpose::DickerDataAccessCode);
        let from = MemoryStore::new().with(name("default"), "token").with(second, "code");
        for before in [None, Some("an older one")] {
            let to = Small(before.into_iter().fold(MemoryStore::new(), |store, old| store.with(name("default"), old)));
            assert_eq!(copy(&from, &to, "default").unwrap_err().message, "the disk is full");
            assert_eq!(to.0.value(&name("default")).as_deref(), before);
            assert_eq!(to.0.names().len(), usize::from(before.is_some()));
        }
        assert_eq!(from.names().len(), 2);
    }

    #[test]
    fn a_copy_that_cannot_be_taken_back_is_named() {
        let to = MemoryStore::new();
        let copied = copy(&MemoryStore::new().with(name("default"), "token"), &to, "default").unwrap();
        to.fail(Operation::Delete, SecretError::new("read-only now"));
        let error = copied.take_back(&to, SecretError::new("config.toml cannot be written"));
        assert_eq!(error.message, "config.toml cannot be written");
        assert!(error.hints[0].contains("default/xero/refresh"), "{error:?}");
    }

    #[test]
    fn what_only_the_newer_store_has_is_told_and_kept() {
        let to = MemoryStore::new().with(name("default"), "of an older sign-in");
        let copied = copy(&MemoryStore::new(), &to, "default").unwrap();
        assert_eq!((copied.stray, to.value(&name("default")).as_deref()), (vec![Purpose::XeroRefreshToken], Some("of an older sign-in")));
    }

    #[test]
    fn one_place_under_two_names_is_noticed_before_anything_is_forgotten() {
        let from = MemoryStore::new().with(name("default"), "token");
        let error = prove(&from, &from.clone()).unwrap_err();
        assert!(error.message.contains("the same place"), "{error}");
        assert_eq!(from.names(), [name("default")], "the probe is gone");
        prove(&from, &MemoryStore::new()).unwrap();
    }

    #[test]
    fn what_cannot_be_forgotten_is_named() {
        let from = MemoryStore::new().with(name("default"), "token");
        let copied = copy(&from, &MemoryStore::new(), "default").unwrap();
        from.fail(Operation::Delete, SecretError::new("it is read-only"));
        let error = copied.forget(&from).unwrap_err();
        assert!(error.message.contains("default/xero/refresh") && error.message.ends_with("it is read-only"), "{error}");
    }
}

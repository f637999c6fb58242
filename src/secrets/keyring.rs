//! The platform's keyring. Each call runs on a thread of its own with a deadline, because a locked
//! keyring blocks until somebody answers a question that may be on no screen (`engineering.md` 5.1).

mod chunks;
mod entries;
mod trouble;

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use entries::{Entries, PLATFORM_NAME, Platform};
use trouble::Trouble;

use super::{SecretError, SecretName, SecretStore};

/// Patience with a keyring when nobody is there to unlock it.
const UNATTENDED_PATIENCE: Duration = Duration::from_secs(3);
/// Patience while a person may be typing its password: less cuts people off.
const ATTENDED_PATIENCE: Duration = Duration::from_mins(1);
/// What the write probe writes.
const PROBE: &[u8] = b"cspctl was here";

/// How a secret lies in an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// As it is.
    Plain,
    /// In base64: KDE's wallet keeps nothing but text.
    Base64,
    /// In pieces, see [`chunks`].
    Pieces,
}

impl Layout {
    const PLATFORM: Self = if cfg!(windows) {
        Self::Pieces
    } else if cfg!(target_os = "macos") {
        Self::Plain
    } else {
        Self::Base64
    };

    fn read(self, entries: &dyn Entries, user: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let bytes = match self {
            Self::Plain | Self::Base64 => entries.read(user)?,
            Self::Pieces => chunks::read(entries, user)?,
        };
        match bytes {
            // What a locked keychain may have stored without an error.
            Some(bytes) if bytes.is_empty() => Err(Trouble::Damaged),
            Some(bytes) if self == Self::Base64 => STANDARD.decode(&bytes).map(Some).map_err(|_| Trouble::Damaged),
            bytes => Ok(bytes),
        }
    }

    fn write(self, entries: &dyn Entries, user: &str, bytes: &[u8]) -> Result<(), Trouble> {
        match self {
            Self::Plain => entries.write(user, bytes),
            Self::Base64 => entries.write(user, STANDARD.encode(bytes).as_bytes()),
            Self::Pieces => chunks::write(entries, user, bytes),
        }
    }

    fn remove(self, entries: &dyn Entries, user: &str) -> Result<bool, Trouble> {
        match self {
            Self::Plain | Self::Base64 => entries.remove(user),
            Self::Pieces => chunks::remove(entries, user),
        }
    }
}

/// The store in this machine's keyring: service `cspctl`, the secret's name as the user.
pub struct Keyring {
    backend: Backend,
    patience: Duration,
    /// A call that was given up and still waits for an answer.
    waiting: RefCell<Option<JoinHandle<()>>>,
}

/// What a call's own thread needs.
#[derive(Clone)]
struct Backend {
    entries: Arc<dyn Entries>,
    layout: Layout,
    /// Whether "none" is believed without a write: elsewhere than at a Secret Service, or once
    /// it has kept or given a secret.
    believed: Arc<AtomicBool>,
}

impl Keyring {
    /// The keyring of this machine. A person who may type gets a minute to unlock it, else three
    /// seconds have to do. Nothing is opened yet.
    #[must_use]
    pub fn new(may_prompt: bool) -> Self {
        let patience = if may_prompt { ATTENDED_PATIENCE } else { UNATTENDED_PATIENCE };
        let tells_the_truth = cfg!(windows) || cfg!(target_os = "macos");
        Self::over(Arc::new(Platform), Layout::PLATFORM, tells_the_truth, patience)
    }

    fn over(entries: Arc<dyn Entries>, layout: Layout, tells_the_truth: bool, patience: Duration) -> Self {
        let backend = Backend { entries, layout, believed: Arc::new(AtomicBool::new(tells_the_truth)) };
        Self { backend, patience, waiting: RefCell::new(None) }
    }

    /// Runs a call on its own thread. On a time-out the thread is left behind: nothing can end it.
    fn call<T: Send + 'static>(
        &self,
        name: &SecretName,
        operation: impl FnOnce(&Backend, &SecretName) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, SecretError> {
        // Everybody would queue behind it, so nobody waits a second time.
        if self.waiting.borrow().as_ref().is_some_and(|thread| !thread.is_finished()) {
            return Err(Trouble::Silent(self.patience).explain(name));
        }
        let (sender, receiver) = mpsc::channel();
        let (backend, of_thread) = (self.backend.clone(), name.clone());
        let started = std::thread::Builder::new().name("keyring".to_owned()).spawn(move || {
            // Nobody listens any more after a time-out.
            let _ = sender.send(operation(&backend, &of_thread));
        });
        let thread = started.map_err(|error| Trouble::Failed(error.to_string()).explain(name))?;
        match receiver.recv_timeout(self.patience) {
            Ok(result) => result.map_err(|trouble| trouble.explain(name)),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let _ = self.waiting.replace(Some(thread));
                Err(Trouble::Silent(self.patience).explain(name))
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(Trouble::Failed("the call to it ended without an answer".to_owned()).explain(name)),
        }
    }
}

impl Backend {
    fn get(&self, name: &SecretName) -> Result<Option<Vec<u8>>, Trouble> {
        let found = self.layout.read(&*self.entries, &name.to_string())?;
        match found {
            Some(_) => self.believed.store(true, Ordering::Relaxed),
            None => self.prove(name)?,
        }
        Ok(found)
    }

    /// A Secret Service without a collection says "no entry" as if it worked. Only a write shows
    /// whether it does.
    fn prove(&self, name: &SecretName) -> Result<(), Trouble> {
        if self.believed.load(Ordering::Relaxed) {
            return Ok(());
        }
        // Of this process alone: another one may probe at the same moment.
        let probe = format!("{}/probe-{}", name.profile, std::process::id());
        self.layout.write(&*self.entries, &probe, PROBE)?;
        let kept = self.layout.read(&*self.entries, &probe)?;
        let _ = self.layout.remove(&*self.entries, &probe)?;
        if kept.as_deref() != Some(PROBE) {
            return Err(Trouble::NotKept);
        }
        self.believed.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn set(&self, name: &SecretName, value: &SecretString) -> Result<(), Trouble> {
        let (user, bytes) = (name.to_string(), value.expose_secret().as_bytes());
        self.layout.write(&*self.entries, &user, bytes)?;
        match self.layout.read(&*self.entries, &user) {
            Ok(Some(kept)) if kept == bytes => {
                self.believed.store(true, Ordering::Relaxed);
                Ok(())
            }
            Ok(_) | Err(Trouble::Damaged) => Err(Trouble::NotKept),
            Err(trouble) => Err(trouble),
        }
    }

    fn delete(&self, name: &SecretName) -> Result<bool, Trouble> {
        let was_there = self.layout.remove(&*self.entries, &name.to_string())?;
        if !was_there {
            self.prove(name)?;
        }
        Ok(was_there)
    }
}

impl SecretStore for Keyring {
    fn get(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        let found = self.call(name, Backend::get)?;
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).map(SecretString::from).map_err(|_| Trouble::Damaged.explain(name));
        found.map(text).transpose()
    }

    fn set(&self, name: &SecretName, value: &SecretString) -> Result<(), SecretError> {
        super::refuse_unfit(name, value)?;
        let value = value.clone();
        self.call(name, move |backend, name| backend.set(name, &value))
    }

    fn delete(&self, name: &SecretName) -> Result<bool, SecretError> {
        self.call(name, Backend::delete)
    }

    fn describe(&self) -> String {
        format!("the keyring of this machine ({PLATFORM_NAME})")
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("layout", &self.backend.layout).field("patience", &self.patience).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

//! The entries of this machine's keyring as bytes under a name: the only place that calls it.
//! Every call may block for as long as somebody looks at an unlock dialog.

use std::collections::HashMap;

use super::trouble::Trouble;

/// The service of every entry, without spaces: other programs find entries by it.
const SERVICE: &str = "cspctl";

/// Named bytes in a keyring.
pub(super) trait Entries: Send + Sync {
    /// The bytes; `None` when the keyring says that there are none, which need not be true.
    fn read(&self, user: &str) -> Result<Option<Vec<u8>>, Trouble>;

    /// Keeps the bytes, replacing older ones.
    fn write(&self, user: &str, bytes: &[u8]) -> Result<(), Trouble>;

    /// Forgets the bytes; false when there were none.
    fn remove(&self, user: &str) -> Result<bool, Trouble>;
}

/// The keyring of this machine.
pub(super) struct Platform;

/// What people call it.
pub(super) const PLATFORM_NAME: &str = if cfg!(windows) {
    "Credential Manager"
} else if cfg!(target_os = "macos") {
    "Keychain"
} else {
    "Secret Service"
};

fn entry(user: &str) -> Result<keyring_core::Entry, Trouble> {
    // The cause is told only here, once a process; an entry would say no more than "no store".
    if let Err(error) = keyring::Entry::store_status() {
        return Err(Trouble::of_start(error));
    }
    let label = format!("cspctl {user}");
    let modifiers = if cfg!(windows) {
        // The default is to roam to other machines of the domain.
        HashMap::from([("persistence", "Local")])
    } else if cfg!(target_os = "macos") {
        HashMap::new()
    } else {
        HashMap::from([("label", label.as_str())])
    };
    keyring_core::Entry::new_with_modifiers(SERVICE, user, &modifiers).map_err(|error| Trouble::of_platform(&error))
}

impl Entries for Platform {
    fn read(&self, user: &str) -> Result<Option<Vec<u8>>, Trouble> {
        match entry(user)?.get_secret() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(keyring_core::Error::NoEntry) => Ok(None),
            Err(error) => Err(Trouble::of_platform(&error)),
        }
    }

    fn write(&self, user: &str, bytes: &[u8]) -> Result<(), Trouble> {
        entry(user)?.set_secret(bytes).map_err(|error| Trouble::of_platform(&error))
    }

    fn remove(&self, user: &str) -> Result<bool, Trouble> {
        match entry(user)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(keyring_core::Error::NoEntry) => Ok(false),
            Err(error) => Err(Trouble::of_platform(&error)),
        }
    }
}

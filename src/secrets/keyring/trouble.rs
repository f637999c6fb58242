//! What can be wrong with a keyring, told apart by remedy, as a message for people
//! (`engineering.md` 5.1, the table of situations).

use std::time::Duration;

use super::super::{SecretError, SecretName, remedy};
use super::entries::PLATFORM_NAME;

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No session bus, no keyring program, not supported here.
    Unreachable(String),
    /// It is there and cannot be opened: nobody answers its question.
    Locked(String),
    /// It is there and has nowhere to put secrets: nobody has signed in to a desktop yet.
    NoCollection(String),
    /// It does not answer in time.
    Silent(Duration),
    /// It took a secret and gives back another, or none.
    NotKept,
    /// What it holds was not written by cspctl, or only in part.
    Damaged,
    /// Several entries have one name.
    Ambiguous(usize),
    /// Anything else it says.
    Failed(String),
}

impl Trouble {
    /// From the keyring library's error; its `Debug` form could show bytes, its `Display` does not.
    pub(super) fn of_platform(error: &keyring_core::Error) -> Self {
        let cause = cause(error);
        match error {
            keyring_core::Error::NoDefaultStore => Self::Unreachable(cause),
            keyring_core::Error::Ambiguous(entries) => Self::Ambiguous(entries.len()),
            // The kinds of the store below are not public to us; its words are.
            _ if cause.contains("prompt") || cause.contains("locked") => Self::Locked(cause),
            keyring_core::Error::NoStorageAccess(_) if cause.contains("result not returned") => Self::NoCollection(cause),
            keyring_core::Error::NoStorageAccess(_) => Self::Locked(cause),
            _ => Self::Failed(cause),
        }
    }

    /// From the library's error when it could not so much as start.
    pub(super) fn of_start(error: &keyring_core::Error) -> Self {
        Self::Unreachable(cause(error))
    }

    /// What a person reads.
    pub(super) fn explain(self, name: &SecretName) -> SecretError {
        let keyring = format!("the keyring of this machine ({PLATFORM_NAME})");
        match self {
            Self::Unreachable(cause) => remedy::other_stores(SecretError::new(format!("{keyring} cannot be reached: {cause}")).hint(START)),
            Self::Locked(cause) => remedy::other_stores(SecretError::new(format!("{keyring} is locked: {cause}")).hint(UNLOCK)),
            Self::NoCollection(cause) => remedy::other_stores(
                SecretError::new(format!("{keyring} has no collection to keep secrets in: {cause}"))
                    .hint("sign in to the desktop once, or make a default keyring with a password manager such as Seahorse"),
            ),
            Self::Silent(patience) => {
                remedy::other_stores(SecretError::new(format!("{keyring} did not answer within {} seconds; is it locked?", patience.as_secs())).hint(UNLOCK))
            }
            Self::NotKept => {
                remedy::other_stores(SecretError::new(format!("{keyring} took {name} but does not give the same back; it may be locked")).hint(UNLOCK))
            }
            Self::Damaged => SecretError::new(format!("the entry {name} of {keyring} was not written by cspctl, or only in part"))
                .hint("sign in again with `cspctl auth`, which replaces it"),
            Self::Ambiguous(entries) => SecretError::new(format!("{keyring} has {entries} entries named {name}, and only one can be right"))
                .hint(format!("delete them, then sign in again: secret-tool clear service cspctl username {name}")),
            Self::Failed(cause) => remedy::other_stores(SecretError::new(format!("{keyring} failed: {cause}")).hint(START)),
        }
    }
}

/// The cause alone, without the library's "platform failure" before it.
fn cause(error: &keyring_core::Error) -> String {
    match error {
        keyring_core::Error::PlatformFailure(cause) | keyring_core::Error::NoStorageAccess(cause) => cause.to_string(),
        error => error.to_string(),
    }
}

const START: &str = if cfg!(windows) {
    "check that the service `Credential Manager` (VaultSvc) runs"
} else if cfg!(target_os = "macos") {
    "run this in a session that is signed in to the desktop, or first: security unlock-keychain"
} else {
    "run this in a desktop session with a Secret Service, such as GNOME Keyring, KDE Wallet or KeePassXC"
};

const UNLOCK: &str = if cfg!(windows) {
    "sign in to Windows again, then run this again"
} else if cfg!(target_os = "macos") {
    "unlock it, then run this again: security unlock-keychain"
} else {
    "unlock it by signing in to the desktop or in its password manager, then run this again"
};

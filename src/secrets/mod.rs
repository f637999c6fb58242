//! Where secrets are kept: the platform's keyring, an external program, an encrypted file, or the
//! environment. Chosen in the configuration, never changed in silence.

pub mod command;
pub mod environment;
pub mod file;
pub mod keyring;
pub mod memory;
mod name;
pub mod probe;
mod remedy;
pub mod transfer;

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

pub use file::refuse_open_to_others;
pub use name::{Purpose, SecretName};

/// No secret of any store is longer.
const BYTES_AT_MOST: usize = 64 * 1024;

/// A place for secrets. Every call has a deadline of its own.
pub trait SecretStore: fmt::Debug {
    /// The secret; `None` when the store works and has none.
    ///
    /// # Errors
    ///
    /// When the store cannot be used: never "none" then.
    fn get(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError>;

    /// Keeps the secret, replacing an older one; it has been read back and compared on return.
    ///
    /// # Errors
    ///
    /// When the store cannot be used, or is read-only.
    fn set(&self, name: &SecretName, value: &SecretString) -> Result<(), SecretError>;

    /// Forgets the secret; false when there was none.
    ///
    /// # Errors
    ///
    /// When the store cannot be used, or is read-only.
    fn delete(&self, name: &SecretName) -> Result<bool, SecretError>;

    /// What and where it is, for people: "the keyring of this machine (Secret Service)".
    fn describe(&self) -> String;
}

/// The store cannot be used. Exit code 4, with the remedies.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct SecretError {
    /// Which store, and what is wrong with it; never holds a secret.
    pub message: String,
    /// What to do, most useful first.
    pub hints: Vec<String>,
}

impl SecretError {
    /// An error without hints.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hints: Vec::new() }
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// Refuses, in every store alike, what is no secret: nothing, and more than 64 KiB.
fn refuse_unfit(name: &SecretName, value: &SecretString) -> Result<(), SecretError> {
    match value.expose_secret().len() {
        1..=BYTES_AT_MOST => Ok(()),
        0 => Err(SecretError::new(format!("{name} is empty, and an empty secret is never kept"))),
        bytes => Err(SecretError::new(format!("{name} has {bytes} bytes; a secret is never longer than 64 KiB"))),
    }
}

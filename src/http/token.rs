//! Where a client gets its access token from. `auth` makes them; clients only ask.

use std::fmt;

use secrecy::SecretString;

use super::transport::BoxFuture;

/// Gives access tokens that are valid for some minutes at least.
pub trait TokenSource: fmt::Debug {
    /// An access token. `rejected` is one that the service just refused although it looked valid: it is
    /// not given again.
    ///
    /// # Errors
    ///
    /// [`TokenError`], with what to type next.
    fn access_token<'a>(&'a self, rejected: Option<&'a SecretString>) -> BoxFuture<'a, Result<SecretString, TokenError>>;
}

/// What a failed refresh means for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenErrorKind {
    /// Never signed in, refused, or the secret store cannot be used: exit code 4.
    SignInNeeded,
    /// Another process holds the lock of the refresh: exit code 7.
    Busy,
    /// The service could not be asked; nothing was changed: exit code 1.
    Unreachable,
}

/// No access token.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct TokenError {
    /// What it means.
    pub kind: TokenErrorKind,
    /// What happened; never holds a token.
    pub message: String,
    /// What to type next.
    pub hints: Vec<String>,
}

//! What became of a call to Xero: what callers may conclude from it, above all about writes.

use crate::domain::books::BookedDocument;
use crate::http::{TokenError, TransportError};

/// What a failed call means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallErrorKind {
    /// Sign in again: exit code 4.
    SignInNeeded,
    /// The organisation is not connected, or is another one: exit code 4.
    NoAccess,
    /// Limits are spent for longer than we wait: exit code 7.
    Throttled,
    /// Xero refused the request itself.
    Refused,
    /// Xero could not be reached, or is offline.
    Unreachable,
    /// The answer is not what the contract says.
    Unreadable,
}

/// A failed call.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// What it means.
    pub kind: CallErrorKind,
    /// What happened, with Xero's words and its correlation id; never holds a token.
    pub message: String,
    /// What to type or do next.
    pub hints: Vec<String>,
}

/// A write that failed as a whole.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// Xero has certainly done nothing: not connected, refused, throttled, not signed in.
    #[error(transparent)]
    NotDone(CallError),
    /// Nobody knows: the answer was lost, or was a 5xx, or cannot be read. Look before any new attempt.
    #[error(transparent)]
    Unknown(CallError),
}

/// What became of one document of a write that was answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// Xero has it, with its id.
    Accepted {
        /// As Xero gave it back.
        document: Box<BookedDocument>,
        /// Xero's remarks.
        warnings: Vec<String>,
    },
    /// Xero refused it and keeps nothing of it.
    Refused {
        /// The number it was sent with; empty when it had none.
        number: String,
        /// Xero's words, whole; never empty.
        messages: Vec<String>,
    },
    /// The answer does not tell. Look before any new attempt.
    Unknown {
        /// The number it was sent with; empty when it had none.
        number: String,
        /// Why it cannot be told.
        message: String,
    },
}

impl CallError {
    /// A failure without hints.
    #[must_use]
    pub fn new(kind: CallErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new() }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl From<TokenError> for CallError {
    fn from(error: TokenError) -> Self {
        use crate::http::TokenErrorKind;
        let kind = match error.kind {
            TokenErrorKind::SignInNeeded => CallErrorKind::SignInNeeded,
            TokenErrorKind::Busy => CallErrorKind::Throttled,
            TokenErrorKind::Unreachable => CallErrorKind::Unreachable,
        };
        Self { kind, message: error.message, hints: error.hints }
    }
}

impl From<TransportError> for CallError {
    fn from(error: TransportError) -> Self {
        Self::new(CallErrorKind::Unreachable, error.to_string())
    }
}

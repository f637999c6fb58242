//! The one error of the API: what happened, what it means for the caller, what to do.

/// What a failed call means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiErrorKind {
    /// The access code is missing, wrong or expired: exit code 4.
    SignIn,
    /// The service asked to come back later: exit code 7.
    Busy,
    /// Anything else: exit code 1.
    Failed,
}

/// A call that did not give an answer that can be used. The message never holds a secret.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What it means.
    pub kind: ApiErrorKind,
    /// What happened, with the service's own words.
    pub message: String,
    /// What to do next.
    pub hints: Vec<String>,
}

impl ApiError {
    /// A failure without hints.
    #[must_use]
    pub fn new(kind: ApiErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new() }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

//! The one error of a source that cannot be read as a whole.

use std::path::Path;

/// A source that cannot be read as a whole: exit code 1.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ReadError {
    /// What is wrong with which file.
    pub message: String,
    /// What to do about it.
    pub hints: Vec<String>,
}

impl ReadError {
    /// A sentence about a file, without hints.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hints: Vec::new() }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The system could not open or read the file.
    #[must_use]
    pub fn io(path: &Path, error: &std::io::Error) -> Self {
        let failed = Self::new(format!("cannot read {}: {error}", path.display()));
        match error.kind() {
            std::io::ErrorKind::PermissionDenied => failed.hint("close the file in Excel, or check who may read it"),
            std::io::ErrorKind::NotFound => failed.hint("check the path"),
            _ => failed,
        }
    }
}

//! Failures and exit codes: the one table, and the one place where errors are printed.
//! A released number never changes its meaning (`docs/exit-codes.md`).

use std::process::ExitCode;

use serde_json::json;

use crate::secrets::SecretError;
use crate::ui::output::Output;
use crate::ui::prompt::Stopped;

/// What to look at when a service does not answer.
pub const WAY_TO_SERVICE: &str = "run it again later; if it stays, check the network, the proxy (HTTPS_PROXY) and network.ca_cert";

/// Why a command did not end with 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 1: something failed; the cause is printed.
    Failed,
    /// 2: the command line, or an answer that is missing while prompts are off.
    Usage,
    /// 3: the configuration or the mapping file.
    Configuration,
    /// 4: a sign-in is needed.
    SignIn,
    /// 5: needs attention; only with `--check`.
    Attention,
    /// 6: partly posted, or an outcome is unknown; running again is safe.
    Partial,
    /// 7: busy or throttled.
    Busy,
    /// 8: this user may not.
    NotAllowed,
    /// 130: interrupted; the ledger is consistent.
    Interrupted,
}

impl Kind {
    /// The number a script sees.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::SignIn => 4,
            Self::Attention => 5,
            Self::Partial => 6,
            Self::Busy => 7,
            Self::NotAllowed => 8,
            Self::Interrupted => 130,
        }
    }

    /// The word in the JSON error object.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Configuration => "configuration",
            Self::SignIn => "sign-in-needed",
            Self::Attention => "needs-attention",
            Self::Partial => "partly-posted",
            Self::Busy => "busy",
            Self::NotAllowed => "not-allowed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A failed command: what kind, what happened, and what to type next.
#[derive(Debug)]
pub struct Failure {
    /// Decides the exit code.
    pub kind: Kind,
    /// What happened, with its causes.
    pub source: anyhow::Error,
    /// What to type or do next, most useful first.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure without hints.
    pub fn new(kind: Kind, source: impl Into<anyhow::Error>) -> Self {
        Self { kind, source: source.into(), hints: Vec::new() }
    }

    /// A failure that is a sentence.
    #[must_use]
    pub fn message(kind: Kind, message: impl Into<String>) -> Self {
        Self::new(kind, anyhow::Error::msg(message.into()))
    }

    /// Adds what to type next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Prints the failure, for people or as one JSON object on standard error, and gives the code.
    pub fn report(&self, output: &Output) -> ExitCode {
        let message = output.typed(&format!("{:#}", self.source));
        if output.is_json() {
            let hints: Vec<String> = self.hints.iter().map(|hint| output.typed(hint)).collect();
            let object = json!({ "error": { "code": self.kind.as_str(), "message": message, "hints": hints } });
            output.error_line(&object.to_string());
        } else {
            output.failure(&message, &self.hints);
        }
        ExitCode::from(self.kind.code())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(source: anyhow::Error) -> Self {
        Self::new(Kind::Failed, source)
    }
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Interrupted => Self::message(Kind::Interrupted, "interrupted"),
            Stopped::Back => Self::message(Kind::Failed, "not answered; nothing was changed"),
            Stopped::Failed(_) => Self::new(Kind::Failed, stopped),
        }
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        let hints = error.hints.clone();
        Self { kind: Kind::SignIn, source: error.into(), hints }
    }
}

impl From<std::io::Error> for Failure {
    fn from(source: std::io::Error) -> Self {
        Self::new(Kind::Failed, source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_the_published_ones() {
        let codes = [
            (Kind::Failed, 1),
            (Kind::Usage, 2),
            (Kind::Configuration, 3),
            (Kind::SignIn, 4),
            (Kind::Attention, 5),
            (Kind::Partial, 6),
            (Kind::Busy, 7),
            (Kind::NotAllowed, 8),
            (Kind::Interrupted, 130),
        ];
        for (kind, code) in codes {
            assert_eq!(kind.code(), code);
        }
    }
}

//! Exit codes of the errors of sources, ledger and export.

use crate::auth::{AuthError, AuthErrorKind};
use crate::exit::{Failure, Kind, WAY_TO_SERVICE};
use crate::export::{ExportError, UndoError};
use crate::gather::ReadError;
use crate::http::{TokenError, TokenErrorKind};
use crate::ledger::LedgerError;

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        let (kind, hint) = match &error {
            LedgerError::Busy { .. } => (Kind::Busy, None),
            LedgerError::UnknownRun(_) | LedgerError::AmbiguousRun { .. } | LedgerError::AlreadyUndone(_) => (Kind::Usage, Some("cspctl runs list")),
            LedgerError::NotALedger(_) => (Kind::Configuration, None),
            LedgerError::AlreadyBilled { .. } | LedgerError::NumberTaken { .. } => (Kind::Failed, Some("cspctl sync --dry-run shows the plan as it is now")),
            LedgerError::Io { .. } | LedgerError::ReadOnly(_) => {
                (Kind::Failed, Some("let this account write to the folder of the ledger, or set [ledger] path in the configuration to another place"))
            }
            _ => (Kind::Failed, None),
        };
        let failure = Self::new(kind, error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<UndoError> for Failure {
    fn from(error: UndoError) -> Self {
        match error {
            UndoError::Ledger(error) => error.into(),
            UndoError::FurtherDocuments { ref later, .. } => {
                let hint = format!("cspctl runs undo {later}");
                Self::new(Kind::Failed, error).hint(hint)
            }
            UndoError::Delete { .. } => Self::new(Kind::Partial, error),
        }
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Ledger(error) => error.into(),
            ExportError::Undo(error) => error.into(),
            error if error.is_unfinished() => Self::new(Kind::Partial, error),
            error => Self::new(Kind::Failed, error),
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self { kind: Kind::Failed, source: anyhow::Error::msg(error.message), hints: error.hints }
    }
}

impl From<AuthError> for Failure {
    fn from(error: AuthError) -> Self {
        let kind = match error.kind {
            AuthErrorKind::Busy => Kind::Busy,
            AuthErrorKind::Unreachable | AuthErrorKind::Answer | AuthErrorKind::PortTaken => Kind::Failed,
            _ => Kind::SignIn,
        };
        let mut hints = error.hints.clone();
        if hints.is_empty() && error.kind == AuthErrorKind::Unreachable {
            hints.push(WAY_TO_SERVICE.to_owned());
        }
        Self { kind, source: error.into(), hints }
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        let kind = match error.kind {
            TokenErrorKind::SignInNeeded => Kind::SignIn,
            TokenErrorKind::Busy => Kind::Busy,
            TokenErrorKind::Unreachable => Kind::Failed,
        };
        let hints = error.hints.clone();
        Self { kind, source: error.into(), hints }
    }
}

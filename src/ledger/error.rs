//! What can go wrong with the ledger, said so that a person knows what to do.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::records::Side;
use crate::domain::charge::ChargeKey;

/// A failed operation on the ledger. Nothing of it was recorded.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another process holds the lock.
    #[error("another run is using the ledger {}{}; try again when it has ended", path.display(), holder.as_ref().map(|holder| format!(" ({holder})")).unwrap_or_default())]
    Busy {
        /// The ledger.
        path: PathBuf,
        /// What the lock file says about its holder.
        holder: Option<String>,
    },
    /// The charge is on a document already.
    #[error("charge {key} is already {} {document}; nothing was recorded", side.on_which())]
    AlreadyBilled {
        /// The charge.
        key: ChargeKey,
        /// Which side of it.
        side: Side,
        /// The document's number with its run, or the run that marked it as billed.
        document: String,
    },
    /// The number is used already.
    #[error("the number {number} is already used by a {} document of run {run}; nothing was recorded", side.as_str())]
    NumberTaken {
        /// The number.
        number: String,
        /// Purchases or sales.
        side: Side,
        /// The run that used it.
        run: String,
    },
    /// Documents and charges to record do not belong together: a fault of the program.
    #[error("the documents and the charges of this run disagree: {what}; nothing was recorded, please report this")]
    Inconsistent {
        /// What does not agree.
        what: String,
    },
    /// No run has this id.
    #[error("there is no run `{0}` in the ledger")]
    UnknownRun(String),
    /// More than one run starts with these digits.
    #[error("`{prefix}` is the start of several runs: {}", runs.join(", "))]
    AmbiguousRun {
        /// What was typed.
        prefix: String,
        /// The runs it may mean.
        runs: Vec<String>,
    },
    /// A run may be undone once.
    #[error("run {0} is already undone")]
    AlreadyUndone(String),
    /// Opened for reading only.
    #[error("the ledger {} was opened for reading only", .0.display())]
    OpenedForReading(PathBuf),
    /// Made by a newer release.
    #[error("the ledger {} was written by a newer cspctl (version {found} of its format, this release knows {known}); update cspctl", path.display())]
    TooNew {
        /// The ledger.
        path: PathBuf,
        /// Version found.
        found: i64,
        /// Newest version known.
        known: i64,
    },
    /// The file is something else.
    #[error("{} is not a ledger of cspctl; check [ledger] path in the configuration", .0.display())]
    NotALedger(PathBuf),
    /// A record cannot be read.
    #[error("the ledger {} is damaged: {what}; restore it from a backup", path.display())]
    Damaged {
        /// The ledger.
        path: PathBuf,
        /// What cannot be read.
        what: String,
    },
    /// No room.
    #[error("the disk that holds the ledger {} is full; free some space and run again", .0.display())]
    DiskFull(PathBuf),
    /// No permission.
    #[error("the ledger {} cannot be written: the file or its folder is read-only", .0.display())]
    ReadOnly(PathBuf),
    /// The file or its folder cannot be opened.
    #[error("cannot {action} {}: {reason}", path.display())]
    Io {
        /// What was tried: "open", "create the folder".
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's reason; said here, and therefore no source that would say it again.
        reason: io::Error,
    },
    /// Anything else that `SQLite` says.
    #[error("the ledger {} failed: {reason}", path.display())]
    Database {
        /// The ledger.
        path: PathBuf,
        /// `SQLite`'s reason.
        reason: rusqlite::Error,
    },
}

impl LedgerError {
    /// Tells the failures apart that a person can do something about.
    pub(super) fn of_database(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotALedger(path),
            Some(ErrorCode::DiskFull) => Self::DiskFull(path),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly(path),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path, holder: None },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, what: source.to_string() },
            _ => Self::Database { path, reason: source },
        }
    }

    /// Tells the failures apart that a person can do something about.
    pub(super) fn of_io(action: &'static str, path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull => Self::DiskFull(path.to_owned()),
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(path.to_owned()),
            _ => Self::Io { action, path: path.to_owned(), reason: source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regression_the_systems_reason_was_said_twice() {
        let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
        let error = LedgerError::of_io("create the ledger", Path::new("state/ledger.db"), denied());
        assert_eq!(format!("{:#}", anyhow::Error::new(error)), format!("cannot create the ledger state/ledger.db: {}", denied()));
        let error = LedgerError::of_database(Path::new("ledger.db"), rusqlite::Error::InvalidQuery);
        assert_eq!(format!("{:#}", anyhow::Error::new(error)).matches(&rusqlite::Error::InvalidQuery.to_string()).count(), 1);
    }
}

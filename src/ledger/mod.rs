//! What was done: runs, documents, charges and files in one `SQLite` file, only ever added to.
//!
//! Three operations: [`Ledger::append`] (one durable transaction), reading ([`Ledger::history`],
//! [`Ledger::runs`], [`Ledger::files_of`] and their kin) and [`Ledger::lock`]. Never holds a secret,
//! knows nothing of the command line and writes no file but its own.

mod append;
mod blob;
mod catalogue;
mod error;
mod guard;
mod lock;
mod open;
mod posted;
mod read;
mod records;
mod snapshots;
mod steps;

pub use catalogue::RecordedAnswer;
pub use error::LedgerError;
pub use lock::LockGuard;
pub use open::Ledger;
pub use posted::{DocumentOutcome, DocumentRow, Fate, PendingDocument, PostedDocument, PostedTo, Sending};
pub use records::{
    DocumentSummary, ExportFile, FileKind, MachineUser, NotARunId, Posting, Record, RecordedFile, RecordedRun, Run, RunId, RunMode, RunState, Side, Undone,
};
pub use snapshots::{Counted, RecordedCapability, Snapshot};
pub use steps::{Step, Steps, Undisturbed};

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

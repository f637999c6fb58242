//! Exports a plan to Xero's import files, exactly once.
//!
//! Names, digests and documents are durable in the ledger before the first byte is written; files
//! are written beside their names, forced to the disk and renamed; a run that was cut off is
//! completed by [`complete_pending`] with the same names and bytes (`rules.md` 21).

mod catch_up;
mod planned;
mod undo;
mod write;

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::document::{BrokenDocument, Document, State};
use crate::domain::plan::Plan;
use crate::domain::policy::ImportLabels;
use crate::ledger::{Ledger, LedgerError, LockGuard, Record, RecordedFile, Run, Steps, Undisturbed};
use crate::xero::csv_import::{ROWS_AT_MOST, TooManyLines};

pub use catch_up::catch_up;
pub use undo::{FileFate, UndoError, UndoneFile, UndoneRun, undo};

/// What an export did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// The files, as they lie there now.
    pub files: Vec<PathBuf>,
    /// How many documents they hold.
    pub documents: usize,
}

/// A failed export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Somebody else's file has the name.
    #[error("{} exists already and is not what cspctl would write there; nothing was changed. Move it away, or restore the ledger that belongs to it", .0.display())]
    NameTaken(PathBuf),
    /// The ledger refused or failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// An undo that was cut off cannot be completed.
    #[error("an earlier `cspctl runs undo` was cut off and cannot be completed: {0}")]
    Undo(#[from] UndoError),
    /// A document breaks its own invariants.
    #[error(transparent)]
    Broken(#[from] BrokenDocument),
    /// A document fits into no file.
    #[error(transparent)]
    TooManyLines(#[from] TooManyLines),
    /// The disk refused after everything was recorded.
    #[error("cannot {action} {}: {source}. The documents are recorded: run the same command again and it completes exactly these files", path.display())]
    Unfinished {
        /// What was tried: "write", "rename".
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The disk refused before anything was recorded.
    #[error("cannot {action} {}: {source}. Nothing was recorded", path.display())]
    Refused {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The ledger's documents no longer give the bytes that were fixed.
    #[error("{0} cannot be completed: its content would differ from what the ledger fixed; use the release of cspctl that began the run, or undo the run")]
    Differs(String),
}

impl ExportError {
    /// True when documents are recorded and files are missing: exit code 6, running again is safe.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        matches!(self, Self::Unfinished { .. } | Self::Differs(_))
    }
}

/// Exports the plan's new documents. On success they are [`State::Exported`] and carry the run's
/// reference. A plan without new documents records nothing and touches no file.
///
/// Call [`complete_pending`] first, and make the plan from the history read under the same lock.
///
/// # Errors
///
/// See [`ExportError`]; unless [`ExportError::is_unfinished`], nothing was recorded.
pub fn export(ledger: &mut Ledger, lock: &LockGuard, run: &Run, plan: &mut Plan, csv_folder: &Path, labels: &ImportLabels) -> Result<Exported, ExportError> {
    export_with(ledger, lock, run, plan, &Settings { csv_folder, labels, rows_at_most: ROWS_AT_MOST, steps: &Undisturbed })
}

/// How to export; tests vary what the program never does.
pub(crate) struct Settings<'a> {
    pub(crate) csv_folder: &'a Path,
    pub(crate) labels: &'a ImportLabels,
    pub(crate) rows_at_most: usize,
    pub(crate) steps: &'a dyn Steps,
}

pub(crate) fn export_with(ledger: &mut Ledger, lock: &LockGuard, run: &Run, plan: &mut Plan, settings: &Settings<'_>) -> Result<Exported, ExportError> {
    let reference = run.id.reference();
    for document in plan.documents.iter_mut().filter(|document| document.state == State::Planned) {
        document.check()?;
        document.reference = Some(reference.clone());
    }
    let documents: Vec<&Document> = plan.new_documents().collect();
    if documents.is_empty() && plan.billed.is_empty() {
        return Ok(Exported::default());
    }
    let files = planned::plan_files(ledger, run.period, &documents, settings)?;
    ledger.append(lock, &[Record::Exported { run, documents: &documents, billed: &plan.billed, files: &files }], settings.steps)?;
    let recorded = ledger.files_of(&run.id)?;
    let render = |file: &RecordedFile, out: &mut dyn io::Write| {
        planned::render(&file.file, file.file.documents.iter().filter_map(|position| documents.get(*position).copied()), out)
    };
    let paths = write::write_files(&recorded, settings.csv_folder, settings.steps, &render)?;
    record_written(ledger, lock, &recorded, settings.csv_folder, settings.steps)?;
    let count = documents.len();
    for document in plan.documents.iter_mut().filter(|document| document.state == State::Planned) {
        document.state = State::Exported;
    }
    Ok(Exported { files: paths, documents: count })
}

/// Completes what was cut off: first an undo, then the files of a killed run, with the same names
/// and bytes, wherever `csv_folder` is now.
/// Gives the files that were missing; usually none.
///
/// # Errors
///
/// See [`ExportError`]. Calling it again is safe.
pub fn complete_pending(ledger: &mut Ledger, lock: &LockGuard, csv_folder: &Path) -> Result<Vec<PathBuf>, ExportError> {
    complete_pending_with(ledger, lock, csv_folder, &Undisturbed)
}

pub(crate) fn complete_pending_with(ledger: &mut Ledger, lock: &LockGuard, csv_folder: &Path, steps: &dyn Steps) -> Result<Vec<PathBuf>, ExportError> {
    undo::complete(ledger, lock, steps)?;
    let pending = ledger.pending_files()?;
    if pending.is_empty() {
        return Ok(Vec::new());
    }
    let render = |file: &RecordedFile, out: &mut dyn io::Write| {
        let documents = ledger.documents_in(file).map_err(io::Error::other)?;
        planned::render(&file.file, &documents, out)
    };
    // Where the folder was changed meanwhile, a file that lies complete in the old one stays there:
    // a second copy could be imported as well.
    let is_there = |file: &RecordedFile| write::digest_of(&file.path()).ok().flatten().is_some_and(|digest| digest == file.file.sha256);
    let (there, missing): (Vec<_>, Vec<_>) = pending.into_iter().partition(is_there);
    let mut paths: Vec<PathBuf> = there.iter().map(RecordedFile::path).collect();
    paths.extend(write::write_files(&missing, csv_folder, steps, &render)?);
    for file in &there {
        write::settle(&file.file.folder, steps)?;
        record_written(ledger, lock, std::slice::from_ref(file), &file.file.folder, steps)?;
    }
    record_written(ledger, lock, &missing, csv_folder, steps)?;
    Ok(paths)
}

fn record_written(ledger: &mut Ledger, lock: &LockGuard, files: &[RecordedFile], folder: &Path, steps: &dyn Steps) -> Result<(), ExportError> {
    if files.is_empty() {
        return Ok(());
    }
    let folder = &std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let written = Record::Written { files, folder, at: jiff::Timestamp::now() };
    ledger.append(lock, &[written], steps).map_err(|error| ExportError::Unfinished {
        action: "record the files in",
        path: ledger.path().to_owned(),
        source: io::Error::other(error),
    })
}

#[cfg(test)]
mod tests;

//! Undoing a run: its files go, its charges and numbers are free again, its records stay.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::write::{digest_of, temporary};
use crate::files::sync_folder;
use crate::ledger::{DocumentSummary, Ledger, LedgerError, LockGuard, MachineUser, Record, RecordedFile, RecordedRun, RunId, Side, Step, Steps, Undisturbed};

/// Why a run was not undone. Undoing again is safe; the next sync completes what has begun.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// The ledger refused or failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Further documents rest on it.
    #[error("run {run} cannot be undone: run {later} made the further document {further} of the same customer and period as {number}; undo {later} first")]
    FurtherDocuments {
        /// This run.
        run: String,
        /// The run to be undone first.
        later: String,
        /// Its document.
        further: String,
        /// The document of this run.
        number: String,
    },
    /// A file could not be deleted.
    #[error("cannot delete {}: {source}; the run is not undone yet: make the file deletable and run `cspctl runs undo` again", path.display())]
    Delete {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFate {
    /// It was as it had been written, and is gone.
    Deleted,
    /// Somebody changed it: left alone.
    Changed,
    /// It was not there.
    Missing,
}

impl FileFate {
    /// The word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Changed => "changed",
            Self::Missing => "missing",
        }
    }
}

/// A file of an undone run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoneFile {
    /// Where it lay.
    pub path: PathBuf,
    /// What became of it.
    pub fate: FileFate,
}

/// What undoing did.
#[derive(Clone, Debug, PartialEq)]
pub struct UndoneRun {
    /// The run.
    pub run: RecordedRun,
    /// Its documents, which no longer count.
    pub documents: Vec<DocumentSummary>,
    /// Its files.
    pub files: Vec<UndoneFile>,
}

/// Undoes a run: deletes its files where they are byte for byte what was written, and marks it as
/// undone, so that the next sync bills its charges again with the same numbers.
///
/// # Errors
///
/// See [`UndoError`].
pub fn undo(ledger: &mut Ledger, lock: &LockGuard, run: &RunId, at: Timestamp, machine_user: &MachineUser) -> Result<UndoneRun, UndoError> {
    undo_with(ledger, lock, run, at, machine_user, &Undisturbed)
}

pub(crate) fn undo_with(
    ledger: &mut Ledger,
    lock: &LockGuard,
    run: &RunId,
    at: Timestamp,
    machine_user: &MachineUser,
    steps: &dyn Steps,
) -> Result<UndoneRun, UndoError> {
    let recorded = ledger.run(run.as_str())?;
    if recorded.undone.is_some() {
        return Err(LedgerError::AlreadyUndone(run.to_string()).into());
    }
    let documents = ledger.documents_of(run)?;
    if recorded.undo_begun.is_none() {
        check_later_runs(ledger, &recorded, &documents)?;
        // From here on there is no way back, only on: a run that counts must never lack its files,
        // and a run that does not count must never leave any to be imported.
        ledger.append(lock, &[Record::UndoBegun { run, at, machine_user }], steps)?;
    }
    let mut files = Vec::new();
    for file in ledger.files_of(run)? {
        files.push(delete(&file, steps)?);
    }
    let folders: BTreeSet<&Path> = files.iter().filter(|file| file.fate == FileFate::Deleted).filter_map(|file| file.path.parent()).collect();
    for folder in folders.into_iter().filter(|_| steps.is_durable()) {
        sync_folder(folder).map_err(|source| UndoError::Delete { path: folder.to_owned(), source })?;
    }
    ledger.append(lock, &[Record::Undone { run, at, machine_user }], steps)?;
    Ok(UndoneRun { run: ledger.run(run.as_str())?, documents, files })
}

/// Completes every undo that was cut off.
pub(super) fn complete(ledger: &mut Ledger, lock: &LockGuard, steps: &dyn Steps) -> Result<(), UndoError> {
    for run in ledger.runs()? {
        if let (Some(begun), None) = (&run.undo_begun, &run.undone) {
            undo_with(ledger, lock, &run.run.id, begun.at, &begun.machine_user, steps)?;
        }
    }
    Ok(())
}

fn delete(file: &RecordedFile, steps: &dyn Steps) -> Result<UndoneFile, UndoError> {
    let path = file.path();
    let fail = |source| UndoError::Delete { path: path.clone(), source };
    if let Some(folder) = path.parent() {
        // What a killed run may have left of it.
        let _ = fs::remove_file(temporary(folder, &file.file.name));
    }
    let fate = match digest_of(&path).map_err(fail)? {
        None => FileFate::Missing,
        Some(digest) if digest == file.file.sha256 => {
            steps.reached(Step::DeleteFile).and_then(|()| fs::remove_file(&path)).map_err(fail)?;
            FileFate::Deleted
        }
        Some(_) => FileFate::Changed,
    };
    Ok(UndoneFile { path, fate })
}

/// Numbers are given in order, so a run whose customer and period got further documents since then
/// cannot give its own numbers back.
fn check_later_runs(ledger: &Ledger, run: &RecordedRun, documents: &[DocumentSummary]) -> Result<(), UndoError> {
    let runs = ledger.runs()?;
    // Newest first: what is undone first comes first.
    for later in runs.iter().take_while(|later| later.run.id != run.run.id).filter(|later| later.undone.is_none()) {
        for further in ledger.documents_of(&later.run.id)? {
            if let Some(document) = documents.iter().find(|document| belong_together(document, &further)) {
                return Err(UndoError::FurtherDocuments {
                    run: run.run.id.to_string(),
                    later: later.run.id.to_string(),
                    further: further.number.to_string(),
                    number: document.number.to_string(),
                });
            }
        }
    }
    Ok(())
}

/// True when both take their numbers from one row of `X`, `X-2`, `X-3`.
fn belong_together(one: &DocumentSummary, other: &DocumentSummary) -> bool {
    let side = Side::of(one.kind);
    if side != Side::of(other.kind) || one.period != other.period {
        return false;
    }
    match side {
        Side::Sale => one.tenant_id == other.tenant_id,
        // Bills of different invoices of the distributor have nothing to do with each other.
        Side::Purchase => stems(&one.number).any(|stem| stems(&other.number).any(|other| other == stem)),
    }
}

/// What a number may be a further number of: itself, or all before `-2`. Longer digits belong to an
/// invoice number of the distributor.
fn stems(number: &str) -> impl Iterator<Item = &str> {
    let is_counted = |digits: &str| matches!(digits.as_bytes(), [b'1'..=b'9'] | [b'1'..=b'9', b'0'..=b'9']);
    let before = number.rsplit_once('-').filter(|(_, digits)| is_counted(digits));
    std::iter::once(number).chain(before.map(|(stem, _)| stem))
}

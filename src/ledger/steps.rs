//! The points at which a run can be cut off. Tests stop it at every one of them; the program never does.

use std::io;

/// A point between two effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A transaction has begun, nothing is written.
    RecordRun,
    /// The run is written, its documents are not.
    RecordDocuments,
    /// The documents are written, the charges are not.
    RecordCharges,
    /// The charges are written, the guards are not.
    RecordGuards,
    /// All is written, nothing is durable.
    Commit,
    /// The transaction is durable, nobody has been told.
    Committed,
    /// A request is about to be recorded as leaving.
    RecordSending,
    /// A request is recorded and has not left.
    Send,
    /// A request was answered, or its answer was lost, and nothing of that is recorded.
    Sent,
    /// What became of documents is about to be recorded.
    RecordOutcome,
    /// Before the folder of the files is made.
    CreateFolder,
    /// Before a temporary file is made.
    CreateFile,
    /// In the middle of a temporary file.
    WriteFile,
    /// Before a temporary file is forced to the disk.
    SyncFile,
    /// Before a temporary file gets its name.
    RenameFile,
    /// Before the folder is forced to the disk.
    SyncFolder,
    /// Before a file is deleted by an undo.
    DeleteFile,
}

/// What happens at a [`Step`].
pub trait Steps {
    /// Called at every step.
    ///
    /// # Errors
    ///
    /// When the step is to fail as if the disk had refused it.
    fn reached(&self, step: Step) -> io::Result<()>;

    /// False when nothing needs to outlive a power cut.
    fn is_durable(&self) -> bool {
        true
    }
}

/// Nothing happens at any step.
#[derive(Clone, Copy, Debug, Default)]
pub struct Undisturbed;

impl Steps for Undisturbed {
    fn reached(&self, _step: Step) -> io::Result<()> {
        Ok(())
    }
}

//! What a command did, ready to be shown as tables, JSON or a report.

use std::path::PathBuf;

use crate::domain::plan::Plan;

/// What was done with the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Compared only.
    Reconcile,
    /// Planned only.
    DryRun,
    /// Posted to Xero.
    Posted,
    /// Written to Xero's import files.
    Exported,
}

impl Mode {
    /// The word in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reconcile => "reconcile",
            Self::DryRun => "dry-run",
            Self::Posted => "posted",
            Self::Exported => "exported",
        }
    }
}

/// One command's result.
#[derive(Debug)]
pub struct Outcome {
    /// The run's id; short enough to type.
    pub run: String,
    /// What was done.
    pub mode: Mode,
    /// The plan, its documents with their final states.
    pub plan: Plan,
    /// Files this run wrote.
    pub files: Vec<PathBuf>,
    /// `msp.name`, if configured.
    pub msp_name: String,
    /// The profile.
    pub profile: String,
    /// How commands begin that people are told to type: `cspctl`, with what chose profile and configuration.
    pub program: String,
    /// The Xero organisation that documents go to, with its demo flag; `None` for import files.
    pub organisation: Option<String>,
    /// The distributor's name.
    pub distributor_name: String,
    /// When it ran, in the machine's zone.
    pub at: jiff::Zoned,
}

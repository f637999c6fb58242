//! What the ledger remembers: runs, documents, charges, files.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::posted::{DocumentOutcome, DocumentRow, Sending};
use crate::domain::document::{Document, Kind};
use crate::domain::history::BilledCharge;
use crate::domain::ids::{OrganisationId, TenantId};
use crate::domain::money::Money;
use crate::domain::period::BillingPeriod;
use crate::domain::plan::{Plan, Totals};
use crate::domain::policy::Labels;

/// A run's short id: 8 hex digits, as documents refer to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(Arc<str>);

impl RunId {
    /// A new id; chance makes it, so it is never made in the domain.
    #[must_use]
    pub fn random() -> Self {
        let (first, ..) = Uuid::new_v4().as_fields();
        Self(format!("{first:08x}").into())
    }

    /// The eight digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What documents of this run carry: `cspctl 3f9a2c01`.
    #[must_use]
    pub fn reference(&self) -> Arc<str> {
        format!("cspctl {}", self.0).into()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A text that is no run id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a run id of 8 hex digits")]
pub struct NotARunId(String);

impl FromStr for RunId {
    type Err = NotARunId;
    fn from_str(text: &str) -> Result<Self, NotARunId> {
        let is_id = text.len() == 8 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_id { Ok(Self(text.into())) } else { Err(NotARunId(text.to_owned())) }
    }
}

/// What a run did with its documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunMode {
    /// Wrote Xero's import files.
    Exported,
    /// Marked charges as billed without documents.
    CaughtUp,
    /// Posted to Xero.
    Posted,
}

impl RunMode {
    /// The word in the ledger and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exported => "exported",
            Self::CaughtUp => "caught-up",
            Self::Posted => "posted",
        }
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        [Self::Exported, Self::CaughtUp, Self::Posted].into_iter().find(|mode| mode.as_str() == text)
    }
}

/// The two sides of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Bills and supplier credits.
    Purchase,
    /// Invoices and credit notes.
    Sale,
}

impl Side {
    /// The side of a kind of document.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        if kind.is_purchase() { Self::Purchase } else { Self::Sale }
    }

    /// The word in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Purchase => "purchase",
            Self::Sale => "sale",
        }
    }

    pub(super) fn on_which(self) -> &'static str {
        match self {
            Self::Purchase => "on the bill",
            Self::Sale => "on the sale",
        }
    }
}

/// Who ran it, on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineUser(pub String);

/// One recorded execution.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Identity.
    pub id: RunId,
    /// The month it worked on.
    pub period: BillingPeriod,
    /// What it did.
    pub mode: RunMode,
    /// The profile.
    pub profile: String,
    /// When it began.
    pub started_at: Timestamp,
    /// The plan's digest.
    pub digest: String,
    /// Digest of the source charges.
    pub source_digest: String,
    /// The machine's user.
    pub machine_user: MachineUser,
    /// The signed-in account, if any.
    pub account: Option<String>,
    /// Of cspctl.
    pub version: String,
    /// The plan's sums.
    pub totals: Totals,
    /// How many new documents.
    pub documents: u64,
    /// How many charges were recorded.
    pub charges: u64,
}

impl Run {
    /// The record of a run of this plan, begun now by this user.
    #[must_use]
    pub fn of_plan(id: RunId, mode: RunMode, plan: &Plan, profile: &str, machine_user: MachineUser, started_at: Timestamp) -> Self {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Self {
            id,
            period: plan.period,
            mode,
            profile: profile.to_owned(),
            started_at,
            digest: plan.digest.clone(),
            source_digest: plan.source_digest.clone(),
            machine_user,
            account: None,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            totals: plan.totals,
            documents: if mode == RunMode::CaughtUp { 0 } else { count(plan.new_documents().count()) },
            charges: count(plan.billed.len()),
        }
    }
}

/// The three kinds of import file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// Bills, and supplier credits as negative rows.
    Bills,
    /// Invoices.
    SalesInvoices,
    /// Credit notes, in a file of their own.
    SalesCreditNotes,
}

impl FileKind {
    /// All of them, in the order they are written.
    pub const ALL: [Self; 3] = [Self::Bills, Self::SalesInvoices, Self::SalesCreditNotes];

    /// The file that a document goes to.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Bill | Kind::SupplierCredit => Self::Bills,
            Kind::Invoice => Self::SalesInvoices,
            Kind::CreditNote => Self::SalesCreditNotes,
        }
    }

    /// The word in file names and in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bills => "bills",
            Self::SalesInvoices => "sales-invoices",
            Self::SalesCreditNotes => "sales-credit-notes",
        }
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A file as it was fixed before it is written (`rules.md` 21).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// What it holds.
    pub kind: FileKind,
    /// Counted on over all runs of the period, from 1.
    pub ordinal: u32,
    /// Name within the folder.
    pub name: String,
    /// The folder it was planned for.
    pub folder: PathBuf,
    /// Hex digest of its bytes.
    pub sha256: String,
    /// Its size.
    pub size_bytes: u64,
    /// Rows without the heading.
    pub rows: u64,
    /// What every row carries beside its own figures.
    pub labels: Labels,
    /// Its documents, as positions among those recorded with it.
    pub documents: Vec<usize>,
}

/// A file in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedFile {
    /// As it was fixed; [`ExportFile::documents`] are positions among the run's documents.
    pub file: ExportFile,
    /// The run.
    pub run: RunId,
    /// Its row.
    pub(crate) row: i64,
    /// Rows of its documents, in order.
    pub(crate) document_rows: Vec<i64>,
    /// Where it was written; `None` while it is only planned.
    pub written_to: Option<PathBuf>,
}

impl RecordedFile {
    /// Where it lies, or will lie.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.written_to.as_ref().unwrap_or(&self.file.folder).join(&self.file.name)
    }
}

/// One thing to append. Each variant is complete in itself.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// A run with new documents, their charges and their files.
    Exported {
        /// The run.
        run: &'a Run,
        /// Its new documents, references set.
        documents: &'a [&'a Document],
        /// One entry for every charge on a new document.
        billed: &'a [BilledCharge],
        /// The files to be written.
        files: &'a [ExportFile],
    },
    /// Charges marked as billed without documents.
    CaughtUp {
        /// The run.
        run: &'a Run,
        /// The charges.
        charges: &'a [BilledCharge],
    },
    /// A run that posts to Xero: its intents, and what it found there. Nothing of it has been sent.
    Posting(&'a Posting<'a>),
    /// A request with these documents is about to leave.
    Sending {
        /// The documents.
        documents: &'a [DocumentRow],
        /// The request.
        sending: &'a Sending,
    },
    /// What became of documents.
    Outcomes {
        /// Each with its outcome; a document has one outcome.
        outcomes: &'a [(DocumentRow, DocumentOutcome)],
        /// When.
        at: Timestamp,
    },
    /// Documents were taken back in Xero: their charges are free again.
    Withdrawn {
        /// The documents.
        documents: &'a [DocumentRow],
        /// When.
        at: Timestamp,
        /// By whom.
        machine_user: &'a MachineUser,
    },
    /// Files lie where they should.
    Written {
        /// The files.
        files: &'a [RecordedFile],
        /// Their folder.
        folder: &'a std::path::Path,
        /// When.
        at: Timestamp,
    },
    /// A run is about to be undone: from here on it is either undone or being undone.
    UndoBegun {
        /// The run.
        run: &'a RunId,
        /// When.
        at: Timestamp,
        /// By whom.
        machine_user: &'a MachineUser,
    },
    /// A run no longer counts.
    Undone {
        /// The run.
        run: &'a RunId,
        /// When.
        at: Timestamp,
        /// By whom.
        machine_user: &'a MachineUser,
    },
}

/// A run that posts to Xero.
#[derive(Clone, Copy, Debug)]
pub struct Posting<'a> {
    /// The run.
    pub run: &'a Run,
    /// The organisation that it posts to.
    pub organisation: OrganisationId,
    /// Its name.
    pub organisation_name: &'a str,
    /// Documents found in Xero, with their ids.
    pub adopted: &'a [&'a Document],
    /// One entry for every charge on them.
    pub adopted_charges: &'a [BilledCharge],
    /// Charges found on documents of the month before.
    pub caught_up: &'a [BilledCharge],
    /// Its new documents, references set.
    pub documents: &'a [&'a Document],
    /// One entry for every charge on a new document.
    pub billed: &'a [BilledCharge],
}

/// How far a recorded run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// All of it is done.
    Done,
    /// It was cut off before all its files were written or all its documents were posted; the next `sync` completes them.
    Incomplete,
    /// An undo of it was cut off; the next `sync` or `runs undo` completes that.
    BeingUndone,
    /// It was undone.
    Undone,
}

impl RunState {
    /// The word in tables and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Incomplete => "incomplete",
            Self::BeingUndone => "being-undone",
            Self::Undone => "undone",
        }
    }
}

/// Who undid a run, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub machine_user: MachineUser,
}

/// A run in the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedRun {
    /// As it was recorded.
    pub run: Run,
    /// Set once somebody began to undo it.
    pub undo_begun: Option<Undone>,
    /// Set once it was undone.
    pub undone: Option<Undone>,
    /// Files that are planned and not written.
    pub pending_files: u64,
    /// Documents that are to be in Xero and have no outcome.
    pub pending_documents: u64,
}

impl RecordedRun {
    /// How far it has come.
    #[must_use]
    pub fn state(&self) -> RunState {
        match (&self.undone, &self.undo_begun, self.pending_files + self.pending_documents) {
            (Some(_), _, _) => RunState::Undone,
            (None, Some(_), _) => RunState::BeingUndone,
            (None, None, 0) => RunState::Done,
            (None, None, _) => RunState::Incomplete,
        }
    }
}

/// A document without its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentSummary {
    /// What it is.
    pub kind: Kind,
    /// Its number.
    pub number: Arc<str>,
    /// The month.
    pub period: BillingPeriod,
    /// The contact.
    pub contact_name: Arc<str>,
    /// The customer.
    pub tenant_id: Option<TenantId>,
    /// ISO code.
    pub currency: Arc<str>,
    /// Positive on credits.
    pub sub_total: Money,
    /// How many lines.
    pub lines: u64,
}

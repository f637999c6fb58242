//! Posts documents to Xero exactly once (`contracts/xero.md` 4.4): look → record the intent → record the
//! request → send → record the outcome. An outcome that is not known is looked up before anything else.
//!
//! Fresh intents and those of a run that was cut off go the same way: [`Poster::settle`] takes every
//! document of the ledger that has no outcome yet.

mod batches;
pub mod books;
mod lookup;
mod send;
mod undo;

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::adopt::Adoption;
use crate::domain::document::{Document, Kind};
use crate::domain::ids::{OrganisationId, XeroId};
use crate::domain::plan::Plan;
use crate::domain::revise::Untouched;
use crate::ledger::{DocumentOutcome, DocumentRow, Ledger, LedgerError, LockGuard, MachineUser, PendingDocument, PostedDocument, Posting, Record, Run, Steps};
use crate::xero::batch::Dress;
use crate::xero::client::XeroClient;
use crate::xero::filter::Endpoint;
use crate::xero::links;
use crate::xero::outcome::{CallError, CallErrorKind};

pub use undo::{DraftFate, UndoneDraft, touched, undo};

/// What posting works with.
pub struct Poster<'a> {
    /// Xero.
    pub client: &'a XeroClient,
    /// The organisation that everything goes to.
    pub organisation: OrganisationId,
    /// Its name, for the ledger.
    pub organisation_name: Arc<str>,
    /// For the documents' addresses.
    pub short_code: Arc<str>,
    /// The ledger.
    pub ledger: &'a mut Ledger,
    /// The right to write to it.
    pub lock: &'a LockGuard,
    /// Where tests cut a run off.
    pub steps: &'a dyn Steps,
    /// The clock.
    pub now: &'a dyn Fn() -> Timestamp,
    /// What invoices and credit notes wear.
    pub sales_dress: &'a Dress,
    /// What bills and supplier credits wear.
    pub purchases_dress: &'a Dress,
    /// Told after each request: documents settled by it.
    pub settled: &'a dyn Fn(usize),
}

impl std::fmt::Debug for Poster<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Poster").field("organisation", &self.organisation).finish_non_exhaustive()
    }
}

/// Why posting stopped. What was not settled is recorded as such and the next run completes it.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The ledger refused or failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Xero could not be asked, or does not take anything at the moment.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A step was cut off; only in tests.
    #[error("cut off: {0}")]
    CutOff(#[from] std::io::Error),
}

/// What became of the documents.
#[derive(Debug, Default)]
pub struct Settled {
    /// In Xero now.
    pub posted: Vec<SettledDocument>,
    /// Refused by Xero, with its words.
    pub refused: Vec<SettledDocument>,
    /// Nobody knows: the next run looks again.
    pub unknown: Vec<SettledDocument>,
    /// Remarks on documents that are in Xero, its own and ours: number and words.
    pub warnings: Vec<(Arc<str>, String)>,
    /// Why not everything was tried, if so.
    pub stopped: Option<CallError>,
}

/// One document and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledDocument {
    /// What it is.
    pub kind: Kind,
    /// Its number.
    pub number: Arc<str>,
    /// Its id in Xero.
    pub id: Option<XeroId>,
    /// Its address for a browser.
    pub url: Option<Arc<str>>,
    /// What Xero said, or why nobody knows.
    pub detail: Option<String>,
}

impl Settled {
    /// True when everything is in Xero.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.refused.is_empty() && self.unknown.is_empty() && self.stopped.is_none()
    }
}

impl Poster<'_> {
    /// Settles every document of the ledger that is to be in Xero and has no outcome. With `look_first`
    /// all are looked up before anything is sent: always, unless this run recorded them itself after
    /// it had read what Xero has.
    ///
    /// # Errors
    ///
    /// When the ledger fails, or a look-up does; documents that were not settled stay so.
    pub async fn settle(&mut self, look_first: bool) -> Result<Settled, PostError> {
        let mut settled = Settled::default();
        let mut pending = self.ledger.pending_documents()?;
        // Nothing but a look protects bills, whose numbers Xero lets anybody use twice.
        let (look, rest): (Vec<_>, Vec<_>) =
            pending.into_iter().partition(|pending| look_first || pending.sending.is_some() || pending.document.kind.is_purchase());
        pending = self.look_up(look, &mut settled).await?;
        pending.extend(rest);
        pending.sort_by_key(|pending| pending.row);
        for batch in batches::of(pending, self.sales_dress, self.purchases_dress) {
            if settled.stopped.is_some() {
                settled.unknown.extend(batch.documents.iter().map(not_tried));
                continue;
            }
            let count = batch.documents.len();
            self.send(batch, &mut settled).await?;
            (self.settled)(count);
        }
        Ok(settled)
    }

    /// Makes a run's intents durable, with what it found in Xero, and settles them.
    ///
    /// # Errors
    ///
    /// As [`Poster::settle`]; when the ledger refuses the intents, nothing was sent.
    pub async fn post(&mut self, run: &Run, plan: &Plan, adoption: &Adoption) -> Result<Settled, PostError> {
        let documents: Vec<&Document> = plan.new_documents().collect();
        let adopted: Vec<&Document> = adoption.documents.iter().collect();
        let posting = Posting {
            run,
            organisation: self.organisation,
            organisation_name: &self.organisation_name,
            adopted: &adopted,
            adopted_charges: &adoption.billed,
            caught_up: &adoption.caught_up,
            documents: &documents,
            billed: &plan.billed,
        };
        self.ledger.append(self.lock, &[Record::Posting(&posting)], self.steps)?;
        self.settle(false).await
    }

    /// Frees the charges of documents that somebody took back in Xero, so that they can be posted again
    /// (`--repost`).
    ///
    /// # Errors
    ///
    /// When the ledger fails; nothing is freed then.
    pub fn release_taken_back(&mut self, documents: &[Untouched], machine_user: &MachineUser) -> Result<(), PostError> {
        let is_meant = |posted: &PostedDocument| posted.document.xero_id().is_some_and(|id| documents.iter().any(|document| document.id == id));
        let rows: Vec<DocumentRow> = self.ledger.documents_in_xero()?.into_iter().filter(is_meant).map(|posted| posted.row).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let at = (self.now)();
        Ok(self.ledger.append(self.lock, &[Record::Withdrawn { documents: &rows, at, machine_user }], self.steps)?)
    }

    fn dress(&self, kind: Kind) -> &Dress {
        if kind.is_purchase() { self.purchases_dress } else { self.sales_dress }
    }

    fn url(&self, document: &Document, id: XeroId) -> Option<Arc<str>> {
        links::page(&self.short_code, document.kind, id).map(Arc::from)
    }

    fn posted(&self, pending: &PendingDocument, id: XeroId, updated: &Arc<str>) -> (DocumentRow, DocumentOutcome) {
        (pending.row, DocumentOutcome::Posted { id, url: self.url(&pending.document, id), updated: Arc::clone(updated) })
    }

    /// Makes outcomes durable.
    fn record(&mut self, outcomes: &[(DocumentRow, DocumentOutcome)]) -> Result<(), PostError> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let at = (self.now)();
        Ok(self.ledger.append(self.lock, &[Record::Outcomes { outcomes, at }], self.steps)?)
    }
}

/// The place in Xero for a kind of document.
#[must_use]
pub fn endpoint_of(kind: Kind) -> Endpoint {
    match kind {
        Kind::Bill | Kind::Invoice => Endpoint::Invoices,
        Kind::SupplierCredit | Kind::CreditNote => Endpoint::CreditNotes,
    }
}

fn about(pending: &PendingDocument, detail: Option<String>) -> SettledDocument {
    SettledDocument { kind: pending.document.kind, number: Arc::clone(&pending.document.number), id: None, url: None, detail }
}

fn not_tried(pending: &PendingDocument) -> SettledDocument {
    about(pending, Some("not sent yet; the next run sends it".to_owned()))
}

/// True when the whole run has to stop: no sign-in, no access, limits spent, no connection.
fn stops(error: &CallError) -> bool {
    !matches!(error.kind, CallErrorKind::Refused | CallErrorKind::Unreadable)
}

#[cfg(test)]
mod tests;

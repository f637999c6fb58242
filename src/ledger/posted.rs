//! What the ledger remembers of posting: intents, requests on their way, outcomes.

use std::sync::Arc;

use jiff::Timestamp;

use super::records::RunId;
use crate::domain::document::Document;
use crate::domain::ids::{OrganisationId, XeroId};

/// A document that is to be in Xero and of which nobody knows yet whether it is.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingDocument {
    /// Its row, by which requests and outcomes name it.
    pub row: DocumentRow,
    /// The run that decided it.
    pub run: RunId,
    /// As it is to be, with [`crate::domain::document::InXero::revises`] when it replaces another one.
    pub document: Document,
    /// Documents of its kind and number that the ledger had before: refused, taken back or replaced ones.
    pub earlier: u32,
    /// The newest request that carried it; `None` when it certainly never left.
    pub sending: Option<Sending>,
}

/// An organisation that runs of this ledger posted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostedTo {
    /// The organisation.
    pub id: OrganisationId,
    /// Its name then.
    pub name: String,
    /// One of the runs.
    pub run: RunId,
}

/// A document of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentRow(pub(super) i64);

/// A request that carried documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// Its `Idempotency-Key`.
    pub idempotency_key: String,
    /// Hex digest of its body.
    pub body_sha256: String,
    /// When it left.
    pub sent_at: Timestamp,
}

/// What became of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentOutcome {
    /// Xero has it.
    Posted {
        /// Its id there.
        id: XeroId,
        /// Its address for a browser.
        url: Option<Arc<str>>,
        /// `UpdatedDateUTC`, as Xero gave it.
        updated: Arc<str>,
    },
    /// Xero refused it and has nothing of it.
    Refused {
        /// Xero's words.
        detail: String,
    },
}

/// How a posted document stands in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nobody knows yet.
    Pending,
    /// In Xero.
    Posted,
    /// Found in Xero by a run whose ledger did not have it.
    Adopted,
    /// Refused by Xero.
    Refused,
    /// Replaced by a later version of itself.
    Revised,
    /// Taken back in Xero by this tool.
    Withdrawn,
}

impl Fate {
    /// The word in tables and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Posted => "posted",
            Self::Adopted => "adopted",
            Self::Refused => "refused",
            Self::Revised => "revised",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A document of a run that posted, as far as Xero goes.
#[derive(Clone, Debug, PartialEq)]
pub struct PostedDocument {
    /// Its row.
    pub row: DocumentRow,
    /// The document, with its id and address in Xero where they are known.
    pub document: Document,
    /// How it stands.
    pub fate: Fate,
    /// `UpdatedDateUTC` at the time of posting; empty when unknown.
    pub updated: Arc<str>,
    /// Xero's words when it was refused.
    pub detail: Option<String>,
}

//! What goes into one request. Bills and supplier credits go alone, because nothing in Xero keeps them
//! from being entered twice: a lost answer must leave no more than one in doubt.

use ring::digest::{Context, SHA256};

use super::endpoint_of;
use crate::domain::digest::hex;
use crate::domain::document::Kind;
use crate::domain::ids::{OrganisationId, XeroId};
use crate::ledger::PendingDocument;
use crate::xero::batch::{self, Batch, Dress};
use crate::xero::filter::Endpoint;

/// Documents that travel together.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) documents: Vec<PendingDocument>,
    pub(super) batch: Batch,
}

/// The parcels of these documents: purchases first, then sales, new ones and revisions apart.
pub(super) fn of(pending: Vec<PendingDocument>, sales: &Dress, purchases: &Dress) -> Vec<Parcel> {
    let mut groups: Vec<((bool, Endpoint, bool), Vec<PendingDocument>)> = Vec::new();
    for document in pending {
        let kind = document.document.kind;
        let group = (kind.is_purchase(), endpoint_of(kind), revises(&document).is_some());
        match groups.iter_mut().find(|(found, _)| *found == group && !kind.is_purchase()) {
            Some((_, documents)) => documents.push(document),
            None => groups.push((group, vec![document])),
        }
    }
    groups.sort_by_key(|((is_purchase, ..), _)| !is_purchase);
    let mut parcels = Vec::new();
    for ((is_purchase, endpoint, is_revision), documents) in groups {
        let dress = if is_purchase { purchases } else { sales };
        parcels.extend(cut(documents, endpoint, is_revision, dress));
    }
    parcels
}

fn cut(documents: Vec<PendingDocument>, endpoint: Endpoint, is_revision: bool, dress: &Dress) -> Vec<Parcel> {
    let pairs: Vec<_> = documents.iter().map(|pending| (&pending.document, dress)).collect();
    let sizes: Vec<usize> = batch::chunks(&pairs).into_iter().map(|range| range.len()).collect();
    let mut documents = documents.into_iter();
    sizes.into_iter().map(|size| parcel(documents.by_ref().take(size).collect(), endpoint, is_revision, dress)).collect()
}

fn parcel(documents: Vec<PendingDocument>, endpoint: Endpoint, is_revision: bool, dress: &Dress) -> Parcel {
    let batch = if is_revision {
        let of: Vec<_> = documents.iter().filter_map(|pending| Some((revises(pending)?, &pending.document, dress))).collect();
        batch::update_batch(endpoint, &of)
    } else {
        let of: Vec<_> = documents.iter().map(|pending| (&pending.document, dress)).collect();
        batch::create_batch(endpoint, &of)
    };
    Parcel { documents, batch }
}

impl Parcel {
    /// The same documents in two parcels, where Xero refused them as a whole.
    pub(super) fn halves(self, dress: &Dress) -> Vec<Self> {
        let (endpoint, is_revision) = (self.batch.endpoint, self.batch.operation == batch::Operation::Update);
        let mut first = self.documents;
        let second = first.split_off(first.len().div_ceil(2));
        [first, second].into_iter().filter(|half| !half.is_empty()).map(|half| parcel(half, endpoint, is_revision, dress)).collect()
    }

    /// Hex digest of the body.
    pub(super) fn body_sha256(&self) -> String {
        let mut context = Context::new(&SHA256);
        context.update(&self.batch.body);
        hex(context.finish().as_ref())
    }

    /// The `Idempotency-Key` of the n-th attempt: derived from what is sent where, so that the same
    /// documents have the same key on every machine (`contracts/xero.md` 4.4).
    pub(super) fn idempotency_key(&self, organisation: OrganisationId, attempt: u32) -> String {
        let mut context = Context::new(&SHA256);
        context.update(organisation.to_string().as_bytes());
        for pending in &self.documents {
            let document = &pending.document;
            // A number that was refused or taken back before is another document: Xero would give the old answer.
            let earlier = pending.earlier.to_string();
            let identity = [document.kind.as_str(), &document.period.to_string(), &document.contact_name, &document.number, &earlier].join("\n");
            context.update(b"\n\n");
            context.update(identity.as_bytes());
        }
        context.update(b"\n\n");
        context.update(&self.batch.body);
        let key = hex(context.finish().as_ref());
        if attempt <= 1 { key } else { format!("{key}:{attempt}") }
    }
}

/// The document in Xero that this one takes the place of.
pub(super) fn revises(pending: &PendingDocument) -> Option<XeroId> {
    pending.document.xero.as_ref().and_then(|xero| xero.revises)
}

/// True when Xero itself refuses a second document with the number.
pub(super) fn has_unique_number(kind: Kind, dress: &Dress) -> bool {
    kind == Kind::Invoice && !dress.numbered_by_xero
}

//! Writes as frozen bytes: what is recorded before it is sent, and sent again exactly so.

use std::ops::Range;

use uuid::Uuid;

use crate::domain::books::BookedStatus;
use crate::domain::document::Document;
use crate::domain::ids::XeroId;

use super::to_wire;

pub use super::filter::Endpoint;

/// Documents in one call: more makes one lost answer cost more (`contracts/xero.md` 4.4, 7).
pub const DOCUMENTS_AT_MOST: usize = 50;

/// Bytes of one body; the limits page says 3.5 MB (`contracts/xero.md` 7).
pub const BODY_BYTES_AT_MOST: usize = 3_300_000;

/// What a write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// PUT: creates and never overwrites.
    Create,
    /// POST with the documents' ids: replaces what the documents say.
    Update,
    /// POST with the documents' ids and nothing but the status that takes them back.
    Remove,
}

/// One write, ready to send. Two sends of one batch are the same bytes to the same address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Where to.
    pub endpoint: Endpoint,
    /// What it does.
    pub operation: Operation,
    /// The body, JSON.
    pub body: Vec<u8>,
    /// Documents in it.
    pub count: usize,
}

/// What a document wears beside its figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dress {
    /// Tracking category and option by name, at most two, on every line.
    pub tracking: Vec<(String, String)>,
    /// The branding theme; sales documents only.
    pub branding_theme: Option<Uuid>,
    /// True when Xero gives sales documents their numbers; ours becomes their `Reference`.
    pub numbered_by_xero: bool,
    /// An absolute address shown as "Go to …"; bills and invoices only.
    pub url: Option<String>,
}

/// A write that creates the documents.
#[must_use]
pub fn create_batch(endpoint: Endpoint, documents: &[(&Document, &Dress)]) -> Batch {
    let elements = documents.iter().map(|(document, dress)| to_wire::document(document, dress, None));
    batch(endpoint, Operation::Create, &elements.collect::<Vec<_>>())
}

/// A write that makes existing documents say what these say.
#[must_use]
pub fn update_batch(endpoint: Endpoint, documents: &[(XeroId, &Document, &Dress)]) -> Batch {
    let elements = documents.iter().map(|(id, document, dress)| to_wire::document(document, dress, Some(*id)));
    batch(endpoint, Operation::Update, &elements.collect::<Vec<_>>())
}

/// A write that takes documents back: drafts and submitted ones are deleted, approved ones voided.
#[must_use]
pub fn remove_batch(endpoint: Endpoint, documents: &[(XeroId, BookedStatus)]) -> Batch {
    let elements = documents.iter().map(|(id, status)| to_wire::removal(endpoint, *id, status));
    batch(endpoint, Operation::Remove, &elements.collect::<Vec<_>>())
}

fn batch(endpoint: Endpoint, operation: Operation, elements: &[Vec<u8>]) -> Batch {
    Batch { endpoint, operation, body: to_wire::body(endpoint, elements), count: elements.len() }
}

/// Cuts documents into batches of at most [`DOCUMENTS_AT_MOST`] documents and [`BODY_BYTES_AT_MOST`]
/// bytes, in order; a document that is larger by itself goes alone.
#[must_use]
pub fn chunks(documents: &[(&Document, &Dress)]) -> Vec<Range<usize>> {
    let mut chunks: Vec<Range<usize>> = Vec::new();
    let mut bytes = 0;
    for (position, (document, dress)) in documents.iter().enumerate() {
        // The comma between elements; the frame of the body fits into the distance to the real limit.
        let more = to_wire::document(document, dress, None).len() + 1;
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < DOCUMENTS_AT_MOST && bytes + more <= BODY_BYTES_AT_MOST => {
                chunk.end = position + 1;
                bytes += more;
            }
            _ => {
                chunks.push(position..position + 1);
                bytes = more;
            }
        }
    }
    chunks
}

//! Taking a run back: its drafts that nobody has touched are deleted in Xero, their charges are free again.
//! Deleting twice does nothing more, so a cut-off undo is simply done again.

use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use super::lookup::is_same_content;
use super::{PostError, Poster, endpoint_of};
use crate::domain::books::{BookedDocument, BookedStatus};
use crate::domain::document::{Document, Kind};
use crate::domain::ids::XeroId;
use crate::ledger::{DocumentOutcome, Fate, MachineUser, PostedDocument, Record, RunId};
use crate::xero::batch::{DOCUMENTS_AT_MOST, remove_batch};
use crate::xero::filter::{DocumentFilter, Endpoint};
use crate::xero::outcome::{CallError, CallErrorKind, WriteError, Written};

/// What became of a document of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftFate {
    /// Deleted in Xero; its charges are free again.
    Deleted,
    /// It was gone from Xero already; its charges are free again.
    Gone,
    /// Left alone: what somebody did with it.
    Kept(String),
}

/// A document of an undone run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoneDraft {
    /// What it is.
    pub kind: Kind,
    /// Its number.
    pub number: Arc<str>,
    /// The contact.
    pub contact_name: Arc<str>,
    /// Its address for a browser.
    pub url: Option<Arc<str>>,
    /// What became of it.
    pub fate: DraftFate,
}

/// Takes a run's untouched drafts back. The run is undone when none of its documents is left in Xero.
///
/// # Errors
///
/// When the outcome of a document of this run is not known yet, or Xero or the ledger fails. What was
/// deleted until then is recorded.
pub async fn undo(poster: &mut Poster<'_>, run: &RunId, machine_user: &MachineUser) -> Result<Vec<UndoneDraft>, PostError> {
    settle_pending(poster, run).await?;
    let ours: Vec<PostedDocument> =
        poster.ledger.posted_documents(run)?.into_iter().filter(|posted| matches!(posted.fate, Fate::Posted | Fate::Adopted)).collect();
    let booked = read(poster, &ours).await?;
    let mut fates: Vec<Option<DraftFate>> = ours.iter().map(|posted| judge(posted, &booked)).collect();
    delete(poster, &ours, &mut fates, &booked).await?;
    let is_back = |fate: &Option<DraftFate>| matches!(fate, Some(DraftFate::Deleted | DraftFate::Gone));
    let rows: Vec<_> = ours.iter().zip(&fates).filter(|(_, fate)| is_back(fate)).map(|(posted, _)| posted.row).collect();
    let at = (poster.now)();
    let withdrawn = Record::Withdrawn { documents: &rows, at, machine_user };
    let undone = Record::Undone { run, at, machine_user };
    let is_whole = fates.iter().all(is_back);
    let records: Vec<Record<'_>> = std::iter::once(withdrawn).chain(is_whole.then_some(undone)).collect();
    poster.ledger.append(poster.lock, &records, poster.steps)?;
    let told = ours.into_iter().zip(fates).map(|(posted, fate)| UndoneDraft {
        kind: posted.document.kind,
        number: posted.document.number,
        contact_name: posted.document.contact_name,
        url: posted.document.xero.and_then(|xero| xero.url),
        fate: fate.unwrap_or_else(|| DraftFate::Kept("Xero did not delete it".to_owned())),
    });
    Ok(told.collect())
}

/// Documents that never reached Xero are given up; one whose request may still be under way is not.
async fn settle_pending(poster: &mut Poster<'_>, run: &RunId) -> Result<(), PostError> {
    let pending: Vec<_> = poster.ledger.pending_documents()?.into_iter().filter(|pending| pending.run == *run).collect();
    let mut settled = super::Settled::default();
    let absent = poster.look_up(pending, &mut settled).await?;
    let now = (poster.now)();
    if let Some(open) = absent.iter().find(|pending| pending.sending.as_ref().is_some_and(|sending| super::send::age(sending, now) < super::send::KEY_LASTS)) {
        let message = format!("{} was sent a moment ago and is not in Xero yet: nobody knows whether it will be", open.document.number);
        return Err(CallError::new(CallErrorKind::Throttled, message)
            .hint("run `cspctl runs undo` again in six minutes, or complete the run: cspctl sync")
            .into());
    }
    let given_up = |detail: &str| DocumentOutcome::Refused { detail: detail.to_owned() };
    let outcomes: Vec<_> = absent.iter().map(|pending| (pending.row, given_up("taken back before it was in Xero"))).collect();
    poster.record(&outcomes)
}

async fn read(poster: &Poster<'_>, ours: &[PostedDocument]) -> Result<HashMap<XeroId, BookedDocument>, PostError> {
    let mut found = HashMap::default();
    for endpoint in [Endpoint::Invoices, Endpoint::CreditNotes] {
        let ids: Vec<XeroId> =
            ours.iter().filter(|posted| endpoint_of(posted.document.kind) == endpoint).filter_map(|posted| posted.document.xero_id()).collect();
        if ids.is_empty() {
            continue;
        }
        let filter = DocumentFilter::Ids(ids);
        let booked = if endpoint == Endpoint::Invoices { poster.client.invoices(&filter).await? } else { poster.client.credit_notes(&filter).await? };
        found.extend(booked.into_iter().map(|booked| (booked.id, booked)));
    }
    Ok(found)
}

/// `None` for a draft that may be deleted.
fn judge(posted: &PostedDocument, booked: &HashMap<XeroId, BookedDocument>) -> Option<DraftFate> {
    // Xero shows deleted documents too. One that it does not find is no proof of anything.
    let Some(booked) = posted.document.xero_id().and_then(|id| booked.get(&id)) else {
        return Some(DraftFate::Kept("Xero does not find it".to_owned()));
    };
    match &booked.status {
        BookedStatus::Deleted | BookedStatus::Voided => Some(DraftFate::Gone),
        BookedStatus::Draft | BookedStatus::Submitted => touched(booked, &posted.document).map(DraftFate::Kept),
        other => Some(DraftFate::Kept(format!("it is {} in Xero", other.as_str()))),
    }
}

/// What somebody did with a draft in Xero, if anything.
#[must_use]
pub fn touched(booked: &BookedDocument, document: &Document) -> Option<String> {
    if !booked.settled.is_zero() {
        return Some(format!("{} is paid or credited on it in Xero", booked.settled));
    }
    if booked.contact_id != document.contact_id {
        return Some(format!("its contact was changed to {} in Xero", booked.contact_name));
    }
    if booked.date != document.date {
        return Some(format!("its date was changed to {} in Xero", booked.date));
    }
    if !is_same_content(booked, document) {
        return Some(format!("its lines were changed in Xero: {} instead of {}", booked.sub_total, document.sub_total));
    }
    None
}

async fn delete(
    poster: &Poster<'_>,
    ours: &[PostedDocument],
    fates: &mut [Option<DraftFate>],
    booked: &HashMap<XeroId, BookedDocument>,
) -> Result<(), PostError> {
    for endpoint in [Endpoint::Invoices, Endpoint::CreditNotes] {
        let of_endpoint = |posted: &PostedDocument| endpoint_of(posted.document.kind) == endpoint;
        let open: Vec<(XeroId, BookedStatus)> = ours
            .iter()
            .zip(fates.iter())
            .filter(|(posted, fate)| fate.is_none() && of_endpoint(posted))
            .filter_map(|(posted, _)| posted.document.xero_id().and_then(|id| booked.get(&id)).map(|booked| (booked.id, booked.status.clone())))
            .collect();
        for chunk in open.chunks(DOCUMENTS_AT_MOST) {
            let (deleted, refused) = delete_chunk(poster, endpoint, chunk).await?;
            for (posted, fate) in ours.iter().zip(fates.iter_mut()).filter(|(posted, fate)| fate.is_none() && of_endpoint(posted)) {
                let Some(id) = posted.document.xero_id() else { continue };
                if deleted.contains(&id) {
                    *fate = Some(DraftFate::Deleted);
                } else if let Some(words) = refused.get(&id) {
                    *fate = Some(DraftFate::Kept(format!("Xero did not delete it: {words}")));
                }
            }
        }
    }
    Ok(())
}

/// Deletes some drafts; whatever the answer was, what counts is how they stand in Xero afterwards.
async fn delete_chunk(
    poster: &Poster<'_>,
    endpoint: Endpoint,
    chunk: &[(XeroId, BookedStatus)],
) -> Result<(HashSet<XeroId>, HashMap<XeroId, String>), PostError> {
    let batch = remove_batch(endpoint, chunk);
    let key = uuid::Uuid::new_v4().to_string();
    poster.steps.reached(crate::ledger::Step::Send)?;
    let answer = poster.client.send(&batch, &key).await;
    poster.steps.reached(crate::ledger::Step::Sent)?;
    let (mut deleted, mut words) = (HashSet::default(), String::new());
    match answer {
        Ok(written) => {
            for one in written {
                match one {
                    Written::Accepted { document, .. } if !document.status.is_live() => {
                        deleted.insert(document.id);
                    }
                    Written::Accepted { .. } | Written::Unknown { .. } => {}
                    Written::Refused { messages, .. } => words = messages.join("; "),
                }
            }
        }
        Err(WriteError::NotDone(error) | WriteError::Unknown(error)) => words = error.to_string(),
    }
    if deleted.len() < chunk.len() {
        let filter = DocumentFilter::Ids(chunk.iter().map(|(id, _)| *id).collect());
        let booked = if endpoint == Endpoint::Invoices { poster.client.invoices(&filter).await? } else { poster.client.credit_notes(&filter).await? };
        deleted.extend(booked.into_iter().filter(|booked| !booked.status.is_live()).map(|booked| booked.id));
    }
    let refused = chunk.iter().map(|(id, _)| *id).filter(|id| !deleted.contains(id)).map(|id| (id, words.clone())).collect();
    Ok((deleted, refused))
}

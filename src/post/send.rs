//! One parcel on its way: recorded, sent, and followed up until its outcome is known or must stay open.

use std::time::Duration;

use jiff::Timestamp;

use super::batches::{Parcel, has_unique_number};
use super::{PostError, Poster, Settled, SettledDocument, about, stops};
use crate::ledger::{DocumentOutcome, PendingDocument, Record, Sending, Step};
use crate::xero::outcome::{CallError, WriteError, Written};

/// Xero remembers a key so long (`contracts/xero.md` 4.4); a little less, for clocks that differ.
pub(super) const KEY_LASTS: Duration = Duration::from_secs(5 * 60 + 30);
/// Attempts with one parcel in one run.
const ATTEMPTS_AT_MOST: u32 = 3;
/// Before a parcel is sent again.
const PAUSE: Duration = Duration::from_secs(2);
/// Xero's words for a number that is taken.
const NUMBER_TAKEN: &str = "must be unique";

impl Poster<'_> {
    /// Sends a parcel and settles what can be settled.
    pub(super) async fn send(&mut self, parcel: Parcel, settled: &mut Settled) -> Result<(), PostError> {
        let mut waiting = vec![parcel];
        while let Some(parcel) = waiting.pop() {
            if settled.stopped.is_some() {
                settled.unknown.extend(parcel.documents.iter().map(super::not_tried));
                continue;
            }
            match self.attempts(parcel, settled).await? {
                None => {}
                // One bad document must not block the others: find it.
                Some((parcel, error)) if parcel.documents.len() > 1 => {
                    tracing::warn!("Xero refused a request as a whole and gets it in halves: {error}");
                    let dress = parcel.documents.first().map(|pending| self.dress(pending.document.kind).clone()).unwrap_or_default();
                    waiting.extend(parcel.halves(&dress).into_iter().rev());
                }
                Some((parcel, error)) => self.refuse_all(&parcel, &error, settled)?,
            }
        }
        Ok(())
    }

    /// Attempts until the outcome is known. Gives the parcel back when Xero refused it as a whole.
    async fn attempts(&mut self, mut parcel: Parcel, settled: &mut Settled) -> Result<Option<(Parcel, CallError)>, PostError> {
        let mut key = match self.key_of(&parcel) {
            Ok(key) => key,
            Err(why) => {
                settled.unknown.extend(parcel.documents.iter().map(|pending| about(pending, Some(why.clone()))));
                return Ok(None);
            }
        };
        for attempt in 1..=ATTEMPTS_AT_MOST {
            let error = match self.send_once(&parcel, &key).await? {
                Ok(written) => return self.answered(parcel, written, settled).await.map(|()| None),
                Err(WriteError::NotDone(error)) if stops(&error) => {
                    settled.unknown.extend(parcel.documents.iter().map(|pending| about(pending, Some(format!("not sent: {error}")))));
                    settled.stopped = Some(error);
                    return Ok(None);
                }
                Err(WriteError::NotDone(error)) => return Ok(Some((parcel, error))),
                Err(WriteError::Unknown(error)) => error,
            };
            let count = parcel.documents.len();
            let looked = self.look_up(std::mem::take(&mut parcel.documents), settled).await;
            parcel.documents = match looked {
                Ok(absent) => absent,
                Err(PostError::Call(call)) => {
                    // Nobody can tell now; the ledger knows that they left.
                    let rows = self.ledger.pending_documents()?;
                    let numbers = rows.iter().filter(|pending| pending.sending.as_ref().is_some_and(|sending| sending.idempotency_key == key));
                    settled.unknown.extend(numbers.map(|pending| about(pending, Some(format!("{error}; and Xero cannot be asked: {call}")))));
                    settled.stopped = Some(call);
                    return Ok(None);
                }
                Err(other) => return Err(other),
            };
            if parcel.documents.is_empty() {
                return Ok(None);
            }
            if attempt == ATTEMPTS_AT_MOST {
                settled.unknown.extend(parcel.documents.iter().map(|pending| about(pending, Some(format!("{error}; it was not in Xero when looked for")))));
                return Ok(None);
            }
            tokio::time::sleep(PAUSE).await;
            // Some are there and some are not: what is left is another request. A number that Xero keeps
            // unique may be sent under a new key; anything else only with the same key and bytes.
            if parcel.documents.len() < count {
                parcel = self.again(parcel);
                key = parcel.idempotency_key(self.organisation, attempt + 1);
            } else if attempt + 1 == ATTEMPTS_AT_MOST && self.are_unique(&parcel) {
                key = parcel.idempotency_key(self.organisation, attempt + 1);
            }
        }
        Ok(None)
    }

    fn are_unique(&self, parcel: &Parcel) -> bool {
        parcel.documents.iter().all(|pending| has_unique_number(pending.document.kind, self.dress(pending.document.kind)))
    }

    /// The same documents as a parcel of their own.
    fn again(&self, parcel: Parcel) -> Parcel {
        let operation = parcel.batch.operation;
        let mut parcels = super::batches::of(parcel.documents, self.sales_dress, self.purchases_dress);
        let empty =
            || Parcel { documents: Vec::new(), batch: crate::xero::batch::Batch { endpoint: parcel.batch.endpoint, operation, body: Vec::new(), count: 0 } };
        // A part of one parcel is one parcel.
        parcels.pop().unwrap_or_else(empty)
    }

    /// The key for a parcel. Documents that left before keep theirs while Xero remembers it; for a bill
    /// there is no other way to be sure.
    fn key_of(&self, parcel: &Parcel) -> Result<String, String> {
        let first = parcel.idempotency_key(self.organisation, 1);
        let now = (self.now)();
        let recent = parcel.documents.iter().filter_map(|pending| pending.sending.as_ref()).filter(|sending| age(sending, now) < KEY_LASTS);
        let Some(newest) = recent.max_by_key(|sending| sending.sent_at) else {
            // Never sent, or so long ago that the key is new to Xero again.
            let attempt = u32::from(parcel.documents.iter().any(|pending| pending.sending.is_some())) + 1;
            let minute = now.as_second().div_euclid(60);
            return Ok(if attempt == 1 { first } else { format!("{first}:{minute}") });
        };
        if newest.body_sha256 == parcel.body_sha256() {
            return Ok(newest.idempotency_key.clone());
        }
        if self.are_unique(parcel) {
            return Ok(format!("{first}:{}", now.as_second()));
        }
        let left = KEY_LASTS.saturating_sub(age(newest, now)).as_secs().div_ceil(60).max(1);
        Err(format!("sent a moment ago in another form and not in Xero yet; run again in {left} minutes"))
    }

    async fn send_once(&mut self, parcel: &Parcel, key: &str) -> Result<Result<Vec<Written>, WriteError>, PostError> {
        let sending = Sending { idempotency_key: key.to_owned(), body_sha256: parcel.body_sha256(), sent_at: (self.now)() };
        let rows: Vec<_> = parcel.documents.iter().map(|pending| pending.row).collect();
        self.ledger.append(self.lock, &[Record::Sending { documents: &rows, sending: &sending }], self.steps)?;
        self.steps.reached(Step::Send)?;
        let answer = self.client.send(&parcel.batch, key).await;
        self.steps.reached(Step::Sent)?;
        Ok(answer)
    }

    /// Records what the answer says of each document; what it does not mention is looked up.
    async fn answered(&mut self, parcel: Parcel, written: Vec<Written>, settled: &mut Settled) -> Result<(), PostError> {
        let (mut outcomes, mut unmentioned, mut taken) = (Vec::new(), Vec::new(), Vec::new());
        // One result a document, in the order of the batch; what is missing counts as not mentioned.
        let mut written = written.into_iter();
        for pending in parcel.documents {
            match written.next() {
                Some(Written::Accepted { document, warnings }) => {
                    let number = pending.document.number.clone();
                    if document.sub_total != pending.document.sub_total {
                        let differs = format!("Xero makes it {} excluding tax, {} was planned", document.sub_total, pending.document.sub_total);
                        settled.warnings.push((number.clone(), differs));
                    }
                    settled.warnings.extend(warnings.into_iter().map(|warning| (number.clone(), format!("Xero remarks: {warning}"))));
                    outcomes.push(self.posted(&pending, document.id, &document.updated));
                    let url = self.url(&pending.document, document.id);
                    settled.posted.push(SettledDocument { id: Some(document.id), url, ..about(&pending, None) });
                }
                Some(Written::Refused { messages, .. }) if messages.iter().any(|message| message.contains(NUMBER_TAKEN)) => taken.push((pending, messages)),
                Some(Written::Refused { messages, .. }) => {
                    let detail = messages.join("; ");
                    outcomes.push((pending.row, DocumentOutcome::Refused { detail: detail.clone() }));
                    settled.refused.push(about(&pending, Some(detail)));
                }
                Some(Written::Unknown { .. }) | None => unmentioned.push(pending),
            }
        }
        self.record(&outcomes)?;
        self.taken(taken, settled).await?;
        let absent = self.look_up(unmentioned, settled).await?;
        settled.unknown.extend(absent.iter().map(|pending| about(pending, Some("Xero's answer does not mention it".to_owned()))));
        Ok(())
    }

    /// The number exists: either an earlier attempt of ours was carried out, or somebody else has it.
    async fn taken(&mut self, taken: Vec<(PendingDocument, Vec<String>)>, settled: &mut Settled) -> Result<(), PostError> {
        if taken.is_empty() {
            return Ok(());
        }
        let (documents, words): (Vec<_>, Vec<_>) = taken.into_iter().unzip();
        let words: Vec<_> = documents.iter().map(|pending: &PendingDocument| pending.row).zip(words).collect();
        let others = self.look_up(documents, settled).await?;
        let mut outcomes = Vec::new();
        for pending in others {
            let said = words.iter().find(|(row, _)| *row == pending.row).map(|(_, messages)| messages.join("; ")).unwrap_or_default();
            let detail = format!("{said} (another document in Xero has the number {})", pending.document.number);
            outcomes.push((pending.row, DocumentOutcome::Refused { detail: detail.clone() }));
            settled.refused.push(about(&pending, Some(detail)));
        }
        self.record(&outcomes)
    }

    fn refuse_all(&mut self, parcel: &Parcel, error: &CallError, settled: &mut Settled) -> Result<(), PostError> {
        let mut outcomes = Vec::new();
        for pending in &parcel.documents {
            outcomes.push((pending.row, DocumentOutcome::Refused { detail: error.to_string() }));
            settled.refused.push(about(pending, Some(error.to_string())));
        }
        self.record(&outcomes)
    }
}

pub(super) fn age(sending: &Sending, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(sending.sent_at)).unwrap_or_default()
}

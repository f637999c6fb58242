//! Which element of an answer belongs to which document that was sent, and what became of it.
//!
//! Elements come back in the order sent as far as anybody has seen, but nobody promises it
//! (`contracts/xero.md` 4.3): they are known by id, number, reference or content, by place only as the
//! last resort. What is not found is unknown, never done.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::money::Money;

use super::answer;
use super::batch::Batch;
use super::filter::Endpoint;
use super::from_wire;
use super::outcome::Written;
use super::wire::Object;

/// What a document is known by, on its way there and back.
#[derive(Debug, Default)]
struct Trait {
    id: Option<Uuid>,
    kind: String,
    number: String,
    reference: String,
    contact: Option<Uuid>,
    date: Option<Date>,
    lines: usize,
    sub_total: Decimal,
}

impl Trait {
    fn of(endpoint: Endpoint, value: &Value) -> Self {
        let Some(object) = Object::of(value) else { return Self::default() };
        let product = |line: Object<'_>| {
            let amount = line.decimal("Quantity").unwrap_or_default() * line.decimal("UnitAmount").unwrap_or_default();
            Money::round_half_away(amount).amount()
        };
        Self {
            id: object.guid(endpoint.id_member()).filter(|id| !id.is_nil()),
            kind: object.text("Type").unwrap_or_default(),
            number: object.text(endpoint.number_member()).unwrap_or_default(),
            reference: object.text("Reference").unwrap_or_default(),
            contact: object.object("Contact").and_then(|contact| contact.guid("ContactID")),
            date: object.date("Date"),
            lines: object.list("LineItems").count(),
            sub_total: object.list("LineItems").map(product).sum(),
        }
    }

    /// True unless a member that both state differs. Numbers of Xero's own giving may be new.
    fn may_be(&self, other: &Self) -> bool {
        let kind = self.kind.is_empty() || other.kind.is_empty() || self.kind == other.kind;
        let contact = self.contact.is_none() || other.contact.is_none() || self.contact == other.contact;
        let number = self.number.is_empty() || other.number.is_empty() || self.number == other.number;
        let date = self.date.is_none() || other.date.is_none() || self.date == other.date;
        kind && contact && number && date
    }

    fn has_content_of(&self, other: &Self) -> bool {
        self.contact.is_some() && self.contact == other.contact && self.date == other.date && self.lines == other.lines && self.sub_total == other.sub_total
    }
}

/// One result a document, in the order of the batch. Never fails: a document without an answer is unknown.
pub(super) fn read(batch: &Batch, elements: &[Value]) -> Vec<Written> {
    let sent: Vec<Trait> = sent(batch);
    let back: Vec<Trait> = elements.iter().map(|element| Trait::of(batch.endpoint, element)).collect();
    let places = align(&sent, &back);
    sent.iter()
        .zip(places)
        .map(|(sent, place)| match place.and_then(|place| elements.get(place)) {
            Some(element) => outcome(batch.endpoint, &sent.number, element),
            None => Written::Unknown { number: sent.number.clone(), message: "Xero's answer does not mention it".to_owned() },
        })
        .collect()
}

/// The documents of a batch; as many as it counts, whatever its bytes say.
fn sent(batch: &Batch) -> Vec<Trait> {
    let body: Value = serde_json::from_slice(&batch.body).unwrap_or_default();
    let elements = body.get(batch.endpoint.as_str()).and_then(Value::as_array);
    let mut sent: Vec<Trait> = elements.into_iter().flatten().map(|element| Trait::of(batch.endpoint, element)).collect();
    sent.resize_with(batch.count, Trait::default);
    sent
}

/// For each document sent, the place of its element. No element is given twice.
fn align(sent: &[Trait], back: &[Trait]) -> Vec<Option<usize>> {
    type Fits = fn(&Trait, &Trait) -> bool;
    let by_id: Fits = |sent, back| sent.id.is_some() && sent.id == back.id;
    let by_number: Fits = |sent, back| sent.id.is_none() && !sent.number.is_empty() && sent.number == back.number && sent.may_be(back);
    let by_reference: Fits =
        |sent, back| sent.id.is_none() && sent.number.is_empty() && !sent.reference.is_empty() && sent.reference == back.reference && sent.may_be(back);
    let by_content: Fits = |sent, back| sent.id.is_none() && sent.may_be(back) && sent.has_content_of(back);
    let mut places = vec![None; sent.len()];
    let mut taken = vec![false; back.len()];
    for fits in [by_id, by_number, by_reference, by_content] {
        for (place, sent) in places.iter_mut().zip(sent).filter(|(place, _)| place.is_none()) {
            let found = back.iter().zip(&mut taken).enumerate().find(|(_, (back, taken))| !**taken && fits(sent, back));
            if let Some((position, (_, taken))) = found {
                *taken = true;
                *place = Some(position);
            }
        }
    }
    if sent.len() == back.len() {
        let open = places.iter_mut().zip(&mut taken).zip(sent.iter().zip(back)).enumerate();
        for (position, ((place, taken), (sent, back))) in open {
            if place.is_none() && !*taken && sent.may_be(back) && (sent.id.is_none() || back.id.is_none()) {
                *taken = true;
                *place = Some(position);
            }
        }
    }
    places
}

/// What an element says. Its errors count before its status: that one is sometimes OK all the same.
fn outcome(endpoint: Endpoint, number: &str, element: &Value) -> Written {
    let number = number.to_owned();
    let Some(object) = Object::of(element) else {
        return Written::Unknown { number, message: "Xero's answer about it cannot be read".to_owned() };
    };
    let messages = answer::validation_errors(element);
    if !messages.is_empty() {
        return Written::Refused { number, messages };
    }
    let is_error = object.text("StatusAttributeString").is_some_and(|status| status.eq_ignore_ascii_case("ERROR"));
    if is_error || object.flag("HasErrors") {
        return Written::Refused { number, messages: vec!["Xero refused it and gave no reason".to_owned()] };
    }
    if object.guid(endpoint.id_member()).is_some_and(|id| id.is_nil()) {
        return Written::Refused { number, messages: vec!["Xero gave it no id and no reason".to_owned()] };
    }
    match from_wire::document(endpoint, object) {
        Ok(Some(document)) => Written::Accepted { document: Box::new(document), warnings: answer::warnings(element) },
        Ok(None) => Written::Unknown { number, message: "Xero's answer about it is of another kind".to_owned() },
        Err(member) => Written::Unknown { number, message: format!("Xero's answer about it lacks {member}") },
    }
}

#[cfg(test)]
mod tests;

//! History notes, attachments and e-mails of documents (contracts/xero.md 4.6).

use serde_json::{Value, json};

use super::reading;
use super::state::{Attachment, HistoryRecord, Organisation, State};
use super::wire;
use crate::stand_ins::exchange::{Answer, Exchange};

/// The person whose consent calls run under.
pub const PERSON: &str = "Signed-in user";
/// A note is at most so long.
const NOTE_CHARACTERS: usize = 2_500;
/// A document has at most so many files.
const ATTACHMENTS: usize = 10;
/// A file is at most so large.
const ATTACHMENT_BYTES: usize = 10 * 1024 * 1024;

fn records<'a>(organisation: &'a mut Organisation, family: &str, id: &str) -> Option<&'a mut Vec<HistoryRecord>> {
    if family == "Contacts" {
        return organisation.contacts.iter_mut().find(|contact| contact.id.eq_ignore_ascii_case(id)).map(|contact| &mut contact.history);
    }
    let position = reading::find(organisation, id, family == "CreditNotes")?;
    organisation.documents.get_mut(position).map(|document| &mut document.history)
}

fn record_value(record: &HistoryRecord) -> Value {
    json!({ "Changes": record.changes, "DateUTC": wire::moment_text(record.at), "DateUTCString": wire::moment_string(record.at), "User": record.user, "Details": record.details })
}

/// Reads or adds notes.
pub fn history(state: &mut State, organisation: usize, exchange: &Exchange, family: &str, id: &str) -> Answer {
    let now = state.now();
    let Some(records) = state.organisations.get_mut(organisation).and_then(|organisation| records(organisation, family, id)) else { return wire::not_found() };
    if exchange.method == "GET" {
        return wire::answer(200, &wire::envelope(now, "HistoryRecords", records.iter().rev().map(record_value).collect()));
    }
    let Ok(body) = serde_json::from_slice::<Value>(&exchange.body) else { return wire::unreadable("Unrecognised data") };
    let notes: Vec<&str> =
        body.get("HistoryRecords").and_then(Value::as_array).into_iter().flatten().filter_map(|record| wire::text(record, "Details")).collect();
    if notes.is_empty() || notes.iter().any(|note| note.chars().count() > NOTE_CHARACTERS) {
        return wire::refused(10, "ValidationException", "The Details of a history record must have between 1 and 2500 characters");
    }
    let added: Vec<HistoryRecord> = notes
        .iter()
        .map(|note| HistoryRecord { changes: "Note".to_owned(), details: (*note).to_owned(), user: "System Generated".to_owned(), at: now })
        .collect();
    records.extend(added.iter().cloned());
    wire::answer(200, &wire::envelope(now, "HistoryRecords", added.iter().map(record_value).collect()))
}

/// An attachment in Xero's shape.
pub fn attachment_value(attachment: &Attachment) -> Value {
    json!({
        "AttachmentID": attachment.id,
        "FileName": attachment.file_name,
        "Url": format!("https://api.xero.com/api.xro/2.0/Attachments/{}/{}", attachment.id, attachment.file_name),
        "MimeType": attachment.mime_type,
        "ContentLength": attachment.content.len(),
        "IncludeOnline": attachment.include_online,
    })
}

/// Lists attachments.
pub fn attachments(state: &State, organisation: usize, family: &str, id: &str) -> Answer {
    let Some(organisation) = state.organisations.get(organisation) else { return wire::not_found() };
    let found = reading::find(organisation, id, family == "CreditNotes").and_then(|position| organisation.documents.get(position));
    let Some(document) = found else { return wire::not_found() };
    wire::answer(200, &wire::envelope(state.now(), "Attachments", document.attachments.iter().map(attachment_value).collect()))
}

/// Reads, adds or replaces one attachment.
pub fn attachment(state: &mut State, organisation: usize, exchange: &Exchange, family: &str, id: &str, name: &str) -> Answer {
    let (now, new_id) = (state.now(), state.ids.next_id());
    let Some(organisation) = state.organisations.get_mut(organisation) else { return wire::not_found() };
    let Some(position) = reading::find(organisation, id, family == "CreditNotes") else { return wire::not_found() };
    let Some(document) = organisation.documents.get_mut(position) else { return wire::not_found() };
    let known = document.attachments.iter().position(|attachment| attachment.file_name == name);
    if exchange.method == "GET" {
        let found = known.and_then(|position| document.attachments.get(position));
        return found.map_or_else(wire::not_found, |found| Answer::text(200, &found.mime_type, found.content.clone()));
    }
    let is_named_well = !name.is_empty() && !name.contains(['<', '>', ':', '"', '/', '\\', '|', '?', '*', '+']);
    if !is_named_well || exchange.body.is_empty() || exchange.body.len() > ATTACHMENT_BYTES {
        return wire::refused(10, "ValidationException", "The file's name or size is not allowed");
    }
    if known.is_none() && document.attachments.len() >= ATTACHMENTS {
        return wire::refused(10, "ValidationException", "A document can have at most 10 attachments");
    }
    let attachment = Attachment {
        id: new_id,
        file_name: name.to_owned(),
        mime_type: exchange.header("content-type").unwrap_or("application/octet-stream").to_owned(),
        content: exchange.body.clone(),
        include_online: exchange.parameter("IncludeOnline").is_some_and(|text| text.eq_ignore_ascii_case("true")),
    };
    let value = attachment_value(&attachment);
    if let Some(known) = known {
        document.attachments.remove(known);
    }
    document.attachments.push(attachment);
    document.history.push(HistoryRecord { changes: "Attached a file".to_owned(), details: name.to_owned(), user: PERSON.to_owned(), at: now });
    wire::answer(200, &wire::envelope(now, "Attachments", vec![value]))
}

/// Marks an invoice as sent.
pub fn email(state: &mut State, organisation: usize, id: &str) -> Answer {
    let Some(organisation) = state.organisations.get_mut(organisation) else { return wire::not_found() };
    let Some(position) = reading::find(organisation, id, false) else { return wire::not_found() };
    let Some(document) = organisation.documents.get_mut(position) else { return wire::not_found() };
    if document.is_purchase() || !["SUBMITTED", "AUTHORISED", "PAID"].contains(&document.status.as_str()) {
        return wire::refused(10, "ValidationException", "Invoice not of valid status for emailing");
    }
    document.is_sent = true;
    Answer::empty(204)
}

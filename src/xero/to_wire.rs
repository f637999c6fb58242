//! From our documents to Xero's JSON (`contracts/xero.md` 4.1): a contact by its id alone, no line
//! amounts, both dates, prices excluding tax, numbers as exact JSON numbers.

use std::borrow::Cow;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use crate::domain::books::BookedStatus;
use crate::domain::document::{Document, Kind, Line, Status};
use crate::domain::ids::{ContactId, XeroId};

use super::batch::Dress;
use super::filter::Endpoint;
use super::from_wire::type_of;

/// Letters of a description, as Xero counts them: UTF-16.
const DESCRIPTION_AT_MOST: usize = 4_000;

/// A document as it is created or changed. Both endpoints share it, but for the names of id and number.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OutDocument<'a> {
    #[serde(rename = "InvoiceID", skip_serializing_if = "Option::is_none")]
    invoice_id: Option<XeroId>,
    #[serde(rename = "CreditNoteID", skip_serializing_if = "Option::is_none")]
    credit_note_id: Option<XeroId>,
    r#type: &'static str,
    contact: OutContact,
    date: Date,
    due_date: Date,
    line_amount_types: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_note_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    currency_code: &'a str,
    status: Status,
    #[serde(rename = "BrandingThemeID", skip_serializing_if = "Option::is_none")]
    branding_theme_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    line_items: Vec<OutLine<'a>>,
}

/// Any further member would rewrite the contact.
#[derive(Serialize)]
struct OutContact {
    #[serde(rename = "ContactID", skip_serializing_if = "Option::is_none")]
    contact_id: Option<ContactId>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OutLine<'a> {
    description: Cow<'a, str>,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    quantity: Decimal,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    unit_amount: Decimal,
    account_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tracking: Vec<OutTracking<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OutTracking<'a> {
    name: &'a str,
    option: &'a str,
}

/// A status and nothing else: what takes a document back.
#[derive(Serialize)]
struct OutRemoval {
    #[serde(rename = "InvoiceID", skip_serializing_if = "Option::is_none")]
    invoice_id: Option<XeroId>,
    #[serde(rename = "CreditNoteID", skip_serializing_if = "Option::is_none")]
    credit_note_id: Option<XeroId>,
    #[serde(rename = "Status")]
    status: &'static str,
}

/// The elements of a batch as JSON. Encoding plain data cannot fail; if it did, nothing would be sent.
fn encode(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// One document as an element; with an id it is changed, and then its number stays as it is.
pub(super) fn document(document: &Document, dress: &Dress, id: Option<XeroId>) -> Vec<u8> {
    let kind = document.kind;
    let is_sale = !kind.is_purchase();
    let (invoice_id, credit_note_id) = ids(if kind.is_credit() { Endpoint::CreditNotes } else { Endpoint::Invoices }, id);
    let is_numbered = id.is_none() && kind != Kind::SupplierCredit && !(is_sale && dress.numbered_by_xero);
    let number = is_numbered.then_some(&*document.number);
    let reference = if dress.numbered_by_xero { Some(&*document.number) } else { document.reference.as_deref() };
    encode(&OutDocument {
        invoice_id,
        credit_note_id,
        r#type: type_of(kind),
        contact: OutContact { contact_id: document.contact_id },
        date: document.date,
        due_date: document.due_date,
        line_amount_types: "Exclusive",
        invoice_number: number.filter(|_| !kind.is_credit()),
        credit_note_number: number.filter(|_| kind.is_credit()),
        reference: reference.filter(|_| is_sale),
        currency_code: &document.currency,
        status: document.status,
        branding_theme_id: dress.branding_theme.filter(|_| is_sale),
        url: dress.url.as_deref().filter(|_| !kind.is_credit()),
        line_items: document.lines.iter().map(|line| self::line(line, dress)).collect(),
    })
}

fn line<'a>(line: &'a Line, dress: &'a Dress) -> OutLine<'a> {
    OutLine {
        description: description(&line.description),
        quantity: line.quantity,
        unit_amount: line.unit_amount,
        account_code: &line.account_code,
        tax_type: line.tax_type.as_deref(),
        tracking: dress.tracking.iter().take(2).map(|(name, option)| OutTracking { name, option }).collect(),
    }
}

/// At least one letter and at most 4,000.
fn description(text: &str) -> Cow<'_, str> {
    if text.trim().is_empty() {
        return Cow::Borrowed("-");
    }
    let mut length = 0;
    let end = text.char_indices().find(|(_, character)| {
        length += character.len_utf16();
        length > DESCRIPTION_AT_MOST
    });
    Cow::Borrowed(end.and_then(|(end, _)| text.get(..end)).unwrap_or(text))
}

/// A removal as an element: what was approved is voided, what was not is deleted (`contracts/xero.md` 4.5).
pub(super) fn removal(endpoint: Endpoint, id: XeroId, status: &BookedStatus) -> Vec<u8> {
    let (invoice_id, credit_note_id) = ids(endpoint, Some(id));
    let status = if matches!(status, BookedStatus::Authorised | BookedStatus::Paid) { "VOIDED" } else { "DELETED" };
    encode(&OutRemoval { invoice_id, credit_note_id, status })
}

fn ids(endpoint: Endpoint, id: Option<XeroId>) -> (Option<XeroId>, Option<XeroId>) {
    match endpoint {
        Endpoint::Invoices => (id, None),
        Endpoint::CreditNotes => (None, id),
    }
}

/// The body around the elements.
pub(super) fn body(endpoint: Endpoint, elements: &[Vec<u8>]) -> Vec<u8> {
    if elements.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let mut body = format!("{{\"{}\":[", endpoint.as_str()).into_bytes();
    for (position, element) in elements.iter().enumerate() {
        if position > 0 {
            body.push(b',');
        }
        body.extend_from_slice(element);
    }
    body.extend_from_slice(b"]}");
    body
}

#[cfg(test)]
mod tests;

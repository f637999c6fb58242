//! `GET /Invoices` and `GET /CreditNotes`: lists, pages, filters, single documents (contracts/xero.md 3.6).

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::filter::{Filter, Operand};
use super::render::{self, Detail};
use super::state::{Organisation, State, StoredDocument};
use super::wire;
use crate::stand_ins::exchange::{Answer, Exchange};

/// Decimals of unit amounts that a request asks for.
pub fn unit_decimals(exchange: &Exchange) -> u32 {
    if exchange.parameter("unitdp") == Some("4") { 4 } else { 2 }
}

/// The member that documents lie in.
pub fn family(credits: bool) -> &'static str {
    if credits { "CreditNotes" } else { "Invoices" }
}

/// A page of a list: number and size from 1.
pub struct Page {
    number: usize,
    size: usize,
}

impl Page {
    /// The page asked for; `None` when none is.
    pub fn of(exchange: &Exchange) -> Result<Option<Self>, Box<Answer>> {
        let number = |name: &str| exchange.parameter(name).map(|text| text.parse::<usize>().ok().filter(|number| *number >= 1));
        let invalid = || Box::new(wire::refused(10, "ValidationException", "page and pageSize must be whole numbers from 1; pageSize at most 1000"));
        let size = number("pageSize").map_or(Ok(100), |size| size.filter(|size| *size <= 1_000).ok_or_else(invalid))?;
        match number("page") {
            None if exchange.parameter("pageSize").is_some() => Ok(Some(Self { number: 1, size })),
            None => Ok(None),
            Some(number) => Ok(Some(Self { number: number.ok_or_else(invalid)?, size })),
        }
    }

    /// The elements on the page.
    pub fn cut<T>(&self, list: Vec<T>) -> Vec<T> {
        list.into_iter().skip((self.number - 1).saturating_mul(self.size)).take(self.size).collect()
    }

    /// `pagination`.
    pub fn describe(&self, items: usize) -> Value {
        json!({ "page": self.number, "pageSize": self.size, "pageCount": items.div_ceil(self.size), "itemCount": items })
    }
}

fn list_of<'a>(exchange: &'a Exchange, name: &str) -> Option<HashSet<&'a str>> {
    exchange.parameter(name).map(|text| text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect()).filter(|set: &HashSet<&str>| !set.is_empty())
}

/// What `where` may ask of a document.
fn member(organisation: &Organisation, document: &StoredDocument, name: &str) -> Option<Operand> {
    let text = |text: &str| Some(Operand::Text(text.to_owned()));
    match name {
        "Type" => text(&document.kind),
        "Status" => text(&document.status),
        "InvoiceNumber" if !document.is_credit() => text(&document.number),
        "CreditNoteNumber" if document.is_credit() => text(&document.number),
        "Reference" => text(&document.reference),
        "CurrencyCode" => text(&document.currency),
        "InvoiceID" | "InvoiceId" if !document.is_credit() => Some(Operand::Id(document.id.clone())),
        "CreditNoteID" if document.is_credit() => Some(Operand::Id(document.id.clone())),
        "Contact.ContactID" | "Contact.ContactId" => Some(Operand::Id(document.contact_id.clone())),
        "Contact.Name" => text(organisation.contact(&document.contact_id).map(|contact| contact.name.as_str()).unwrap_or_default()),
        "Date" => Some(Operand::Date(document.date)),
        "DueDate" => Some(document.due_date.map_or(Operand::Text(String::new()), Operand::Date)),
        "Total" => Some(Operand::Number(document.total)),
        "SubTotal" => Some(Operand::Number(document.sub_total)),
        "AmountDue" => Some(Operand::Number(document.total - document.paid)),
        "AmountPaid" => Some(Operand::Number(document.paid)),
        _ => None,
    }
}

/// 400 for a condition that cannot be read.
pub fn query_error(text: &str) -> Answer {
    wire::refused(16, "QueryParseException", &format!("No property or field '{text}' exists, or the expression cannot be parsed"))
}

/// Documents of one family, in the order and as far as the request asks.
pub fn list(state: &State, organisation: usize, exchange: &Exchange, credits: bool) -> Answer {
    let Some(organisation) = state.organisations.get(organisation) else { return wire::not_found() };
    let filter = match Filter::of(exchange.parameter("where").unwrap_or_default()) {
        Ok(filter) => filter,
        Err(text) => return query_error(&text),
    };
    let since = exchange.header("if-modified-since").and_then(|text| text.trim_end_matches('Z').parse::<jiff::civil::DateTime>().ok());
    let since: Option<Timestamp> = since.and_then(|at| at.to_zoned(jiff::tz::TimeZone::UTC).ok()).map(|zoned| zoned.timestamp());
    let numbers = list_of(exchange, if credits { "CreditNoteNumbers" } else { "InvoiceNumbers" });
    let (ids, contacts, statuses) = (list_of(exchange, "IDs"), list_of(exchange, "ContactIDs"), list_of(exchange, "Statuses"));
    let is_in = |set: &Option<HashSet<&str>>, text: &str| set.as_ref().is_none_or(|set| set.contains(text));
    let mut found = Vec::new();
    for document in organisation.documents.iter().filter(|document| document.is_credit() == credits) {
        let listed =
            is_in(&numbers, &document.number) && is_in(&ids, &document.id) && is_in(&contacts, &document.contact_id) && is_in(&statuses, &document.status);
        if !listed || since.is_some_and(|since| document.updated < since) {
            continue;
        }
        match filter.holds(|name| member(organisation, document, name)) {
            Ok(true) => found.push(document),
            Ok(false) => {}
            Err(name) => return query_error(&name),
        }
    }
    order(&mut found, exchange.parameter("order").unwrap_or("UpdatedDateUTC"));
    let page = match Page::of(exchange) {
        Ok(None) if statuses.is_some() => Some(Page { number: 1, size: 100 }),
        Ok(page) => page,
        Err(answer) => return *answer,
    };
    let items = found.len();
    let has_lines = page.is_some() && exchange.parameter("summaryOnly") != Some("true");
    let shown = page.as_ref().map_or_else(|| found.clone(), |page| page.cut(found.clone()));
    let detail = Detail { unit_decimals: unit_decimals(exchange), has_lines };
    let documents = shown.into_iter().map(|document| render::document(organisation, document, detail)).collect();
    let mut body = wire::envelope(state.now(), family(credits), documents);
    if let (Some(page), Some(members)) = (page, body.as_object_mut()) {
        members.insert("pagination".to_owned(), page.describe(items));
    }
    wire::answer(200, &body)
}

fn order(found: &mut [&StoredDocument], by: &str) {
    let mut words = by.split_whitespace();
    match words.next().unwrap_or_default() {
        "Date" => found.sort_by_key(|document| document.date),
        "InvoiceNumber" | "CreditNoteNumber" => found.sort_by(|left, right| left.number.cmp(&right.number)),
        "InvoiceID" | "CreditNoteID" => found.sort_by(|left, right| left.id.cmp(&right.id)),
        _ => found.sort_by_key(|document| document.updated),
    }
    if words.next().is_some_and(|word| word.eq_ignore_ascii_case("DESC")) {
        found.reverse();
    }
}

/// The position of a document by id or number.
pub fn find(organisation: &Organisation, id_or_number: &str, credits: bool) -> Option<usize> {
    let by_id = organisation.by_id.get(&id_or_number.to_ascii_lowercase()).copied();
    let position =
        by_id.or_else(|| organisation.numbered(id_or_number, credits).filter(|(_, document)| !document.is_purchase()).map(|(position, _)| position).next())?;
    organisation.documents.get(position).filter(|document| document.is_credit() == credits).map(|_| position)
}

/// One document with its lines, by id or number.
pub fn one(state: &State, organisation: usize, exchange: &Exchange, id: &str, credits: bool) -> Answer {
    let Some(organisation) = state.organisations.get(organisation) else { return wire::not_found() };
    let found = find(organisation, id, credits).and_then(|position| organisation.documents.get(position));
    let Some(document) = found else { return wire::not_found() };
    let detail = Detail { unit_decimals: unit_decimals(exchange), has_lines: true };
    let mut value = render::document(organisation, document, detail);
    if let Some(members) = value.as_object_mut() {
        members.insert("Attachments".to_owned(), document.attachments.iter().map(super::notes::attachment_value).collect());
    }
    wire::answer(200, &wire::envelope(state.now(), family(credits), vec![value]))
}

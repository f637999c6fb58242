//! `PUT` and `POST` of invoices and credit notes: PUT creates, POST creates or overwrites (contracts/xero.md 4.1).

use serde_json::{Value, json};

use super::lines::Reading;
use super::options::Country;
use super::render::{self, Detail};
use super::seed;
use super::state::{Contact, HistoryRecord, Organisation, State, StoredDocument};
use super::{check, lines, notes, reading, totals, wire};
use crate::stand_ins::exchange::{Answer, Exchange};

/// The id in the answer to a document that was not created.
const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

/// What undoes one element of a call that fails as a whole.
enum Undo {
    Added,
    Changed(usize, Box<StoredDocument>),
}

/// What came of one element: the document's position, or why it was refused.
type Attempt = Result<(usize, Undo), Vec<String>>;

/// How the elements of a call are meant.
struct Call<'a> {
    credits: bool,
    may_update: bool,
    id: Option<&'a str>,
    unit_decimals: u32,
}

/// Creates or changes documents.
pub fn write(state: &mut State, organisation: usize, exchange: &Exchange, id: Option<&str>, credits: bool) -> Answer {
    let Ok(body) = serde_json::from_slice::<Value>(&exchange.body) else { return wire::unreadable("JSON for post data was invalid") };
    let elements = match body.get(reading::family(credits)) {
        Some(Value::Array(list)) => list.clone(),
        None if body.get("Type").is_some() || id.is_some() => vec![body],
        _ => return wire::unreadable("Not able to parse post data"),
    };
    let known = state.organisations.get(organisation);
    if id.is_some_and(|id| known.and_then(|known| reading::find(known, id, credits)).is_none()) {
        return wire::not_found();
    }
    let call = Call { credits, may_update: exchange.method == "POST", id, unit_decimals: reading::unit_decimals(exchange) };
    let contacts_before = known.filter(|_| elements.iter().any(names_more_than_the_contact)).map(|known| known.contacts.clone());
    let attempts: Vec<Attempt> = elements.iter().map(|element| attempt(state, organisation, element, &call)).collect();
    let now = state.now();
    let Some(books) = state.organisations.get_mut(organisation) else { return wire::not_found() };
    let is_summarised = !exchange.parameter("summarizeErrors").is_some_and(|text| text.eq_ignore_ascii_case("false"));
    if is_summarised && attempts.iter().any(Result::is_err) {
        let failed = elements.iter().zip(&attempts).filter_map(|(element, attempt)| Some(refusal(element, attempt.as_ref().err()?, credits))).collect();
        undo(books, attempts);
        if let Some(contacts) = contacts_before {
            books.contacts = contacts;
        }
        let body = json!({ "ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred", "Elements": Value::Array(failed) });
        return wire::answer(400, &body);
    }
    let detail = Detail { unit_decimals: call.unit_decimals, has_lines: true };
    let shown = elements.iter().zip(&attempts).map(|(element, attempt)| match attempt {
        Err(problems) => refusal(element, problems, credits),
        Ok((position, _)) => {
            let mut value = books.documents.get(*position).map_or(Value::Null, |document| render::document(books, document, detail));
            if let (false, Some(members)) = (is_summarised, value.as_object_mut()) {
                members.insert("StatusAttributeString".to_owned(), "OK".into());
            }
            value
        }
    });
    let shown = shown.collect();
    wire::answer(200, &wire::envelope(now, reading::family(credits), shown))
}

fn names_more_than_the_contact(element: &Value) -> bool {
    element.get("Contact").and_then(Value::as_object).is_some_and(|contact| contact.keys().any(|name| name != "ContactID"))
}

fn undo(books: &mut Organisation, attempts: Vec<Attempt>) {
    for (_, undo) in attempts.into_iter().rev().flatten() {
        match undo {
            Undo::Added => books.shorten(books.documents.len() - 1),
            Undo::Changed(position, before) => books.replace(position, *before),
        }
    }
}

/// The element as it was sent, with what is wrong.
fn refusal(element: &Value, problems: &[String], credits: bool) -> Value {
    let mut value = element.clone();
    if let Some(members) = value.as_object_mut() {
        let id = if credits { "CreditNoteID" } else { "InvoiceID" };
        members.entry(id).or_insert_with(|| NO_ID.into());
        members.insert("StatusAttributeString".to_owned(), "ERROR".into());
        members.insert("HasErrors".to_owned(), true.into());
        members.insert("ValidationErrors".to_owned(), problems.iter().map(|problem| json!({ "Message": problem })).collect());
        members.insert("Warnings".to_owned(), json!([]));
    }
    value
}

/// One element: found or begun, read, checked, kept.
fn attempt(state: &mut State, organisation: usize, element: &Value, call: &Call<'_>) -> Attempt {
    let (now, reuses_numbers) = (state.now(), state.options.reuses_numbers);
    let State { organisations, ids, options, .. } = state;
    let Some(books) = organisations.get_mut(organisation) else { return Err(vec!["no organisation".to_owned()]) };
    let mut problems = Vec::new();
    let position = if call.may_update { existing(books, element, call) } else { None };
    let before = position.and_then(|position| books.documents.get(position)).cloned();
    let begun = before.clone().map_or_else(|| begin(books, element, call.credits, now), Ok);
    let mut document = begun.map_err(|problem| vec![problem])?;
    if before.is_none() {
        document.id = ids.next_id();
    }
    let contact = contact(books, element, options.now);
    if let Some(contact) = &contact {
        document.contact_id.clone_from(&contact.id);
    }
    read(books, element, &mut document, &mut problems);
    if let Some(sent) = element.get("LineItems").and_then(Value::as_array) {
        let reading = Reading { organisation: books, document: &document, unit_decimals: call.unit_decimals };
        document.lines = sent.iter().map(|line| lines::read(&reading, line, ids, &mut problems)).collect();
    }
    totals::add_up(&mut document);
    let contacts_before = names_more_than_the_contact(element).then(|| books.contacts.clone());
    if let Some(contact) = contact.filter(|_| contacts_before.is_some()) {
        keep_contact(books, contact);
    }
    check::transition(before.as_ref(), &document, &mut problems);
    if let Some(before) = &before {
        check::locked(books, before.date, &mut problems);
    }
    check::document(books, &document, before.is_none(), &mut problems);
    if check::is_number_taken(books, &document, position, reuses_numbers) {
        problems.push(check::number_in_use(&document));
    }
    if !problems.is_empty() {
        problems.dedup();
        if let Some(contacts) = contacts_before {
            books.contacts = contacts;
        }
        return Err(problems);
    }
    if document.number.is_empty() && !document.is_purchase() {
        document.number = next_number(books, call.credits);
    }
    document.updated = now;
    let changes = if before.is_some() { "Edited" } else { "Created" };
    let details = format!("{} {} for {} {:.2}.", document.kind, document.number, document.currency, document.total);
    document.history.push(HistoryRecord { changes: changes.to_owned(), details, user: notes::PERSON.to_owned(), at: now });
    let Some((position, before)) = position.zip(before) else {
        books.add(document);
        return Ok((books.documents.len() - 1, Undo::Added));
    };
    books.replace(position, document);
    Ok((position, Undo::Changed(position, Box::new(before))))
}

/// The document that POST changes: by id, or a sale by its number.
fn existing(books: &Organisation, element: &Value, call: &Call<'_>) -> Option<usize> {
    let (id, number) = if call.credits { ("CreditNoteID", "CreditNoteNumber") } else { ("InvoiceID", "InvoiceNumber") };
    if let Some(id) = call.id.or_else(|| wire::text(element, id)) {
        return reading::find(books, id, call.credits);
    }
    let number = wire::text(element, number)?;
    let is_sale = wire::text(element, "Type").is_some_and(|kind| kind.starts_with("ACCREC"));
    if is_sale { books.numbered(number, call.credits).find(|(_, document)| !document.is_purchase()).map(|(position, _)| position) } else { None }
}

fn today(country: Country, now: jiff::Timestamp) -> jiff::civil::Date {
    wire::day_of(jiff::Timestamp::from_second(now.as_second() + country.hours_ahead() * 3_600).unwrap_or(now))
}

/// A document with nothing in it yet.
fn begin(books: &Organisation, element: &Value, credits: bool, now: jiff::Timestamp) -> Result<StoredDocument, String> {
    let kinds = if credits { ["ACCRECCREDIT", "ACCPAYCREDIT"] } else { ["ACCREC", "ACCPAY"] };
    let kind = wire::text(element, "Type").filter(|kind| kinds.contains(kind)).ok_or("The Type field must be specified and be valid.")?;
    Ok(StoredDocument {
        organisation_id: books.id.clone(),
        id: String::new(),
        kind: kind.to_owned(),
        number: String::new(),
        reference: String::new(),
        contact_id: String::new(),
        date: today(books.country, now),
        due_date: None,
        status: "DRAFT".to_owned(),
        currency: books.country.currency().to_owned(),
        line_amount_types: "Exclusive".to_owned(),
        lines: Vec::new(),
        sub_total: rust_decimal::Decimal::ZERO,
        total_tax: rust_decimal::Decimal::ZERO,
        total: rust_decimal::Decimal::ZERO,
        paid: rust_decimal::Decimal::ZERO,
        theme_id: None,
        url: None,
        is_sent: false,
        updated: now,
        history: Vec::new(),
        attachments: Vec::new(),
    })
}

/// Takes over what was sent; what was not sent stays.
fn read(books: &Organisation, element: &Value, document: &mut StoredDocument, problems: &mut Vec<String>) {
    let text = |member: &str| wire::text(element, member).map(str::to_owned);
    let is_sale = !document.is_purchase();
    let number = text(if document.is_credit() { "CreditNoteNumber" } else { "InvoiceNumber" });
    if let Some(number) = number.filter(|_| is_sale || !document.is_credit()) {
        document.number = number;
    }
    if let Some(reference) = text("Reference").filter(|_| is_sale) {
        document.reference = reference;
    }
    for (member, is_due) in [("Date", false), ("DueDate", true)] {
        match text(member).map(|text| wire::parse_date(&text)) {
            Some(Some(date)) if is_due => document.due_date = Some(date).filter(|_| !document.is_credit()),
            Some(Some(date)) => document.date = date,
            Some(None) => problems.push(format!("The {member} field is not a valid date.")),
            None => {}
        }
    }
    if let Some(types) = text("LineAmountTypes") {
        if !["Exclusive", "Inclusive", "NoTax"].contains(&types.as_str()) {
            problems.push(format!("LineAmountTypes '{types}' is not valid."));
        }
        document.line_amount_types = types;
    }
    document.status = text("Status").unwrap_or_else(|| document.status.clone());
    document.currency = text("CurrencyCode").unwrap_or_else(|| document.currency.clone());
    document.theme_id =
        text("BrandingThemeID").or_else(|| document.theme_id.clone()).or_else(|| books.themes.first().filter(|_| is_sale).map(|(id, _)| id.clone()));
    document.url = text("Url").or_else(|| document.url.clone());
    if document.url.as_ref().is_some_and(|url| url.contains("xero") || !url.contains("://")) {
        problems.push("The Url field is not valid.".to_owned());
    }
    document.is_sent = element.get("SentToContact").and_then(Value::as_bool).unwrap_or(document.is_sent);
}

/// The contact that is meant: by id, or by name, which may make a new one. Other members rewrite it.
fn contact(books: &Organisation, element: &Value, since: jiff::Timestamp) -> Option<Contact> {
    let sent = element.get("Contact")?;
    let name = wire::text(sent, "Name");
    let by_id = wire::text(sent, "ContactID").and_then(|id| books.contact(id));
    let by_name = || books.contacts.iter().find(|contact| contact.status == "ACTIVE" && name.is_some_and(|name| contact.name.eq_ignore_ascii_case(name)));
    let mut contact = match (by_id.or_else(by_name), name) {
        (Some(found), _) => found.clone(),
        (None, Some(name)) if wire::text(sent, "ContactID").is_none() => seed::new_contact(&books.id, name, since),
        _ => return None,
    };
    contact.name = name.unwrap_or(&contact.name).to_owned();
    contact.email = wire::text(sent, "EmailAddress").unwrap_or(&contact.email).to_owned();
    Some(contact)
}

/// Keeps a contact that is new or was rewritten.
fn keep_contact(books: &mut Organisation, contact: Contact) {
    match books.contacts.iter_mut().find(|known| known.id == contact.id) {
        Some(known) => *known = contact,
        None => books.contacts.push(contact),
    }
}

/// The number that Xero gives.
fn next_number(books: &Organisation, credits: bool) -> String {
    let prefix = if credits { "CN-" } else { "INV-" };
    (1..=u32::MAX).map(|count| format!("{prefix}{count:04}")).find(|number| books.numbered(number, credits).next().is_none()).unwrap_or_default()
}

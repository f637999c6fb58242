//! What makes two plans the same: SHA-256 over canonical JSON (`rules.md` 16).

use std::fmt::Write as _;

use ring::digest::{Context, SHA256};
use serde::Serialize;

use super::charge::{Charge, ChargeKey};
use super::digits::Digits;
use super::document::{Document, Kind, Line, Status};
use super::finding::Code;
use super::ids::{ContactId, TenantId};
use super::money::Money;
use super::plan::HeldCharge;

/// A document as far as the digest goes: no run, reference, state, Xero ids or workings. Its lines
/// and its sum follow, see [`push_document`].
#[derive(Serialize)]
struct CanonicalHead<'a> {
    kind: Kind,
    number: &'a str,
    contact_id: Option<ContactId>,
    contact_name: &'a str,
    tenant_id: Option<TenantId>,
    date: jiff::civil::Date,
    due_date: jiff::civil::Date,
    currency: &'a str,
    status: Status,
}

#[derive(Serialize)]
struct CanonicalHeld<'a> {
    key: ChargeKey,
    code: Code,
    tenant_id: Option<TenantId>,
    stock_code: &'a str,
    cost: Money,
}

/// The digest of a plan: documents and held charges, in a canonical order.
#[must_use]
pub fn of_plan(documents: &[Document], held: &[HeldCharge]) -> String {
    let mut documents: Vec<&Document> = documents.iter().collect();
    documents.sort_by(|one, other| (one.kind.is_purchase(), &one.number).cmp(&(other.kind.is_purchase(), &other.number)));
    let mut held: Vec<&HeldCharge> = held.iter().collect();
    held.sort_by_key(|held| held.key);
    let mut context = Context::new(&SHA256);
    let mut json = Vec::new();
    for document in documents {
        push_document(&mut json, document);
        context.update(&json);
        json.clear();
    }
    for held in held {
        let held = CanonicalHeld { key: held.key, code: held.code, tenant_id: held.tenant_id, stock_code: &held.stock_code, cost: held.cost };
        push_json(&mut json, &held);
        json.push(b'\n');
        context.update(&json);
        json.clear();
    }
    show(context)
}

/// One document as compact JSON and a line feed. The lines, which are nearly all of it, are put
/// together by hand: a serializer takes three times as long.
fn push_document(json: &mut Vec<u8>, document: &Document) {
    let head = CanonicalHead {
        kind: document.kind,
        number: &document.number,
        contact_id: document.contact_id,
        contact_name: &document.contact_name,
        tenant_id: document.tenant_id,
        date: document.date,
        due_date: document.due_date,
        currency: &document.currency,
        status: document.status,
    };
    push_json(json, &head);
    json.pop();
    json.extend_from_slice(b",\"lines\":[");
    for (index, line) in document.lines.iter().enumerate() {
        json.extend_from_slice(if index == 0 { b"{\"key\":\"" } else { b",{\"key\":\"" });
        push_line(json, line);
    }
    json.extend_from_slice(b"],\"sub_total\":\"");
    json.extend_from_slice(Digits::of(document.sub_total.amount(), 2).as_bytes());
    json.extend_from_slice(b"\"}\n");
}

/// A line from its key on.
fn push_line(json: &mut Vec<u8>, line: &Line) {
    json.extend_from_slice(Digits::of_key(line.key.0).as_bytes());
    json.extend_from_slice(b"\",\"description\":");
    push_text(json, &line.description);
    json.extend_from_slice(b",\"quantity\":\"");
    json.extend_from_slice(Digits::of(line.quantity, 0).as_bytes());
    json.extend_from_slice(b"\",\"unit_amount\":\"");
    json.extend_from_slice(Digits::of(line.unit_amount, 2).as_bytes());
    json.extend_from_slice(b"\",\"line_amount\":\"");
    json.extend_from_slice(Digits::of(line.line_amount.amount(), 2).as_bytes());
    json.extend_from_slice(b"\",\"account_code\":");
    push_text(json, &line.account_code);
    json.extend_from_slice(b",\"tax_type\":");
    match &line.tax_type {
        Some(tax_type) => push_text(json, tax_type),
        None => json.extend_from_slice(b"null"),
    }
    json.push(b'}');
}

fn push_text(json: &mut Vec<u8>, text: &str) {
    let must_escape = text.bytes().fold(false, |found, byte| found | matches!(byte, 0..b' ' | b'"' | b'\\'));
    if must_escape {
        return push_json(json, &text);
    }
    json.push(b'"');
    json.extend_from_slice(text.as_bytes());
    json.push(b'"');
}

fn push_json(json: &mut Vec<u8>, value: &impl Serialize) {
    // Neither a vector nor these types can fail.
    let _ = serde_json::to_writer(json, value);
}

/// The digest of the source: keys and costs of all charges, in the order of the keys.
#[must_use]
pub fn of_charges(charges: &[Charge]) -> String {
    let mut facts: Vec<(u128, Money)> = charges.iter().map(|charge| (charge.key.0, charge.cost)).collect();
    facts.sort_unstable_by_key(|(key, _)| *key);
    let mut context = Context::new(&SHA256);
    for (key, cost) in facts {
        context.update(&key.to_be_bytes());
        context.update(&cost.amount().normalize().serialize());
    }
    show(context)
}

fn show(context: Context) -> String {
    format!("sha256:{}", hex(context.finish().as_ref()))
}

/// Bytes as lower-case hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::State;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    /// The whole document, as a serializer writes it.
    #[derive(Serialize)]
    struct Whole<'a> {
        #[serde(flatten)]
        head: CanonicalHead<'a>,
        lines: &'a [Line],
        sub_total: Money,
    }

    fn by_serializer(document: &Document) -> String {
        let head = CanonicalHead {
            kind: document.kind,
            number: &document.number,
            contact_id: document.contact_id,
            contact_name: &document.contact_name,
            tenant_id: document.tenant_id,
            date: document.date,
            due_date: document.due_date,
            currency: &document.currency,
            status: document.status,
        };
        serde_json::to_string(&Whole { head, lines: &document.lines, sub_total: document.sub_total }).unwrap() + "\n"
    }

    prop_compose! {
        fn any_line()(key in any::<u128>(), description in any::<String>(), units in any::<i32>(), scale in 0_u32..6, tax_type in any::<Option<String>>()) -> Line {
            let number = Decimal::new(units.into(), scale);
            Line {
                key: ChargeKey(key),
                description: description.into(),
                quantity: number.abs(),
                unit_amount: number,
                line_amount: Money::round_half_away(number),
                account_code: "200".into(),
                tax_type: tax_type.map(Into::into),
            }
        }
    }

    proptest! {
        #[test]
        fn rule_16_the_bytes_are_those_of_a_serializer(lines in prop::collection::vec(any_line(), 0..4), name in any::<String>(), cents in any::<i32>()) {
            let period: crate::domain::period::BillingPeriod = "2026-11".parse().unwrap();
            let document = Document {
                kind: Kind::Invoice,
                number: "CSP-2026-11-196e22".into(),
                period,
                contact_id: None,
                contact_name: name.into(),
                tenant_id: Some("196e2273-9651-43a3-ba7e-7cbcd918fc40".parse().unwrap()),
                date: period.last_day(),
                due_date: period.last_day(),
                currency: "AUD".into(),
                status: Status::Draft,
                lines,
                sub_total: Money::round_half_away(Decimal::new(cents.into(), 2)),
                state: State::Planned,
                reference: None,
                xero: None,
                workings: Vec::new(),
            };
            let mut json = Vec::new();
            push_document(&mut json, &document);
            prop_assert_eq!(String::from_utf8(json).unwrap(), by_serializer(&document));
        }
    }
}

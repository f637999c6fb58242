//! `mapping.toml`: read and checked here, changed through [`MappingEditor`]. What the entries mean
//! is [`crate::domain::mapping`]'s business.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use rust_decimal::Decimal;
use toml::de::DeValue;

use super::load::{Unreadable, read_text};
use super::problem::Problems;
use super::reader::{Notes, Reader, describe, parse};
use crate::domain::finding::Code;
use crate::domain::ids::TenantId;
use crate::domain::mapping::{Customer, Exception, Mapping, Narrowing, PriceOverride, Product};
use crate::domain::offer::{Billing, OfferId, StockCode, Term};
use crate::domain::pricing::PriceRule;
use crate::domain::suggest::nearest;

mod write;
pub use write::MappingEditor;

/// Reads a mapping file; a missing one maps nothing.
///
/// # Errors
///
/// Everything that is wrong with it, each with line and column.
pub fn read(file: &Path) -> Result<Mapping, Problems> {
    match read_text(file) {
        Ok(text) => read_str(file, &text),
        Err(Unreadable::Missing) => Ok(Mapping::default()),
        Err(Unreadable::Other(problems)) => Err(problems),
    }
}

/// Reads the text of a mapping file; `file` is for messages.
///
/// # Errors
///
/// Everything that is wrong with it, each with line and column.
pub fn read_str(file: &Path, text: &str) -> Result<Mapping, Problems> {
    let document = parse(file, text)?;
    let notes = Notes::new(text);
    let top = Reader::top(&notes, &document);
    if top.integer("version", 1..=i64::MAX).is_some_and(|version| version != 1) {
        top.problem(top.place_of("version"), "this release reads version = 1; a newer cspctl wrote this file");
    }
    let mut unique = Unique { notes: &notes };
    let mapping = Mapping {
        customers: unique.keep(top.sections("customers"), customer, |entry| entry.tenant_id, |entry| format!("tenant {}", entry.tenant_id)),
        products: unique.keep(
            top.sections("products"),
            product,
            |entry| (entry.offer.clone(), entry.narrowing),
            |entry| offer_in_words(&entry.offer, entry.narrowing),
        ),
        overrides: unique.keep(
            top.sections("overrides"),
            price_override,
            |entry| (entry.tenant_id, entry.offer.clone(), entry.narrowing),
            |entry| format!("tenant {}, {}", entry.tenant_id, offer_in_words(&entry.offer, entry.narrowing)),
        ),
        exceptions: top.sections("exceptions").into_iter().filter_map(exception).collect(),
    };
    top.finish();
    notes.finish(file)?;
    Ok(mapping)
}

/// Refuses entries with the same key.
struct Unique<'a, 't> {
    notes: &'a Notes<'t>,
}

impl<'a, 't> Unique<'a, 't> {
    fn keep<T, K: Ord>(
        &mut self,
        sections: Vec<Reader<'a, 't>>,
        read: impl Fn(Reader<'a, 't>) -> Option<T>,
        key: impl Fn(&T) -> K,
        words: impl Fn(&T) -> String,
    ) -> Vec<T> {
        let mut first_at: BTreeMap<K, usize> = BTreeMap::new();
        let mut entries = Vec::with_capacity(sections.len());
        for section in sections {
            let at = section.at();
            let Some(entry) = read(section) else { continue };
            match first_at.entry(key(&entry)) {
                Place::Occupied(first) => {
                    let line = self.notes.line(*first.get());
                    self.notes.problem(at, format!("a second entry for {}; the first is in line {line}", words(&entry)));
                }
                Place::Vacant(place) => {
                    place.insert(at);
                    entries.push(entry);
                }
            }
        }
        entries
    }
}

fn offer_in_words(offer: &OfferId, narrowing: Narrowing) -> String {
    let term = narrowing.term.map(|term| format!(", term {term}")).unwrap_or_default();
    let billing = narrowing.billing.map(|billing| format!(", billing {billing}")).unwrap_or_default();
    format!("offer {offer}{term}{billing}")
}

fn required<T>(reader: &Reader<'_, '_>, key: &'static str) -> Option<T>
where
    T: FromStr,
    T::Err: Display,
{
    let place = reader.place_of(key);
    if place == reader.at() {
        reader.problem(place, format!("this entry has no `{key}`"));
    }
    reader.parsed(key)
}

fn shared(reader: &Reader<'_, '_>, key: &'static str) -> Option<Arc<str>> {
    reader.text(key).map(Arc::from)
}

/// An offer as people write it; a whole stock code is taken apart for them.
struct OfferText(OfferId);

impl FromStr for OfferText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let code = StockCode::new(text);
        let parts = code.offer().as_str().split(':').count();
        match code.term() {
            Some(term) => Err(format!("`{text}` is a stock code; write offer = \"{}\" and, to narrow the entry, term = \"{term}\"", code.offer())),
            None if parts > 2 || code.billing().is_some() => Err(format!("`{text}` is not an offer such as CFQ7TTC0LCHC:0002")),
            None => Ok(Self(code.offer().clone())),
        }
    }
}

struct TermText(Term);

impl FromStr for TermText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Term::parse(&text.to_uppercase()).map(Self).ok_or_else(|| format!("`{text}` is not a term; write \"P1M\", \"P1Y\" or \"P3Y\""))
    }
}

fn narrowing(reader: &Reader<'_, '_>) -> Narrowing {
    Narrowing {
        term: reader.parsed("term").map(|TermText(term)| term),
        billing: reader.choice("billing", &[("monthly", Billing::Monthly), ("annual", Billing::Annual)]),
    }
}

/// A rule of an entry: "none" is for the default alone.
fn price(reader: &Reader<'_, '_>, rule: Option<PriceRule>) -> Option<PriceRule> {
    if rule == Some(PriceRule::None) {
        reader.problem(reader.place_of("price"), "`price = \"none\"` is for pricing.default alone; leave the price out, or write ignore = true");
        return None;
    }
    rule
}

fn customer(reader: Reader<'_, '_>) -> Option<Customer> {
    let rule = reader.parsed("price");
    if let Some(PriceRule::Fixed(_)) = rule {
        let message =
            "a customer's price holds for every product, so it cannot be one amount; write \"rrp-5%\" or \"cost+15%\", or use [[overrides]] for one product";
        reader.problem(reader.place_of("price"), message);
    }
    let customer = required(&reader, "tenant_id").map(|tenant_id| Customer {
        tenant_id,
        name: shared(&reader, "name"),
        xero_contact_id: reader.parsed("xero_contact_id"),
        xero_contact_name: shared(&reader, "xero_contact_name"),
        ignore: reader.flag("ignore").unwrap_or(false),
        price: price(&reader, rule),
    });
    finish(reader, &["tenant_id", "name", "xero_contact_id", "xero_contact_name", "ignore", "price"]);
    customer
}

fn product(reader: Reader<'_, '_>) -> Option<Product> {
    let product = required(&reader, "offer").map(|OfferText(offer)| Product {
        offer,
        narrowing: narrowing(&reader),
        name: shared(&reader, "name"),
        sku_id: reader.parsed("sku_id"),
        price: price(&reader, reader.parsed("price")),
        ignore: reader.flag("ignore").unwrap_or(false),
        xero_item_code: shared(&reader, "xero_item_code"),
        revenue_account: shared(&reader, "revenue_account"),
        tax_type: shared(&reader, "tax_type"),
    });
    finish(reader, &["offer", "term", "billing", "name", "sku_id", "price", "ignore", "xero_item_code", "revenue_account", "tax_type"]);
    product
}

fn price_override(reader: Reader<'_, '_>) -> Option<PriceOverride> {
    let tenant_id: Option<TenantId> = required(&reader, "tenant_id");
    let offer = required(&reader, "offer").map(|OfferText(offer)| offer);
    let narrowing = narrowing(&reader);
    let rule = required(&reader, "price");
    let rule = price(&reader, rule);
    finish(reader, &["tenant_id", "offer", "term", "billing", "price"]);
    Some(PriceOverride { tenant_id: tenant_id?, offer: offer?, narrowing, price: rule? })
}

/// A finding's code, with a suggestion.
struct CodeText(Code);

impl FromStr for CodeText {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        text.parse().map(Self).map_err(|error| match nearest(text, known) {
            Some(word) => format!("{error}; did you mean `{word}`?"),
            None => error,
        })
    }
}

fn exception(reader: Reader<'_, '_>) -> Option<Exception> {
    let tenant_id = required(&reader, "tenant_id");
    let code = required(&reader, "code").map(|CodeText(code)| code.as_str().to_owned());
    let reason = required::<String>(&reader, "reason");
    let exception = Exception {
        offer: reader.parsed("offer").map(|OfferText(offer)| offer),
        facts: facts(&reader),
        by: reader.text("by"),
        until: reader.date("until"),
        tenant_id: tenant_id.unwrap_or(TenantId(uuid::Uuid::nil())),
        code: code.clone().unwrap_or_default(),
        reason: reason.clone().unwrap_or_default(),
    };
    finish(reader, &[]);
    (tenant_id.is_some() && code.is_some() && reason.is_some()).then_some(exception)
}

/// The figures of an exception: whole numbers as they are, others in quotes.
fn facts(reader: &Reader<'_, '_>) -> BTreeMap<String, Decimal> {
    let mut facts = BTreeMap::new();
    for (name, value, at) in reader.free_table("facts").unwrap_or_default() {
        let text = match value {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::String(text) => text.trim(),
            DeValue::Float(float) => {
                reader.problem(at, format!("`{name}` must be exact; write it in quotes: {name} = \"{}\"", float.as_str()));
                continue;
            }
            other => {
                reader.problem(at, format!("`{name}` wants a whole number or a figure in quotes, this is {}", describe(other)));
                continue;
            }
        };
        match text.parse() {
            Ok(figure) => drop(facts.insert(name, figure)),
            Err(_) => reader.problem(at, format!("`{name}`: `{text}` is not a figure")),
        }
    }
    facts
}

/// Reports unknown keys. `known` are asked for first, because an entry without its key reads nothing else.
fn finish(reader: Reader<'_, '_>, known: &[&'static str]) {
    reader.knows(known);
    reader.finish();
}

#[cfg(test)]
mod tests;

//! How one amount came to be, told from the plan's recorded working; never computed anew but for
//! the product before rounding.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::json::SCHEMA_VERSION;
use super::text::{paragraph, plain, width};
use super::words;
use crate::domain::document::{Document, Line};
use crate::domain::money::{Money, show_price, show_quantity};
use crate::domain::offer::Billing;
use crate::domain::period::Window;
use crate::domain::plan::HeldCharge;
use crate::domain::pricing::{FullPrice, PriceRule};
use crate::domain::view::DocumentView;
use crate::domain::working::Working;

/// What is explained, as paragraphs of named facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What it is about.
    pub title: String,
    /// The steps, in order.
    pub sections: Vec<Section>,
}

/// One step: a heading and its facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What the step is about.
    pub heading: &'static str,
    /// Label and text of each fact.
    pub facts: Vec<(&'static str, String)>,
}

/// Columns of the labels.
const LABEL: usize = 10;

impl Explanation {
    /// The explanation as text of at most `columns` columns.
    #[must_use]
    pub fn text(&self, columns: usize) -> String {
        let mut out = paragraph("", "", &self.title, columns);
        for section in &self.sections {
            let _ = write!(out, "\n{}\n", section.heading);
            for (label, text) in &section.facts {
                let first = format!("  {label}{} ", " ".repeat(LABEL.saturating_sub(width(label))));
                out.push_str(&paragraph(&first, &" ".repeat(LABEL + 3), text, columns));
            }
        }
        out
    }

    /// The steps for JSON: `[{"heading", "facts": [{"label", "text"}]}]`.
    fn steps(&self) -> Value {
        let facts = |section: &Section| -> Vec<Value> { section.facts.iter().map(|(label, text)| json!({ "label": label, "text": text })).collect() };
        self.sections.iter().map(|section| json!({ "heading": section.heading, "facts": facts(section) })).collect()
    }
}

/// Explains a line of a document. `working` is the charge's, also for a line of the bill when the
/// charge was sold; without one the line itself is all there is to say.
#[must_use]
pub fn line(document: &Document, line: &Line, working: Option<&Working>) -> Explanation {
    let title = format!(
        "{} {}, {}, {}: {} {} for \"{}\"",
        words::kind(document.kind),
        document.number,
        plain(&document.contact_name),
        words::state(document.state),
        document.currency,
        line.line_amount,
        plain(&line.description)
    );
    let mut sections = Vec::new();
    if let Some(working) = working {
        sections.push(charged(working));
        if !document.kind.is_purchase() {
            sections.extend(part(working));
            sections.push(price(working));
        }
    }
    sections.push(shown(document, line, working));
    Explanation { title, sections }
}

/// Explains a charge that is held back.
#[must_use]
pub fn held(held: &HeldCharge) -> Explanation {
    let product = if held.description.is_empty() { held.stock_code.as_str() } else { &*held.description };
    let title = format!("Held back: {} for {}, {}", held.cost, plain(product), plain(&held.tenant_name));
    let facts = vec![
        ("reason", format!("{}: {}", held.code, words::title(held.code))),
        ("details", held.reason.clone()),
        ("on bill", "yes, if it belongs to the period: it is what was charged; on no invoice until it is released".to_owned()),
        ("release", held.fix.clone()),
        ("stock code", held.stock_code.clone()),
        ("tenant", held.tenant_id.map_or_else(|| "not known".to_owned(), |id| id.to_string())),
        ("key", held.key.to_string()),
    ];
    Explanation { title, sections: vec![Section { heading: "Why it is on no invoice", facts }] }
}

fn charged(working: &Working) -> Section {
    let computed = working.quantity.checked_mul(working.unit_cost);
    let product = format!("{} × {}", show_quantity(working.quantity), show_price(working.unit_cost));
    let cost = match computed {
        Some(exact) if Money::round_half_away(exact) == working.cost => format!("{product} = {}", rounded(exact, working.cost)),
        _ => format!("{}; the source's amount counts, although {product} would be something else", working.cost),
    };
    let facts = vec![
        ("source", format!("{}, row {}", working.source.file, working.source.row)),
        ("usage", format!("{}, {}, both ends counted", words::window(working.usage), days(working.usage))),
        ("cost", cost),
    ];
    Section { heading: "What the distributor charged", facts }
}

fn part(working: &Working) -> Option<Section> {
    let part = working.part.as_ref()?;
    let share = if part.part.is_whole() { "1, exactly one whole cycle".to_owned() } else { part.part.to_string() };
    let mut facts = vec![
        ("cycle", format!("{}, {}", words::window(part.cycle), days(part.cycle))),
        ("begins by", words::boundary(part.boundary).to_owned()),
        ("part", share),
    ];
    if !part.part.is_whole() {
        facts.push(("found", words::method(part.method).to_owned()));
    }
    Some(Section { heading: "Which part of a billing cycle", facts })
}

fn price(working: &Working) -> Section {
    let mut facts = vec![("rule", format!("\"{}\", from {}", working.rule, words::origin(working.origin)))];
    match (&working.full_price, &working.rule) {
        (Some(full), rule) => {
            facts.push(("full cycle", full_cycle(full, rule)));
            facts.push(("sell", product(working, full)));
        }
        (None, PriceRule::CostPlus(percent)) => {
            let factor = (Decimal::ONE_HUNDRED + percent) / Decimal::ONE_HUNDRED;
            let exact = working.cost.amount().checked_mul(factor);
            let result = exact.map_or_else(|| working.sell.to_string(), |exact| rounded(exact, working.sell));
            facts.push(("sell", format!("cost {} × {} = {result}; a percentage on the cost has no cycle", working.cost, show_quantity(factor))));
        }
        (None, _) => facts.push(("sell", working.sell.to_string())),
    }
    if working.cost.is_negative() {
        facts.push(("sign", "the distributor gave money back, so the customer gets the same share back".to_owned()));
    }
    if working.cost.is_zero() && working.sell.is_zero() {
        facts.push(("zero", "nothing was charged and nothing is sold; the line is kept and shown".to_owned()));
    }
    if let Some(note) = &working.note {
        facts.push(("note", note.to_string()));
    }
    Section { heading: "What the customer pays", facts }
}

/// The price of a whole cycle and how it follows from the figure it starts with.
fn full_cycle(full: &FullPrice, rule: &PriceRule) -> String {
    let cycle = if full.billing_months == Billing::Annual.months() { "a seat and year" } else { "a seat and month" };
    if matches!(rule, PriceRule::Fixed(_)) {
        return format!("{} {cycle}", show_price(full.figure));
    }
    let mut out = match (&full.annuity, rule) {
        (Some(row), _) => format!("{}, recommended for {} ({} row {})", show_price(full.figure), months(full.term_months), row.file, row.row),
        (None, PriceRule::Item) => format!("sales price {} of the item in Xero", show_price(full.figure)),
        (None, _) => show_price(full.figure),
    };
    if full.billing_months != full.term_months {
        let _ = write!(out, " × {} ÷ {}", full.billing_months, full.term_months);
    }
    if !full.percent.is_zero() {
        let _ = write!(out, " × {}", show_quantity((Decimal::ONE_HUNDRED + full.percent) / Decimal::ONE_HUNDRED));
    }
    format!("{out} = {} {cycle}", words::shortened(full.per_cycle()))
}

fn months(months: u32) -> String {
    words::count(u64::from(months), "month")
}

/// price × quantity × part with the figure before and after the one rounding.
fn product(working: &Working, full: &FullPrice) -> String {
    let mut out = format!("{} × {}", words::shortened(full.per_cycle()), show_quantity(working.quantity));
    if let Some(part) = working.part.as_ref().filter(|part| !part.part.is_whole()) {
        let _ = write!(out, " × {}", part.part);
    }
    match unrounded(working) {
        Some(exact) => format!("{out} = {}", rounded(exact, working.sell)),
        None => format!("{out} = {}", working.sell),
    }
}

/// price × quantity × part before rounding, with the sign of the sell amount.
#[must_use]
pub fn unrounded(working: &Working) -> Option<Decimal> {
    let (above, below) = working.full_price.as_ref()?.fraction();
    let (numerator, denominator) = working.part.as_ref().map_or((Decimal::ONE, Decimal::ONE), |part| (part.part.numerator, part.part.denominator));
    let above = above.checked_mul(working.quantity)?.checked_mul(numerator)?;
    let exact = above.checked_div(below.checked_mul(denominator)?)?.abs();
    if working.sell.is_zero() {
        Some(if Money::round_half_away(exact).is_zero() { exact } else { Decimal::ZERO })
    } else {
        Some(if working.sell.is_negative() { -exact } else { exact })
    }
}

/// "343.86451612…, rounded to 343.86", or the amount alone when nothing had to be rounded.
fn rounded(exact: Decimal, amount: Money) -> String {
    if exact == amount.amount() { amount.to_string() } else { format!("{}, rounded to {amount}", words::shortened(exact)) }
}

fn shown(document: &Document, line: &Line, working: Option<&Working>) -> Section {
    let product = line.quantity.checked_mul(line.unit_amount).map_or_else(|| line.line_amount.to_string(), |exact| rounded(exact, line.line_amount));
    let mut facts = vec![("shown", format!("{} × {} = {product}", show_quantity(line.quantity), show_price(line.unit_amount)))];
    let replaced = working.is_some_and(|working| !document.kind.is_purchase() && working.quantity.abs() != line.quantity);
    if replaced {
        facts.push(("why 1 ×", "no unit amount with up to 4 decimals gives the line back, so the line shows its total".to_owned()));
    }
    if document.kind.is_credit() {
        facts.push(("sign", format!("positive, because a {} gives money back by its kind", words::kind(document.kind))));
    }
    let tax = match &line.tax_type {
        Some(tax_type) => format!("excluding tax; Xero adds it by the tax type {tax_type}"),
        None => format!("excluding tax; Xero adds it by the default of account {}", line.account_code),
    };
    facts.push(("tax", tax));
    if let Some(working) = working.filter(|_| !document.kind.is_purchase()) {
        let percent = words::margin_percent(working.sell, working.cost);
        let cost = if working.cost.is_negative() { format!("({})", working.cost) } else { working.cost.to_string() };
        facts.push(("margin", format!("{} − {cost} = {} ({percent})", working.sell, working.sell - working.cost)));
    }
    facts.push(("key", line.key.to_string()));
    Section { heading: "What the document shows", facts }
}

fn days(window: Window) -> String {
    words::count(u64::try_from(window.days()).unwrap_or(0), "day")
}

/// [`line()`] for scripts.
#[must_use]
pub fn line_json(document: &Document, shown: &Line, working: Option<&Working>) -> Value {
    let explanation = line(document, shown, working);
    let mut head = serde_json::to_value(DocumentView { lines: &[], ..DocumentView::from(document) }).unwrap_or(Value::Null);
    if let Some(fields) = head.as_object_mut() {
        fields.remove("lines");
    }
    json!({
        "schema_version": SCHEMA_VERSION, "kind": "line", "title": explanation.title, "document": head,
        "line": shown, "working": working.map(working_json), "steps": explanation.steps(),
    })
}

/// [`held()`] for scripts.
#[must_use]
pub fn held_json(charge: &HeldCharge) -> Value {
    let explanation = held(charge);
    json!({ "schema_version": SCHEMA_VERSION, "kind": "held", "title": explanation.title, "held": charge, "steps": explanation.steps() })
}

fn working_json(working: &Working) -> Value {
    let window = |window: Window| json!({ "start": window.start, "end": window.end, "days": window.days() });
    let full_price = working.full_price.as_ref().map(|full| {
        json!({
            "figure": show_price(full.figure), "billing_months": full.billing_months, "term_months": full.term_months,
            "percent": show_quantity(full.percent), "per_cycle": show_price(full.per_cycle()), "annuity": full.annuity,
        })
    });
    let part = working.part.as_ref().map(|part| {
        json!({
            "numerator": show_quantity(part.part.numerator), "denominator": show_quantity(part.part.denominator),
            "cycle": window(part.cycle), "method": part.method, "boundary": part.boundary,
        })
    });
    json!({
        "source": working.source, "usage": window(working.usage), "quantity": show_quantity(working.quantity),
        "unit_cost": show_price(working.unit_cost), "cost": working.cost, "rule": working.rule, "rule_origin": working.origin,
        "full_price": full_price, "part": part, "unrounded": unrounded(working).map(show_price), "sell": working.sell, "note": working.note,
    })
}

#[cfg(test)]
mod tests;

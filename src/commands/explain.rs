//! `cspctl explain NUMBER|KEY`: how an amount came to be.

use clap::Args;
use serde_json::{Value, json};

use super::month::{self, MonthArgs};
use crate::app::App;
use crate::domain::charge::Charge;
use crate::domain::document::Document;
use crate::domain::plan::{HeldCharge, Plan};
use crate::exit::{Failure, Kind};
use crate::services::command;
use crate::ui::explain::{self, Explanation};

/// A key may be shortened to so many digits.
const KEY_DIGITS_AT_LEAST: usize = 6;

/// Arguments of `explain`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cspctl explain CSP-2026-11-196e22     every line of a document
  cspctl explain f75e1319               one charge, by the start of its key")]
pub struct ExplainArgs {
    /// A document's number, or a charge's key or its first digits
    #[arg(value_name = "NUMBER|KEY")]
    pub what: String,
    /// Which month.
    #[command(flatten)]
    pub month: MonthArgs,
}

/// Tells how an amount came to be.
///
/// # Errors
///
/// When something cannot be read, or nothing has that number or key.
pub fn run(app: &App, args: &ExplainArgs) -> Result<(), Failure> {
    let month = month::read(app, args.month.period)?;
    let plan = month.plan(app, &args.month)?;
    let recorded = month.history.documents.iter().filter(|document| document.period != plan.period);
    let documents: Vec<&Document> = plan.documents.iter().chain(recorded).collect();
    let what = args.what.trim();
    let mut told = of_number(&documents, what);
    if told.is_empty() {
        told = of_key(app, &documents, &plan, &month.sources.charges, what);
    }
    if told.is_empty() {
        let failure = Failure::message(Kind::Failed, format!("no document has the number and no charge the key `{what}`"));
        return Err(failure.hint("numbers and keys are in: cspctl sync --dry-run --json").hint("another month: cspctl explain NUMBER --period 2026-10"));
    }
    if app.output.is_json() {
        let explanations: Vec<&Value> = told.iter().map(|(_, json)| json).collect();
        return Ok(app.output.json(&json!({ "schema_version": 1, "explanations": explanations }))?);
    }
    let width = app.output.look().width;
    Ok(app.output.data(&told.iter().map(|(explanation, _)| explanation.text(width)).collect::<Vec<_>>().join("\n"))?)
}

type Told = (Explanation, Value);

fn of_number(documents: &[&Document], number: &str) -> Vec<Told> {
    let named = documents.iter().filter(|document| document.number.eq_ignore_ascii_case(number));
    named.flat_map(|document| (0..document.lines.len()).filter_map(|index| line(document, index))).collect()
}

fn line(document: &Document, index: usize) -> Option<Told> {
    let (line, working) = (document.lines.get(index)?, document.workings.get(index));
    Some((explain::line(document, line, working), explain::line_json(document, line, working)))
}

/// The customer's line of a charge before the bill's: it has the working.
fn of_key(app: &App, documents: &[&Document], plan: &Plan, charges: &[Charge], key: &str) -> Vec<Told> {
    let key = key.to_ascii_lowercase();
    if key.len() < KEY_DIGITS_AT_LEAST || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Vec::new();
    }
    let mut told = Vec::new();
    for is_purchase in [false, true] {
        for document in documents.iter().filter(|document| document.kind.is_purchase() == is_purchase) {
            let lines = document.lines.iter().enumerate().filter(|(_, line)| line.key.to_string().starts_with(&key));
            told.extend(lines.filter_map(|(index, _)| self::line(document, index)));
        }
    }
    let held = plan.held.iter().filter(|held| held.key.to_string().starts_with(&key));
    let mut all: Vec<Told> = held.map(held_charge).collect();
    all.append(&mut told);
    if all.is_empty() {
        all.extend(charges.iter().filter(|charge| charge.key.to_string().starts_with(&key)).map(|charge| unbilled(app, charge)));
    }
    all
}

fn held_charge(held: &HeldCharge) -> Told {
    (explain::held(held), explain::held_json(held))
}

/// A charge of another month, or one that was marked as billed: there is no amount to explain yet.
fn unbilled(app: &App, charge: &Charge) -> Told {
    let title = format!("{} is on no document: it belongs to {}, or was marked as billed before", charge.key, charge.month());
    let facts = vec![
        ("Source", format!("{} row {}", charge.source.file, charge.source.row)),
        ("Charged", format!("{} × {} = {}", charge.quantity.normalize(), charge.unit_cost.normalize(), charge.cost)),
        ("Bill it", command(app, &format!("sync --period {}", charge.month()))),
    ];
    let json = json!({ "key": charge.key, "state": "unbilled", "month": charge.month(), "source": charge.source, "cost": charge.cost });
    (Explanation { title, sections: vec![explain::Section { heading: "Charge", facts }] }, json)
}

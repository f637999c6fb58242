//! The lines of all documents for people who live in spreadsheets: one CSV row a line.
//!
//! UTF-8 with a byte order mark and CRLF, so that Excel reads names right. Text that a spreadsheet
//! would run as a formula gets a leading `'`. Amounts are net: negative on credits, so that
//! adding up a column gives the totals of the run.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use rust_decimal::Decimal;

use super::outcome::Outcome;
use super::words;
use crate::domain::charge::ChargeKey;
use crate::domain::document::{Document, Line};
use crate::domain::ids::TenantId;
use crate::domain::money::{Money, show_price, show_quantity};
use crate::domain::working::Working;
use crate::files::write_file;

/// The headings, in order.
pub const HEADINGS: [&str; 21] = [
    "period",
    "kind",
    "number",
    "date",
    "contact",
    "tenant id",
    "description",
    "quantity",
    "unit amount",
    "line amount",
    "cost",
    "margin",
    "price rule",
    "days",
    "cycle days",
    "usage start",
    "usage end",
    "charge key",
    "source file",
    "source row",
    "state",
];

/// Writes the file as a whole or not at all.
///
/// # Errors
///
/// When the folder or the file cannot be written.
pub fn write(outcome: &Outcome, path: &Path) -> std::io::Result<()> {
    write_file(path, |out| write_to(outcome, out))
}

/// Writes all lines, one after the other, nothing held in memory but the place of each charge.
///
/// # Errors
///
/// When `out` fails.
pub fn write_to(outcome: &Outcome, out: &mut dyn Write) -> std::io::Result<()> {
    out.write_all("\u{feff}".as_bytes())?;
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).buffer_capacity(1 << 16).from_writer(out);
    csv.write_record(HEADINGS)?;
    let sold = sold_charges(&outcome.plan.documents);
    for document in &outcome.plan.documents {
        let same = SameForDocument::new(document);
        for (index, line) in document.lines.iter().enumerate() {
            let (tenant_id, working) = match document.workings.get(index) {
                Some(working) => (document.tenant_id, Some(working)),
                None => sold.get(&line.key).map_or((document.tenant_id, None), |(tenant_id, working)| (*tenant_id, Some(*working))),
            };
            write_line(&mut csv, document, &same, line, tenant_id, working)?;
        }
    }
    csv.flush()
}

/// Where each charge was sold, so that the bill's lines can name the customer and the source row.
fn sold_charges(documents: &[Document]) -> HashMap<ChargeKey, (Option<TenantId>, &Working)> {
    let sales = documents.iter().filter(|document| !document.kind.is_purchase());
    let mut sold = HashMap::with_capacity(sales.clone().map(|document| document.workings.len()).sum());
    for document in sales {
        for (line, working) in document.lines.iter().zip(&document.workings) {
            sold.insert(line.key, (document.tenant_id, working));
        }
    }
    sold
}

/// Cells that all lines of a document share.
struct SameForDocument {
    period: String,
    date: String,
    number: String,
    contact: String,
}

impl SameForDocument {
    fn new(document: &Document) -> Self {
        Self {
            period: document.period.to_string(),
            date: document.date.to_string(),
            number: harmless(&document.number),
            contact: harmless(&document.contact_name),
        }
    }
}

fn write_line<W: Write>(
    csv: &mut csv::Writer<W>,
    document: &Document,
    same: &SameForDocument,
    line: &Line,
    tenant_id: Option<TenantId>,
    working: Option<&Working>,
) -> csv::Result<()> {
    let net = |amount: Decimal| if document.kind.is_credit() { -amount } else { amount };
    let line_amount = Money::round_half_away(net(line.line_amount.amount()));
    let (cost, margin) = if document.kind.is_purchase() {
        (line_amount.to_string(), String::new())
    } else {
        working.map_or_else(Default::default, |working| (working.cost.to_string(), (line_amount - working.cost).to_string()))
    };
    let shown = |text: Option<String>| text.unwrap_or_default();
    let rule = if document.kind.is_purchase() { None } else { working };
    csv.write_field(&same.period)?;
    csv.write_field(document.kind.as_str())?;
    csv.write_field(&same.number)?;
    csv.write_field(&same.date)?;
    csv.write_field(&same.contact)?;
    csv.write_field(shown(tenant_id.map(|id| id.to_string())))?;
    csv.write_field(harmless(&line.description))?;
    csv.write_field(show_quantity(line.quantity))?;
    csv.write_field(show_price(net(line.unit_amount)))?;
    csv.write_field(line_amount.to_string())?;
    csv.write_field(cost)?;
    csv.write_field(margin)?;
    csv.write_field(shown(rule.map(|working| working.rule.to_string())))?;
    csv.write_field(shown(working.map(|working| working.usage.days().to_string())))?;
    csv.write_field(shown(working.and_then(|working| working.part.as_ref()).map(|part| part.cycle.days().to_string())))?;
    csv.write_field(shown(working.map(|working| working.usage.start.to_string())))?;
    csv.write_field(shown(working.map(|working| working.usage.end.to_string())))?;
    csv.write_field(line.key.to_string())?;
    csv.write_field(shown(working.map(|working| harmless(&working.source.file))))?;
    csv.write_field(shown(working.map(|working| working.source.row.to_string())))?;
    csv.write_field(words::state(document.state))?;
    csv.write_record(None::<&[u8]>)
}

/// Text that no spreadsheet runs as a formula, on one line.
fn harmless(text: &str) -> String {
    let one_line = text.replace(['\r', '\n'], " ");
    if one_line.starts_with(['=', '+', '-', '@', '\t']) { format!("'{one_line}") } else { one_line }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::sample;

    fn text(outcome: &Outcome) -> String {
        let mut out = Vec::new();
        write_to(outcome, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn rows(outcome: &Outcome) -> Vec<csv::StringRecord> {
        let text = text(outcome);
        let mut reader = csv::Reader::from_reader(text.strip_prefix('\u{feff}').unwrap().as_bytes());
        reader.records().map(Result::unwrap).collect()
    }

    #[test]
    fn all_lines_of_a_small_run() {
        let text = text(&sample::small());
        assert!(text.starts_with('\u{feff}') && text.ends_with("\r\n"));
        insta::assert_snapshot!(text.trim_start_matches('\u{feff}').replace("\r\n", "\n"), @r#"
        period,kind,number,date,contact,tenant id,description,quantity,unit amount,line amount,cost,margin,price rule,days,cycle days,usage start,usage end,charge key,source file,source row,state
        2026-11,bill,DD-2026-11,2026-11-30,Dicker Data,196e2273-9651-43a3-ba7e-7cbcd9000000,"Microsoft 365 Business Premium, 1 to 30 Nov 2026",18,28.193,507.47,507.47,,,30,30,2026-11-01,2026-11-30,196e2273965143a3ba7e7cbcd9000001,CSP Invoice Report 2026-11.xlsx,14,planned
        2026-11,bill,DD-2026-11,2026-11-30,Dicker Data,196e2273-9651-43a3-ba7e-7cbcd9000000,"Microsoft 365 Business Premium, 13 to 30 Jul 2026 (18 of 31 days)",7,16.37,114.59,114.59,,,18,31,2026-07-13,2026-07-30,196e2273965143a3ba7e7cbcd9000002,CSP Invoice Report 2026-11.xlsx,15,planned
        2026-11,bill,DD-2026-11,2026-11-30,Dicker Data,196e2673-9651-43a3-ba7e-7cbcd9000000,"Exchange Online (Plan 1), 1 to 30 Nov 2026",2,-5.10,-10.20,-10.20,,,30,,2026-11-01,2026-11-30,196e2673965143a3ba7e7cbcd9000001,CSP Invoice Report 2026-11.xlsx,14,planned
        2026-11,bill,DD-2026-11,2026-11-30,Dicker Data,,Microsoft Teams Phone Standard,1,41.20,41.20,41.20,,,,,,,496483f5eb3b1dce7a7ffacc211bc1c0,,,planned
        2026-11,invoice,CSP-2026-11-196e22,2026-11-30,Contoso,196e2273-9651-43a3-ba7e-7cbcd9000000,"Microsoft 365 Business Premium, 1 to 30 Nov 2026",18,32.90,592.20,507.47,84.73,32.90,30,30,2026-11-01,2026-11-30,196e2273965143a3ba7e7cbcd9000001,CSP Invoice Report 2026-11.xlsx,14,planned
        2026-11,invoice,CSP-2026-11-196e22,2026-11-30,Contoso,196e2273-9651-43a3-ba7e-7cbcd9000000,"Microsoft 365 Business Premium, 13 to 30 Jul 2026 (18 of 31 days)",7,19.103,133.72,114.59,19.13,32.90,18,31,2026-07-13,2026-07-30,196e2273965143a3ba7e7cbcd9000002,CSP Invoice Report 2026-11.xlsx,15,planned
        2026-11,credit-note,CSP-2026-11-1a6e22,2026-11-30,Fabrikam,196e2673-9651-43a3-ba7e-7cbcd9000000,"Exchange Online (Plan 1), 1 to 30 Nov 2026",2,-5.865,-11.73,-10.20,-1.53,cost+15%,30,,2026-11-01,2026-11-30,196e2673965143a3ba7e7cbcd9000001,CSP Invoice Report 2026-11.xlsx,14,planned
        "#);
    }

    #[test]
    fn columns_add_up_to_the_totals_of_the_run() {
        let outcome = sample::month(crate::ui::outcome::Mode::Exported);
        let rows = rows(&outcome);
        let sum = |column: usize, purchase: bool| -> Decimal {
            rows.iter().filter(|row| ["bill", "supplier-credit"].contains(&&row[1]) == purchase).map(|row| row[column].parse::<Decimal>().unwrap()).sum()
        };
        let totals = outcome.plan.totals;
        assert_eq!(sum(9, true), totals.cost.amount());
        assert_eq!(sum(9, false), totals.sell.amount());
        assert_eq!(sum(11, false), totals.margin.amount());
        assert_eq!(rows.len(), outcome.plan.documents.iter().map(|document| document.lines.len()).sum::<usize>());
    }

    #[test]
    fn quantity_times_unit_is_the_line_on_credits_too() {
        for row in rows(&sample::month(crate::ui::outcome::Mode::Exported)) {
            let figure = |column: usize| row[column].parse::<Decimal>().unwrap();
            assert_eq!(Money::round_half_away(figure(7) * figure(8)).amount(), figure(9), "{row:?}");
        }
    }

    #[test]
    fn no_cell_is_a_formula_and_no_row_is_broken() {
        let rows = rows(&sample::nasty());
        for row in &rows {
            assert_eq!(row.len(), HEADINGS.len());
            for text_column in [4, 6, 18] {
                assert!(!row[text_column].starts_with(['=', '+', '-', '@', '\t']) && !row[text_column].contains('\n'), "{row:?}");
            }
        }
        assert!(rows.iter().any(|row| row[4].starts_with("'=HYPERLINK")));
    }
}

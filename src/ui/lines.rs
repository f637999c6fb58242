//! The lines of all documents for people who live in spreadsheets: one CSV row a line.
//!
//! UTF-8 with a byte order mark and CRLF, so that Excel reads names right. Text that a spreadsheet
//! would run as a formula gets a leading `'`. Amounts are net: negative on credits, so that
//! adding up a column gives the totals of the run.

use std::io::Write;
use std::path::Path;

use foldhash::{HashMap, HashMapExt};
use jiff::civil::Date;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::outcome::Outcome;
use super::words;
use crate::domain::charge::ChargeKey;
use crate::domain::digits::{DateOrder, Digits};
use crate::domain::document::{Document, Line};
use crate::domain::ids::TenantId;
use crate::domain::money::Money;
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
    let mut row = Vec::with_capacity(512);
    for heading in HEADINGS {
        push_cell(&mut row, heading);
    }
    end_row(&mut row, out)?;
    let sold = sold_charges(&outcome.plan.documents);
    for document in &outcome.plan.documents {
        let same = SameForDocument::new(document);
        for (index, line) in document.lines.iter().enumerate() {
            let (tenant_id, working) = match document.workings.get(index) {
                Some(working) => (document.tenant_id, Some(working)),
                None => sold.get(&line.key).map_or((document.tenant_id, None), |(tenant_id, working)| (*tenant_id, Some(*working))),
            };
            push_line(&mut row, document, &same, line, tenant_id, working);
            end_row(&mut row, out)?;
        }
    }
    out.flush()
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

/// Cells that all lines of a document share, each with the comma behind it.
struct SameForDocument {
    /// From `period` to `contact`.
    head: Vec<u8>,
    tenant_id: Vec<u8>,
}

impl SameForDocument {
    fn new(document: &Document) -> Self {
        let (mut head, mut tenant_id) = (Vec::new(), Vec::new());
        push_cell(&mut head, &document.period.to_string());
        push_cell(&mut head, document.kind.as_str());
        push_text(&mut head, &document.number);
        push_date(&mut head, document.date);
        push_text(&mut head, &document.contact_name);
        push_tenant(&mut tenant_id, document.tenant_id);
        Self { head, tenant_id }
    }
}

// Two million rows of twenty cells: cells are put together in place, nothing is allocated for one.

fn push_line(row: &mut Vec<u8>, document: &Document, same: &SameForDocument, line: &Line, tenant_id: Option<TenantId>, working: Option<&Working>) {
    let net = |amount: Decimal| if document.kind.is_credit() { -amount } else { amount };
    let line_amount = Money::round_half_away(net(line.line_amount.amount()));
    let is_purchase = document.kind.is_purchase();
    row.extend_from_slice(&same.head);
    if tenant_id == document.tenant_id {
        row.extend_from_slice(&same.tenant_id);
    } else {
        push_tenant(row, tenant_id);
    }
    push_text(row, &line.description);
    push_figure(row, line.quantity, 0);
    push_figure(row, net(line.unit_amount), 2);
    push_figure(row, line_amount.amount(), 2);
    match working {
        _ if is_purchase => {
            push_figure(row, line_amount.amount(), 2);
            row.extend_from_slice(b",,");
        }
        Some(working) => {
            push_figure(row, working.cost.amount(), 2);
            push_figure(row, (line_amount - working.cost).amount(), 2);
            push_cell(row, &working.rule.to_string());
        }
        None => row.extend_from_slice(b",,,"),
    }
    match working {
        Some(working) => {
            push_whole(row, working.usage.days());
            match &working.part {
                Some(part) => push_whole(row, part.cycle.days()),
                None => row.push(b','),
            }
            push_date(row, working.usage.start);
            push_date(row, working.usage.end);
        }
        None => row.extend_from_slice(b",,,,"),
    }
    row.extend_from_slice(Digits::of_key(line.key.0).as_bytes());
    row.push(b',');
    match working {
        Some(working) => {
            push_text(row, &working.source.file);
            push_whole(row, i64::from(working.source.row));
        }
        None => row.extend_from_slice(b",,"),
    }
    push_cell(row, words::state(document.state));
}

/// Ends the row at its last comma and writes it.
fn end_row(row: &mut Vec<u8>, out: &mut dyn Write) -> std::io::Result<()> {
    row.pop();
    row.extend_from_slice(b"\r\n");
    out.write_all(row)?;
    row.clear();
    Ok(())
}

fn push_tenant(row: &mut Vec<u8>, tenant_id: Option<TenantId>) {
    if let Some(tenant_id) = tenant_id {
        row.extend_from_slice(tenant_id.0.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
    }
    row.push(b',');
}

fn push_figure(row: &mut Vec<u8>, number: Decimal, decimals_at_least: u32) {
    row.extend_from_slice(Digits::of(number, decimals_at_least).as_bytes());
    row.push(b',');
}

fn push_whole(row: &mut Vec<u8>, number: i64) {
    push_figure(row, Decimal::from(number), 0);
}

fn push_date(row: &mut Vec<u8>, date: Date) {
    row.extend_from_slice(Digits::of_date(date, DateOrder::Iso).as_bytes());
    row.push(b',');
}

/// Text from outside: nothing that a spreadsheet runs as a formula, on one line.
fn push_text(row: &mut Vec<u8>, text: &str) {
    // Without an early end, so that many bytes are looked at in one step.
    let has_break = text.bytes().fold(false, |found, byte| found | matches!(byte, b'\r' | b'\n'));
    if has_break || text.starts_with(['=', '+', '-', '@', '\t']) { push_cell(row, &harmless(text)) } else { push_cell(row, text) }
}

/// One cell, quoted where it must be, and the comma behind it.
fn push_cell(row: &mut Vec<u8>, text: &str) {
    let (mut must_quote, mut has_mark) = (false, false);
    for byte in text.bytes() {
        must_quote |= matches!(byte, b',' | b'\r' | b'\n');
        has_mark |= byte == b'"';
    }
    if has_mark {
        row.push(b'"');
        row.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        row.extend_from_slice(b"\",");
    } else if must_quote {
        row.push(b'"');
        row.extend_from_slice(text.as_bytes());
        row.extend_from_slice(b"\",");
    } else {
        row.extend_from_slice(text.as_bytes());
        row.push(b',');
    }
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

//! Both exports of Dicker Data's portal, as workbooks and as CSV, in their column layout
//! (`contracts/dickerdata.md` 4). The invoice report has real dates and numbers, the annuity list
//! text, so that a reader meets both.

use anyhow::Result;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

use super::archive::as_written_on_unix;
use super::customers::{CUSTOMERS, Customer};
use super::products::{Plan, Product, Segment};
use super::subscription::{Line, Subscription, day_before};

const INVOICE_HEADINGS: [&str; 9] = ["TENANT NAME", "SUBSCRIPTION ID", "STOCK CODE", "USAGE START", "USAGE END", "QTY", "UNIT PRICE", "TERM START", "TERM END"];

const ANNUITY_HEADINGS: [&str; 14] = [
    "TENANT ID",
    "TENANT NAME",
    "SUBSCRIPTION ID",
    "STOCK CODE",
    "STOCK DESCRIPTION",
    "REFERENCE",
    "QTY",
    "CHARGE TYPE",
    "STATUS",
    "START USAGE",
    "END USAGE",
    "REVALUATION PERIOD",
    "UNIT PRICE",
    "UNIT RRP",
];

enum Cell {
    Text(String),
    Number(Decimal),
    Day(Date),
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// The CSP Invoice Report: its lines are on `Invoice Details`, after a summary for people.
pub(crate) fn invoice_report_xlsx(month: &[Subscription]) -> Result<Vec<u8>> {
    let rows = invoice_rows(month);
    let mut workbook = workbook()?;
    let summary = workbook.add_worksheet().set_name("Summary")?;
    summary.write_string(0, 0, "CSP INVOICE REPORT")?;
    summary.write_string(1, 0, "PERIOD")?.write_string(1, 1, "NOV-2026")?;
    summary.write_string(2, 0, "LINES")?.write_number(2, 1, u32::try_from(rows.len())?)?;
    fill(workbook.add_worksheet().set_name("Invoice Details")?, &INVOICE_HEADINGS, &rows)?;
    Ok(as_written_on_unix(workbook.save_to_buffer()?))
}

/// The Annuity Information: its rows are on `DETAILS`, before a page of notes.
pub(crate) fn annuity_xlsx(month: &[Subscription]) -> Result<Vec<u8>> {
    let mut workbook = workbook()?;
    fill(workbook.add_worksheet().set_name("DETAILS")?, &ANNUITY_HEADINGS, &annuity_rows(month))?;
    workbook.add_worksheet().set_name("NOTES")?.write_string(0, 0, "Prices exclude GST.")?;
    Ok(as_written_on_unix(workbook.save_to_buffer()?))
}

/// The invoice report as CSV.
pub(crate) fn invoice_report_csv(month: &[Subscription]) -> Result<Vec<u8>> {
    to_csv(&INVOICE_HEADINGS, &invoice_rows(month))
}

/// The annuity list as CSV.
pub(crate) fn annuity_csv(month: &[Subscription]) -> Result<Vec<u8>> {
    to_csv(&ANNUITY_HEADINGS, &annuity_rows(month))
}

fn invoice_rows(month: &[Subscription]) -> Vec<Vec<Cell>> {
    month.iter().flat_map(|subscription| subscription.lines.iter().map(|line| invoice_row(subscription, line))).collect()
}

fn invoice_row(subscription: &Subscription, line: &Line) -> Vec<Cell> {
    vec![
        text(subscription.customer),
        text(&subscription.id),
        text(&line.stock_code),
        Cell::Day(line.usage.0),
        Cell::Day(line.usage.1),
        Cell::Number(Decimal::from(line.quantity)),
        Cell::Number(line.unit_price),
        Cell::Day(line.term.0),
        Cell::Day(line.term.1),
    ]
}

fn annuity_rows(month: &[Subscription]) -> Vec<Vec<Cell>> {
    let listed = month.iter().filter(|subscription| subscription.is_listed);
    listed
        .filter_map(|subscription| {
            let customer = CUSTOMERS.iter().find(|customer| customer.name == subscription.customer)?;
            Some(annuity_row(customer, subscription))
        })
        .collect()
}

fn annuity_row(customer: &Customer, subscription: &Subscription) -> Vec<Cell> {
    let charge_type = if subscription.plan == Plan::Usage { "MODN" } else { "NCE" };
    vec![
        Cell::Text(customer.tenant_id()),
        text(customer.name),
        text(&subscription.id),
        text(&subscription.stock_code),
        Cell::Text(description(subscription.product, subscription.plan)),
        text(&subscription.reference),
        Cell::Number(Decimal::from(subscription.seats)),
        text(charge_type),
        text(subscription.status),
        // The list shows the day before the first one.
        Cell::Text(portal_date(day_before(subscription.began))),
        Cell::Text(portal_date(subscription.cycle.1)),
        Cell::Text(portal_date(subscription.term.1)),
        Cell::Text(dollars(subscription.term_cost)),
        Cell::Text(subscription.term_rrp.map(dollars).unwrap_or_default()),
    ]
}

fn description(product: &Product, plan: Plan) -> String {
    let segment = match product.segment {
        Segment::Commercial => "COM",
        Segment::Education => "EDU",
        Segment::Charity => "NFP",
    };
    let billing = if plan.is_yearly() { "ANN" } else { "MTH" };
    let name = product.name.to_uppercase();
    if plan == Plan::Usage { name } else { format!("{name} (NCE {segment} {billing}) {}", plan.term()) }
}

fn workbook() -> Result<Workbook> {
    let mut workbook = Workbook::new();
    // Without a fixed date the bytes would differ on every run.
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2026, 12, 1)?));
    Ok(workbook)
}

fn fill(sheet: &mut Worksheet, headings: &[&str], rows: &[Vec<Cell>]) -> Result<()> {
    let day_format = Format::new().set_num_format("dd-mmm-yyyy");
    for (column, heading) in (0..).zip(headings) {
        sheet.write_string(0, column, *heading)?;
        sheet.set_column_width(column, 18)?;
    }
    for (row, cells) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Text(text) => sheet.write_string(row, column, text)?,
                Cell::Number(number) => sheet.write_number(row, column, number.to_string().parse::<f64>()?)?,
                Cell::Day(day) => sheet.write_number_with_format(row, column, excel_serial(*day), &day_format)?,
            };
        }
    }
    Ok(())
}

fn to_csv(headings: &[&str], rows: &[Vec<Cell>]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(headings)?;
    for cells in rows {
        writer.write_record(cells.iter().map(|cell| match cell {
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => number.to_string(),
            Cell::Day(day) => portal_date(*day),
        }))?;
    }
    Ok(writer.into_inner()?)
}

/// Days since the eve of 1900, as Excel counts them after February of that year.
fn excel_serial(day: Date) -> i32 {
    let eve = date(1899, 12, 30);
    eve.until(day).map_or(0, |span| span.get_days())
}

/// `01-NOV-2026`.
fn portal_date(day: Date) -> String {
    day.strftime("%d-%b-%Y").to_string().to_uppercase()
}

/// `$1,234.56`.
fn dollars(amount: Decimal) -> String {
    let digits = format!("{amount:.2}");
    let (whole, cents) = digits.split_once('.').unwrap_or((&digits, "00"));
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("${grouped}.{cents}")
}

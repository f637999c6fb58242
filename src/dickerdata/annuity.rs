//! The Annuity Information list: subscriptions with their prices for a whole term
//! (`contracts/dickerdata.md` 4).

use std::path::Path;
use std::sync::Arc;

use foldhash::{HashSet, HashSetExt};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::invoice_report::StockCodes;
use crate::domain::charge::{AnnuityLine, SkippedRow, SourceRow};
use crate::domain::ids::{SubscriptionId, TenantId};
use crate::domain::offer::StockCode;
use crate::domain::sources::RepeatedRows;
use crate::sheet::values::{date, decimal};
use crate::sheet::{Cell, Interner, ReadError, Row, Spec, Wanted, table};

const SUBSCRIPTION_ID: usize = 0;
const STOCK_CODE: usize = 1;
const TENANT_ID: usize = 2;
const QTY: usize = 3;
const UNIT_PRICE: usize = 4;
const UNIT_RRP: usize = 5;
const TENANT_NAME: usize = 6;
const DESCRIPTION: usize = 7;
const CHARGE_TYPE: usize = 8;
const STATUS: usize = 9;
const START_USAGE: usize = 10;
const END_USAGE: usize = 11;
const REVALUATION_PERIOD: usize = 12;

static SPEC: Spec = Spec {
    title: "Annuity Information list",
    tabs: &["DETAILS"],
    wanted: &[
        Wanted::needed(&["SUBSCRIPTION ID"]),
        Wanted::needed(&["STOCK CODE"]),
        Wanted::needed(&["TENANT ID"]).filled(),
        Wanted::needed(&["QTY", "QUANTITY"]),
        Wanted::needed(&["UNIT PRICE", "UNIT COST"]),
        Wanted::needed(&["UNIT RRP", "RRP"]),
        Wanted::optional(&["TENANT NAME"]).filled(),
        Wanted::optional(&["STOCK DESCRIPTION", "DESCRIPTION"]),
        Wanted::optional(&["CHARGE TYPE"]),
        Wanted::optional(&["STATUS"]),
        Wanted::optional(&["START USAGE", "USAGE START"]),
        Wanted::optional(&["END USAGE", "USAGE END"]),
        Wanted::optional(&["REVALUATION PERIOD", "REVALUATION DATE"]),
    ],
};

/// What the list's files say together.
#[derive(Debug, Default)]
pub struct Annuity {
    /// The rows, in the order of files and rows.
    pub lines: Vec<AnnuityLine>,
    /// Rows, and dates of rows, that could not be used.
    pub skipped: Vec<SkippedRow>,
    /// Rows that a later file has as well; the later file counts.
    pub repeated: Vec<RepeatedRows>,
}

/// Reads the files of the list. Where two of them have the same subscription and stock code, the
/// later one by name counts, so that last month's list beside this month's doubles no seats.
///
/// # Errors
///
/// When a file cannot be read as a whole.
pub fn read(paths: &[impl AsRef<Path>]) -> Result<Annuity, ReadError> {
    let mut reader = Reader::default();
    let mut later: HashSet<(SubscriptionId, StockCode)> = HashSet::new();
    let mut files = Vec::with_capacity(paths.len());
    for (place, path) in paths.iter().map(AsRef::as_ref).enumerate().rev() {
        let file: Arc<str> = table::file_name(path).into();
        table::read(path, &SPEC, &mut |row| {
            reader.take(row, &file);
            Ok(())
        })?;
        let mut lines = std::mem::take(&mut reader.lines);
        if paths.len() > 1 {
            let before = lines.len();
            lines.retain(|line| !later.contains(&(line.subscription.clone(), line.stock_code.clone())));
            let rows = u64::try_from(before - lines.len()).unwrap_or(u64::MAX);
            if rows > 0 {
                reader.repeated.push(RepeatedRows { file, rows });
            }
            if place > 0 {
                later.extend(lines.iter().map(|line| (line.subscription.clone(), line.stock_code.clone())));
            }
        }
        files.push((lines, std::mem::take(&mut reader.skipped)));
    }
    let mut annuity = Annuity { repeated: reader.repeated, ..Annuity::default() };
    annuity.repeated.reverse();
    for (lines, skipped) in files.into_iter().rev() {
        if annuity.lines.is_empty() {
            annuity.lines = lines;
        } else {
            annuity.lines.extend(lines);
        }
        annuity.skipped.extend(skipped);
    }
    annuity.lines.shrink_to_fit();
    Ok(annuity)
}

#[derive(Debug, Default)]
struct Reader {
    lines: Vec<AnnuityLine>,
    skipped: Vec<SkippedRow>,
    repeated: Vec<RepeatedRows>,
    names: Interner,
    charge_types: Interner,
    stock_codes: StockCodes,
    last_tenant: Option<(Box<[u8]>, TenantId)>,
}

/// A cell that cannot be used.
type Fault = (usize, String);

impl Reader {
    fn take(&mut self, row: &Row<'_>, file: &Arc<str>) {
        let read = match row.fault {
            Some(fault) => Err((usize::MAX, fault.to_owned())),
            None => self.line(row, file),
        };
        match read {
            Ok(line) => self.lines.push(line),
            Err(fault) => self.skip(row, file, fault),
        }
    }

    fn skip(&mut self, row: &Row<'_>, file: &Arc<str>, (column, reason): Fault) {
        self.skipped.push(SkippedRow { file: Arc::clone(file), row: row.number, column: row.heading(column).to_owned(), reason });
    }

    fn line(&mut self, row: &Row<'_>, file: &Arc<str>) -> Result<AnnuityLine, Fault> {
        if row.cell(SUBSCRIPTION_ID).is_blank() && row.cell(STOCK_CODE).is_blank() {
            return Err((usize::MAX, "it has neither subscription nor stock code".to_owned()));
        }
        let charge_type = self.charge_type(row.cell(CHARGE_TYPE));
        let (stock_code, description) = self.stock_codes.get(row.cell(STOCK_CODE), row.cell(DESCRIPTION));
        let quantity = match number(row, QTY)? {
            Some(quantity) => quantity,
            // Azure is charged by consumption: there is no quantity to state.
            None if &*charge_type == "MODN" || stock_code.offer().is_azure() => Decimal::ZERO,
            None => return Err((QTY, "the number is missing".to_owned())),
        };
        Ok(AnnuityLine {
            tenant_id: self.tenant(row.cell(TENANT_ID)),
            tenant_name: self.names.text(row.cell(TENANT_NAME)),
            subscription: SubscriptionId::new(&row.cell(SUBSCRIPTION_ID).text()),
            stock_code,
            description,
            quantity,
            charge_type,
            active: is_active(row.cell(STATUS)),
            start_usage: self.day(row, file, START_USAGE),
            end_usage: self.day(row, file, END_USAGE),
            expiry: self.day(row, file, REVALUATION_PERIOD),
            unit_price: number(row, UNIT_PRICE)?,
            unit_rrp: number(row, UNIT_RRP)?,
            source: SourceRow { file: Arc::clone(file), row: row.number },
        })
    }

    fn charge_type(&mut self, cell: Cell<'_>) -> Arc<str> {
        match cell {
            Cell::Text(bytes) if bytes.iter().any(u8::is_ascii_lowercase) => self.charge_types.text(Cell::Text(&bytes.to_ascii_uppercase())),
            cell => self.charge_types.text(cell),
        }
    }

    fn tenant(&mut self, cell: Cell<'_>) -> Option<TenantId> {
        let Cell::Text(bytes) = cell else { return None };
        if let Some((text, tenant)) = &self.last_tenant
            && **text == *bytes
        {
            return Some(*tenant);
        }
        let tenant = cell.text().parse().ok()?;
        self.last_tenant = Some((bytes.into(), tenant));
        Some(tenant)
    }

    /// A date nobody can read is reported; the row is used without it.
    fn day(&mut self, row: &Row<'_>, file: &Arc<str>, column: usize) -> Option<Date> {
        date(row.cell(column)).unwrap_or_else(|unreadable| {
            self.skip(row, file, (column, format!("{unreadable}; the row is used without it")));
            None
        })
    }
}

/// Only a status that says something else makes a row inactive.
fn is_active(cell: Cell<'_>) -> bool {
    match cell {
        Cell::Text(bytes) => bytes.eq_ignore_ascii_case(b"active") || cell.is_blank(),
        cell => cell.is_blank(),
    }
}

fn number(row: &Row<'_>, column: usize) -> Result<Option<Decimal>, Fault> {
    decimal(row.cell(column)).map_err(|unreadable| (column, unreadable.to_string()))
}

#[cfg(test)]
mod tests;

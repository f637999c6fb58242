//! The CSP Invoice Report: what was charged, line by line (`contracts/dickerdata.md` 4).

mod columns;
pub(super) mod keys;
mod rows;
mod totals;

use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;

use crate::domain::charge::{Charge, ChargeFacts, SkippedRow};
use crate::domain::sources::{AmountDiffers, RepeatedRows, TotalDiffers};
use crate::sheet::{ReadError, Row, table};

use columns::SPEC;
use keys::Keys;
use rows::{Figures, RowReader};

pub(super) use rows::StockCodes;
use totals::{Totals, Unidentified};

/// What the report's files say together: the union of their charges (`rules.md` 12).
#[derive(Debug, Default)]
pub struct InvoiceReport {
    /// Each key once, in the order of files and rows.
    pub charges: Vec<Charge>,
    /// Rows that may be charges and could not be used.
    pub skipped: Vec<SkippedRow>,
    /// Rows that are no charges, such as notes below the table.
    pub remarks: Vec<SkippedRow>,
    /// Rows whose amount is not quantity × price.
    pub amount_differs: Vec<AmountDiffers>,
    /// Stated totals that are wrong.
    pub total_differs: Vec<TotalDiffers>,
    /// Rows that were in an earlier file.
    pub repeated: Vec<RepeatedRows>,
    /// The currency, if the files state one; upper case.
    pub currency: Option<Arc<str>>,
}

/// Reads the files one after the other.
#[derive(Debug)]
pub struct InvoiceReportReader {
    report: InvoiceReport,
    rows: RowReader,
    keys: Keys,
    currency: Option<Stated>,
}

/// Where a currency was first stated.
#[derive(Debug)]
struct Stated {
    currency: Arc<str>,
    file: Arc<str>,
    row: u32,
}

impl InvoiceReportReader {
    /// `invoice_date` counts for rows without a date of their own (`rules.md` 14).
    #[must_use]
    pub fn new(invoice_date: Option<Date>) -> Self {
        Self { report: InvoiceReport::default(), rows: RowReader::new(invoice_date), keys: Keys::default(), currency: None }
    }

    /// Adds one file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read as a whole, or states a second currency.
    pub fn read(&mut self, path: &Path) -> Result<(), ReadError> {
        let file: Arc<str> = table::file_name(path).into();
        self.make_room(path);
        let mut totals = Totals::default();
        table::read(path, &SPEC, &mut |row| self.take(row, &file, &mut totals))?;
        let rows = self.keys.repeated();
        if rows > 0 {
            self.report.repeated.push(RepeatedRows { file, rows });
        }
        Ok(())
    }

    /// Starts a file. A million charges are moved a dozen times if room is made bit by bit.
    fn make_room(&mut self, path: &Path) {
        /// Rows of real exports are seldom shorter; a workbook is packed, but its rows are few.
        const BYTES_OF_A_ROW: u64 = 180;
        let bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        let rows = usize::try_from(bytes / BYTES_OF_A_ROW).unwrap_or_default();
        self.report.charges.reserve(rows);
        self.keys.next_file(rows, &self.report.charges);
    }

    /// What all files said.
    #[must_use]
    pub fn finish(self) -> InvoiceReport {
        let mut report = self.report;
        report.charges.shrink_to_fit();
        report.currency = self.currency.map(|stated| stated.currency);
        report
    }

    fn take(&mut self, row: &Row<'_>, file: &Arc<str>, totals: &mut Totals) -> Result<(), ReadError> {
        if let Some(fault) = row.fault {
            self.skip(row, file, None, fault.to_owned());
            return Ok(());
        }
        if row.cell(columns::SUBSCRIPTION_ID).is_blank() && row.cell(columns::STOCK_CODE).is_blank() {
            self.take_unidentified(row, file, totals);
            return Ok(());
        }
        let figures = match self.rows.figures(row) {
            Ok(figures) => figures,
            Err(fault) => {
                self.skip(row, file, Some(fault.column), fault.reason);
                return Ok(());
            }
        };
        self.check_currency(row, file)?;
        totals.add(figures.cost);
        let subject = self.rows.subject(row);
        let Figures { usage, quantity, unit_cost, .. } = figures;
        // Without a subscription two customers can have rows that are alike in every fact of the key:
        // counted as one, the second customer's charge would be lost.
        let stand_in = subject.subscription.is_empty().then(|| rows::customer_as_subscription(row));
        let facts =
            ChargeFacts { subscription: stand_in.as_ref().unwrap_or(&subject.subscription), stock_code: &subject.stock_code, usage, quantity, unit_cost };
        if let Some(key) = self.keys.key(&facts, &self.report.charges) {
            if let Some(computed) = figures.computed_differs {
                self.report.amount_differs.push(AmountDiffers { charge: self.report.charges.len(), computed });
            }
            self.report.charges.push(self.rows.charge(key, subject, &figures, row, file));
        }
        Ok(())
    }

    fn take_unidentified(&mut self, row: &Row<'_>, file: &Arc<str>, totals: &mut Totals) {
        match totals.judge(row) {
            Unidentified::Total => {}
            Unidentified::WrongTotal { stated, computed } => {
                self.report.total_differs.push(TotalDiffers { file: Arc::clone(file), row: row.number, stated, computed });
            }
            Unidentified::Remark(reason) => {
                self.report.remarks.push(SkippedRow { file: Arc::clone(file), row: row.number, column: String::new(), reason: reason.to_owned() });
            }
            Unidentified::Unknown => {
                let ids = format!("{} and {}", row.heading(columns::SUBSCRIPTION_ID), row.heading(columns::STOCK_CODE));
                self.skip(row, file, None, format!("{ids} are both blank, and the row is not a total"));
            }
        }
    }

    fn skip(&mut self, row: &Row<'_>, file: &Arc<str>, column: Option<usize>, reason: String) {
        let column = column.map_or_else(String::new, |column| row.heading(column).to_owned());
        self.report.skipped.push(SkippedRow { file: Arc::clone(file), row: row.number, column, reason });
    }

    /// Two currencies are never added (`product.md` 6).
    fn check_currency(&mut self, row: &Row<'_>, file: &Arc<str>) -> Result<(), ReadError> {
        let cell = row.cell(columns::CURRENCY);
        if cell.is_blank() {
            return Ok(());
        }
        let text = cell.text();
        match &self.currency {
            Some(stated) if stated.currency.eq_ignore_ascii_case(&text) => Ok(()),
            None => {
                self.currency = Some(Stated { currency: text.to_uppercase().into(), file: Arc::clone(file), row: row.number });
                Ok(())
            }
            Some(Stated { currency, file: first_file, row: first_row }) => Err(ReadError::new(format!(
                "the charges are in two currencies: {currency} in row {first_row} of {first_file}, {} in row {} of {file}",
                text.to_uppercase(),
                row.number
            ))
            .hint("read the reports of one currency at a time: name only their files in `dickerdata.invoice_report`")),
        }
    }
}

#[cfg(test)]
mod tests;

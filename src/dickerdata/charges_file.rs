//! Charges of any distributor from CSV: the configuration says which heading is what, how dates are
//! written, and which sign a charge has. The charges are then billed by the same rules, under the
//! same keys as an export's rows (`rules.md` 12).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::api::wire::letters;
use super::invoice_report::keys::Keys;
use crate::domain::charge::{Charge, ChargeFacts, SkippedRow, SourceRow};
use crate::domain::ids::SubscriptionId;
use crate::domain::money::Money;
use crate::domain::offer::StockCode;
use crate::domain::period::{Window, show_date};
use crate::domain::sources::{AmountDiffers, RepeatedRows, Sources};
use crate::domain::tenants::comparable_name;
use crate::sheet::{Cell, ReadError, table, values};

/// Half a cent a seat (`rules.md` 1).
const TOLERANCE_PER_SEAT: Decimal = Decimal::from_parts(5, 0, 0, false, 3);

macro_rules! columns {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// What a column is, by the name that `[dickerdata.columns]` gives it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Column { $($(#[$doc])* $variant),+ }

        impl Column {
            /// Every column.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in the configuration.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

columns! {
    /// The subscription's id.
    Subscription = "subscription",
    /// Stock code, or Microsoft's `ProductId:SkuId`.
    StockCode = "stock_code",
    /// `P1M`, `P1Y`, `P3Y`, when the stock code does not say it.
    Term = "term",
    /// Monthly or annual, when the stock code does not say it.
    Billing = "billing",
    /// The product's name.
    Description = "description",
    /// The customer's name.
    Customer = "customer",
    /// The customer's tenant.
    TenantId = "tenant_id",
    /// First day charged.
    UsageStart = "usage_start",
    /// Last day charged.
    UsageEnd = "usage_end",
    /// First day of the commitment.
    TermStart = "term_start",
    /// Last day of the commitment.
    TermEnd = "term_end",
    /// Seats.
    Quantity = "quantity",
    /// Cost per seat and cycle.
    UnitPrice = "unit_price",
    /// The line's amount excluding GST.
    Amount = "amount",
    /// The distributor's invoice.
    InvoiceNumber = "invoice_number",
    /// Its date.
    InvoiceDate = "invoice_date",
    /// ISO code of the currency.
    Currency = "currency",
}

/// How the files are written.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// The heading of each column.
    pub columns: BTreeMap<Column, String>,
    /// Dates as `strptime` reads them; `None` takes the spellings of the exports.
    pub date_format: Option<String>,
    /// True when what is charged has a minus.
    pub is_negated: bool,
    /// The currency, when no column says it.
    pub currency: Option<String>,
    /// The date of rows that state none.
    pub invoice_date: Option<Date>,
}

/// A cell that cannot be used.
type Fault = (Column, String);

/// Reads the files.
///
/// # Errors
///
/// When a file cannot be read as a whole, lacks a mapped heading, or states a second currency.
pub fn read(paths: &[PathBuf], layout: &Layout) -> Result<Sources, ReadError> {
    let mut reader = Reader { layout, sources: Sources::default(), keys: Keys::default() };
    reader.sources.currency = layout.currency.as_deref().map(|currency| currency.to_uppercase().into());
    for path in paths {
        reader.read(path)?;
    }
    Ok(reader.sources)
}

struct Reader<'a> {
    layout: &'a Layout,
    sources: Sources,
    keys: Keys,
}

/// One record with the places of its columns.
struct Record<'r> {
    cells: &'r csv::ByteRecord,
    places: &'r BTreeMap<Column, usize>,
    layout: &'r Layout,
}

impl Record<'_> {
    fn cell(&self, column: Column) -> Cell<'_> {
        self.places.get(&column).and_then(|place| self.cells.get(*place)).map_or(Cell::Blank, Cell::of_text)
    }

    fn text(&self, column: Column) -> String {
        self.cell(column).text().into_owned()
    }

    fn number(&self, column: Column) -> Result<Option<Decimal>, Fault> {
        values::decimal(self.cell(column)).map_err(|unreadable| (column, unreadable.to_string()))
    }

    fn date(&self, column: Column) -> Result<Option<Date>, Fault> {
        let cell = self.cell(column);
        match &self.layout.date_format {
            Some(format) if !cell.is_blank() => {
                let text = cell.text();
                Date::strptime(format, text.as_ref()).map(Some).map_err(|_| (column, format!("`{text}` is not a date as in `{format}`")))
            }
            _ => values::date(cell).map_err(|unreadable| (column, unreadable.to_string())),
        }
    }

    fn needed<T>(column: Column, value: Option<T>) -> Result<T, Fault> {
        value.ok_or_else(|| (column, "it is missing".to_owned()))
    }

    /// The code with what other columns say of term and billing.
    fn stock_code(&self) -> StockCode {
        let code = self.text(Column::StockCode);
        let (term, billing) = (self.text(Column::Term).to_uppercase(), self.text(Column::Billing).to_lowercase());
        let billing = match billing.as_str() {
            "" => "",
            "annual" | "annually" | "yearly" | "year" | "upfront" | "up front" | "y" => "Y",
            _ => "1",
        };
        let parsed = StockCode::new(&code);
        let term = if parsed.term().is_some() || term.is_empty() { String::new() } else { format!("{term}:") };
        let billing = if parsed.billing().is_some() || billing.is_empty() { String::new() } else { format!(":{billing}:") };
        StockCode::new(&format!("{term}{}{billing}", code.trim_end_matches(':')))
    }
}

impl Reader<'_> {
    fn read(&mut self, path: &Path) -> Result<(), ReadError> {
        let file: Arc<str> = table::file_name(path).into();
        let bytes = std::fs::read(path).map_err(|error| ReadError::io(path, &error))?;
        if bytes.starts_with(b"PK\x03\x04") {
            return Err(ReadError::new(format!("{file} is a workbook; `dickerdata.source = \"csv\"` reads CSV")).hint("save the tab as CSV"));
        }
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        let first_line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let pieces = |separator: u8| first_line.split(|byte| *byte == separator).count();
        let separator = if pieces(b'\t') > pieces(b',') { b'\t' } else { b',' };
        let mut records = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(bytes);
        self.keys.next_file(0, &self.sources.charges);
        let mut places = None;
        let mut record = csv::ByteRecord::new();
        loop {
            let read = records.read_byte_record(&mut record).map_err(|error| ReadError::new(format!("cannot read {}: {error}", path.display())))?;
            if !read {
                break;
            }
            let row = u32::try_from(record.position().map_or(0, csv::Position::line)).unwrap_or(u32::MAX);
            let Some(places) = &places else {
                places = Some(self.places(&record, &file)?);
                continue;
            };
            self.take(&Record { cells: &record, places, layout: self.layout }, row, &file)?;
        }
        let rows = self.keys.repeated();
        if rows > 0 {
            self.sources.repeated.push(RepeatedRows { file, rows });
        }
        Ok(())
    }

    /// Where the mapped headings stand.
    fn places(&self, headings: &csv::ByteRecord, file: &str) -> Result<BTreeMap<Column, usize>, ReadError> {
        let found: Vec<String> = headings.iter().map(|heading| Cell::of_text(heading).text().into_owned()).collect();
        let mut places = BTreeMap::new();
        let mut missing = Vec::new();
        for (column, heading) in &self.layout.columns {
            match found.iter().position(|found| letters(found) == letters(heading)) {
                Some(place) => drop(places.insert(*column, place)),
                None => missing.push(format!("`{heading}`")),
            }
        }
        if missing.is_empty() {
            return Ok(places);
        }
        let message = format!("{file} has no column {}; its columns are {}", missing.join(", "), found.join(", "));
        Err(ReadError::new(message).hint("`[dickerdata.columns]` in config.toml names the headings"))
    }

    fn take(&mut self, record: &Record<'_>, row: u32, file: &Arc<str>) -> Result<(), ReadError> {
        if record.cells.iter().all(|cell| Cell::of_text(cell).is_blank()) {
            return Ok(());
        }
        let source = SourceRow { file: Arc::clone(file), row };
        if [Column::Subscription, Column::StockCode, Column::UsageStart].iter().all(|column| record.cell(*column).is_blank()) {
            let reason = "it has neither subscription, stock code nor usage: a total or a note, not a charge".to_owned();
            self.sources.skipped_elsewhere.push(SkippedRow { file: Arc::clone(file), row, column: String::new(), reason });
            return Ok(());
        }
        match self.charge(record, source) {
            Ok(None) => Ok(()),
            Ok(Some((charge, computed))) => {
                self.check_currency(record, file, row)?;
                if let Some(computed) = computed {
                    self.sources.amount_differs.push(AmountDiffers { charge: self.sources.charges.len(), computed });
                }
                self.sources.charges.push(charge);
                Ok(())
            }
            Err((column, reason)) => {
                let heading = self.layout.columns.get(&column).cloned().unwrap_or_else(|| column.as_str().to_owned());
                self.sources.skipped.push(SkippedRow { file: Arc::clone(file), row, column: heading, reason });
                Ok(())
            }
        }
    }

    /// The charge of a row, and quantity × price where the amount is something else; `None` for a row
    /// that an earlier file had.
    fn charge(&mut self, record: &Record<'_>, source: SourceRow) -> Result<Option<(Charge, Option<Money>)>, Fault> {
        let usage = Window {
            start: Record::needed(Column::UsageStart, record.date(Column::UsageStart)?)?,
            end: Record::needed(Column::UsageEnd, record.date(Column::UsageEnd)?)?,
        };
        if usage.end < usage.start {
            return Err((Column::UsageEnd, format!("{} is before {}, the usage start", show_date(usage.end), show_date(usage.start))));
        }
        let quantity = Record::needed(Column::Quantity, record.number(Column::Quantity)?)?;
        let sign = |number: Decimal| if self.layout.is_negated { -number } else { number };
        let stated = record.number(Column::Amount)?.map(sign);
        let unit = match (record.number(Column::UnitPrice)?.map(sign), stated) {
            (Some(unit), _) => unit,
            (None, Some(amount)) if !quantity.is_zero() => {
                let unit = amount.checked_div(quantity).unwrap_or(amount);
                unit.round_dp_with_strategy(10, rust_decimal::RoundingStrategy::MidpointAwayFromZero).normalize()
            }
            (None, _) => return Err((Column::UnitPrice, "neither it nor the amount is there".to_owned())),
        };
        let product = quantity * unit;
        let tolerance = TOLERANCE_PER_SEAT * quantity.abs().max(Decimal::ONE);
        let differs = stated.is_some_and(|amount| (amount - product).abs() > tolerance);
        let subscription = SubscriptionId::new(&record.text(Column::Subscription));
        let stock_code = record.stock_code();
        let (customer, tenant) = (record.text(Column::Customer), record.text(Column::TenantId));
        // As in an export: without a subscription two customers' rows may be alike in everything else.
        let stand_in = subscription
            .is_empty()
            .then(|| SubscriptionId::new(&format!("customer {}", comparable_name(if customer.is_empty() { &tenant } else { &customer }))));
        let facts = ChargeFacts { subscription: stand_in.as_ref().unwrap_or(&subscription), stock_code: &stock_code, usage, quantity, unit_cost: unit };
        let (term_start, term_end) = (record.date(Column::TermStart)?, record.date(Column::TermEnd)?);
        let invoice_date = record.date(Column::InvoiceDate)?.or(self.layout.invoice_date);
        let Some(key) = self.keys.key(&facts, &self.sources.charges) else { return Ok(None) };
        let invoice_number = record.text(Column::InvoiceNumber);
        let charge = Charge {
            key,
            subscription,
            stock_code,
            stated_tenant: tenant.parse().ok(),
            tenant_name: customer.into(),
            description: record.text(Column::Description).into(),
            usage,
            term_start,
            term_end,
            quantity,
            unit_cost: unit,
            cost: Money::round_half_away(stated.unwrap_or(product)),
            invoice_number: (!invoice_number.is_empty()).then(|| invoice_number.into()),
            invoice_date,
            source,
        };
        Ok(Some((charge, differs.then(|| Money::round_half_away(product)))))
    }

    fn check_currency(&mut self, record: &Record<'_>, file: &str, row: u32) -> Result<(), ReadError> {
        let stated = record.text(Column::Currency).to_uppercase();
        match &self.sources.currency {
            _ if stated.is_empty() => Ok(()),
            None => {
                self.sources.currency = Some(stated.into());
                Ok(())
            }
            Some(currency) if **currency == *stated => Ok(()),
            Some(currency) => Err(ReadError::new(format!("the charges are in two currencies: {currency}, and {stated} in row {row} of {file}"))
                .hint("bill one currency with a profile of its own")),
        }
    }
}

#[cfg(test)]
mod tests;

//! One row of the report to one charge.

use std::sync::Arc;

use foldhash::HashMap;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::columns::{
    DESCRIPTION, INVOICE_DATE, INVOICE_NUMBER, QTY, STOCK_CODE, SUBSCRIPTION_ID, TENANT_ID, TENANT_NAME, TERM_END, TERM_START, UNIT_PRICE, USAGE_END,
    USAGE_START, amount_column,
};
use crate::domain::charge::{Charge, ChargeKey, SourceRow};
use crate::domain::ids::{SubscriptionId, TenantId};
use crate::domain::money::Money;
use crate::domain::offer::StockCode;
use crate::domain::period::{Window, show_date};
use crate::domain::tenants::comparable_name;
use crate::sheet::values::{date, decimal};
use crate::sheet::{Cell, Interner, Row};

/// Half a cent a seat (`rules.md` 1).
const TOLERANCE_PER_SEAT: Decimal = Decimal::from_parts(5, 0, 0, false, 3);

/// The figures of a row.
pub(super) struct Figures {
    pub(super) usage: Window,
    pub(super) quantity: Decimal,
    pub(super) unit_cost: Decimal,
    pub(super) cost: Money,
    /// Quantity × price, where the amount is something else.
    pub(super) computed_differs: Option<Money>,
    term_start: Option<Date>,
    term_end: Option<Date>,
    invoice_date: Option<Date>,
}

/// What a row is about.
pub(super) struct Subject {
    pub(super) subscription: SubscriptionId,
    pub(super) stock_code: StockCode,
    description: Arc<str>,
}

/// Why a row cannot be used.
pub(super) struct Fault {
    pub(super) column: usize,
    pub(super) reason: String,
}

/// What is kept from row to row: texts that come again.
#[derive(Debug)]
pub(super) struct RowReader {
    invoice_date: Option<Date>,
    names: Interner,
    invoice_numbers: Interner,
    stock_codes: StockCodes,
    last_subscription: SubscriptionId,
    last_tenant: Option<(Box<[u8]>, TenantId)>,
}

/// What identifies a row without a subscription in its place: the customer's name, else its tenant id.
pub(super) fn customer_as_subscription(row: &Row<'_>) -> SubscriptionId {
    let [name, tenant_id] = [TENANT_NAME, TENANT_ID].map(|column| comparable_name(&row.cell(column).text()));
    SubscriptionId::new(&format!("customer {}", if name.is_empty() { tenant_id } else { name }))
}

impl RowReader {
    pub(super) fn new(invoice_date: Option<Date>) -> Self {
        Self {
            invoice_date,
            names: Interner::default(),
            invoice_numbers: Interner::default(),
            stock_codes: StockCodes::default(),
            last_subscription: SubscriptionId::new(""),
            last_tenant: None,
        }
    }

    pub(super) fn figures(&self, row: &Row<'_>) -> Result<Figures, Fault> {
        let usage = Window { start: needed_date(row, USAGE_START)?, end: needed_date(row, USAGE_END)? };
        if usage.end < usage.start {
            return Err(Fault { column: USAGE_END, reason: format!("{} is before {}, the usage start", show_date(usage.end), show_date(usage.start)) });
        }
        let (quantity, unit_cost) = (needed_decimal(row, QTY)?, needed_decimal(row, UNIT_PRICE)?);
        let product = quantity * unit_cost;
        let (cost, computed_differs) = match amount(row)? {
            None => (Money::round_half_away(product), None),
            Some(amount) => {
                let tolerance = TOLERANCE_PER_SEAT * quantity.abs().max(Decimal::ONE);
                (Money::round_half_away(amount), ((amount - product).abs() > tolerance).then(|| Money::round_half_away(product)))
            }
        };
        Ok(Figures {
            usage,
            quantity,
            unit_cost,
            cost,
            computed_differs,
            term_start: optional_date(row, TERM_START)?,
            term_end: optional_date(row, TERM_END)?,
            invoice_date: optional_date(row, INVOICE_DATE)?.or(self.invoice_date),
        })
    }

    pub(super) fn subject(&mut self, row: &Row<'_>) -> Subject {
        let (stock_code, description) = self.stock_codes.get(row.cell(STOCK_CODE), row.cell(DESCRIPTION));
        Subject { subscription: self.subscription(row.cell(SUBSCRIPTION_ID)), stock_code, description }
    }

    pub(super) fn charge(&mut self, key: ChargeKey, subject: Subject, figures: &Figures, row: &Row<'_>, file: &Arc<str>) -> Charge {
        Charge {
            key,
            subscription: subject.subscription,
            stock_code: subject.stock_code,
            stated_tenant: self.tenant(row.cell(TENANT_ID)),
            tenant_name: self.names.text(row.cell(TENANT_NAME)),
            description: subject.description,
            usage: figures.usage,
            term_start: figures.term_start,
            term_end: figures.term_end,
            quantity: figures.quantity,
            unit_cost: figures.unit_cost,
            cost: figures.cost,
            invoice_number: Some(row.cell(INVOICE_NUMBER)).filter(|cell| !cell.is_blank()).map(|cell| self.invoice_numbers.text(cell)),
            invoice_date: figures.invoice_date,
            source: SourceRow { file: Arc::clone(file), row: row.number },
        }
    }

    fn subscription(&mut self, cell: Cell<'_>) -> SubscriptionId {
        if let Cell::Text(bytes) = cell
            && bytes == self.last_subscription.as_str().as_bytes()
        {
            return self.last_subscription.clone();
        }
        self.last_subscription = SubscriptionId::new(&cell.text());
        self.last_subscription.clone()
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
}

/// Stock codes are parsed once, and mostly have one description.
#[derive(Debug, Default)]
pub(in crate::dickerdata) struct StockCodes {
    known: HashMap<Box<[u8]>, (StockCode, Arc<str>)>,
    descriptions: Interner,
}

impl StockCodes {
    pub(in crate::dickerdata) fn get(&mut self, code: Cell<'_>, description: Cell<'_>) -> (StockCode, Arc<str>) {
        let Cell::Text(bytes) = code else {
            return (StockCode::new(&code.text()), self.descriptions.text(description));
        };
        if let Some((code, usual)) = self.known.get(bytes) {
            let is_usual = matches!(description, Cell::Text(bytes) if bytes == usual.as_bytes()) || (usual.is_empty() && description.is_blank());
            return (code.clone(), if is_usual { Arc::clone(usual) } else { self.descriptions.text(description) });
        }
        let entry = (StockCode::new(&code.text()), self.descriptions.text(description));
        self.known.insert(bytes.into(), entry.clone());
        entry
    }
}

/// The amount of the row, if the file has such a column and the cell is not blank.
fn amount(row: &Row<'_>) -> Result<Option<Decimal>, Fault> {
    let Some(column) = amount_column(row) else { return Ok(None) };
    decimal(row.cell(column)).map_err(|unreadable| Fault { column, reason: unreadable.to_string() })
}

fn optional_date(row: &Row<'_>, column: usize) -> Result<Option<Date>, Fault> {
    date(row.cell(column)).map_err(|unreadable| Fault { column, reason: unreadable.to_string() })
}

fn needed_date(row: &Row<'_>, column: usize) -> Result<Date, Fault> {
    optional_date(row, column)?.ok_or_else(|| Fault { column, reason: "the date is missing".to_owned() })
}

fn needed_decimal(row: &Row<'_>, column: usize) -> Result<Decimal, Fault> {
    match decimal(row.cell(column)) {
        Ok(Some(number)) => Ok(number),
        Ok(None) => Err(Fault { column, reason: "the number is missing".to_owned() }),
        Err(unreadable) => Err(Fault { column, reason: unreadable.to_string() }),
    }
}

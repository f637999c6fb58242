//! One line of an invoice: whether it is Microsoft's, its figures, and its key.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::wire::{Field, Fields, Object, Unreadable};
use crate::domain::charge::{Charge, ChargeKey, SourceRow};
use crate::domain::ids::SubscriptionId;
use crate::domain::money::Money;
use crate::domain::offer::StockCode;
use crate::domain::period::{Window, show_date};

/// Half a cent a seat (`rules.md` 1).
const TOLERANCE_PER_SEAT: Decimal = Decimal::from_parts(5, 0, 0, false, 3);
/// Decimals of a unit price that has to be worked out from the amount.
const UNIT_DECIMALS: u32 = 10;

/// What the lines of one invoice share.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) number: Arc<str>,
    pub(super) date: Option<Date>,
    /// A credit note that shows its amounts as positive.
    pub(super) is_negated: bool,
}

/// A line's place among the lines of its invoice, as its key has it: its number when all are
/// numbered apart, else what it says and how often that was said before.
pub(super) fn tokens(lines: &[&Map<String, Value>], fields: &Fields) -> Vec<String> {
    let numbers: Vec<String> = lines.iter().map(|line| Object::new(line, fields).text(Field::LineNumber)).collect();
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for number in &numbers {
        *counts.entry(number).or_default() += 1;
    }
    let mut said: HashMap<String, u32> = HashMap::new();
    let by_content = |line: &Map<String, Value>, said: &mut HashMap<String, u32>| {
        let line = Object::new(line, fields);
        let parts =
            [Field::Subscription, Field::StockCode, Field::TenantId, Field::UsageStart, Field::UsageEnd, Field::Quantity, Field::UnitPrice, Field::Amount];
        let text = parts.map(|field| line.text(field).to_lowercase()).join("|");
        let ordinal = said.entry(text.clone()).or_default();
        *ordinal += 1;
        format!("{text}|{ordinal}")
    };
    let token = |(line, number): (&&Map<String, Value>, &String)| {
        if !number.is_empty() && counts.get(number.as_str()) == Some(&1) { number.clone() } else { by_content(line, &mut said) }
    };
    lines.iter().zip(&numbers).map(token).collect()
}

/// The amount of any line, as far as it says one: for the invoice's total.
pub(super) fn amount(line: &Object<'_>) -> Result<Option<Money>, Unreadable> {
    if let Some(amount) = line.number(Field::Amount)? {
        return Ok(Some(Money::round_half_away(amount)));
    }
    let product = line.number(Field::Quantity)?.zip(line.number(Field::UnitPrice)?).map(|(quantity, unit)| quantity * unit);
    Ok(product.map(Money::round_half_away))
}

/// True when the line looks like a charge for a Microsoft subscription; the distributor sells other
/// things as well, on the same account.
pub(super) fn is_microsoft(line: &Object<'_>) -> bool {
    let has = |field| line.value(field).is_some();
    has(Field::Subscription) || has(Field::UsageStart) || has(Field::UsageEnd) || line.text(Field::StockCode).contains(':')
}

/// A charge, and quantity × price where the amount is something else.
pub(super) type Read = (Charge, Option<Money>);

/// Reads a line as a charge.
pub(super) fn charge(line: &Object<'_>, shared: &Shared, token: &str, position: u32) -> Result<Read, Unreadable> {
    let missing = |field: Field, what: &str| Unreadable { field, reason: format!("the {what} is missing") };
    let day = |field: Field| line.date(field)?.ok_or_else(|| missing(field, "date"));
    let usage = Window { start: day(Field::UsageStart)?, end: day(Field::UsageEnd)? };
    if usage.end < usage.start {
        let reason = format!("{} is before {}, the usage start", show_date(usage.end), show_date(usage.start));
        return Err(Unreadable { field: Field::UsageEnd, reason });
    }
    let stock_code = line.text(Field::StockCode);
    if stock_code.is_empty() {
        return Err(missing(Field::StockCode, "stock code"));
    }
    let quantity = line.number(Field::Quantity)?.ok_or_else(|| missing(Field::Quantity, "number"))?;
    let stated = line.number(Field::Amount)?;
    let unit = match (line.number(Field::UnitPrice)?, stated) {
        (Some(unit), _) => unit,
        (None, Some(amount)) if !quantity.is_zero() => unit_of(amount, quantity),
        (None, _) => return Err(missing(Field::UnitPrice, "number")),
    };
    let product = quantity * unit;
    let tolerance = TOLERANCE_PER_SEAT * quantity.abs().max(Decimal::ONE);
    let differs = stated.is_some_and(|amount| (amount - product).abs() > tolerance);
    let sign = |money: Money| if shared.is_negated { -money } else { money };
    let tenant = line.text(Field::TenantId);
    let charge = Charge {
        key: ChargeKey::of_invoice_line(&shared.number, token),
        subscription: SubscriptionId::new(&line.text(Field::Subscription)),
        stock_code: StockCode::new(&stock_code),
        stated_tenant: tenant.parse().ok(),
        tenant_name: line.text(Field::Customer).into(),
        description: line.text(Field::Description).into(),
        usage,
        term_start: line.date(Field::TermStart)?,
        term_end: line.date(Field::TermEnd)?,
        quantity,
        unit_cost: if shared.is_negated { -unit } else { unit },
        cost: sign(Money::round_half_away(stated.unwrap_or(product))),
        invoice_number: Some(Arc::clone(&shared.number)),
        invoice_date: line.date(Field::InvoiceDate)?.or(shared.date),
        source: SourceRow { file: format!("invoice {}", shared.number).into(), row: position },
    };
    Ok((charge, differs.then(|| sign(Money::round_half_away(product)))))
}

/// The amount ÷ the quantity.
fn unit_of(amount: Decimal, quantity: Decimal) -> Decimal {
    let unit = amount.checked_div(quantity).unwrap_or(amount);
    unit.round_dp_with_strategy(UNIT_DECIMALS, rust_decimal::RoundingStrategy::MidpointAwayFromZero).normalize()
}

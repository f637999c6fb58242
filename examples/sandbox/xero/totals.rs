//! Amounts of a document: line by line, half away from zero (contracts/xero.md 4.2).

use rust_decimal::Decimal;

use super::state::{Organisation, StoredDocument};
use super::wire::round;

/// The tax of a line amount at so many percent.
pub fn tax(line_amount: Decimal, percent: Decimal, line_amount_types: &str) -> Decimal {
    match line_amount_types {
        "NoTax" => Decimal::ZERO,
        "Inclusive" => round(line_amount * percent / (percent + Decimal::ONE_HUNDRED), 2),
        _ => round(line_amount * percent / Decimal::ONE_HUNDRED, 2),
    }
}

/// The percent of a tax type; 0 when there is none.
pub fn percent(organisation: &Organisation, tax_type: Option<&str>) -> Decimal {
    tax_type.and_then(|tax_type| organisation.tax_rate(tax_type)).map_or(Decimal::ZERO, |rate| rate.percent)
}

/// Adds up the lines.
pub fn add_up(document: &mut StoredDocument) {
    let lines: Decimal = document.lines.iter().map(|line| line.line_amount).sum();
    document.total_tax = document.lines.iter().map(|line| line.tax_amount).sum();
    document.sub_total = if document.line_amount_types == "Inclusive" { lines - document.total_tax } else { lines };
    document.total = document.sub_total + document.total_tax;
}

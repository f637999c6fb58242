//! Lines as they are sent: amounts, account, tax type, item, tracking, each with Xero's words when it is wrong.

use rust_decimal::Decimal;
use serde_json::Value;

use super::state::{Ids, Organisation, StoredDocument, StoredLine};
use super::wire::{self, round};
use super::{check, totals};

/// What lines belong to and how they are read.
pub struct Reading<'a> {
    /// The organisation.
    pub organisation: &'a Organisation,
    /// The document so far: its type, its `LineAmountTypes`, its former lines.
    pub document: &'a StoredDocument,
    /// Decimals of unit amounts.
    pub unit_decimals: u32,
}

/// A number of a line.
fn number(sent: &Value, member: &str, problems: &mut Vec<String>) -> Option<Decimal> {
    wire::decimal(sent.get(member).unwrap_or(&Value::Null)).unwrap_or_else(|()| {
        problems.push(format!("{member} is not a valid number"));
        None
    })
}

/// A line, with everything that is wrong with it added to the problems.
pub fn read(reading: &Reading<'_>, sent: &Value, ids: &mut Ids, problems: &mut Vec<String>) -> StoredLine {
    let organisation = reading.organisation;
    let item_code = wire::text(sent, "ItemCode").map(str::to_owned);
    let item = item_code.as_ref().and_then(|code| organisation.items.iter().find(|item| item.code == *code));
    if let (Some(code), None) = (&item_code, item) {
        problems.push(format!("Item code '{code}' is not valid"));
    }
    let description = wire::text(sent, "Description").map(str::to_owned).or_else(|| item.map(|item| item.name.clone())).unwrap_or_default();
    if description.is_empty() || description.chars().count() > 4_000 {
        problems.push("The Description field of a line item must have between 1 and 4000 characters.".to_owned());
    }
    let amounts = amounts(reading, sent, item.and_then(|item| item.sales_price), problems);
    let account_code = account_code(organisation, sent).or_else(|| item.and_then(|item| item.sales_account.clone()));
    let tax_type = wire::text(sent, "TaxType").map(str::to_owned).or_else(|| {
        let account = organisation.account(account_code.as_deref()?)?;
        Some(account.tax_type.clone())
    });
    check::account_and_tax(organisation, reading.document, account_code.as_deref(), tax_type.as_deref(), problems);
    let (quantity, unit_amount, line_amount) = amounts;
    let computed = totals::tax(line_amount, totals::percent(organisation, tax_type.as_deref()), &reading.document.line_amount_types);
    let known = wire::text(sent, "LineItemID").filter(|id| reading.document.lines.iter().any(|line| line.id == *id));
    StoredLine {
        id: known.map_or_else(|| ids.next_id(), str::to_owned),
        description,
        quantity,
        unit_amount,
        line_amount,
        tax_amount: number(sent, "TaxAmount", problems).map_or(computed, |sent| round(sent, 2)),
        account_code,
        tax_type,
        item_code,
        tracking: tracking(organisation, sent, problems),
    }
}

/// Quantity, unit amount, line amount.
fn amounts(reading: &Reading<'_>, sent: &Value, item_price: Option<Decimal>, problems: &mut Vec<String>) -> (Decimal, Decimal, Decimal) {
    let sent_amount = number(sent, "LineAmount", problems);
    let (quantity, unit) = (number(sent, "Quantity", problems), number(sent, "UnitAmount", problems).or(item_price));
    let is_text_only = quantity.is_none() && unit.is_none() && sent_amount.is_none();
    let quantity = round(quantity.unwrap_or(if is_text_only { Decimal::ZERO } else { Decimal::ONE }), 4);
    let unit = unit.or_else(|| sent_amount.and_then(|amount| amount.checked_div(quantity))).unwrap_or_default();
    let unit = round(unit, reading.unit_decimals);
    let line_amount = round(quantity * unit, 2);
    if let Some(sent) = sent_amount.filter(|sent| *sent != line_amount) {
        problems.push(format!("The line total {sent:.2} does not match the expected line total {line_amount:.2}"));
    }
    if quantity.to_string().len() > 13 + 5 {
        problems.push("Quantity is too long".to_owned());
    }
    (quantity, unit, line_amount)
}

/// `AccountCode`, or the code that `AccountID` stands for.
fn account_code(organisation: &Organisation, sent: &Value) -> Option<String> {
    if let Some(code) = wire::text(sent, "AccountCode") {
        return Some(code.to_owned());
    }
    let id = wire::text(sent, "AccountID")?;
    Some(organisation.accounts.iter().find(|account| account.id == id).map_or_else(|| id.to_owned(), |account| account.code.clone()))
}

/// At most two categories, each with an option that exists.
fn tracking(organisation: &Organisation, sent: &Value, problems: &mut Vec<String>) -> Vec<(String, String)> {
    let sent: Vec<&Value> = sent.get("Tracking").and_then(Value::as_array).into_iter().flatten().collect();
    if sent.len() > 2 {
        problems.push("A line item can have at most 2 tracking categories".to_owned());
    }
    let mut found = Vec::new();
    for pair in sent {
        let (name, option) = (wire::text(pair, "Name").unwrap_or_default(), wire::text(pair, "Option").unwrap_or_default());
        let is_known = organisation.tracking.iter().any(|(category, options)| category == name && options.iter().any(|known| known == option));
        if is_known {
            found.push((name.to_owned(), option.to_owned()));
        } else {
            problems.push(format!("The tracking category '{name}' with the option '{option}' does not exist or is archived"));
        }
    }
    found
}

//! What Xero refuses, in Xero's words where they are known (contracts/xero.md 6).

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::state::{Organisation, StoredDocument};

/// A number that is in use.
pub fn number_in_use(document: &StoredDocument) -> String {
    if document.is_credit() { "Credit Note # must be unique.".to_owned() } else { "Invoice # must be unique.".to_owned() }
}

/// True when another sale of the same family has this number; bills may share theirs.
pub fn is_number_taken(organisation: &Organisation, document: &StoredDocument, own: Option<usize>, reuses_numbers: bool) -> bool {
    !document.is_purchase()
        && !document.number.is_empty()
        && organisation
            .numbered(&document.number, document.is_credit())
            .any(|(position, found)| Some(position) != own && !found.is_purchase() && (found.is_live() || !reuses_numbers))
}

/// Whether a line's account and tax type may be there.
pub fn account_and_tax(organisation: &Organisation, document: &StoredDocument, account_code: Option<&str>, tax_type: Option<&str>, problems: &mut Vec<String>) {
    let account = account_code.and_then(|code| organisation.account(code));
    let class = if document.is_purchase() { "EXPENSE" } else { "REVENUE" };
    match (account_code, account) {
        (Some(code), Some(account)) if account.status != "ACTIVE" => {
            problems.push(format!("Account code '{code}' has been archived, or deleted. Please select a different account code."));
        }
        (Some(code), None) => problems.push(format!("Account code '{code}' is not a valid code for this document.")),
        (Some(code), Some(account)) => {
            let is_rounding = account.system.as_deref() == Some("ROUNDING");
            if !is_rounding && (account.system.is_some() || account.class != class) {
                problems.push(format!("Account code '{code}' is not a valid code for this document."));
            }
        }
        (None, _) => {}
    }
    let Some(tax_type) = tax_type else { return };
    let rate = organisation.tax_rate(tax_type).filter(|rate| rate.status == "ACTIVE");
    let is_usable = rate.is_some_and(|rate| if document.is_purchase() { rate.on_expenses } else { rate.on_revenue });
    if rate.is_none() {
        problems.push(format!("The TaxType code {tax_type} does not exist or cannot be used for this type of transaction."));
    }
    if let (false, Some(code)) = (is_usable, account_code) {
        problems.push(format!("The TaxType code '{tax_type}' cannot be used with account code '{code}'."));
    }
}

/// What is wrong with a document besides its lines.
pub fn document(organisation: &Organisation, document: &StoredDocument, is_new: bool, problems: &mut Vec<String>) {
    if document.number.chars().count() > 255 || !document.number.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        problems.push("Invoice # must have at most 255 printable ASCII characters.".to_owned());
    }
    if document.reference.chars().count() > 255 {
        problems.push("The Reference field must have at most 255 characters.".to_owned());
    }
    match organisation.contact(&document.contact_id) {
        None => problems.push("A Contact must be specified for this type of transaction".to_owned()),
        Some(contact) if contact.status != "ACTIVE" => problems.push(
            "The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes."
                .to_owned(),
        ),
        Some(_) => {}
    }
    if document.lines.is_empty() {
        problems.push("One or more line items must be specified".to_owned());
    }
    if !organisation.currencies.contains(&document.currency) {
        problems.push(format!("Organisation is not subscribed to currency {}", document.currency));
    }
    if let Some(theme) = document.theme_id.as_ref().filter(|theme| !organisation.themes.iter().any(|(id, _)| id == *theme)) {
        problems.push(format!("The branding theme '{theme}' does not exist"));
    }
    if document.total < Decimal::ZERO {
        problems.push("The total of this document must not be negative.".to_owned());
    }
    if document.status != "DRAFT" && document.is_live() {
        if document.due_date.is_none() && !document.is_credit() {
            problems.push("The document DueDate field must be specified.".to_owned());
        }
        if document.lines.iter().any(|line| line.account_code.is_none() && !line.line_amount.is_zero()) {
            problems.push("Account must be valid.".to_owned());
        }
    }
    if document.status == "AUTHORISED" || !is_new {
        locked(organisation, document.date, problems);
    }
}

/// Lock dates: drafts may be made before them, nothing may be approved or changed there.
pub fn locked(organisation: &Organisation, date: Date, problems: &mut Vec<String>) {
    for (lock, name) in [(organisation.period_lock, "period"), (organisation.year_lock, "end of year")] {
        if let Some(lock) = lock.filter(|lock| date <= *lock) {
            problems.push(format!("The document date cannot be before the {name} lock date, currently set at {}.", lock.strftime("%-d %b %Y")));
        }
    }
}

/// The status that a document may be in before and after (contracts/xero.md 4.5).
pub fn transition(before: Option<&StoredDocument>, after: &StoredDocument, problems: &mut Vec<String>) {
    let what = if after.is_credit() { "Credit note" } else { "Invoice" };
    let Some(before) = before else {
        if !["DRAFT", "SUBMITTED", "AUTHORISED"].contains(&after.status.as_str()) {
            problems.push(format!("{what} not of valid status for creation"));
        }
        return;
    };
    if before.paid > Decimal::ZERO {
        problems.push("This document cannot be edited as it has a payment or credit note allocated to it.".to_owned());
        return;
    }
    let is_legal = match before.status.as_str() {
        "DRAFT" | "SUBMITTED" => ["DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"].contains(&after.status.as_str()),
        "AUTHORISED" => ["AUTHORISED", "VOIDED"].contains(&after.status.as_str()),
        _ => false,
    };
    if !is_legal {
        problems.push(format!("{what} not of valid status for modification"));
    }
}

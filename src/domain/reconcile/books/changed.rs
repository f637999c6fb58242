//! What somebody changed on a document that is in Xero: its lines, its contact, its date, its currency.
//! That it was approved or paid since is as it should be.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

use super::lines::{Difference, differences};
use super::{Desk, about, count_of, named};
use crate::domain::books::{BookedDocument, BookedLine};
use crate::domain::document::{Document, Line};
use crate::domain::finding::{Code, Finding, Severity};
use crate::domain::money::{show_price, show_quantity};
use crate::domain::period::show_date;
use crate::domain::reconcile::figures;

/// Lines of one document and code that are told one by one; the rest are counted.
const LINES_TOLD_AT_MOST: usize = 20;

pub(super) fn report(desk: &Desk<'_>, document: &Document, booked: &BookedDocument, findings: &mut Vec<Finding>) {
    let mut told = Vec::new();
    for difference in differences(document, booked, |key| desk.billed(key).map(|charge| charge.usage)) {
        match difference {
            Difference::Changed(line, booked) => changed_line(desk, document, line, booked, &mut told),
            Difference::Missing(line) => told.push(missing_line(desk, document, line)),
            Difference::Extra(booked) => told.push(extra_line(document, booked)),
        }
    }
    at_most(document, told, findings);
    findings.extend(changed_head(document, booked));
}

/// What can be done about a line; exceptions are a customer's.
fn look_again(document: &Document) -> String {
    let number = &document.number;
    if document.tenant_id.is_none() {
        return format!("correct {number} in Xero, unless it was meant");
    }
    format!("correct {number} in Xero, or record the reason as an [[exceptions]] entry in mapping.toml")
}

fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(80).collect();
    format!("\"{shown}\"")
}

fn changed_line(desk: &Desk<'_>, document: &Document, line: &Line, booked: &BookedLine, told: &mut Vec<Finding>) {
    let amounts = format!("{} instead of {}", booked.line_amount, line.line_amount);
    let what =
        |posted: &str, in_xero: &str| format!("{}: {} was posted {posted}, and Xero has it {in_xero} ({amounts}).", named(document), quoted(&line.description));
    let shown =
        |posted: String, in_xero: String| figures([("posted", posted), ("xero", in_xero), ("difference", (booked.line_amount - line.line_amount).to_string())]);
    let mut tell = |code, message, figures| {
        told.push(about(document, desk.offer(line.key)).finding(code, Severity::Warning, message, figures, look_again(document)));
    };
    if line.quantity != booked.quantity {
        let (posted, in_xero) = (show_quantity(line.quantity), show_quantity(booked.quantity));
        let message = what(&format!("with a quantity of {posted}"), &format!("with {in_xero}"));
        tell(Code::InvoicedQuantityDiffers, message, shown(posted, in_xero));
    }
    let price = price_in_xero(line, booked);
    if line.line_amount != booked.line_amount && price != line.unit_amount {
        let (posted, in_xero) = (show_price(line.unit_amount), show_price(price));
        let message = what(&format!("at {posted}"), &format!("at {in_xero}"));
        tell(Code::InvoicedPriceDiffers, message, shown(posted, in_xero));
    }
}

/// The price that the amount comes from: with a discount it is not the unit amount.
fn price_in_xero(line: &Line, booked: &BookedLine) -> Decimal {
    let is_discounted = booked.quantity == line.quantity && booked.unit_amount == line.unit_amount && !booked.quantity.is_zero();
    if !is_discounted {
        return booked.unit_amount;
    }
    (booked.line_amount.amount() / booked.quantity).round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero)
}

fn missing_line(desk: &Desk<'_>, document: &Document, line: &Line) -> Finding {
    let (code, lost) = if document.kind.is_purchase() { (Code::ChangedAfterPosting, "on no bill") } else { (Code::NotInvoiced, "not invoiced") };
    // Nothing was charged for it, so nothing is lost.
    let severity = if line.line_amount.is_zero() { Severity::Info } else { Severity::Action };
    let message = format!("{}: {} of {} was taken off in Xero: it is {lost}.", named(document), quoted(&line.description), line.line_amount);
    let fix = if document.tenant_id.is_some() {
        format!("put the line back on {} in Xero, or record the reason as an [[exceptions]] entry in mapping.toml", document.number)
    } else {
        format!("put the line back on {} in Xero", document.number)
    };
    let figures = figures([("posted", line.line_amount.to_string()), ("xero", "0.00".to_owned())]);
    about(document, desk.offer(line.key)).finding(code, severity, message, figures, fix)
}

fn extra_line(document: &Document, booked: &BookedLine) -> Finding {
    let (quantity, price) = (show_quantity(booked.quantity), show_price(booked.unit_amount));
    let message = format!(
        "{}: Xero has a line that was not posted and that no charge explains: {}, {quantity} × {price} = {}.",
        named(document),
        quoted(&booked.description),
        booked.line_amount
    );
    let figures = figures([("quantity", quantity), ("price", price), ("amount", booked.line_amount.to_string())]);
    about(document, None).finding(Code::InvoicedNotCharged, Severity::Warning, message, figures, look_again(document))
}

/// A document that somebody rewrote is one story, not ten thousand.
fn at_most(document: &Document, told: Vec<Finding>, findings: &mut Vec<Finding>) {
    let mut counts: BTreeMap<(Code, Severity), usize> = BTreeMap::new();
    for finding in told {
        let count = counts.entry((finding.code, finding.severity)).or_default();
        *count += 1;
        if *count <= LINES_TOLD_AT_MOST {
            findings.push(finding);
        }
    }
    for ((code, severity), count) in counts {
        let Some(further) = count.checked_sub(LINES_TOLD_AT_MOST).filter(|further| *further > 0) else { continue };
        let message = format!("{}: {} like these.", named(document), count_of(further, "further line"));
        let figures = figures([("lines", further.to_string())]);
        findings.push(about(document, None).finding(code, severity, message, figures, look_again(document)));
    }
}

fn changed_head(document: &Document, booked: &BookedDocument) -> Option<Finding> {
    let mut what = Vec::new();
    if document.contact_id.is_some() && document.contact_id != booked.contact_id {
        what.push(format!("the contact is {} and not {}", booked.contact_name, document.contact_name));
    }
    if document.date != booked.date {
        what.push(format!("the date is {} and not {}", show_date(booked.date), show_date(document.date)));
    }
    if !document.currency.eq_ignore_ascii_case(&booked.currency) && !booked.currency.is_empty() {
        what.push(format!("the currency is {} and not {}", booked.currency, document.currency));
    }
    if what.is_empty() {
        return None;
    }
    let message = format!("{} was changed in Xero after it was posted: {}.", named(document), what.join("; "));
    // No figures, so that an exception can cover it: they are no numbers.
    Some(about(document, None).finding(Code::ChangedAfterPosting, Severity::Warning, message, figures([]), look_again(document)))
}

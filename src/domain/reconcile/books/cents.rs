//! Cents of tax on the bill: Xero rounds on every line, the distributor may round the total
//! (`rules.md` 26). Shown, never hidden; excluding tax the bill ties to the source.

use super::{Desk, about};
use crate::domain::document::Document;
use crate::domain::finding::{Code, Finding, Severity};
use crate::domain::reconcile::figures;
use crate::domain::tax::TaxRates;

pub(super) fn report(desk: &Desk<'_>, findings: &mut Vec<Finding>) {
    let rates = TaxRates::new(desk.books);
    let recorded = desk.recorded().filter(|document| desk.live(document).is_some());
    let bills = recorded.chain(desk.assembled.new_documents).filter(|document| document.kind.is_purchase());
    findings.extend(bills.filter_map(|bill| differing(&rates, bill)));
}

fn differing(rates: &TaxRates<'_>, bill: &Document) -> Option<Finding> {
    let tax = rates.of_document(bill).filter(|tax| tax.by_line != tax.by_total)?;
    let difference = (tax.by_line - tax.by_total).abs();
    let message = format!(
        "{}: its tax is {} with every line rounded, as Xero does, and {} on the total: the distributor's invoice may differ by {difference}.",
        bill.number, tax.by_line, tax.by_total
    );
    let figures = figures([("by_line", tax.by_line.to_string()), ("by_total", tax.by_total.to_string()), ("difference", difference.to_string())]);
    Some(about(bill, None).finding(Code::TotalMismatch, Severity::Info, message, figures, String::new()))
}

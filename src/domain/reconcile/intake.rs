//! What was odd about the sources themselves: amounts, totals, repeated files, stale lists, names.

use jiff::civil::Date;

use super::{About, InRun, Scene, figures};
use crate::domain::charge::Charge;
use crate::domain::finding::{Code, Finding, Severity};
use crate::domain::money::show_quantity;
use crate::domain::offer::OfferId;
use crate::domain::period::show_date;
use crate::domain::sort::Outcome;

/// Xero refuses longer contact names (`contracts/xero.md` 3.5).
const CONTACT_NAME_LENGTH_AT_MOST: usize = 255;

pub(super) fn report(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    totals(scene, findings);
    invoices(scene, findings);
    amounts(scene, findings);
    repeated(scene, findings);
    stale_annuity(scene, findings);
    contact_names(scene, findings);
    days_for_lack_of_price(scene, findings);
}

fn general(code: Code, severity: Severity, message: String, figures: std::collections::BTreeMap<String, String>, fix: &str) -> Finding {
    About { tenant_id: None, offer: None }.finding(code, severity, message, figures, fix.to_owned())
}

fn totals(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    for total in &scene.inputs.sources.total_differs {
        let message =
            format!("{} row {} states a total of {}, but its rows add up to {}: nothing can be posted.", total.file, total.row, total.stated, total.computed);
        let figures = figures([("stated", total.stated.to_string()), ("computed", total.computed.to_string())]);
        findings.push(general(Code::TotalMismatch, Severity::Action, message, figures, "export the report again; if it differs still, ask the distributor"));
    }
}

/// Invoices of the API whose totals are not those of their lines (`rules.md` 26).
fn invoices(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    for differs in &scene.inputs.sources.invoice_differs {
        let is_of_this_run = |charge: &Charge| charge.invoice_number.as_ref() == Some(&differs.number);
        if !scene.charges().any(|InRun { charge, .. }| is_of_this_run(charge)) {
            continue;
        }
        let (severity, consequence) = if differs.is_rounding { (Severity::Info, "GST was rounded") } else { (Severity::Action, "nothing of it is posted") };
        let (number, total) = (&differs.number, differs.total.as_str());
        let message = format!("Invoice {number} states a total {total} of {}, but its lines come to {}: {consequence}.", differs.stated, differs.computed);
        let figures = figures([("stated", differs.stated.to_string()), ("computed", differs.computed.to_string())]);
        let fix = if differs.is_rounding { "" } else { "ask the distributor about the invoice, then run again" };
        findings.push(general(Code::TotalMismatch, severity, message, figures, fix));
    }
}

fn amounts(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    for differs in &scene.inputs.sources.amount_differs {
        let (Some(charge), Some(known)) = (scene.inputs.sources.charges.get(differs.charge), scene.known.get(differs.charge)) else { continue };
        let about = About { tenant_id: known.tenant.ok(), offer: Some(charge.stock_code.offer().clone()) };
        let message = format!(
            "{} row {}: the amount is {}, but {} × {} is {}; the amount counts.",
            charge.source.file,
            charge.source.row,
            charge.cost,
            show_quantity(charge.quantity),
            show_quantity(charge.unit_cost),
            differs.computed
        );
        let figures = figures([("amount", charge.cost.to_string()), ("computed", differs.computed.to_string())]);
        findings.push(about.finding(Code::TotalMismatch, Severity::Warning, message, figures, "ask the distributor which figure is right".to_owned()));
    }
}

fn repeated(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    for repeated in &scene.inputs.sources.repeated {
        let message = format!("{} rows of {} are in another file as well; each was counted once.", repeated.rows, repeated.file);
        findings.push(general(Code::SourceStale, Severity::Info, message, figures([("rows", repeated.rows.to_string())]), ""));
    }
}

/// An annuity list whose newest date lies before the charges (`rules.md` 31): the end of the newest
/// usage if the list has it, else its newest date of any kind.
fn stale_annuity(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    let lines = &scene.inputs.sources.annuity;
    let newest_usage = lines.iter().filter_map(|line| line.end_usage).max();
    let newest_date = || lines.iter().flat_map(|line| [line.start_usage, line.expiry]).flatten().max();
    let charged: Option<Date> = scene.charges().map(|InRun { charge, .. }| charge.usage.start).max();
    if let (Some(newest), Some(charged)) = (newest_usage.or_else(newest_date), charged)
        && newest < charged
    {
        let message = format!(
            "The annuity list ends on {}, before charges that begin on {}: recommended prices and seats taken from it may be old.",
            show_date(newest),
            show_date(charged)
        );
        let figures = figures([("annuity", newest.to_string()), ("charges", charged.to_string())]);
        findings.push(general(Code::SourceStale, Severity::Warning, message, figures, "export the annuity list of the same month"));
    }
}

/// A contact name is never altered, so one that a spreadsheet would run as a formula, or that Xero
/// would refuse, is said (`rules.md` 20).
fn contact_names(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    for customer in scene.inputs.mapping.customers.iter().filter(|customer| !customer.ignore) {
        let Some(name) = customer.contact_name() else { continue };
        let about = || About { tenant_id: Some(customer.tenant_id), offer: None };
        let fix = format!("rename the contact in Xero, then: cspctl map customers set {} NAME", customer.tenant_id);
        if name.starts_with(['=', '+', '-', '@']) {
            let shown: String = name.chars().take(40).collect();
            let message = format!("The contact name \"{shown}\" begins like a formula: do not open the import file in a spreadsheet.");
            findings.push(about().finding(Code::CustomerUnmapped, Severity::Warning, message, figures([]), fix.clone()));
        }
        let length = name.chars().count();
        if length > CONTACT_NAME_LENGTH_AT_MOST {
            let message = format!("A contact name has {length} characters, and Xero takes {CONTACT_NAME_LENGTH_AT_MOST}.");
            findings.push(about().finding(Code::CustomerUnmapped, Severity::Warning, message, figures([("length", length.to_string())]), fix));
        }
    }
}

fn days_for_lack_of_price(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    let mut offers: std::collections::BTreeMap<(crate::domain::ids::TenantId, &OfferId), u64> = std::collections::BTreeMap::new();
    for InRun { charge, outcome, .. } in scene.charges() {
        if let Outcome::Sold(sold) = outcome
            && sold.days_for_lack_of_price
        {
            *offers.entry((sold.tenant_id, charge.stock_code.offer())).or_default() += 1;
        }
    }
    for ((tenant_id, offer), lines) in offers {
        let about = About { tenant_id: Some(tenant_id), offer: Some(offer.clone()) };
        let message = format!("{lines} part-cycle lines of {offer} were priced by days, because the cost of a whole cycle is not known.");
        findings.push(about.finding(Code::PriceMissing, Severity::Info, message, figures([("lines", lines.to_string())]), String::new()));
    }
}

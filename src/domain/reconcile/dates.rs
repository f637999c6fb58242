//! Commitments that end soon, and the seven days in which seats can be given back
//! (`contracts/field-lessons.md` 1, rows 9 and 12).

use std::collections::HashSet;

use jiff::civil::Date;

use super::{About, InRun, Scene, figures};
use crate::domain::charge::Charge;
use crate::domain::cycle_line::CycleContext;
use crate::domain::finding::{Code, Finding, Severity};
use crate::domain::ids::SubscriptionId;
use crate::domain::money::show_quantity;
use crate::domain::period::{days_between, show_date};

/// Calendar days after purchase or renewal in which a prorated refund is possible.
const CANCEL_WINDOW_DAYS: i32 = 7;

pub(super) fn report(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    renewals(scene, findings);
    cancel_windows(scene, findings);
}

fn renewals(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    let today = scene.inputs.today;
    for line in scene.inputs.sources.annuity.iter().filter(|line| line.active) {
        let (Some(expiry), Some(term)) = (line.expiry, line.stock_code.term()) else { continue };
        let days = days_between(today, expiry);
        // A month-to-month purchase renews every month: that is no news.
        if term.months < 12
            || !(0..=scene.inputs.policy.renewal_days).contains(&i64::from(days))
            || line.tenant_id.is_some_and(|tenant| scene.is_ignored(tenant))
        {
            continue;
        }
        let about = About { tenant_id: line.tenant_id, offer: Some(line.stock_code.offer().clone()) };
        let message = format!(
            "{}: {} seats of {} ({term}) renew after {}, in {days} days.",
            line.tenant_name,
            show_quantity(line.quantity),
            scene.listed_name(line),
            show_date(expiry)
        );
        let figures = figures([("days", days.to_string()), ("seats", show_quantity(line.quantity)), ("expiry", expiry.to_string())]);
        findings.push(about.finding(Code::RenewalSoon, Severity::Info, message, figures, "agree seats and term with the customer before that day".to_owned()));
    }
}

fn cancel_windows(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    let today = scene.inputs.today;
    let mut told: HashSet<(&SubscriptionId, Date)> = HashSet::new();
    for InRun { charge, known, context, .. } in scene.charges() {
        let Some(began) = began(charge, context) else { continue };
        let age = days_between(began, today);
        if !(0..=CANCEL_WINDOW_DAYS).contains(&age) || charge.is_credit() || charge.quantity.is_sign_negative() || !told.insert((&charge.subscription, began)) {
            continue;
        }
        let tenant_id = known.tenant.ok();
        if tenant_id.is_some_and(|tenant| scene.is_ignored(tenant)) {
            continue;
        }
        let about = About { tenant_id, offer: Some(charge.stock_code.offer().clone()) };
        let left = CANCEL_WINDOW_DAYS - age;
        let message = format!(
            "{}: {} seats of {} began on {}; they can be given back for {left} more days (Partner Center counts in UTC).",
            charge.tenant_name,
            show_quantity(charge.quantity),
            scene.product_name(charge, known),
            show_date(began)
        );
        let figures = figures([("days_left", left.to_string()), ("seats", show_quantity(charge.quantity))]);
        findings.push(about.finding(
            Code::CancelWindowClosing,
            Severity::Info,
            message,
            figures,
            "reduce or cancel in Partner Center before it closes".to_owned(),
        ));
    }
}

/// When a commitment of a year or more began: the term, or the day seats were added to it.
fn began(charge: &Charge, context: Option<&CycleContext>) -> Option<Date> {
    charge.stock_code.term().filter(|term| term.months >= 12)?;
    if context.is_some_and(|context| context.is_cycle_line) { charge.term_start } else { Some(charge.usage.start) }
}

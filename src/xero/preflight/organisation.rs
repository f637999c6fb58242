//! Whether it is the right organisation, in use, and open for these dates, currencies and actions.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::domain::document::{Document, Kind, Status};

use super::super::batch::Dress;
use super::{Facts, Preflight, some_of};

pub(super) fn check(facts: &Facts<'_>, documents: &[(&Document, &Dress)], found: &mut Preflight) {
    let organisation = facts.organisation;
    if organisation.id != facts.pinned {
        found.problem(
            format!("Xero answered for {} ({}), the configuration names {}", organisation.shown(), organisation.id, facts.pinned),
            "set xero.organisation_id to the organisation you mean, or cspctl auth xero",
        );
    }
    if !organisation.is_active() {
        found.problem(format!("{} is not in use: Xero says {}", organisation.shown(), organisation.status), "reactivate it in Xero, or choose another one");
    }
    currencies(facts, documents, found);
    locks(facts, documents, found);
    actions(facts, documents, found);
}

fn currencies(facts: &Facts<'_>, documents: &[(&Document, &Dress)], found: &mut Preflight) {
    let base = &facts.organisation.base_currency;
    let foreign: BTreeSet<&str> = documents.iter().map(|(document, _)| &*document.currency).filter(|code| !code.eq_ignore_ascii_case(base)).collect();
    for code in foreign {
        let is_known = facts.currencies.is_some_and(|known| known.iter().any(|currency| currency.code.eq_ignore_ascii_case(code)));
        if !is_known {
            let what = format!("documents are in {code}; {} has {base} and no {code}", facts.organisation.shown());
            found.problem(what, format!("add {code} in Xero (Settings › Currencies), or choose the organisation that has it"));
        } else if !is_allowed(facts, "UseMulticurrency") {
            found.problem(format!("documents are in {code}, and Xero allows no foreign currencies here"), "use a Xero plan with multi-currency");
        }
    }
}

/// Approved documents are refused in a locked period. Drafts go in, and whoever approves them meets the
/// lock (`contracts/xero.md` 4.5).
fn locks(facts: &Facts<'_>, documents: &[(&Document, &Dress)], found: &mut Preflight) {
    let organisation = facts.organisation;
    let advisers_pass = facts.actions.iter().any(|action| action.is_allowed && action.name.eq_ignore_ascii_case("ApproveTransactionsBeforePeriodLockDate"));
    let year = organisation.year_lock.map(|until| ("the year", until, false));
    // Where both locks hold, the one that nobody passes is named.
    let period =
        organisation.period_lock.filter(|until| organisation.year_lock.is_none_or(|year| *until > year)).map(|until| ("the period", until, advisers_pass));
    for (name, until, passes) in year.into_iter().chain(period) {
        let is_locked = |date: Date| date <= until && (name == "the year" || organisation.year_lock.is_none_or(|year| date > year));
        let locked: Vec<&Document> = documents.iter().map(|(document, _)| *document).filter(|document| is_locked(document.date)).collect();
        let numbers = |approved: bool| -> Vec<&str> {
            locked.iter().filter(|document| (document.status == Status::Authorised) == approved).map(|document| &*document.number).collect()
        };
        let (approved, drafts) = (numbers(true), numbers(false));
        if !approved.is_empty() {
            let what = format!("{name} is locked up to {until}, and Xero approves nothing in it: {}", some_of(&approved));
            let fix = "post drafts (billing.status = \"draft\"), or move the lock date in Xero (Accounting › Advanced › Lock dates)";
            if passes { found.warning(what, "you may approve there, Xero says") } else { found.problem(what, fix) }
        }
        if !drafts.is_empty() {
            let what = format!("{name} is locked up to {until}; drafts go in, but cannot be approved: {}", some_of(&drafts));
            found.warning(what, "move the lock date in Xero before they are approved");
        }
    }
}

/// What Xero does not name is not held against anybody.
fn is_allowed(facts: &Facts<'_>, name: &str) -> bool {
    facts.actions.iter().find(|action| action.name.eq_ignore_ascii_case(name)).is_none_or(|action| action.is_allowed)
}

fn actions(facts: &Facts<'_>, documents: &[(&Document, &Dress)], found: &mut Preflight) {
    let mut needed: BTreeSet<&str> = documents.iter().filter_map(|(document, _)| action_of(document.kind, document.status)).collect();
    if facts.attaches && !documents.is_empty() {
        needed.insert("AttachFilesIntoInvoice");
    }
    for name in needed {
        if !is_allowed(facts, name) {
            let fix = "give the signed-in user a role that may (Xero: Settings › Users), or sign in as another one: cspctl auth xero";
            found.problem(format!("the signed-in user may not do this in Xero: {name}"), fix);
        }
    }
}

/// Xero's name of what creating such a document is; it names none for credits.
fn action_of(kind: Kind, status: Status) -> Option<&'static str> {
    match (kind, status) {
        (Kind::Invoice, Status::Authorised) => Some("CreateApprovedInvoice"),
        (Kind::Invoice, _) => Some("CreateDraftInvoice"),
        (Kind::Bill, Status::Authorised) => Some("CreateApprovedBill"),
        (Kind::Bill, _) => Some("CreateDraftBill"),
        (Kind::CreditNote | Kind::SupplierCredit, _) => None,
    }
}

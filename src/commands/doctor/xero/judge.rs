//! What Xero's answers mean for the configuration. Pure.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::check::Verdict;
use crate::domain::books::{Account, BookedContact};
use crate::domain::document::Status;
use crate::domain::ids::{ContactId, OrganisationId};
use crate::domain::period::BillingPeriod;
use crate::exit::Kind;
use crate::ui::words::count_of;
use crate::xero::organisation::Organisation;
use crate::xero::preflight::check_account;

/// Calls of a day below which a large month may not fit any more.
const FEW_CALLS: u32 = 100;
/// Names that are listed; of more the number is told.
const LISTED_AT_MOST: usize = 3;

/// The organisation that answered, against the pinned one.
pub(super) fn organisation(pinned: OrganisationId, found: &Organisation, currency: &str) -> Verdict {
    let shown = format!("{} ({})", found.shown(), found.id);
    if found.id != pinned {
        return Verdict::problem(Kind::SignIn, format!("Xero answered for {shown}, and xero.organisation_id names {pinned}"))
            .fix("correct xero.organisation_id, or sign in to the other organisation: cspctl auth xero");
    }
    if !found.is_active() {
        return Verdict::problem(Kind::Failed, format!("{shown} is not in use: Xero says {}", found.status))
            .fix("reactivate it in Xero, or choose another one");
    }
    if !found.base_currency.eq_ignore_ascii_case(currency) {
        return Verdict::warning(format!("{shown} keeps its books in {}, and documents are in {currency}", found.base_currency))
            .fix("correct msp.country, or choose the organisation of that country (xero.organisation_id)");
    }
    if found.is_demo {
        return Verdict::warning(format!("{shown}: nothing in a demo company is real, and Xero resets it"))
            .fix("sign in to the real organisation when the trial is over: cspctl auth xero");
    }
    Verdict::ok(shown)
}

/// Whether last month, whose documents come next, is still open.
pub(super) fn locks(organisation: &Organisation, today: Date, status: Status) -> Verdict {
    let locked = organisation.period_lock.into_iter().chain(organisation.year_lock).max();
    let Some(until) = locked else { return Verdict::ok("no period is locked") };
    let month = BillingPeriod::containing(today).previous();
    if until < month.last_day() {
        return Verdict::ok(format!("locked up to {until}; documents of {month} are open"));
    }
    let message = format!("locked up to {until}: documents of {month} are dated {}", month.last_day());
    let fix = "ask whoever keeps the books to move the lock date in Xero (Accounting › Advanced › Lock dates)";
    if status == Status::Authorised {
        Verdict::problem(Kind::Failed, format!("{message}, and Xero approves nothing there")).fix(fix).fix("or post drafts: billing.status = \"draft\"")
    } else {
        Verdict::warning(format!("{message}; drafts go in, and cannot be approved")).fix(fix)
    }
}

/// Each scope with why its probe failed, if it did. Xero names no scope in its refusals, so each is tried.
pub(super) fn scopes(probes: &[(&str, Option<(Kind, String)>)], sign_in: &str) -> Verdict {
    let list = |names: Vec<&str>| names.join(", ");
    let refused: Vec<&str> = probes.iter().filter(|(_, trouble)| matches!(trouble, Some((Kind::SignIn, _)))).map(|(scope, _)| *scope).collect();
    let first = probes.iter().find_map(|(_, trouble)| trouble.as_ref());
    match first {
        None => Verdict::ok(format!("{} are granted", list(probes.iter().map(|(scope, _)| *scope).collect()))),
        Some(_) if !refused.is_empty() => {
            let reason = probes.iter().find_map(|(_, trouble)| trouble.as_ref().filter(|(kind, _)| *kind == Kind::SignIn)).map(|(_, reason)| reason.as_str());
            Verdict::problem(Kind::SignIn, format!("Xero refuses what needs {}: {}", list(refused), reason.unwrap_or_default()))
                .fix("add what is missing to xero.scopes, or leave xero.scopes empty for all that is needed")
                .fix(format!("{sign_in}   asks for them again"))
        }
        Some((kind, reason)) => Verdict::problem(*kind, reason.clone()).fix("try again in some minutes; https://status.xero.com tells of known trouble"),
    }
}

/// An account of the configuration.
pub(super) fn account(setting: &str, code: &str, accounts: &[Account], is_purchase: bool) -> Verdict {
    match check_account(code, accounts, is_purchase).into_iter().next() {
        None => {
            let name = accounts.iter().find(|account| *account.code == *code).map_or("", |account| &*account.name);
            Verdict::ok(format!("{code} ({name})"))
        }
        Some(problem) => Verdict::problem(Kind::Configuration, format!("{} ({setting})", problem.what)).fix(problem.fix),
    }
}

/// The accounts that products name for themselves.
pub(super) fn products_accounts(codes: &[&str], accounts: &[Account]) -> Verdict {
    let wrong: Vec<String> = codes.iter().flat_map(|code| check_account(code, accounts, false)).map(|problem| problem.what).collect();
    if wrong.is_empty() {
        return Verdict::ok(format!("{} can be used", count_of(codes.len(), "account")));
    }
    Verdict::problem(Kind::Configuration, some_of(&wrong)).fix("correct revenue_account of those products in mapping.toml")
}

/// The distributor's contact, which the bill goes to.
pub(super) fn distributor(id: Option<ContactId>, contacts: &[BookedContact]) -> Verdict {
    let Some(id) = id else {
        return Verdict::problem(Kind::Configuration, "no contact is chosen for the bill (xero.contact_id)")
            .fix("write the id of the distributor's contact into xero.contact_id; it is in the address of the contact's page in Xero");
    };
    match contacts.iter().find(|contact| contact.id == id) {
        None => Verdict::problem(Kind::Configuration, format!("the organisation has no contact {id} (xero.contact_id)"))
            .fix("set xero.contact_id to the distributor's contact; its id is in the address of its page in Xero"),
        Some(contact) if !contact.is_active => Verdict::problem(Kind::Configuration, format!("the contact {} ({id}) is archived", contact.name))
            .fix("restore it in Xero (Contacts › Archived), or set xero.contact_id to another one"),
        Some(contact) => Verdict::ok(contact.name.to_string()),
    }
}

/// The contacts of mapped customers, with the customers' names.
pub(super) fn customers(mapped: &[(ContactId, String)], contacts: &[BookedContact], fix: &str) -> Verdict {
    let known: BTreeMap<ContactId, &BookedContact> = contacts.iter().map(|contact| (contact.id, contact)).collect();
    let wrong: Vec<String> = mapped
        .iter()
        .filter_map(|(id, name)| match known.get(id) {
            Some(contact) if contact.is_active => None,
            Some(_) => Some(format!("the contact of {name} is archived")),
            None => Some(format!("the contact of {name} is not in Xero")),
        })
        .collect();
    if wrong.is_empty() {
        return Verdict::ok(format!("{} in Xero", count_of(mapped.len(), "contact")));
    }
    Verdict::problem(Kind::Configuration, some_of(&wrong)).fix(format!("{fix} set TENANT CONTACT"))
}

/// What Xero said is left of the day's calls.
pub(super) fn calls(remaining: Option<u32>) -> Verdict {
    match remaining {
        None => Verdict::skipped("Xero did not say how many calls are left today"),
        Some(calls) if calls < FEW_CALLS => Verdict::warning(format!("{calls} calls are left today; a large month needs more"))
            .fix("run the month tomorrow, or see what else uses the app's calls"),
        Some(calls) => Verdict::ok(format!("{calls} are left today")),
    }
}

fn some_of(list: &[String]) -> String {
    let shown = list.iter().take(LISTED_AT_MOST).cloned().collect::<Vec<_>>().join("; ");
    match list.len().saturating_sub(LISTED_AT_MOST) {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}

#[cfg(test)]
mod tests;

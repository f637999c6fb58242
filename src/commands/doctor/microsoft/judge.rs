//! What Microsoft's answers mean for the configuration. Pure.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::check::Verdict;
use crate::commands::access::is_named;
use crate::exit::Kind;
use crate::microsoft::capabilities::{Availability, Capabilities, MpnVerdict};
use crate::microsoft::identity::{Account, Msp};
use crate::ui::words::count_of;

/// Kinds of trouble whose remedy is told; `pull` tells them all.
const REMEDIES_AT_MOST: usize = 4;
/// Names that are listed of each kind.
const NAMES_AT_MOST: usize = 3;

/// The MSP's own tenant.
pub(super) fn organisation(msp: &Msp, country: &str) -> Verdict {
    let shown = format!("{} ({})", msp.name, msp.tenant_id);
    if !msp.country.is_empty() && !msp.country.eq_ignore_ascii_case(country) {
        return Verdict::warning(format!("{shown} is in {}, and msp.country is {country}", msp.country)).fix("correct msp.country in config.toml");
    }
    Verdict::ok(shown)
}

/// Whether the account may change things. One that may only look is no problem: it may be meant so.
pub(super) fn access(allowed: &[String], account: &str, allow: &str) -> Verdict {
    if allowed.is_empty() {
        return Verdict::ok("access.allowed_users is empty: everybody who can run cspctl here may change things");
    }
    if is_named(allowed, account) {
        return Verdict::ok(format!("{account} may change things"));
    }
    Verdict::warning(format!("{account} may look and change nothing")).fix(format!("{allow} {account}, by somebody who is on the list: {}", allowed.join(", ")))
}

/// The account: one that would fail later is a problem, a missing group a warning, because customers may
/// have given access in other ways.
pub(super) fn account(account: &Account, msp: &Msp) -> Verdict {
    if let Err(wrong) = account.check(msp, Some(msp.tenant_id), true) {
        return Verdict::problem(Kind::SignIn, wrong.to_string()).fix("cspctl auth microsoft, with an account of the MSP's own tenant");
    }
    let word = |known: Option<bool>, name: &str| match known {
        Some(true) => format!("{name}: yes"),
        Some(false) => format!("{name}: no"),
        None => format!("{name}: not known"),
    };
    let shown =
        format!("{}; {}; {}", account.user_name, word(account.is_admin_agent, "in AdminAgents"), word(account.is_global_administrator, "Global Administrator"));
    if account.is_admin_agent == Some(false) {
        return Verdict::warning(shown)
            .fix("customers' tenants mostly want a member of AdminAgents: ask your own administrator to add the account to the group");
    }
    Verdict::ok(shown)
}

/// Partner Center is probed and never required (contracts/microsoft.md 9).
pub(super) fn capabilities(found: &Capabilities) -> Verdict {
    let (mut available, mut refused) = (Vec::new(), Vec::new());
    for (capability, availability) in &found.map {
        match availability {
            Availability::Ok => available.push(capability.as_str()),
            Availability::Denied(_) | Availability::Untried => refused.push(capability.as_str()),
        }
    }
    let without_mfa = found.partner.as_ref().is_some_and(|partner| partner.is_mfa_compliant == Some(false));
    let list = |names: &[&str]| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let message = format!("it allows {}", list(&available));
    let message = if refused.is_empty() { message } else { format!("{message}; not {}, which is not required", list(&refused)) };
    if without_mfa {
        return Verdict::warning(format!("{message}; it does not take the sign-in as one with MFA")).fix("cspctl auth microsoft, and answer the second factor");
    }
    Verdict::ok(message)
}

/// The partner number of the configuration.
pub(super) fn partner_number(typed: &str, verdict: &MpnVerdict) -> Verdict {
    let wrong = |message: String| {
        Verdict::problem(Kind::Configuration, message)
            .fix("correct msp.mpn_id: Partner Center shows it under Account settings, Identifiers, as the location's PartnerID")
    };
    match verdict {
        MpnVerdict::Verified => Verdict::ok(format!("{typed}, verified")),
        MpnVerdict::OtherPartner(name) => wrong(format!("{typed} is the partner number of {name}")),
        MpnVerdict::Unknown => wrong(format!("there is no partner number {typed}")),
        MpnVerdict::Unverified(reason) => Verdict::warning(format!("{typed} could not be verified: {reason}"))
            .fix("compare it with Partner Center: Account settings, Identifiers; nothing depends on it here"),
    }
}

/// A customer's tenant, and how asking went.
#[derive(Clone, Debug)]
pub(super) struct Tenant<'a> {
    pub(super) name: &'a str,
    /// The kind of trouble, and what to do.
    pub(super) trouble: Option<(&'static str, String)>,
    /// The last day of delegated access.
    pub(super) ends: Option<Date>,
    /// What its delegated access lacks for reading.
    pub(super) missing: Option<&'static str>,
}

/// Delegated access that lacks what reading needs; `None` when none is known to.
pub(super) fn delegated_access(tenants: &[Tenant<'_>]) -> Option<Verdict> {
    let mut by_missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for tenant in tenants {
        if let Some(missing) = tenant.missing {
            by_missing.entry(missing).or_default().push(tenant.name);
        }
    }
    let kinds: Vec<String> = by_missing.iter().map(|(missing, names)| format!("{}: {missing}", some_of(names))).collect();
    let verdict = || {
        Verdict::warning(format!("it lacks, for {}", kinds.join("; for ")))
            .fix("in Partner Center, under the customer's admin relationships, give the account's security group the role")
    };
    (!kinds.is_empty()).then(verdict)
}

/// Which tenants can be read. One broken tenant never fails a run, so some are a warning and all a problem.
pub(super) fn tenants(tenants: &[Tenant<'_>], missing: &[String]) -> Verdict {
    if tenants.is_empty() {
        let lists = if missing.is_empty() { String::new() } else { format!(": {}", missing.join("; ")) };
        return Verdict::warning(format!("no customer is known{lists}")).fix("the account needs delegated admin relationships (GDAP) with customers");
    }
    let mut by_trouble: BTreeMap<&str, (Vec<&str>, &str)> = BTreeMap::new();
    for tenant in tenants {
        if let Some((trouble, remedy)) = &tenant.trouble {
            by_trouble.entry(trouble).or_insert_with(|| (Vec::new(), remedy)).0.push(tenant.name);
        }
    }
    let failed: usize = by_trouble.values().map(|(names, _)| names.len()).sum();
    let soonest = tenants.iter().filter_map(|tenant| Some((tenant.ends?, tenant.name))).min();
    let soonest = soonest.map(|(day, name)| format!("; delegated access ends first for {name}, on {day}")).unwrap_or_default();
    if failed == 0 {
        return Verdict::ok(format!("all {} can be read{soonest}", count_of(tenants.len(), "tenant")));
    }
    let kinds: Vec<String> = by_trouble.iter().map(|(trouble, (names, _))| format!("{trouble}: {}", some_of(names))).collect();
    let message = format!("{failed} of {} cannot be read: {}{soonest}", count_of(tenants.len(), "tenant"), kinds.join("; "));
    let verdict = if failed == tenants.len() { Verdict::problem(Kind::Failed, message) } else { Verdict::warning(message) };
    by_trouble.values().take(REMEDIES_AT_MOST).fold(verdict, |verdict, (_, remedy)| verdict.fix(*remedy))
}

fn some_of(names: &[&str]) -> String {
    let shown = names.iter().take(NAMES_AT_MOST).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_AT_MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::super::check::State;
    use super::*;
    use crate::domain::ids::TenantId;
    use crate::microsoft::capabilities::Capability;
    use crate::microsoft::partner_center::Partner;

    fn msp() -> Msp {
        Msp { tenant_id: TenantId(uuid::Uuid::from_u128(9)), name: "Example MSP".to_owned(), country: "AU".to_owned(), domains: Vec::new() }
    }

    fn account_of(user_type: &str, is_admin_agent: Option<bool>) -> Account {
        Account {
            object_id: "o".to_owned(),
            user_name: "kiri@msp.example".to_owned(),
            display_name: "Kiri".to_owned(),
            user_type: user_type.to_owned(),
            is_admin_agent,
            is_global_administrator: None,
        }
    }

    #[test]
    fn an_account_that_may_only_look_is_told_who_can_change_that() {
        let allowed = ["kiri@msp.example".to_owned()];
        assert_eq!(access(&[], "t@msp.example", "users allow").state, State::Ok);
        assert_eq!(access(&allowed, "Kiri@msp.example", "users allow").state, State::Ok);
        let other = access(&allowed, "t@msp.example", "cspctl users allow");
        assert_eq!(other.state, State::Warning);
        assert_eq!(other.fixes, ["cspctl users allow t@msp.example, by somebody who is on the list: kiri@msp.example"]);
    }

    #[test]
    fn a_guest_is_a_problem_and_a_missing_group_a_warning() {
        assert_eq!(organisation(&msp(), "AU").state, State::Ok);
        assert!(organisation(&msp(), "NZ").message.contains("msp.country is NZ"));
        assert_eq!(account(&account_of("Member", Some(true)), &msp()).state, State::Ok);
        assert_eq!(account(&account_of("Member", None), &msp()).state, State::Ok);
        let outside = account(&account_of("Member", Some(false)), &msp());
        assert!(outside.state == State::Warning && outside.message.contains("in AdminAgents: no; Global Administrator: not known"), "{outside:?}");
        assert_eq!(account(&account_of("Guest", Some(true)), &msp()).state, State::Problem(Kind::SignIn));
    }

    #[test]
    fn what_partner_center_refuses_is_named_and_no_problem() {
        let mut found = Capabilities::default();
        found.map.insert(Capability::Customers, Availability::Ok);
        found.map.insert(Capability::MpnProfile, Availability::Denied("no".to_owned()));
        assert_eq!(capabilities(&found), Verdict::ok("it allows customers; not mpn-profile, which is not required"));
        found.partner = Some(Partner { name: "Example MSP".to_owned(), tenant_id: None, is_mfa_compliant: Some(false) });
        assert_eq!(capabilities(&found).state, State::Warning);
    }

    #[test]
    fn a_partner_number_of_somebody_else_is_a_problem() {
        assert_eq!(partner_number("4391507", &MpnVerdict::Verified), Verdict::ok("4391507, verified"));
        for wrong in [MpnVerdict::OtherPartner("Fabrikam".to_owned()), MpnVerdict::Unknown] {
            assert_eq!(partner_number("4391507", &wrong).state, State::Problem(Kind::Configuration));
        }
        assert_eq!(partner_number("4391507", &MpnVerdict::Unverified("refused".to_owned())).state, State::Warning);
    }

    #[test]
    fn tenants_that_cannot_be_read_are_told_by_kind_each_with_one_remedy() {
        let fine = |name, ends| Tenant { name, trouble: None, ends, missing: None };
        let broken = |name, trouble| Tenant { name, trouble: Some((trouble, format!("mend {trouble}"))), ends: None, missing: None };
        let all = tenants(&[fine("Contoso", Some(date(2027, 3, 1))), fine("Fabrikam", Some(date(2027, 2, 1)))], &[]);
        assert_eq!(all, Verdict::ok("all 2 tenants can be read; delegated access ends first for Fabrikam, on 2027-02-01"));
        let some = tenants(&[fine("Contoso", None), broken("A", "no consent"), broken("B", "tenant gone"), broken("C", "no consent")], &[]);
        assert_eq!(some.message, "3 of 4 tenants cannot be read: no consent: A, C; tenant gone: B");
        assert_eq!((some.state, some.fixes.as_slice()), (State::Warning, &["mend no consent".to_owned(), "mend tenant gone".to_owned()][..]));
        let lacking = |name| Tenant { missing: Some("a role"), ..fine(name, None) };
        assert_eq!(delegated_access(&[fine("Contoso", None)]), None);
        assert_eq!(delegated_access(&[fine("Contoso", None), lacking("A"), lacking("B")]).unwrap().message, "it lacks, for A, B: a role");
        assert_eq!(tenants(&[broken("A", "no consent")], &[]).state, State::Problem(Kind::Failed));
        assert!(tenants(&[], &["the list of contracts could not be had".to_owned()]).message.contains("contracts"));
    }
}

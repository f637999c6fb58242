use jiff::civil::date;
use uuid::Uuid;

use super::super::super::check::State;
use super::*;
use crate::domain::books::AccountClass;

fn organisation_of(id: u128) -> Organisation {
    Organisation {
        id: OrganisationId(Uuid::from_u128(id)),
        name: "Example MSP Pty Ltd".into(),
        short_code: "".into(),
        is_demo: false,
        base_currency: "AUD".into(),
        country: "AU".into(),
        status: "ACTIVE".into(),
        timezone: "".into(),
        period_lock: None,
        year_lock: None,
        sales_terms: None,
        bill_terms: None,
    }
}

fn contact(id: u128, is_active: bool) -> BookedContact {
    BookedContact { id: ContactId(Uuid::from_u128(id)), name: "Dicker Data".into(), account_number: None, is_active, sales_terms: None, bill_terms: None }
}

fn account_of(code: &str, class: AccountClass, is_active: bool) -> Account {
    Account { code: code.into(), name: "Licences".into(), class, is_active, tax_type: None, system: None }
}

#[test]
fn the_organisation_is_the_pinned_one_in_use_real_and_of_the_currency() {
    let pinned = organisation_of(1).id;
    let judged = |change: fn(&mut Organisation)| {
        let mut found = organisation_of(1);
        change(&mut found);
        organisation(pinned, &found, "AUD")
    };
    assert_eq!(judged(|_| ()), Verdict::ok(format!("Example MSP Pty Ltd ({pinned})")));
    let other = judged(|found| found.id = OrganisationId(Uuid::from_u128(2)));
    assert!(other.state == State::Problem(Kind::SignIn) && other.message.contains(&pinned.to_string()), "{other:?}");
    assert_eq!(judged(|found| found.status = "SUSPENDED".into()).state, State::Problem(Kind::Failed));
    let demo = judged(|found| found.is_demo = true);
    assert!(demo.state == State::Warning && demo.message.contains("(demo company)"), "{demo:?}");
    assert!(judged(|found| found.base_currency = "NZD".into()).message.contains("NZD"));
}

#[test]
fn a_lock_matters_when_it_reaches_the_end_of_the_last_month() {
    let judged = |period: Option<Date>, year: Option<Date>, status| {
        let found = Organisation { period_lock: period, year_lock: year, ..organisation_of(1) };
        locks(&found, date(2026, 12, 3), status).state
    };
    let (october, november) = (Some(date(2026, 10, 31)), Some(date(2026, 11, 30)));
    assert_eq!(judged(None, None, Status::Authorised), State::Ok);
    assert_eq!(judged(october, None, Status::Authorised), State::Ok);
    assert_eq!(judged(november, None, Status::Draft), State::Warning);
    assert_eq!(judged(october, november, Status::Draft), State::Warning);
    assert_eq!(judged(november, None, Status::Authorised), State::Problem(Kind::Failed));
}

#[test]
fn a_refused_scope_is_named_and_trouble_that_passes_is_no_scope() {
    let probe = |trouble: Option<(Kind, &str)>| scopes(&[("a.read", None), ("b", trouble.map(|(kind, text)| (kind, text.to_owned())))], "cspctl auth xero");
    assert_eq!(probe(None), Verdict::ok("a.read, b are granted"));
    let refused = probe(Some((Kind::SignIn, "Xero did not give cspctl a permission")));
    assert!(refused.state == State::Problem(Kind::SignIn) && refused.message.contains("needs b:"), "{refused:?}");
    assert!(refused.fixes.iter().any(|fix| fix.contains("cspctl auth xero")));
    assert_eq!(probe(Some((Kind::Failed, "Xero could not do it"))).state, State::Problem(Kind::Failed));
}

#[test]
fn accounts_exist_are_active_and_of_their_side() {
    let accounts =
        [account_of("200", AccountClass::Revenue, true), account_of("310", AccountClass::Expense, true), account_of("320", AccountClass::Expense, false)];
    assert_eq!(account("xero.revenue_account", "200", &accounts, false), Verdict::ok("200 (Licences)"));
    for (code, is_purchase, words) in
        [("999", true, "no account `999`"), ("320", true, "is archived"), ("200", true, "no expense account"), ("310", false, "no revenue account")]
    {
        let verdict = account("xero.setting", code, &accounts, is_purchase);
        assert_eq!(verdict.state, State::Problem(Kind::Configuration));
        assert!(verdict.message.contains(words) && verdict.message.contains("xero.setting") && !verdict.fixes.is_empty(), "{verdict:?}");
    }
    assert_eq!(products_accounts(&["200"], &accounts).state, State::Ok);
    assert!(products_accounts(&["200", "999"], &accounts).message.contains("`999`"));
}

#[test]
fn the_distributor_is_chosen_there_and_active() {
    let contacts = [contact(1, true), contact(2, false)];
    let of = |id: u128| distributor(Some(ContactId(Uuid::from_u128(id))), &contacts);
    assert_eq!(of(1), Verdict::ok("Dicker Data"));
    assert!(of(2).message.contains("is archived"));
    assert!(of(3).message.contains("has no contact"));
    for verdict in [of(2), of(3), distributor(None, &contacts)] {
        assert!(verdict.state == State::Problem(Kind::Configuration) && verdict.fixes[0].contains("xero.contact_id"), "{verdict:?}");
    }
}

#[test]
fn customers_without_a_usable_contact_are_named_and_many_are_counted() {
    let contacts = [contact(1, true), contact(2, false)];
    let mapped = |ids: &[u128]| ids.iter().map(|id| (ContactId(Uuid::from_u128(*id)), format!("Customer {id}"))).collect::<Vec<_>>();
    assert_eq!(customers(&mapped(&[1]), &contacts, "f"), Verdict::ok("1 contact in Xero"));
    let verdict = customers(&mapped(&[1, 2, 3, 4, 5]), &contacts, "cspctl map customers");
    assert_eq!(
        verdict.message,
        "the contact of Customer 2 is archived; the contact of Customer 3 is not in Xero; the contact of Customer 4 is not in Xero; and 1 more"
    );
    assert_eq!(verdict.fixes, ["cspctl map customers set TENANT CONTACT"]);
}

#[test]
fn few_calls_are_worth_a_warning() {
    assert_eq!(calls(Some(100)).state, State::Ok);
    assert_eq!(calls(Some(99)).state, State::Warning);
    assert_eq!(calls(None).state, State::Skipped);
}

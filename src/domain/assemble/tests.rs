//! When documents fall due with an organisation connected (`rules.md` 19; `contracts/xero.md` 3.5).

use jiff::civil::{Date, date};

use crate::domain::books::{BookedContact, Terms};
use crate::domain::scenario::{PREMIUM, Scenario, charge, contact, november};

const OWN: Terms = Terms::DaysAfterBillDate(7);
const ORGANISATIONS: Terms = Terms::OfFollowingMonth(15);

/// Customer 1 and the distributor have terms of their own, customer 2 has none.
fn scenario() -> Scenario {
    let mut scenario = Scenario::new().connected().charges([charge(1, PREMIUM, november(), "1", "28"), charge(2, PREMIUM, november(), "1", "28")]);
    let with_terms = |number| BookedContact {
        id: contact(number),
        name: "".into(),
        account_number: None,
        is_active: true,
        sales_terms: Some(OWN),
        bill_terms: Some(Terms::DaysAfterBillMonth(10)),
    };
    let without = BookedContact { sales_terms: None, bill_terms: None, ..with_terms(2) };
    scenario.books().contacts = vec![with_terms(0), with_terms(1), without];
    scenario.books().sales_terms = Some(ORGANISATIONS);
    scenario.policy.due_by_contact = true;
    scenario
}

fn due(scenario: &Scenario) -> Vec<Date> {
    scenario.plan("2026-11").documents.iter().map(|document| document.due_date).collect()
}

#[test]
fn rule_19_contacts_terms_come_before_the_organisations_and_those_before_the_configuration() {
    let mut scenario = scenario();
    assert_eq!(due(&scenario), [date(2026, 12, 10), date(2026, 12, 7), date(2026, 12, 15)]);
    scenario.books().sales_terms = None;
    assert_eq!(due(&scenario)[2], date(2026, 12, 20), "20 days");
}

#[test]
fn rule_19_without_contact_terms_customers_follow_the_configuration_and_the_bill_its_known_terms() {
    let mut scenario = scenario();
    scenario.policy.due_by_contact = false;
    assert_eq!(due(&scenario), [date(2026, 12, 10), date(2026, 12, 20), date(2026, 12, 20)]);
    scenario.books().contacts.clear();
    assert_eq!(due(&scenario)[0], date(2026, 12, 20), "nothing is known of the distributor's terms");
    scenario.books().bill_terms = Some(Terms::DaysAfterBillDate(30));
    assert_eq!(due(&scenario)[0], date(2026, 12, 20), "the organisation's terms are not the distributor's");
    scenario.policy.due_by_contact = true;
    assert_eq!(due(&scenario)[0], date(2026, 12, 30));
    scenario.sources.books = None;
    assert_eq!(due(&scenario), [date(2026, 12, 20); 3]);
}

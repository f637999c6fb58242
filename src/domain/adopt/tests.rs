//! `rules.md` 27, one test a rule: what a fresh machine, or one that lost its ledger, finds in Xero.

use jiff::civil::{Date, date};

use crate::domain::books::BookedStatus;
use crate::domain::charge::Charge;
use crate::domain::document::{Document, Kind};
use crate::domain::finding::Code;
use crate::domain::plan::Plan;
use crate::domain::scenario::{PREMIUM, Scenario, charge, contact, decimal, in_xero, money, november, tenant};

const NOVEMBER: &str = "2026-11";

/// A charge of its own: another quantity, another subscription.
fn seats(customer: u32, quantity: u32) -> Charge {
    let mut charge = charge(customer, PREMIUM, november(), &quantity.to_string(), "28");
    charge.subscription = crate::domain::ids::SubscriptionId::new(&format!("{customer}-{quantity}"));
    charge.key = crate::domain::charge::ChargeKey::of_export(&charge.facts(), 1);
    charge
}

/// Customers 1 and 2 were billed in November; then the ledger was lost.
fn lost() -> Scenario {
    let mut scenario = Scenario::new().connected().charges([seats(1, 10), seats(2, 20)]);
    scenario.post(NOVEMBER);
    scenario.lose_ledger();
    scenario
}

fn new_numbers(plan: &Plan) -> Vec<String> {
    plan.new_documents().map(|document| document.number.to_string()).collect()
}

fn numbers(documents: &[Document]) -> Vec<String> {
    documents.iter().map(|document| document.number.to_string()).collect()
}

fn quantities(plan: &Plan) -> Vec<(bool, String)> {
    plan.new_documents().flat_map(|document| document.lines.iter().map(|line| (document.kind.is_purchase(), line.quantity.to_string()))).collect()
}

#[test]
fn rule_27_documents_whose_lines_all_match_are_adopted() {
    let mut scenario = lost();
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert_eq!(numbers(&adoption.documents), ["DD-2026-11", "CSP-2026-11-000000010000", "CSP-2026-11-000000020000"]);
    assert!(adoption.documents.iter().all(|document| document.xero_id().is_some()));
    assert_eq!((adoption.billed.len(), adoption.disputes.len()), (2, 0));
    for billed in &adoption.billed {
        assert_eq!(billed.bill.as_deref(), Some("DD-2026-11"));
        assert!(billed.sale.as_ref().is_some_and(|sale| sale.number.starts_with("CSP-2026-11-")));
    }
    let plan = scenario.plan(NOVEMBER);
    assert_eq!(new_numbers(&plan), [""; 0]);
    assert_eq!((plan.coverage.charges_already_billed, plan.findings.iter().filter(|finding| finding.code != Code::NothingCompared).count()), (2, 0));
    for document in &adoption.documents {
        document.check().unwrap();
    }
}

#[test]
fn rule_27_the_rest_goes_on_the_next_further_document() {
    let mut scenario = lost();
    scenario.sources.charges.push(seats(1, 3));
    scenario.adopt(NOVEMBER, &[], false);
    let plan = scenario.plan(NOVEMBER);
    assert_eq!(new_numbers(&plan), ["DD-2026-11-2", "CSP-2026-11-000000010000-2"]);
    assert_eq!(quantities(&plan), [(true, "3".to_owned()), (false, "3".to_owned())]);
}

#[test]
fn rule_27_further_documents_are_found_as_well() {
    let mut scenario = lost();
    scenario.adopt(NOVEMBER, &[], false);
    for quantity in [3, 4] {
        scenario.sources.charges.push(seats(1, quantity));
        scenario.post(NOVEMBER);
    }
    scenario.lose_ledger();
    scenario.sources.charges.push(seats(1, 5));
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert_eq!(adoption.documents.len(), 7, "{:?}", numbers(&adoption.documents));
    let plan = scenario.plan(NOVEMBER);
    assert_eq!(new_numbers(&plan), ["DD-2026-11-4", "CSP-2026-11-000000010000-4"]);
    assert_eq!(quantities(&plan), [(true, "5".to_owned()), (false, "5".to_owned())]);
}

#[test]
fn rule_27_nothing_more_is_posted_for_a_customer_whose_document_somebody_edited() {
    let mut scenario = lost();
    scenario.sources.charges.push(seats(1, 3));
    scenario.booked(false)[0].lines[0].quantity = decimal("11");
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert_eq!(numbers(&adoption.documents), ["DD-2026-11", "CSP-2026-11-000000020000"]);
    assert_eq!(adoption.disputes[0].tenant_id, Some(tenant(1)));
    let plan = scenario.plan(NOVEMBER);
    assert_eq!(new_numbers(&plan), ["DD-2026-11-2"], "the late charge was charged all the same");
    let held: Vec<(Code, bool)> = plan.held.iter().map(|held| (held.code, held.reason.contains("11 × 32.9 = 329.00; DRAFT"))).collect();
    assert_eq!(held, [(Code::ChangedAfterPosting, true); 2]);
}

#[test]
fn rule_27_one_edited_document_keeps_the_customers_others_from_being_adopted() {
    let mut scenario = lost();
    scenario.adopt(NOVEMBER, &[], false);
    scenario.sources.charges.push(seats(1, 3));
    scenario.post(NOVEMBER);
    scenario.lose_ledger();
    let mut booked = scenario.booked(false);
    booked.last_mut().unwrap().lines[0].line_amount = money("1");
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert!(adoption.documents.iter().all(|document| document.tenant_id != Some(tenant(1))));
    let plan = scenario.plan(NOVEMBER);
    assert_eq!((new_numbers(&plan).len(), plan.held.len()), (0, 2));
}

#[test]
fn rule_27_an_edited_bill_keeps_charges_off_any_further_bill_but_customers_are_billed() {
    let mut scenario = lost();
    scenario.sources.charges.push(seats(1, 3));
    scenario.booked(true)[0].lines[0].line_amount = money("1");
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert_eq!(adoption.disputes[0].tenant_id, None);
    let plan = scenario.plan(NOVEMBER);
    assert_eq!(new_numbers(&plan), ["CSP-2026-11-000000010000-2"]);
    let finding = plan.findings.iter().find(|finding| finding.code == Code::ChangedAfterPosting).unwrap();
    assert!(finding.message.starts_with("DD-2026-11 is in Xero already and has a line that no charge explains"), "{}", finding.message);
    assert!(finding.fix.ends_with("cspctl sync --period 2026-11 --repost"));
}

#[test]
fn rule_27_deleted_and_voided_documents_count_as_present() {
    for status in [BookedStatus::Deleted, BookedStatus::Voided] {
        let mut scenario = lost();
        for booked in &mut scenario.books().documents {
            booked.status = status.clone();
        }
        assert_eq!(scenario.adopt(NOVEMBER, &[], false).documents.len(), 3);
        assert_eq!(new_numbers(&scenario.plan(NOVEMBER)).len(), 0);
    }
}

#[test]
fn rule_27_unless_this_tool_took_them_back_or_they_are_to_be_reposted() {
    for repost in [false, true] {
        let mut scenario = lost();
        scenario.booked(false)[0].status = BookedStatus::Voided;
        let id = scenario.booked(false)[0].id;
        let withdrawn: Vec<_> = if repost { Vec::new() } else { vec![id] };
        assert_eq!(scenario.adopt(NOVEMBER, &withdrawn, repost).documents.len(), 2);
        assert_eq!(new_numbers(&scenario.plan(NOVEMBER)), ["CSP-2026-11-000000010000-2"], "a number of Xero is never used again");
    }
}

/// A month that ends in credits on both sides.
fn credited() -> Scenario {
    let mut scenario = Scenario::new().connected().charges([charge(1, PREMIUM, november(), "-2", "28")]);
    scenario.post(NOVEMBER);
    scenario.lose_ledger();
    scenario
}

#[test]
fn rule_27_a_supplier_credit_has_no_number_and_is_known_by_its_lines() {
    let mut scenario = credited();
    assert_eq!(&*scenario.booked(true)[0].number, "");
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    let kinds: Vec<(Kind, &str)> = adoption.documents.iter().map(|document| (document.kind, &*document.number)).collect();
    assert_eq!(kinds, [(Kind::SupplierCredit, "DD-2026-11"), (Kind::CreditNote, "CSP-2026-11-000000010000")]);
    assert_eq!(adoption.documents[0].lines[0].line_amount, money("56"));
    adoption.documents[0].check().unwrap();
    assert_eq!(new_numbers(&scenario.plan(NOVEMBER)).len(), 0);
}

#[test]
fn rule_27_a_supplier_credit_without_a_line_of_ours_is_somebody_elses() {
    let mut scenario = credited();
    let mut foreign = scenario.booked(true)[0].clone();
    foreign.id.0 = uuid::Uuid::from_u128(7);
    foreign.lines[0].description = "Freight".into();
    scenario.books().documents.insert(0, foreign);
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert_eq!((adoption.documents.len(), adoption.disputes.len()), (2, 0));
    let mut scenario = credited();
    let extra = scenario.booked(true)[0].lines[0].clone();
    scenario.booked(true)[0].lines.push(crate::domain::books::BookedLine { description: "Freight".into(), ..extra });
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert_eq!(&*adoption.disputes[0].number, "the supplier credit of 2026-11-30");
}

#[test]
fn rule_27_a_number_of_another_supplier_is_no_bill_of_ours() {
    let mut scenario = lost();
    scenario.booked(true)[0].contact_id = Some(contact(9));
    assert_eq!(scenario.adopt(NOVEMBER, &[], false).documents.len(), 2);
    assert_eq!(new_numbers(&scenario.plan(NOVEMBER)), ["DD-2026-11-2"]);
}

fn october() -> (Date, Date) {
    (date(2026, 10, 14), date(2026, 10, 31))
}

#[test]
fn rule_27_undated_charges_of_a_month_that_was_billed_are_not_billed_again() {
    let mut scenario = Scenario::new().connected().charges([charge(1, PREMIUM, october(), "3", "16")]);
    scenario.post("2026-10");
    scenario.lose_ledger();
    scenario.sources.charges.push(seats(1, 10));
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert_eq!((adoption.documents.len(), adoption.caught_up.len(), adoption.disputes.len()), (0, 1, 0));
    assert_eq!(adoption.caught_up[0].period.to_string(), "2026-10");
    assert_eq!(quantities(&scenario.plan(NOVEMBER)), [(true, "10".to_owned()), (false, "10".to_owned())]);
}

#[test]
fn rule_27_a_charge_that_the_month_before_has_on_one_side_alone_is_for_a_person_to_look_at() {
    let mut scenario = Scenario::new().connected().charges([charge(1, PREMIUM, october(), "3", "16")]);
    scenario.post("2026-10");
    scenario.lose_ledger();
    scenario.books().documents.retain(|booked| booked.kind.is_purchase());
    scenario.sources.charges.push(seats(2, 10));
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert_eq!((adoption.caught_up.len(), adoption.disputes[0].tenant_id), (0, Some(tenant(1))));
    let plan = scenario.plan(NOVEMBER);
    assert!(plan.new_documents().all(|document| document.tenant_id != Some(tenant(1))));
}

#[test]
fn rule_27_a_month_on_record_is_not_looked_at_again() {
    let mut scenario = Scenario::new().connected().charges([charge(1, PREMIUM, october(), "3", "16")]);
    scenario.post("2026-10");
    // A second charge that nothing but the record tells from the first.
    let mut twin = charge(1, PREMIUM, october(), "3", "16");
    twin.key = crate::domain::charge::ChargeKey::of_export(&twin.facts(), 2);
    scenario.sources.charges.push(twin);
    assert!(scenario.adopt(NOVEMBER, &[], false).is_empty());
    assert_eq!(quantities(&scenario.plan(NOVEMBER)).len(), 2);
}

#[test]
fn rule_15_of_two_tenants_that_share_six_digits_each_gets_its_own() {
    // Customer 1 was the only one of its six digits when it was billed.
    let mut scenario = Scenario::new().connected().charges([seats(1, 10)]);
    let all = scenario.mapping.clone();
    scenario.mapping.customers.truncate(1);
    let plan = scenario.post(NOVEMBER);
    assert_eq!(&*plan.documents[1].number, "CSP-2026-11-000000");
    scenario.lose_ledger();
    scenario.mapping = all;
    scenario.sources.charges.push(seats(2, 10));
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert_eq!(numbers(&adoption.documents), ["DD-2026-11", "CSP-2026-11-000000"]);
    assert_eq!(adoption.documents[1].tenant_id, Some(tenant(1)), "though customer 2 has the same figures");
    assert_eq!(new_numbers(&scenario.plan(NOVEMBER)), ["DD-2026-11-2", "CSP-2026-11-000000020000"]);
    // The number once recorded stays.
    scenario.sources.charges.push(seats(1, 3));
    assert!(new_numbers(&scenario.plan(NOVEMBER)).contains(&"CSP-2026-11-000000-2".to_owned()));
}

#[test]
fn documents_that_xero_numbers_are_known_by_their_reference() {
    // `post::books` puts our number, which Xero keeps as reference, in the place of Xero's.
    let mut scenario = lost();
    for booked in scenario.booked(false) {
        booked.reference = std::sync::Arc::clone(&booked.number);
    }
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert_eq!(adoption.documents.len(), 3);
    assert_eq!(adoption.documents[1].reference.as_deref(), Some("CSP-2026-11-000000010000"));
}

#[test]
fn a_text_that_still_names_the_window_is_still_ours() {
    let mut scenario = lost();
    scenario.booked(false)[0].lines[0].description = "Premium seats 1 Nov 2026 - 30 Nov 2026, as agreed".into();
    scenario.booked(false)[1].lines[0].description = "Premium 2026-11-01/2026-11-30".into();
    scenario.booked(true)[0].lines[0].description = "Dicker Data".into();
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert_eq!(numbers(&adoption.documents), ["CSP-2026-11-000000010000", "CSP-2026-11-000000020000"]);
    assert_eq!(&*adoption.documents[0].lines[0].description, "Premium seats 1 Nov 2026 - 30 Nov 2026, as agreed");
}

#[test]
fn a_reworded_line_does_not_take_the_charge_whose_text_another_line_has() {
    // Both have the same figures and window. The first line of the bill was reworded: it must not
    // take customer 1's charge, whose own line comes later.
    let mut scenario = Scenario::new().connected().charges([seats(1, 10), seats(2, 10)]);
    scenario.post(NOVEMBER);
    scenario.lose_ledger();
    scenario.books().documents.retain(|booked| booked.kind.is_purchase());
    scenario.booked(true)[0].lines.reverse();
    scenario.booked(true)[0].lines[0].description = "Second customer, 1 Nov 2026 to 30 Nov 2026".into();
    let plan = scenario.plan(NOVEMBER);
    let key_of = |name: &str| plan.documents[0].lines.iter().find(|line| line.description.starts_with(name)).unwrap().key;
    let (one, two) = (key_of("Customer 1"), key_of("Customer 2"));
    let reworded_was = if scenario.booked(true)[0].lines[1].description.starts_with("Customer 1") { two } else { one };
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert_eq!(adoption.documents[0].lines[0].key, reworded_was);
}

#[test]
fn a_bill_of_ten_thousand_lines_is_adopted_in_one_go() {
    let charges = (1..=10_000).map(|number| {
        let mut charge = charge(1, PREMIUM, november(), "1", "28");
        charge.key = crate::domain::charge::ChargeKey::of_export(&charge.facts(), number);
        charge
    });
    let mut scenario = Scenario::new().connected().charges(charges);
    scenario.post(NOVEMBER);
    scenario.lose_ledger();
    for line in &mut scenario.booked(true)[0].lines {
        line.description = "Reworded, 1 Nov 2026 to 30 Nov 2026".into();
    }
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert_eq!((adoption.documents.len(), adoption.billed.len()), (2, 10_000));
    // One line that is not ours, and all are given back.
    scenario.lose_ledger();
    scenario.booked(true)[0].lines[9_999].line_amount = money("1");
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert_eq!((adoption.documents.len(), adoption.disputes.len()), (1, 1));
}

#[test]
fn an_empty_document_of_our_number_is_not_ours() {
    let mut scenario = lost();
    scenario.booked(false)[0].lines.clear();
    let adoption = scenario.adopt(NOVEMBER, &[], false);
    assert_eq!(adoption.disputes[0].what, "has no lines");
}

#[test]
fn a_document_on_record_is_never_adopted_twice() {
    let mut scenario = Scenario::new().connected().charges([seats(1, 10)]);
    let plan = scenario.post(NOVEMBER);
    scenario.sources.charges.push(seats(1, 3));
    assert!(scenario.adopt(NOVEMBER, &[], false).is_empty());
    assert_eq!(in_xero(&plan.documents[0]).id, scenario.booked(true)[0].id);
    assert_eq!(new_numbers(&scenario.plan(NOVEMBER)), ["DD-2026-11-2", "CSP-2026-11-000000010000-2"]);
}

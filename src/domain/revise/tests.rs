//! What may be planned anew, and what comes of it.

use super::*;
use crate::domain::books::BookedStatus;
use crate::domain::charge::{Charge, ChargeKey};
use crate::domain::document::Kind;
use crate::domain::history::{Dispute, NumberInXero};
use crate::domain::ids::SubscriptionId;
use crate::domain::scenario::{PREMIUM, Scenario, charge, november, tenant};

const NOVEMBER: &str = "2026-11";

fn seats(customer: u32, quantity: &str) -> Charge {
    let mut charge = charge(customer, PREMIUM, november(), quantity, "28");
    charge.subscription = SubscriptionId::new(&format!("{customer} {quantity}"));
    charge.key = ChargeKey::of_export(&charge.facts(), 1);
    charge
}

/// Customers 1 and 2 were posted: the bill and two invoices.
fn posted() -> Scenario {
    let mut scenario = Scenario::new().connected().charges([seats(1, "10"), seats(2, "20")]);
    scenario.post(NOVEMBER);
    scenario
}

fn drafts(history: &History) -> Vec<Untouched> {
    let untouched =
        |document: &Document| Untouched { id: document.xero_id().unwrap(), is_purchase: document.kind.is_purchase(), number: Arc::clone(&document.number) };
    history.documents.iter().map(untouched).collect()
}

/// What `--revise` does with all drafts: the plan, and why others stay.
fn revised(scenario: &Scenario) -> (Plan, Vec<NotRevised>) {
    let mut scenario = scenario.clone();
    let (drafts, mut kept) = revisable(&scenario.history, &scenario.plan(NOVEMBER), drafts(&scenario.history));
    let before = scenario.history.clone();
    scenario.history = without(&before, &drafts);
    let replanned = scenario.plan(NOVEMBER);
    let (changed, not) = changed(&before, &replanned, drafts);
    kept.extend(not);
    scenario.history = without(&before, &changed);
    let mut plan = scenario.plan(NOVEMBER);
    mark(&mut plan, &changed);
    (plan, kept)
}

fn new_numbers(plan: &Plan) -> Vec<&str> {
    plan.new_documents().map(|document| &*document.number).collect()
}

#[test]
fn drafts_that_would_come_out_the_same_stay() {
    let (plan, kept) = revised(&posted());
    assert_eq!((new_numbers(&plan).len(), kept), (0, vec![]));
}

#[test]
fn a_draft_that_comes_out_differently_is_replaced_under_its_own_number() {
    let mut scenario = posted();
    let own = crate::domain::mapping::PriceOverride {
        tenant_id: tenant(1),
        offer: scenario.mapping.products[0].offer.clone(),
        narrowing: crate::domain::mapping::Narrowing::default(),
        price: "40".parse().unwrap(),
    };
    scenario.mapping.overrides.push(own);
    let (plan, kept) = revised(&scenario);
    assert_eq!((new_numbers(&plan), kept), (vec!["CSP-2026-11-000000010000"], vec![]));
    let document = plan.new_documents().next().unwrap();
    assert_eq!(document.sub_total.to_string(), "400.00");
    let before = scenario.history.documents.iter().find(|before| before.number == document.number).unwrap();
    assert_eq!(document.xero.as_ref().unwrap().revises, before.xero_id());
}

#[test]
fn a_late_charge_goes_on_the_drafts_that_are_planned_anew() {
    let mut scenario = posted();
    scenario.sources.charges.push(seats(1, "3"));
    let (plan, _) = revised(&scenario);
    assert_eq!(new_numbers(&plan), ["DD-2026-11", "CSP-2026-11-000000010000"]);
    assert!(plan.new_documents().all(|document| document.xero.as_ref().unwrap().revises.is_some()));
}

#[test]
fn with_further_documents_nobody_can_tell_which_charge_belongs_on_which() {
    let mut scenario = posted();
    scenario.sources.charges.push(seats(1, "3"));
    scenario.post(NOVEMBER);
    let (alone, others) = revisable(&scenario.history, &scenario.plan(NOVEMBER), drafts(&scenario.history));
    let alone: Vec<&str> = alone.iter().map(|draft| &*draft.number).collect();
    assert_eq!(alone, ["CSP-2026-11-000000020000"]);
    assert_eq!(others.len(), 4);
    assert!(others[0].why.contains("cspctl runs undo"));
}

#[test]
fn a_draft_without_charges_or_of_another_kind_stays() {
    let mut scenario = posted();
    scenario.mapping.customers[0].xero_contact_id = None;
    let (plan, kept) = revised(&scenario);
    assert_eq!((new_numbers(&plan).len(), kept.len()), (0, 1));
    assert_eq!((&*kept[0].number, &*kept[0].why), ("CSP-2026-11-000000010000", "none of its charges would be billed now"));
    let mut scenario = posted();
    scenario.sources.charges.push(seats(1, "-11"));
    let (plan, kept) = revised(&scenario);
    // The bill takes the credit; the invoice would be a credit note, so the credit goes on one of its own.
    assert_eq!(new_numbers(&plan), ["DD-2026-11", "CSP-2026-11-000000010000-2"]);
    assert_eq!(plan.new_documents().last().unwrap().kind, Kind::CreditNote);
    assert!(kept[0].why.starts_with("it would become a credit-note"));
}

#[test]
fn a_history_without_drafts_keeps_everything_else() {
    let mut scenario = posted();
    scenario.history.charges[0].caught_up = true;
    scenario.history.disputes.push(Dispute { tenant_id: None, number: "X".into(), what: String::new() });
    let in_xero = |is_purchase, number: &str| NumberInXero { is_purchase, number: number.into() };
    scenario.history.numbers_in_xero = vec![in_xero(true, "DD-2026-11"), in_xero(false, "DD-2026-11")];
    let bill = drafts(&scenario.history).remove(0);
    let history = without(&scenario.history, &[bill]);
    assert_eq!((history.documents.len(), history.disputes.len()), (2, 1));
    assert_eq!(history.numbers_in_xero, [in_xero(false, "DD-2026-11")], "the other side's numbers are others");
    assert!(history.charges.iter().all(|charge| charge.bill.is_none() && charge.sale.is_some()));
    let all = without(&scenario.history, &drafts(&scenario.history));
    assert_eq!(all.charges.len(), 1, "what was caught up stays billed");
}

#[test]
fn rule_27_what_somebody_took_back_is_planned_anew_under_a_further_number() {
    let mut scenario = posted();
    let period = NOVEMBER.parse().unwrap();
    assert_eq!(taken_back(&scenario.history, scenario.sources.books.as_ref().unwrap(), period), []);
    scenario.booked(false)[0].status = BookedStatus::Voided;
    let gone = taken_back(&scenario.history, scenario.sources.books.as_ref().unwrap(), period);
    assert_eq!(gone.iter().map(|document| &*document.number).collect::<Vec<_>>(), ["CSP-2026-11-000000010000"]);
    scenario.history = without(&scenario.history, &gone);
    scenario.adopt(NOVEMBER, &[], true);
    assert_eq!(new_numbers(&scenario.plan(NOVEMBER)), ["CSP-2026-11-000000010000-2"]);
    assert_eq!(taken_back(&scenario.history, scenario.sources.books.as_ref().unwrap(), "2026-10".parse().unwrap()), []);
}

#[test]
fn what_is_not_in_xero_at_all_was_taken_back_as_well() {
    let mut scenario = posted();
    scenario.books().documents.clear();
    assert_eq!(taken_back(&scenario.history, scenario.sources.books.as_ref().unwrap(), NOVEMBER.parse().unwrap()).len(), 3);
}

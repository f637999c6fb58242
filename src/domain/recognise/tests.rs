//! Recognising charges, and whole lives in which the source is switched between runs.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;
use crate::domain::document::{Document, Kind};
use crate::domain::finding::Code;
use crate::domain::period::BillingPeriod;
use crate::domain::plan::Plan;
use crate::domain::scenario::{PREMIUM, Scenario, charge, november, tenant};

/// The same charge as the API tells it.
fn by_api(charge: &Charge, invoice: &str, line: u32) -> Charge {
    let mut charge = charge.clone();
    charge.key = ChargeKey::of_invoice_line(invoice, &line.to_string());
    charge.invoice_number = Some(invoice.into());
    charge.invoice_date = Some(charge.usage.start.last_of_month());
    charge
}

fn api(charges: &[Charge]) -> Vec<Charge> {
    (1..).zip(charges).map(|(line, charge)| by_api(charge, "INV-1", line)).collect()
}

fn switch(scenario: &mut Scenario, charges: Vec<Charge>, reads_api: bool) {
    scenario.sources.charges = charges;
    scenario.sources.asked_from = reads_api.then(|| "2026-08".parse().unwrap());
}

fn outcome(plan: &Plan) -> (usize, Vec<Code>, u64) {
    (plan.new_documents().count(), plan.held.iter().map(|held| held.code).collect(), plan.coverage.charges_already_billed)
}

/// Ten and two seats for two customers, billed from the export.
fn billed_from_the_export() -> (Scenario, Vec<Charge>) {
    let charges = vec![charge(1, PREMIUM, november(), "10", "28.19"), charge(2, PREMIUM, november(), "2", "28.19")];
    let mut scenario = Scenario::new().charges(charges.clone());
    assert_eq!(scenario.run("2026-11").new_documents().count(), 3);
    (scenario, charges)
}

#[test]
fn a_month_billed_from_the_export_is_not_billed_again_from_the_api_and_back() {
    let (mut scenario, charges) = billed_from_the_export();
    switch(&mut scenario, api(&charges), true);
    assert_eq!(outcome(&scenario.run("2026-11")), (0, vec![], 2));
    switch(&mut scenario, charges, false);
    assert_eq!(outcome(&scenario.run("2026-11")), (0, vec![], 2));
}

#[test]
fn a_month_billed_from_the_api_is_not_billed_again_from_the_export() {
    let charges = vec![charge(1, PREMIUM, november(), "10", "28.19"), charge(2, PREMIUM, november(), "2", "28.19")];
    let mut scenario = Scenario::new();
    switch(&mut scenario, api(&charges), true);
    assert_eq!(scenario.run("2026-11").new_documents().count(), 3);
    switch(&mut scenario, charges, false);
    assert_eq!(outcome(&scenario.run("2026-11")), (0, vec![], 2));
}

#[test]
fn a_charge_on_the_bill_and_not_yet_sold_is_sold_once_after_the_switch() {
    let (mut scenario, charges) = {
        let charges = vec![charge(7, PREMIUM, november(), "10", "28.19")];
        (Scenario::new().charges(charges.clone()), charges)
    };
    assert_eq!(outcome(&scenario.run("2026-11")), (1, vec![Code::CustomerUnmapped], 0));
    switch(&mut scenario, api(&charges), true);
    scenario = scenario.customer(7);
    let plan = scenario.run("2026-11");
    assert_eq!(plan.new_documents().map(|document| document.kind).collect::<Vec<_>>(), [Kind::Invoice]);
    switch(&mut scenario, charges, false);
    assert_eq!(outcome(&scenario.run("2026-11")), (0, vec![], 1));
}

#[test]
fn a_later_credit_is_one_further_document_when_everything_billed_was_recognised() {
    let (mut scenario, charges) = billed_from_the_export();
    let mut with_credit = charges;
    with_credit.push(charge(1, PREMIUM, november(), "-1", "28.19"));
    switch(&mut scenario, api(&with_credit), true);
    let plan = scenario.run("2026-11");
    assert_eq!(plan.new_documents().map(|document| document.kind).collect::<Vec<_>>(), [Kind::SupplierCredit, Kind::CreditNote]);
}

#[test]
fn other_figures_for_a_billed_window_are_held_and_shown() {
    let (mut scenario, charges) = billed_from_the_export();
    // One line of ten seats is two lines in the API.
    let split = [charge(1, PREMIUM, november(), "6", "28.19"), charge(1, PREMIUM, november(), "4", "28.19"), charges[1].clone()];
    switch(&mut scenario, api(&split), true);
    let plan = scenario.run("2026-11");
    assert_eq!(outcome(&plan), (0, vec![Code::ChangedAtSource; 2], 1));
    assert!(plan.held[0].reason.contains("10 × 28.19"), "{}", plan.held[0].reason);
}

#[test]
fn the_same_figures_for_days_counted_differently_are_held() {
    let (mut scenario, charges) = billed_from_the_export();
    let mut moved = charges;
    moved[0].usage.end = date(2026, 12, 1);
    switch(&mut scenario, api(&moved), true);
    let plan = scenario.run("2026-11");
    assert_eq!(outcome(&plan), (0, vec![Code::ChangedAtSource], 1));
    assert!(plan.held[0].reason.contains("for 1 Nov 2026"), "{}", plan.held[0].reason);
}

#[test]
fn identical_charges_are_recognised_one_to_one() {
    let twice: Vec<Charge> = (1..=2)
        .map(|ordinal| {
            let mut one = charge(1, PREMIUM, november(), "1", "28.19");
            one.key = ChargeKey::of_export(&one.facts(), ordinal);
            one
        })
        .collect();
    let mut scenario = Scenario::new().charges(twice.clone());
    scenario.run("2026-11");
    let mut thrice = twice.clone();
    thrice.push(twice[0].clone());
    switch(&mut scenario, api(&thrice), true);
    let plan = scenario.run("2026-11");
    assert_eq!((plan.new_documents().count(), plan.coverage.charges_already_billed, plan.coverage.charges_billed), (2, 2, 1), "the third is a late charge");
}

#[test]
fn an_invoice_that_was_not_asked_for_has_not_vanished() {
    let october = (date(2026, 10, 1), date(2026, 10, 31));
    let charges = vec![charge(1, PREMIUM, october, "10", "28.19")];
    let mut scenario = Scenario::new();
    switch(&mut scenario, api(&charges), true);
    scenario.run("2026-10");
    let mut credit = by_api(&charge(1, PREMIUM, october, "-2", "28.19"), "INV-9", 1);
    credit.invoice_date = Some(date(2026, 12, 31));
    scenario.sources.charges = vec![credit];
    scenario.sources.asked_from = Some("2026-11".parse().unwrap());
    assert_eq!(outcome(&scenario.run("2026-12")).1, vec![], "a credit for a window of an older invoice is billed");
}

#[test]
fn without_a_subscription_nothing_is_guessed() {
    let nameless = |number: u32, name: &str| {
        let mut charge = charge(number, PREMIUM, november(), "1", "28.19");
        charge.subscription = SubscriptionId::new("");
        charge.tenant_name = name.into();
        charge.key = ChargeKey::of_export(&crate::domain::charge::ChargeFacts { subscription: &SubscriptionId::new(name), ..charge.facts() }, 1);
        charge
    };
    let (one, other) = (nameless(1, "Customer 1"), nameless(2, "Customer 2"));
    let mut scenario = Scenario::new().charges([one.clone(), other.clone()]);
    assert_eq!(scenario.run("2026-11").new_documents().count(), 3);
    let both = [one.clone(), other.clone()];
    switch(&mut scenario, api(&both), true);
    assert_eq!(outcome(&scenario.run("2026-11")), (0, vec![], 2), "all were sold, so every pair is right");
    let third = nameless(3, "Customer 3");
    switch(&mut scenario, api(&[one, other, third]), true);
    let plan = scenario.run("2026-11");
    assert_eq!((plan.new_documents().count(), plan.held.len()), (0, 3), "held and shown: nobody can tell which is new");
}

#[test]
fn nothing_of_an_invoice_with_a_wrong_total_is_posted_and_the_rest_is() {
    let charges = [charge(1, PREMIUM, november(), "10", "28.19"), charge(2, PREMIUM, november(), "2", "28.19")];
    let mut scenario = Scenario::new();
    switch(&mut scenario, vec![by_api(&charges[0], "INV-1", 1), by_api(&charges[1], "INV-2", 1)], true);
    let totals = crate::domain::invoice_total::InvoiceDiffers {
        number: "INV-1".into(),
        total: crate::domain::invoice_total::Total::ExGst,
        stated: crate::domain::scenario::money("281.91"),
        computed: crate::domain::scenario::money("281.90"),
        is_rounding: false,
    };
    scenario.sources.invoice_differs = vec![totals];
    let plan = scenario.run("2026-11");
    assert_eq!(outcome(&plan).1, [Code::TotalMismatch]);
    assert_eq!(plan.totals.cost, crate::domain::scenario::money("56.38"));
    assert!(plan.findings.iter().any(|finding| finding.code == Code::TotalMismatch && finding.message.contains("INV-1")));
    scenario.sources.invoice_differs.clear();
    assert_eq!(outcome(&scenario.run("2026-11")).1, [], "once it holds, it is billed");
}

/// One thing that happens between runs.
#[derive(Clone, Debug)]
enum Event {
    Run(u8),
    Switch,
    Charge(Row),
    MapCustomer(u8),
    Shuffle,
}

#[derive(Clone, Debug)]
struct Row {
    tenant: u8,
    month: u8,
    day: u8,
    seats: i8,
    unit_cents: i32,
}

fn month(number: u8) -> Date {
    date(2026, 8 + i8::try_from(number).unwrap(), 1)
}

fn event() -> impl Strategy<Value = Event> {
    // Few values, so that rows are often alike.
    let row = (1_u8..4, 0_u8..4, 1_u8..3, -2_i8..4, 0_i32..3);
    prop_oneof![
        4 => (0_u8..4).prop_map(Event::Run),
        3 => Just(Event::Switch),
        5 => row.prop_map(|(tenant, month, day, seats, cents)| Event::Charge(Row { tenant, month, day, seats, unit_cents: cents * 1_000 })),
        1 => (1_u8..4).prop_map(Event::MapCustomer),
        1 => Just(Event::Shuffle),
    ]
}

/// What the distributor charged, as each source tells it.
#[derive(Default)]
struct Distributor {
    rows: Vec<Row>,
    reads_api: bool,
    reversed: bool,
}

impl Distributor {
    fn charges(&self) -> Vec<Charge> {
        let mut ordinals: BTreeMap<ChargeKey, u32> = BTreeMap::new();
        let told = (1..).zip(&self.rows).map(|(line, row)| {
            let first = month(row.month);
            let usage = (first.with().day(i8::try_from(row.day).unwrap()).build().unwrap(), first.last_of_month());
            let cents = format!("{}.{:02}", row.unit_cents / 100, row.unit_cents % 100);
            let mut charge = charge(u32::from(row.tenant), PREMIUM, usage, &row.seats.to_string(), &cents);
            if self.reads_api {
                return by_api(&charge, &format!("INV-{}", row.month), line);
            }
            let ordinal = ordinals.entry(charge.key).or_default();
            *ordinal += 1;
            charge.key = ChargeKey::of_export(&charge.facts(), *ordinal);
            charge
        });
        let mut told: Vec<Charge> = told.collect();
        if self.reversed {
            told.reverse();
        }
        told
    }
}

fn run(scenario: &mut Scenario, distributor: &Distributor, number: u8) -> Plan {
    switch(scenario, distributor.charges(), distributor.reads_api);
    scenario.run(&BillingPeriod::containing(month(number)).to_string())
}

/// Costs of all lines of one side, with their signs; no key twice.
fn lines(scenario: &Scenario, of_purchases: bool) -> Vec<(SubscriptionId, Window, Money)> {
    let mut keys = HashSet::new();
    let mut found = Vec::new();
    for document in scenario.history.documents.iter().filter(|document| document.kind.is_purchase() == of_purchases) {
        for line in &document.lines {
            assert!(keys.insert(line.key), "{} twice", line.key);
            let record = scenario.history.charges.iter().find(|billed| billed.key == line.key).unwrap();
            found.push((record.subscription.clone(), record.usage, record.cost));
        }
        document.check().unwrap();
    }
    found.sort();
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 384, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_runs_and_switches_bills_twice_or_drops(events in prop::collection::vec(event(), 1..40)) {
        let mut scenario = Scenario::new();
        scenario.mapping.customers.retain(|customer| customer.tenant_id != tenant(3));
        let mut distributor = Distributor::default();
        for event in &events {
            match event {
                Event::Run(number) => {
                    let plan = run(&mut scenario, &distributor, *number);
                    prop_assert!(plan.held.iter().all(|held| held.code != Code::ChangedAtSource), "{:?}", plan.held);
                }
                Event::Switch => distributor.reads_api = !distributor.reads_api,
                Event::Charge(row) => distributor.rows.push(row.clone()),
                Event::MapCustomer(number) => {
                    scenario.mapping.customers.retain(|customer| customer.tenant_id != tenant(u32::from(*number)));
                    scenario = scenario.customer(u32::from(*number));
                }
                Event::Shuffle => distributor.reversed = !distributor.reversed,
            }
        }
        scenario.include_older = true;
        if scenario.mapping.customers.iter().all(|customer| customer.tenant_id != tenant(3)) {
            scenario = scenario.customer(3);
        }
        for number in 0..4 {
            run(&mut scenario, &distributor, number);
        }
        let mut charged: Vec<(SubscriptionId, Window, Money)> =
            distributor.charges().into_iter().map(|charge| (charge.subscription, charge.usage, charge.cost)).collect();
        charged.sort();
        prop_assert_eq!(&lines(&scenario, true), &charged, "every charge on exactly one bill at its cost");
        prop_assert_eq!(&lines(&scenario, false), &charged, "and on exactly one sale");
        let bills: Money = scenario.history.documents.iter().filter(|document| document.kind.is_purchase()).map(Document::net).sum();
        prop_assert_eq!(bills, charged.iter().map(|(.., cost)| *cost).sum::<Money>());
    }
}

//! Properties of whole lives of the tool: whatever sequence of runs, edits of the mapping and
//! re-exports, no charge is billed twice or dropped, and documents tie to charges.

use std::collections::{HashMap, HashSet};

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::charge::{Charge, ChargeKey};
use super::document::{Document, Kind};
use super::history::History;
use super::money::Money;
use super::plan::Plan;
use super::scenario::{PREMIUM, Scenario, billed_cost, charge, tenant};

/// One thing that happens between runs.
#[derive(Clone, Debug)]
enum Event {
    Run { month: u8, include_older: bool },
    AddCharge(Row),
    Shuffle(u64),
    MapCustomer(u8),
    UnmapCustomer(u8),
    IgnoreCustomer(u8),
    Price(u16),
    Floor(u8),
}

#[derive(Clone, Debug)]
struct Row {
    tenant: u8,
    month: u8,
    day: u8,
    seats: i8,
    unit_cents: i32,
    dated: bool,
}

fn row() -> impl Strategy<Value = Row> {
    (1_u8..6, 0_u8..5, 1_u8..29, -3_i8..9, -500_i32..4_000, any::<bool>()).prop_map(|(tenant, month, day, seats, unit_cents, dated)| Row {
        tenant,
        month,
        day,
        seats,
        unit_cents,
        dated,
    })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0_u8..5, any::<bool>()).prop_map(|(month, include_older)| Event::Run { month, include_older }),
        5 => row().prop_map(Event::AddCharge),
        1 => any::<u64>().prop_map(Event::Shuffle),
        2 => (1_u8..6).prop_map(Event::MapCustomer),
        1 => (1_u8..6).prop_map(Event::UnmapCustomer),
        1 => (1_u8..6).prop_map(Event::IgnoreCustomer),
        1 => (1_u16..9_000).prop_map(Event::Price),
        1 => (0_u8..60).prop_map(Event::Floor),
    ]
}

fn month(number: u8) -> Date {
    date(2026, 8 + i8::try_from(number).unwrap(), 1)
}

fn add(scenario: &mut Scenario, row: &Row) {
    let first = month(row.month);
    let usage = (first.with().day(i8::try_from(row.day).unwrap()).build().unwrap(), first.last_of_month());
    let cents = format!("{}.{:02}", row.unit_cents / 100, row.unit_cents.abs() % 100);
    let mut charge = charge(u32::from(row.tenant), PREMIUM, usage, &row.seats.to_string(), &cents);
    if row.dated {
        charge.invoice_date = Some(first.last_of_month());
    }
    let same = scenario.sources.charges.iter().filter(|other| other.facts() == charge.facts()).count();
    charge.key = ChargeKey::of_export(&charge.facts(), u32::try_from(same + 1).unwrap());
    scenario.sources.charges.push(charge);
}

fn shuffle(charges: &mut [Charge], seed: u64) {
    let mut state = seed | 1;
    for index in (1..charges.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        charges.swap(index, usize::try_from(state >> 33).unwrap() % (index + 1));
    }
}

fn happen(scenario: &mut Scenario, event: &Event) -> Option<Plan> {
    match event {
        Event::Run { month: number, include_older } => {
            scenario.include_older = *include_older;
            let period = super::period::BillingPeriod::containing(month(*number)).to_string();
            return Some(scenario.run(&period));
        }
        Event::AddCharge(row) => add(scenario, row),
        Event::Shuffle(seed) => shuffle(&mut scenario.sources.charges, *seed),
        Event::MapCustomer(number) => {
            scenario.mapping.customers.retain(|customer| customer.tenant_id != tenant(u32::from(*number)));
            *scenario = scenario.clone().customer(u32::from(*number));
        }
        Event::UnmapCustomer(number) => scenario.mapping.customers.retain(|customer| customer.tenant_id != tenant(u32::from(*number))),
        Event::IgnoreCustomer(number) => {
            if let Some(customer) = scenario.mapping.customers.iter_mut().find(|customer| customer.tenant_id == tenant(u32::from(*number))) {
                customer.ignore = true;
            }
        }
        Event::Price(cents) => scenario.mapping.products[0].price = Some(format!("{}.{:02}", cents / 100, cents % 100).parse().unwrap()),
        Event::Floor(percent) => scenario.policy.margin_floor_percent = (*percent).into(),
    }
    None
}

/// Every charge is at most once on a bill and at most once on a sale; numbers are unique.
fn nothing_twice(history: &History) {
    let (mut keys, mut numbers) = (HashSet::new(), HashSet::new());
    for document in &history.documents {
        document.check().unwrap();
        assert!(numbers.insert((document.kind.is_purchase(), document.number.clone())), "{} twice", document.number);
        for line in &document.lines {
            assert!(keys.insert((document.kind.is_purchase(), line.key)), "{} twice", line.key);
        }
    }
}

fn line_costs(history: &History) -> HashMap<ChargeKey, Money> {
    let signed = |document: &Document, amount: Money| if document.kind == Kind::SupplierCredit { -amount } else { amount };
    let bills = history.documents.iter().filter(|document| document.kind.is_purchase());
    bills.flat_map(|document| document.lines.iter().map(move |line| (line.key, signed(document, line.line_amount)))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_charge_is_billed_twice_or_dropped(events in prop::collection::vec(event(), 1..40)) {
        let mut scenario = Scenario::new();
        for event in &events {
            let Some(plan) = happen(&mut scenario, event) else { continue };
            nothing_twice(&scenario.history);
            let documents_of_period: Money = scenario.history.documents.iter().filter(|document| document.period == plan.period && document.kind.is_purchase()).map(Document::net).sum();
            prop_assert_eq!(billed_cost(&plan), documents_of_period);
            prop_assert_eq!(plan.totals.cost, documents_of_period);
        }
        // At the end everything is mapped and every month is run: then every charge is on exactly
        // one bill at its cost, and every one that nobody ignores is on exactly one sale.
        scenario.policy.margin_floor_percent = rust_decimal::Decimal::ZERO;
        scenario.mapping.products[0].price = Some("cost+1%".parse().unwrap());
        scenario.include_older = true;
        for number in 1..6 {
            happen(&mut scenario, &Event::MapCustomer(number));
        }
        for number in 0..5 {
            happen(&mut scenario, &Event::Run { month: number, include_older: true });
        }
        nothing_twice(&scenario.history);
        let costs = line_costs(&scenario.history);
        let sold: HashSet<ChargeKey> = scenario.history.documents.iter().filter(|document| !document.kind.is_purchase()).flat_map(|document| document.lines.iter().map(|line| line.key)).collect();
        for charge in &scenario.sources.charges {
            prop_assert_eq!(costs.get(&charge.key), Some(&charge.cost), "on a bill at its cost");
            prop_assert!(sold.contains(&charge.key), "on a sale");
        }
        prop_assert_eq!(costs.len(), scenario.sources.charges.len());
    }

    #[test]
    fn a_second_run_has_nothing_new_and_the_same_digest(rows in prop::collection::vec(row(), 1..25), seed in any::<u64>()) {
        let mut scenario = Scenario::new().customer(4);
        for row in &rows {
            add(&mut scenario, row);
        }
        let first = scenario.run("2026-12");
        shuffle(&mut scenario.sources.charges, seed);
        let second = scenario.plan("2026-12");
        prop_assert_eq!(second.new_documents().count(), 0);
        prop_assert_eq!(first.digest, second.digest);
        prop_assert_eq!((first.totals.cost, first.totals.sell, first.totals.held_cost), (second.totals.cost, second.totals.sell, second.totals.held_cost));
    }
}

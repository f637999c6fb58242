use jiff::civil::{Date, date};

use crate::domain::finding::{Code, Finding, Severity};
use crate::domain::holding::{Subscription, SubscriptionState};
use crate::domain::ids::{SubscriptionId, TenantId};
use crate::domain::plan::Plan;
use crate::domain::scenario::{PREMIUM, Scenario, annuity, charge, november, sku, subscription, tenant};

const DISTRIBUTOR: u32 = 700;

fn purchase(id: &str, seats: i64, owner: Option<TenantId>) -> Subscription {
    Subscription {
        tenant_id: tenant(1),
        id: SubscriptionId::new(id),
        sku_id: sku(1),
        sku_part_number: "SPB".into(),
        seats,
        state: SubscriptionState::Enabled,
        owner_tenant_id: owner,
        is_trial: false,
        created: Some(date(2026, 7, 1)),
        next_change: Some(date(2027, 6, 30)),
    }
}

fn ours(seats: i64) -> Subscription {
    purchase(&subscription(1), seats, Some(tenant(DISTRIBUTOR)))
}

/// Ten seats charged in November, and these purchases behind this holding.
fn month(holding: [i64; 4], purchases: Vec<Subscription>) -> Scenario {
    let mut scenario = Scenario::new()
        .charges([charge(1, PREMIUM, november(), "10", "28")])
        .annuity([annuity(1, PREMIUM, "10", "336", "400")])
        .seats(date(2026, 11, 30), &[(1, 1, holding)]);
    scenario.sources.seats.as_mut().unwrap().subscriptions = purchases;
    scenario
}

fn findings(plan: &Plan) -> Vec<&Finding> {
    plan.findings.iter().filter(|finding| finding.code != Code::CostChanged).collect()
}

fn only(plan: &Plan) -> &Finding {
    let found = findings(plan);
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0]
}

#[test]
fn the_rest_that_somebody_else_sold_is_no_difference() {
    let direct = purchase("direct", 2, Some(tenant(1)));
    let plan = month([12, 0, 0, 12], vec![ours(10), direct]).plan("2026-11");
    let finding = only(&plan);
    assert_eq!((finding.code, finding.severity), (Code::BoughtElsewhere, Severity::Info));
    assert!(finding.message.contains("2 of 12 seats"), "{}", finding.message);
}

#[test]
fn regression_findings_spoke_of_1_seats() {
    let charged = |quantity: &str, holding| {
        let scenario = Scenario::new().charges([charge(1, PREMIUM, november(), quantity, "28")]).annuity([annuity(1, PREMIUM, quantity, "336", "400")]);
        let plan = scenario.seats(date(2026, 11, 30), &[(1, 1, holding)]).plan("2026-11");
        let told = findings(&plan).iter().map(|finding| finding.message.clone()).collect::<Vec<_>>().join(" ");
        assert!(!told.is_empty() && !told.contains("1 seats") && !told.contains("1 users"), "{told}");
        told
    };
    assert!(charged("1", [0, 0, 0, 0]).contains("1 seat of "), "none there");
    assert!(charged("1", [0, 1, 0, 0]).contains(" is charged while Microsoft has 1 suspended"));
    assert!(charged("1", [1, 0, 0, 0]).contains("1 of 1 seat of "), "idle");
    assert!(charged("1", [1, 0, 0, 2]).contains("and only 1 seat is enabled"));
    assert!(charged("1", [2, 0, 0, 1]).contains("charges 1 seat, Microsoft has 2, 1 is assigned"));
    assert!(charged("2", [0, 0, 0, 0]).contains("2 seats of "));
}

#[test]
fn a_rest_of_our_own_or_of_nobody_stays_a_difference() {
    for owner in [Some(tenant(DISTRIBUTOR)), None] {
        let plan = month([12, 0, 0, 12], vec![ours(10), purchase("other", 2, owner)]).plan("2026-11");
        assert_eq!(only(&plan).code, Code::QuantityDiffers, "{owner:?}");
    }
    let plan = month([13, 0, 0, 13], vec![ours(10), purchase("direct", 2, Some(tenant(1)))]).plan("2026-11");
    let finding = only(&plan);
    assert_eq!((finding.code, finding.figures["elsewhere"].as_str()), (Code::QuantityDiffers, "2"));
}

#[test]
fn without_a_subscription_known_to_both_sides_nobody_is_said_to_have_bought_elsewhere() {
    let unheard = purchase("unheard", 10, Some(tenant(DISTRIBUTOR)));
    let plan = month([12, 0, 0, 12], vec![unheard, purchase("direct", 2, Some(tenant(1)))]).plan("2026-11");
    assert_eq!(only(&plan).code, Code::QuantityDiffers);
}

#[test]
fn a_suspended_subscription_that_is_charged_is_found_among_other_seats_of_the_same_sku() {
    let suspended = Subscription { state: SubscriptionState::Suspended, ..ours(10) };
    let plan = month([10, 10, 0, 10], vec![suspended, purchase("other", 10, Some(tenant(DISTRIBUTOR)))]).plan("2026-11");
    assert_eq!(only(&plan).code, Code::SuspendedButCharged, "the pool alone agrees: ten charged, ten usable");
    let plan = month([0, 10, 0, 10], vec![Subscription { state: SubscriptionState::Suspended, ..ours(10) }]).plan("2026-11");
    assert_eq!(only(&plan).code, Code::SuspendedButCharged, "and it is told once");
}

#[test]
fn trials_and_seats_that_only_run_out_are_no_missing_charge() {
    let mut scenario = month([10, 0, 0, 10], vec![ours(10)]).product("P1Y:CFQ7TTC0LH1G:0001:Y:", Some("1.00"));
    scenario.mapping.products[1].sku_id = Some(sku(2));
    let other = |holding| crate::domain::holding::Holding {
        tenant_id: tenant(1),
        tenant_name: "Customer 1".into(),
        sku_id: sku(2),
        sku_part_number: "SKU2".into(),
        enabled: holding,
        suspended: 0,
        warning: 5,
        assigned: 0,
    };
    scenario.sources.seats.as_mut().unwrap().holdings.push(other(0));
    assert_eq!(findings(&scenario.plan("2026-11")), Vec::<&Finding>::new(), "in the days of grace");
    let seats = scenario.sources.seats.as_mut().unwrap();
    seats.holdings[1] = other(25);
    assert_eq!(only(&scenario.plan("2026-11")).code, Code::OwnedNotCharged);
    let trial = Subscription { sku_id: sku(2), is_trial: true, ..purchase("trial", 25, None) };
    scenario.sources.seats.as_mut().unwrap().subscriptions.push(trial);
    assert_eq!(findings(&scenario.plan("2026-11")), Vec::<&Finding>::new(), "a trial");
}

#[test]
fn a_subscription_of_the_same_id_is_compared_without_a_sku_in_the_mapping() {
    let mut scenario = month([12, 0, 0, 12], vec![ours(12)]);
    scenario.mapping.products[0].sku_id = None;
    let plan = scenario.plan("2026-11");
    assert_eq!((only(&plan).code, plan.coverage.tenants_compared), (Code::QuantityDiffers, 1));
    scenario.sources.seats.as_mut().unwrap().subscriptions.clear();
    assert_eq!(scenario.plan("2026-11").coverage.tenants_compared, 0);
    scenario.sources.bridge = crate::domain::bridge::Bridge::new([crate::domain::bridge::Pair {
        offer: crate::domain::offer::StockCode::new(PREMIUM).offer().clone(),
        sku_id: sku(1),
    }]);
    assert_eq!(scenario.plan("2026-11").coverage.tenants_compared, 1, "a learnt pair works without the subscription");
}

fn with_expiry(expiry: Option<Date>, next_change: Date) -> Scenario {
    let mut scenario = month([10, 0, 0, 10], vec![Subscription { next_change: Some(next_change), ..ours(10) }]);
    scenario.sources.annuity[0].expiry = expiry;
    scenario
}

#[test]
fn microsofts_date_tells_a_renewal_that_the_annuity_list_leaves_out() {
    let scenario = with_expiry(None, date(2026, 12, 20));
    assert_eq!(only(&scenario.plan("2026-11")).code, Code::RenewalSoon);
    assert_eq!(findings(&with_expiry(None, date(2027, 6, 30)).plan("2026-11")), Vec::<&Finding>::new());
}

#[test]
fn a_term_that_ran_out_and_goes_on_by_the_month_is_an_extended_one() {
    let scenario = with_expiry(Some(date(2026, 11, 15)), date(2026, 12, 15));
    assert_eq!(only(&scenario.plan("2026-11")).code, Code::ExtendedServiceTerm);
    let renewed = with_expiry(Some(date(2026, 11, 15)), date(2027, 11, 15));
    assert_eq!(findings(&renewed.plan("2026-11")), Vec::<&Finding>::new(), "renewed for a year");
}

#[test]
fn seats_bought_a_day_ago_can_be_given_back_before_anybody_charges_them() {
    let new = Subscription { created: Some(date(2026, 12, 1)), ..purchase("new", 2, Some(tenant(DISTRIBUTOR))) };
    let plan = month([12, 0, 0, 12], vec![ours(10), new]).plan("2026-11");
    let finding = findings(&plan).into_iter().find(|finding| finding.code == Code::CancelWindowClosing).unwrap();
    assert_eq!((finding.figures["days_left"].as_str(), finding.figures["seats"].as_str()), ("6", "2"));
}

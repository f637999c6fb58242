//! Every finding that these inputs can show, and what must never be one
//! (`contracts/field-lessons.md` 1 and 2).

use std::collections::BTreeMap;

use jiff::civil::date;
use rust_decimal::Decimal;

use crate::domain::charge::Charge;
use crate::domain::finding::{Code, Finding, Severity};
use crate::domain::holding::UnreachableTenant;
use crate::domain::mapping::Exception;
use crate::domain::offer::OfferId;
use crate::domain::plan::Plan;
use crate::domain::scenario::{PREMIUM, Scenario, annuity, charge, decimal, money, november, tenant};
use crate::domain::sources::{AmountDiffers, RepeatedRows, TotalDiffers};

fn codes(plan: &Plan) -> Vec<Code> {
    plan.findings.iter().map(|finding| finding.code).collect()
}

fn find(plan: &Plan, code: Code) -> &Finding {
    plan.findings.iter().find(|finding| finding.code == code).unwrap_or_else(|| panic!("no {code} in {:?}", plan.findings))
}

/// Customer 1 is charged 10 seats and has `seats` at Microsoft on 30 November.
fn ten_seats(seats: [i64; 4]) -> Scenario {
    Scenario::new()
        .charges([charge(1, PREMIUM, november(), "10", "28")])
        .annuity([annuity(1, PREMIUM, "10", "336", "400")])
        .seats(date(2026, 11, 30), &[(1, 1, seats)])
}

#[test]
fn seats_that_agree_are_no_finding_and_count_as_compared() {
    let plan = ten_seats([10, 0, 0, 10]).plan("2026-11");
    assert_eq!(codes(&plan), []);
    assert_eq!((plan.coverage.tenants_compared, plan.coverage.tenants_not_asked), (1, 0));
}

#[test]
fn row_3_a_count_that_differs_three_ways_names_all_three() {
    let plan = ten_seats([12, 0, 0, 9]).plan("2026-11");
    let finding = find(&plan, Code::QuantityDiffers);
    assert_eq!((finding.figures["distributor"].as_str(), finding.figures["microsoft"].as_str(), finding.figures["assigned"].as_str()), ("10", "12", "9"));
    assert!(finding.message.contains("10") && finding.message.contains("12") && finding.message.contains('9'));
    assert!(codes(&plan).contains(&Code::IdleSeats));
}

#[test]
fn row_8_subscriptions_of_one_product_are_summed_before_comparing() {
    let mut scenario = ten_seats([15, 0, 0, 15]);
    let mut second = annuity(1, PREMIUM, "5", "336", "400");
    second.subscription = crate::domain::ids::SubscriptionId::new("another");
    scenario.sources.annuity.push(second);
    assert_eq!(codes(&scenario.plan("2026-11")), []);
}

#[test]
fn rule_25_part_cycle_rows_are_never_summed_and_the_cycle_line_counts_without_an_annuity_row() {
    let mut scenario = ten_seats([10, 0, 0, 10]);
    scenario.sources.annuity.clear();
    scenario.sources.charges.push(charge(1, PREMIUM, (date(2026, 10, 14), date(2026, 10, 31)), "2", "16.26"));
    assert_eq!(codes(&scenario.plan("2026-11")), []);
    scenario.sources.seats = None;
    let inactive = crate::domain::charge::AnnuityLine { active: false, ..annuity(1, PREMIUM, "10", "336", "400") };
    let plan = scenario.annuity([inactive]).seats(date(2026, 11, 30), &[(1, 1, [4, 0, 0, 4])]).plan("2026-11");
    assert!(!codes(&plan).contains(&Code::QuantityDiffers), "an inactive row has no seats");
}

#[test]
fn warning_seats_are_usable_and_suspended_ones_are_not() {
    assert_eq!(codes(&ten_seats([8, 0, 2, 8]).plan("2026-11")), [Code::IdleSeats]);
    let plan = ten_seats([0, 10, 0, 0]).plan("2026-11");
    assert_eq!(codes(&plan), [Code::SuspendedButCharged]);
}

#[test]
fn users_of_suspended_seats_are_one_finding_and_not_two() {
    assert_eq!(codes(&ten_seats([0, 10, 0, 10]).plan("2026-11")), [Code::SuspendedButCharged]);
    assert_eq!(codes(&ten_seats([2, 8, 0, 11]).plan("2026-11")), [Code::SuspendedButCharged, Code::OverAssigned]);
    assert_eq!(codes(&ten_seats([10, 2, 0, 12]).plan("2026-11")), [Code::OverAssigned], "nobody says that the suspended two are missing");
}

#[test]
fn row_2_charged_but_not_owned_only_for_tenants_that_answered() {
    let scenario = ten_seats([0, 0, 0, 0]);
    let plan = scenario.plan("2026-11");
    assert_eq!(find(&plan, Code::ChargedNotOwned).severity, Severity::Action);
    let silent = scenario.clone().seats(date(2026, 11, 30), &[(2, 1, [1, 0, 0, 1])]).plan("2026-11");
    assert!(!codes(&silent).contains(&Code::ChargedNotOwned));
    assert_eq!((silent.coverage.tenants_compared, silent.coverage.tenants_not_asked), (0, 1));
    assert!(codes(&silent).contains(&Code::NothingCompared), "field-lessons 2.1, #709: nothing audited is never clean");
}

#[test]
fn rows_1_and_4_owned_but_not_charged_or_bought_elsewhere() {
    let plan =
        ten_seats([10, 0, 0, 10]).product("P1Y:CFQ7TTC0LF8Q:0001:1:", Some("9")).seats(date(2026, 11, 30), &[(1, 1, [10, 0, 0, 10]), (1, 7, [3, 0, 0, 3])]);
    assert_eq!(codes(&plan.plan("2026-11")), [Code::BoughtElsewhere], "a SKU that is not sold here");
    let mut sold_here = plan.clone();
    sold_here.mapping.products[1].sku_id = Some(crate::domain::scenario::sku(7));
    let plan = sold_here.plan("2026-11");
    assert_eq!((find(&plan, Code::OwnedNotCharged).severity, codes(&plan).len()), (Severity::Warning, 1));
    let mut free = sold_here.clone();
    free.sources.seats.as_mut().unwrap().holdings[1].sku_part_number = "FLOW_FREE".into();
    assert_eq!(codes(&free.plan("2026-11")), [], "a free SKU that is not charged");
}

#[test]
fn regression_a_past_month_was_compared_with_a_later_months_seats_without_a_word() {
    let mut scenario = ten_seats([10, 0, 0, 10]).seats(date(2026, 12, 2), &[(1, 1, [10, 0, 0, 10])]);
    assert_eq!(codes(&scenario.plan("2026-11")), [], "a file that nobody dated may be of November");
    scenario.sources.seats.as_mut().unwrap().is_dated = true;
    let plan = scenario.plan("2026-11");
    let finding = find(&plan, Code::SourceStale);
    assert_eq!((finding.severity, finding.figures["seats"].as_str(), plan.coverage.tenants_compared), (Severity::Info, "2026-12-02", 1));
}

#[test]
fn regression_nothing_compared_spoke_of_sku_ids_when_nobody_could_be_reached() {
    let mut scenario = ten_seats([10, 0, 0, 10]);
    let seats = scenario.sources.seats.as_mut().unwrap();
    let unreachable =
        |tenant_id| crate::domain::holding::UnreachableTenant { tenant_id, tenant_name: "One".into(), reason: "down".into(), remedy: String::new() };
    seats.unreachable = seats.answered.drain(..).map(unreachable).collect();
    seats.holdings.clear();
    assert_eq!(find(&scenario.plan("2026-11"), Code::NothingCompared).fix, "see why under tenant-unreachable, then run again");
}

/// Two customers, and the SKU of the product is known from what one of them bought alone.
#[test]
fn regression_what_a_learnt_pair_explains_counted_as_bought_elsewhere() {
    let mut scenario = ten_seats([10, 0, 0, 10]).seats(date(2026, 11, 30), &[(1, 1, [10, 0, 0, 10]), (2, 1, [3, 0, 0, 3])]);
    let offer = scenario.mapping.products[0].offer.clone();
    scenario.mapping.products[0].sku_id = None;
    scenario.mapping.customers.push(crate::domain::mapping::Customer::new(crate::domain::scenario::tenant(2)));
    assert_eq!(codes(&scenario.plan("2026-11")), [Code::NothingCompared, Code::BoughtElsewhere, Code::BoughtElsewhere], "nobody knows the SKU");
    scenario.sources.bridge = crate::domain::bridge::Bridge::new([crate::domain::bridge::Pair { offer, sku_id: crate::domain::scenario::sku(1) }]);
    assert_eq!(codes(&scenario.plan("2026-11")), [Code::OwnedNotCharged]);
}

#[test]
fn more_users_than_seats_are_said() {
    assert_eq!(codes(&ten_seats([10, 0, 0, 12]).plan("2026-11")), [Code::OverAssigned]);
}

#[test]
fn ignored_customers_raise_nothing() {
    let mut scenario = ten_seats([0, 5, 0, 9]);
    scenario.mapping.customers[0].ignore = true;
    assert_eq!(codes(&scenario.plan("2026-11")), [Code::NothingCompared]);
}

#[test]
fn row_22_a_past_month_is_not_compared_with_todays_seats() {
    let plan = ten_seats([99, 0, 0, 99]).plan("2026-09");
    assert_eq!(plan.coverage.tenants_compared, 0);
    let late = ten_seats([99, 0, 0, 99]);
    let mut late = late.seats(date(2027, 3, 2), &[(1, 1, [99, 0, 0, 99])]);
    let plan = late.plan("2026-11");
    assert!(codes(&plan).contains(&Code::SourceStale) && !codes(&plan).contains(&Code::QuantityDiffers));
    late = late.seats(date(2026, 9, 2), &[(1, 1, [99, 0, 0, 99])]);
    let plan = late.plan("2026-11");
    assert!(
        codes(&plan).contains(&Code::SourceStale) && codes(&plan).contains(&Code::QuantityDiffers),
        "rule 31: older seats are compared, and said to be old"
    );
}

#[test]
fn rule_31_an_annuity_list_from_before_the_charges_is_stale() {
    let mut scenario = ten_seats([10, 0, 0, 10]);
    scenario.sources.annuity[0].end_usage = Some(date(2026, 10, 31));
    scenario.sources.annuity[0].expiry = Some(date(2027, 6, 30));
    assert!(codes(&scenario.plan("2026-11")).contains(&Code::SourceStale));
    scenario.sources.annuity[0].end_usage = Some(date(2026, 11, 30));
    assert!(!codes(&scenario.plan("2026-11")).contains(&Code::SourceStale));
}

#[test]
fn row_23_a_tenant_that_could_not_be_read_is_said_with_its_reason() {
    let mut scenario = ten_seats([10, 0, 0, 10]);
    let unreachable = UnreachableTenant { tenant_id: tenant(2), tenant_name: "Customer 2".into(), reason: "consent missing".into(), remedy: String::new() };
    scenario.sources.seats.as_mut().unwrap().unreachable.push(unreachable);
    scenario.sources.charges.push(charge(2, PREMIUM, november(), "1", "28"));
    let plan = scenario.plan("2026-11");
    assert!(find(&plan, Code::TenantUnreachable).message.contains("consent missing"));
    assert_eq!((plan.coverage.tenants_unreachable.len(), plan.coverage.tenants_not_asked), (1, 0));
    scenario.sources.seats.as_mut().unwrap().lists_missing.push("the list of contracts could not be had: Graph answered 503".into());
    let plan = scenario.plan("2026-11");
    let found = plan.findings.iter().find(|finding| finding.message.contains("list of contracts")).unwrap();
    assert_eq!(
        (found.code, found.severity, found.tenant_id),
        (Code::TenantUnreachable, Severity::Warning, None),
        "customers that nobody lists are never clean"
    );
}

fn exception(facts: [(&str, i64); 2], until: Option<jiff::civil::Date>) -> Exception {
    Exception {
        tenant_id: tenant(1),
        offer: Some(OfferId::new("CFQ7TTC0LCHC:0002")),
        code: "quantity-differs".into(),
        facts: facts.into_iter().map(|(name, value)| (name.to_owned(), Decimal::from(value))).collect::<BTreeMap<_, _>>(),
        reason: "two seats bought direct".into(),
        by: None,
        until,
    }
}

#[test]
fn an_exception_hides_a_difference_until_a_figure_or_the_date_changes() {
    let mut scenario = ten_seats([12, 0, 0, 12]);
    scenario.mapping.exceptions = vec![exception([("distributor", 10), ("microsoft", 12)], Some(date(2027, 3, 31)))];
    assert_eq!(codes(&scenario.plan("2026-11")), []);
    scenario.mapping.exceptions = vec![exception([("distributor", 10), ("microsoft", 13)], None)];
    let plan = scenario.plan("2026-11");
    assert_eq!(codes(&plan), [Code::QuantityDiffers, Code::ExceptionLapsed]);
    scenario.mapping.exceptions = vec![exception([("distributor", 10), ("microsoft", 12)], Some(date(2026, 12, 1)))];
    let plan = scenario.plan("2026-11");
    assert_eq!(codes(&plan), [Code::QuantityDiffers, Code::ExceptionLapsed], "today is 2 December");
    assert!(find(&plan, Code::ExceptionLapsed).message.contains("2026-12-01"));
}

#[test]
fn row_13_a_cost_that_rose_is_said_and_so_is_a_price_that_did_not_follow() {
    let mut scenario = ten_seats([10, 0, 0, 10]);
    scenario.sources.annuity.clear();
    scenario.sources.seats = None;
    scenario.run("2026-11");
    let december = (date(2026, 12, 1), date(2026, 12, 31));
    scenario.sources.charges = vec![charge(1, PREMIUM, december, "10", "29.40")];
    let plan = scenario.plan("2026-12");
    let changed = find(&plan, Code::CostChanged);
    assert_eq!((changed.figures["before"].as_str(), changed.figures["now"].as_str(), changed.severity), ("28.00", "29.40", Severity::Warning));
    assert!(changed.message.contains("+5 %"), "{}", changed.message);
    assert!(codes(&plan).contains(&Code::SellUnchanged));
    scenario.mapping.products[0].price = Some("34.50".parse().unwrap());
    assert!(!codes(&scenario.plan("2026-12")).contains(&Code::SellUnchanged), "the price followed");
    scenario.sources.charges = vec![charge(1, PREMIUM, december, "10", "26.00")];
    assert_eq!(find(&scenario.plan("2026-12"), Code::CostChanged).severity, Severity::Info, "a lower cost is good news");
}

#[test]
fn a_cost_that_differs_from_the_annuity_list_is_said() {
    let mut scenario = ten_seats([10, 0, 0, 10]);
    scenario.sources.annuity[0].unit_price = Some(decimal("300"));
    let plan = scenario.plan("2026-11");
    let finding = find(&plan, Code::CostChanged);
    assert_eq!((finding.figures["annuity"].as_str(), finding.figures["charged"].as_str()), ("25.00", "28.00"));
    scenario.sources.annuity[0].unit_price = Some(decimal("336.06"));
    assert_eq!(codes(&scenario.plan("2026-11")), [], "cents of rounding a twelfth");
}

#[test]
fn row_15_a_known_subscription_under_a_new_stock_code_is_said() {
    let mut scenario = ten_seats([10, 0, 0, 10]).product("P1M:CFQ7TTC0LCHC:000E:1:", Some("40"));
    scenario.sources.charges = vec![charge(1, "P1M:CFQ7TTC0LCHC:000E:1:", november(), "10", "29")];
    let plan = scenario.plan("2026-11");
    assert!(find(&plan, Code::ExtendedServiceTerm).message.contains("P1Y:CFQ7TTC0LCHC:0002:1"));
}

#[test]
fn row_12_the_cancel_window_counts_from_the_term_and_from_each_added_batch() {
    let mut scenario = ten_seats([10, 0, 0, 10]);
    scenario.today = date(2026, 11, 5);
    scenario.sources.charges[0].term_start = Some(date(2026, 11, 1));
    assert_eq!(find(&scenario.plan("2026-11"), Code::CancelWindowClosing).figures["days_left"], "3");
    scenario.sources.charges[0].term_start = Some(date(2026, 4, 1));
    assert!(!codes(&scenario.plan("2026-11")).contains(&Code::CancelWindowClosing));
    scenario.sources.charges.push(charge(1, PREMIUM, (date(2026, 11, 3), date(2026, 11, 30)), "2", "26"));
    assert_eq!(find(&scenario.plan("2026-11"), Code::CancelWindowClosing).figures["seats"], "2");
}

#[test]
fn a_commitment_that_ends_soon_is_said_but_not_a_monthly_one() {
    let mut scenario = ten_seats([10, 0, 0, 10]);
    scenario.sources.annuity[0].expiry = Some(date(2026, 12, 31));
    scenario.sources.annuity[0].description = "MICROSOFT 365 BUSINESS PREMIUM (NCE COM MTH) P1Y".into();
    let plan = scenario.plan("2026-11");
    let finding = find(&plan, Code::RenewalSoon);
    assert_eq!(finding.figures["days"], "29");
    let name = scenario.mapping.products[0].name.clone().unwrap();
    assert!(finding.message.contains(&format!(" seats of {name} (P1Y) renew")), "{}", finding.message);
    scenario.sources.annuity[0].stock_code = crate::domain::offer::StockCode::new("P1M:CFQ7TTC0LCHC:0002:1:");
    assert!(!codes(&scenario.plan("2026-11")).contains(&Code::RenewalSoon));
}

#[test]
fn what_was_odd_in_the_files_is_said() {
    let mut scenario = ten_seats([10, 0, 0, 10]);
    scenario.sources.amount_differs.push(AmountDiffers { charge: 0, computed: money("281") });
    scenario.sources.total_differs.push(TotalDiffers { file: "invoice.csv".into(), row: 9, stated: money("300"), computed: money("280") });
    scenario.sources.repeated.push(RepeatedRows { file: "copy.csv".into(), rows: 1 });
    scenario.mapping.customers[0].xero_contact_name = Some(format!("={}", "x".repeat(300)).into());
    let plan = scenario.plan("2026-11");
    let said: Vec<(Code, Severity)> = plan.findings.iter().map(|finding| (finding.code, finding.severity)).collect();
    assert_eq!(
        said,
        [
            (Code::TotalMismatch, Severity::Action),
            (Code::CustomerUnmapped, Severity::Warning),
            (Code::CustomerUnmapped, Severity::Warning),
            (Code::TotalMismatch, Severity::Warning),
            (Code::SourceStale, Severity::Info),
        ]
    );
    assert_eq!(plan.blockers.len(), 1, "a stated total that differs blocks posting");
}

#[test]
fn held_charges_are_told_once_a_decision() {
    let unknown = |number, code: &str| charge(number, code, november(), "1", "28");
    let scenario = Scenario::new().charges([
        unknown(8, PREMIUM),
        unknown(9, PREMIUM),
        Charge { key: crate::domain::charge::ChargeKey(5), ..unknown(9, PREMIUM) },
        unknown(1, "P1Y:CFQ7TTC0NEW1:0001:1:"),
        unknown(2, "P1Y:CFQ7TTC0NEW1:0001:1:"),
    ]);
    let plan = scenario.plan("2026-11");
    let told: Vec<(Code, &str)> = plan
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Action)
        .map(|finding| (finding.code, finding.figures["charges"].as_str()))
        .collect();
    assert_eq!(told, [(Code::CustomerUnmapped, "1"), (Code::CustomerUnmapped, "2"), (Code::ProductUnmapped, "2")]);
    assert!(plan.findings.iter().all(|finding| finding.severity != Severity::Action || finding.fix.starts_with("cspctl map")));
}

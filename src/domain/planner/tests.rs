//! The rules of `rules.md` that show in a whole plan, one test a rule.

use jiff::civil::{Date, date};
use rust_decimal::Decimal;

use crate::domain::charge::{Charge, ChargeKey};
use crate::domain::document::{Kind, State};
use crate::domain::finding::Code;
use crate::domain::mapping::Narrowing;
use crate::domain::offer::Billing;
use crate::domain::plan::Plan;
use crate::domain::policy::{BillPer, Proration};
use crate::domain::scenario::{ANNUAL, PREMIUM, Scenario, annuity, billed_cost, charge, decimal, money, november, tenant};

fn october(from: i8, to: i8) -> (Date, Date) {
    (date(2026, 10, from), date(2026, 10, to))
}

fn sales(plan: &Plan) -> Vec<(&str, &str, String)> {
    plan.documents
        .iter()
        .filter(|document| !document.kind.is_purchase())
        .map(|document| (document.kind.as_str(), &*document.number, document.sub_total.to_string()))
        .collect()
}

fn numbers(plan: &Plan) -> Vec<&str> {
    plan.documents.iter().map(|document| &*document.number).collect()
}

fn sold(plan: &Plan) -> String {
    plan.totals.sell.to_string()
}

fn held(plan: &Plan) -> Vec<(Code, String)> {
    plan.held.iter().map(|held| (held.code, held.reason.clone())).collect()
}

#[test]
fn rule_2_the_cycle_line_sets_the_boundary_day_for_the_lines_beside_it() {
    let scenario = Scenario::new().charges([
        charge(1, PREMIUM, (date(2026, 7, 31), date(2026, 8, 30)), "10", "28.00"),
        charge(1, PREMIUM, (date(2026, 7, 13), date(2026, 7, 30)), "2", "16.26"),
    ]);
    let plan = scenario.plan("2026-08");
    // 10 × 32.90, and 2 × 32.90 × 18 ÷ 31: 30 June to 30 July has 31 days.
    assert_eq!(sold(&plan), "367.21");
    let lines = &plan.documents[1].lines;
    assert!(lines[0].description.ends_with("13 Jul 2026 to 30 Jul 2026 (18 of 31 days)"), "{}", lines[0].description);
    assert_eq!(plan.coverage.calendar_month_cycles, 0);
}

#[test]
fn rule_2_without_a_whole_cycle_the_term_end_sets_the_day_and_then_the_calendar() {
    let mut stub = charge(1, PREMIUM, (date(2026, 11, 6), date(2026, 11, 14)), "1", "9.00");
    stub.term_end = Some(date(2027, 11, 14));
    let plan = Scenario::new().charges([stub.clone()]).plan("2026-11");
    assert_eq!(sold(&plan), money(&(decimal("32.90") * decimal("9") / decimal("31")).to_string()).to_string(), "15 October to 14 November has 31 days");
    stub.term_end = None;
    let plan = Scenario::new().charges([stub]).plan("2026-11");
    assert_eq!(sold(&plan), money(&(decimal("32.90") * decimal("9") / decimal("30")).to_string()).to_string(), "November has 30");
    assert_eq!(plan.coverage.calendar_month_cycles, 1, "coverage counts what rests on the calendar");
}

#[test]
fn rule_2_another_customers_cycle_never_prices_a_line_without_a_subscription() {
    let nameless = |number, usage| Charge { subscription: crate::domain::ids::SubscriptionId::new(""), ..charge(number, PREMIUM, usage, "1", "9.00") };
    let alone = nameless(1, (date(2026, 11, 6), date(2026, 11, 14)));
    let sold_alone = sold(&Scenario::new().charges([alone.clone()]).plan("2026-11"));
    let beside = Scenario::new().charges([alone, nameless(2, (date(2026, 10, 15), date(2026, 11, 14)))]).plan("2026-11");
    let first = beside.documents.iter().find(|document| document.tenant_id == Some(tenant(1))).unwrap();
    assert_eq!(first.sub_total.to_string(), sold_alone);
}

#[test]
fn rule_3_a_co_termed_monthly_line_is_a_whole_month_and_an_annual_stub_goes_by_days() {
    let mut monthly = charge(1, PREMIUM, november(), "1", "28.00");
    (monthly.term_start, monthly.term_end) = (Some(date(2026, 11, 1)), Some(date(2027, 1, 31)));
    let mut stub = charge(2, ANNUAL, (date(2026, 11, 4), date(2027, 8, 2)), "1", "90.00");
    stub.term_end = Some(date(2027, 8, 2));
    let mut scenario = Scenario::new().charges([monthly, stub]).product(ANNUAL, Some("365.00"));
    scenario.mapping.products[1].narrowing = Narrowing { term: None, billing: Some(Billing::Annual) };
    let plan = scenario.plan("2026-11");
    let totals: Vec<String> = sales(&plan).into_iter().map(|(_, _, total)| total).collect();
    assert_eq!(totals, ["32.90", "272.00"], "a whole month at full price, and 272 of 365 days");
}

#[test]
fn rule_4_price_ratio_divides_by_the_whole_line_then_the_annuity_price_then_days() {
    let whole = charge(1, PREMIUM, november(), "18", "152.67");
    let part = charge(1, PREMIUM, october(14, 31), "18", "100.39");
    let mut scenario = Scenario::new().charges([whole, part.clone()]);
    scenario.policy.proration = Proration::PriceRatio;
    scenario.mapping.products[0].price = Some("181.20".parse().unwrap());
    // 18 × 181.20 whole, and 100.39/152.67 × 181.20 × 18 (contracts/dickerdata.md 5.3).
    assert_eq!(sold(&scenario.plan("2026-11")), money("5406.30").to_string());
    scenario.sources.charges = vec![part.clone()];
    let by_annuity = scenario.clone().annuity([annuity(1, PREMIUM, "18", "1832.04", "2400")]);
    assert_eq!(sold(&by_annuity.plan("2026-11")), "2144.70", "1832.04 ÷ 12 is 152.67 as well");
    let plan = scenario.plan("2026-11");
    assert_eq!(sold(&plan), money(&(decimal("181.20") * decimal("18") * decimal("18") / decimal("31")).to_string()).to_string());
    assert!(plan.findings.iter().any(|finding| finding.code == Code::PriceMissing && finding.message.contains("by days")), "said as a finding");
}

#[test]
fn rule_5_rrp_comes_from_the_exact_row_then_from_rows_that_agree() {
    let mut scenario = Scenario::new().charges([charge(1, PREMIUM, november(), "1", "28.1925")]);
    scenario.mapping.products[0].price = Some("rrp".parse().unwrap());
    let priced = |lines: Vec<crate::domain::charge::AnnuityLine>| {
        let plan = scenario.clone().annuity(lines).plan("2026-11");
        (sold(&plan), held(&plan).first().map(|(code, _)| *code))
    };
    assert_eq!(priced(vec![annuity(1, PREMIUM, "1", "338.31", "420.00"), annuity(2, PREMIUM, "1", "338.31", "999")]), ("35.00".to_owned(), None));
    assert_eq!(priced(vec![annuity(2, "p1y:cfq7ttc0lchc:0002:1", "1", "1", "420"), annuity(3, PREMIUM, "1", "1", "420.00")]), ("35.00".to_owned(), None));
    assert_eq!(priced(vec![annuity(2, PREMIUM, "1", "1", "420"), annuity(3, PREMIUM, "1", "1", "430")]).1, Some(Code::PriceMissing), "they disagree");
    assert_eq!(priced(vec![annuity(1, PREMIUM, "1", "338.31", "0")]).1, Some(Code::PriceMissing), "zero is missing, not zero");
    assert_eq!(priced(vec![]).1, Some(Code::PriceMissing));
}

#[test]
fn rule_5_a_price_per_term_becomes_a_price_per_cycle() {
    for (code, usage, rrp, expected) in [
        ("P1Y:CFQ7TTC0LCHC:0002:1:", november(), "420", "35.00"),
        ("P1Y:CFQ7TTC0LCHC:0002:Y:", (date(2026, 11, 1), date(2027, 10, 31)), "420", "420.00"),
        ("P1M:CFQ7TTC0LCHC:0002:1:", november(), "42", "42.00"),
        ("P1M:CFQ7TTC0LCHC:0002", november(), "42", "42.00"),
        ("P3Y:CFQ7TTC0LCHC:0002:1:", november(), "1260", "35.00"),
        ("P3Y:CFQ7TTC0LCHC:0002:Y:", (date(2026, 11, 1), date(2027, 10, 31)), "1260", "420.00"),
    ] {
        let mut scenario = Scenario::new().charges([charge(1, code, usage, "1", "1")]).annuity([annuity(1, code, "1", "1", rrp)]);
        scenario.mapping.products[0].price = Some("rrp".parse().unwrap());
        assert_eq!(sold(&scenario.plan("2026-11")), expected, "{code}");
    }
}

#[test]
fn product_6_a_zero_cost_charge_under_a_percentage_is_a_zero_line() {
    for rule in ["rrp", "cost+15%"] {
        let mut scenario = Scenario::new().charges([charge(1, PREMIUM, november(), "4", "0")]);
        scenario.mapping.products[0].price = Some(rule.parse().unwrap());
        let plan = scenario.plan("2026-11");
        assert_eq!((plan.coverage.charges_billed, sold(&plan)), (1, "0.00".to_owned()), "{rule}");
        assert_eq!(plan.documents.len(), 2, "the zero line is on the bill and on the invoice");
    }
}

#[test]
fn rule_6_cost_plus_has_no_cycle_but_its_text_shows_the_days() {
    let mut scenario = Scenario::new().charges([charge(1, PREMIUM, october(14, 31), "2", "16.37")]);
    scenario.mapping.products[0].price = Some("cost+15%".parse().unwrap());
    let plan = scenario.plan("2026-11");
    assert_eq!(sold(&plan), "37.65");
    assert!(plan.documents[1].lines[0].description.ends_with("(18 of 31 days)"));
}

#[test]
fn rule_7_an_annual_charge_with_only_a_monthly_price_is_held() {
    let scenario = Scenario::new().charges([charge(1, "P1Y:CFQ7TTC0LCHC:0002:Y:", (date(2026, 11, 1), date(2027, 10, 31)), "1", "300")]);
    let plan = scenario.plan("2026-11");
    assert_eq!(held(&plan)[0].0, Code::PriceMissing);
    assert!(plan.held[0].fix.contains("--billing annual"), "{}", plan.held[0].fix);
    let unclear = Scenario::new().charges([charge(1, "P1Y:CFQ7TTC0LCHC:0002", (date(2026, 11, 1), date(2027, 10, 31)), "1", "300")]);
    assert_eq!(held(&unclear.plan("2026-11"))[0].0, Code::PriceMissing, "a factor of twelve is never guessed");
}

#[test]
fn rule_8_a_negative_month_becomes_a_credit_note_with_positive_lines() {
    let mut scenario = Scenario::new().charges([
        charge(1, PREMIUM, november(), "1", "28.00"),
        charge(1, PREMIUM, october(14, 31), "-3", "28.00"),
        charge(2, PREMIUM, november(), "2", "28.00"),
        charge(2, PREMIUM, october(1, 31), "-1", "28.00"),
        charge(3, PREMIUM, november(), "1", "28.00"),
        charge(3, PREMIUM, (date(2026, 11, 1), date(2026, 11, 30)), "-1", "28.00"),
    ]);
    scenario.mapping.products[0].price = Some("cost+0%".parse().unwrap());
    let plan = scenario.plan("2026-11");
    let totals: Vec<(Kind, String)> = plan.documents.iter().map(|document| (document.kind, document.sub_total.to_string())).collect();
    assert_eq!(totals[0], (Kind::SupplierCredit, "28.00".to_owned()), "the bill is −28.00 as a whole");
    assert_eq!(totals[1], (Kind::CreditNote, "56.00".to_owned()));
    assert_eq!(totals[2], (Kind::Invoice, "28.00".to_owned()));
    assert_eq!(totals[3], (Kind::Invoice, "0.00".to_owned()), "exactly nothing stays an invoice");
    let credit = &plan.documents[1];
    let amounts: Vec<(String, String)> = credit.lines.iter().map(|line| (line.quantity.to_string(), line.line_amount.to_string())).collect();
    assert_eq!(amounts, [("3".to_owned(), "84.00".to_owned()), ("1".to_owned(), "-28.00".to_owned())], "an ordinary line on a credit is negative");
    assert_eq!((plan.totals.cost, plan.totals.sell), (money("-28"), money("-28")), "totals are net");
}

#[test]
fn rule_10_a_line_under_the_floor_is_held_and_stays_on_the_bill() {
    let mut scenario = Scenario::new().charges([charge(1, PREMIUM, november(), "1", "32.50"), charge(2, PREMIUM, november(), "1", "20.00")]);
    scenario.policy.margin_floor_percent = decimal("3");
    let plan = scenario.plan("2026-11");
    assert_eq!(held(&plan)[0].0, Code::MarginBelowFloor);
    assert!(plan.held[0].reason.contains("1.2 %"), "{}", plan.held[0].reason);
    assert_eq!((billed_cost(&plan), plan.totals.held_cost), (money("52.50"), money("32.50")));
    assert_eq!(plan.totals.margin, money("12.90"), "margin is of the charges sold");
}

#[test]
fn rule_11_a_product_without_an_entry_is_held_whatever_the_default() {
    let mut scenario = Scenario::new().charges([charge(1, "P1Y:CFQ7TTC0NEW1:0001:1:", november(), "1", "10")]);
    scenario.policy.default_price = "cost+15%".parse().unwrap();
    let plan = scenario.plan("2026-11");
    assert_eq!(held(&plan)[0].0, Code::ProductUnmapped);
    assert_eq!(billed_cost(&plan), money("10"));
}

#[test]
fn rule_13_a_corrected_row_is_held_and_a_late_one_is_billed() {
    let mut scenario = Scenario::new().charges([charge(1, PREMIUM, november(), "10", "28.00")]);
    scenario.run("2026-11");
    let corrected = charge(1, PREMIUM, november(), "9", "28.00");
    let mut late = scenario.clone();
    late.sources.charges.push(corrected.clone());
    let plan = late.plan("2026-11");
    assert_eq!((plan.coverage.charges_already_billed, plan.coverage.charges_billed), (1, 1), "the old key is still there: a late charge");
    scenario.sources.charges = vec![corrected];
    let plan = scenario.plan("2026-11");
    assert_eq!(held(&plan)[0].0, Code::ChangedAtSource);
    assert!(plan.held[0].reason.contains("10 × 28 = 280.00") && plan.held[0].reason.contains("9 × 28 = 252.00"), "both figures: {}", plan.held[0].reason);
    assert_eq!(plan.new_documents().count(), 0, "its first version is on a bill already");
}

#[test]
fn rule_14_undated_charges_of_the_month_before_are_taken_and_older_ones_held() {
    let mut scenario = Scenario::new().charges([
        charge(1, PREMIUM, november(), "1", "28"),
        charge(1, PREMIUM, october(14, 31), "1", "16"),
        charge(1, PREMIUM, (date(2026, 9, 10), date(2026, 9, 30)), "1", "19"),
        charge(1, PREMIUM, (date(2026, 12, 1), date(2026, 12, 31)), "1", "28"),
    ]);
    let plan = scenario.plan("2026-11");
    assert_eq!((plan.coverage.charges_billed, plan.coverage.charges_held, plan.coverage.charges_other_periods), (2, 1, 1));
    assert_eq!(held(&plan)[0].0, Code::OlderThanPeriod);
    assert_eq!(billed_cost(&plan), money("44"), "rule 29: a charge held as older is on no bill");
    assert_eq!(plan.other_periods[0].period.to_string(), "2026-12");
    scenario.include_older = true;
    assert_eq!(billed_cost(&scenario.plan("2026-11")), money("63"));
    let newest = scenario.plan_of(None);
    assert_eq!((newest.period.to_string(), newest.period_chosen), ("2026-12".to_owned(), true));
}

#[test]
fn rule_14_a_dated_charge_belongs_to_the_month_of_its_invoice() {
    let dated = |usage, invoice| Charge { invoice_date: Some(invoice), ..charge(1, PREMIUM, usage, "1", "28") };
    let scenario = Scenario::new().charges([dated(october(1, 31), date(2026, 11, 3)), dated(november(), date(2026, 12, 3))]);
    let plan = scenario.plan("2026-11");
    assert_eq!((plan.coverage.charges_billed, plan.coverage.charges_other_periods), (1, 1));
    let bill = &plan.documents[0];
    assert_eq!((bill.date, bill.due_date), (date(2026, 11, 3), date(2026, 11, 23)), "rule 19: the bill has its single invoice date");
    assert_eq!(plan.documents[1].date, date(2026, 11, 30));
    let earlier = scenario.plan("2027-01");
    assert_eq!((earlier.coverage.charges_other_periods, earlier.held.len()), (2, 0), "dated charges are never older, only of another month");
}

#[test]
fn rule_15_numbers_use_twelve_digits_where_two_tenants_share_six() {
    let mut scenario =
        Scenario::new().charges([charge(1, PREMIUM, november(), "1", "28"), charge(0x1234_5678, PREMIUM, november(), "1", "28")]).customer(0x1234_5678);
    let plan = scenario.plan("2026-11");
    // Customers 1 to 3 all begin with 000000.
    assert_eq!(numbers(&plan), ["DD-2026-11", "CSP-2026-11-000000010000", "CSP-2026-11-123456"]);
    scenario.mapping.customers.remove(1);
    scenario.mapping.customers.remove(1);
    assert_eq!(numbers(&scenario.plan("2026-11"))[1], "CSP-2026-11-000000");
    scenario.run("2026-11");
    let mut later = scenario.customer(2);
    later.sources.charges.push(charge(1, PREMIUM, october(14, 31), "1", "16"));
    let plan = later.plan("2026-11");
    assert_eq!(
        plan.new_documents().map(|document| &*document.number).collect::<Vec<_>>(),
        ["DD-2026-11-2", "CSP-2026-11-000000-2"],
        "a number once recorded stays"
    );
}

#[test]
fn rule_15_two_tenants_with_one_contact_stay_two_invoices() {
    let mut scenario = Scenario::new().charges([charge(1, PREMIUM, november(), "1", "28"), charge(2, PREMIUM, november(), "1", "28")]);
    scenario.mapping.customers[1].xero_contact_name = Some("Customer 1".into());
    assert_eq!(sales(&scenario.plan("2026-11")).len(), 2);
}

#[test]
fn rule_15_releasing_a_held_charge_touches_no_bill() {
    let mut scenario = Scenario::new().charges([charge(1, PREMIUM, november(), "1", "28"), charge(9, PREMIUM, november(), "1", "28")]);
    let first = scenario.run("2026-11");
    assert_eq!((billed_cost(&first), first.coverage.charges_held), (money("56"), 1));
    let mut scenario = scenario.customer(9);
    let second = scenario.run("2026-11");
    assert_eq!(second.new_documents().map(|document| document.kind).collect::<Vec<_>>(), [Kind::Invoice]);
    assert_eq!(billed_cost(&second), money("56"));
    assert_eq!(scenario.plan("2026-11").new_documents().count(), 0);
}

#[test]
fn rule_16_the_digest_is_the_same_for_shuffled_rows_a_second_run_and_tomorrow() {
    let mut scenario = Scenario::new()
        .charges((1..=3).flat_map(|number| [charge(number, PREMIUM, november(), "5", "28"), charge(number, PREMIUM, october(14, 31), "1", "16.26")]));
    scenario.sources.charges.push(charge(8, PREMIUM, november(), "1", "1"));
    let digest = scenario.plan("2026-11").digest;
    let mut shuffled = scenario.clone();
    shuffled.sources.charges.reverse();
    shuffled.today = date(2027, 3, 1);
    let plan = shuffled.plan("2026-11");
    assert_eq!((&plan.digest, &plan.source_digest), (&digest, &scenario.plan("2026-11").source_digest));
    scenario.run("2026-11");
    assert_eq!(scenario.plan("2026-11").digest, digest, "states are no part of it");
    let mut other = scenario.clone();
    other.mapping.products[0].name = Some("Another text".into());
    other.history = crate::domain::history::History::default();
    assert_ne!(other.plan("2026-11").digest, digest);
}

#[test]
fn rule_17_the_tenant_is_found_by_column_subscription_or_unique_name_and_never_guessed() {
    let unknown = |number| Charge { stated_tenant: None, ..charge(number, PREMIUM, november(), "1", "28") };
    let by_name = Charge { tenant_name: "  CUSTOMER   2 ".into(), ..unknown(2) };
    let plan = Scenario::new().charges([by_name.clone()]).plan("2026-11");
    assert_eq!(plan.coverage.charges_billed, 1, "by the name in the mapping");
    let plan = Scenario::new().charges([Charge { tenant_name: "anything".into(), ..unknown(1) }]).annuity([annuity(1, PREMIUM, "1", "1", "1")]).plan("2026-11");
    assert_eq!(plan.coverage.charges_billed, 1, "by the subscription in the annuity list");
    let mut namesake = Scenario::new().charges([by_name]);
    namesake.mapping.customers[2].name = Some("Customer 2".into());
    assert_eq!(held(&namesake.plan("2026-11"))[0].0, Code::CustomerUnmapped, "two tenants of that name");
    let mut twice = annuity(1, PREMIUM, "1", "1", "1");
    twice.tenant_id = Some(tenant(2));
    let plan = Scenario::new().charges([unknown(1)]).annuity([annuity(1, PREMIUM, "1", "1", "1"), twice]).plan("2026-11");
    assert_eq!(held(&plan)[0].0, Code::CustomerUnmapped, "two ids for one subscription");
    let similar = Charge { tenant_name: "Customer 2 Pty Ltd".into(), ..unknown(7) };
    assert_eq!(held(&Scenario::new().charges([similar]).plan("2026-11"))[0].0, Code::CustomerUnmapped, "never by likeness");
}

#[test]
fn rule_18_lines_go_by_product_usage_start_and_key_and_documents_by_contact() {
    let mut scenario = Scenario::new().product("P1Y:CFQ7TTC0LF8Q:0001:1:", Some("9")).charges([
        charge(2, PREMIUM, november(), "1", "28"),
        charge(2, PREMIUM, october(14, 31), "1", "16"),
        charge(2, "P1Y:CFQ7TTC0LF8Q:0001:1:", november(), "1", "5"),
        charge(1, PREMIUM, november(), "1", "28"),
    ]);
    scenario.mapping.products[1].name = Some("Azure Information Protection".into());
    scenario.mapping.customers[0].xero_contact_name = Some("Zebra".into());
    let plan = scenario.plan("2026-11");
    let contacts: Vec<&str> = plan.documents.iter().map(|document| &*document.contact_name).collect();
    assert_eq!(contacts, ["Dicker Data", "Customer 2", "Zebra"]);
    let texts: Vec<&str> = plan.documents[1].lines.iter().map(|line| &*line.description).collect();
    assert!(texts[0].starts_with("Azure") && texts[1].contains("14 Oct") && texts[2].contains("1 Nov"), "{texts:?}");
}

#[test]
fn rule_28_a_document_of_more_than_500_lines_is_split() {
    let scenario = Scenario::new().charges((1..=1_201).map(|seats| charge(1, PREMIUM, november(), &seats.to_string(), "28")));
    let plan = scenario.plan("2026-11");
    let of = |kind: Kind| {
        plan.documents
            .iter()
            .filter(move |document| document.kind == kind)
            .map(|document| (document.number.to_string(), document.lines.len()))
            .collect::<Vec<_>>()
    };
    assert_eq!(of(Kind::Bill), [("DD-2026-11".to_owned(), 500), ("DD-2026-11-2".to_owned(), 500), ("DD-2026-11-3".to_owned(), 201)]);
    assert_eq!(of(Kind::Invoice).iter().map(|(_, lines)| *lines).sum::<usize>(), 1_201);
    let mut through_api = scenario.clone();
    through_api.policy.lines_at_most = None;
    assert_eq!(through_api.plan("2026-11").documents.len(), 2, "through the API it stays one");
}

#[test]
fn rule_29_ignored_customers_are_on_the_bill_and_on_no_invoice() {
    let mut scenario = Scenario::new().charges([charge(1, PREMIUM, november(), "1", "28"), charge(2, PREMIUM, november(), "1", "28")]);
    scenario.mapping.customers[0].ignore = true;
    let plan = scenario.run("2026-11");
    assert_eq!((billed_cost(&plan), plan.coverage.charges_ignored, sales(&plan).len()), (money("56"), 1, 1));
    let again = scenario.plan("2027-03");
    assert_eq!((again.coverage.charges_ignored, again.coverage.charges_held), (1, 0), "an ignored charge on a bill is never held as older");
}

#[test]
fn product_7_the_bill_takes_the_distributors_number_and_splits_per_invoice_when_asked() {
    let numbered = |tenant_number, number: &str| Charge { invoice_number: Some(number.into()), ..charge(tenant_number, PREMIUM, november(), "1", "28") };
    let mut scenario = Scenario::new().charges([numbered(1, "INV-77"), numbered(2, "INV-77")]);
    assert_eq!(numbers(&scenario.plan("2026-11"))[0], "INV-77");
    scenario.sources.charges.push(numbered(3, "INV-78"));
    assert_eq!(numbers(&scenario.plan("2026-11"))[0], "DD-2026-11", "two invoices on one bill have no single number");
    scenario.policy.bill_per = BillPer::Invoice;
    assert_eq!(numbers(&scenario.plan("2026-11"))[..2], ["INV-77", "INV-78"]);
    scenario.run("2026-11");
    scenario.sources.charges.push(Charge { invoice_number: Some("INV-77".into()), ..charge(1, PREMIUM, october(14, 31), "1", "16") });
    assert_eq!(scenario.plan("2026-11").new_documents().next().map(|bill| bill.number.to_string()).as_deref(), Some("INV-77-2"));
}

#[test]
fn product_7_a_late_charge_goes_on_one_further_document_alone() {
    let mut scenario = Scenario::new().charges([charge(1, PREMIUM, november(), "5", "28"), charge(2, PREMIUM, november(), "5", "28")]);
    scenario.run("2026-11");
    let late = charge(1, PREMIUM, october(14, 31), "1", "16.26");
    scenario.sources.charges.push(late.clone());
    let plan = scenario.plan("2026-11");
    let new: Vec<_> = plan.new_documents().map(|document| (document.kind, document.lines.iter().map(|line| line.key).collect::<Vec<ChargeKey>>())).collect();
    assert_eq!(new, [(Kind::Bill, vec![late.key]), (Kind::Invoice, vec![late.key])]);
    assert_eq!(plan.documents.iter().filter(|document| document.state == State::Exists).count(), 3);
}

#[test]
fn no_charges_at_all_is_never_clean() {
    let plan = Scenario::new().plan_of(None);
    assert_eq!(plan.documents.len(), 0);
    assert!(plan.findings.iter().any(|finding| finding.code == Code::NothingCompared));
}

#[test]
fn a_window_that_ends_before_it_starts_is_held_and_not_a_panic() {
    let scenario = Scenario::new().charges([charge(1, PREMIUM, (date(2026, 11, 2), date(2026, 11, 1)), "1", "28")]);
    assert_eq!(held(&scenario.plan("2026-11"))[0].0, Code::PriceMissing);
}

#[test]
fn the_largest_numbers_the_readers_let_through_do_not_overflow() {
    let huge = charge(1, ANNUAL, (date(2026, 11, 2), date(2028, 3, 1)), "999999999.9999999999", "999999999.9999999999");
    let mut scenario =
        Scenario::new().charges([huge]).annuity([annuity(1, ANNUAL, "1", "999999999.9999999999", "999999999.9999999999")]).product(ANNUAL, Some("rrp+9999%"));
    scenario.policy.proration = Proration::PriceRatio;
    scenario.mapping.products[1].narrowing = Narrowing { term: None, billing: Some(Billing::Annual) };
    let plan = scenario.plan("2026-11");
    assert_eq!(plan.coverage.charges_read, 1);
    assert!(plan.totals.cost.amount() > Decimal::ZERO);
}

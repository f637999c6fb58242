//! The price rule `item`: the sales price of an item in Xero (`product.md` 6).

use crate::domain::books::{BookedItem, Books};
use crate::domain::finding::Code;
use crate::domain::offer::Billing;
use crate::domain::plan::Plan;
use crate::domain::pricing::PriceRule;
use crate::domain::scenario::{ANNUAL, PREMIUM, Scenario, charge, decimal, november};

/// Customer 1 buys two seats of Business Premium, which is sold at its item's price.
fn scenario(code: &str, items: &[(&str, Option<&str>)]) -> Scenario {
    let mut scenario = Scenario::new().product(ANNUAL, None).charges([charge(1, code, november(), "2", "20")]);
    scenario.policy.default_price = PriceRule::Item;
    for product in &mut scenario.mapping.products {
        product.price = None;
        product.xero_item_code = Some("M365BP".into());
    }
    let items = items.iter().map(|(code, price)| BookedItem { code: (*code).into(), name: "".into(), sales_price: price.map(decimal) });
    scenario.sources.books = Some(Books { items: items.collect(), ..Books::default() });
    scenario
}

fn reason(plan: &Plan) -> &str {
    assert_eq!(plan.held.len(), 1, "{:?}", plan.documents);
    assert_eq!(plan.held[0].code, Code::PriceMissing);
    &plan.held[0].reason
}

#[test]
fn an_item_sells_at_its_sales_price() {
    let plan = scenario(PREMIUM, &[("OTHER", Some("1")), ("m365bp", Some("32.905"))]).plan("2026-11");
    assert_eq!(plan.totals.sell.to_string(), "65.81");
    assert_eq!(plan.documents[1].workings[0].rule, PriceRule::Item);
}

#[test]
fn a_part_of_a_cycle_sells_at_that_part_of_the_price() {
    let mut scenario = scenario(PREMIUM, &[("M365BP", Some("30"))]);
    scenario.sources.charges = vec![charge(1, PREMIUM, (jiff::civil::date(2026, 11, 16), jiff::civil::date(2026, 11, 30)), "2", "10")];
    assert_eq!(scenario.plan("2026-11").totals.sell.to_string(), "30.00");
}

#[test]
fn without_a_price_the_charge_is_held_and_never_billed_at_zero() {
    let mut none = scenario(PREMIUM, &[]);
    none.sources.books = None;
    assert!(reason(&none.plan("2026-11")).ends_with("and no organisation is connected"));
    let mut none = scenario(PREMIUM, &[]);
    none.mapping.products[0].xero_item_code = None;
    assert!(reason(&none.plan("2026-11")).ends_with("and the product has no xero_item_code"));
    assert!(reason(&scenario(PREMIUM, &[("OTHER", Some("1"))]).plan("2026-11")).ends_with("and there is no item M365BP in Xero"));
    let plan = scenario(PREMIUM, &[("M365BP", None)]).plan("2026-11");
    assert_eq!(reason(&plan), "the rule \"item\" (pricing.default) needs the price of an item in Xero, and item M365BP has no sales price");
}

#[test]
fn rule_7_an_annual_charge_is_not_sold_at_a_monthly_items_price() {
    let mut scenario = scenario(ANNUAL, &[("M365BP", Some("380"))]);
    assert!(reason(&scenario.plan("2026-11")).contains("nothing says that item M365BP is priced by the year"));
    scenario.mapping.products[1].narrowing.billing = Some(Billing::Annual);
    scenario.sources.charges[0].usage.end = jiff::civil::date(2027, 10, 31);
    assert_eq!(scenario.plan("2026-11").totals.sell.to_string(), "760.00");
}

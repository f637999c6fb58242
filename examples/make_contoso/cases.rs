//! One customer for each thing that goes wrong or looks odd in a real month. `README.md` of the
//! sample has the list of them with what the tool says.

use jiff::civil::{Date, date};
use rust_decimal::Decimal;

use super::customers as c;
use super::products::{self as p, Plan, Product};
use super::subscription::{Subscription, round_to_4, stock_code};

use Plan::{Monthly, YearMonthly};

/// A subscription whose cycles are calendar months and whose year ends next June.
fn monthly(customer: &'static str, product: &'static Product, plan: Plan, seats: i64) -> Subscription {
    Subscription::monthly(customer, product, plan, seats, 1, 8)
}

fn october(day: i8) -> Date {
    date(2026, 10, day)
}

/// The subscriptions of all cases.
pub(crate) fn subscriptions() -> Vec<Subscription> {
    let mut all = cycles();
    all.extend(commitments());
    all.extend(credits_and_nothing());
    all.extend(prices());
    all.extend(seats());
    all.extend(tenants());
    all
}

/// Changes in mid-cycle, and cycles of every kind.
fn cycles() -> Vec<Subscription> {
    vec![
        // One change of ten seats to twelve, as two lines.
        monthly(c::CONTOSO, &p::STANDARD, YearMonthly, 12).changed(-10, october(14)).changed(12, october(14)),
        // Two subscriptions of one product.
        monthly(c::FABRIKAM, &p::PREMIUM, YearMonthly, 20),
        monthly(c::FABRIKAM, &p::PREMIUM, Monthly, 3),
        // A second cycle, from the 22nd, beside the calendar month.
        Subscription::monthly(c::ADVENTURE_WORKS, &p::EXCHANGE_2, Monthly, 6, 22, 1).changed(2, date(2026, 11, 5)),
        // A cycle from the 31st: 18 of the 31 days from 30 September to 30 October.
        Subscription::monthly(c::TAILSPIN, &p::PROJECT_3, YearMonthly, 4, 31, 7).changed(1, october(13)),
        // Co-termed: bought on 14 October, ends with the group in June.
        monthly(c::WINGTIP, &p::TEAMS_PHONE, YearMonthly, 8).since(october(14)).changed(8, october(14)),
        // Two identical rows: two purchases of one seat on one day.
        monthly(c::BAKERY, &p::PLANNER_1, YearMonthly, 6).changed(1, october(19)).changed(1, october(19)),
    ]
}

/// Years and three years, up front and by the month.
fn commitments() -> Vec<Subscription> {
    let year = (date(2026, 11, 1), date(2027, 10, 31));
    let mut three_years =
        Subscription::unbilled(c::TREY, &p::POWER_BI, Plan::ThreeYearsYearly, 6, date(2025, 11, 1), (date(2025, 11, 1), date(2028, 10, 31)), year);
    three_years.charge(year, 6, three_years.cycle_price(), three_years.term);
    vec![
        // 272 of 365 days of an annual subscription, up front.
        Subscription::up_front(c::KOTARE, &p::VISIO_2, 3, (date(2026, 11, 5), date(2027, 8, 3))),
        Subscription::up_front(c::VANARSDEL, &p::PREMIUM, 5, year),
        Subscription::monthly(c::TREY, &p::M365_E5, Plan::ThreeYearsMonthly, 10, 1, 20),
        three_years,
        Subscription::monthly(c::SOUTHRIDGE, &p::POWER_BI, YearMonthly, 7, 15, 1),
        Subscription::monthly(c::CITY_POWER, &p::PROJECT_3, YearMonthly, 3, 26, 12),
        extended(),
    ]
}

/// A year that ran out in October and goes on by the month under another code, 3 % dearer.
fn extended() -> Subscription {
    let november = (date(2026, 11, 1), date(2026, 11, 30));
    let last_year = (date(2025, 11, 1), date(2026, 10, 31));
    let mut subscription = Subscription::unbilled(c::COHO_WINERY, &p::VISIO_2, YearMonthly, 4, date(2024, 11, 1), last_year, november);
    let dearer = round_to_4(subscription.cycle_price() * Decimal::new(103, 2));
    subscription.charge(november, 4, dearer, november);
    for line in &mut subscription.lines {
        line.stock_code = stock_code(&p::VISIO_2, Monthly);
    }
    subscription
}

/// Credits, zero lines, trials, consumption.
fn credits_and_nothing() -> Vec<Subscription> {
    let year = (october(12), date(2027, 10, 11));
    let mut cancelled = Subscription::unbilled(c::HUMONGOUS, &p::VISIO_2, Plan::YearUpFront, 3, year.0, year, year);
    cancelled.status = "Cancelled";
    cancelled.charge(year, 3, -cancelled.cycle_price(), year);
    let mut azure = monthly(c::RELECLOUD, &p::AZURE, Plan::Usage, 1);
    let last_month = (october(1), october(31));
    azure.charge(last_month, 1, Decimal::new(184_237, 2), last_month);
    vec![
        Subscription::monthly(c::MARGIES, &p::PLANNER_1, YearMonthly, 8, 22, 6).changed(-2, october(30)),
        cancelled,
        monthly(c::HUMONGOUS, &p::BASIC, YearMonthly, 4),
        monthly(c::PHONE_COMPANY, &p::TEAMS_PHONE, YearMonthly, 24),
        monthly(c::PHONE_COMPANY, &p::PHONE_RESOURCE, YearMonthly, 5),
        Subscription::monthly(c::PROSEWARE, &p::COPILOT_TRIAL, Monthly, 5, 10, 1).since(date(2026, 11, 10)),
        azure,
    ]
}

/// Price lists that disagree, are silent, or know special prices.
fn prices() -> Vec<Subscription> {
    let mut no_price = monthly(c::COHO_VINEYARD, &p::POWER_APPS, YearMonthly, 5);
    no_price.term_rrp = None;
    let mut old_name = monthly(c::LITWARE, &p::OFFICE_E1, YearMonthly, 6);
    old_name.reference = format!("DO NOT USE - {}", p::OFFICE_E1.name).chars().take(30).collect();
    let mut dearer = monthly(c::LITWARE, &p::POWER_BI, YearMonthly, 9);
    dearer.term_cost -= Decimal::new(10_80, 2);
    vec![
        no_price,
        old_name,
        dearer,
        monthly(c::LUCERNE, &p::BASIC_CHARITY, YearMonthly, 40),
        monthly(c::LUCERNE, &p::PREMIUM_CHARITY, YearMonthly, 12).changed(2, october(19)),
        monthly(c::BELLOWS, &p::A3_FACULTY, YearMonthly, 30).changed(4, october(8)),
        monthly(c::BELLOWS, &p::POWER_BI, YearMonthly, 3),
        monthly(c::BLUE_YONDER, &p::TEAMS_ROOMS, YearMonthly, 2).changed(1, october(20)),
    ]
}

/// Products whose seats Microsoft counts differently; `seats.rs` has the other side.
fn seats() -> Vec<Subscription> {
    vec![
        monthly(c::NORTHWIND, &p::EXCHANGE_2, YearMonthly, 20),
        monthly(c::WIDE_WORLD, &p::TEAMS_PHONE, YearMonthly, 25),
        monthly(c::MUNSONS, &p::ENTRA_1, Monthly, 5),
        monthly(c::BEST_FOR_YOU, &p::ENTRA_1, YearMonthly, 8),
        monthly(c::MESSENGER, &p::EXCHANGE_2, YearMonthly, 10),
        monthly(c::LAMNA, &p::EXCHANGE_2, YearMonthly, 30),
        monthly(c::FIRST_UP, &p::EXCHANGE_2, YearMonthly, 10),
    ]
}

/// Charges that the annuity list does not know: one tenant is found by its name, one is not.
fn tenants() -> Vec<Subscription> {
    let mut by_name = monthly(c::QUILLMARK, &p::PLANNER_1, YearMonthly, 4);
    by_name.is_listed = false;
    let mut by_nothing = monthly(c::TREYFORD, &p::PREMIUM, YearMonthly, 3);
    by_nothing.is_listed = false;
    vec![by_name, by_nothing]
}

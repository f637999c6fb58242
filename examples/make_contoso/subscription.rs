//! A subscription with the lines that Dicker Data charged for it, under the rules of its billing:
//! a cycle line at the full price, and a part of it by days for every change in mid-cycle.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use rust_decimal::{Decimal, RoundingStrategy};

use super::products::{Plan, Product};

/// One line of the invoice report.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) stock_code: String,
    pub(crate) usage: (Date, Date),
    pub(crate) quantity: i64,
    pub(crate) unit_price: Decimal,
    pub(crate) term: (Date, Date),
}

/// One row of the annuity list and its lines.
#[derive(Clone)]
pub(crate) struct Subscription {
    /// The customer's name at Dicker Data.
    pub(crate) customer: &'static str,
    pub(crate) product: &'static Product,
    pub(crate) plan: Plan,
    /// Set when all subscriptions are together.
    pub(crate) id: String,
    pub(crate) seats: i64,
    pub(crate) stock_code: String,
    /// First day ever; the list shows the day before.
    pub(crate) began: Date,
    /// Current term, both ends included.
    pub(crate) term: (Date, Date),
    /// Current billing cycle, both ends included.
    pub(crate) cycle: (Date, Date),
    pub(crate) term_cost: Decimal,
    pub(crate) term_rrp: Option<Decimal>,
    pub(crate) status: &'static str,
    pub(crate) reference: String,
    /// False where the annuity list has forgotten it.
    pub(crate) is_listed: bool,
    pub(crate) lines: Vec<Line>,
}

impl Subscription {
    /// A subscription charged every month on `cycle_day`, with its whole-cycle line, `months_left`
    /// months from the current cycle's start to the end of its term.
    pub(crate) fn monthly(customer: &'static str, product: &'static Product, plan: Plan, seats: i64, cycle_day: i8, months_left: i64) -> Self {
        let cycle = current_cycle(cycle_day);
        let from_november = cycle_offset(cycle_day);
        let term = if plan == Plan::Monthly || plan == Plan::Usage {
            cycle
        } else {
            let last_month = from_november + months_left;
            (boundary(cycle_day, last_month - plan.term_months()), day_before(boundary(cycle_day, last_month)))
        };
        let began = if plan.term_months() == 1 { boundary(cycle_day, from_november - 8) } else { term.0 };
        let mut subscription = Self::unbilled(customer, product, plan, seats, began, term, cycle);
        subscription.charge(cycle, seats, subscription.cycle_price(), term);
        subscription
    }

    /// A subscription paid up front, charged for `term`, which may be a stub of its year.
    pub(crate) fn up_front(customer: &'static str, product: &'static Product, seats: i64, term: (Date, Date)) -> Self {
        let mut subscription = Self::unbilled(customer, product, Plan::YearUpFront, seats, term.0, term, term);
        let year = (after(term.1).saturating_sub(12.months()), term.1);
        subscription.charge(term, seats, part(subscription.cycle_price(), days(term), days(year)), term);
        subscription
    }

    /// A subscription without any line this month.
    pub(crate) fn unbilled(
        customer: &'static str,
        product: &'static Product,
        plan: Plan,
        seats: i64,
        began: Date,
        term: (Date, Date),
        cycle: (Date, Date),
    ) -> Self {
        Self {
            customer,
            product,
            plan,
            id: String::new(),
            seats,
            stock_code: stock_code(product, plan),
            began,
            term,
            cycle,
            term_cost: plan.term_cost(product),
            term_rrp: Some(plan.term_rrp(product)),
            status: "Active",
            reference: product.name.chars().take(30).collect(),
            is_listed: true,
            lines: Vec::new(),
        }
    }

    /// Cost per seat of a whole billing cycle.
    pub(crate) fn cycle_price(&self) -> Decimal {
        let months = if self.plan.is_yearly() { 12 } else { 1 };
        round_to_4(self.term_cost * Decimal::from(months) / Decimal::from(self.plan.term_months()))
    }

    /// Adds a line for whole seats at any price.
    pub(crate) fn charge(&mut self, usage: (Date, Date), quantity: i64, unit_price: Decimal, term: (Date, Date)) {
        self.lines.push(Line { stock_code: self.stock_code.clone(), usage, quantity, unit_price, term });
    }

    /// Adds the line of a change in the cycle before the current one, charged in arrears from `day`
    /// to that cycle's end: cycle price × days ÷ days of the cycle. A negative quantity is a credit.
    #[must_use]
    pub(crate) fn changed(mut self, quantity: i64, day: Date) -> Self {
        let cycle = self.previous_cycle();
        let usage = (day, cycle.1);
        let term = if self.plan == Plan::Monthly { cycle } else { self.term };
        self.charge(usage, quantity, part(self.cycle_price(), days(usage), days(cycle)), term);
        self
    }

    /// The cycle before the current one.
    pub(crate) fn previous_cycle(&self) -> (Date, Date) {
        let cycle_day = self.cycle.0.day().max(after(self.cycle.1).day());
        (boundary(cycle_day, cycle_offset(cycle_day) - 1), day_before(self.cycle.0))
    }

    /// Sets the first day ever, which also starts a co-termed stub late.
    #[must_use]
    pub(crate) fn since(mut self, began: Date) -> Self {
        self.began = began;
        self.term.0 = self.term.0.max(began);
        for line in self.lines.iter_mut().filter(|_| self.plan != Plan::Monthly) {
            line.term.0 = line.term.0.max(began);
        }
        self
    }
}

/// Dicker Data's name of an offer under a plan. Defender's code comes without the billing part.
pub(crate) fn stock_code(product: &Product, plan: Plan) -> String {
    let billing = if plan.is_yearly() { "Y" } else { "1" };
    match plan {
        Plan::Usage => product.offer.to_owned(),
        Plan::Monthly if product.offer == super::products::DEFENDER.offer => format!("{}:{}", plan.term(), product.offer),
        _ => format!("{}:{}:{billing}:", plan.term(), product.offer),
    }
}

/// The billing cycle of November 2026 for cycles that begin on this day. Those that begin at a
/// month's end began in October: 31 October to 29 November.
pub(crate) fn current_cycle(cycle_day: i8) -> (Date, Date) {
    let offset = cycle_offset(cycle_day);
    (boundary(cycle_day, offset), day_before(boundary(cycle_day, offset + 1)))
}

fn cycle_offset(cycle_day: i8) -> i64 {
    if cycle_day >= 29 { -1 } else { 0 }
}

/// The day on which a cycle begins, so many months from November 2026, clamped to the month's end.
pub(crate) fn boundary(cycle_day: i8, months_from_november: i64) -> Date {
    // January has every day of a month, so only the result is clamped.
    date(2026, 1, cycle_day).saturating_add((10 + months_from_november).months())
}

pub(crate) fn after(day: Date) -> Date {
    day.saturating_add(1.day())
}

pub(crate) fn day_before(day: Date) -> Date {
    day.saturating_sub(1.day())
}

/// Days of a window, both ends included.
pub(crate) fn days((first, last): (Date, Date)) -> i64 {
    first.duration_until(last).as_hours() / 24 + 1
}

/// A price for some days of a cycle, to four decimals.
pub(crate) fn part(price: Decimal, days: i64, of_days: i64) -> Decimal {
    round_to_4(price * Decimal::from(days) / Decimal::from(of_days))
}

pub(crate) fn round_to_4(price: Decimal) -> Decimal {
    price.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero).normalize()
}

//! What an ordinary customer of each kind buys, and the seats it added last month.

use super::customers::Customer;
use super::products::{self as p, Plan, Product};
use super::random::Random;
use super::subscription::Subscription;

/// The kind of customer.
#[derive(Clone, Copy)]
pub(crate) enum Profile {
    Office,
    Studio,
    Enterprise,
    Small,
    Classic,
    /// Nothing but what its case needs.
    OnlyCases,
}

/// A product under a plan for so many percent of a customer's people.
type Habit = (&'static Product, Plan, i64);

static OFFICE: [Habit; 7] = [
    (&p::PREMIUM, Plan::YearMonthly, 60),
    (&p::BASIC, Plan::YearMonthly, 25),
    (&p::EXCHANGE_1, Plan::Monthly, 15),
    (&p::POWER_BI, Plan::YearMonthly, 10),
    (&p::VISIO_2, Plan::Monthly, 4),
    (&p::COPILOT, Plan::YearMonthly, 10),
    (&p::DEFENDER_SUITE, Plan::YearMonthly, 30),
];
static STUDIO: [Habit; 6] = [
    (&p::STANDARD, Plan::YearMonthly, 70),
    (&p::APPS, Plan::Monthly, 20),
    (&p::EXCHANGE_1, Plan::Monthly, 10),
    (&p::PLANNER_1, Plan::YearMonthly, 15),
    (&p::VISIO_1, Plan::Monthly, 8),
    (&p::ENTRA_1, Plan::YearMonthly, 50),
];
static ENTERPRISE: [Habit; 10] = [
    (&p::M365_E3, Plan::YearMonthly, 60),
    (&p::M365_E5, Plan::YearMonthly, 15),
    (&p::ENTRA_2, Plan::YearMonthly, 20),
    (&p::POWER_BI, Plan::YearMonthly, 20),
    (&p::PROJECT_3, Plan::Monthly, 5),
    (&p::TEAMS_PHONE, Plan::YearMonthly, 40),
    (&p::PHONE_RESOURCE, Plan::YearMonthly, 4),
    (&p::COPILOT, Plan::YearMonthly, 15),
    (&p::WINDOWS_365, Plan::YearMonthly, 6),
    (&p::EXCHANGE_2, Plan::Monthly, 8),
];
static SMALL: [Habit; 5] = [
    (&p::STANDARD, Plan::YearMonthly, 60),
    (&p::EXCHANGE_1, Plan::Monthly, 30),
    (&p::DEFENDER, Plan::Monthly, 70),
    (&p::BASIC, Plan::Monthly, 25),
    (&p::APPS, Plan::YearMonthly, 15),
];
static CLASSIC: [Habit; 7] = [
    (&p::OFFICE_E3, Plan::YearMonthly, 50),
    (&p::OFFICE_E1, Plan::YearMonthly, 30),
    (&p::EXCHANGE_KIOSK, Plan::Monthly, 30),
    (&p::ENTRA_1, Plan::YearMonthly, 60),
    (&p::INTUNE, Plan::YearMonthly, 50),
    (&p::DEFENDER, Plan::Monthly, 60),
    (&p::VISIO_2, Plan::YearUpFront, 5),
];

/// What a customer buys apart from its case.
pub(crate) fn subscriptions(customer: &'static Customer) -> Vec<Subscription> {
    let habits: &[Habit] = match customer.profile {
        Profile::Office => &OFFICE,
        Profile::Studio => &STUDIO,
        Profile::Enterprise => &ENTERPRISE,
        Profile::Small => &SMALL,
        Profile::Classic => &CLASSIC,
        Profile::OnlyCases => &[],
    };
    // All of a customer's years end together, not in December and after last month's changes.
    let months_left = Random::of(customer.name).between(4, 10);
    habits.iter().map(|habit| subscription(customer, habit, months_left)).collect()
}

fn subscription(customer: &'static Customer, &(product, plan, percent): &Habit, months_left: i64) -> Subscription {
    let mut random = Random::of(&format!("{} {}", customer.name, product.offer));
    let seats = (customer.people * percent / 100 + random.between(-1, 1)).max(1);
    if plan.is_yearly() {
        // Paid in another month: in the annuity list, not on this invoice.
        let term = Subscription::monthly(customer.name, product, Plan::YearMonthly, seats, customer.cycle_day, months_left).term;
        return Subscription::unbilled(customer.name, product, plan, seats, term.0, term, term);
    }
    let subscription = Subscription::monthly(customer.name, product, plan, seats, customer.cycle_day, months_left);
    let changes = match random.between(0, 99) {
        ..52 => 0,
        52..84 => 1,
        _ => 2,
    };
    changed(subscription, changes.min(seats - 1), &mut random)
}

/// Adds so many purchases of further seats on different days of the previous cycle.
fn changed(mut subscription: Subscription, changes: i64, random: &mut Random) -> Subscription {
    let (mut first, last) = subscription.previous_cycle();
    for _ in 0..changes {
        let room = super::subscription::days((first, last)) - 3;
        if room < 1 {
            break;
        }
        let day = first.saturating_add(jiff::Span::new().days(random.between(1, room)));
        let quantity = random.between(1, (subscription.seats / 8).max(1));
        subscription = subscription.changed(quantity, day);
        first = day;
    }
    subscription
}

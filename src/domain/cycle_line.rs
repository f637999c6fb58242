//! The cycle line of a subscription on an invoice, and what it tells about the billing cycle of
//! the part-cycle lines beside it (`rules.md` 2, `contracts/dickerdata.md` 5.1).

use foldhash::{HashMap, HashMapExt};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::annuity::Listed;
use super::charge::Charge;
use super::cycle::{Cycle, later_day, spans_whole_month};
use super::ids::SubscriptionId;
use super::offer::Billing;
use super::period::BillingPeriod;
use super::pricing::billing_of;
use super::working::Boundary;

/// What the invoice tells about the cycle of one charge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CycleContext {
    /// The cycles to measure the charge with.
    pub cycle: Cycle,
    /// Where the boundary day comes from.
    pub boundary: Boundary,
    /// Unit cost of the whole-cycle line beside it, if there is one.
    pub whole_unit_cost: Option<Decimal>,
    /// True for the cycle line itself.
    pub is_cycle_line: bool,
}

/// One context a charge, in the order of `charges`; `listed` is in the same order.
///
/// Undated charges of months after `period` never speak: what a later export adds cannot change
/// the cents of an earlier month.
#[must_use]
pub fn cycle_contexts(
    charges: &[Charge],
    listed: impl DoubleEndedIterator<Item = Listed> + ExactSizeIterator,
    annuity_lines: usize,
    period: BillingPeriod,
) -> Vec<Option<CycleContext>> {
    let mut contexts: Vec<Option<CycleContext>> = vec![None; charges.len()];
    let of_subscription = Chains::new(charges, listed, annuity_lines, period);
    let mut indexes = Vec::new();
    for first in of_subscription.firsts() {
        indexes.clear();
        indexes.extend(of_subscription.from(first));
        if indexes.len() > 1 {
            indexes.sort_by_key(|index| charges.get(*index).map(invoice_and_code));
        }
        for group in indexes.chunk_by(|one, other| charges.get(*one).map(invoice_and_code) == charges.get(*other).map(invoice_and_code)) {
            describe_group(charges, group, &mut contexts);
        }
    }
    contexts
}

/// The charges of each subscription, chained by position: no list is allocated for one.
struct Chains<'a> {
    /// By the subscription's first line in the annuity list.
    of_listed: Vec<u32>,
    of_others: HashMap<&'a SubscriptionId, u32>,
    next: Vec<u32>,
}

/// The end of a chain.
const END: u32 = u32::MAX;

impl<'a> Chains<'a> {
    fn new(charges: &'a [Charge], listed: impl DoubleEndedIterator<Item = Listed> + ExactSizeIterator, annuity_lines: usize, period: BillingPeriod) -> Self {
        let mut chains = Self { of_listed: vec![END; annuity_lines], of_others: HashMap::new(), next: vec![END; charges.len()] };
        // Backwards, so that following a chain gives the charges in their order.
        for ((position, charge), listed) in charges.iter().enumerate().zip(listed).rev() {
            if charge.invoice_date.is_none() && charge.month() > period {
                continue;
            }
            let of_listed = listed.first_line().and_then(|line| chains.of_listed.get_mut(line));
            let first = of_listed.unwrap_or_else(|| chains.of_others.entry(&charge.subscription).or_insert(END));
            if let Some(slot) = chains.next.get_mut(position) {
                *slot = *first;
            }
            *first = u32::try_from(position).unwrap_or(END);
        }
        chains
    }

    fn firsts(&self) -> impl Iterator<Item = u32> {
        self.of_listed.iter().chain(self.of_others.values()).copied().filter(|first| *first != END)
    }

    fn from(&self, first: u32) -> impl Iterator<Item = usize> {
        let mut at = first;
        std::iter::from_fn(move || {
            let position = usize::try_from(at).ok().filter(|_| at != END)?;
            at = self.next.get(position).copied().unwrap_or(END);
            Some(position)
        })
    }
}

/// What puts lines on one invoice: its number, else its date, else that neither is stated.
/// Lines without a subscription belong together by customer: another customer's cycle is not theirs.
fn invoice_and_code(charge: &Charge) -> (&str, Option<&str>, Option<Date>, &str) {
    let number = charge.invoice_number.as_deref();
    let customer = if charge.subscription.is_empty() { &*charge.tenant_name } else { "" };
    (charge.stock_code.as_str(), number, if number.is_some() { None } else { charge.invoice_date }, customer)
}

fn describe_group(charges: &[Charge], group: &[usize], contexts: &mut [Option<CycleContext>]) {
    let lines = || group.iter().filter_map(|index| Some((*index, charges.get(*index)?)));
    let Some((cycle_line_index, cycle_line)) = lines().min_by_key(|(_, charge)| (std::cmp::Reverse(charge.usage.end), charge.usage.start, charge.key)) else {
        return;
    };
    let annual = billing_of(cycle_line) == Some(Billing::Annual);
    let is_whole =
        |charge: &Charge| if annual { annual_cycle(charge).0.containing(charge.usage.start) == Some(charge.usage) } else { spans_whole_month(charge.usage) };
    let whole_line = if is_whole(cycle_line) {
        Some(cycle_line)
    } else {
        lines().map(|(_, charge)| charge).filter(|charge| is_whole(charge)).max_by_key(|charge| (charge.usage.end, charge.key))
    };
    let (cycle, boundary) = monthly_cycle(cycle_line);
    for (index, charge) in lines() {
        let (cycle, boundary) = if annual { annual_cycle(charge) } else { (cycle, boundary) };
        let context = CycleContext { cycle, boundary, whole_unit_cost: whole_line.map(|line| line.unit_cost), is_cycle_line: index == cycle_line_index };
        if let Some(slot) = contexts.get_mut(index) {
            *slot = Some(context);
        }
    }
}

fn monthly_cycle(cycle_line: &Charge) -> (Cycle, Boundary) {
    let near = cycle_line.usage.start;
    if spans_whole_month(cycle_line.usage)
        && let Some(day) = later_day(cycle_line.usage)
    {
        return (Cycle::monthly(day, near), Boundary::CycleLine);
    }
    match cycle_line.term_end.and_then(|end| end.tomorrow().ok()) {
        Some(after) => (Cycle::monthly(after.day(), near), Boundary::TermEnd),
        None => (Cycle::monthly(1, near), Boundary::CalendarMonth),
    }
}

fn annual_cycle(charge: &Charge) -> (Cycle, Boundary) {
    (Cycle::annual_ending(charge.term_end.unwrap_or(charge.usage.end)), Boundary::AnnualTerm)
}

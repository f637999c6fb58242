//! Lengths of bars: shares of a thousand, whole numbers, so that no drawing depends on floats.

use minijinja::{Value, context};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::money::Money;
use crate::domain::plan::Totals;
use crate::domain::view::CustomerMargin;
use crate::ui::words::grouped;

/// A share of a whole in thousandths, between 0 and 1000.
pub(super) fn per_mille(part: Money, whole: Money) -> i64 {
    if part.is_negative() || whole.amount() <= Decimal::ZERO {
        return 0;
    }
    part.amount().checked_mul(Decimal::ONE_THOUSAND).and_then(|part| part.checked_div(whole.amount())).and_then(|share| share.to_i64()).unwrap_or(0).min(1000)
}

/// A customer's bar: what covers the cost, then the margin, or the loss instead.
pub(super) fn customer(customer: &CustomerMargin<'_>, longest: Money) -> Value {
    let covered = customer.cost.min(customer.sell);
    context! {
        cost => per_mille(covered, longest),
        margin => per_mille(customer.sell - covered.max(Money::ZERO), longest),
        loss => per_mille(customer.cost - covered.max(Money::ZERO), longest),
    }
}

/// The longest of all customers' bars.
pub(super) fn longest(customers: &[CustomerMargin<'_>]) -> Money {
    customers.iter().map(|customer| customer.sell.max(customer.cost)).max().unwrap_or(Money::ZERO)
}

/// Cost against sell: both as stacked bars on one scale, each part with its amount.
pub(super) fn cost_against_sell(totals: Totals) -> Value {
    let sold = totals.sell - totals.margin;
    let other = totals.cost - sold - totals.held_cost;
    let other = other.max(Money::ZERO);
    let scale = totals.sell.max(totals.cost).max(sold + totals.held_cost + other);
    let mut cost = Vec::new();
    let mut sell = Vec::new();
    push(&mut cost, "sold", "cost of what was sold", sold, scale);
    push(&mut cost, "held", "held back", totals.held_cost, scale);
    push(&mut cost, "other", "not sold in this period", other, scale);
    push(&mut sell, "sold", "covers its cost", sold.min(totals.sell), scale);
    push(&mut sell, "margin", "margin", totals.margin, scale);
    context! { cost => cost, sell => sell, is_drawn => !scale.is_zero() && !scale.is_negative() }
}

/// Adds a part behind the parts already there; an empty or negative one has no bar.
fn push(parts: &mut Vec<Value>, class: &'static str, label: &'static str, amount: Money, scale: Money) {
    let start: i64 = parts.iter().filter_map(|part| part.get_attr("width").ok().and_then(|width| i64::try_from(width).ok())).sum();
    let width = per_mille(amount, scale).min(1000 - start);
    if width > 0 {
        parts.push(context! { class, label, start, width, amount => grouped(&amount.to_string()) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(cents: i64) -> Money {
        Money::round_half_away(Decimal::new(cents, 2))
    }

    #[test]
    fn bars_stay_within_their_frame() {
        assert_eq!(per_mille(money(50), money(100)), 500);
        for (part, whole) in [(-1, 100), (1, 0), (1, -5), (0, 100)] {
            assert_eq!(per_mille(money(part), money(whole)), 0);
        }
        assert_eq!(per_mille(money(500), money(100)), 1000);
    }

    #[test]
    fn a_loss_is_drawn_as_a_loss() {
        let loss = customer(&CustomerMargin { tenant_id: None, name: "x", lines: 1, sell: money(80), cost: money(100) }, money(100));
        let width = |name: &str| i64::try_from(loss.get_attr(name).unwrap()).unwrap();
        assert_eq!((width("cost"), width("margin"), width("loss")), (800, 0, 200));
        let credit = customer(&CustomerMargin { tenant_id: None, name: "x", lines: 1, sell: money(-80), cost: money(-70) }, money(100));
        assert_eq!(i64::try_from(credit.get_attr("cost").unwrap()).unwrap(), 0);
    }
}

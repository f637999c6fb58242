//! Price rules and what a charge sells for (`product.md` 6, `rules.md` 3 to 8).

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::charge::{Charge, SourceRow};
use super::cycle::Part;
use super::money::{Money, show_price, show_quantity};
use super::offer::Billing;

/// How a sell price is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum PriceRule {
    /// `"32.90"`: per seat and billing cycle.
    Fixed(Decimal),
    /// `"cost+18%"`: the line's cost and so many percent.
    CostPlus(Decimal),
    /// `"rrp"`, `"rrp-2.5%"`: the recommended price, moved by so many percent.
    Rrp(Decimal),
    /// `"item"`: the sales price of the Xero item.
    Item,
    /// `"none"`: no price; only as the default.
    None,
}

/// A text that is no price rule.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a price rule; write \"32.90\", \"cost+18%\", \"rrp\", \"rrp-2.5%\", \"item\" or, as the default, \"none\"")]
pub struct NotAPriceRule(pub String);

impl FromStr for PriceRule {
    type Err = NotAPriceRule;
    fn from_str(text: &str) -> Result<Self, NotAPriceRule> {
        let refuse = || NotAPriceRule(text.to_owned());
        let compact: String = text.chars().filter(|character| !character.is_whitespace()).collect::<String>().to_lowercase();
        let percent = |text: &str| -> Result<Decimal, NotAPriceRule> {
            let percent: Decimal = text.strip_suffix('%').and_then(|number| number.parse().ok()).ok_or_else(refuse)?;
            if percent.abs() < Decimal::from(10_000) && percent.scale() <= 6 { Ok(percent) } else { Err(refuse()) }
        };
        match compact.as_str() {
            "item" => return Ok(Self::Item),
            "none" => return Ok(Self::None),
            "rrp" => return Ok(Self::Rrp(Decimal::ZERO)),
            _ => {}
        }
        if let Some(markup) = compact.strip_prefix("cost+") {
            return percent(markup).and_then(|percent| if percent.is_sign_negative() { Err(refuse()) } else { Ok(Self::CostPlus(percent)) });
        }
        if let Some(discount) = compact.strip_prefix("rrp-") {
            let discount = percent(discount)?;
            let sensible = !discount.is_sign_negative() && discount < Decimal::ONE_HUNDRED;
            return if sensible { Ok(Self::Rrp(-discount)) } else { Err(refuse()) };
        }
        if let Some(markup) = compact.strip_prefix("rrp+") {
            return percent(markup).and_then(|percent| if percent.is_sign_negative() { Err(refuse()) } else { Ok(Self::Rrp(percent)) });
        }
        let plain = compact.chars().all(|character| character.is_ascii_digit() || character == '.');
        let price: Decimal = if plain { compact.parse().map_err(|_| refuse())? } else { return Err(refuse()) };
        if price < Decimal::from(1_000_000_000) && price.scale() <= 8 { Ok(Self::Fixed(price)) } else { Err(refuse()) }
    }
}

impl fmt::Display for PriceRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Fixed(price) => show_price(*price),
            Self::CostPlus(percent) => format!("cost+{}%", show_quantity(*percent)),
            Self::Rrp(percent) if percent.is_zero() => "rrp".to_owned(),
            Self::Rrp(percent) if percent.is_sign_negative() => format!("rrp{}%", show_quantity(*percent)),
            Self::Rrp(percent) => format!("rrp+{}%", show_quantity(*percent)),
            Self::Item => "item".to_owned(),
            Self::None => "none".to_owned(),
        };
        f.pad(&text)
    }
}

impl From<PriceRule> for String {
    fn from(rule: PriceRule) -> Self {
        rule.to_string()
    }
}

impl TryFrom<String> for PriceRule {
    type Error = NotAPriceRule;
    fn try_from(text: String) -> Result<Self, NotAPriceRule> {
        text.parse()
    }
}

/// Where the rule that applied was written; the order is the order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleOrigin {
    /// `[[overrides]]`: this customer and this product.
    Override,
    /// `[[products]]`.
    Product,
    /// `[[customers]]`.
    Customer,
    /// `pricing.default`.
    Default,
}

/// The price of a whole cycle, as figures rather than one rounded number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FullPrice {
    /// The figure it starts from: the fixed price, or the price of a whole term.
    #[serde(with = "rust_decimal::serde::str")]
    pub figure: Decimal,
    /// Months billed at once.
    pub billing_months: u32,
    /// Months that `figure` covers; equal to `billing_months` for a fixed price.
    pub term_months: u32,
    /// Percent added by the rule.
    #[serde(with = "rust_decimal::serde::str")]
    pub percent: Decimal,
    /// The annuity row that `figure` was read from.
    pub annuity: Option<SourceRow>,
}

impl FullPrice {
    /// The exact price as a fraction: (above, below) the line.
    #[must_use]
    pub fn fraction(&self) -> (Decimal, Decimal) {
        let above = self.figure * Decimal::from(self.billing_months) * (Decimal::ONE_HUNDRED + self.percent);
        let below = Decimal::from(self.term_months) * Decimal::ONE_HUNDRED;
        (above, below)
    }

    /// The price of a whole cycle per seat, for people; unrounded but for division.
    #[must_use]
    pub fn per_cycle(&self) -> Decimal {
        let (above, below) = self.fraction();
        above.checked_div(below).unwrap_or_default()
    }
}

/// Why no price was found: the charge is held `price-missing` for this reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceMissing(pub String);

/// The billing cycle of a charge: stated by its code, or monthly when the window can be nothing
/// else. A year's commitment charged over a longer window without saying how is not guessed:
/// the two readings differ by a factor of twelve.
#[must_use]
pub fn billing_of(charge: &Charge) -> Option<Billing> {
    charge.stock_code.billing().or_else(|| (charge.stock_code.term().is_none() || charge.usage.days() <= 31).then_some(Billing::Monthly))
}

/// Cost and so many percent, rounded once (`rules.md` 6).
#[must_use]
pub fn cost_plus(cost: Money, percent: Decimal) -> Money {
    Money::round_half_away(cost.amount() * (Decimal::ONE_HUNDRED + percent) / Decimal::ONE_HUNDRED)
}

/// Price of a whole cycle × quantity × part, rounded once, with the sign of the cost (`rules.md` 8).
///
/// `None` when the figures are too large for exact arithmetic: 28 digits.
#[must_use]
pub fn sell_amount(full_price: &FullPrice, quantity: Decimal, part: Part, cost: Money) -> Option<Money> {
    if cost.is_zero() && quantity < Decimal::ZERO {
        // Seats taken back for nothing: neither a charge nor a credit.
        return Some(Money::ZERO);
    }
    let (above, below) = full_price.fraction();
    let above = above.checked_mul(quantity)?.checked_mul(part.numerator)?;
    let size = Money::round_half_away(above.checked_div(below.checked_mul(part.denominator)?)?).abs();
    Some(if cost.is_negative() { -size } else { size })
}

/// Quantity and unit amount as a document shows them: the fewest decimals from 2 to 4 that give the
/// line back, else 1 × the line (`rules.md` 9). The quantity is never negative.
#[must_use]
pub fn shown_quantity_and_unit(quantity: Decimal, line: Money) -> (Decimal, Decimal) {
    let quantity = quantity.abs().normalize();
    if quantity.is_zero() {
        return if line.is_zero() { (Decimal::ZERO, Decimal::ZERO) } else { (Decimal::ONE, line.amount()) };
    }
    let exact = line.amount() / quantity;
    for decimals in 2..=4 {
        let unit = exact.round_dp_with_strategy(decimals, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        if Money::round_half_away(quantity * unit) == line {
            return (quantity, unit);
        }
    }
    (Decimal::ONE, line.amount())
}

/// Margin = (sell − cost) ÷ sell; `None` when nothing is sold (`rules.md` 10).
#[must_use]
pub fn margin(sell: Money, cost: Money) -> Option<Decimal> {
    (!sell.is_zero()).then(|| (sell - cost).amount() / sell.amount())
}

/// True when a line is sold below the floor and must be held. Credits and zero lines never are,
/// nor a line sold at cost with a floor of 0 % (`rules.md` 10).
#[must_use]
pub fn is_below_floor(sell: Money, cost: Money, floor_percent: Decimal) -> bool {
    if cost.is_negative() || cost.is_zero() {
        return false;
    }
    // (sell − cost) ÷ sell < floor, multiplied out so that nothing is divided.
    sell.is_zero() || (sell - cost).amount() * Decimal::ONE_HUNDRED < floor_percent * sell.amount()
}

#[cfg(test)]
mod tests;

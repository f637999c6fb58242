//! Money and quantities: exact decimals, one rounding function, one way to show each.
//!
//! A run has one currency (`rules.md`, currency), so the currency lives beside the documents,
//! not inside every amount.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::digits::Digits;

/// An amount of money in the run's currency, always whole cents.
///
/// The only ways to make one are [`Money::round_half_away`] and arithmetic on other amounts,
/// so a fraction of a cent cannot reach a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(Decimal);

impl Money {
    /// Nothing: 0.00.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Rounds to cents, halves away from zero: 2.345 is 2.35 and −2.345 is −2.35.
    ///
    /// The only place in the program where money is rounded.
    #[must_use]
    pub fn round_half_away(amount: Decimal) -> Self {
        Self(amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
    }

    /// The amount as a plain decimal.
    #[must_use]
    pub fn amount(self) -> Decimal {
        self.0
    }

    /// The amount without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// True below zero; false for 0.00.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0 < Decimal::ZERO
    }

    /// True for 0.00, however it was written.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Digits::of(self.0, 2).as_str())
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Digits::of(self.0, 2).as_str())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let amount = <Decimal as Deserialize>::deserialize(deserializer)?;
        let rounded = Self::round_half_away(amount);
        if rounded.0 == amount { Ok(rounded) } else { Err(serde::de::Error::custom(format!("{amount} is not a whole number of cents"))) }
    }
}

/// A price or amount as text: at least two decimals, no further trailing zeros (`rules.md` 9).
#[must_use]
pub fn show_price(amount: Decimal) -> String {
    Digits::of(amount, 2).as_str().to_owned()
}

/// A quantity as text: no trailing zeros, never in exponent form (`rules.md` 9).
#[must_use]
pub fn show_quantity(quantity: Decimal) -> String {
    Digits::of(quantity, 0).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn rounding_is_half_away_from_zero_and_not_bankers() {
        for (given, expected) in [("2.345", "2.35"), ("-2.345", "-2.35"), ("2.335", "2.34"), ("2.3449", "2.34"), ("0.005", "0.01"), ("-0.004", "0.00")] {
            assert_eq!(Money::round_half_away(decimal(given)).to_string(), expected, "{given}");
        }
    }

    #[test]
    fn money_shows_at_least_two_decimals_and_quantities_no_trailing_zeros() {
        assert_eq!(show_price(decimal("5")), "5.00");
        assert_eq!(show_price(decimal("28.19250")), "28.1925");
        assert_eq!(show_price(decimal("-0.00")), "0.00");
        assert_eq!(show_quantity(decimal("18.000")), "18");
        assert_eq!(show_quantity(decimal("100")), "100");
        assert_eq!(show_quantity(decimal("0.5000")), "0.5");
    }

    #[test]
    fn a_fraction_of_a_cent_is_refused_when_read() {
        assert!(serde_json::from_str::<Money>("\"1.234\"").is_err());
        assert_eq!(serde_json::from_str::<Money>("\"1.230\"").unwrap().to_string(), "1.23");
    }

    proptest! {
        #[test]
        fn rounding_moves_an_amount_by_at_most_half_a_cent(units in -9_000_000_000_i64..9_000_000_000, scale in 0_u32..8) {
            let amount = Decimal::new(units, scale);
            let moved = (Money::round_half_away(amount).amount() - amount).abs();
            prop_assert!(moved <= Decimal::new(5, 3));
        }

        #[test]
        fn rounding_is_symmetric(units in 0_i64..9_000_000_000, scale in 0_u32..8) {
            let amount = Decimal::new(units, scale);
            prop_assert_eq!(-Money::round_half_away(amount), Money::round_half_away(-amount));
        }
    }
}

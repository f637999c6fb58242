//! Figures, dates and keys as text without the formatting machinery, which takes longer than all
//! the arithmetic of a month (`docs/performance.md`). Tests hold each against that machinery.

use jiff::civil::Date;
use rust_decimal::Decimal;

/// A sign, 29 digits, a point and the zeros that were asked for.
const BYTES: usize = 40;

/// A short ASCII text, built from its end.
#[derive(Clone, Copy, Debug)]
pub struct Digits {
    bytes: [u8; BYTES],
    start: usize,
}

impl Digits {
    const EMPTY: Self = Self { bytes: [b'0'; BYTES], start: BYTES };

    /// A number with at least so many decimals, at most 8, and no further trailing zeros; never in
    /// exponent form, and zero has no sign.
    #[must_use]
    pub fn of(number: Decimal, decimals_at_least: u32) -> Self {
        let mut digits = Self::EMPTY;
        let (mut rest, mut decimals) = (number.mantissa().unsigned_abs(), number.scale());
        while decimals > decimals_at_least {
            let mut shorter = rest;
            if take_digit(&mut shorter) != 0 {
                break;
            }
            (rest, decimals) = (shorter, decimals - 1);
        }
        for _ in decimals..decimals_at_least.min(8) {
            digits.put(0);
        }
        for _ in 0..decimals {
            digits.put(take_digit(&mut rest));
        }
        if digits.start < BYTES {
            digits.put_byte(b'.');
        }
        digits.put_whole(rest);
        if number.is_sign_negative() && !number.is_zero() {
            digits.put_byte(b'-');
        }
        digits
    }

    /// A whole number.
    #[must_use]
    pub fn of_whole(number: u64) -> Self {
        let mut digits = Self::EMPTY;
        digits.put_whole(u128::from(number));
        digits
    }

    /// A day, month and year in this order, `separator` between them, as in `2026-11-30` and
    /// `30/11/2026`. Years have four digits; before the year 0 there are no charges.
    #[must_use]
    pub fn of_date(date: Date, order: DateOrder) -> Self {
        let mut digits = Self::EMPTY;
        let (day, month, year) = (date.day().unsigned_abs(), date.month().unsigned_abs(), date.year().unsigned_abs());
        match order {
            DateOrder::Iso => {
                digits.put_two(day);
                digits.put_byte(b'-');
                digits.put_two(month);
                digits.put_byte(b'-');
                digits.put_year(year);
            }
            DateOrder::DayFirst => {
                digits.put_year(year);
                digits.put_byte(b'/');
                digits.put_two(month);
                digits.put_byte(b'/');
                digits.put_two(day);
            }
        }
        digits
    }

    /// 128 bits as 32 hex digits.
    #[must_use]
    pub fn of_key(key: u128) -> Self {
        let mut digits = Self::EMPTY;
        for byte in key.to_be_bytes().into_iter().rev() {
            for half in [byte & 0xf, byte >> 4] {
                digits.put_byte(if half < 10 { b'0' + half } else { b'a' + half - 10 });
            }
        }
        digits
    }

    /// The text.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Always ASCII.
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    #[inline]
    fn put_byte(&mut self, byte: u8) {
        self.start = self.start.saturating_sub(1);
        if let Some(slot) = self.bytes.get_mut(self.start) {
            *slot = byte;
        }
    }

    #[inline]
    fn put(&mut self, digit: u8) {
        self.put_byte(b'0' + digit);
    }

    fn put_two(&mut self, number: u8) {
        self.put(number % 10);
        self.put(number / 10 % 10);
    }

    fn put_year(&mut self, mut year: u16) {
        for _ in 0..4 {
            self.put(u8::try_from(year % 10).unwrap_or_default());
            year /= 10;
        }
    }

    #[inline]
    fn put_whole(&mut self, mut number: u128) {
        loop {
            self.put(take_digit(&mut number));
            if number == 0 {
                break;
            }
        }
    }
}

/// How a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// `2026-11-30`.
    Iso,
    /// `30/11/2026`, as Australia and New Zealand write.
    DayFirst,
}

/// Takes the last digit off. Dividing 128 bits is slow, and hardly any number needs them.
#[inline]
fn take_digit(rest: &mut u128) -> u8 {
    let digit = if let Ok(small) = u64::try_from(*rest) {
        *rest = u128::from(small / 10);
        small % 10
    } else {
        let digit = u64::try_from(*rest % 10).unwrap_or_default();
        *rest /= 10;
        digit
    };
    u8::try_from(digit).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    /// What the formatting machinery says.
    fn by_machinery(number: Decimal, decimals_at_least: u32) -> String {
        let mut shown = number.normalize();
        if shown.scale() < decimals_at_least {
            shown.rescale(decimals_at_least);
        }
        if shown.is_zero() {
            shown.set_sign_positive(true);
        }
        shown.to_string()
    }

    #[test]
    fn the_largest_numbers_and_all_kinds_of_zero_fit() {
        for number in [
            Decimal::MAX,
            Decimal::MIN,
            Decimal::ZERO,
            -Decimal::ZERO,
            Decimal::new(0, 28),
            Decimal::new(-5, 1),
            Decimal::from_i128_with_scale(Decimal::MAX.mantissa(), 28),
        ] {
            assert_eq!(Digits::of(number, 0).as_str(), by_machinery(number, 0));
        }
        assert_eq!(Digits::of(Decimal::MIN, 2).as_str(), "-79228162514264337593543950335.00");
    }

    proptest! {
        #[test]
        fn numbers_are_written_as_the_formatting_machinery_writes_them(units in any::<i64>(), scale in 0_u32..=28, decimals_at_least in 0_u32..=4) {
            let number = Decimal::new(units, scale);
            prop_assert_eq!(Digits::of(number, decimals_at_least).as_str().to_owned(), by_machinery(number, decimals_at_least));
            let few_digits = Decimal::new(units % 100_000, scale % 6);
            prop_assert_eq!(Digits::of(few_digits, decimals_at_least).as_str().to_owned(), by_machinery(few_digits, decimals_at_least));
            // Too wide for further decimals.
            let wide = Decimal::from_i128_with_scale(i128::from(units) * 8_000_000_000, scale);
            prop_assert_eq!(Digits::of(wide, 0).as_str().to_owned(), by_machinery(wide, 0));
        }

        #[test]
        fn dates_and_keys_are_written_as_the_formatting_machinery_writes_them(year in 0_i16..=9999, month in 1_i8..=12, day in 1_i8..=28, key in any::<u128>(), number in any::<u64>()) {
            let date = date(year, month, day);
            prop_assert_eq!(Digits::of_date(date, DateOrder::Iso).as_str().to_owned(), date.to_string());
            prop_assert_eq!(Digits::of_date(date, DateOrder::DayFirst).as_str().to_owned(), format!("{day:02}/{month:02}/{year:04}"));
            prop_assert_eq!(Digits::of_key(key).as_str().to_owned(), format!("{key:032x}"));
            prop_assert_eq!(Digits::of_whole(number).as_str().to_owned(), number.to_string());
        }
    }
}

//! Billing cycles and the part of one that a line covers (`rules.md` 2 and 3).

use std::fmt;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::period::{Window, days_between};

/// A bound on cycles walked, so that no date can make the program loop: 100 years of months.
const CYCLES_AT_MOST: usize = 1_200;

/// Part of a cycle as an exact fraction, never rounded, never capped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Above the line.
    #[serde(with = "rust_decimal::serde::str")]
    pub numerator: Decimal,
    /// Below the line; never zero.
    #[serde(with = "rust_decimal::serde::str")]
    pub denominator: Decimal,
}

impl Part {
    /// Exactly one whole cycle.
    pub const WHOLE: Self = Self { numerator: Decimal::ONE, denominator: Decimal::ONE };

    /// A fraction; a zero denominator is nobody's cycle and gives `None`.
    #[must_use]
    pub fn new(numerator: Decimal, denominator: Decimal) -> Option<Self> {
        (!denominator.is_zero()).then_some(Self { numerator, denominator })
    }

    /// True for exactly one whole cycle.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.numerator == self.denominator
    }

    /// Multiplies first and divides last, so that nothing is rounded on the way.
    #[must_use]
    pub fn of(self, amount: Decimal) -> Decimal {
        if self.is_whole() { amount } else { amount * self.numerator / self.denominator }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_whole() { f.write_str("1") } else { write!(f, "{} ÷ {}", self.numerator.normalize(), self.denominator.normalize()) }
    }
}

/// Moves a date by whole months, clamped to the end of the month it lands in: 31 Mar − 1 month is
/// 28 Feb. `None` outside the calendar.
#[must_use]
pub fn shift_months(date: Date, months: i64) -> Option<Date> {
    // By hand: a span that may hold anything from years to nanoseconds costs ten times as much.
    let month = i64::from(date.year()).checked_mul(12)?.checked_add(i64::from(date.month()) - 1)?.checked_add(months)?;
    let first = Date::new(i16::try_from(month.div_euclid(12)).ok()?, i8::try_from(month.rem_euclid(12) + 1).ok()?, 1).ok()?;
    Date::new(first.year(), first.month(), date.day().min(first.days_in_month())).ok()
}

/// A repeating cycle: boundaries every `months`, counted from one anchor and clamped from it each
/// time, never step by step (31 Jul, 30 Jun, 31 May).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycle {
    anchor: Date,
    months: i64,
}

impl Cycle {
    /// Monthly cycles with boundaries on this day of every month, clamped to the month's end.
    #[must_use]
    pub fn monthly(boundary_day: i8, near: Date) -> Self {
        // A month of 31 days holds every boundary day, so the anchor itself is never clamped.
        let january = Date::new(near.year(), 1, 1).unwrap_or(near);
        let anchor = Date::new(january.year(), 1, boundary_day.clamp(1, 31)).unwrap_or(january);
        Self { anchor, months: 1 }
    }

    /// Annual cycles with a boundary on the day after `last_day`.
    #[must_use]
    pub fn annual_ending(last_day: Date) -> Self {
        Self { anchor: last_day.tomorrow().unwrap_or(last_day), months: 12 }
    }

    fn boundary(self, index: i64) -> Option<Date> {
        shift_months(self.anchor, index.checked_mul(self.months)?)
    }

    /// The number of the cycle that contains `date`.
    fn index_containing(self, date: Date) -> Option<i64> {
        let months_apart = (i64::from(date.year()) - i64::from(self.anchor.year())) * 12 + i64::from(date.month()) - i64::from(self.anchor.month());
        let mut index = months_apart.div_euclid(self.months);
        if self.boundary(index)? > date {
            index -= 1;
        } else if self.boundary(index + 1)? <= date {
            index += 1;
        }
        Some(index)
    }

    /// The cycle that contains `date`, both ends included.
    #[must_use]
    pub fn containing(self, date: Date) -> Option<Window> {
        let index = self.index_containing(date)?;
        Some(Window { start: self.boundary(index)?, end: self.boundary(index + 1)?.yesterday().ok()? })
    }

    /// The part of a cycle, or of several, that the window covers: each cycle's share, summed.
    ///
    /// `None` for a window that ends before it starts or spans more than a century.
    #[must_use]
    pub fn part_of(self, window: Window) -> Option<Part> {
        if window.end < window.start {
            return None;
        }
        let mut whole_cycles = 0_i64;
        let (mut numerator, mut denominator) = (0_i64, 1_i64);
        let first_index = self.index_containing(window.start)?;
        for index in (first_index..).take(CYCLES_AT_MOST) {
            let (first, after) = (self.boundary(index)?, self.boundary(index + 1)?);
            let cycle_days = i64::from(days_between(first, after));
            let shared = Window { start: window.start.max(first), end: window.end.min(after.yesterday().ok()?) }.days();
            if shared == cycle_days {
                whole_cycles += 1;
            } else {
                (numerator, denominator) =
                    (numerator.checked_mul(cycle_days)?.checked_add(shared.checked_mul(denominator)?)?, denominator.checked_mul(cycle_days)?);
            }
            if after > window.end {
                let numerator = whole_cycles.checked_mul(denominator)?.checked_add(numerator)?;
                return Part::new(Decimal::from(numerator), Decimal::from(denominator));
            }
        }
        None
    }
}

/// True when the window is exactly one monthly cycle of some boundary day.
#[must_use]
pub fn spans_whole_month(window: Window) -> bool {
    let Some(boundary_day) = later_day(window) else { return false };
    Cycle::monthly(boundary_day, window.start).containing(window.start) == Some(window)
}

/// The later of day(start) and day(end + 1): what the boundary day would be if the window were a
/// whole cycle (`rules.md` 2).
#[must_use]
pub fn later_day(window: Window) -> Option<i8> {
    Some(window.start.day().max(window.end.tomorrow().ok()?.day()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn window(start: Date, end: Date) -> Window {
        Window { start, end }
    }

    fn part(numerator: i64, denominator: i64) -> Part {
        Part::new(Decimal::from(numerator), Decimal::from(denominator)).unwrap()
    }

    #[test]
    fn rule_2_boundaries_are_clamped_from_the_boundary_day_each_time() {
        let cycle = Cycle::monthly(31, date(2026, 7, 13));
        assert_eq!(cycle.containing(date(2026, 7, 13)), Some(window(date(2026, 6, 30), date(2026, 7, 30))));
        assert_eq!(cycle.containing(date(2026, 6, 1)), Some(window(date(2026, 5, 31), date(2026, 6, 29))));
        assert_eq!(cycle.containing(date(2026, 2, 28)), Some(window(date(2026, 2, 28), date(2026, 3, 30))));
        assert_eq!(cycle.containing(date(2028, 2, 29)), Some(window(date(2028, 2, 29), date(2028, 3, 30))));
        assert_eq!(cycle.containing(date(2028, 2, 28)), Some(window(date(2028, 1, 31), date(2028, 2, 28))));
    }

    #[test]
    fn rule_2_thirteen_to_thirty_july_sits_in_a_cycle_of_31_days() {
        assert_eq!(Cycle::monthly(31, date(2026, 7, 13)).part_of(window(date(2026, 7, 13), date(2026, 7, 30))), Some(part(18, 31)));
    }

    #[test]
    fn whole_cycles_are_recognised_at_every_month_end() {
        for (start, end, whole) in [
            (date(2024, 1, 19), date(2024, 2, 18), true),
            (date(2026, 11, 1), date(2026, 11, 30), true),
            (date(2026, 6, 30), date(2026, 7, 30), true),
            (date(2026, 1, 31), date(2026, 2, 27), true),
            (date(2026, 2, 28), date(2026, 3, 27), true),
            (date(2026, 2, 28), date(2026, 3, 30), true),
            (date(2028, 2, 29), date(2028, 3, 28), true),
            (date(2026, 11, 2), date(2026, 11, 30), false),
            (date(2026, 10, 1), date(2026, 11, 30), false),
        ] {
            assert_eq!(spans_whole_month(window(start, end)), whole, "{start} to {end}");
        }
    }

    #[test]
    fn rule_3_a_window_over_several_cycles_is_the_sum_of_each_cycles_share() {
        let cycle = Cycle::monthly(1, date(2026, 10, 13));
        let over_two = cycle.part_of(window(date(2026, 10, 13), date(2026, 11, 30))).unwrap();
        assert_eq!(over_two.of(Decimal::from(31)), Decimal::from(50), "19 of 31 days and a whole month");
        assert_eq!(cycle.part_of(window(date(2026, 1, 1), date(2026, 3, 31))), Some(part(3, 1)));
        let three = cycle.part_of(window(date(2026, 1, 31), date(2026, 3, 1))).unwrap();
        assert_eq!(three.of(Decimal::from(31)), Decimal::from(33), "a day, a month, a day");
    }

    #[test]
    fn rule_3_an_annual_stub_counts_the_real_days_of_its_year() {
        let cycle = Cycle::annual_ending(date(2027, 3, 31));
        assert_eq!(cycle.part_of(window(date(2026, 7, 3), date(2027, 3, 31))), Some(part(272, 365)));
        let leap = Cycle::annual_ending(date(2028, 3, 31));
        assert_eq!(leap.part_of(window(date(2027, 7, 4), date(2028, 3, 31))), Some(part(272, 366)));
        assert!(leap.part_of(window(date(2027, 4, 1), date(2028, 3, 31))).unwrap().is_whole());
    }

    #[test]
    fn an_annual_charge_of_a_three_year_term_is_a_whole_cycle_in_every_year() {
        let cycle = Cycle::annual_ending(date(2029, 6, 30));
        for year in [2026_i16, 2027, 2028] {
            assert!(cycle.part_of(window(date(year, 7, 1), date(year + 1, 6, 30))).unwrap().is_whole(), "{year}");
        }
    }

    #[test]
    fn worked_examples_of_the_contract() {
        // contracts/dickerdata.md 5.2: both hold only with a denominator of 31.
        let monthly: Decimal = "28.1925".parse().unwrap();
        assert_eq!(Money::round_half_away(part(18, 31).of(monthly)).to_string(), "16.37");
        assert_eq!(Money::round_half_away(part(4, 31).of(monthly)).to_string(), "3.64");
        // contracts/field-lessons.md 6.2, rhipe PRISM: 12 × 10 × 13/30.
        assert_eq!(Money::round_half_away(part(13, 30).of(Decimal::from(120))).to_string(), "52.00");
    }

    #[test]
    fn a_window_that_ends_before_it_starts_has_no_part() {
        assert_eq!(Cycle::monthly(1, date(2026, 10, 1)).part_of(window(date(2026, 10, 2), date(2026, 10, 1))), None);
    }

    prop_compose! {
        fn any_window()(year in 2020_i16..2032, day in 1_i32..366, length in 0_i32..900) -> Window {
            let start = date(year, 1, 1).checked_add(jiff::Span::new().days(day - 1)).unwrap();
            Window { start, end: start.checked_add(jiff::Span::new().days(length)).unwrap() }
        }
    }

    proptest! {
        #[test]
        fn months_are_shifted_as_the_calendar_shifts_them(window in any_window(), months in -1_300_i64..1_300) {
            let shifted = window.end.checked_add(jiff::Span::new().months(months)).ok();
            prop_assert_eq!(shift_months(window.end, months), shifted);
            let far = Date::MIN.checked_add(jiff::Span::new().days(i32::from(window.end.day()))).unwrap();
            prop_assert_eq!(shift_months(far, months), far.checked_add(jiff::Span::new().months(months)).ok());
        }

        #[test]
        fn a_cycle_contains_the_day_it_was_asked_for(day in 1_i8..32, window in any_window()) {
            let cycle = Cycle::monthly(day, window.start).containing(window.start).unwrap();
            prop_assert!(cycle.start <= window.start && window.start <= cycle.end);
            prop_assert!((28..=31).contains(&cycle.days()));
        }

        #[test]
        fn neighbouring_cycles_touch(day in 1_i8..32, window in any_window()) {
            let cycles = Cycle::monthly(day, window.start);
            let cycle = cycles.containing(window.start).unwrap();
            let next = cycles.containing(cycle.end.tomorrow().unwrap()).unwrap();
            prop_assert_eq!(next.start, cycle.end.tomorrow().unwrap());
        }

        #[test]
        fn cutting_a_window_in_two_changes_nothing(day in 1_i8..32, window in any_window(), cut in 0_i64..900) {
            let cut = window.start.checked_add(jiff::Span::new().days(cut % window.days())).unwrap();
            prop_assume!(cut < window.end);
            let cycles = Cycle::monthly(day, window.start);
            let amount = Decimal::from(377_580);
            let whole = cycles.part_of(window).unwrap().of(amount);
            let first = cycles.part_of(Window { start: window.start, end: cut }).unwrap().of(amount);
            let second = cycles.part_of(Window { start: cut.tomorrow().unwrap(), end: window.end }).unwrap().of(amount);
            prop_assert!((whole - first - second).abs() < Decimal::new(1, 15));
        }
    }
}

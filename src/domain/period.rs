//! Calendar months and inclusive windows of days. No clock: today always comes in.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The month a document belongs to, written `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct BillingPeriod {
    first_day: Date,
}

impl BillingPeriod {
    /// The month that contains `date`.
    #[must_use]
    pub fn containing(date: Date) -> Self {
        Self { first_day: date.first_of_month() }
    }

    /// The first day of the month.
    #[must_use]
    pub fn first_day(self) -> Date {
        self.first_day
    }

    /// The last day of the month.
    #[must_use]
    pub fn last_day(self) -> Date {
        self.first_day.last_of_month()
    }

    /// The month before; the earliest representable month is its own predecessor.
    #[must_use]
    pub fn previous(self) -> Self {
        Self::containing(self.first_day.yesterday().unwrap_or(self.first_day))
    }

    /// The month after; the last representable month is its own successor.
    #[must_use]
    pub fn next(self) -> Self {
        Self::containing(self.last_day().tomorrow().unwrap_or(self.first_day))
    }
}

impl fmt::Display for BillingPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:04}-{:02}", self.first_day.year(), self.first_day.month()))
    }
}

/// A text that is no month.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a month; write the year and the month, as in 2026-11")]
pub struct NotAPeriod(String);

impl FromStr for BillingPeriod {
    type Err = NotAPeriod;
    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        let refuse = || NotAPeriod(text.to_owned());
        let (year, month) = text.trim().split_once('-').ok_or_else(refuse)?;
        if year.len() != 4 || month.len() != 2 {
            return Err(refuse());
        }
        let (year, month) = (year.parse().map_err(|_| refuse())?, month.parse().map_err(|_| refuse())?);
        Date::new(year, month, 1).map(Self::containing).map_err(|_| refuse())
    }
}

impl From<BillingPeriod> for String {
    fn from(period: BillingPeriod) -> Self {
        period.to_string()
    }
}

impl TryFrom<String> for BillingPeriod {
    type Error = NotAPeriod;
    fn try_from(text: String) -> Result<Self, NotAPeriod> {
        text.parse()
    }
}

/// A window of days, both ends included, as Dicker Data writes usage and terms
/// (`contracts/dickerdata.md`, traps: inclusive end dates).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    /// First day.
    pub start: Date,
    /// Last day, included.
    pub end: Date,
}

impl Window {
    /// True when the text names both ends, as we write dates or in ISO.
    #[must_use]
    pub fn is_named_in(self, text: &str) -> bool {
        let names = |date: Date| text.contains(&show_date(date)) || text.contains(&date.to_string());
        names(self.start) && names(self.end)
    }

    /// Number of days, both ends counted; zero or less when the end lies before the start.
    #[must_use]
    pub fn days(self) -> i64 {
        i64::from(days_between(self.start, self.end)) + 1
    }
}

/// Days from `from` to `to`; negative when `to` is earlier.
#[must_use]
pub fn days_between(from: Date, to: Date) -> i32 {
    // Civil dates span under 8 million days, so the difference always fits.
    day_number(to) - day_number(from)
}

/// Days since 1 March of the year 0, by the usual arithmetic of the Gregorian calendar: every charge
/// asks several times, and a span of the calendar crate costs ten times as much.
fn day_number(date: Date) -> i32 {
    let (year, month, day) = (i32::from(date.year()), i32::from(date.month()), i32::from(date.day()));
    // Years begin in March, so that the leap day is the last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 + day - 1
}

/// The date as people write it: `1 Nov 2026`.
#[must_use]
pub fn show_date(date: Date) -> String {
    format!("{} {} {}", date.day(), month_name(date.month()), date.year())
}

/// The English three-letter name of a month, 1 to 12.
#[must_use]
pub fn month_name(month: i8) -> &'static str {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    usize::try_from(month - 1).ok().and_then(|index| NAMES.get(index)).copied().unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_period_is_written_as_year_and_month() {
        let period: BillingPeriod = "2026-11".parse().unwrap();
        assert_eq!(period.to_string(), "2026-11");
        assert_eq!((period.first_day(), period.last_day()), (date(2026, 11, 1), date(2026, 11, 30)));
        assert_eq!(period.next().next().to_string(), "2027-01");
        assert_eq!("2026-01".parse::<BillingPeriod>().unwrap().previous().to_string(), "2025-12");
    }

    #[test]
    fn a_text_that_is_no_month_is_refused_with_an_example() {
        for text in ["2026", "2026-13", "26-11", "2026-11-01", "November", "2026-1", ""] {
            assert!(text.parse::<BillingPeriod>().is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn days_are_counted_as_the_calendar_counts_them(from in -4_371_000_i32..2_932_000, days in -800_000_i32..800_000) {
            let day = |number: i32| date(1970, 1, 1).checked_add(jiff::Span::new().days(number)).ok();
            if let (Some(from), Some(to)) = (day(from), day(from + days)) {
                proptest::prop_assert_eq!(days_between(from, to), days);
            }
        }
    }

    #[test]
    fn a_window_counts_both_ends() {
        assert_eq!(Window { start: date(2026, 10, 14), end: date(2026, 10, 31) }.days(), 18);
        assert_eq!(Window { start: date(2028, 2, 1), end: date(2028, 2, 29) }.days(), 29);
        assert_eq!(Window { start: date(2026, 10, 2), end: date(2026, 10, 1) }.days(), 0);
    }
}

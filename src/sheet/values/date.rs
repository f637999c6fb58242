//! Dates: Excel serials of the 1900 system, `DD-MON-YYYY`, `DD/MM/YYYY`, ISO.

use jiff::civil::Date;

use super::Unreadable;
use crate::sheet::Cell;

/// Serials that are dates of this trade: 1980 to 2119. Outside, a number is no date.
const SERIALS: std::ops::RangeInclusive<i32> = 29_221..=80_353;

/// 1 January 1970 as a serial of the 1900 system.
const SERIAL_OF_1970: i32 = 25_569;

const MONTHS: [&[u8]; 12] =
    [b"JANUARY", b"FEBRUARY", b"MARCH", b"APRIL", b"MAY", b"JUNE", b"JULY", b"AUGUST", b"SEPTEMBER", b"OCTOBER", b"NOVEMBER", b"DECEMBER"];

/// Reads a date; a time of day behind it is ignored. `None` for a blank cell.
///
/// # Errors
///
/// For anything else, and for days that no calendar has.
#[inline]
pub fn date(cell: Cell<'_>) -> Result<Option<Date>, Unreadable> {
    let read = match cell {
        Cell::Text(bytes) => match usual(bytes) {
            Some(date) => return Ok(Some(date)),
            None if cell.is_blank() => return Ok(None),
            None => lenient(&cell.text()),
        },
        Cell::Number(serial) => of_serial(&super::show_float(serial)),
        Cell::Blank => return Ok(None),
        Cell::Other(_) => None,
    };
    read.map(Some).ok_or_else(|| Unreadable::new(cell, "is not a date such as 30-NOV-2026, 30/11/2026 or 2026-11-30"))
}

/// The spellings of the exports, by their exact length.
#[inline]
fn usual(bytes: &[u8]) -> Option<Date> {
    let (year, month, day) = match bytes {
        [d1, d2, b'-', m1, m2, m3, b'-', y1, y2, y3, y4] => (four([y1, y2, y3, y4])?, month(&[*m1, *m2, *m3])?, two([d1, d2])?),
        [d1, d2, b'/', m1, m2, b'/', y1, y2, y3, y4] | [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] => {
            (four([y1, y2, y3, y4])?, two([m1, m2])?, two([d1, d2])?)
        }
        _ => return None,
    };
    make(year, month, day)
}

fn make(year: i16, month: i8, day: i8) -> Option<Date> {
    Date::new(year, month, day).ok().filter(|_| year >= 1900)
}

#[inline]
fn digit(byte: u8) -> Option<i8> {
    i8::try_from(byte.wrapping_sub(b'0')).ok().filter(|digit| (0..=9).contains(digit))
}

#[inline]
fn two([tens, ones]: [&u8; 2]) -> Option<i8> {
    Some(digit(*tens)? * 10 + digit(*ones)?)
}

#[inline]
fn four([first, second, third, fourth]: [&u8; 4]) -> Option<i16> {
    Some(i16::from(two([first, second])?) * 100 + i16::from(two([third, fourth])?))
}

/// The number of a month by at least its first three letters.
#[inline]
fn month(name: &[u8]) -> Option<i8> {
    if name.len() < 3 {
        return None;
    }
    let begins = |full: &&[u8]| full.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let is_sept = name.eq_ignore_ascii_case(b"SEPT");
    let index = if is_sept { Some(8) } else { MONTHS.iter().position(begins) };
    index.and_then(|index| i8::try_from(index + 1).ok())
}

/// Everything else: one-digit days, other separators, two-digit years, times of day, serials.
fn lenient(text: &str) -> Option<Date> {
    let text = text.trim();
    if let Some(date) = of_serial(text) {
        return Some(date);
    }
    let mut parts = without_time(text).split(['-', '/', '.', ' ']);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let small = |part: &str| part.parse::<i8>().ok().filter(|_| part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit()));
    if first.len() == 4 {
        return make(year(first)?, small(second).or_else(|| month(second.as_bytes()))?, small(third)?);
    }
    make(year(third)?, small(second).or_else(|| month(second.as_bytes()))?, small(first)?)
}

/// Cuts `T00:00:00Z`, ` 00:00`, ` 12:00:00 AM`.
fn without_time(text: &str) -> &str {
    let Some(colon) = text.find(':') else { return text };
    let before = text.get(..colon).unwrap_or(text);
    let cut = before.rfind([' ', 'T', 't']);
    cut.and_then(|cut| before.get(..cut)).unwrap_or(text).trim_end()
}

/// Four digits, or two for a year of this century, as Excel shows `1-Nov-26`.
fn year(text: &str) -> Option<i16> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match text.len() {
        4 => text.parse().ok(),
        2 => text.parse::<i16>().ok().map(|year| 2000 + year),
        _ => None,
    }
}

fn of_serial(text: &str) -> Option<Date> {
    let (days, time) = text.split_once('.').unwrap_or((text, ""));
    let days: i32 = days.parse().ok().filter(|days| SERIALS.contains(days))?;
    if !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let since_1970 = jiff::Span::new().try_days(days - SERIAL_OF_1970).ok()?;
    Date::constant(1970, 1, 1).checked_add(since_1970).ok()
}

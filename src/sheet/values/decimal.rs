//! Numbers: exact decimals from text, and floats of workbooks as Excel shows them.

use rust_decimal::Decimal;

use super::Unreadable;
use crate::sheet::Cell;

/// Digits before the point; keeps every product and sum of a run far from overflow.
const INTEGER_DIGITS_AT_MOST: usize = 9;

/// Decimals that are kept as they are written.
const DECIMALS_AT_MOST: usize = 10;

/// What Excel keeps of a number (`rules.md` 12).
const SIGNIFICANT_DIGITS: usize = 15;

/// Decimals after rounding to 15 significant digits; a smaller number is the noise of a formula.
const DECIMALS_OF_FLOATS_AT_MOST: usize = 20;

/// Reads a number: with or without `$`, thousands commas, parentheses or a trailing minus for
/// negative ones. `None` for a blank cell.
///
/// Text never passes through binary floating point; the floats of workbooks are rounded to
/// 15 significant digits (`rules.md` 12), and so is text with more digits than a float has, which
/// is a float that some program wrote out.
///
/// # Errors
///
/// For text that is no number, and for numbers with more than 9 digits before the point.
#[inline]
pub fn decimal(cell: Cell<'_>) -> Result<Option<Decimal>, Unreadable> {
    match cell {
        Cell::Text(bytes) => match plain(bytes) {
            Some(number) => Ok(Some(number)),
            None if cell.is_blank() => Ok(None),
            None => lenient(&cell.text()).map(Some).ok_or_else(|| refuse(cell)),
        },
        Cell::Number(number) => of_float(number).map(Some).ok_or_else(|| refuse(cell)),
        Cell::Blank => Ok(None),
        Cell::Other(_) => Err(refuse(cell)),
    }
}

fn refuse(cell: Cell<'_>) -> Unreadable {
    let digits = cell.text().chars().take_while(|character| *character != '.').filter(char::is_ascii_digit).count();
    let is_number = cell.text().chars().all(|character| character.is_ascii_digit() || matches!(character, '.' | ',' | '-' | '$' | ' '));
    if is_number && digits > INTEGER_DIGITS_AT_MOST {
        Unreadable::new(cell, "is too large a number")
    } else {
        Unreadable::new(cell, "is not a number such as 1,234.50")
    }
}

/// The usual case: an optional minus, up to 9 digits, up to 9 decimals, nothing else.
#[inline]
fn plain(bytes: &[u8]) -> Option<Decimal> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, bytes),
    };
    if digits.len() > INTEGER_DIGITS_AT_MOST + DECIMALS_AT_MOST {
        return None;
    }
    let (mut mantissa, mut decimals, mut after_point, mut count) = (0_i64, 0_u32, false, 0_usize);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
                count += 1;
                decimals += u32::from(after_point);
            }
            b'.' if !after_point => after_point = true,
            _ => return None,
        }
    }
    let integer_digits = count.checked_sub(usize::try_from(decimals).ok()?)?;
    if count == 0 || integer_digits > INTEGER_DIGITS_AT_MOST || usize::try_from(decimals).ok()? > DECIMALS_AT_MOST {
        return None;
    }
    Some(Decimal::new(if negative { -mantissa } else { mantissa }, decimals))
}

/// Sign, currency sign and parentheses off; the rest is digits, commas and a point.
fn lenient(text: &str) -> Option<Decimal> {
    let mut rest = text.trim();
    let mut negative = false;
    if let Some(inner) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        (negative, rest) = (true, inner.trim());
    }
    let mut has_dollar = false;
    loop {
        let before = (negative, has_dollar);
        if let Some(after) = rest.strip_prefix(['-', '\u{2212}']).or_else(|| rest.strip_suffix(['-', '\u{2212}'])) {
            if negative {
                return None;
            }
            (negative, rest) = (true, after.trim());
        }
        if let Some(after) = rest.strip_prefix('$') {
            if has_dollar {
                return None;
            }
            (has_dollar, rest) = (true, after.trim());
        }
        if (negative, has_dollar) == before {
            break;
        }
    }
    let rest = rest.strip_prefix('+').unwrap_or(rest);
    let (integer, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let integer = without_commas(integer)?;
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if integer.is_empty() && fraction.is_empty() || !all_digits(&integer) || !all_digits(fraction) {
        return None;
    }
    bounded(negative, &integer, fraction)
}

/// Commas only where thousands are: `12,50` is somebody's decimal and must not become 1250.
fn without_commas(integer: &str) -> Option<String> {
    let mut groups = integer.split(',');
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    if rest.is_empty() {
        return Some(first.to_owned());
    }
    let well_formed = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
    well_formed.then(|| integer.replace(',', ""))
}

/// Digits to a decimal, within the bounds.
fn bounded(negative: bool, integer: &str, fraction: &str) -> Option<Decimal> {
    let (integer, fraction) = (integer.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let significant = if integer.is_empty() { fraction.trim_start_matches('0').len() } else { integer.len() + fraction.len() };
    if integer.len() > INTEGER_DIGITS_AT_MOST {
        return None;
    }
    let kept = if fraction.len() <= DECIMALS_AT_MOST || significant <= SIGNIFICANT_DIGITS {
        fraction.len()
    } else {
        fraction.len() - (significant - SIGNIFICANT_DIGITS)
    };
    if kept > DECIMALS_OF_FLOATS_AT_MOST {
        return None;
    }
    let (digits, dropped) = fraction.split_at_checked(kept)?;
    let mut mantissa: i128 = format!("0{integer}{digits}").parse().ok()?;
    if dropped.bytes().next().is_some_and(|first| first >= b'5') {
        mantissa += 1;
    }
    let number = Decimal::try_from_i128_with_scale(if negative { -mantissa } else { mantissa }, u32::try_from(kept).ok()?).ok()?;
    Some(number.normalize())
}

/// A float's decimal digits: 15 significant ones, and the power of ten of the first.
fn digits_of(number: f64) -> Option<(bool, String, i32)> {
    // The shortest text that means the float takes a fraction of the time to find, and if it has
    // no more than 15 digits, it is the float rounded to 15 digits.
    let shortest = format!("{number:e}");
    let digits = shortest.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count();
    let shown = if digits <= SIGNIFICANT_DIGITS { shortest } else { format!("{number:.14e}") };
    let (mantissa, exponent) = shown.split_once('e')?;
    let (negative, mantissa) = mantissa.strip_prefix('-').map_or((false, mantissa), |mantissa| (true, mantissa));
    let mut digits = String::with_capacity(SIGNIFICANT_DIGITS);
    digits.extend(mantissa.chars().filter(char::is_ascii_digit));
    digits.extend(std::iter::repeat_n('0', SIGNIFICANT_DIGITS.saturating_sub(digits.len())));
    Some((negative, digits, exponent.parse().ok()?))
}

fn of_float(number: f64) -> Option<Decimal> {
    let (negative, digits, exponent) = digits_of(number).filter(|_| number.is_finite())?;
    let (integer, fraction) = place_point(&digits, exponent)?;
    bounded(negative, &integer, &fraction)
}

/// Digits before and after the point; `None` for numbers far beyond every bound.
fn place_point(digits: &str, exponent: i32) -> Option<(String, String)> {
    if let Ok(leading) = usize::try_from(exponent) {
        if leading >= SIGNIFICANT_DIGITS {
            return None;
        }
        let (integer, fraction) = digits.split_at_checked(leading + 1)?;
        return Some((integer.to_owned(), fraction.to_owned()));
    }
    let zeros = usize::try_from(-exponent - 1).ok().filter(|zeros| *zeros <= DECIMALS_OF_FLOATS_AT_MOST)?;
    Some((String::new(), format!("{}{digits}", "0".repeat(zeros))))
}

/// A float as Excel shows it: 15 significant digits, no exponent where none is needed.
pub(in crate::sheet) fn show_float(number: f64) -> String {
    let placed = digits_of(number).filter(|_| number.is_finite()).and_then(|(negative, digits, exponent)| Some((negative, place_point(&digits, exponent)?)));
    let Some((negative, (integer, fraction))) = placed else { return number.to_string() };
    let (integer, fraction) = (integer.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let sign = if negative && !(integer.is_empty() && fraction.is_empty()) { "-" } else { "" };
    let integer = if integer.is_empty() { "0" } else { integer };
    if fraction.is_empty() { format!("{sign}{integer}") } else { format!("{sign}{integer}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_shortest_text_of_a_float_is_the_one_rounded_to_15_digits(units in -999_999_999_999_999_i64..=999_999_999_999_999, places in 0_i32..=12) {
            let float: f64 = format!("{units}e-{places}").parse().unwrap();
            let exact = format!("{float:.14e}");
            let (negative, digits, exponent) = digits_of(float).unwrap();
            let (mantissa, expected_exponent) = exact.split_once('e').unwrap();
            prop_assert_eq!(digits, mantissa.replace(['.', '-'], ""));
            prop_assert_eq!((negative, exponent.to_string()), (mantissa.starts_with('-'), expected_exponent.to_owned()));
        }
    }
}

use jiff::civil::{Date, date as day};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{date, decimal};
use crate::sheet::Cell;

fn number_of(text: &str) -> Option<String> {
    decimal(Cell::of_text(text.as_bytes())).ok().flatten().map(|number| number.normalize().to_string())
}

fn date_of(text: &str) -> Option<Date> {
    date(Cell::of_text(text.as_bytes())).ok().flatten()
}

#[test]
fn numbers_are_read_in_every_spelling() {
    for (text, expected) in [
        ("12", "12"),
        ("12.50", "12.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("007", "7"),
        ("-3", "-3"),
        ("+3", "3"),
        ("$1,234.50", "1234.5"),
        ("-$1,234.50", "-1234.5"),
        ("$-1,234.50", "-1234.5"),
        ("($1,234.50)", "-1234.5"),
        ("( 12.30 )", "-12.3"),
        ("12.30-", "-12.3"),
        ("\u{2212}12.30", "-12.3"),
        ("$ 12", "12"),
        ("\u{a0}12\u{a0}", "12"),
        ("123,456,789", "123456789"),
        ("999999999.9999999999", "999999999.9999999999"),
        ("0.00000000", "0"),
        ("-0.00", "0"),
    ] {
        assert_eq!(number_of(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn text_in_a_number_is_refused_with_the_text() {
    for text in ["abc", "1.2.3", "12,50", "1,23", "1,2345", "1e5", "--1", "(-1)", "$$1", "12 AUD", "N/A", ".", "-", "$", "1234567890", "TRUE", "٣"] {
        assert_eq!(number_of(text), None, "{text}");
    }
    let message = decimal(Cell::of_text(b"twelve")).unwrap_err().to_string();
    assert_eq!(message, "`twelve` is not a number such as 1,234.50");
    assert_eq!(decimal(Cell::of_text(b"1234567890.5")).unwrap_err().to_string(), "`1234567890.5` is too large a number");
    assert!(decimal(Cell::Other("#N/A")).is_err());
    assert_eq!(decimal(Cell::of_text(b"  ")), Ok(None));
}

#[test]
fn rule_12_floats_are_read_with_15_significant_digits() {
    for (float, expected) in [
        (0.1 + 0.2, "0.3"),
        (16.1 + 0.27, "16.37"),
        (28.1925, "28.1925"),
        (18.0, "18"),
        (-45.67, "-45.67"),
        (0.0, "0"),
        (-0.0, "0"),
        (1.0 / 3.0, "0.333333333333333"),
        (2.0 / 3.0, "0.666666666666667"),
        (999_999_999.99, "999999999.99"),
        (0.000_05, "0.00005"),
    ] {
        assert_eq!(decimal(Cell::Number(float)).unwrap().unwrap().to_string(), expected, "{float}");
    }
    for float in [1e9, 1e300, 1e-30, f64::NAN, f64::INFINITY] {
        assert!(decimal(Cell::Number(float)).is_err(), "{float}");
    }
    assert_eq!(number_of("16.370000000000001").as_deref(), Some("16.37"), "a float that a program wrote out");
}

#[test]
fn dates_are_read_in_every_spelling_mixed_in_one_column() {
    let expected = Some(day(2026, 11, 3));
    for text in [
        "03-NOV-2026",
        "3-Nov-2026",
        "3-nov-26",
        "03-November-2026",
        "03/11/2026",
        "3/11/26",
        "03.11.2026",
        "03-11-2026",
        "2026-11-03",
        "2026-11-03T00:00:00Z",
        "2026-11-03T23:59:59.999+13:00",
        "2026-11-03 00:00:00",
        "2026/11/03",
        "03/11/2026 00:00",
        "3/11/2026 12:00:00 AM",
        "3 Nov 2026",
        "46329",
        "46329.0",
        "46329.75",
    ] {
        assert_eq!(date_of(text), expected, "{text}");
    }
    assert_eq!(date(Cell::Number(46329.0)), Ok(expected));
    assert_eq!(date(Cell::Number(46329.999)), Ok(expected));
    assert_eq!(date(Cell::of_text(b"")), Ok(None));
}

#[test]
fn the_29th_of_february_exists_in_leap_years_alone() {
    assert_eq!(date_of("29-FEB-2028"), Some(day(2028, 2, 29)));
    assert_eq!(date_of("29/02/2028"), Some(day(2028, 2, 29)));
    assert_eq!(date(Cell::Number(46812.0)), Ok(Some(day(2028, 2, 29))));
    assert_eq!(date_of("29-FEB-2026"), None);
    assert_eq!(date_of("2026-02-29"), None);
}

#[test]
fn what_is_no_date_is_refused_with_the_text() {
    for text in [
        "11/30/2026",
        "31-NOV-2026",
        "00-NOV-2026",
        "NOV-2026",
        "soon",
        "12",
        "2026",
        "99999",
        "1-2-3-4",
        "03-XXX-2026",
        "3/11/226",
        "-3/11/2026",
        "20261103",
        ":",
    ] {
        assert_eq!(date_of(text), None, "{text}");
    }
    assert_eq!(date(Cell::of_text(b"soon")).unwrap_err().to_string(), "`soon` is not a date such as 30-NOV-2026, 30/11/2026 or 2026-11-30");
    assert!(date(Cell::Number(1.0)).is_err());
}

proptest! {
    #[test]
    fn the_quick_and_the_lenient_way_agree(units in -999_999_999_i64..=999_999_999, scale in 0_u32..=6) {
        let number = Decimal::new(units, scale);
        let plain = number_of(&number.to_string());
        prop_assert_eq!(&plain, &number_of(&format!(" +{number}").replace("+-", "-$")));
        prop_assert_eq!(plain, Some(number.normalize().to_string()));
    }

    #[test]
    fn a_float_and_its_text_are_one_number(units in -99_999_999_i32..=99_999_999, places in 0_i32..=6) {
        let float = f64::from(units) / 10_f64.powi(places);
        prop_assert_eq!(decimal(Cell::Number(float)).unwrap().unwrap().normalize(), decimal(Cell::of_text(float.to_string().as_bytes())).unwrap().unwrap().normalize());
    }

    #[test]
    fn every_day_is_read_back_from_every_spelling(days in 0_i32..40_000) {
        let expected = day(1981, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
        let serial = 29_587 + days;
        for text in [expected.strftime("%d-%b-%Y").to_string().to_uppercase(), expected.strftime("%d/%m/%Y").to_string(), expected.to_string(), serial.to_string()] {
            prop_assert_eq!(date_of(&text), Some(expected));
        }
        prop_assert_eq!(date(Cell::Number(f64::from(serial))), Ok(Some(expected)));
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in ".{0,24}") {
        let _ = (number_of(&text), date_of(&text));
    }
}

//! Xero's JSON as it comes: members in either case, absent or null, numbers as texts, dates in two forms.
//! Nothing here fails; what is not there is `None`.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use uuid::Uuid;

/// A JSON object whose members are asked for by Xero's names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'a>(&'a Map<String, Value>);

impl<'a> Object<'a> {
    /// The value as an object, if it is one.
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        value.as_object().map(Self)
    }

    /// A member that is there and not null. Members are sometimes in lower case (`contracts/xero.md` 6).
    pub(super) fn get(self, name: &str) -> Option<&'a Value> {
        let found = self.0.get(name).or_else(|| self.0.iter().find(|(member, _)| member.eq_ignore_ascii_case(name)).map(|(_, value)| value));
        found.filter(|value| !value.is_null())
    }

    /// A text; a number's digits. Empty texts are `None`.
    pub(super) fn text(self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A number, exact, also one that is written as a text.
    pub(super) fn decimal(self, name: &str) -> Option<Decimal> {
        let text = self.text(name)?;
        let text = text.trim();
        text.parse().ok().or_else(|| Decimal::from_scientific(text).ok())
    }

    /// A switch; false when absent.
    pub(super) fn flag(self, name: &str) -> bool {
        match self.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => false,
        }
    }

    /// A GUID; all zeros count as one.
    pub(super) fn guid(self, name: &str) -> Option<Uuid> {
        Uuid::try_parse(self.get(name)?.as_str()?.trim()).ok()
    }

    /// A business date: `DateString` first, else `Date` as UTC, and only the date part of it, so that no
    /// zone can move it by a day (`contracts/xero.md` 2.1).
    pub(super) fn date(self, name: &str) -> Option<Date> {
        let plain = self.text(&format!("{name}String")).and_then(|text| iso_date(&text));
        plain.or_else(|| any_date(&self.text(name)?))
    }

    /// An object within.
    pub(super) fn object(self, name: &str) -> Option<Self> {
        Object::of(self.get(name)?)
    }

    /// The objects of a list; empty when absent.
    pub(super) fn list(self, name: &str) -> impl Iterator<Item = Object<'a>> + use<'a> {
        self.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Object::of)
    }
}

/// `2026-11-30`, whatever follows.
fn iso_date(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

/// `/Date(1546214400000+0000)/`, `/Date(1546214400000)/` or an ISO date.
fn any_date(text: &str) -> Option<Date> {
    let Some(inner) = text.trim().strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) else { return iso_date(text) };
    // The offset is always +0000 or absent; the sign of a moment before 1970 stands first.
    let (sign, digits) = inner.strip_prefix('-').map_or((1, inner), |digits| (-1, digits));
    let digits = digits.split(['+', '-']).next()?;
    let milliseconds: i64 = digits.parse().ok()?;
    Some(Timestamp::from_millisecond(sign * milliseconds).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn with<T>(json: &str, look: impl FnOnce(Object<'_>) -> T) -> T {
        let value: Value = serde_json::from_str(json).unwrap();
        look(Object::of(&value).unwrap())
    }

    #[test]
    fn members_are_found_in_either_case_and_null_is_absent() {
        with(r#"{"title":"Forbidden","Status":403,"Detail":null,"Empty":""}"#, |object| {
            assert_eq!(object.text("Title").as_deref(), Some("Forbidden"));
            assert_eq!(object.text("Status").as_deref(), Some("403"));
            assert_eq!(object.text("Detail"), None);
            assert_eq!(object.text("Empty"), None);
        });
    }

    #[test]
    fn numbers_are_exact_also_as_texts() {
        with(r#"{"a":0.1648,"b":"1234567890123.45","c":1e2,"d":"x","e":8.333333333333333333}"#, |object| {
            assert_eq!(object.decimal("a"), Some("0.1648".parse().unwrap()));
            assert_eq!(object.decimal("b"), Some("1234567890123.45".parse().unwrap()));
            assert_eq!(object.decimal("c"), Some(Decimal::ONE_HUNDRED));
            assert_eq!(object.decimal("d"), None);
            assert_eq!(object.decimal("e"), Some("8.333333333333333333".parse().unwrap()));
        });
    }

    #[test]
    fn the_plain_date_goes_before_the_moment() {
        with(r#"{"DateString":"2026-11-30T00:00:00","Date":"\/Date(1546214400000+0000)\/"}"#, |object| {
            assert_eq!(object.date("Date"), Some(date(2026, 11, 30)));
        });
    }

    #[test]
    fn moments_are_read_as_utc_in_each_form() {
        for (text, expected) in [
            (r"\/Date(1546214400000+0000)\/", Some(date(2018, 12, 31))),
            ("/Date(1546214400000)/", Some(date(2018, 12, 31))),
            ("/Date(1546300799000+1300)/", Some(date(2018, 12, 31))),
            ("/Date(-86400000+0000)/", Some(date(1969, 12, 31))),
            ("2018-12-31", Some(date(2018, 12, 31))),
            ("/Date(soon)/", None),
            ("soon", None),
        ] {
            with(&format!(r#"{{"Date":"{text}"}}"#), |object| assert_eq!(object.date("Date"), expected, "{text}"));
        }
    }

    #[test]
    fn switches_and_lists_may_be_missing() {
        with(r#"{"a":true,"b":"True","c":[{"x":1},2,{"x":3}],"d":null}"#, |object| {
            assert!(object.flag("a") && object.flag("b") && !object.flag("nothing"));
            assert_eq!(object.list("c").count(), 2);
            assert_eq!(object.list("d").count(), 0);
        });
    }
}

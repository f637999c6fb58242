//! Values as Xero writes them: dates, decimals, ids, bodies and errors.

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Number, Value, json};

use crate::stand_ins::exchange::Answer;

/// `/Date(1796083200000+0000)/`.
pub fn date_text(date: Date) -> String {
    format!("/Date({}+0000)/", midnight(date).as_millisecond())
}

/// `2026-12-01T00:00:00`.
pub fn date_string(date: Date) -> String {
    format!("{date}T00:00:00")
}

/// `/Date(1796083200000+0000)/` of a moment.
pub fn moment_text(moment: Timestamp) -> String {
    format!("/Date({}+0000)/", moment.as_millisecond())
}

/// `2026-12-01T01:02:03.004` of a moment in UTC.
pub fn moment_string(moment: Timestamp) -> String {
    let text = moment.strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string();
    text.trim_end_matches(".000").to_owned()
}

/// The start of a day in UTC.
pub fn midnight(date: Date) -> Timestamp {
    date.to_zoned(TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

/// The day of a moment in UTC.
pub fn day_of(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}

/// A date as callers may send it: `2026-12-01`, with a time, or `/Date(…)/`.
pub fn parse_date(text: &str) -> Option<Date> {
    if let Some(inner) = text.strip_prefix("/Date(") {
        let milliseconds: i64 = inner.split(['+', ')']).next()?.parse().ok()?;
        return Timestamp::from_millisecond(milliseconds).ok().map(day_of);
    }
    text.get(..10)?.parse().ok()
}

/// Half away from zero to so many decimals.
pub fn round(amount: Decimal, decimals: u32) -> Decimal {
    amount.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

/// A JSON number with exactly so many decimals: `119.1500`.
pub fn number(amount: Decimal, decimals: u32) -> Value {
    let text = format!("{:.*}", decimals as usize, round(amount, decimals));
    text.parse::<Number>().map_or(Value::Null, Value::Number)
}

/// A decimal sent as a number or as a text; `None` when absent or null.
pub fn decimal(value: &Value) -> Result<Option<Decimal>, ()> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return Err(()),
    };
    let parsed = text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&text));
    parsed.map(Some).map_err(|_| ())
}

/// A text member; `None` when absent, null or empty.
pub fn text<'a>(value: &'a Value, member: &str) -> Option<&'a str> {
    value.get(member).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A uuid that follows from a text.
pub fn uuid_of(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// Forty hexadecimal digits that follow from a text.
pub fn hex_of(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().take(20).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// A JSON answer as Xero writes it: indented with CRLF, slashes escaped.
pub fn answer(status: u16, value: &Value) -> Answer {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    Answer::text(status, "application/json; charset=utf-8", text.replace('\n', "\r\n").replace('/', "\\/"))
}

/// 200 with Xero's envelope around one list.
pub fn envelope(now: Timestamp, member: &str, list: Vec<Value>) -> Value {
    let mut value = json!({
        "Id": uuid_of(&format!("answer {now}")),
        "Status": "OK",
        "ProviderName": "cspctl",
        "DateTimeUTC": format!("/Date({})/", now.as_millisecond()),
    });
    if let Some(members) = value.as_object_mut() {
        members.insert(member.to_owned(), Value::Array(list));
    }
    value
}

/// The answer to a request that is refused for its bearer token or its organisation.
pub fn problem(status: u16, title: &str, detail: &str) -> Answer {
    answer(status, &json!({ "Type": null, "Title": title, "Status": status, "Detail": detail, "Instance": uuid_of(detail) }))
}

/// 400 in Xero's shape.
pub fn refused(error_number: u32, kind: &str, message: &str) -> Answer {
    answer(400, &json!({ "ErrorNumber": error_number, "Type": kind, "Message": message }))
}

/// 400 for a body that cannot be read.
pub fn unreadable(message: &str) -> Answer {
    refused(17, "PostDataInvalidException", message)
}

/// 404 as Xero words it.
pub fn not_found() -> Answer {
    Answer::text(404, "text/html; charset=utf-8", "The resource you're looking for cannot be found")
}

//! The access key: asked for with the access code, kept in memory until it expires
//! (`contracts/dickerdata.md` 1.2).

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};

use super::wire::by_name;

/// A key that runs out within so many seconds is not used any more.
const MARGIN_SECONDS: i64 = 60;

/// A key and when it runs out.
#[derive(Clone, Debug)]
pub(super) struct AccessKey {
    pub(super) key: SecretString,
    expires: Option<Timestamp>,
}

/// The body of `AccessKeyRequest`.
pub(super) fn request_body(transaction: &str, access_code: &SecretString, account_code: Option<&str>) -> Value {
    let mut body = json!({ "TransactionID": transaction, "AccessToken": access_code.expose_secret() });
    if let (Some(account_code), Some(map)) = (account_code, body.as_object_mut()) {
        map.insert("AccountCode".to_owned(), account_code.into());
    }
    body
}

impl AccessKey {
    /// The key in an answer; `None` when there is none in it.
    pub(super) fn of_answer(answer: &Value, now: Timestamp) -> Option<Self> {
        let map = answer.as_object()?;
        let inner = by_name(map, "Out").and_then(Value::as_object);
        let text = |name: &str| [Some(map), inner].into_iter().flatten().find_map(|map: &Map<String, Value>| by_name(map, name)?.as_str().map(str::trim));
        let key = text("AccessKey").filter(|key| !key.is_empty())?;
        // The hour may be of another zone: a key that seems to have run out at once is used until it is refused.
        let expires = text("ExpireDateTime").and_then(moment).filter(|expires| *expires > now);
        Some(Self { key: key.into(), expires })
    }

    /// True while it can be used.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| expires.duration_since(now) > SignedDuration::from_secs(MARGIN_SECONDS))
    }
}

/// A moment in the forms of .NET services; without a zone it counts as UTC.
fn moment(text: &str) -> Option<Timestamp> {
    if let Some(milliseconds) = text.strip_prefix("/Date(").and_then(|rest| rest.split(['+', ')']).next()?.parse().ok()) {
        return Timestamp::from_millisecond(milliseconds).ok();
    }
    let civil = |format: &str| jiff::civil::DateTime::strptime(format, text).ok();
    let read = || {
        let formats = ["%Y-%m-%d %H:%M:%S", "%d-%b-%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %I:%M:%S %p", "%d-%b-%Y %H:%M"];
        text.parse::<jiff::civil::DateTime>().ok().or_else(|| formats.iter().find_map(|format| civil(format)))
    };
    text.parse().ok().or_else(|| read()?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-30T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_key_is_used_until_a_minute_before_its_end() {
        let key = |expires: &str| AccessKey::of_answer(&json!({ "Status": "GRANTED", "accessKey": "k", "expireDateTime": expires }), now()).unwrap();
        for text in ["2026-11-30T10:20:00Z", "2026-11-30T10:20:00.1234567", "30-NOV-2026 10:20:00", "30/11/2026 10:20:00", "/Date(1796034000000)/"] {
            let key = key(text);
            assert!(key.is_fresh(now()), "{text}");
            assert!(!key.is_fresh("2026-11-30T10:20:30Z".parse().unwrap()), "{text}");
        }
        assert!(key("2026-11-30T09:00:00").is_fresh(now()), "of another zone, perhaps");
        assert!(key("tomorrow").is_fresh(now()));
    }

    #[test]
    fn an_answer_without_a_key_is_none() {
        assert!(AccessKey::of_answer(&json!({ "Status": "DENIED", "AccessKey": "" }), now()).is_none());
        assert!(AccessKey::of_answer(&json!({ "Out": { "AccessKey": "k" } }), now()).is_some());
    }

    #[test]
    fn the_account_code_is_sent_only_when_wanted() {
        let code = SecretString::from("code");
        assert_eq!(request_body("t", &code, None), json!({ "TransactionID": "t", "AccessToken": "code" }));
        assert_eq!(request_body("t", &code, Some("A1"))["AccountCode"], "A1");
    }
}

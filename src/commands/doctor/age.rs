//! How long a stored sign-in still lives when nobody uses it.

use jiff::{SignedDuration, Timestamp};

use super::check::Verdict;
use crate::auth::Stored;
use crate::exit::Kind;

/// Days before the end from which on it is worth a warning.
const WARNING_DAYS: i64 = 15;

/// A stored sign-in's dates.
#[derive(Clone, Debug)]
pub(super) struct Age {
    account: Option<String>,
    signed_in_at: Timestamp,
    ends_at: Timestamp,
}

impl Age {
    /// Of a sign-in that dies so many days after its last use.
    pub(super) fn of(stored: &Stored, lifetime_days: i64) -> Self {
        let ends_at = stored.obtained_at.saturating_add(SignedDuration::from_hours(24 * lifetime_days)).unwrap_or(Timestamp::MAX);
        Self { account: stored.account.label.clone(), signed_in_at: stored.signed_in_at, ends_at }
    }
}

/// Days until it dies; every use gives it a whole life again.
pub(super) fn judge(service: &str, age: Age, now: Timestamp, sign_in: &str) -> Verdict {
    let days = age.ends_at.duration_since(now).as_hours().div_euclid(24);
    let date = |moment: Timestamp| moment.to_zoned(jiff::tz::TimeZone::UTC).date();
    let who = age.account.map(|account| format!("{account}, ")).unwrap_or_default();
    if now >= age.ends_at {
        let message = format!("{who}signed in on {}: the sign-in ended on {} because nothing used it", date(age.signed_in_at), date(age.ends_at));
        return Verdict::problem(Kind::SignIn, message).fix(sign_in);
    }
    let message =
        format!("{who}signed in on {}; it dies in {days} days, on {}, unless {service} is used before then", date(age.signed_in_at), date(age.ends_at));
    if days < WARNING_DAYS { Verdict::warning(message).fix("any run uses it, and so does this one without --offline") } else { Verdict::ok(message) }
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    #[test]
    fn days_count_from_the_last_use_and_the_last_fifteen_warn() {
        let moment = |text: &str| text.parse::<Timestamp>().unwrap();
        let age = Age { account: Some("kiri@msp.example".to_owned()), signed_in_at: moment("2026-01-05T00:00:00Z"), ends_at: moment("2026-12-31T12:00:00Z") };
        for (now, state, words) in [
            ("2026-11-25T12:00:00Z", State::Ok, "dies in 36 days, on 2026-12-31"),
            ("2026-12-16T12:00:00Z", State::Ok, "dies in 15 days"),
            ("2026-12-16T13:00:00Z", State::Warning, "dies in 14 days"),
            ("2026-12-31T11:00:00Z", State::Warning, "dies in 0 days"),
            ("2026-12-31T12:00:00Z", State::Problem(Kind::SignIn), "ended on 2026-12-31"),
        ] {
            let verdict = judge("Xero", age.clone(), moment(now), "cspctl auth xero");
            assert_eq!(verdict.state, state, "{now}");
            assert!(verdict.message.contains(words) && verdict.message.contains("kiri@msp.example, signed in on 2026-01-05"), "{verdict:?}");
        }
    }
}

//! When to ask again and after how long: `Retry-After` first, otherwise longer and longer pauses with
//! chance in them. Only requests that are marked for it are repeated.

use std::cell::Cell;
use std::time::Duration;

use jiff::Timestamp;

use super::transport::Response;

/// What may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Reads: after a lost connection, a time-out, 429, 500, 502, 503 and 504.
    Always,
    /// Writes: only after 429, which says that nothing was done.
    WhenThrottled,
}

/// How often and how patiently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Attempts in all, the first included.
    pub attempts_at_most: u32,
    /// The first pause without `Retry-After`; each further one is twice as long.
    pub first_pause: Duration,
    /// The longest single pause. A service that asks for more is not waited for.
    pub pause_at_most: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts_at_most: 4, first_pause: Duration::from_secs(1), pause_at_most: Duration::from_secs(90) }
    }
}

impl Patience {
    /// The pause before the attempt after number `attempt` (from 1), spread over its upper half so that
    /// processes that failed together do not come back together.
    #[must_use]
    pub fn pause(&self, attempt: u32, chance: &Chance) -> Duration {
        let doublings = attempt.saturating_sub(1).min(16);
        let whole = self.first_pause.saturating_mul(1 << doublings).min(self.pause_at_most);
        let half = whole / 2;
        half + chance.up_to(half)
    }
}

/// True for a status that a later attempt may turn into an answer.
#[must_use]
pub fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504)
}

/// Pseudo-random numbers from a seed that is passed in, so that tests repeat. No cryptography.
#[derive(Debug)]
pub struct Chance(Cell<u64>);

impl Chance {
    /// The numbers of this seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    /// A duration from zero to `most`.
    fn up_to(&self, most: Duration) -> Duration {
        // SplitMix64: Steele, Lea, Flood 2014.
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let part = u32::try_from((mixed ^ (mixed >> 31)) % 1_000).unwrap_or(0);
        most * part / 1_000
    }
}

/// What `Retry-After` asks for: seconds, or a moment that is measured against the answer's own `Date`,
/// else against `now`, so that a wrong clock here does no harm. `None` when absent or unreadable.
#[must_use]
pub fn retry_after(response: &Response, now: Timestamp) -> Option<Duration> {
    let text = response.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    if let Ok(seconds) = text.parse::<f64>()
        && let Ok(duration) = Duration::try_from_secs_f64(seconds)
    {
        return Some(duration);
    }
    let until = http_date(text)?;
    let from = response.header("date").and_then(http_date).unwrap_or(now);
    // A moment that has passed asks for no pause.
    Some(Duration::try_from(until.duration_since(from)).unwrap_or(Duration::ZERO))
}

/// A date of HTTP: `Sun, 06 Nov 1994 08:49:37 GMT`, or one of the two older forms.
#[must_use]
pub fn http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(moment) = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text) {
        return Some(moment);
    }
    let older = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    older.iter().find_map(|format| jiff::civil::DateTime::strptime(format, text).ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&str, &str)]) -> Response {
        Response { status: 429, headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(), body: Vec::new() }
    }

    fn now() -> Timestamp {
        "2026-11-25T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn retry_after_is_read_as_seconds() {
        assert_eq!(retry_after(&answer(&[("retry-after", "22")]), now()), Some(Duration::from_secs(22)));
        assert_eq!(retry_after(&answer(&[("retry-after", " 0 ")]), now()), Some(Duration::ZERO));
        assert_eq!(retry_after(&answer(&[("retry-after", "1.5")]), now()), Some(Duration::from_millis(1500)));
    }

    #[test]
    fn retry_after_is_read_as_a_moment_in_each_form_of_http() {
        for text in ["Wed, 25 Nov 2026 10:00:30 GMT", "Wednesday, 25-Nov-26 10:00:30 GMT", "Wed Nov 25 10:00:30 2026"] {
            assert_eq!(retry_after(&answer(&[("retry-after", text)]), now()), Some(Duration::from_secs(30)), "{text}");
        }
    }

    #[test]
    fn a_moment_is_measured_by_the_clock_of_the_service() {
        let answer = answer(&[("date", "Wed, 25 Nov 2026 12:00:00 GMT"), ("retry-after", "Wed, 25 Nov 2026 12:00:05 GMT")]);
        assert_eq!(retry_after(&answer, now()), Some(Duration::from_secs(5)));
    }

    #[test]
    fn a_moment_that_has_passed_asks_for_no_pause_and_nonsense_for_none() {
        assert_eq!(retry_after(&answer(&[("retry-after", "Wed, 25 Nov 2026 09:00:00 GMT")]), now()), Some(Duration::ZERO));
        for text in ["soon", "-1", "NaN", ""] {
            assert_eq!(retry_after(&answer(&[("retry-after", text)]), now()), None, "{text}");
        }
        assert_eq!(retry_after(&answer(&[]), now()), None);
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_repeat_with_their_seed() {
        let patience = Patience { pause_at_most: Duration::from_secs(10), ..Patience::default() };
        let chance = Chance::seeded(7);
        let pauses: Vec<Duration> = (1..=6).map(|attempt| patience.pause(attempt, &chance)).collect();
        for (pause, whole) in pauses.iter().zip([1, 2, 4, 8, 10, 10]) {
            let whole = Duration::from_secs(whole);
            assert!(*pause >= whole / 2 && *pause <= whole, "{pauses:?}");
        }
        let again = Chance::seeded(7);
        assert_eq!(pauses, (1..=6).map(|attempt| patience.pause(attempt, &again)).collect::<Vec<_>>());
        let other = Chance::seeded(8);
        assert_ne!(pauses, (1..=6).map(|attempt| patience.pause(attempt, &other)).collect::<Vec<_>>());
    }
}

//! Limits of an organisation: requests at a time, in a minute, in a day (contracts/xero.md 7).

use jiff::Timestamp;

use super::options::Limits;
use super::state::Organisation;
use crate::stand_ins::exchange::Answer;

/// Calls of all organisations of an app in a minute.
const APP_MINUTE: u32 = 10_000;

/// A fixed window of time, which begins with the first request after the last one ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct Window {
    begun: Option<Timestamp>,
    count: u32,
}

impl Window {
    /// Begins anew when the window is over.
    fn roll(&mut self, now: Timestamp, seconds: i64) {
        if self.begun.is_none_or(|begun| now.as_second() - begun.as_second() >= seconds) {
            *self = Self { begun: Some(now), count: 0 };
        }
    }

    /// Seconds until the window is over, at least 1.
    fn ends_in(&self, now: Timestamp, seconds: i64) -> i64 {
        self.begun.map_or(1, |begun| (seconds - (now.as_second() - begun.as_second())).max(1))
    }

    /// Requests counted in the window.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// As if so many requests had been made in it.
    pub fn spend(&mut self, now: Timestamp, count: u32) {
        self.begun.get_or_insert(now);
        self.count += count;
    }
}

/// Counts a request, or refuses it.
pub fn admit(organisation: &mut Organisation, limits: Limits, now: Timestamp) -> Result<(), Answer> {
    organisation.minute.roll(now, 60);
    organisation.day.roll(now, 86_400);
    let minute_wait = organisation.minute.ends_in(now, 60);
    let day_wait = organisation.day.ends_in(now, 86_400);
    if limits.concurrent.is_some_and(|most| organisation.in_flight > most) {
        return Err(too_many("concurrent", None));
    }
    if limits.day.is_some_and(|most| organisation.day.count >= most) {
        return Err(too_many("day", Some(day_wait)));
    }
    if limits.minute.is_some_and(|most| organisation.minute.count >= most) {
        return Err(too_many("minute", Some(minute_wait)));
    }
    organisation.minute.count += 1;
    organisation.day.count += 1;
    Ok(())
}

/// 429.
pub fn too_many(problem: &str, retry_after_seconds: Option<i64>) -> Answer {
    let answer = Answer::empty(429).header("x-rate-limit-problem", problem);
    match retry_after_seconds {
        Some(seconds) => answer.header("retry-after", seconds.to_string()),
        None => answer,
    }
}

/// Adds what is left.
pub fn headers(answer: Answer, organisation: &Organisation, limits: Limits) -> Answer {
    let left = |most: Option<u32>, window: Window| most.unwrap_or(APP_MINUTE).saturating_sub(window.count).to_string();
    answer
        .header("x-daylimit-remaining", left(limits.day, organisation.day))
        .header("x-minlimit-remaining", left(limits.minute, organisation.minute))
        .header("x-appminlimit-remaining", APP_MINUTE.saturating_sub(organisation.minute.count).to_string())
}

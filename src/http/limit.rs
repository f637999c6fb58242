//! Keeping within a service's limits before it has to refuse: so many at once, so many a minute, and a
//! day's budget that other processes spend too, which only the answers tell.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::transport::Response;

/// The window of the limit a minute. The services count in fixed minutes; a sliding one is never fuller.
const WINDOW: Duration = Duration::from_mins(1);

/// Requests do not arrive as evenly as they leave: what left in two windows may arrive in one.
const MARGIN: Duration = Duration::from_millis(250);

/// What a service allows, and in which headers it tells what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests at the same time.
    pub at_once: usize,
    /// Requests a minute.
    pub per_minute: u32,
    /// The header, in lower case, with what is left of this minute.
    pub minute_header: Option<&'static str>,
    /// The header, in lower case, with what is left of this day.
    pub day_header: Option<&'static str>,
}

/// The day's budget is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the day's budget of requests is spent")]
pub struct DaySpent;

/// Lets requests out no faster than a service allows.
#[derive(Debug)]
pub struct Limiter {
    limits: Limits,
    slots: Semaphore,
    /// When the requests of the window left; those of others that we heard of count as of the moment we did.
    sent: RefCell<VecDeque<Instant>>,
    paused_until: Cell<Option<Instant>>,
    day_remaining: Cell<Option<u32>>,
}

impl Limiter {
    /// A limiter that has let nothing out yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let slots = Semaphore::new(limits.at_once.clamp(1, 1_000));
        Self { limits, slots, sent: RefCell::default(), paused_until: Cell::new(None), day_remaining: Cell::new(None) }
    }

    /// Waits until a request may leave. It occupies its slot until the permit is dropped.
    ///
    /// # Errors
    ///
    /// [`DaySpent`] when an answer said so: nothing is sent any more.
    pub async fn leave(&self) -> Result<SemaphorePermit<'_>, DaySpent> {
        // The semaphore is never closed; a permit it does not give is one nobody may have.
        let permit = self.slots.acquire().await.map_err(|_| DaySpent)?;
        loop {
            if self.day_remaining.get() == Some(0) {
                return Err(DaySpent);
            }
            let now = Instant::now();
            let Some(until) = self.earliest(now) else {
                self.sent.borrow_mut().push_back(now);
                return Ok(permit);
            };
            tokio::time::sleep_until(until).await;
        }
    }

    /// When the next request may leave; `None` for now.
    fn earliest(&self, now: Instant) -> Option<Instant> {
        let mut sent = self.sent.borrow_mut();
        while sent.front().is_some_and(|left| now >= *left + WINDOW + MARGIN) {
            sent.pop_front();
        }
        let full = usize::try_from(self.limits.per_minute.max(1)).unwrap_or(usize::MAX);
        let room = (sent.len() >= full).then(|| sent.get(sent.len() - full).map(|left| *left + WINDOW + MARGIN)).flatten();
        let pause = self.paused_until.get().filter(|until| *until > now);
        room.max(pause)
    }

    /// Learns from the headers of an answer what other processes have used.
    pub fn heed(&self, response: &Response) {
        let number = |header: Option<&'static str>| response.header(header?)?.trim().parse::<i64>().ok();
        if let Some(remaining) = number(self.limits.day_header) {
            self.day_remaining.set(Some(u32::try_from(remaining.max(0)).unwrap_or(u32::MAX)));
        }
        if let Some(remaining) = number(self.limits.minute_header) {
            let used = i64::from(self.limits.per_minute).saturating_sub(remaining.max(0));
            let now = Instant::now();
            let _ = self.earliest(now);
            let mut sent = self.sent.borrow_mut();
            let unknown = usize::try_from(used).unwrap_or(0).saturating_sub(sent.len());
            sent.extend(std::iter::repeat_n(now, unknown));
        }
    }

    /// Lets nothing out for so long: the service asked for it, and after it the service is willing again.
    pub fn pause(&self, duration: Duration) {
        self.day_remaining.set(None);
        let until = Instant::now() + duration;
        self.paused_until.set(Some(self.paused_until.get().map_or(until, |already| already.max(until))));
    }

    /// What is left of the day, as the last answer that told said.
    #[must_use]
    pub fn day_remaining(&self) -> Option<u32> {
        self.day_remaining.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { at_once: 5, per_minute: 60, minute_header: Some("x-minlimit-remaining"), day_header: Some("x-daylimit-remaining") };

    fn answer(name: &str, value: &str) -> Response {
        Response { status: 200, headers: vec![(name.to_owned(), value.to_owned())], body: Vec::new() }
    }

    #[tokio::test(start_paused = true)]
    async fn no_minute_sees_more_than_sixty() {
        let limiter = Limiter::new(LIMITS);
        let start = Instant::now();
        let mut left = Vec::new();
        for _ in 0..200 {
            drop(limiter.leave().await.unwrap());
            left.push(start.elapsed());
            tokio::time::sleep(Duration::from_millis(120)).await;
        }
        for (position, moment) in left.iter().enumerate() {
            let within = left.iter().skip(position).take_while(|other| **other < *moment + WINDOW).count();
            assert!(within <= 60, "{within} from {moment:?}");
        }
        // Three full windows and a part, and hardly more.
        assert!(start.elapsed() < Duration::from_secs(200), "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn five_are_under_way_at_once_and_no_more() {
        let limiter = Limiter::new(LIMITS);
        let mut permits = Vec::new();
        for _ in 0..5 {
            permits.push(limiter.leave().await.unwrap());
        }
        assert!(tokio::time::timeout(Duration::from_secs(1), limiter.leave()).await.is_err());
        permits.pop();
        assert!(tokio::time::timeout(Duration::from_secs(1), limiter.leave()).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_other_processes_used_counts() {
        let limiter = Limiter::new(LIMITS);
        drop(limiter.leave().await.unwrap());
        limiter.heed(&answer("x-minlimit-remaining", "2"));
        let start = Instant::now();
        for _ in 0..2 {
            drop(limiter.leave().await.unwrap());
        }
        assert!(start.elapsed() < Duration::from_secs(1));
        drop(limiter.leave().await.unwrap());
        assert!(start.elapsed() >= Duration::from_mins(1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_knows_less_than_we_do_frees_nothing() {
        let limiter = Limiter::new(Limits { per_minute: 2, ..LIMITS });
        drop(limiter.leave().await.unwrap());
        drop(limiter.leave().await.unwrap());
        limiter.heed(&answer("x-minlimit-remaining", "1"));
        let start = Instant::now();
        drop(limiter.leave().await.unwrap());
        assert!(start.elapsed() >= Duration::from_mins(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_spent_day_lets_nothing_out() {
        let limiter = Limiter::new(LIMITS);
        limiter.heed(&answer("x-daylimit-remaining", "1"));
        assert_eq!(limiter.day_remaining(), Some(1));
        assert!(limiter.leave().await.is_ok());
        limiter.heed(&answer("x-daylimit-remaining", "0"));
        assert_eq!(limiter.leave().await.unwrap_err(), DaySpent);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_everybody_and_the_longer_one_counts() {
        let limiter = Limiter::new(LIMITS);
        limiter.pause(Duration::from_secs(22));
        limiter.pause(Duration::from_secs(3));
        let start = Instant::now();
        drop(limiter.leave().await.unwrap());
        assert_eq!(start.elapsed().as_secs(), 22);
    }

    #[tokio::test(start_paused = true)]
    async fn headers_that_are_no_numbers_are_ignored() {
        let limiter = Limiter::new(LIMITS);
        limiter.heed(&answer("x-daylimit-remaining", "many"));
        assert_eq!(limiter.day_remaining(), None);
        assert!(limiter.leave().await.is_ok());
    }
}

//! One service behind the transport: its limits, its retries, the count of its calls. Tokens and the
//! meaning of answers are the client's.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;

use super::limit::{Limiter, Limits};
use super::retry::{Chance, Patience, Repeat, is_passing, retry_after};
use super::transport::{Request, Response, Transport, TransportError};

/// The service asks for a longer pause than we make, or for one too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// Which limit, in the service's word: `minute`, `day`, …; empty when it did not say.
    pub limit: String,
    /// The pause it asked for, if it did.
    pub retry_after: Option<Duration>,
}

/// Why there is no answer to work with.
#[derive(Debug)]
pub enum Failed {
    /// The transport's reason, after the last attempt.
    Transport(TransportError),
    /// The service has done nothing and will not soon.
    Throttled(Throttled),
}

/// What a service is like.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// Its limits.
    pub limits: Limits,
    /// The header, in lower case, that names the limit on 429.
    pub problem_header: Option<&'static str>,
    /// How patiently it is asked again.
    pub patience: Patience,
}

/// A service with its limits.
#[derive(Debug)]
pub struct Service {
    transport: Rc<dyn Transport>,
    limiter: Limiter,
    manners: Manners,
    chance: Chance,
    calls: Cell<u32>,
}

impl Service {
    /// A service that has not been called yet. `seed` spreads the pauses.
    #[must_use]
    pub fn new(transport: Rc<dyn Transport>, manners: Manners, seed: u64) -> Self {
        Self { transport, limiter: Limiter::new(manners.limits), manners, chance: Chance::seeded(seed), calls: Cell::new(0) }
    }

    /// Requests sent, each repetition counted.
    #[must_use]
    pub fn calls_made(&self) -> u32 {
        self.calls.get()
    }

    /// What is left of the day, as the last answer that told said.
    #[must_use]
    pub fn day_remaining(&self) -> Option<u32> {
        self.limiter.day_remaining()
    }

    /// Sends a request, again where that is allowed, and gives the last answer, whatever its status but 429.
    ///
    /// # Errors
    ///
    /// [`Failed`]. `Throttled` always means that the service has done nothing.
    pub async fn send(&self, request: &Request, repeat: Repeat) -> Result<Response, Failed> {
        let patience = &self.manners.patience;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let is_last = attempt >= patience.attempts_at_most;
            let sent = self.once(request).await?;
            let (asked, is_throttled) = match &sent {
                Ok(response) if response.status == 429 => (retry_after(response, Timestamp::now()), true),
                Ok(response) if repeat == Repeat::Always && is_passing(response.status) => (retry_after(response, Timestamp::now()), false),
                Err(TransportError::NotSent { .. } | TransportError::Lost { .. }) if repeat == Repeat::Always => (None, false),
                _ => return sent.map_err(Failed::Transport),
            };
            let pause = asked.unwrap_or_else(|| patience.pause(attempt, &self.chance));
            let gives_up = is_last || pause > patience.pause_at_most;
            match sent {
                Ok(response) if is_throttled && gives_up => return Err(Failed::Throttled(self.throttled(&response, asked))),
                sent if gives_up => return sent.map_err(Failed::Transport),
                _ => {}
            }
            tracing::debug!(target: "cspctl::http", attempt, pause_milliseconds = pause.as_millis(), "asking again after a pause");
            if is_throttled {
                self.limiter.pause(pause);
            } else {
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// One exchange, within the limits.
    async fn once(&self, request: &Request) -> Result<Result<Response, TransportError>, Failed> {
        let _permit =
            self.limiter.leave().await.map_err(|super::limit::DaySpent| Failed::Throttled(Throttled { limit: "day".to_owned(), retry_after: None }))?;
        self.calls.set(self.calls.get().saturating_add(1));
        let sent = self.transport.send(request.clone()).await;
        if let Ok(response) = &sent {
            self.limiter.heed(response);
        }
        Ok(sent)
    }

    fn throttled(&self, response: &Response, asked: Option<Duration>) -> Throttled {
        let limit = self.manners.problem_header.and_then(|name| response.header(name)).unwrap_or_default();
        Throttled { limit: limit.trim().to_ascii_lowercase(), retry_after: asked }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::transport::{BoxFuture, Method};
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use tokio::time::Instant;

    #[derive(Debug, Default)]
    struct Script {
        answers: RefCell<VecDeque<Result<Response, TransportError>>>,
    }

    impl Transport for Script {
        fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
            let answer = self.answers.borrow_mut().pop_front().expect("one request too many");
            Box::pin(async { answer })
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "as a transport gives it")]
    fn answer(status: u16, headers: &[(&str, &str)]) -> Result<Response, TransportError> {
        Ok(Response { status, headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(), body: Vec::new() })
    }

    fn lost() -> Result<Response, TransportError> {
        Err(TransportError::Lost { host: "api.example".to_owned(), reason: "timed out".to_owned() })
    }

    fn service(answers: impl IntoIterator<Item = Result<Response, TransportError>>) -> Service {
        let manners = Manners {
            limits: Limits { at_once: 5, per_minute: 60, minute_header: None, day_header: Some("x-daylimit-remaining") },
            problem_header: Some("x-rate-limit-problem"),
            patience: Patience::default(),
        };
        Service::new(Rc::new(Script { answers: RefCell::new(answers.into_iter().collect()) }), manners, 1)
    }

    fn request() -> Request {
        Request::new(Method::Get, "https://api.example/things")
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_is_asked_again_until_it_is_answered() {
        let service = service([lost(), answer(503, &[]), answer(200, &[])]);
        let start = Instant::now();
        assert_eq!(service.send(&request(), Repeat::Always).await.unwrap().status, 200);
        assert_eq!(service.calls_made(), 3);
        assert!(start.elapsed() >= Duration::from_millis(1500), "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_is_never_sent_again_after_a_lost_answer_or_a_fault() {
        for answer_once in [lost(), answer(500, &[]), answer(503, &[("retry-after", "1")])] {
            let service = service([answer_once]);
            let _ = service.send(&request(), Repeat::WhenThrottled).await;
            assert_eq!(service.calls_made(), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_waits_as_long_as_the_service_asks() {
        let service = service([answer(429, &[("retry-after", "22"), ("x-rate-limit-problem", "minute")]), answer(200, &[])]);
        let start = Instant::now();
        assert_eq!(service.send(&request(), Repeat::WhenThrottled).await.unwrap().status, 200);
        assert_eq!(start.elapsed().as_secs(), 22);
    }

    #[tokio::test(start_paused = true)]
    async fn a_longer_pause_than_we_make_is_said_at_once() {
        let service = service([answer(429, &[("retry-after", "40000"), ("x-rate-limit-problem", "Day")])]);
        let start = Instant::now();
        let Err(Failed::Throttled(throttled)) = service.send(&request(), Repeat::Always).await else { panic!("answered") };
        assert_eq!(throttled, Throttled { limit: "day".to_owned(), retry_after: Some(Duration::from_secs(40_000)) });
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_spent_day_nothing_is_sent() {
        let service = service([answer(200, &[("x-daylimit-remaining", "0")])]);
        assert!(service.send(&request(), Repeat::Always).await.is_ok());
        let Err(Failed::Throttled(throttled)) = service.send(&request(), Repeat::Always).await else { panic!("sent") };
        assert_eq!(throttled.limit, "day");
        assert_eq!(service.calls_made(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_day_that_begins_within_our_patience_is_waited_for() {
        let headers = [("retry-after", "60"), ("x-rate-limit-problem", "day"), ("x-daylimit-remaining", "0")];
        let service = service([answer(429, &headers), answer(200, &[("x-daylimit-remaining", "999")])]);
        assert_eq!(service.send(&request(), Repeat::Always).await.unwrap().status, 200);
    }

    #[tokio::test(start_paused = true)]
    async fn patience_ends() {
        let busy = service((0..4).map(|_| answer(429, &[])));
        assert!(matches!(busy.send(&request(), Repeat::Always).await, Err(Failed::Throttled(_))));
        let broken = service((0..4).map(|_| answer(502, &[])));
        assert_eq!(broken.send(&request(), Repeat::Always).await.unwrap().status, 502);
        let away = service((0..4).map(|_| lost()));
        assert!(matches!(away.send(&request(), Repeat::Always).await, Err(Failed::Transport(_))));
        assert_eq!(away.calls_made(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_that_cannot_be_set_up_is_not_tried_twice() {
        let service = service([Err(TransportError::Unusable("no trust store".to_owned()))]);
        assert!(matches!(service.send(&request(), Repeat::Always).await, Err(Failed::Transport(TransportError::Unusable(_)))));
    }
}

//! One call: a token, the request, and what the service's limits ask for. Every wait has an end, every
//! retry a limit.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

use super::client::Microsoft;
use super::error::{GraphRefusal, MicrosoftError, PartnerCenterRefusal};
use super::token::Resource;
use super::wire;
use crate::domain::ids::TenantId;
use crate::http::{Request, Response, TransportError, is_passing, retry_after};

/// The first attempt and its repetitions.
const ATTEMPTS_AT_MOST: u32 = 5;
/// A service that asks for a longer pause is not waited for.
const PAUSE_AT_MOST: Duration = Duration::from_mins(2);
/// Where attempts had no answer for so long in all, none is made any more: each of them waits for the deadline of a
/// request (`network.timeout_seconds`), and so does everybody in flight.
const UNANSWERED_AT_MOST: Duration = Duration::from_secs(90);
/// An answer that can be done without is waited for no longer than this.
const OPTIONAL_AT_MOST: Duration = Duration::from_secs(10);
/// The pause before the first repetition when the service names none; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(800);

impl Microsoft<'_> {
    /// Sends a request as often as it is sensible and gives a successful answer. Only requests that may
    /// be repeated go through here: reads, and the one write that carries an id of its own.
    pub(super) async fn call(&self, tenant_id: TenantId, resource: Resource, build: &dyn Fn() -> Request) -> Result<Response, MicrosoftError> {
        let mut rejected: Option<SecretString> = None;
        let mut attempt = 1;
        let mut unanswered = Duration::ZERO;
        let breaker = self.breaker(resource);
        breaker.admit(tenant_id).await?;
        loop {
            let token = match self.tokens.token(tenant_id, resource, rejected.as_ref()).await {
                Ok(token) => token,
                Err(error) => {
                    // The sign-in service has been asked several times already.
                    if error.is_outage() {
                        breaker.failed(tenant_id);
                        breaker.given_up(tenant_id, &error);
                    } else {
                        breaker.not_made(tenant_id);
                    }
                    return Err(error);
                }
            };
            let sent = Instant::now();
            let (error, pause) = match self.send(tenant_id, resource, build(), &token).await {
                Ok(response) if response.is_success() => {
                    breaker.answered();
                    return Ok(response);
                }
                Ok(response) => {
                    let error = refusal(resource, &response);
                    if response.status == 401 && rejected.is_none() && !needs_a_person(&error) {
                        // Expired or revoked meanwhile: one other token, never a third.
                        rejected = Some(token);
                        continue;
                    }
                    if !is_passing(response.status) {
                        breaker.answered();
                        return Err(error);
                    }
                    // One that asks for patience is there: only a call that runs out of it counts.
                    if response.status == 429 {
                        breaker.answered();
                    } else {
                        breaker.failed(tenant_id);
                    }
                    (error, retry_after(&response, jiff::Timestamp::now()))
                }
                Err(error) => {
                    unanswered += sent.elapsed();
                    breaker.failed(tenant_id);
                    (MicrosoftError::from(error), None)
                }
            };
            let pause = pause.unwrap_or_else(|| backoff(attempt));
            let is_pointless = attempt == ATTEMPTS_AT_MOST || pause > PAUSE_AT_MOST || unanswered > UNANSWERED_AT_MOST;
            if is_pointless || !breaker.wait(pause).await {
                breaker.given_up(tenant_id, &error);
                return Err(error);
            }
            attempt += 1;
        }
    }

    /// One attempt, for what can be done without: it is not waited for, and that it failed says nothing of the
    /// tenant.
    pub(super) async fn call_once(&self, tenant_id: TenantId, resource: Resource, mut request: Request) -> Result<Response, MicrosoftError> {
        let breaker = self.breaker(resource);
        breaker.admit(tenant_id).await?;
        request.timeout = Some(OPTIONAL_AT_MOST);
        let answer = match self.tokens.token(tenant_id, resource, None).await {
            Ok(token) => self.send(tenant_id, resource, request, &token).await.map_err(MicrosoftError::from),
            Err(error) => Err(error),
        };
        match answer {
            Ok(response) if response.is_success() => {
                breaker.answered();
                Ok(response)
            }
            Ok(response) => {
                breaker.not_made(tenant_id);
                Err(refusal(resource, &response))
            }
            Err(error) => {
                breaker.not_made(tenant_id);
                Err(error)
            }
        }
    }

    async fn send(&self, tenant_id: TenantId, resource: Resource, request: Request, token: &SecretString) -> Result<Response, TransportError> {
        let request = request.header("accept", "application/json");
        let asked = self.capture.as_ref().map(|capture| (capture, request.clone()));
        self.calls.set(self.calls.get() + 1);
        let response = self.transport.send(request.header("authorization", format!("Bearer {}", token.expose_secret()))).await?;
        if let Some((capture, asked)) = asked {
            capture.keep(tenant_id, resource, &asked, &response);
        }
        if response.is_success() {
            self.note_time(&response);
        }
        Ok(response)
    }

    fn note_time(&self, response: &Response) {
        let at = response.header("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok()).map(|zoned| zoned.timestamp());
        if at.is_some() {
            self.answered_at.set(at);
        }
    }
}

/// Reads a successful answer.
pub(super) fn read<T: serde::de::DeserializeOwned>(what: &str, response: &Response) -> Result<T, MicrosoftError> {
    serde_json::from_slice(wire::without_mark(&response.body)).map_err(|error| MicrosoftError::Unreadable { what: what.to_owned(), reason: error.to_string() })
}

fn refusal(resource: Resource, response: &Response) -> MicrosoftError {
    match resource {
        Resource::Graph => MicrosoftError::Graph(GraphRefusal::read(response)),
        Resource::PartnerCenter => MicrosoftError::PartnerCenter(PartnerCenterRefusal::read(response)),
    }
}

/// No fresh token of the same sign-in helps.
fn needs_a_person(error: &MicrosoftError) -> bool {
    match error {
        MicrosoftError::Graph(refusal) => refusal.wants_claims,
        // Without MFA, a wrong audience, or a partner type that may not: the next token is no better.
        MicrosoftError::PartnerCenter(refusal) => matches!(refusal.code.as_str(), "900421" | "900420" | "1002" | "2032"),
        _ => false,
    }
}

/// Doubled each time, and up to a quarter longer by chance, so that several do not come back together.
fn backoff(attempt: u32) -> Duration {
    let base = FIRST_PAUSE.saturating_mul(1_u32 << attempt.min(6).saturating_sub(1));
    let (chance, ..) = uuid::Uuid::new_v4().as_fields();
    base + base.mul_f64(f64::from(chance) / f64::from(u32::MAX) / 4.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Method;
    use crate::microsoft::testing::{self, Scripted, answer, tenant};

    fn get() -> Request {
        Request::new(Method::Get, "https://graph.microsoft.com/v1.0/organization")
    }

    async fn call(transport: &Scripted) -> Result<Response, MicrosoftError> {
        let tokens = testing::Tokens::default();
        testing::microsoft(transport, &tokens).call(tenant(1), Resource::Graph, &get).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_call_waits_as_long_as_it_is_told() {
        let transport = Scripted::new([answer(429, "").with("retry-after", "57"), answer(200, "{}")]);
        let began = tokio::time::Instant::now();
        call(&transport).await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 57);
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_after_that_is_a_date_counts_from_the_services_own_clock() {
        let throttled = answer(503, "").with("date", "Wed, 25 Nov 2026 01:00:00 GMT").with("retry-after", "Wed, 25 Nov 2026 01:00:30 GMT");
        let transport = Scripted::new([throttled, answer(200, "{}")]);
        let began = tokio::time::Instant::now();
        call(&transport).await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_is_tried_five_times_and_then_told() {
        let transport = Scripted::new((0..9).map(|_| answer(503, "")));
        let error = call(&transport).await.unwrap_err();
        assert!(error.is_outage(), "{error}");
        assert_eq!(transport.sent().len(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_an_hour() {
        let transport = Scripted::new([answer(429, "").with("retry-after", "3600"), answer(200, "{}")]);
        assert!(call(&transport).await.is_err());
        assert_eq!(transport.sent().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_token_is_replaced_once() {
        let transport = Scripted::new((0..3).map(|_| answer(401, r#"{"error":{"code":"InvalidAuthenticationToken"}}"#)));
        let error = call(&transport).await.unwrap_err();
        assert!(matches!(error, MicrosoftError::Graph(_)), "{error}");
        assert_eq!(transport.sent().len(), 2, "asked with two tokens, not in a loop");
    }
}

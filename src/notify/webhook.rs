//! One POST to a webhook whose address is a secret: a deadline, few repetitions, and no word of the address
//! but its host in any error or log.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::http::{Method, Request, Transport, is_passing};

/// All attempts together.
pub const DEADLINE: Duration = Duration::from_secs(20);
/// One attempt.
const ATTEMPT: Duration = Duration::from_secs(8);
const ATTEMPTS_AT_MOST: u32 = 3;
/// A service that asks for a longer pause is not waited for.
const PAUSE_AT_MOST: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The address is no address that a secret may be sent to: https, or http for this machine.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = if authority.starts_with('[') { authority.split_inclusive(']').next() } else { authority.split(':').next() }.unwrap_or_default();
    let is_plain = !host.is_empty() && !authority.contains('@') && !text.contains(char::is_whitespace) && !text.contains(['#', '\\']);
    is_plain && (scheme == "https" || scheme == "http" && matches!(host, "localhost" | "127.0.0.1" | "[::1]"))
}

/// What may be shown of an address: who gets it.
#[must_use]
pub fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '\\', '?', '#']).next().unwrap_or_default()
}

/// Sends a message.
///
/// # Errors
///
/// Why it did not arrive, for people; the host is named and nothing else of the address.
pub async fn send(transport: &dyn Transport, address: &SecretString, body: &Value) -> Result<(), String> {
    let host = host_of(address.expose_secret()).to_owned();
    match tokio::time::timeout(DEADLINE, attempts(transport, address, body)).await {
        Ok(result) => result.map_err(|reason| if reason.contains(&host) { reason } else { format!("{host} {reason}") }),
        Err(_) => Err(format!("{host} did not take it within {} seconds", DEADLINE.as_secs())),
    }
}

async fn attempts(transport: &dyn Transport, address: &SecretString, body: &Value) -> Result<(), String> {
    let mut attempt = 1;
    loop {
        let mut request = Request::new(Method::Post, address.expose_secret()).hide_address().header("content-type", "application/json").body(body.to_string());
        request.timeout = Some(ATTEMPT);
        let (reason, pause) = match transport.send(request).await {
            Ok(response) if response.is_success() => return Ok(()),
            Ok(response) => {
                let reason = format!("answered with status {}", response.status);
                if !is_passing(response.status) {
                    return Err(reason);
                }
                (reason, response.header("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs))
            }
            // It may have arrived: nobody wants a message twice.
            Err(error) if !error.is_not_sent() => return Err(error.to_string()),
            Err(error) => (error.to_string(), None),
        };
        let pause = pause.unwrap_or_else(|| FIRST_PAUSE.saturating_mul(attempt));
        if attempt == ATTEMPTS_AT_MOST || pause > PAUSE_AT_MOST {
            return Err(reason);
        }
        tokio::time::sleep(pause).await;
        attempt += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use serde_json::json;

    use super::*;
    use crate::http::{BoxFuture, Response, TransportError};

    #[derive(Debug, Default)]
    struct Scripted {
        answers: RefCell<Vec<Option<(u16, &'static str)>>>,
        sent: RefCell<Vec<Request>>,
    }

    impl Transport for Scripted {
        fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
            self.sent.borrow_mut().push(request);
            let next = self.answers.borrow_mut().pop();
            Box::pin(async move {
                match next {
                    Some(Some((status, pause))) => {
                        let headers = if pause.is_empty() { Vec::new() } else { vec![("retry-after".to_owned(), pause.to_owned())] };
                        Ok(Response { status, headers, body: Vec::new() })
                    }
                    Some(None) => std::future::pending().await,
                    None => Err(TransportError::NotSent { host: "hooks.example:443".into(), reason: "refused".into() }),
                }
            })
        }
    }

    fn scripted(answers: &[Option<(u16, &'static str)>]) -> Scripted {
        Scripted { answers: RefCell::new(answers.iter().rev().copied().collect()), sent: RefCell::default() }
    }

    async fn sent(transport: &Scripted) -> Result<(), String> {
        send(transport, &"https://hooks.example/services/T0/hidden-token".into(), &json!({ "text": "t" })).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_hook_is_tried_again_as_it_asks_and_not_for_long() {
        let began = tokio::time::Instant::now();
        let busy = scripted(&[Some((429, "7")), Some((503, "")), Some((200, ""))]);
        sent(&busy).await.unwrap();
        assert_eq!(began.elapsed(), Duration::from_secs(8));
        assert_eq!(busy.sent.borrow().len(), 3);
        for (answers, attempts, reason) in [
            (vec![Some((429, "3600"))], 1, "hooks.example answered with status 429"),
            (vec![Some((404, ""))], 1, "hooks.example answered with status 404"),
            (vec![Some((503, "")); 9], 3, "hooks.example answered with status 503"),
            (Vec::new(), 3, "cannot reach hooks.example:443: refused"),
        ] {
            let transport = scripted(&answers);
            assert_eq!(sent(&transport).await.unwrap_err(), reason);
            assert_eq!(transport.sent.borrow().len(), attempts, "{reason}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_hook_that_never_answers_is_given_up_and_its_address_stays_hidden() {
        let hanging = scripted(&[None]);
        assert_eq!(sent(&hanging).await.unwrap_err(), "hooks.example did not take it within 20 seconds");
        let shown = format!("{:?}", hanging.sent.borrow());
        assert!(shown.contains("hooks.example") && !shown.contains("hidden"), "{shown}");
    }

    #[test]
    fn an_address_with_a_token_goes_over_tls_or_stays_on_the_machine() {
        for good in
            ["https://hooks.example/services/T0/x", "https://a.logic.example:443/w?sig=x", "http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]:9/x"]
        {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "http://hooks.example/x",
            "hooks.example/x",
            "https://",
            "https://u:p@hooks.example/x",
            "ftp://localhost/x",
            "https://a b/x",
            "https://127.0.0.1:1\\services\\hidden",
            "",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
        assert_eq!(host_of("https://a.logic.example:443/w?sig=x"), "a.logic.example:443");
    }
}

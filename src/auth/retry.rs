//! Asking for tokens again when the service could not be asked: a few times, with the same token, after the
//! pause that it asks for or a short one of our own.

use std::time::Duration;

use super::error::{AuthError, AuthErrorKind};
use super::oauth::Tokens;

/// How long to wait before the second and the third attempt when the service does not say; there is no fourth.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_millis(1500)];
/// A service that asks for a longer pause (`Retry-After`) is not waited for: other processes wait meanwhile.
const PAUSE_AT_MOST: Duration = Duration::from_secs(20);

/// Asks until there is an answer, whatever it says, at most three times.
pub(super) async fn patiently(once: impl AsyncFn() -> Result<Tokens, AuthError>) -> Result<Tokens, AuthError> {
    for pause in PAUSES {
        let error = match once().await {
            Err(error) if error.kind == AuthErrorKind::Unreachable => error,
            answer => return answer,
        };
        let pause = error.retry_after.unwrap_or(pause);
        if pause > PAUSE_AT_MOST {
            return Err(error);
        }
        tokio::time::sleep(pause).await;
    }
    once().await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Busy so often, each time asking for this pause; gives the attempts and the seconds they took.
    async fn asked(busy: u32, retry_after: Option<Duration>) -> (u32, u64, bool) {
        let attempts = Cell::new(0);
        let began = tokio::time::Instant::now();
        let answer = patiently(async || {
            attempts.set(attempts.get() + 1);
            if attempts.get() <= busy {
                return Err(AuthError { retry_after, ..AuthError::new(AuthErrorKind::Unreachable, "busy") });
            }
            Ok(Tokens { access_token: "a".into(), lifetime: Duration::from_mins(1), refresh_token: None, id_token: None, scopes: Vec::new() })
        });
        let answer = answer.await;
        (attempts.get(), began.elapsed().as_secs(), answer.is_ok())
    }

    #[tokio::test(start_paused = true)]
    async fn the_pause_that_the_service_asks_for_is_made() {
        assert_eq!(asked(1, Some(Duration::from_secs(17))).await, (2, 17, true));
        assert_eq!(asked(2, Some(Duration::ZERO)).await, (3, 0, true));
        assert_eq!(asked(2, None).await, (3, 2, true));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_long_and_nobody_asks_for_ever() {
        assert_eq!(asked(1, Some(Duration::from_secs(21))).await, (1, 0, false));
        assert_eq!(asked(9, Some(Duration::from_secs(20))).await, (3, 40, false));
    }
}

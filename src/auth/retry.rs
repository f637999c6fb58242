//! Asking for tokens again when the service could not be asked: a few times, with the same token.

use std::time::Duration;

use super::error::{AuthError, AuthErrorKind};
use super::oauth::Tokens;

/// How long to wait before the second and the third attempt; there is no fourth.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_millis(1500)];

/// Asks until there is an answer, whatever it says, at most three times.
pub(super) async fn patiently(once: impl AsyncFn() -> Result<Tokens, AuthError>) -> Result<Tokens, AuthError> {
    for pause in PAUSES {
        match once().await {
            Err(error) if error.kind == AuthErrorKind::Unreachable => tokio::time::sleep(pause).await,
            answer => return answer,
        }
    }
    once().await
}

//! After a consent: Microsoft needs seconds to minutes until it knows everywhere
//! (`contracts/microsoft.md` 2.3), so the tenant is read until it answers.

use std::time::Duration;

use tokio::time::Instant;

use super::client::Microsoft;
use super::error::MicrosoftError;
use crate::domain::ids::TenantId;

/// How long it is waited for; nobody documents it.
pub const PATIENCE: Duration = Duration::from_mins(2);
/// The first pause; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest one.
const PAUSE_AT_MOST: Duration = Duration::from_secs(15);

impl Microsoft<'_> {
    /// Reads the tenant until it answers, at most until the deadline.
    ///
    /// # Errors
    ///
    /// What Microsoft said last when it still did not know; anything else at once.
    pub async fn until_readable(&self, tenant_id: TenantId, deadline: Instant) -> Result<(), MicrosoftError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match self.subscribed_skus(tenant_id).await {
                Ok(_) => return Ok(()),
                Err(error) if is_not_yet(&error) => error,
                Err(error) => return Err(error),
            };
            if Instant::now() + pause > deadline {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_AT_MOST);
        }
    }
}

/// The app is not known in the tenant, or not consented to: what a young consent looks like.
fn is_not_yet(error: &MicrosoftError) -> bool {
    match error {
        MicrosoftError::Refused(refusal) => matches!(refusal.code(), Some(65_001 | 650_051 | 650_052 | 700_016 | 500_011)),
        MicrosoftError::Graph(refusal) => refusal.code == "Authorization_IdentityNotFound",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::error::TokenRefusal;
    use crate::microsoft::testing::{Scripted, Tokens, answer, microsoft, tenant};

    fn refusing(code: u32) -> Tokens {
        let refusal = TokenRefusal { error: "invalid_grant".into(), codes: vec![code], ..TokenRefusal::default() };
        Tokens { refused: vec![(tenant(1), MicrosoftError::Refused(Box::new(refusal)))], ..Tokens::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn a_young_consent_is_waited_for_two_minutes_and_no_other_refusal_is() {
        let transport = Scripted::new([]);
        for (code, at_least) in [(65_001, 100), (650_051, 100), (53_003, 0)] {
            let tokens = refusing(code);
            let began = Instant::now();
            assert!(microsoft(&transport, &tokens).until_readable(tenant(1), began + PATIENCE).await.is_err());
            let seconds = began.elapsed().as_secs();
            assert!((at_least..=120).contains(&seconds) && (at_least > 0 || seconds == 0), "{code}: {seconds} s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_tenant_that_answers_ends_the_wait() {
        let unknown = answer(403, r#"{"error":{"code":"Authorization_IdentityNotFound"}}"#);
        let transport = Scripted::new([unknown.clone(), unknown, answer(200, r#"{"value":[]}"#)]);
        let tokens = Tokens::default();
        let began = Instant::now();
        microsoft(&transport, &tokens).until_readable(tenant(1), began + PATIENCE).await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 6);
    }
}

//! Tokens of an app that signs itself in (client credentials, a Xero custom connection): nothing is
//! stored and nothing rotates.

use std::cell::RefCell;

use secrecy::SecretString;

use super::oauth::Oauth;
use super::retry::patiently;
use super::token::{Access, Now};
use crate::http::{BoxFuture, TokenError, TokenSource};

/// The source; one a process, so that each signs in once.
#[derive(Debug)]
pub struct AppTokens {
    oauth: Oauth,
    now: Now,
    access: RefCell<Option<Access>>,
    turn: tokio::sync::Mutex<()>,
}

impl AppTokens {
    /// The tokens of this provider's app.
    #[must_use]
    pub fn new(oauth: Oauth, now: Now) -> Self {
        Self { oauth, now, access: RefCell::new(None), turn: tokio::sync::Mutex::new(()) }
    }

    fn usable(&self, rejected: Option<&SecretString>) -> Option<SecretString> {
        self.access.borrow().as_ref()?.usable(self.now.get(), rejected)
    }

    async fn get(&self, rejected: Option<&SecretString>) -> Result<SecretString, TokenError> {
        let _turn = self.turn.lock().await;
        if let Some(token) = self.usable(rejected) {
            return Ok(token);
        }
        let tokens = patiently(async || self.oauth.client_credentials().await).await?;
        let _ = self.access.borrow_mut().insert(Access::new(&tokens, self.now.get()));
        Ok(tokens.access_token)
    }
}

impl TokenSource for AppTokens {
    fn access_token<'a>(&'a self, rejected: Option<&'a SecretString>) -> BoxFuture<'a, Result<SecretString, TokenError>> {
        Box::pin(self.get(rejected))
    }
}

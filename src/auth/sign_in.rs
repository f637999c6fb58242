//! A sign-in in the browser, from the address that is shown to the tokens.

use std::time::Duration;

use super::error::{AuthError, AuthErrorKind};
use super::loopback::{Loopback, Redirected};
use super::oauth::{Oauth, Tokens};
use super::pasted::Pasted;

/// How long a person has to come back from the browser.
pub const REDIRECT_WAIT: Duration = Duration::from_mins(5);

/// How the person is reached.
pub struct Ways<'a> {
    /// Shows the address, and opens a browser if that is wanted.
    pub show: &'a dyn Fn(&str),
    /// Says that what was pasted is not the address.
    pub not_it: &'a dyn Fn(),
    /// Takes the redirected address from the terminal too.
    pub pasted: Option<&'a mut Pasted>,
    /// How long to wait; [`REDIRECT_WAIT`] but in tests.
    pub wait: Duration,
}

/// A sign-in that the service agreed to.
#[derive(Debug)]
pub struct SignedIn {
    /// What it gave.
    pub tokens: Tokens,
    /// What the identity token must say, if there is one.
    pub nonce: Option<String>,
}

/// Shows the address, waits for the redirect or the pasted address, and redeems the code.
///
/// # Errors
///
/// `PortTaken`, `TimedOut`, `Denied` and the other kinds of [`AuthErrorKind`].
pub async fn in_browser(oauth: &Oauth, ways: Ways<'_>) -> Result<SignedIn, AuthError> {
    let name = oauth.provider().name;
    let loopback = Loopback::bind(&oauth.provider().redirect).await?;
    let attempt = oauth.begin(&loopback.address())?;
    (ways.show)(&attempt.address);
    let path = &oauth.provider().redirect.path;
    let pasted = async {
        match ways.pasted {
            Some(pasted) => pasted.wait(path, &attempt.state, || (ways.not_it)()).await,
            None => std::future::pending().await,
        }
    };
    let either = async {
        tokio::select! { redirected = loopback.wait(&attempt.state) => redirected, redirected = pasted => redirected }
    };
    let Ok(redirected) = tokio::time::timeout(ways.wait, either).await else {
        let message = format!("nobody came back from {name} within {} minutes", ways.wait.as_secs().div_ceil(60));
        return Err(AuthError::new(AuthErrorKind::TimedOut, message).hint("run the command again; --no-browser prints the address for another browser"));
    };
    // Nothing else is to come: the port is free again while the code is redeemed.
    drop(loopback);
    match redirected {
        Redirected::Code(code) => {
            let nonce = attempt.nonce.clone();
            Ok(SignedIn { tokens: oauth.exchange(attempt, &code).await?, nonce })
        }
        Redirected::Refused { code, description } => {
            let error = oauth.refused("the sign-in", &code, description.as_deref());
            Err(match error.kind {
                AuthErrorKind::Denied => error.hint("run the command again and allow the access, or ask somebody who may"),
                _ => error,
            })
        }
    }
}

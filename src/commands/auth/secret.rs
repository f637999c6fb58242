//! A secret of an app from standard input or from a question; never from an argument.

use std::io::BufRead as _;

use secrecy::{ExposeSecret, SecretString};

use crate::app::App;
use crate::exit::{Failure, Kind};

/// The first line of standard input; what follows stays for others.
pub(super) fn from_stdin(what: &str) -> Result<SecretString, Failure> {
    let mut line = String::new();
    let _ = std::io::stdin().lock().read_line(&mut line)?;
    let secret = SecretString::from(line.trim());
    if secret.expose_secret().is_empty() {
        return Err(Failure::message(Kind::Usage, format!("{what} was to come on standard input, and nothing came")));
    }
    Ok(secret)
}

/// Asks at a terminal; `None` where nothing may ask.
pub(super) fn from_prompt(app: &App, what: &str) -> Result<Option<SecretString>, Failure> {
    if !app.may_prompt {
        return Ok(None);
    }
    Ok(Some(app.prompt().secret(what)?))
}

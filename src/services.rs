//! The services as commands get them: configured, signed in lazily.

use std::rc::Rc;

use crate::app::App;
use crate::config::load::Loaded;
use crate::exit::{Failure, Kind};
use crate::http::TokenSource;

/// Where Xero's access tokens come from.
///
/// # Errors
///
/// Kind `SignIn` when nobody is signed in.
pub fn xero_tokens(app: &App, loaded: &Loaded) -> Result<Rc<dyn TokenSource>, Failure> {
    let _ = loaded;
    match &app.replaced.xero_tokens {
        Some(tokens) => Ok(Rc::clone(tokens)),
        None => Err(Failure::message(Kind::SignIn, "nobody is signed in to Xero").hint("cspctl auth xero")),
    }
}

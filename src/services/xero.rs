//! Signing in to Xero: the app of the configuration, its scopes, and the tokens for the client
//! (contracts/xero.md 1).

use std::rc::Rc;

use jiff::SignedDuration;
use secrecy::SecretString;

use super::{LOCK_WAIT, command, lock_file, now};
use crate::app::App;
use crate::auth::{AppTokens, Oauth, Provider, RedirectAddress, Session, SessionSettings};
use crate::config::load::Loaded;
use crate::config::schema::XeroApp;
use crate::exit::{Failure, Kind};
use crate::http::TokenSource;
use crate::secrets::{Purpose, SecretName};

/// How long Xero takes a used refresh token in case its answer was lost (contracts/xero.md 1.5).
const GRACE: SignedDuration = SignedDuration::from_mins(30);
/// How long an unused refresh token lives (contracts/xero.md 1.5).
pub const REFRESH_TOKEN_DAYS: i64 = 60;
/// The path of the redirect address that people register.
const REDIRECT_PATH: &str = "/callback";

/// Access tokens for Xero, by whatever way the configuration signs in. Nothing is asked yet: the first
/// call says when a sign-in is needed.
///
/// # Errors
///
/// Kind `Configuration` without a client id, `SignIn` when the app's secret is missing or the secret
/// store cannot be used.
pub fn xero_tokens(app: &App, loaded: &Loaded) -> Result<Rc<dyn TokenSource>, Failure> {
    if let Some(tokens) = &app.replaced.xero_tokens {
        return Ok(Rc::clone(tokens));
    }
    let oauth = Oauth::new(provider(loaded, client_secret(app, loaded)?)?, app.transport(loaded)?);
    if loaded.settings.xero.app == XeroApp::Custom {
        return Ok(Rc::new(AppTokens::new(oauth, now(app))));
    }
    let target = oauth.target();
    Ok(Rc::new(session(app, loaded, oauth)?).source(target))
}

/// The stored sign-in of this profile.
///
/// # Errors
///
/// Kind `Configuration` when the settings name no usable secret store.
pub fn session(app: &App, loaded: &Loaded, oauth: Oauth) -> Result<Session, Failure> {
    let settings = SessionSettings {
        name: SecretName::new(&app.profile, Purpose::XeroRefreshToken),
        lock_file: lock_file(app, loaded, "xero"),
        lock_wait: LOCK_WAIT,
        grace: GRACE,
        sign_in_command: command(app, "auth xero"),
    };
    Ok(Session::new(oauth, app.secrets(loaded)?, settings, now(app)))
}

/// The secret of the app, if its kind has one: from the environment or the store.
///
/// # Errors
///
/// Kind `SignIn` when it is missing, or the store cannot be used.
pub fn client_secret(app: &App, loaded: &Loaded) -> Result<Option<SecretString>, Failure> {
    if loaded.settings.xero.app == XeroApp::Pkce {
        return Ok(None);
    }
    match app.secrets(loaded)?.get(&SecretName::new(&app.profile, Purpose::XeroClientSecret))? {
        Some(secret) => Ok(Some(secret)),
        None => Err(missing_secret(app)),
    }
}

/// The secret of the app is nowhere.
#[must_use]
pub fn missing_secret(app: &App) -> Failure {
    Failure::message(Kind::SignIn, "the secret of the Xero app is not known")
        .hint(format!("{} --client-secret-stdin < FILE", command(app, "auth xero")))
        .hint("or set CSPCTL_XERO_CLIENT_SECRET")
}

/// Xero, with the app of the configuration.
///
/// # Errors
///
/// Kind `Configuration` without a client id.
pub fn provider(loaded: &Loaded, client_secret: Option<SecretString>) -> Result<Provider, Failure> {
    let Some(client_id) = loaded.settings.xero.client_id.clone() else {
        let redirect = format!("http://localhost:{}{REDIRECT_PATH}", loaded.settings.xero.redirect_port);
        let failure = Failure::message(Kind::Configuration, format!("xero.client_id is missing in {}", loaded.file.display()));
        return Err(match loaded.settings.xero.app {
            XeroApp::Custom => failure.hint("make a custom connection at developer.xero.com/app/manage and write its client id there"),
            XeroApp::Pkce | XeroApp::Web => failure
                .hint(format!("make an app at developer.xero.com/app/manage (Auth code with PKCE, redirect address {redirect}) and write its client id there"))
                .hint("such an app is free; its name must not contain \"Xero\""),
        });
    };
    Ok(with_client_id(loaded, client_id, client_secret))
}

/// [`provider`] for an app whose client id is known.
#[must_use]
pub fn with_client_id(loaded: &Loaded, client_id: String, client_secret: Option<SecretString>) -> Provider {
    let (xero, endpoints) = (&loaded.settings.xero, &loaded.settings.endpoints);
    let kind = match xero.app {
        XeroApp::Pkce => "an \"Auth code with PKCE\" app has no secret",
        XeroApp::Web => "a web app needs its secret",
        XeroApp::Custom => "a custom connection needs its secret",
    };
    Provider {
        name: "Xero",
        authorize_url: format!("{}/identity/connect/authorize", endpoints.xero_login),
        token_url: format!("{}/connect/token", endpoints.xero_identity),
        device_url: None,
        revoke_url: Some(format!("{}/connect/revocation", endpoints.xero_identity)),
        client_id,
        client_secret,
        scopes: scopes(loaded),
        redirect: RedirectAddress { port: Some(xero.redirect_port), path: REDIRECT_PATH.to_owned(), setting: "xero.redirect_port" },
        authorize_extra: Vec::new(),
        scope_hint: "the app lacks one of them: add it at developer.xero.com, or list in xero.scopes exactly those that the app has \
                     (apps made before 2 March 2026 may have `accounting.transactions` instead of `accounting.invoices`)"
            .to_owned(),
        client_hint: format!("check xero.client_id and xero.app in config.toml: {kind}"),
    }
}

/// The scopes to ask for: the configured list, else the least that is needed (contracts/xero.md 1.4).
#[must_use]
pub fn scopes(loaded: &Loaded) -> Vec<String> {
    let xero = &loaded.settings.xero;
    if !xero.scopes.is_empty() {
        return xero.scopes.clone();
    }
    let mut scopes = vec!["accounting.invoices", "accounting.contacts.read", "accounting.settings.read"];
    if xero.app != XeroApp::Custom {
        scopes.insert(0, "offline_access");
    }
    if loaded.settings.billing.attach_source {
        scopes.push("accounting.attachments");
    }
    scopes.into_iter().map(str::to_owned).collect()
}

//! `cspctl auth xero`: the sign-in of the configured kind of app, the organisation, and the proof of both.

mod choice;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};

use super::browser::{self, Manner};
use super::secret;
use super::status::{Answered, Row, State};
use crate::app::App;
use crate::auth::{Account, Expected, Oauth, Tokens, check_id_token};
use crate::config::load::Loaded;
use crate::config::schema::{PostTo, XeroApp};
use crate::exit::{Failure, Kind};
use crate::secrets::{Purpose, SecretName};
use crate::services::organisation::{Asking, Connection, Organisation};
use crate::services::xero as service;

/// Arguments of `auth xero`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cspctl auth xero
  cspctl auth xero --no-browser                       the address is opened elsewhere
  cspctl auth xero --client-secret-stdin < secret     a web app or a custom connection")]
pub struct XeroArgs {
    /// Open no browser: print the address, and take the redirected address on standard input too
    #[arg(long)]
    pub no_browser: bool,
    /// Read the app's secret from standard input (xero.app = "web" or "custom")
    #[arg(long)]
    pub client_secret_stdin: bool,
    /// The organisation to work with, when the sign-in reaches several and none is configured
    #[arg(long, value_name = "ID")]
    pub organisation: Option<String>,
}

/// What a sign-in gave, before anything is stored.
struct Agreed {
    tokens: Tokens,
    account: Account,
    connections: Vec<Connection>,
}

/// Signs in. Ends well only when Xero was asked and agreed.
pub(super) fn run(app: &App, loaded: &Loaded, args: &XeroArgs, no_input: bool) -> Result<(), Failure> {
    let client_secret = client_secret(app, loaded, args)?;
    let oauth = Oauth::new(service::provider(loaded, client_secret.clone())?, app.transport(loaded)?);
    // A store that cannot be used shows before anybody has gone to the browser.
    let name = SecretName::new(&app.profile, Purpose::XeroRefreshToken);
    let _ = app.secrets(loaded)?.get(&name)?;
    let manner = Manner { no_browser: args.no_browser, no_input };
    let agreed = app.block_on(sign_in(app, loaded, &oauth, manner))?;
    let chosen = match choice::choose(app, loaded, &agreed.connections, args.organisation.as_deref()) {
        Ok(chosen) => chosen,
        Err(choice::Unchosen::Open(failure)) => {
            // The sign-in is good for every one of them: only the choice is missing.
            app.block_on(keep(app, loaded, oauth, &agreed, client_secret.as_ref(), None))?;
            return Err(failure);
        }
        Err(choice::Unchosen::Wrong(failure)) => return Err(failure),
    };
    let organisation = app.block_on(async {
        let organisation = Asking::new(app, loaded, agreed.tokens.access_token.clone())?.organisation(&chosen.tenant_id).await?;
        keep(app, loaded, oauth, &agreed, client_secret.as_ref(), Some((&chosen, &organisation))).await?;
        Ok(organisation)
    })?;
    choice::pin(app, loaded, &chosen);
    tell(app, loaded, &agreed.account, &chosen, &organisation)
}

/// The secret to sign in with: given now, else stored, else asked for.
fn client_secret(app: &App, loaded: &Loaded, args: &XeroArgs) -> Result<Option<SecretString>, Failure> {
    let has_secret = loaded.settings.xero.app != XeroApp::Pkce;
    if args.client_secret_stdin {
        if !has_secret {
            return Err(Failure::message(Kind::Usage, "--client-secret-stdin is for xero.app = \"web\" or \"custom\"; a PKCE app has no secret"));
        }
        return secret::from_stdin("the secret of the Xero app").map(Some);
    }
    match service::client_secret(app, loaded) {
        Err(failure) if has_secret && app.may_prompt && app.secrets(loaded)?.get(&SecretName::new(&app.profile, Purpose::XeroClientSecret))?.is_none() => {
            secret::from_prompt(app, "Secret of the Xero app")?.map_or(Err(failure), |secret| Ok(Some(secret)))
        }
        other => other,
    }
}

async fn sign_in(app: &App, loaded: &Loaded, oauth: &Oauth, manner: Manner) -> Result<Agreed, Failure> {
    let (tokens, label) = if loaded.settings.xero.app == XeroApp::Custom {
        (oauth.client_credentials().await?, None)
    } else {
        let signed_in = browser::sign_in(app, oauth, manner).await?;
        let expected = Expected {
            service: "Xero",
            issuer: &loaded.settings.endpoints.xero_identity,
            client_id: &oauth.provider().client_id,
            nonce: signed_in.nonce.as_deref(),
            tenant_id: None,
            now: app.clock.now(),
        };
        // Only who asks for `openid` gets one; API access needs none (contracts/xero.md 1.4).
        let claims = signed_in.tokens.id_token.as_ref().map(|token| check_id_token(token, &expected)).transpose()?;
        let label = claims.and_then(|claims| claims.label().map(str::to_owned));
        (signed_in.tokens, label)
    };
    let connections = Asking::new(app, loaded, tokens.access_token.clone())?.connections().await?;
    Ok(Agreed { tokens, account: Account { label, ..Account::default() }, connections })
}

/// Stores what is to be stored, once Xero has agreed.
async fn keep(
    app: &App,
    loaded: &Loaded,
    oauth: Oauth,
    agreed: &Agreed,
    client_secret: Option<&SecretString>,
    chosen: Option<(&Connection, &Organisation)>,
) -> Result<(), Failure> {
    if let Some(secret) = client_secret {
        let (store, name) = (app.secrets(loaded)?, SecretName::new(&app.profile, Purpose::XeroClientSecret));
        let is_known = store.get(&name)?.is_some_and(|known| known.expose_secret() == secret.expose_secret());
        if !is_known {
            store.set(&name, secret)?;
        }
    }
    if loaded.settings.xero.app == XeroApp::Custom {
        return Ok(());
    }
    let account = Account {
        organisation_id: chosen.map(|(connection, _)| connection.tenant_id.clone()),
        organisation_name: chosen.map(|(_, organisation)| organisation.name.clone()),
        ..agreed.account.clone()
    };
    Ok(service::session(app, loaded, oauth)?.begin(&agreed.tokens, account).await?)
}

/// Says who is signed in where.
fn tell(app: &App, loaded: &Loaded, account: &Account, chosen: &Connection, organisation: &Organisation) -> Result<(), Failure> {
    let store = app.secrets(loaded)?.describe();
    if app.output.is_json() {
        return Ok(app.output.json(&serde_json::json!({
            "schema_version": 1,
            "service": "xero",
            "account": account.label,
            "organisation_id": chosen.tenant_id,
            "organisation_name": organisation.name,
            "is_demo": organisation.is_demo,
            "store": store,
        }))?);
    }
    let demo = if organisation.is_demo { " (a demo company: nothing in it is real)" } else { "" };
    app.output.note(&format!("Signed in to Xero. Organisation: {}{demo}, {}", organisation.name, chosen.tenant_id));
    let kept = match loaded.settings.xero.app {
        XeroApp::Custom => format!("The app's secret is in {store}; a custom connection stores nothing else."),
        XeroApp::Pkce | XeroApp::Web => format!("The sign-in is kept in {store}, for {} days from its last use.", service::REFRESH_TOKEN_DAYS),
    };
    app.output.note(&kept);
    Ok(())
}

/// What is stored of the sign-in to Xero.
pub(super) fn status(app: &App, loaded: &Loaded) -> Row {
    let mut row = Row::new("xero", loaded.settings.xero.post_to == PostTo::Xero);
    match read(app, loaded) {
        Ok(Some(found)) => {
            row.state = found.state;
            row.account = found.account.label;
            // The configuration says which one is meant; the name is the stored one's.
            let (configured, stored) = (loaded.settings.xero.organisation_id.clone(), found.account.organisation_id);
            let is_same = configured.is_none() || configured.as_deref().map(str::to_lowercase) == stored.as_deref().map(str::to_lowercase);
            row.organisation_name = found.account.organisation_name.filter(|_| is_same);
            row.organisation_id = configured.or(stored);
            (row.since, row.until) = (found.since, found.until);
        }
        Ok(None) => {}
        Err(failure) => row.fail(&failure),
    }
    row
}

struct Found {
    state: State,
    account: Account,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

fn read(app: &App, loaded: &Loaded) -> Result<Option<Found>, Failure> {
    if loaded.settings.xero.app == XeroApp::Custom {
        let secret = app.secrets(loaded)?.get(&SecretName::new(&app.profile, Purpose::XeroClientSecret))?;
        return Ok(secret.map(|_| Found { state: State::OwnApp, account: Account::default(), since: None, until: None }));
    }
    let Some(stored) = stored_session(app, loaded)?.stored()? else { return Ok(None) };
    let until = stored.obtained_at.saturating_add(SignedDuration::from_hours(24 * service::REFRESH_TOKEN_DAYS)).ok();
    let state = if until.is_some_and(|until| until < app.clock.now()) { State::Expired } else { State::SignedIn };
    Ok(Some(Found { state, account: stored.account, since: Some(stored.signed_in_at), until }))
}

/// The session for reading and ending: it needs no client id and no secret that may be gone.
fn stored_session(app: &App, loaded: &Loaded) -> Result<crate::auth::Session, Failure> {
    let client_id = loaded.settings.xero.client_id.clone().unwrap_or_default();
    let secret = service::client_secret(app, loaded).ok().flatten();
    service::session(app, loaded, Oauth::new(service::with_client_id(loaded, client_id, secret), app.transport(loaded)?))
}

/// Asks Xero whether the sign-in works, and which organisation it reaches.
pub(super) fn check(app: &App, loaded: &Loaded) -> Result<Answered, Failure> {
    let source = service::xero_tokens(app, loaded)?;
    app.block_on(async {
        let asking = Asking::new(app, loaded, source.access_token(None).await?)?;
        let connections = asking.connections().await?;
        let chosen = choice::reached(app, loaded, &connections)?;
        let organisation = asking.organisation(&chosen.tenant_id).await?;
        let said = if organisation.is_demo { "works; a demo company" } else { "works" };
        Ok(Answered { organisation_id: Some(chosen.tenant_id.clone()), organisation_name: Some(organisation.name), said: said.to_owned() })
    })
}

/// Revokes the sign-in and forgets it, with the app's secret. True when there was something.
pub(super) fn log_out(app: &App, loaded: &Loaded) -> Result<bool, Failure> {
    let session = stored_session(app, loaded)?;
    let (was_signed_in, revoked) = app.block_on(async { Ok(session.end().await?) })?;
    if let Err(error) = revoked {
        app.output.warn(&format!("Xero was not told: {error}. The sign-in is forgotten here all the same; Xero forgets it after {} days, or disconnect the app under Connected apps in Xero.", service::REFRESH_TOKEN_DAYS));
    } else if was_signed_in {
        app.output.note("Xero has revoked the sign-in, with all connections of this account to the app.");
    }
    let (store, name) = (app.secrets(loaded)?, SecretName::new(&app.profile, Purpose::XeroClientSecret));
    if app.variable("CSPCTL_XERO_CLIENT_SECRET").is_some() {
        app.output.note("CSPCTL_XERO_CLIENT_SECRET is still set in this environment.");
        return Ok(was_signed_in);
    }
    Ok(store.delete(&name)? || was_signed_in)
}

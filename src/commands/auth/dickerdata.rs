//! `cspctl auth dickerdata`: the account code and the access code, proven by the service before
//! either is kept, and the way in which it wants to be called.

use std::io::IsTerminal as _;
use std::sync::mpsc;
use std::time::Duration;

use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::secret;
use super::status::{Answered, Row, State};
use crate::app::App;
use crate::commands::sources;
use crate::config::edit::Editor;
use crate::config::load::Loaded;
use crate::config::problem::Problems;
use crate::config::schema::{Country, DickerDataSource, Endpoints};
use crate::dickerdata::api::{ApiError, ApiErrorKind, Client, Way, reading};
use crate::exit::{Failure, Kind};
use crate::secrets::{Purpose, SecretName};

/// Standard input that nobody writes to is not waited for any longer.
const INPUT_WAIT: Duration = Duration::from_secs(20);

const WHERE_IT_IS: &str = "The access code is the portal's product token: Account, API Tokens, generate. \
                           Where the portal has no such page, the account manager makes it, or integration.support@dickerdata.com.au.";

/// Arguments of `auth dickerdata`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cspctl auth dickerdata --account-code 123456                            asks for the access code
  cspctl auth dickerdata --account-code 123456 --access-code-stdin < code
  CSPCTL_DICKERDATA_ACCESS_CODE in the environment does for runs without a terminal")]
pub struct DickerdataArgs {
    /// Your account number at the distributor; the configured one when left out
    #[arg(long, value_name = "CODE")]
    pub account_code: Option<String>,
    /// Read the access code from standard input
    #[arg(long)]
    pub access_code_stdin: bool,
}

/// Proves both codes and keeps them. Ends well only when the service was asked and agreed.
pub(super) fn run(app: &App, loaded: &Loaded, args: &DickerdataArgs) -> Result<(), Failure> {
    let account_code = account_code(loaded, args)?;
    let access_code = access_code(app, args)?;
    // A store that cannot be used shows before the service is asked.
    let (store, name) = (app.secrets(loaded)?, SecretName::new(&app.profile, Purpose::DickerDataAccessCode));
    let known = store.get(&name)?;
    let client = sources::client_with(app, loaded, access_code.clone(), account_code.clone())?;
    let way = app.block_on(async { Ok(prove(&client, loaded).await?) })?;
    if known.is_none_or(|known| known.expose_secret() != access_code.expose_secret()) {
        store.set(&name, &access_code)?;
    }
    if let Some(account_code) = &account_code {
        remember(app, loaded, account_code, way.as_ref().ok());
    }
    tell(app, loaded, account_code.as_deref(), &way)
}

/// Asks for a key, then for something small, which shows the way that is answered.
async fn prove(client: &Client, loaded: &Loaded) -> Result<Result<Way, ApiError>, ApiError> {
    client.prove().await?;
    let kind = loaded.settings.dickerdata.subscription_types.first().map_or("CSP", String::as_str);
    match reading::tenants(client, kind).await {
        Ok(_) => Ok(client.way().ok_or_else(|| ApiError::new(ApiErrorKind::Failed, "no call was answered"))),
        // The code is good: which way of calling is wanted can be settled later.
        Err(error) => Ok(Err(error)),
    }
}

fn account_code(loaded: &Loaded, args: &DickerdataArgs) -> Result<Option<String>, Failure> {
    let dickerdata = &loaded.settings.dickerdata;
    let given = args.account_code.as_deref().map(str::trim).filter(|code| !code.is_empty());
    match (given, &dickerdata.account_code) {
        (Some(given), Some(configured)) if given != configured => {
            let message = format!("config.toml has `dickerdata.account_code = \"{configured}\"`, and --account-code says {given}");
            Err(Failure::message(Kind::Usage, message).hint("change it in config.toml, or use a profile for each account"))
        }
        (Some(given), _) => Ok(Some(given.to_owned())),
        (None, Some(configured)) => Ok(Some(configured.clone())),
        (None, None) if !dickerdata.send_account_code => Ok(None),
        (None, None) => Err(Failure::message(Kind::Usage, "the account code is missing: --account-code CODE, the number to sign in to the portal with")),
    }
}

/// From where it was said to come, else the environment, else a question, else standard input.
fn access_code(app: &App, args: &DickerdataArgs) -> Result<SecretString, Failure> {
    if args.access_code_stdin {
        return secret::from_stdin("the access code");
    }
    if let Some(code) = app.variable("CSPCTL_DICKERDATA_ACCESS_CODE") {
        return Ok(code.trim().into());
    }
    if app.may_prompt {
        app.output.note(WHERE_IT_IS);
    }
    if let Some(code) = secret::from_prompt(app, "Access code of the distributor's service")? {
        if code.expose_secret().is_empty() {
            return Err(missing());
        }
        return Ok(code);
    }
    if std::io::stdin().is_terminal() {
        return Err(missing());
    }
    let (sender, receiver) = mpsc::channel();
    // Nobody may ask here, but the code may have been piped in; an input that stays silent is none.
    let _ = std::thread::Builder::new().spawn(move || sender.send(secret::from_stdin("the access code")));
    receiver.recv_timeout(INPUT_WAIT).ok().and_then(Result::ok).ok_or_else(missing)
}

fn missing() -> Failure {
    Failure::message(
        Kind::Usage,
        "the access code is missing: --access-code-stdin reads it from standard input, CSPCTL_DICKERDATA_ACCESS_CODE from the environment",
    )
    .hint(WHERE_IT_IS)
}

/// Writes what was proven into config.toml, where nobody wrote something else.
fn remember(app: &App, loaded: &Loaded, account_code: &str, way: Option<&Way>) {
    let write = || -> Result<bool, Problems> {
        let mut editor = Editor::open(loaded.completed_file(), "version = 1\n")?;
        let mut written = editor.set_missing("dickerdata", "account_code", account_code)?;
        if let Some(way) = way {
            written |= editor.set_missing("dickerdata", "convention", way.convention())?;
            if let Way::Headers(version) = way {
                written |= editor.set_missing("dickerdata", "api_version", version.as_str())?;
            }
        }
        editor.save().map(|()| written)
    };
    match write() {
        Ok(true) if loaded.is_draft() => {}
        Ok(true) => app.output.note(&format!("{} was completed: [dickerdata].", loaded.file.display())),
        Ok(false) => {}
        Err(problems) => app.output.warn(&format!("the account code could not be written into config.toml: {problems}")),
    }
}

fn tell(app: &App, loaded: &Loaded, account_code: Option<&str>, way: &Result<Way, ApiError>) -> Result<(), Failure> {
    let store = app.secrets(loaded)?.describe();
    let endpoint = &loaded.settings.endpoints.dickerdata;
    if let Err(error) = way {
        app.output.warn(&format!("the access code is good, but no call was answered: {error}"));
    }
    if loaded.settings.msp.country == Country::NewZealand && *endpoint == Endpoints::default().dickerdata {
        app.output.warn("msp.country is NZ, and endpoints.dickerdata is the Australian service: ask the distributor for the New Zealand address");
    }
    let described = way.as_ref().ok().map(Way::describe);
    if app.output.is_json() {
        return Ok(app.output.json(&json!({
            "schema_version": 1,
            "service": "dickerdata",
            "account_code": account_code,
            "endpoint": endpoint,
            "convention": way.as_ref().ok().map(Way::convention),
            "way": described,
            "store": store,
        }))?);
    }
    app.output.note(&format!("The distributor's service accepts the access code ({endpoint}); it is kept in {store}."));
    if let Some(described) = described {
        app.output.note(&format!("Calls are answered by: {described}."));
    }
    if loaded.settings.dickerdata.source != DickerDataSource::Api {
        app.output.note("To read charges from it, set dickerdata.source = \"api\" in config.toml.");
    }
    Ok(())
}

/// What is stored.
pub(super) fn status(app: &App, loaded: &Loaded) -> Row {
    let mut row = Row::new("dickerdata", loaded.settings.dickerdata.source == DickerDataSource::Api);
    row.account.clone_from(&loaded.settings.dickerdata.account_code);
    let stored = app.secrets(loaded).and_then(|store| Ok(store.get(&SecretName::new(&app.profile, Purpose::DickerDataAccessCode))?));
    match stored {
        Ok(Some(_)) => row.state = State::SignedIn,
        Ok(None) => row.account = None,
        Err(failure) => row.fail(&failure),
    }
    row
}

/// Asks the service whether the access code is good, and by which way it wants to be called.
pub(super) fn check(app: &App, loaded: &Loaded) -> Result<Answered, Failure> {
    let client = sources::client(app, loaded)?;
    let way = app.block_on(async { Ok(prove(&client, loaded).await?) })?;
    Ok(Answered { organisation_id: None, organisation_name: None, said: way.map_err(Failure::from)?.describe() })
}

/// Asks with the kept codes, and writes the way of calling where a set-up has not got it yet.
pub(super) fn check_and_complete(app: &App, loaded: &Loaded) -> Result<(), Failure> {
    let client = sources::client(app, loaded)?;
    let way = app.block_on(async { Ok(prove(&client, loaded).await?) })??;
    if let Some(account_code) = loaded.settings.dickerdata.account_code.as_deref().filter(|_| loaded.is_draft()) {
        remember(app, loaded, account_code, Some(&way));
    }
    Ok(())
}

/// Forgets the access code; the service has nothing to revoke. True when there was one.
pub(super) fn log_out(app: &App, loaded: &Loaded) -> Result<bool, Failure> {
    if app.variable("CSPCTL_DICKERDATA_ACCESS_CODE").is_some() {
        app.output.note("CSPCTL_DICKERDATA_ACCESS_CODE is still set in this environment.");
        return Ok(false);
    }
    Ok(app.secrets(loaded)?.delete(&SecretName::new(&app.profile, Purpose::DickerDataAccessCode))?)
}

//! `cspctl auth microsoft`: the sign-in of the technician or of a second account for Partner Center, proven
//! by calls; and what keeps it alive.

mod certificate;
mod consent;
mod details;
mod fresh;

use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};

use super::browser::{self, Manner};
use super::secret;
use super::status::{Answered, Row, State};
use crate::app::App;
use crate::auth::{self, Claims, Expected, Oauth, Tokens, check_id_token};
use crate::config::load::Loaded;
use crate::config::mapping;
use crate::config::schema::MicrosoftSource;
use crate::domain::ids::TenantId;
use crate::domain::mapping::Mapping;
use crate::exit::{Failure, Kind};
use crate::microsoft::Microsoft;
use crate::microsoft::identity::{Account, Msp, PERSONAL_ACCOUNTS, WrongAccount};
use crate::secrets::{Purpose, SecretName};
use crate::services::command;
use crate::services::microsoft::{self as service, Seat};

/// The second account's line in `auth status`.
pub(super) const PARTNER_CENTER: &str = "partner-center";
/// A device code lives about 15 minutes (contracts/microsoft.md 1.4).
const DEVICE_WAIT: Duration = Duration::from_mins(15);

/// Arguments of `auth microsoft`.
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  cspctl auth microsoft                      in the browser of this machine
  cspctl auth microsoft --no-browser         the address is opened elsewhere
  cspctl auth microsoft --device-code        a code typed at another machine; often blocked by policy
  cspctl auth microsoft --partner-center     a second account, when the first lacks Partner Center's roles
  cspctl auth microsoft --keep-alive         for a scheduler: an unused sign-in dies after 90 days
  cspctl auth microsoft --consent 196e2273-9651-43a3-ba7e-7cbcd918fc40
                                             let the app read a customer's tenant, through Partner Center")]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of the command line")]
pub struct MicrosoftArgs {
    /// Open no browser: print the address, and take the redirected address on standard input too
    #[arg(long, conflicts_with = "device_code")]
    pub no_browser: bool,
    /// Sign in with a code that is typed on another machine
    #[arg(long)]
    pub device_code: bool,
    /// Sign in with a second account that is used for Partner Center alone
    #[arg(long)]
    pub partner_center: bool,
    /// Accept an account on an onmicrosoft.com domain
    #[arg(long)]
    pub allow_onmicrosoft: bool,
    /// Verify this partner number (MPN id) and write it into the configuration
    #[arg(long, value_name = "ID")]
    pub mpn_id: Option<String>,
    /// Read the app's secret from standard input, for an app registration that has one
    #[arg(long)]
    pub client_secret_stdin: bool,
    /// Keep the private key of microsoft.certificate in the secret store, from standard input
    #[arg(long, conflicts_with = "client_secret_stdin")]
    pub certificate_key_stdin: bool,
    /// Only use the stored sign-in, so that it lives another 90 days
    #[arg(long, conflicts_with_all = ["no_browser", "device_code", "partner_center", "mpn_id", "client_secret_stdin", "certificate_key_stdin", "consent"])]
    pub keep_alive: bool,
    /// Let the app read this customer's tenant, through Partner Center; may be given several times
    #[arg(long, value_name = "TENANT", conflicts_with_all = ["no_browser", "device_code", "partner_center", "mpn_id", "client_secret_stdin", "certificate_key_stdin"])]
    pub consent: Vec<TenantId>,
}

impl MicrosoftArgs {
    fn seat(&self) -> Seat {
        if self.partner_center { Seat::PartnerCenter } else { Seat::Technician }
    }
}

/// Lets the app read customers' tenants.
pub(super) fn consent(app: &App, loaded: &Loaded, tenants: &[TenantId]) -> Result<(), Failure> {
    consent::run(app, loaded, tenants)
}

/// Signs in. Ends well only when Microsoft was asked and agreed.
pub(super) fn run(app: &App, loaded: &Loaded, args: &MicrosoftArgs, no_input: bool) -> Result<(), Failure> {
    if args.keep_alive {
        return keep_alive(app, loaded);
    }
    if !args.consent.is_empty() {
        return consent::run(app, loaded, &args.consent);
    }
    let seat = args.seat();
    let client_secret =
        if args.client_secret_stdin { Some(secret::from_stdin("the secret of the app registration")?) } else { service::client_secret(app, loaded)? };
    if args.certificate_key_stdin {
        certificate::keep_key(app, loaded)?;
    }
    let oauth = service::oauth(app, loaded, client_secret.clone(), seat)?;
    // A store that cannot be used shows before anybody has gone to the browser.
    let _ = app.secrets(loaded)?.get(&SecretName::new(&app.profile, seat.purpose()))?;
    let manner = Manner { no_browser: args.no_browser, no_input };
    let (msp, account, tokens) = app.block_on(async {
        let (tokens, nonce) = sign_in(app, &oauth, args, manner).await.map_err(|failure| service::explained(loaded, failure))?;
        let claims = claims(app, loaded, &oauth, &tokens, nonce.as_deref())?;
        let (msp, account) = match seat {
            Seat::Technician => who(app, loaded, args, &claims, &tokens).await?,
            Seat::PartnerCenter => second(app, loaded, &claims, &tokens).await?,
        };
        Ok((msp, account, tokens))
    })?;
    keep_secret(app, loaded, client_secret.as_ref())?;
    let kept = auth::Account {
        label: Some(account.user_name.clone()),
        organisation_id: Some(msp.tenant_id.to_string()),
        organisation_name: Some(msp.name.clone()).filter(|name| !name.is_empty()),
    };
    let session = service::session(app, loaded, seat, client_secret)?;
    app.block_on(async { Ok(session.begin(&tokens, kept).await?) })?;
    details::finish(app, loaded, args, &msp, &account)
}

async fn sign_in(app: &App, oauth: &Oauth, args: &MicrosoftArgs, manner: Manner) -> Result<(Tokens, Option<String>), Failure> {
    if !args.device_code {
        let signed_in = browser::sign_in(app, oauth, manner).await?;
        return Ok((signed_in.tokens, signed_in.nonce));
    }
    let code = oauth.device_begin().await?;
    app.output.note(&format!("Open {} in any browser, and type this code:", code.address));
    // Alone on its line, and even with --quiet: without it nobody can go on.
    app.output.error_line(&code.user_code);
    Ok((oauth.device_finish(&code, DEVICE_WAIT.min(code.lifetime)).await?, None))
}

/// What the identity token says. It only leads to the tenant; who it is, the calls tell.
fn claims(app: &App, loaded: &Loaded, oauth: &Oauth, tokens: &Tokens, nonce: Option<&str>) -> Result<Claims, Failure> {
    let missing = || Failure::message(Kind::SignIn, "Microsoft gave no identity token").hint("run the command again");
    let token = tokens.id_token.as_ref().ok_or_else(missing)?;
    let login = &loaded.settings.endpoints.microsoft_login;
    let check = |issuer: &str| {
        let expected = Expected { service: "Microsoft", issuer, client_id: &oauth.provider().client_id, nonce, tenant_id: None, now: app.clock.now() };
        check_id_token(token, &expected)
    };
    // Microsoft's issuer is the account's own tenant; other providers of the same shape have one for all.
    let claims = match check(&format!("{login}/{{tid}}/v2.0")) {
        Err(error) => check(&format!("{login}/common/v2.0")).map_err(|_| error)?,
        Ok(claims) => claims,
    };
    Ok(claims)
}

fn tenant_of(claims: &Claims) -> Result<TenantId, Failure> {
    let tenant_id = claims.tenant_id.as_deref().unwrap_or_default();
    if tenant_id.eq_ignore_ascii_case(PERSONAL_ACCOUNTS) {
        return Err(wrong(WrongAccount::Personal));
    }
    tenant_id.parse().map_err(|_| Failure::message(Kind::SignIn, "Microsoft did not say which tenant the account belongs to").hint("run the command again"))
}

/// Reads from the MSP's tenant who this is, and refuses accounts that would fail later.
async fn who(app: &App, loaded: &Loaded, args: &MicrosoftArgs, claims: &Claims, tokens: &Tokens) -> Result<(Msp, Account), Failure> {
    let tenant_id = tenant_of(claims)?;
    let expected = loaded.settings.msp.tenant_id;
    if let Some(expected) = expected.filter(|expected| *expected != tenant_id) {
        let user_name = claims.label().unwrap_or("the account").to_owned();
        return Err(wrong(WrongAccount::OtherTenant { user_name, found: format!("the tenant {tenant_id}"), expected }));
    }
    let transport = app.transport(loaded)?;
    let fresh = fresh::Fresh(tokens.access_token.clone());
    let microsoft = Microsoft::new(&*transport, &fresh, service::addresses(loaded));
    let failed = |error| service::failure(app, error).hint("give the app the delegated permissions of docs/microsoft-app.md, and consent to them");
    let msp = microsoft.msp(tenant_id).await.map_err(failed)?;
    let account = microsoft.account(tenant_id).await.map_err(failed)?;
    account.check(&msp, expected, args.allow_onmicrosoft).map_err(wrong)?;
    // `AdminAgents` is a group of partners alone; without it, what else is known has to do.
    if expected.is_none() && account.is_admin_agent != Some(true) {
        let (user_name, found) = (account.user_name.clone(), msp.name.clone());
        let is_customer = |mapping: Mapping| mapping.customer(tenant_id).is_some_and(|customer| !customer.ignore);
        if mapping::read(&loaded.mapping_file()).is_ok_and(is_customer) {
            return Err(wrong(WrongAccount::Customer { user_name, found }));
        }
        if !microsoft.has_customers(tenant_id).await {
            return Err(wrong(WrongAccount::NoPartner { user_name, found }));
        }
    }
    Ok((msp, account))
}

/// The second account needs nothing of Graph, only the same tenant, and a Partner Center that answers it.
async fn second(app: &App, loaded: &Loaded, claims: &Claims, tokens: &Tokens) -> Result<(Msp, Account), Failure> {
    let tenant_id = tenant_of(claims)?;
    let user_name = claims.label().unwrap_or_default().to_owned();
    if let Some(expected) = loaded.settings.msp.tenant_id.filter(|expected| *expected != tenant_id) {
        return Err(wrong(WrongAccount::OtherTenant { user_name, found: format!("the tenant {tenant_id}"), expected }));
    }
    let transport = app.transport(loaded)?;
    let fresh = fresh::Fresh(tokens.access_token.clone());
    let microsoft = Microsoft::new(&*transport, &fresh, service::addresses(loaded));
    if let Err(error) = microsoft.partner(tenant_id).await {
        let failure = service::failure(app, error);
        let said = failure.source.context(format!("Partner Center does not take {user_name}, so it is of no use as a second account"));
        let kind = if failure.kind == Kind::Failed { Kind::SignIn } else { failure.kind };
        return Err(Failure { kind, source: said, hints: failure.hints }
            .hint("the account must be in the group AdminAgents, and have signed in with MFA; without a second account everything else works")
            .hint("nothing was stored"));
    }
    let account = Account {
        object_id: claims.object_id.clone().unwrap_or_default(),
        user_name,
        display_name: claims.name.clone().unwrap_or_default(),
        user_type: "Member".to_owned(),
        is_admin_agent: None,
        is_global_administrator: None,
    };
    Ok((Msp { tenant_id, name: loaded.msp_name().to_owned(), country: String::new(), domains: Vec::new() }, account))
}

fn wrong(error: WrongAccount) -> Failure {
    let hint = match &error {
        WrongAccount::Personal => "sign in with your work account of the MSP",
        WrongAccount::Guest { .. } => "sign in with an account that is a member of your own tenant",
        WrongAccount::Customer { .. } | WrongAccount::NoPartner { .. } => {
            "sign in with an account of your own tenant; if that tenant is yours all the same, write it as msp.tenant_id in config.toml"
        }
        WrongAccount::OtherTenant { .. } => "sign in with an account of your own tenant, or correct msp.tenant_id in config.toml",
        WrongAccount::Onmicrosoft { .. } => "if there is no other: cspctl auth microsoft --allow-onmicrosoft",
    };
    Failure::new(Kind::SignIn, error).hint(hint).hint("nothing was stored")
}

fn keep_secret(app: &App, loaded: &Loaded, client_secret: Option<&SecretString>) -> Result<(), Failure> {
    let Some(secret) = client_secret else { return Ok(()) };
    let (store, name) = (app.secrets(loaded)?, SecretName::new(&app.profile, Purpose::MicrosoftClientSecret));
    if store.get(&name)?.is_some_and(|known| known.expose_secret() == secret.expose_secret()) {
        return Ok(());
    }
    Ok(store.set(&name, secret)?)
}

/// Uses the stored sign-ins, so that they live on.
fn keep_alive(app: &App, loaded: &Loaded) -> Result<(), Failure> {
    let signed_in = service::open(app, loaded)?;
    let before = signed_in.days_left(app.clock.now());
    app.block_on(signed_in.keep_alive())?;
    if app.output.is_json() {
        let object = serde_json::json!({ "schema_version": 1, "service": "microsoft", "account": signed_in.account(), "days_left_before": before, "days_left": service::REFRESH_TOKEN_DAYS });
        return Ok(app.output.json(&object)?);
    }
    app.output.note(&format!("The sign-in to Microsoft lives another {} days; {before} were left.", service::REFRESH_TOKEN_DAYS));
    Ok(())
}

/// What is stored of the sign-in to Microsoft.
pub(super) fn status(app: &App, loaded: &Loaded) -> Row {
    status_of(app, loaded, Seat::Technician, Row::new("microsoft", loaded.settings.microsoft.source == MicrosoftSource::Graph))
}

/// The same of the second account; `None` without one.
pub(super) fn second_status(app: &App, loaded: &Loaded) -> Option<Row> {
    let row = status_of(app, loaded, Seat::PartnerCenter, Row::new(PARTNER_CENTER, false));
    matches!(row.state, State::SignedIn | State::Expired).then_some(row)
}

fn status_of(app: &App, loaded: &Loaded, seat: Seat, mut row: Row) -> Row {
    let stored = service::session(app, loaded, seat, None).and_then(|session| Ok(session.stored()?));
    match stored {
        Ok(Some(stored)) => {
            let until = stored.obtained_at.saturating_add(SignedDuration::from_hours(24 * service::REFRESH_TOKEN_DAYS)).ok();
            row.state = if until.is_some_and(|until| until < app.clock.now()) { State::Expired } else { State::SignedIn };
            let left = service::days_left(&stored, app.clock.now());
            if row.state == State::SignedIn && left <= service::REFRESH_TOKEN_DAYS - service::WARNING_DAYS {
                app.output.warn(&format!("the sign-in to Microsoft dies in {left} days unless it is used: {}", command(app, "auth microsoft --keep-alive")));
            }
            row.account = stored.account.label;
            row.organisation_id = stored.account.organisation_id;
            row.organisation_name = stored.account.organisation_name;
            (row.since, row.until) = (Some(stored.signed_in_at), until);
        }
        Ok(None) => {}
        Err(failure) => row.fail(&failure),
    }
    row
}

/// Asks Microsoft whether the sign-in works, and whose it is.
pub(super) fn check(app: &App, loaded: &Loaded) -> Result<Answered, Failure> {
    let signed_in = service::open(app, loaded)?;
    let msp = app.block_on(async { signed_in.microsoft().msp(signed_in.msp).await.map_err(|error| service::failure(app, error)) })?;
    Ok(Answered { organisation_id: Some(msp.tenant_id.to_string()), organisation_name: Some(msp.name), said: "works".to_owned() })
}

/// Asks Partner Center with the second account.
pub(super) fn check_second(app: &App, loaded: &Loaded) -> Result<Answered, Failure> {
    let signed_in = service::open(app, loaded)?;
    let partner = app.block_on(async { signed_in.microsoft().partner(signed_in.msp).await.map_err(|error| service::failure(app, error)) })?;
    Ok(Answered { organisation_id: partner.tenant_id.map(|id| id.to_string()), organisation_name: Some(partner.name), said: "works".to_owned() })
}

/// Forgets both accounts and the app's secret. Microsoft has no address to revoke at.
pub(super) fn log_out(app: &App, loaded: &Loaded) -> Result<bool, Failure> {
    let mut was_signed_in = false;
    for seat in [Seat::Technician, Seat::PartnerCenter] {
        let session = service::session(app, loaded, seat, None)?;
        was_signed_in |= app.block_on(async { Ok(session.end().await?.0) })?;
    }
    if was_signed_in {
        app.output.note("Microsoft revokes sign-ins only for a whole account: in Entra, under the user, \"Revoke sessions\".");
    }
    was_signed_in |= certificate::forget_key(app, loaded)?;
    if app.variable("CSPCTL_MICROSOFT_CLIENT_SECRET").is_some() {
        app.output.note("CSPCTL_MICROSOFT_CLIENT_SECRET is still set in this environment.");
        return Ok(was_signed_in);
    }
    Ok(app.secrets(loaded)?.delete(&SecretName::new(&app.profile, Purpose::MicrosoftClientSecret))? || was_signed_in)
}

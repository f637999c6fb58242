//! Signing in to Microsoft: the MSP's own app, its sign-in address, and the tokens for the client, one
//! refresh token for every tenant (contracts/microsoft.md 1).

mod tokens;

use std::rc::Rc;

use jiff::SignedDuration;
use secrecy::SecretString;

use super::{LOCK_WAIT, certificate, command, lock_file, now};
use crate::app::App;
use crate::auth::{AuthError, Oauth, Provider, RedirectAddress, Session, SessionSettings, Stored};
use crate::config::load::Loaded;
use crate::domain::ids::TenantId;
use crate::exit::{Failure, Kind, WAY_TO_SERVICE};
use crate::http::Transport;
use crate::microsoft::advice::{Place, of_code};
use crate::microsoft::{Addresses, MicrosoftError, Resource};
use crate::secrets::{Purpose, SecretName};
use tokens::{Home, Tokens};

/// How long an unused refresh token lives (contracts/microsoft.md 1.6).
pub const REFRESH_TOKEN_DAYS: i64 = 90;
/// From this day on it is worth a warning.
pub const WARNING_DAYS: i64 = 75;
/// Microsoft lets a used refresh token live on as long as an unused one.
const GRACE: SignedDuration = SignedDuration::from_hours(24 * REFRESH_TOKEN_DAYS);
/// The path of a first sign-in, which lets any organisation's account in but no personal one.
const ANY_ORGANISATION: &str = "organizations";

/// Which of the two accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// The account that reads the tenants.
    Technician,
    /// A second account for Partner Center, when the first lacks the roles.
    PartnerCenter,
}

impl Seat {
    /// The secret that holds its sign-in.
    #[must_use]
    pub fn purpose(self) -> Purpose {
        match self {
            Self::Technician => Purpose::MicrosoftRefreshToken,
            Self::PartnerCenter => Purpose::PartnerCenterRefreshToken,
        }
    }

    /// What its own sign-in is for.
    #[must_use]
    pub fn resource(self) -> Resource {
        match self {
            Self::Technician => Resource::Graph,
            Self::PartnerCenter => Resource::PartnerCenter,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Technician => "auth microsoft",
            Self::PartnerCenter => "auth microsoft --partner-center",
        }
    }

    fn lock(self) -> &'static str {
        match self {
            Self::Technician => "microsoft",
            Self::PartnerCenter => "partner-center",
        }
    }
}

/// The services' addresses as configured.
#[must_use]
pub fn addresses(loaded: &Loaded) -> Addresses {
    let endpoints = &loaded.settings.endpoints;
    Addresses { login: endpoints.microsoft_login.clone(), graph: endpoints.graph.clone(), partner_center: endpoints.partner_center.clone() }
}

/// The app's client id.
///
/// # Errors
///
/// Kind `Configuration` when there is none.
pub fn client_id(loaded: &Loaded) -> Result<&str, Failure> {
    loaded.settings.microsoft.client_id.as_deref().ok_or_else(|| {
        Failure::message(Kind::Configuration, format!("microsoft.client_id is missing in {}", loaded.file.display()))
            .hint("register an app in your own tenant, as docs/microsoft-app.md shows, and write its application (client) id there")
    })
}

/// The app's secret, for those that have one: from the environment or the store.
///
/// # Errors
///
/// When the store cannot be used.
pub fn client_secret(app: &App, loaded: &Loaded) -> Result<Option<SecretString>, Failure> {
    Ok(app.secrets(loaded)?.get(&SecretName::new(&app.profile, Purpose::MicrosoftClientSecret))?)
}

/// Microsoft, with the app of the configuration: at the tenant's own address once it is known.
#[must_use]
pub fn provider(loaded: &Loaded, client_id: &str, client_secret: Option<SecretString>, seat: Seat) -> Provider {
    let tenant = loaded.settings.msp.tenant_id.map_or_else(|| ANY_ORGANISATION.to_owned(), |tenant_id| tenant_id.to_string());
    let base = format!("{}/{tenant}/oauth2/v2.0", loaded.settings.endpoints.microsoft_login);
    Provider {
        name: "Microsoft",
        authorize_url: format!("{base}/authorize"),
        token_url: format!("{base}/token"),
        device_url: Some(format!("{base}/devicecode")),
        revoke_url: None,
        client_id: client_id.to_owned(),
        client_secret,
        scopes: ["openid", "profile", "offline_access", seat.resource().scope()].map(str::to_owned).to_vec(),
        // No path, and any free port: Microsoft ignores the port of http://localhost.
        redirect: RedirectAddress { port: None, path: String::new(), setting: "" },
        authorize_extra: [("response_mode", "query"), ("prompt", "select_account")].map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        scope_hint: "give the app the delegated permissions of docs/microsoft-app.md".to_owned(),
        client_hint: "check microsoft.client_id, and the app registration against docs/microsoft-app.md: multi-tenant, public client flows allowed, redirect http://localhost".to_owned(),
    }
}

/// The provider, ready to be asked: with the app's certificate when the configuration names one.
///
/// # Errors
///
/// Kind `Configuration` without a client id, for a certificate that cannot be used, or one beside a secret.
pub fn oauth(app: &App, loaded: &Loaded, client_secret: Option<SecretString>, seat: Seat) -> Result<Oauth, Failure> {
    let certificate = certificate::usable(app, loaded, client_secret.as_ref())?;
    let oauth = Oauth::new(provider(loaded, client_id(loaded)?, client_secret, seat), app.transport(loaded)?);
    Ok(match certificate {
        Some(certificate) => oauth.with_certificate(certificate, now(app)),
        None => oauth,
    })
}

/// The stored sign-in of a seat. Needs no client id: reading and forgetting work without.
///
/// # Errors
///
/// Kind `Configuration` when the settings name no usable secret store.
pub fn session(app: &App, loaded: &Loaded, seat: Seat, client_secret: Option<SecretString>) -> Result<Session, Failure> {
    let client_id = loaded.settings.microsoft.client_id.clone().unwrap_or_default();
    session_of(app, loaded, seat, Oauth::new(provider(loaded, &client_id, client_secret, seat), app.transport(loaded)?))
}

fn session_of(app: &App, loaded: &Loaded, seat: Seat, oauth: Oauth) -> Result<Session, Failure> {
    let settings = SessionSettings {
        name: SecretName::new(&app.profile, seat.purpose()),
        lock_file: lock_file(app, loaded, seat.lock()),
        lock_wait: LOCK_WAIT,
        grace: GRACE,
        sign_in_command: command(app, seat.words()),
    };
    Ok(Session::new(oauth, app.secrets(loaded)?, settings, now(app)))
}

/// A sign-in that calls can be made with.
#[derive(Debug)]
pub struct SignedIn {
    /// The MSP's tenant.
    pub msp: TenantId,
    /// The app.
    pub client_id: String,
    /// What is stored of the first account.
    pub stored: Stored,
    /// The network.
    pub transport: Rc<dyn Transport>,
    /// The services.
    pub addresses: Addresses,
    tokens: Tokens,
}

/// Opens the stored sign-in. Nothing is asked yet.
///
/// # Errors
///
/// Kind `SignIn` when nobody is signed in, `Configuration` without a client id.
pub fn open(app: &App, loaded: &Loaded) -> Result<SignedIn, Failure> {
    let client_id = client_id(loaded)?.to_owned();
    let secret = client_secret(app, loaded)?;
    let usable = |seat| session_of(app, loaded, seat, oauth(app, loaded, secret.clone(), seat)?);
    let technician = usable(Seat::Technician)?;
    let sign_in = command(app, Seat::Technician.words());
    let needed = || Failure::message(Kind::SignIn, "not signed in to Microsoft").hint(sign_in.clone());
    let stored = technician.stored()?.ok_or_else(needed)?;
    let known = stored.account.organisation_id.as_deref().and_then(|id| id.parse().ok());
    let msp = match (known, loaded.settings.msp.tenant_id) {
        (Some(signed_in), Some(configured)) if signed_in != configured => {
            let message = format!("msp.tenant_id is {configured}, and the sign-in is to {signed_in}");
            return Err(Failure::message(Kind::SignIn, message).hint(sign_in.clone()).hint("or correct msp.tenant_id in config.toml"));
        }
        (Some(tenant_id), _) | (None, Some(tenant_id)) => tenant_id,
        (None, None) => return Err(needed()),
    };
    let second = usable(Seat::PartnerCenter)?;
    let partner_center = second.stored()?.is_some().then_some(second);
    let addresses = addresses(loaded);
    let tokens = Tokens::new(technician, partner_center, Home { msp, client_id: client_id.clone(), addresses: addresses.clone() });
    Ok(SignedIn { msp, client_id, stored, transport: app.transport(loaded)?, addresses, tokens })
}

impl SignedIn {
    /// The client.
    #[must_use]
    pub fn microsoft(&self) -> crate::microsoft::Microsoft<'_> {
        crate::microsoft::Microsoft::new(&*self.transport, &self.tokens, self.addresses.clone())
    }

    /// The account, for people and records.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.stored.account.label.as_deref()
    }

    /// Redeems and stores the next refresh token of every account, so that none dies unused.
    ///
    /// # Errors
    ///
    /// Kind `SignIn` when one is dead already.
    pub async fn keep_alive(&self) -> Result<(), Failure> {
        Ok(self.tokens.keep_alive().await?)
    }

    /// Days until the sign-in dies unless it is used.
    #[must_use]
    pub fn days_left(&self, now: jiff::Timestamp) -> i64 {
        days_left(&self.stored, now)
    }
}

/// Days until a sign-in dies unless it is used.
#[must_use]
pub fn days_left(stored: &Stored, now: jiff::Timestamp) -> i64 {
    REFRESH_TOKEN_DAYS - now.duration_since(stored.obtained_at).as_hours() / 24
}

/// A refused sign-in or refresh with the advice that its AADSTS code has (contracts/microsoft.md 6.1), in the
/// place of what is said of every service.
#[must_use]
pub fn advised(mut error: AuthError, msp: Option<TenantId>, client_id: &str, addresses: &Addresses) -> AuthError {
    let Some(code) = error.aadsts else { return error };
    match of_code(code, &Place::msp(msp, client_id, addresses)) {
        Some(advice) => {
            error.hints.retain(|hint| hint.starts_with("cspctl ") && !advice.remedy.contains(hint.as_str()));
            error.hints.insert(0, advice.remedy);
        }
        None => error.hints.push(format!("Microsoft's page on it: {}", addresses.error_page(code))),
    }
    error
}

/// The same for a failure that may hold one.
#[must_use]
pub fn explained(loaded: &Loaded, failure: Failure) -> Failure {
    let Some(error) = failure.source.downcast_ref::<AuthError>() else { return failure };
    let client_id = loaded.settings.microsoft.client_id.as_deref().unwrap_or_default();
    let error = advised(AuthError { hints: failure.hints.clone(), ..error.clone() }, loaded.settings.msp.tenant_id, client_id, &addresses(loaded));
    Failure { hints: error.hints, ..failure }
}

/// A failure of Microsoft's as the command's end.
#[must_use]
pub fn failure(app: &App, error: MicrosoftError) -> Failure {
    match error {
        MicrosoftError::Token(error) => {
            let kind = match error.kind {
                crate::http::TokenErrorKind::SignInNeeded => Kind::SignIn,
                crate::http::TokenErrorKind::Busy => Kind::Busy,
                crate::http::TokenErrorKind::Unreachable => Kind::Failed,
            };
            let hints = error.hints.clone();
            hints.into_iter().fold(Failure::message(kind, error.message), Failure::hint)
        }
        MicrosoftError::Refused(refusal) => Failure::message(Kind::SignIn, refusal.to_string()).hint(command(app, Seat::Technician.words())),
        error @ MicrosoftError::Unreachable(_) => Failure::message(Kind::Busy, error.to_string()).hint(WAY_TO_SERVICE),
        other => Failure::message(if other.is_outage() { Kind::Busy } else { Kind::Failed }, other.to_string()),
    }
}

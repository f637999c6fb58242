//! The sign-ins as steps of `cspctl init`: the same code as the commands, asked for one thing at a time.

use super::dickerdata::{self, DickerdataArgs};
use super::microsoft::{self, MicrosoftArgs};
use super::xero::{self, XeroArgs};
use crate::app::App;
use crate::config::load::Loaded;
use crate::domain::ids::TenantId;
use crate::exit::Failure;
use crate::microsoft::capabilities::MpnVerdict;
use crate::microsoft::identity::Msp;
use crate::secrets::{Purpose, SecretName};
use crate::services::microsoft as service;

/// Who is signed in to Microsoft, as Microsoft says just now.
pub(in crate::commands) struct SignedIn {
    /// The account's name.
    pub(in crate::commands) account: Option<String>,
    /// Its company.
    pub(in crate::commands) msp: Msp,
    /// False when Partner Center will refuse it; `None` when Microsoft does not say.
    pub(in crate::commands) is_admin_agent: Option<bool>,
}

/// Asks Microsoft who is signed in.
///
/// # Errors
///
/// Kind `SignIn` when nobody is.
pub(in crate::commands) fn microsoft_identity(app: &App, loaded: &Loaded) -> Result<SignedIn, Failure> {
    let signed_in = service::open(app, loaded)?;
    app.block_on(async {
        let microsoft = signed_in.microsoft();
        let msp = microsoft.msp(signed_in.msp).await.map_err(|error| service::failure(app, error))?;
        let account = microsoft.account(signed_in.msp).await.map_err(|error| service::failure(app, error))?;
        Ok(SignedIn { account: Some(account.user_name).filter(|name| !name.is_empty()), msp, is_admin_agent: account.is_admin_agent })
    })
}

/// How to sign in to Microsoft.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of the command line")]
pub(in crate::commands) struct MicrosoftWay {
    pub(in crate::commands) device_code: bool,
    pub(in crate::commands) no_browser: bool,
    pub(in crate::commands) allow_onmicrosoft: bool,
    /// The second account.
    pub(in crate::commands) partner_center: bool,
    pub(in crate::commands) no_input: bool,
}

/// Signs in to Microsoft.
///
/// # Errors
///
/// As `cspctl auth microsoft`.
pub(in crate::commands) fn sign_in_microsoft(app: &App, loaded: &Loaded, way: MicrosoftWay) -> Result<(), Failure> {
    let MicrosoftWay { device_code, no_browser, allow_onmicrosoft, partner_center, no_input } = way;
    microsoft::run(app, loaded, &MicrosoftArgs { no_browser, device_code, partner_center, allow_onmicrosoft, ..MicrosoftArgs::default() }, no_input)
}

/// Forgets the sign-ins to Microsoft.
///
/// # Errors
///
/// When the store cannot forget.
pub(in crate::commands) fn sign_out_microsoft(app: &App, loaded: &Loaded) -> Result<(), Failure> {
    microsoft::log_out(app, loaded).map(drop)
}

/// True when a second account for Partner Center is stored.
///
/// # Errors
///
/// When the store cannot be read.
pub(in crate::commands) fn has_partner_center(app: &App, loaded: &Loaded) -> Result<bool, Failure> {
    Ok(app.secrets(loaded)?.get(&SecretName::new(&app.profile, Purpose::PartnerCenterRefreshToken))?.is_some())
}

/// What Partner Center says of a partner number.
///
/// # Errors
///
/// Kind `SignIn` when nobody is signed in.
pub(in crate::commands) fn verify_mpn(app: &App, loaded: &Loaded, typed: &str) -> Result<MpnVerdict, Failure> {
    let signed_in = service::open(app, loaded)?;
    let found = app.block_on(async { Ok(signed_in.microsoft().capabilities(signed_in.msp, Some(typed), loaded.settings.msp.country.code()).await) })?;
    Ok(found.verdict(typed, loaded.msp_name()))
}

/// Consents in customers' tenants.
///
/// # Errors
///
/// As `cspctl auth microsoft --consent`.
pub(in crate::commands) fn consent_microsoft(app: &App, loaded: &Loaded, tenants: &[TenantId]) -> Result<(), Failure> {
    microsoft::consent(app, loaded, tenants)
}

/// Asks the distributor's service whether the kept codes are good.
///
/// # Errors
///
/// Kind `SignIn` when there is none, or it is refused.
pub(in crate::commands) fn check_dickerdata(app: &App, loaded: &Loaded) -> Result<(), Failure> {
    dickerdata::check_and_complete(app, loaded)
}

/// Takes the access code and proves it.
///
/// # Errors
///
/// As `cspctl auth dickerdata`.
pub(in crate::commands) fn sign_in_dickerdata(app: &App, loaded: &Loaded, access_code_stdin: bool) -> Result<(), Failure> {
    dickerdata::run(app, loaded, &DickerdataArgs { account_code: None, access_code_stdin })
}

/// Asks Xero whether the sign-in works and reaches the organisation.
///
/// # Errors
///
/// Kind `SignIn` when it does not.
pub(in crate::commands) fn check_xero(app: &App, loaded: &Loaded) -> Result<(), Failure> {
    xero::check(app, loaded).map(drop)
}

/// Signs in to Xero and pins the organisation.
///
/// # Errors
///
/// As `cspctl auth xero`.
pub(in crate::commands) fn sign_in_xero(app: &App, loaded: &Loaded, organisation: Option<&str>, no_browser: bool, no_input: bool) -> Result<(), Failure> {
    xero::run(app, loaded, &XeroArgs { no_browser, client_secret_stdin: false, organisation: organisation.map(str::to_owned) }, no_input)
}

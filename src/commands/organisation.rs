//! The Xero organisation as commands meet it: pinned, signed in, and what they read of it.

use std::rc::Rc;
use std::str::FromStr;

use crate::app::App;
use crate::config::load::Loaded;
use crate::config::schema::{InvoiceNumbers, PostTo};
use crate::domain::ids::OrganisationId;
use crate::domain::mapping::Mapping;
use crate::domain::pricing::PriceRule;
use crate::exit::{Failure, Kind};
use crate::ledger::Ledger;
use crate::services;
use crate::xero::client::{XeroClient, XeroSettings};
use crate::xero::organisation::Organisation;
use crate::xero::outcome::{CallError, CallErrorKind};

/// A connected organisation.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) client: XeroClient,
    pub(crate) pinned: OrganisationId,
    pub(crate) organisation: Organisation,
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let kind = match error.kind {
            CallErrorKind::SignInNeeded | CallErrorKind::NoAccess => Kind::SignIn,
            CallErrorKind::Throttled => Kind::Busy,
            CallErrorKind::Refused | CallErrorKind::Unreachable | CallErrorKind::Unreadable => Kind::Failed,
        };
        error.hints.into_iter().fold(Self::message(kind, error.message), Self::hint)
    }
}

/// The client for the pinned organisation, without any call.
///
/// # Errors
///
/// Kind `SignIn` when no organisation is pinned or nobody is signed in.
pub(crate) fn client(app: &App, loaded: &Loaded) -> Result<(XeroClient, OrganisationId), Failure> {
    let pinned = pinned(loaded)?;
    let tokens = services::xero_tokens(app, loaded)?;
    let mut settings = XeroSettings::new(app.transport(loaded)?, Rc::clone(&tokens), pinned, loaded.settings.endpoints.xero_api.clone());
    settings.seed = u64::from(std::process::id());
    Ok((XeroClient::new(settings), pinned))
}

/// `xero.organisation_id`.
fn pinned(loaded: &Loaded) -> Result<OrganisationId, Failure> {
    let Some(text) = &loaded.settings.xero.organisation_id else {
        let failure = Failure::message(Kind::SignIn, "no Xero organisation is chosen (xero.organisation_id)");
        return Err(failure.hint("cspctl auth xero signs in and chooses one"));
    };
    OrganisationId::from_str(text).map_err(|error| Failure::message(Kind::Configuration, format!("xero.organisation_id: {error}")))
}

/// Connects, and makes sure that it is the pinned organisation that answers.
pub(crate) async fn connect(app: &App, loaded: &Loaded) -> Result<Connected, Failure> {
    let (client, pinned) = client(app, loaded)?;
    let organisation = client.organisation().await?;
    if organisation.id != pinned {
        let message =
            format!("Xero answered for {} ({}), and xero.organisation_id names {pinned}; nothing was read or posted", organisation.shown(), organisation.id);
        return Err(Failure::message(Kind::SignIn, message).hint("cspctl auth status --check shows what is connected"));
    }
    Ok(Connected { client, pinned, organisation })
}

/// Refuses a ledger that belongs to another organisation: what was billed there would count as billed here.
pub(crate) fn check_ledger(ledger: &Ledger, connected: &Connected) -> Result<(), Failure> {
    let Some(other) = ledger.posted_to()?.into_iter().find(|posted_to| posted_to.id != connected.pinned) else { return Ok(()) };
    let message = format!(
        "the ledger {} belongs to {} ({}), where run {} posted; xero.organisation_id names {}. Nothing was posted",
        ledger.path().display(),
        other.name,
        other.id,
        other.run,
        connected.organisation.shown()
    );
    Err(Failure::message(Kind::Configuration, message).hint("give each organisation a profile, and so a ledger, of its own: cspctl --profile NAME"))
}

/// True when documents go to Xero's API.
pub(crate) fn is_wanted(loaded: &Loaded) -> bool {
    loaded.settings.xero.post_to == PostTo::Xero
}

/// True when Xero numbers sales documents.
pub(crate) fn is_numbered_by_xero(loaded: &Loaded) -> bool {
    loaded.settings.billing.invoice_numbers == InvoiceNumbers::Xero
}

/// True when a price rule needs the items of Xero.
pub(crate) fn needs_items(loaded: &Loaded, mapping: &Mapping) -> bool {
    let is_item = |rule: &PriceRule| *rule == PriceRule::Item;
    is_item(&loaded.settings.pricing.default)
        || mapping.products.iter().any(|product| product.price.as_ref().is_some_and(is_item))
        || mapping.customers.iter().any(|customer| customer.price.as_ref().is_some_and(is_item))
        || mapping.overrides.iter().any(|entry| is_item(&entry.price))
}

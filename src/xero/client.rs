//! The calls that cspctl makes to Xero, typed. Paging, tokens and limits lie below, in `calls`.

use std::rc::Rc;
use std::time::Duration;

use crate::domain::books::{Account, BookedContact, BookedDocument, BookedItem, TaxRate};
use crate::domain::ids::{OrganisationId, XeroId};
use crate::http::{TokenSource, Transport};

use super::batch::Batch;
use super::filter::{DocumentFilter, Endpoint};
use super::organisation::{AllowedAction, BrandingTheme, Connection, Currency, Organisation, TrackingCategory};
use super::outcome::{CallError, CallErrorKind, WriteError, Written};

/// What a client needs.
#[derive(Clone, Debug)]
pub struct XeroSettings {
    /// The network.
    pub transport: Rc<dyn Transport>,
    /// Access tokens.
    pub tokens: Rc<dyn TokenSource>,
    /// The organisation that every call names. [`XeroClient::connections`] alone does without.
    pub organisation: OrganisationId,
    /// The origin of the API, without a trailing slash: `https://api.xero.com`.
    pub api: String,
    /// What the pauses between retries are spread by: any number.
    pub seed: u64,
    /// The longest single pause that a limit may ask for; longer ones fail as throttled.
    pub wait_at_most: Duration,
}

impl XeroSettings {
    /// The longest pause unless configured: a fixed window of a minute, and some.
    pub const WAIT_AT_MOST: Duration = Duration::from_secs(90);

    /// Settings with the usual limits.
    #[must_use]
    pub fn new(transport: Rc<dyn Transport>, tokens: Rc<dyn TokenSource>, organisation: OrganisationId, api: impl Into<String>) -> Self {
        Self { transport, tokens, organisation, api: api.into(), seed: 0, wait_at_most: Self::WAIT_AT_MOST }
    }
}

/// A client for one organisation.
#[derive(Debug)]
pub struct XeroClient {
    settings: XeroSettings,
}

fn unfinished<T>() -> Result<T, CallError> {
    Err(CallError::new(CallErrorKind::Unreadable, "not built yet"))
}

impl XeroClient {
    /// A client that has made no call yet.
    #[must_use]
    pub fn new(settings: XeroSettings) -> Self {
        Self { settings }
    }

    /// Requests sent so far, retries and those of every kind included.
    #[must_use]
    pub fn calls_made(&self) -> u32 {
        let _ = &self.settings;
        0
    }

    /// What the day's budget still holds, as Xero last said; `None` before the first answer.
    #[must_use]
    pub fn day_remaining(&self) -> Option<u32> {
        None
    }

    /// The organisations that the signed-in user has connected to the app.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn connections(&self) -> Result<Vec<Connection>, CallError> {
        unfinished()
    }

    /// The organisation.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn organisation(&self) -> Result<Organisation, CallError> {
        unfinished()
    }

    /// What the signed-in user may do.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn actions(&self) -> Result<Vec<AllowedAction>, CallError> {
        unfinished()
    }

    /// Every account, system and archived ones included.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn accounts(&self) -> Result<Vec<Account>, CallError> {
        unfinished()
    }

    /// Every tax rate.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn tax_rates(&self) -> Result<Vec<TaxRate>, CallError> {
        unfinished()
    }

    /// Every contact, archived ones included.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn contacts(&self) -> Result<Vec<BookedContact>, CallError> {
        unfinished()
    }

    /// Every item.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn items(&self) -> Result<Vec<BookedItem>, CallError> {
        unfinished()
    }

    /// Tracking categories with their options.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn tracking_categories(&self) -> Result<Vec<TrackingCategory>, CallError> {
        unfinished()
    }

    /// Branding themes.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn branding_themes(&self) -> Result<Vec<BrandingTheme>, CallError> {
        unfinished()
    }

    /// Currencies that the organisation is subscribed to.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn currencies(&self) -> Result<Vec<Currency>, CallError> {
        unfinished()
    }

    /// Bills and invoices with their lines, of any status.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn invoices(&self, filter: &DocumentFilter) -> Result<Vec<BookedDocument>, CallError> {
        let _ = filter;
        unfinished()
    }

    /// Supplier credits and credit notes with their lines, of any status.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn credit_notes(&self, filter: &DocumentFilter) -> Result<Vec<BookedDocument>, CallError> {
        let _ = filter;
        unfinished()
    }

    /// Sends a batch: one attempt, the replay after a refused token and pauses that Xero asks for aside,
    /// always with the same key and bytes. Gives one result a document, in the order of the batch.
    ///
    /// # Errors
    ///
    /// [`WriteError`], which says whether Xero may have acted.
    pub async fn send(&self, batch: &Batch, idempotency_key: &str) -> Result<Vec<Written>, WriteError> {
        let _ = (batch, idempotency_key);
        unfinished().map_err(WriteError::NotDone)
    }

    /// Adds a note to the history of a document.
    ///
    /// # Errors
    ///
    /// [`WriteError`].
    pub async fn note(&self, endpoint: Endpoint, id: XeroId, text: &str) -> Result<(), WriteError> {
        let _ = (endpoint, id, text);
        unfinished().map_err(WriteError::NotDone)
    }

    /// Attaches a file to a document.
    ///
    /// # Errors
    ///
    /// [`WriteError`].
    pub async fn attach(&self, endpoint: Endpoint, id: XeroId, file_name: &str, content_type: &str, bytes: &[u8]) -> Result<(), WriteError> {
        let _ = (endpoint, id, file_name, content_type, bytes);
        unfinished().map_err(WriteError::NotDone)
    }
}

//! The calls that cspctl makes to Xero, typed. Paging, tokens and limits lie below, in `calls`.

use std::rc::Rc;
use std::time::Duration;

use crate::domain::books::{Account, BookedContact, BookedDocument, BookedItem, TaxRate};
use crate::domain::ids::{OrganisationId, XeroId};
use crate::http::encoded;
use crate::http::{Method, Request, TokenSource, Transport};

use super::batch::{Batch, Operation};
use super::calls::{Calls, take_list};
use super::filter::{DocumentFilter, Endpoint, queries};
use super::organisation::{AllowedAction, BrandingTheme, Connection, Currency, Organisation, TrackingCategory};
use super::outcome::{CallError, CallErrorKind, WriteError, Written};
use super::wire::Object;
use super::{answer, from_wire, written};

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
    calls: Calls,
}

impl XeroClient {
    /// A client that has made no call yet.
    #[must_use]
    pub fn new(settings: XeroSettings) -> Self {
        Self { calls: Calls::new(settings) }
    }

    /// Requests sent so far, retries and those of every kind included.
    #[must_use]
    pub fn calls_made(&self) -> u32 {
        self.calls.service.calls_made()
    }

    /// What the day's budget still holds, as Xero last said; `None` before the first answer.
    #[must_use]
    pub fn day_remaining(&self) -> Option<u32> {
        self.calls.service.day_remaining()
    }

    /// The organisations that the signed-in user has connected to the app.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn connections(&self) -> Result<Vec<Connection>, CallError> {
        let value = self.calls.read(self.calls.request_of_app("/connections")).await?;
        let elements = value.as_array().ok_or_else(|| CallError::new(CallErrorKind::Unreadable, "Xero's answer is no list of connections"))?;
        Ok(elements.iter().filter_map(Object::of).filter_map(from_wire::connection).collect())
    }

    /// The organisation.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn organisation(&self) -> Result<Organisation, CallError> {
        let value = self.calls.read(self.calls.request(Method::Get, "Organisation", "")).await?;
        let first = Object::of(&value).and_then(|object| object.list("Organisations").next());
        let organisation = first.and_then(|object| from_wire::organisation(object));
        organisation.ok_or_else(|| CallError::new(CallErrorKind::Unreadable, "Xero's answer names no organisation"))
    }

    /// What the signed-in user may do.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn actions(&self) -> Result<Vec<AllowedAction>, CallError> {
        self.calls.list("Organisation/Actions", from_wire::action).await
    }

    /// Every account, system and archived ones included.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn accounts(&self) -> Result<Vec<Account>, CallError> {
        self.calls.list("Accounts", |account| Some(from_wire::account(account))).await
    }

    /// Every tax rate.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn tax_rates(&self) -> Result<Vec<TaxRate>, CallError> {
        self.calls.list("TaxRates", from_wire::tax_rate).await
    }

    /// Every contact, archived ones included.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn contacts(&self) -> Result<Vec<BookedContact>, CallError> {
        let elements = self.calls.pages("Contacts", "ContactID", "includeArchived=true", CONTACTS_A_PAGE).await?;
        Ok(elements.iter().filter_map(Object::of).filter_map(from_wire::contact).collect())
    }

    /// Every item.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn items(&self) -> Result<Vec<BookedItem>, CallError> {
        self.calls.list("Items", from_wire::item).await
    }

    /// Tracking categories with their options.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn tracking_categories(&self) -> Result<Vec<TrackingCategory>, CallError> {
        self.calls.list("TrackingCategories", from_wire::tracking_category).await
    }

    /// Branding themes.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn branding_themes(&self) -> Result<Vec<BrandingTheme>, CallError> {
        self.calls.list("BrandingThemes", from_wire::branding_theme).await
    }

    /// Currencies that the organisation is subscribed to.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn currencies(&self) -> Result<Vec<Currency>, CallError> {
        self.calls.list("Currencies", from_wire::currency).await
    }

    /// Bills and invoices with their lines, of any status.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn invoices(&self, filter: &DocumentFilter) -> Result<Vec<BookedDocument>, CallError> {
        self.documents(Endpoint::Invoices, filter).await
    }

    /// Supplier credits and credit notes with their lines, of any status.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn credit_notes(&self, filter: &DocumentFilter) -> Result<Vec<BookedDocument>, CallError> {
        self.documents(Endpoint::CreditNotes, filter).await
    }

    async fn documents(&self, endpoint: Endpoint, filter: &DocumentFilter) -> Result<Vec<BookedDocument>, CallError> {
        let mut documents = Vec::new();
        for query in queries(endpoint, filter) {
            let elements = self.calls.pages(endpoint.as_str(), endpoint.id_member(), &query.text, query.page_size).await?;
            for object in elements.iter().filter_map(Object::of) {
                match from_wire::document(endpoint, object) {
                    Ok(document) => documents.extend(document),
                    Err(member) => {
                        let number = object.text(endpoint.number_member()).or_else(|| object.text(endpoint.id_member())).unwrap_or_default();
                        let what = format!("Xero's answer about document `{number}` lacks {member}");
                        return Err(CallError::new(CallErrorKind::Unreadable, what));
                    }
                }
            }
        }
        Ok(documents)
    }

    /// Sends a batch: one attempt, the replay after a refused token and pauses that Xero asks for aside,
    /// always with the same key and bytes. Gives one result a document, in the order of the batch.
    ///
    /// An empty key is not sent: Xero takes it for an error.
    ///
    /// # Errors
    ///
    /// [`WriteError`], which says whether Xero may have acted.
    pub async fn send(&self, batch: &Batch, idempotency_key: &str) -> Result<Vec<Written>, WriteError> {
        if batch.body.is_empty() {
            let error = CallError::new(CallErrorKind::Refused, "the documents could not be put into Xero's form; nothing was sent, please report this");
            return Err(WriteError::NotDone(error));
        }
        let method = if batch.operation == Operation::Create { Method::Put } else { Method::Post };
        let mut request =
            self.calls.request(method, batch.endpoint.as_str(), "summarizeErrors=false").header("content-type", "application/json").body(batch.body.clone());
        if !idempotency_key.is_empty() {
            request = request.header("idempotency-key", idempotency_key);
        }
        let response = self.calls.write(request).await?;
        let unknown = |why: &str| WriteError::Unknown(answer::unreadable(&response, why));
        let mut value = answer::json(&response).ok_or_else(|| unknown("it is not JSON"))?;
        let elements = take_list(&mut value, batch.endpoint.as_str()).or_else(|| take_list(&mut value, "Elements"));
        Ok(written::read(batch, &elements.ok_or_else(|| unknown("it has no list of documents"))?))
    }

    /// Adds a note to the history of a document; longer ones are cut.
    ///
    /// # Errors
    ///
    /// [`WriteError`].
    pub async fn note(&self, endpoint: Endpoint, id: XeroId, text: &str) -> Result<(), WriteError> {
        let details: String = text.chars().take(NOTE_LETTERS_AT_MOST).collect();
        let body = serde_json::json!({ "HistoryRecords": [{ "Details": details }] }).to_string();
        let request = self.calls.request(Method::Put, &format!("{}/{id}/History", endpoint.as_str()), "").header("content-type", "application/json").body(body);
        self.accepted(request).await
    }

    /// Attaches a file to a document. Letters that Xero does not take in a name become `_`.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; nothing is sent when the file is larger than 10 MB.
    pub async fn attach(&self, endpoint: Endpoint, id: XeroId, file_name: &str, content_type: &str, bytes: &[u8]) -> Result<(), WriteError> {
        if bytes.len() > ATTACHMENT_BYTES_AT_MOST {
            let error = CallError::new(CallErrorKind::Refused, format!("{file_name} is larger than the 10 MB that Xero takes as an attachment"));
            return Err(WriteError::NotDone(error.hint("billing.attach_source = false")));
        }
        let name: String = file_name.chars().map(|letter| if letter.is_control() || "<>:\"/\\|?*+".contains(letter) { '_' } else { letter }).collect();
        let path = format!("{}/{id}/Attachments/{}", endpoint.as_str(), encoded(&name));
        let request = self.calls.request(Method::Put, &path, "").header("content-type", content_type).body(bytes);
        self.accepted(request).await
    }

    /// Sends a write whose answer matters only in that there is no error in it.
    async fn accepted(&self, request: Request) -> Result<(), WriteError> {
        let response = self.calls.write(request).await?;
        if response.body.is_empty() {
            return Ok(());
        }
        let value = answer::json(&response).ok_or_else(|| WriteError::Unknown(answer::unreadable(&response, "it is not JSON")))?;
        let messages = answer::validation_errors(&value);
        if messages.is_empty() { Ok(()) } else { Err(WriteError::NotDone(CallError::new(CallErrorKind::Refused, messages.join("; ")))) }
    }
}

/// Contacts on a page, the most there is (`contracts/xero.md` 3.5).
const CONTACTS_A_PAGE: u32 = 1_000;

/// Letters of a note in a document's history (`contracts/xero.md` 4.6).
const NOTE_LETTERS_AT_MOST: usize = 2_500;

/// Bytes of an attachment: the smaller of the two limits that are told of (`contracts/xero.md` 4.6).
const ATTACHMENT_BYTES_AT_MOST: usize = 10_000_000;

#[cfg(test)]
mod tests;

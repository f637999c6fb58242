//! Everything the stand-in remembers.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::fault::ActiveFault;
use super::idempotency::Kept;
use super::identity::Identity;
use super::limits::Window;
use super::options::{Country, Options};
use super::wire;

/// The state behind the lock.
#[derive(Debug)]
pub struct State {
    /// As it was started.
    pub options: Options,
    /// When it was started.
    pub started: tokio::time::Instant,
    /// Added to the clock by tests.
    pub ahead: std::time::Duration,
    /// Codes and tokens.
    pub identity: Identity,
    /// Organisations, in the order of `/connections`.
    pub organisations: Vec<Organisation>,
    /// Answers kept for their idempotency key: by app and key.
    pub kept: HashMap<(String, String), Kept>,
    /// Faults to come.
    pub faults: Vec<ActiveFault>,
    /// How often each method and path was called.
    pub calls: BTreeMap<(String, String), u32>,
    /// Ids given out so far.
    pub ids: Ids,
}

/// Gives out ids: the same ones in every run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ids(u64);

impl Ids {
    /// A new id.
    pub fn next_id(&mut self) -> String {
        self.0 += 1;
        wire::uuid_of(&format!("id {}", self.0))
    }

    /// A new text that nobody guesses, for codes and tokens.
    pub fn next_secret(&mut self, prefix: &str) -> String {
        self.0 += 1;
        format!("{prefix}{}", wire::hex_of(&format!("secret {prefix} {}", self.0)))
    }
}

/// An organisation and its books.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// `OrganisationID` and `tenantId`.
    pub id: String,
    /// `id` in `/connections`.
    pub connection_id: String,
    /// False after the connection was removed: its calls are 403.
    pub is_connected: bool,
    /// `Name`.
    pub name: String,
    /// `ShortCode`.
    pub short_code: String,
    /// Country.
    pub country: Country,
    /// `IsDemoCompany`.
    pub is_demo: bool,
    /// `PeriodLockDate`.
    pub period_lock: Option<Date>,
    /// `EndOfYearLockDate`.
    pub year_lock: Option<Date>,
    /// Actions that the person who signed in may not do.
    pub actions_not_allowed: Vec<String>,
    /// Subscribed currencies, the base currency first.
    pub currencies: Vec<String>,
    /// `PaymentTerms`: (day, type) for sales and for bills.
    pub sales_terms: Option<(u32, String)>,
    /// The same for bills.
    pub bill_terms: Option<(u32, String)>,
    /// Chart of accounts.
    pub accounts: Vec<Account>,
    /// Tax rates.
    pub tax_rates: Vec<TaxRate>,
    /// Contacts.
    pub contacts: Vec<Contact>,
    /// Where each contact was found last, by id: `contacts` may be changed by anybody, so it is a hint.
    pub contact_hints: RefCell<HashMap<String, usize>>,
    /// Items.
    pub items: Vec<Item>,
    /// Tracking categories with their options.
    pub tracking: Vec<(String, Vec<String>)>,
    /// Branding themes: id and name.
    pub themes: Vec<(String, String)>,
    /// Documents of all four types and of any status.
    pub documents: Vec<StoredDocument>,
    /// Positions in `documents` by number.
    pub numbers: HashMap<String, Vec<usize>>,
    /// Positions in `documents` by id.
    pub by_id: HashMap<String, usize>,
    /// Requests being answered.
    pub in_flight: u32,
    /// The most that there were at a time.
    pub in_flight_at_most: u32,
    /// The current minute.
    pub minute: Window,
    /// The current day.
    pub day: Window,
}

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    /// `AccountID`.
    pub id: String,
    /// `Code`.
    pub code: String,
    /// `Name`.
    pub name: String,
    /// `Type`.
    pub kind: String,
    /// `Class`.
    pub class: String,
    /// `TaxType`.
    pub tax_type: String,
    /// `Status`.
    pub status: String,
    /// `SystemAccount`.
    pub system: Option<String>,
}

/// A tax rate.
#[derive(Clone, Debug)]
pub struct TaxRate {
    /// `Name`.
    pub name: String,
    /// `TaxType`.
    pub tax_type: String,
    /// `EffectiveRate`, percent.
    pub percent: Decimal,
    /// `Status`.
    pub status: String,
    /// `CanApplyToRevenue`.
    pub on_revenue: bool,
    /// `CanApplyToExpenses`.
    pub on_expenses: bool,
}

/// A contact.
#[derive(Clone, Debug)]
pub struct Contact {
    /// `ContactID`.
    pub id: String,
    /// `Name`.
    pub name: String,
    /// `ContactStatus`.
    pub status: String,
    /// `AccountNumber`.
    pub account_number: Option<String>,
    /// `EmailAddress`.
    pub email: String,
    /// `PaymentTerms.Sales`.
    pub sales_terms: Option<(u32, String)>,
    /// `PaymentTerms.Bills`.
    pub bill_terms: Option<(u32, String)>,
    /// Last change.
    pub updated: Timestamp,
    /// `HistoryRecords`.
    pub history: Vec<HistoryRecord>,
}

/// An item.
#[derive(Clone, Debug)]
pub struct Item {
    /// `ItemID`.
    pub id: String,
    /// `Code`.
    pub code: String,
    /// `Name`.
    pub name: String,
    /// `SalesDetails.UnitPrice`.
    pub sales_price: Option<Decimal>,
    /// `SalesDetails.AccountCode`.
    pub sales_account: Option<String>,
}

/// A bill, an invoice or either credit, whatever its status.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredDocument {
    /// `OrganisationID` of its organisation.
    pub organisation_id: String,
    /// `InvoiceID` or `CreditNoteID`.
    pub id: String,
    /// `ACCREC`, `ACCPAY`, `ACCRECCREDIT` or `ACCPAYCREDIT`.
    pub kind: String,
    /// `InvoiceNumber` or `CreditNoteNumber`; empty on supplier credits.
    pub number: String,
    /// `Reference`; kept on sales only.
    pub reference: String,
    /// `Contact.ContactID`.
    pub contact_id: String,
    /// Document date.
    pub date: Date,
    /// Due date.
    pub due_date: Option<Date>,
    /// `Status`.
    pub status: String,
    /// `CurrencyCode`.
    pub currency: String,
    /// `LineAmountTypes`.
    pub line_amount_types: String,
    /// Lines.
    pub lines: Vec<StoredLine>,
    /// `SubTotal`.
    pub sub_total: Decimal,
    /// `TotalTax`.
    pub total_tax: Decimal,
    /// `Total`.
    pub total: Decimal,
    /// `AmountPaid`.
    pub paid: Decimal,
    /// `BrandingThemeID`.
    pub theme_id: Option<String>,
    /// `Url`.
    pub url: Option<String>,
    /// `SentToContact`.
    pub is_sent: bool,
    /// `UpdatedDateUTC`.
    pub updated: Timestamp,
    /// `HistoryRecords`, oldest first.
    pub history: Vec<HistoryRecord>,
    /// Attachments.
    pub attachments: Vec<Attachment>,
}

impl StoredDocument {
    /// True for a bill or a supplier credit.
    pub fn is_purchase(&self) -> bool {
        self.kind.starts_with("ACCPAY")
    }

    /// True for either credit.
    pub fn is_credit(&self) -> bool {
        self.kind.ends_with("CREDIT")
    }

    /// True while it counts: neither deleted nor voided.
    pub fn is_live(&self) -> bool {
        self.status != "DELETED" && self.status != "VOIDED"
    }
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredLine {
    /// `LineItemID`.
    pub id: String,
    /// `Description`.
    pub description: String,
    /// `Quantity`, 4 decimals.
    pub quantity: Decimal,
    /// `UnitAmount`, 2 decimals or 4.
    pub unit_amount: Decimal,
    /// `LineAmount`.
    pub line_amount: Decimal,
    /// `TaxAmount`.
    pub tax_amount: Decimal,
    /// `AccountCode`.
    pub account_code: Option<String>,
    /// `TaxType`.
    pub tax_type: Option<String>,
    /// `ItemCode`.
    pub item_code: Option<String>,
    /// Tracking category and option.
    pub tracking: Vec<(String, String)>,
}

/// An entry of a document's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRecord {
    /// `Changes`: `Created`, `Edited`, `Note`.
    pub changes: String,
    /// `Details`.
    pub details: String,
    /// `User`.
    pub user: String,
    /// `DateUTC`.
    pub at: Timestamp,
}

/// A file at a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// `AttachmentID`.
    pub id: String,
    /// `FileName`.
    pub file_name: String,
    /// `MimeType`.
    pub mime_type: String,
    /// Its bytes.
    pub content: Vec<u8>,
    /// `IncludeOnline`.
    pub include_online: bool,
}

impl State {
    /// This moment.
    pub fn now(&self) -> Timestamp {
        let elapsed = tokio::time::Instant::now().saturating_duration_since(self.started) + self.ahead;
        self.options.now.checked_add(elapsed).unwrap_or(self.options.now)
    }
}

impl Organisation {
    /// Adds a document.
    pub fn add(&mut self, document: StoredDocument) {
        let position = self.documents.len();
        self.numbers.entry(document.number.clone()).or_default().push(position);
        self.by_id.insert(document.id.clone(), position);
        self.documents.push(document);
    }

    /// Takes the youngest documents away again, down to so many.
    pub fn shorten(&mut self, length: usize) {
        while self.documents.len() > length {
            let Some(gone) = self.documents.pop() else { return };
            self.by_id.remove(&gone.id);
            if let Some(positions) = self.numbers.get_mut(&gone.number) {
                positions.retain(|position| *position < self.documents.len());
            }
        }
    }

    /// Replaces a document, whose number may have changed.
    pub fn replace(&mut self, position: usize, document: StoredDocument) {
        let Some(old) = self.documents.get_mut(position) else { return };
        if let Some(positions) = self.numbers.get_mut(&old.number) {
            positions.retain(|found| *found != position);
        }
        self.numbers.entry(document.number.clone()).or_default().push(position);
        *old = document;
    }

    /// Documents of a number, of types for which the test is true.
    pub fn numbered<'a>(&'a self, number: &str, credits: bool) -> impl Iterator<Item = (usize, &'a StoredDocument)> {
        let positions = self.numbers.get(number).map(Vec::as_slice).unwrap_or_default();
        positions.iter().filter_map(|position| Some((*position, self.documents.get(*position)?))).filter(move |(_, document)| document.is_credit() == credits)
    }

    /// The contact of this id.
    pub fn contact(&self, id: &str) -> Option<&Contact> {
        let id = id.to_ascii_lowercase();
        let hinted = |hints: &HashMap<String, usize>| hints.get(&id).and_then(|position| self.contacts.get(*position)).filter(|contact| contact.id == id);
        if let Some(found) = hinted(&self.contact_hints.borrow()) {
            return Some(found);
        }
        *self.contact_hints.borrow_mut() = self.contacts.iter().enumerate().map(|(position, contact)| (contact.id.clone(), position)).collect();
        hinted(&self.contact_hints.borrow())
    }

    /// The account of this code.
    pub fn account(&self, code: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.code == code)
    }

    /// The tax rate of this type.
    pub fn tax_rate(&self, tax_type: &str) -> Option<&TaxRate> {
        self.tax_rates.iter().find(|rate| rate.tax_type == tax_type)
    }
}

//! What Xero has, as far as the plan and its comparisons need it. Pure data; `xero` fills it in.

use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::document::Kind;
use super::ids::{ContactId, XeroId};
use super::money::Money;

/// Everything that was read from the organisation.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// Bills, invoices and both credits around the period, of any status, with their lines.
    pub documents: Vec<BookedDocument>,
    /// Every contact, archived ones included.
    pub contacts: Vec<BookedContact>,
    /// Items, when a price rule needs them.
    pub items: Vec<BookedItem>,
    /// Tax rates, for planned tax and for what lines may carry.
    pub tax_rates: Vec<TaxRate>,
    /// Accounts.
    pub accounts: Vec<Account>,
    /// The organisation's own terms.
    pub sales_terms: Option<Terms>,
    /// The organisation's own terms for bills.
    pub bill_terms: Option<Terms>,
}

impl Books {
    /// The contact of this id.
    #[must_use]
    pub fn contact(&self, id: ContactId) -> Option<&BookedContact> {
        self.contacts.iter().find(|contact| contact.id == id)
    }

    /// A contact's own terms for purchases or sales.
    #[must_use]
    pub fn contact_terms(&self, contact: Option<ContactId>, is_purchase: bool) -> Option<Terms> {
        let contact = contact.and_then(|id| self.contact(id))?;
        if is_purchase { contact.bill_terms } else { contact.sales_terms }
    }

    /// The terms of a contact, else the organisation's (`contracts/xero.md` 3.5).
    #[must_use]
    pub fn terms(&self, contact: Option<ContactId>, is_purchase: bool) -> Option<Terms> {
        let of_organisation = if is_purchase { self.bill_terms } else { self.sales_terms };
        self.contact_terms(contact, is_purchase).or(of_organisation)
    }

    /// The sales price of an item.
    #[must_use]
    pub fn item(&self, code: &str) -> Option<&BookedItem> {
        self.items.iter().find(|item| item.code.eq_ignore_ascii_case(code))
    }
}

/// A line's text as it can be compared: Xero trims texts, keeps at most 4,000 letters and demands one.
#[must_use]
pub fn comparable_text(text: &str) -> String {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TEXT_COMPARED).collect();
    if text.is_empty() { "-".to_owned() } else { text }
}

/// So many letters of a text are compared; no letter counts as more than two in Xero.
const TEXT_COMPARED: usize = 1_900;

/// The status of a document in Xero; open, because Xero adds to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BookedStatus {
    /// To be looked at.
    Draft,
    /// Waiting for approval.
    Submitted,
    /// Approved.
    Authorised,
    /// Paid.
    Paid,
    /// Taken back after approval.
    Voided,
    /// Taken back before approval.
    Deleted,
    /// One that this release does not know.
    Other(Arc<str>),
}

impl BookedStatus {
    /// True while the document counts: neither deleted nor voided.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(self, Self::Voided | Self::Deleted)
    }

    /// Xero's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Draft => "DRAFT",
            Self::Submitted => "SUBMITTED",
            Self::Authorised => "AUTHORISED",
            Self::Paid => "PAID",
            Self::Voided => "VOIDED",
            Self::Deleted => "DELETED",
            Self::Other(word) => word,
        }
    }

    /// The status of Xero's word, whatever its case.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        let known = [Self::Draft, Self::Submitted, Self::Authorised, Self::Paid, Self::Voided, Self::Deleted];
        known.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(word)).unwrap_or_else(|| Self::Other(word.into()))
    }
}

/// A document in Xero.
#[derive(Clone, Debug, PartialEq)]
pub struct BookedDocument {
    /// `InvoiceID` or `CreditNoteID`.
    pub id: XeroId,
    /// What it is.
    pub kind: Kind,
    /// `InvoiceNumber` or `CreditNoteNumber`; empty when it has none, as supplier credits.
    pub number: Arc<str>,
    /// `Reference`; empty when it has none.
    pub reference: Arc<str>,
    /// The contact.
    pub contact_id: Option<ContactId>,
    /// Its name.
    pub contact_name: Arc<str>,
    /// Document date.
    pub date: Date,
    /// Due date, if it has one.
    pub due_date: Option<Date>,
    /// Status.
    pub status: BookedStatus,
    /// ISO code.
    pub currency: Arc<str>,
    /// Its lines.
    pub lines: Vec<BookedLine>,
    /// Without tax.
    pub sub_total: Money,
    /// Tax.
    pub total_tax: Money,
    /// With tax.
    pub total: Money,
    /// What was paid or credited; above zero the document is no longer ours to change.
    pub settled: Money,
    /// `UpdatedDateUTC` as Xero gave it, to see whether somebody touched the document; empty when absent.
    pub updated: Arc<str>,
}

impl BookedDocument {
    /// What the document adds to the net total of its side: negative on credits.
    #[must_use]
    pub fn net(&self) -> Money {
        if self.kind.is_credit() { -self.sub_total } else { self.sub_total }
    }
}

/// A line of a document in Xero.
#[derive(Clone, Debug, PartialEq)]
pub struct BookedLine {
    /// Text.
    pub description: Arc<str>,
    /// Quantity.
    pub quantity: Decimal,
    /// Unit amount, to 4 decimals.
    pub unit_amount: Decimal,
    /// Excluding tax.
    pub line_amount: Money,
    /// Tax.
    pub tax_amount: Money,
    /// Account.
    pub account_code: Option<Arc<str>>,
    /// Tax type.
    pub tax_type: Option<Arc<str>>,
}

/// When a contact's or the organisation's documents fall due, as Xero keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terms {
    /// `DAYSAFTERBILLDATE`: so many days after the document date.
    DaysAfterBillDate(u32),
    /// `DAYSAFTERBILLMONTH`: so many days after the end of the document's month.
    DaysAfterBillMonth(u32),
    /// `OFCURRENTMONTH`: a day of the document's month.
    OfCurrentMonth(i8),
    /// `OFFOLLOWINGMONTH`: a day of the month after.
    OfFollowingMonth(i8),
}

/// A contact in Xero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookedContact {
    /// Identity.
    pub id: ContactId,
    /// Name.
    pub name: Arc<str>,
    /// `AccountNumber`: a good place for a tenant id.
    pub account_number: Option<Arc<str>>,
    /// False when it is archived, or otherwise not to be used.
    pub is_active: bool,
    /// Its terms for sales.
    pub sales_terms: Option<Terms>,
    /// Its terms for bills.
    pub bill_terms: Option<Terms>,
}

/// An item in Xero.
#[derive(Clone, Debug, PartialEq)]
pub struct BookedItem {
    /// Identity within the organisation.
    pub code: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// `SalesDetails.UnitPrice`.
    pub sales_price: Option<Decimal>,
}

/// A tax rate in Xero.
#[derive(Clone, Debug, PartialEq)]
pub struct TaxRate {
    /// `OUTPUT`, `INPUT2`, `TAX001`, …
    pub tax_type: Arc<str>,
    /// Display name.
    pub name: Arc<str>,
    /// Percent: 10 for 10 %.
    pub percent: Decimal,
    /// False when it is archived or deleted.
    pub is_active: bool,
    /// May be on accounts of class REVENUE.
    pub applies_to_revenue: bool,
    /// May be on accounts of class EXPENSE.
    pub applies_to_expenses: bool,
}

/// The class of an account; open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountClass {
    /// REVENUE.
    Revenue,
    /// EXPENSE.
    Expense,
    /// Anything else: Xero's word.
    Other(Arc<str>),
}

/// An account in Xero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Code; some bank accounts have none.
    pub code: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Class.
    pub class: AccountClass,
    /// False when it is archived or deleted.
    pub is_active: bool,
    /// Its own tax type, which lines without one get.
    pub tax_type: Option<Arc<str>>,
    /// `SystemAccount`: such accounts are never offered; `ROUNDING` is the rounding account.
    pub system: Option<Arc<str>>,
}

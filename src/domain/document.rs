//! Bills, invoices and their credits: what a run would post, and the invariants that hold for it.

use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::charge::ChargeKey;
use super::ids::{ContactId, TenantId, XeroId};
use super::money::Money;
use super::period::BillingPeriod;
use super::working::Working;

/// The four kinds of document; on both credits the kind carries the sign (`rules.md` 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// What the distributor charged (ACCPAY).
    Bill,
    /// What the distributor gave back (ACCPAYCREDIT).
    SupplierCredit,
    /// What a customer owes (ACCREC).
    Invoice,
    /// What a customer gets back (ACCRECCREDIT).
    CreditNote,
}

impl Kind {
    /// True for the bill and the supplier credit.
    #[must_use]
    pub fn is_purchase(self) -> bool {
        matches!(self, Self::Bill | Self::SupplierCredit)
    }

    /// True for both credits.
    #[must_use]
    pub fn is_credit(self) -> bool {
        matches!(self, Self::SupplierCredit | Self::CreditNote)
    }

    /// The word people and JSON use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::SupplierCredit => "supplier-credit",
            Self::Invoice => "invoice",
            Self::CreditNote => "credit-note",
        }
    }
}

/// How far a document has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Would be posted.
    Planned,
    /// Posted to Xero by this run.
    Posted,
    /// Was finished by an earlier run.
    Exists,
    /// Written to Xero's import files by this run.
    Exported,
    /// Refused.
    Failed,
    /// Sent, outcome not known.
    Unknown,
}

/// The status a document gets in Xero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// To be looked at by a person.
    #[default]
    Draft,
    /// Waiting for approval.
    Submitted,
    /// Approved.
    Authorised,
}

/// One line: one charge, or a part of the rounding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The charge.
    pub key: ChargeKey,
    /// Text, without line breaks.
    pub description: Box<str>,
    /// As shown (`rules.md` 9); never negative, the unit amount carries the sign.
    #[serde(with = "shown_quantity")]
    pub quantity: Decimal,
    /// As shown, excluding tax, 2 to 4 decimals.
    #[serde(with = "shown_price")]
    pub unit_amount: Decimal,
    /// round(quantity × unit amount, 2).
    pub line_amount: Money,
    /// The account's code in Xero.
    pub account_code: Arc<str>,
    /// The tax type's code in Xero; `None` leaves it to the account.
    pub tax_type: Option<Arc<str>>,
}

/// A planned or recorded document. [`crate::domain::view`] shows it as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// What it is.
    pub kind: Kind,
    /// Its number; unique among sales documents, and among purchases of one contact.
    pub number: Arc<str>,
    /// The month it belongs to.
    pub period: BillingPeriod,
    /// The contact in Xero, if known.
    pub contact_id: Option<ContactId>,
    /// The contact's name.
    pub contact_name: Arc<str>,
    /// The customer; `None` on bills.
    pub tenant_id: Option<TenantId>,
    /// Document date.
    pub date: Date,
    /// Due date.
    pub due_date: Date,
    /// ISO code.
    pub currency: Arc<str>,
    /// Status to give it.
    pub status: Status,
    /// One line a charge, ordered by product name, usage start and key (`rules.md` 18).
    pub lines: Vec<Line>,
    /// Σ line amounts; on credits positive like the lines.
    pub sub_total: Money,
    /// How far it has come.
    pub state: State,
    /// "cspctl 3f9a2c": the run that made it; `None` until one has.
    pub reference: Option<Arc<str>>,
    /// How each line's amount came to be, in the order of the lines; empty on bills.
    pub workings: Vec<Working>,
    /// Where it stands in Xero; `None` for documents that went into import files or nowhere yet.
    #[serde(default)]
    pub xero: Option<Box<InXero>>,
}

/// Where a document stands in Xero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InXero {
    /// Its id, once it is known.
    pub id: Option<XeroId>,
    /// Its address for a browser, once it is known.
    pub url: Option<Arc<str>>,
    /// What Xero said when it refused the document, or why its outcome is not known.
    pub error: Option<Arc<str>>,
    /// The document that this one replaces, unless it is a new one (`--revise`).
    pub revises: Option<XeroId>,
}

impl Document {
    /// What the document adds to the net total of its side: negative on credits.
    #[must_use]
    pub fn net(&self) -> Money {
        if self.kind.is_credit() { -self.sub_total } else { self.sub_total }
    }

    /// Its id in Xero, once it is known.
    #[must_use]
    pub fn xero_id(&self) -> Option<XeroId> {
        self.xero.as_ref().and_then(|xero| xero.id)
    }

    /// Checks what must hold for every document.
    ///
    /// # Errors
    ///
    /// Says which invariant is broken: a total that is not its lines, a line that is not
    /// quantity × unit, a negative total, or no line at all.
    pub fn check(&self) -> Result<(), BrokenDocument> {
        let broken = |what: String| Err(BrokenDocument { number: Arc::clone(&self.number), what });
        if self.lines.is_empty() {
            return broken("it has no lines".to_owned());
        }
        if self.sub_total.is_negative() {
            return broken(format!("its total {} is negative", self.sub_total));
        }
        let sum: Money = self.lines.iter().map(|line| line.line_amount).sum();
        if sum != self.sub_total {
            return broken(format!("its lines add up to {sum}, its total is {}", self.sub_total));
        }
        for line in &self.lines {
            let product = Money::round_half_away(line.quantity * line.unit_amount);
            if product != line.line_amount {
                return broken(format!("{} × {} is {product}, the line says {}", line.quantity, line.unit_amount, line.line_amount));
            }
        }
        Ok(())
    }
}

/// A document that breaks its own invariants: a fault of the program, never of the input.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("document {number} is inconsistent: {what}; nothing was posted, please report this")]
pub struct BrokenDocument {
    number: Arc<str>,
    what: String,
}

/// Quantities in JSON: text without trailing zeros.
mod shown_quantity {
    use super::Decimal;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(crate::domain::digits::Digits::of(*value, 0).as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        <Decimal as Deserialize>::deserialize(deserializer)
    }
}

/// Prices in JSON: text with at least two decimals.
mod shown_price {
    use super::Decimal;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(crate::domain::digits::Digits::of(*value, 2).as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        <Decimal as Deserialize>::deserialize(deserializer)
    }
}

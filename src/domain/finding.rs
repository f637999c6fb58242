//! Things a person should know or decide: codes, severities, and the command that settles each
//! (`product.md` 9).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ids::TenantId;
use super::offer::OfferId;

/// How much a finding asks of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Look at it; `--check` ends with 5.
    Warning,
    /// Do something; `--check` ends with 5.
    Action,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Action => "action",
        })
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// What kind of finding it is; the texts are a contract with scripts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code { $($(#[$doc])* #[serde(rename = $text)] $variant),+ }

        impl Code {
            /// Every code, in the order of `product.md` 9.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as scripts see it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

codes! {
    /// No contact for a customer, or a tenant that cannot be told.
    CustomerUnmapped = "customer-unmapped",
    /// No entry for an offer.
    ProductUnmapped = "product-unmapped",
    /// No price rule that applies, or its figure is missing.
    PriceMissing = "price-missing",
    /// Sold below the floor.
    MarginBelowFloor = "margin-below-floor",
    /// The distributor's seats and Microsoft's differ.
    QuantityDiffers = "quantity-differs",
    /// Charged, but the tenant does not have it.
    ChargedNotOwned = "charged-not-owned",
    /// The tenant has it, but it is not charged.
    OwnedNotCharged = "owned-not-charged",
    /// The tenant has something that is not bought here.
    BoughtElsewhere = "bought-elsewhere",
    /// Charged while Microsoft has it suspended.
    SuspendedButCharged = "suspended-but-charged",
    /// More seats than users.
    IdleSeats = "idle-seats",
    /// More users than seats.
    OverAssigned = "over-assigned",
    /// Charged, but not on an invoice in Xero.
    NotInvoiced = "not-invoiced",
    /// On an invoice in Xero, but not charged.
    InvoicedNotCharged = "invoiced-not-charged",
    /// Invoiced with another quantity.
    InvoicedQuantityDiffers = "invoiced-quantity-differs",
    /// Invoiced with another price.
    InvoicedPriceDiffers = "invoiced-price-differs",
    /// The same thing twice in Xero.
    DuplicateInXero = "duplicate-in-xero",
    /// A document in Xero was edited since.
    ChangedAfterPosting = "changed-after-posting",
    /// A billed row came back with other figures.
    ChangedAtSource = "changed-at-source",
    /// Unit cost moved.
    CostChanged = "cost-changed",
    /// Cost rose and the price did not.
    SellUnchanged = "sell-unchanged",
    /// A commitment ends soon.
    RenewalSoon = "renewal-soon",
    /// The seven days in which seats can be given back are running.
    CancelWindowClosing = "cancel-window-closing",
    /// A known subscription runs on under another stock code.
    ExtendedServiceTerm = "extended-service-term",
    /// A customer's tenant could not be read.
    TenantUnreachable = "tenant-unreachable",
    /// A source is older than what it is compared with.
    SourceStale = "source-stale",
    /// A stated total, or quantity times price, differs.
    TotalMismatch = "total-mismatch",
    /// Two currencies in one run.
    CurrencyMixed = "currency-mixed",
    /// An exception no longer covers what it was written for.
    ExceptionLapsed = "exception-lapsed",
    /// Unbilled charges from before the last two months.
    OlderThanPeriod = "older-than-period",
    /// Nothing was compared, which is never clean.
    NothingCompared = "nothing-compared",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Code {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text).ok_or_else(|| format!("`{text}` is not a finding code"))
    }
}

/// One thing a person should know or decide. Serialises as `product.md` 10 shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Kind.
    pub code: Code,
    /// How much it asks.
    pub severity: Severity,
    /// The customer, if it is about one.
    pub tenant_id: Option<TenantId>,
    /// The offer, if it is about one.
    pub offer: Option<OfferId>,
    /// A sentence a technician understands, with names and figures.
    pub message: String,
    /// Figures by name, as text; those an exception can record are numbers.
    pub figures: BTreeMap<String, String>,
    /// What to type or do next; empty when there is nothing to do.
    pub fix: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_from_its_text_and_its_json() {
        for code in Code::ALL {
            assert_eq!(code.as_str().parse::<Code>().unwrap(), *code);
            assert_eq!(serde_json::to_string(code).unwrap(), format!("\"{code}\""));
        }
        assert_eq!(Code::ALL.len(), 30);
        assert!("quantity".parse::<Code>().is_err());
    }
}

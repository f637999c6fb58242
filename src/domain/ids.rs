//! Identifiers as newtypes, so that a tenant can never be passed where a SKU is meant.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that should have been a GUID.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a GUID such as 196e2273-9651-43a3-ba7e-7cbcd918fc40")]
pub struct NotAGuid(pub String);

macro_rules! guid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.as_hyphenated(), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAGuid;
            fn from_str(text: &str) -> Result<Self, NotAGuid> {
                Uuid::try_parse(text.trim()).map(Self).map_err(|_| NotAGuid(text.to_owned()))
            }
        }
    };
}

guid_id! {
    /// A Microsoft Entra tenant: a customer's, or the MSP's own.
    TenantId
}
guid_id! {
    /// A product as Microsoft Graph knows it (`skuId`).
    SkuId
}
guid_id! {
    /// A contact in Xero.
    ContactId
}

guid_id! {
    /// A document in Xero: `InvoiceID` or `CreditNoteID`.
    XeroId
}
guid_id! {
    /// An organisation in Xero; `tenantId` of a connection, sent as `xero-tenant-id`.
    OrganisationId
}

/// A subscription as Dicker Data names it: trimmed and lower case, usually a GUID but not always.
///
/// Cheap to clone; the empty text stands for a charge without a subscription.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubscriptionId(Arc<str>);

impl SubscriptionId {
    /// Normalises the text of a cell (`rules.md` 12).
    #[must_use]
    pub fn new(text: &str) -> Self {
        let trimmed = text.trim();
        if trimmed.chars().any(char::is_uppercase) { Self(trimmed.to_lowercase().into()) } else { Self(trimmed.into()) }
    }

    /// The normalised text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when the source named no subscription.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_compare_without_regard_to_case_and_blanks() {
        let lower: TenantId = "196e2273-9651-43a3-ba7e-7cbcd918fc40".parse().unwrap();
        let upper: TenantId = " 196E2273-9651-43A3-BA7E-7CBCD918FC40 ".parse().unwrap();
        assert_eq!(lower, upper);
        assert_eq!(upper.to_string(), "196e2273-9651-43a3-ba7e-7cbcd918fc40");
        assert!("Contoso".parse::<TenantId>().is_err());
    }

    #[test]
    fn a_subscription_id_need_not_be_a_guid() {
        assert_eq!(SubscriptionId::new("  ORDER-77 ").as_str(), "order-77");
        assert!(SubscriptionId::new("  ").is_empty());
    }
}

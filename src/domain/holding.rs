//! What Microsoft says exists: holdings of one SKU by one tenant, and a dated set of them.

use std::sync::Arc;

use jiff::civil::Date;

use super::ids::{SkuId, TenantId};

/// What one tenant has of one SKU (`contracts/microsoft.md` 3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The customer.
    pub tenant_id: TenantId,
    /// The customer's name at Microsoft: a label.
    pub tenant_name: Arc<str>,
    /// The product, Graph's `skuId`.
    pub sku_id: SkuId,
    /// `SPB` and the like: for display only, names are never keys.
    pub sku_part_number: Arc<str>,
    /// Seats in good standing.
    pub enabled: i64,
    /// Seats suspended for non-payment or by the partner; NCE bills on meanwhile.
    pub suspended: i64,
    /// Seats in the grace time after expiry.
    pub warning: i64,
    /// Seats assigned to users.
    pub assigned: i64,
}

impl Holding {
    /// Seats that can be used and are compared with the distributor's: enabled + warning (`rules.md` 25).
    #[must_use]
    pub fn usable(&self) -> i64 {
        self.enabled + self.warning
    }
}

/// A tenant that could not be read, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreachableTenant {
    /// The customer.
    pub tenant_id: TenantId,
    /// The customer's name, if known.
    pub tenant_name: Arc<str>,
    /// What the service said.
    pub reason: String,
}

/// Everything a Microsoft source answered, with its date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seats {
    /// The day the figures describe.
    pub as_of: Date,
    /// One entry a tenant and SKU; a tenant that answered with nothing appears in `answered` alone.
    pub holdings: Vec<Holding>,
    /// Tenants that answered, sorted, each once.
    pub answered: Vec<TenantId>,
    /// Tenants that did not.
    pub unreachable: Vec<UnreachableTenant>,
    /// Where the figures come from, for messages: a file name or "Microsoft Graph".
    pub origin: Arc<str>,
}

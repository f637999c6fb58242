//! What Microsoft says exists: holdings of one SKU by one tenant, its subscriptions, and a dated set of them.

use std::sync::Arc;

use jiff::civil::Date;

use super::ids::{SkuId, SubscriptionId, TenantId};

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
        self.enabled.saturating_add(self.warning)
    }
}

/// The state of a subscription, as Graph names it (`contracts/microsoft.md` 3.2). An unknown one is kept
/// as it came: the list may grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubscriptionState {
    /// In good standing.
    Enabled,
    /// Expired, in the thirty days in which users still work; not billed.
    Warning,
    /// Users are blocked, billed on.
    Suspended,
    /// Gone.
    Deleted,
    /// Locked by Microsoft.
    LockedOut,
    /// A word that this release does not know.
    Other(Arc<str>),
}

impl SubscriptionState {
    /// Reads Graph's word in any case; never fails.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "enabled" => Self::Enabled,
            "warning" => Self::Warning,
            "suspended" => Self::Suspended,
            "deleted" => Self::Deleted,
            "lockedout" => Self::LockedOut,
            _ => Self::Other(text.trim().into()),
        }
    }

    /// Graph's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Enabled => "Enabled",
            Self::Warning => "Warning",
            Self::Suspended => "Suspended",
            Self::Deleted => "Deleted",
            Self::LockedOut => "LockedOut",
            Self::Other(text) => text,
        }
    }
}

/// One purchase as Microsoft's directory knows it (`companySubscription`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The customer.
    pub tenant_id: TenantId,
    /// `commerceSubscriptionId`: the id that the distributor may use as well. Empty when Graph gives none.
    pub id: SubscriptionId,
    /// The product.
    pub sku_id: SkuId,
    /// For display only.
    pub sku_part_number: Arc<str>,
    /// Seats of this one purchase.
    pub seats: i64,
    /// Its state.
    pub state: SubscriptionState,
    /// The tenant that bought it: a partner's when a partner did.
    pub owner_tenant_id: Option<TenantId>,
    /// True for trials.
    pub is_trial: bool,
    /// When it was bought.
    pub created: Option<Date>,
    /// When its state changes next: renewal or expiry. Says nothing of the term.
    pub next_change: Option<Date>,
}

/// How many people hold a SKU. A person with two assignments of it counts once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserCount {
    /// The customer.
    pub tenant_id: TenantId,
    /// The product.
    pub sku_id: SkuId,
    /// All of them.
    pub users: u64,
    /// Those whose account is disabled: their seats could be released.
    pub disabled: u64,
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
    /// What to do about it; empty when the source does not know.
    pub remedy: String,
}

/// Everything a Microsoft source answered, with its date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seats {
    /// The day the figures describe.
    pub as_of: Date,
    /// Whether the source says that day; a file without dates is only known by when it was written.
    pub is_dated: bool,
    /// One entry a tenant and SKU; a tenant that answered with nothing appears in `answered` alone.
    pub holdings: Vec<Holding>,
    /// The purchases behind the holdings; empty for sources that do not know them.
    pub subscriptions: Vec<Subscription>,
    /// Who holds the seats; empty for sources that do not know people.
    pub users: Vec<UserCount>,
    /// Tenants that answered, sorted, each once.
    pub answered: Vec<TenantId>,
    /// Tenants that did not.
    pub unreachable: Vec<UnreachableTenant>,
    /// Lists of customers that could not be had, each with the reason: whoever is only there was not asked.
    pub lists_missing: Vec<String>,
    /// Where the figures come from, for messages: a file name or "Microsoft Graph".
    pub origin: Arc<str>,
}

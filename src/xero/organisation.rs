//! What Xero says about the organisation itself: who it is, what is locked, what it may do. Pure data.

use std::sync::Arc;

use jiff::civil::Date;
use uuid::Uuid;

use crate::domain::books::Terms;
use crate::domain::ids::OrganisationId;

/// One of the app's connections: an organisation that somebody has let it into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The connection's own id.
    pub id: Uuid,
    /// `tenantId`: the organisation.
    pub organisation: OrganisationId,
    /// `tenantName`; old answers lack it.
    pub name: Option<Arc<str>>,
    /// `tenantType`: `ORGANISATION`, `PRACTICE`, …; open.
    pub kind: Arc<str>,
}

impl Connection {
    /// True for an organisation, which has books; false for a practice.
    #[must_use]
    pub fn is_organisation(&self) -> bool {
        self.kind.eq_ignore_ascii_case("ORGANISATION")
    }
}

/// The organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Identity.
    pub id: OrganisationId,
    /// `Name`.
    pub name: Arc<str>,
    /// `ShortCode`, for links: `!1lqVQ`. Empty when absent.
    pub short_code: Arc<str>,
    /// `IsDemoCompany`.
    pub is_demo: bool,
    /// `BaseCurrency`: ISO code.
    pub base_currency: Arc<str>,
    /// `CountryCode`: `AU`, `NZ`, …
    pub country: Arc<str>,
    /// `OrganisationStatus`: `ACTIVE`, …; open. Empty when absent.
    pub status: Arc<str>,
    /// `Timezone` as Xero names it.
    pub timezone: Arc<str>,
    /// `PeriodLockDate`: nothing is changed up to and including this day, but by advisers.
    pub period_lock: Option<Date>,
    /// `EndOfYearLockDate`: nothing is changed up to and including this day, by nobody.
    pub year_lock: Option<Date>,
    /// `PaymentTerms.Sales`.
    pub sales_terms: Option<Terms>,
    /// `PaymentTerms.Bills`.
    pub bill_terms: Option<Terms>,
}

impl Organisation {
    /// The name as people see it: `Contoso Services (demo company)`.
    #[must_use]
    pub fn shown(&self) -> String {
        if self.is_demo { format!("{} (demo company)", self.name) } else { self.name.to_string() }
    }

    /// True unless Xero says that it is no longer in use.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status.is_empty() || self.status.eq_ignore_ascii_case("ACTIVE")
    }
}

/// Something that the signed-in user may or may not do, such as `CreateDraftBill`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedAction {
    /// Xero's name of it; open.
    pub name: Arc<str>,
    /// True when it is `ALLOWED`.
    pub is_allowed: bool,
}

/// A tracking category with its options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackingCategory {
    /// Identity.
    pub id: Uuid,
    /// `Name`.
    pub name: Arc<str>,
    /// False when it is archived or deleted.
    pub is_active: bool,
    /// Its options.
    pub options: Vec<TrackingOption>,
}

/// An option of a tracking category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackingOption {
    /// Identity.
    pub id: Uuid,
    /// `Name`.
    pub name: Arc<str>,
    /// False when it is archived or deleted.
    pub is_active: bool,
}

/// A branding theme of sales documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandingTheme {
    /// Identity.
    pub id: Uuid,
    /// `Name`.
    pub name: Arc<str>,
}

/// A currency that the organisation is subscribed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency {
    /// ISO code.
    pub code: Arc<str>,
    /// `Description`.
    pub description: Arc<str>,
}

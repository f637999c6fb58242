//! Which tenant a charge belongs to (`product.md` 5, `rules.md` 17): its own tenant column, else
//! the annuity row of the same subscription, else a unique name. Never by fuzzy matching.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::annuity::AnnuityIndex;
use super::charge::Charge;
use super::ids::{SubscriptionId, TenantId};
use super::mapping::Mapping;
use super::sources::Sources;

/// Finds tenants for charges.
#[derive(Debug)]
pub struct TenantResolver<'a> {
    sources: &'a Sources,
    mapping: &'a Mapping,
    annuity: &'a AnnuityIndex<'a>,
    /// What the charges themselves state for a subscription.
    stated: HashMap<&'a SubscriptionId, Found>,
    /// Built only when a charge can be found by its name alone.
    by_name: OnceCell<HashMap<String, Found>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    One(TenantId),
    Several,
}

impl Found {
    fn with(self, other: TenantId) -> Self {
        if self == Self::One(other) { self } else { Self::Several }
    }
}

/// Why no tenant could be told; the charge is held `customer-unmapped`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantUnknown {
    /// One subscription, two tenant ids.
    SubscriptionOfSeveral,
    /// The name belongs to several tenants.
    NameOfSeveral,
    /// Neither id, nor subscription, nor name is known.
    Unheard,
}

impl<'a> TenantResolver<'a> {
    /// Prepares the look-ups.
    #[must_use]
    pub fn new(sources: &'a Sources, mapping: &'a Mapping, annuity: &'a AnnuityIndex<'a>) -> Self {
        let mut stated: HashMap<&SubscriptionId, Found> = HashMap::new();
        for charge in &sources.charges {
            if let (Some(tenant), false) = (charge.stated_tenant, charge.subscription.is_empty()) {
                stated.entry(&charge.subscription).and_modify(|found| *found = found.with(tenant)).or_insert(Found::One(tenant));
            }
        }
        Self { sources, mapping, annuity, stated, by_name: OnceCell::new() }
    }

    /// The tenant of a charge.
    ///
    /// # Errors
    ///
    /// Says why it cannot be told.
    pub fn resolve(&self, charge: &Charge) -> Result<TenantId, TenantUnknown> {
        match self.of_subscription(&charge.subscription) {
            Some(Found::Several) => return Err(TenantUnknown::SubscriptionOfSeveral),
            Some(Found::One(tenant)) => return Ok(charge.stated_tenant.unwrap_or(tenant)),
            None => {}
        }
        if let Some(tenant) = charge.stated_tenant {
            return Ok(tenant);
        }
        match self.by_name.get_or_init(|| self.names()).get(&comparable_name(&charge.tenant_name)) {
            Some(Found::One(tenant)) => Ok(*tenant),
            Some(Found::Several) => Err(TenantUnknown::NameOfSeveral),
            None => Err(TenantUnknown::Unheard),
        }
    }

    fn of_subscription(&self, subscription: &SubscriptionId) -> Option<Found> {
        if subscription.is_empty() {
            return None;
        }
        let stated = self.stated.get(subscription).copied();
        self.annuity
            .of_subscription(subscription)
            .filter_map(|line| line.tenant_id)
            .fold(stated, |found, tenant| Some(found.map_or(Found::One(tenant), |found| found.with(tenant))))
    }

    fn names(&self) -> HashMap<String, Found> {
        let mut names: HashMap<String, Found> = HashMap::new();
        let annuity = self.sources.annuity.iter().filter_map(|line| Some((&line.tenant_name, line.tenant_id?)));
        let mapping = self.mapping.customers.iter().filter_map(|customer| Some((customer.name.as_ref()?, customer.tenant_id)));
        for (name, tenant) in annuity.chain(mapping) {
            let name = comparable_name(name);
            if !name.is_empty() {
                names.entry(name).and_modify(|found| *found = found.with(tenant)).or_insert(Found::One(tenant));
            }
        }
        names
    }
}

/// Trimmed, case folded, blanks collapsed: all that `rules.md` 17 allows.
#[must_use]
pub fn comparable_name(name: &str) -> String {
    name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

//! Which tenant a charge belongs to (`product.md` 5, `rules.md` 17): its own tenant column, else
//! the annuity row of the same subscription, else a unique name. Never by fuzzy matching.

use std::cell::OnceCell;

use foldhash::{HashMap, HashMapExt};

use super::annuity::{AnnuityIndex, Listed};
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

/// What the sources know of one charge beyond its own row; found once, used by every question.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Its subscription in the annuity list.
    pub listed: Listed,
    /// Its tenant, or why it cannot be told.
    pub tenant: Result<TenantId, TenantUnknown>,
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

    /// What is known of every charge, in their order.
    #[must_use]
    pub fn known(&self) -> Vec<Known> {
        let mut last: Option<(&SubscriptionId, Listed)> = None;
        let mut find = |charge: &'a Charge| match last {
            // The lines of a subscription mostly stand together.
            Some((subscription, listed)) if *subscription == charge.subscription => listed,
            _ => {
                let listed = self.annuity.find(&charge.subscription);
                last = Some((&charge.subscription, listed));
                listed
            }
        };
        let known = self.sources.charges.iter().map(|charge| {
            let listed = find(charge);
            Known { listed, tenant: self.resolve(charge, listed) }
        });
        known.collect()
    }

    /// The tenant of a charge.
    fn resolve(&self, charge: &Charge, listed: Listed) -> Result<TenantId, TenantUnknown> {
        match self.of_subscription(&charge.subscription, listed) {
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

    fn of_subscription(&self, subscription: &SubscriptionId, listed: Listed) -> Option<Found> {
        if subscription.is_empty() {
            return None;
        }
        let stated = self.stated.get(subscription).copied();
        self.annuity
            .lines(listed)
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

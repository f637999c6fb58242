//! What the sources and the mapping know of customers and offers.

use std::collections::{BTreeMap, BTreeSet};

use super::show::one_line;
use crate::domain::annuity::AnnuityIndex;
use crate::domain::bridge::Bridge;
use crate::domain::charge::Charge;
use crate::domain::ids::TenantId;
use crate::domain::mapping::Mapping;
use crate::domain::money::Money;
use crate::domain::offer::{OfferId, StockCode};
use crate::domain::period::BillingPeriod;
use crate::domain::sources::Sources;
use crate::domain::tenants::TenantResolver;

/// Everybody and everything that appears anywhere.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The newest month that has charges.
    pub(super) period: Option<BillingPeriod>,
    /// By name; those whose tenant id nobody knows come last.
    pub(super) tenants: Vec<KnownTenant>,
    /// By offer, then stock code.
    pub(super) stock_codes: Vec<KnownStockCode>,
    /// Which SKU an offer provides.
    pub(super) bridge: Bridge,
}

/// A customer, with what the newest month charges for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KnownTenant {
    /// `None` when neither the charges nor the annuity list nor the mapping tells.
    pub(super) tenant_id: Option<TenantId>,
    /// The mapping's label, else a source's.
    pub(super) name: String,
    /// Every name it goes by.
    pub(super) names: BTreeSet<String>,
    pub(super) charges: u64,
    pub(super) cost: Money,
}

impl KnownTenant {
    fn add_name(&mut self, name: &str) {
        let name = one_line(name);
        if !name.is_empty() {
            self.name.clone_from(&name);
            self.names.insert(name);
        }
    }
}

/// A stock code, with what the newest month charges for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownStockCode {
    pub(super) stock_code: StockCode,
    /// STOCK DESCRIPTION; empty when no source has one.
    pub(super) description: String,
    pub(super) charges: u64,
    pub(super) cost: Money,
}

impl Known {
    pub(super) fn new(sources: &Sources, mapping: &Mapping) -> Self {
        let period = sources.charges.iter().map(Charge::month).max();
        let bridge = sources.bridge.clone().with_learnt([]);
        Self { period, tenants: tenants(sources, mapping, period), stock_codes: stock_codes(sources, period), bridge }
    }

    /// A customer by id.
    pub(super) fn tenant(&self, tenant_id: TenantId) -> Option<&KnownTenant> {
        self.tenants.iter().find(|tenant| tenant.tenant_id == Some(tenant_id))
    }

    /// The stock codes of an offer.
    pub(super) fn of_offer(&self, offer: &OfferId) -> impl Iterator<Item = &KnownStockCode> {
        self.stock_codes.iter().filter(move |code| code.stock_code.offer() == offer)
    }
}

fn tenants(sources: &Sources, mapping: &Mapping, period: Option<BillingPeriod>) -> Vec<KnownTenant> {
    let annuity = AnnuityIndex::new(&sources.annuity);
    let resolver = TenantResolver::new(sources, mapping, &annuity);
    // The later a name is added the better it is: seats, annuity, charges, and the mapping's label.
    let mut known: BTreeMap<TenantId, KnownTenant> = BTreeMap::new();
    let mut unknown: BTreeMap<String, KnownTenant> = BTreeMap::new();
    if let Some(seats) = &sources.seats {
        for tenant_id in &seats.answered {
            known.entry(*tenant_id).or_default();
        }
        seats.holdings.iter().for_each(|holding| known.entry(holding.tenant_id).or_default().add_name(&holding.tenant_name));
        seats.unreachable.iter().for_each(|tenant| known.entry(tenant.tenant_id).or_default().add_name(&tenant.tenant_name));
    }
    for line in &sources.annuity {
        if let Some(tenant_id) = line.tenant_id {
            known.entry(tenant_id).or_default().add_name(&line.tenant_name);
        }
    }
    for (charge, found) in sources.charges.iter().zip(resolver.known()) {
        let tenant = match found.tenant {
            Ok(tenant_id) => known.entry(tenant_id).or_default(),
            Err(_) => unknown.entry(charge.tenant_name.trim().to_owned()).or_default(),
        };
        tenant.add_name(&charge.tenant_name);
        if Some(charge.month()) == period {
            tenant.charges += 1;
            tenant.cost += charge.cost;
        }
    }
    for customer in &mapping.customers {
        let tenant = known.entry(customer.tenant_id).or_default();
        tenant.add_name(customer.name.as_deref().unwrap_or_default());
    }
    let mut all: Vec<KnownTenant> = known.into_iter().map(|(tenant_id, tenant)| KnownTenant { tenant_id: Some(tenant_id), ..tenant }).collect();
    all.sort_by_key(|tenant| (tenant.name.to_lowercase(), tenant.tenant_id));
    all.extend(unknown.into_values());
    all
}

fn stock_codes(sources: &Sources, period: Option<BillingPeriod>) -> Vec<KnownStockCode> {
    let mut known: BTreeMap<(String, &StockCode), KnownStockCode> = BTreeMap::new();
    let annuity = sources.annuity.iter().map(|line| (&line.stock_code, &line.description, None));
    let charges = sources.charges.iter().map(|charge| (&charge.stock_code, &charge.description, Some(charge)));
    for (stock_code, description, charge) in annuity.chain(charges) {
        if stock_code.is_empty() {
            continue;
        }
        let new = || KnownStockCode { stock_code: stock_code.clone(), description: String::new(), charges: 0, cost: Money::ZERO };
        let entry = known.entry((stock_code.offer().as_str().to_owned(), stock_code)).or_insert_with(new);
        if entry.description.is_empty() {
            description.trim().clone_into(&mut entry.description);
        }
        if let Some(charge) = charge.filter(|charge| Some(charge.month()) == period) {
            entry.charges += 1;
            entry.cost += charge.cost;
        }
    }
    known.into_values().collect()
}

//! Seats that accounts hold which nobody can sign in with: they could be released (`contracts/microsoft.md`
//! 3.3). Guests and shared mailboxes may hold seats for good reasons, so this is a list to look at and no finding.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::holding::Seats;
use super::ids::{SkuId, TenantId};
use super::reconcile::free_skus::is_free;

/// Seats of one SKU in one tenant that disabled accounts hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Releasable {
    /// The customer.
    pub tenant_id: TenantId,
    /// The product.
    pub sku_id: SkuId,
    /// For display only; empty when the tenant does not list the SKU.
    pub sku_part_number: Arc<str>,
    /// How many; never 0.
    pub seats: u64,
    /// True for a SKU that costs nothing: releasing it saves nothing.
    pub is_free: bool,
}

/// All of them: the tenants with the most seats worth releasing first, and within one the same by SKU.
#[must_use]
pub fn releasable(seats: &Seats) -> Vec<Releasable> {
    let names: BTreeMap<(TenantId, SkuId), &Arc<str>> =
        seats.holdings.iter().map(|holding| ((holding.tenant_id, holding.sku_id), &holding.sku_part_number)).collect();
    let held = seats.users.iter().filter(|count| count.disabled > 0).map(|count| {
        let sku_part_number: Arc<str> = names.get(&(count.tenant_id, count.sku_id)).map_or_else(|| "".into(), |name| Arc::clone(name));
        let is_free = is_free(count.sku_id, &sku_part_number);
        Releasable { tenant_id: count.tenant_id, sku_id: count.sku_id, sku_part_number, seats: count.disabled, is_free }
    });
    let mut list: Vec<Releasable> = held.collect();
    let worth = |held: &Releasable| if held.is_free { 0 } else { held.seats };
    let mut of_tenant: BTreeMap<TenantId, u64> = BTreeMap::new();
    for held in &list {
        *of_tenant.entry(held.tenant_id).or_default() += worth(held);
    }
    list.sort_by_key(|held| {
        let of_tenant = of_tenant.get(&held.tenant_id).copied().unwrap_or_default();
        (std::cmp::Reverse(of_tenant), held.tenant_id, std::cmp::Reverse(worth(held)), held.sku_id)
    });
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::holding::{Holding, UserCount};

    const PREMIUM: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";
    const EXCHANGE: &str = "4b9405b0-7788-4568-add1-99614e613b69";
    const FLOW: &str = "f30db892-07e9-47e9-837c-80727f46fd3d";

    fn tenant(number: u128) -> TenantId {
        TenantId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn those_with_the_most_to_release_come_first_and_free_ones_count_for_nothing() {
        let count = |number, sku: &str, disabled| UserCount { tenant_id: tenant(number), sku_id: sku.parse().unwrap(), users: disabled + 3, disabled };
        let holding = Holding {
            tenant_id: tenant(2),
            tenant_name: "Two".into(),
            sku_id: PREMIUM.parse().unwrap(),
            sku_part_number: "SPB".into(),
            enabled: 9,
            suspended: 0,
            warning: 0,
            assigned: 8,
        };
        let users = vec![count(1, FLOW, 90), count(1, EXCHANGE, 1), count(2, EXCHANGE, 2), count(2, PREMIUM, 5), count(3, PREMIUM, 0)];
        let list = releasable(&Seats { users, holdings: vec![holding], ..Seats::default() });
        let shown: Vec<_> = list.iter().map(|held| (held.tenant_id, &*held.sku_part_number, held.seats, held.is_free)).collect();
        assert_eq!(shown, [(tenant(2), "SPB", 5, false), (tenant(2), "", 2, false), (tenant(1), "", 1, false), (tenant(1), "", 90, true)]);
    }
}

//! Seats of disabled accounts, as `pull` tells them: some lines for people, everything in JSON.

use serde_json::{Value, json};

use super::Tenant;
use crate::domain::bridge::shown_name;
use crate::domain::ids::TenantId;
use crate::domain::mapping::Mapping;
use crate::domain::releasable::Releasable;
use crate::ui::words::count;

/// So many customers are told of; JSON has the others.
const CUSTOMERS_AT_MOST: usize = 5;

/// What people are told; empty when no disabled account holds anything that costs something.
pub(super) fn told(list: &[Releasable], tenants: &[Tenant], mapping: &Mapping) -> Vec<String> {
    let worth: Vec<&Releasable> = list.iter().filter(|held| !held.is_free).collect();
    let customers: Vec<&[&Releasable]> = worth.chunk_by(|one, other| one.tenant_id == other.tenant_id).collect();
    if customers.is_empty() {
        return Vec::new();
    }
    let sum = |held: &[&Releasable]| held.iter().map(|held| held.seats).sum::<u64>();
    let seats = sum(&worth);
    let (are, could) = if seats == 1 { ("is", "it") } else { ("are", "they") };
    let at = count(u64::try_from(customers.len()).unwrap_or(u64::MAX), "customer");
    let mut told = vec![format!("{} at {at} {are} held by accounts that are disabled; {could} could be released:", count(seats, "seat"))];
    for held in customers.iter().take(CUSTOMERS_AT_MOST) {
        let products: Vec<String> = held.iter().map(|held| format!("{} {}", held.seats, product(mapping, held))).collect();
        let name = held.first().map(|held| name(tenants, held.tenant_id)).unwrap_or_default();
        told.push(format!("  {name}: {}", products.join(", ")));
    }
    let others: &[&[&Releasable]] = customers.get(CUSTOMERS_AT_MOST..).unwrap_or_default();
    if !others.is_empty() {
        let left: u64 = others.iter().map(|held| sum(held)).sum();
        let at = count(u64::try_from(others.len()).unwrap_or(u64::MAX), "further customer");
        told.push(format!("  and {left} at {at}, which --json lists"));
    }
    told
}

/// Those of one tenant, by SKU.
pub(super) fn value(list: &[Releasable], tenant_id: TenantId) -> Value {
    let of_tenant = list.iter().filter(|held| held.tenant_id == tenant_id);
    of_tenant.map(|held| json!({ "sku_id": held.sku_id, "part_number": held.sku_part_number, "seats": held.seats })).collect()
}

/// Names that people know: the mapping's, then our own. Part numbers are older than the names and mislead
/// (contracts/microsoft.md 5.1).
fn product(mapping: &Mapping, held: &Releasable) -> String {
    let mapped = mapping.products.iter().find(|product| product.sku_id == Some(held.sku_id)).and_then(|product| product.name.as_deref());
    let ours = shown_name(held.sku_id, "");
    match mapped.or_else(|| Some(&*ours).filter(|name| !name.is_empty())) {
        Some(name) => name.to_owned(),
        None if held.sku_part_number.is_empty() => held.sku_id.to_string(),
        None => held.sku_part_number.to_string(),
    }
}

fn name(tenants: &[Tenant], tenant_id: TenantId) -> String {
    tenants.iter().find(|tenant| tenant.customer.tenant_id == tenant_id).map_or_else(|| tenant_id.to_string(), super::name)
}

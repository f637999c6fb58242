//! `microsoft-seats.csv`: what Microsoft says on 30 November 2026. It agrees with the annuity list
//! but for the differences listed here.

use std::collections::BTreeMap;

use anyhow::Result;

use super::customers::{self as c, CUSTOMERS, Customer};
use super::products::{self as p, Product};
use super::subscription::Subscription;

const HEADINGS: [&str; 9] = ["tenant_id", "tenant_name", "sku_id", "sku_part_number", "enabled", "suspended", "warning", "assigned", "as_of"];

/// Seats of one product.
#[derive(Clone, Copy, Default)]
struct Count {
    enabled: i64,
    suspended: i64,
    warning: i64,
    assigned: i64,
}

const fn count(enabled: i64, assigned: i64) -> Count {
    Count { enabled, suspended: 0, warning: 0, assigned }
}

/// What differs from the annuity list.
static DIFFERENCES: [(&str, &Product, Count); 8] = [
    (c::NORTHWIND, &p::EXCHANGE_2, count(22, 17)),
    (c::WIDE_WORLD, &p::TEAMS_PHONE, count(25, 11)),
    (c::MUNSONS, &p::ENTRA_1, count(0, 0)),
    (c::VANARSDEL, &p::INTUNE, count(6, 6)),
    (c::BEST_FOR_YOU, &p::ENTRA_1, Count { enabled: 0, suspended: 8, warning: 0, assigned: 8 }),
    (c::MESSENGER, &p::EXCHANGE_2, count(10, 12)),
    (c::LAMNA, &p::EXCHANGE_2, count(32, 32)),
    (c::FIRST_UP, &p::EXCHANGE_2, count(13, 13)),
];

/// SKUs that Example MSP does not sell: one bought elsewhere, and free ones that count for nothing.
static NOT_SOLD: [(&str, &str, &str, Count); 4] = [
    (c::NOD, "2880026b-2b0c-4251-8656-5d41ff11e3aa", "DYN365_BUSCENTRAL_ESSENTIAL", count(4, 4)),
    (c::CONTOSO, FLOW_FREE, "FLOW_FREE", count(10_000, 7)),
    (c::FABRIKAM, FLOW_FREE, "FLOW_FREE", count(10_000, 21)),
    (c::WOODGROVE, FLOW_FREE, "FLOW_FREE", count(10_000, 3)),
];

const FLOW_FREE: &str = "f30db892-07e9-47e9-837c-80727f46fd3d";

/// The file, one row a tenant and SKU.
pub(crate) fn csv(month: &[Subscription]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADINGS)?;
    // One customer has not given access to its tenant.
    for customer in CUSTOMERS.iter().filter(|customer| customer.name != c::GRAPHIC_DESIGN) {
        for ((sku_id, part_number), seats) in of_customer(customer, month) {
            let Count { enabled, suspended, warning, assigned } = seats;
            let figures = [enabled, suspended, warning, assigned].map(|figure| figure.to_string());
            let [enabled, suspended, warning, assigned] = figures.each_ref().map(String::as_str);
            writer.write_record([&customer.tenant_id(), customer.name, sku_id, part_number, enabled, suspended, warning, assigned, "2026-11-30"])?;
        }
    }
    Ok(writer.into_inner()?)
}

fn of_customer(customer: &Customer, month: &[Subscription]) -> BTreeMap<(&'static str, &'static str), Count> {
    let mut seats: BTreeMap<_, Count> = BTreeMap::new();
    let active = month.iter().filter(|subscription| subscription.customer == customer.name && subscription.status == "Active");
    for subscription in active.filter(|subscription| !subscription.product.sku.0.is_empty()) {
        let total = seats.entry(subscription.product.sku).or_default();
        total.enabled += subscription.seats;
        total.assigned += subscription.seats;
    }
    for (_, product, count) in DIFFERENCES.iter().filter(|(name, _, _)| *name == customer.name) {
        seats.insert(product.sku, *count);
    }
    for (_, sku_id, part_number, count) in NOT_SOLD.iter().filter(|(name, _, _, _)| *name == customer.name) {
        seats.insert((sku_id, part_number), *count);
    }
    // What a tenant does not have is not listed at all.
    seats.retain(|_, count| count.enabled + count.suspended + count.warning > 0);
    seats
}

//! The tenants, from the sample month's own files.

use std::collections::BTreeMap;

/// One purchase.
#[derive(Clone, Debug)]
pub(super) struct Purchase {
    pub(super) sku_id: String,
    pub(super) part_number: String,
    pub(super) id: String,
    pub(super) seats: i64,
    pub(super) state: String,
    pub(super) created: String,
    pub(super) next_change: String,
}

/// One SKU.
#[derive(Clone, Debug)]
pub(super) struct Sku {
    pub(super) id: String,
    pub(super) part_number: String,
    pub(super) enabled: i64,
    pub(super) suspended: i64,
    pub(super) warning: i64,
    pub(super) assigned: i64,
}

/// One tenant.
#[derive(Clone, Debug, Default)]
pub(super) struct Tenant {
    pub(super) name: String,
    pub(super) skus: Vec<Sku>,
    pub(super) purchases: Vec<Purchase>,
}

const SEATS: &[u8] = include_bytes!("../../contoso/microsoft-seats.csv");
const SUBSCRIPTIONS: &[u8] = include_bytes!("subscriptions.csv");

/// By id.
pub(super) fn all() -> BTreeMap<String, Tenant> {
    let mut tenants: BTreeMap<String, Tenant> = BTreeMap::new();
    for record in csv::Reader::from_reader(SEATS).records().map_while(Result::ok) {
        let cell = |column: usize| record.get(column).unwrap_or_default().to_owned();
        let number = |column: usize| cell(column).parse().unwrap_or_default();
        let tenant = tenants.entry(cell(0)).or_default();
        tenant.name = cell(1);
        tenant.skus.push(Sku { id: cell(2), part_number: cell(3), enabled: number(4), suspended: number(5), warning: number(6), assigned: number(7) });
    }
    for record in csv::Reader::from_reader(SUBSCRIPTIONS).records().map_while(Result::ok) {
        let cell = |column: usize| record.get(column).unwrap_or_default().to_owned();
        let Some(tenant) = tenants.get_mut(&cell(0)) else { continue };
        tenant.purchases.push(Purchase {
            sku_id: cell(1),
            part_number: cell(2),
            id: cell(3),
            seats: cell(4).parse().unwrap_or_default(),
            state: cell(5),
            created: cell(6),
            next_change: cell(7),
        });
    }
    // The sample's seats file does not have this customer; the distributor does.
    let absent = Tenant { name: "Graphic Design Institute".to_owned(), ..Tenant::default() };
    tenants.entry(super::options::SAMPLE_BROKEN[0].0.to_owned()).or_insert(absent);
    tenants
}

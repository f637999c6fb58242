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

impl Purchase {
    /// The SKU of which this is the only purchase, with all of it assigned.
    fn as_sku(&self) -> Sku {
        Sku { id: self.sku_id.clone(), part_number: self.part_number.clone(), enabled: self.seats, suspended: 0, warning: 0, assigned: self.seats }
    }
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
    // The sample's seats file does not have this customer, which has not given access; what it bought is below.
    let without_access = super::options::SAMPLE_BROKEN[0].0;
    let _ = tenants.insert(without_access.to_owned(), Tenant { name: "Graphic Design Institute".to_owned(), ..Tenant::default() });
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
    if let Some(tenant) = tenants.get_mut(without_access) {
        tenant.skus = tenant.purchases.iter().map(Purchase::as_sku).collect();
    }
    tenants
}

/// Adds tenants of a made-up kind: five SKUs, each with a purchase, and up to 30 users.
pub(super) fn add(tenants: &mut BTreeMap<String, Tenant>, count: u32) {
    const SKUS: [(&str, &str); 5] = [
        ("cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", "SPB"),
        ("f245ecc8-75af-4f8e-b61f-27d8114de5f3", "O365_BUSINESS_PREMIUM"),
        ("3b555118-da6a-4418-894f-7df1e2096870", "O365_BUSINESS_ESSENTIALS"),
        ("4b9405b0-7788-4568-add1-99614e613b69", "EXCHANGESTANDARD"),
        ("078d2b04-f1bd-4111-bbd4-b4b1b354cef4", "AAD_PREMIUM"),
    ];
    for number in 0..count {
        let mut tenant = Tenant { name: format!("Made-up customer {number}"), ..Tenant::default() };
        for (place, (sku_id, part_number)) in (0_u32..).zip(SKUS) {
            let assigned = i64::from((number + place * 7) % 30 + 1);
            tenant.skus.push(Sku { id: sku_id.to_owned(), part_number: part_number.to_owned(), enabled: assigned + 1, suspended: 0, warning: 0, assigned });
            tenant.purchases.push(Purchase {
                sku_id: sku_id.to_owned(),
                part_number: part_number.to_owned(),
                id: format!("{number:08x}-0000-4000-8001-{place:012x}"),
                seats: assigned + 1,
                state: "Enabled".to_owned(),
                created: "2026-01-31".to_owned(),
                next_change: "2027-01-31".to_owned(),
            });
        }
        tenants.insert(format!("{number:08x}-0000-4000-9000-00000000abcd"), tenant);
    }
}

//! Document numbers: deterministic, and once recorded they stay (`rules.md` 15).

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::history::History;
use super::ids::TenantId;
use super::mapping::Mapping;
use super::period::BillingPeriod;

/// Hands out the numbers of a period.
#[derive(Debug)]
pub struct Numbering {
    prefix: Arc<str>,
    period: BillingPeriod,
    /// First six hex digits that two tenants of the mapping share.
    shared: HashSet<u32>,
    /// The number of each tenant's first document of this period, if it is on record.
    recorded: HashMap<TenantId, Arc<str>>,
    /// Every number on record, purchases and sales apart: an invoice may be numbered like a bill.
    sales: Series,
    purchases: Series,
}

#[derive(Debug, Default)]
struct Series {
    taken: HashSet<Arc<str>>,
    /// How far each base has been used in this plan.
    used: HashMap<String, u32>,
}

impl Series {
    /// The bare number, then `-2`, `-3`, …: the first that is not taken.
    fn next(&mut self, base: &str) -> Arc<str> {
        let used = self.used.entry(base.to_owned()).or_default();
        loop {
            *used += 1;
            let number: Arc<str> = if *used == 1 { base.into() } else { format!("{base}-{used}").into() };
            if !self.taken.contains(&number) {
                return number;
            }
        }
    }
}

impl Numbering {
    /// Looks at what is on record.
    #[must_use]
    pub fn new(prefix: &Arc<str>, period: BillingPeriod, mapping: &Mapping, history: &History) -> Self {
        let mut seen = HashSet::new();
        let shared = mapping.customers.iter().map(|customer| first_hex_digits(customer.tenant_id)).filter(|digits| !seen.insert(*digits)).collect();
        let mut numbering =
            Self { prefix: Arc::clone(prefix), period, shared, recorded: HashMap::new(), sales: Series::default(), purchases: Series::default() };
        for document in &history.documents {
            let series = if document.kind.is_purchase() { &mut numbering.purchases } else { &mut numbering.sales };
            series.taken.insert(Arc::clone(&document.number));
            if let (true, Some(tenant_id)) = (document.period == period, document.tenant_id) {
                let first = numbering.recorded.entry(tenant_id).or_insert_with(|| Arc::clone(&document.number));
                if document.number.len() < first.len() {
                    *first = Arc::clone(&document.number);
                }
            }
        }
        for found in &history.numbers_in_xero {
            let series = if found.is_purchase { &mut numbering.purchases } else { &mut numbering.sales };
            series.taken.insert(Arc::clone(&found.number));
        }
        numbering
    }

    /// The next number of a customer.
    pub fn next_sale(&mut self, tenant_id: TenantId) -> Arc<str> {
        let base = self.recorded.get(&tenant_id).map_or_else(|| self.sale_base(tenant_id), ToString::to_string);
        self.sales.next(&base)
    }

    /// The next number of a bill: after the distributor's invoice number, else `DD-2026-11`.
    pub fn next_purchase(&mut self, invoice_number: Option<&str>) -> Arc<str> {
        let base = invoice_number.map_or_else(|| format!("DD-{}", self.period), str::to_owned);
        self.purchases.next(&base)
    }

    fn sale_base(&self, tenant_id: TenantId) -> String {
        let hex = tenant_id.0.simple().to_string();
        let digits = if self.shared.contains(&first_hex_digits(tenant_id)) { 12 } else { 6 };
        format!("{}-{}-{}", self.prefix, self.period, hex.get(..digits).unwrap_or(&hex))
    }
}

fn first_hex_digits(tenant_id: TenantId) -> u32 {
    tenant_id.0.as_fields().0 >> 8
}

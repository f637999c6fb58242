//! Rows that were billed and came back with other figures (`rules.md` 13).

use foldhash::{HashMap, HashSet};

use super::charge::{Charge, ChargeKey};
use super::finding::Code;
use super::history::{BilledCharge, History};
use super::ids::SubscriptionId;
use super::money::show_quantity;
use super::offer::StockCode;
use super::period::Window;
use super::selling::Held;

/// Billed charges that have vanished from the source, by what a corrected row keeps.
#[derive(Debug, Default)]
pub struct Vanished<'a> {
    billed: HashMap<(&'a SubscriptionId, &'a StockCode, Window), &'a BilledCharge>,
}

impl<'a> Vanished<'a> {
    /// Finds what has vanished.
    #[must_use]
    pub fn new(history: &'a History, charges: &[Charge]) -> Self {
        if history.charges.is_empty() {
            return Self::default();
        }
        let present: HashSet<ChargeKey> = charges.iter().map(|charge| charge.key).collect();
        let gone = history.charges.iter().filter(|billed| !present.contains(&billed.key));
        Self { billed: gone.map(|billed| ((&billed.subscription, &billed.stock_code, billed.usage), billed)).collect() }
    }

    /// The reason to hold a charge that replaces a billed one; `None` when it replaces nothing.
    #[must_use]
    pub fn replaced_by(&self, charge: &Charge) -> Option<Held> {
        let before = self.billed.get(&(&charge.subscription, &charge.stock_code, charge.usage))?;
        let document = before.sale.as_ref().map(|sale| &sale.number).or(before.bill.as_ref());
        let on = document.map_or_else(|| "an earlier run".to_owned(), |number| format!("{number}"));
        let figures = |quantity, unit, cost| format!("{} × {} = {cost}", show_quantity(quantity), show_quantity(unit));
        Some(Held {
            code: Code::ChangedAtSource,
            tenant_id: before.sale.as_ref().map(|sale| sale.tenant_id),
            reason: format!(
                "it was billed on {on} as {}, and the source now says {}",
                figures(before.quantity, before.unit_cost, before.cost),
                figures(charge.quantity, charge.unit_cost, charge.cost)
            ),
            fix: format!("settle the difference with the customer and the distributor in Xero, then: cspctl sync --catch-up --only {}", charge.key),
        })
    }
}

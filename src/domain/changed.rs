//! Rows that were billed and came back with other figures (`rules.md` 13).

use foldhash::{HashMap, HashMapExt, HashSet};
use rust_decimal::Decimal;

use super::charge::{Charge, ChargeKey};
use super::finding::Code;
use super::history::{BilledCharge, History};
use super::ids::SubscriptionId;
use super::money::{Money, show_quantity};
use super::offer::StockCode;
use super::period::{Window, show_date};
use super::selling::Held;
use super::sources::Sources;

type Purchase<'a> = (&'a SubscriptionId, &'a StockCode);

/// Billed charges that have vanished from the source, by what a corrected row keeps.
#[derive(Debug, Default)]
pub struct Vanished<'a> {
    billed: HashMap<(Purchase<'a>, Window), &'a BilledCharge>,
    /// Those that the other kind of source billed, by what it would keep if it only counted the days
    /// of the window differently.
    elsewhere: HashMap<(Purchase<'a>, Decimal, Money), Vec<&'a BilledCharge>>,
}

impl<'a> Vanished<'a> {
    /// Finds what has vanished.
    #[must_use]
    pub fn new(history: &'a History, sources: &Sources) -> Self {
        if history.charges.is_empty() {
            return Self::default();
        }
        let present: HashSet<ChargeKey> = sources.charges.iter().map(|charge| charge.key).collect();
        // An invoice that was not asked for has not vanished.
        let is_out_of_sight = |billed: &BilledCharge| billed.key.is_of_invoice_line() && sources.asked_from.is_some_and(|from| billed.period < from);
        let gone = || history.charges.iter().filter(|billed| !present.contains(&billed.key) && !is_out_of_sight(billed));
        let purchase = |billed: &'a BilledCharge| (&billed.subscription, &billed.stock_code);
        let mut elsewhere: HashMap<_, Vec<&BilledCharge>> = HashMap::new();
        let reads_api = sources.asked_from.is_some();
        for billed in gone().filter(|billed| billed.key.is_of_invoice_line() != reads_api && !billed.cost.is_zero()) {
            elsewhere.entry((purchase(billed), billed.quantity.normalize(), billed.cost)).or_default().push(billed);
        }
        Self { billed: gone().map(|billed| ((purchase(billed), billed.usage), billed)).collect(), elsewhere }
    }

    /// The reason to hold a charge that replaces a billed one; `None` when it replaces nothing.
    #[must_use]
    pub fn replaced_by(&self, charge: &Charge) -> Option<Held> {
        let purchase = (&charge.subscription, &charge.stock_code);
        let before = self.billed.get(&(purchase, charge.usage)).copied().or_else(|| self.moved(purchase, charge))?;
        let document = before.sale.as_ref().map(|sale| &sale.number).or(before.bill.as_ref());
        let on = document.map_or_else(|| "an earlier run".to_owned(), |number| format!("{number}"));
        let days =
            |usage: Window| if before.usage == charge.usage { String::new() } else { format!(" for {} to {}", show_date(usage.start), show_date(usage.end)) };
        let figures = |quantity, unit, cost, usage| format!("{} × {} = {cost}{}", show_quantity(quantity), show_quantity(unit), days(usage));
        Some(Held {
            code: Code::ChangedAtSource,
            tenant_id: before.sale.as_ref().map(|sale| sale.tenant_id),
            reason: format!(
                "it was billed on {on} as {}, and the source now says {}",
                figures(before.quantity, before.unit_cost, before.cost, before.usage),
                figures(charge.quantity, charge.unit_cost, charge.cost, charge.usage)
            ),
            fix: format!("settle the difference with the customer and the distributor in Xero, then: cspctl sync --catch-up --only {}", charge.key),
        })
    }

    /// The same figures under a window that overlaps: the other source may only count its days differently.
    fn moved(&self, purchase: Purchase<'_>, charge: &Charge) -> Option<&'a BilledCharge> {
        let alike = self.elsewhere.get(&(purchase, charge.quantity.normalize(), charge.cost))?;
        let overlaps = |billed: &&&BilledCharge| billed.usage.start <= charge.usage.end && charge.usage.start <= billed.usage.end;
        alike.iter().find(overlaps).copied()
    }
}

//! The same charge from another source. An export knows a charge by its facts, the API by invoice
//! number and line: a month that was billed from one and is read from the other has the same charges
//! under other keys. They are recognised by subscription, stock code, usage window, quantity and
//! amount, one to one, and go on under the key they were first billed by.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt, HashSet};
use rust_decimal::Decimal;

use super::charge::{Charge, ChargeKey};
use super::history::{BilledCharge, History};
use super::ids::SubscriptionId;
use super::money::Money;
use super::offer::StockCode;
use super::period::Window;

/// What a charge keeps, whichever source tells of it.
type Facts<'a> = (&'a SubscriptionId, &'a StockCode, Window, Decimal, Money);

fn facts_of(charge: &Charge) -> Facts<'_> {
    (&charge.subscription, &charge.stock_code, charge.usage, charge.quantity.normalize(), charge.cost)
}

fn facts_of_billed(billed: &BilledCharge) -> Facts<'_> {
    (&billed.subscription, &billed.stock_code, billed.usage, billed.quantity.normalize(), billed.cost)
}

/// Gives every charge that an earlier run billed from the other kind of source the key it was billed
/// by. Whatever the order of the charges, the result is the same; a second call changes nothing.
pub fn recognise(charges: &mut [Charge], history: &History) {
    let pairs = pairs(charges, history);
    for (index, key) in pairs {
        if let Some(charge) = charges.get_mut(index) {
            charge.key = key;
        }
    }
}

/// Places of charges, and the keys they were billed by.
fn pairs(charges: &[Charge], history: &History) -> Vec<(usize, ChargeKey)> {
    let is_new = |charge: &Charge| history.settled_of(charge.key).is_none();
    // A month of a million rows from the same source as ever costs one look at each key.
    let has_new = |of_api: bool| charges.iter().any(|charge| charge.key.is_of_invoice_line() == of_api && is_new(charge));
    let has_billed = |of_api: bool| history.charges.iter().any(|billed| billed.key.is_of_invoice_line() == of_api);
    let wanted: Vec<bool> = [true, false].into_iter().filter(|of_api| has_billed(!*of_api) && has_new(*of_api)).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let present: HashSet<ChargeKey> = charges.iter().map(|charge| charge.key).collect();
    let mut pairs = Vec::new();
    for of_api in wanted {
        // By key, so that a key recorded twice (bill first, sale later) counts once.
        let mut billed: HashMap<Facts<'_>, BTreeSet<ChargeKey>> = HashMap::new();
        for record in history.charges.iter().filter(|record| record.key.is_of_invoice_line() != of_api && !present.contains(&record.key)) {
            billed.entry(facts_of_billed(record)).or_default().insert(record.key);
        }
        let mut new: HashMap<Facts<'_>, Vec<usize>> = HashMap::new();
        for (index, charge) in charges.iter().enumerate() {
            if charge.key.is_of_invoice_line() == of_api && is_new(charge) {
                new.entry(facts_of(charge)).or_default().push(index);
            }
        }
        for (facts, mut indexes) in new {
            let Some(keys) = billed.get(&facts) else { continue };
            if facts.0.is_empty() && !is_certain_without_subscription(keys, indexes.len(), history) {
                continue;
            }
            indexes.sort_by_key(|index| charges.get(*index).map(|charge| charge.key));
            pairs.extend(indexes.into_iter().zip(keys.iter().copied()));
        }
    }
    pairs
}

/// Without a subscription two customers can have charges alike in every fact, and a wrong pair would
/// sell to one what the other was sold. When all were sold and none is more, every pair is right.
fn is_certain_without_subscription(keys: &BTreeSet<ChargeKey>, charges: usize, history: &History) -> bool {
    charges <= keys.len() && keys.iter().all(|key| history.settled_of(*key).is_some_and(|settled| settled.on_bill && settled.on_sale))
}

#[cfg(test)]
mod tests;

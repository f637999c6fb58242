//! From the distributor's offers to Microsoft's SKUs (`contracts/microsoft.md` 5.4). Nobody publishes this
//! table for resellers, so it is learnt from subscriptions that both sides name by the same id. Never by
//! product id alone, never by a part number that looks alike.

mod check;
mod table;

use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet, HashSetExt};

use super::charge::{AnnuityLine, Charge};
use super::holding::Subscription;
use super::ids::{SkuId, SubscriptionId, TenantId};
use super::offer::{OfferId, StockCode};

pub use check::{BridgeCheck, Step, Unmatched, check};
pub use table::product_name;

/// What is known of offers and SKUs beside `mapping.toml`, which always wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bridge {
    learnt: BTreeMap<OfferId, SkuId>,
    has_table: bool,
}

/// An offer and its SKU, learnt from a subscription.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// `CFQ7TTC0LCHC:0002`.
    pub offer: OfferId,
    /// Graph's `skuId`.
    pub sku_id: SkuId,
}

impl Bridge {
    /// A bridge of learnt pairs and the small table of the program.
    #[must_use]
    pub fn new(learnt: impl IntoIterator<Item = Pair>) -> Self {
        Self { learnt: learnt.into_iter().map(|pair| (pair.offer, pair.sku_id)).collect(), has_table: true }
    }

    /// The SKU of an offer: learnt, else from the table.
    #[must_use]
    pub fn sku(&self, offer: &OfferId) -> Option<SkuId> {
        self.learnt(offer).or_else(|| if self.has_table { table::sku(offer) } else { None })
    }

    /// The SKU of an offer, as subscriptions taught it.
    #[must_use]
    pub fn learnt(&self, offer: &OfferId) -> Option<SkuId> {
        self.learnt.get(offer).copied()
    }
}

/// What the distributor lists under a subscription's id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) tenant_id: Option<TenantId>,
    pub(crate) subscription: &'a SubscriptionId,
    pub(crate) stock_code: &'a StockCode,
}

/// The distributor's purchases: the active lines of the annuity list, and charges of subscriptions that
/// the list does not have.
pub(crate) fn lines<'a>(annuity: &'a [AnnuityLine], charges: &'a [Charge]) -> Vec<Line<'a>> {
    let mut seen: HashSet<&SubscriptionId> = HashSet::new();
    let mut lines: Vec<Line<'_>> = Vec::new();
    for line in annuity.iter().filter(|line| line.active && !line.is_azure() && !line.subscription.is_empty()) {
        seen.insert(&line.subscription);
        lines.push(Line { tenant_id: line.tenant_id, subscription: &line.subscription, stock_code: &line.stock_code });
    }
    for charge in charges.iter().filter(|charge| !charge.subscription.is_empty() && !charge.stock_code.offer().is_azure() && !charge.is_credit()) {
        if seen.insert(&charge.subscription) {
            lines.push(Line { tenant_id: charge.stated_tenant, subscription: &charge.subscription, stock_code: &charge.stock_code });
        }
    }
    lines
}

/// Microsoft's subscriptions by the id that the distributor may use.
#[derive(Debug, Default)]
pub(crate) struct ById<'a>(HashMap<&'a SubscriptionId, &'a Subscription>);

impl<'a> ById<'a> {
    pub(crate) fn new(subscriptions: &'a [Subscription]) -> Self {
        Self(subscriptions.iter().filter(|subscription| !subscription.id.is_empty()).map(|subscription| (&subscription.id, subscription)).collect())
    }

    /// The same subscription at the same tenant; a line that names no tenant has that of its id.
    pub(crate) fn find(&self, line: Line<'_>) -> Option<&'a Subscription> {
        self.0.get(line.subscription).copied().filter(|found| line.tenant_id.is_none_or(|tenant_id| tenant_id == found.tenant_id))
    }
}

/// The pairs that subscriptions of the same id teach. Two SKUs for one offer teach nothing: a subscription
/// that was changed meanwhile may be listed under its old offer.
#[must_use]
pub fn learn(annuity: &[AnnuityLine], charges: &[Charge], subscriptions: &[Subscription]) -> Vec<Pair> {
    let by_id = ById::new(subscriptions);
    let mut taught: BTreeMap<&OfferId, Option<SkuId>> = BTreeMap::new();
    for line in lines(annuity, charges) {
        let Some(found) = by_id.find(line) else { continue };
        let known = taught.entry(line.stock_code.offer()).or_insert(Some(found.sku_id));
        if *known != Some(found.sku_id) {
            *known = None;
        }
    }
    taught.into_iter().filter_map(|(offer, sku_id)| Some(Pair { offer: offer.clone(), sku_id: sku_id? })).collect()
}

#[cfg(test)]
mod tests;

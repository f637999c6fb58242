//! From the distributor's offers to Microsoft's SKUs (`contracts/microsoft.md` 5.4). Nobody publishes this
//! table for resellers, so it is learnt from subscriptions that both sides name by the same id. Never by
//! product id alone, never by a part number that looks alike.

mod check;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashSet, HashSetExt};

use super::charge::{AnnuityLine, Charge};
use super::holding::Subscription;
use super::ids::{SkuId, SubscriptionId, TenantId};
use super::mapping::Mapping;
use super::offer::{OfferId, StockCode};

pub use check::{BridgeCheck, Step, Unmatched, check};
pub use table::shown_name;

/// What is known of offers and SKUs beside `mapping.toml`, which always wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bridge {
    learnt: BTreeMap<OfferId, SkuId>,
    matrix: BTreeMap<OfferId, SkuId>,
    catalogue: BTreeMap<OfferId, SkuId>,
    has_table: bool,
}

/// An offer and its SKU.
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
        Self { learnt: by_offer(learnt), has_table: true, ..Self::default() }
    }

    /// A bridge of a distributor's offer matrix alone.
    #[must_use]
    pub fn of_matrix(pairs: impl IntoIterator<Item = Pair>) -> Self {
        Self { matrix: by_offer(pairs), ..Self::default() }
    }

    /// The same with learnt pairs and the program's table.
    #[must_use]
    pub fn with_learnt(self, pairs: impl IntoIterator<Item = Pair>) -> Self {
        Self { learnt: by_offer(pairs), has_table: true, ..self }
    }

    /// The same with what Partner Center's catalogue says.
    #[must_use]
    pub fn with_catalogue(self, pairs: impl IntoIterator<Item = Pair>) -> Self {
        Self { catalogue: by_offer(pairs), ..self }
    }

    /// The SKU of an offer, by the first step that knows it (`contracts/microsoft.md` 5.4, rule 3).
    #[must_use]
    pub fn sku(&self, offer: &OfferId) -> Option<SkuId> {
        self.find(offer).map(|(_, sku_id)| sku_id)
    }

    /// The same with the step.
    #[must_use]
    pub fn find(&self, offer: &OfferId) -> Option<(Step, SkuId)> {
        let of = |step: Step, pairs: &BTreeMap<OfferId, SkuId>| Some((step, *pairs.get(offer)?));
        of(Step::Learnt, &self.learnt)
            .or_else(|| of(Step::Matrix, &self.matrix))
            .or_else(|| of(Step::Catalogue, &self.catalogue))
            .or_else(|| table::sku(offer).filter(|_| self.has_table).map(|sku_id| (Step::Table, sku_id)))
    }
}

fn by_offer(pairs: impl IntoIterator<Item = Pair>) -> BTreeMap<OfferId, SkuId> {
    pairs.into_iter().map(|pair| (pair.offer, pair.sku_id)).collect()
}

/// What Partner Center's catalogue said of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueAnswer {
    /// The offer.
    pub offer: OfferId,
    /// The SKU that it provides; `None` when the catalogue knows none.
    pub sku_id: Option<SkuId>,
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

/// Offers on the distributor's lines that neither the mapping nor a pair of this bridge explains: those that
/// are worth a question to Partner Center. The program's table is no reason not to ask.
#[must_use]
pub fn unexplained(annuity: &[AnnuityLine], charges: &[Charge], mapping: &Mapping, bridge: &Bridge) -> BTreeSet<OfferId> {
    let mapped = |code: &StockCode| mapping.products_covering(code).iter().any(|product| product.sku_id.is_some() || product.ignore);
    let known = |offer: &OfferId| matches!(bridge.find(offer), Some((Step::Learnt | Step::Matrix, _)));
    lines(annuity, charges)
        .into_iter()
        .filter(|line| line.stock_code.offer().parts().is_some() && !mapped(line.stock_code) && !known(line.stock_code.offer()))
        .map(|line| line.stock_code.offer().clone())
        .collect()
}

#[cfg(test)]
mod tests;

//! How well the bridge carries: which step finds each of the distributor's lines, and what could be meant
//! by those that none finds. Suggestions are never applied.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Bridge, ById, Line, table};
use crate::domain::charge::AnnuityLine;
use crate::domain::holding::Subscription;
use crate::domain::ids::{SkuId, TenantId};
use crate::domain::mapping::Mapping;
use crate::domain::offer::OfferId;
use crate::domain::period::days_between;

/// The step that found a line, in the order they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// `sku_id` in `mapping.toml`.
    Mapping,
    /// The subscription's own id.
    Subscription,
    /// A pair learnt from another subscription.
    Learnt,
    /// The distributor's offer matrix.
    Matrix,
    /// Partner Center's catalogue.
    Catalogue,
    /// The program's table.
    Table,
}

/// A line that no step finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The customer.
    pub tenant_id: Option<TenantId>,
    /// The customer's name.
    pub tenant_name: std::sync::Arc<str>,
    /// The offer.
    pub offer: OfferId,
    /// Its name in the list.
    pub description: std::sync::Arc<str>,
    /// A SKU of the same name, or one of the same size and end; to be confirmed by a person.
    pub suggestion: Option<SkuId>,
}

/// Hit rates over the active lines of the annuity list, without Azure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BridgeCheck {
    /// All of them.
    pub lines: u64,
    /// Lines of tenants that answered: only there can an id be found.
    pub lines_asked: u64,
    /// Lines whose id is Microsoft's `commerceSubscriptionId` too. Whether the distributor's ids are
    /// Microsoft's is not documented: this number tells.
    pub ids_found: u64,
    /// Lines by the step that finds them.
    pub found: [u64; 6],
    /// Lines that no step finds.
    pub unmatched: Vec<Unmatched>,
}

impl BridgeCheck {
    /// Lines that a step finds.
    #[must_use]
    pub fn found_by(&self, step: Step) -> u64 {
        self.found.get(step as usize).copied().unwrap_or_default()
    }
}

/// Tries every line.
#[must_use]
pub fn check(annuity: &[AnnuityLine], subscriptions: &[Subscription], answered: &[TenantId], mapping: &Mapping, bridge: &Bridge) -> BridgeCheck {
    let by_id = ById::new(subscriptions);
    let answered: HashSet<TenantId> = answered.iter().copied().collect();
    let mut check = BridgeCheck::default();
    let mut taken = HashSet::new();
    let mut open = Vec::new();
    for line in annuity.iter().filter(|line| line.active && !line.is_azure()) {
        check.lines += 1;
        check.lines_asked += u64::from(line.tenant_id.is_some_and(|tenant_id| answered.contains(&tenant_id)));
        let same_id = by_id.find(Line { tenant_id: line.tenant_id, subscription: &line.subscription, stock_code: &line.stock_code });
        if let Some(found) = same_id {
            check.ids_found += 1;
            taken.insert(&found.id);
        }
        let offer = line.stock_code.offer();
        let mapped = || mapping.products_covering(&line.stock_code).iter().find_map(|product| product.sku_id);
        let step = if mapped().is_some() {
            Some(Step::Mapping)
        } else if same_id.is_some() {
            Some(Step::Subscription)
        } else {
            bridge.find(offer).map(|(step, _)| step)
        };
        match step.and_then(|step| check.found.get_mut(step as usize)) {
            Some(count) => *count += 1,
            None => open.push(line),
        }
    }
    let mut free: HashMap<TenantId, Vec<&Subscription>> = HashMap::new();
    for subscription in subscriptions.iter().filter(|subscription| !open.is_empty() && !taken.contains(&subscription.id)) {
        free.entry(subscription.tenant_id).or_default().push(subscription);
    }
    for line in open {
        let of_tenant = line.tenant_id.and_then(|tenant_id| free.get(&tenant_id)).into_iter().flatten().copied();
        check.unmatched.push(Unmatched {
            tenant_id: line.tenant_id,
            tenant_name: std::sync::Arc::clone(&line.tenant_name),
            offer: line.stock_code.offer().clone(),
            description: std::sync::Arc::clone(&line.description),
            suggestion: table::named(&line.description).or_else(|| of_same_shape(line, of_tenant)),
        });
    }
    check
}

/// The one of the tenant's subscriptions with as many seats that ends on the same day, give or take one.
fn of_same_shape<'a>(line: &AnnuityLine, of_tenant: impl Iterator<Item = &'a Subscription>) -> Option<SkuId> {
    let ends = line.expiry?;
    let near = |end: Date| days_between(ends, end).abs() <= 1;
    let mut alike = of_tenant.filter(|subscription| Decimal::from(subscription.seats) == line.quantity && subscription.next_change.is_some_and(near));
    alike.next().filter(|_| alike.next().is_none()).map(|subscription| subscription.sku_id)
}

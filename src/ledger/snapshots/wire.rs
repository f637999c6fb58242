//! One tenant's figures as JSON, the same text for the same figures. Readers ignore members that they do
//! not know; a release that only adds some keeps the number.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::holding::{Holding, Seats, Subscription, SubscriptionState, UserCount};
use crate::domain::ids::{SkuId, SubscriptionId, TenantId};
use crate::ledger::snapshots::Counted;

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Tenant {
    version: u32,
    #[serde(default)]
    holdings: Vec<WireHolding>,
    #[serde(default)]
    subscriptions: Vec<WireSubscription>,
    #[serde(default)]
    users: Vec<WireUsers>,
}

#[derive(Serialize, Deserialize)]
struct WireHolding {
    sku: SkuId,
    part: Arc<str>,
    enabled: i64,
    suspended: i64,
    warning: i64,
    assigned: i64,
}

#[derive(Serialize, Deserialize)]
struct WireSubscription {
    id: SubscriptionId,
    sku: SkuId,
    part: Arc<str>,
    seats: i64,
    state: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<TenantId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    trial: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Date>,
}

#[derive(Serialize, Deserialize)]
struct WireUsers {
    sku: SkuId,
    users: u64,
    disabled: u64,
}

/// The text of every tenant that answered, one after the other: all of them at once would be as much again as
/// the figures.
pub(super) fn encode(seats: &Seats) -> impl Iterator<Item = (TenantId, String)> {
    let mut holdings: Vec<&Holding> = seats.holdings.iter().collect();
    holdings.sort_by_key(|holding| (holding.tenant_id, holding.sku_id));
    let mut subscriptions: Vec<&Subscription> = seats.subscriptions.iter().collect();
    subscriptions.sort_by(|one, other| (one.tenant_id, &one.id, one.sku_id).cmp(&(other.tenant_id, &other.id, other.sku_id)));
    let mut users: Vec<&UserCount> = seats.users.iter().collect();
    users.sort_by_key(|count| (count.tenant_id, count.sku_id));
    let answered: BTreeSet<TenantId> = seats.answered.iter().copied().collect();
    answered.into_iter().map(move |tenant_id| {
        let tenant = Tenant {
            version: VERSION,
            holdings: of_tenant(&holdings, tenant_id, |holding| holding.tenant_id).iter().copied().map(WireHolding::of).collect(),
            subscriptions: of_tenant(&subscriptions, tenant_id, |subscription| subscription.tenant_id).iter().copied().map(WireSubscription::of).collect(),
            users: of_tenant(&users, tenant_id, |count| count.tenant_id).iter().copied().map(WireUsers::of).collect(),
        };
        // Texts, numbers and dates: this cannot fail.
        (tenant_id, serde_json::to_string(&tenant).unwrap_or_default())
    })
}

/// Those of one tenant, where all are sorted by it.
fn of_tenant<T>(sorted: &[T], tenant_id: TenantId, tenant_of: impl Fn(&T) -> TenantId) -> &[T] {
    let from = sorted.partition_point(|item| tenant_of(item) < tenant_id);
    let to = sorted.partition_point(|item| tenant_of(item) <= tenant_id);
    sorted.get(from..to).unwrap_or_default()
}

impl WireHolding {
    fn of(holding: &Holding) -> Self {
        let &Holding { sku_id: sku, enabled, suspended, warning, assigned, .. } = holding;
        Self { sku, part: Arc::clone(&holding.sku_part_number), enabled, suspended, warning, assigned }
    }
}

impl WireSubscription {
    fn of(subscription: &Subscription) -> Self {
        Self {
            id: subscription.id.clone(),
            sku: subscription.sku_id,
            part: Arc::clone(&subscription.sku_part_number),
            seats: subscription.seats,
            state: subscription.state.as_str().into(),
            owner: subscription.owner_tenant_id,
            trial: subscription.is_trial,
            created: subscription.created,
            next: subscription.next_change,
        }
    }
}

impl WireUsers {
    fn of(count: &UserCount) -> Self {
        Self { sku: count.sku_id, users: count.users, disabled: count.disabled }
    }
}

/// Of one tenant's text only what tells whether its people must be counted again, and how they were.
pub(super) fn counted(text: &str, tenant_id: TenantId) -> Result<Counted, serde_json::Error> {
    let tenant: CountedTenant = serde_json::from_str(text)?;
    let assigned = tenant.holdings.into_iter().map(|holding| (holding.sku, holding.assigned)).collect();
    Ok(Counted { assigned, users: counts(tenant_id, tenant.users).collect() })
}

#[derive(Deserialize)]
struct CountedTenant {
    #[serde(default)]
    holdings: Vec<CountedHolding>,
    #[serde(default)]
    users: Vec<WireUsers>,
}

#[derive(Deserialize)]
struct CountedHolding {
    sku: SkuId,
    assigned: i64,
}

fn counts(tenant_id: TenantId, users: Vec<WireUsers>) -> impl Iterator<Item = UserCount> {
    users.into_iter().map(move |users| UserCount { tenant_id, sku_id: users.sku, users: users.users, disabled: users.disabled })
}

/// Texts that come again and again, kept once.
#[derive(Default)]
pub(super) struct Texts(BTreeSet<Arc<str>>);

impl Texts {
    fn shared(&mut self, text: Arc<str>) -> Arc<str> {
        if let Some(known) = self.0.get(&text) {
            return Arc::clone(known);
        }
        let _ = self.0.insert(Arc::clone(&text));
        text
    }
}

/// What one tenant answered.
pub(super) struct Decoded {
    pub(super) holdings: Vec<Holding>,
    pub(super) subscriptions: Vec<Subscription>,
    pub(super) users: Vec<UserCount>,
}

pub(super) fn decode(text: &str, tenant_id: TenantId, tenant_name: &Arc<str>, texts: &mut Texts) -> Result<Decoded, serde_json::Error> {
    let tenant: Tenant = serde_json::from_str(text)?;
    let holdings = tenant.holdings.into_iter().map(|holding| Holding {
        tenant_id,
        tenant_name: Arc::clone(tenant_name),
        sku_id: holding.sku,
        sku_part_number: texts.shared(holding.part),
        enabled: holding.enabled,
        suspended: holding.suspended,
        warning: holding.warning,
        assigned: holding.assigned,
    });
    let holdings = holdings.collect();
    let subscriptions = tenant.subscriptions.into_iter().map(|subscription| Subscription {
        tenant_id,
        id: subscription.id,
        sku_id: subscription.sku,
        sku_part_number: texts.shared(subscription.part),
        seats: subscription.seats,
        state: SubscriptionState::parse(&subscription.state),
        owner_tenant_id: subscription.owner,
        is_trial: subscription.trial,
        created: subscription.created,
        next_change: subscription.next,
    });
    Ok(Decoded { holdings, subscriptions: subscriptions.collect(), users: counts(tenant_id, tenant.users).collect() })
}

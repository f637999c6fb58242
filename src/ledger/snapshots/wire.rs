//! One tenant's figures as JSON, the same text for the same figures. Readers ignore members that they do
//! not know; a release that only adds some keeps the number.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::holding::{Holding, Seats, Subscription, SubscriptionState, UserCount};
use crate::domain::ids::{SkuId, SubscriptionId, TenantId};

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

/// The text of every tenant that answered.
pub(super) fn encode(seats: &Seats) -> Vec<(TenantId, String)> {
    let empty = || Tenant { version: VERSION, holdings: Vec::new(), subscriptions: Vec::new(), users: Vec::new() };
    let mut tenants: BTreeMap<TenantId, Tenant> = seats.answered.iter().map(|tenant_id| (*tenant_id, empty())).collect();
    for holding in &seats.holdings {
        let Some(tenant) = tenants.get_mut(&holding.tenant_id) else { continue };
        let &Holding { sku_id: sku, enabled, suspended, warning, assigned, .. } = holding;
        tenant.holdings.push(WireHolding { sku, part: Arc::clone(&holding.sku_part_number), enabled, suspended, warning, assigned });
    }
    for subscription in &seats.subscriptions {
        let Some(tenant) = tenants.get_mut(&subscription.tenant_id) else { continue };
        tenant.subscriptions.push(WireSubscription {
            id: subscription.id.clone(),
            sku: subscription.sku_id,
            part: Arc::clone(&subscription.sku_part_number),
            seats: subscription.seats,
            state: subscription.state.as_str().into(),
            owner: subscription.owner_tenant_id,
            trial: subscription.is_trial,
            created: subscription.created,
            next: subscription.next_change,
        });
    }
    for count in &seats.users {
        let Some(tenant) = tenants.get_mut(&count.tenant_id) else { continue };
        tenant.users.push(WireUsers { sku: count.sku_id, users: count.users, disabled: count.disabled });
    }
    // Texts, numbers and dates: this cannot fail.
    let text = |mut tenant: Tenant| {
        tenant.holdings.sort_by_key(|holding| holding.sku);
        tenant.subscriptions.sort_by(|one, other| (&one.id, one.sku).cmp(&(&other.id, other.sku)));
        tenant.users.sort_by_key(|users| users.sku);
        serde_json::to_string(&tenant).unwrap_or_default()
    };
    tenants.into_iter().map(|(tenant_id, tenant)| (tenant_id, text(tenant))).collect()
}

/// What one tenant answered.
pub(super) struct Decoded {
    pub(super) holdings: Vec<Holding>,
    pub(super) subscriptions: Vec<Subscription>,
    pub(super) users: Vec<UserCount>,
}

pub(super) fn decode(text: &str, tenant_id: TenantId, tenant_name: &Arc<str>) -> Result<Decoded, serde_json::Error> {
    let tenant: Tenant = serde_json::from_str(text)?;
    let holdings = tenant.holdings.into_iter().map(|holding| Holding {
        tenant_id,
        tenant_name: Arc::clone(tenant_name),
        sku_id: holding.sku,
        sku_part_number: holding.part,
        enabled: holding.enabled,
        suspended: holding.suspended,
        warning: holding.warning,
        assigned: holding.assigned,
    });
    let subscriptions = tenant.subscriptions.into_iter().map(|subscription| Subscription {
        tenant_id,
        id: subscription.id,
        sku_id: subscription.sku,
        sku_part_number: subscription.part,
        seats: subscription.seats,
        state: SubscriptionState::parse(&subscription.state),
        owner_tenant_id: subscription.owner,
        is_trial: subscription.trial,
        created: subscription.created,
        next_change: subscription.next,
    });
    let users = tenant.users.into_iter().map(|users| UserCount { tenant_id, sku_id: users.sku, users: users.users, disabled: users.disabled });
    Ok(Decoded { holdings: holdings.collect(), subscriptions: subscriptions.collect(), users: users.collect() })
}

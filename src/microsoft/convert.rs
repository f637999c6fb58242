//! From the services' words to the domain's.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::wire;
use crate::domain::holding::{Holding, Subscription, SubscriptionState};
use crate::domain::ids::{SkuId, SubscriptionId, TenantId};

/// The day of a timestamp with up to seven digits of a second, or of a bare date; the first day of
/// all days means "none".
pub(super) fn day(text: &str) -> Option<Date> {
    let date: Date = text.trim().get(..10)?.parse().ok()?;
    (date.year() > 1).then_some(date)
}

pub(super) fn tenant(text: &str) -> Option<TenantId> {
    text.parse().ok().filter(|id: &TenantId| !id.0.is_nil())
}

/// One holding a SKU; one without any seat is nothing to compare.
///
/// # Errors
///
/// Says which SKU has no readable id or no units at all: whoever took it for none would call that compared.
pub(super) fn holdings(
    tenant_id: TenantId,
    tenant_name: &Arc<str>,
    skus: Vec<wire::SubscribedSku>,
    shared: impl Fn(&str) -> Arc<str>,
) -> Result<Vec<Holding>, String> {
    let mut holdings: BTreeMap<SkuId, Holding> = BTreeMap::new();
    for sku in skus {
        let sku_id = sku.sku_id.parse::<SkuId>().map_err(|_| format!("the SKU {} has no readable id", sku.sku_part_number))?;
        let units = sku.prepaid_units.as_ref().ok_or_else(|| format!("the SKU {} has no units", sku.sku_part_number))?;
        let holding = holdings.entry(sku_id).or_insert_with(|| Holding {
            tenant_id,
            tenant_name: Arc::clone(tenant_name),
            sku_id,
            sku_part_number: shared(&sku.sku_part_number),
            enabled: 0,
            suspended: 0,
            warning: 0,
            assigned: 0,
        });
        holding.enabled = holding.enabled.saturating_add(units.enabled);
        // Locked seats are blocked as well, by Microsoft instead of the partner.
        holding.suspended = holding.suspended.saturating_add(units.suspended).saturating_add(units.locked_out);
        holding.warning = holding.warning.saturating_add(units.warning);
        holding.assigned = holding.assigned.saturating_add(sku.consumed_units);
    }
    Ok(holdings.into_values().filter(|holding| [holding.enabled, holding.suspended, holding.warning, holding.assigned] != [0; 4]).collect())
}

/// The purchases behind them.
pub(super) fn subscriptions(tenant_id: TenantId, found: Vec<wire::CompanySubscription>, shared: impl Fn(&str) -> Arc<str>) -> Vec<Subscription> {
    let mut subscriptions: Vec<Subscription> = found
        .into_iter()
        .filter_map(|subscription| {
            Some(Subscription {
                tenant_id,
                id: SubscriptionId::new(&subscription.commerce_subscription_id),
                sku_id: subscription.sku_id.parse().ok()?,
                sku_part_number: shared(&subscription.sku_part_number),
                seats: subscription.total_licenses,
                state: SubscriptionState::parse(&subscription.status),
                owner_tenant_id: tenant(&subscription.owner_tenant_id),
                is_trial: subscription.is_trial,
                created: day(&subscription.created_date_time),
                next_change: day(&subscription.next_lifecycle_date_time),
            })
        })
        .collect();
    subscriptions.sort_by(|one, other| (&one.id, one.sku_id).cmp(&(&other.id, other.sku_id)));
    subscriptions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::testing;
    use jiff::civil::date;

    #[test]
    fn days_are_read_from_every_form_of_time() {
        assert_eq!(day("2026-08-31T00:00:00.1234567Z"), Some(date(2026, 8, 31)));
        assert_eq!(day("2026-08-31"), Some(date(2026, 8, 31)));
        assert_eq!((day("0001-01-01T00:00:00Z"), day(""), day("soon")), (None, None, None));
    }

    #[test]
    fn a_sku_without_a_seat_is_left_out_and_locked_seats_count_as_suspended() {
        let sku = |enabled, locked_out| wire::SubscribedSku {
            sku_id: "CBDC14AB-D96C-4C30-B9F4-6ADA7CDC1D46".into(),
            sku_part_number: "SPB".into(),
            prepaid_units: Some(wire::PrepaidUnits { enabled, locked_out, ..wire::PrepaidUnits::default() }),
            ..wire::SubscribedSku::default()
        };
        let empty = wire::SubscribedSku {
            sku_id: "3b555118-da6a-4418-894f-7df1e2096870".into(),
            prepaid_units: Some(wire::PrepaidUnits::default()),
            ..wire::SubscribedSku::default()
        };
        let found = holdings(testing::tenant(1), &"Contoso".into(), vec![sku(5, 2), empty], |text| text.into()).unwrap();
        assert_eq!((found.len(), found[0].enabled, found[0].suspended), (1, 5, 2));
    }

    #[test]
    fn regression_a_sku_that_cannot_be_read_counted_as_compared_and_empty() {
        let named = || wire::SubscribedSku { sku_part_number: "SPB".into(), ..wire::SubscribedSku::default() };
        let without_units = wire::SubscribedSku { sku_id: "CBDC14AB-D96C-4C30-B9F4-6ADA7CDC1D46".into(), ..named() };
        let without_id = wire::SubscribedSku { prepaid_units: Some(wire::PrepaidUnits::default()), ..named() };
        for sku in [without_units, without_id] {
            let error = holdings(testing::tenant(1), &"Contoso".into(), vec![sku], |text| text.into()).unwrap_err();
            assert!(error.contains("SPB"), "{error}");
        }
    }

    #[test]
    fn a_state_that_nobody_knows_yet_is_kept() {
        let found = subscriptions(
            testing::tenant(1),
            vec![wire::CompanySubscription {
                sku_id: "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46".into(),
                status: "Paused".into(),
                ..wire::CompanySubscription::default()
            }],
            |text| text.into(),
        );
        assert_eq!(found[0].state, SubscriptionState::Other("Paused".into()));
    }
}

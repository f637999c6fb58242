//! One tenant's seats: SKUs, the purchases behind them, and the users who hold them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::client::Microsoft;
use super::convert;
use super::error::MicrosoftError;
use super::graph::unreadable;
use crate::domain::holding::{Holding, Subscription, UserCount};
use crate::domain::ids::{SkuId, TenantId};

/// What one tenant answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantSeats {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its name: the label it was asked by, else its own.
    pub name: Arc<str>,
    /// One a SKU.
    pub holdings: Vec<Holding>,
    /// The purchases behind them.
    pub subscriptions: Vec<Subscription>,
    /// Who holds them, by SKU; `None` when users were not asked for.
    pub users: Option<Vec<UserCount>>,
}

/// Whether to read users, which are most of the work.
#[derive(Clone, Debug)]
pub enum Users {
    /// Not at all.
    No,
    /// Always.
    Yes,
    /// Only when other seats are assigned than these, as they were counted earlier the same day.
    IfChanged(Vec<(SkuId, i64)>),
}

impl Microsoft<'_> {
    /// Reads a tenant, one request after the other.
    ///
    /// # Errors
    ///
    /// As Microsoft refuses, and when another tenant answers.
    pub async fn tenant_seats(&self, tenant_id: TenantId, label: &Arc<str>, users: &Users) -> Result<TenantSeats, MicrosoftError> {
        let skus = self.subscribed_skus(tenant_id).await?;
        // Each SKU says whose it is: a mixed-up token must never fill another customer's figures.
        if let Some(stranger) = skus.iter().find(|sku| convert::tenant(&sku.account_id).is_some_and(|found| found != tenant_id)) {
            return Err(MicrosoftError::WrongTenant { asked: tenant_id, found: stranger.account_id.clone() });
        }
        let own_name = skus.iter().map(|sku| sku.account_name.as_str()).find(|name| !name.is_empty());
        let name: Arc<str> = if label.is_empty() { own_name.unwrap_or_default().into() } else { Arc::clone(label) };
        let holdings = convert::holdings(tenant_id, &name, skus, |text| self.shared(text)).map_err(|reason| unreadable("subscribedSkus", &reason))?;
        let subscriptions = convert::subscriptions(tenant_id, self.company_subscriptions(tenant_id).await?, |text| self.shared(text));
        let users = if wants_users(users, &holdings) {
            Some(self.count_users(tenant_id).await?)
        } else {
            // Nobody holds anything any more: that is an answer too, and an earlier count would be a wrong one.
            let is_none_assigned = holdings.iter().all(|holding| holding.assigned == 0);
            (is_none_assigned && !matches!(users, Users::No)).then(Vec::new)
        };
        Ok(TenantSeats { tenant_id, name, holdings, subscriptions, users })
    }

    /// Counts, and forgets the people.
    async fn count_users(&self, tenant_id: TenantId) -> Result<Vec<UserCount>, MicrosoftError> {
        let mut counts: BTreeMap<SkuId, UserCount> = BTreeMap::new();
        self.licensed_users(tenant_id, &mut |user| {
            let mut skus: Vec<SkuId> = user.assigned_licenses.iter().filter_map(|license| license.sku_id.parse().ok()).collect();
            skus.sort_unstable();
            skus.dedup();
            for sku_id in skus {
                let count = counts.entry(sku_id).or_insert(UserCount { tenant_id, sku_id, users: 0, disabled: 0 });
                count.users += 1;
                count.disabled += u64::from(!user.account_enabled);
            }
        })
        .await?;
        Ok(counts.into_values().collect())
    }
}

fn wants_users(users: &Users, holdings: &[Holding]) -> bool {
    let is_any_assigned = holdings.iter().any(|holding| holding.assigned > 0);
    match users {
        Users::No => false,
        Users::Yes => is_any_assigned,
        Users::IfChanged(before) => {
            let now: Vec<(SkuId, i64)> = holdings.iter().map(|holding| (holding.sku_id, holding.assigned)).collect();
            is_any_assigned && now != *before
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::testing::{Scripted, Tokens, answer, microsoft, tenant};

    const SPB: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";

    fn skus(account: TenantId, assigned: i64) -> crate::http::Response {
        let sku = serde_json::json!({ "accountId": account.to_string(), "accountName": "Own name", "consumedUnits": assigned, "skuId": SPB,
            "skuPartNumber": "SPB", "prepaidUnits": { "enabled": 25, "suspended": 0, "warning": 1, "lockedOut": 0 } });
        answer(200, &serde_json::json!({ "value": [sku] }).to_string())
    }

    fn purchases() -> crate::http::Response {
        let one = serde_json::json!({ "commerceSubscriptionId": "F9C1EA2D-2C6E-4717-8C3B-7130812D70BA", "skuId": SPB, "status": "Enabled",
            "totalLicenses": 20, "nextLifecycleDateTime": "2026-12-31T00:00:00Z", "isTrial": false, "ownerTenantId": null });
        answer(200, &serde_json::json!({ "value": [one] }).to_string())
    }

    #[tokio::test]
    async fn a_user_counts_once_a_sku_however_often_it_is_assigned() {
        let users = serde_json::json!({ "@odata.count": 2, "value": [
            { "id": "a", "accountEnabled": true, "assignedLicenses": [{ "skuId": SPB }, { "skuId": SPB.to_uppercase() }] },
            { "id": "b", "accountEnabled": false, "assignedLicenses": [{ "skuId": SPB }] } ] });
        let transport = Scripted::new([skus(tenant(1), 2), purchases(), answer(200, &users.to_string())]);
        let tokens = Tokens::default();
        let found = microsoft(&transport, &tokens).tenant_seats(tenant(1), &"".into(), &Users::Yes).await.unwrap();
        assert_eq!(&*found.name, "Own name");
        assert_eq!(found.users.unwrap(), [UserCount { tenant_id: tenant(1), sku_id: SPB.parse().unwrap(), users: 2, disabled: 1 }]);
        assert_eq!(found.subscriptions[0].id.as_str(), "f9c1ea2d-2c6e-4717-8c3b-7130812d70ba", "ids compare in lower case");
        assert_eq!((found.holdings[0].enabled, found.holdings[0].warning), (25, 1));
    }

    #[tokio::test]
    async fn users_are_asked_again_on_the_same_day_only_when_other_seats_are_assigned() {
        let before = |assigned| Users::IfChanged(vec![(SPB.parse().unwrap(), assigned)]);
        let tokens = Tokens::default();
        let transport = Scripted::new([skus(tenant(1), 2), purchases()]);
        assert_eq!(microsoft(&transport, &tokens).tenant_seats(tenant(1), &"".into(), &before(2)).await.unwrap().users, None);
        let transport = Scripted::new([skus(tenant(1), 3), purchases(), answer(200, r#"{"value":[]}"#)]);
        assert!(microsoft(&transport, &tokens).tenant_seats(tenant(1), &"".into(), &before(2)).await.unwrap().users.is_some());
    }

    #[tokio::test]
    async fn seats_of_another_tenant_are_never_taken() {
        let transport = Scripted::new([skus(tenant(2), 2)]);
        let tokens = Tokens::default();
        let error = microsoft(&transport, &tokens).tenant_seats(tenant(1), &"One".into(), &Users::No).await.unwrap_err();
        assert!(matches!(error, MicrosoftError::WrongTenant { .. }), "{error}");
    }
}

//! Who signed in, read from calls instead of claims (`contracts/microsoft.md` 1.8), and what the MSP is.

use std::collections::BTreeMap;

use super::client::Microsoft;
use super::customers::{Ask, KnownBy};
use super::error::MicrosoftError;
use crate::domain::ids::TenantId;

/// Global Administrator's template id.
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
/// The tenant that Microsoft keeps personal accounts in.
pub const PERSONAL_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// The signed-in account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its object id in the MSP's tenant: the key.
    pub object_id: String,
    /// Its sign-in name.
    pub user_name: String,
    /// A label.
    pub display_name: String,
    /// `Member` or `Guest`.
    pub user_type: String,
    /// In the group `AdminAgents`; `None` when the groups could not be read.
    pub is_admin_agent: Option<bool>,
    /// Has the role; `None` when the roles could not be read.
    pub is_global_administrator: Option<bool>,
}

/// The MSP, from its own tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Msp {
    /// Its tenant.
    pub tenant_id: TenantId,
    /// Its name.
    pub name: String,
    /// Two letters; empty when the tenant does not say.
    pub country: String,
    /// Verified domains, the default one first.
    pub domains: Vec<String>,
}

/// Why an account is not the right one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongAccount {
    /// A personal Microsoft account.
    #[error("that is a personal Microsoft account")]
    Personal,
    /// A guest in the tenant.
    #[error("{user_name} is a guest in the tenant of {msp}, and delegated admin rights work for members alone")]
    Guest {
        /// The account.
        user_name: String,
        /// The tenant's name.
        msp: String,
    },
    /// The account of a customer.
    #[error("{user_name} belongs to {found}, and this profile is of the tenant {expected}")]
    OtherTenant {
        /// The account.
        user_name: String,
        /// The tenant that answered.
        found: String,
        /// The tenant that is configured.
        expected: TenantId,
    },
    /// The account of a tenant that the mapping bills.
    #[error("{user_name} belongs to {found}, which mapping.toml has as a customer")]
    Customer {
        /// The account.
        user_name: String,
        /// The tenant's name.
        found: String,
    },
    /// The account of a tenant that is no partner of Microsoft's.
    #[error("{user_name} belongs to {found}, which has no customers at Microsoft: it is no partner's tenant")]
    NoPartner {
        /// The account.
        user_name: String,
        /// The tenant's name.
        found: String,
    },
    /// `name@msp.onmicrosoft.com`.
    #[error("{user_name} is an onmicrosoft.com account; sign in with one on the company's own domain")]
    Onmicrosoft {
        /// The account.
        user_name: String,
    },
}

impl Account {
    /// Refuses accounts that would fail later, with the reason.
    ///
    /// # Errors
    ///
    /// [`WrongAccount`].
    pub fn check(&self, msp: &Msp, expected: Option<TenantId>, allow_onmicrosoft: bool) -> Result<(), WrongAccount> {
        let user_name = || self.user_name.clone();
        if msp.tenant_id.to_string() == PERSONAL_ACCOUNTS {
            return Err(WrongAccount::Personal);
        }
        if let Some(expected) = expected.filter(|expected| *expected != msp.tenant_id) {
            return Err(WrongAccount::OtherTenant { user_name: user_name(), found: msp.name.clone(), expected });
        }
        let lower = self.user_name.to_lowercase();
        if self.user_type.eq_ignore_ascii_case("guest") || lower.contains("#ext#") {
            return Err(WrongAccount::Guest { user_name: user_name(), msp: msp.name.clone() });
        }
        if !allow_onmicrosoft && lower.ends_with(".onmicrosoft.com") {
            return Err(WrongAccount::Onmicrosoft { user_name: user_name() });
        }
        Ok(())
    }
}

impl Microsoft<'_> {
    /// The MSP's own details.
    ///
    /// # Errors
    ///
    /// As Graph refuses, and when another tenant answers.
    pub async fn msp(&self, tenant_id: TenantId) -> Result<Msp, MicrosoftError> {
        let organization = self.organization(tenant_id).await?;
        if organization.id.parse() != Ok(tenant_id) {
            return Err(MicrosoftError::WrongTenant { asked: tenant_id, found: organization.id });
        }
        let mut domains = organization.verified_domains;
        domains.sort_by_key(|domain| !domain.is_default);
        Ok(Msp {
            tenant_id,
            name: organization.display_name,
            country: organization.country_letter_code.to_uppercase(),
            domains: domains.into_iter().map(|domain| domain.name).collect(),
        })
    }

    /// Whether anybody is the tenant's customer, as a partner's are; true as well when nobody can tell.
    pub async fn has_customers(&self, msp: TenantId) -> bool {
        let Ok(found) = self.customers(msp, &BTreeMap::new(), Ask { partner_center: false }).await else { return true };
        let has_contracts = found.missing.iter().all(|(list, _)| *list != KnownBy::Contracts);
        !has_contracts || found.list.iter().any(|customer| customer.tenant_id != msp)
    }

    /// The signed-in account, with the groups and roles that matter.
    ///
    /// # Errors
    ///
    /// As Graph refuses to say who it is; groups and roles that cannot be read are `None`.
    pub async fn account(&self, msp: TenantId) -> Result<Account, MicrosoftError> {
        let me = self.me(msp).await?;
        let memberships = self.memberships(msp).await.ok();
        let is_in = |found: &dyn Fn(&super::wire::DirectoryObject) -> bool| memberships.as_ref().map(|objects| objects.iter().any(found));
        Ok(Account {
            object_id: me.id,
            user_name: me.user_principal_name,
            display_name: me.display_name,
            user_type: if me.user_type.is_empty() { "Member".to_owned() } else { me.user_type },
            is_admin_agent: is_in(&|object| object.display_name == "AdminAgents"),
            is_global_administrator: is_in(&|object| object.role_template_id.eq_ignore_ascii_case(GLOBAL_ADMINISTRATOR)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::testing::{Scripted, Tokens, answer, microsoft, tenant};

    fn account(user_name: &str, user_type: &str) -> Account {
        Account {
            object_id: "o".into(),
            user_name: user_name.into(),
            display_name: "T".into(),
            user_type: user_type.into(),
            is_admin_agent: None,
            is_global_administrator: None,
        }
    }

    fn msp(tenant_id: TenantId) -> Msp {
        Msp { tenant_id, name: "Example MSP".into(), country: "AU".into(), domains: Vec::new() }
    }

    #[test]
    fn guests_customers_personal_and_onmicrosoft_accounts_are_refused_with_the_reason() {
        let here = msp(tenant(9));
        let check = |account: &Account, msp: &Msp| account.check(msp, Some(tenant(9)), false).map_err(|error| error.to_string());
        assert_eq!(check(&account("t@msp.example", "Member"), &here), Ok(()));
        assert!(check(&account("t@msp.example", "Guest"), &here).unwrap_err().contains("guest"));
        assert!(check(&account("t_other.example#EXT#@msp.example", "Member"), &here).unwrap_err().contains("guest"));
        assert!(check(&account("t@customer.example", "Member"), &msp(tenant(1))).unwrap_err().contains("Example MSP"));
        assert!(check(&account("t@msp.onmicrosoft.com", "Member"), &here).unwrap_err().contains("onmicrosoft"));
        assert_eq!(account("t@msp.onmicrosoft.com", "Member").check(&here, None, true), Ok(()));
        assert_eq!(account("t@outlook.example", "Member").check(&msp(PERSONAL_ACCOUNTS.parse().unwrap()), None, true), Err(WrongAccount::Personal));
    }

    #[tokio::test]
    async fn groups_and_roles_come_from_calls_and_may_stay_unknown() {
        let me = r#"{"id":"o","userPrincipalName":"t@msp.example","userType":"Member"}"#;
        let roles =
            r##"{"value":[{"@odata.type":"#microsoft.graph.group","displayName":"AdminAgents"},{"roleTemplateId":"62E90394-69f5-4237-9190-012177145e10"}]}"##;
        let transport = Scripted::new([answer(200, me), answer(200, roles), answer(200, me), answer(403, "{}")]);
        let tokens = Tokens::default();
        let microsoft = microsoft(&transport, &tokens);
        let found = microsoft.account(tenant(9)).await.unwrap();
        assert_eq!((found.is_admin_agent, found.is_global_administrator), (Some(true), Some(true)));
        assert_eq!(microsoft.account(tenant(9)).await.unwrap().is_admin_agent, None);
    }

    #[tokio::test]
    async fn another_tenants_answer_is_never_taken() {
        let transport = Scripted::new([answer(200, &serde_json::json!({ "value": [{ "id": tenant(2).to_string() }] }).to_string())]);
        let tokens = Tokens::default();
        assert!(matches!(microsoft(&transport, &tokens).msp(tenant(1)).await, Err(MicrosoftError::WrongTenant { .. })));
    }
}

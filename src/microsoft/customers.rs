//! Who the customers are: the union of everybody who knows one (`contracts/microsoft.md` 2.1).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;

use super::client::Microsoft;
use super::convert;
use super::error::MicrosoftError;
use super::roles::Roles;
use super::wire;
use crate::domain::ids::TenantId;

/// Who knows a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KnownBy {
    /// Graph's delegated-admin customers or relationships.
    DelegatedAdmin,
    /// Graph's older list of contracts.
    Contracts,
    /// Partner Center's list of customers.
    PartnerCenter,
    /// The distributor's charges.
    Distributor,
}

impl KnownBy {
    /// The word for people and scripts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DelegatedAdmin => "delegated admin",
            Self::Contracts => "contracts",
            Self::PartnerCenter => "Partner Center",
            Self::Distributor => "distributor",
        }
    }
}

impl fmt::Display for KnownBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A customer, and who knew it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// The key.
    pub tenant_id: TenantId,
    /// A label; Microsoft's before the distributor's.
    pub name: Arc<str>,
    /// Its domain, when a list has it.
    pub domain: Option<Arc<str>>,
    /// Who knew it; never empty.
    pub known_by: BTreeSet<KnownBy>,
    /// The delegated-admin relationship that lasts longest, active ones first.
    pub relationship: Option<Relationship>,
    /// Further active ones: what one does not give another may.
    pub further: Vec<Relationship>,
}

impl Customer {
    fn active(&self) -> impl Iterator<Item = &Relationship> {
        self.relationship.iter().chain(&self.further).filter(|relationship| relationship.is_active())
    }

    /// What is missing for reading seats and users, when no active relationship gives it; `None` when
    /// nothing is, or no relationship is known.
    #[must_use]
    pub fn missing_for_reading(&self) -> Option<&'static str> {
        let missing: Vec<Option<&'static str>> = self.active().map(Relationship::missing_for_reading).collect();
        // A role that no group holds is nearer to working than a role that is not there.
        missing.iter().copied().max_by_key(|missing| (missing.is_none(), *missing == Some(NO_GROUP))).flatten()
    }

    /// True when a relationship allows consenting on the customer's behalf.
    #[must_use]
    pub fn may_consent(&self) -> bool {
        self.active().any(Relationship::may_consent)
    }

    /// The last day of delegated access: of the active relationship that gives reading longest, or of the one that
    /// lasts longest when none gives it. `None` when there is no active one, or Microsoft says no day.
    #[must_use]
    pub fn access_ends(&self) -> Option<Date> {
        let reading = self.active().filter(|relationship| relationship.missing_for_reading().is_none()).filter_map(|relationship| relationship.ends).max();
        reading.or_else(|| self.active().filter_map(|relationship| relationship.ends).max())
    }

    /// The names of the roles that all active relationships give together, as far as they are known here; of the one
    /// that ended when none is active.
    #[must_use]
    pub fn role_names(&self) -> BTreeSet<&'static str> {
        let ended = self.relationship.iter().filter(|relationship| !relationship.is_active());
        self.active().chain(ended).flat_map(|relationship| relationship.roles.names()).collect()
    }
}

/// A delegated-admin relationship (GDAP).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relationship {
    /// Microsoft's id; empty once the roles held through it were asked for.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Microsoft's word: `active`, `expired`, `approvalPending`, …
    pub status: String,
    /// Its last day.
    pub ends: Option<Date>,
    /// Its directory roles.
    pub roles: Roles,
    /// The roles that the account holds, through the groups it is in; `None` while not known.
    pub held: Option<Roles>,
    /// The indirect provider, when the relationship was asked for together with it.
    pub provider: Option<TenantId>,
}

/// Missing roles and missing groups, as people are told.
const NO_ROLE: &str = "Directory Readers or Global Reader";
const NO_GROUP: &str = "a security group with Directory Readers or Global Reader that the account is in";

impl Relationship {
    fn of(wire: wire::DelegatedAdminRelationship) -> Self {
        Self {
            roles: Roles::of(wire.access_details.unified_roles.iter().map(|role| &role.role_definition_id)),
            id: wire.id,
            held: None,
            name: wire.display_name,
            status: wire.status,
            ends: convert::day(&wire.end_date_time),
            provider: convert::tenant(&wire.indirect_provider_tenant_id),
        }
    }

    /// True while it gives access.
    #[must_use]
    pub fn is_active(&self) -> bool {
        matches!(self.status.as_str(), "active" | "expiring")
    }

    /// What is missing for reading seats and users; `None` when nothing is.
    #[must_use]
    pub fn missing_for_reading(&self) -> Option<&'static str> {
        // A list without roles says nothing.
        if !self.roles.is_empty() && !self.roles.may_read() {
            return Some(NO_ROLE);
        }
        (!self.held?.may_read()).then_some(NO_GROUP)
    }

    /// True when the roles allow consenting on the customer's behalf.
    #[must_use]
    pub fn may_consent(&self) -> bool {
        self.held.unwrap_or(self.roles).may_consent()
    }
}

/// A relationship, and whose it is.
struct Related {
    customer: wire::DelegatedAdminCustomer,
    relationship: Relationship,
}

impl Related {
    fn of(mut wire: wire::DelegatedAdminRelationship) -> Self {
        Self { customer: std::mem::take(&mut wire.customer), relationship: Relationship::of(wire) }
    }
}

/// The customers, and the lists that could not be had.
#[derive(Clone, Debug, Default)]
pub struct Customers {
    /// Sorted by tenant id.
    pub list: Vec<Customer>,
    /// Which list failed, and why. The union goes on without it.
    pub missing: Vec<(KnownBy, MicrosoftError)>,
}

/// Which lists to ask beside the distributor's.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// Partner Center's, when its probe was allowed.
    pub partner_center: bool,
}

impl Microsoft<'_> {
    /// Asks everybody for customers. `distributor` names the tenants of the distributor's lines, with
    /// the label used there.
    ///
    /// # Errors
    ///
    /// When a failure would meet every tenant as well, such as a missing sign-in.
    pub async fn customers(&self, msp: TenantId, distributor: &BTreeMap<TenantId, Arc<str>>, ask: Ask) -> Result<Customers, MicrosoftError> {
        let mut union = Union::default();
        // One after the other: every list is the MSP's own tenant's.
        union.take(KnownBy::DelegatedAdmin, self.delegated_admin_customers(msp).await, |union, customer| {
            union.add(KnownBy::DelegatedAdmin, &customer.tenant_id, &customer.display_name, "");
        })?;
        union.take(KnownBy::DelegatedAdmin, self.delegated_admin_relationships(msp, Related::of).await, Union::relate)?;
        union.take(KnownBy::Contracts, self.contracts(msp).await, |union, contract| {
            union.add(KnownBy::Contracts, &contract.customer_id, &contract.display_name, &contract.default_domain_name);
        })?;
        if ask.partner_center {
            union.take(KnownBy::PartnerCenter, self.partner_customers(msp).await, |union, customer| {
                let profile = customer.company_profile;
                union.add(KnownBy::PartnerCenter, &profile.tenant_id, &profile.company_name, &profile.domain);
            })?;
        }
        for (tenant_id, name) in distributor {
            union.add(KnownBy::Distributor, &tenant_id.to_string(), name, "");
        }
        Ok(Customers { list: union.customers.into_values().collect(), missing: union.missing })
    }
}

#[derive(Default)]
struct Union {
    customers: BTreeMap<TenantId, Customer>,
    missing: Vec<(KnownBy, MicrosoftError)>,
}

impl Union {
    fn take<T>(&mut self, from: KnownBy, list: Result<Vec<T>, MicrosoftError>, add: impl Fn(&mut Self, T)) -> Result<(), MicrosoftError> {
        match list {
            Ok(list) => list.into_iter().for_each(|item| add(self, item)),
            Err(error) if error.stops_everything() => return Err(error),
            Err(error) => self.missing.push((from, error)),
        }
        Ok(())
    }

    fn add(&mut self, from: KnownBy, tenant_id: &str, name: &str, domain: &str) -> Option<&mut Customer> {
        let tenant_id = convert::tenant(tenant_id)?;
        let customer = self.customers.entry(tenant_id).or_insert_with(|| Customer {
            tenant_id,
            name: "".into(),
            domain: None,
            known_by: BTreeSet::new(),
            relationship: None,
            further: Vec::new(),
        });
        customer.known_by.insert(from);
        if customer.name.trim().is_empty() && !name.trim().is_empty() {
            customer.name = name.trim().into();
        }
        if customer.domain.is_none() && !domain.is_empty() {
            customer.domain = Some(domain.into());
        }
        Some(customer)
    }

    fn relate(&mut self, Related { customer, relationship }: Related) {
        // Microsoft's own short-lived ones of its transition (`contracts/microsoft.md` 2.1).
        if relationship.name.starts_with("MLT_") {
            return;
        }
        // An ended relationship alone makes nobody a customer.
        let is_known = convert::tenant(&customer.tenant_id).is_some_and(|tenant_id| self.customers.contains_key(&tenant_id));
        if !is_known && !relationship.is_active() {
            return;
        }
        let Some(customer) = self.add(KnownBy::DelegatedAdmin, &customer.tenant_id, &customer.display_name, "") else { return };
        let rank = |relationship: &Relationship| (relationship.is_active(), relationship.ends);
        let other = match &mut customer.relationship {
            Some(known) if rank(known) < rank(&relationship) => Some(std::mem::replace(known, relationship)),
            Some(_) => Some(relationship),
            empty => {
                *empty = Some(relationship);
                None
            }
        };
        customer.further.extend(other.filter(Relationship::is_active));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::testing::{Scripted, Tokens, answer, microsoft, tenant};

    fn list(items: &[serde_json::Value]) -> crate::http::Response {
        answer(200, &serde_json::json!({ "value": items }).to_string())
    }

    fn relationship(number: u32, name: &str, status: &str, ends: &str, role: &str) -> serde_json::Value {
        serde_json::json!({ "displayName": name, "status": status, "endDateTime": ends,
            "customer": { "tenantId": tenant(number).to_string(), "displayName": "From GDAP" },
            "accessDetails": { "unifiedRoles": [{ "roleDefinitionId": role }] } })
    }

    const READERS: &str = "88D8E3E3-8F55-4A1E-953A-9B9898B8876B";
    const WRITERS: &str = "9360feb5-f418-4baa-8175-e2a00bac4301";

    #[tokio::test]
    async fn customers_are_the_union_of_all_lists_with_who_knew_each() {
        let transport = Scripted::new([
            list(&[serde_json::json!({ "tenantId": tenant(1).to_string().to_uppercase(), "displayName": "One" })]),
            list(&[
                relationship(1, "old", "expired", "2025-01-01T00:00:00Z", READERS),
                relationship(1, "now", "active", "2027-02-10T11:24:42.3148266Z", READERS),
                relationship(1, "MLT_x", "active", "2029-01-01T00:00:00Z", WRITERS),
                relationship(7, "gone", "terminated", "2024-01-01T00:00:00Z", READERS),
            ]),
            list(&[serde_json::json!({ "customerId": tenant(2).to_string(), "displayName": "Two", "defaultDomainName": "two.example" })]),
        ]);
        let tokens = Tokens::default();
        let distributor = BTreeMap::from([(tenant(1), "ONE PTY LTD".into()), (tenant(3), "Three".into())]);
        let found = microsoft(&transport, &tokens).customers(tenant(9), &distributor, Ask { partner_center: false }).await.unwrap();
        let shown: Vec<_> = found.list.iter().map(|customer| (&*customer.name, customer.known_by.len())).collect();
        assert_eq!(shown, [("One", 2), ("Two", 1), ("Three", 1)], "an ended relationship makes nobody a customer");
        let relationship = found.list[0].relationship.as_ref().unwrap();
        assert_eq!((relationship.name.as_str(), relationship.ends.unwrap().to_string().as_str()), ("now", "2027-02-10"));
        assert_eq!(relationship.missing_for_reading(), None);
    }

    const CLOUD_APP_ADMIN: &str = "158c047a-c907-4556-b7ef-446551a6b5f7";

    /// The one customer that these relationships make.
    async fn customer_of(relationships: &[serde_json::Value]) -> Customer {
        let transport = Scripted::new([list(&[]), list(relationships), list(&[])]);
        let tokens = Tokens::default();
        let found = microsoft(&transport, &tokens).customers(tenant(9), &BTreeMap::new(), Ask { partner_center: false }).await.unwrap();
        found.list.into_iter().next().unwrap()
    }

    #[tokio::test]
    async fn regression_a_newer_relationship_hid_what_an_older_one_gives() {
        // Readers for two years; a short one for consenting; one that lasts longest and gives neither.
        let readers = relationship(1, "readers", "active", "2027-02-10T00:00:00Z", READERS);
        let consents = relationship(1, "a day", "expiring", "2026-12-02T00:00:00Z", CLOUD_APP_ADMIN);
        let newest = relationship(1, "newest", "active", "2028-06-30T00:00:00Z", WRITERS);
        let ended = relationship(1, "ended", "terminated", "2029-01-01T00:00:00Z", READERS);
        let all = [readers, consents, newest, ended];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
            let customer = customer_of(&order.map(|place| all[place].clone())).await;
            assert!(customer.may_consent(), "{order:?}");
            assert_eq!(customer.missing_for_reading(), None, "{order:?}");
            assert_eq!(customer.access_ends().unwrap().to_string(), "2027-02-10", "reading ends with the one that gives it: {order:?}");
            assert_eq!(customer.relationship.as_ref().unwrap().name, "newest");
            let roles: Vec<_> = customer.role_names().into_iter().collect();
            assert_eq!(roles, ["Cloud Application Administrator", "Directory Readers", "Directory Writers"], "{order:?}");
        }
    }

    #[tokio::test]
    async fn access_of_none_that_reads_ends_with_the_last_and_an_ended_one_gives_nothing() {
        let writers = |ends: &str| relationship(1, "w", "active", ends, WRITERS);
        let customer = customer_of(&[writers("2027-01-01T00:00:00Z"), writers("2028-01-01T00:00:00Z"), writers("")]).await;
        assert_eq!((customer.access_ends().unwrap().year(), customer.missing_for_reading()), (2028, Some(NO_ROLE)));
        assert!(!customer.may_consent());
        let transport = Scripted::new([
            list(&[serde_json::json!({ "tenantId": tenant(1).to_string(), "displayName": "One" })]),
            list(&[relationship(1, "ended", "expired", "2026-01-01T00:00:00Z", CLOUD_APP_ADMIN)]),
            list(&[]),
        ]);
        let tokens = Tokens::default();
        let found = microsoft(&transport, &tokens).customers(tenant(9), &BTreeMap::new(), Ask { partner_center: false }).await.unwrap();
        let ended = &found.list[0];
        assert!(!ended.may_consent() && ended.access_ends().is_none());
        assert_eq!(ended.role_names().into_iter().collect::<Vec<_>>(), ["Cloud Application Administrator"]);
    }

    #[tokio::test]
    async fn a_list_that_is_refused_is_said_and_the_others_count() {
        let refused = || answer(403, r#"{"error":{"code":"Authorization_RequestDenied"}}"#);
        let transport = Scripted::new([refused(), refused(), list(&[serde_json::json!({ "customerId": tenant(2).to_string() })])]);
        let tokens = Tokens::default();
        let found = microsoft(&transport, &tokens).customers(tenant(9), &BTreeMap::new(), Ask { partner_center: false }).await.unwrap();
        assert_eq!((found.list.len(), found.missing.len()), (1, 2));
    }

    #[test]
    fn roles_that_cannot_read_are_told() {
        let wire = |role: &str| serde_json::from_value::<wire::DelegatedAdminRelationship>(relationship(1, "n", "active", "", role)).unwrap();
        assert_eq!(Relationship::of(wire(WRITERS)).missing_for_reading(), Some("Directory Readers or Global Reader"));
        assert!(Relationship::of(wire("158c047a-c907-4556-b7ef-446551a6b5f7")).may_consent());
    }
}

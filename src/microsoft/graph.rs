//! Graph's calls (`contracts/microsoft.md` 3), each for one tenant.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use serde::de::DeserializeOwned;

use super::address::{is_below, query};
use super::call::read;
use super::client::Microsoft;
use super::error::MicrosoftError;
use super::token::Resource;
use super::wire;
use crate::domain::ids::TenantId;
use crate::http::{Method, Request};

/// A list of more pages is not what was asked for: 999 users a page are two million.
const PAGES_AT_MOST: usize = 2_000;

/// One of Graph's lists.
#[derive(Clone, Copy, Debug)]
struct List<'a> {
    path: &'a str,
    parameters: &'a [(&'a str, &'a str)],
    /// An advanced query, which needs a header.
    is_advanced: bool,
    /// It can be done without.
    is_optional: bool,
}

impl<'a> List<'a> {
    const fn of(path: &'a str, parameters: &'a [(&'a str, &'a str)]) -> Self {
        Self { path, parameters, is_advanced: false, is_optional: false }
    }
}

// The role's template id is a member of a derived type: `$select` would drop it.
const MEMBERSHIPS: List<'_> = List::of("me/transitiveMemberOf", &[("$top", "999")]);

/// Only users with a licence; an advanced query, so it needs the header and `$count`.
const LICENSED: &str = "assignedLicenses/$count ne 0";

impl Microsoft<'_> {
    /// The tenant's own entry.
    pub(super) async fn organization(&self, tenant_id: TenantId) -> Result<wire::Organization, MicrosoftError> {
        let parameters = [("$select", "id,displayName,countryLetterCode,verifiedDomains")];
        let found: Vec<wire::Organization> = self.list(tenant_id, "organization", &parameters).await?;
        found.into_iter().next().ok_or_else(|| unreadable("organization", "it has no entry"))
    }

    /// The signed-in account; in the MSP's tenant alone.
    pub(super) async fn me(&self, tenant_id: TenantId) -> Result<wire::Me, MicrosoftError> {
        let address = self.graph_address("me", &[("$select", "id,displayName,userPrincipalName,userType")]);
        let response = self.call(tenant_id, Resource::Graph, &|| Request::new(Method::Get, &address)).await?;
        read("me", &response)
    }

    /// Hands over everybody of the tenant's directory, page by page, until it is told to stop.
    pub(super) async fn people(&self, tenant_id: TenantId, take: &mut dyn FnMut(wire::Person) -> ControlFlow<()>) -> Result<(), MicrosoftError> {
        let parameters = [("$select", "displayName,userPrincipalName,accountEnabled,userType"), ("$top", "999")];
        self.pages(tenant_id, List::of("users", &parameters), take).await
    }

    /// Groups and directory roles of the signed-in account, nested ones included.
    pub(super) async fn memberships(&self, tenant_id: TenantId) -> Result<Vec<wire::DirectoryObject>, MicrosoftError> {
        self.collect(tenant_id, MEMBERSHIPS, |object| object).await
    }

    /// The same, where it can be done without: each page is asked for once and not waited for long.
    pub(super) async fn memberships_if_easy(&self, tenant_id: TenantId) -> Result<Vec<wire::DirectoryObject>, MicrosoftError> {
        self.collect(tenant_id, List { is_optional: true, ..MEMBERSHIPS }, |object| object).await
    }

    pub(super) async fn delegated_admin_customers(&self, msp: TenantId) -> Result<Vec<wire::DelegatedAdminCustomer>, MicrosoftError> {
        self.list(msp, "tenantRelationships/delegatedAdminCustomers", &[("$top", "300")]).await
    }

    /// Every relationship, as `keep` makes it: they come with long lists of roles.
    pub(super) async fn delegated_admin_relationships<T>(
        &self,
        msp: TenantId,
        keep: impl FnMut(wire::DelegatedAdminRelationship) -> T,
    ) -> Result<Vec<T>, MicrosoftError> {
        self.collect(msp, List::of("tenantRelationships/delegatedAdminRelationships", &[("$top", "300")]), keep).await
    }

    pub(super) async fn contracts(&self, msp: TenantId) -> Result<Vec<wire::Contract>, MicrosoftError> {
        self.list(msp, "contracts", &[("$top", "999")]).await
    }

    pub(super) async fn subscribed_skus(&self, tenant_id: TenantId) -> Result<Vec<wire::SubscribedSku>, MicrosoftError> {
        let parameters = [("$select", "accountId,accountName,consumedUnits,prepaidUnits,skuId,skuPartNumber")];
        self.list(tenant_id, "subscribedSkus", &parameters).await
    }

    pub(super) async fn company_subscriptions(&self, tenant_id: TenantId) -> Result<Vec<wire::CompanySubscription>, MicrosoftError> {
        self.list(tenant_id, "directory/subscriptions", &[]).await
    }

    /// Hands over the users with licences, page by page; when the filter is refused, all users.
    pub(super) async fn licensed_users(&self, tenant_id: TenantId, take: &mut dyn FnMut(wire::User)) -> Result<(), MicrosoftError> {
        let select = ("$select", "id,accountEnabled,assignedLicenses");
        let filtered = [select, ("$filter", LICENSED), ("$count", "true"), ("$top", "999")];
        let mut licensed = |user: wire::User| {
            if !user.assigned_licenses.is_empty() {
                take(user);
            }
            ControlFlow::Continue(())
        };
        match self.pages(tenant_id, List { is_advanced: true, ..List::of("users", &filtered) }, &mut licensed).await {
            Err(MicrosoftError::Graph(refusal)) if refusal.status == 400 => {
                self.pages(tenant_id, List::of("users", &[select, ("$top", "999")]), &mut licensed).await
            }
            other => other,
        }
    }

    async fn list<T: DeserializeOwned>(&self, tenant_id: TenantId, path: &str, parameters: &[(&str, &str)]) -> Result<Vec<T>, MicrosoftError> {
        self.collect(tenant_id, List::of(path, parameters), |item| item).await
    }

    async fn collect<T: DeserializeOwned, U>(&self, tenant_id: TenantId, list: List<'_>, mut keep: impl FnMut(T) -> U) -> Result<Vec<U>, MicrosoftError> {
        let mut all = Vec::new();
        let mut take = |item| {
            all.push(keep(item));
            ControlFlow::Continue(())
        };
        self.pages(tenant_id, list, &mut take).await?;
        Ok(all)
    }

    /// Follows the links from page to page, whole and unchanged, until `take` has enough; a page may be empty and
    /// not the last.
    async fn pages<T: DeserializeOwned>(&self, tenant_id: TenantId, list: List<'_>, take: &mut dyn FnMut(T) -> ControlFlow<()>) -> Result<(), MicrosoftError> {
        let path = list.path;
        let mut address = self.graph_address(path, list.parameters);
        let mut seen = BTreeSet::new();
        for _ in 0..PAGES_AT_MOST {
            let build = || {
                let request = Request::new(Method::Get, &address);
                if list.is_advanced { request.header("consistencylevel", "eventual") } else { request }
            };
            let response = if list.is_optional {
                self.call_once(tenant_id, Resource::Graph, build()).await?
            } else {
                self.call(tenant_id, Resource::Graph, &build).await?
            };
            let page: wire::Page<T> = read(path, &response)?;
            if page.value.into_iter().try_for_each(&mut *take).is_break() {
                return Ok(());
            }
            match page.next_link {
                None => return Ok(()),
                Some(next) if next == address => return Err(unreadable(path, "a page names itself as the next one")),
                Some(next) if !seen.insert(next.clone()) => return Err(unreadable(path, "a page leads back to an earlier one")),
                Some(next) if !is_below(&next, &self.addresses.graph) => return Err(unreadable(path, "the next page is said to be on another server")),
                Some(next) => address = next,
            }
        }
        Err(unreadable(path, "it has too many pages"))
    }

    fn graph_address(&self, path: &str, parameters: &[(&str, &str)]) -> String {
        format!("{}/v1.0/{path}{}", self.addresses.graph, query(parameters))
    }
}

pub(super) fn unreadable(what: &str, reason: &str) -> MicrosoftError {
    MicrosoftError::Unreadable { what: what.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::testing::{Scripted, Tokens, answer, microsoft, tenant};

    fn page(names: &[&str], next: Option<&str>) -> crate::http::Response {
        let value: Vec<_> = names.iter().map(|name| serde_json::json!({ "id": name, "assignedLicenses": [{ "skuId": "s" }] })).collect();
        let mut body = serde_json::json!({ "value": value });
        if let Some(next) = next {
            body["@odata.nextLink"] = next.into();
        }
        answer(200, &body.to_string())
    }

    async fn users(transport: &Scripted) -> Result<usize, MicrosoftError> {
        let tokens = Tokens::default();
        let mut count = 0;
        microsoft(transport, &tokens).licensed_users(tenant(1), &mut |_| count += 1).await?;
        Ok(count)
    }

    #[tokio::test]
    async fn an_empty_page_is_not_the_last_one_and_the_header_goes_with_every_page() {
        let next = "https://graph.microsoft.com/v1.0/users?$skiptoken=RFNwdAIAAQ";
        let transport = Scripted::new([page(&["a"], Some(next)), page(&[], Some("https://graph.microsoft.com/v1.0/users?$skiptoken=2")), page(&["b"], None)]);
        assert_eq!(users(&transport).await.unwrap(), 2);
        let sent = transport.sent();
        assert_eq!(sent[1].url, next, "the link is followed whole and unchanged");
        assert!(sent.iter().all(|request| request.headers.iter().any(|(name, value)| *name == "consistencylevel" && value == "eventual")));
    }

    #[tokio::test]
    async fn a_page_that_leads_to_itself_or_elsewhere_is_refused() {
        let transport = Scripted::new([page(&["a"], Some("https://graph.example/v1.0/users"))]);
        assert!(users(&transport).await.unwrap_err().to_string().contains("another server"));
        let next = "https://graph.microsoft.com/v1.0/users?$skiptoken=1";
        let transport = Scripted::new([page(&["a"], Some(next)), page(&["a"], Some(next))]);
        assert!(users(&transport).await.unwrap_err().to_string().contains("names itself"));
        let (one, two) = ("https://graph.microsoft.com/v1.0/users?$skiptoken=1", "https://graph.microsoft.com/v1.0/users?$skiptoken=2");
        let transport = Scripted::new([page(&["a"], Some(one)), page(&["a"], Some(two)), page(&["a"], Some(one)), page(&["a"], Some(two))]);
        assert!(users(&transport).await.unwrap_err().to_string().contains("back to an earlier"));
        assert_eq!(transport.sent().len(), 3, "a circle is not followed for 2,000 pages");
    }

    #[tokio::test]
    async fn a_refused_filter_falls_back_to_all_users() {
        let unlicensed = r#"{"value":[{"id":"a","assignedLicenses":[]},{"id":"b","assignedLicenses":[{"skuId":"s"}]}]}"#;
        let transport = Scripted::new([answer(400, r#"{"error":{"code":"Request_UnsupportedQuery"}}"#), answer(200, unlicensed)]);
        assert_eq!(users(&transport).await.unwrap(), 1);
    }
}

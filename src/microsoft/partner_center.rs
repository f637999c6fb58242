//! Partner Center's calls (`contracts/microsoft.md` 4): optional, because Microsoft says that indirect
//! resellers have no access to them, and some work all the same.

use super::address::query;
use super::call::read;
use super::client::Microsoft;
use super::error::MicrosoftError;
use super::graph::unreadable;
use super::token::Resource;
use super::wire;
use crate::domain::ids::TenantId;
use crate::http::{Method, Request, Response};

/// Graph's resource app, whose read scopes a customer consents to.
const GRAPH_APP: &str = "00000003-0000-0000-c000-000000000000";
/// Scopes to consent to: reading alone, comma-separated here.
const CONSENT_SCOPES: &str = "Directory.Read.All,Organization.Read.All,User.Read.All";
/// 500 customers a page.
const PAGES_AT_MOST: usize = 200;

/// The partner as Partner Center knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// The organisation's name.
    pub name: String,
    /// Its tenant.
    pub tenant_id: Option<TenantId>,
    /// Whether the sign-in counts as made with MFA; `None` when the service does not say.
    pub is_mfa_compliant: Option<bool>,
}

/// A partner number (MPN id) and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MpnProfile {
    /// The number.
    pub mpn_id: String,
    /// The partner's name; empty when the service does not say.
    pub partner_name: String,
}

/// The provider that this reseller buys from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its partner tenant.
    pub tenant_id: Option<TenantId>,
    /// Its name.
    pub name: String,
}

impl Microsoft<'_> {
    /// The signed-in partner, and whether its sign-in counts as MFA.
    ///
    /// # Errors
    ///
    /// As Partner Center refuses.
    pub async fn partner(&self, msp: TenantId) -> Result<Partner, MicrosoftError> {
        let response = self.partner_center(msp, "profiles/organization", &[], &[]).await?;
        let is_mfa_compliant = response.header("ismfacompliant").map(|value| value.eq_ignore_ascii_case("true"));
        let profile: wire::OrganizationProfile = read("profiles/organization", &response)?;
        Ok(Partner { name: profile.company_name, tenant_id: profile.tenant_id.parse().ok(), is_mfa_compliant })
    }

    /// Whose a partner number is; the own one without a number.
    ///
    /// # Errors
    ///
    /// As Partner Center refuses; code 3000 for a number that does not exist.
    pub async fn mpn_profile(&self, msp: TenantId, mpn_id: Option<&str>) -> Result<MpnProfile, MicrosoftError> {
        let parameters: Vec<(&str, &str)> = mpn_id.iter().map(|mpn_id| ("mpnId", *mpn_id)).collect();
        let response = self.partner_center(msp, "profiles/mpn", &parameters, &[]).await?;
        let profile: wire::MpnProfile = read("profiles/mpn", &response)?;
        Ok(MpnProfile { mpn_id: profile.mpn_id.0, partner_name: profile.partner_name })
    }

    /// The providers this reseller buys from.
    ///
    /// # Errors
    ///
    /// As Partner Center refuses.
    pub async fn providers(&self, msp: TenantId) -> Result<Vec<Provider>, MicrosoftError> {
        let response = self.partner_center(msp, "relationships", &[("relationship_type", "IsIndirectResellerOf")], &[]).await?;
        let found: wire::Items<wire::PartnerRelationship> = read("relationships", &response)?;
        Ok(found.items.into_iter().map(|partner| Provider { tenant_id: partner.id.parse().ok(), name: partner.name }).collect())
    }

    /// True when the list of customers is given at all; one is asked for.
    ///
    /// # Errors
    ///
    /// As Partner Center refuses.
    pub async fn may_list_customers(&self, msp: TenantId) -> Result<(), MicrosoftError> {
        self.partner_center(msp, "customers", &[("size", "1")], &[]).await.map(drop)
    }

    pub(super) async fn partner_customers(&self, msp: TenantId) -> Result<Vec<wire::PartnerCustomer>, MicrosoftError> {
        let mut all = Vec::new();
        let (mut token, mut is_empty): (Option<String>, bool) = (None, false);
        for _ in 0..PAGES_AT_MOST {
            let answer = match &token {
                None => self.partner_center(msp, "customers", &[("size", "500")], &[]).await,
                Some(token) => {
                    let parameters = [("size", "500"), ("seekOperation", "next")];
                    self.partner_center(msp, "customers", &parameters, &[("ms-continuationtoken", token)]).await
                }
            };
            let response = match answer {
                Err(MicrosoftError::PartnerCenter(refusal)) if token.is_some() && refusal.is_end_of_pages() => return Ok(all),
                other => other?,
            };
            let page: wire::Items<wire::PartnerCustomer> = read("customers", &response)?;
            // An empty page may be followed by a full one; two in a row lead nowhere.
            let were_empty = std::mem::replace(&mut is_empty, page.items.is_empty());
            all.extend(page.items);
            match page.continuation_token.filter(|token| !token.is_empty()) {
                None => return Ok(all),
                Some(next) if is_empty && were_empty || token.as_deref() == Some(next.as_str()) => return Ok(all),
                Some(next) => token = Some(next),
            }
        }
        Err(unreadable("customers", "it has too many pages"))
    }

    /// Lets the app read a customer's tenant; an app that may already is no failure. The only write that
    /// cspctl makes at Microsoft.
    ///
    /// # Errors
    ///
    /// As Partner Center refuses: the account needs `AdminAgents` and an application administrator's role.
    pub async fn consent(&self, msp: TenantId, customer: TenantId, client_id: &str) -> Result<(), MicrosoftError> {
        let consent = wire::ApplicationConsent {
            application_id: client_id,
            display_name: "cspctl",
            application_grants: vec![wire::ApplicationGrant { enterprise_application_id: GRAPH_APP, scope: CONSENT_SCOPES }],
        };
        let body = serde_json::to_vec(&consent).map_err(|error| unreadable("applicationconsents", &error.to_string()))?;
        let address = format!("{}/v1/customers/{customer}/applicationconsents", self.addresses.partner_center);
        let ids = Ids::new();
        let build = || ids.put(Request::new(Method::Post, &address)).header("content-type", "application/json").body(body.clone());
        match self.call(msp, Resource::PartnerCenter, &build).await {
            Err(MicrosoftError::PartnerCenter(refusal)) if refusal.description.contains("Permission entry already exists") => Ok(()),
            other => other.map(drop),
        }
    }

    /// One attempt, for what can be done without.
    pub(super) async fn partner_center_once(&self, msp: TenantId, path: &str, parameters: &[(&str, &str)]) -> Result<Response, MicrosoftError> {
        let address = format!("{}/v1/{path}{}", self.addresses.partner_center, query(parameters));
        self.call_once(msp, Resource::PartnerCenter, Ids::new().put(Request::new(Method::Get, &address))).await
    }

    async fn partner_center(
        &self,
        msp: TenantId,
        path: &str,
        parameters: &[(&str, &str)],
        headers: &[(&'static str, &str)],
    ) -> Result<Response, MicrosoftError> {
        let address = format!("{}/v1/{path}{}", self.addresses.partner_center, query(parameters));
        let ids = Ids::new();
        let build = || headers.iter().fold(ids.put(Request::new(Method::Get, &address)), |request, (name, value)| request.header(name, *value));
        self.call(msp, Resource::PartnerCenter, &build).await
    }
}

/// One logical call: the same ids on every repetition, which is what makes a repeated write harmless.
struct Ids {
    request: String,
    correlation: String,
}

impl Ids {
    fn new() -> Self {
        let id = || uuid::Uuid::new_v4().to_string();
        Self { request: id(), correlation: id() }
    }

    fn put(&self, request: Request) -> Request {
        request
            .header("ms-requestid", &self.request)
            .header("ms-correlationid", &self.correlation)
            .header("ms-partnercenter-client", "cspctl")
            .header("validatemfa", "true")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::testing::{Scripted, Tokens, answer, microsoft, tenant};

    fn header<'r>(request: &'r Request, name: &str) -> &'r str {
        request.headers.iter().find(|(found, _)| *found == name).map_or("", |(_, value)| value.as_str())
    }

    #[tokio::test]
    async fn customers_are_paged_by_token_until_code_2000_says_that_there_are_no_more() {
        let page = |name: &str, token: &str| {
            let item = serde_json::json!({ "companyProfile": { "tenantId": tenant(1).to_string(), "companyName": name } });
            answer(200, &serde_json::json!({ "items": [item], "continuationToken": token }).to_string())
        };
        let transport = Scripted::new([page("A", "t1"), page("B", "t2"), answer(400, r#"{"code":2000,"description":"no more"}"#)]);
        let tokens = Tokens::default();
        let found = microsoft(&transport, &tokens).partner_customers(tenant(9)).await.unwrap();
        assert_eq!(found.len(), 2);
        let sent = transport.sent();
        assert!(sent[1].url.ends_with("/v1/customers?size=500&seekOperation=next"), "{}", sent[1].url);
        assert_eq!((header(&sent[0], "ms-continuationtoken"), header(&sent[2], "ms-continuationtoken")), ("", "t2"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_repeated_consent_carries_the_same_request_id_and_an_old_one_is_success() {
        let exists = answer(409, r#"{"code":"409","description":"Permission entry already exists."}"#);
        let transport = Scripted::new([answer(500, ""), exists]);
        let tokens = Tokens::default();
        microsoft(&transport, &tokens).consent(tenant(9), tenant(1), "app").await.unwrap();
        let sent = transport.sent();
        assert_eq!(header(&sent[0], "ms-requestid"), header(&sent[1], "ms-requestid"));
        let body: serde_json::Value = serde_json::from_slice(&sent[0].body).unwrap();
        assert_eq!(body["applicationGrants"][0]["scope"], "Directory.Read.All,Organization.Read.All,User.Read.All", "reading, and commas");
    }

    #[tokio::test]
    async fn the_mfa_header_is_read() {
        let profile = r#"{"companyName":"Example MSP","tenantId":"8777b240-c6f0-4469-9e98-a3205431b836"}"#;
        let transport = Scripted::new([answer(200, profile).with("ismfacompliant", "false"), answer(200, profile)]);
        let tokens = Tokens::default();
        let microsoft = microsoft(&transport, &tokens);
        assert_eq!(microsoft.partner(tenant(9)).await.unwrap().is_mfa_compliant, Some(false));
        assert_eq!(microsoft.partner(tenant(9)).await.unwrap().is_mfa_compliant, None);
    }
}

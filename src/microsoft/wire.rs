//! The services' JSON as it is sent: unknown members ignored, missing ones defaulted, every list of
//! words open, ids in any case (`contracts/microsoft.md` 8, parsing rules).

use serde::{Deserialize, Deserializer, Serialize};

/// Bodies may begin with a byte order mark.
pub(super) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// `null` as the default, like a missing member.
fn lenient<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// A text that may come as a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TextOrNumber(pub(super) String);

impl<'de> Deserialize<'de> for TextOrNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(number) => number.to_string(),
            _ => String::new(),
        }))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct GraphErrorBody {
    pub(super) error: GraphErrorDetail,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct GraphErrorDetail {
    #[serde(deserialize_with = "lenient")]
    pub(super) code: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) message: String,
    #[serde(rename = "innerError", deserialize_with = "lenient")]
    pub(super) inner_error: GraphInnerError,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct GraphInnerError {
    #[serde(rename = "request-id", deserialize_with = "lenient")]
    pub(super) request_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PartnerCenterErrorBody {
    pub(super) code: TextOrNumber,
    #[serde(deserialize_with = "lenient")]
    pub(super) description: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) message: String,
}

/// A page of any of Graph's lists.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    pub(super) value: Vec<T>,
    #[serde(rename = "@odata.nextLink", default)]
    pub(super) next_link: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Organization {
    #[serde(deserialize_with = "lenient")]
    pub(super) id: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) display_name: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) country_letter_code: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) verified_domains: Vec<VerifiedDomain>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct VerifiedDomain {
    #[serde(deserialize_with = "lenient")]
    pub(super) name: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) is_default: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Me {
    #[serde(deserialize_with = "lenient")]
    pub(super) id: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) display_name: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) user_principal_name: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) user_type: String,
}

/// Somebody in a directory.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Person {
    #[serde(default, deserialize_with = "lenient")]
    pub(super) display_name: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) user_principal_name: String,
    #[serde(default = "yes", deserialize_with = "yes_unless_said")]
    pub(super) account_enabled: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) user_type: String,
}

/// A group or a directory role that somebody is in.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DirectoryObject {
    #[serde(deserialize_with = "lenient")]
    pub(super) id: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) display_name: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) role_template_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DelegatedAdminCustomer {
    #[serde(deserialize_with = "lenient")]
    pub(super) tenant_id: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) display_name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DelegatedAdminRelationship {
    #[serde(deserialize_with = "lenient")]
    pub(super) id: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) display_name: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) customer: DelegatedAdminCustomer,
    #[serde(deserialize_with = "lenient")]
    pub(super) access_details: AccessDetails,
    #[serde(deserialize_with = "lenient")]
    pub(super) status: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) end_date_time: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) indirect_provider_tenant_id: String,
}

/// Roles of a relationship that were given to a group.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct AccessAssignment {
    #[serde(deserialize_with = "lenient")]
    pub(super) status: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) access_container: AccessContainer,
    #[serde(deserialize_with = "lenient")]
    pub(super) access_details: AccessDetails,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct AccessContainer {
    #[serde(deserialize_with = "lenient")]
    pub(super) access_container_id: String,
}

/// The answers to several requests in one; in any order.
#[derive(Debug, Deserialize)]
pub(super) struct Batch {
    pub(super) responses: Vec<BatchAnswer>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct BatchAnswer {
    #[serde(deserialize_with = "lenient")]
    pub(super) id: String,
    pub(super) status: u16,
    pub(super) body: serde_json::Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct AccessDetails {
    #[serde(deserialize_with = "lenient")]
    pub(super) unified_roles: Vec<UnifiedRole>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct UnifiedRole {
    #[serde(deserialize_with = "lenient")]
    pub(super) role_definition_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Contract {
    #[serde(deserialize_with = "lenient")]
    pub(super) customer_id: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) default_domain_name: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) display_name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SubscribedSku {
    #[serde(deserialize_with = "lenient")]
    pub(super) account_id: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) account_name: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) consumed_units: i64,
    #[serde(deserialize_with = "lenient")]
    pub(super) prepaid_units: Option<PrepaidUnits>,
    #[serde(deserialize_with = "lenient")]
    pub(super) sku_id: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) sku_part_number: String,
}

impl SubscribedSku {
    /// What messages call it.
    pub(super) fn shown(&self) -> &str {
        [self.sku_part_number.as_str(), self.sku_id.as_str()].into_iter().find(|text| !text.is_empty()).unwrap_or("without a name")
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PrepaidUnits {
    #[serde(deserialize_with = "lenient")]
    pub(super) enabled: i64,
    #[serde(deserialize_with = "lenient")]
    pub(super) suspended: i64,
    #[serde(deserialize_with = "lenient")]
    pub(super) warning: i64,
    #[serde(deserialize_with = "lenient")]
    pub(super) locked_out: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct CompanySubscription {
    #[serde(deserialize_with = "lenient")]
    pub(super) commerce_subscription_id: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) created_date_time: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) next_lifecycle_date_time: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) is_trial: bool,
    #[serde(deserialize_with = "lenient")]
    pub(super) sku_id: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) sku_part_number: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) status: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) total_licenses: i64,
    #[serde(deserialize_with = "lenient")]
    pub(super) owner_tenant_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    #[serde(default = "yes", deserialize_with = "yes_unless_said")]
    pub(super) account_enabled: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) assigned_licenses: Vec<AssignedLicense>,
}

fn yes() -> bool {
    true
}

fn yes_unless_said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::<bool>::deserialize(deserializer)?.unwrap_or(true))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct AssignedLicense {
    #[serde(deserialize_with = "lenient")]
    pub(super) sku_id: String,
}

/// A page of Partner Center's lists.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Items<T> {
    #[serde(default = "Vec::new")]
    pub(super) items: Vec<T>,
    #[serde(default)]
    pub(super) continuation_token: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct OrganizationProfile {
    #[serde(deserialize_with = "lenient")]
    pub(super) company_name: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) tenant_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct MpnProfile {
    pub(super) mpn_id: TextOrNumber,
    #[serde(deserialize_with = "lenient")]
    pub(super) partner_name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PartnerCustomer {
    #[serde(deserialize_with = "lenient")]
    pub(super) company_profile: CompanyProfile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct CompanyProfile {
    #[serde(deserialize_with = "lenient")]
    pub(super) tenant_id: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) domain: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) company_name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PartnerRelationship {
    #[serde(deserialize_with = "lenient")]
    pub(super) id: String,
    #[serde(deserialize_with = "lenient")]
    pub(super) name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct CatalogueSku {
    #[serde(deserialize_with = "lenient")]
    pub(super) dynamic_attributes: DynamicAttributes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DynamicAttributes {
    #[serde(deserialize_with = "lenient")]
    pub(super) provisioning_id: String,
}

/// The only thing cspctl writes at Microsoft (`contracts/microsoft.md` 2.3).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApplicationConsent<'a> {
    pub(super) application_id: &'a str,
    pub(super) display_name: &'a str,
    pub(super) application_grants: Vec<ApplicationGrant<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApplicationGrant<'a> {
    pub(super) enterprise_application_id: &'a str,
    pub(super) scope: &'a str,
}

//! Graph: each tenant by its own token.

use serde_json::{Value, json};

use super::MSP_TENANT;
use super::delegated;
use super::options::{Broken, Person};
use super::state::{Access, State};
use super::tenants::Tenant;
use super::wire::graph_error;
use crate::stand_ins::exchange::{Answer, Exchange};

const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
const DISTRIBUTOR: &str = "d1c4e2da-7a00-4d15-8b0b-0d1c4e2da7a0";

/// One call.
pub(super) fn call(state: &mut State, exchange: &Exchange, path: &[&str]) -> Answer {
    let token = exchange.header("authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let Some(access) = state.access_tokens.get(token).filter(|access| access.is_graph).cloned() else {
        return graph_error(401, "InvalidAuthenticationToken", "Access token is empty or of another audience.");
    };
    if state.throttled > 0 {
        state.throttled -= 1;
        return graph_error(429, "TooManyRequests", "Too many requests.").header("retry-after", "1");
    }
    if state.options.is_down {
        return graph_error(503, "ServiceUnavailable", "Try again later.");
    }
    match state.broken(&access.tenant) {
        Some(Broken::RelationshipEnded) => return graph_error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
        Some(Broken::Down) => return graph_error(503, "ServiceUnavailable", "Try again later."),
        _ => {}
    }
    let is_msp = access.tenant == MSP_TENANT;
    match path {
        ["organization"] => list(vec![organization(state, &access.tenant)]),
        // A customer's own people are known in its tenant, which has no customers.
        ["me"] if access.person == Person::Customer => Answer::json(200, &me(access.person)),
        ["me", "transitiveMemberOf"] | ["contracts"] if access.person == Person::Customer => list(Vec::new()),
        ["me"] if is_msp => Answer::json(200, &me(access.person)),
        ["me", "transitiveMemberOf"] if is_msp => list(memberships(access.person)),
        ["subscribedSkus"] => list(skus(state, &access.tenant)),
        ["directory", "subscriptions"] => list(purchases(state, &access.tenant)),
        ["users"] if is_msp && exchange.parameter("$filter").is_none() => super::people::list(state, exchange),
        ["users"] => users(state, exchange, &access),
        ["contracts"] if is_msp => list(customers(state).map(|(id, tenant)| json!({ "id": id, "customerId": id, "displayName": tenant.name, "defaultDomainName": domain(tenant), "contractType": "ResellerPartnerContract" })).collect()),
        ["tenantRelationships", "delegatedAdminCustomers"] if is_msp => {
            list(related(state).map(|(id, tenant)| json!({ "id": id, "tenantId": id, "displayName": tenant.name })).collect())
        }
        ["tenantRelationships", "delegatedAdminRelationships"] if is_msp => list(delegated::relationships(state)),
        ["tenantRelationships", "delegatedAdminRelationships", id, "accessAssignments"] if is_msp => delegated::assignments(state, id),
        ["$batch"] if is_msp => delegated::batch(state, exchange),
        _ => graph_error(404, "Request_ResourceNotFound", "Resource not found for the segment."),
    }
}

fn list(value: Vec<Value>) -> Answer {
    let value = Value::Array(value);
    Answer::json(200, &json!({ "value": value }))
}

fn domain(tenant: &Tenant) -> String {
    let letters: String = tenant.name.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
    format!("{}.onmicrosoft.com", letters.to_lowercase())
}

/// Everybody but the MSP.
fn customers(state: &State) -> impl Iterator<Item = (&String, &Tenant)> {
    state.tenants.iter().filter(|(id, _)| *id != MSP_TENANT)
}

/// Those with a relationship: one that never consented has none either.
pub(super) fn related(state: &State) -> impl Iterator<Item = (&String, &Tenant)> {
    customers(state).filter(|(id, _)| state.broken(id) != Some(Broken::NoConsent))
}

fn organization(state: &State, id: &str) -> Value {
    let name = state.tenants.get(id).map_or("", |tenant| tenant.name.as_str());
    json!({ "id": id, "displayName": name, "countryLetterCode": "AU", "verifiedDomains": [
        { "name": "examplemsp.onmicrosoft.com", "isDefault": false, "isInitial": true }, { "name": "msp.example", "isDefault": true, "isInitial": false } ] })
}

fn me(person: Person) -> Value {
    let user_type = if person == Person::Guest { "Guest" } else { "Member" };
    json!({ "id": "10a1d484-0000-4000-8000-000000000001", "displayName": "Tech", "userPrincipalName": person.name(), "userType": user_type })
}

fn memberships(person: Person) -> Vec<Value> {
    let mut found = vec![json!({ "@odata.type": "#microsoft.graph.group", "id": "0a0a0a0a-0000-4000-8000-000000000001", "displayName": "AdminAgents" })];
    found.push(json!({ "@odata.type": "#microsoft.graph.group", "id": delegated::TECHNICIANS, "displayName": "GDAP technicians" }));
    if person == Person::Administrator {
        found.push(json!({ "@odata.type": "#microsoft.graph.directoryRole", "id": "0a0a0a0a-0000-4000-8000-000000000002", "displayName": "Global Administrator", "roleTemplateId": GLOBAL_ADMINISTRATOR }));
    }
    found
}

fn skus(state: &State, id: &str) -> Vec<Value> {
    let Some(tenant) = state.tenants.get(id) else { return Vec::new() };
    let sku = |sku: &super::tenants::Sku| {
        json!({ "accountId": id, "accountName": tenant.name, "appliesTo": "User", "capabilityStatus": "Enabled", "consumedUnits": sku.assigned, "id": format!("{id}_{}", sku.id),
            "prepaidUnits": { "enabled": sku.enabled, "lockedOut": 0, "suspended": sku.suspended, "warning": sku.warning }, "skuId": sku.id, "skuPartNumber": sku.part_number })
    };
    tenant.skus.iter().map(sku).collect()
}

fn purchases(state: &State, id: &str) -> Vec<Value> {
    let Some(tenant) = state.tenants.get(id) else { return Vec::new() };
    let time = |day: &str| if day.is_empty() { Value::Null } else { json!(format!("{day}T00:00:00Z")) };
    let purchase = |purchase: &super::tenants::Purchase| {
        // Microsoft's ids come in upper case as well.
        json!({ "id": purchase.id, "commerceSubscriptionId": purchase.id.to_uppercase(), "createdDateTime": time(&purchase.created), "nextLifecycleDateTime": time(&purchase.next_change),
            "isTrial": false, "skuId": purchase.sku_id, "skuPartNumber": purchase.part_number, "status": purchase.state, "totalLicenses": purchase.seats, "ownerTenantId": DISTRIBUTOR })
    };
    tenant.purchases.iter().map(purchase).collect()
}

/// A user holds each SKU while there are seats assigned: as many users as the largest SKU has.
fn users(state: &State, exchange: &Exchange, access: &Access) -> Answer {
    let is_advanced = exchange.parameter("$filter").is_some();
    if is_advanced && (exchange.header("consistencylevel") != Some("eventual") || exchange.parameter("$count") != Some("true")) {
        return graph_error(400, "Request_UnsupportedQuery", "The filter needs ConsistencyLevel and $count.");
    }
    let Some(tenant) = state.tenants.get(&access.tenant) else { return list(Vec::new()) };
    let count = tenant.skus.iter().map(|sku| sku.assigned).max().unwrap_or_default();
    let from: i64 = exchange.parameter("$skiptoken").and_then(|token| token.parse().ok()).unwrap_or_default();
    let to = count.min(from + i64::try_from(state.options.users_a_page).unwrap_or(i64::MAX));
    let user = |number: i64| {
        let held: Vec<Value> = tenant.skus.iter().filter(|sku| number < sku.assigned).map(|sku| json!({ "skuId": sku.id, "disabledPlans": [] })).collect();
        // Names were not asked for; a capture must cope with them all the same.
        json!({ "id": format!("{number:08x}-0000-4000-8000-000000000001"), "displayName": format!("Robin Person{number}"),
            "userPrincipalName": format!("robin{number}@customer.example"), "mobilePhone": "+61 400 000 000", "accountEnabled": number % 17 != 16, "assignedLicenses": held })
    };
    let people: Vec<Value> = (from..to).map(user).collect();
    if to < count {
        let host = exchange.header("host").unwrap_or("localhost");
        let next = format!("http://{host}/v1.0/users?$filter=assignedLicenses/$count%20ne%200&$count=true&$skiptoken={to}");
        return Answer::json(200, &json!({ "value": people, "@odata.nextLink": next }));
    }
    list(people)
}

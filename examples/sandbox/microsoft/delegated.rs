//! Delegated-admin relationships, and the groups that hold their roles.

use serde_json::{Value, json};

use super::MSP_TENANT;
use super::options::Broken;
use super::state::State;
use super::wire::graph_error;
use crate::stand_ins::exchange::{Answer, Exchange};

const READERS: &str = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b";
/// The MSP's group of technicians; everybody who signs in here is in it.
pub(super) const TECHNICIANS: &str = "0a0a0a0a-0000-4000-8000-000000000007";
const SUFFIX: &str = "-d2fd4a20-12b8-4b6d-bc9f-dcd0161ba74a";

/// Everybody's who is related: a tenant that never consented has none.
pub(super) fn relationships(state: &State) -> Vec<Value> {
    super::graph::related(state)
        .map(|(id, tenant)| {
            let (status, ends) = match state.broken(id) {
                Some(Broken::RelationshipEnded) => ("expired", "2026-10-03T00:00:00.1234567Z"),
                _ => ("active", "2027-02-10T11:24:42.3148266Z"),
            };
            json!({ "@odata.type": "#microsoft.graph.delegatedAdminRelationship", "id": format!("{id}-{MSP_TENANT}"), "displayName": format!("{} admin", tenant.name),
                "duration": "P730D", "customer": { "tenantId": id, "displayName": tenant.name }, "accessDetails": { "unifiedRoles": [{ "roleDefinitionId": READERS }] },
                "status": status, "autoExtendDuration": "PT0S", "endDateTime": ends })
        })
        .collect()
}

/// Who holds the roles of one.
pub(super) fn assignments(state: &State, relationship: &str) -> Answer {
    let Some(tenant) = relationship.strip_suffix(SUFFIX).filter(|tenant| state.tenants.contains_key(*tenant)) else {
        return graph_error(404, "Request_ResourceNotFound", "Resource not found.");
    };
    let roles = json!({ "unifiedRoles": [{ "roleDefinitionId": READERS }] });
    let assignment = json!({ "@odata.etag": "W/\"1\"", "id": format!("a-{tenant}"), "status": "active", "accessDetails": roles,
        "accessContainer": { "accessContainerId": TECHNICIANS, "accessContainerType": "securityGroup" } });
    let held: Vec<Value> = if state.options.without_group.iter().any(|found| found == tenant) { Vec::new() } else { vec![assignment] };
    Answer::json(200, &json!({ "value": held }))
}

/// Several reads in one request; answered backwards, because any order is allowed.
pub(super) fn batch(state: &State, exchange: &Exchange) -> Answer {
    let body: Value = serde_json::from_slice(&exchange.body).unwrap_or_default();
    let requests = body.get("requests").and_then(Value::as_array).cloned().unwrap_or_default();
    if requests.is_empty() || requests.len() > 20 {
        return graph_error(400, "BadRequest", "A batch has 1 to 20 requests.");
    }
    let answer = |request: &Value| {
        let url = request.get("url").and_then(Value::as_str).unwrap_or_default();
        let segments: Vec<&str> = url.trim_start_matches('/').split('/').collect();
        let answer = match segments.as_slice() {
            ["tenantRelationships", "delegatedAdminRelationships", id, "accessAssignments"] => assignments(state, id),
            _ => graph_error(404, "Request_ResourceNotFound", "Resource not found for the segment."),
        };
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        json!({ "id": request.get("id"), "status": answer.status, "headers": { "Content-Type": "application/json" }, "body": body })
    };
    let responses: Vec<Value> = requests.iter().rev().map(answer).collect();
    Answer::json(200, &json!({ "responses": responses }))
}

//! Whether a delegated-admin relationship gives anything: its roles count only once a security group of the
//! MSP's holds them, and only for those who are in the group (`contracts/microsoft.md` 2.1).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::call::read;
use super::client::Microsoft;
use super::customers::{Customers, Relationship};
use super::error::MicrosoftError;
use super::roles::Roles;
use super::token::Resource;
use super::wire;
use crate::domain::ids::TenantId;
use crate::http::{Method, Request};

/// Graph takes so many requests in one (`contracts/microsoft.md` 3.4).
const REQUESTS_A_BATCH: usize = 20;
/// Relationships that are asked for; an MSP with more is told nothing of the others.
const RELATIONSHIPS_AT_MOST: usize = 5_000;

/// After so long the next relationships are not asked for: nothing but advice depends on them.
const PATIENCE: Duration = Duration::from_secs(30);

/// What one answer of a batch says.
type Assignments = Vec<wire::AccessAssignment>;

impl Microsoft<'_> {
    /// Finds out which roles the account holds through each active relationship: 20 relationships a request.
    /// What cannot be read stays unknown; nothing depends on it but what people are told.
    ///
    /// # Errors
    ///
    /// Only those that every further request would meet as well.
    pub async fn add_held_roles(&self, msp: TenantId, customers: &mut Customers) -> Result<(), MicrosoftError> {
        let mut wanted: Vec<&mut Relationship> = customers
            .list
            .iter_mut()
            .flat_map(|customer| customer.relationship.iter_mut().chain(&mut customer.further))
            .filter(|relationship| relationship.is_active() && !relationship.id.is_empty())
            .collect();
        wanted.truncate(RELATIONSHIPS_AT_MOST);
        if wanted.is_empty() {
            return Ok(());
        }
        let asked = self.held_roles(msp, wanted).await;
        // The MSP's own seats are still to be read, whatever this met.
        self.breaker(Resource::Graph).forgive(msp);
        asked
    }

    async fn held_roles(&self, msp: TenantId, mut wanted: Vec<&mut Relationship>) -> Result<(), MicrosoftError> {
        let began = Instant::now();
        let groups: BTreeSet<String> = match self.memberships_if_easy(msp).await {
            Ok(objects) => objects.into_iter().map(|object| object.id.to_lowercase()).filter(|id| !id.is_empty()).collect(),
            Err(error) if error.stops_everything() => return Err(error),
            // Whether the account is in the groups is not known: then nothing is said.
            Err(_) => return Ok(()),
        };
        for batch in wanted.chunks_mut(REQUESTS_A_BATCH) {
            if began.elapsed() > PATIENCE {
                return Ok(());
            }
            let ids: Vec<String> = batch.iter_mut().map(|relationship| std::mem::take(&mut relationship.id)).collect();
            match self.assignments(msp, &ids).await {
                Ok(mut found) => {
                    for (number, relationship) in batch.iter_mut().enumerate() {
                        relationship.held = found.remove(&number).map(|assignments| held(assignments, &groups));
                    }
                }
                Err(error) if error.stops_everything() => return Err(error),
                // A service that is down, or a refusal, is the same for the others.
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    /// The assignments by the number of the relationship; those that were refused are missing.
    async fn assignments(&self, msp: TenantId, ids: &[String]) -> Result<BTreeMap<usize, Assignments>, MicrosoftError> {
        let one = |(number, id): (usize, &String)| {
            let url = format!("/tenantRelationships/delegatedAdminRelationships/{}/accessAssignments", crate::http::encoded(id));
            json!({ "id": number.to_string(), "method": "GET", "url": url })
        };
        let requests: Vec<serde_json::Value> = ids.iter().enumerate().map(one).collect();
        let body = json!({ "requests": requests }).to_string().into_bytes();
        let address = format!("{}/v1.0/$batch", self.addresses.graph);
        let request = Request::new(Method::Post, &address).header("content-type", "application/json").body(body);
        let response = self.call_once(msp, Resource::Graph, request).await?;
        let batch: wire::Batch = read("$batch", &response)?;
        let mut found = BTreeMap::new();
        for answer in batch.responses.into_iter().filter(|answer| answer.status == 200) {
            // In any order; one that has more pages is not known as a whole.
            if let (Ok(number), Ok(page)) = (answer.id.parse(), serde_json::from_value::<wire::Page<wire::AccessAssignment>>(answer.body))
                && page.next_link.is_none()
            {
                let _ = found.insert(number, page.value);
            }
        }
        Ok(found)
    }
}

/// The roles of the assignments to groups that the account is in.
fn held(assignments: Assignments, groups: &BTreeSet<String>) -> Roles {
    let mine = |assignment: &wire::AccessAssignment| {
        // `pending` and an empty status may still become active: neither is taken for missing.
        !matches!(assignment.status.as_str(), "deleting" | "deleted" | "error")
            && groups.contains(&assignment.access_container.access_container_id.to_lowercase())
    };
    let roles = assignments.into_iter().filter(mine).flat_map(|assignment| assignment.access_details.unified_roles);
    Roles::of(roles.map(|role| role.role_definition_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::customers::Ask;
    use crate::microsoft::testing::{Scripted, Tokens, answer, microsoft, tenant};

    const READERS: &str = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b";
    const WRITERS: &str = "9360feb5-f418-4baa-8175-e2a00bac4301";
    const GROUP: &str = "0A0A0A0A-0000-4000-8000-000000000007";

    fn list(items: &serde_json::Value) -> crate::http::Response {
        answer(200, &json!({ "value": items }).to_string())
    }

    fn relationships(count: u32) -> crate::http::Response {
        let one = |number: u32| {
            json!({ "id": format!("r{number}"), "displayName": "n", "status": "active", "endDateTime": "2027-02-10T00:00:00Z",
                "customer": { "tenantId": tenant(number).to_string(), "displayName": "C" }, "accessDetails": { "unifiedRoles": [{ "roleDefinitionId": READERS }] } })
        };
        list(&(1..=count).map(one).collect())
    }

    fn assignment(group: &str, role: &str, status: &str) -> serde_json::Value {
        json!({ "status": status, "accessContainer": { "accessContainerId": group, "accessContainerType": "securityGroup" }, "accessDetails": { "unifiedRoles": [{ "roleDefinitionId": role }] } })
    }

    async fn found(answers: Vec<crate::http::Response>) -> (Customers, Vec<Request>) {
        let transport = Scripted::new(answers);
        let tokens = Tokens::default();
        let microsoft = microsoft(&transport, &tokens);
        let mut customers = microsoft.customers(tenant(99), &BTreeMap::new(), Ask { partner_center: false }).await.unwrap();
        microsoft.add_held_roles(tenant(99), &mut customers).await.unwrap();
        (customers, transport.sent())
    }

    #[tokio::test]
    async fn roles_count_only_for_an_account_in_a_group_that_was_given_them() {
        let memberships = list(&json!([{ "id": GROUP.to_lowercase(), "displayName": "GDAP" }]));
        let body = |assignments: serde_json::Value| json!({ "value": assignments });
        let responses = json!([
            { "id": "3", "status": 429, "body": {} },
            { "id": "0", "status": 200, "body": body(json!([assignment(GROUP, READERS, "active")])) },
            { "id": "2", "status": 200, "body": body(json!([assignment("other", READERS, "active"), assignment(GROUP, WRITERS, "active"), assignment(GROUP, READERS, "deleted")])) },
            { "id": "1", "status": 200, "body": body(json!([])) } ]);
        let (customers, sent) =
            found(vec![list(&json!([])), relationships(4), list(&json!([])), memberships, answer(200, &json!({ "responses": responses }).to_string())]).await;
        let missing: Vec<Option<&str>> = customers.list.iter().map(super::super::customers::Customer::missing_for_reading).collect();
        let group = Some("a security group with Directory Readers or Global Reader that the account is in");
        assert_eq!(missing, [None, group, group, None], "what was throttled is not known, so nothing is said");
        assert_eq!(sent.len(), 5, "one request for all four");
        assert!(sent[4].url.ends_with("/v1.0/$batch"));
    }

    #[tokio::test]
    async fn a_thousand_relationships_are_fifty_requests_and_a_refusal_ends_them() {
        let empty = || answer(200, r#"{"responses":[]}"#);
        let begin = || vec![list(&json!([])), relationships(1_000), list(&json!([])), list(&json!([]))];
        let (_, sent) = found(begin().into_iter().chain((0..50).map(|_| empty())).collect()).await;
        assert_eq!(sent.len(), 54);
        let refused = answer(403, r#"{"error":{"code":"Authorization_RequestDenied"}}"#);
        let (customers, sent) = found(begin().into_iter().chain([refused]).collect()).await;
        assert_eq!(sent.len(), 5);
        assert!(customers.list.iter().all(|customer| customer.missing_for_reading().is_none()));
    }

    #[tokio::test(start_paused = true)]
    async fn regression_an_outage_of_the_groups_cost_five_attempts_with_their_pauses() {
        let began = Instant::now();
        let down = || answer(503, "").with("retry-after", "100");
        let (customers, sent) = found(vec![list(&json!([])), relationships(4), list(&json!([])), down(), down()]).await;
        assert_eq!((sent.len(), began.elapsed().as_secs()), (4, 0), "asked once, and not waited for");
        assert!(customers.list.iter().all(|customer| customer.missing_for_reading().is_none()));
        assert!(sent[3].timeout.is_some_and(|timeout| timeout <= Duration::from_secs(10)), "nor for an answer that never comes");
    }
}

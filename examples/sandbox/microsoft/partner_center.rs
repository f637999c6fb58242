//! Partner Center, as a reseller meets it.

use serde_json::json;

use super::MSP_TENANT;
use super::options::PartnerCenter;
use super::state::State;
use super::wire::partner_error;
use crate::stand_ins::exchange::{Answer, Exchange};

/// The partner number that is the MSP's own.
const OWN_MPN: &str = "4391507";

/// One call.
pub(super) fn call(state: &mut State, exchange: &Exchange, path: &[&str]) -> Answer {
    let token = exchange.header("authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if state.access_tokens.get(token).is_none_or(|access| access.is_graph || access.tenant != MSP_TENANT) {
        return partner_error(401, &json!("900420"), "The audience of the token is wrong.");
    }
    match state.options.partner_center {
        PartnerCenter::Refuses => return partner_error(403, &json!(1002), "Authorization Failed"),
        PartnerCenter::WantsMfa => return partner_error(401, &json!("900421"), "MFA is required."),
        PartnerCenter::Allows => {}
    }
    let answer = match (exchange.method.as_str(), path) {
        ("GET", ["profiles", "organization"]) => {
            Answer::json(200, &json!({ "id": "p", "companyName": "Example MSP Pty Ltd", "tenantId": MSP_TENANT, "domain": "examplemsp.onmicrosoft.com" }))
        }
        ("GET", ["profiles", "mpn"]) => match exchange.parameter("mpnId") {
            None | Some(OWN_MPN) => Answer::json(200, &json!({ "mpnId": OWN_MPN, "partnerName": "Example MSP Pty Ltd" })),
            Some("1234567") => Answer::json(200, &json!({ "mpnId": "1234567", "partnerName": "Fabrikam Partners" })),
            Some(other) => partner_error(404, &json!(3000), &format!("Partner Organization with partner_id {other} could not be found")),
        },
        ("GET", ["relationships"]) => Answer::json(
            200,
            &json!({ "totalCount": 1, "items": [{ "id": "d1c4e2da-7a00-4d15-8b0b-0d1c4e2da7a0", "name": "Dicker Data", "relationshipType": "isIndirectResellerOf", "state": "active" }] }),
        ),
        ("GET", ["customers"]) => customers(state, exchange),
        ("GET", ["products", product, "skus", sku]) => catalogue(product, sku),
        ("POST", ["customers", tenant, "applicationconsents"]) => {
            state.consented(tenant);
            Answer::json(201, &json!({ "applicationId": super::CLIENT_ID }))
        }
        _ => partner_error(403, &json!("1002"), "Authorization Failed"),
    };
    answer.header("ismfacompliant", "true")
}

/// Offers with what they provide; the server is sold without seats.
const CATALOGUE: [(&str, &str, &str); 5] = [
    ("CFQ7TTC0QW7C", "0001", "4cde982a-ede4-4409-9ae6-b003453c8ea6"),
    ("CFQ7TTC0LH18", "0001", "3b555118-da6a-4418-894f-7df1e2096870"),
    ("CFQ7TTC0LCHC", "0002", "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"),
    ("CFQ7TTC0HD33", "0002", "4b244418-9658-4451-a2b8-b5e2b364e9bd"),
    ("DG7GMGF0PWHC", "0003", ""),
];

fn catalogue(product: &str, sku: &str) -> Answer {
    match CATALOGUE.iter().find(|(known, variant, _)| *known == product && *variant == sku) {
        Some((_, _, provides)) => {
            Answer::json(200, &json!({ "id": sku, "productId": product, "dynamicAttributes": { "isMicrosoftProduct": true, "provisioningId": provides } }))
        }
        None => partner_error(404, &json!("400018"), "The SKU was not found."),
    }
}

fn customers(state: &State, exchange: &Exchange) -> Answer {
    const A_PAGE: usize = 15;
    let from: usize = exchange.header("ms-continuationtoken").and_then(|token| token.parse().ok()).unwrap_or_default();
    let all: Vec<_> = state.tenants.iter().filter(|(id, _)| *id != MSP_TENANT).collect();
    if from >= all.len() {
        return partner_error(400, &json!("2000"), "There are no more pages.");
    }
    let items: Vec<_> = all
        .iter()
        .skip(from)
        .take(A_PAGE)
        .map(|(id, tenant)| json!({ "id": id, "companyProfile": { "tenantId": id, "domain": "customer.onmicrosoft.com", "companyName": tenant.name }, "relationshipToPartner": "reseller" }))
        .collect();
    Answer::json(200, &json!({ "totalCount": items.len(), "items": items, "continuationToken": (from + A_PAGE).to_string() }))
}

//! Raw answers for a bug report: every answer of Graph and Partner Center as it came, but for secrets and
//! names. Ids stay, so that answers can be read together; the same name gets the same stand-in everywhere.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::token::Resource;
use super::wire;
use crate::domain::ids::TenantId;
use crate::http::redact::{is_secret, letters, without_mail};
use crate::http::{Request, Response};

/// Answers of more than this together are something else; later ones are left out.
const BYTES_AT_MOST: usize = 256 * 1024 * 1024;

/// Keys whose values name a person or a company, as letters.
const NAMES: [&str; 23] = [
    "displayname",
    "name",
    "givenname",
    "surname",
    "companyname",
    "organizationname",
    "partnername",
    "firstname",
    "lastname",
    "contact",
    "mailnickname",
    "ownername",
    "accountname",
    "customername",
    "department",
    "jobtitle",
    "officelocation",
    "city",
    "street",
    "postalcode",
    "addressline1",
    "addressline2",
    "description",
];
/// Keys whose values lead to a person or a company.
const ADDRESSES: [&str; 16] = [
    "userprincipalname",
    "mail",
    "email",
    "othermails",
    "proxyaddresses",
    "mobilephone",
    "businessphones",
    "phonenumber",
    "domain",
    "domains",
    "defaultdomainname",
    "technicalnotificationmails",
    "securitycompliancenotificationmails",
    "securitycompliancenotificationphones",
    "marketingnotificationemails",
    "relationshiptopartner",
];

/// One answer.
#[derive(Debug)]
struct Kept {
    tenant_id: TenantId,
    resource: Resource,
    /// Path and query, without what a query's value may give away.
    asked: String,
    status: u16,
    body: Vec<u8>,
}

/// Answers as they come.
#[derive(Debug, Default)]
pub(super) struct Capture {
    kept: RefCell<Vec<Kept>>,
}

impl Capture {
    /// Keeps an answer, unless there are too many.
    pub(super) fn keep(&self, tenant_id: TenantId, resource: Resource, request: &Request, response: &Response) {
        let mut kept = self.kept.borrow_mut();
        let so_far: usize = kept.iter().map(|answer| answer.body.len()).sum();
        if so_far.saturating_add(response.body.len()) <= BYTES_AT_MOST {
            kept.push(Kept { tenant_id, resource, asked: asked(&request.url), status: response.status, body: response.body.clone() });
        }
    }

    /// The files: name below the source's folder, and content.
    pub(super) fn files(&self) -> Vec<(String, String)> {
        let mut names = Names::default();
        let kept = self.kept.borrow();
        let written = (1..).zip(kept.iter()).filter_map(|(number, answer): (u32, _)| {
            let service = match answer.resource {
                Resource::Graph => "graph",
                Resource::PartnerCenter => "partner-center",
            };
            let body =
                serde_json::from_slice(wire::without_mark(&answer.body)).unwrap_or_else(|_| json!(format!("{} bytes that are no JSON", answer.body.len())));
            let shown = json!({ "asked": answer.asked, "status": answer.status, "answer": names.clean(body) });
            let name = format!("answers/{}/{number:05}-{service}-{}.json", answer.tenant_id, file_word(&answer.asked));
            Some((name, serde_json::to_string_pretty(&shown).ok()? + "\n"))
        });
        written.collect()
    }
}

/// Path and query of an address; of the query only what names fields stays.
fn asked(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path_and_query = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default();
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let kept: Vec<String> = query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

fn pair(pair: &str) -> String {
    let (key, _) = pair.split_once('=').unwrap_or((pair, ""));
    let is_plain = ["select", "top", "count", "expand", "orderby", "size"].contains(&letters(key).trim_start_matches("24"));
    if is_plain { pair.to_owned() } else { format!("{key}=[removed]") }
}

/// The last word of a path that is no id: `users`.
fn file_word(asked: &str) -> String {
    let path = asked.split('?').next().unwrap_or_default();
    let is_word = |part: &&str| !part.is_empty() && part.len() < 40 && part.chars().all(|character| character.is_ascii_alphabetic());
    path.rsplit('/').find(is_word).unwrap_or("answer").to_lowercase()
}

/// Stand-ins for names, the same for the same name.
#[derive(Debug, Default)]
struct Names {
    known: BTreeMap<String, usize>,
}

impl Names {
    fn stand_in(&mut self, name: &str) -> String {
        let next = self.known.len() + 1;
        let number = *self.known.entry(name.to_lowercase()).or_insert(next);
        format!("name {number}")
    }

    fn clean(&mut self, value: Value) -> Value {
        match value {
            Value::Object(map) => Value::Object(self.clean_map(map)),
            Value::Array(list) => Value::Array(list.into_iter().map(|value| self.clean(value)).collect()),
            Value::String(text) => Value::String(without_mail(&text)),
            other => other,
        }
    }

    fn clean_map(&mut self, map: Map<String, Value>) -> Map<String, Value> {
        map.into_iter()
            .map(|(key, value)| {
                let word = letters(&key);
                let cleaned = match value {
                    Value::Null | Value::Bool(_) => value,
                    _ if is_secret(&key) => json!("[removed]"),
                    Value::String(text) if word.ends_with("nextlink") || word == "uri" => json!(asked(&text)),
                    Value::String(text) if NAMES.contains(&word.as_str()) && !text.is_empty() => json!(self.stand_in(&text)),
                    Value::String(text) if ADDRESSES.contains(&word.as_str()) && !text.is_empty() => json!(format!("{}@example", self.stand_in(&text))),
                    Value::Array(list) if ADDRESSES.contains(&word.as_str()) && !list.is_empty() => json!([format!("{} addresses", list.len())]),
                    other => self.clean(other),
                };
                (key, cleaned)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Method;
    use crate::microsoft::testing::{answer, tenant};

    #[test]
    fn names_get_the_same_stand_in_and_ids_stay() {
        let capture = Capture::default();
        let body = r#"{"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$top=5&$skiptoken=abc","value":[
            {"id":"7","displayName":"Kiri Walker","userPrincipalName":"kiri@adatum.example","mail":"Kiri@adatum.example","businessPhones":["1"],
             "assignedLicenses":[{"skuId":"cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"}],"accountEnabled":true},
            {"id":"8","displayName":"KIRI WALKER","note":"ask kiri@adatum.example","access_token":"secret","skuPartNumber":"SPB"}]}"#;
        let request = Request::new(Method::Get, "https://graph.microsoft.com/v1.0/users?$select=id&$filter=x%20eq%20'Kiri'");
        capture.keep(tenant(1), Resource::Graph, &request, &answer(200, body));
        capture.keep(tenant(1), Resource::PartnerCenter, &request, &answer(503, "<html>Kiri</html>"));
        let files = capture.files();
        let text: String = files.iter().map(|(_, text)| text.to_lowercase()).collect();
        for gone in ["kiri", "adatum", "secret\"", "abc"] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        for kept in ["cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", "spb", "\"id\": \"7\"", "$select=id", "\"status\": 503", "bytes that are no json"] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
        assert_eq!(text.matches("\"name 1\"").count(), 2, "the same name in another case is the same: {text}");
        assert!(files[0].0.ends_with("00001-graph-users.json"), "{}", files[0].0);
    }
}

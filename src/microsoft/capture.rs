//! Raw answers for a bug report: every answer of Graph and Partner Center as it came, but for secrets and
//! names. Ids stay, so that answers can be read together; the same name gets the same stand-in everywhere.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::token::Resource;
use super::wire;
use crate::domain::ids::TenantId;
use crate::http::redact::{is_secret, letters, without_mail};
use crate::http::{Request, Response};

/// Answers of more than this together are something else; later ones are left out.
const BYTES_AT_MOST: usize = 256 * 1024 * 1024;

/// Words of keys whose values lead to a person or a company; `mail` covers `otherMails`.
const ADDRESSES: [&str; 12] = [
    "mail",
    "phone",
    "fax",
    "address",
    "domain",
    "street",
    "principal",
    "onpremises",
    "securityidentifier",
    "issuerassignedid",
    "membershiprule",
    "postalcode",
];
/// Keys that are no name by their last word and name somebody all the same.
const NAMES: [&str; 9] = ["contact", "department", "jobtitle", "officelocation", "city", "region", "state", "classification", "owner"];
/// Names of products, which a report is about.
const PRODUCTS: [&str; 6] = ["skuname", "serviceplanname", "productname", "offername", "planname", "catalogname"];
/// Shorter names are no names to look for inside sentences.
const LETTERS_AT_LEAST: usize = 4;

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
    bytes: Cell<usize>,
    left_out: Cell<usize>,
}

impl Capture {
    /// Keeps an answer, unless there are too many.
    pub(super) fn keep(&self, tenant_id: TenantId, resource: Resource, request: &Request, response: &Response) {
        let bytes = self.bytes.get().saturating_add(response.body.len());
        if bytes > BYTES_AT_MOST {
            return self.left_out.set(self.left_out.get() + 1);
        }
        self.bytes.set(bytes);
        self.kept.borrow_mut().push(Kept { tenant_id, resource, asked: asked(&request.url), status: response.status, body: response.body.clone() });
    }

    /// The files: name below the source's folder, and content.
    pub(super) fn files(&self) -> Vec<(String, String)> {
        let kept = self.kept.borrow();
        let bodies: Vec<Value> = kept.iter().map(body).collect();
        let mut names = Names::default();
        for body in &bodies {
            names.collect(body);
        }
        let written = (1..).zip(kept.iter().zip(bodies)).filter_map(|(number, (answer, body)): (u32, _)| {
            let service = match answer.resource {
                Resource::Graph => "graph",
                Resource::PartnerCenter => "partner-center",
            };
            let shown = json!({ "asked": answer.asked, "status": answer.status, "answer": names.clean(body) });
            let name = format!("answers/{}/{number:05}-{service}-{}.json", answer.tenant_id, file_word(&answer.asked));
            Some((name, serde_json::to_string_pretty(&shown).ok()? + "\n"))
        });
        let left_out = (self.left_out.get() > 0)
            .then(|| ("answers/left-out.txt".to_owned(), format!("{} further answers were left out: too many.\n", self.left_out.get())));
        written.chain(left_out).collect()
    }
}

fn body(answer: &Kept) -> Value {
    serde_json::from_slice(wire::without_mark(&answer.body)).unwrap_or_else(|_| json!(format!("{} bytes that are no JSON", answer.body.len())))
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

/// What a key says of its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Secret,
    Link,
    Address,
    Name,
    Nothing,
}

fn says(key: &str) -> Says {
    let word = letters(key);
    if is_secret(key) || word.contains("continuationtoken") {
        Says::Secret
    } else if word.ends_with("nextlink") || word == "uri" {
        Says::Link
    } else if ADDRESSES.iter().any(|part| word.contains(part)) {
        Says::Address
    } else if NAMES.contains(&word.as_str()) || word.ends_with("name") && !PRODUCTS.contains(&word.as_str()) {
        Says::Name
    } else {
        Says::Nothing
    }
}

/// Stand-ins for names, the same for the same name in any case.
#[derive(Debug, Default)]
struct Names {
    known: BTreeMap<String, usize>,
}

impl Names {
    /// Every name in a value, so that sentences of other answers lose it too.
    fn collect(&mut self, value: &Value) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| match (says(key), value) {
                (Says::Name | Says::Address, Value::String(text)) => drop(self.stand_in(text)),
                _ => self.collect(value),
            }),
            Value::Array(list) => list.iter().for_each(|value| self.collect(value)),
            _ => {}
        }
    }

    fn stand_in(&mut self, name: &str) -> String {
        let next = self.known.len() + 1;
        let number = *self.known.entry(name.trim().to_lowercase()).or_insert(next);
        format!("name {number}")
    }

    fn clean(&mut self, value: Value) -> Value {
        match value {
            Value::Object(map) => Value::Object(self.clean_map(map)),
            Value::Array(list) => Value::Array(list.into_iter().map(|value| self.clean(value)).collect()),
            Value::String(text) => Value::String(self.clean_text(&text)),
            other => other,
        }
    }

    fn clean_map(&mut self, map: Map<String, Value>) -> Map<String, Value> {
        // Headers and attributes come as pairs: what one holds, its key says.
        let pair = map.get("key").and_then(Value::as_str).map(says);
        map.into_iter()
            .map(|(key, value)| {
                let says = pair.filter(|says| *says != Says::Nothing && key == "value").unwrap_or_else(|| says(&key));
                let cleaned = match (says, value) {
                    (_, value @ (Value::Null | Value::Bool(_))) => value,
                    (Says::Secret, _) => json!("[removed]"),
                    (Says::Link, Value::String(text)) => json!(asked(&text)),
                    (Says::Name | Says::Address, Value::String(text)) if text.is_empty() => json!(""),
                    (Says::Name | Says::Address, Value::String(text)) => json!(self.stand_in(&text)),
                    (Says::Name | Says::Address, Value::Array(list)) if !list.iter().any(Value::is_object) => json!([format!("{} values", list.len())]),
                    (Says::Name | Says::Address, value @ Value::Number(_)) => json!(self.stand_in(&value.to_string())),
                    (_, other) => self.clean(other),
                };
                (key, cleaned)
            })
            .collect()
    }

    /// A sentence without any name that is known, the longest first, and without mail addresses.
    fn clean_text(&self, text: &str) -> String {
        if !text.contains(char::is_whitespace) {
            return without_mail(text);
        }
        let mut names: Vec<(&String, &usize)> = self.known.iter().filter(|(name, _)| name.chars().count() >= LETTERS_AT_LEAST).collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        let mut shown = without_mail(text);
        for (name, number) in names {
            shown = replaced(&shown, name, &format!("[{number}]"));
        }
        shown
    }
}

/// A text with every occurrence of a lower-case name replaced, in whatever case it stands there.
fn replaced(text: &str, name: &str, by: &str) -> String {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        // Some letter has a longer small form: then only the case that is known is found.
        return text.replace(name, by);
    }
    let (mut shown, mut from) = (String::new(), 0);
    for (at, found) in lower.match_indices(name) {
        shown.push_str(text.get(from..at).unwrap_or_default());
        shown.push_str(by);
        from = at + found.len();
    }
    shown + text.get(from..).unwrap_or_default()
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
            {"id":"7","displayName":"Kiri Walker","userPrincipalName":"kiri@adatum.example","mail":"Kiri@adatum.example","businessPhones":["021"],
             "assignedLicenses":[{"skuId":"cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"}],"accountEnabled":true,"mobilePhone":64210,
             "onPremisesSamAccountName":"kwalker","streetAddress":"1 Quay","companyApproverEmail":"x@y.example","name":["Kiri"],"isDomainVerified":true},
            {"id":"8","displayName":"KIRI WALKER","note":"ask kiri@adatum.example","access_token":"secret","skuPartNumber":"SPB"},
            {"verifiedDomains":[{"name":"kiriworks.co.nz","isDefault":true}],"relationshipToPartner":"reseller"}],
            "links":{"next":{"headers":[{"key":"MS-ContinuationToken","value":"tok123"}]}},
            "error":{"code":"900308","description":"Tenant kiriworks.co.nz has blocked Kiri Walker"}}"#;
        let request = Request::new(Method::Get, "https://graph.microsoft.com/v1.0/users?$select=id&$filter=x%20eq%20'Kiri'");
        capture.keep(tenant(1), Resource::Graph, &request, &answer(200, body));
        capture.keep(tenant(1), Resource::PartnerCenter, &request, &answer(503, "<html>Kiri</html>"));
        let files = capture.files();
        let text: String = files.iter().map(|(_, text)| text.to_lowercase()).collect();
        for gone in ["kiri", "adatum", "secret\"", "abc", "tok123", "021", "64210", "kwalker", "quay", "y.example"] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        for kept in [
            "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46",
            "spb",
            "\"id\": \"7\"",
            "$select=id",
            "\"status\": 503",
            "bytes that are no json",
            "900308",
            "has blocked",
            "reseller",
            "\"isdomainverified\": true",
        ] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
        let shown: Vec<&str> = text.lines().filter(|line| line.contains("\"displayname\"")).map(|line| line.trim().trim_end_matches(',')).collect();
        assert!(shown.len() == 2 && shown[0] == shown[1], "the same name in another case is the same: {shown:?}");
        assert!(files[0].0.ends_with("00001-graph-users.json"), "{}", files[0].0);
    }

    #[test]
    fn a_name_in_a_sentence_goes_in_any_case_and_its_stand_in_is_not_replaced_again() {
        assert_eq!(replaced("Ask KIRI or Kiri.", "kiri", "[1]"), "Ask [1] or [1].");
        assert_eq!(replaced("tenant 1234 is gone", "1234", "[1234]"), "tenant [1234] is gone");
        assert_eq!(replaced("\u{130}stanbul kiri", "kiri", "[1]"), "\u{130}stanbul [1]");
    }
}

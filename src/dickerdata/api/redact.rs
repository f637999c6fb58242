//! Takes secrets and people's names out of raw answers, so that they can be attached to a bug report.
//! Ids stay, because they are what a fault hangs on; the same name is replaced by the same words.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::capture::RawAnswer;
use super::wire::letters;
use crate::http::redact::{is_secret, without_mail};

/// Keys whose values name a customer or a person.
const NAMES: [&str; 22] = [
    "companyname",
    "tenantname",
    "tenantdescription",
    "customername",
    "customer",
    "contactname",
    "contact",
    "firstname",
    "lastname",
    "fullname",
    "displayname",
    "username",
    "email",
    "emailaddress",
    "phone",
    "phonenumber",
    "mobile",
    "reference",
    "customerreference",
    "domain",
    "domainname",
    "salesperson",
];

/// Names shorter than this are replaced only where they stand alone.
const LENGTH_WITHIN_TEXT_AT_LEAST: usize = 5;

/// What was replaced so far; the same for all answers of a capture.
#[derive(Debug, Default)]
pub struct Redactor {
    secrets: Vec<String>,
    /// Text to its replacement.
    names: BTreeMap<String, String>,
}

impl Redactor {
    /// `secrets` are removed wherever they stand.
    #[must_use]
    pub fn new(secrets: Vec<String>) -> Self {
        Self { secrets: secrets.into_iter().filter(|secret| secret.len() >= 4).collect(), names: BTreeMap::new() }
    }

    /// The answers without secrets and names.
    #[must_use]
    pub fn redacted(mut self, mut answers: Vec<RawAnswer>) -> Vec<RawAnswer> {
        for answer in &answers {
            self.collect(&answer.answer);
        }
        for (number, replacement) in (1_u32..).zip(self.names.values_mut()) {
            *replacement = format!("Name {number}");
        }
        for answer in &mut answers {
            self.clean_map(&mut answer.parameters);
            self.clean(&mut answer.answer);
        }
        answers
    }

    fn collect(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            Value::Object(map) => {
                for (key, value) in map {
                    match value {
                        Value::String(text) if is_name(key) && !text.trim().is_empty() => drop(self.names.insert(text.trim().to_owned(), String::new())),
                        value => self.collect(value),
                    }
                }
            }
            _ => {}
        }
    }

    fn clean(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.clean(item)),
            Value::Object(map) => self.clean_map(map),
            Value::String(text) => *text = self.without(text),
            _ => {}
        }
    }

    fn clean_map(&self, map: &mut Map<String, Value>) {
        for (key, value) in map {
            if is_secret(key) && !value.is_null() {
                *value = Value::from("[removed]");
            } else if is_address(key) && !value.is_null() {
                *value = Value::from("[address]");
            } else {
                self.clean(value);
            }
        }
    }

    /// Text without secrets, names and mail addresses.
    fn without(&self, text: &str) -> String {
        if let Some(replacement) = self.names.get(text.trim()) {
            return replacement.clone();
        }
        let mut shown = text.to_owned();
        for secret in &self.secrets {
            shown = shown.replace(secret, "[removed]");
        }
        // The longest first: one name may be the beginning of another.
        let mut names: Vec<(&String, &String)> =
            self.names.iter().filter(|(name, _)| name.len() >= LENGTH_WITHIN_TEXT_AT_LEAST && shown.contains(*name)).collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (name, replacement) in names {
            shown = shown.replace(name, replacement);
        }
        without_mail(&shown)
    }
}

fn is_name(key: &str) -> bool {
    NAMES.contains(&letters(key).as_str())
}

fn is_address(key: &str) -> bool {
    let key = letters(key);
    key.contains("address") || key.contains("street") || key.contains("suburb") || key.contains("postcode")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_and_secrets_go_and_ids_and_figures_stay() {
        let answer = json!({
            "AccessKey": "k-12345",
            "Message": "key k-12345 of A. Datum Corporation",
            "Out": [
                { "TENANTNAME": "A. Datum Corporation", "TenantId": "196e2273-9651-43a3-ba7e-7cbcd918fc40", "LineAmount": "32.30", "AccountCode": "ACC1" },
                { "CompanyName": "A. Datum Corporation", "Reference": "Call Kiri", "Notes": "ask kiri@adatum.example first", "DeliveryAddress": { "Line1": "1 Road" } },
                { "CompanyName": "Wingtip", "StockDescription": "MICROSOFT 365", "Unheard": 1 }
            ]
        });
        let raw = RawAnswer { endpoint: "x".to_owned(), parameters: Map::new(), page: 1, answer };
        let cleaned = Redactor::new(vec!["k-12345".to_owned()]).redacted(vec![raw]);
        let text = cleaned[0].answer.to_string();
        for gone in ["k-12345", "Datum", "Kiri", "kiri", "Wingtip", "1 Road", "ACC1"] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
        let out = &cleaned[0].answer["Out"];
        assert_eq!((&out[0]["TENANTNAME"], &out[1]["CompanyName"]), (&json!("Name 1"), &json!("Name 1")), "the same name, the same words");
        assert_eq!(out[0]["TenantId"], "196e2273-9651-43a3-ba7e-7cbcd918fc40");
        assert_eq!((&out[0]["LineAmount"], &out[2]["StockDescription"], &out[2]["Unheard"]), (&json!("32.30"), &json!("MICROSOFT 365"), &json!(1)));
    }
}

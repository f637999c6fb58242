//! The stand-in for Xero keeps the rules of contracts/xero.md, so that what passes against it means something.

mod documents;
mod identity;
mod unreliable;

use std::cell::Cell;

use serde_json::{Value, json};

use crate::stand_ins::exchange::{Answer, Exchange};
use crate::stand_ins::xero::Xero;
use crate::stand_ins::xero::options::{Options, PKCE_CLIENT};

/// A stand-in with somebody signed in.
struct Signed {
    xero: Xero,
    access: String,
    tenant: String,
    unit_decimals: Cell<u32>,
}

impl Signed {
    fn new(options: Options) -> Self {
        let xero = Xero::new(options);
        let (access, tenant) = (xero.sign_in(PKCE_CLIENT).access, xero.organisation_id());
        Self { xero, access, tenant, unit_decimals: Cell::new(4) }
    }

    fn exchange(&self, method: &str, address: &str, body: &Value) -> Exchange {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let mut exchange = Exchange { method: method.to_owned(), path: format!("/api.xro/2.0/{path}"), ..Exchange::default() };
        exchange.query = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        exchange.query.push(("unitdp".to_owned(), self.unit_decimals.get().to_string()));
        let headers =
            [("authorization", format!("Bearer {}", self.access)), ("xero-tenant-id", self.tenant.clone()), ("accept", "application/json".to_owned())];
        exchange.headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
        if !body.is_null() {
            exchange.body = body.to_string().into_bytes();
        }
        exchange
    }

    fn send(&self, method: &str, address: &str, body: &Value) -> Answer {
        self.xero.handle(&self.exchange(method, address, body))
    }

    fn get(&self, address: &str) -> Value {
        let answer = self.send("GET", address, &Value::Null);
        assert_eq!(answer.status, 200, "{address}: {}", String::from_utf8_lossy(&answer.body));
        value(&answer)
    }

    /// Writes one document, and gives it back as the answer has it.
    fn write(&self, method: &str, family: &str, document: &Value) -> Value {
        let answer = self.send(method, &format!("{family}?summarizeErrors=false"), &json!({ family: [document] }));
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        value(&answer)[family][0].clone()
    }

    fn put(&self, document: &Value) -> Value {
        self.write("PUT", "Invoices", document)
    }

    /// What is wrong with a document that is refused.
    fn refused(&self, document: &Value) -> Vec<String> {
        problems(&self.put(document))
    }

    fn invoice(&self, number: &str) -> Value {
        json!({
            "Type": "ACCREC",
            "Contact": { "ContactID": self.xero.contact_id("Contoso").unwrap() },
            "InvoiceNumber": number,
            "Date": "2026-11-30",
            "DueDate": "2026-12-20",
            "LineAmountTypes": "Exclusive",
            "LineItems": [{ "Description": "Microsoft 365 Business Premium", "Quantity": 18, "UnitAmount": 119.1527, "AccountCode": "200", "TaxType": "OUTPUT" }],
        })
    }

    fn bill(&self, number: &str) -> Value {
        json!({
            "Type": "ACCPAY",
            "Contact": { "ContactID": self.xero.contact_id("Dicker Data").unwrap() },
            "InvoiceNumber": number,
            "Date": "2026-11-30",
            "DueDate": "2026-12-30",
            "LineItems": [{ "Description": "November", "Quantity": 1, "UnitAmount": 47380.83, "AccountCode": "310", "TaxType": "INPUT" }],
        })
    }
}

fn value(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

fn problems(document: &Value) -> Vec<String> {
    document["ValidationErrors"].as_array().into_iter().flatten().map(|error| error["Message"].as_str().unwrap().to_owned()).collect()
}

/// The document with other members.
fn with(mut document: Value, members: Value) -> Value {
    let Value::Object(members) = members else { panic!("members") };
    for (name, value) in members {
        document[name] = value;
    }
    document
}

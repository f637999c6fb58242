//! Who calls: access tokens, their scopes and organisations; `/connections`.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::state::State;
use super::wire;
use crate::stand_ins::exchange::{Answer, Exchange};

/// Codes and tokens in use.
#[derive(Debug, Default)]
pub struct Identity {
    /// Codes not yet used.
    pub codes: HashMap<String, Code>,
    /// Access tokens, expired ones included.
    pub access: HashMap<String, Access>,
    /// Refresh tokens, used ones included.
    pub refresh: HashMap<String, Refresh>,
}

/// An authorisation code.
#[derive(Clone, Debug)]
pub struct Code {
    /// The app.
    pub client_id: String,
    /// Where it was sent.
    pub redirect: String,
    /// What was consented to.
    pub scopes: Vec<String>,
    /// `code_challenge`; empty without PKCE.
    pub challenge: String,
    /// When it was given.
    pub at: Timestamp,
}

/// An access token.
#[derive(Clone, Debug)]
pub struct Access {
    /// The app.
    pub client_id: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it ends.
    pub ends: Timestamp,
}

/// A refresh token.
#[derive(Clone, Debug)]
pub struct Refresh {
    /// The app.
    pub client_id: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was given.
    pub at: Timestamp,
    /// When it was first used.
    pub used: Option<Timestamp>,
}

/// The caller of the accounting API.
pub struct Caller {
    /// The app.
    pub client_id: String,
    /// Position of the organisation.
    pub organisation: usize,
}

/// The access token of a request.
fn bearer<'a>(state: &'a State, exchange: &Exchange) -> Result<&'a Access, Box<Answer>> {
    let unauthorised = |detail: &str| Box::new(wire::problem(401, "Unauthorized", detail));
    let token = exchange.header("authorization").and_then(|header| header.strip_prefix("Bearer ")).unwrap_or_default();
    let access = state.identity.access.get(token).ok_or_else(|| unauthorised("AuthenticationUnsuccessful"))?;
    if state.now() >= access.ends {
        return Err(unauthorised(&format!("TokenExpired: token expired at {}", access.ends.strftime("%m/%d/%Y %H:%M:%S"))));
    }
    Ok(access)
}

/// The scopes of which one is needed for a call.
fn scopes_needed(method: &str, path: &str) -> Vec<String> {
    let mut segments = path.split('/');
    let family = segments.next().unwrap_or_default();
    let family = match (family, segments.nth(1)) {
        ("Invoices" | "CreditNotes", Some("Attachments")) => "accounting.attachments",
        ("Invoices" | "CreditNotes" | "RepeatingInvoices" | "Quotes" | "PurchaseOrders", _) => "accounting.invoices",
        ("Contacts" | "ContactGroups", _) => "accounting.contacts",
        ("Payments", _) => "accounting.payments",
        _ => "accounting.settings",
    };
    let mut needed = vec![family.to_owned()];
    if method == "GET" {
        needed.push(format!("{family}.read"));
        if path.starts_with("Items") {
            needed.extend(["accounting.invoices".to_owned(), "accounting.invoices.read".to_owned()]);
        }
    }
    needed
}

/// Checks bearer, scope and organisation.
pub fn caller(state: &State, exchange: &Exchange, path: &str) -> Result<Caller, Box<Answer>> {
    let access = bearer(state, exchange)?;
    if !scopes_needed(&exchange.method, path).iter().any(|needed| access.scopes.contains(needed)) {
        let answer = wire::problem(401, "Unauthorized", "AuthorizationUnsuccessful");
        return Err(Box::new(answer.header("www-authenticate", "Bearer error=\"insufficent_scope\"")));
    }
    let tenant = exchange.header("xero-tenant-id").unwrap_or_default();
    let organisation = state.organisations.iter().position(|organisation| organisation.id.eq_ignore_ascii_case(tenant) && organisation.is_connected);
    match organisation {
        Some(organisation) => Ok(Caller { client_id: access.client_id.clone(), organisation }),
        None => Err(Box::new(wire::problem(403, "Forbidden", "AuthenticationUnsuccessful"))),
    }
}

/// `GET /connections` and `DELETE /connections/{id}`.
pub fn connections(state: &mut State, exchange: &Exchange) -> Answer {
    let client_id = match bearer(state, exchange) {
        Ok(access) => access.client_id.clone(),
        Err(answer) => return *answer,
    };
    if let Some(id) = exchange.path.strip_prefix("/connections/") {
        let found = state.organisations.iter_mut().find(|organisation| organisation.connection_id == id && organisation.is_connected);
        return match (exchange.method.as_str(), found) {
            ("DELETE", Some(organisation)) => {
                organisation.is_connected = false;
                Answer::empty(204)
            }
            _ => wire::not_found(),
        };
    }
    let is_custom = state.options.apps.iter().any(|app| app.client_id == client_id && matches!(app.kind, super::options::AppKind::Custom(_)));
    let at = state.options.now.strftime("%Y-%m-%dT%H:%M:%S.0000000").to_string();
    let connected = state.organisations.iter().filter(|organisation| organisation.is_connected);
    let list: Vec<Value> = connected
        .take(if is_custom { 1 } else { usize::MAX })
        .map(|organisation| {
            json!({
                "id": organisation.connection_id,
                "authEventId": wire::uuid_of("authentication event"),
                "tenantId": organisation.id,
                "tenantType": "ORGANISATION",
                "tenantName": organisation.name,
                "createdDateUtc": at,
                "updatedDateUtc": at,
            })
        })
        .collect();
    wire::answer(200, &Value::Array(list))
}

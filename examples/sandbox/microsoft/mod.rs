//! A Microsoft of our own: sign-in, Graph in some forty tenants, Partner Center (contracts/microsoft.md).
//!
//! Its customers are those of `examples/contoso`, with the seats of its seats file: a month reconciled live
//! gives the findings of the file. Three tenants fail, each for a reason of its own.

pub mod assertion;
mod delegated;
mod graph;
pub mod options;
mod page;
mod partner_center;
mod people;
mod sign_in;
mod state;
mod tenants;
mod wire;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::options::{Broken, Options};
use self::state::State;
use super::exchange::{Answer, Exchange};

/// The MSP's own tenant.
pub const MSP_TENANT: &str = "d2fd4a20-12b8-4b6d-bc9f-dcd0161ba74a";
/// The app registration that signs in.
pub const CLIENT_ID: &str = "11111111-2222-3333-4444-555555555555";

/// The stand-in; clones share the same state.
#[derive(Clone, Debug)]
pub struct Microsoft(Arc<Mutex<State>>);

impl Microsoft {
    /// A stand-in with these options.
    pub fn new(options: Options) -> Self {
        Self(Arc::new(Mutex::new(State::new(options))))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a request, whichever of the three services it is for.
    pub fn handle(&self, exchange: &Exchange) -> Answer {
        let mut state = self.state();
        *state.calls.entry((exchange.method.clone(), exchange.path.clone())).or_default() += 1;
        let answer = answer(&mut state, exchange);
        let is_dated = exchange.path.starts_with("/v1.0/") || exchange.path.starts_with("/v1/");
        match if is_dated { &state.options.date } else { &state.options.sign_in_date } {
            Some(date) => answer.header("date", date.clone()),
            None => answer,
        }
    }

    /// How often each method and path was called.
    pub fn calls(&self) -> BTreeMap<(String, String), u32> {
        self.state().calls.clone()
    }

    /// Calls whose path ends so.
    pub fn calls_of(&self, path_end: &str) -> u32 {
        self.state().calls.iter().filter(|((_, path), _)| path.ends_with(path_end)).map(|(_, count)| count).sum()
    }

    /// Graph answers 503 to everybody from now on.
    pub fn go_down(&self) {
        self.state().options.is_down = true;
    }

    /// Counts from zero again.
    pub fn forget_calls(&self) {
        self.state().calls.clear();
    }

    /// Breaks a tenant, or mends it.
    pub fn break_tenant(&self, tenant_id: &str, broken: Option<Broken>) {
        let mut state = self.state();
        state.options.broken.retain(|(found, _)| found != tenant_id);
        state.options.broken.extend(broken.map(|broken| (tenant_id.to_owned(), broken)));
    }

    /// Takes Graph down, or brings it back.
    pub fn set_down(&self, is_down: bool) {
        self.state().options.is_down = is_down;
    }

    /// Somebody types the newest device code and agrees.
    pub fn approve_device(&self) {
        self.state().approve_device();
    }

    /// Every refresh token dies, as when an administrator revokes the account's sessions.
    pub fn revoke(&self) {
        self.state().refresh_tokens.clear();
    }
}

fn answer(state: &mut State, exchange: &Exchange) -> Answer {
    let segments: Vec<&str> = exchange.path.trim_matches('/').split('/').collect();
    match (exchange.method.as_str(), segments.as_slice()) {
        ("GET" | "POST", [tenant, "oauth2", "v2.0", "authorize"]) => sign_in::authorise(state, exchange, tenant),
        ("POST", [tenant, "oauth2", "v2.0", "token"]) => sign_in::token(state, exchange, tenant),
        ("POST", [tenant, "oauth2", "v2.0", "devicecode"]) => sign_in::device_code(state, exchange, tenant),
        ("GET" | "POST", ["devicelogin"]) => sign_in::device_login(state, exchange),
        ("GET", [tenant, "adminconsent"] | [tenant, "v2.0", "adminconsent"]) => sign_in::admin_consent(state, tenant),
        (_, ["v1.0", rest @ ..]) => graph::call(state, exchange, rest),
        (_, ["v1", rest @ ..]) => partner_center::call(state, exchange, rest),
        _ => Answer::text(404, "text/plain; charset=utf-8", "nothing is here"),
    }
}

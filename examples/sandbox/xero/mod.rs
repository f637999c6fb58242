//! A Xero of our own: signs in, keeps books by Xero's rules and breaks on demand (contracts/xero.md).
//!
//! [`Xero::carry`] takes a request and says what becomes of it; it waits for nothing and has no
//! effects outside, so that a test can carry requests without a network and read the books
//! afterwards. Time follows `tokio::time`, a paused clock included.

mod check;
mod consent;
pub mod fault;
mod filter;
mod idempotency;
mod identity;
mod limits;
mod lines;
mod notes;
pub mod options;
mod page;
mod people;
mod reading;
mod render;
mod seed;
mod settings;
pub mod state;
mod token;
mod totals;
pub mod wire;
mod writing;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::fault::{ActiveFault, Fault};
use self::idempotency::Known;
use self::options::Options;
use self::state::State;
use super::exchange::{Answer, Exchange, Outcome};

/// The stand-in; clones share the same books.
#[derive(Clone, Debug)]
pub struct Xero(Arc<Mutex<State>>);

impl Xero {
    /// A stand-in with the organisations of the options.
    pub fn new(options: Options) -> Self {
        let mut state = State {
            started: tokio::time::Instant::now(),
            ahead: std::time::Duration::ZERO,
            identity: identity::Identity::default(),
            organisations: Vec::new(),
            kept: HashMap::new(),
            faults: Vec::new(),
            calls: BTreeMap::new(),
            ids: state::Ids::default(),
            options,
        };
        for organisation in state.options.organisations.clone() {
            let organisation = seed::organisation(&state, &organisation);
            state.organisations.push(organisation);
        }
        Self(Arc::new(Mutex::new(state)))
    }

    /// The state, whatever happened to another holder.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer, when nothing is lost on the way; a lost request or answer is an empty 599.
    pub fn handle(&self, exchange: &Exchange) -> Answer {
        match self.carry(exchange) {
            Outcome::Answer(answer) => answer,
            Outcome::LostBefore | Outcome::LostAfter => Answer::empty(599),
        }
    }

    /// What becomes of a request, faults included.
    pub fn carry(&self, exchange: &Exchange) -> Outcome {
        let mut state = self.state();
        *state.calls.entry((exchange.method.clone(), exchange.path.clone())).or_default() += 1;
        let fault = fault::next(&mut state.faults, exchange);
        if let Some(path) = exchange.path.strip_prefix("/api.xro/2.0/") {
            return api(&mut state, exchange, path, fault.as_ref());
        }
        let committed = fault.as_ref().is_none_or(fault::FaultKind::is_committed);
        let right = committed.then(|| outside_the_api(&mut state, exchange));
        match (fault, right) {
            (None, right) => Outcome::Answer(right.unwrap_or_default()),
            (Some(fault), right) => fault.outcome(right),
        }
    }

    /// Breaks requests to come.
    pub fn fault(&self, rule: Fault) {
        self.state().faults.push(ActiveFault::new(rule));
    }

    /// Forgets the faults that have not shown.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// How often each method and path was called, answered or not.
    pub fn calls(&self) -> BTreeMap<(String, String), u32> {
        self.state().calls.clone()
    }

    /// Calls of a method whose path begins so; an empty method is any.
    pub fn calls_of(&self, method: &str, path_prefix: &str) -> u32 {
        let state = self.state();
        let counted = state.calls.iter().filter(|((found, path), _)| (method.is_empty() || found == method) && path.starts_with(path_prefix));
        counted.map(|(_, count)| count).sum()
    }

    /// Counts from zero again.
    pub fn forget_calls(&self) {
        self.state().calls.clear();
    }

    /// Moves the clock on, besides what `tokio::time` does.
    pub fn advance(&self, by: std::time::Duration) {
        self.state().ahead += by;
    }

    /// Marks a request as being answered, for the limit of requests at a time. Whoever carries requests with a
    /// delay holds this from before [`Xero::carry`] until the answer has arrived.
    pub fn in_flight(&self, exchange: &Exchange) -> InFlight {
        let tenant = exchange.header("xero-tenant-id").unwrap_or_default().to_owned();
        self.count_in_flight(&tenant, true);
        InFlight { xero: self.clone(), tenant }
    }

    fn count_in_flight(&self, tenant: &str, begins: bool) {
        let mut state = self.state();
        let Some(organisation) = state.organisations.iter_mut().find(|organisation| organisation.id == tenant) else { return };
        organisation.in_flight = if begins { organisation.in_flight + 1 } else { organisation.in_flight.saturating_sub(1) };
        organisation.in_flight_at_most = organisation.in_flight_at_most.max(organisation.in_flight);
    }
}

/// A request on its way; dropped when its answer has arrived.
#[derive(Debug)]
pub struct InFlight {
    xero: Xero,
    tenant: String,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.xero.count_in_flight(&self.tenant, false);
    }
}

/// Sign-in, connections and the page for people.
fn outside_the_api(state: &mut State, exchange: &Exchange) -> Answer {
    match (exchange.method.as_str(), exchange.path.as_str()) {
        ("GET" | "POST", "/identity/connect/authorize") => consent::authorise(state, exchange),
        ("POST", "/connect/token") => token::token(state, exchange),
        ("POST", "/connect/revocation") => token::revoke(state, exchange),
        ("GET" | "DELETE", path) if path == "/connections" || path.starts_with("/connections/") => identity::connections(state, exchange),
        ("GET", "/" | "/sandbox") => page::show(state, exchange),
        _ => super::exchange::Answer::text(404, "text/plain; charset=utf-8", "nothing is here"),
    }
}

/// A call of the accounting API: bearer, organisation, limits, idempotency key, and then the call itself.
fn api(state: &mut State, exchange: &Exchange, path: &str, fault: Option<&fault::FaultKind>) -> Outcome {
    if let Some(fault::FaultKind::Lost { committed: false }) = fault {
        return Outcome::LostBefore;
    }
    let caller = match identity::caller(state, exchange, path) {
        Ok(caller) => caller,
        Err(answer) => return Outcome::Answer(*answer),
    };
    let (limits, now) = (state.options.limits, state.now());
    let admitted = state.organisations.get_mut(caller.organisation).map_or(Ok(()), |organisation| limits::admit(organisation, limits, now));
    let with_limits = |state: &State, answer: Answer| match state.organisations.get(caller.organisation) {
        Some(organisation) => limits::headers(answer, organisation, limits).header("xero-correlation-id", wire::uuid_of(&format!("call {now}"))),
        None => answer,
    };
    if let Err(answer) = admitted {
        return Outcome::Answer(with_limits(state, answer));
    }
    if let Known::Answered(answer) = idempotency::look_up(state, &caller.client_id, exchange) {
        let answer = with_limits(state, answer);
        return match fault {
            Some(fault) if !fault.is_kept() => fault.outcome(Some(answer)),
            _ => Outcome::Answer(answer),
        };
    }
    let committed = fault.is_none_or(fault::FaultKind::is_committed);
    let right = committed.then(|| dispatch(state, caller.organisation, exchange, path));
    let Some(fault) = fault else {
        let right = right.unwrap_or_default();
        idempotency::keep(state, &caller.client_id, exchange, &right);
        return Outcome::Answer(with_limits(state, right));
    };
    let shown = fault.outcome(right.clone().or_else(|| Some(Answer::empty(200))).map(|answer| with_limits(state, answer)));
    match (&shown, right) {
        (Outcome::Answer(answer), _) if fault.is_kept() => {
            let without_limits = Answer { headers: answer.headers.iter().filter(|(name, _)| !name.starts_with('x')).cloned().collect(), ..answer.clone() };
            idempotency::keep(state, &caller.client_id, exchange, &without_limits);
        }
        (_, Some(right)) => idempotency::keep(state, &caller.client_id, exchange, &right),
        (_, None) => {}
    }
    shown
}

/// The call itself.
fn dispatch(state: &mut State, organisation: usize, exchange: &Exchange, path: &str) -> Answer {
    if exchange.header("accept").is_none_or(|accept| !accept.contains("application/json")) {
        return Answer::text(200, "text/xml; charset=utf-8", "<Response><Status>OK</Status></Response>");
    }
    let segments: Vec<&str> = path.split('/').collect();
    match (exchange.method.as_str(), segments.as_slice()) {
        ("GET", ["Invoices"]) => reading::list(state, organisation, exchange, false),
        ("GET", ["CreditNotes"]) => reading::list(state, organisation, exchange, true),
        ("GET", ["Invoices", id]) => reading::one(state, organisation, exchange, id, false),
        ("GET", ["CreditNotes", id]) => reading::one(state, organisation, exchange, id, true),
        ("PUT" | "POST", ["Invoices"]) => writing::write(state, organisation, exchange, None, false),
        ("PUT" | "POST", ["CreditNotes"]) => writing::write(state, organisation, exchange, None, true),
        ("POST", ["Invoices", id]) => writing::write(state, organisation, exchange, Some(id), false),
        ("POST", ["CreditNotes", id]) => writing::write(state, organisation, exchange, Some(id), true),
        ("GET" | "PUT", [family @ ("Invoices" | "CreditNotes" | "Contacts"), id, "History"]) => notes::history(state, organisation, exchange, family, id),
        ("GET", [family @ ("Invoices" | "CreditNotes"), id, "Attachments"]) => notes::attachments(state, organisation, family, id),
        (_, [family @ ("Invoices" | "CreditNotes"), id, "Attachments", name]) => notes::attachment(state, organisation, exchange, family, id, name),
        ("POST", ["Invoices", id, "Email"]) => notes::email(state, organisation, id),
        ("GET", _) => settings::read(state, organisation, exchange, &segments),
        _ => wire::not_found(),
    }
}

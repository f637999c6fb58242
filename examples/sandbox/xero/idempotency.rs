//! `Idempotency-Key`: six minutes in which the same request is answered the same (contracts/xero.md 4.4).

use jiff::Timestamp;

use super::state::State;
use super::wire;
use crate::stand_ins::exchange::{Answer, Exchange};

/// How long an answer is kept, from the first call.
const KEPT_SECONDS: i64 = 6 * 60;

/// An answer and the request that it belongs to.
#[derive(Clone, Debug)]
pub struct Kept {
    at: Timestamp,
    request: String,
    answer: Answer,
}

/// What the key of a request says about it.
pub enum Known {
    /// Nothing: it is to be done.
    Nothing,
    /// It was done: the answer of then, or a refusal of the key.
    Answered(Answer),
}

fn fingerprint(exchange: &Exchange) -> String {
    let tenant = exchange.header("xero-tenant-id").unwrap_or_default();
    let body = ring::digest::digest(&ring::digest::SHA256, &exchange.body);
    format!("{} {} {:?} {tenant} {:?}", exchange.method, exchange.path, exchange.query, body.as_ref())
}

fn key(exchange: &Exchange) -> Option<&str> {
    if exchange.method == "GET" { None } else { exchange.header("idempotency-key") }
}

/// Looks the key up.
pub fn look_up(state: &mut State, client_id: &str, exchange: &Exchange) -> Known {
    let Some(key) = key(exchange) else { return Known::Nothing };
    if key.is_empty() || key.len() > 128 {
        return Known::Answered(wire::refused(10, "ValidationException", "Idempotency Key must have between 1 and 128 characters"));
    }
    let now = state.now();
    state.kept.retain(|_, kept| now.as_second() - kept.at.as_second() < KEPT_SECONDS);
    match state.kept.get(&(client_id.to_owned(), key.to_owned())) {
        None => Known::Nothing,
        Some(kept) if kept.request == fingerprint(exchange) => Known::Answered(kept.answer.clone()),
        Some(_) => Known::Answered(wire::refused(10, "ValidationException", &format!("Idempotency Key {key} is used with a different request"))),
    }
}

/// Keeps an answer.
pub fn keep(state: &mut State, client_id: &str, exchange: &Exchange, answer: &Answer) {
    let Some(key) = key(exchange).filter(|key| !key.is_empty()) else { return };
    let kept = Kept { at: state.now(), request: fingerprint(exchange), answer: answer.clone() };
    state.kept.insert((client_id.to_owned(), key.to_owned()), kept);
}

//! The page for people: what was posted.

use super::state::State;
use crate::stand_ins::exchange::{Answer, Exchange};

/// The page.
pub fn show(_state: &State, _exchange: &Exchange) -> Answer {
    Answer::text(200, "text/html; charset=utf-8", "<!doctype html>")
}

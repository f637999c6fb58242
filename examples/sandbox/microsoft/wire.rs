//! Small pieces of the wire: errors, forms, random-looking texts.

use serde_json::{Value, json};

use crate::stand_ins::exchange::{Answer, Exchange};
use crate::stand_ins::serve::pairs;

/// The form of a body, decoded.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn of(exchange: &Exchange) -> Self {
        Self(pairs(&String::from_utf8_lossy(&exchange.body)))
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str())
    }
}

/// A refusal of the sign-in service.
pub(super) fn refused(error: &str, code: u32, words: &str) -> Answer {
    let (trace, correlation) = ("255d1aef-8c98-452f-ac51-23d051240864", "fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7");
    let description = format!("AADSTS{code}: {words} Trace ID: {trace} Correlation ID: {correlation} Timestamp: 2026-11-30 01:00:00Z");
    let body = json!({ "error": error, "error_description": description, "error_codes": [code], "timestamp": "2026-11-30 01:00:00Z",
        "trace_id": trace, "correlation_id": correlation, "error_uri": format!("https://login.microsoftonline.com/error?code={code}") });
    Answer::json(if error == "invalid_client" { 401 } else { 400 }, &body)
}

/// A refusal of Graph.
pub(super) fn graph_error(status: u16, code: &str, message: &str) -> Answer {
    let inner = json!({ "date": "2026-11-30T01:00:00", "request-id": "0f1e2d3c-0000-4000-8000-00000000abcd", "client-request-id": "c" });
    Answer::json(status, &json!({ "error": { "code": code, "message": message, "innerError": inner } }))
}

/// A refusal of Partner Center.
pub(super) fn partner_error(status: u16, code: &Value, description: &str) -> Answer {
    let body = json!({ "code": code, "description": description, "data": [], "source": "PartnerFD" });
    Answer::json(status, &body).header("ms-correlationid", "9c1b5a77-0000-4000-8000-0000000000aa")
}

/// Base64 for URLs, without padding.
pub(super) fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let group = (at(0) << 16) | (at(1) << 8) | at(2);
        for place in 0..=chunk.len() {
            let digit = (group >> (18 - 6 * place)) & 63;
            text.push(DIGITS.get(digit as usize).copied().map_or('A', char::from));
        }
    }
    text
}

//! What can go wrong between Microsoft and us, with every number that Microsoft's support asks for.

use std::fmt;

use super::wire;
use crate::domain::ids::TenantId;
use crate::http::{Response, TokenError, TransportError};

/// One failed call.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MicrosoftError {
    /// The sign-in service gave no token for a tenant.
    #[error("{0}")]
    Refused(Box<TokenRefusal>),
    /// Nobody is signed in, or the secret store, or another process stands in the way.
    #[error("{0}")]
    Token(TokenError),
    /// Graph refused.
    #[error("{0}")]
    Graph(GraphRefusal),
    /// Partner Center refused.
    #[error("{0}")]
    PartnerCenter(PartnerCenterRefusal),
    /// No answer.
    #[error("{0}")]
    Unreachable(String),
    /// An answer that is not what was asked for.
    #[error("{what}: the answer cannot be read: {reason}")]
    Unreadable {
        /// Which call.
        what: String,
        /// Why.
        reason: String,
    },
    /// The answer is another tenant's: never used.
    #[error("Microsoft answered for the tenant {found} instead of {asked}")]
    WrongTenant {
        /// The tenant asked for.
        asked: TenantId,
        /// The tenant that answered.
        found: String,
    },
    /// Not asked any more, because Microsoft failed too often in a row.
    #[error("not asked, because Microsoft failed {0} times in a row")]
    NotAsked(u32),
}

impl From<TransportError> for MicrosoftError {
    fn from(error: TransportError) -> Self {
        Self::Unreachable(error.to_string())
    }
}

impl MicrosoftError {
    /// True for failures of the service or the network, which say nothing of the tenant.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::NotAsked(_) => true,
            Self::Refused(refusal) => refusal.is_temporary(),
            Self::Graph(refusal) => refusal.status == 429 || refusal.status >= 500,
            Self::PartnerCenter(refusal) => refusal.status == 429 || refusal.status >= 500,
            Self::Token(error) => error.kind == crate::http::TokenErrorKind::Unreachable,
            Self::Unreadable { .. } | Self::WrongTenant { .. } => false,
        }
    }

    /// True for failures that every further tenant would meet as well: the app's registration, or our
    /// own sign-in. Asking on would only hammer.
    #[must_use]
    pub fn stops_everything(&self) -> bool {
        match self {
            Self::Token(error) => error.kind != crate::http::TokenErrorKind::Unreachable,
            Self::Refused(refusal) => refusal.is_configuration(),
            _ => false,
        }
    }
}

/// The answer of a token address that gave none (`contracts/microsoft.md` 6.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRefusal {
    /// The HTTP status.
    pub status: u16,
    /// `invalid_grant` and its kin: decides behaviour.
    pub error: String,
    /// The AADSTS numbers: decide advice.
    pub codes: Vec<u32>,
    /// Microsoft's sentence, without its trailing ids.
    pub description: String,
    /// For Microsoft's support.
    pub trace_id: String,
    /// For Microsoft's support.
    pub correlation_id: String,
    /// Proven: the MSP's own tenant gives tokens to the same app.
    pub is_of_one_tenant: bool,
}

impl TokenRefusal {
    /// From what is left of a refusal when its answer is gone: the OAuth code, the number, and a text that
    /// holds Microsoft's sentence with its ids.
    #[must_use]
    pub fn of_words(error: &str, code: Option<u32>, text: &str) -> Self {
        let words = text.find("AADSTS").and_then(|start| text.get(start..)).unwrap_or(text);
        let after = |name: &str| {
            let (_, rest) = words.split_once(name)?;
            Some(rest.trim_start().chars().take_while(|character| character.is_ascii_alphanumeric() || *character == '-').collect::<String>())
        };
        Self {
            status: 400,
            error: error.to_owned(),
            codes: code.into_iter().collect(),
            description: sentence(words),
            trace_id: after("Trace ID:").unwrap_or_default(),
            correlation_id: after("Correlation ID:").unwrap_or_default(),
            is_of_one_tenant: false,
        }
    }

    /// The number that advice goes by.
    #[must_use]
    pub fn code(&self) -> Option<u32> {
        self.codes.first().copied()
    }

    /// Worth trying again.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self.error.as_str(), "temporarily_unavailable" | "server_error") || self.status == 429 || self.status >= 500
    }

    /// A fault of the registration or of a request, the same for every tenant: until it is proven that the app
    /// works elsewhere (`contracts/microsoft.md` 6.1).
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        !self.is_of_one_tenant
            && matches!(
                self.error.as_str(),
                "invalid_client" | "unauthorized_client" | "invalid_request" | "invalid_scope" | "unsupported_response_type" | "unsupported_grant_type"
            )
    }
}

impl fmt::Display for TokenRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.description.is_empty(), self.error.is_empty()) {
            (false, _) => f.write_str(&self.description)?,
            (true, false) => write!(f, "the sign-in service answered {}", self.error)?,
            (true, true) => write!(f, "the sign-in service answered with status {}", self.status)?,
        }
        ids(f, &[("trace", &self.trace_id), ("correlation", &self.correlation_id)])
    }
}

/// The number of the first `AADSTS…` in a text.
pub(super) fn aadsts(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("AADSTS")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Microsoft's sentence: up to the ids, in one line, of a bearable length.
fn sentence(text: &str) -> String {
    const CHARACTERS_AT_MOST: usize = 400;
    let text = text.split("Trace ID:").next().unwrap_or_default();
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(CHARACTERS_AT_MOST).collect();
    text.trim_end_matches('.').to_owned()
}

/// `(trace 255d…, correlation fb3d…)`, leaving out what is not known.
fn ids(f: &mut fmt::Formatter<'_>, named: &[(&str, &str)]) -> fmt::Result {
    let shown: Vec<String> = named.iter().filter(|(_, id)| !id.is_empty()).map(|(name, id)| format!("{name} {id}")).collect();
    if shown.is_empty() { Ok(()) } else { write!(f, " ({})", shown.join(", ")) }
}

/// A refusal by Graph (`contracts/microsoft.md` 6.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphRefusal {
    /// The HTTP status.
    pub status: u16,
    /// `Authorization_RequestDenied` and its kin.
    pub code: String,
    /// Microsoft's sentence.
    pub message: String,
    /// For Microsoft's support.
    pub request_id: String,
    /// Conditional Access asks for a sign-in with other claims.
    pub wants_claims: bool,
}

impl GraphRefusal {
    /// Reads an answer whose status is no success.
    #[must_use]
    pub fn read(response: &Response) -> Self {
        let body: wire::GraphErrorBody = serde_json::from_slice(wire::without_mark(&response.body)).unwrap_or_default();
        let request_id = if body.error.inner_error.request_id.is_empty() {
            response.header("request-id").unwrap_or_default().to_owned()
        } else {
            body.error.inner_error.request_id
        };
        let wants_claims = response.header("www-authenticate").is_some_and(|challenge| challenge.contains("claims="));
        Self { status: response.status, code: body.error.code, message: sentence(&body.error.message), request_id, wants_claims }
    }
}

impl fmt::Display for GraphRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.is_empty(), self.message.is_empty()) {
            (false, false) => write!(f, "Graph answered {} {}: {}", self.status, self.code, self.message)?,
            (false, true) => write!(f, "Graph answered {} {}", self.status, self.code)?,
            _ => write!(f, "Graph answered with status {}", self.status)?,
        }
        ids(f, &[("request", &self.request_id)])
    }
}

/// A refusal by Partner Center (`contracts/microsoft.md` 6.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartnerCenterRefusal {
    /// The HTTP status.
    pub status: u16,
    /// `900308` and its kin; Microsoft sends texts and numbers.
    pub code: String,
    /// Microsoft's sentence.
    pub description: String,
    /// For Microsoft's support.
    pub correlation_id: String,
}

impl PartnerCenterRefusal {
    /// Reads an answer whose status is no success; also the gateway's other shape.
    #[must_use]
    pub fn read(response: &Response) -> Self {
        let body: wire::PartnerCenterErrorBody = serde_json::from_slice(wire::without_mark(&response.body)).unwrap_or_default();
        let description = if body.description.is_empty() { body.message } else { body.description };
        let correlation_id = response.header("ms-correlationid").unwrap_or_default().to_owned();
        Self { status: response.status, code: body.code.0, description: sentence(&description), correlation_id }
    }

    /// "no more pages" (code 2000 on a paged call).
    #[must_use]
    pub fn is_end_of_pages(&self) -> bool {
        self.status == 400 && self.code == "2000"
    }
}

impl fmt::Display for PartnerCenterRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Partner Center answered {}", self.status)?;
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        if !self.description.is_empty() {
            write!(f, ": {}", self.description)?;
        }
        ids(f, &[("correlation", &self.correlation_id)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        Response { status, headers: vec![("ms-correlationid".into(), "c-1".into())], body: body.as_bytes().to_vec() }
    }

    #[test]
    fn a_refusal_is_put_together_again_from_its_words() {
        let text = "Microsoft refused the refresh of the sign-in: AADSTS53003: Access has been blocked. Trace ID: 255d1aef-0 Correlation ID: fb3d2015-1 Timestamp: 2026 (invalid_grant)";
        let refusal = TokenRefusal::of_words("invalid_grant", Some(53_003), text);
        assert_eq!(refusal.to_string(), "AADSTS53003: Access has been blocked (trace 255d1aef-0, correlation fb3d2015-1)");
        assert!(refusal.code() == Some(53_003) && !refusal.is_configuration() && !refusal.is_temporary());
    }

    #[test]
    fn a_fault_of_the_app_stops_everything_until_the_app_is_proven_to_work_elsewhere() {
        let refuse = |error: &str, is_of_one_tenant: bool| {
            let refusal = TokenRefusal { status: 401, error: error.into(), codes: vec![7_000_112], is_of_one_tenant, ..TokenRefusal::default() };
            MicrosoftError::Refused(Box::new(refusal)).stops_everything()
        };
        for error in ["invalid_client", "unauthorized_client", "invalid_request", "invalid_scope"] {
            // Regression: one customer who switched the app off ended the run for all.
            assert!(refuse(error, false) && !refuse(error, true), "{error}");
        }
        assert!(!refuse("invalid_grant", false));
    }

    #[test]
    fn partner_center_codes_are_texts_numbers_or_missing() {
        for (body, shown) in [
            (
                r#"{"code":"900308","description":"Insufficient privileges to complete the operation.","data":[],"source":"PartnerFD"}"#,
                "Partner Center answered 403 900308: Insufficient privileges to complete the operation (correlation c-1)",
            ),
            ("\u{feff}{\"code\":3000,\"description\":\"not found\"}", "Partner Center answered 403 3000: not found (correlation c-1)"),
            (
                r#"{"statusCode":429,"message":"Rate limit is exceeded. Try again in 57 seconds."}"#,
                "Partner Center answered 403: Rate limit is exceeded. Try again in 57 seconds (correlation c-1)",
            ),
            ("", "Partner Center answered 403 (correlation c-1)"),
        ] {
            assert_eq!(PartnerCenterRefusal::read(&answer(403, body)).to_string(), shown);
        }
    }

    #[test]
    fn a_claims_challenge_of_graph_is_seen() {
        let mut response =
            answer(401, r#"{"error":{"code":"InvalidAuthenticationToken","message":"Continuous access evaluation","innerError":{"request-id":"r-9"}}}"#);
        response.headers.push(("www-authenticate".into(), "Bearer error=\"insufficient_claims\", claims=\"eyJ\"".into()));
        let refusal = GraphRefusal::read(&response);
        assert!(refusal.wants_claims);
        assert!(refusal.to_string().ends_with("(request r-9)"));
    }
}

//! What can go wrong with a sign-in or a refresh, and what to type next.

use std::time::Duration;

use crate::http::{TokenError, TokenErrorKind};

/// An error's text from a service is cut here.
const TEXT_CHARACTERS_AT_MOST: usize = 600;
/// Trace, correlation and time of an answer of Microsoft's.
const IDS_CHARACTERS_AT_MOST: usize = 160;

/// What kind of trouble it is; the text is in [`AuthError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthErrorKind {
    /// Nobody has signed in on this machine with this profile.
    NotSignedIn,
    /// `invalid_grant`: the token or code was used, has expired or was revoked.
    Grant,
    /// The app lacks a scope, or may not use this way of signing in.
    Scope,
    /// Wrong client id or secret.
    Client,
    /// The service wants the person again: a policy, another factor, a consent.
    Interaction,
    /// The person refused.
    Denied,
    /// Nobody came back in time.
    TimedOut,
    /// The redirect's port is in use.
    PortTaken,
    /// The service could not be asked, or was not able to answer; nothing was changed.
    Unreachable,
    /// The answer makes no sense.
    Answer,
    /// The identity token is not for this sign-in.
    Identity,
    /// The secret store cannot be used.
    Store,
    /// Another process holds the lock of the refresh.
    Busy,
}

/// A failed sign-in or refresh. Never holds a token, a code or a secret.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{message}")]
pub struct AuthError {
    /// What kind of trouble.
    pub kind: AuthErrorKind,
    /// The service's own code, such as `invalid_grant`; empty when the trouble is not the service's.
    pub code: String,
    /// The number of an `AADSTS…` code in the service's text.
    pub aadsts: Option<u32>,
    /// What happened, with the service's own words.
    pub message: String,
    /// What to type or do next, most useful first.
    pub hints: Vec<String>,
    /// How long the service asks to be left alone, if it does.
    pub retry_after: Option<Duration>,
}

impl AuthError {
    pub(super) fn new(kind: AuthErrorKind, message: impl Into<String>) -> Self {
        Self { kind, code: String::new(), aadsts: None, message: message.into(), hints: Vec::new(), retry_after: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// From an OAuth error answer or redirect. `asked` names what was being done, for people.
    pub(super) fn of_service(service: &str, asked: &str, code: &str, description: Option<&str>) -> Self {
        let description = description.map(plain).filter(|text| !text.is_empty());
        let aadsts = description.as_deref().and_then(aadsts_number);
        let kind = kind_of(code, aadsts);
        let message = match &description {
            Some(text) => format!("{service} refused {asked}: {text} ({})", plain(code)),
            None => format!("{service} refused {asked}: {}", plain(code)),
        };
        let error = Self { kind, code: plain(code), aadsts, message, hints: Vec::new(), retry_after: None };
        match aadsts {
            Some(50_005 | 50_097 | 53_000 | 53_001 | 53_003 | 530_003) => {
                error.hint("a conditional access policy refuses this way of signing in; sign in with the browser on a managed device, without --device-code")
            }
            _ => error,
        }
    }

    /// True when asking again later, with nothing changed, may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, AuthErrorKind::Unreachable | AuthErrorKind::Busy)
    }
}

impl From<AuthError> for TokenError {
    fn from(error: AuthError) -> Self {
        let kind = match error.kind {
            AuthErrorKind::Busy => TokenErrorKind::Busy,
            AuthErrorKind::Unreachable | AuthErrorKind::Answer => TokenErrorKind::Unreachable,
            _ => TokenErrorKind::SignInNeeded,
        };
        Self { kind, message: error.message, hints: error.hints }
    }
}

impl From<crate::secrets::SecretError> for AuthError {
    fn from(error: crate::secrets::SecretError) -> Self {
        Self { hints: error.hints, ..Self::new(AuthErrorKind::Store, error.message) }
    }
}

/// What an error code means (RFC 6749 4.1.2.1 and 5.2, RFC 8628 3.5; Microsoft's numbers win).
fn kind_of(code: &str, aadsts: Option<u32>) -> AuthErrorKind {
    match (code, aadsts) {
        // Consent is missing, or a policy wants another factor or another device.
        (_, Some(65_001 | 50_005 | 50_076 | 50_079 | 50_097 | 50_158 | 53_000 | 53_001 | 53_003 | 530_003 | 90_099)) => AuthErrorKind::Interaction,
        // Too many requests: the sign-in itself is as good as before.
        (_, Some(50_196)) => AuthErrorKind::Unreachable,
        (_, Some(65_004)) => AuthErrorKind::Denied,
        (_, Some(7_000_215 | 7_000_218 | 7_000_222 | 700_016 | 700_021 | 700_023 | 700_024 | 700_025 | 700_027 | 700_030)) | ("invalid_client", _) => {
            AuthErrorKind::Client
        }
        ("invalid_grant" | "expired_token" | "bad_verification_code", _) => AuthErrorKind::Grant,
        ("invalid_scope" | "unauthorized_client", _) => AuthErrorKind::Scope,
        ("interaction_required" | "consent_required" | "login_required" | "account_selection_required", _) => AuthErrorKind::Interaction,
        ("access_denied" | "authorization_declined", _) => AuthErrorKind::Denied,
        ("server_error" | "temporarily_unavailable" | "slow_down", _) => AuthErrorKind::Unreachable,
        _ => AuthErrorKind::Answer,
    }
}

/// The number of the first `AADSTS…` in a text.
fn aadsts_number(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("AADSTS")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// A service's text on one line, of sensible length, without control characters. The ids that Microsoft's
/// support asks for stand at its end: they stay.
pub(super) fn plain(text: &str) -> String {
    let clean: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    if clean.chars().nth(TEXT_CHARACTERS_AT_MOST).is_none() {
        return clean;
    }
    let (words, ids) = clean.rfind("Trace ID:").and_then(|at| clean.split_at_checked(at)).unwrap_or((&clean, ""));
    let ids: String = ids.chars().take(IDS_CHARACTERS_AT_MOST).collect();
    let words: String = words.chars().take(TEXT_CHARACTERS_AT_MOST.saturating_sub(ids.len())).collect();
    format!("{words}{}{ids}", if ids.is_empty() { "" } else { "… " })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_classified_and_microsofts_numbers_win() {
        for (code, description, kind) in [
            ("invalid_grant", None, AuthErrorKind::Grant),
            ("invalid_grant", Some("AADSTS65001: no consent"), AuthErrorKind::Interaction),
            ("invalid_grant", Some("AADSTS700082: expired"), AuthErrorKind::Grant),
            ("invalid_grant", Some("AADSTS50076: another factor"), AuthErrorKind::Interaction),
            ("invalid_scope", None, AuthErrorKind::Scope),
            ("unauthorized_client", Some("Invalid scope for client"), AuthErrorKind::Scope),
            ("unauthorized_client", Some("AADSTS700016: no such app"), AuthErrorKind::Client),
            ("invalid_client", None, AuthErrorKind::Client),
            ("interaction_required", None, AuthErrorKind::Interaction),
            ("access_denied", None, AuthErrorKind::Denied),
            ("temporarily_unavailable", None, AuthErrorKind::Unreachable),
            ("something_new", None, AuthErrorKind::Answer),
        ] {
            assert_eq!(AuthError::of_service("It", "the sign-in", code, description).kind, kind, "{code} {description:?}");
        }
    }

    #[test]
    fn the_services_words_and_number_are_kept_on_one_line() {
        let error = AuthError::of_service("Microsoft", "the sign-in", "invalid_grant", Some("AADSTS53003: Access has been\r\nblocked.\u{1b}[2J Trace ID: 1"));
        assert_eq!(error.aadsts, Some(53003));
        assert_eq!(error.message, "Microsoft refused the sign-in: AADSTS53003: Access has been blocked. [2J Trace ID: 1 (invalid_grant)");
        assert!(error.hints[0].contains("conditional access"), "{:?}", error.hints);
    }

    #[test]
    fn a_long_text_is_cut_before_the_ids_that_support_asks_for() {
        let ids = "Trace ID: 255d1aef-8c98-452f-ac51-23d051240864 Correlation ID: fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7 Timestamp: 2026-08-20 02:02:12Z";
        let error = AuthError::of_service("Microsoft", "it", "invalid_grant", Some(&format!("AADSTS90099: {} {ids}", "long ".repeat(300))));
        assert!(error.message.contains(ids) && error.message.len() < 700, "{}", error.message);
        assert_eq!(plain(&"x".repeat(5_000)).len(), 600);
    }
}

//! `/connect/token` and `/connect/revocation`: codes, rotating refresh tokens, client credentials.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::identity::{Access, Refresh};
use super::options::{AppKind, RegisteredApp};
use super::state::State;
use crate::stand_ins::exchange::{Answer, Exchange};
use crate::stand_ins::serve;

/// An access token lives so long.
const ACCESS_SECONDS: i64 = 30 * 60;
/// A code lives so long.
const CODE_SECONDS: i64 = 5 * 60;
/// A used refresh token may be used again for so long, in case the answer was lost.
const GRACE_SECONDS: i64 = 30 * 60;
/// An unused refresh token lives so long.
const REFRESH_SECONDS: i64 = 60 * 24 * 60 * 60;

/// What was sent as a form.
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn of(body: &[u8]) -> Self {
        Self(serve::pairs(&String::from_utf8_lossy(body)))
    }

    /// The value of a field; empty when absent.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

fn refuse(status: u16, error: &str, description: Option<&str>) -> Answer {
    let mut body = json!({ "error": error });
    if let (Some(description), Some(members)) = (description, body.as_object_mut()) {
        members.insert("error_description".to_owned(), Value::from(description));
    }
    Answer::json(status, &body).header("cache-control", "no-store")
}

/// The app that authenticates itself, by its kind: a secret in Basic, or its id alone.
fn client(state: &State, exchange: &Exchange, form: &Form) -> Result<RegisteredApp, Answer> {
    let basic = exchange.header("authorization").and_then(|header| header.strip_prefix("Basic ")).and_then(basic);
    let (client_id, secret) = match &basic {
        Some((client_id, secret)) => (client_id.as_str(), secret.as_str()),
        None => (form.get("client_id"), form.get("client_secret")),
    };
    let found = state.options.apps.iter().find(|app| app.client_id == client_id);
    let app = found.ok_or_else(|| refuse(400, "invalid_client", None))?;
    let is_right = match &app.kind {
        AppKind::Pkce => secret.is_empty(),
        AppKind::Web(right) | AppKind::Custom(right) => secret == right,
    };
    if is_right { Ok(app.clone()) } else { Err(refuse(400, "invalid_client", None)) }
}

fn basic(text: &str) -> Option<(String, String)> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0_u32);
    for character in text.trim().bytes().filter(|character| *character != b'=') {
        let value = ALPHABET.iter().position(|found| *found == character)?;
        bits = (bits << 6 | u32::try_from(value).ok()?) & 0x00FF_FFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xFF).ok()?);
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    let (client_id, secret) = text.split_once(':')?;
    Some((serve::decode(client_id, true), serve::decode(secret, true)))
}

/// `POST /connect/token`.
pub fn token(state: &mut State, exchange: &Exchange) -> Answer {
    let form = Form::of(&exchange.body);
    let app = match client(state, exchange, &form) {
        Ok(app) => app,
        Err(answer) => return answer,
    };
    let is_custom = matches!(app.kind, AppKind::Custom(_));
    match form.get("grant_type") {
        "authorization_code" if !is_custom => by_code(state, &app, &form),
        "refresh_token" if !is_custom => by_refresh(state, &app, &form),
        "client_credentials" if is_custom => by_credentials(state, &app, &form),
        "authorization_code" | "refresh_token" | "client_credentials" => refuse(400, "unauthorized_client", None),
        _ => refuse(400, "unsupported_grant_type", None),
    }
}

fn by_code(state: &mut State, app: &RegisteredApp, form: &Form) -> Answer {
    let now = state.now();
    let Some(code) = state.identity.codes.remove(form.get("code")) else { return refuse(400, "invalid_grant", None) };
    let is_late = now.as_second() - code.at.as_second() > CODE_SECONDS;
    let verifier = form.get("code_verifier");
    let is_proved = match app.kind {
        AppKind::Pkce => challenge_of(verifier) == code.challenge,
        _ => code.challenge.is_empty() || challenge_of(verifier) == code.challenge,
    };
    if is_late || code.client_id != app.client_id || code.redirect != form.get("redirect_uri") || !is_proved {
        return refuse(400, "invalid_grant", None);
    }
    give(state, &app.client_id, &code.scopes)
}

/// `code_challenge` of a verifier by S256, base64url without padding.
pub fn challenge_of(verifier: &str) -> String {
    const ALPHABET: [char; 64] = [
        'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'a', 'b', 'c', 'd',
        'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '0', '1', '2', '3', '4', '5', '6', '7',
        '8', '9', '-', '_',
    ];
    let digest = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
    let mut text = String::new();
    for chunk in digest.as_ref().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for position in 0..=chunk.len() {
            let index = bits >> (18 - 6 * position) & 63;
            text.push(ALPHABET.get(index as usize).copied().unwrap_or('?'));
        }
    }
    text
}

fn by_refresh(state: &mut State, app: &RegisteredApp, form: &Form) -> Answer {
    let now = state.now();
    let token = form.get("refresh_token").to_owned();
    let Some(found) = state.identity.refresh.get_mut(&token) else { return refuse(400, "invalid_grant", None) };
    let is_late = now.as_second() - found.at.as_second() > REFRESH_SECONDS;
    let is_over = found.used.is_some_and(|used| now.as_second() - used.as_second() > GRACE_SECONDS);
    if found.client_id != app.client_id || is_late || is_over {
        return refuse(400, "invalid_grant", None);
    }
    found.used.get_or_insert(now);
    let scopes = found.scopes.clone();
    give(state, &app.client_id, &scopes)
}

fn by_credentials(state: &mut State, app: &RegisteredApp, form: &Form) -> Answer {
    let scopes: Vec<String> = form.get("scope").split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() || scopes.iter().any(|scope| !app.scopes.contains(scope) || scope == "offline_access") {
        return refuse(400, "invalid_scope", Some("Client credentials scope validation failed"));
    }
    give(state, &app.client_id, &scopes)
}

/// New tokens, and the answer that carries them.
fn give(state: &mut State, client_id: &str, scopes: &[String]) -> Answer {
    let (access, refresh) = issue(state, client_id, scopes);
    let mut body = json!({ "access_token": access, "expires_in": ACCESS_SECONDS, "token_type": "Bearer", "scope": scopes.join(" ") });
    if let (Some(refresh), Some(members)) = (refresh, body.as_object_mut()) {
        members.insert("refresh_token".to_owned(), Value::from(refresh));
    }
    Answer::json(200, &body).header("cache-control", "no-store")
}

/// An access token, and a refresh token when `offline_access` was consented to.
pub fn issue(state: &mut State, client_id: &str, scopes: &[String]) -> (String, Option<String>) {
    let now = state.now();
    let ends = Timestamp::from_second(now.as_second() + ACCESS_SECONDS).unwrap_or(now);
    // As long as Xero's: a store that keeps short secrets only is found out.
    let access = (0..24).fold(String::new(), |text, _| text + &state.ids.next_secret("a"));
    state.identity.access.insert(access.clone(), Access { client_id: client_id.to_owned(), scopes: scopes.to_vec(), ends });
    let refresh = scopes.iter().any(|scope| scope == "offline_access").then(|| {
        let refresh = state.ids.next_secret("r");
        state.identity.refresh.insert(refresh.clone(), Refresh { client_id: client_id.to_owned(), scopes: scopes.to_vec(), at: now, used: None });
        refresh
    });
    (access, refresh)
}

/// `POST /connect/revocation`: removes all connections of the person.
pub fn revoke(state: &mut State, exchange: &Exchange) -> Answer {
    let form = Form::of(&exchange.body);
    let app = match client(state, exchange, &form) {
        Ok(app) => app,
        Err(answer) => return answer,
    };
    if state.identity.refresh.get(form.get("token")).is_some_and(|found| found.client_id == app.client_id) {
        state.identity.refresh.retain(|_, refresh| refresh.client_id != app.client_id);
        state.identity.access.retain(|_, access| access.client_id != app.client_id);
        for organisation in &mut state.organisations {
            organisation.is_connected = false;
        }
    }
    Answer::empty(200)
}

//! What an app with a certificate has to bring to every call for tokens: a statement that its key signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;

use super::CLIENT_ID;
use super::state::State;
use super::wire::{Form, refused};
use crate::stand_ins::exchange::{Answer, Exchange};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The public key of the registered certificate, and how statements name it.
#[derive(Clone, Debug)]
pub struct Registered {
    /// `RSAPublicKey`, DER.
    pub public_key: Vec<u8>,
    /// SHA-256 of the certificate, base64url.
    pub thumbprint: String,
}

/// Refuses a call without a valid statement; apps without a certificate need none.
pub(super) fn check(state: &mut State, exchange: &Exchange, form: &Form, tenant: &str) -> Result<(), Answer> {
    let Some(registered) = state.options.certificate.clone() else { return Ok(()) };
    if form.get("client_assertion").is_empty() || form.get("client_assertion_type") != TYPE {
        return Err(refused("invalid_client", 7_000_218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."));
    }
    if !form.get("client_secret").is_empty() || exchange.header("authorization").is_some() {
        return Err(refused("invalid_request", 90_023, "Only one credential may be used."));
    }
    let wrong = |words: &str| refused("invalid_client", 700_027, words);
    let claims = verified(form.get("client_assertion"), &registered)
        .ok_or_else(|| wrong("The certificate used to sign the client assertion is not registered on application."))?;
    let host = exchange.header("host").unwrap_or_default();
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let second = |name: &str| claims.get(name).and_then(Value::as_i64);
    if text("iss") != CLIENT_ID || text("sub") != CLIENT_ID || text("aud") != format!("http://{host}/{tenant}/oauth2/v2.0/token") {
        return Err(wrong("Client assertion audience claim does not match Realm issuer."));
    }
    let (from, until, now) = (second("nbf"), second("exp"), jiff::Timestamp::now().as_second());
    if from.is_none_or(|from| from > now) || until.is_none_or(|until| until <= now || until > now + 3_600) {
        return Err(refused("invalid_client", 700_024, "Client assertion is not within its valid time range."));
    }
    // Stricter than Microsoft, as RFC 7523 allows: each is used once.
    if !state.assertions.insert(text("jti").to_owned()) {
        return Err(wrong("The client assertion was used before."));
    }
    Ok(())
}

/// The claims of a statement with the registered certificate's signature.
fn verified(assertion: &str, registered: &Registered) -> Option<Value> {
    let (signed, signature) = assertion.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let decode = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let header = decode(header)?;
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    if text("alg") != Some("PS256") || text("x5t#S256") != Some(&registered.thumbprint) {
        return None;
    }
    let key = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &registered.public_key);
    key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    decode(claims)
}

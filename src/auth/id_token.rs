//! The claims of an identity token. It came straight from the token endpoint over TLS, so its
//! signature may be skipped (OIDC Core 3.1.3.7, 6); its claims may not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::error::{AuthError, AuthErrorKind};

/// How far the two clocks may be apart.
const CLOCK_SECONDS: i64 = 300;

/// What an identity token says; ids compare without regard to case.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct Claims {
    /// Who issued it.
    #[serde(rename = "iss")]
    pub issuer: String,
    /// The person, as this app knows them.
    #[serde(rename = "sub")]
    pub subject: String,
    #[serde(rename = "aud")]
    audience: Audience,
    #[serde(rename = "exp")]
    expires: i64,
    nonce: Option<String>,
    /// Microsoft's tenant.
    #[serde(rename = "tid")]
    pub tenant_id: Option<String>,
    /// Microsoft's user, the same in every app.
    #[serde(rename = "oid")]
    pub object_id: Option<String>,
    /// The sign-in name, for people; it can change.
    pub preferred_username: Option<String>,
    /// The e-mail address, for people.
    pub email: Option<String>,
    /// The person's name.
    pub name: Option<String>,
    /// Where a guest really signed in.
    #[serde(rename = "idp")]
    pub identity_provider: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Default for Audience {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Claims {
    /// The name under which people know this account.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        [&self.preferred_username, &self.email, &self.name].into_iter().find_map(|name| name.as_deref().filter(|name| !name.is_empty()))
    }
}

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The service's name, for people.
    pub service: &'a str,
    /// The issuer; `{tid}` in it stands for the token's own tenant.
    pub issuer: &'a str,
    /// The client id.
    pub client_id: &'a str,
    /// The nonce of the sign-in; `None` where there was none (device code).
    pub nonce: Option<&'a str>,
    /// The tenant, where only one is right.
    pub tenant_id: Option<&'a str>,
    /// This moment.
    pub now: jiff::Timestamp,
}

/// Reads and checks an identity token.
///
/// # Errors
///
/// Kind `Identity`, saying which claim is wrong.
pub fn check_id_token(token: &SecretString, expected: &Expected<'_>) -> Result<Claims, AuthError> {
    let wrong = |what: &str| {
        AuthError::new(AuthErrorKind::Identity, format!("the identity token of {} {what}", expected.service)).hint("sign in again; nothing was stored")
    };
    let claims = read(token).ok_or_else(|| wrong("cannot be read"))?;
    let issuer = expected.issuer.replace("{tid}", claims.tenant_id.as_deref().unwrap_or_default());
    if !claims.issuer.trim_end_matches('/').eq_ignore_ascii_case(issuer.trim_end_matches('/')) {
        return Err(wrong(&format!("was issued by {}, not by {issuer}", super::error::plain(&claims.issuer))));
    }
    let is_for_us = match &claims.audience {
        Audience::One(audience) => audience == expected.client_id,
        Audience::Several(audiences) => audiences.iter().any(|audience| audience == expected.client_id),
    };
    if !is_for_us {
        return Err(wrong("is for another app"));
    }
    if claims.expires.saturating_add(CLOCK_SECONDS) < expected.now.as_second() {
        return Err(wrong("has expired").hint("check this machine's clock"));
    }
    if expected.nonce.is_some() && claims.nonce.as_deref() != expected.nonce {
        return Err(wrong("belongs to another sign-in"));
    }
    if let Some(tenant) = expected.tenant_id
        && !claims.tenant_id.as_deref().is_some_and(|found| found.eq_ignore_ascii_case(tenant))
    {
        return Err(wrong(&format!("is of tenant {}, not of {tenant}", super::error::plain(claims.tenant_id.as_deref().unwrap_or("none")))));
    }
    Ok(claims)
}

fn read(token: &SecretString) -> Option<Claims> {
    let body = token.expose_secret().split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(body.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn token(claims: &serde_json::Value) -> SecretString {
        SecretString::from(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string())))
    }

    fn check(claims: &serde_json::Value) -> Result<Claims, AuthError> {
        let now = jiff::Timestamp::from_second(NOW).unwrap();
        let expected =
            Expected { service: "Microsoft", issuer: "https://login.example/{tid}/v2.0", client_id: "app", nonce: Some("n"), tenant_id: Some("AB"), now };
        check_id_token(&token(claims), &expected)
    }

    fn right() -> serde_json::Value {
        serde_json::json!({ "iss": "https://login.example/ab/v2.0", "aud": "app", "exp": NOW - 200, "nonce": "n", "tid": "ab", "sub": "s", "preferred_username": "kiri@msp.example" })
    }

    #[test]
    fn the_right_token_is_taken_in_spite_of_clocks_some_minutes_apart() {
        let claims = check(&right()).unwrap();
        assert_eq!((claims.label(), claims.tenant_id.as_deref()), (Some("kiri@msp.example"), Some("ab")));
        let mut several = right();
        several["aud"] = serde_json::json!(["other", "app"]);
        check(&several).unwrap();
    }

    #[test]
    fn every_wrong_claim_is_refused() {
        for (name, value, said) in [
            ("iss", serde_json::json!("https://evil.example/ab/v2.0"), "issued by"),
            ("aud", serde_json::json!("another"), "another app"),
            ("exp", serde_json::json!(NOW - 301), "expired"),
            ("nonce", serde_json::json!("m"), "another sign-in"),
            ("nonce", serde_json::Value::Null, "another sign-in"),
            ("tid", serde_json::json!("cd"), "issued by"),
        ] {
            let mut claims = right();
            claims[name] = value;
            let error = check(&claims).unwrap_err();
            assert_eq!(error.kind, AuthErrorKind::Identity);
            assert!(error.message.contains(said), "{name}: {error}");
        }
        let mut other_tenant = right();
        other_tenant["tid"] = "cd".into();
        other_tenant["iss"] = "https://login.example/cd/v2.0".into();
        assert!(check(&other_tenant).unwrap_err().message.contains("tenant cd"));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let expected =
            Expected { service: "Xero", issuer: "x", client_id: "app", nonce: None, tenant_id: None, now: jiff::Timestamp::from_second(NOW).unwrap() };
        for text in ["", "a.b.c", "....", "e30.W10.x"] {
            assert_eq!(check_id_token(&SecretString::from(text), &expected).unwrap_err().kind, AuthErrorKind::Identity, "{text}");
        }
    }
}

use std::collections::BTreeMap;

use super::super::samples::{Fault, Identity, Wire, provider};
use super::*;

fn oauth(identity: &Rc<Identity>, change: impl FnOnce(&mut Provider)) -> Oauth {
    let mut provider = provider();
    change(&mut provider);
    Oauth::new(provider, Rc::new(Wire(Rc::clone(identity))))
}

fn query(address: &str) -> BTreeMap<String, String> {
    url::Url::parse(address).unwrap().query_pairs().into_owned().collect()
}

#[tokio::test]
async fn the_address_has_pkce_and_state_and_the_code_is_redeemed_with_the_verifier() {
    let identity = Identity::new();
    let oauth = oauth(&identity, |provider| provider.authorize_extra.push(("prompt".to_owned(), "select_account".to_owned())));
    let attempt = oauth.begin("http://localhost:8742/callback").unwrap();
    let asked = query(&attempt.address);
    assert!(attempt.address.starts_with("https://login.example/identity/connect/authorize?"));
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "APP"),
        ("redirect_uri", "http://localhost:8742/callback"),
        ("scope", "offline_access accounting.invoices"),
        ("code_challenge_method", "S256"),
        ("prompt", "select_account"),
    ] {
        assert_eq!(asked[name], value);
    }
    assert_eq!(asked["state"], attempt.state.expose_secret());
    assert!(asked["state"].len() >= 40 && !asked.contains_key("nonce"));
    let tokens = oauth.exchange(attempt, &"the code".into()).await.unwrap();
    assert_eq!(tokens.refresh_token.unwrap().expose_secret(), "r1");
    assert_eq!(tokens.lifetime, Duration::from_mins(30));
    let form = identity.form(0);
    for (name, value) in [("grant_type", "authorization_code"), ("code", "the code"), ("client_id", "APP"), ("redirect_uri", "http://localhost:8742/callback")]
    {
        assert_eq!(form[name], value);
    }
    let digest = ring::digest::digest(&ring::digest::SHA256, form["code_verifier"].as_bytes());
    assert_eq!(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest), asked["code_challenge"]);
    assert_eq!(identity.headers.borrow()[0], None, "a public client sends no secret");
}

#[tokio::test]
async fn a_nonce_goes_with_openid_and_no_two_sign_ins_are_alike() {
    let identity = Identity::new();
    let oauth = oauth(&identity, |provider| provider.scopes.push("openid".to_owned()));
    let (first, second) = (oauth.begin("http://localhost:1").unwrap(), oauth.begin("http://localhost:1").unwrap());
    assert_eq!(query(&first.address)["nonce"], first.nonce.clone().unwrap());
    assert_eq!(query(&first.address)["redirect_uri"], "http://localhost:1", "as it was given, without a slash");
    for name in ["nonce", "state", "code_challenge"] {
        assert_ne!(query(&first.address)[name], query(&second.address)[name]);
    }
    assert!(!format!("{first:?}").contains(first.state.expose_secret()));
}

#[tokio::test]
async fn a_secret_goes_into_the_header_alone() {
    let identity = Identity::new();
    let oauth = oauth(&identity, |provider| provider.client_secret = Some("s+cret".into()));
    oauth.client_credentials().await.unwrap();
    oauth.revoke(&"r9".into()).await.unwrap();
    let expected = format!("Basic {}", STANDARD.encode("APP:s%2Bcret"));
    assert_eq!(*identity.headers.borrow(), [Some(expected.clone()), Some(expected)]);
    assert_eq!(identity.form(0)["scope"], "offline_access accounting.invoices");
    assert_eq!(identity.form(1)["token"], "r9");
    assert!(!identity.seen.borrow().concat().contains("cret") && !format!("{oauth:?}").contains("s+cret"));
}

#[tokio::test]
async fn a_refresh_goes_to_its_target_with_its_scopes() {
    let identity = Identity::new();
    let token = identity.issue();
    let oauth = oauth(&identity, |_| {});
    oauth.refresh(&oauth.target(), &token.into()).await.unwrap();
    assert!(!identity.form(0).contains_key("scope"));
    let target =
        Target { token_url: "https://identity.example/tenant/token".to_owned(), scopes: vec!["https://graph.example/.default".to_owned()], is_stored: true };
    oauth.refresh(&target, &"r2".into()).await.unwrap();
    assert!(identity.seen.borrow()[1].starts_with("https://identity.example/tenant/token "));
    assert_eq!((identity.form(1)["scope"].as_str(), identity.form(1)["client_id"].as_str()), ("https://graph.example/.default", "APP"));
}

#[tokio::test]
async fn answers_are_classified_and_never_shown_when_they_may_hold_a_token() {
    let identity = Identity::new();
    let oauth = oauth(&identity, |_| {});
    for (status, body, kind) in [
        (400, r#"{"error":"invalid_grant"}"#, AuthErrorKind::Grant),
        (400, r#"{"error":"invalid_scope","error_description":"Client credentials scope validation failed"}"#, AuthErrorKind::Scope),
        (401, r#"{"error":"invalid_client"}"#, AuthErrorKind::Client),
        (400, r#"{"error":"interaction_required","error_description":"AADSTS50076: more"}"#, AuthErrorKind::Interaction),
        (500, r#"{"error":"invalid_grant"}"#, AuthErrorKind::Unreachable),
        (503, "busy", AuthErrorKind::Unreachable),
        (429, r#"{"error":"invalid_grant"}"#, AuthErrorKind::Unreachable),
        (302, "", AuthErrorKind::Answer),
        (400, "", AuthErrorKind::Answer),
        (400, "<html>secret-token</html>", AuthErrorKind::Answer),
        (200, r#"{"access_token":"secret-token"}"#, AuthErrorKind::Answer),
        (200, "secret-token", AuthErrorKind::Answer),
    ] {
        identity.fail_next([Some(Fault::Answer(status, body))]);
        let error = oauth.refresh(&oauth.target(), &"secret-token".into()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{status} {body}: {error}");
        assert!(!format!("{error:?}").contains("secret-token"), "{error:?}");
    }
    identity.fail_next([Some(Fault::Answer(400, r#"{"error":"invalid_scope"}"#))]);
    let error = oauth.client_credentials().await.unwrap_err();
    assert_eq!(error.hints, ["these scopes were asked for: offline_access accounting.invoices", "set xero.scopes"]);
}

#[tokio::test(start_paused = true)]
async fn a_device_code_is_polled_until_somebody_typed_it() {
    let identity = Identity::new();
    let oauth = oauth(&identity, |_| {});
    let begun = r#"{"device_code":"d","user_code":"A1B2","verification_uri":"https://login.example/device","expires_in":900,"interval":5}"#;
    identity.fail_next([
        Some(Fault::Answer(200, begun)),
        Some(Fault::Answer(400, r#"{"error":"authorization_pending"}"#)),
        Some(Fault::Answer(400, r#"{"error":"slow_down"}"#)),
        Some(Fault::NotSent),
        Some(Fault::Answer(200, r#"{"access_token":"a","token_type":"Bearer","refresh_token":"r","id_token":"i"}"#)),
    ]);
    let code = oauth.device_begin().await.unwrap();
    assert_eq!((code.user_code.as_str(), code.address.as_str()), ("A1B2", "https://login.example/device"));
    let tokens = oauth.device_finish(&code, code.lifetime).await.unwrap();
    assert_eq!(tokens.id_token.unwrap().expose_secret(), "i");
    assert_eq!(identity.form(4)["device_code"], "d");
    for (answer, kind) in [
        (r#"{"error":"authorization_declined"}"#, AuthErrorKind::Denied),
        (r#"{"error":"expired_token"}"#, AuthErrorKind::TimedOut),
        (r#"{"error":"access_denied","error_description":"AADSTS53003: Blocked by conditional access."}"#, AuthErrorKind::Interaction),
    ] {
        identity.fail_next([Some(Fault::Answer(400, answer))]);
        assert_eq!(oauth.device_finish(&code, code.lifetime).await.unwrap_err().kind, kind, "{answer}");
    }
}

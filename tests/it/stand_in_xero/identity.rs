//! Sign-in: consent, codes, rotating tokens, connections, scopes.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Signed, value};
use crate::stand_ins::exchange::{Answer, Exchange};
use crate::stand_ins::xero::Xero;
use crate::stand_ins::xero::options::{NewOrganisation, Options, PKCE_CLIENT, REDIRECT, SECRET, WEB_CLIENT};

/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const SCOPE: &str = "offline_access accounting.invoices accounting.contacts.read accounting.settings.read";

fn form(xero: &Xero, path: &str, basic: Option<&str>, fields: &[(&str, &str)]) -> Answer {
    let body = fields.iter().map(|(name, value)| format!("{name}={}", value.replace(' ', "+").replace('/', "%2F"))).collect::<Vec<_>>().join("&");
    let headers = basic.map(|basic| ("authorization".to_owned(), format!("Basic {basic}"))).into_iter().collect();
    xero.handle(&Exchange { method: "POST".to_owned(), path: path.to_owned(), body: body.into_bytes(), headers, ..Exchange::default() })
}

fn token(xero: &Xero, fields: &[(&str, &str)]) -> Answer {
    form(xero, "/connect/token", None, fields)
}

fn authorise(xero: &Xero, changed: &[(&str, &str)]) -> Answer {
    let mut query: Vec<(String, String)> = [
        ("response_type", "code"),
        ("client_id", PKCE_CLIENT),
        ("redirect_uri", REDIRECT),
        ("scope", SCOPE),
        ("state", "a b"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    for (name, value) in changed {
        query.retain(|(found, _)| found != name);
        query.push(((*name).to_owned(), (*value).to_owned()));
    }
    xero.handle(&Exchange { method: "GET".to_owned(), path: "/identity/connect/authorize".to_owned(), query, ..Exchange::default() })
}

fn code(answer: &Answer) -> String {
    let location = &answer.headers.iter().find(|(name, _)| name == "location").unwrap().1;
    location.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned()
}

fn automatic() -> Xero {
    Xero::new(Options { auto_consent: true, ..Options::default() })
}

fn exchange_code(xero: &Xero, code: &str, verifier: &str) -> Answer {
    token(xero, &[("grant_type", "authorization_code"), ("client_id", PKCE_CLIENT), ("code", code), ("redirect_uri", REDIRECT), ("code_verifier", verifier)])
}

fn refresh(xero: &Xero, token_text: &str) -> Answer {
    token(xero, &[("grant_type", "refresh_token"), ("client_id", PKCE_CLIENT), ("refresh_token", token_text)])
}

fn error(answer: &Answer) -> (u16, Value) {
    (answer.status, value(answer)["error"].clone())
}

#[test]
fn a_person_consents_on_a_page_and_the_code_comes_back_with_the_state() {
    let xero = Xero::new(Options::default());
    let page = authorise(&xero, &[]);
    let text = String::from_utf8(page.body).unwrap();
    assert!(page.status == 200 && text.contains("value=\"allow\"") && text.contains("accounting.invoices") && text.contains("Example MSP Pty Ltd"), "{text}");
    let mut pressed = Exchange { method: "POST".to_owned(), path: "/identity/connect/authorize".to_owned(), ..Exchange::default() };
    let fields = [
        ("response_type", "code"),
        ("client_id", PKCE_CLIENT),
        ("redirect_uri", REDIRECT),
        ("scope", SCOPE),
        ("state", "a%20b"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let fields = fields.map(|(name, value)| format!("{name}={}", value.replace(' ', "+"))).join("&");
    pressed.body = format!("{fields}&decision=allow").into_bytes();
    let back = xero.handle(&pressed);
    let location = &back.headers[0].1;
    assert!(back.status == 302 && location.starts_with("http://localhost:8742/callback?code=") && location.ends_with("&state=a%20b"), "{location}");
    assert_eq!(exchange_code(&xero, &code(&back), VERIFIER).status, 200);
    pressed.body = format!("{fields}&decision=deny").into_bytes();
    assert_eq!(xero.handle(&pressed).headers[0].1, "http://localhost:8742/callback?error=access_denied&state=a%20b");
}

#[test]
fn what_is_not_registered_is_refused_before_anybody_consents() {
    let xero = automatic();
    for changed in [
        ("client_id", "0000"),
        ("redirect_uri", "http://127.0.0.1:8742/callback"),
        ("redirect_uri", "http://localhost:8742/callback/"),
        ("scope", "accounting.transactions"),
        ("scope", "offline_access made.up"),
        ("code_challenge", ""),
        ("code_challenge_method", "plain"),
    ] {
        let answer = authorise(&xero, &[changed]);
        assert_eq!(answer.status, 400, "{changed:?}");
    }
    let scope = String::from_utf8(authorise(&xero, &[("scope", "made.up")]).body).unwrap();
    assert!(scope.contains("invalid_scope") && scope.contains("Invalid scope for client"), "{scope}");
}

#[test]
fn a_code_works_once_within_five_minutes_and_with_its_verifier() {
    let xero = automatic();
    let first = code(&authorise(&xero, &[]));
    assert_eq!(exchange_code(&xero, &first, VERIFIER).status, 200);
    assert_eq!(error(&exchange_code(&xero, &first, VERIFIER)), (400, json!("invalid_grant")));
    let wrong = code(&authorise(&xero, &[]));
    assert_eq!(error(&exchange_code(&xero, &wrong, "another-verifier-another-verifier-another-verifier")), (400, json!("invalid_grant")));
    let late = code(&authorise(&xero, &[]));
    xero.advance(Duration::from_secs(301));
    assert_eq!(error(&exchange_code(&xero, &late, VERIFIER)), (400, json!("invalid_grant")));
}

#[test]
fn a_refresh_token_rotates_and_the_previous_one_has_thirty_minutes() {
    let xero = Xero::new(Options::default());
    let first = xero.sign_in(PKCE_CLIENT).refresh;
    let second = value(&refresh(&xero, &first))["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    xero.advance(Duration::from_mins(29));
    assert_eq!(refresh(&xero, &first).status, 200, "the answer may have been lost");
    xero.advance(Duration::from_mins(2));
    assert_eq!(error(&refresh(&xero, &first)), (400, json!("invalid_grant")));
    assert_eq!(refresh(&xero, &second).status, 200);
    xero.advance(Duration::from_hours(61 * 24));
    let third = xero.sign_in(PKCE_CLIENT).refresh;
    xero.advance(Duration::from_hours(61 * 24));
    assert_eq!(error(&refresh(&xero, &third)), (400, json!("invalid_grant")), "unused for 60 days");
}

#[test]
fn without_offline_access_there_is_no_refresh_token() {
    let xero = automatic();
    let code = code(&authorise(&xero, &[("scope", "accounting.invoices")]));
    let tokens = value(&exchange_code(&xero, &code, VERIFIER));
    assert_eq!((&tokens["expires_in"], &tokens["token_type"], tokens.get("refresh_token")), (&json!(1800), &json!("Bearer"), None));
}

#[test]
fn each_kind_of_app_authenticates_in_its_own_way() {
    // base64 of CLIENT:stand-in-secret
    let web = "NUE0RDBCMEMzQzBFNEQwRjhGNkUxQjJBN0M5RDNFNDI6c3RhbmQtaW4tc2VjcmV0";
    let custom = "NUE0RDBCMEMzQzBFNEQwRjhGNkUxQjJBN0M5RDNFNDM6c3RhbmQtaW4tc2VjcmV0";
    let xero = automatic();
    let fresh = || code(&authorise(&xero, &[("client_id", WEB_CLIENT)]));
    let fields = |code: &str| {
        [
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", REDIRECT.to_owned()),
            ("code_verifier", VERIFIER.to_owned()),
        ]
    };
    let send = |path, basic, fields: &[(&str, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        form(&xero, path, basic, &fields)
    };
    assert_eq!(send("/connect/token", Some(web), &fields(&fresh())).status, 200);
    assert_eq!(error(&send("/connect/token", None, &fields(&fresh()))), (400, json!("invalid_client")));
    let scope = ("scope", "accounting.invoices accounting.settings.read");
    let credentials = form(&xero, "/connect/token", Some(custom), &[("grant_type", "client_credentials"), scope]);
    assert_eq!((credentials.status, value(&credentials).get("refresh_token").is_none()), (200, true));
    let refused = form(&xero, "/connect/token", Some(custom), &[("grant_type", "client_credentials"), ("scope", "accounting.transactions")]);
    assert_eq!(error(&refused), (400, json!("invalid_scope")));
    assert_eq!(error(&token(&xero, &[("grant_type", "client_credentials"), ("client_id", PKCE_CLIENT), scope])), (400, json!("unauthorized_client")));
    let secret = [("grant_type", "refresh_token"), ("client_id", PKCE_CLIENT), ("client_secret", SECRET), ("refresh_token", "r")];
    assert_eq!(error(&token(&xero, &secret)), (400, json!("invalid_client")), "a secret for an app that has none");
}

#[test]
fn revocation_removes_every_connection() {
    let xero = Signed::new(Options::default());
    let refresh_token = xero.xero.sign_in(PKCE_CLIENT).refresh;
    let revoked = form(&xero.xero, "/connect/revocation", None, &[("client_id", PKCE_CLIENT), ("token", &refresh_token)]);
    assert_eq!((revoked.status, revoked.body.len()), (200, 0));
    assert_eq!(error(&refresh(&xero.xero, &refresh_token)), (400, json!("invalid_grant")));
    assert_eq!(xero.send("GET", "Organisation", &Value::Null).status, 401);
}

#[test]
fn connections_list_every_organisation_and_can_be_removed() {
    let organisations = ["One", "Two"].map(|name| NewOrganisation { name: name.to_owned(), ..NewOrganisation::default() }).to_vec();
    let xero = Signed::new(Options { organisations, ..Options::default() });
    let call = |method: &str, path: &str| {
        let mut exchange = xero.exchange(method, "", &Value::Null);
        exchange.path = path.to_owned();
        exchange.headers.retain(|(name, _)| name != "xero-tenant-id");
        xero.xero.handle(&exchange)
    };
    let listed = value(&call("GET", "/connections"));
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!((&listed[1]["tenantName"], &listed[0]["tenantId"]), (&json!("Two"), &json!(xero.tenant)));
    let id = listed[0]["id"].as_str().unwrap();
    assert_eq!(call("DELETE", &format!("/connections/{id}")).status, 204);
    assert_eq!(call("DELETE", &format!("/connections/{id}")).status, 404);
    assert_eq!(value(&call("GET", "/connections")).as_array().unwrap().len(), 1);
    assert_eq!(xero.send("GET", "Organisation", &Value::Null).status, 403);
}

#[test]
fn a_call_needs_a_live_token_the_scope_and_its_organisation() {
    let mut xero = Signed::new(Options::default());
    xero.access = xero.xero.sign_in_with(PKCE_CLIENT, &["accounting.invoices.read".to_owned()]).access;
    assert_eq!(xero.send("GET", "Invoices", &Value::Null).status, 200);
    let refused = xero.send("PUT", "Invoices", &json!({ "Invoices": [xero.invoice("X")] }));
    assert_eq!((refused.status, &value(&refused)["Detail"]), (401, &json!("AuthorizationUnsuccessful")));
    assert!(refused.headers.iter().any(|(name, value)| name == "www-authenticate" && value.contains("insufficent_scope")));
    xero.xero.advance(Duration::from_mins(30));
    let expired = xero.send("GET", "Invoices", &Value::Null);
    assert_eq!(expired.status, 401);
    assert!(value(&expired)["Detail"].as_str().unwrap().starts_with("TokenExpired: token expired at 12/01/2026 00:30:00"));
    xero.access = xero.xero.sign_in(PKCE_CLIENT).access;
    xero.tenant = "430fa14a-f945-44d3-9f97-5df5e28441b8".to_owned();
    let wrong = xero.send("GET", "Invoices", &Value::Null);
    assert_eq!((wrong.status, &value(&wrong)["Detail"]), (403, &json!("AuthenticationUnsuccessful")));
    xero.access = "nobody".to_owned();
    assert_eq!(value(&xero.send("GET", "Invoices", &Value::Null))["Detail"], "AuthenticationUnsuccessful");
}

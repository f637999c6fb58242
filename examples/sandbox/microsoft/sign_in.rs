//! The sign-in service: pages, codes, and tokens for every tenant from one refresh token.

use serde_json::json;

use super::options::{Broken, Person};
use super::page::{choose, escape, page};
use super::state::{Access, Code, Device, State};
use super::wire::{Form, base64url, refused};
use super::{CLIENT_ID, MSP_TENANT, assertion};
use crate::stand_ins::exchange::{Answer, Exchange};

const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const CUSTOMER: &str = "e8a76fb5-b660-4393-b43d-7110342a86e2";

fn home_of(person: Person) -> &'static str {
    match person {
        Person::Customer => CUSTOMER,
        Person::Personal => PERSONAL,
        _ => MSP_TENANT,
    }
}

/// The page, and what its buttons do.
pub(super) fn authorise(state: &mut State, exchange: &Exchange, tenant: &str) -> Answer {
    let form = Form::of(exchange);
    let parameter = |name: &str| exchange.parameter(name).map_or_else(|| form.get(name).to_owned(), str::to_owned);
    if parameter("client_id") != CLIENT_ID {
        return page(400, "Sign in", "<p id=err>AADSTS700016: Application was not found in the directory.</p>");
    }
    let redirect = parameter("redirect_uri");
    if !redirect.starts_with("http://localhost:") && redirect != "http://localhost" {
        return page(400, "Sign in", "<p id=err>AADSTS50011: The redirect URI does not match.</p>");
    }
    let chosen = match (state.options.auto, exchange.method.as_str()) {
        (Some(person), _) => Some(person),
        (None, "POST") => Person::ALL.iter().find(|(_, name)| *name == form.get("user")).map(|(person, _)| *person),
        (None, _) => return choose(exchange),
    };
    let back = |query: &str| {
        let separator = if redirect.ends_with('/') { "" } else { "/" };
        Answer::empty(302).header("location", format!("{redirect}{separator}?{query}&state={}", parameter("state")))
    };
    let Some(person) = chosen else { return back("error=access_denied&error_description=AADSTS65004%3A+User+declined+to+consent.") };
    if tenant != "organizations" && tenant != home_of(person) {
        return page(400, "Sign in", "<p id=err>AADSTS50020: User account does not exist in the tenant.</p>");
    }
    let code = state.next_secret("0.code");
    let kept = Code { redirect: redirect.clone(), challenge: parameter("code_challenge"), nonce: parameter("nonce"), person, scope: parameter("scope") };
    state.codes.insert(code.clone(), kept);
    back(&format!("code={code}&session_state=s"))
}

/// Redeems codes and refresh tokens.
pub(super) fn token(state: &mut State, exchange: &Exchange, tenant: &str) -> Answer {
    let form = Form::of(exchange);
    if form.get("client_id") != CLIENT_ID {
        return refused("unauthorized_client", 700_016, "Application with identifier was not found in the directory.");
    }
    if let Err(refusal) = assertion::check(state, exchange, &form, tenant) {
        return refusal;
    }
    match form.get("grant_type") {
        "authorization_code" => {
            let Some(code) = state.codes.remove(form.get("code")) else {
                return refused("invalid_grant", 54_005, "OAuth2 Authorization code was already redeemed.");
            };
            let digest = ring::digest::digest(&ring::digest::SHA256, form.get("code_verifier").as_bytes());
            if code.challenge != base64url(digest.as_ref()) {
                return refused("invalid_grant", 501_481, "The Code_Verifier does not match the code_challenge.");
            }
            if code.redirect != form.get("redirect_uri") {
                return refused("invalid_grant", 50_011, "The redirect URI does not match.");
            }
            issue(state, exchange, home_of(code.person), code.person, &code.scope, Some(&code.nonce))
        }
        "urn:ietf:params:oauth:grant-type:device_code" => {
            let Some(device) = state.devices.get(form.get("device_code")).cloned() else {
                return refused("bad_verification_code", 70_018, "Invalid verification code.");
            };
            match device.person {
                None => refused("authorization_pending", 70_016, "Authorization is pending."),
                Some(person) => {
                    state.devices.remove(form.get("device_code"));
                    issue(state, exchange, home_of(person), person, &device.scope, None)
                }
            }
        }
        "refresh_token" => {
            let Some(person) = state.refresh_tokens.get(form.get("refresh_token")).copied() else {
                return refused("invalid_grant", 700_082, "The refresh token has expired due to inactivity.");
            };
            if state.is_consent_young(tenant) {
                return refused("unauthorized_client", 650_051, "The service principal of the app is not yet known in the tenant.");
            }
            match state.broken(tenant) {
                Some(Broken::NoConsent) => refused(
                    "invalid_grant",
                    65_001,
                    "The user or administrator has not consented to use the application with ID '11111111-2222-3333-4444-555555555555' named 'cspctl'.",
                ),
                Some(Broken::ConditionalAccess) => refused("invalid_grant", 53_003, "Access has been blocked by Conditional Access policies."),
                Some(Broken::Refuses(error, code)) => refused(error, code, "The sandbox was told to refuse."),
                Some(Broken::Deleted) => refused("invalid_request", 90_002, "Tenant was not found."),
                _ if tenant != MSP_TENANT && !state.tenants.contains_key(tenant) => refused("invalid_request", 90_002, "Tenant was not found."),
                _ => issue(state, exchange, tenant, person, form.get("scope"), None),
            }
        }
        _ => refused("unsupported_grant_type", 70_003, "The app requested an unsupported grant type."),
    }
}

fn issue(state: &mut State, exchange: &Exchange, tenant: &str, person: Person, scope: &str, nonce: Option<&str>) -> Answer {
    let (access, refresh) = (state.next_secret("at"), state.next_secret("0.rt"));
    let is_graph = !scope.contains("partnercenter");
    state.access_tokens.insert(access.clone(), Access { tenant: tenant.to_owned(), is_graph, person });
    state.refresh_tokens.insert(refresh.clone(), person);
    let base = exchange.header("host").map_or_else(|| "https://login.microsoftonline.com".to_owned(), |host| format!("http://{host}"));
    let id_token = scope.contains("openid").then(|| {
        let expires = 4_102_444_800_u64; // the year 2100: no clock is needed here
        let claims = json!({ "iss": format!("{base}/{tenant}/v2.0"), "aud": CLIENT_ID, "tid": tenant, "oid": "10a1d484-0000-4000-8000-000000000001", "sub": "s",
            "preferred_username": person.name(), "name": "Tech", "nonce": nonce, "iat": 1, "exp": expires });
        format!("{}.{}.sig", base64url(br#"{"alg":"none"}"#), base64url(claims.to_string().as_bytes()))
    });
    let body = json!({ "token_type": "Bearer", "scope": scope, "expires_in": 3599, "ext_expires_in": 3599, "access_token": access, "refresh_token": refresh, "id_token": id_token });
    Answer::json(200, &body)
}

/// Begins a device's sign-in.
pub(super) fn device_code(state: &mut State, exchange: &Exchange, tenant: &str) -> Answer {
    let form = Form::of(exchange);
    if let Err(refusal) = assertion::check(state, exchange, &form, tenant) {
        return refusal;
    }
    let code = state.next_secret("GAQ");
    let user_code: String = code.chars().rev().take(8).collect::<String>().to_uppercase();
    state.devices.insert(code.clone(), Device { user_code: user_code.clone(), scope: form.get("scope").to_owned(), person: state.options.auto });
    let address = format!("http://{}/devicelogin", exchange.header("host").unwrap_or("localhost"));
    let message = format!("To sign in, use a web browser to open {address} and enter the code {user_code} to authenticate.");
    Answer::json(
        200,
        &json!({ "user_code": user_code, "device_code": code, "verification_uri": address, "expires_in": 900, "interval": 1, "message": message }),
    )
}

/// The page for the code.
pub(super) fn device_login(state: &mut State, exchange: &Exchange) -> Answer {
    let form = Form::of(exchange);
    if exchange.method == "GET" {
        return page(200, "Enter code", "<form method=\"post\"><input name=\"user_code\" autofocus><button id=\"submit\">Next</button></form>");
    }
    match state.devices.values_mut().find(|device| device.user_code.eq_ignore_ascii_case(form.get("user_code").trim())) {
        Some(device) => {
            device.person = Some(Person::Technician);
            page(200, "Signed in", "<p id=\"done\">You may close this page.</p>")
        }
        None => page(400, "Enter code", "<p id=\"err\">That code did not work.</p>"),
    }
}

/// A customer's administrator consents.
pub(super) fn admin_consent(state: &mut State, tenant: &str) -> Answer {
    state.consented(tenant);
    page(200, "Permissions granted", &format!("<p>cspctl may read {}.</p>", escape(tenant)))
}

//! `/identity/connect/authorize`: the page on which a person signs in and allows the app, and what it redirects to.

use super::identity::Code;
use super::options::{AppKind, RegisteredApp};
use super::state::State;
use super::token::Form;
use crate::stand_ins::exchange::{Answer, Exchange};

/// The page, and what its buttons do.
pub fn authorise(state: &mut State, exchange: &Exchange) -> Answer {
    let form = Form::of(&exchange.body);
    let parameter = |name: &str| exchange.parameter(name).map_or_else(|| form.get(name).to_owned(), str::to_owned);
    let Some(app) = state.options.apps.iter().find(|app| app.client_id == parameter("client_id")).cloned() else {
        return error_page("unauthorized_client", "Unknown client or client not enabled");
    };
    let redirect = parameter("redirect_uri");
    if !app.redirects.contains(&redirect) || matches!(app.kind, AppKind::Custom(_)) {
        return error_page("unauthorized_client", "Invalid redirect_uri");
    }
    let back = |query: &[(&str, &str)]| {
        let state = parameter("state");
        let pairs: Vec<String> = query.iter().chain([&("state", state.as_str())]).map(|(name, value)| format!("{name}={}", encode(value))).collect();
        Answer::empty(302).header("location", format!("{redirect}?{}", pairs.join("&")))
    };
    if parameter("response_type") != "code" {
        return back(&[("error", "unsupported_response_type")]);
    }
    let scopes: Vec<String> = parameter("scope").split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() || scopes.iter().any(|scope| !app.scopes.contains(scope)) {
        return error_page("invalid_scope", "Invalid scope for client");
    }
    let challenge = parameter("code_challenge");
    let has_proof = !challenge.is_empty() && parameter("code_challenge_method") == "S256";
    if app.kind == AppKind::Pkce && !has_proof {
        return error_page("invalid_request", "code challenge required");
    }
    let decision = if state.options.auto_consent || exchange.parameter("auto") == Some("1") { "allow" } else { form.get("decision") };
    match (exchange.method.as_str(), decision) {
        (_, "allow") => {
            let code = state.ids.next_secret("c");
            let kept = Code { client_id: app.client_id, redirect: redirect.clone(), scopes: scopes.clone(), challenge, at: state.now() };
            state.identity.codes.insert(code.clone(), kept);
            // Consent connects the organisations, also those that were disconnected.
            for organisation in &mut state.organisations {
                organisation.is_connected = true;
            }
            back(&[("code", &code), ("scope", &scopes.join(" "))])
        }
        (_, "deny") => back(&[("error", "access_denied")]),
        _ => page(state, &app, exchange, &scopes),
    }
}

/// Percent-encodes all but unreserved characters.
fn encode(text: &str) -> String {
    let encode = |byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encode).collect::<Vec<_>>().concat()
}

/// Text within HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "<style>:root{color-scheme:light dark;--page:light-dark(#eef2f6,#10161d);--card:light-dark(#fff,#1a232d);\
--line:light-dark(#d5dde5,#2e3b48);--dim:light-dark(#566573,#94a3b3);--accent:light-dark(#0b6fb8,#5db4f2)}\
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--page);font:16px/1.5 system-ui,sans-serif}\
main{width:min(26rem,calc(100vw - 2rem));box-sizing:border-box;background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.75rem}\
h1{font-size:1.25rem;margin:.25rem 0 1rem}p,li{color:var(--dim)}strong{color:CanvasText}ul{padding-left:1.2rem}code{font-size:.85rem}\
.tag{font-size:.75rem;letter-spacing:.06em;text-transform:uppercase;color:var(--dim);margin:0}\
form{display:flex;gap:.75rem;margin-top:1.5rem}button{flex:1;font:inherit;font-weight:600;padding:.6rem 1rem;border-radius:9px;border:1px solid var(--line);\
background:none;color:inherit;cursor:pointer}button.primary{background:var(--accent);border-color:var(--accent);color:light-dark(#fff,#0b1117)}</style>";

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\"><title>{title}</title>{STYLE}<main>{body}</main></html>"
    )
}

fn page(state: &State, app: &RegisteredApp, exchange: &Exchange, scopes: &[String]) -> Answer {
    let field = |(name, value): &(String, String)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value));
    let fields = exchange.query.iter().map(field).collect::<Vec<_>>().concat();
    let organisations: Vec<String> = state.organisations.iter().map(|organisation| format!("<strong>{}</strong>", escape(&organisation.name))).collect();
    let scopes = scopes.iter().map(|scope| format!("<li><code>{}</code></li>", escape(scope))).collect::<Vec<_>>().concat();
    let body = format!(
        "<p class=\"tag\">Stand-in for Xero</p><h1>Allow access?</h1>\
         <p>The app <code>{}</code> asks for access to {}:</p><ul>{scopes}</ul>\
         <form method=\"post\">{fields}<button name=\"decision\" value=\"deny\">Cancel</button>\
         <button class=\"primary\" name=\"decision\" value=\"allow\" autofocus>Allow access</button></form>",
        escape(&app.client_id),
        organisations.join(" and "),
    );
    Answer::text(200, "text/html; charset=utf-8", document("Allow access?", &body))
}

fn error_page(error: &str, description: &str) -> Answer {
    let body = format!(
        "<p class=\"tag\">Stand-in for Xero</p><h1>Sorry, something went wrong</h1><p>Error: <strong>{error}</strong></p><p>{}</p>",
        escape(description)
    );
    Answer::text(400, "text/html; charset=utf-8", document("Error", &body))
}

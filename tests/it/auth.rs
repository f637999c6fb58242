//! Signing in to Xero with the built binary: the test is the browser, the stand-in is Xero.

pub mod browser;
pub mod place;
mod several;

use std::time::Duration;

use self::browser::{Reply, get, post};
use self::place::{Place, Signing, options};
use crate::stand_ins::xero::options::{CUSTOM_CLIENT, SECRET, WEB_CLIENT};

/// What `auth status --json` says of Xero.
fn of_xero(status: &serde_json::Value) -> &serde_json::Value {
    let services = status["services"].as_array().unwrap();
    services.iter().find(|service| service["service"] == "xero").unwrap()
}

#[test]
fn a_sign_in_is_proven_pinned_shown_used_and_ended() {
    let place = Place::new(options());
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser"]);
    let reply = signing.come_back();
    assert_eq!(reply.status, 200);
    assert!(reply.body.contains("You may close this window"), "{}", reply.body);
    let output = signing.end().code(0);
    assert!(output.stderr.contains("Signed in to Xero. Organisation: Example MSP Pty Ltd"), "{}", output.stderr);
    let id = place.xero.organisation_id();
    assert!(place.env.read("config.toml").contains(&format!("[xero]\n# which app\nclient_id = \"{}\" # ours\n", place.client_id)), "what people wrote stays");
    assert!(place.env.read("config.toml").contains(&format!("organisation_id = \"{id}\"")));
    assert!(output.stderr.contains(&format!("Wrote organisation_id = \"{id}\"")), "{}", output.stderr);

    let status = place.env.run(["auth", "status"]).code(0);
    assert!(status.stdout.contains("signed in") && status.stdout.contains("Example MSP Pty Ltd"), "{}", status.stdout);
    let calls = place.xero.calls_of("POST", "/connect/token");
    for _ in 0..2 {
        let json = place.env.run(["auth", "status", "--check", "--json"]).code(0).json();
        let service = of_xero(&json);
        assert_eq!((service["service"].as_str(), service["state"].as_str()), (Some("xero"), Some("signed-in")), "{json}");
        assert_eq!((service["organisation_id"].as_str(), service["checked"]["ok"].as_bool()), (Some(id.as_str()), Some(true)), "{json}");
        assert!(service["until"].as_str() > service["since"].as_str(), "{json}");
    }
    assert_eq!(place.xero.calls_of("POST", "/connect/token"), calls + 2, "one refresh a process");

    let output = place.env.run(["auth", "logout", "xero"]).code(0);
    assert!(output.stderr.contains("revoked") && output.stderr.contains("Signed out of xero"), "{}", output.stderr);
    assert_eq!(place.xero.calls_of("POST", "/connect/revocation"), 1);
    assert!(place.env.run(["auth", "status"]).code(0).stdout.contains("signed out"));
    assert!(place.env.run(["auth", "logout", "--all"]).code(0).stderr.contains("Nobody was signed in"));
}

#[test]
fn the_redirected_address_can_be_pasted() {
    let place = Place::new(options());
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser", "--json"]);
    let address = signing.redirected();
    signing.paste("what is this?");
    signing.paste(&address.replace("state=", "state=x"));
    signing.paste(&address);
    let output = signing.end().code(0);
    assert_eq!(output.stderr.matches("That is not the address of this sign-in").count(), 2, "{}", output.stderr);
    let json = output.json();
    assert_eq!((json["organisation_name"].as_str(), json["is_demo"].as_bool()), (Some("Example MSP Pty Ltd"), Some(false)), "{json}");
}

#[test]
fn without_input_the_redirect_alone_counts() {
    let place = Place::new(options());
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser", "--no-input"]);
    let address = signing.redirected();
    signing.paste(&address);
    std::thread::sleep(Duration::from_millis(300));
    assert!(signing.is_waiting(), "it read standard input");
    assert_eq!(get(&address).status, 200);
    signing.end().code(0);
}

#[test]
fn the_address_stands_alone_on_its_line_even_when_quiet() {
    let place = Place::new(options());
    let mut signing = Signing::begin(&place, &["-q", "auth", "xero", "--no-browser"]);
    signing.come_back();
    let output = signing.end().code(0);
    assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
    assert!(output.stderr.starts_with(&place.running.address) && output.stderr.contains("code_challenge_method=S256"), "{}", output.stderr);
    let query = output.stderr.replace('+', " ").replace("%20", " ");
    assert!(
        query.contains("scope=offline_access accounting.invoices accounting.contacts.read accounting.settings.read&")
            || query.trim_end().ends_with("settings.read"),
        "{query}"
    );
}

#[test]
fn a_wrong_state_is_ignored_and_the_right_one_still_counts() {
    let place = Place::new(options());
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser"]);
    let address = signing.redirected();
    for wrong in [address.replace("state=", "state=x"), address.replace("/callback", "/"), address.replace("code=", "kode=")] {
        let Reply { status, body, .. } = get(&wrong);
        assert_eq!(status, 404, "{body}");
    }
    assert!(signing.is_waiting());
    assert_eq!(get(&address).status, 200);
    signing.end().code(0);
}

#[test]
fn a_refusal_ends_it_with_advice_and_stores_nothing() {
    let mut options = options();
    options.auto_consent = false;
    let place = Place::new(options);
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser"]);
    let back = post(&signing.address(), "decision=deny").location();
    assert!(get(&back).body.contains("Not signed in"));
    let output = signing.end().code(4);
    assert!(output.stderr.contains("access_denied") && output.stderr.contains("hint: "), "{}", output.stderr);
    assert!(!place.env.path("secrets.cspctl").exists());
    assert!(!place.env.read("config.toml").contains("organisation_id"));
}

#[test]
fn a_taken_port_is_told_with_its_setting() {
    let place = Place::new(options());
    let _taken = std::net::TcpListener::bind(("127.0.0.1", place.port)).unwrap();
    let output = place.env.run(["auth", "xero", "--no-browser"]).code(1);
    assert!(output.stderr.contains(&format!("port {}", place.port)) && output.stderr.contains("xero.redirect_port"), "{}", output.stderr);
}

#[test]
fn a_web_app_takes_its_secret_from_standard_input_and_keeps_it() {
    let place = Place::of_app(options(), WEB_CLIENT, "web");
    let output = place.env.run(["auth", "xero", "--no-browser"]).code(4);
    assert!(output.stderr.contains("--client-secret-stdin") && output.stderr.contains("CSPCTL_XERO_CLIENT_SECRET"), "{}", output.stderr);
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser", "--client-secret-stdin"]);
    signing.paste(SECRET);
    let address = signing.redirected();
    signing.paste(&address);
    signing.end().code(0);
    place.env.run(["auth", "status", "--check"]).code(0);
    // The next sign-in knows the secret.
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser"]);
    signing.come_back();
    signing.end().code(0);
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser", "--client-secret-stdin"]);
    signing.paste("wrong");
    signing.come_back();
    let output = signing.end().code(4);
    assert!(output.stderr.contains("xero.client_id") && !output.stderr.contains("wrong"), "{}", output.stderr);
    place.env.run(["auth", "status", "--check"]).code(0);
}

#[test]
fn a_custom_connection_needs_its_secret_alone() {
    let mut place = Place::of_app(options(), CUSTOM_CLIENT, "custom");
    place.env = place.env.variable("CSPCTL_XERO_CLIENT_SECRET", SECRET);
    let output = place.env.run(["auth", "xero"]).code(0);
    assert!(output.stderr.contains("Signed in to Xero. Organisation: Example MSP Pty Ltd"), "{}", output.stderr);
    assert!(!place.env.path("secrets.cspctl").exists(), "the environment has the secret, nothing is stored");
    let json = place.env.run(["auth", "status", "--check", "--json"]).code(0).json();
    assert_eq!(of_xero(&json)["state"], "own-app", "{json}");
    // A scope that the app does not have fails it, and the message says which were asked for.
    let config = place.env.read("config.toml").replace("[xero]\n", "[xero]\nscopes = [\"accounting.reports.read\"]\n");
    place.env.write("config.toml", config);
    let output = place.env.run(["auth", "xero"]).code(4);
    assert!(output.stderr.contains("accounting.reports.read") && output.stderr.contains("xero.scopes"), "{}", output.stderr);
}

#[test]
fn a_missing_client_id_says_how_to_get_one() {
    let mut place = Place::new(options());
    place.env.write("config.toml", place.env.read("config.toml").replace(&format!("client_id = \"{}\" # ours\n", place.client_id), ""));
    let output = place.env.run(["auth", "xero"]).code(3);
    assert!(output.stderr.contains("xero.client_id") && output.stderr.contains(&format!("http://localhost:{}/callback", place.port)), "{}", output.stderr);
}

#[test]
fn the_status_ends_with_4_where_a_sign_in_is_needed_or_does_not_work() {
    let mut place = Place::new(options());
    assert!(place.env.run(["auth", "status"]).code(0).stdout.contains("signed out"), "import files need no sign-in");
    place.env.write("config.toml", place.env.read("config.toml").replace("[xero]\n", "[xero]\npost_to = \"xero\"\n"));
    let output = place.env.run(["auth", "status"]).code(4);
    assert!(output.stderr.contains("cspctl auth xero"), "{}", output.stderr);
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser"]);
    signing.come_back();
    signing.end().code(0);
    place.env.run(["auth", "status", "--check"]).code(0);
    place.xero.advance(Duration::from_hours(24 * 61));
    let output = place.env.run(["auth", "status", "--check"]).code(4);
    assert!(output.stderr.contains("has ended") && output.stderr.contains("cspctl auth xero"), "{}", output.stderr);
    let again = place.env.run(["auth", "status", "--check"]).code(4);
    assert!(again.stdout.contains("signed in"), "nothing stored is deleted on failure: {}", again.stdout);
}

#[test]
fn a_store_that_cannot_be_used_is_told_before_anybody_goes_to_a_browser() {
    let mut place = Place::new(options());
    place.env = place.env.variable("CSPCTL_SECRETS_KEY_FILE", "/nowhere/at/all.key");
    for line in ["auth xero --no-browser", "auth status", "auth logout xero"] {
        let output = place.env.run(line.split(' ')).code(4);
        assert!(output.stderr.contains("all.key") && !output.stderr.contains("code_challenge"), "{line}: {}", output.stderr);
        assert!(!output.stderr.contains("not signed in"), "{line}: {}", output.stderr);
    }
}

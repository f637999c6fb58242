//! `cspctl doctor` and Microsoft: account, capabilities, tenants with their remedies, the bridge's hit rates.

use serde_json::Value;

use super::{Options, Person, World, signed_in, world};
use crate::small::array;

/// A service whose clock is the machine's.
fn punctual() -> Options {
    Options { date: None, ..Options::default() }
}

fn check(json: &Value, group: &str, name: &str) -> (String, String, String) {
    let found = array(&json["checks"]).iter().find(|check| check["group"] == group && check["name"] == name);
    let found = found.unwrap_or_else(|| panic!("no check {group} {name}: {json:#}"));
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    (text("state"), text("message"), text("fix"))
}

fn doctor(world: &World, arguments: &[&str], code: i32) -> Value {
    world.env.run(["doctor", "--json"].iter().chain(arguments).copied()).code(code).json()
}

#[test]
fn the_account_its_rights_and_the_broken_tenants_are_told() {
    let world = signed_in(punctual());
    let json = doctor(&world, &[], 0);
    let says = |name: &str, state: &str, words: &str| {
        let (found, message, _) = check(&json, "microsoft", name);
        assert!(found == state && message.contains(words), "{name}: {found}: {message}");
    };
    says("sign-in", "ok", "dies in 89 days");
    says("access", "ok", "works");
    says("organisation", "ok", "Example MSP Pty Ltd");
    says("account", "ok", "in AdminAgents: yes");
    says("partner center", "ok", "not required");
    says("tenants", "warning", "3 of ");
    let (_, message, fix) = check(&json, "microsoft", "tenants");
    for part in ["no consent: ", "blocked by access policy: ", "no delegated access: "] {
        assert!(message.contains(part), "{message}");
    }
    assert!(fix.contains("/adminconsent?client_id=") && fix.contains("Service provider users"), "{fix}");
    assert_eq!(json["bridge"], Value::Null);
    assert_eq!(check(&json, "secrets", "microsoft sign-in").1, "kept");
    assert_eq!(world.microsoft.calls_of("/users"), 0, "nobody is counted");
}

#[test]
fn the_bridge_reports_its_hit_rates() {
    let world = signed_in(Options { broken: Vec::new(), ..punctual() });
    let json = doctor(&world, &["--check-bridge"], 0);
    assert!(check(&json, "microsoft", "tenants").1.starts_with("all 40 tenants can be read"), "{json:#}");
    let (_, message, _) = check(&json, "microsoft", "bridge");
    assert!(message.contains(" lines are matched with a SKU: ") && message.contains("by subscription id"), "{message}");
    assert!(check(&json, "microsoft", "subscription ids").1.contains("by the same id"), "{json:#}");
    assert!(json["bridge"]["subscription_ids_found"].as_u64() > Some(200), "{}", json["bridge"]);
    assert!(!world.env.path("state/ledger.db").exists() || world.env.run(["runs", "list", "--json"]).code(0).json()["runs"] == Value::Array(Vec::new()));
}

#[test]
fn nobody_signed_in_to_microsoft_ends_with_4_and_offline_asks_nobody() {
    let world = world(punctual(), Person::Technician);
    let json = doctor(&world, &[], 4);
    assert_eq!(check(&json, "secrets", "microsoft sign-in").2, "cspctl auth microsoft");
    assert_eq!(check(&json, "microsoft", "sign-in").0, "skipped");
    let world = signed_in(punctual());
    world.microsoft.forget_calls();
    let json = doctor(&world, &["--offline"], 0);
    assert_eq!(world.microsoft.calls_of(""), 0);
    assert!(check(&json, "microsoft", "access").1.contains("--offline"), "{json:#}");
}

/// The stand-in dates its seats, and its clock is right all the same: the sandbox told everybody to set theirs.
#[test]
fn the_clock_of_the_sandbox_is_right() {
    let world = signed_in(Options::default());
    let (state, message, _) = check(&doctor(&world, &[], 0), "clocks", "clock");
    assert!(state == "ok" && message.contains("agrees with 127.0.0.1"), "{state}: {message}");
}

#[test]
fn a_clock_that_differs_from_microsofts_is_a_problem() {
    let world = signed_in(Options { sign_in_date: Some("Mon, 01 Jan 2024 01:00:00 GMT".to_owned()), ..Options::default() });
    let json = doctor(&world, &[], 1);
    let (state, message, _) = check(&json, "clocks", "clock");
    assert!(state == "problem" && message.contains("ahead of 127.0.0.1"), "{state}: {message}");
    assert_eq!(check(&json, "microsoft", "access").0, "ok");
}

//! `cspctl doctor` and the distributor's service: the convention that was found, and codes that are no good.

use serde_json::Value;

use super::Desk;
use crate::stand_ins::dickerdata::options::{EXPIRED_CODE, Options, Wanted};
use crate::support::Output;

fn check(output: &Output, name: &str) -> Value {
    let json = output.json();
    let mut of_group = json["checks"].as_array().unwrap().iter().filter(|check| check["group"] == "dickerdata" || check["group"] == "secrets");
    of_group.find(|check| check["name"] == name).unwrap_or_else(|| panic!("no check {name}: {json}")).clone()
}

#[test]
fn the_convention_that_was_found_is_named() {
    for (wanted, words) in [
        (Wanted::Headers("1.0".to_owned()), "headers, DD-ApiVersion 1.0, found by trying"),
        (Wanted::Headers("v1".to_owned()), "headers, DD-ApiVersion v1, found by trying"),
        (Wanted::Message, "in the message, found by trying"),
    ] {
        let mut desk = Desk::signed_in(Options { wanted: wanted.clone(), ..Options::default() });
        let output = desk.env.run(["doctor", "--json"]).code(0);
        assert_eq!(check(&output, "dicker data access code")["message"], "given by CSPCTL_DICKERDATA_ACCESS_CODE");
        assert_eq!(check(&output, "access key")["state"], "ok");
        let convention = check(&output, "convention")["message"].as_str().unwrap().to_owned();
        assert!(convention.starts_with(words), "{convention}");
        if wanted == Wanted::Message {
            desk.read_api("convention = \"message\"");
            let output = desk.env.run(["doctor", "--json"]).code(0);
            assert_eq!(check(&output, "convention")["message"], "in the message, as configured");
        }
    }
}

#[test]
fn a_refused_or_missing_access_code_ends_with_4_and_whom_to_ring() {
    let mut desk = Desk::signed_in(Options::default());
    desk.env = desk.env.variable("CSPCTL_DICKERDATA_ACCESS_CODE", EXPIRED_CODE);
    let output = desk.env.run(["doctor", "--json"]).code(4);
    let key = check(&output, "access key");
    assert_eq!(key["state"], "problem");
    assert!(key["message"].as_str().unwrap().contains("refused") && key["fix"].as_str().unwrap().contains("account manager"), "{key}");
    assert!(!output.stdout.contains(EXPIRED_CODE), "{}", output.stdout);

    let mut desk = Desk::new(Options::default());
    desk.read_api("");
    let output = desk.env.run(["doctor", "--json"]).code(4);
    assert_eq!(check(&output, "dicker data access code")["fix"], "cspctl auth dickerdata; or set CSPCTL_DICKERDATA_ACCESS_CODE");
    assert_eq!(check(&output, "access key")["state"], "skipped");
    assert_eq!(desk.service.calls("AccessKeyRequest"), 0);
}

#[test]
fn a_service_that_serves_another_convention_is_a_problem_with_its_setting() {
    let mut desk = Desk::signed_in(Options::default());
    desk.read_api("convention = \"message\"");
    let output = desk.env.run(["doctor", "--json"]);
    let convention = check(&output, "convention");
    assert_eq!(convention["state"], "problem", "{convention}");
    assert!(convention["fix"].as_str().unwrap().contains("dickerdata.convention"), "{convention}");
}

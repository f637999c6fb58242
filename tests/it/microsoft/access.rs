//! Delegated access that no group holds, and consent that takes a while to work.

use super::{Options, PartnerCenter, Person, SAMPLE_BROKEN, sign_in, signed_in, world};
use crate::small::array;

#[test]
fn a_role_that_no_group_holds_is_told_by_pull_and_doctor() {
    let first = signed_in(Options::default());
    let json = first.env.run(["pull", "--json"]).code(0).json();
    let tenants = |json: &serde_json::Value| array(&array(&json["sources"]).iter().find(|source| source["source"] == "microsoft").unwrap()["tenants"]).clone();
    let related: Vec<_> = tenants(&json).into_iter().filter(|tenant| tenant["relationship"]["status"] == "active").collect();
    assert!(related.len() > 30 && related.iter().all(|tenant| tenant["relationship"]["missing_for_reading"].is_null()), "{json:#}");
    let tenant = related[0]["tenant_id"].as_str().unwrap().to_owned();
    let world = signed_in(Options { without_group: vec![tenant.clone()], date: None, ..Options::default() });
    world.microsoft.forget_calls();
    let json = world.env.run(["pull", "--json"]).code(0).json();
    assert_eq!(world.microsoft.calls_of("/$batch"), 2, "some thirty relationships, twenty a request");
    let found = tenants(&json).into_iter().find(|found| found["tenant_id"] == tenant.as_str()).unwrap();
    assert!(found["relationship"]["missing_for_reading"].as_str().unwrap().contains("a security group"), "{found:#}");
    let text = world.env.run(["pull"]).code(0);
    assert!(text.stdout.contains("delegated access lacks a security group with Directory Readers"), "{}", text.stdout);
    let doctor = world.env.run(["doctor", "--json"]).json();
    let check = array(&doctor["checks"]).iter().find(|check| check["name"] == "delegated access").unwrap().clone();
    assert!(check["state"] == "warning" && check["message"].as_str().unwrap().contains("a security group"), "{check:#}");
}

fn consenting(consent_takes: u32) -> super::World {
    let world = world(Options { partner_center: PartnerCenter::Allows, consent_takes, ..Options::default() }, Person::Administrator);
    assert_eq!(sign_in(&world, &[]).0, 0);
    world
}

#[test]
fn a_consent_is_followed_until_the_tenant_can_be_read() {
    let world = consenting(2);
    world.microsoft.forget_calls();
    let output = world.env.run(["auth", "microsoft", "--consent", SAMPLE_BROKEN[0].0]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stderr.contains("can be read now"), "{}", output.stderr);
    assert_eq!(world.microsoft.calls_of(&format!("{}/oauth2/v2.0/token", SAMPLE_BROKEN[0].0)), 3);
    let json = consenting(0).env.run(["auth", "microsoft", "--consent", SAMPLE_BROKEN[0].0, "--json"]).code(0).json();
    assert_eq!((&json["tenants"][0]["consented"], &json["tenants"][0]["works"]), (&true.into(), &true.into()), "{json:#}");
}

//! Whose trouble a refusal of the sign-in service is, and what people are told of it.

use serde_json::Value;

use super::{MSP_TENANT, Options, Person, World, array, signed_in, world};
use crate::small::error_of;
use crate::stand_ins::microsoft::options::Broken;

const CONTOSO: &str = "e8a76fb5-b660-4393-b43d-7110342a86e2";

fn failed(world: &World) -> Vec<Value> {
    let json = world.env.run(["pull", "--json"]).code(0).json();
    let microsoft = array(&json["sources"]).iter().find(|source| source["source"] == "microsoft").unwrap();
    array(&microsoft["tenants"]).iter().filter(|tenant| tenant["state"] == "failed").cloned().collect()
}

#[test]
fn regression_an_error_of_the_app_in_one_customers_tenant_ended_the_run_for_all() {
    let world = signed_in(Options { broken: Vec::new(), ..Options::default() });
    for (error, code, words) in [
        ("invalid_client", 7_000_299, "refuses the app, which works elsewhere"),
        ("unauthorized_client", 700_016, "does not know the app yet"),
        ("invalid_request", 90_002, "map customers ignore"),
    ] {
        world.microsoft.break_tenant(CONTOSO, Some(Broken::Refuses(error, code)));
        let failed = failed(&world);
        assert_eq!(failed.len(), 1, "{failed:#?}");
        assert!(failed[0]["remedy"].as_str().unwrap().contains(words), "{:#}", failed[0]);
        assert!(failed[0]["error"].as_str().unwrap().contains(&format!("AADSTS{code}")), "{:#}", failed[0]);
    }
}

#[test]
fn an_error_of_the_app_at_home_ends_the_run_with_the_advice_of_its_code() {
    let world = signed_in(Options::default());
    world.microsoft.break_tenant(MSP_TENANT, Some(Broken::Refuses("invalid_client", 7_000_222)));
    let output = world.env.run(["pull", "--json"]).code(4);
    let error = error_of(&output);
    assert!(error["message"].as_str().unwrap().contains("AADSTS7000222"), "{error:#}");
    assert!(error["hints"][0].as_str().unwrap().contains("has expired: make a new one"), "{error:#}");
    assert_eq!(world.microsoft.calls_of("/subscribedSkus"), 0);
}

#[test]
fn a_refused_sign_in_has_the_advice_of_its_code() {
    let world = world(Options::default(), Person::Technician);
    let mut env = world.env;
    let config = env.read("config.toml");
    env.write("config.toml", config.replace("client_id = \"1111", "client_id = \"2222"));
    let world = World { env, ..world };
    let output = world.env.run(["--config", "./config.toml", "auth", "microsoft", "--no-input", "--device-code"]);
    assert_eq!(output.code, 4, "{}", output.stderr);
    assert!(output.stderr.contains("check microsoft.client_id and msp.tenant_id: this tenant does not know the app"), "{}", output.stderr);
}

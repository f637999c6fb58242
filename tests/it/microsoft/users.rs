//! `access.allowed_users`: who may change things, asked of Microsoft; everybody may look.

use serde_json::Value;

use super::{Broken, CLIENT_ID, MSP_TENANT, Options, Person, World, sign_in, signed_in, world};
use crate::small::{array, error_of};

const LIST: &str = "allowed_users = [";

/// The technician is signed in, and only these may change things.
fn only(names: &[&str]) -> World {
    let mut world = signed_in(Options { throttled: 0, broken: Vec::new(), ..Options::default() });
    restrict(&mut world, names);
    world
}

fn restrict(world: &mut World, names: &[&str]) {
    let list: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let config = world.env.read("config.toml") + &format!("\n[access] # who may change things\n{LIST}{}]\n", list.join(", "));
    world.env.write("config.toml", config);
}

/// Everything that changes something, from the sample month's folder.
const CHANGES: [&[&str]; 11] = [
    &["sync", "--yes", "--no-input"],
    &["sync", "--catch-up", "--period", "2026-11"],
    &["map", "products", "auto"],
    &["map", "customers", "ignore", "196e2273-9651-43a3-ba7e-7cbcd918fc40"],
    &["map", "customers", "unset", "196e2273-9651-43a3-ba7e-7cbcd918fc40"],
    &["map", "products", "unset", "CFQ7TTC0LCHC:0002"],
    &["users", "allow", "kiri@msp.example", "--yes"],
    &["users", "revoke", "admin@msp.example", "--yes"],
    &["auth", "webhook", "--forget"],
    &["auth", "move", "command", "--yes", "--command", "no-such-program"],
    &["auth", "microsoft", "--consent", "196e2273-9651-43a3-ba7e-7cbcd918fc40"],
];

#[test]
fn an_account_that_is_not_listed_changes_nothing_and_may_look_at_everything() {
    let world = only(&["admin@msp.example"]);
    let before = (world.env.read("config.toml"), world.env.read("mapping.toml"));
    for arguments in CHANGES {
        let output = world.env.run(arguments).code(8);
        assert!(output.stderr.contains("tech@msp.example may not change anything"), "{arguments:?}: {}", output.stderr);
        assert!(output.stderr.contains("cspctl users allow tech@msp.example"), "{arguments:?}: {}", output.stderr);
    }
    assert_eq!((world.env.read("config.toml"), world.env.read("mapping.toml")), before);
    assert!(!world.env.path("xero-import").exists(), "nothing was exported");
    for looking in [&["sync", "--dry-run"] as &[&str], &["reconcile"], &["map", "products", "auto", "--dry-run"], &["runs", "list"], &["users", "list"]] {
        let _ = world.env.run(looking).code(0);
    }
    let error: Value = error_of(&world.env.run(["sync", "--yes", "--json"]).code(8));
    assert_eq!(error["code"], "not-allowed");
}

#[test]
fn a_listed_account_does_the_month_and_the_trail_names_it() {
    let world = only(&["Tech@MSP.example"]);
    let _ = world.env.run(["sync", "--yes"]).code(0);
    let shown = world.env.run(["runs", "show", "last", "--json"]).code(0).json();
    assert_eq!(shown["run"]["account"], "tech@msp.example");
    let undone = world.env.run(["runs", "undo", "last", "--yes", "--json"]).code(0).json();
    assert!(undone["run"]["undone_by"].as_str().unwrap().ends_with("(tech@msp.example)"), "{undone:#}");
}

#[test]
fn an_undo_by_an_account_that_is_not_listed_takes_nothing_back() {
    let mut world = signed_in(Options { throttled: 0, broken: Vec::new(), ..Options::default() });
    let _ = world.env.run(["sync", "--yes"]).code(0);
    assert_eq!(world.env.run(["runs", "show", "last", "--json"]).json()["run"]["account"], "tech@msp.example", "named without a list too");
    restrict(&mut world, &["admin@msp.example"]);
    let _ = world.env.run(["runs", "undo", "last", "--yes"]).code(8);
    assert_eq!(world.env.run(["runs", "show", "last", "--json"]).json()["run"]["state"], "done");
}

#[test]
fn without_an_answer_of_microsofts_nobody_may() {
    let mut nobody = world(Options::default(), Person::Technician);
    restrict(&mut nobody, &["tech@msp.example"]);
    let output = nobody.env.run(["map", "products", "auto"]);
    assert!(output.code == 4 && output.stderr.contains("cspctl auth microsoft"), "{output:?}");
    let revoked = only(&["tech@msp.example"]);
    revoked.microsoft.revoke();
    let _ = revoked.env.run(["map", "products", "auto"]).code(4);
    let down = only(&["tech@msp.example"]);
    down.microsoft.break_tenant(MSP_TENANT, Some(Broken::Down));
    let output = down.env.run(["map", "products", "auto"]).code(7);
    assert!(output.stderr.contains("nothing was changed, because it could not be asked who is signed in"), "{}", output.stderr);
}

#[test]
fn the_label_of_the_stored_sign_in_is_not_believed() {
    let mut world = world(Options { throttled: 0, ..Options::default() }, Person::Administrator);
    let (code, _, said) = sign_in(&world, &[]);
    assert_eq!(code, 0, "{said}");
    restrict(&mut world, &["admin@msp.example"]);
    let calls = world.microsoft.calls_of("/me");
    let _ = world.env.run(["map", "products", "auto"]).code(0);
    assert_eq!(world.microsoft.calls_of("/me"), calls + 1);
}

#[test]
fn a_list_without_an_app_that_could_sign_in_is_a_mistake_in_the_configuration() {
    let mut world = world(Options::default(), Person::Technician);
    restrict(&mut world, &["tech@msp.example"]);
    let config = world.env.read("config.toml").replace(&format!("source = \"graph\"\nclient_id = \"{CLIENT_ID}\""), "");
    world.env.write("config.toml", config);
    let output = world.env.run(["reconcile"]).code(3);
    assert!(output.stderr.contains("`access.allowed_users` needs `microsoft.client_id`"), "{}", output.stderr);
}

#[test]
fn allow_looks_names_up_and_revoke_takes_them_off_again() {
    let world = only(&["tech@msp.example"]);
    let before = world.env.read("config.toml");
    let _ = world.env.run(["users", "allow", "KIRI@msp.example", "tech@msp.example"]).code(0);
    let listed = before.replace("\"tech@msp.example\"]", "\"tech@msp.example\", \"kiri@msp.example\"]");
    assert_eq!(world.env.read("config.toml"), listed, "as the directory spells it, and nothing else moved");
    for (name, why) in
        [("nobody@msp.example", "not in the directory"), ("hugo@msp.example", "is disabled"), ("guest_partner.example#EXT#@msp.example", "is a guest")]
    {
        let output = world.env.run(["users", "allow", name]).code(2);
        assert!(output.stderr.contains(why), "{}", output.stderr);
    }
    let _ = world.env.run(["users", "allow", "later@msp.example", "--unchecked"]).code(0);
    let json = world.env.run(["users", "revoke", "later@msp.example", "kiri@msp.example", "--json"]).code(0).json();
    assert_eq!(json["allowed_users"], serde_json::json!(["tech@msp.example"]));
    assert_eq!(world.env.read("config.toml"), before);
}

#[test]
fn nobody_locks_himself_out_or_opens_the_door_by_mistake() {
    let world = only(&["tech@msp.example", "kiri@msp.example"]);
    let before = world.env.read("config.toml");
    let output = world.env.run(["users", "revoke", "tech@msp.example"]).code(2);
    assert!(output.stderr.contains("could not change anything any more") && output.stderr.contains("--yes"), "{}", output.stderr);
    let output = world.env.run(["users", "revoke", "tech@msp.example", "kiri@msp.example"]).code(2);
    assert!(output.stderr.contains("everybody who can run cspctl here may change things"), "{}", output.stderr);
    assert_eq!(world.env.read("config.toml"), before);
    let output = world.env.run(["users", "revoke", "tech@msp.example", "kiri@msp.example", "--yes"]).code(0);
    assert!(output.stderr.contains("The list is empty"), "{}", output.stderr);
    let output = world.env.run(["users", "allow", "kiri@msp.example"]).code(2);
    assert!(output.stderr.contains("you are signed in as tech@msp.example"), "{}", output.stderr);
}

#[test]
fn list_json_is_a_contract() {
    let world = only(&["tech@msp.example", "left@msp.example"]);
    let json = world.env.run(["users", "list", "--json"]).code(0).json();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&json), ["account", "directory", "profile", "restricted", "schema_version", "users"]);
    assert_eq!((&json["restricted"], &json["account"]), (&Value::Bool(true), &"tech@msp.example".into()));
    assert_eq!(json["directory"], serde_json::json!({ "read": true, "reason": null }));
    let users = array(&json["users"]);
    assert_eq!(users.len(), 15, "14 of the directory over three pages, and one that has left");
    let of = |name: &str| users.iter().find(|user| user["user_name"] == name).unwrap().clone();
    let gone = serde_json::json!({ "user_name": "left@msp.example", "name": null, "allowed": true, "in_directory": false, "enabled": null, "guest": null });
    assert_eq!(of("left@msp.example"), gone);
    let disabled =
        serde_json::json!({ "user_name": "hugo@msp.example", "name": "Hugo Martin", "allowed": false, "in_directory": true, "enabled": false, "guest": false });
    assert_eq!(of("hugo@msp.example"), disabled);
    assert_eq!(users[1]["user_name"], "tech@msp.example", "those who may come first");
    let text = world.env.run(["users", "list"]).code(0);
    assert!(text.stdout.contains("guest, cannot sign in") && text.stderr.contains("2 accounts may change things; 1 of them not in the directory."), "{text:?}");
}

#[test]
fn list_without_a_sign_in_shows_the_configured_names_and_says_why() {
    let mut world = world(Options::default(), Person::Technician);
    restrict(&mut world, &["kiri@msp.example"]);
    let output = world.env.run(["users", "list"]).code(0);
    assert!(output.stdout.contains("kiri@msp.example") && output.stderr.contains("The directory is not shown: not signed in to Microsoft"), "{output:?}");
    let json = world.env.run(["users", "list", "--json"]).code(0).json();
    assert_eq!((&json["directory"]["read"], &json["account"]), (&Value::Bool(false), &Value::Null));
}

#[test]
fn doctor_says_whether_the_account_may_change_things() {
    let world = only(&["admin@msp.example"]);
    let config = world.env.read("config.toml").replace("source = \"graph\"", "source = \"file\"\nfile = \"microsoft-seats.csv\"");
    std::fs::write(world.env.path("config.toml"), config).unwrap();
    let json = world.env.run(["doctor", "--json"]).json();
    let check = array(&json["checks"]).iter().find(|check| check["name"] == "allowed users").unwrap().clone();
    assert_eq!((&check["group"], &check["state"]), (&"microsoft".into(), &"warning".into()), "{check:#}");
    assert!(check["fix"].as_str().unwrap().contains("cspctl users allow tech@msp.example"), "{check:#}");
    assert_eq!(world.microsoft.calls_of("/delegatedAdminCustomers"), 0, "the seats file is used: no tenant is asked");
}

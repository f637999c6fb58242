//! What a wrong or missing configuration says and how it ends.

use crate::support::TestEnv;

const USABLE: &str = "version = 1\n[dickerdata]\ninvoice_report = \"invoice.csv\"\n";

#[test]
fn a_missing_configuration_names_the_path_and_ends_with_3() {
    let output = TestEnv::new().run(["map", "customers", "set", "a", "b"]).code(3);
    assert!(output.stderr.contains("there is no configuration file [ROOT]/"), "{}", output.stderr);
    assert!(
        output.stderr.contains("config.toml") && output.stderr.contains("hint: cspctl init makes it, step by step; or copy config.example.toml there"),
        "{}",
        output.stderr
    );
    assert_eq!(output.stdout, "");
}

#[test]
fn a_wrong_configuration_names_file_line_and_column() {
    let output = TestEnv::new().file("config.toml", "[xero]\npost_too = \"csv\"\n").run(["map", "products"]).code(3);
    assert_eq!(output.stderr, "error: [ROOT]/work/config.toml:2:1: unknown key `xero.post_too`; did you mean `post_to`?\n");
}

#[test]
fn a_failure_with_json_is_one_object_on_standard_error() {
    let output = TestEnv::new().file("config.toml", "[ledger]\npostgres = \"host=db\"\n").run(["--json", "map", "customers"]).code(3);
    let error: serde_json::Value = serde_json::from_str(&output.stderr).unwrap();
    assert_eq!(error["error"]["code"], "configuration");
    assert!(error["error"]["message"].as_str().unwrap().contains("not available in this release"));
    assert_eq!(output.stdout, "");
}

#[test]
fn every_problem_of_the_mapping_is_named_at_once() {
    let output = TestEnv::new()
        .file("config.toml", USABLE)
        .file("mapping.toml", "[[customers]]\ntenant_id = \"x\"\n[[products]]\nofer = \"A:1\"\n")
        .run(["map", "customers", "ignore", "196e2273-9651-43a3-ba7e-7cbcd918fc40"])
        .code(3);
    for expected in
        ["mapping.toml has 3 problems", "mapping.toml:2:13: ", "mapping.toml:3:1: this entry has no `offer`", "mapping.toml:4:1: unknown key `products.ofer`"]
    {
        assert!(output.stderr.contains(expected), "missing {expected}\n{}", output.stderr);
    }
}

#[test]
fn the_example_configuration_is_refused_only_for_the_missing_report() {
    let output = TestEnv::new().file("config.toml", include_str!("../../config.example.toml")).run(["map", "products"]).code(3);
    assert!(output.stderr.contains("`dickerdata.invoice_report` is missing"), "{}", output.stderr);
}

#[test]
fn a_profile_has_its_own_file_and_cannot_leave_its_folder() {
    let output = TestEnv::new().run(["--profile", "nz", "map", "customers"]).code(3);
    assert!(output.stderr.contains("profiles/nz/config.toml"), "{}", output.stderr);
    let output = TestEnv::new().variable("CSPCTL_PROFILE", "au").run(["map", "customers"]).code(3);
    assert!(output.stderr.contains("profiles/au/config.toml"), "{}", output.stderr);
    let output = TestEnv::new().run(["--profile", "../../x", "map", "customers"]).code(3);
    assert!(output.stderr.contains("cannot be a profile's name"), "{}", output.stderr);
}

//! `cspctl map` from the outside: streams, exit codes and the file that is left.

use crate::support::TestEnv;

const CONTOSO: &str = "196e2273-9651-43a3-ba7e-7cbcd918fc40";

/// No invoice report: commands that change one entry need none.
fn env() -> TestEnv {
    TestEnv::new().file("config.toml", "version = 1\n")
}

#[test]
fn set_writes_the_mapping_beside_the_configuration() {
    let env = env();
    let output = env.run(["map", "customers", "set", CONTOSO, "Contoso"]).code(0);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains(&format!("{CONTOSO} is billed as contact \"Contoso\".")), "{}", output.stderr);
    assert!(env.read("mapping.toml").ends_with(&format!("[[customers]]\ntenant_id = \"{CONTOSO}\"\nxero_contact_name = \"Contoso\"\n")));
    assert_eq!(std::fs::read_dir(env.root().join("home")).unwrap().count(), 0, "nothing lands in the home folder");
    let quiet = env.run(["-q", "map", "customers", "ignore", CONTOSO]).code(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
}

#[test]
fn json_is_an_array_on_standard_output_alone() {
    let env = env();
    let output = env.run(["map", "products", "set", "P1Y:CFQ7TTC0LCHC:0002:1:", "--price", "32.9", "--name", "Premium", "--json"]).code(0);
    let row = &output.json()[0];
    assert_eq!((row["offer"].as_str(), row["price"].as_str(), row["cost"].as_str()), (Some("CFQ7TTC0LCHC:0002"), Some("32.90"), Some("0.00")));
    assert_eq!(row["sku_id"], "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46");
}

#[test]
fn a_bad_value_on_the_command_line_ends_with_2() {
    let env = env();
    for arguments in [["--price", "cheap"], ["--sku", "premium"], ["--term", "P9"], ["--billing", "weekly"], ["--price", "none"]] {
        env.run(["map", "products", "set", "CFQ7TTC0LCHC:0002", arguments[0], arguments[1]]).code(2);
    }
    env.run(["map", "customers", "set", "Nobody", "Contoso"]).code(2);
    assert!(!env.path("mapping.toml").exists());
}

#[test]
fn products_can_be_narrowed_and_cleared() {
    let env = env();
    env.run(["map", "products", "set", "A:1", "--price", "10", "--account", "201", "--item", "PREM", "--tax-type", "OUTPUT"]).code(0);
    env.run(["map", "products", "set", "A:1", "--billing", "annual", "--price", "rrp-2.5%"]).code(0);
    env.run(["map", "products", "set", "A:1", "--price", "", "--account", ""]).code(0);
    let text = env.read("mapping.toml");
    let entries: Vec<&str> = text.split("[[products]]\n").skip(1).collect();
    assert_eq!(
        entries,
        ["offer = \"A:1\"\nxero_item_code = \"PREM\"\ntax_type = \"OUTPUT\"\n\n", "offer = \"A:1\"\nbilling = \"annual\"\nprice = \"rrp-2.5%\"\n"]
    );
    env.run(["map", "products", "unset", "A:1"]).code(0);
    assert_eq!(env.read("mapping.toml").matches("[[products]]").count(), 1);
}

#[test]
fn the_spreadsheet_goes_out_and_comes_back() {
    let env = env();
    env.run(["map", "customers", "set", CONTOSO, "Contoso"]).code(0);
    env.run(["map", "export", "m.csv"]).code(0);
    let edited = env.read("m.csv").replace(",Contoso,", ",Contoso Group,");
    std::fs::write(env.path("m.csv"), edited).unwrap();
    let before = env.read("mapping.toml");
    let shown = env.run(["map", "import", "m.csv", "--dry-run", "--json"]).code(0).json();
    assert_eq!(shown[0]["changes"][0], serde_json::json!({ "field": "xero_contact_name", "before": "Contoso", "after": "Contoso Group" }));
    assert_eq!(env.read("mapping.toml"), before);
    env.run(["map", "import", "m.csv"]).code(0);
    assert_eq!(env.read("mapping.toml"), before.replace("\"Contoso\"", "\"Contoso Group\""));
    let nothing = env.run(["map", "import", "nowhere.csv"]).code(3);
    assert!(nothing.stderr.contains("nowhere.csv: cannot be read"), "{}", nothing.stderr);
}

#[test]
fn help_says_what_each_state_means() {
    let help = env().run(["map", "customers", "--help"]).code(0).stdout;
    for state in ["Ready", "Not Setup", "No Contact", "Ignored", "No Tenant"] {
        assert!(help.contains(state), "{state}\n{help}");
    }
}

//! What commands print with `--json` stands in `docs/json.md`: every key by its name.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Options, PartnerCenter, Person, SAMPLE_BROKEN, sign_in, world};

/// Objects whose keys are data: findings and documents by their code, capabilities, groups of facts.
const KEYS_ARE_DATA: [&str; 3] = ["partner_center", "figures", "findings_by_code"];

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| keys(value, found)),
        Value::Object(object) => {
            for (key, value) in object {
                found.insert(key.clone());
                if !KEYS_ARE_DATA.contains(&key.as_str()) {
                    keys(value, found);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn every_key_that_is_printed_is_documented() {
    let documented = include_str!("../../../docs/json.md");
    let mut world = world(Options { partner_center: PartnerCenter::Allows, ..Options::default() }, Person::Administrator);
    let (code, printed, said) = sign_in(&world, &["--json", "--mpn-id", "4391507"]);
    assert_eq!(code, 0, "{said}");
    let mut missing = Vec::new();
    let mut check = |command: &str, json: &Value| {
        let mut found = BTreeSet::new();
        keys(json, &mut found);
        missing.extend(
            found
                .into_iter()
                .filter(|key| !documented.contains(&format!("`{key}`")) && !documented.contains(&format!("`{key}[]`")))
                .map(|key| format!("{command}: {key}")),
        );
    };
    check("auth microsoft", &serde_json::from_str(&printed).unwrap());
    let consent = format!("auth microsoft --consent {}", SAMPLE_BROKEN[0].0);
    let commands = [
        "auth microsoft --keep-alive",
        &consent,
        "auth status --check",
        "pull",
        "doctor --check-bridge",
        "users list",
        "users allow admin@msp.example",
        "map customers",
        "map customers auto --by-name --dry-run",
        "map products",
        "map products auto --dry-run",
        "map export mapping.csv",
        "sync",
        "runs list",
        "runs show last",
        "explain DD-2026-11",
        "runs undo last --yes",
        "init --check",
        "auth logout --all",
    ];
    for command in commands {
        let output = world.env.run(command.split(' ').chain(["--json"]));
        let json = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{command}: {error}: {}", output.stderr));
        check(command, &json);
    }
    let changed = world.env.read("mapping.csv").replacen("Boulder", "Bolder", 1).replacen("32.90", "33.90", 1);
    world.env.write("mapping.csv", changed);
    check("map import", &world.env.run(["map", "import", "mapping.csv", "--dry-run", "--json"]).json());
    let config = world.env.read("config.toml").replace("source = \"graph\"", "source = \"file\"\nfile = \"microsoft-seats.csv\"");
    world.env.write("config.toml", config);
    check("pull of a seats file", &world.env.run(["pull", "--json"]).code(0).json());
    assert!(missing.is_empty(), "{missing:#?}");
}

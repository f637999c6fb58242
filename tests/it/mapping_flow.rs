//! From nothing mapped to everything invoiced, with the commands that the tool itself names.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::small::{array, assert_untouched, codes, contoso, csv, customer, decimal, document, documents, env, snapshot, states, strings, tenant};
use crate::support::TestEnv;

/// A command as a shell would split it.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    let mut characters = command.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, ' ') => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
                continue;
            }
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            (None, '\\') => word.extend(characters.next()),
            (Some('"'), '\\') if matches!(characters.peek(), Some('"' | '\\')) => word.extend(characters.next()),
            _ => word.push(character),
        }
        begun = true;
    }
    if begun {
        words.push(word);
    }
    assert_eq!(quote, None, "{command}");
    words
}

/// Runs the commands that release the held charges, and gives back how many there were.
fn obey(env: &TestEnv, json: &Value, price: &str) -> usize {
    let commands: BTreeSet<&str> = array(&json["held"]).iter().map(|held| held["fix"].as_str().unwrap()).filter(|fix| fix.starts_with("cspctl ")).collect();
    for command in &commands {
        let words = words(&command.replace("PRICE", price));
        env.run(&words[1..]).code(0);
    }
    commands.len()
}

#[test]
fn held_charges_are_released_by_the_commands_that_are_named_and_no_bill_changes() {
    for default in ["rrp", "none"] {
        let mut env = env();
        let config = env.read("config.toml") + &format!("[pricing]\ndefault = \"{default}\"\n");
        env.write("config.toml", config);
        std::fs::remove_file(env.path("mapping.toml")).unwrap();
        let first = env.run(["sync", "--json"]).code(0).json();
        assert_eq!((first["totals"]["cost"].as_str(), first["totals"]["held_cost"].as_str()), (Some("576.78"), Some("576.78")));
        assert_eq!(array(&first["documents"]).len(), 1, "the bill alone");
        assert_eq!(array(&first["held"]).len(), 4);
        let mut json = first.clone();
        let mut rounds = 0;
        while !array(&json["held"]).is_empty() {
            assert_ne!(obey(&env, &json, "40.00"), 0, "{:#}", json["held"]);
            json = env.run(["sync", "--json"]).code(0).json();
            rounds += 1;
            assert!(rounds <= 3, "{:#}", json["held"]);
        }
        assert_eq!(documents(&json, &["bill"]).len(), 1, "no further bill");
        let mut bill = document(&first, "DD-2026-11").clone();
        bill["state"] = "exists".into();
        assert_eq!(document(&json, "DD-2026-11"), &bill);
        assert_eq!(documents(&json, &["invoice"]).len(), 3);
        assert_eq!(json["totals"]["held_cost"], "0.00");
        assert_eq!(decimal(&json["totals"]["sell"]).to_string(), "769.03");
        assert!(env.run(["sync"]).code(0).stderr.contains("Nothing new"));
    }
}

#[test]
fn the_held_charges_of_the_sample_are_released_by_the_commands_that_are_named() {
    let mut env = contoso();
    let first = env.run(["sync", "--json"]).code(0).json();
    let mut json = first.clone();
    for _ in 0..3 {
        obey(&env, &json, "99.00");
        json = env.run(["sync", "--json"]).code(0).json();
    }
    // What is left says in words what to do; its tenant is on no list, and one price is the customer's own.
    let left: BTreeSet<(&str, &str)> =
        array(&json["held"]).iter().map(|held| (held["tenant_name"].as_str().unwrap(), held["code"].as_str().unwrap())).collect();
    assert_eq!(left, BTreeSet::from([("Treyford Widgets Pty Ltd", "customer-unmapped"), ("Woodgrove Bank Limited", "margin-below-floor")]));
    let woodgrove = array(&json["held"]).iter().find(|held| held["code"] == "margin-below-floor").unwrap();
    assert!(woodgrove["fix"].as_str().unwrap().contains("[[overrides]]"), "{woodgrove}");
    let mapping = env.read("mapping.toml").replace("price = \"50.90\"", "price = \"60.90\"");
    let treyford = "\n[[customers]]\ntenant_id = \"7e7f04d0-0000-4000-8000-000000000001\"\nname = \"Treyford Widgets Pty Ltd\"\n";
    env.write("mapping.toml", mapping + treyford);
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_eq!(array(&json["held"]).len(), 0, "{:#}", json["held"]);
    assert_eq!(documents(&json, &["bill", "supplier-credit"]).len(), 1);
    assert_eq!(json["totals"]["cost"], first["totals"]["cost"]);
}

#[test]
fn contacts_products_and_the_spreadsheet_map_a_whole_month() {
    let mut env = contoso();
    env.write("mapping.toml", "# Kept by hand.\nversion = 1 # the first\n\n# Ours\n[[customers]]\ntenant_id = \"d2fd4a20-12b8-4b6d-bc9f-dcd0161ba74a\"\nignore = true # our own tenant\n");
    let proposed = env.run(["map", "customers", "auto", "--contacts", "contacts.csv", "--dry-run", "--json"]).code(0).json();
    let set = env.run(["map", "customers", "auto", "--contacts", "contacts.csv", "--json"]).code(0).json();
    let exact = |json: &Value| array(json).iter().filter(|proposal| proposal["exact"] == true).count();
    assert_eq!(exact(&proposed), exact(&set));
    assert!(exact(&set) > 20, "{set:#}");
    assert!(array(&set).iter().all(|proposal| proposal["applied"] == proposal["exact"]), "similarity never maps by itself");
    // The rest as the tool itself proposes, the first candidate of each.
    let mut decided = BTreeSet::new();
    for proposal in array(&set).iter().filter(|proposal| proposal["exact"] == false) {
        let command = proposal["command"].as_str().unwrap();
        if !command.ends_with(" CONTACT") && decided.insert(proposal["tenant_id"].to_string()) {
            env.run(&words(command)[1..]).code(0);
        }
    }
    env.run(["map", "products", "auto"]).code(0);
    let before = env.run(["sync", "--dry-run", "--json"]).code(0).json();
    assert!(!codes(&before, "held").contains(&"product-unmapped"), "{:#}", before["held"]);
    env.run(["map", "export", "mapping.csv"]).code(0);
    let text = env.read("mapping.csv");
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headings: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let place = |name: &str| headings.iter().position(|heading| heading == name).unwrap();
    let mut rows: Vec<Vec<String>> = reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
    let premium = rows.iter_mut().find(|row| row[0] == "product" && row[place("offer")] == "CFQ7TTC0LCHC:0002").unwrap();
    premium[place("price")] = "cost+18%".into();
    premium[place("name")] = "Premium, \"the\" suite".into();
    env.write("mapping.csv", csv(&headings, &rows));
    let shown = env.run(["map", "import", "mapping.csv", "--dry-run", "--json"]).code(0).json();
    assert_eq!(array(&shown).len(), 1, "{shown:#}");
    env.run(["map", "import", "mapping.csv"]).code(0);
    let mapping = env.read("mapping.toml");
    assert!(mapping.contains("price = \"cost+18%\"") && mapping.contains("'Premium, \"the\" suite'"), "{mapping}");
    for comment in ["# Kept by hand.", "version = 1 # the first", "# Ours\n", "ignore = true # our own tenant"] {
        assert!(mapping.contains(comment), "{comment} is gone:\n{mapping}");
    }
    let after = env.run(["sync", "--json"]).code(0).json();
    assert_eq!(states(&after), ["exported"]);
    assert!(after.to_string().contains("Premium, \\\"the\\\" suite"));
    assert_eq!(after["totals"]["cost"], "47380.83");
    assert_eq!(after["coverage"]["charges_ignored"], 8);
}

#[test]
fn an_import_with_one_bad_row_changes_nothing() {
    let mut env = env();
    env.run(["map", "export", "mapping.csv"]).code(0);
    let edited = env.read("mapping.csv").replace("40.00", "cheap").replace("Customer 1 Pty Ltd,false", "Other,false");
    env.write("mapping.csv", edited);
    let before = snapshot(env.root());
    let output = env.run(["map", "import", "mapping.csv"]).code(3);
    assert!(output.stderr.contains("cheap"), "{}", output.stderr);
    assert_untouched(env.root(), &before);
}

#[test]
fn names_full_of_quotes_come_through_the_named_command_as_they_are() {
    let name = "=\"Odd\", Liberty's $HOME & `x`";
    let mut env = env();
    let headings = ["TENANT ID", "TENANT NAME", "SUBSCRIPTION ID", "STOCK CODE", "USAGE START", "USAGE END", "QTY", "UNIT PRICE"];
    let row = strings([&tenant(7), name, "s-7", crate::small::PREMIUM, "01-NOV-2026", "30-NOV-2026", "1", "30.00"]);
    env.write("invoice.csv", csv(&headings, &[row]));
    let json = env.run(["sync", "--dry-run", "--json"]).code(0).json();
    assert_eq!(codes(&json, "held"), ["customer-unmapped"]);
    if cfg!(windows) {
        return;
    }
    assert_eq!(obey(&env, &json, "40.00"), 1);
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_eq!(documents(&json, &["invoice"])[0]["contact_name"], name);
}

/// A narrowed entry with a price alone once took account and tax type away.
#[test]
fn what_a_narrowed_entry_leaves_out_comes_from_the_wider_one() {
    let mut env = env();
    let mapping = env.read("mapping.toml").replace("price = \"40.00\"", "price = \"40.00\"\nrevenue_account = \"245\"\ntax_type = \"GST Free Income\"");
    env.write("mapping.toml", mapping);
    env.run(["map", "products", "set", crate::small::OFFER, "--billing", "monthly", "--price", "41.00"]).code(0);
    let json = env.run(["sync", "--dry-run", "--json"]).code(0).json();
    let line = &documents(&json, &["invoice"])[0]["lines"][1];
    assert_eq!(line["unit_amount"], "41.00", "{line}");
    assert_eq!((line["account_code"].as_str(), line["tax_type"].as_str()), (Some("245"), Some("GST Free Income")));
    assert!(line["description"].as_str().unwrap().starts_with("Business Premium"), "{line}");
}

/// An ignored customer is on the bill, on no invoice, and counted.
#[test]
fn an_ignored_customer_is_on_the_bill_alone() {
    let env = env();
    env.run(["map", "customers", "ignore", &tenant(2)]).code(0);
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_eq!(json["totals"]["cost"], "576.78");
    assert_eq!(json["coverage"]["charges_ignored"], 1);
    assert!(!array(&json["documents"]).iter().any(|document| document["tenant_id"] == tenant(2).as_str()));
    assert!(env.run(["sync"]).code(0).stderr.contains("Nothing new"));
    // Set again, the charge goes on an invoice, and no further bill is made.
    env.run(["map", "customers", "set", &tenant(2), &customer(2)]).code(0);
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_eq!(documents(&json, &["bill"]).len(), 1);
    assert_eq!(documents(&json, &["invoice"]).len(), 3);
}

#[test]
fn regression_commands_to_type_left_profile_and_configuration_out() {
    let env = crate::small::contoso();
    let given = ["--profile", "nz", "--config", "./config.toml"];
    for line in [
        "reconcile --period 2026-11",
        "sync --dry-run",
        "sync --period 2026-11",
        "map customers",
        "map customers auto --contacts contacts.csv --dry-run",
        "map products",
        "explain NOTHING",
        "explain CSP-2026-11",
        "pull",
        "runs list",
        "runs show nothing",
        "runs undo last",
        "doctor --offline",
        "auth microsoft --no-input",
        "users list",
        "map customers set nobody CONTACT",
    ] {
        for json in [&[][..], &["--json"]] {
            let output = env.run(given.iter().copied().chain(line.split(' ')).chain(json.iter().copied()));
            let said = format!("{}{}", output.stdout, output.stderr).replace('\n', " ").split_whitespace().collect::<Vec<_>>().join(" ");
            for command in ["auth", "doctor", "explain", "init", "map", "pull", "reconcile", "runs", "sync", "users"] {
                let bare = format!("cspctl {command}");
                assert!(!said.contains(&bare), "{line}: {bare}: {said}");
            }
        }
    }
    let said = env.run(given.iter().copied().chain(["sync", "--dry-run"])).stdout;
    assert!(said.contains("cspctl --profile nz --config ./config.toml"), "{said}");
}

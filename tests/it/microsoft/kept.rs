//! What `pull` keeps: seats in the ledger, raw answers in a folder.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Options, SAMPLE_BROKEN, World, array, signed_in};
use crate::small::error_of;

#[test]
fn regression_a_ledger_that_cannot_be_written_hid_what_was_read() {
    let mut world = signed_in(Options::default());
    let config = world.env.read("config.toml");
    world.env.write("config.toml", config.replace("state/ledger.db", "ledgers/ledger.db"));
    // Stands where the lock would: nobody, not even root, can open it for writing.
    std::fs::create_dir_all(world.env.path("ledgers").join("ledger.db.lock")).unwrap();
    let shown = world.env.run(["pull"]).code(1);
    assert!(shown.stdout.contains("40 tenants, 3 of them not read") && shown.stdout.contains("The seats could not be kept"), "{}", shown.stdout);
    let json = world.env.run(["pull", "--json"]).code(1);
    assert_eq!(json.json()["schema_version"], 1);
    let error = error_of(&json);
    let (message, hint) = (error["message"].as_str().unwrap(), error["hints"][0].as_str().unwrap());
    assert_eq!(message.matches("os error").count(), 1, "{message}");
    assert!(message.contains("ledger.db.lock") && hint.contains("[ledger] path"), "{error:#}");
}

/// Every file below the folder, with `/` on every system.
fn files(world: &World, folder: &str) -> BTreeSet<String> {
    fn add(folder: &Path, name: &str, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = format!("{name}{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() { add(&entry.path(), &format!("{name}/"), found) } else { assert!(found.insert(name)) }
        }
    }
    let mut found = BTreeSet::new();
    add(&world.env.path(folder), "", &mut found);
    found
}

#[test]
fn regression_raw_answers_of_two_pulls_were_mixed_in_one_folder() {
    let mut world = signed_in(Options::default());
    let told = world.env.run(["pull", "--to", "kept"]).code(0).stderr;
    let first = files(&world, "kept");
    let answers = first.iter().filter(|name| name.contains("answers/")).count();
    assert!(first.contains("microsoft/seats.csv") && told.contains(&format!("{answers} raw answers in kept.")), "{told}");
    let own = format!("kept/microsoft/answers/{}/notes.txt", SAMPLE_BROKEN[0].0);
    world.env.write(&own, "look at 00032");
    // Tenants that answer now shift the numbers of those behind them.
    for (id, _) in SAMPLE_BROKEN {
        world.microsoft.break_tenant(id, None);
    }
    let json = world.env.run(["pull", "--to", "kept", "--json"]).code(0).json();
    let kept = array(&json["files"]).iter().filter(|file| file.as_str().unwrap().contains("answers")).count();
    let second = files(&world, "kept");
    assert_eq!(second.iter().filter(|name| name.contains("answers/") && !name.ends_with("notes.txt")).count(), kept);
    assert!(!first.is_subset(&second), "the second pull numbers other answers");
    assert_eq!(world.env.read(&own), "look at 00032");
}

//! What `cargo run --example sandbox -- --write FOLDER` writes to ask Microsoft live.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Microsoft, Options, Outcome, Person, array, findings, serve, sign_in_at};
use crate::stand_ins::microsoft::MSP_TENANT;
use crate::xero_sync::office::{Office, unhurried};

const LIVE: [&str; 2] = ["--config", "./config-live.toml"];

#[test]
fn the_written_live_configuration_finds_what_the_seats_file_finds() {
    let microsoft = Microsoft::new(Options { auto: Some(Person::Technician), ..Options::default() });
    let answering = microsoft.clone();
    let server = serve(Arc::new(move |exchange| Outcome::Answer(answering.handle(exchange))), None).unwrap();
    let address = server.address.as_str();
    let mut office = Office::beside(unhurried(), None, None, &[("microsoft_login", address), ("graph", address), ("partner_center", address)]);
    let settings = office.env.read("config-live.toml");
    assert!(settings.contains("source = \"graph\"") && !settings.contains("microsoft-seats.csv"), "{settings}");
    office.env.write("config-live.toml", format!("{settings}\n[secrets]\nstore = \"file\"\nfile = \"secrets.cspctl\"\n"));
    let run = |words: &[&str]| office.env.run(LIVE.iter().chain(words));

    // Nobody has to sign in anywhere else.
    let (code, _, said) = sign_in_at(&office.env, &LIVE);
    assert_eq!(code, 0, "{said}");
    let status = run(&["auth", "status", "--check"]).code(0).stdout;
    assert!(status.contains("Example MSP Pty Ltd"), "{status}");
    assert!(office.env.read("config-live.toml").contains(MSP_TENANT) && !office.env.read("config.toml").contains(MSP_TENANT));

    let pulled = run(&["pull"]).code(0).stdout;
    assert!(pulled.contains("40 tenants, 3 of them not read"), "{pulled}");

    let live = run(&["reconcile", "--period", "2026-11", "--json"]).code(0).json();
    office.sign_in();
    let file = office.env.run(["reconcile", "--period", "2026-11", "--json"]).code(0).json();
    // What has to be typed next names the configuration that it is about.
    let found: BTreeSet<String> = findings(&live).iter().map(|finding| finding.replace(" --config ./config-live.toml", "")).collect();
    // Xero is connected there: how it rounds tax is all that is said besides.
    let of_file: BTreeSet<String> = findings(&file).into_iter().filter(|finding| !finding.contains("as Xero does")).collect();
    let differing: Vec<&String> = found.symmetric_difference(&of_file).collect();
    assert!(differing.is_empty(), "{differing:#?}");
    assert!(found.len() >= 19, "{}", found.len());
    assert_eq!((array(&live["coverage"]["tenants_unreachable"]).len(), array(&file["coverage"]["tenants_unreachable"]).len()), (3, 0));
    assert!(office.env.path("state-live/ledger.db").exists(), "a ledger of its own");
}

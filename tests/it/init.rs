//! `cspctl init` without a terminal, from outside: flags, JSON, exit codes.

use std::path::Path;

use crate::support::TestEnv;

/// An empty home; the sample's exports lie where the person stands.
fn home() -> TestEnv {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/contoso");
    let mut env = TestEnv::new();
    for name in ["exports/csp-invoice-report-2026-11.xlsx", "exports/annuity-information-2026-11.xlsx", "microsoft-seats.csv"] {
        env.write(name, std::fs::read(sample.join(name)).unwrap());
    }
    env
}

const FLAGS: [&str; 14] = [
    "init",
    "--microsoft-source",
    "file",
    "--seats-file",
    "microsoft-seats.csv",
    "--dickerdata-source",
    "export",
    "--invoice-report",
    "exports/csp-*.xlsx",
    "--annuity",
    "exports/annuity-*.xlsx",
    "--post-to",
    "csv",
    "--no-input",
];

#[test]
fn a_server_is_set_up_by_flags_and_works_at_once() {
    let env = home();
    let written = env.run(FLAGS.iter().chain(&["--json"])).code(0);
    assert_eq!(written.json()["written"], true, "{}", written.stdout);
    let file = env.root().join("config").join("cspctl").join("config.toml");
    let platform = if cfg!(target_os = "macos") { None } else { Some(file) };
    if let Some(file) = platform {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(!text.contains("\"exports/csp"), "what was found from here only is kept as a full path: {text}");
    }
    env.run(["sync", "--dry-run"]).code(0);
    let same = env.run(FLAGS.iter().chain(&["--json"])).code(0);
    assert_eq!(same.json()["written"], false, "the same command line again is no contradiction");
    let again = env.run(["init", "--no-input", "--json"]).code(0);
    assert_eq!(again.json()["written"], false);
    let checked = env.run(["init", "--check", "--json"]).code(0).json();
    let steps = checked["steps"].as_array().unwrap();
    assert!(steps.len() == 7 && steps.iter().all(|step| step["state"] == "ok"), "{checked:#}");
}

#[test]
fn a_check_says_which_step_fails_and_why() {
    let env = home();
    env.run(FLAGS).code(0);
    std::fs::remove_file(env.path("microsoft-seats.csv")).unwrap();
    let checked = env.run(["init", "--check", "--json"]).code(1);
    let document = checked.json();
    let failed: Vec<_> = document["steps"].as_array().unwrap().iter().filter(|step| step["state"] == "failed").collect();
    assert_eq!(failed.len(), 1, "{document:#}");
    assert!(failed[0]["error"].as_str().unwrap().contains("microsoft-seats.csv"), "{document:#}");
}

#[test]
fn a_wrong_flag_is_told_before_anything_is_asked() {
    let env = home();
    for (flag, value) in [("--status", "paid"), ("--price", "32.90"), ("--due", "soon"), ("--margin-floor", "10"), ("--country", "US")] {
        let output = env.run(FLAGS.iter().chain(&[flag, value])).code(2);
        assert!(output.stderr.contains(flag), "{}", output.stderr);
    }
    assert!(!env.root().join("state").join("cspctl").exists(), "nothing was begun");
}

#[test]
fn wrong_addresses_are_told_at_once_and_not_kept() {
    let mut env = home();
    env.write("endpoints.toml", "[endpoints]\nxero_api = \"http://xero.example\"\n");
    let output = env.run(FLAGS.iter().chain(&["--endpoints", "endpoints.toml"])).code(3);
    assert!(output.stderr.contains("https://"), "{}", output.stderr);
    env.run(FLAGS).code(0);
}

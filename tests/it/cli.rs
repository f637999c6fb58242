//! The command line's own promises: flags, streams, colours, help.

use crate::small::{array, contoso, env};
use crate::support::TestEnv;

#[test]
fn global_flags_count_before_and_after_the_subcommand() {
    let env = env();
    let expected = env.run(["reconcile", "--json"]).code(0).json()["digest"].clone();
    for line in ["--json reconcile", "reconcile --json", "--json --no-input -q reconcile", "reconcile -q --json --no-progress", "-v reconcile --json"] {
        assert_eq!(env.run(line.split(' ')).code(0).json()["digest"], expected, "{line}");
    }
    let config = env.path("config.toml");
    let config = config.to_str().unwrap();
    let elsewhere = || env_without_config(&env);
    assert_eq!(elsewhere().args(["--config", config, "runs", "list"]).output().unwrap().status.code(), Some(0));
    assert_eq!(elsewhere().args(["runs", "list", "--config", config]).output().unwrap().status.code(), Some(0));
    assert_eq!(elsewhere().args(["runs", "list"]).output().unwrap().status.code(), Some(3));
}

fn env_without_config(env: &TestEnv) -> std::process::Command {
    let mut command = env.command(Vec::<&str>::new());
    command.env_remove("CSPCTL_CONFIG");
    command
}

#[test]
fn a_relative_configuration_file_is_enough() {
    let env = env();
    let output = env_without_config(&env).args(["--config", "config.toml", "sync", "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(env.path("out/xero-bills-2026-11-01.csv").exists() && env.path("state/ledger.db").exists());
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for file in array(&json["files"]) {
        assert!(env.path(file.as_str().unwrap()).exists(), "{file}");
    }
}

/// What is printed to be typed must mean the same configuration: with `--config` alone it meant another one.
#[test]
fn remedies_repeat_the_configuration_that_was_named() {
    let env = contoso();
    let run = |words: &[&str]| {
        let output = env_without_config(&env).args(words).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (shown, _) = run(&["--config", "config.toml", "reconcile"]);
    let (json, _) = run(&["reconcile", "--json", "--config", "config.toml"]);
    for text in [&shown, &json] {
        assert!(text.contains("cspctl --config config.toml map ") && !text.contains("cspctl map "), "{text}");
    }
    let (_, error) = run(&["--config", "config.toml", "--profile", "nz", "runs", "undo", "last"]);
    assert!(!error.contains("cspctl runs"), "{error}");
    let (shown, _) = run(&["--config", "config.toml", "--profile", "nz", "doctor", "--offline"]);
    assert!(!shown.contains("cspctl sync") && !shown.contains("cspctl map"), "{shown}");
    let by_variable = env.run(["reconcile"]).code(0).stdout;
    assert!(by_variable.contains("cspctl map ") && !by_variable.contains("--config"), "{by_variable}");
}

#[test]
fn regression_quiet_printed_whole_tables_where_only_failures_were_promised() {
    let env = env();
    for line in ["-q pull", "-q reconcile", "-q sync --dry-run", "-q sync", "sync --quiet"] {
        let output = env.run(line.split(' ')).code(0);
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""), "{line}");
    }
    for line in ["-q pull --json", "-q reconcile --json", "sync --quiet --json"] {
        assert_eq!(env.run(line.split(' ')).code(0).json()["schema_version"], 1, "{line}");
    }
    let checked = contoso().run(["-q", "reconcile", "--check"]).code(5);
    assert!(checked.stdout.is_empty() && checked.stderr.starts_with("error: "), "{}", checked.stderr);
    let failed = env.run(["-q", "explain", "nothing"]).code(1);
    assert!(failed.stderr.starts_with("error: "), "{}", failed.stderr);
}

#[test]
fn data_goes_to_standard_output_and_words_for_people_to_standard_error() {
    let env = env();
    let output = env.run(["sync"]).code(0);
    assert!(output.stdout.contains("DD-2026-11") && output.stdout.contains("576.78"), "{}", output.stdout);
    let output = env.run(["sync"]).code(0);
    assert!(output.stderr.starts_with("Nothing new for 2026-11") && output.stdout.contains("exists"), "{}", output.stdout);
    assert!(output.stdout.contains("nothing new, nothing written"), "the header does not claim files: {}", output.stdout);
}

#[test]
fn colours_are_never_in_files_unless_they_are_asked_for() {
    let escape = '\u{1b}';
    for variables in [vec![], vec![("NO_COLOR", "1")], vec![("TERM", "dumb")]] {
        let mut env = contoso();
        for (name, value) in variables {
            env = env.variable(name, value);
        }
        for line in ["reconcile", "reconcile --color never", "reconcile --color auto", "explain DD-2026-11", "map customers"] {
            let output = env.run(line.split(' ')).code(0);
            assert!(!output.stdout.contains(escape) && !output.stderr.contains(escape), "{line}");
        }
        let coloured = env.run(["reconcile", "--color", "always"]).code(0);
        assert!(coloured.stdout.contains(escape));
        let json = env.run(["reconcile", "--json", "--color", "always"]).code(0);
        assert!(!json.stdout.contains(escape), "JSON has no colours");
    }
    let failed = contoso().run(["explain", "nothing", "--color", "always"]).code(1);
    assert!(failed.stderr.contains(escape), "{}", failed.stderr);
    let failed = contoso().run(["explain", "nothing", "--color", "never"]).code(1);
    assert!(!failed.stderr.contains(escape));
}

#[test]
fn a_missing_configuration_names_the_path_that_was_looked_for() {
    let env = env();
    let output = env.run(["--config", "nowhere.toml", "sync"]).code(3);
    assert!(output.stderr.contains("nowhere.toml"), "{}", output.stderr);
    let output = TestEnv::new().run(["sync"]).code(3);
    assert!(output.stderr.contains("[ROOT]/") && output.stderr.contains("config.toml"), "{}", output.stderr);
    assert_eq!(output.stdout, "");
}

#[test]
fn every_problem_of_the_configuration_is_listed_with_its_line() {
    let env = env().file(
        "config.toml",
        "version = 1\n[msp]\ncountry = \"UK\"\n[dickerdata]\ninvoice_reports = \"x\"\n[pricing]\nmargin_floor = 3\n[billing]\ndue = \"soon\"\n",
    );
    for command in ["sync", "reconcile", "runs list", "map customers"] {
        let output = env.run(command.split(' ')).code(3);
        for expected in
            ["config.toml:3:", "config.toml:5:1: unknown key `dickerdata.invoice_reports`; did you mean `invoice_report`?", "config.toml:7:", "config.toml:9:"]
        {
            assert!(output.stderr.contains(expected), "{command}: no {expected}\n{}", output.stderr);
        }
        assert_eq!(output.stdout, "");
    }
}

#[test]
fn every_problem_of_the_mapping_is_listed_with_its_line() {
    let mut env = env();
    let mapping = env.read("mapping.toml").replace("price = \"40.00\"", "price = \"fourty\"").replace("[[products]]", "[[products]]\nbilling = \"weekly\"");
    env.write("mapping.toml", mapping + "\n[[customers]]\nname = \"No tenant\"\n");
    for command in ["sync", "reconcile", "sync --dry-run", "explain DD-2026-11"] {
        let output = env.run(command.split(' ')).code(3);
        assert!(output.stderr.contains("mapping.toml has 3 problems"), "{command}\n{}", output.stderr);
        for expected in ["`tenant_id`", "weekly", "fourty"] {
            assert!(output.stderr.contains(expected), "{command}: no {expected}\n{}", output.stderr);
        }
    }
    assert!(!env.path("out").exists());
}

#[test]
fn a_mapping_with_a_bad_entry_names_file_line_and_column() {
    let output = env().file("mapping.toml", "version = 1\n[[products]]\noffer = 7\n").run(["sync"]).code(3);
    assert!(output.stderr.contains("mapping.toml:3:"), "{}", output.stderr);
    let output = env().file("mapping.toml", "version = 1\n[[products\n").run(["sync"]).code(3);
    assert!(output.stderr.contains("mapping.toml:2:"), "{}", output.stderr);
}

#[test]
fn the_help_of_every_command_has_examples() {
    let env = TestEnv::new();
    for command in
        ["reconcile", "sync", "explain", "runs", "map", "map customers", "map products", "completions", "auth", "auth xero", "auth status", "auth logout"]
    {
        let help = env.run(command.split(' ').chain(["--help"])).code(0);
        assert!(help.stdout.contains("\nExamples:\n  cspctl "), "{command}\n{}", help.stdout);
        assert_eq!(help.stderr, "");
    }
    let help = env.run(["--help"]).code(0).stdout;
    for command in ["auth", "reconcile", "sync", "explain", "runs", "map", "completions"] {
        assert!(help.contains(&format!("\n  {command} ")), "{command}\n{help}");
    }
}

#[test]
fn completions_need_no_configuration() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = TestEnv::new().run(["completions", shell]).code(0);
        assert!(script.stdout.contains("reconcile") && script.stdout.contains("catch-up"), "{shell}");
        assert_eq!(script.stderr, "");
    }
}

#[test]
fn without_a_terminal_nothing_ever_asks() {
    let env = env().variable("CI", "1");
    env.run(["sync", "--no-input"]).code(0);
    let output = env.run(["runs", "undo", "last", "--no-input"]).code(2);
    assert!(output.stderr.contains("--yes"), "{}", output.stderr);
    let mut env = env;
    env.write("mapping.toml", "version = 1\n");
    let output = env.run(["map", "customers", "auto", "--no-input"]).code(2);
    assert!(output.stderr.contains("--contacts"), "{}", output.stderr);
}

#[test]
fn a_report_is_written_where_it_is_asked_for() {
    let env = env();
    env.run(["reconcile", "--report", "look/here.html"]).code(0);
    let report = env.read("look/here.html");
    assert!(report.contains("576.78") && report.contains("2026-11"));
    assert!(!report.contains("http://") && !report.contains("<script src"), "one file, nothing from elsewhere");
    assert!(!env.path("state").exists());
}

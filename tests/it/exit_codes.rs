//! One test for each exit code that can occur in this release (`docs/exit-codes.md`).

use std::fs::File;
use std::process::Stdio;

use crate::small::{assert_untouched, env, error_of, invoice, row, rows, seats, snapshot, with_invoice};

#[test]
fn code_0_when_done_and_when_there_is_nothing_to_do() {
    let env = env();
    env.run(["sync"]).code(0);
    env.run(["sync"]).code(0);
    env.run(["--help"]).code(0);
    env.run(["--version"]).code(0);
}

#[test]
fn code_0_with_held_charges_unless_check_is_given() {
    let mut env = env();
    env.write("mapping.toml", "version = 1\n");
    env.run(["reconcile"]).code(0);
    env.run(["sync"]).code(0);
    env.run(["sync", "--check"]).code(5);
}

#[test]
fn a_clean_month_ends_with_0_in_spite_of_check() {
    let env = env();
    for command in ["reconcile --check", "sync --dry-run --check", "sync --check", "sync --check"] {
        let output = env.run(command.split(' ').chain(["--json"])).code(0);
        assert_eq!(output.json()["coverage"]["tenants_compared"], 3, "{command}");
    }
}

#[test]
fn code_1_when_something_fails() {
    let env = with_invoice("invoice.csv", b"<!DOCTYPE html><html>");
    let output = env.run(["sync"]).code(1);
    assert!(output.stderr.starts_with("error: ") && output.stderr.contains("hint: "), "{}", output.stderr);
}

#[test]
fn code_2_for_the_command_line() {
    let env = env();
    for line in [
        "",
        "snyc",
        "sync --period 2026-13",
        "sync --period november",
        "sync --frobnicate",
        "sync --only nonsense --catch-up",
        "sync --plan p.json --catch-up",
        "explain",
        "completions smalltalk",
        "--color sometimes reconcile",
        "-q -v reconcile",
    ] {
        let before = snapshot(env.root());
        let output = env.run(line.split_whitespace()).code(2);
        assert_eq!(output.stdout, "", "{line}");
        assert_ne!(output.stderr, "", "{line}");
        assert_untouched(env.root(), &before);
    }
}

#[test]
fn code_3_for_the_configuration_and_the_mapping() {
    let mut env = env();
    env.write("mapping.toml", "version = 1\n[[customer]]\n");
    env.run(["sync"]).code(3);
    env.run(["reconcile"]).code(3);
    env.write("config.toml", "version = 2\n");
    env.run(["sync"]).code(3);
    std::fs::remove_file(env.path("config.toml")).unwrap();
    env.run(["sync"]).code(3);
}

#[test]
fn code_5_for_a_finding_with_check() {
    let env = with_invoice("invoice.csv", &invoice(&rows())).file("seats.csv", seats(&[(1, "11"), (2, "5"), (3, "3")], "2026-11-30"));
    env.run(["reconcile"]).code(0);
    let output = env.run(["reconcile", "--check"]).code(5);
    assert!(output.stderr.contains("1 finding that asks for attention"), "{}", output.stderr);
    assert!(output.stdout.contains("quantity-differs"), "{}", output.stdout);
    // What is found does not keep the month from being done.
    env.run(["sync", "--check"]).code(5);
    assert!(env.path("out/xero-bills-2026-11-01.csv").exists());
}

#[test]
fn code_5_when_nothing_was_compared_with_check() {
    let mut env = env();
    let config = env.read("config.toml").replace("source = \"file\"\n", "source = \"none\"\n");
    env.write("config.toml", config);
    let output = env.run(["reconcile", "--check"]).code(5);
    assert!(output.stderr.contains("nothing was compared"), "{}", output.stderr);
}

#[test]
fn code_6_when_the_documents_are_recorded_and_a_file_is_not_written() {
    let mut env = env();
    // The name under which the file is written before it is renamed is taken by a folder.
    let occupied = "out/.xero-sales-invoices-2026-11-01.csv.part";
    env.write(&format!("{occupied}/inside"), "x");
    let output = env.run(["sync", "--json"]).code(6);
    let error = error_of(&output);
    assert_eq!(error["code"], "partly-posted");
    assert!(error["message"].as_str().unwrap().contains("run the same command again"), "{error}");
    assert!(!env.path("out/xero-sales-invoices-2026-11-01.csv").exists());
    std::fs::remove_dir_all(env.path(occupied)).unwrap();
    let output = env.run(["sync"]).code(0);
    assert!(output.stderr.contains("An earlier run was cut off"), "{}", output.stderr);
    assert_eq!(snapshot(&env.path("out")).len(), 2);
    let bill = env.read("out/xero-bills-2026-11-01.csv");
    assert_eq!(bill.lines().count(), 5, "{bill}");
    assert!(env.run(["sync"]).code(0).stderr.contains("Nothing new"));
}

#[test]
fn a_folder_that_cannot_be_made_posts_nothing_twice_and_loses_nothing() {
    let mut env = env();
    env.write("out", "a file where the folder should be");
    let output = env.run(["sync", "--json"]);
    assert!([1, 6].contains(&output.code), "{}", output.stderr);
    assert!(error_of(&output)["message"].as_str().unwrap().contains("out"), "{}", output.stderr);
    std::fs::remove_file(env.path("out")).unwrap();
    assert_eq!(env.run(["sync", "--json"]).code(0).json()["totals"]["cost"], "576.78");
    assert_eq!(snapshot(&env.path("out")).len(), 2);
    assert_eq!(env.run(["sync", "--json"]).code(0).json()["totals"]["cost"], "576.78");
}

#[test]
fn a_report_that_cannot_be_written_says_that_the_documents_are_done() {
    let mut env = env();
    env.write("reports", "a file where the folder should be");
    let output = env.run(["sync"]).code(1);
    assert!(output.stderr.contains("the documents are done and recorded"), "{}", output.stderr);
    assert!(env.path("out/xero-bills-2026-11-01.csv").exists());
    assert!(env.run(["sync"]).code(0).stderr.contains("Nothing new"));
}

#[test]
fn code_1_when_somebody_elses_file_has_the_name_and_it_stays() {
    let mut env = env();
    env.write("out/xero-bills-2026-11-01.csv", "mine");
    let before = snapshot(&env.path("out"));
    let output = env.run(["sync"]).code(1);
    assert!(output.stderr.contains("xero-bills-2026-11-01.csv exists already"), "{}", output.stderr);
    assert_untouched(&env.path("out"), &before);
    std::fs::remove_file(env.path("out/xero-bills-2026-11-01.csv")).unwrap();
    assert_eq!(env.run(["sync", "--json"]).code(0).json()["totals"]["cost"], "576.78");
}

#[test]
fn code_7_while_another_run_holds_the_ledger() {
    let mut env = env();
    env.run(["sync"]).code(0);
    let mut more = rows();
    more.push(row(1, "1"));
    env.write("invoice.csv", invoice(&more));
    let lock = File::options().read(true).write(true).create(true).truncate(false).open(env.path("state/ledger.db.lock")).unwrap();
    lock.lock().unwrap();
    let before = snapshot(&env.path("out"));
    // Both wait at the same time: each waits for seconds.
    let start = |line: &str| env.command(line.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let waiting = [start("sync --json"), start("runs undo last --yes --json"), start("sync --catch-up --period 2026-11 --json")];
    for child in waiting {
        let output = child.wait_with_output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(7), "{error}");
        assert_eq!(output.stdout.len(), 0);
        assert!(error.contains("\"busy\""), "{error}");
    }
    assert_untouched(&env.path("out"), &before);
    // Reading needs no lock.
    env.run(["reconcile"]).code(0);
    env.run(["sync", "--dry-run"]).code(0);
    env.run(["runs", "list"]).code(0);
    drop(lock);
    assert_eq!(env.run(["sync", "--json"]).code(0).json()["totals"]["cost"], "606.78");
}

#[test]
fn a_finding_never_hides_that_the_month_failed() {
    let mut bad = rows();
    bad.push(row(3, "three"));
    with_invoice("invoice.csv", &invoice(&bad)).run(["sync", "--check"]).code(1);
}

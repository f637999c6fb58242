//! Whatever happens to the process, every charge is on one bill and one invoice.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use serde_json::Value;

use crate::import_files::{amount, files_of, rows_of};
use crate::small::{Row, array, decimal, invoice, part, states, with_invoice};
use crate::support::TestEnv;

const CHARGES: usize = 1_560;

/// A month of many charges, each with a key of its own.
fn large() -> TestEnv {
    let rows: Vec<Row> = (0..CHARGES)
        .map(|number| {
            let customer = u32::try_from(number % 3 + 1).unwrap();
            part(customer, "01-NOV-2026", "30-NOV-2026", &(number % 90 + 1).to_string(), &format!("2{}.{:02}", number / 1000, number / 10 % 100))
        })
        .collect();
    with_invoice("invoice.csv", &invoice(&rows))
}

/// Every charge read is on exactly one bill and one sale, and the files hold exactly the documents.
#[track_caller]
fn assert_exactly_once(env: &TestEnv, json: &Value) {
    let mut seen: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    let mut expected: BTreeMap<&str, (usize, Decimal)> = BTreeMap::new();
    for document in array(&json["documents"]) {
        let is_purchase = ["bill", "supplier-credit"].contains(&document["kind"].as_str().unwrap());
        for line in array(&document["lines"]) {
            *seen.entry((line["key"].as_str().unwrap(), is_purchase)).or_default() += 1;
        }
        let before = expected.insert(document["number"].as_str().unwrap(), (array(&document["lines"]).len(), decimal(&document["sub_total"])));
        assert_eq!(before, None, "{} twice", document["number"]);
    }
    assert_eq!(seen.len(), 2 * usize::try_from(json["coverage"]["charges_read"].as_u64().unwrap()).unwrap());
    assert!(seen.values().all(|times| *times == 1), "a charge twice");
    let mut found: BTreeMap<String, (usize, Decimal)> = BTreeMap::new();
    for file in files_of(env, "out") {
        assert!(!file.contains("/.") && !file.contains(".part"), "{file} is left over");
        for row in rows_of(env, &file) {
            let entry = found.entry(row["*InvoiceNumber"].clone()).or_default();
            entry.0 += 1;
            entry.1 += amount(&row);
        }
    }
    let found: BTreeMap<&str, (usize, Decimal)> = found.iter().map(|(number, (rows, sum))| (number.as_str(), (*rows, *sum))).collect();
    assert_eq!(found, expected);
}

fn quiet(env: &TestEnv) -> std::process::Child {
    env.command(["sync", "--json"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// How far a run has come, by what lies in its folders.
fn entries(env: &TestEnv, folder: &str, ending: &str) -> usize {
    let names = std::fs::read_dir(env.path(folder)).into_iter().flatten().flatten();
    names.filter(|entry| entry.file_name().to_string_lossy().ends_with(ending)).count()
}

/// Starts a run and kills it as soon as `is_time`.
fn kill_when(env: &TestEnv, is_time: &dyn Fn() -> bool) {
    let mut child = quiet(env);
    while !is_time() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    // SIGKILL, or TerminateProcess on Windows; it may have ended already.
    child.kill().ok();
    child.wait().unwrap();
    // Whatever lies there under its final name is whole.
    for file in env.path("out").is_dir().then(|| files_of(env, "out")).into_iter().flatten().filter(|file| !file.contains("/.")) {
        assert!(!rows_of(env, &file).is_empty());
    }
}

#[test]
fn a_run_that_is_killed_at_any_moment_is_completed_and_nothing_is_done_twice() {
    let calm = large();
    let expected = calm.run(["sync", "--json"]).code(0).json();
    assert_eq!(expected["coverage"]["charges_read"], CHARGES);
    assert_exactly_once(&calm, &expected);
    let files = files_of(&calm, "out").len();
    assert!(files > 8);

    // When to kill: after which sign, and how long after it.
    let moments: [(&str, &str, usize); 6] =
        [("state", ".lock", 1), ("state", "-wal", 1), ("out", "", 1), ("out", "", files / 2), ("out", ".csv", 1), ("reports", "", 1)];
    let mut cut_off = 0;
    for (number, (folder, ending, count)) in (0_u32..).zip(moments) {
        let env = large();
        let sign = || entries(&env, folder, ending) >= count;
        kill_when(&env, &sign);
        // Completing can be cut off too, at some moment or other.
        let began = Instant::now();
        kill_when(&env, &|| began.elapsed() > Duration::from_millis(u64::from(number * 67 % 250)));
        let last = env.run(["sync", "--json"]).code(0);
        cut_off += u32::from(last.stderr.contains("An earlier run was cut off"));
        assert_exactly_once(&env, &last.json());
        assert_eq!(last.json()["digest"], expected["digest"]);
        let runs = env.run(["runs", "list", "--json"]).code(0).json();
        assert_eq!(array(&runs["runs"]).len(), 1, "one run did it all");
    }
    assert_ne!(cut_off, 0, "no run was killed in the middle: choose other moments");
}

#[test]
fn two_runs_at_once_export_once() {
    let env = large();
    let start = || env.command(["sync", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let children = [start(), start(), start()];
    let mut exported = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        match output.status.code() {
            Some(0) => {
                let json: Value = serde_json::from_slice(&output.stdout).unwrap();
                if states(&json) == ["exported"] {
                    exported += 1;
                } else {
                    assert_eq!(states(&json), ["exists"]);
                    assert!(error.contains("Nothing new"), "{error}");
                    assert_eq!(array(&json["files"]).len(), 0, "a run without documents writes no file");
                }
            }
            code => assert_eq!(code, Some(7), "{error}"),
        }
    }
    assert_eq!(exported, 1);
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_exactly_once(&env, &json);
    assert_eq!(files_of(&env, "reports").len(), 2, "one report of one run");
    assert_eq!(array(&env.run(["runs", "list", "--json"]).code(0).json()["runs"]).len(), 1);
}

#[test]
fn a_late_charge_and_a_killed_run_are_both_there_in_the_end() {
    let mut env = large();
    env.run(["sync"]).code(0);
    let mut text = env.read("invoice.csv");
    text.push_str(String::from_utf8(invoice(&[part(1, "20-NOV-2026", "30-NOV-2026", "1", "11.00")])).unwrap().split_once('\n').unwrap().1);
    env.write("invoice.csv", text);
    let before = entries(&env, "out", "");
    kill_when(&env, &|| entries(&env, "out", "") > before);
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_exactly_once(&env, &json);
    assert_eq!(json["coverage"]["charges_read"], CHARGES + 1);
}

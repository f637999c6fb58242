//! The month from the exports to the import files, through the binary.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::sample::generator;
use crate::small::{
    HEADINGS, Row, array, assert_untouched, codes, contoso, csv, decimal, document, documents, env, essence, invoice, part, row, rows, snapshot, states,
    with_invoice, xlsx,
};
use crate::support::TestEnv;

/// The sample with CSV exports, its report's rows turned into other files.
fn contoso_csv(reports: &[(&str, Vec<u8>)]) -> TestEnv {
    let mut env = contoso();
    let config = env.read("config.toml").replace(".xlsx", ".csv");
    env.write("config.toml", config);
    for (name, content) in generator::csv_exports().unwrap() {
        if name.starts_with("annuity") {
            env.write(&format!("exports/{name}"), content);
        }
    }
    for (name, content) in reports {
        env.write(&format!("exports/csp-invoice-report-{name}.csv"), content);
    }
    env
}

fn report() -> (Row, Vec<Row>) {
    let exports = generator::csv_exports().unwrap();
    let (_, report) = exports.iter().find(|(name, _)| name.starts_with("csp")).unwrap();
    let mut reader = csv::Reader::from_reader(report.as_slice());
    let headings = reader.headers().unwrap().iter().map(str::to_owned).collect();
    (headings, reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect())
}

fn cost_of(row: &Row) -> Decimal {
    let (quantity, price): (Decimal, Decimal) = (row[5].parse().unwrap(), row[6].parse().unwrap());
    (quantity * price).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// What was charged for a line, with the sign of its document.
fn net(json: &serde_json::Value, kinds: &[&str]) -> Decimal {
    let sign = |kind: &serde_json::Value| if kind.as_str().unwrap().contains("credit") { -Decimal::ONE } else { Decimal::ONE };
    let lines = |document: &serde_json::Value| array(&document["lines"]).iter().map(|line| decimal(&line["line_amount"])).sum::<Decimal>();
    documents(json, kinds).into_iter().map(|document| sign(&document["kind"]) * lines(document)).sum()
}

#[test]
fn the_bill_is_the_sum_of_the_rows_to_the_cent() {
    let env = contoso();
    let json = env.run(["sync", "--json"]).code(0).json();
    let expected: Decimal = report().1.iter().map(cost_of).sum();
    assert_eq!(decimal(&json["totals"]["cost"]), expected);
    assert_eq!(net(&json, &["bill", "supplier-credit"]), expected);
    assert_eq!(net(&json, &["invoice", "credit-note"]), decimal(&json["totals"]["sell"]));
    assert_eq!(json["mode"], "exported");
    assert_eq!(states(&json), ["exported"]);
    for document in array(&json["documents"]) {
        let lines: Decimal = array(&document["lines"]).iter().map(|line| decimal(&line["line_amount"])).sum();
        assert_eq!(decimal(&document["sub_total"]), lines, "{}", document["number"]);
    }
    let coverage = &json["coverage"];
    let placed: u64 =
        ["billed", "held", "ignored", "already_billed", "other_periods"].iter().map(|place| coverage[format!("charges_{place}")].as_u64().unwrap()).sum();
    assert_eq!(coverage["charges_read"].as_u64(), Some(placed));
}

#[test]
fn a_second_run_says_nothing_new_and_touches_no_file() {
    let env = contoso();
    let first = env.run(["sync", "--json"]).code(0).json();
    let before = snapshot(env.root());
    let second = env.run(["sync", "--json"]).code(0);
    assert!(second.stderr.contains("Nothing new for 2026-11"), "{}", second.stderr);
    let second = second.json();
    assert_eq!(states(&second), ["exists"]);
    assert_eq!(essence(&second), essence(&first));
    assert_eq!(array(&second["files"]).len(), 0);
    assert_untouched(env.root(), &before);
}

#[test]
fn a_dry_run_and_reconcile_write_nothing_at_all() {
    let env = contoso();
    let before = snapshot(env.root());
    let dry = env.run(["sync", "--dry-run", "--json"]).code(0).json();
    assert_eq!((dry["mode"].as_str(), states(&dry)), (Some("dry-run"), vec!["planned"]));
    let compared = env.run(["reconcile", "--json"]).code(0).json();
    assert_eq!((compared["mode"].as_str(), states(&compared)), (Some("reconcile"), vec!["planned"]));
    assert_eq!(essence(&dry), essence(&compared));
    env.run(["sync", "--catch-up", "--period", "2026-11", "--dry-run"]).code(0);
    env.run(["explain", "DD-2026-11"]).code(0);
    env.run(["map", "customers"]).code(0);
    env.run(["runs", "list"]).code(0);
    assert_untouched(env.root(), &before);
    // And when there is a ledger already.
    let posted = env.run(["sync", "--json"]).code(0).json();
    assert_eq!(essence(&posted), essence(&dry));
    let before = snapshot(env.root());
    env.run(["sync", "--dry-run"]).code(0);
    env.run(["reconcile"]).code(0);
    env.run(["runs", "list"]).code(0);
    assert_untouched(env.root(), &before);
}

#[test]
fn the_order_of_the_rows_the_kind_of_file_and_how_it_is_split_change_nothing() {
    let expected = essence(&contoso().run(["sync", "--dry-run", "--json"]).code(0).json());
    let (headings, rows) = report();
    let mut shuffled = rows.clone();
    let mut state = 7_usize;
    for index in (1..shuffled.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        shuffled.swap(index, (state >> 33) % (index + 1));
    }
    // Identical rows count within one file, so a split keeps them together.
    let (one, other): (Vec<Row>, Vec<Row>) = shuffled.iter().cloned().partition(|row| *row[1] < *"8");
    assert!(!one.is_empty() && !other.is_empty());
    let variants = [
        ("CSV", vec![("2026-11", csv(&headings, &rows))]),
        ("shuffled", vec![("2026-11", csv(&headings, &shuffled))]),
        ("split", vec![("a", csv(&headings, &one)), ("b", csv(&headings, &other))]),
        ("twice", vec![("2026-11", csv(&headings, &rows)), ("2026-11 (1)", csv(&headings, &shuffled))]),
    ];
    for (name, reports) in variants {
        let json = contoso_csv(&reports).run(["sync", "--dry-run", "--json"]).code(0).json();
        assert_eq!(essence(&json), expected, "{name}");
    }
}

#[test]
fn the_same_report_under_another_name_bills_nothing_again() {
    let (headings, rows) = report();
    let mut env = contoso_csv(&[("2026-11", csv(&headings, &rows))]);
    let first = env.run(["sync", "--json"]).code(0).json();
    env.write("exports/csp-invoice-report-2026-11 (1).csv", csv(&headings, &rows));
    let before = snapshot(&env.path("out"));
    let second = env.run(["sync", "--json"]).code(0);
    assert!(second.stderr.contains("Nothing new"), "{}", second.stderr);
    let second = second.json();
    assert_eq!(essence(&second), essence(&first));
    let told = array(&second["findings"]).iter().find(|finding| finding["message"].as_str().unwrap().contains("411 rows of csp-invoice-report"));
    assert!(told.is_some_and(|finding| finding["severity"] == "info"), "{:#}", second["findings"]);
    assert_untouched(&env.path("out"), &before);
}

#[test]
fn a_late_charge_gives_one_further_bill_and_invoice_with_only_that_charge() {
    let mut env = env();
    let first = env.run(["sync", "--json"]).code(0).json();
    let mut rows = rows();
    rows.push(part(2, "21-NOV-2026", "30-NOV-2026", "4", "10.00"));
    env.write("invoice.csv", invoice(&rows));
    let before = snapshot(&env.path("out"));
    let second = env.run(["sync", "--json"]).code(0).json();
    let new: Vec<&serde_json::Value> = array(&second["documents"]).iter().filter(|document| document["state"] == "exported").collect();
    let shown: Vec<(&str, &str, usize)> =
        new.iter().map(|one| (one["number"].as_str().unwrap(), one["sub_total"].as_str().unwrap(), array(&one["lines"]).len())).collect();
    assert_eq!(shown, [("DD-2026-11-2", "40.00", 1), ("CSP-2026-11-000000020000-2", "53.33", 1)]);
    let others: Vec<&serde_json::Value> = array(&second["documents"]).iter().filter(|document| document["state"] != "exported").collect();
    let mut earlier = essence(&first)["documents"].clone();
    earlier.as_array_mut().unwrap().retain(|one| others.iter().any(|other| other["number"] == one["number"]));
    assert_eq!(earlier.as_array().unwrap().len(), array(&first["documents"]).len(), "finished documents stay as they are");
    let after = snapshot(&env.path("out"));
    assert!(before.iter().all(|(name, file)| after.get(name) == Some(file)), "files of the first run stay as they are");
    assert_eq!(after.len(), before.len() + 2);
    assert!(env.run(["sync"]).code(0).stderr.contains("Nothing new"));
}

#[test]
fn a_corrected_row_is_held_until_it_is_settled() {
    let mut env = env();
    let first = env.run(["sync", "--json"]).code(0).json();
    let mut rows = rows();
    rows[2] = row(2, "6");
    env.write("invoice.csv", invoice(&rows));
    let second = env.run(["sync", "--json"]).code(0);
    assert!(second.stderr.contains("Nothing new"), "{}", second.stderr);
    let second = second.json();
    assert_eq!(codes(&second, "held"), ["changed-at-source"]);
    let held = &array(&second["held"])[0];
    assert!(held["reason"].as_str().unwrap().contains("5 × 30") && held["reason"].as_str().unwrap().contains("6 × 30"), "{held}");
    assert_eq!(second["totals"]["cost"], first["totals"]["cost"], "what was billed stays billed");
    // The fix ends in the command.
    let fix = held["fix"].as_str().unwrap();
    let command = fix.split_once("cspctl ").unwrap().1;
    assert_eq!(command, format!("sync --catch-up --only {}", held["key"].as_str().unwrap()));
    let settled = env.run(command.split_whitespace()).code(0);
    assert!(settled.stderr.contains("1 charge"), "{}", settled.stderr);
    let third = env.run(["sync", "--json"]).code(0).json();
    assert_eq!(codes(&third, "held").len(), 0);
    assert_eq!(essence(&third)["documents"], essence(&first)["documents"]);
}

#[test]
fn on_day_one_what_was_billed_by_hand_is_marked_and_only_newer_charges_are_billed() {
    let october = part(1, "01-OCT-2026", "31-OCT-2026", "10", "30.00");
    let env = with_invoice("invoice.csv", &invoice(&[october, row(1, "10"), row(2, "5")]));
    let told = env.run(["sync", "--catch-up", "--period", "2026-10"]).code(0);
    assert!(told.stderr.contains("1 charge up to 2026-10 marked"), "{}", told.stderr);
    assert!(
        told.stderr.contains("1 of them began in 2026-10") && told.stderr.contains("runs undo last"),
        "it may stand on November's invoice: {}",
        told.stderr
    );
    assert!(!env.path("out").exists(), "nothing is posted");
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_eq!(json["totals"]["cost"], "450.00");
    assert_eq!(json["coverage"]["charges_already_billed"], 1);
    let again = env.run(["sync", "--catch-up", "--period", "2026-10"]).code(0);
    assert!(again.stderr.contains("0 charges"), "{}", again.stderr);
}

#[test]
fn catching_up_must_be_told_up_to_when() {
    let output = env().run(["sync", "--catch-up"]).code(2);
    assert!(output.stderr.contains("--period"), "{}", output.stderr);
    env().run(["sync", "--only", "0123456789abcdef0123456789abcdef"]).code(2);
    let output = env().run(["sync", "--catch-up", "--only", "0123456789abcdef0123456789abcdef"]).code(1);
    assert!(output.stderr.contains("0123456789abcdef0123456789abcdef"), "{}", output.stderr);
}

#[test]
fn older_charges_are_held_until_they_are_asked_for() {
    let august = part(1, "01-AUG-2026", "31-AUG-2026", "10", "30.00");
    let env = with_invoice("invoice.csv", &invoice(&[august, row(1, "10")]));
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_eq!(codes(&json, "held"), ["older-than-period"]);
    assert_eq!(json["totals"]["cost"], "300.00", "what is held as older is on no bill");
    let fix = array(&json["held"])[0]["fix"].as_str().unwrap().to_owned();
    assert!(fix.contains("--include-older") || fix.contains("--catch-up"), "{fix}");
    let json = env.run(["sync", "--include-older", "--json"]).code(0).json();
    assert_eq!(codes(&json, "held").len(), 0);
    assert_eq!(json["totals"]["cost"], "600.00");
    assert_eq!(document(&json, "DD-2026-11-2")["sub_total"], "300.00");
}

#[test]
fn charges_of_other_months_are_named_with_the_command_that_bills_them() {
    let december = part(2, "01-DEC-2026", "31-DEC-2026", "5", "30.00");
    let env = with_invoice("invoice.csv", &invoice(&[row(1, "10"), december]));
    let json = env.run(["sync", "--period", "2026-11", "--json"]).code(0).json();
    assert_eq!(json["other_periods"], serde_json::json!([{ "period": "2026-12", "charges": 1, "cost": "150.00" }]));
    let text = env.run(["sync", "--period", "2026-11"]).code(0);
    assert!(text.stdout.contains("cspctl sync --period 2026-12"), "{}", text.stdout);
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_eq!((json["period"].as_str(), json["totals"]["cost"].as_str()), (Some("2026-12"), Some("150.00")));
    let shown = env.run(["sync"]).code(0).stdout;
    assert!(shown.contains("2026-12") && shown.contains("newest month"), "{shown}");
}

#[test]
fn a_saved_plan_is_posted_with_the_same_digest() {
    let env = env();
    let planned = env.run(["sync", "--dry-run", "--plan-out", "plan.json", "--json"]).code(0).json();
    let posted = env.run(["sync", "--plan", "plan.json", "--json"]).code(0).json();
    assert_eq!(essence(&posted), essence(&planned));
    assert_eq!(states(&posted), ["exported"]);
    // Done already: the same plan once more has nothing to do.
    let again = env.run(["sync", "--plan", "plan.json", "--json"]).code(0);
    assert!(again.stderr.contains("Nothing new"), "{}", again.stderr);
    assert_eq!(again.json()["digest"], planned["digest"]);
}

#[test]
fn a_saved_plan_is_refused_when_anything_has_moved() {
    let edits: [(&str, &str, &str, &str); 4] = [
        ("invoice.csv", "30.00", "30.01", "the source charges have changed"),
        ("mapping.toml", "xero_contact_name = \"Customer 2 Pty Ltd\"", "xero_contact_name = \"Customer Two\"", "the mapping, the prices"),
        ("mapping.toml", "price = \"40.00\"", "price = \"40.01\"", "the mapping, the prices"),
        ("config.toml", "[xero]", "[xero]\nrevenue_account = \"201\"", "the mapping, the prices or the settings"),
    ];
    for (file, before, after, reason) in edits {
        let mut env = env();
        env.run(["sync", "--dry-run", "--plan-out", "plan.json"]).code(0);
        let edited = env.read(file).replacen(before, after, 1);
        assert_ne!(edited, env.read(file), "{file}");
        env.write(file, edited);
        let untouched = snapshot(env.root());
        let output = env.run(["sync", "--plan", "plan.json"]).code(1);
        assert!(output.stderr.contains("nothing was posted") && output.stderr.contains(reason), "{file}\n{}", output.stderr);
        assert!(output.stderr.contains("hint: "), "{}", output.stderr);
        assert_untouched(env.root(), &untouched);
    }
}

#[test]
fn a_saved_plan_is_for_its_own_month_and_must_be_a_plan() {
    let env = env().file("note.json", "{\"kind\": \"shopping\"}").file("torn.json", "{\"kind\": \"csp");
    env.run(["sync", "--dry-run", "--plan-out", "plan.json"]).code(0);
    let before = snapshot(env.root());
    let output = env.run(["sync", "--plan", "plan.json", "--period", "2026-10"]).code(2);
    assert!(output.stderr.contains("2026-11") && output.stderr.contains("--period"), "{}", output.stderr);
    for file in ["note.json", "torn.json", "nowhere.json", "invoice.csv"] {
        let output = env.run(["sync", "--plan", file]).code(1);
        assert!(output.stderr.contains(file) && output.stderr.contains("hint: "), "{}", output.stderr);
    }
    assert_untouched(env.root(), &before);
}

#[test]
fn explain_tells_numbers_and_keys_before_and_after_they_are_exported() {
    let env = env();
    let planned = env.run(["reconcile", "--json"]).code(0).json();
    let invoice = documents(&planned, &["invoice"])[0].clone();
    let (number, key) = (invoice["number"].as_str().unwrap(), invoice["lines"][0]["key"].as_str().unwrap());
    for state in ["planned", "exists"] {
        for what in [number, key, key.get(..8).unwrap()] {
            let text = env.run(["explain", what]).code(0).stdout;
            assert!(text.contains(state), "{text}");
            for expected in ["invoice.csv, row ", "18.39", "40.00"] {
                assert!(text.contains(expected), "{what}: no {expected}\n{text}");
            }
        }
        let json = env.run(["explain", number, "--json"]).code(0).json();
        assert_eq!(array(&json["explanations"]).len(), array(&invoice["lines"]).len());
        env.run(["sync"]).code(0);
    }
    let unknown = env.run(["explain", "CSP-2026-11-ffffff"]).code(1);
    assert!(unknown.stderr.contains("CSP-2026-11-ffffff") && unknown.stderr.contains("hint: "), "{}", unknown.stderr);
    assert_eq!(unknown.stdout, "");
}

#[test]
fn a_run_can_be_listed_shown_and_undone() {
    let env = env();
    let first = env.run(["sync", "--json"]).code(0).json();
    let run = first["run"].as_str().unwrap();
    let list = env.run(["runs", "list"]).code(0);
    assert!(list.stdout.contains(run), "{}\n{}", list.stdout, list.stderr);
    let json = env.run(["runs", "list", "--json"]).code(0).json();
    assert_eq!(array(&json["runs"]).len(), 1);
    let shown = env.run(["runs", "show", "last"]).code(0).stdout;
    assert!(shown.contains(run) && shown.contains("DD-2026-11") && shown.contains(first["digest"].as_str().unwrap()), "{shown}");
    let refused = env.run(["runs", "undo", run]).code(2);
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    let files = snapshot(&env.path("out"));
    assert_eq!(files.len(), 2);
    env.run(["runs", "undo", run, "--yes"]).code(0);
    assert_eq!(snapshot(&env.path("out")).len(), 0, "its import files are gone");
    env.run(["runs", "undo", run, "--yes"]).code(2);
    env.run(["runs", "show", "fffffff"]).code(2);
    let again = env.run(["sync", "--json"]).code(0).json();
    assert_eq!(essence(&again), essence(&first), "the same numbers again");
    assert_eq!(snapshot(&env.path("out")).keys().collect::<Vec<_>>().len(), 2);
}

#[test]
fn undo_leaves_files_alone_that_somebody_changed() {
    let mut env = env();
    env.run(["sync"]).code(0);
    let file = "out/xero-bills-2026-11-01.csv";
    let edited = env.read(file) + "edited\r\n";
    env.write(file, &edited);
    env.run(["runs", "undo", "last", "--yes"]).code(0);
    assert_eq!(env.read(file), edited);
}

#[test]
fn a_workbook_bills_what_its_csv_twin_bills() {
    let expected = essence(&env().run(["sync", "--dry-run", "--json"]).code(0).json());
    let workbook = with_invoice("invoice.xlsx", &xlsx("Invoice Details", &HEADINGS, &rows()));
    assert_eq!(essence(&workbook.run(["sync", "--dry-run", "--json"]).code(0).json()), expected);
}

/// `runs` once looked beside the configuration file, wherever the ledger was.
#[test]
fn runs_reads_the_ledger_that_sync_wrote_wherever_it_is() {
    let mut env = env();
    let config = env.read("config.toml");
    for ledger in ["[ledger]\npath = \"elsewhere/l.db\"\n", "", "[ledger]\npath = \"\"\n"] {
        env.write("config.toml", config.replace("[ledger]\npath = \"state/ledger.db\"\n", ledger));
        std::fs::remove_dir_all(env.path("out")).ok();
        std::fs::remove_dir_all(env.root().join("state")).ok();
        std::fs::create_dir(env.root().join("state")).unwrap();
        let run = env.run(["sync", "--json"]).code(0).json()["run"].as_str().unwrap().to_owned();
        assert!(env.run(["runs", "list"]).code(0).stdout.contains(&run), "{ledger}");
    }
    let missing = TestEnv::new().run(["runs", "list"]).code(3);
    assert!(missing.stderr.contains("there is no configuration file"), "{}", missing.stderr);
}

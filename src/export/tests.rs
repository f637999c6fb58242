//! Exactly once, proved by cutting a run off at every step there is.

mod bench;
mod cut_off;
mod random;
mod undo;

use std::fs;

use bench::{Bench, TestCharge, settings};

use super::*;
use crate::ledger::samples::{billed, run};
use crate::ledger::{RunMode, Undisturbed};

#[test]
fn files_are_named_by_kind_and_period_and_counted_on_over_runs() {
    let bench = Bench::new();
    bench.run("00000001", &[TestCharge::new(1, 1, 100, 200), TestCharge::new(2, 2, -100, -200)], &Undisturbed).unwrap();
    assert_eq!(bench.names(), ["xero-bills-2026-11-01.csv", "xero-sales-credit-notes-2026-11-01.csv", "xero-sales-invoices-2026-11-01.csv"]);
    bench.run("00000002", &[TestCharge::new(3, 1, 100, 200)], &Undisturbed).unwrap();
    assert_eq!(bench.names().len(), 5);
    assert!(bench.read("xero-bills-2026-11-02.csv").contains(",DD-2026-11-2,"));
    assert!(bench.read("xero-sales-invoices-2026-11-02.csv").contains(",CSP-2026-11-010101-2,cspctl 00000002,"));
}

#[test]
fn many_documents_go_into_many_files() {
    let bench = Bench::new();
    let charges: Vec<TestCharge> = (1..=40).map(|key| TestCharge::new(key, u8::try_from(key % 9).unwrap() + 1, 100, 200)).collect();
    let exported = bench.run("00000001", &charges, &Undisturbed).unwrap();
    assert_eq!(exported.files.len(), bench.names().len());
    assert!(exported.files.len() > 20 && exported.files.iter().all(|path| path.exists()));
    for name in bench.names() {
        assert!(bench.read(&name).lines().count() <= bench::ROWS + 1, "{name}");
    }
}

#[test]
fn rule_22_a_second_run_touches_no_file_and_records_nothing() {
    let bench = Bench::new();
    let charges = [TestCharge::new(1, 1, 100, 200)];
    bench.run("00000001", &charges, &Undisturbed).unwrap();
    let before = bench.snapshot();
    assert_eq!(bench.run("00000002", &charges, &Undisturbed).unwrap(), Exported::default());
    assert_eq!(bench.snapshot(), before);
    assert_eq!(bench.open().0.runs().unwrap().len(), 1);
}

#[test]
fn another_file_of_that_name_stops_the_run_before_anything_is_recorded() {
    let bench = Bench::new();
    fs::create_dir_all(bench.csv()).unwrap();
    fs::write(bench.csv().join("xero-sales-invoices-2026-11-01.csv"), "mine").unwrap();
    let error = bench.run("00000001", &[TestCharge::new(1, 1, 100, 200)], &Undisturbed).unwrap_err();
    assert!(matches!(&error, ExportError::NameTaken(path) if path.ends_with("xero-sales-invoices-2026-11-01.csv")), "{error}");
    assert!(!error.is_unfinished());
    assert!(bench.open().0.runs().unwrap().is_empty());
    assert_eq!(bench.names(), ["xero-sales-invoices-2026-11-01.csv"]);
    assert_eq!(bench.read("xero-sales-invoices-2026-11-01.csv"), "mine");
}

#[test]
fn a_lost_ledger_cannot_overwrite_files_of_an_earlier_export() {
    let bench = Bench::new();
    let charges = [TestCharge::new(1, 1, 100, 200)];
    bench.run("00000001", &charges, &Undisturbed).unwrap();
    fs::remove_file(bench.ledger()).unwrap();
    let error = bench.run("00000002", &charges, &Undisturbed).unwrap_err();
    assert!(matches!(error, ExportError::NameTaken(_)), "{error}");
}

#[test]
fn exported_documents_carry_the_runs_reference_and_state() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    let mut plan = bench::plan(&[TestCharge::new(1, 1, 100, 200)], ledger.history().unwrap());
    export_with(&mut ledger, &lock, &run("00000001", RunMode::Exported), &mut plan, &settings(&bench.csv(), &Undisturbed)).unwrap();
    assert!(plan.documents.iter().all(|document| document.state == State::Exported && document.reference.as_deref() == Some("cspctl 00000001")));
    assert!(ledger.history().unwrap().documents.iter().all(|document| document.reference.as_deref() == Some("cspctl 00000001")));
}

#[test]
fn a_document_that_breaks_its_invariants_is_never_recorded() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    let mut plan = bench::plan(&[TestCharge::new(1, 1, 100, 200)], ledger.history().unwrap());
    plan.documents[0].sub_total = crate::domain::money::Money::ZERO;
    let error = export_with(&mut ledger, &lock, &run("00000001", RunMode::Exported), &mut plan, &settings(&bench.csv(), &Undisturbed)).unwrap_err();
    assert!(matches!(error, ExportError::Broken(_)), "{error}");
    assert!(ledger.runs().unwrap().is_empty());
}

#[test]
fn caught_up_charges_are_never_exported() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    catch_up(&mut ledger, &lock, &run("00000001", RunMode::CaughtUp), vec![billed(1, None, None)]).unwrap();
    catch_up(&mut ledger, &lock, &run("00000002", RunMode::CaughtUp), Vec::new()).unwrap();
    assert_eq!(ledger.runs().unwrap().len(), 1, "no charges, no run");
    drop((ledger, lock));
    assert_eq!(bench.run("00000003", &[TestCharge::new(1, 1, 100, 200)], &Undisturbed).unwrap(), Exported::default());
}

#[test]
fn a_changed_folder_or_tax_type_does_not_change_a_file_that_was_fixed() {
    let (bench, undisturbed) = (Bench::new(), Bench::new());
    let charges = [TestCharge::new(1, 1, 100, 200)];
    undisturbed.run("00000001", &charges, &Undisturbed).unwrap();
    bench.run("00000001", &charges, &bench::Cut::at(bench::CutKind::Kill, Step::CreateFile, 1)).unwrap_err();
    let elsewhere = bench.root().join("elsewhere");
    let (mut ledger, lock) = bench.open();
    complete_pending_with(&mut ledger, &lock, &elsewhere, &Undisturbed).unwrap();
    for name in undisturbed.names() {
        assert_eq!(fs::read_to_string(elsewhere.join(&name)).unwrap(), undisturbed.read(&name));
    }
    assert!(ledger.pending_files().unwrap().is_empty());
}

#[test]
fn a_complete_file_in_the_old_folder_is_not_written_a_second_time() {
    let bench = Bench::new();
    bench.run("00000001", &[TestCharge::new(1, 1, 100, 200)], &bench::Cut::at(bench::CutKind::Kill, Step::RenameFile, 2)).unwrap_err();
    let elsewhere = bench.root().join("elsewhere");
    let (mut ledger, lock) = bench.open();
    let paths = complete_pending_with(&mut ledger, &lock, &elsewhere, &Undisturbed).unwrap();
    assert_eq!(paths, [bench.csv().join("xero-bills-2026-11-01.csv"), elsewhere.join("xero-sales-invoices-2026-11-01.csv")]);
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1);
}

use crate::ledger::Step;

#[cfg(unix)]
#[test]
fn files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    bench.run("00000001", &[TestCharge::new(1, 1, 100, 200)], &Undisturbed).unwrap();
    let mode = fs::metadata(bench.csv().join("xero-bills-2026-11-01.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

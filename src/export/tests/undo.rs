//! Undoing runs.

use std::fs;

use super::bench::{Bench, Cut, CutKind, TestCharge};
use crate::export::undo::{FileFate, UndoError, UndoneRun, undo};
use crate::ledger::{LedgerError, MachineUser, RunMode, RunState, Undisturbed};

fn undone(bench: &Bench, id: &str) -> Result<UndoneRun, UndoError> {
    let (mut ledger, lock) = bench.open();
    undo(&mut ledger, &lock, &id.parse().unwrap(), "2026-11-23T00:00:00Z".parse().unwrap(), &MachineUser("someone".to_owned()))
}

#[test]
fn an_undone_runs_charges_are_exported_again_with_the_same_numbers() {
    let bench = Bench::new();
    let charges = [TestCharge::new(1, 1, 100, 200), TestCharge::new(2, 2, 100, 200)];
    bench.run("00000001", &charges, &Undisturbed).unwrap();
    let numbers = |bench: &Bench| bench.snapshot().documents.iter().map(|document| document.number.to_string()).collect::<Vec<_>>();
    let before = numbers(&bench);
    let result = undone(&bench, "00000001").unwrap();
    assert_eq!(result.run.state(), RunState::Undone);
    assert!(result.files.iter().all(|file| file.fate == FileFate::Deleted) && bench.names().is_empty());
    bench.run("00000002", &charges, &Undisturbed).unwrap();
    assert_eq!(numbers(&bench), before);
    assert!(bench.names().contains(&"xero-bills-2026-11-02.csv".to_owned()), "names are counted on");
    bench.check_exactly_once(&charges);
}

#[test]
fn changed_and_missing_files_are_reported_and_left() {
    let bench = Bench::new();
    bench.run("00000001", &[TestCharge::new(1, 1, 100, 200), TestCharge::new(2, 2, -100, -200)], &Undisturbed).unwrap();
    fs::write(bench.csv().join("xero-bills-2026-11-01.csv"), "edited").unwrap();
    fs::remove_file(bench.csv().join("xero-sales-invoices-2026-11-01.csv")).unwrap();
    let fates: Vec<FileFate> = undone(&bench, "00000001").unwrap().files.iter().map(|file| file.fate).collect();
    assert_eq!(fates, [FileFate::Changed, FileFate::Missing, FileFate::Deleted]);
    assert_eq!(bench.names(), ["xero-bills-2026-11-01.csv"]);
}

#[test]
fn a_run_with_further_documents_after_it_is_undone_after_them() {
    let bench = Bench::new();
    let mut charges = vec![TestCharge::new(1, 1, 100, 200)];
    bench.run("00000001", &charges, &Undisturbed).unwrap();
    charges.push(TestCharge::new(2, 1, 100, 200));
    bench.run("00000002", &charges, &Undisturbed).unwrap();
    let error = undone(&bench, "00000001").unwrap_err().to_string();
    assert!(error.contains("undo 00000002 first") && error.contains("DD-2026-11-2"), "{error}");
    assert_eq!(bench.names().len(), 4, "no file was touched");
    undone(&bench, "00000002").unwrap();
    undone(&bench, "00000001").unwrap();
    bench.run("00000003", &charges, &Undisturbed).unwrap();
    bench.check_exactly_once(&charges);
}

#[test]
fn a_later_run_of_another_customer_is_no_obstacle_on_the_sales_side() {
    let bench = Bench::new();
    let mut held = TestCharge::new(2, 2, 100, 200);
    held.is_held = true;
    bench.run("00000001", &[TestCharge::new(1, 1, 100, 200), held], &Undisturbed).unwrap();
    held.is_held = false;
    bench.run("00000002", &[TestCharge::new(1, 1, 100, 200), held], &Undisturbed).unwrap();
    undone(&bench, "00000001").unwrap();
    bench.run("00000003", &[TestCharge::new(1, 1, 100, 200), held], &Undisturbed).unwrap();
    bench.check_exactly_once(&[TestCharge::new(1, 1, 100, 200), held]);
}

#[test]
fn an_undo_that_is_cut_off_is_completed_by_the_next_run() {
    let charges = [TestCharge::new(1, 1, 100, 200), TestCharge::new(2, 2, -100, -200)];
    for kind in [CutKind::FailOnce, CutKind::Kill] {
        for at in 1..10 {
            let bench = Bench::new();
            bench.run("00000001", &charges, &Undisturbed).unwrap();
            let cut = Cut::nth(kind, at);
            bench.survive(|ledger, lock| {
                let run = "00000001".parse().unwrap();
                super::super::undo::undo_with(ledger, lock, &run, "2026-11-23T00:00:00Z".parse().unwrap(), &MachineUser("x".to_owned()), &cut).is_ok()
            });
            bench.run("00000002", &charges, &Undisturbed).unwrap();
            bench.check_exactly_once(&charges);
        }
    }
}

#[test]
fn an_undo_that_is_cut_off_can_be_repeated() {
    let charges = [TestCharge::new(1, 1, 100, 200), TestCharge::new(2, 2, -100, -200)];
    for kind in [CutKind::FailOnce, CutKind::Kill] {
        for at in 1..6 {
            let bench = Bench::new();
            bench.run("00000001", &charges, &Undisturbed).unwrap();
            let cut = Cut::nth(kind, at);
            bench.survive(|ledger, lock| {
                let run = "00000001".parse().unwrap();
                super::super::undo::undo_with(ledger, lock, &run, "2026-11-23T00:00:00Z".parse().unwrap(), &MachineUser("x".to_owned()), &cut).is_ok()
            });
            match undone(&bench, "00000001") {
                Ok(_) | Err(UndoError::Ledger(LedgerError::AlreadyUndone(_))) => {}
                Err(error) => panic!("{kind:?} at {at}: {error}"),
            }
            bench.run("00000002", &charges, &Undisturbed).unwrap();
            bench.check_exactly_once(&charges);
        }
    }
}

#[test]
fn a_run_that_was_cut_off_can_be_undone_instead_of_completed() {
    for at in 8..60 {
        let bench = Bench::new();
        let charges = [TestCharge::new(1, 1, 100, 200), TestCharge::new(2, 2, -100, -200)];
        let _ = bench.run("00000001", &charges, &Cut::nth(CutKind::Kill, at));
        if bench.open().0.runs().unwrap().is_empty() {
            continue;
        }
        undone(&bench, "00000001").unwrap();
        assert!(bench.names().is_empty(), "killed at step {at}: {:?}", bench.names());
        bench.run("00000002", &charges, &Undisturbed).unwrap();
        bench.check_exactly_once(&charges);
    }
}

#[test]
fn a_caught_up_run_can_be_undone() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    let charge = crate::ledger::samples::billed(1, None, None);
    super::catch_up(&mut ledger, &lock, &crate::ledger::samples::run("00000001", RunMode::CaughtUp), vec![charge]).unwrap();
    drop((ledger, lock));
    assert!(undone(&bench, "00000001").unwrap().files.is_empty());
    bench.run("00000002", &[TestCharge::new(1, 1, 100, 200)], &Undisturbed).unwrap();
    bench.check_exactly_once(&[TestCharge::new(1, 1, 100, 200)]);
}

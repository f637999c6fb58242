//! Every step of a run fails once, fails for good, or is the last one.

use super::bench::{Bench, Cut, CutKind, TestCharge};
use crate::ledger::Undisturbed;

/// Two customers, a credit, several files of each kind that there is.
fn charges() -> Vec<TestCharge> {
    let mut charges: Vec<TestCharge> = (1..=4).map(|key| TestCharge::new(key, 1, 1_000, 1_250)).collect();
    charges.extend((5..=6).map(|key| TestCharge::new(key, 2, 333, 500)));
    charges.push(TestCharge::new(7, 3, -250, -300));
    charges
}

fn cut_off_everywhere(kind: CutKind) {
    let undisturbed = Bench::new();
    undisturbed.run("00000001", &charges(), &Undisturbed).unwrap();
    let expected = undisturbed.snapshot();
    let mut steps_seen = 0;
    for at in 1.. {
        let bench = Bench::new();
        let cut = Cut::nth(kind, at);
        let result = bench.run("00000001", &charges(), &cut);
        if !cut.was_reached() {
            assert!(result.is_ok());
            break;
        }
        steps_seen = at;
        assert!(result.is_err(), "step {at} was cut off and nobody noticed");
        bench.run("00000001", &charges(), &Undisturbed).unwrap_or_else(|error| panic!("{kind:?} at step {at}: {error}"));
        assert_eq!(bench.snapshot(), expected, "{kind:?} at step {at}");
        bench.check_exactly_once(&charges());
        bench.run("00000002", &charges(), &Undisturbed).unwrap();
        assert_eq!(bench.snapshot(), expected, "{kind:?} at step {at}, third run");
    }
    assert!(steps_seen > 30, "only {steps_seen} steps: is the hook still called?");
}

#[test]
fn a_step_that_fails_once_is_made_good_by_the_next_run() {
    cut_off_everywhere(CutKind::FailOnce);
}

#[test]
fn a_full_disk_is_made_good_by_the_next_run() {
    cut_off_everywhere(CutKind::FailOn);
}

#[test]
fn a_kill_at_any_step_is_made_good_by_the_next_run() {
    cut_off_everywhere(CutKind::Kill);
}

#[test]
fn the_run_that_completes_may_itself_be_killed_at_any_step() {
    let undisturbed = Bench::new();
    undisturbed.run("00000001", &charges(), &Undisturbed).unwrap();
    let expected = undisturbed.snapshot();
    for (first, second) in (1..60).step_by(3).flat_map(|first| (1..30).step_by(2).map(move |second| (first, second))) {
        let bench = Bench::new();
        for at in [first, second] {
            let _ = bench.run("00000001", &charges(), &Cut::nth(CutKind::Kill, at));
        }
        bench.run("00000001", &charges(), &Undisturbed).unwrap();
        assert_eq!(bench.snapshot(), expected, "killed at steps {first} and {second}");
    }
}

#[test]
fn nothing_half_written_ever_has_its_final_name() {
    let undisturbed = Bench::new();
    undisturbed.run("00000001", &charges(), &Undisturbed).unwrap();
    for at in 1..60 {
        let bench = Bench::new();
        let _ = bench.run("00000001", &charges(), &Cut::nth(CutKind::Kill, at));
        for name in bench.names().iter().filter(|name| !name.starts_with('.')) {
            assert_eq!(bench.read(name), undisturbed.read(name), "killed at step {at}");
        }
    }
}

#[test]
fn a_failed_run_leaves_no_temporary_file() {
    for at in 1..60 {
        let bench = Bench::new();
        let _ = bench.run("00000001", &charges(), &Cut::nth(CutKind::FailOnce, at));
        assert!(bench.names().iter().all(|name| !name.starts_with('.')), "failed at step {at}: {:?}", bench.names());
    }
}

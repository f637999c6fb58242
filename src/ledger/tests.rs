use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::samples::{billed, cents, decimal, document, line, period, run, tenant, working};
use super::*;
use crate::domain::charge::ChargeKey;
use crate::domain::document::{Document, Kind, State};

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("state").join("ledger.db")
    }

    fn open(&self) -> (Ledger, LockGuard) {
        let ledger = Ledger::open_with(&self.path(), false).unwrap();
        let lock = ledger.lock(Duration::ZERO).unwrap();
        (ledger, lock)
    }
}

fn invoice_and_bill(key: u128, suffix: &str) -> Vec<Document> {
    let mut invoice = document(Kind::Invoice, &format!("CSP-2026-11-010101{suffix}"), Some(tenant(1)), vec![line(key, 60_000, "E3")]);
    invoice.workings = vec![working(2, cents(50_747), cents(60_000))];
    invoice.reference = Some("cspctl 00000001".into());
    vec![document(Kind::Bill, &format!("DD-2026-11{suffix}"), None, vec![line(key, 50_747, "E3")]), invoice]
}

fn record(ledger: &mut Ledger, lock: &LockGuard, id: &str, key: u128, suffix: &str) -> Result<(), LedgerError> {
    let documents = invoice_and_bill(key, suffix);
    let charges = [billed(key, Some(&documents[0].number), Some((&documents[1].number, tenant(1))))];
    let run = run(id, RunMode::Exported);
    let documents: Vec<&Document> = documents.iter().collect();
    ledger.append(lock, &[Record::Exported { run: &run, documents: &documents, billed: &charges, files: &[] }], &Undisturbed)
}

fn undo(ledger: &mut Ledger, lock: &LockGuard, id: &str) -> Result<(), LedgerError> {
    let (run, machine_user) = (id.parse().unwrap(), MachineUser("someone".to_owned()));
    ledger.append(lock, &[Record::Undone { run: &run, at: "2026-11-23T00:00:00Z".parse().unwrap(), machine_user: &machine_user }], &Undisturbed)
}

#[test]
fn history_gives_back_what_was_recorded() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    record(&mut ledger, &lock, "00000001", 7, "").unwrap();
    let history = Ledger::open_for_reading(&bench.path()).unwrap().history().unwrap();
    let mut expected = invoice_and_bill(7, "");
    for document in &mut expected {
        document.state = State::Exists;
    }
    assert_eq!(history.documents, expected);
    assert_eq!(history.charges, [billed(7, Some("DD-2026-11"), Some(("CSP-2026-11-010101", tenant(1))))]);
    assert_eq!(ledger.runs().unwrap()[0].run, run("00000001", RunMode::Exported));
}

#[test]
fn a_charge_is_on_at_most_one_bill_and_one_sale() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    record(&mut ledger, &lock, "00000001", 7, "").unwrap();
    let error = record(&mut ledger, &lock, "00000002", 7, "-2").unwrap_err();
    assert!(matches!(error, LedgerError::AlreadyBilled { key: ChargeKey(7), side: Side::Purchase, .. }), "{error}");
    let message = error.to_string();
    assert!(message.contains("00000000000000000000000000000007") && message.contains("DD-2026-11 of run 00000001"), "{message}");
    assert_eq!(ledger.runs().unwrap().len(), 1, "nothing of the refused run is recorded");
}

#[test]
fn the_guards_name_the_charge_wherever_it_stands_in_a_large_run() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    let bill = |number: &str, keys: &[u128]| document(Kind::Bill, number, None, keys.iter().map(|key| line(*key, 100, "a")).collect());
    let mut append = |id: &str, number: &str, keys: &[u128]| {
        let charges: Vec<_> = keys.iter().map(|key| billed(*key, Some(number), None)).collect();
        let run = run(id, RunMode::Exported);
        ledger.append(&lock, &[Record::Exported { run: &run, documents: &[&bill(number, keys)], billed: &charges, files: &[] }], &Undisturbed)
    };
    let odd: Vec<u128> = (0..300).map(|number| number * 2 + 1).collect();
    append("00000001", "DD-2026-11", &odd).unwrap();
    for (id, known) in [("00000002", 3), ("00000003", 251), ("00000004", 599)] {
        let mut keys: Vec<u128> = (0..300).map(|number| number * 2).collect();
        keys.push(known);
        let error = append(id, "DD-2026-11-2", &keys).unwrap_err();
        assert!(
            matches!(&error, LedgerError::AlreadyBilled { key, document, .. } if key.0 == known && document.contains("DD-2026-11 of run 00000001")),
            "{error}"
        );
    }
    let mut twice: Vec<u128> = (1_000..1_200).collect();
    twice.push(1_100);
    let error = append("00000005", "DD-2026-11-2", &twice).unwrap_err();
    assert!(matches!(&error, LedgerError::AlreadyBilled { key: ChargeKey(1_100), document, .. } if document.contains("this very run")), "{error}");
    assert_eq!(ledger.runs().unwrap().len(), 1, "nothing of the refused runs is recorded");
}

#[test]
fn one_run_cannot_bill_a_charge_twice_either() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    let bill = document(Kind::Bill, "DD-2026-11", None, vec![line(7, 100, "a"), line(7, 100, "b")]);
    let charges = [billed(7, Some("DD-2026-11"), None), billed(7, Some("DD-2026-11"), None)];
    let run = run("00000001", RunMode::Exported);
    let error = ledger.append(&lock, &[Record::Exported { run: &run, documents: &[&bill], billed: &charges, files: &[] }], &Undisturbed).unwrap_err();
    assert!(matches!(error, LedgerError::AlreadyBilled { .. }), "{error}");
}

#[test]
fn a_number_is_used_once_on_each_side() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    record(&mut ledger, &lock, "00000001", 7, "").unwrap();
    let error = record(&mut ledger, &lock, "00000002", 8, "").unwrap_err();
    assert!(error.to_string().contains("DD-2026-11 is already used by a purchase document of run 00000001"), "{error}");
}

#[test]
fn documents_and_charges_that_disagree_are_refused() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    let run = run("00000001", RunMode::Exported);
    let bill = document(Kind::Bill, "DD-2026-11", None, vec![line(7, 100, "a")]);
    for charges in [vec![], vec![billed(8, Some("DD-2026-11"), None)], vec![billed(7, Some("DD-2026-11"), Some(("CSP", tenant(1))))]] {
        let error = ledger.append(&lock, &[Record::Exported { run: &run, documents: &[&bill], billed: &charges, files: &[] }], &Undisturbed).unwrap_err();
        assert!(matches!(error, LedgerError::Inconsistent { .. }), "{error}");
    }
    assert!(ledger.runs().unwrap().is_empty());
}

#[test]
fn an_undone_run_frees_its_charges_and_numbers_and_stays_on_record() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    record(&mut ledger, &lock, "00000001", 7, "").unwrap();
    undo(&mut ledger, &lock, "00000001").unwrap();
    assert!(ledger.history().unwrap().is_empty());
    assert_eq!(ledger.documents_of(&"00000001".parse().unwrap()).unwrap().len(), 2, "the records stay");
    let state = ledger.run("00000001").unwrap();
    assert_eq!((state.state(), state.undone.unwrap().machine_user.0.as_str()), (RunState::Undone, "someone"));
    record(&mut ledger, &lock, "00000002", 7, "").unwrap();
    assert!(matches!(undo(&mut ledger, &lock, "00000001").unwrap_err(), LedgerError::AlreadyUndone(_)));
    assert!(matches!(undo(&mut ledger, &lock, "00000009").unwrap_err(), LedgerError::UnknownRun(_)));
    assert_eq!(ledger.history().unwrap().charges.len(), 1);
}

#[test]
fn caught_up_charges_are_settled_on_both_sides() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    let mut charge = billed(7, None, None);
    charge.caught_up = true;
    let caught_up = run("00000001", RunMode::CaughtUp);
    ledger.append(&lock, &[Record::CaughtUp { run: &caught_up, charges: &[charge] }], &Undisturbed).unwrap();
    let error = record(&mut ledger, &lock, "00000002", 7, "").unwrap_err().to_string();
    assert!(error.contains("run 00000001 marked it as billed"), "{error}");
    undo(&mut ledger, &lock, "00000001").unwrap();
    record(&mut ledger, &lock, "00000002", 7, "").unwrap();
}

#[test]
fn a_run_is_found_by_the_start_of_its_id_or_as_the_last() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    for (id, key) in [("ab000001", 1), ("ab100002", 2), ("cd000003", 3)] {
        record(&mut ledger, &lock, id, key, &format!("-{}", key + 1)).unwrap();
    }
    assert_eq!(ledger.run("AB1").unwrap().run.id.as_str(), "ab100002");
    assert_eq!(ledger.run("last").unwrap().run.id.as_str(), "cd000003");
    assert!(matches!(ledger.run("ab").unwrap_err(), LedgerError::AmbiguousRun { runs, .. } if runs.len() == 2));
    assert!(matches!(ledger.run("").unwrap_err(), LedgerError::UnknownRun(_)));
    undo(&mut ledger, &lock, "cd000003").unwrap();
    assert_eq!(ledger.run("last").unwrap().run.id.as_str(), "ab100002");
}

#[test]
fn a_cut_off_transaction_leaves_nothing() {
    struct FailAt(Step);
    impl Steps for FailAt {
        fn reached(&self, step: Step) -> std::io::Result<()> {
            if step == self.0 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        }
    }
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    let documents = invoice_and_bill(7, "");
    let charges = [billed(7, Some("DD-2026-11"), Some(("CSP-2026-11-010101", tenant(1))))];
    let run = run("00000001", RunMode::Exported);
    let documents: Vec<&Document> = documents.iter().collect();
    let exported = Record::Exported { run: &run, documents: &documents, billed: &charges, files: &[] };
    for step in [Step::RecordRun, Step::RecordDocuments, Step::RecordCharges, Step::RecordGuards, Step::Commit] {
        let error = ledger.append(&lock, &[exported], &FailAt(step)).unwrap_err();
        assert!(matches!(error, LedgerError::DiskFull(_)), "{error}");
        assert!(ledger.runs().unwrap().is_empty(), "{step:?}");
    }
    ledger.append(&lock, &[exported], &FailAt(Step::Committed)).unwrap_err();
    assert_eq!(ledger.runs().unwrap().len(), 1);
}

fn files_in(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn reading_neither_makes_nor_touches_a_file() {
    let bench = Bench::new();
    let ledger = Ledger::open_for_reading(&bench.path()).unwrap();
    assert!(ledger.history().unwrap().is_empty() && ledger.runs().unwrap().is_empty() && ledger.pending_files().unwrap().is_empty());
    assert!(files_in(bench.folder.path()).is_empty());
    let (mut ledger, lock) = bench.open();
    record(&mut ledger, &lock, "00000001", 7, "").unwrap();
    drop((ledger, lock));
    let state = bench.path().parent().unwrap().to_owned();
    let (names, bytes) = (files_in(&state), fs::read(bench.path()).unwrap());
    let modified = fs::metadata(bench.path()).unwrap().modified().unwrap();
    let ledger = Ledger::open_for_reading(&bench.path()).unwrap();
    assert_eq!(ledger.history().unwrap().documents.len(), 2);
    assert_eq!(files_in(&state), names, "no side files while it is open");
    drop(ledger);
    assert_eq!((files_in(&state), fs::read(bench.path()).unwrap()), (names, bytes));
    assert_eq!(fs::metadata(bench.path()).unwrap().modified().unwrap(), modified);
}

#[test]
fn a_ledger_opened_for_reading_refuses_to_write() {
    let bench = Bench::new();
    let (ledger, lock) = bench.open();
    drop(ledger);
    let mut ledger = Ledger::open_for_reading(&bench.path()).unwrap();
    assert!(matches!(record(&mut ledger, &lock, "00000001", 7, "").unwrap_err(), LedgerError::OpenedForReading(_)));
}

#[test]
fn an_empty_file_is_an_empty_ledger() {
    let bench = Bench::new();
    fs::create_dir_all(bench.path().parent().unwrap()).unwrap();
    fs::write(bench.path(), "").unwrap();
    assert!(Ledger::open_for_reading(&bench.path()).unwrap().history().unwrap().is_empty());
    let (mut ledger, lock) = bench.open();
    record(&mut ledger, &lock, "00000001", 7, "").unwrap();
}

#[test]
fn a_file_that_is_no_ledger_is_named() {
    let bench = Bench::new();
    fs::create_dir_all(bench.path().parent().unwrap()).unwrap();
    fs::write(bench.path(), "not a database, but long enough to be taken for a page of one".repeat(100)).unwrap();
    for error in [Ledger::open(&bench.path()).unwrap_err(), Ledger::open_for_reading(&bench.path()).unwrap_err()] {
        assert!(error.to_string().contains("is not a ledger of cspctl"), "{error}");
    }
    fs::remove_file(bench.path()).unwrap();
    rusqlite::Connection::open(bench.path()).unwrap().execute_batch("CREATE TABLE other (a); PRAGMA user_version = 1;").unwrap();
    for error in [Ledger::open(&bench.path()).unwrap_err(), Ledger::open_for_reading(&bench.path()).unwrap_err()] {
        assert!(matches!(error, LedgerError::NotALedger(_)), "{error}");
    }
}

#[test]
fn a_newer_ledger_says_to_update() {
    let bench = Bench::new();
    drop(bench.open());
    rusqlite::Connection::open(bench.path()).unwrap().execute_batch("PRAGMA user_version = 99;").unwrap();
    for error in [Ledger::open(&bench.path()).unwrap_err(), Ledger::open_for_reading(&bench.path()).unwrap_err()] {
        assert!(error.to_string().contains("version 99") && error.to_string().contains("update cspctl"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn the_ledger_and_its_folder_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let _open = bench.open();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&bench.path()), 0o600);
    assert_eq!(mode(bench.path().parent().unwrap()), 0o700);
    assert_eq!(mode(&bench.folder.path().join("state").join("ledger.db.lock")), 0o600);
}

#[test]
fn records_cannot_be_changed_behind_our_back() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    record(&mut ledger, &lock, "00000001", 7, "").unwrap();
    let connection = rusqlite::Connection::open(bench.path()).unwrap();
    for sql in ["UPDATE run SET period = '2026-12'", "DELETE FROM document", "UPDATE document SET number = 'x'", "DELETE FROM charges"] {
        assert!(connection.execute_batch(sql).is_err(), "{sql}");
    }
}

/// What a killed run leaves: a database half changed and the journal that takes it back.
#[test]
fn a_transaction_cut_off_by_a_kill_is_taken_back_by_the_next_reader() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    record(&mut ledger, &lock, "00000001", 7, "").unwrap();
    drop((ledger, lock));
    let copy = bench.folder.path().join("copy.db");
    let journal = |path: &Path| PathBuf::from(format!("{}-journal", path.display()));
    {
        let connection = rusqlite::Connection::open(bench.path()).unwrap();
        connection
            .execute_batch("PRAGMA cache_size = 1; PRAGMA synchronous = FULL; BEGIN IMMEDIATE; DELETE FROM guard_bill; DELETE FROM guard_number;")
            .unwrap();
        let mut insert = connection.prepare("INSERT INTO guard_sale VALUES (randomblob(16), 1, NULL)").unwrap();
        for _ in 0..5_000 {
            insert.execute([]).unwrap();
        }
        fs::copy(bench.path(), &copy).unwrap();
        fs::copy(journal(&bench.path()), journal(&copy)).unwrap();
    }
    let ledger = Ledger::open_for_reading(&copy).unwrap();
    assert_eq!(ledger.history().unwrap().charges.len(), 1);
    assert!(!journal(&copy).exists(), "the journal was used");
    let connection = rusqlite::Connection::open(&copy).unwrap();
    let count = |table: &str| connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!((count("guard_bill"), count("guard_sale"), count("guard_number")), (1, 1, 2));
}

#[test]
fn columns_can_be_queried_by_a_person() {
    let bench = Bench::new();
    let (mut ledger, lock) = bench.open();
    record(&mut ledger, &lock, "00000001", 7, "").unwrap();
    let connection = rusqlite::Connection::open(bench.path()).unwrap();
    let sql = "SELECT r.id || ' ' || r.period || ' ' || d.kind || ' ' || d.number || ' ' || d.sub_total || ' ' || d.due_date \
               FROM document AS d JOIN run AS r USING (run) WHERE d.kind = 'invoice'";
    let text: String = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(text, "00000001 2026-11 invoice CSP-2026-11-010101 600.00 2026-12-20");
    assert_eq!(ledger.last_file_ordinal(period(), FileKind::Bills).unwrap(), 0);
    assert_eq!(decimal("1"), rust_decimal::Decimal::ONE);
}

/// Seen as "is not a ledger": a run read the version before, and the tables after another run's migration.
#[test]
fn runs_that_open_a_new_ledger_together_never_see_half_a_migration() {
    for _ in 0..40 {
        let bench = Bench::new();
        fs::create_dir(bench.folder.path().join("state")).unwrap();
        let start = std::sync::Barrier::new(6);
        std::thread::scope(|scope| {
            for number in 0..6 {
                let (bench, start) = (&bench, &start);
                scope.spawn(move || {
                    start.wait();
                    if number % 2 == 0 {
                        Ledger::open_with(&bench.path(), false).unwrap();
                    } else {
                        Ledger::open_for_reading(&bench.path()).unwrap();
                    }
                });
            }
        });
    }
}

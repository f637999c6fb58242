//! A small planner and a run that can be cut off.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use super::super::{ExportError, Exported, Settings, complete_pending_with, export_with};
use crate::domain::charge::ChargeKey;
use crate::domain::document::{Document, Kind, Line};
use crate::domain::history::{BilledCharge, History};
use crate::domain::plan::{Coverage, Plan, Totals};
use crate::domain::policy::ImportLabels;
use crate::ledger::samples::{billed, cents, document, line, period, run, tenant};
use crate::ledger::{Ledger, LockGuard, RunMode, RunState, Step, Steps};

/// Rows a file holds in these tests, so that a few lines make several files.
pub(super) const ROWS: usize = 3;

static LABELS: LazyLock<ImportLabels> = LazyLock::new(|| ImportLabels::of_country("AU"));

pub(super) fn settings<'a>(csv_folder: &'a Path, steps: &'a dyn Steps) -> Settings<'a> {
    Settings { csv_folder, labels: &LABELS, rows_at_most: ROWS, steps }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct TestCharge {
    pub(super) key: u128,
    pub(super) customer: u8,
    pub(super) cost: i64,
    pub(super) sell: i64,
    pub(super) is_held: bool,
}

impl TestCharge {
    pub(super) fn new(key: u128, customer: u8, cost: i64, sell: i64) -> Self {
        Self { key, customer, cost, sell, is_held: false }
    }
}

/// How a run is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CutKind {
    /// One step fails, as on a moment's trouble.
    FailOnce,
    /// From that step on all fail, as on a full disk.
    FailOn,
    /// The process ends there, without any clearing up.
    Kill,
}

/// Cuts a run off at the n-th step, or at the n-th step of one sort.
pub(super) struct Cut {
    kind: CutKind,
    only: Option<Step>,
    at: usize,
    count: Cell<usize>,
}

/// What a killed run leaves in place of a result.
#[derive(Debug)]
struct Killed;

impl Cut {
    pub(super) fn nth(kind: CutKind, at: usize) -> Self {
        Self { kind, only: None, at, count: Cell::new(0) }
    }

    pub(super) fn at(kind: CutKind, step: Step, at: usize) -> Self {
        Self { kind, only: Some(step), at, count: Cell::new(0) }
    }

    pub(super) fn was_reached(&self) -> bool {
        self.count.get() >= self.at
    }
}

impl Steps for Cut {
    fn reached(&self, step: Step) -> io::Result<()> {
        if self.only.is_some_and(|only| only != step) {
            return Ok(());
        }
        self.count.set(self.count.get() + 1);
        let is_now = self.count.get() == self.at;
        match self.kind {
            CutKind::Kill if is_now => std::panic::resume_unwind(Box::new(Killed)),
            CutKind::FailOnce if is_now => Err(io::ErrorKind::StorageFull.into()),
            CutKind::FailOn if self.was_reached() => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }

    fn is_durable(&self) -> bool {
        false
    }
}

/// A folder with a ledger and a folder of files.
pub(super) struct Bench(tempfile::TempDir);

/// Everything that a run leaves behind.
#[derive(Debug, PartialEq)]
pub(super) struct Snapshot {
    pub(super) files: BTreeMap<String, String>,
    pub(super) documents: Vec<Document>,
    pub(super) charges: Vec<BilledCharge>,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn ledger(&self) -> PathBuf {
        self.root().join("ledger.db")
    }

    pub(super) fn csv(&self) -> PathBuf {
        self.root().join("xero")
    }

    pub(super) fn open(&self) -> (Ledger, LockGuard) {
        let ledger = Ledger::open_with(&self.ledger(), false).unwrap();
        let lock = ledger.lock(Duration::ZERO).unwrap();
        (ledger, lock)
    }

    /// What `sync` does. A killed run is an error of its own kind.
    pub(super) fn run(&self, id: &str, charges: &[TestCharge], steps: &dyn Steps) -> Result<Exported, ExportError> {
        self.survive(|ledger, lock| {
            complete_pending_with(ledger, lock, &self.csv(), steps)?;
            let mut plan = plan(charges, ledger.history()?);
            export_with(ledger, lock, &run(id, RunMode::Exported), &mut plan, &settings(&self.csv(), steps))
        })
        .unwrap_or_else(|| Err(ExportError::Differs("killed".to_owned())))
    }

    /// Runs until it ends or is killed: `None`.
    pub(super) fn survive<T>(&self, work: impl FnOnce(&mut Ledger, &LockGuard) -> T) -> Option<T> {
        let (mut ledger, lock) = self.open();
        match std::panic::catch_unwind(AssertUnwindSafe(|| work(&mut ledger, &lock))) {
            Ok(result) => Some(result),
            Err(panic) if panic.is::<Killed>() => None,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(self.csv()).map(|entries| entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()).unwrap_or_default();
        names.sort();
        names
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.csv().join(name)).unwrap()
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let history = self.open().0.history().unwrap();
        let files = self.names().into_iter().map(|name| (name.clone(), self.read(&name))).collect();
        Snapshot { files, documents: history.documents, charges: history.charges }
    }

    /// Checks what must hold after the last run, whatever happened before.
    pub(super) fn check_exactly_once(&self, charges: &[TestCharge]) {
        let (ledger, _lock) = self.open();
        let history = ledger.history().unwrap();
        for charge in charges {
            let documents_with = |is_purchase: bool| {
                let of_side = history.documents.iter().filter(|document| document.kind.is_purchase() == is_purchase);
                of_side.flat_map(|document| &document.lines).filter(|line| line.key == ChargeKey(charge.key)).count()
            };
            assert_eq!(documents_with(true), 1, "charge {} on bills", charge.key);
            assert_eq!(documents_with(false), usize::from(!charge.is_held), "charge {} on sales", charge.key);
        }
        let standing = ledger.runs().unwrap().into_iter().filter(|run| run.state() != RunState::Undone);
        let mut expected: Vec<String> = standing.flat_map(|run| ledger.files_of(&run.run.id).unwrap()).map(|file| file.file.name).collect();
        expected.sort();
        assert_eq!(self.names(), expected, "files of the runs that stand, and no other");
        assert!(ledger.pending_files().unwrap().is_empty());
        self.check_sums(charges);
    }

    /// The files themselves add up to the charges.
    fn check_sums(&self, charges: &[TestCharge]) {
        let (mut purchased, mut sold) = (cents(0), cents(0));
        for name in self.names() {
            let text = self.read(&name);
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let index = reader.headers().unwrap().iter().position(|heading| heading == "*UnitAmount").unwrap();
            for row in reader.records() {
                let amount = crate::domain::money::Money::round_half_away(row.unwrap()[index].parse().unwrap());
                match name.as_str() {
                    name if name.starts_with("xero-bills") => purchased += amount,
                    name if name.starts_with("xero-sales-invoices") => sold += amount,
                    _ => sold += -amount,
                }
            }
        }
        assert_eq!(purchased, cents(charges.iter().map(|charge| charge.cost).sum()));
        assert_eq!(sold, cents(charges.iter().filter(|charge| !charge.is_held).map(|charge| charge.sell).sum()));
    }
}

/// Plans as the real planner does: what is not settled goes on a further document, at most
/// [`ROWS`] lines each.
pub(super) fn plan(charges: &[TestCharge], history: History) -> Plan {
    let mut charges = charges.to_vec();
    charges.sort_by_key(|charge| charge.key);
    let settled: BTreeMap<u128, (bool, bool)> = charges
        .iter()
        .map(|charge| {
            let of_charge = history.charges.iter().filter(|billed| billed.key == ChargeKey(charge.key));
            let (bill, sale) = of_charge.fold((false, false), |(bill, sale), billed| {
                (bill || billed.bill.is_some() || billed.caught_up, sale || billed.sale.is_some() || billed.caught_up)
            });
            (charge.key, (bill, sale))
        })
        .collect();
    let mut documents = history.documents;
    let mut billed_on: BTreeMap<u128, Arc<str>> = BTreeMap::new();
    let mut sold_on: BTreeMap<u128, Arc<str>> = BTreeMap::new();
    let unbilled: Vec<&TestCharge> = charges.iter().filter(|charge| !settled[&charge.key].0).collect();
    add(&mut documents, None, &unbilled, |charge| charge.cost, &mut billed_on);
    for customer in 0..=u8::MAX {
        let unsold: Vec<&TestCharge> = charges.iter().filter(|charge| charge.customer == customer && !charge.is_held && !settled[&charge.key].1).collect();
        add(&mut documents, Some(customer), &unsold, |charge| charge.sell, &mut sold_on);
    }
    let recorded = charges.iter().filter(|charge| billed_on.contains_key(&charge.key) || sold_on.contains_key(&charge.key));
    let billed = recorded
        .map(|charge| {
            billed(charge.key, billed_on.get(&charge.key).map(|number| &**number), sold_on.get(&charge.key).map(|number| (&**number, tenant(charge.customer))))
        })
        .collect();
    Plan {
        period: period(),
        period_chosen: true,
        documents,
        held: Vec::new(),
        findings: Vec::new(),
        coverage: Coverage::default(),
        totals: Totals::default(),
        digest: "sha256:aa".to_owned(),
        source_digest: "sha256:bb".to_owned(),
        billed,
        blockers: Vec::new(),
        other_periods: Vec::new(),
    }
}

fn add(
    documents: &mut Vec<Document>,
    customer: Option<u8>,
    charges: &[&TestCharge],
    amount: impl Fn(&TestCharge) -> i64,
    numbers: &mut BTreeMap<u128, Arc<str>>,
) {
    for charges in charges.chunks(ROWS) {
        let tenant_id = customer.map(tenant);
        let before = documents.iter().filter(|document| document.tenant_id == tenant_id).count();
        let base = customer.map_or_else(|| "DD-2026-11".to_owned(), |customer| format!("CSP-2026-11-{customer:02x}{customer:02x}{customer:02x}"));
        let number = if before == 0 { base } else { format!("{base}-{}", before + 1) };
        let sum: i64 = charges.iter().map(|charge| amount(charge)).sum();
        let sign = if sum < 0 { -1 } else { 1 };
        let kind = match (customer, sign) {
            (None, 1) => Kind::Bill,
            (None, _) => Kind::SupplierCredit,
            (Some(_), 1) => Kind::Invoice,
            (Some(_), _) => Kind::CreditNote,
        };
        let lines: Vec<Line> = charges.iter().map(|charge| line(charge.key, sign * amount(charge), "Seats, \"many\"")).collect();
        let document = document(kind, &number, tenant_id, lines);
        numbers.extend(charges.iter().map(|charge| (charge.key, Arc::clone(&document.number))));
        documents.push(document);
    }
}

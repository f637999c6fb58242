//! Adding to the ledger: one durable transaction, all of it or nothing.

mod posting;

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::blob::{encode_charges, encode_document};
use super::error::LedgerError;
use super::guard::{self, GuardError, Guarded};
use super::lock::LockGuard;
use super::open::Ledger;
use super::records::{ExportFile, Record, RecordedFile, Run, Side};
use super::steps::{Step, Steps};
use crate::domain::document::{Document, Status};
use crate::domain::history::BilledCharge;

/// Charges a row of the table `charges`: few rows to look up, and none too large to read at once.
const CHARGES_PER_ROW: usize = 5_000;

impl Ledger {
    /// Appends the records in one transaction, durable on return. Needs the lock: an unlocked
    /// write does not compile.
    ///
    /// # Errors
    ///
    /// [`LedgerError::AlreadyBilled`] and [`LedgerError::NumberTaken`] when the database's own
    /// guards refuse; [`LedgerError::Inconsistent`] when documents and charges disagree; and
    /// whatever the disk says. Nothing is recorded then, unless `steps` fails after the commit.
    pub fn append(&mut self, _lock: &LockGuard, records: &[Record<'_>], steps: &dyn Steps) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let connection = match self.connection.as_mut() {
            Some(connection) if self.is_writable => connection,
            _ => return Err(LedgerError::OpenedForReading(path)),
        };
        let fail = |error| LedgerError::of_database(&path, error);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
        let writer = Writer { path: &path, transaction: &transaction, steps };
        for record in records {
            writer.append(record)?;
        }
        writer.reached(Step::Commit)?;
        transaction.commit().map_err(fail)?;
        steps.reached(Step::Committed).map_err(|error| LedgerError::of_io("write", &path, error))
    }
}

/// One transaction.
struct Writer<'a> {
    path: &'a Path,
    transaction: &'a Transaction<'a>,
    steps: &'a dyn Steps,
}

impl Writer<'_> {
    fn append(&self, record: &Record<'_>) -> Result<(), LedgerError> {
        match *record {
            Record::Exported { run, documents, billed, files } => self.exported(run, documents, billed, files),
            Record::CaughtUp { run, charges } => self.caught_up(run, charges),
            Record::Posting(posting) => self.posting(posting),
            Record::Sending { documents, sending } => self.sending(documents, sending),
            Record::Outcomes { outcomes, at } => self.outcomes(outcomes, at),
            Record::Withdrawn { documents, at, machine_user } => self.withdrawn(documents, at, &machine_user.0),
            Record::Written { files, folder, at } => self.check(self.written(files, folder, at)),
            Record::UndoBegun { run, at, machine_user } => self.undo_begun(run.as_str(), at, &machine_user.0),
            Record::Undone { run, at, machine_user } => self.undone(run.as_str(), at, &machine_user.0),
        }
    }

    fn exported(&self, run: &Run, documents: &[&Document], billed: &[BilledCharge], files: &[ExportFile]) -> Result<(), LedgerError> {
        self.reached(Step::RecordRun)?;
        let run_row = self.check(insert_run(self.transaction, run))?;
        self.reached(Step::RecordDocuments)?;
        let rows = self.documents(run_row, documents)?;
        self.check(insert_files(self.transaction, run_row, files, &rows))?;
        self.reached(Step::RecordCharges)?;
        self.charges(run_row, billed)?;
        self.reached(Step::RecordGuards)?;
        for side in [Side::Purchase, Side::Sale] {
            let guarded = guard::guarded_lines(documents, &rows, side);
            guard::check_agreement(&guarded, billed, side)?;
            self.guarded(guard::insert_charges(self.transaction, side, run_row, &guarded))?;
        }
        Ok(())
    }

    fn caught_up(&self, run: &Run, charges: &[BilledCharge]) -> Result<(), LedgerError> {
        self.reached(Step::RecordRun)?;
        let run_row = self.check(insert_run(self.transaction, run))?;
        self.reached(Step::RecordCharges)?;
        self.charges(run_row, charges)?;
        self.reached(Step::RecordGuards)?;
        self.caught_up_guards(run_row, charges)
    }

    fn caught_up_guards(&self, run_row: i64, charges: &[BilledCharge]) -> Result<(), LedgerError> {
        for side in [Side::Purchase, Side::Sale] {
            let mut keys: Vec<Guarded> = charges.iter().filter(|charge| catches_up(charge, side)).map(|charge| (charge.key, None)).collect();
            keys.sort_unstable();
            self.guarded(guard::insert_charges(self.transaction, side, run_row, &keys))?;
        }
        Ok(())
    }

    fn undone(&self, run: &str, at: jiff::Timestamp, machine_user: &str) -> Result<(), LedgerError> {
        let row = self.row_of(run)?;
        let sql = "INSERT INTO undone (run, undone_at, machine_user) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        if self.check(self.transaction.execute(sql, params![row, at.to_string(), machine_user]))? == 0 {
            return Err(LedgerError::AlreadyUndone(run.to_owned()));
        }
        self.check(guard::release(self.transaction, row))
    }

    fn undo_begun(&self, run: &str, at: jiff::Timestamp, machine_user: &str) -> Result<(), LedgerError> {
        let sql = "INSERT INTO undo_begun (run, begun_at, machine_user) VALUES (?1, ?2, ?3)";
        self.check(self.transaction.execute(sql, params![self.row_of(run)?, at.to_string(), machine_user])).map(drop)
    }

    fn row_of(&self, run: &str) -> Result<i64, LedgerError> {
        match self.transaction.query_row("SELECT run FROM run WHERE id = ?1", [run], |row| row.get(0)) {
            Err(rusqlite::Error::QueryReturnedNoRows) => Err(LedgerError::UnknownRun(run.to_owned())),
            other => self.check(other),
        }
    }

    fn documents(&self, run: i64, documents: &[&Document]) -> Result<Vec<i64>, LedgerError> {
        let mut rows = Vec::with_capacity(documents.len());
        let mut buffer = Vec::new();
        for document in documents {
            encode_document(&document.lines, &document.workings, &mut buffer)
                .map_err(|error| LedgerError::Inconsistent { what: format!("{}: {error}", document.number) })?;
            let row = self.check(insert_document(self.transaction, run, document, &buffer))?;
            self.guarded(guard::insert_number(self.transaction, document, run, row))?;
            rows.push(row);
        }
        Ok(rows)
    }

    fn charges(&self, run: i64, charges: &[BilledCharge]) -> Result<(), LedgerError> {
        for chunk in charges.chunks(CHARGES_PER_ROW) {
            let blob = encode_charges(chunk).map_err(|error| LedgerError::Inconsistent { what: error.to_string() })?;
            let sql = "INSERT INTO charges (run, charge_count, charges) VALUES (?1, ?2, ?3)";
            self.check(self.transaction.execute(sql, params![run, integer(chunk.len()), blob]))?;
        }
        Ok(())
    }

    fn written(&self, files: &[RecordedFile], folder: &Path, at: jiff::Timestamp) -> rusqlite::Result<()> {
        let mut insert = self.transaction.prepare("INSERT INTO file_written (file, written_at, folder) VALUES (?1, ?2, ?3)")?;
        for file in files {
            insert.execute(params![file.row, at.to_string(), folder.to_string_lossy()])?;
        }
        Ok(())
    }

    fn reached(&self, step: Step) -> Result<(), LedgerError> {
        self.steps.reached(step).map_err(|error| LedgerError::of_io("write", self.path, error))
    }

    fn check<T>(&self, result: rusqlite::Result<T>) -> Result<T, LedgerError> {
        result.map_err(|error| LedgerError::of_database(self.path, error))
    }

    fn guarded(&self, result: Result<(), GuardError>) -> Result<(), LedgerError> {
        result.map_err(|error| match error {
            GuardError::Ledger(error) => error,
            GuardError::Database(error) => LedgerError::of_database(self.path, error),
        })
    }
}

/// Catching up settles the sides that no document of an earlier run has settled.
fn catches_up(charge: &BilledCharge, side: Side) -> bool {
    match side {
        Side::Purchase => charge.bill.is_none(),
        Side::Sale => charge.sale.is_none(),
    }
}

fn insert_run(connection: &Connection, run: &Run) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO run (id, period, mode, profile, started_at, digest, source_digest, machine_user, account, version, \
               documents, charges, cost, sell, margin, held_cost) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
    let totals = &run.totals;
    connection.execute(
        sql,
        params![
            run.id.as_str(),
            run.period.to_string(),
            run.mode.as_str(),
            run.profile,
            run.started_at.to_string(),
            run.digest,
            run.source_digest,
            run.machine_user.0,
            run.account,
            run.version,
            i64::try_from(run.documents).unwrap_or(i64::MAX),
            i64::try_from(run.charges).unwrap_or(i64::MAX),
            totals.cost.to_string(),
            totals.sell.to_string(),
            totals.margin.to_string(),
            totals.held_cost.to_string()
        ],
    )?;
    Ok(connection.last_insert_rowid())
}

fn insert_document(connection: &Connection, run: i64, document: &Document, lines: &[u8]) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO document (run, kind, number, period, contact_id, contact_name, tenant_id, date, due_date, currency, status, \
               sub_total, reference, line_count, lines) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    connection.prepare_cached(sql)?.execute(params![
        run,
        document.kind.as_str(),
        &*document.number,
        document.period.to_string(),
        document.contact_id.map(|id| id.to_string()),
        &*document.contact_name,
        document.tenant_id.map(|id| id.to_string()),
        document.date.to_string(),
        document.due_date.to_string(),
        &*document.currency,
        status_text(document.status),
        document.sub_total.to_string(),
        document.reference.as_deref(),
        integer(document.lines.len()),
        lines
    ])?;
    Ok(connection.last_insert_rowid())
}

fn insert_files(connection: &Connection, run: i64, files: &[ExportFile], document_rows: &[i64]) -> rusqlite::Result<()> {
    let mut insert = connection
        .prepare("INSERT INTO file (run, kind, ordinal, name, folder, sha256, size_bytes, row_count, labels) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
    let mut insert_document = connection.prepare("INSERT INTO file_document (file, document) VALUES (?1, ?2)")?;
    for file in files {
        let size = i64::try_from(file.size_bytes).unwrap_or(i64::MAX);
        let rows = i64::try_from(file.rows).unwrap_or(i64::MAX);
        let folder = file.folder.to_string_lossy();
        // A few texts: this cannot fail.
        let labels = serde_json::to_string(&file.labels).unwrap_or_default();
        insert.execute(params![run, file.kind.as_str(), file.ordinal, file.name, folder, file.sha256, size, rows, labels])?;
        let row = connection.last_insert_rowid();
        for document in file.documents.iter().filter_map(|position| document_rows.get(*position)) {
            insert_document.execute([row, *document])?;
        }
    }
    Ok(())
}

/// The word in the ledger, as in Xero.
pub(super) fn status_text(status: Status) -> &'static str {
    match status {
        Status::Draft => "DRAFT",
        Status::Submitted => "SUBMITTED",
        Status::Authorised => "AUTHORISED",
    }
}

fn integer(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

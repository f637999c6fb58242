//! The last line of defence: tables in which the database itself refuses a second billing.

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use super::error::LedgerError;
use super::records::Side;
use crate::domain::charge::ChargeKey;
use crate::domain::document::Document;
use crate::domain::history::BilledCharge;

/// A charge on a document, or caught up.
pub(super) type Guarded = (ChargeKey, Option<i64>);

/// A failure before it is tied to the file.
pub(super) enum GuardError {
    Ledger(LedgerError),
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for GuardError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// The charges of one side, sorted, so that they go into the table from left to right.
pub(super) fn guarded_lines(documents: &[&Document], rows: &[i64], side: Side) -> Vec<Guarded> {
    let of_side = documents.iter().zip(rows).filter(|(document, _)| Side::of(document.kind) == side);
    let mut guarded: Vec<Guarded> = of_side.flat_map(|(document, row)| document.lines.iter().map(|line| (line.key, Some(*row)))).collect();
    guarded.sort_unstable();
    guarded
}

/// Every charge on a document must be recorded as billed, and every charge recorded as billed must
/// be on a document: otherwise one would be billed twice or lost.
pub(super) fn check_agreement(guarded: &[Guarded], billed: &[BilledCharge], side: Side) -> Result<(), LedgerError> {
    let on_side = |charge: &&BilledCharge| match side {
        Side::Purchase => charge.bill.is_some(),
        Side::Sale => charge.sale.is_some(),
    };
    let mut keys: Vec<ChargeKey> = billed.iter().filter(on_side).map(|charge| charge.key).collect();
    keys.sort_unstable();
    if keys.iter().eq(guarded.iter().map(|(key, _)| key)) {
        return Ok(());
    }
    let differing = keys
        .iter()
        .zip(guarded)
        .find(|(key, (line, _))| *key != line)
        .map_or_else(String::new, |(key, (line, _))| format!(", first at charge {}", key.min(line)));
    let what = format!("{} lines on {} documents, {} charges{differing}", guarded.len(), side.as_str(), keys.len());
    Err(LedgerError::Inconsistent { what })
}

/// Rows of one statement: most of the cost of a row is the statement around it.
const ROWS_AT_ONCE: usize = 64;

/// Inserts the charges of one side; the first that is there already fails all.
pub(super) fn insert_charges(connection: &Connection, side: Side, run: i64, guarded: &[Guarded]) -> Result<(), GuardError> {
    let chunks = guarded.chunks_exact(ROWS_AT_ONCE);
    let rest = chunks.remainder();
    insert_in_chunks(connection, side, run, ROWS_AT_ONCE, chunks)?;
    insert_in_chunks(connection, side, run, 1, rest.chunks_exact(1))
}

fn insert_in_chunks<'a>(connection: &Connection, side: Side, run: i64, rows: usize, chunks: impl Iterator<Item = &'a [Guarded]>) -> Result<(), GuardError> {
    let table = match side {
        Side::Purchase => "guard_bill",
        Side::Sale => "guard_sale",
    };
    let values: Vec<String> = (0..rows).map(|row| format!("(?{}, ?1, ?{})", row * 2 + 2, row * 2 + 3)).collect();
    let mut insert = connection.prepare(&format!("INSERT INTO {table} (charge, run, document) VALUES {}", values.join(", ")))?;
    for chunk in chunks {
        insert.raw_bind_parameter(1, run)?;
        for (row, (key, document)) in chunk.iter().enumerate() {
            insert.raw_bind_parameter(row * 2 + 2, key.0.to_be_bytes())?;
            insert.raw_bind_parameter(row * 2 + 3, *document)?;
        }
        match insert.raw_execute() {
            Ok(_) => {}
            Err(error) if is_constraint(&error) => return Err(GuardError::Ledger(first_billed(connection, side, chunk)?)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The first of these charges that is in the table, else the first that is among them twice.
fn first_billed(connection: &Connection, side: Side, chunk: &[Guarded]) -> rusqlite::Result<LedgerError> {
    let mut of_this_run = None;
    for (position, (key, _)) in chunk.iter().enumerate() {
        if let Some(document) = billed_on(connection, side, *key)? {
            return Ok(LedgerError::AlreadyBilled { key: *key, side, document });
        }
        let is_repeated = chunk.iter().take(position).any(|(earlier, _)| earlier == key);
        of_this_run = of_this_run.or(is_repeated.then_some(*key));
    }
    let key = of_this_run.or(chunk.first().map(|(key, _)| *key)).unwrap_or(ChargeKey(0));
    Ok(LedgerError::AlreadyBilled { key, side, document: "of this very run".to_owned() })
}

/// Inserts the number of a document.
pub(super) fn insert_number(connection: &Connection, document: &Document, run: i64, row: i64) -> Result<(), GuardError> {
    let side = Side::of(document.kind);
    let mut insert = connection.prepare_cached("INSERT INTO guard_number (side, number, run, document) VALUES (?1, ?2, ?3, ?4)")?;
    match insert.execute(params![side.as_str(), &*document.number, run, row]) {
        Ok(_) => Ok(()),
        Err(error) if is_constraint(&error) => {
            let sql = "SELECT r.id FROM guard_number AS g JOIN run AS r USING (run) WHERE g.side = ?1 AND g.number = ?2";
            let run = connection.query_row(sql, params![side.as_str(), &*document.number], |row| row.get(0))?;
            Err(GuardError::Ledger(LedgerError::NumberTaken { number: document.number.to_string(), side, run }))
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes a run's rows out of the guards.
pub(super) fn release(connection: &Connection, run: i64) -> rusqlite::Result<()> {
    for table in ["guard_bill", "guard_sale", "guard_number"] {
        connection.execute(&format!("DELETE FROM {table} WHERE run = ?1"), [run])?;
    }
    Ok(())
}

/// Takes a document's rows out of the guards: it does not count any more.
pub(super) fn release_document(connection: &Connection, document: i64) -> rusqlite::Result<()> {
    for table in ["guard_bill", "guard_sale", "guard_number"] {
        connection.execute(&format!("DELETE FROM {table} WHERE document = ?1"), [document])?;
    }
    Ok(())
}

fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

/// The document that a charge is on already.
fn billed_on(connection: &Connection, side: Side, key: ChargeKey) -> rusqlite::Result<Option<String>> {
    let sql = match side {
        Side::Purchase => "SELECT d.number, r.id FROM guard_bill AS g JOIN run AS r USING (run) LEFT JOIN document AS d USING (document) WHERE g.charge = ?1",
        Side::Sale => "SELECT d.number, r.id FROM guard_sale AS g JOIN run AS r USING (run) LEFT JOIN document AS d USING (document) WHERE g.charge = ?1",
    };
    let describe = |row: &rusqlite::Row<'_>| {
        let (number, run): (Option<String>, String) = (row.get(0)?, row.get(1)?);
        Ok(number.map_or_else(|| format!("side: run {run} marked it as billed"), |number| format!("{number} of run {run}")))
    };
    connection.query_row(sql, [key.0.to_be_bytes()], describe).optional()
}

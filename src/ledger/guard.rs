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

/// Inserts the charges of one side; the first that is there already fails all.
pub(super) fn insert_charges(connection: &Connection, side: Side, run: i64, guarded: &[Guarded]) -> Result<(), GuardError> {
    let mut insert = connection.prepare(match side {
        Side::Purchase => "INSERT INTO guard_bill (charge, run, document) VALUES (?1, ?2, ?3)",
        Side::Sale => "INSERT INTO guard_sale (charge, run, document) VALUES (?1, ?2, ?3)",
    })?;
    for (key, document) in guarded {
        match insert.execute(params![key.0.to_be_bytes(), run, document]) {
            Ok(_) => {}
            Err(error) if is_constraint(&error) => return Err(GuardError::Ledger(already_billed(connection, side, *key)?)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
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

fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

fn already_billed(connection: &Connection, side: Side, key: ChargeKey) -> rusqlite::Result<LedgerError> {
    let sql = match side {
        Side::Purchase => "SELECT d.number, r.id FROM guard_bill AS g JOIN run AS r USING (run) LEFT JOIN document AS d USING (document) WHERE g.charge = ?1",
        Side::Sale => "SELECT d.number, r.id FROM guard_sale AS g JOIN run AS r USING (run) LEFT JOIN document AS d USING (document) WHERE g.charge = ?1",
    };
    let describe = |row: &rusqlite::Row<'_>| {
        let (number, run): (Option<String>, String) = (row.get(0)?, row.get(1)?);
        Ok(number.map_or_else(|| format!("side: run {run} marked it as billed"), |number| format!("{number} of run {run}")))
    };
    let document = connection.query_row(sql, [key.0.to_be_bytes()], describe).optional()?.unwrap_or_else(|| "of this very run".to_owned());
    Ok(LedgerError::AlreadyBilled { key, side, document })
}

//! Adding what posting does: intents, requests that leave, outcomes, documents taken back.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::Writer;
use crate::domain::document::Document;
use crate::domain::history::BilledCharge;
use crate::ledger::blob::{Interner, decode_document};
use crate::ledger::error::LedgerError;
use crate::ledger::guard::{self, Guarded};
use crate::ledger::posted::{DocumentOutcome, DocumentRow, Sending};
use crate::ledger::records::{Posting, Side};
use crate::ledger::steps::Step;

impl Writer<'_> {
    /// The intents of a run, and what it found in Xero, durable before any request leaves.
    pub(super) fn posting(&self, posting: &Posting<'_>) -> Result<(), LedgerError> {
        self.reached(Step::RecordRun)?;
        let run = self.check(super::insert_run(self.transaction, posting.run))?;
        let sql = "INSERT INTO posted_to (run, organisation_id, name) VALUES (?1, ?2, ?3)";
        self.check(self.transaction.execute(sql, params![run, posting.organisation.to_string(), posting.organisation_name]))?;
        self.reached(Step::RecordDocuments)?;
        self.counted(run, posting.adopted, posting.adopted_charges, true, posting.run.started_at)?;
        self.charges(run, posting.caught_up)?;
        self.caught_up_guards(run, posting.caught_up)?;
        self.counted(run, posting.documents, posting.billed, false, posting.run.started_at)
    }

    fn counted(&self, run: i64, documents: &[&Document], billed: &[BilledCharge], is_adopted: bool, at: Timestamp) -> Result<(), LedgerError> {
        for document in documents {
            if let Some(revised) = document.xero.as_ref().and_then(|xero| xero.revises) {
                self.release_revised(&revised.to_string())?;
            }
        }
        let rows = self.documents(run, documents)?;
        for (document, row) in documents.iter().zip(&rows) {
            let xero = document.xero.as_ref();
            if let Some(revised) = xero.and_then(|xero| xero.revises) {
                let sql = "INSERT INTO revision (document, revised, xero_id) SELECT ?1, document, ?2 FROM outcome WHERE xero_id = ?2 \
                           AND document NOT IN (SELECT document FROM void_document)";
                self.check(self.transaction.execute(sql, params![row, revised.to_string()]))?;
            }
            if is_adopted {
                let id = document.xero_id().map(|id| id.to_string());
                let url = xero.and_then(|xero| xero.url.as_deref());
                let sql = "INSERT INTO outcome (document, state, xero_id, url, recorded_at) VALUES (?1, 'adopted', ?2, ?3, ?4)";
                self.check(self.transaction.execute(sql, params![row, id, url, at.to_string()]))?;
            }
        }
        self.reached(Step::RecordCharges)?;
        self.charges(run, billed)?;
        self.reached(Step::RecordGuards)?;
        for side in [Side::Purchase, Side::Sale] {
            let guarded = guard::guarded_lines(documents, &rows, side);
            guard::check_agreement(&guarded, billed, side)?;
            self.guarded(guard::insert_charges(self.transaction, side, run, &guarded))?;
        }
        Ok(())
    }

    /// A document that is about to be replaced gives its number and charges to its successor.
    fn release_revised(&self, xero_id: &str) -> Result<(), LedgerError> {
        let sql = "SELECT document FROM outcome WHERE xero_id = ?1 AND document NOT IN (SELECT document FROM void_document)";
        let row: Option<i64> = self.check(self.transaction.query_row(sql, [xero_id], |row| row.get(0)).optional())?;
        let row = row.ok_or_else(|| LedgerError::Inconsistent { what: format!("document {xero_id} is to be revised and is not on record") })?;
        self.check(guard::release_document(self.transaction, row))
    }

    pub(super) fn sending(&self, documents: &[DocumentRow], sending: &Sending) -> Result<(), LedgerError> {
        self.reached(Step::RecordSending)?;
        let sql = "INSERT INTO sending (idempotency_key, body_sha256, sent_at) VALUES (?1, ?2, ?3)";
        self.check(self.transaction.execute(sql, params![sending.idempotency_key, sending.body_sha256, sending.sent_at.to_string()]))?;
        let row = self.transaction.last_insert_rowid();
        for document in documents {
            self.check(self.transaction.execute("INSERT INTO sending_document (sending, document) VALUES (?1, ?2)", [row, document.0]))?;
        }
        Ok(())
    }

    pub(super) fn outcomes(&self, outcomes: &[(DocumentRow, DocumentOutcome)], at: Timestamp) -> Result<(), LedgerError> {
        self.reached(Step::RecordOutcome)?;
        let sql = "INSERT INTO outcome (document, state, xero_id, url, updated, detail, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        for (document, outcome) in outcomes {
            let at = at.to_string();
            match outcome {
                DocumentOutcome::Posted { id, url, updated } => {
                    let none: Option<&str> = None;
                    self.check(self.transaction.execute(sql, params![document.0, "posted", id.to_string(), url.as_deref(), &**updated, none, at]))?;
                }
                DocumentOutcome::Refused { detail } => {
                    let none: Option<&str> = None;
                    self.check(self.transaction.execute(sql, params![document.0, "refused", none, none, none, detail, at]))?;
                    self.check(guard::release_document(self.transaction, document.0))?;
                    self.reinstate_revised(*document)?;
                }
            }
        }
        Ok(())
    }

    /// Where Xero refused the new version, the old one is what Xero still has: it counts again.
    fn reinstate_revised(&self, document: DocumentRow) -> Result<(), LedgerError> {
        let sql = "SELECT d.document, d.run, d.kind, d.number, d.lines FROM revision AS v JOIN document AS d ON d.document = v.revised WHERE v.document = ?1";
        let found = self.transaction.query_row(sql, [document.0], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?, row.get::<_, Vec<u8>>(4)?))
        });
        let Some((revised, run, kind, number, blob)) = self.check(found.optional())? else { return Ok(()) };
        let damaged = |what: String| LedgerError::Damaged { path: self.path.to_owned(), what };
        let (lines, _) = decode_document(&blob, &mut Interner::default()).map_err(|error| damaged(error.to_string()))?;
        let side = if kind == "bill" || kind == "supplier-credit" { Side::Purchase } else { Side::Sale };
        let mut guarded: Vec<Guarded> = lines.iter().map(|line| (line.key, Some(revised))).collect();
        guarded.sort_unstable();
        self.guarded(guard::insert_charges(self.transaction, side, run, &guarded))?;
        let sql = "INSERT INTO guard_number (side, number, run, document) VALUES (?1, ?2, ?3, ?4)";
        self.check(self.transaction.execute(sql, params![side.as_str(), number, run, revised])).map(drop)
    }

    pub(super) fn withdrawn(&self, documents: &[DocumentRow], at: Timestamp, machine_user: &str) -> Result<(), LedgerError> {
        self.reached(Step::RecordOutcome)?;
        for document in documents {
            let sql = "INSERT INTO withdrawn (document, withdrawn_at, machine_user) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            self.check(self.transaction.execute(sql, params![document.0, at.to_string(), machine_user]))?;
            self.check(guard::release_document(self.transaction, document.0))?;
        }
        Ok(())
    }
}

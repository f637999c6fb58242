//! Reading what posting did: documents without an outcome, documents of a run with theirs.

use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use rusqlite::Connection;

use super::{DOCUMENT_COLUMNS, Trouble, document, maybe, parsed, text, text_or_null};
use crate::domain::document::{InXero, State};
use crate::domain::history::BilledCharge;
use crate::domain::ids::XeroId;
use crate::ledger::blob::Interner;
use crate::ledger::error::LedgerError;
use crate::ledger::open::Ledger;
use crate::ledger::posted::{DocumentRow, Fate, PendingDocument, PostedDocument, PostedTo, Sending};
use crate::ledger::records::RunId;

impl Ledger {
    /// Documents that are to be in Xero and have no outcome, of runs that are not undone, in order.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged.
    pub fn pending_documents(&self) -> Result<Vec<PendingDocument>, LedgerError> {
        self.read(Vec::new, |connection| {
            let sql = format!(
                "SELECT {DOCUMENT_COLUMNS}, d.document, r.id, v.xero_id, s.idempotency_key, s.body_sha256, s.sent_at, \
                 (SELECT count(*) FROM document AS e WHERE e.number = d.number AND e.kind = d.kind AND e.document < d.document) \
                 FROM document AS d JOIN run AS r USING (run) LEFT JOIN revision AS v USING (document) \
                 LEFT JOIN sending AS s ON s.sending = (SELECT max(sending) FROM sending_document WHERE document = d.document) \
                 WHERE r.mode = 'posted' AND d.run NOT IN (SELECT run FROM undone) AND d.document NOT IN (SELECT document FROM outcome) \
                 AND d.document NOT IN (SELECT document FROM withdrawn) ORDER BY d.document"
            );
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            let (mut interner, mut pending) = (Interner::default(), Vec::new());
            while let Some(row) = rows.next()? {
                let mut document = document(row, &mut interner)?;
                document.state = State::Unknown;
                document.xero = maybe::<XeroId>(row, 15)?.map(|revises| Box::new(InXero { revises: Some(revises), ..InXero::default() }));
                let sending = match text_or_null(row, 16)? {
                    Some(key) => Some(Sending { idempotency_key: key.to_owned(), body_sha256: row.get(17)?, sent_at: parsed(row, 18)? }),
                    None => None,
                };
                pending.push(PendingDocument { row: DocumentRow(row.get(13)?), run: parsed(row, 14)?, document, earlier: row.get(19)?, sending });
            }
            Ok(pending)
        })
    }

    /// The organisations that runs which count posted to, the newest first; one, unless somebody changed the configuration.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged.
    pub fn posted_to(&self) -> Result<Vec<PostedTo>, LedgerError> {
        self.read(Vec::new, |connection| {
            let sql = "SELECT p.organisation_id, p.name, r.id, max(p.run) FROM posted_to AS p JOIN run AS r USING (run) \
                       WHERE p.run NOT IN (SELECT run FROM undone) GROUP BY p.organisation_id ORDER BY 4 DESC";
            let mut statement = connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            let mut organisations = Vec::new();
            while let Some(row) = rows.next()? {
                organisations.push(PostedTo { id: parsed(row, 0)?, name: row.get(1)?, run: parsed(row, 2)? });
            }
            Ok(organisations)
        })
    }

    /// The documents of a run that posted, each with what became of it, in order.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged.
    pub fn posted_documents(&self, run: &RunId) -> Result<Vec<PostedDocument>, LedgerError> {
        self.read(Vec::new, |connection| posted(connection, "r.id = ?1", run.as_str()))
    }

    /// The documents in Xero that count, of every run, each with what became of it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged.
    pub fn documents_in_xero(&self) -> Result<Vec<PostedDocument>, LedgerError> {
        let condition =
            "o.xero_id IS NOT NULL AND d.run NOT IN (SELECT run FROM undone) AND d.document NOT IN (SELECT document FROM void_document) AND ?1 = ''";
        self.read(Vec::new, |connection| posted(connection, condition, ""))
    }

    /// Ids in Xero of documents that this tool itself took back.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged.
    pub fn withdrawn_ids(&self) -> Result<HashSet<XeroId>, LedgerError> {
        self.read(HashSet::default, |connection| {
            let mut statement = connection.prepare("SELECT o.xero_id FROM withdrawn JOIN outcome AS o USING (document) WHERE o.xero_id IS NOT NULL")?;
            let mut rows = statement.query([])?;
            let mut ids = HashSet::default();
            while let Some(row) = rows.next()? {
                ids.insert(parsed(row, 0)?);
            }
            Ok(ids)
        })
    }
}

fn posted(connection: &Connection, condition: &str, parameter: &str) -> Result<Vec<PostedDocument>, Trouble> {
    let sql = format!(
        "SELECT {DOCUMENT_COLUMNS}, d.document, o.state, o.xero_id, o.url, o.updated, o.detail, \
         d.document IN (SELECT document FROM withdrawn), d.document IN (SELECT document FROM void_document) \
         FROM document AS d JOIN run AS r USING (run) LEFT JOIN outcome AS o USING (document) WHERE r.mode = 'posted' AND {condition} ORDER BY d.document"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([parameter])?;
    let (mut interner, mut found) = (Interner::default(), Vec::new());
    while let Some(row) = rows.next()? {
        let mut document = document(row, &mut interner)?;
        let (is_withdrawn, is_void): (bool, bool) = (row.get(19)?, row.get(20)?);
        let fate = match text_or_null(row, 14)? {
            None => Fate::Pending,
            Some("refused") => Fate::Refused,
            Some(_) if is_withdrawn => Fate::Withdrawn,
            Some(_) if is_void => Fate::Revised,
            Some("adopted") => Fate::Adopted,
            Some(_) => Fate::Posted,
        };
        document.xero = in_xero(row)?;
        let updated = text_or_null(row, 17)?.unwrap_or_default().into();
        found.push(PostedDocument { row: DocumentRow(row.get(13)?), document, fate, updated, detail: row.get(18)? });
    }
    Ok(found)
}

fn in_xero(row: &rusqlite::Row<'_>) -> Result<Option<Box<InXero>>, Trouble> {
    let Some(id) = maybe::<XeroId>(row, 15)? else { return Ok(None) };
    Ok(Some(Box::new(InXero { id: Some(id), url: text_or_null(row, 16)?.map(Arc::from), ..InXero::default() })))
}

/// Takes the sides off charges whose documents do not count: refused, taken back, or replaced.
pub(super) fn without_void_documents(connection: &Connection, mut charges: Vec<(i64, BilledCharge)>) -> Result<Vec<BilledCharge>, Trouble> {
    let mut statement =
        connection.prepare("SELECT d.run, d.kind IN ('bill', 'supplier-credit'), d.number FROM void_document JOIN document AS d USING (document)")?;
    let mut rows = statement.query([])?;
    let mut void: HashMap<i64, HashSet<(bool, String)>> = HashMap::default();
    while let Some(row) = rows.next()? {
        void.entry(row.get(0)?).or_default().insert((row.get(1)?, text(row, 2)?.to_owned()));
    }
    if void.is_empty() {
        return Ok(charges.into_iter().map(|(_, charge)| charge).collect());
    }
    let is_void = |run: i64, is_purchase: bool, number: &str| void.get(&run).is_some_and(|numbers| numbers.contains(&(is_purchase, number.to_owned())));
    for (run, charge) in &mut charges {
        if charge.bill.as_deref().is_some_and(|number| is_void(*run, true, number)) {
            charge.bill = None;
        }
        if charge.sale.as_ref().is_some_and(|sale| is_void(*run, false, &sale.number)) {
            charge.sale = None;
        }
    }
    Ok(charges.into_iter().map(|(_, charge)| charge).filter(|charge| charge.caught_up || charge.bill.is_some() || charge.sale.is_some()).collect())
}

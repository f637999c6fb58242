//! What Partner Center's catalogue said of offers, and when. Only ever added to.

use jiff::civil::Date;
use rusqlite::{Connection, params};

use super::error::LedgerError;
use super::open::Ledger;
use super::snapshots::has_table;
use crate::domain::bridge::{CatalogueAnswer, Pair};
use crate::domain::offer::OfferId;

/// The newest answer for an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedAnswer {
    /// What it said.
    pub answer: CatalogueAnswer,
    /// The day it was asked.
    pub asked_on: Date,
}

impl RecordedAnswer {
    /// The pair, when the catalogue knows one.
    #[must_use]
    pub fn pair(&self) -> Option<Pair> {
        Some(Pair { offer: self.answer.offer.clone(), sku_id: self.answer.sku_id? })
    }
}

impl Ledger {
    /// The newest answer for every offer that was asked for.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn catalogue(&self) -> Result<Vec<RecordedAnswer>, LedgerError> {
        let Some(connection) = &self.connection else { return Ok(Vec::new()) };
        let read = || -> rusqlite::Result<Vec<(String, Option<String>, String)>> {
            if !has_table(connection, "catalogue_sku")? {
                return Ok(Vec::new());
            }
            let newest = "SELECT offer, sku_id, asked_on FROM catalogue_sku \
                          WHERE catalogue_sku IN (SELECT max(catalogue_sku) FROM catalogue_sku GROUP BY offer) ORDER BY offer";
            let mut statement = connection.prepare(newest)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect()
        };
        let answer = |(offer, sku_id, asked_on): (String, Option<String>, String)| {
            let answer = CatalogueAnswer { offer: OfferId::new(&offer), sku_id: sku_id.and_then(|sku_id| sku_id.parse().ok()) };
            Some(RecordedAnswer { answer, asked_on: asked_on.parse().ok()? })
        };
        Ok(read().map_err(|error| self.fail(error))?.into_iter().filter_map(answer).collect())
    }
}

/// Adds answers in the transaction of the snapshot that they belong to.
pub(super) fn keep(connection: &Connection, answers: &[CatalogueAnswer], asked_on: &str) -> rusqlite::Result<()> {
    let mut insert = connection.prepare("INSERT INTO catalogue_sku (offer, sku_id, asked_on) VALUES (?1, ?2, ?3)")?;
    for answer in answers {
        insert.execute(params![answer.offer.as_str(), answer.sku_id.map(|sku_id| sku_id.to_string()), asked_on])?;
    }
    Ok(())
}

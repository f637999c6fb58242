//! Reading the ledger: history for the plan, runs and files for people and for unfinished work.

mod posting;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::append::status_text;
use super::blob::{BlobError, Interner, decode_charges, decode_document};
use super::error::LedgerError;
use super::open::Ledger;
use super::records::{DocumentSummary, ExportFile, FileKind, MachineUser, RecordedFile, RecordedRun, Run, RunId, RunMode, Undone};
use crate::domain::document::{Document, InXero, Kind, State, Status};
use crate::domain::history::{BilledCharge, History};
use crate::domain::ids::XeroId;
use crate::domain::period::BillingPeriod;
use crate::domain::plan::Totals;

const DOCUMENT_COLUMNS: &str =
    "d.kind, d.number, d.period, d.contact_id, d.contact_name, d.tenant_id, d.date, d.due_date, d.currency, d.status, d.sub_total, d.reference, d.lines";

/// A failure before it is tied to the file.
enum Trouble {
    Database(rusqlite::Error),
    Damaged(String),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<BlobError> for Trouble {
    fn from(error: BlobError) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl Ledger {
    /// What earlier runs did, without undone ones: charges, and documents with state `Exists`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged.
    pub fn history(&self) -> Result<History, LedgerError> {
        self.read(History::default, |connection| {
            let mut interner = Interner::default();
            let charges = counted_charges(connection, &mut interner)?;
            let sql = format!(
                "SELECT {DOCUMENT_COLUMNS}, o.xero_id, o.url, r.mode = 'posted' AND o.state IS NULL FROM document AS d JOIN run AS r USING (run) \
                 LEFT JOIN outcome AS o USING (document) WHERE d.run NOT IN (SELECT run FROM undone) \
                 AND d.document NOT IN (SELECT document FROM void_document) ORDER BY d.document"
            );
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            let mut documents = Vec::new();
            while let Some(row) = rows.next()? {
                let mut document = document(row, &mut interner)?;
                if let Some(id) = maybe::<XeroId>(row, 13)? {
                    document.xero = Some(Box::new(InXero { id: Some(id), url: text_or_null(row, 14)?.map(Arc::from), ..InXero::default() }));
                }
                if row.get(15)? {
                    document.state = State::Unknown;
                }
                documents.push(document);
            }
            Ok(History::new(charges, documents))
        })
    }

    /// Every run, newest first.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged.
    pub fn runs(&self) -> Result<Vec<RecordedRun>, LedgerError> {
        self.read(Vec::new, |connection| {
            let mut statement = connection.prepare(
                "SELECT r.run, r.id, r.period, r.mode, r.profile, r.started_at, r.digest, r.source_digest, r.machine_user, r.account, r.version, \
                 r.documents, r.charges, r.cost, r.sell, r.margin, r.held_cost, u.undone_at, u.machine_user, b.begun_at, b.machine_user, \
                 (SELECT count(*) FROM file AS f WHERE f.run = r.run AND f.file NOT IN (SELECT file FROM file_written)), \
                 (SELECT count(*) FROM document AS d WHERE r.mode = 'posted' AND d.run = r.run AND d.document NOT IN (SELECT document FROM outcome) \
                 AND d.document NOT IN (SELECT document FROM withdrawn)) \
                 FROM run AS r LEFT JOIN undone AS u USING (run) LEFT JOIN undo_begun AS b USING (run) ORDER BY r.run DESC",
            )?;
            let mut rows = statement.query([])?;
            let mut runs = Vec::new();
            while let Some(row) = rows.next()? {
                runs.push(recorded_run(row)?);
            }
            Ok(runs)
        })
    }

    /// The run that a person means: the start of an id, or `last` for the newest that is not undone.
    ///
    /// # Errors
    ///
    /// [`LedgerError::UnknownRun`] or [`LedgerError::AmbiguousRun`].
    pub fn run(&self, text: &str) -> Result<RecordedRun, LedgerError> {
        let wanted = text.trim().to_lowercase();
        let mut runs = self.runs()?;
        if wanted == "last" {
            let newest = runs.into_iter().find(|run| run.undone.is_none());
            return newest.ok_or_else(|| LedgerError::UnknownRun(wanted));
        }
        runs.retain(|run| !wanted.is_empty() && run.run.id.as_str().starts_with(&wanted));
        if runs.len() > 1 {
            let runs = runs.iter().map(|run| run.run.id.to_string()).collect();
            return Err(LedgerError::AmbiguousRun { prefix: wanted, runs });
        }
        runs.pop().ok_or_else(|| LedgerError::UnknownRun(text.to_owned()))
    }

    /// The documents of a run without their lines, in order.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged.
    pub fn documents_of(&self, run: &RunId) -> Result<Vec<DocumentSummary>, LedgerError> {
        self.read(Vec::new, |connection| {
            let mut statement = connection.prepare(
                "SELECT d.kind, d.number, d.period, d.contact_name, d.tenant_id, d.currency, d.sub_total, d.line_count \
                 FROM document AS d JOIN run AS r USING (run) WHERE r.id = ?1 ORDER BY d.document",
            )?;
            let mut rows = statement.query([run.as_str()])?;
            let mut summaries = Vec::new();
            while let Some(row) = rows.next()? {
                summaries.push(DocumentSummary {
                    kind: kind(row, 0)?,
                    number: row.get::<_, Arc<str>>(1)?,
                    period: parsed(row, 2)?,
                    contact_name: row.get(3)?,
                    tenant_id: maybe(row, 4)?,
                    currency: row.get(5)?,
                    sub_total: money(row, 6)?,
                    lines: count(row, 7)?,
                });
            }
            Ok(summaries)
        })
    }

    /// The files of a run, written or not, in order.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged.
    pub fn files_of(&self, run: &RunId) -> Result<Vec<RecordedFile>, LedgerError> {
        self.read(Vec::new, |connection| files(connection, "r.id = ?1", run.as_str()))
    }

    /// Files that are planned and not written, of runs that are not undone: what a killed run left.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged.
    pub fn pending_files(&self) -> Result<Vec<RecordedFile>, LedgerError> {
        let condition = "f.file NOT IN (SELECT file FROM file_written) AND f.run NOT IN (SELECT run FROM undone) AND ?1 = ''";
        self.read(Vec::new, |connection| files(connection, condition, ""))
    }

    /// The documents that a file holds, complete and in order.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged.
    pub fn documents_in(&self, file: &RecordedFile) -> Result<Vec<Document>, LedgerError> {
        self.read(Vec::new, |connection| {
            let sql = format!("SELECT {DOCUMENT_COLUMNS} FROM document AS d JOIN file_document AS f USING (document) WHERE f.file = ?1 ORDER BY d.document");
            documents(connection, &sql, [file.row], &mut Interner::default())
        })
    }

    /// The highest number that any run of the period gave to a file of this kind; 0 for none.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn last_file_ordinal(&self, period: BillingPeriod, kind: FileKind) -> Result<u32, LedgerError> {
        self.read(
            || 0,
            |connection| {
                let sql = "SELECT max(f.ordinal) FROM file AS f JOIN run AS r USING (run) WHERE r.period = ?1 AND f.kind = ?2";
                let highest: Option<u32> = connection.query_row(sql, params![period.to_string(), kind.as_str()], |row| row.get(0)).optional()?.flatten();
                Ok(highest.unwrap_or(0))
            },
        )
    }

    fn read<T>(&self, empty: impl FnOnce() -> T, read: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Result<T, LedgerError> {
        let Some(connection) = &self.connection else { return Ok(empty()) };
        read(connection).map_err(|trouble| match trouble {
            Trouble::Database(error) => self.fail(error),
            Trouble::Damaged(what) => LedgerError::Damaged { path: self.path.clone(), what },
        })
    }
}

fn documents(connection: &Connection, sql: &str, parameters: impl rusqlite::Params, interner: &mut Interner) -> Result<Vec<Document>, Trouble> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut documents = Vec::new();
    while let Some(row) = rows.next()? {
        documents.push(document(row, interner)?);
    }
    Ok(documents)
}

/// A document from [`DOCUMENT_COLUMNS`].
fn document(row: &Row<'_>, interner: &mut Interner) -> Result<Document, Trouble> {
    let (lines, workings) = decode_document(blob(row, 12)?, interner)?;
    let mut shared = |column: usize| -> Result<Arc<str>, Trouble> { Ok(interner.text(text(row, column)?)) };
    Ok(Document {
        kind: kind(row, 0)?,
        number: shared(1)?,
        contact_name: shared(4)?,
        currency: shared(8)?,
        reference: if text_or_null(row, 11)?.is_some() { Some(shared(11)?) } else { None },
        period: parsed(row, 2)?,
        contact_id: maybe(row, 3)?,
        tenant_id: maybe(row, 5)?,
        date: parsed(row, 6)?,
        due_date: parsed(row, 7)?,
        status: status(row, 9)?,
        sub_total: money(row, 10)?,
        state: State::Exists,
        lines,
        workings,
        xero: None,
    })
}

/// The charges of runs that are not undone, without what stands on documents that do not count.
fn counted_charges(connection: &Connection, interner: &mut Interner) -> Result<Vec<BilledCharge>, Trouble> {
    let has_void: bool = connection.query_row("SELECT EXISTS (SELECT 1 FROM void_document)", [], |row| row.get(0))?;
    let mut statement = connection.prepare("SELECT charges, run FROM charges WHERE run NOT IN (SELECT run FROM undone) ORDER BY chunk")?;
    let mut rows = statement.query([])?;
    let (mut charges, mut with_runs) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        decode_charges(blob(row, 0)?, interner, &mut charges)?;
        if has_void {
            let run: i64 = row.get(1)?;
            with_runs.extend(charges.drain(..).map(|charge| (run, charge)));
        }
    }
    if has_void { posting::without_void_documents(connection, with_runs) } else { Ok(charges) }
}

fn files(connection: &Connection, condition: &str, parameter: &str) -> Result<Vec<RecordedFile>, Trouble> {
    let sql = format!(
        "SELECT f.file, r.id, f.kind, f.ordinal, f.name, f.folder, f.sha256, f.size_bytes, f.row_count, f.labels, w.folder, f.run \
         FROM file AS f JOIN run AS r USING (run) LEFT JOIN file_written AS w USING (file) WHERE {condition} ORDER BY f.file"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([parameter])?;
    let mut of_file = connection.prepare(
        "SELECT d.document, d.document - (SELECT min(document) FROM document WHERE run = ?2) \
         FROM file_document AS d WHERE d.file = ?1 ORDER BY d.document",
    )?;
    let mut files = Vec::new();
    while let Some(row) = rows.next()? {
        let file_row: i64 = row.get(0)?;
        let run_row: i64 = row.get(11)?;
        let (mut documents, mut document_rows) = (Vec::new(), Vec::new());
        let mut within = of_file.query([file_row, run_row])?;
        while let Some(row) = within.next()? {
            document_rows.push(row.get(0)?);
            documents.push(usize::try_from(row.get::<_, i64>(1)?).unwrap_or(usize::MAX));
        }
        let kind = FileKind::from_text(text(row, 2)?).ok_or_else(|| Trouble::Damaged("a file of an unknown kind".to_owned()))?;
        files.push(RecordedFile {
            row: file_row,
            run: parsed(row, 1)?,
            file: ExportFile {
                kind,
                ordinal: row.get(3)?,
                name: row.get(4)?,
                folder: PathBuf::from(text(row, 5)?),
                sha256: row.get(6)?,
                size_bytes: count(row, 7)?,
                rows: count(row, 8)?,
                labels: serde_json::from_str(text(row, 9)?).map_err(|error| Trouble::Damaged(format!("the labels of a file: {error}")))?,
                documents,
            },
            document_rows,
            written_to: text_or_null(row, 10)?.map(PathBuf::from),
        });
    }
    Ok(files)
}

fn recorded_run(row: &Row<'_>) -> Result<RecordedRun, Trouble> {
    let undone_at = |column: usize| match text_or_null(row, column)? {
        Some(_) => Ok(Some(Undone { at: parsed(row, column)?, machine_user: MachineUser(row.get(column + 1)?) })),
        None => Ok::<_, Trouble>(None),
    };
    let run = Run {
        id: parsed(row, 1)?,
        period: parsed(row, 2)?,
        mode: RunMode::from_text(text(row, 3)?).ok_or_else(|| Trouble::Damaged("a run of an unknown mode".to_owned()))?,
        profile: row.get(4)?,
        started_at: parsed(row, 5)?,
        digest: row.get(6)?,
        source_digest: row.get(7)?,
        machine_user: MachineUser(row.get(8)?),
        account: row.get(9)?,
        version: row.get(10)?,
        documents: count(row, 11)?,
        charges: count(row, 12)?,
        totals: Totals { cost: money(row, 13)?, sell: money(row, 14)?, margin: money(row, 15)?, held_cost: money(row, 16)? },
    };
    Ok(RecordedRun { run, undo_begun: undone_at(19)?, undone: undone_at(17)?, pending_files: count(row, 21)?, pending_documents: count(row, 22)? })
}

fn blob<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a [u8], Trouble> {
    row.get_ref(column)?.as_blob().map_err(|error| Trouble::Damaged(error.to_string()))
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, Trouble> {
    row.get_ref(column)?.as_str().map_err(|error| Trouble::Damaged(error.to_string()))
}

fn text_or_null<'a>(row: &'a Row<'_>, column: usize) -> Result<Option<&'a str>, Trouble> {
    row.get_ref(column)?.as_str_or_null().map_err(|error| Trouble::Damaged(error.to_string()))
}

fn parsed<T: FromStr>(row: &Row<'_>, column: usize) -> Result<T, Trouble> {
    let text = text(row, column)?;
    text.parse().map_err(|_| Trouble::Damaged(format!("`{text}` in a record")))
}

fn maybe<T: FromStr>(row: &Row<'_>, column: usize) -> Result<Option<T>, Trouble> {
    if text_or_null(row, column)?.is_some() { parsed(row, column).map(Some) } else { Ok(None) }
}

fn money(row: &Row<'_>, column: usize) -> Result<crate::domain::money::Money, Trouble> {
    let amount: rust_decimal::Decimal = parsed(row, column)?;
    Ok(crate::domain::money::Money::round_half_away(amount))
}

fn count(row: &Row<'_>, column: usize) -> Result<u64, Trouble> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|_| Trouble::Damaged("a negative count".to_owned()))
}

fn kind(row: &Row<'_>, column: usize) -> Result<Kind, Trouble> {
    let text = text(row, column)?;
    let known = [Kind::Bill, Kind::SupplierCredit, Kind::Invoice, Kind::CreditNote].into_iter().find(|kind| kind.as_str() == text);
    known.ok_or_else(|| Trouble::Damaged(format!("a document of kind `{text}`")))
}

fn status(row: &Row<'_>, column: usize) -> Result<Status, Trouble> {
    let text = text(row, column)?;
    let known = [Status::Draft, Status::Submitted, Status::Authorised].into_iter().find(|status| status_text(*status) == text);
    known.ok_or_else(|| Trouble::Damaged(format!("a document of status `{text}`")))
}

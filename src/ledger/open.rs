//! Opening the ledger: for writing it is made and migrated, for reading it is not touched.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, ffi};

use super::error::LedgerError;
use super::lock::{self, LockGuard};

/// "cspc", so that `file` and we can tell the ledger from other databases.
const APPLICATION_ID: i64 = 0x6373_7063;
/// Every version of the schema, oldest first; only ever added to.
const MIGRATIONS: [&str; 4] = [
    include_str!("schema/0001_init.sql"),
    include_str!("schema/0002_posting.sql"),
    include_str!("schema/0003_snapshots.sql"),
    include_str!("schema/0004_catalogue.sql"),
];
/// A reader waits so long for a writer that commits.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
/// Blobs of documents span pages; larger pages keep their chains short.
const PAGE_BYTES: i64 = 8_192;
/// Enough for a large month to stay in memory until it is committed, in KiB, negative for `SQLite`.
const CACHE_KIBIBYTES: i64 = -65_536;

/// The ledger. See the module.
#[derive(Debug)]
pub struct Ledger {
    pub(super) path: PathBuf,
    /// `None` for a ledger that does not exist and was opened for reading.
    pub(super) connection: Option<Connection>,
    pub(super) is_writable: bool,
}

impl Ledger {
    /// Opens the ledger for writing; makes the file and its folder when they are missing.
    ///
    /// # Errors
    ///
    /// When the file is no ledger or a newer one, or cannot be made, opened or written.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        Self::open_with(path, true)
    }

    /// Without `is_durable` a power cut may lose what was committed; for tests alone.
    pub(crate) fn open_with(path: &Path, is_durable: bool) -> Result<Self, LedgerError> {
        make_file(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let fail = |error| LedgerError::of_database(path, error);
        let mut connection = Connection::open_with_flags(path, flags).map_err(fail)?;
        prepare_for_writing(&connection, is_durable).map_err(fail)?;
        migrate(path, &mut connection)?;
        Ok(Self { path: path.to_owned(), connection: Some(connection), is_writable: true })
    }

    /// Opens the ledger for reading; neither makes nor changes a file. A missing one is empty.
    ///
    /// # Errors
    ///
    /// When the file is no ledger, a newer one, or cannot be read.
    pub fn open_for_reading(path: &Path) -> Result<Self, LedgerError> {
        match fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self { path: path.to_owned(), connection: None, is_writable: false });
            }
            Err(error) => return Err(LedgerError::of_io("open", path, error)),
            // Made by a run that was killed before it wrote anything.
            Ok(metadata) if metadata.is_file() && metadata.len() == 0 => {
                return Ok(Self { path: path.to_owned(), connection: None, is_writable: false });
            }
            Ok(_) => {}
        }
        let connection = match connect_for_reading(path, OpenFlags::SQLITE_OPEN_READ_ONLY) {
            // A run was killed in the middle of a transaction: only a writer can take it back.
            Err(error) if needs_recovery(&error) => connect_for_reading(path, OpenFlags::SQLITE_OPEN_READ_WRITE),
            other => other,
        };
        let connection = connection.map_err(|error| LedgerError::of_database(path, error))?;
        let version = check_version(path, &connection)?;
        stand_in_for_missing(&connection, version).map_err(|error| LedgerError::of_database(path, error))?;
        let is_empty = version == 0;
        Ok(Self { path: path.to_owned(), connection: (!is_empty).then_some(connection), is_writable: false })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the lock beside the ledger, waiting at most `wait`.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Busy`] when another run holds it, naming that run's process where it can.
    pub fn lock(&self, wait: Duration) -> Result<LockGuard, LedgerError> {
        lock::take(&self.path, wait)
    }

    pub(super) fn fail(&self, error: rusqlite::Error) -> LedgerError {
        LedgerError::of_database(&self.path, error)
    }
}

fn make_file(path: &Path) -> Result<(), LedgerError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(|error| LedgerError::of_io("create the folder", folder, error))?;
    }
    if path.exists() {
        return Ok(());
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| LedgerError::of_io("create the ledger", path, error))
}

/// The rollback journal, not a write-ahead log: our lock admits one writer, readers leave no files
/// beside the ledger, and a bulk of new pages is written once instead of twice.
fn prepare_for_writing(connection: &Connection, is_durable: bool) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", if is_durable { "FULL" } else { "OFF" })?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", CACHE_KIBIBYTES)
}

fn connect_for_reading(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Empty tables in memory for what an older ledger has not: reading never migrates a file.
fn stand_in_for_missing(connection: &Connection, version: i64) -> rusqlite::Result<()> {
    if version != 1 {
        return Ok(());
    }
    connection.pragma_update(None, "query_only", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.execute_batch(
        "CREATE TEMP TABLE posted_to (run, organisation_id, name);
         CREATE TEMP TABLE sending (sending, idempotency_key, body_sha256, sent_at);
         CREATE TEMP TABLE sending_document (sending, document);
         CREATE TEMP TABLE outcome (document, state, xero_id, url, updated, detail, recorded_at);
         CREATE TEMP TABLE revision (document, revised, xero_id);
         CREATE TEMP TABLE withdrawn (document, withdrawn_at, machine_user);
         CREATE TEMP TABLE void_document (document);",
    )?;
    connection.pragma_update(None, "query_only", true)
}

fn needs_recovery(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_READONLY_ROLLBACK || error.code == ErrorCode::CannotOpen)
}

/// The version of the schema, 0 for an empty file.
fn check_version(path: &Path, connection: &Connection) -> Result<i64, LedgerError> {
    let fail = |error| LedgerError::of_database(path, error);
    // One statement sees one state of the file: between several, another run may migrate it.
    let sql = "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version, pragma_application_id";
    let (found, application, tables): (i64, i64, i64) = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).map_err(fail)?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    match (application, found, tables) {
        (0, 0, 0) => Ok(0),
        (APPLICATION_ID, found, _) if found > known => Err(LedgerError::TooNew { path: path.to_owned(), found, known }),
        (APPLICATION_ID, found @ 1.., _) => Ok(found),
        _ => Err(LedgerError::NotALedger(path.to_owned())),
    }
}

fn migrate(path: &Path, connection: &mut Connection) -> Result<(), LedgerError> {
    let fail = |error| LedgerError::of_database(path, error);
    let is_current = |found: i64| usize::try_from(found) == Ok(MIGRATIONS.len());
    if is_current(check_version(path, connection)?) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive).map_err(fail)?;
    // Another run may have migrated while this one waited.
    let done = usize::try_from(check_version(path, &transaction)?).unwrap_or(0);
    for migration in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(migration).map_err(fail)?;
    }
    let version = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    transaction.pragma_update(None, "user_version", version).map_err(fail)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(fail)?;
    transaction.commit().map_err(fail)
}

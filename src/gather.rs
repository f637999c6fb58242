//! Reads all sources for `map`, `reconcile` and `sync`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::dickerdata::annuity;
use crate::dickerdata::invoice_report::{InvoiceReport, InvoiceReportReader};
use crate::domain::bridge::Bridge;
use crate::domain::charge::SkippedRow;
use crate::domain::holding::Seats;
use crate::domain::sources::Sources;
use crate::microsoft::{offer_matrix, seats_file};
pub use crate::sheet::ReadError;

/// The setting, as messages name it.
const OFFER_MATRIX: &str = "microsoft.offer_matrix";

/// What to read. Paths and globs are relative to `folder`.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The folder of the configuration file.
    pub folder: &'a Path,
    /// `dickerdata.invoice_report`: a path or glob.
    pub invoice_report: &'a str,
    /// `dickerdata.annuity`: a path or glob.
    pub annuity: Option<&'a str>,
    /// `microsoft.file`: a path or glob, when `microsoft.source = "file"`.
    pub seats: Option<&'a str>,
    /// `microsoft.offer_matrix`: a path or glob, when Microsoft is compared at all.
    pub offer_matrix: Option<&'a str>,
    /// `dickerdata.invoice_date`, for rows without a date of their own.
    pub invoice_date: Option<Date>,
}

/// Reads everything that is configured.
///
/// # Errors
///
/// For structural faults: no such file, a missing column, a web page, an encrypted or torn
/// workbook, two currencies (`rules.md` 23). Single bad rows are reported in the result instead.
pub fn gather(request: &Request<'_>) -> Result<Sources, ReadError> {
    // All names are looked up first, so that a wrong one is told before a long read.
    let find = |pattern: &str, setting: &str| files(request.folder, pattern, setting);
    let invoice_files = find(request.invoice_report, "dickerdata.invoice_report")?;
    let annuity_files = request.annuity.map(|pattern| find(pattern, "dickerdata.annuity")).transpose()?;
    // Looked up here, read below.
    let _ = request.seats.map(|pattern| find(pattern, "microsoft.file")).transpose()?;
    let _ = request.offer_matrix.map(|pattern| find(pattern, OFFER_MATRIX)).transpose()?;

    let (report, annuity) = both(|| invoice_report(&invoice_files, request.invoice_date), || annuity_files.as_deref().map(annuity::read).transpose());
    let (report, annuity) = (report?, annuity?);
    let mut sources = Sources {
        charges: report.charges,
        skipped: report.skipped,
        skipped_elsewhere: report.remarks,
        amount_differs: report.amount_differs,
        total_differs: report.total_differs,
        repeated: report.repeated,
        currency: report.currency,
        has_annuity: annuity.is_some(),
        ..Sources::default()
    };
    if let Some(annuity) = annuity {
        sources.annuity = annuity.lines;
        sources.skipped_elsewhere.extend(annuity.skipped);
        sources.repeated.extend(annuity.repeated);
    }
    add_microsoft_files(request, &mut sources)?;
    Ok(sources)
}

/// Adds what files say of Microsoft's side: seats, and which SKU each offer provides.
///
/// # Errors
///
/// When a file cannot be read as a whole.
pub fn add_microsoft_files(request: &Request<'_>, sources: &mut Sources) -> Result<(), ReadError> {
    if let Some((seats, skipped)) = seats(request)? {
        sources.seats = Some(seats);
        sources.skipped_elsewhere.extend(skipped);
    }
    if let Some(pattern) = request.offer_matrix {
        let matrix = offer_matrix::read(&files(request.folder, pattern, OFFER_MATRIX)?)?;
        sources.bridge = Bridge::of_matrix(matrix.pairs);
        sources.skipped_elsewhere.extend(matrix.skipped);
    }
    Ok(())
}

/// What the seats files say, with the rows that could not be used; `None` when none is configured.
///
/// # Errors
///
/// When a file cannot be read as a whole.
pub fn seats(request: &Request<'_>) -> Result<Option<(Seats, Vec<SkippedRow>)>, ReadError> {
    let Some(pattern) = request.seats else { return Ok(None) };
    let read = seats_file::read(&files(request.folder, pattern, "microsoft.file")?)?;
    Ok(Some((read.seats, read.skipped)))
}

fn invoice_report(files: &[PathBuf], invoice_date: Option<Date>) -> Result<InvoiceReport, ReadError> {
    let mut reader = InvoiceReportReader::new(invoice_date);
    for path in files {
        reader.read(path)?;
    }
    Ok(reader.finish())
}

/// Does both at once where there are two cores: the exports are large and know nothing of each other.
fn both<A, B: Send>(here: impl FnOnce() -> A, there: impl Fn() -> B + Sync) -> (A, B) {
    let (first, second) = std::thread::scope(|scope| {
        let other = std::thread::Builder::new().spawn_scoped(scope, &there);
        (here(), other.ok().and_then(|other| other.join().ok()))
    });
    // Without a second thread, or without an answer from it, it is done here.
    (first, second.unwrap_or_else(there))
}

/// The files that a path or glob names: sorted, each once, without the lock files of Excel.
///
/// # Errors
///
/// When there are none, naming the pattern and the folder.
pub fn files(folder: &Path, pattern: &str, setting: &str) -> Result<Vec<PathBuf>, ReadError> {
    let literal = folder.join(pattern);
    // A path that exists is meant as it stands, even if brackets in it look like a glob.
    if literal.is_file() {
        return Ok(vec![literal]);
    }
    let nothing = |what: &str| ReadError::new(format!("`{setting}` names `{pattern}`, but {what} in {}", folder.display()));
    if literal.is_dir() {
        return Err(nothing("that is a folder").hint(format!("name its files: {setting} = \"{}/*.csv\"", pattern.trim_end_matches(['/', '\\']))));
    }
    // An absolute pattern takes the place of the folder, as it does when paths are joined.
    let full = if Path::new(pattern).is_absolute() { PathBuf::from(pattern) } else { Path::new(&escaped(folder)).join(pattern) };
    let options =
        glob::MatchOptions { case_sensitive: !cfg!(any(windows, target_os = "macos")), require_literal_separator: true, require_literal_leading_dot: true };
    let found = glob::glob_with(&full.to_string_lossy(), options)
        .map_err(|error| ReadError::new(format!("`{setting}` is not a path or glob: `{pattern}`: {error}")).hint("write a file name, or one with * in it"))?;
    let mut matches = Vec::new();
    for path in found {
        let path = path.map_err(|error| ReadError::io(error.path(), error.error()))?;
        if path.is_file() && !is_lock_file(&path) {
            matches.push(path);
        }
    }
    matches.sort();
    let mut seen = BTreeSet::new();
    matches.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    if matches.is_empty() {
        return Err(nothing("there is no such file").hint(format!("put the export there, or change `{setting}` in config.toml")));
    }
    Ok(matches)
}

/// The folder with its own brackets and stars taken literally.
fn escaped(folder: &Path) -> String {
    glob::Pattern::escape(&folder.to_string_lossy())
}

/// Excel keeps `~$name.xlsx` beside a file that is open, others `.~lock.name.xlsx#`.
fn is_lock_file(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("~$") || name.starts_with(".~lock.")
}

#[cfg(test)]
mod tests;

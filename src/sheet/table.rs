//! Reads a table from a file of any kind: [`read`].

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use super::cell::{Cells, Row};
use super::encoding::{utf16, utf16_to_utf8};
use super::headings::{Columns, Match, Spec, match_headings};
use super::kind::{Kind, PREFIX_BYTES, kind_of};
use super::separated::{Separated, SplitError};
use super::{ReadError, separated};

/// Rows with something in them that may stand above the headings.
const ROWS_ABOVE_HEADINGS: u32 = 20;

/// Takes the rows below the headings, one by one.
pub type Each<'a> = dyn FnMut(&Row<'_>) -> Result<(), ReadError> + 'a;

/// Reads a CSV file or a workbook and hands every row below the headings to `each`, except blank
/// rows and repeated headings.
///
/// # Errors
///
/// When the file cannot be read as a whole: no such file, no table, a missing or doubled column;
/// and whatever `each` returns.
pub fn read(path: &Path, spec: &Spec, each: &mut Each<'_>) -> Result<(), ReadError> {
    let (prefix, file) = open(path)?;
    match kind_of(path, &prefix)? {
        Kind::Workbook => read_workbook(path, spec, each),
        Kind::Text => read_text(path, spec, each, prefix, file),
    }
}

/// The file's name without its folder, as messages and results show it.
#[must_use]
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn open(path: &Path) -> Result<(Vec<u8>, File), ReadError> {
    let failed = |error: std::io::Error| ReadError::io(path, &error);
    let file = File::open(path).map_err(failed)?;
    let mut prefix = Vec::with_capacity(PREFIX_BYTES);
    let limit = u64::try_from(PREFIX_BYTES).unwrap_or(u64::MAX);
    (&file).take(limit).read_to_end(&mut prefix).map_err(failed)?;
    Ok((prefix, file))
}

#[cfg(feature = "xlsx")]
fn read_workbook(path: &Path, spec: &Spec, each: &mut Each<'_>) -> Result<(), ReadError> {
    super::workbook::read(path, spec, each)
}

#[cfg(not(feature = "xlsx"))]
fn read_workbook(path: &Path, _: &Spec, _: &mut Each<'_>) -> Result<(), ReadError> {
    Err(ReadError::new(format!("{} is a workbook, which this build of cspctl cannot read", path.display()))
        .hint("save the tab as CSV, or build with the feature `xlsx`"))
}

fn read_text(path: &Path, spec: &Spec, each: &mut Each<'_>, prefix: Vec<u8>, mut file: File) -> Result<(), ReadError> {
    let (start, rest): (Vec<u8>, Box<dyn Read>) = if let Some(order) = utf16(&prefix) {
        let mut bytes = prefix;
        file.read_to_end(&mut bytes).map_err(|error| ReadError::io(path, &error))?;
        (utf16_to_utf8(&bytes, order), Box::new(std::io::empty()))
    } else {
        let start = prefix.strip_prefix(b"\xEF\xBB\xBF").map(<[u8]>::to_vec).unwrap_or(prefix);
        (start, Box::new(file))
    };
    let separator = separator_of(spec, &start);
    if separator == b';' {
        return Err(ReadError::new(format!("{} has semicolons between its columns", path.display()))
            .hint("save it with commas: with semicolons nobody can tell whether 1,234 is a thousand or a decimal"));
    }
    let mut splitter = Separated::new(Cursor::new(start).chain(rest), separator);
    let mut table = Table::new(spec, file_name(path));
    loop {
        let row = splitter.next_row().map_err(|error| split_failed(path, error))?;
        let Some(row) = row else { return table.finish() };
        let fault = row.misquoted.then_some("a quotation mark stands in the wrong place");
        table.take(row.number, fault, Cells::Fields { data: row.data, places: row.places }, each)?;
    }
}

fn split_failed(path: &Path, error: SplitError) -> ReadError {
    match error {
        SplitError::Io(error) => ReadError::io(path, &error),
        other => ReadError::new(format!("cannot read {}: {other}", path.display())).hint("export it again, or save it as CSV from a spreadsheet"),
    }
}

/// The separator with which the first rows show the headings.
fn separator_of(spec: &Spec, start: &[u8]) -> u8 {
    let shows_headings = |separator: &u8| {
        let mut splitter = separated::Separated::new(start, *separator);
        let mut table = Table::new(spec, String::new());
        while let Ok(Some(row)) = splitter.next_row() {
            match table.look(Cells::Fields { data: row.data, places: row.places }) {
                Ok(false) => {}
                Ok(true) => return true,
                Err(_) => return table.columns.is_some() || *separator == b',',
            }
        }
        false
    };
    [b',', b'\t', b';'].into_iter().find(shows_headings).unwrap_or(b',')
}

/// The best guess at a heading row that is none.
#[derive(Debug)]
struct Near {
    missing: Vec<String>,
    known: usize,
    headings: Vec<String>,
}

/// A table that is being read: first its headings are found, then its rows.
#[derive(Debug)]
pub(super) struct Table<'s> {
    spec: &'s Spec,
    file: String,
    columns: Option<Columns>,
    looked_at: u32,
    near: Option<Near>,
}

impl<'s> Table<'s> {
    pub(super) fn new(spec: &'s Spec, file: String) -> Self {
        Self { spec, file, columns: None, looked_at: 0, near: None }
    }

    /// Where the wanted columns stand, once the headings are found.
    #[cfg(feature = "xlsx")]
    pub(super) fn columns(&self) -> Option<&Columns> {
        self.columns.as_ref()
    }

    /// How many known columns the best heading row so far has.
    #[cfg(feature = "xlsx")]
    pub(super) fn known(&self) -> usize {
        self.near.as_ref().map_or(0, |near| near.known)
    }

    /// Looks for the headings in a row; true once they are found.
    pub(super) fn look(&mut self, cells: Cells<'_>) -> Result<bool, ReadError> {
        if cells.iter().all(super::Cell::is_blank) {
            return Ok(false);
        }
        self.looked_at += 1;
        if self.looked_at > ROWS_ABOVE_HEADINGS {
            return Err(self.no_headings());
        }
        match match_headings(self.spec, cells, &self.file)? {
            Match::Found(columns) => {
                self.columns = Some(columns);
                Ok(true)
            }
            Match::Lacking { missing, known, headings } => {
                if self.near.as_ref().is_none_or(|near| known > near.known) {
                    self.near = Some(Near { missing, known, headings });
                }
                Ok(false)
            }
        }
    }

    /// Takes the next row.
    pub(super) fn take(&mut self, number: u32, fault: Option<&'static str>, cells: Cells<'_>, each: &mut Each<'_>) -> Result<(), ReadError> {
        let Some(columns) = &self.columns else {
            return self.look(cells).map(|_| ());
        };
        // The first cells of a row are seldom blank, so this ends early.
        if cells.iter().all(super::Cell::is_blank) || columns.is_repeated_by(cells) {
            return Ok(());
        }
        let fault = fault.or_else(|| overflow(columns, cells));
        each(&Row { number, fault, columns, cells })
    }

    /// Ends the table.
    pub(super) fn finish(self) -> Result<(), ReadError> {
        if self.columns.is_some() { Ok(()) } else { Err(self.no_headings()) }
    }

    fn no_headings(&self) -> ReadError {
        let (file, title) = (&self.file, self.spec.title);
        let Some(near) = self.near.as_ref().filter(|near| near.known > 0) else {
            let found = self.near.as_ref().map_or_else(String::new, |near| format!("; its first row reads: {}", shorten(&near.headings)));
            return ReadError::new(format!("{file} is not a {title}: it has none of the headings{found}")).hint(self.needed());
        };
        let (noun, missing) = (if near.missing.len() == 1 { "column" } else { "columns" }, near.missing.join(", "));
        ReadError::new(format!("{file} has no {noun} {missing}; found: {}", shorten(&near.headings))).hint(self.needed())
    }

    fn needed(&self) -> String {
        let needed = self.spec.wanted.iter().filter(|wanted| wanted.need != super::Need::Never);
        let names: Vec<&str> = needed.filter_map(|wanted| wanted.names.first().copied()).collect();
        format!("export the {} again without changing its headings; needed are {}", self.spec.title, names.join(", "))
    }
}

/// A row with more cells than headings has slid out of its columns.
fn overflow(columns: &Columns, cells: Cells<'_>) -> Option<&'static str> {
    #[cfg(feature = "xlsx")]
    if matches!(cells, Cells::Values(_)) {
        return None;
    }
    let beyond = (columns.width()..cells.len()).any(|position| !cells.get(position).is_blank());
    beyond.then_some("the row has more cells than there are headings; a text with commas needs quotation marks")
}

fn shorten(headings: &[String]) -> String {
    const SHOWN_AT_MOST: usize = 40;
    let cut = |heading: &String| heading.chars().take(60).map(|character| if character.is_control() { ' ' } else { character }).collect::<String>();
    let mut shown: Vec<String> = headings.iter().take(SHOWN_AT_MOST).map(cut).collect();
    if headings.len() > SHOWN_AT_MOST {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests;

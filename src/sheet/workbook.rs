//! Workbooks: chooses the tab, streams its cells into rows.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use calamine::{DataRef, Dimensions, Reader, Xlsx, XlsxError};

use super::cell::Cells;
use super::headings::{Spec, letters};
use super::table::{Each, Table, file_name};
use super::{Cell, ReadError};

/// Days between the two systems of counting dates in workbooks.
const DAYS_FROM_1900_TO_1904: f64 = 1462.0;

/// A cell's value, owned or borrowed from the workbook's shared texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Value<'a>(DataRef<'a>);

impl Value<'_> {
    pub(super) fn cell(&self) -> Cell<'_> {
        match &self.0 {
            DataRef::Empty => Cell::Blank,
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::of_text(text.as_bytes()),
            DataRef::SharedString(text) => Cell::of_text(text.as_bytes()),
            DataRef::Float(number) => Cell::Number(*number),
            DataRef::Int(number) => i32::try_from(*number).map_or(Cell::Other("a number too large"), |number| Cell::Number(f64::from(number))),
            DataRef::DateTime(moment) => Cell::Number(moment.as_f64()),
            DataRef::Bool(true) => Cell::Other("TRUE"),
            DataRef::Bool(false) => Cell::Other("FALSE"),
            DataRef::Error(error) => Cell::Other(shown_error(error)),
        }
    }
}

fn shown_error(error: &calamine::CellErrorType) -> &'static str {
    use calamine::CellErrorType as Error;
    match error {
        Error::Div0 => "#DIV/0!",
        Error::NA => "#N/A",
        Error::Name => "#NAME?",
        Error::Null => "#NULL!",
        Error::Num => "#NUM!",
        Error::Ref => "#REF!",
        Error::Value => "#VALUE!",
        Error::GettingData => "#GETTING_DATA",
    }
}

type Workbook = Xlsx<BufReader<File>>;

/// Reads the tab that holds the table.
pub(super) fn read(path: &Path, spec: &Spec, each: &mut Each<'_>) -> Result<(), ReadError> {
    let mut workbook = open(path)?;
    let tab = choose_tab(&mut workbook, path, spec)?;
    let mut table = Table::new(spec, file_name(path));
    let mut filling = Filling::new(path, &tab);
    each_row(&mut workbook, path, &tab, &mut |number, values| {
        if let Some(columns) = table.columns() {
            let filled = spec.wanted.iter().enumerate().filter(|(_, wanted)| wanted.fill_merged);
            for position in filled.filter_map(|(index, _)| columns.position(index)) {
                filling.fill(number, position, values)?;
            }
        }
        table.take(number, None, Cells::Values(values), each)?;
        Ok(true)
    })?;
    table.finish()
}

fn open(path: &Path) -> Result<Workbook, ReadError> {
    let file = File::open(path).map_err(|error| ReadError::io(path, &error))?;
    Xlsx::new(BufReader::new(file)).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &XlsxError) -> ReadError {
    let name = path.display();
    match error {
        XlsxError::Io(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => ReadError::io(path, error),
        XlsxError::Password => ReadError::new(format!("{name} is protected by a password")).hint("open it in Excel, remove the password and save it again"),
        XlsxError::FileNotFound(_) | XlsxError::RelationshipNotFound => {
            ReadError::new(format!("{name} is a zip archive, but not an .xlsx workbook")).hint("open it in Excel and save it as .xlsx or .csv")
        }
        error => ReadError::new(format!("{name} is torn or damaged: {error}")).hint("the download may have been cut short: export it again"),
    }
}

/// The tab with a known name, else the first one with the headings.
fn choose_tab(workbook: &mut Workbook, path: &Path, spec: &Spec) -> Result<String, ReadError> {
    let tabs = workbook.sheet_names();
    let is_known = |tab: &&String| spec.tabs.iter().any(|known| letters(known) == letters(tab));
    if let Some(known) = tabs.iter().find(is_known) {
        return Ok(known.clone());
    }
    let mut best: Option<(usize, ReadError)> = None;
    for tab in &tabs {
        let mut table = Table::new(spec, format!("the tab `{tab}` of {}", file_name(path)));
        let looked = each_row(workbook, path, tab, &mut |_, values| Ok(!table.look(Cells::Values(values))?));
        let known = table.known();
        let error = match looked {
            // Two columns with one heading: this is the tab, and reading it says what is wrong.
            Ok(()) if table.columns().is_some() => return Ok(tab.clone()),
            Ok(()) => table.finish().err(),
            Err(error) => Some(error),
        };
        if let Some(error) = error
            && best.as_ref().is_none_or(|(before, _)| known > *before)
        {
            best = Some((known, error));
        }
    }
    Err(best.map_or_else(|| ReadError::new(format!("{} has no tab with cells", path.display())), |(_, error)| error))
}

/// Takes a row's number and values; false ends the reading.
type EachRow<'a> = dyn for<'v> FnMut(u32, &mut Vec<Value<'v>>) -> Result<bool, ReadError> + 'a;

/// Collects the cells of a tab into rows.
fn each_row(workbook: &mut Workbook, path: &Path, tab: &str, each: &mut EachRow<'_>) -> Result<(), ReadError> {
    let is_1904 = workbook.has_1904_epoch();
    let mut cells = match workbook.worksheet_cells_reader(tab) {
        Ok(cells) => cells,
        // A chart has a tab, but no cells.
        Err(XlsxError::WorksheetNotFound(_) | XlsxError::UnexpectedNode(_)) => return Ok(()),
        Err(error) => return Err(failed(path, &error)),
    };
    let mut values: Vec<Value<'_>> = Vec::new();
    let mut row = 0;
    loop {
        let cell = cells.next_cell().map_err(|error| failed(path, &error))?;
        let here = cell.as_ref().map(calamine::Cell::get_position);
        if here.is_none_or(|(next_row, _)| next_row != row) {
            if !values.is_empty() && !each(row.saturating_add(1), &mut values)? {
                return Ok(());
            }
            values.clear();
        }
        let (Some(cell), Some((next_row, column))) = (cell, here) else { return Ok(()) };
        row = next_row;
        place(&mut values, usize::try_from(column).unwrap_or(usize::MAX), cell.get_value().clone(), is_1904);
    }
}

fn place<'v>(values: &mut Vec<Value<'v>>, column: usize, value: DataRef<'v>, is_1904: bool) {
    const COLUMNS_AT_MOST: usize = 16_384;
    if column >= COLUMNS_AT_MOST || value == DataRef::Empty {
        return;
    }
    let value = match value {
        DataRef::DateTime(moment) if is_1904 => DataRef::Float(moment.as_f64() + DAYS_FROM_1900_TO_1904),
        other => other,
    };
    if values.len() <= column {
        values.resize_with(column + 1, Value::default);
    }
    if let Some(slot) = values.get_mut(column) {
        *slot = Value(value);
    }
}

/// Merged regions: only their first cell has the value. They stand at the end of a tab's data, so
/// they are fetched only when a blank cell asks for them.
struct Filling<'p> {
    path: &'p Path,
    tab: &'p str,
    regions: Option<Vec<Dimensions>>,
    last: Vec<(usize, u32, String)>,
}

impl<'p> Filling<'p> {
    fn new(path: &'p Path, tab: &'p str) -> Self {
        Self { path, tab, regions: None, last: Vec::new() }
    }

    /// Fills a blank cell of a merged region with the region's value, or remembers a value.
    fn fill(&mut self, number: u32, position: usize, values: &mut Vec<Value<'_>>) -> Result<(), ReadError> {
        let cell = values.get(position).map_or(Cell::Blank, Value::cell);
        let slot = self.last.iter().position(|(column, ..)| *column == position);
        if !cell.is_blank() {
            match slot.and_then(|slot| self.last.get_mut(slot)) {
                Some((_, row, text)) => {
                    *row = number;
                    text.clear();
                    text.push_str(&cell.text());
                }
                None => self.last.push((position, number, cell.text().into_owned())),
            }
            return Ok(());
        }
        let Some((_, first_row, text)) = slot.and_then(|slot| self.last.get(slot)) else { return Ok(()) };
        let (first_row, text) = (*first_row, text.clone());
        if self.spans(first_row, number, position)? {
            place(values, position, DataRef::String(text), false);
        }
        Ok(())
    }

    /// True when one merged region starts in `first_row` of the column and reaches row `number`.
    fn spans(&mut self, first_row: u32, number: u32, position: usize) -> Result<bool, ReadError> {
        let regions = match self.regions.take() {
            Some(regions) => regions,
            None => open(self.path)?.merge_cells_by_sheet_name(self.tab).map_err(|error| failed(self.path, &error))?,
        };
        let spans = |region: &Dimensions| {
            region.start.0.saturating_add(1) == first_row && usize::try_from(region.start.1) == Ok(position) && region.end.0.saturating_add(1) >= number
        };
        let found = regions.iter().any(spans);
        self.regions = Some(regions);
        Ok(found)
    }
}

#[cfg(test)]
mod tests;

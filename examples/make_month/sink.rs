//! Where rows go: a CSV file, line by line, or a sheet of a workbook.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};

/// One cell. Numbers are decimal text, so that none passes through binary floating point on its way
/// to a CSV file.
#[derive(Clone, Copy)]
pub(crate) enum Cell<'a> {
    Text(&'a str),
    Number(&'a str),
    /// Day, month and year.
    Day(i8, i8, i16),
}

/// A table under construction.
pub(crate) enum Sink {
    Csv { writer: Box<csv::Writer<BufWriter<File>>>, text: String },
    Xlsx { workbook: Box<Workbook>, next_row: u32, day_format: Box<Format>, path: PathBuf },
}

impl Sink {
    pub(crate) fn csv(path: &Path, headings: &[&str]) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut writer = csv::Writer::from_writer(BufWriter::new(file));
        writer.write_record(headings)?;
        Ok(Self::Csv { writer: Box::new(writer), text: String::new() })
    }

    pub(crate) fn xlsx(path: &Path, tab: &str, headings: &[&str]) -> Result<Self> {
        let mut workbook = Workbook::new();
        // Without a fixed date the bytes would differ on every run.
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2026, 12, 1)?));
        let sheet = workbook.add_worksheet().set_name(tab)?;
        for (column, heading) in (0..).zip(headings) {
            sheet.write_string(0, column, *heading)?;
        }
        let day_format = Box::new(Format::new().set_num_format("dd-mmm-yyyy"));
        Ok(Self::Xlsx { workbook: Box::new(workbook), next_row: 1, day_format, path: path.to_owned() })
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        match self {
            Self::Csv { writer, text } => {
                for cell in cells {
                    match *cell {
                        Cell::Text(field) | Cell::Number(field) => writer.write_field(field)?,
                        Cell::Day(day, month, year) => writer.write_field(portal_date(text, day, month, year))?,
                    }
                }
                writer.write_record(None::<&[u8]>)?;
            }
            Self::Xlsx { workbook, next_row, day_format, .. } => {
                let sheet = workbook.worksheet_from_index(0)?;
                for (column, cell) in (0..).zip(cells) {
                    match *cell {
                        Cell::Text(field) => sheet.write_string(*next_row, column, field)?,
                        Cell::Number(field) => sheet.write_number(*next_row, column, field.parse::<f64>()?)?,
                        Cell::Day(day, month, year) => sheet.write_datetime_with_format(*next_row, column, excel_date(day, month, year)?, day_format)?,
                    };
                }
                *next_row += 1;
            }
        }
        Ok(())
    }

    /// Writes what is left.
    pub(crate) fn finish(self) -> Result<()> {
        match self {
            Self::Csv { mut writer, .. } => writer.flush()?,
            Self::Xlsx { mut workbook, path, .. } => workbook.save(path)?,
        }
        Ok(())
    }
}

/// `01-NOV-2026`.
fn portal_date(text: &mut String, day: i8, month: i8, year: i16) -> &str {
    use std::fmt::Write as _;
    const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    let name = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or_default();
    text.clear();
    // Writing to a String cannot fail.
    let _ = write!(text, "{day:02}-{name}-{year}");
    text
}

fn excel_date(day: i8, month: i8, year: i16) -> Result<ExcelDateTime> {
    Ok(ExcelDateTime::from_ymd(u16::try_from(year)?, u8::try_from(month)?, u8::try_from(day)?)?)
}

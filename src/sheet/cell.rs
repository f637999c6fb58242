//! One cell and one row, alike for CSV and XLSX.

use std::borrow::Cow;

use super::encoding::decode;
use super::headings::Columns;

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing, or only blanks.
    Blank,
    /// Text without blanks around it, as stored: UTF-8, or Windows-1252 from older exports.
    Text(&'a [u8]),
    /// A number of a workbook; dates are serials of the 1900 system.
    Number(f64),
    /// Something that is neither text nor number, as a spreadsheet shows it: `TRUE`, `#N/A`.
    Other(&'static str),
}

impl<'a> Cell<'a> {
    /// The cell of a text.
    #[must_use]
    pub fn of_text(text: &'a [u8]) -> Self {
        let trimmed = text.trim_ascii();
        if trimmed.is_empty() { Self::Blank } else { Self::Text(trimmed) }
    }

    /// True when there is nothing in it.
    #[must_use]
    pub fn is_blank(self) -> bool {
        match self {
            Self::Blank => true,
            // Blanks that are not ASCII, such as the no-break space of web pages.
            Self::Text(bytes) => bytes.first().is_some_and(|first| *first >= 0x80) && decode(bytes).trim().is_empty(),
            Self::Number(_) | Self::Other(_) => false,
        }
    }

    /// The content as text without blanks around it; numbers with 15 significant digits.
    #[must_use]
    pub fn text(self) -> Cow<'a, str> {
        match self {
            Self::Blank => Cow::Borrowed(""),
            Self::Text(bytes) => match decode(bytes) {
                Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
                Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
            },
            Self::Number(number) => Cow::Owned(super::values::show_float(number)),
            Self::Other(shown) => Cow::Borrowed(shown),
        }
    }
}

/// The cells of a row as they were read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cells<'a> {
    /// Fields of a text file: places in `data`.
    Fields { data: &'a [u8], places: &'a [(usize, usize)] },
    /// Values of a workbook.
    #[cfg(feature = "xlsx")]
    Values(&'a [super::workbook::Value<'a>]),
}

impl<'a> Cells<'a> {
    #[inline]
    pub(super) fn get(self, position: usize) -> Cell<'a> {
        match self {
            Self::Fields { data, places } => places.get(position).and_then(|(start, end)| data.get(*start..*end)).map_or(Cell::Blank, Cell::of_text),
            #[cfg(feature = "xlsx")]
            Self::Values(values) => values.get(position).map_or(Cell::Blank, super::workbook::Value::cell),
        }
    }

    pub(super) fn len(self) -> usize {
        match self {
            Self::Fields { places, .. } => places.len(),
            #[cfg(feature = "xlsx")]
            Self::Values(values) => values.len(),
        }
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Cell<'a>> {
        (0..self.len()).map(move |position| self.get(position))
    }
}

/// One row below the headings.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// As a spreadsheet counts: from 1, headings and blank rows included.
    pub number: u32,
    /// Why the row's cells cannot be trusted to stand in their columns.
    pub fault: Option<&'static str>,
    pub(super) columns: &'a Columns,
    pub(super) cells: Cells<'a>,
}

impl<'a> Row<'a> {
    /// The cell of a wanted column, by its place in [`super::Spec::wanted`].
    #[inline]
    #[must_use]
    pub fn cell(&self, wanted: usize) -> Cell<'a> {
        self.columns.position(wanted).map_or(Cell::Blank, |position| self.cells.get(position))
    }

    /// True when the file has the wanted column.
    #[inline]
    #[must_use]
    pub fn has(&self, wanted: usize) -> bool {
        self.columns.position(wanted).is_some()
    }

    /// The heading of a wanted column as the file writes it.
    #[must_use]
    pub fn heading(&self, wanted: usize) -> &'a str {
        self.columns.heading(wanted)
    }

    /// Every cell of the row, those without a wanted column too.
    pub fn all(&self) -> impl Iterator<Item = Cell<'a>> {
        self.cells.iter()
    }
}

//! Rows of cells from CSV and XLSX files, with headings matched and values read.
//!
//! [`table::read`] opens a file, whatever its kind turns out to be, finds the heading row and
//! hands out the rows below it; [`values`] reads dates and numbers out of their cells.

mod cell;
mod encoding;
mod error;
mod headings;
mod intern;
mod kind;
mod separated;
pub mod table;
#[cfg(test)]
pub(crate) mod testing;
pub mod values;
#[cfg(feature = "xlsx")]
mod workbook;

pub use cell::{Cell, Row};
pub use error::ReadError;
pub use headings::{ExGst, Need, Spec, Wanted};
pub use intern::Interner;

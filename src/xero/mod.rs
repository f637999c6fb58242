//! Xero: its import files and its contacts export.

pub mod contacts_file;
pub mod csv_import;
pub mod outcome;

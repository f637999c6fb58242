//! Xero: its import files and its contacts export.
pub mod csv_import;

//! What the distributor says: its exports, its API, and the files of others.

pub mod annuity;
pub mod api;
pub mod charges_file;
pub mod invoice_report;

pub use crate::sheet::values;

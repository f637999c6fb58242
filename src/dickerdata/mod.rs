//! What the distributor says: its exports.

pub mod annuity;
pub mod invoice_report;

pub use crate::sheet::values;

//! Xero: its import files and its contacts export.

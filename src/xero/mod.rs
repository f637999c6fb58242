//! Xero: its API, its import files and its contacts export.

pub mod answer;
pub mod batch;
mod calls;
pub mod client;
pub mod contacts_file;
pub mod csv_import;
pub mod filter;
mod from_wire;
pub mod links;
pub mod organisation;
pub mod outcome;
pub mod preflight;
#[cfg(test)]
mod samples;
mod to_wire;
mod wire;
mod written;

pub use batch::{Batch, Dress, Operation, create_batch, remove_batch, update_batch};
pub use client::{XeroClient, XeroSettings};
pub use filter::{DocumentFilter, Endpoint};

//! What Microsoft says: live from Graph in each customer's tenant, with Partner Center as a set of
//! capabilities that are probed and never required (`contracts/microsoft.md`); and the seats file.
//!
//! Knows no sign-in and no secret store: access tokens come from a [`TenantTokens`].

pub mod address;
pub mod advice;
mod assignments;
mod breaker;
mod call;
pub mod capabilities;
mod capture;
pub mod catalogue;
pub mod client;
pub mod consented;
mod convert;
pub mod customers;
pub mod directory;
pub mod error;
pub mod graph;
pub mod identity;
pub mod offer_matrix;
pub mod partner_center;
pub mod pull;
pub mod roles;
pub mod seats;
pub mod seats_file;
#[cfg(test)]
mod testing;
pub mod token;
mod wire;

pub use address::Addresses;
pub use client::Microsoft;
pub use error::MicrosoftError;
pub use token::{Resource, TenantTokens};

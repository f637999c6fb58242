//! The distributor's API (`contracts/dickerdata.md`). Much of it is known from public client code
//! only, so every name is an alias that the configuration can replace, and every answer can be kept
//! and replayed.
//!
//! [`client`] asks, [`reading`] knows what to ask for, [`convert`] makes charges of the answers,
//! whether they come from the service or from a [`capture`].

mod access_key;
pub mod capture;
pub mod client;
pub mod conventions;
pub mod convert;
mod error;
mod lines;
pub mod reading;
pub mod redact;
mod refusal;
mod subscriptions;
pub mod wire;

pub use client::{Client, Credentials, Settings};
pub use conventions::{Convention, Way};
pub use error::{ApiError, ApiErrorKind};
pub use wire::{Field, Fields};

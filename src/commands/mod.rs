//! One file a subcommand: its arguments and what it does with the [`App`](crate::app::App).

pub(crate) mod access;
pub mod auth;
mod catalogue;
pub mod completions;
pub mod doctor;
pub mod explain;
mod failures;
pub mod init;
mod machine;
pub mod map;
pub mod month;
mod notify;
mod organisation;
pub(crate) mod place;
pub mod pull;
mod pull_microsoft;
pub mod reconcile;
pub mod runs;
mod seats;
pub(crate) mod sources;
pub mod sync;
pub mod users;

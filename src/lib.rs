//! `cspctl`: the Microsoft reseller's month from a terminal.
//!
//! The map of the crate: [`domain`] is the functional core, every cent and key; [`gather`] reads
//! all sources; [`commands`] holds one file a subcommand; [`ledger`] remembers what was done;
//! [`files`] writes files whole; [`ui`] shows it. `docs/architecture.md` walks one command through the files.

pub mod app;
pub mod auth;
pub mod cli;
pub mod commands;
pub mod config;
pub mod dickerdata;
pub mod domain;
pub mod exit;
pub mod export;
pub mod files;
pub mod gather;
pub mod http;
pub mod ledger;
pub mod log;
pub mod microsoft;
pub mod notify;
pub mod post;
pub mod secrets;
pub mod services;
pub mod sheet;
pub mod start;
pub mod ui;
pub mod xero;

/// The stand-ins of the sandbox, for tests of posting.
#[cfg(test)]
#[path = "../examples/sandbox/stand_ins.rs"]
#[allow(unreachable_pub, dead_code, clippy::expect_used, reason = "the sandbox and the tests use different parts of it")]
mod stand_ins;

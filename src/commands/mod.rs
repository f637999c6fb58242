//! One file a subcommand: its arguments and what it does with the [`App`](crate::app::App).
pub mod completions;
mod failures;
pub mod runs;

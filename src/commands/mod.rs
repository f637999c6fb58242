//! One file a subcommand: its arguments and what it does with the [`App`](crate::app::App).
pub mod completions;
pub mod map;

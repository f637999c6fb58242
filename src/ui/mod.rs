//! What people see: streams, tables, the report. Knows the domain and prints it.

pub mod explain;
pub mod json;
pub mod lines;
pub mod narrative;
pub mod outcome;
pub mod output;
pub mod progress;
pub mod prompt;
pub mod report;
pub mod summary;
pub mod table;
pub mod text;
pub mod words;

#[cfg(test)]
pub(crate) mod captured;
#[cfg(test)]
pub(crate) mod sample;

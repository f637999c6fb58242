//! What people see: streams, tables, the report. Knows the domain and prints it.

pub mod outcome;
pub mod output;

//! `config.toml` and `mapping.toml`: read, check, edit, and where they lie on each platform.

mod dickerdata;
pub mod edit;
pub mod load;
pub mod mapping;
pub mod notify;
pub mod paths;
pub mod problem;
mod reader;
pub mod schema;
mod sections;
mod value;

//! `config.toml` and `mapping.toml`: read, check, edit, and where they lie on each platform.

mod dickerdata;
pub mod difference;
pub mod draft;
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

/// Says what is wrong with a percentage such as `12.5%`.
///
/// # Errors
///
/// What is wrong.
pub fn is_percent(text: &str) -> Result<(), String> {
    text.parse::<value::Percent>().map(drop)
}

/// Says what is wrong with a rule for due dates such as `20 days`.
///
/// # Errors
///
/// What is wrong.
pub fn is_due_rule(text: &str) -> Result<(), String> {
    text.parse::<value::DueText>().map(drop)
}

//! The report: one HTML file that needs nothing else, for reading, printing and keeping.
//!
//! The page is laid out by `report.html.j2`; everything it shows comes ready-made from here, so
//! that the template decides nothing. The same outcome gives the same bytes.

mod bars;
mod context;
mod documents;

use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior};

use super::outcome::Outcome;
use crate::files::write_file;

/// The page; the name ends in `.html`, which switches escaping on.
const TEMPLATE: (&str, &str) = ("report.html", include_str!("report.html.j2"));

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A fault of the program.
    #[error("the report could not be laid out")]
    Layout(#[from] minijinja::Error),
    /// The file could not be written.
    #[error("the report {path} could not be written")]
    Write {
        /// Where it should have gone.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The report as text.
///
/// # Errors
///
/// Only when the template itself is at fault.
pub fn render(outcome: &Outcome) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template(TEMPLATE.0, TEMPLATE.1)?;
    Ok(environment.get_template(TEMPLATE.0)?.render(context::page(outcome))?)
}

/// Writes the report as a whole or not at all.
///
/// # Errors
///
/// When the folder or the file cannot be written.
pub fn write(outcome: &Outcome, path: &Path) -> Result<(), ReportError> {
    let html = render(outcome)?;
    write_file(path, |out| out.write_all(html.as_bytes())).map_err(|source| ReportError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests;

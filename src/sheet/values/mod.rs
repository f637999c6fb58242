//! Dates and numbers out of cells: exact, in every spelling the exports use, or refused.

mod date;
mod decimal;

pub use date::date;
pub use decimal::decimal;
pub(super) use decimal::show_float;

use super::Cell;

/// A cell that does not say what its column asks for, with its text: a fragment such as
/// `` `abc` is not a date ``.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct Unreadable(String);

impl Unreadable {
    fn new(cell: Cell<'_>, what: &str) -> Self {
        const SHOWN_AT_MOST: usize = 60;
        let text = cell.text();
        let mut shown: String = text.chars().take(SHOWN_AT_MOST).map(|character| if character.is_control() { ' ' } else { character }).collect();
        if text.chars().nth(SHOWN_AT_MOST).is_some() {
            shown.push('…');
        }
        Self(format!("`{shown}` {what}"))
    }
}

#[cfg(test)]
mod tests;

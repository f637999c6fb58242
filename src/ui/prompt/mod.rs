//! Questions to a person at a terminal. Commands ask through [`Prompt`], so that tests answer instead;
//! nothing in here decides whether a question may be asked (`App::may_prompt` does).

mod draw;
mod list;
#[cfg(test)]
pub mod scripted;
mod terminal;

use secrecy::SecretString;
use thiserror::Error;

pub use terminal::AtTerminal;

/// Why a question has no answer.
#[derive(Debug, Error)]
pub enum Stopped {
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// Escape: the person wants to go back, or leave it.
    #[error("left unanswered")]
    Back,
    /// The terminal cannot be read or written.
    #[error("cannot ask: {0}")]
    Failed(#[from] std::io::Error),
}

/// Asks a person. Every method blocks until there is an answer.
pub trait Prompt: std::fmt::Debug {
    /// One line of text.
    ///
    /// # Errors
    ///
    /// [`Stopped`], never `Back`.
    fn text(&self, question: &Text<'_>) -> Result<String, Stopped>;

    /// One line of text, of which `default` is there already, to be changed.
    ///
    /// # Errors
    ///
    /// As [`Prompt::text`].
    fn edit(&self, question: &Text<'_>) -> Result<String, Stopped>;

    /// One line that is not shown; empty when nothing was typed.
    ///
    /// # Errors
    ///
    /// As [`Prompt::text`].
    fn secret(&self, question: &str) -> Result<SecretString, Stopped>;

    /// Yes or no; Enter takes `default`.
    ///
    /// # Errors
    ///
    /// As [`Prompt::text`].
    fn confirm(&self, question: &str, default: bool) -> Result<bool, Stopped>;

    /// One or several of a list, found by typing.
    ///
    /// # Errors
    ///
    /// [`Stopped`].
    fn list(&self, list: &List<'_>) -> Result<Answer, Stopped>;
}

/// A question for one line of text.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    /// Without a question mark or colon at the end.
    pub question: &'a str,
    /// What Enter alone takes; empty for nothing.
    pub default: &'a str,
    /// Enter alone is an answer although there is no default.
    pub may_be_empty: bool,
    /// Says what is wrong with an answer; it is then asked again.
    pub check: &'a dyn Fn(&str) -> Result<(), String>,
}

/// Takes any text.
///
/// # Errors
///
/// Never.
pub fn anything(_: &str) -> Result<(), String> {
    Ok(())
}

/// One line of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What is chosen; searched.
    pub label: String,
    /// More about it, shown dimmed behind; searched.
    pub note: String,
    /// Marked from the start, in a list that takes several.
    pub is_marked: bool,
}

impl Choice {
    /// A line that is not marked.
    pub fn new(label: impl Into<String>, note: impl Into<String>) -> Self {
        Self { label: label.into(), note: note.into(), is_marked: false }
    }
}

/// What else a list can be told: Ctrl with a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// The letter, lower-case; not a, c, e, h, i, j, m, z: terminals take these for other keys.
    pub letter: char,
    /// What it does, for the line of keys: `undo`.
    pub label: &'static str,
}

/// A list to choose from by typing parts of names.
#[derive(Clone, Copy)]
pub struct List<'a> {
    /// Without a question mark or colon at the end.
    pub question: &'a str,
    /// The lines, best first.
    pub choices: &'a [Choice],
    /// The line that is highlighted at first.
    pub start: usize,
    /// Several can be marked.
    pub takes_several: bool,
    /// Further keys.
    pub actions: &'a [Action],
    /// What to show below the list about the highlighted line: a few lines, wrapped where the terminal is
    /// narrow, a third of its height at most.
    pub detail: &'a dyn Fn(usize) -> Vec<String>,
}

/// No detail.
#[must_use]
pub fn no_detail(_: usize) -> Vec<String> {
    Vec::new()
}

/// What was chosen; numbers are places in `List::choices`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Enter on a line.
    One(usize),
    /// Enter in a list that takes several: the marked ones in order.
    Several(Vec<usize>),
    /// The key of an action.
    Action {
        /// Its letter.
        letter: char,
        /// The highlighted line, unless nothing matches what was typed.
        at: Option<usize>,
        /// The marked ones in order.
        marked: Vec<usize>,
    },
}

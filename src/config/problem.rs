//! What is wrong with a file that people write: every problem with its line and column.

use std::fmt;
use std::path::PathBuf;

use crate::exit::{Failure, Kind};

/// A place in a file, both counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Position {
    /// The place of a byte offset in a text.
    #[must_use]
    pub fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset.min(text.len())).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let last_line = before.rsplit_once('\n').map_or(before, |(_, last)| last);
        Self { line, column: last_line.chars().count() + 1 }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where; `None` when the file as a whole is meant.
    pub position: Option<Position>,
    /// What, and what to write instead.
    pub message: String,
}

/// A file that cannot be used, with everything that is wrong with it: exit code 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The file.
    pub file: PathBuf,
    /// At least one problem, in the order of the file.
    pub list: Vec<Problem>,
}

impl Problems {
    /// A single problem of the file as a whole.
    #[must_use]
    pub fn whole(file: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { file: file.into(), list: vec![Problem { position: None, message: message.into() }] }
    }

    fn line(&self, problem: &Problem) -> String {
        match problem.position {
            Some(Position { line, column }) => format!("{}:{line}:{column}: {}", self.file.display(), problem.message),
            None => format!("{}: {}", self.file.display(), problem.message),
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.list.as_slice() {
            [only] => f.write_str(&self.line(only)),
            several => {
                write!(f, "{} has {} problems", self.file.display(), several.len())?;
                several.iter().try_for_each(|problem| write!(f, "\n  {}", self.line(problem)))
            }
        }
    }
}

impl std::error::Error for Problems {}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::new(Kind::Configuration, problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let text = "a = 1\nmāori = \"x\"\n";
        assert_eq!(Position::of(text, 0), Position { line: 1, column: 1 });
        let quote = text.find('"').unwrap();
        assert_eq!(Position::of(text, quote), Position { line: 2, column: 9 }, "characters, not bytes");
        assert_eq!(Position::of(text, 999), Position { line: 3, column: 1 });
    }
}

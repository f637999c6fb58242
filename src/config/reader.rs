//! Reads values out of a TOML document, noting every problem with its place instead of stopping
//! at the first. Both files are read through it, so both complain in the same words.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Position, Problem, Problems};
use crate::domain::suggest::{instead, nearest};

/// What was found while reading: problems, and where each value stands.
pub(super) struct Notes<'t> {
    text: &'t str,
    problems: RefCell<Vec<(usize, String)>>,
    origins: RefCell<BTreeMap<String, usize>>,
}

impl<'t> Notes<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, problems: RefCell::default(), origins: RefCell::default() }
    }

    pub(super) fn problem(&self, at: usize, message: impl Into<String>) {
        self.problems.borrow_mut().push((at, message.into()));
    }

    /// The line of a byte offset.
    pub(super) fn line(&self, at: usize) -> usize {
        Position::of(self.text, at).line
    }

    /// The byte offsets of all values that were read, or the problems in the order of the file.
    pub(super) fn finish(self, file: &Path) -> Result<BTreeMap<String, usize>, Problems> {
        let mut problems = self.problems.into_inner();
        if problems.is_empty() {
            return Ok(self.origins.into_inner());
        }
        problems.sort_by_key(|(at, _)| *at);
        let list = problems.into_iter().map(|(at, message)| Problem { position: Some(Position::of(self.text, at)), message }).collect();
        Err(Problems { file: file.to_owned(), list })
    }
}

/// Parses a document; a fault of syntax is the one problem.
pub(super) fn parse<'t>(file: &Path, text: &'t str) -> Result<Spanned<DeTable<'t>>, Problems> {
    DeTable::parse(text).map_err(|error| {
        let message = error.message().trim_end().replace('\n', ", ");
        let position = error.span().map(|span| Position::of(text, span.start));
        Problems { file: file.to_owned(), list: vec![Problem { position, message: format!("this is not valid TOML: {message}") }] }
    })
}

/// One table of the document, or the place where it is missing.
pub(super) struct Reader<'a, 't> {
    notes: &'a Notes<'t>,
    table: Option<&'a DeTable<'t>>,
    /// `billing.`, for messages and origins; empty at the top.
    path: String,
    at: usize,
    asked: RefCell<Vec<&'static str>>,
}

type Found<'a, 't> = (&'a DeValue<'t>, Range<usize>);

impl<'a, 't> Reader<'a, 't> {
    pub(super) fn top(notes: &'a Notes<'t>, document: &'a Spanned<DeTable<'t>>) -> Self {
        Self { notes, table: Some(document.get_ref()), path: String::new(), at: 0, asked: RefCell::default() }
    }

    /// Byte offset of the table, for problems that are about it as a whole.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Byte offset of a value, or of the table when the value is missing.
    pub(super) fn place_of(&self, key: &str) -> usize {
        self.table.and_then(|table| table.get(key)).map_or(self.at, |value| value.span().start)
    }

    pub(super) fn problem(&self, at: usize, message: impl Into<String>) {
        self.notes.problem(at, message);
    }

    fn find(&self, key: &'static str) -> Option<Found<'a, 't>> {
        self.asked.borrow_mut().push(key);
        let value = self.table?.get(key)?;
        let span = value.span();
        self.notes.origins.borrow_mut().insert(format!("{}{key}", self.path), span.start);
        Some((value.get_ref(), span))
    }

    fn wrong_type(&self, key: &str, (value, span): &Found<'_, '_>, wanted: &str) {
        let got = describe(value);
        let hint = match value {
            DeValue::Float(_) | DeValue::Integer(_) if wanted == "text" => {
                let written = self.notes.text.get(span.clone()).unwrap_or("0");
                format!("; write it in quotes: {key} = \"{written}\"")
            }
            _ => String::new(),
        };
        self.problem(span.start, format!("`{}{key}` wants {wanted}, this is {got}{hint}", self.path));
    }

    /// Text; empty text is as good as none.
    pub(super) fn text(&self, key: &'static str) -> Option<String> {
        self.text_at(key).map(|(text, _)| text)
    }

    fn text_at(&self, key: &'static str) -> Option<(String, usize)> {
        let found = self.find(key)?;
        let DeValue::String(text) = found.0 else {
            self.wrong_type(key, &found, "text");
            return None;
        };
        if text.contains(['\n', '\r', '\0']) {
            self.problem(found.1.start, format!("`{}{key}` must be a single line", self.path));
        }
        let text = text.trim();
        (!text.is_empty()).then(|| (text.to_owned(), found.1.start))
    }

    /// Text that means something: its own error says what is wrong with it.
    pub(super) fn parsed<T>(&self, key: &'static str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let (text, at) = self.text_at(key)?;
        text.parse().map_err(|error| self.problem(at, format!("`{}{key}`: {error}", self.path))).ok()
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, key: &'static str, choices: &[(&'static str, T)]) -> Option<T> {
        let (text, at) = self.text_at(key)?;
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let list = words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        let guess = nearest(&text, words).map(|word| format!("; did you mean \"{word}\"?")).unwrap_or_default();
        // An address in the wrong place may hold a token.
        let not = if text.contains("://") { "an address".to_owned() } else { format!("\"{text}\"") };
        self.problem(at, format!("`{}{key}` can be {list}, not {not}{guess}", self.path));
        None
    }

    pub(super) fn flag(&self, key: &'static str) -> Option<bool> {
        let found = self.find(key)?;
        if let DeValue::Boolean(flag) = found.0 {
            return Some(*flag);
        }
        self.wrong_type(key, &found, "true or false");
        None
    }

    pub(super) fn integer(&self, key: &'static str, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let found = self.find(key)?;
        let DeValue::Integer(integer) = found.0 else {
            self.wrong_type(key, &found, "a whole number");
            return None;
        };
        match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if range.contains(&number) => Some(number),
            _ => {
                self.problem(found.1.start, format!("`{}{key}` can be from {} to {}", self.path, range.start(), range.end()));
                None
            }
        }
    }

    /// A date, with or without quotes.
    pub(super) fn date(&self, key: &'static str) -> Option<Date> {
        let found = self.find(key)?;
        let text = match found.0 {
            DeValue::Datetime(date) => date.to_string(),
            DeValue::String(text) if text.trim().is_empty() => return None,
            DeValue::String(text) => text.trim().to_owned(),
            _ => {
                self.wrong_type(key, &found, "a date such as 2027-03-31");
                return None;
            }
        };
        if let (10, Ok(date)) = (text.len(), text.parse()) {
            return Some(date);
        }
        self.problem(found.1.start, format!("`{}{key}`: {text} is not a date; write it as 2027-03-31", self.path));
        None
    }

    /// A list of texts.
    pub(super) fn texts(&self, key: &'static str) -> Option<Vec<String>> {
        let found = self.find(key)?;
        let DeValue::Array(items) = found.0 else {
            self.wrong_type(key, &found, "a list of texts");
            return None;
        };
        let mut texts = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(text) => texts.push(text.trim().to_owned()),
                other => self.problem(item.span().start, format!("`{}{key}` wants texts, this is {}", self.path, describe(other))),
            }
        }
        Some(texts)
    }

    /// A table of anything whose keys are free: (key, value, offset) in the order of the file.
    pub(super) fn free_table(&self, key: &'static str) -> Option<Vec<(String, &'a DeValue<'t>, usize)>> {
        let found = self.find(key)?;
        let DeValue::Table(table) = found.0 else {
            self.wrong_type(key, &found, "a table such as { name = \"value\" }");
            return None;
        };
        let mut entries: Vec<_> = table.iter().map(|(name, value)| (name.get_ref().to_string(), value.get_ref(), value.span().start)).collect();
        entries.sort_by_key(|(_, _, at)| *at);
        Some(entries)
    }

    /// A section; an absent one reads as empty.
    pub(super) fn section(&self, key: &'static str) -> Self {
        let found = self.find(key);
        let table = match &found {
            Some((DeValue::Table(table), _)) => Some(table),
            Some(other) => {
                self.wrong_type(key, other, &format!("a section [{key}]"));
                None
            }
            None => None,
        };
        let at = found.map_or(self.at, |(_, span)| span.start);
        Self { notes: self.notes, table, path: format!("{}{key}.", self.path), at, asked: RefCell::default() }
    }

    /// An array of tables; an absent one is empty.
    pub(super) fn sections(&self, key: &'static str) -> Vec<Self> {
        let Some(found) = self.find(key) else { return Vec::new() };
        let DeValue::Array(items) = found.0 else {
            self.wrong_type(key, &found, &format!("entries that begin with [[{key}]]"));
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items {
            let at = item.span().start;
            match item.get_ref() {
                DeValue::Table(table) => {
                    sections.push(Self { notes: self.notes, table: Some(table), path: format!("{key}."), at, asked: RefCell::default() });
                }
                other => self.problem(at, format!("`{key}` wants entries that begin with [[{key}]], this is {}", describe(other))),
            }
        }
        sections
    }

    /// Counts keys as asked for that were not read because the entry is broken already.
    pub(super) fn knows(&self, keys: &[&'static str]) {
        self.asked.borrow_mut().extend(keys);
    }

    /// Reports every key that nobody asked for, and names those that were.
    pub(super) fn finish(self) -> Vec<String> {
        let mut asked = self.asked.into_inner();
        let mut seen = std::collections::HashSet::new();
        asked.retain(|key| seen.insert(*key));
        for (key, _) in self.table.into_iter().flatten() {
            let name = key.get_ref();
            if !asked.contains(&name.as_ref()) {
                self.notes.problem(key.span().start, format!("unknown key `{}{name}`; {}", self.path, instead(name, &asked)));
            }
        }
        asked.into_iter().map(|key| format!("{}{key}", self.path)).collect()
    }
}

/// A value's type in words.
pub(super) fn describe(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

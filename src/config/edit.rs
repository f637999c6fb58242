//! The one editing routine for files that people write: it changes or adds one table, keeps every
//! comment and the order of the rest, and replaces the file in one step.

mod list;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use toml_edit::{ArrayOfTables, DocumentMut, Item, RawString, Table, TableLike, Value};

use super::load::{Unreadable, read_text};
use super::problem::{Position, Problem, Problems};
use crate::files::write_file;

/// A file being edited. Nothing is written before [`Editor::save`].
#[derive(Debug)]
pub struct Editor {
    file: PathBuf,
    /// The text as it was read; `None` when there was no file.
    before: Option<String>,
    document: DocumentMut,
    /// The sort keys of an array's tables, in their order: thousands of entries are added at once.
    sort_keys: HashMap<&'static str, Vec<String>>,
}

/// Knows an entry's table.
pub type IsIt<'a> = &'a dyn Fn(&Table) -> bool;

/// One table of an array, `[[customers]]` say, to be added or changed.
pub struct Entry<'a> {
    /// The array's name.
    pub array: &'static str,
    /// Where the entry probably is, and how to know it; `None` adds a new one.
    pub old: Option<(usize, IsIt<'a>)>,
    /// The place of a new entry: before the first whose key is greater.
    pub sort_key: &'a dyn Fn(&Table) -> String,
    /// Keys in the order of a new entry; `None` removes one.
    pub values: Vec<(&'static str, Option<Value>)>,
}

impl Editor {
    /// Opens a file for editing; a missing one begins with `heading`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not TOML.
    pub fn open(file: &Path, heading: &str) -> Result<Self, Problems> {
        let before = match read_text(file) {
            Ok(text) => Some(text),
            Err(Unreadable::Missing) => None,
            Err(Unreadable::Other(problems)) => return Err(problems),
        };
        let text = before.as_deref().filter(|text| !text.trim().is_empty()).unwrap_or(heading);
        let document = text.parse::<DocumentMut>().map_err(|error| {
            let position = error.span().map(|span| Position::of(text, span.start));
            Problems { file: file.to_owned(), list: vec![Problem { position, message: format!("this is not valid TOML: {}", error.message()) }] }
        })?;
        Ok(Self { file: file.to_owned(), before, document, sort_keys: HashMap::new() })
    }

    /// Adds or changes one table, and gives its place in the array.
    ///
    /// # Errors
    ///
    /// When the array is written in another form than `[[…]]`, which cannot be edited line by line.
    pub fn put(&mut self, entry: Entry<'_>) -> Result<usize, Problems> {
        let mut sort_keys = self.sort_keys.remove(entry.array).unwrap_or_default();
        let tables = self.tables(entry.array)?;
        if sort_keys.len() != tables.len() {
            sort_keys = tables.iter().map(entry.sort_key).collect();
        }
        let place = entry.old.and_then(|(place, is_it)| if tables.get(place).is_some_and(is_it) { Some(place) } else { tables.iter().position(is_it) });
        if let Some(place) = place
            && let (Some(table), Some(sort_key)) = (tables.get_mut(place), sort_keys.get_mut(place))
        {
            entry.values.into_iter().for_each(|(key, value)| set(table, key, value));
            *sort_key = (entry.sort_key)(table);
            self.sort_keys.insert(entry.array, sort_keys);
            return Ok(place);
        }
        let mut table = Table::new();
        entry.values.into_iter().for_each(|(key, value)| set(&mut table, key, value));
        let sort_key = (entry.sort_key)(&table);
        let index = sort_keys.iter().position(|other| *other > sort_key).unwrap_or(tables.len());
        insert(tables, index, table);
        sort_keys.insert(index, sort_key);
        self.sort_keys.insert(entry.array, sort_keys);
        Ok(index)
    }

    /// Removes one table with the comment that stands directly above it, and gives the place it had.
    ///
    /// # Errors
    ///
    /// When the array is written in another form than `[[…]]`.
    pub fn remove(&mut self, array: &'static str, is_it: IsIt<'_>) -> Result<Option<usize>, Problems> {
        self.sort_keys.remove(array);
        let tables = self.tables(array)?;
        let Some(index) = tables.iter().position(is_it) else { return Ok(None) };
        let removed = tables.remove(index);
        let (kept, _) = split_comment(prefix(&removed));
        let kept = kept.to_owned();
        if let Some(next) = tables.get_mut(index).filter(|_| !kept.trim().is_empty()) {
            let joined = format!("{kept}{}", prefix(next).trim_start_matches('\n'));
            next.decor_mut().set_prefix(joined);
        } else if !kept.trim().is_empty() {
            let trailing = format!("{kept}{}", self.document.trailing().as_str().unwrap_or_default());
            self.document.set_trailing(trailing);
        }
        Ok(Some(index))
    }

    /// Sets a key of a `[section]` that has no value yet; empty text and an empty list are none. False when somebody wrote
    /// another value: it is left alone.
    ///
    /// # Errors
    ///
    /// When the section is no table.
    pub fn set_missing(&mut self, section: &str, key: &str, value: impl Into<Value>) -> Result<bool, Problems> {
        let table = self.section(section)?;
        match table.get_mut(key) {
            None => drop(table.insert(key, Item::Value(value.into()))),
            Some(Item::Value(old)) if super::draft::is_blank(old) => replace(old, value.into()),
            Some(_) => return Ok(false),
        }
        Ok(true)
    }

    /// Sets a key of a `[section]` to a value that a person asked for, whatever stands there now. Comments stay.
    ///
    /// # Errors
    ///
    /// When the section is no table, or the key is one.
    pub fn set_value(&mut self, section: &str, key: &str, value: impl Into<Value>) -> Result<(), Problems> {
        let file = self.file.clone();
        let table = self.section(section)?;
        match table.get_mut(key) {
            None => drop(table.insert(key, Item::Value(value.into()))),
            Some(Item::Value(old)) => replace(old, value.into()),
            Some(_) => return Err(Problems::whole(file, format!("`{section}.{key}` is a table"))),
        }
        Ok(())
    }

    /// A `[section]`, made when it is missing.
    fn section(&mut self, section: &str) -> Result<&mut dyn TableLike, Problems> {
        let wrong = Problems::whole(self.file.clone(), format!("`{section}` is not a table"));
        self.document.as_table_mut().entry(section).or_insert(Item::Table(Table::new())).as_table_like_mut().ok_or(wrong)
    }

    fn tables(&mut self, array: &str) -> Result<&mut ArrayOfTables, Problems> {
        let file = self.file.clone();
        let item = self.document.as_table_mut().entry(array).or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        if item.as_array().is_some_and(toml_edit::Array::is_empty) {
            *item = Item::ArrayOfTables(ArrayOfTables::new());
        }
        let message = || format!("`{array}` is written as one list; write each entry under a line [[{array}]] of its own, so that it can be edited");
        item.as_array_of_tables_mut().ok_or_else(|| Problems::whole(file, message()))
    }

    /// The text that would be written, with the line ends of the file that was there.
    #[must_use]
    pub fn text(&self) -> String {
        let text = self.document.to_string();
        match &self.before {
            Some(before) if before.contains("\r\n") => text.replace("\r\n", "\n").replace('\n', "\r\n"),
            _ => text,
        }
    }

    /// The file that is edited.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Replaces the file in one step; does nothing when the text is unchanged.
    ///
    /// # Errors
    ///
    /// When somebody else changed the file meanwhile, or it cannot be written. The old file is
    /// then still there, whole.
    pub fn save(self) -> Result<(), Problems> {
        let text = self.text();
        if self.before.as_ref() == Some(&text) {
            return Ok(());
        }
        let now = match read_text(&self.file) {
            Ok(text) => Some(text),
            Err(Unreadable::Missing) => None,
            Err(Unreadable::Other(problems)) => return Err(problems),
        };
        if now != self.before {
            return Err(Problems::whole(&self.file, "somebody else changed this file meanwhile; nothing was written, run the command again"));
        }
        write_file(&self.file, |out| out.write_all(text.as_bytes())).map_err(|error| Problems::whole(&self.file, format!("cannot be written: {error}")))
    }
}

/// Another value in the same place: blanks and comments around it stay.
fn replace(old: &mut Value, mut value: Value) {
    *value.decor_mut() = old.decor().clone();
    *old = value;
}

/// Sets one value, keeping the blanks and the comment around an old one.
fn set(table: &mut Table, key: &str, value: Option<Value>) {
    let Some(value) = value else {
        table.remove(key);
        return;
    };
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => replace(old, value),
        None => drop(table.insert(key, Item::Value(value))),
    }
}

fn insert(tables: &mut ArrayOfTables, index: usize, mut table: Table) {
    let mut own = "\n".to_owned();
    if index == 0
        && let Some(next) = tables.get_mut(0)
    {
        // A comment set apart by a blank line speaks of the whole file: it stays on top.
        let (kept, rest) = split_comment(prefix(next));
        if !kept.trim().is_empty() {
            let rest = format!("\n{rest}");
            kept.clone_into(&mut own);
            next.decor_mut().set_prefix(rest);
        }
    }
    table.decor_mut().set_prefix(own);
    tables.insert(index, table);
}

fn prefix(table: &Table) -> &str {
    table.decor().prefix().and_then(RawString::as_str).unwrap_or_default()
}

/// What stands above a table: comments set apart by a blank line, and its own.
fn split_comment(prefix: &str) -> (&str, &str) {
    let own_from = match (prefix.rfind("\n\n"), prefix.rfind("\n\r\n")) {
        (Some(plain), Some(dos)) => (plain + 2).max(dos + 3),
        (Some(plain), None) => plain + 2,
        (None, Some(dos)) => dos + 3,
        (None, None) => return ("", prefix),
    };
    prefix.split_at_checked(own_from).unwrap_or(("", prefix))
}

#[cfg(test)]
mod tests;

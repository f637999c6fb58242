//! Answers that are not yet in `config.toml`: a file of their own in the state folder, so that a set-up
//! can be stopped and resumed, and `config.toml` changes once, after the person has seen how.

use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Value};

use super::edit::Editor;
use super::load::{self, Loaded, Unreadable, read_text};
use super::paths;
use super::problem::Problems;
use crate::app::App;
use crate::domain::digest::hex;
use crate::exit::{Failure, Kind};
use crate::files::write_file;

/// What a new `config.toml` begins with.
const HEADING: &str = "# cspctl's settings, begun by cspctl init. docs/configuration.md has every key with its default.\n\nversion = 1\n";
/// What the file of answers begins with.
const DRAFT_HEADING: &str = "# Answers to cspctl init that are not in config.toml yet.\n";

/// Answers that only the set-up itself remembers: what was left out, what was looked at.
pub const OWN_SECTION: &str = "init";

/// The order of keys in a new file, whatever the order of the answers.
const ORDER: &[(&str, &[&str])] = &[
    ("msp", &["name", "tenant_id", "country", "mpn_id"]),
    ("microsoft", &["source", "file", "client_id"]),
    ("dickerdata", &["source", "invoice_report", "annuity", "account_code", "convention", "api_version"]),
    ("xero", &["post_to", "app", "client_id", "organisation_id", "contact_name", "contact_id", "expense_account", "revenue_account"]),
    ("billing", &["bill_per", "status", "due", "proration"]),
    ("pricing", &["default", "margin_floor"]),
    ("secrets", &["store", "command", "file"]),
    ("access", &["allowed_users"]),
    ("endpoints", &["microsoft_login", "graph", "partner_center", "dickerdata", "xero_login", "xero_identity", "xero_api"]),
];

/// The answers so far, and the file that they are for.
#[derive(Debug)]
pub struct Draft {
    /// The file of answers.
    file: PathBuf,
    config_file: PathBuf,
    /// `config.toml` as it is; `None` when there is none.
    written: Option<DocumentMut>,
    answers: DocumentMut,
    /// Nothing is kept: `config.toml` is only looked at.
    is_closed: bool,
}

impl Draft {
    /// Opens the answers for the configuration that `app` uses; there need be neither.
    ///
    /// # Errors
    ///
    /// Kind `Configuration` when `config.toml` is there and is no TOML, or no folder can be told.
    pub fn open(app: &App) -> Result<Self, Failure> {
        let config_file = load::file(app)?;
        let folder = paths::state_folder(&app.environment, &app.profile).map_err(|error| Failure::new(Kind::Configuration, error))?;
        let written = read(&config_file)?;
        // One set of answers for each configuration file.
        let place = config_file.canonicalize().or_else(|_| std::path::absolute(&config_file)).unwrap_or_else(|_| config_file.clone());
        let digest = ring::digest::digest(&ring::digest::SHA256, place.to_string_lossy().as_bytes());
        let file = folder.join(format!("init-{}.toml", hex(digest.as_ref()).get(..8).unwrap_or_default()));
        // A torn file of answers is no reason to fail: they are asked again.
        let answers = read(&file).ok().flatten().unwrap_or_default();
        Ok(Self { file, config_file, written, answers, is_closed: false })
    }

    /// The same for looking at `config.toml` alone: without answers, and nothing is ever kept.
    ///
    /// # Errors
    ///
    /// As [`Draft::open`].
    pub fn closed(app: &App) -> Result<Self, Failure> {
        Ok(Self { answers: DocumentMut::new(), is_closed: true, ..Self::open(app)? })
    }

    /// `config.toml`.
    #[must_use]
    pub fn config_file(&self) -> &Path {
        &self.config_file
    }

    /// True without a single answer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// True with answers in another section than this one.
    #[must_use]
    pub fn has_answers_beside(&self, section: &str) -> bool {
        self.answers.iter().any(|(other, item)| other != section && item.as_table_like().is_some_and(|table| !table.is_empty()))
    }

    /// True when there is a `config.toml`.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.written.is_some()
    }

    /// What `config.toml` says, unless it is empty.
    #[must_use]
    pub fn in_file(&self, section: &str, key: &str) -> Option<&Value> {
        self.written.as_ref().and_then(|written| value(written, section, key))
    }

    /// The answer, unless it is empty.
    #[must_use]
    pub fn answer(&self, section: &str, key: &str) -> Option<&Value> {
        value(&self.answers, section, key)
    }

    /// Keeps an answer, on disk.
    ///
    /// # Errors
    ///
    /// Kind `Failed` when the file of answers cannot be written.
    pub fn put(&mut self, section: &str, key: &str, answer: impl Into<Value>) -> Result<(), Failure> {
        let table = self.answers.as_table_mut().entry(section).or_insert(Item::Table(toml_edit::Table::new()));
        if let Some(table) = table.as_table_like_mut() {
            let _ = table.insert(key, Item::Value(answer.into()));
        }
        self.keep()
    }

    /// Takes an answer back.
    ///
    /// # Errors
    ///
    /// As [`Draft::put`].
    pub fn forget(&mut self, section: &str, key: &str) -> Result<(), Failure> {
        if let Some(table) = self.answers.get_mut(section).and_then(Item::as_table_like_mut) {
            let _ = table.remove(key);
        }
        self.keep()
    }

    fn keep(&self) -> Result<(), Failure> {
        if self.is_closed {
            return Ok(());
        }
        let text = format!("{DRAFT_HEADING}{}", self.answers.to_string().trim_start_matches(DRAFT_HEADING));
        let failed = |error| Failure::message(Kind::Failed, format!("{} cannot be written: {error}", self.file.display()));
        if let Some(folder) = self.file.parent() {
            crate::files::make_folder(folder).map_err(failed)?;
        }
        write_file(&self.file, |out| out.write_all(text.as_bytes())).map_err(failed)
    }

    /// Reads again what others wrote into the file of answers.
    ///
    /// # Errors
    ///
    /// As [`Draft::open`].
    pub fn reread(&mut self) -> Result<(), Failure> {
        if self.is_closed {
            return Ok(());
        }
        if let Some(answers) = read(&self.file)? {
            self.answers = answers;
        }
        Ok(())
    }

    /// The settings as they would be; what signing in finds out goes to the answers, not to `config.toml`.
    ///
    /// # Errors
    ///
    /// Kind `Configuration` for anything that `config.toml` may not say.
    pub fn loaded(&self, app: &App) -> Result<Loaded, Failure> {
        let mut loaded = load::of_text(app, &self.config_file, &self.text()?)?;
        loaded.completed = (!self.is_closed).then(|| self.file.clone());
        Ok(loaded)
    }

    /// The old and the new text.
    ///
    /// # Errors
    ///
    /// Kind `Configuration` when `config.toml` is written in a way that cannot be completed.
    pub fn texts(&self) -> Result<(String, String), Failure> {
        let before = match read_text(&self.config_file) {
            Ok(text) => text,
            Err(Unreadable::Missing) => String::new(),
            Err(Unreadable::Other(problems)) => return Err(problems.into()),
        };
        Ok((before, self.text()?))
    }

    fn text(&self) -> Result<String, Failure> {
        Ok(self.editor()?.text())
    }

    /// `config.toml` with every answer that nobody wrote another value for.
    fn editor(&self) -> Result<Editor, Problems> {
        let mut editor = Editor::open(&self.config_file, HEADING)?;
        for (section, keys) in ORDER {
            for key in *keys {
                if let Some(value) = self.answer(section, key) {
                    let _ = editor.set_missing(section, key, plain(value))?;
                }
            }
        }
        let sections = self.answers.iter().filter_map(|(section, item)| Some((section, item.as_table_like()?)));
        for (section, table) in sections.filter(|(section, _)| *section != OWN_SECTION) {
            let keys = table.iter().filter_map(|(key, item)| Some((key, item.as_value()?)));
            for (key, value) in keys.filter(|(key, value)| !is_ordered(section, key) && !is_blank(value)) {
                let _ = editor.set_missing(section, key, plain(value))?;
            }
        }
        Ok(editor)
    }

    /// Writes `config.toml` in one step, then forgets the file of answers.
    ///
    /// # Errors
    ///
    /// Kind `Configuration` when it cannot be written, or somebody else changed it meanwhile.
    pub fn write(self) -> Result<(), Failure> {
        if let Some(folder) = self.config_file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            crate::files::make_folder(folder)
                .map_err(|error| Failure::message(Kind::Configuration, format!("{} cannot be made: {error}", folder.display())))?;
        }
        self.editor()?.save()?;
        match std::fs::remove_file(&self.file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Failure::message(Kind::Failed, format!("{} cannot be removed: {error}", self.file.display())))
            }
            _ => Ok(()),
        }
    }
}

/// The value without the blanks and comments that stood around it elsewhere.
fn plain(value: &Value) -> Value {
    let mut value = value.clone();
    value.decor_mut().clear();
    value
}

fn is_ordered(section: &str, key: &str) -> bool {
    ORDER.iter().any(|(ordered, keys)| *ordered == section && keys.contains(&key))
}

fn value<'a>(document: &'a DocumentMut, section: &str, key: &str) -> Option<&'a Value> {
    document.get(section)?.as_table_like()?.get(key)?.as_value().filter(|value| !is_blank(value))
}

/// Empty text and empty lists are "not set".
pub(super) fn is_blank(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().is_empty()) || value.as_array().is_some_and(toml_edit::Array::is_empty)
}

fn read(file: &Path) -> Result<Option<DocumentMut>, Problems> {
    match read_text(file) {
        Ok(text) => text.parse().map(Some).map_err(|error: toml_edit::TomlError| Problems::whole(file, format!("this is not valid TOML: {}", error.message()))),
        Err(Unreadable::Missing) => Ok(None),
        Err(Unreadable::Other(problems)) => Err(problems),
    }
}

#[cfg(test)]
mod tests;

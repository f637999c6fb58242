//! This machine: configuration and mapping, the ledger with its lock, and the folders that are written to.

mod places;
mod share;
mod space;

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::check::{Group, Section, Verdict};
use crate::app::App;
use crate::config::load::{self, Loaded};
use crate::config::mapping;
use crate::config::schema::{PostTo, SecretsStore};
use crate::domain::mapping::Mapping;
use crate::exit::{Failure, Kind};
use crate::ledger::{Ledger, LedgerError};
use crate::services::command;
use crate::ui::words::count_of;

/// What the other sections need of the configuration, as far as it could be read.
pub(super) struct Read {
    pub(super) loaded: Option<Loaded>,
    pub(super) mapping: Mapping,
}

/// Looks at the files and folders of this machine. Nothing is made and nothing is changed.
pub(super) fn check(app: &App) -> (Section, Read) {
    let mut section = Section::new(Group::Machine);
    let (verdict, loaded) = configuration(app);
    section.add("configuration", verdict);
    let Some(loaded) = loaded else { return (section, Read { loaded: None, mapping: Mapping::default() }) };
    let (verdict, mapping) = self::mapping(app, &loaded);
    section.add("mapping", verdict);
    ledger(app, &loaded, &mut section);
    section.add("folders", folders(&loaded));
    section.add("space", space::check(&written(&loaded), &space::of_system));
    section.add("permissions", permissions(&loaded));
    (section, Read { loaded: Some(loaded), mapping })
}

/// A configuration that is incomplete is a problem, and still tells where everything is.
fn configuration(app: &App) -> (Verdict, Option<Loaded>) {
    match (load::load(app), load::read(app)) {
        (Ok(loaded), _) => (Verdict::ok(format!("{} can be read; profile {}", loaded.file.display(), app.profile)), Some(loaded)),
        (Err(failure), read) => {
            let verdict = Verdict::from(failure);
            let fix = "docs/configuration.md and config.example.toml show every key";
            (if verdict.fixes.is_empty() { verdict.fix(fix) } else { verdict }, read.ok())
        }
    }
}

fn mapping(app: &App, loaded: &Loaded) -> (Verdict, Mapping) {
    let file = loaded.mapping_file();
    if !file.exists() {
        let message = format!("there is no {} yet: nothing can be billed to customers", file.display());
        return (Verdict::warning(message).fix(command(app, "map customers auto")).fix(command(app, "map products auto")), Mapping::default());
    }
    match mapping::read(&file) {
        Ok(mapping) => {
            let message =
                format!("{} has {} and {}", file.display(), count_of(mapping.customers.len(), "customer"), count_of(mapping.products.len(), "product"));
            (Verdict::ok(message), mapping)
        }
        Err(problems) => (Verdict::from(Failure::from(problems)).fix("correct the file; every problem is named with its line"), Mapping::default()),
    }
}

fn ledger(app: &App, loaded: &Loaded, section: &mut Section) {
    let path = loaded.ledger_file();
    section.add("ledger", readable(app, &path));
    section.add("ledger place", place(&path));
    section.add("lock", lock(&path));
}

/// Read as a run reads it, and opened for writing without a write.
fn readable(app: &App, path: &Path) -> Verdict {
    let found = Ledger::open_for_reading(path).and_then(|ledger| Ok((ledger.runs()?.len(), ledger.pending_documents()?.len())));
    let (runs, pending) = match found {
        Ok(found) => found,
        Err(error) => return Verdict::from(Failure::from(error)).fix("ledger.path names the file; a copy of it can be put back from a backup"),
    };
    if let Err(error) = places::may_write_file(path) {
        let message = format!("the ledger {} cannot be written: {error}", path.display());
        return Verdict::problem(Kind::Failed, message).fix("let this user write to it, or name another file in ledger.path");
    }
    if !path.exists() {
        return Verdict::ok(format!("{} is made by the first run", path.display()));
    }
    if pending > 0 {
        let message = format!("{} was left without an outcome by a run that was cut off", count_of(pending, "document"));
        return Verdict::warning(message).fix(format!("{}   completes them, and posts nothing twice", command(app, "sync")));
    }
    Verdict::ok(format!("{} can be read and written; {}", path.display(), count_of(runs, "run")))
}

/// Locks and a database want a disk of this machine (engineering.md 5.6).
fn place(path: &Path) -> Verdict {
    let fix = "keep it on a local disk: ledger.path";
    match share::of(path) {
        Some(share::Share::Network(kind)) => {
            Verdict::warning(format!("the ledger lies on a network share ({kind}): locks and a sudden end are not safe there")).fix(fix)
        }
        Some(share::Share::Synchronised(name)) => {
            Verdict::warning(format!("the ledger lies in a folder that {name} copies while it is in use, which can break it")).fix(fix)
        }
        None => Verdict::ok("not on a network share, as far as can be told"),
    }
}

fn lock(path: &Path) -> Verdict {
    if !path.exists() {
        return Verdict::ok("free; nothing has run yet");
    }
    let taken = Ledger::open_for_reading(path).and_then(|ledger| ledger.lock(Duration::ZERO).map(drop));
    match taken {
        Ok(()) => Verdict::ok("free: no run is at work"),
        Err(error @ LedgerError::Busy { .. }) => Verdict::warning(error.to_string()).fix("wait for it, or end that process; the lock goes with it"),
        Err(error) => Failure::from(error).into(),
    }
}

/// The folders that documents, reports and settings are written to, with the settings that name them.
fn written_folders(loaded: &Loaded) -> Vec<(&'static str, PathBuf)> {
    let mut folders = vec![("report.dir", loaded.report_folder()), ("the configuration's folder", loaded.folder.clone())];
    if loaded.settings.xero.post_to == PostTo::Csv {
        folders.push(("xero.csv_dir", loaded.csv_folder()));
    }
    folders
}

/// The same with the ledger's and the encrypted file's.
fn written(loaded: &Loaded) -> Vec<(&'static str, PathBuf)> {
    let folder_of = |file: PathBuf| file.parent().map(Path::to_owned).unwrap_or_default();
    let mut folders = vec![("ledger.path", folder_of(loaded.ledger_file()))];
    folders.extend(written_folders(loaded));
    if let (SecretsStore::File, Some(file)) = (loaded.settings.secrets.store, &loaded.settings.secrets.file) {
        folders.push(("secrets.file", folder_of(loaded.resolve(file))));
    }
    folders
}

/// Whether every one of them can be written to.
fn folders(loaded: &Loaded) -> Verdict {
    let folders = written_folders(loaded);
    let refused = folders.iter().find_map(|(name, folder)| Some((name, folder, places::may_write_folder(folder).err()?)));
    match refused {
        Some((name, folder, error)) => {
            let message = format!("{} cannot be written to ({name}): {error}", folder.display());
            Verdict::problem(Kind::Failed, message).fix("let this user write there, or name another folder in config.toml")
        }
        None => Verdict::ok("every folder can be written to"),
    }
}

fn permissions(loaded: &Loaded) -> Verdict {
    let ledger = loaded.ledger_file();
    let state = ledger.parent().map(Path::to_owned).unwrap_or_default();
    let is_open = [places::others_may_read(&ledger)];
    let is_changeable = [loaded.file.clone(), loaded.mapping_file(), loaded.folder.clone(), state].map(|path| places::others_may_write(&path));
    let found: Vec<places::Open> = is_open.into_iter().chain(is_changeable).flatten().collect();
    places::judge(&found)
}

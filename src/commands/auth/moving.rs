//! `cspctl auth move`: the profile's secrets go to another store, config.toml is changed, and the older store
//! forgets them, in this order: whatever fails, one store has everything and config.toml names it.

use clap::{Args, ValueEnum};
use serde_json::json;
use toml_edit::Array;

use crate::app::App;
use crate::commands::access;
use crate::config::edit::Editor;
use crate::config::load::{self, Loaded};
use crate::config::problem::Problems;
use crate::config::schema::{Secrets, SecretsStore};
use crate::exit::{Failure, Kind};
use crate::ledger::Ledger;
use crate::secrets::transfer::{self, Copied};
use crate::secrets::{SecretError, SecretStore};
use crate::services::{self, command};
use crate::ui::words::count_of;

/// Arguments of `auth move`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cspctl auth move file --file /var/lib/cspctl/secrets.json    its key: CSPCTL_SECRETS_KEY_FILE
  cspctl auth move keyring
  cspctl auth move command --yes --command secret_command /path/to/folder

Secrets are copied, read back and compared; then config.toml is changed; then the older store
forgets them. What the environment gives is left alone.")]
pub struct MoveArgs {
    /// Where to
    pub store: Store,
    /// The encrypted file; a relative path starts at the folder of config.toml
    #[arg(long, value_name = "PATH")]
    pub file: Option<String>,
    /// The program with its arguments; comes last, because all that follows belongs to it
    #[arg(long, num_args = 1.., value_name = "PROGRAM", allow_hyphen_values = true)]
    pub command: Vec<String>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// Where secrets can be moved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Store {
    /// The keyring of this machine
    Keyring,
    /// An external program
    Command,
    /// An encrypted file
    File,
}

/// Moves the secrets of this profile.
pub(super) fn run(app: &App, loaded: &Loaded, args: &MoveArgs) -> Result<(), Failure> {
    access::check(app, loaded)?;
    let wanted = wanted(&loaded.settings.secrets, args)?;
    let mut after = loaded.clone();
    after.settings.secrets.clone_from(&wanted);
    let (from, to) = (app.store_of(loaded, &loaded.settings.secrets)?, app.store_of(&after, &wanted)?);
    if loaded.settings.secrets == wanted {
        let message = format!("the secrets of profile {} are kept in {} already: {} says so", app.profile, to.describe(), loaded.file.display());
        return Err(Failure::message(Kind::Usage, message));
    }
    // A file that cannot be edited shows before anything is copied.
    let editor = edited(loaded, &wanted)?;
    confirm(app, loaded, args, &*from, &*to)?;
    // No refresh may come between, with either configuration.
    let _locks = app.block_on(services::hold_sign_ins(app, [loaded, &after]))?;
    let ledger = loaded.ledger_file().exists().then(|| Ledger::open_for_reading(&loaded.ledger_file())).transpose()?;
    let _no_run = ledger.as_ref().map(|ledger| ledger.lock(std::time::Duration::ZERO)).transpose()?;
    let unchanged = |error: SecretError| {
        Failure::from(error).hint(format!("nothing was changed: {} still has everything, and {} still names it", from.describe(), loaded.file.display()))
    };
    transfer::prove(&*from, &*to).map_err(unchanged)?;
    let copied = transfer::copy(&*from, &*to, &app.profile).map_err(unchanged)?;
    if let Err(problems) = editor.save() {
        let error = SecretError::new(format!("{problems}; the secrets stay in {}", from.describe()));
        return Err(Failure { kind: Kind::Configuration, ..unchanged(copied.take_back(&*to, error)) });
    }
    let forgotten = copied.forget(&*from);
    tell(app, loaded, &*from, &*to, &copied, forgotten.is_ok())?;
    forgotten.map_err(|error| {
        let failure = Failure { kind: Kind::Failed, ..Failure::from(error) };
        failure.hint(format!("everything works from {} now; remove the older copies by hand", to.describe()))
    })
}

/// The settings as they are to be: what is not said stays, so that going back needs no more words.
fn wanted(now: &Secrets, args: &MoveArgs) -> Result<Secrets, Failure> {
    let mut wanted = now.clone();
    let usage = |message: &str| Err(Failure::message(Kind::Usage, message));
    wanted.store = match args.store {
        Store::Keyring => SecretsStore::Keyring,
        Store::Command => SecretsStore::Command,
        Store::File => SecretsStore::File,
    };
    if args.store != Store::File && args.file.is_some() {
        return usage("--file is for `auth move file`");
    }
    if args.store != Store::Command && !args.command.is_empty() {
        return usage("--command is for `auth move command`");
    }
    if let Some(file) = args.file.as_ref().filter(|file| !file.is_empty()) {
        wanted.file = Some(file.clone());
    }
    if !args.command.is_empty() {
        wanted.command.clone_from(&args.command);
    }
    match args.store {
        Store::File if wanted.file.is_none() => usage("which file? --file PATH, and its key in CSPCTL_SECRETS_KEY_FILE"),
        Store::Command if wanted.command.is_empty() => usage("which program? --command PROGRAM ARGUMENT, as the last words of the line"),
        _ => Ok(wanted),
    }
}

/// config.toml as it will be, checked to mean what is wanted.
fn edited(loaded: &Loaded, wanted: &Secrets) -> Result<Editor, Failure> {
    let mut editor = Editor::open(&loaded.file, "version = 1\n")?;
    let store = match wanted.store {
        SecretsStore::Keyring => "keyring",
        SecretsStore::Command => "command",
        SecretsStore::File => "file",
    };
    let now = &loaded.settings.secrets;
    editor.set_value("secrets", "store", store)?;
    if let Some(file) = wanted.file.as_deref().filter(|_| wanted.file != now.file) {
        editor.set_value("secrets", "file", file)?;
    }
    if wanted.command != now.command {
        editor.set_value("secrets", "command", wanted.command.iter().collect::<Array>())?;
    }
    if load::settings_of(&loaded.file, &editor.text())?.secrets == *wanted {
        Ok(editor)
    } else {
        Err(Problems::whole(&loaded.file, "[secrets] cannot be edited as it is written; write it as a section with one key on each line").into())
    }
}

/// Asks at a terminal; elsewhere a missing answer is an error that names the flag.
fn confirm(app: &App, loaded: &Loaded, args: &MoveArgs, from: &dyn SecretStore, to: &dyn SecretStore) -> Result<(), Failure> {
    let meaning = format!(
        "This moves the secrets of profile {} from {} to {}, and writes that into {}",
        app.profile,
        from.describe(),
        to.describe(),
        loaded.file.display()
    );
    if args.yes {
        return Ok(());
    }
    if !app.may_prompt {
        return Err(Failure::message(Kind::Usage, format!("{meaning}. Nothing was done, because nobody can be asked")).hint("add --yes (before --command)"));
    }
    app.output.error_line(&format!("{meaning}."));
    if app.config_file.is_some() {
        app.output.error_line("Other profiles that use this file have to sign in again: only this profile's secrets are moved.");
    }
    if app.prompt().confirm("Move them", false)? { Ok(()) } else { Err(Failure::message(Kind::Failed, "not confirmed; nothing was done")) }
}

fn tell(app: &App, loaded: &Loaded, from: &dyn SecretStore, to: &dyn SecretStore, copied: &Copied, is_forgotten: bool) -> Result<(), Failure> {
    let names = |purposes: &[crate::secrets::Purpose]| purposes.iter().map(|purpose| purpose.as_str()).collect::<Vec<_>>();
    let moved = names(&copied.purposes());
    let stray = names(&copied.stray);
    if app.output.is_json() {
        return Ok(app.output.json(&json!({
            "schema_version": 1,
            "profile": app.profile,
            "from": from.describe(),
            "to": to.describe(),
            "config": loaded.file.display().to_string(),
            "moved": moved,
            "forgotten": is_forgotten,
            "already_there": stray,
        }))?);
    }
    let what =
        if moved.is_empty() { "There was no secret to move".to_owned() } else { format!("Moved {}: {}", count_of(moved.len(), "secret"), moved.join(", ")) };
    app.output.note(&format!("{what}. Profile {} keeps its secrets in {} now; {} says so.", app.profile, to.describe(), loaded.file.display()));
    if !stray.is_empty() {
        app.output.warn(&format!("{} had {} already, from an earlier time; it counts from now on", to.describe(), stray.join(", ")));
    }
    app.output.note(&format!("{} shows them.", command(app, "auth status")));
    Ok(())
}

//! `cspctl runs list|show|undo`: what was done, and taking it back.

mod show;
mod undo_posted;

use std::io::BufRead;
use std::path::Path;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::access;
use super::machine::{actor, machine_user};
use super::place::place;
use crate::app::App;
use crate::config::load::{self, Loaded};
use crate::exit::{Failure, Kind};
use crate::export;
use crate::ledger::{Ledger, LedgerError, RecordedRun, RunMode};

/// How long to wait for another run to end.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// Arguments of `runs`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cspctl runs list\n  cspctl runs show last\n  cspctl runs undo 3f9a2c01")]
pub struct RunsArgs {
    /// What to do
    #[command(subcommand)]
    pub command: RunsCommand,
}

/// The subcommands of `runs`.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// List every run, newest first
    #[command(after_help = "Examples:\n  cspctl runs list\n  cspctl runs list --json | jq '.runs[0]'")]
    List,
    /// Show who ran it, when, with what, its files and its documents
    #[command(after_help = "Examples:\n  cspctl runs show last\n  cspctl runs show 3f9a2c01")]
    Show {
        /// The run's id, the start of it, or `last`
        run: String,
    },
    /// Take a run back and free its charges, so that the next sync bills them again
    ///
    /// A run that posted to Xero: its drafts that nobody has touched are deleted there, everything else
    /// is left alone and named; the next sync gives further numbers. A run that wrote import files: the
    /// files are deleted, unless somebody changed them. That is only for files that have not been
    /// imported into Xero, which cspctl cannot know; the next sync gives the same numbers again.
    #[command(after_help = "Examples:\n  cspctl runs undo last          asks\n  cspctl runs undo 3f9a2c01 --yes")]
    Undo {
        /// The run's id, the start of it, or `last`
        run: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Runs the subcommand.
///
/// # Errors
///
/// 2 for an unknown run or a missing `--yes`, 3 for the configuration, 7 while another run holds the
/// ledger, 1 for everything else.
pub fn run(app: &App, args: &RunsArgs) -> Result<(), Failure> {
    let loaded = load::read(app)?;
    let ledger_file = loaded.ledger_file();
    match &args.command {
        RunsCommand::List => list(app, &ledger_file),
        RunsCommand::Show { run } => show_run(app, &ledger_file, run),
        RunsCommand::Undo { run, yes } => undo(app, &loaded, run, *yes),
    }
}

fn list(app: &App, ledger_file: &Path) -> Result<(), Failure> {
    let runs = Ledger::open_for_reading(ledger_file)?.runs()?;
    if app.output.is_json() {
        return Ok(app.output.json(&serde_json::json!({ "schema_version": 1, "runs": runs.iter().map(show::run_json).collect::<Vec<_>>() }))?);
    }
    if runs.is_empty() {
        app.output.note("No runs yet.");
        return Ok(());
    }
    Ok(app.output.data(&show::list_text(app, &runs))?)
}

fn show_run(app: &App, ledger_file: &Path, run: &str) -> Result<(), Failure> {
    let ledger = Ledger::open_for_reading(ledger_file)?;
    let recorded = ledger.run(run)?;
    let (files, documents) = (ledger.files_of(&recorded.run.id)?, ledger.documents_of(&recorded.run.id)?);
    let posted = ledger.posted_documents(&recorded.run.id)?;
    if app.output.is_json() {
        return Ok(app.output.json(&show::trail_json(&recorded, &files, &documents, &posted))?);
    }
    Ok(app.output.data(&show::trail_text(app, &recorded, &files, &documents, &posted))?)
}

fn undo(app: &App, loaded: &Loaded, run: &str, yes: bool) -> Result<(), Failure> {
    let ledger_file = &loaded.ledger_file();
    // Nothing is made or changed for a run that does not exist.
    let recorded = Ledger::open_for_reading(ledger_file)?.run(run)?;
    if recorded.undone.is_some() {
        return Err(LedgerError::AlreadyUndone(recorded.run.id.to_string()).into());
    }
    let mut account = access::permit(app, loaded)?;
    if !yes {
        confirm(app, &recorded, &Ledger::open_for_reading(ledger_file)?)?;
        // The question may have waited for long: who may change things is asked again.
        account = access::permit(app, &load::read(app)?)?;
    }
    let user = actor(&machine_user(app), account.as_deref());
    if recorded.run.mode == RunMode::Posted {
        return undo_posted::run(app, loaded, &recorded, &user);
    }
    let mut ledger = Ledger::open(ledger_file)?;
    let lock = ledger.lock(LOCK_WAIT)?;
    let undone = export::undo(&mut ledger, &lock, &recorded.run.id, app.clock.now(), &user)?;
    if app.output.is_json() {
        return Ok(app.output.json(&show::undone_json(&undone))?);
    }
    show::note_undone(app, &undone);
    Ok(())
}

/// Asks at a terminal; elsewhere a missing answer is an error that names the flag.
fn confirm(app: &App, run: &RecordedRun, ledger: &Ledger) -> Result<(), Failure> {
    let id = &run.run.id;
    let is_posted = run.run.mode == RunMode::Posted;
    // Documents that a run adopted after a loss of the ledger are its own as well.
    let in_xero = ledger.posted_documents(id)?.len();
    let organisation = if is_posted { ledger.posted_to()?.into_iter().next().map(|posted_to| posted_to.name) } else { None };
    let place = place(&app.profile, organisation.as_deref());
    let meaning = match run.run.mode {
        RunMode::CaughtUp => format!("Undoing run {id}{place} makes the next sync bill {} charges that were marked as already billed.", run.run.charges),
        RunMode::Posted => format!(
            "Undoing run {id}{place} deletes its drafts in Xero that nobody has touched, of {in_xero} documents, and makes the next sync bill their charges again."
        ),
        RunMode::Exported => format!(
            "Undoing run {id}{place} deletes its import files and makes the next sync export its {} documents again, with the same numbers. \
             If any of these files has been imported into Xero, that charges customers twice and enters the bill twice: \
             cspctl cannot know whether it has.",
            run.run.documents
        ),
    };
    if !app.may_prompt {
        return Err(Failure::message(Kind::Usage, format!("{meaning} Nothing was done")).hint(format!("cspctl runs undo {id} --yes, when you are sure")));
    }
    app.output.error_line(&meaning);
    app.output.error_line("Undo it? Type yes to go on:");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if answer.trim().eq_ignore_ascii_case("yes") { Ok(()) } else { Err(Failure::message(Kind::Failed, "not confirmed; nothing was done")) }
}

#[cfg(test)]
mod tests;

//! `cspctl sync`: gather → plan → show → apply. `--dry-run` stops after the plan, so both share
//! every decision.

mod apply;
mod catch_up;
mod plan_file;
mod post;

use std::path::PathBuf;

use clap::Args;

use super::access;
use super::month::{self, Month, MonthArgs};
use super::notify::{self, Told};
use crate::app::App;
use crate::domain::charge::ChargeKey;
use crate::domain::plan::Plan;
use crate::exit::{Failure, Kind};
use crate::ledger::{Ledger, RunId};
use crate::services::command;
use crate::ui::outcome::{Mode, Outcome};

/// Arguments of `sync`.
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  cspctl sync --dry-run                         show what would be done
  cspctl sync                                   the newest month with charges
  cspctl sync --period 2026-11 --yes --check    for a scheduler
  cspctl sync --plan-out november.json --dry-run    for somebody to review, and then:
  cspctl sync --plan november.json              exactly that, or nothing
  cspctl sync --catch-up --period 2026-10       day one: October and before were billed by hand")]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of the command line")]
pub struct SyncArgs {
    /// Which month.
    #[command(flatten)]
    pub month: MonthArgs,
    /// Stop before anything is written or posted
    #[arg(long)]
    pub dry_run: bool,
    /// Save the plan to this file
    #[arg(long, value_name = "FILE")]
    pub plan_out: Option<PathBuf>,
    /// Do exactly this saved plan; refuse if any source has moved
    #[arg(long, value_name = "FILE", conflicts_with = "catch_up")]
    pub plan: Option<PathBuf>,
    /// Ask nothing
    #[arg(long, short)]
    pub yes: bool,
    /// End with 5 when something needs attention
    #[arg(long)]
    pub check: bool,
    /// Go on although rows could not be read; their charges are missing then
    #[arg(long)]
    pub allow_skipped: bool,
    /// Treat documents that somebody deleted or voided in Xero as never posted
    #[arg(long, conflicts_with = "catch_up")]
    pub repost: bool,
    /// Replace drafts in Xero that nobody has touched where they would come out differently now
    #[arg(long, conflicts_with_all = ["catch_up", "plan"])]
    pub revise: bool,
    /// Mark everything up to the period as already billed, without posting
    #[arg(long)]
    pub catch_up: bool,
    /// With --catch-up: only this charge
    #[arg(long, value_name = "KEY", requires = "catch_up")]
    pub only: Vec<ChargeKey>,
    /// Write the report to this file instead of the configured folder
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// Does the month.
///
/// # Errors
///
/// When something cannot be read, nothing may be posted, or posting fails; with `--check` also when
/// something needs attention.
pub fn run(app: &App, args: &SyncArgs) -> Result<(), Failure> {
    if args.catch_up {
        return catch_up::run(app, args);
    }
    if args.dry_run {
        return do_month(app, args, &mut Told::default());
    }
    notify::after(app, "sync", |told| do_month(app, args, told))
}

fn do_month(app: &App, args: &SyncArgs, told: &mut Told) -> Result<(), Failure> {
    let saved = args.plan.as_deref().map(plan_file::read).transpose()?;
    let month_args = match &saved {
        Some(saved) => saved.month_args(&args.month)?,
        None => args.month.clone(),
    };
    let mut month = month::read_with_books(app, &month_args, args.repost)?;
    let mut sending = post::Sending { app, args, month_args: &month_args, saved: saved.as_ref(), account: None };
    let plan = sending.plan(&mut month)?;
    if let Some(saved) = &saved {
        saved.check(&plan)?;
    }
    if let Some(file) = &args.plan_out {
        plan_file::write(file, &plan, &month_args)?;
        app.output.note(&format!("The plan is in {}; do exactly this with: {} {}", file.display(), command(app, "sync --plan"), file.display()));
    }
    let refusal = refusal(args, &month, &plan);
    if args.dry_run || refusal.is_some() {
        let outcome = month.outcome(app, RunId::random().to_string(), Mode::DryRun, plan);
        told.note(&outcome);
        month::show(app, &outcome)?;
        write_report(app, args.report.as_ref(), &outcome)?;
        return match refusal {
            Some(refusal) if !args.dry_run => Err(refusal),
            _ => finish(args, &outcome.plan),
        };
    }
    sending.account = access::permit(app, &month.loaded)?;
    month.keep_seats(app);
    check_unfinished(&month)?;
    if month.connected.is_some() {
        let done = sending.run(month, plan)?;
        told.note(&done.outcome);
        month::show(app, &done.outcome)?;
        return done.failure.map_or_else(|| finish(args, &done.outcome.plan), Err);
    }
    let outcome = apply::apply(&sending, month, plan)?;
    told.note(&outcome);
    month::show(app, &outcome)?;
    finish(args, &outcome.plan)
}

/// What a run of the other way out left unfinished counts as billed: whoever changes `xero.post_to` in
/// between would never hear of it again.
fn check_unfinished(month: &Month) -> Result<(), Failure> {
    let ledger = Ledger::open_for_reading(&month.loaded.ledger_file())?;
    let to_xero = month.connected.is_some();
    let run = if to_xero {
        ledger.pending_files()?.first().map(|file| file.run.clone())
    } else {
        ledger.pending_documents()?.first().map(|pending| pending.run.clone())
    };
    let Some(run) = run else { return Ok(()) };
    let (what, setting) = if to_xero { ("import files", "csv") } else { ("documents for Xero", "xero") };
    let failure = Failure::message(Kind::Partial, format!("run {run} left {what} unfinished, and xero.post_to was changed since; nothing was done"));
    Err(failure.hint(format!("complete it: set xero.post_to = \"{setting}\" and run cspctl sync")).hint(format!("or take it back: cspctl runs undo {run}")))
}

fn finish(args: &SyncArgs, plan: &Plan) -> Result<(), Failure> {
    if args.check { month::check(plan) } else { Ok(()) }
}

/// Why nothing may be posted, if so.
fn refusal(args: &SyncArgs, month: &Month, plan: &Plan) -> Option<Failure> {
    if let Some(blocker) = plan.blockers.first() {
        let failure = Failure::message(Kind::Failed, format!("nothing was posted: {blocker}"));
        return Some(failure.hint("export the report again; if the total differs still, ask the distributor"));
    }
    let first = month.sources.skipped.first().filter(|_| !args.allow_skipped)?;
    let (count, column) = (month.sources.skipped.len(), if first.column.is_empty() { String::new() } else { format!(", column {}", first.column) });
    let rows = if count == 1 { "1 charge row could not be read".to_owned() } else { format!("{count} charge rows could not be read, the first") };
    let failure = Failure::message(Kind::Failed, format!("nothing was posted: {rows} ({} row {}{column}: {})", first.file, first.row, first.reason));
    Some(failure.hint("correct the rows in the export, or go on without their charges: cspctl sync --allow-skipped"))
}

fn write_report(app: &App, file: Option<&PathBuf>, outcome: &Outcome) -> Result<(), Failure> {
    let Some(file) = file else { return Ok(()) };
    crate::ui::report::write(outcome, file).map_err(|error| Failure::new(Kind::Failed, error))?;
    app.output.note(&format!("The report is in {}.", file.display()));
    Ok(())
}

/// Opens the ledger for writing and takes the lock.
fn open_ledger(month: &Month) -> Result<(Ledger, crate::ledger::LockGuard), Failure> {
    let ledger = Ledger::open(&month.loaded.ledger_file())?;
    let lock = ledger.lock(month::LOCK_WAIT)?;
    Ok((ledger, lock))
}

//! `cspctl reconcile`: reads and compares, never posts.

use std::path::PathBuf;

use clap::Args;

use super::month::{self, MonthArgs};
use super::notify::{self, Told};
use crate::app::App;
use crate::exit::{Failure, Kind};
use crate::ledger::RunId;
use crate::ui::outcome::Mode;

/// Arguments of `reconcile`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cspctl reconcile                              the newest month with charges
  cspctl reconcile --period 2026-11 --check     for CI: exit code 5 when something needs attention
  cspctl reconcile --json | jq .findings")]
pub struct ReconcileArgs {
    /// Which month.
    #[command(flatten)]
    pub month: MonthArgs,
    /// End with 5 when something needs attention
    #[arg(long)]
    pub check: bool,
    /// Also write the report as one HTML file
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// Compares and shows.
///
/// # Errors
///
/// When something cannot be read, or with `--check` when something needs attention.
pub fn run(app: &App, args: &ReconcileArgs) -> Result<(), Failure> {
    // Without --check it is a look; with it, a watchman's round.
    if args.check { notify::after(app, "reconcile", |told| compare(app, args, told)) } else { compare(app, args, &mut Told::default()) }
}

fn compare(app: &App, args: &ReconcileArgs, told: &mut Told) -> Result<(), Failure> {
    let month = month::read_with_books(app, &args.month, false)?;
    let plan = month.plan(app, &args.month)?;
    month.keep_seats(app);
    let outcome = month.outcome(app, RunId::random().to_string(), Mode::Reconcile, plan);
    told.note(&outcome);
    month::show(app, &outcome)?;
    if let Some(report) = &args.report {
        crate::ui::report::write(&outcome, report).map_err(|error| Failure::new(Kind::Failed, error))?;
        app.output.note(&format!("The report is in {}.", report.display()));
    }
    if args.check { month::check(&outcome.plan) } else { Ok(()) }
}

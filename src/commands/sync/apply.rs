//! The writing half of `sync`: under the lock, exactly once.

use std::path::PathBuf;

use super::post::Sending;
use crate::app::App;
use crate::commands::machine::machine_user;
use crate::commands::month::Month;
use crate::config::schema::ReportLines;
use crate::domain::history::History;
use crate::domain::plan::Plan;
use crate::domain::recognise::recognise;
use crate::domain::sources::Sources;
use crate::exit::{Failure, Kind};
use crate::export::{complete_pending, export};
use crate::ledger::{Ledger, LockGuard, Run, RunId, RunMode};
use crate::ui::outcome::{Mode, Outcome};
use crate::ui::progress::Progress;

/// Writes what the plan has new. When there is nothing new, no file is touched.
pub(super) fn apply(sending: &Sending<'_>, mut month: Month, mut plan: Plan) -> Result<Outcome, Failure> {
    let (app, args, saved) = (sending.app, sending.month_args, sending.saved);
    let id = RunId::random();
    let is_pending = !Ledger::open_for_reading(&month.loaded.ledger_file())?.pending_files()?.is_empty();
    if plan.new_documents().next().is_none() && !is_pending {
        return Ok(nothing_new(app, &month, &id, plan));
    }
    let (mut ledger, lock) = super::open_ledger(&month)?;
    let completed = complete_pending(&mut ledger, &lock, &month.loaded.csv_folder())?;
    if !completed.is_empty() {
        app.output.note(&format!("An earlier run was cut off: {} of its files were completed.", completed.len()));
    }
    if ledger.runs()? != month.runs {
        // Another run ended between our reading and our lock: plan again from what it did.
        (month.runs, month.history) = (ledger.runs()?, ledger.history()?);
        recognise(&mut month.sources.charges, &month.history);
        plan = month.plan(app, args)?;
        if let Some(saved) = saved {
            saved.check(&plan)?;
        }
        if plan.new_documents().next().is_none() && completed.is_empty() {
            return Ok(nothing_new(app, &month, &id, plan));
        }
    }
    // A run that only completes another one's files speaks in that one's name.
    let id = if plan.new_documents().next().is_none() { ledger.run("last")?.run.id } else { id };
    // Everything is decided: its room goes to the files.
    (month.sources, month.history) = (Sources::default(), History::default());
    let files = write_documents(sending, &month, &mut plan, &id, &mut ledger, &lock)?;
    drop(lock);
    let mut outcome = month.outcome(app, id.to_string(), Mode::Exported, plan);
    outcome.files = completed.into_iter().chain(files).collect();
    write_reports(app, &month, &mut outcome, sending.args.report.as_ref())?;
    Ok(outcome)
}

/// The month as it stands; no run is recorded and no report is written.
fn nothing_new(app: &App, month: &Month, id: &RunId, plan: Plan) -> Outcome {
    app.output.note(&format!("Nothing new for {}: every charge that can be billed is on a document already.", plan.period));
    month.outcome(app, id.to_string(), Mode::Exported, plan)
}

fn write_documents(sending: &Sending<'_>, month: &Month, plan: &mut Plan, id: &RunId, ledger: &mut Ledger, lock: &LockGuard) -> Result<Vec<PathBuf>, Failure> {
    let app = sending.app;
    let mut progress = Progress::new(&app.output);
    progress.phase("Writing Xero's import files", "document", None);
    let run = Run { account: sending.account.clone(), ..Run::of_plan(id.clone(), RunMode::Exported, plan, &app.profile, machine_user(app), app.clock.now()) };
    let exported = export(ledger, lock, &run, plan, &month.loaded.csv_folder(), &month.loaded.labels())?;
    progress.advance(u64::try_from(exported.documents).unwrap_or(u64::MAX));
    progress.finish();
    Ok(exported.files)
}

/// The report and the lines. The documents are done by now, so a failure here says so.
pub(super) fn write_reports(app: &App, month: &Month, outcome: &mut Outcome, report: Option<&PathBuf>) -> Result<(), Failure> {
    let settings = &month.loaded.settings.report;
    let folder = month.loaded.report_folder();
    let named = |what: &str, ending: &str| folder.join(format!("{what}-{}-{}.{ending}", outcome.plan.period, outcome.run));
    let lines = (settings.lines == ReportLines::Csv).then(|| named("lines", "csv"));
    let html = report.cloned().or_else(|| settings.html.then(|| named("report", "html")));
    let failed = |source: anyhow::Error| {
        let source = source.context("the documents are done and recorded, but the report could not be written");
        Failure::new(Kind::Failed, source).hint("cspctl reconcile --report FILE writes it again")
    };
    let mut progress = Progress::new(&app.output);
    progress.phase("Writing the report", "document", None);
    if let Some(lines) = lines {
        crate::ui::lines::write(outcome, &lines).map_err(|error| failed(error.into()))?;
        outcome.files.push(lines);
    }
    if let Some(html) = html {
        crate::ui::report::write(outcome, &html).map_err(|error| failed(error.into()))?;
        outcome.files.push(html);
    }
    progress.finish();
    Ok(())
}

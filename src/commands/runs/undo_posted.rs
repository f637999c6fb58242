//! `cspctl runs undo` of a run that posted to Xero.

use std::sync::Arc;

use serde_json::json;

use crate::app::App;
use crate::commands::organisation;
use crate::commands::place::place;
use crate::config::load::Loaded;
use crate::exit::Failure;
use crate::ledger::{Ledger, MachineUser, RecordedRun, Undisturbed};
use crate::post::{self, DraftFate, Poster, UndoneDraft};
use crate::services::command;
use crate::ui::words::{self, count_of};
use crate::xero::batch::Dress;

/// Takes the run's untouched drafts back.
pub(super) fn run(app: &App, loaded: &Loaded, recorded: &RecordedRun, user: &MachineUser) -> Result<(), Failure> {
    let mut ledger = Ledger::open(&loaded.ledger_file())?;
    let lock = ledger.lock(super::LOCK_WAIT)?;
    let id = recorded.run.id.clone();
    let sales = Dress { numbered_by_xero: organisation::is_numbered_by_xero(loaded), ..Dress::default() };
    let drafts = app.block_on(async {
        let connected = organisation::connect(app, loaded).await?;
        organisation::check_ledger(&ledger, &connected)?;
        app.output.note(&format!("Taking run {id} back{}.", place(&app.profile, Some(&connected.organisation.shown()))));
        let mut poster = Poster {
            client: &connected.client,
            organisation: connected.pinned,
            organisation_name: Arc::clone(&connected.organisation.name),
            short_code: Arc::clone(&connected.organisation.short_code),
            ledger: &mut ledger,
            lock: &lock,
            steps: &Undisturbed,
            now: &|| app.clock.now(),
            sales_dress: &sales,
            purchases_dress: &Dress::default(),
            settled: &|_| {},
        };
        Ok(post::undo(&mut poster, &id, user).await?)
    })?;
    let recorded = ledger.run(recorded.run.id.as_str())?;
    if app.output.is_json() {
        let documents: Vec<_> = drafts.iter().map(document_json).collect();
        return Ok(app.output.json(&json!({ "schema_version": 1, "run": super::show::run_json(&recorded), "files": [], "documents": documents }))?);
    }
    tell(app, &recorded, &drafts);
    Ok(())
}

fn tell(app: &App, recorded: &RecordedRun, drafts: &[UndoneDraft]) {
    let mut kept = 0;
    for draft in drafts {
        let what = format!("{} {} for {}", words::kind(draft.kind), draft.number, draft.contact_name);
        match &draft.fate {
            DraftFate::Deleted => app.output.detail(&format!("Deleted {what}")),
            DraftFate::Gone => app.output.detail(&format!("{what} was gone from Xero already")),
            DraftFate::Kept(why) => {
                kept += 1;
                let url = draft.url.as_deref().map(|url| format!("; look at it: {url}")).unwrap_or_default();
                app.output.warn(&format!("The {what} is left alone: {why}{url}"));
            }
        }
    }
    let back = drafts.len() - kept;
    let run = &recorded.run;
    let again = format!("Bill their charges again with: {} {}", command(app, "sync --period"), run.period);
    if recorded.undone.is_some() {
        app.output.note(&format!("Run {} is undone: {} taken back. {again}", run.id, count_of(back, "draft")));
    } else {
        app.output.note(&format!(
            "Run {} is undone in part: {} taken back, {} left in Xero. {again}",
            run.id,
            count_of(back, "draft"),
            count_of(kept, "document")
        ));
    }
}

fn document_json(draft: &UndoneDraft) -> serde_json::Value {
    let (state, reason) = match &draft.fate {
        DraftFate::Deleted => ("deleted", None),
        DraftFate::Gone => ("gone", None),
        DraftFate::Kept(why) => ("kept", Some(why.as_str())),
    };
    json!({ "kind": draft.kind, "number": draft.number, "contact_name": draft.contact_name, "url": draft.url, "state": state, "reason": reason })
}

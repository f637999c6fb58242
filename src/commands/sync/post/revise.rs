//! `sync --revise`: which drafts nobody has touched, and the plan in which they are made anew.

use crate::app::App;
use crate::commands::month::{Month, MonthArgs};
use crate::domain::books::BookedStatus;
use crate::domain::plan::Plan;
use crate::domain::revise::{self, Untouched};
use crate::exit::Failure;
use crate::ledger::Ledger;
use crate::post::touched;

/// Plans the month with its untouched drafts made anew; the month's history is then without those that change.
pub(super) fn plan(app: &App, month: &mut Month, args: &MonthArgs) -> Result<Plan, Failure> {
    let plan = month.plan(app, args)?;
    let untouched = untouched(month, &plan)?;
    let (drafts, mut kept) = revise::revisable(&month.history, &plan, untouched);
    let before = std::mem::take(&mut month.history);
    month.history = revise::without(&before, &drafts);
    let replanned = month.plan(app, args);
    month.history = before;
    let (changed, not) = revise::changed(&month.history, &replanned?, drafts);
    kept.extend(not);
    for kept in kept {
        app.output.note(&format!("{} is not revised: {}", kept.number, kept.why));
    }
    if changed.is_empty() {
        return Ok(plan);
    }
    month.history = revise::without(&month.history, &changed);
    let mut plan = month.plan(app, args)?;
    revise::mark(&mut plan, &changed);
    Ok(plan)
}

/// The period's drafts in Xero that are exactly what was posted.
fn untouched(month: &Month, plan: &Plan) -> Result<Vec<Untouched>, Failure> {
    let Some(books) = &month.sources.books else { return Ok(Vec::new()) };
    let ledger = Ledger::open_for_reading(&month.loaded.ledger_file())?;
    let mut untouched = Vec::new();
    for posted in ledger.documents_in_xero()?.into_iter().filter(|posted| posted.document.period == plan.period) {
        let Some(id) = posted.document.xero_id() else { continue };
        let booked = books.documents.iter().find(|booked| booked.id == id && booked.status == BookedStatus::Draft);
        if booked.is_some_and(|booked| touched(booked, &posted.document).is_none()) {
            untouched.push(Untouched { id, is_purchase: posted.document.kind.is_purchase(), number: posted.document.number });
        }
    }
    Ok(untouched)
}

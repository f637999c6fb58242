//! `sync --revise`: which drafts nobody has touched, and the plan in which they are made anew.

use foldhash::HashMap;

use crate::app::App;
use crate::commands::month::{Month, MonthArgs};
use crate::domain::books::BookedStatus;
use crate::domain::ids::XeroId;
use crate::domain::plan::Plan;
use crate::domain::revise::{self, NotRevised, Untouched};
use crate::exit::Failure;
use crate::ledger::Ledger;
use crate::post::touched;

/// Plans the month with its untouched drafts made anew; the month's history is then without those that change.
pub(super) fn plan(app: &App, month: &mut Month, args: &MonthArgs) -> Result<Plan, Failure> {
    let plan = month.plan(app, args)?;
    let (posted, touched) = posted(month, &plan)?;
    let (drafts, mut kept) = revise::revisable(&month.history, &plan, posted);
    let before = std::mem::take(&mut month.history);
    month.history = revise::without(&before, &drafts);
    let replanned = month.plan(app, args);
    month.history = before;
    let (changed, not) = revise::changed(&month.history, &replanned?, drafts);
    kept.extend(not);
    let (others, changed): (Vec<_>, Vec<_>) = changed.into_iter().partition(|draft| touched.contains_key(&draft.id));
    kept.extend(others.into_iter().filter_map(|other| Some(NotRevised { why: touched.get(&other.id)?.clone(), number: other.number })));
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

/// The period's documents that are in Xero, and what somebody did with those that are no longer what was posted.
fn posted(month: &Month, plan: &Plan) -> Result<(Vec<Untouched>, HashMap<XeroId, String>), Failure> {
    let (mut all, mut touched_by) = (Vec::new(), HashMap::default());
    let Some(books) = &month.sources.books else { return Ok((all, touched_by)) };
    let ledger = Ledger::open_for_reading(&month.loaded.ledger_file())?;
    for posted in ledger.documents_in_xero()?.into_iter().filter(|posted| posted.document.period == plan.period) {
        let Some(id) = posted.document.xero_id() else { continue };
        let Some(booked) = books.documents.iter().find(|booked| booked.id == id && booked.status.is_live()) else { continue };
        let why = match &booked.status {
            BookedStatus::Draft => touched(booked, &posted.document),
            other => Some(format!("it is {} in Xero", other.as_str())),
        };
        touched_by.extend(why.map(|why| (id, why)));
        all.push(Untouched { id, is_purchase: posted.document.kind.is_purchase(), number: posted.document.number });
    }
    Ok((all, touched_by))
}

//! The posting half of `sync`: under the lock, exactly once, into the pinned organisation.

mod checks;
mod revise;
mod source;

use std::sync::Arc;

use super::SyncArgs;
use super::plan_file::SavedPlan;
use crate::app::App;
use crate::commands::machine::{actor, machine_user};
use crate::commands::month::{Month, MonthArgs};
use crate::commands::organisation::Connected;
use crate::domain::adopt::Adoption;
use crate::domain::document::{Document, InXero, State};
use crate::domain::plan::Plan;
use crate::domain::revise::Untouched;
use crate::exit::{Failure, Kind};
use crate::ledger::{Ledger, LockGuard, Run, RunId, RunMode, Undisturbed};
use crate::post::{PostError, Poster, Settled, SettledDocument, endpoint_of};
use crate::ui::outcome::{Mode, Outcome};
use crate::ui::progress::Progress;
use crate::ui::words::count_of;
use crate::xero::batch::Dress;

/// A month on its way to Xero.
pub(super) struct Sending<'a> {
    pub(super) app: &'a App,
    pub(super) args: &'a SyncArgs,
    pub(super) month_args: &'a MonthArgs,
    pub(super) saved: Option<&'a SavedPlan>,
    /// Who is signed in, for the trail.
    pub(super) account: Option<String>,
}

/// What was done, and why the command does not end with 0, if so.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    pub(super) failure: Option<Failure>,
}

impl Sending<'_> {
    /// Posts what the plan has new. When there is nothing new, nothing is written anywhere.
    pub(super) fn run(&self, mut month: Month, mut plan: Plan) -> Result<Done, Failure> {
        let has_pending = |month: &Month| Ok::<_, Failure>(!Ledger::open_for_reading(&month.loaded.ledger_file())?.pending_documents()?.is_empty());
        if plan.new_documents().next().is_none() && month.adoption.is_empty() && !has_pending(&month)? {
            self.app.output.note(&format!("Nothing new for {}: every charge that can be billed is on a document already.", plan.period));
            let outcome = month.outcome(self.app, RunId::random().to_string(), Mode::Posted, plan);
            return Ok(Done { outcome, failure: None });
        }
        let (mut ledger, lock) = super::open_ledger(&month)?;
        let completed = self.complete(&month, &mut ledger, &lock)?;
        if completed.is_some() || ledger.runs()? != month.runs {
            // Another run, or the rest of one, came between our reading and our lock: plan again from there.
            month = month.read_again(self.app, self.month_args, self.args.repost)?;
            plan = self.plan(&mut month)?;
            if let Some(saved) = self.saved {
                saved.check(&plan)?;
            }
        }
        if let Some(failure) = completed.as_ref().and_then(failure_of) {
            let outcome = month.outcome(self.app, ledger.run("last")?.run.id.to_string(), Mode::Posted, plan);
            return Ok(Done { outcome, failure: Some(failure) });
        }
        let connected = month.connected.take().ok_or_else(|| Failure::message(Kind::Failed, "the organisation was not read"))?;
        let dresses = self.before_posting(&month, &connected, &plan)?;
        self.post(month, plan, &connected, &RunId::random(), &mut ledger, &lock, &dresses)
    }

    /// The plan, with untouched drafts planned anew where that was asked for.
    pub(super) fn plan(&self, month: &mut Month) -> Result<Plan, Failure> {
        if self.args.revise { revise::plan(self.app, month, self.month_args) } else { month.plan(self.app, self.month_args) }
    }

    /// Completes what an earlier run left without an outcome.
    fn complete(&self, month: &Month, ledger: &mut Ledger, lock: &LockGuard) -> Result<Option<Settled>, Failure> {
        let pending = ledger.pending_documents()?.len();
        if pending == 0 {
            return Ok(None);
        }
        let connected = month.connected.as_ref().ok_or_else(|| Failure::message(Kind::Failed, "the organisation was not read"))?;
        let dresses = self.app.block_on(checks::dresses(&connected.client, &month.loaded))?;
        let settled = self.settle(connected, ledger, lock, &dresses, Work::Complete, pending)?;
        self.app.output.note(&format!("An earlier run was cut off: {} of its {} are in Xero now.", settled.posted.len(), count_of(pending, "document")));
        self.tell_refused(&settled);
        Ok(Some(settled))
    }

    /// Everything that can be known to go wrong is told before anything is recorded, and a person is asked.
    fn before_posting(&self, month: &Month, connected: &Connected, plan: &Plan) -> Result<Dresses, Failure> {
        let new: Vec<&Document> = plan.new_documents().collect();
        if new.is_empty() {
            return Ok(Dresses::default());
        }
        let dresses = self.app.block_on(checks::dresses(&connected.client, &month.loaded))?;
        let warnings = self.app.block_on(checks::preflight(connected, month, &new, &dresses))?;
        for warning in warnings {
            self.app.output.warn(&warning);
        }
        checks::confirm(self.app, self.args, connected, plan)?;
        Ok(dresses)
    }

    #[expect(clippy::too_many_arguments, reason = "everything that a run of posting is made of, once")]
    fn post(
        &self,
        mut month: Month,
        mut plan: Plan,
        connected: &Connected,
        id: &RunId,
        ledger: &mut Ledger,
        lock: &LockGuard,
        dresses: &Dresses,
    ) -> Result<Done, Failure> {
        let reference = id.reference();
        for document in plan.documents.iter_mut().filter(|document| document.state == State::Planned) {
            document.check().map_err(|broken| Failure::new(Kind::Failed, broken))?;
            document.reference = Some(Arc::clone(&reference));
        }
        let run = Run {
            account: self.account.clone(),
            ..Run::of_plan(id.clone(), RunMode::Posted, &plan, &self.app.profile, machine_user(self.app), self.app.clock.now())
        };
        let count = plan.new_documents().count();
        let adopted = month.adoption.documents.len();
        if adopted > 0 {
            self.app
                .output
                .note(&format!("{} found in Xero, made by an earlier run whose ledger is not here: adopted, not posted again.", count_of(adopted, "document")));
        }
        let settled = self.settle(
            connected,
            ledger,
            lock,
            dresses,
            Work::Post { run: &run, plan: &plan, adoption: &month.adoption, taken_back: &month.taken_back },
            count,
        )?;
        show_in_plan(&mut plan, &settled);
        self.tell_refused(&settled);
        let attachment = month.loaded.settings.billing.attach_source.then(|| source::rows(&plan, &month.sources.charges));
        self.after_posting(connected, &run, &plan, &settled, attachment);
        month.sources = crate::domain::sources::Sources::default();
        let failure = failure_of(&settled);
        let mut outcome = month.outcome(self.app, id.to_string(), Mode::Posted, plan);
        outcome.organisation = Some(connected.organisation.shown());
        let reported = super::apply::write_reports(self.app, &month, &mut outcome, self.args.report.as_ref());
        Ok(Done { outcome, failure: self.worse(failure, reported) })
    }

    /// A report that could not be written never hides that documents are missing in Xero.
    fn worse(&self, failure: Option<Failure>, reported: Result<(), Failure>) -> Option<Failure> {
        match (failure, reported) {
            (Some(failure), Err(unwritten)) => {
                self.app.output.warn(&format!("{:#}", unwritten.source));
                Some(failure)
            }
            (failure, reported) => failure.or(reported.err()),
        }
    }

    fn settle(
        &self,
        connected: &Connected,
        ledger: &mut Ledger,
        lock: &LockGuard,
        dresses: &Dresses,
        work: Work<'_>,
        count: usize,
    ) -> Result<Settled, Failure> {
        let progress = std::cell::RefCell::new(Progress::new(&self.app.output));
        progress.borrow_mut().phase("Posting to Xero", "document", u64::try_from(count).ok());
        let result = self.app.block_on(async {
            let mut poster = Poster {
                client: &connected.client,
                organisation: connected.pinned,
                organisation_name: Arc::clone(&connected.organisation.name),
                short_code: Arc::clone(&connected.organisation.short_code),
                ledger,
                lock,
                steps: &Undisturbed,
                now: &|| self.app.clock.now(),
                sales_dress: &dresses.sales,
                purchases_dress: &dresses.purchases,
                settled: &|documents| progress.borrow_mut().advance(u64::try_from(documents).unwrap_or(u64::MAX)),
            };
            Ok(match work {
                Work::Complete => poster.settle(true).await.map_err(cut_short)?,
                Work::Post { run, plan, adoption, taken_back } => {
                    poster.release_taken_back(taken_back, &run.machine_user)?;
                    poster.post(run, plan, adoption).await.map_err(cut_short)?
                }
            })
        });
        progress.into_inner().finish();
        result
    }

    fn tell_refused(&self, settled: &Settled) {
        for document in &settled.refused {
            self.app.output.warn(&format!("{} was refused by Xero: {}", document.number, document.detail.as_deref().unwrap_or("without a reason")));
        }
        for (number, warning) in &settled.warnings {
            self.app.output.warn(&format!("{number}: {warning}"));
        }
    }

    /// A note on the bill that names the run, and the source's rows where that is configured. The
    /// documents are there by now: what fails here is told and changes nothing.
    fn after_posting(&self, connected: &Connected, run: &Run, plan: &Plan, settled: &Settled, attachment: Option<source::Attachment>) {
        let bill = settled.posted.iter().find(|document| document.kind.is_purchase());
        let Some((document, id)) = bill.or(settled.posted.first()).and_then(|document| Some((document, document.id?))) else { return };
        let text = format!(
            "cspctl {} run {} for {}: {}, cost {}, sell {}; by {}; plan {}",
            run.version,
            run.id,
            plan.period,
            count_of(settled.posted.len(), "document"),
            run.totals.cost,
            run.totals.sell,
            actor(&run.machine_user, run.account.as_deref()).0,
            run.digest
        );
        let endpoint = endpoint_of(document.kind);
        let result = self.app.block_on(async {
            connected.client.note(endpoint, id, &text).await.map_err(|error| Failure::message(Kind::Failed, error.to_string()))?;
            if let Some(attachment) = attachment.filter(|_| document.kind.is_purchase()) {
                let sent = connected.client.attach(endpoint, id, &attachment.name, "text/csv", &attachment.bytes).await;
                sent.map_err(|error| Failure::message(Kind::Failed, error.to_string()))?;
            }
            Ok(())
        });
        if let Err(failure) = result {
            self.app.output.warn(&format!("The documents are in Xero, but {} has no note or attachment: {:#}", document.number, failure.source));
        }
    }
}

/// What there is to settle.
#[derive(Clone, Copy)]
enum Work<'a> {
    /// What an earlier run left.
    Complete,
    /// A new run.
    Post { run: &'a Run, plan: &'a Plan, adoption: &'a Adoption, taken_back: &'a [Untouched] },
}

/// What documents of both sides wear.
#[derive(Clone, Debug, Default)]
pub(super) struct Dresses {
    pub(super) sales: Dress,
    pub(super) purchases: Dress,
}

impl From<PostError> for Failure {
    fn from(error: PostError) -> Self {
        match error {
            PostError::Ledger(error) => error.into(),
            PostError::Call(error) => Self::from(error).hint("run the same command again: what is recorded is completed, and nothing is posted twice"),
            PostError::CutOff(error) => error.into(),
        }
    }
}

/// Documents are recorded and some may be in Xero by now: a failure to look must not pass for one before anything was done.
fn cut_short(error: PostError) -> Failure {
    let is_call = matches!(error, PostError::Call(_));
    let failure = Failure::from(error);
    if !is_call || failure.kind != Kind::Failed {
        return failure;
    }
    let failure = Failure { kind: Kind::Partial, source: failure.source.context("Xero could not be asked what became of the documents"), ..failure };
    failure.hint("run the same command again: it looks in Xero first and posts nothing twice")
}

/// Gives every document of the plan its state.
fn show_in_plan(plan: &mut Plan, settled: &Settled) {
    let with_state = [(&settled.posted, State::Posted), (&settled.refused, State::Failed), (&settled.unknown, State::Unknown)];
    for (documents, state) in with_state {
        for told in documents {
            let is_it = |document: &&mut Document| document.kind == told.kind && document.number == told.number && document.state == State::Planned;
            if let Some(document) = plan.documents.iter_mut().find(is_it) {
                document.state = state;
                document.xero = Some(Box::new(in_xero(told)));
            }
        }
    }
}

fn in_xero(told: &SettledDocument) -> InXero {
    InXero { id: told.id, url: told.url.clone(), error: told.detail.as_deref().map(Arc::from), revises: None }
}

/// Why the command does not end with 0: 6 wins over all, because a half-posted month must not hide.
fn failure_of(settled: &Settled) -> Option<Failure> {
    if settled.is_complete() {
        return None;
    }
    let (posted, refused, unknown) = (settled.posted.len(), settled.refused.len(), settled.unknown.len());
    let first = settled.unknown.first().or(settled.refused.first());
    let example = first.map(|document| format!("{}: {}", document.number, document.detail.as_deref().unwrap_or("no reason given"))).unwrap_or_default();
    let stopped = settled.stopped.as_ref();
    let hints = stopped.map(|error| error.hints.clone()).unwrap_or_default();
    let failure = if unknown > 0 && (posted > 0 || stopped.is_none()) {
        Failure::message(Kind::Partial, format!("{posted} documents are in Xero, {refused} were refused, and of {unknown} it is not known ({example})"))
            .hint("run the same command again: it looks in Xero first and posts nothing twice")
    } else if let Some(error) = stopped {
        let failure: Failure = error.clone().into();
        return Some(failure.hint("run the same command again: what is recorded is completed, and nothing is posted twice"));
    } else if posted > 0 {
        Failure::message(Kind::Partial, format!("{posted} documents are in Xero and {refused} were refused ({example})"))
    } else {
        Failure::message(Kind::Failed, format!("Xero refused all {refused} documents ({example})"))
    };
    let failure = if refused > 0 { failure.hint("correct what Xero names, then run again: refused documents are planned anew") } else { failure };
    Some(hints.into_iter().fold(failure, Failure::hint))
}

//! What `reconcile`, `sync` and `explain` share: everything read, and the plan made from it.

use std::time::Duration;

use clap::Args;

use super::organisation::{self, Connected};
use super::seats::{Asked, Live};
use crate::app::App;
use crate::config::load::{Loaded, load};
use crate::config::mapping;
use crate::config::schema::MicrosoftSource;
use crate::domain::adopt::{Adoption, Found, adopt};
use crate::domain::finding::Severity;
use crate::domain::history::History;
use crate::domain::mapping::Mapping;
use crate::domain::period::BillingPeriod;
use crate::domain::plan::{Inputs, Plan};
use crate::domain::planner::plan;
use crate::domain::policy::Policy;
use crate::domain::recognise::recognise;
use crate::domain::revise::{self, Untouched};
use crate::domain::select::newest_period;
use crate::domain::sources::Sources;
use crate::exit::{Failure, Kind};
use crate::ledger::{Ledger, RecordedRun};
use crate::post::books::{self, Wanted};
use crate::services::{as_typed, program};
use crate::ui::outcome::{Mode, Outcome};
use crate::ui::progress::Progress;
use crate::ui::{json, summary};

/// How long a run waits for another one to end.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(10);

/// Which month, and what to take along.
#[derive(Args, Clone, Debug, Default)]
pub struct MonthArgs {
    /// The month, as in 2026-11; the newest with charges when left out
    #[arg(long, value_name = "MONTH")]
    pub period: Option<BillingPeriod>,
    /// Take undated charges from before the last two months as well
    #[arg(long)]
    pub include_older: bool,
}

/// Everything that was read.
#[derive(Debug)]
pub(crate) struct Month {
    pub(crate) loaded: Loaded,
    pub(crate) sources: Sources,
    pub(crate) mapping: Mapping,
    pub(crate) policy: Policy,
    pub(crate) history: History,
    /// What the history was made from, to see whether it is still true.
    pub(crate) runs: Vec<RecordedRun>,
    /// The organisation that documents go to, once its books were read.
    pub(crate) connected: Option<Connected>,
    /// What was found in Xero without being on record; already in the history.
    pub(crate) adoption: Adoption,
    /// Documents on record that somebody took back in Xero and that are to be posted again; no longer in
    /// the history.
    pub(crate) taken_back: Vec<Untouched>,
    /// Whom of Microsoft's tenants this run asked, so that runs that write keep the seats.
    pub(crate) asked: Option<Asked>,
}

/// Reads configuration, mapping, sources and history; `period` is the month that was asked for.
pub(crate) fn read(app: &App, period: Option<BillingPeriod>) -> Result<Month, Failure> {
    read_loaded(app, load(app)?, period)
}

/// The same with a configuration that was loaded already.
pub(crate) fn read_loaded(app: &App, loaded: Loaded, period: Option<BillingPeriod>) -> Result<Month, Failure> {
    let mapping = mapping::read(&loaded.mapping_file())?;
    let mut progress = Progress::new(&app.output);
    progress.phase(super::sources::phase(&loaded), "charge", None);
    let mut sources = super::sources::read(app, &loaded, period)?;
    progress.advance(u64::try_from(sources.charges.len()).unwrap_or(u64::MAX));
    progress.phase("Reading the ledger", "run", None);
    let ledger = Ledger::open_for_reading(&loaded.ledger_file())?;
    let (runs, history) = (ledger.runs()?, ledger.history()?);
    progress.finish();
    recognise(&mut sources.charges, &history);
    let policy = loaded.policy();
    Ok(Month { loaded, sources, mapping, policy, history, runs, connected: None, adoption: Adoption::default(), taken_back: Vec::new(), asked: None })
}

/// Reads all that [`read`] does and, where documents go to Xero, what is there already.
pub(crate) fn read_with_books(app: &App, args: &MonthArgs, repost: bool) -> Result<Month, Failure> {
    read_all(app, args, repost, None)
}

/// The same; `live` is what Microsoft answered this run already.
fn read_all(app: &App, args: &MonthArgs, repost: bool, live: Option<Live>) -> Result<Month, Failure> {
    let mut month = read(app, args.period)?;
    if month.loaded.settings.microsoft.source == MicrosoftSource::Graph {
        let period = month.period(app, args);
        month.asked = super::seats::add(app, &month.loaded, &mut month.sources, period, live)?;
    }
    if organisation::is_wanted(&month.loaded) {
        month.open_books(app, args, repost)?;
    }
    Ok(month)
}

impl Month {
    /// Reads everything again, because somebody else worked meanwhile; Microsoft alone, which takes by far the
    /// longest, is not asked a second time.
    pub(crate) fn read_again(self, app: &App, args: &MonthArgs, repost: bool) -> Result<Self, Failure> {
        let live = {
            // The rest makes room for what is read now.
            let Self { sources, asked, .. } = self;
            sources.seats.zip(asked).map(|(seats, asked)| Live { seats, asked })
        };
        read_all(app, args, repost, live)
    }

    /// The period that a run with these arguments is about.
    fn period(&self, app: &App, args: &MonthArgs) -> BillingPeriod {
        args.period.or_else(|| newest_period(&self.sources.charges)).unwrap_or_else(|| BillingPeriod::containing(app.clock.today()))
    }

    /// Keeps what Microsoft answered. That it could not be kept is said and takes nothing from the run.
    pub(crate) fn keep_seats(&self, app: &App) {
        if let (Some(asked), Some(seats)) = (&self.asked, &self.sources.seats)
            && let Err(error) = super::seats::keep(app, &self.loaded, asked, seats)
        {
            app.output.warn(&format!("Microsoft's seats were not kept for later: {error}"));
        }
    }

    /// Reads the organisation's books around the period, and finds documents that no record explains.
    fn open_books(&mut self, app: &App, args: &MonthArgs, repost: bool) -> Result<(), Failure> {
        let period = self.period(app, args);
        let ledger = Ledger::open_for_reading(&self.loaded.ledger_file())?;
        let of_period = ledger.documents_in_xero()?.into_iter().filter(|posted| posted.document.period == period);
        let recorded: Vec<_> = of_period.filter_map(|posted| Some((posted.document.kind, posted.document.xero_id()?))).collect();
        let wanted = Wanted {
            from: period.previous().first_day(),
            to: period.last_day(),
            recorded: &recorded,
            items: organisation::needs_items(&self.loaded, &self.mapping),
            numbered_by_xero: organisation::is_numbered_by_xero(&self.loaded),
        };
        let mut progress = Progress::new(&app.output);
        progress.phase("Reading Xero", "document", None);
        let (connected, found) = app.block_on(async {
            let connected = organisation::connect(app, &self.loaded).await?;
            organisation::check_ledger(&ledger, &connected)?;
            let found = books::read(&connected.client, &connected.organisation, &wanted).await?;
            Ok((connected, found))
        })?;
        progress.advance(u64::try_from(found.documents.len()).unwrap_or(u64::MAX));
        progress.finish();
        if repost {
            self.taken_back = revise::taken_back(&self.history, &found, period);
            self.history = revise::without(&self.history, &self.taken_back);
        }
        self.sources.books = Some(found);
        self.connected = Some(connected);
        self.adopt(app, args, &ledger, repost)
    }

    /// Puts documents of Xero that no record explains into the history, as if they were on record.
    fn adopt(&mut self, app: &App, args: &MonthArgs, ledger: &Ledger, repost: bool) -> Result<(), Failure> {
        let plan = self.plan(app, args)?;
        let Some(books) = &self.sources.books else { return Ok(()) };
        if plan.new_documents().next().is_none() {
            return Ok(());
        }
        let found = Found {
            plan: &plan,
            charges: &self.sources.charges,
            books,
            history: &self.history,
            withdrawn: &ledger.withdrawn_ids()?,
            repost,
            number_prefix: &self.policy.number_prefix,
        };
        self.adoption = adopt(&found);
        self.history = self.adoption.applied_to(&self.history);
        Ok(())
    }

    /// Makes the plan.
    pub(crate) fn plan(&self, app: &App, args: &MonthArgs) -> Result<Plan, Failure> {
        let mut progress = Progress::new(&app.output);
        progress.phase("Planning", "charge", None);
        let inputs = Inputs {
            sources: &self.sources,
            mapping: &self.mapping,
            policy: &self.policy,
            history: &self.history,
            period: args.period,
            include_older: args.include_older,
            today: app.clock.today(),
        };
        let plan = plan(&inputs).map_err(|broken| Failure::new(Kind::Failed, broken))?;
        progress.finish();
        Ok(plan)
    }

    /// The result of a run, ready to be shown.
    pub(crate) fn outcome(&self, app: &App, run: String, mode: Mode, mut plan: Plan) -> Outcome {
        for fix in plan.held.iter_mut().map(|held| &mut held.fix).chain(plan.findings.iter_mut().map(|finding| &mut finding.fix)) {
            *fix = as_typed(app, fix);
        }
        Outcome {
            run,
            mode,
            plan,
            files: Vec::new(),
            msp_name: self.loaded.msp_name().to_owned(),
            profile: app.profile.clone(),
            program: program(app),
            organisation: self.connected.as_ref().map(|connected| connected.organisation.shown()),
            distributor_name: self.policy.distributor_name.to_string(),
            at: app.clock.now().to_zoned(jiff::tz::TimeZone::system()),
        }
    }
}

/// Prints the result as tables or JSON; with `--quiet` no tables.
pub(crate) fn show(app: &App, outcome: &Outcome) -> Result<(), Failure> {
    if app.output.is_quiet() {
        return Ok(());
    }
    let look = app.output.look();
    Ok(app.output.data_with(|out| if look.json { json::write(outcome, out) } else { summary::write(outcome, look, out) })?)
}

/// With `--check`: fails with 5 when a finding asks for attention, a charge is held, or nothing was
/// compared (`rules.md` 24).
pub(crate) fn check(plan: &Plan) -> Result<(), Failure> {
    let findings = plan.findings.iter().filter(|finding| finding.severity >= Severity::Warning).count();
    let skipped = plan.coverage.rows_skipped.len();
    let mut reasons = Vec::new();
    let mut add = |count: usize, one: &str, many: &str| {
        if count > 0 {
            reasons.push(format!("{count} {}", if count == 1 { one } else { many }));
        }
    };
    add(findings, "finding that asks for attention", "findings that ask for attention");
    add(plan.held.len(), "charge held", "charges held");
    add(skipped, "row that could not be read", "rows that could not be read");
    if plan.coverage.tenants_compared == 0 {
        reasons.push("nothing was compared".to_owned());
    }
    if reasons.is_empty() {
        return Ok(());
    }
    Err(Failure::message(Kind::Attention, format!("{}: {}", plan.period, reasons.join(", "))))
}

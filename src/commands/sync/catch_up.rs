//! `sync --catch-up`: day one, and corrections that were settled by hand.

use std::collections::HashSet;

use super::SyncArgs;
use crate::app::App;
use crate::commands::access;
use crate::commands::machine::machine_user;
use crate::commands::month;
use crate::domain::charge::{Charge, ChargeKey};
use crate::domain::history::{BilledCharge, History};
use crate::domain::period::BillingPeriod;
use crate::exit::{Failure, Kind};
use crate::export::catch_up;
use crate::ledger::{Run, RunId, RunMode};
use crate::services::command;
use crate::ui::outcome::Mode;
use crate::ui::words::count_of;

/// Marks charges as already billed, without posting.
pub(super) fn run(app: &App, args: &SyncArgs) -> Result<(), Failure> {
    let Some(period) = args.month.period.or_else(|| (!args.only.is_empty()).then(|| BillingPeriod::containing(app.clock.today()))) else {
        return Err(Failure::message(Kind::Usage, "--catch-up marks everything up to a month as already billed, so it must be told which: --period 2026-10"));
    };
    let month = month::read(app, Some(period))?;
    let account = if args.dry_run { None } else { access::permit(app, &month.loaded)? };
    let wanted: HashSet<ChargeKey> = args.only.iter().copied().collect();
    let is_wanted = |charge: &Charge| if wanted.is_empty() { charge.month() <= period } else { wanted.contains(&charge.key) };
    if let Some(missing) = wanted.iter().find(|key| !month.sources.charges.iter().any(|charge| charge.key == **key)) {
        return Err(Failure::message(Kind::Failed, format!("no charge in the sources has the key {missing}")));
    }
    let unsettled = |charge: &&Charge| !month.history.settled(charge).on_sale;
    let charges: Vec<BilledCharge> =
        month.sources.charges.iter().filter(|charge| is_wanted(charge)).filter(unsettled).map(|charge| marked(charge, period, &month.history)).collect();
    let count = charges.len();
    let ambiguous = if wanted.is_empty() { perhaps_of_the_next_invoice(&month.sources.charges, &charges, period) } else { 0 };
    let verb = if args.dry_run { "would be marked" } else { "marked" };
    if !args.dry_run && count > 0 {
        let (mut ledger, lock) = super::open_ledger(&month)?;
        let mut plan = month.plan(app, &args.month)?;
        plan.billed.clone_from(&charges);
        let run = Run { account, ..Run::of_plan(RunId::random(), RunMode::CaughtUp, &plan, &app.profile, machine_user(app), app.clock.now()) };
        catch_up(&mut ledger, &lock, &run, charges)?;
    }
    app.output.note(&format!("{} up to {period} {verb} as already billed; nothing was posted.", count_of(count, "charge")));
    if ambiguous > 0 {
        app.output.warn(&format!(
            "{ambiguous} of them began in {period} and state no invoice date. An invoice of {next} carries last month's additions: if they are on that one, \
             take this back ({}), name the date in dickerdata.invoice_date and mark again",
            command(app, "runs undo last"),
            next = period.next()
        ));
    }
    if app.output.is_json() {
        let month = month::read(app, Some(period))?;
        let plan = month.plan(app, &args.month)?;
        month::show(app, &month.outcome(app, RunId::random().to_string(), if args.dry_run { Mode::DryRun } else { Mode::Exported }, plan))?;
    }
    Ok(())
}

/// Charges of the period's own month that nothing dates, when the sources go on into the next month:
/// they may stand on the next invoice (`rules.md` 14), and marking them would lose them.
fn perhaps_of_the_next_invoice(all: &[Charge], marked: &[BilledCharge], period: BillingPeriod) -> usize {
    let goes_on = all.iter().any(|charge| charge.invoice_date.is_none() && charge.month() > period);
    let marked: HashSet<ChargeKey> = marked.iter().map(|charge| charge.key).collect();
    let of_period = all.iter().filter(|charge| charge.invoice_date.is_none() && charge.month() == period && marked.contains(&charge.key));
    if goes_on { of_period.count() } else { 0 }
}

/// A held charge may be on a bill already: that side stays as it is.
fn marked(charge: &Charge, period: BillingPeriod, history: &History) -> BilledCharge {
    let bill = history.charges.iter().filter(|billed| billed.key == charge.key).find_map(|billed| billed.bill.clone());
    BilledCharge { bill, caught_up: true, ..BilledCharge::of(charge, period) }
}

//! `cspctl doctor`: checks everything that a run needs, company by company, and says what to do. Nothing is
//! changed but the sign-ins, which every use renews.

mod age;
mod check;
mod clocks;
mod dickerdata;
mod machine;
mod microsoft;
mod secrets;
mod show;
mod used;
mod xero;

use std::time::Duration;

use clap::Args;
use secrecy::ExposeSecret as _;
use serde_json::Value;

use self::check::{Group, Section, Verdict, worst};
use self::used::Used;
use super::notify;
use crate::app::App;
use crate::config::load::Loaded;
use crate::exit::{Failure, Kind};
use crate::notify::webhook::host_of;
use crate::services::as_typed;
use crate::ui::progress::Progress;
use crate::ui::words::count_of;

/// One question to a service is not waited for any longer, whatever its limits say.
const DEADLINE: Duration = Duration::from_secs(45);
/// Why a service was not asked.
const OFFLINE: &str = "not asked (--offline)";

/// Arguments of `doctor`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cspctl doctor                   everything, by asking the services
  cspctl doctor --offline         this machine, its secrets and the age of the sign-ins alone
  cspctl doctor --check-bridge    how many offers are matched with Microsoft's SKUs, and by what
  cspctl doctor --json            for scripts; the exit code says the same

Ends with 0 when nothing is a problem, else with the code of the worst one:
  3 configuration · 4 sign-in or secrets · 1 anything else")]
pub struct DoctorArgs {
    /// Ask no service
    #[arg(long)]
    pub offline: bool,
    /// Also match every line of the distributor's list with Microsoft's SKUs, and tell the hit rates
    #[arg(long, conflicts_with = "offline")]
    pub check_bridge: bool,
}

/// Makes every check that the configuration needs, shows them, and ends by the worst.
///
/// # Errors
///
/// 3, 4 or 1 by the worst problem; 130 when interrupted.
pub fn run(app: &App, args: &DoctorArgs) -> Result<(), Failure> {
    let (mut sections, bridge) = sections(app, args)?;
    for fix in sections.iter_mut().flat_map(|section| &mut section.checks).flat_map(|check| &mut check.verdict.fixes) {
        *fix = as_typed(app, fix);
    }
    if app.output.is_json() {
        app.output.json(&show::json(&app.profile, &sections, &bridge))?;
    } else {
        let look = app.output.look();
        app.output.data(&show::render(&sections, look.width, look.colour_out))?;
        app.output.note("");
        app.output.note(&show::summary(&sections));
    }
    let Some(kind) = worst(&sections) else { return Ok(()) };
    let problems = show::problems(&sections);
    Err(Failure::message(kind, format!("{}: {}", count_of(problems.len(), "problem"), problems.join(", "))))
}

/// Every section, and the figures of the bridge where it was checked.
fn sections(app: &App, args: &DoctorArgs) -> Result<(Vec<Section>, Value), Failure> {
    let (mut machine, read) = machine::check(app);
    let Some(loaded) = read.loaded else {
        let unknown = |group| Section::skipped(group, "service", "not known: the configuration cannot be read");
        let unknowns = [Group::Secrets, Group::Clocks, Group::Microsoft, Group::DickerData, Group::Xero].map(unknown);
        return Ok(([machine].into_iter().chain(unknowns).collect(), Value::Null));
    };
    let used = Used::of(&loaded);
    if let Some(verdict) = summaries(app, &loaded) {
        machine.add("summaries", verdict);
    }
    let mut progress = Progress::new(&app.output);
    progress.phase("Looking for secrets", "secret", None);
    let (secrets, found) = secrets::check(app, &loaded, used);
    progress.phase("Comparing clocks", "service", None);
    let clocks = clocks::check(app, &loaded, used, args.offline)?;
    // Microsoft's tenants are many, and show a progress of their own.
    progress.finish();
    let (microsoft, bridge) = if used.microsoft || used.access {
        let ask = microsoft::Ask { offline: args.offline, check_bridge: args.check_bridge, tenants: used.microsoft };
        microsoft::check(app, &loaded, &read.mapping, &found, ask)?
    } else {
        let why = if args.check_bridge { "not used, and without it there is no bridge to check" } else { "not used" };
        (Section::skipped(Group::Microsoft, "service", format!("{why} (microsoft.source is not \"graph\")")), Value::Null)
    };
    progress.phase("Asking the distributor", "call", None);
    let dickerdata = if used.dickerdata {
        dickerdata::check(app, &loaded, &found, args.offline)?
    } else {
        Section::skipped(Group::DickerData, "service", "not used (dickerdata.source is not \"api\")")
    };
    progress.phase("Asking Xero", "call", None);
    let xero = if used.xero {
        xero::check(app, &loaded, &read.mapping, &found, args.offline)?
    } else {
        Section::skipped(Group::Xero, "service", "not used (xero.post_to = \"csv\")")
    };
    progress.finish();
    Ok((vec![machine, secrets, clocks, microsoft, dickerdata, xero], bridge))
}

/// Where summaries of unattended runs go, if anywhere; nothing is sent.
fn summaries(app: &App, loaded: &Loaded) -> Option<Verdict> {
    let settings = &loaded.settings.notify;
    let mut places = Vec::new();
    if notify::has_webhook(app, loaded) {
        match notify::address(app, loaded) {
            Ok(address) => places.extend(address.map(|address| format!("the webhook at {}", host_of(address.expose_secret())))),
            Err(failure) => return Some(failure.into()),
        }
    }
    places.extend(settings.command.first().map(|program| format!("the program {program}")));
    (!places.is_empty()).then(|| Verdict::ok(format!("sent to {} (notify.on = \"{}\")", places.join(" and "), settings.on.as_str())))
}

/// Waits for one answer of a service, and no longer than [`DEADLINE`].
async fn within<T, E: Into<Failure>>(service: &str, answer: impl Future<Output = Result<T, E>>) -> Result<T, Failure> {
    if let Ok(answer) = tokio::time::timeout(DEADLINE, answer).await {
        return answer.map_err(Into::into);
    }
    let message = format!("{service} did not answer within {} seconds", DEADLINE.as_secs());
    Err(Failure::message(Kind::Failed, message).hint("check the network, the proxy and [endpoints]; the service may be out of order"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_service_that_never_answers_is_given_up() {
        let failure = within("Xero", std::future::pending::<Result<(), Failure>>()).await.unwrap_err();
        assert!(failure.source.to_string().contains("Xero did not answer within 45 seconds"), "{failure:?}");
        assert!(within("Xero", async { Ok::<_, Failure>(7) }).await.is_ok_and(|answer| answer == 7));
    }
}

//! Where a month's time and memory go, phase by phase, on a synthetic month:
//!
//! ```text
//! cargo bench --bench month -- 1000000            makes a month of so many charges and does it
//! cargo bench --bench month -- --folder DIR       does a month of examples/make_month
//! ```
//!
//! The phases are those of `cspctl sync` with output to files, in one process, each with its seconds
//! by the clock and of the processor, and the peak memory while it ran (Linux alone tells the last two). Without an argument it does nothing, so
//! that `cargo test` and `cargo clippy --all-targets` stay quick. `docs/performance.md` has results.

#[path = "../examples/make_month/month.rs"]
mod month;
#[expect(dead_code, reason = "shared with examples/make_month, which makes workbooks as well")]
#[path = "../examples/make_month/sink.rs"]
mod sink;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use cspctl::app::{App, Clock};
use cspctl::config::{load, mapping};
use cspctl::domain::plan::Inputs;
use cspctl::domain::planner::plan;
use cspctl::domain::policy::ImportLabels;
use cspctl::export::export;
use cspctl::gather::gather;
use cspctl::ledger::{Ledger, MachineUser, Run, RunId, RunMode};
use cspctl::ui::outcome::{Mode, Outcome};
use cspctl::ui::output::{Look, Output, Verbosity};
use cspctl::ui::{lines, report};

use month::{Month, Outputs};
use sink::Sink;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--folder", folder] => measure(Path::new(folder)),
        [charges] if charges.parse::<u64>().is_ok() => {
            let folder = tempfile::tempdir()?;
            make(charges.parse()?, folder.path())?;
            measure(folder.path())
        }
        _ => Ok(()),
    }
}

/// A month as `make_month --seats` makes it.
fn make(charges: u64, folder: &Path) -> Result<()> {
    let path = |name: &str| folder.join(name);
    let mut outputs = Outputs {
        invoice_report: Sink::csv(&path("csp-invoice-report-2026-11.csv"), &month::INVOICE_HEADINGS)?,
        annuity: Sink::csv(&path("annuity-information-2026-11.csv"), &month::ANNUITY_HEADINGS)?,
        seats: Some(Sink::csv(&path("microsoft-seats.csv"), &month::SEATS_HEADINGS)?),
        mapping: BufWriter::new(File::create(path("mapping.toml"))?),
    };
    Month::new(charges).write(&mut outputs)?;
    outputs.finish()?;
    Ok(fs::write(path("config.toml"), month::config("csv", true))?)
}

/// Does the month in `folder` into a folder of its own.
fn measure(folder: &Path) -> Result<()> {
    let results = tempfile::tempdir_in(folder)?;
    let app = app(folder.join("config.toml"));
    let mut phases = Phases::default();

    let loaded = load::load(&app).map_err(|failure| failure.source)?;
    let mapping = mapping::read(&loaded.mapping_file()).map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
    let sources = gather(&loaded.request()).map_err(|error| anyhow::anyhow!(error.message))?;
    let ledger_file = results.path().join("ledger.db");
    let history = Ledger::open_for_reading(&ledger_file)?.history()?;
    phases.end("read", sources.charges.len());

    let policy = loaded.policy();
    let inputs =
        Inputs { sources: &sources, mapping: &mapping, policy: &policy, history: &history, period: None, include_older: false, today: app.clock.today() };
    let mut plan = plan(&inputs)?;
    let charges = sources.charges.len();
    drop((sources, mapping, history));
    phases.end("plan", charges);

    let mut ledger = Ledger::open(&ledger_file)?;
    let lock = ledger.lock(std::time::Duration::ZERO)?;
    let id = RunId::random();
    let run = Run::of_plan(id.clone(), RunMode::Exported, &plan, &app.profile, MachineUser("bench".to_owned()), app.clock.now());
    let labels = ImportLabels::of_country("AU");
    let exported = export(&mut ledger, &lock, &run, &mut plan, &results.path().join("xero-import"), &labels)?;
    phases.end("write, ledger", charges);

    let outcome = Outcome {
        organisation: None,
        run: id.to_string(),
        mode: Mode::Exported,
        plan,
        files: exported.files,
        msp_name: loaded.msp_name().to_owned(),
        profile: app.profile.clone(),
        program: "cspctl".to_owned(),
        distributor_name: policy.distributor_name.to_string(),
        at: app.clock.now().to_zoned(jiff::tz::TimeZone::UTC),
    };
    lines::write(&outcome, &results.path().join("lines.csv"))?;
    report::write(&outcome, &results.path().join("report.html"))?;
    phases.end("report, lines", charges);
    phases.total(charges);
    let totals = outcome.plan.totals;
    Ok(writeln!(std::io::stdout(), "cost {}, sell {}, {} documents", totals.cost, totals.sell, outcome.plan.documents.len())?)
}

fn app(config_file: PathBuf) -> App {
    let look = Look { json: false, verbosity: Verbosity::Quiet, colour_out: false, colour_error: false, progress: false, width: 100, ..Look::default() };
    App {
        output: Output::new(look, Box::new(std::io::sink()), Box::new(std::io::stderr())),
        environment: BTreeMap::new(),
        clock: Clock::System,
        config_file: Some(config_file),
        profile: "default".to_owned(),
        may_prompt: false,
        replaced: cspctl::app::Replaced::default(),
    }
}

/// Seconds and peaks, told as they end.
struct Phases {
    began: Instant,
    processor_began: f64,
    seconds: f64,
    processor_seconds: f64,
    peak_kilobytes: u64,
}

impl Default for Phases {
    fn default() -> Self {
        forget_peak();
        Self { began: Instant::now(), processor_began: processor_seconds(), seconds: 0.0, processor_seconds: 0.0, peak_kilobytes: 0 }
    }
}

impl Phases {
    fn end(&mut self, name: &str, charges: usize) {
        let seconds = self.began.elapsed().as_secs_f64();
        let (processor_now, peak) = (processor_seconds(), peak_kilobytes());
        tell(name, (seconds, processor_now - self.processor_began), peak, charges);
        self.seconds += seconds;
        self.processor_seconds += processor_now - self.processor_began;
        self.peak_kilobytes = self.peak_kilobytes.max(peak);
        forget_peak();
        (self.began, self.processor_began) = (Instant::now(), processor_seconds());
    }

    fn total(&self, charges: usize) {
        tell("total", (self.seconds, self.processor_seconds), self.peak_kilobytes, charges);
    }
}

fn tell(name: &str, (seconds, processor_seconds): (f64, f64), peak_kilobytes: u64, charges: usize) {
    let bytes_a_charge = peak_kilobytes * 1024 / u64::try_from(charges).unwrap_or(u64::MAX).max(1);
    let line = format!(
        "{name:14} {seconds:8.3} s  {processor_seconds:8.2} s of the processor  peak {:8.1} MB  {bytes_a_charge:6} bytes a charge\n",
        mega(peak_kilobytes)
    );
    let _ = std::io::stdout().write_all(line.as_bytes());
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn mega(kilobytes: u64) -> f64 {
    kilobytes as f64 * 1024.0 / 1e6
}

/// Seconds of the processor so far, in hundredths; 0 where the platform does not say.
fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name in parentheses: user and system time are the 12th and 13th field.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// The peak since [`forget_peak`]; 0 where the platform does not say.
fn peak_kilobytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or_default()
}

/// Makes Linux count the peak from now on.
fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

//! `cspctl pull`: reads every configured source and says what was read; with `--to` it also keeps the
//! raw answers without secrets and names, ready for a bug report. One function a source: a further
//! source is a function and a line in [`run`].

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::{pull_microsoft, sources};
use crate::app::App;
use crate::config::load::{Loaded, load};
use crate::config::schema::{DickerDataSource, MicrosoftSource};
use crate::dickerdata::api::capture::{self, RawAnswer};
use crate::dickerdata::api::redact::Redactor;
use crate::domain::period::BillingPeriod;
use crate::domain::sources::Sources;
use crate::exit::{Failure, Kind};
use crate::files::write_file;
use crate::gather;
use crate::ui::progress::Progress;
use crate::ui::text;
use crate::ui::words::count_of;

/// Arguments of `pull`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cspctl pull                        read everything and say what there is
  cspctl pull --to answers           keep the raw answers too: look through them, then attach them
  cspctl pull --period 2026-09       read back to an older month
  cspctl pull --check                for a scheduler: exit code 5 when a customer's tenant could not be read")]
pub struct PullArgs {
    /// Keep the raw answers in this folder, without secrets and names
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// Read back to this month
    #[arg(long, value_name = "MONTH")]
    pub period: Option<BillingPeriod>,
    /// End with 5 when a customer's tenant could not be read
    #[arg(long)]
    pub check: bool,
}

/// What one source gave.
pub(super) struct Pulled {
    pub(super) said: Said,
    /// The files that were kept.
    pub(super) kept: Vec<PathBuf>,
    /// Why `--check` ends with 5, if so.
    pub(super) attention: Option<String>,
    /// Why what was read could not be kept.
    pub(super) unkept: Option<Failure>,
}

/// What is said of it, for people or as JSON.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Said {
    /// Few words.
    Short {
        #[serde(skip)]
        told: Vec<String>,
        #[serde(flatten)]
        json: Value,
    },
    /// Some of every tenant.
    Microsoft(Box<pull_microsoft::Read>),
}

impl Said {
    /// Sentences for people.
    fn told(&self, app: &App) -> Vec<String> {
        match self {
            Self::Short { told, .. } => told.iter().map(|text| shown(app, text)).collect(),
            Self::Microsoft(read) => read.told(app),
        }
    }
}

/// Sentences as they are shown: wrapped on a terminal, whole elsewhere.
pub(super) fn shown(app: &App, sentences: &str) -> String {
    let look = app.output.look();
    lines(sentences, if look.out_is_terminal { look.width } else { usize::MAX })
}

/// Names in sentences come from other systems.
fn lines(sentences: &str, columns: usize) -> String {
    text::fitted(&sentences.split('\n').map(text::plain).collect::<Vec<_>>().join("\n"), columns)
}

/// Reads every source.
///
/// # Errors
///
/// When a source cannot be read, or the copies cannot be written.
pub fn run(app: &App, args: &PullArgs) -> Result<(), Failure> {
    let loaded = load(app)?;
    let mut progress = Progress::new(&app.output);
    progress.phase(sources::phase(&loaded), "source", None);
    let (distributor, read) = distributor(app, &loaded, args)?;
    progress.finish();
    let mut pulled: Vec<Pulled> = [Some(distributor), microsoft(app, &loaded, &read, args.to.as_deref())?].into_iter().flatten().collect();
    let kept: Vec<PathBuf> = pulled.iter_mut().flat_map(|source| std::mem::take(&mut source.kept)).collect();
    show(app, args, &pulled, &kept)?;
    if let Some(failure) = pulled.iter_mut().find_map(|source| source.unkept.take()) {
        return Err(failure);
    }
    match pulled.iter().find_map(|source| source.attention.as_ref()).filter(|_| args.check) {
        Some(reason) => Err(Failure::message(Kind::Attention, reason.clone())),
        None => Ok(()),
    }
}

/// The distributor's charges and subscriptions.
fn distributor(app: &App, loaded: &Loaded, args: &PullArgs) -> Result<(Pulled, Sources), Failure> {
    // Kept first: answers that nobody can read yet are what a bug report is about.
    let kept = |answers: &[RawAnswer]| args.to.as_ref().map_or(Ok(Vec::new()), |folder| keep(&folder.join("dickerdata"), &capture::files(answers)));
    let (read, answers, kept, way) = match loaded.settings.dickerdata.source {
        DickerDataSource::Api => {
            let scope = sources::scope(app, loaded, args.period);
            let asked = sources::ask(app, loaded, &scope, args.to.is_some())?;
            let redacted = Redactor::new(asked.secrets).redacted(asked.answers.clone());
            let kept = kept(&redacted)?;
            let read = sources::of_answers(loaded, &asked.answers, Some(BillingPeriod::containing(scope.from)))?;
            (read, redacted.len(), kept, Some(asked.way))
        }
        DickerDataSource::Capture => {
            let answers = sources::captured(loaded)?;
            let read = sources::of_answers(loaded, &answers, None)?;
            let redacted = Redactor::default().redacted(answers);
            (read, redacted.len(), kept(&redacted)?, None)
        }
        DickerDataSource::Export | DickerDataSource::Csv => (sources::read(app, loaded, args.period)?, 0, Vec::new(), None),
    };
    Ok((Pulled { kept, ..of_distributor(loaded, &read, answers, way.as_deref()) }, read))
}

fn of_distributor(loaded: &Loaded, read: &Sources, answers: usize, way: Option<&str>) -> Pulled {
    let name = &loaded.settings.dickerdata.name;
    let mut invoices: Vec<&str> = read.charges.iter().filter_map(|charge| charge.invoice_number.as_deref()).collect();
    invoices.sort_unstable();
    invoices.dedup();
    let cost: crate::domain::money::Money = read.charges.iter().map(|charge| charge.cost).sum();
    let mut told = vec![format!(
        "{name}: {} for {cost}{}, {}.",
        count_of(read.charges.len(), "charge"),
        if invoices.is_empty() { String::new() } else { format!(" on {}", count_of(invoices.len(), "invoice")) },
        count_of(read.annuity.len(), "subscription")
    )];
    if let Some(way) = way.filter(|way| !way.is_empty()) {
        told.push(format!("{name}: calls are answered by: {way}."));
    }
    for row in read.skipped.iter().chain(&read.skipped_elsewhere) {
        told.push(format!("{}, row {}{}: {}", row.file, row.row, if row.column.is_empty() { String::new() } else { format!(", {}", row.column) }, row.reason));
    }
    for differs in &read.invoice_differs {
        told.push(format!(
            "invoice {}: the total {} is stated as {}, its lines come to {}.",
            differs.number,
            differs.total.as_str(),
            differs.stated,
            differs.computed
        ));
    }
    let json = json!({
        "source": "dickerdata",
        "charges": read.charges.len(),
        "cost": cost,
        "invoices": invoices,
        "subscriptions": read.annuity.len(),
        "answers": answers,
        "way": way,
        "rows_skipped": read.skipped.iter().chain(&read.skipped_elsewhere).collect::<Vec<_>>(),
        "totals_differ": read.invoice_differs.iter().map(|differs| &*differs.number).collect::<Vec<_>>(),
    });
    Pulled { said: Said::Short { told, json }, kept: Vec::new(), attention: None, unkept: None }
}

/// What Microsoft says: live, or from the seats file.
fn microsoft(app: &App, loaded: &Loaded, read: &Sources, to: Option<&Path>) -> Result<Option<Pulled>, Failure> {
    match loaded.settings.microsoft.source {
        MicrosoftSource::Graph => return Ok(Some(pull_microsoft::pull(app, loaded, read, to)?)),
        MicrosoftSource::None => return Ok(None),
        MicrosoftSource::File => {}
    }
    let Some((seats, skipped)) = gather::seats(&loaded.request())? else { return Ok(None) };
    let told = vec![format!("Microsoft: {} of {} as of {}.", count_of(seats.holdings.len(), "holding"), count_of(seats.answered.len(), "tenant"), seats.as_of)];
    let json = json!({ "source": "microsoft", "holdings": seats.holdings.len(), "tenants_in_file": seats.answered.len(), "as_of": seats.as_of, "rows_skipped": skipped });
    Ok(Some(Pulled { said: Said::Short { told, json }, kept: Vec::new(), attention: None, unkept: None }))
}

/// Writes the copies; gives their paths.
pub(super) fn keep(folder: &Path, files: &[(String, String)]) -> Result<Vec<PathBuf>, Failure> {
    let mut kept = Vec::new();
    for (name, content) in files {
        let path = folder.join(name);
        write_file(&path, |out| out.write_all(content.as_bytes()))
            .map_err(|error| Failure::new(Kind::Failed, anyhow::Error::new(error).context(format!("{} cannot be written", path.display()))))?;
        kept.push(path);
    }
    Ok(kept)
}

#[derive(Serialize)]
struct Document<'a> {
    files: Vec<String>,
    schema_version: u32,
    sources: Vec<&'a Said>,
}

fn show(app: &App, args: &PullArgs, pulled: &[Pulled], kept: &[PathBuf]) -> Result<(), Failure> {
    if let Some(folder) = args.to.as_ref().filter(|_| !kept.is_empty()) {
        let has_seats = kept.iter().any(|path| path.ends_with("seats.csv"));
        let but = if has_seats { " seats.csv alone names your customers: it is a seats file to work with." } else { "" };
        let advice = format!("Secrets and names are replaced; look through them all the same before you send them anywhere.{but}");
        let answers = kept.len() - usize::from(has_seats);
        app.output.note(&format!("{} in {}. {advice}", count_of(answers, "raw answer"), folder.display()));
    } else if args.to.is_some() {
        app.output.note("No raw answer was kept: these sources are files already.");
    }
    if app.output.is_json() {
        let sources = pulled.iter().map(|source| &source.said).collect();
        let files = kept.iter().map(|path| path.display().to_string()).collect();
        return Ok(app.output.json(&Document { files, schema_version: 1, sources })?);
    }
    if app.output.is_quiet() {
        return Ok(());
    }
    let write = |out: &mut dyn Write| pulled.iter().try_for_each(|source| source.said.told(app).iter().try_for_each(|line| writeln!(out, "{line}")));
    Ok(app.output.data_with(write)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regression_remedies_ran_over_the_edge_of_the_terminal() {
        let told = "Contoso: no consent: AADSTS65001: the app is not known\n  → have an administrator open https://login.example/adminconsent?client_id=1111, or: cspctl auth microsoft --consent 646f7f53-e9d3-474a-95b1-effb9866db45\n";
        insta::assert_snapshot!(lines(told, 44), @"
        Contoso: no consent: AADSTS65001: the app is
        not known
          → have an administrator open
            https://login.example/adminconsent?client_id=1111,
            or:
            cspctl auth microsoft --consent 646f7f53-e9d3-474a-95b1-effb9866db45
        ");
        assert_eq!(lines(told, usize::MAX), told);
        assert_eq!(lines("Contoso\u{1b}[2J: ok", usize::MAX), "Contoso [2J: ok");
    }
}

//! Reads the configured sources, whatever they are: files through `gather`, the distributor's API
//! through its client. Everything that needs charges comes here.

use std::rc::Rc;
use std::time::Duration;

use jiff::civil::Date;

use crate::app::App;
use crate::config::load::Loaded;
use crate::config::schema::DickerDataSource;
use crate::dickerdata::annuity;
use crate::dickerdata::api::capture::{self, RawAnswer};
use crate::dickerdata::api::convert::{Options, convert};
use crate::dickerdata::api::reading::{self, Scope};
use crate::dickerdata::api::{ApiError, ApiErrorKind, Client, Credentials, Fields, Settings};
use crate::dickerdata::charges_file::{self, Layout};
use crate::domain::period::BillingPeriod;
use crate::domain::sources::Sources;
use crate::exit::{Failure, Kind};
use crate::gather;
use crate::secrets::{Purpose, SecretName};

/// All calls of one reading together: a service that takes longer than this does not answer.
const READING_AT_MOST: Duration = Duration::from_mins(30);

/// What reading is called while it lasts.
pub(crate) fn phase(loaded: &Loaded) -> &'static str {
    match loaded.settings.dickerdata.source {
        DickerDataSource::Api => "Asking the distributor",
        DickerDataSource::Export | DickerDataSource::Capture | DickerDataSource::Csv => "Reading the exports",
    }
}

/// True when there is something to read.
pub(crate) fn is_configured(loaded: &Loaded) -> bool {
    let settings = &loaded.settings.dickerdata;
    match settings.source {
        DickerDataSource::Export => settings.invoice_report.is_some(),
        DickerDataSource::Api => settings.account_code.is_some() || !settings.send_account_code,
        DickerDataSource::Capture => settings.capture.is_some(),
        DickerDataSource::Csv => settings.charges.is_some(),
    }
}

/// Reads every source; `period` is the month that was asked for, so that an older one is read too.
///
/// # Errors
///
/// When a source cannot be read as a whole, or the access code is missing or refused.
pub(crate) fn read(app: &App, loaded: &Loaded, period: Option<BillingPeriod>) -> Result<Sources, Failure> {
    match loaded.settings.dickerdata.source {
        DickerDataSource::Export => Ok(gather::gather(&loaded.request())?),
        DickerDataSource::Api => {
            let scope = scope(app, loaded, period);
            let answers = ask(app, loaded, &scope, false)?.answers;
            of_answers(loaded, &answers, Some(BillingPeriod::containing(scope.from)))
        }
        DickerDataSource::Capture => of_answers(loaded, &captured(loaded)?, None),
        DickerDataSource::Csv => {
            let charges = of_charges_files(loaded)?;
            with_lists(loaded, charges)
        }
    }
}

/// What the API said, and by which way.
pub(crate) struct Asked {
    pub(crate) answers: Vec<RawAnswer>,
    /// Texts that no copy may hold.
    pub(crate) secrets: Vec<String>,
    /// How calls carry the access key: `headers, DD-ApiVersion 1.0`.
    pub(crate) way: String,
}

/// Asks the API; `everything` also reads what only a bug report needs.
pub(crate) fn ask(app: &App, loaded: &Loaded, scope: &Scope, everything: bool) -> Result<Asked, Failure> {
    let client = client(app, loaded)?;
    let fields = fields(loaded);
    let answers = app.block_on(async {
        let reading = async {
            let mut answers = reading::read(&client, scope, &fields).await?;
            if everything {
                answers.extend(reading::read_more(&client, scope).await);
            }
            Ok::<_, ApiError>(answers)
        };
        match tokio::time::timeout(READING_AT_MOST, reading).await {
            Ok(answers) => Ok(answers?),
            Err(_) => {
                Err(Failure::message(Kind::Failed, "the distributor's service did not finish within 30 minutes").hint("read fewer months: dickerdata.months"))
            }
        }
    })?;
    let way = client.way().map(|way| way.describe()).unwrap_or_default();
    app.output.detail(&format!("The distributor's service was called by: {way}"));
    Ok(Asked { answers, secrets: client.secrets(), way })
}

/// The invoices to read: of so many months before the one asked for, and everything since.
pub(crate) fn scope(app: &App, loaded: &Loaded, period: Option<BillingPeriod>) -> Scope {
    let settings = &loaded.settings.dickerdata;
    let today = app.clock.today();
    let this_month = BillingPeriod::containing(today);
    let mut first = period.map_or(this_month, |period| period.min(this_month));
    for _ in 1..settings.months {
        first = first.previous();
    }
    let to: Date = period.map_or(today, |period| period.last_day().max(today));
    Scope { from: first.first_day(), to, date_format: settings.request_date_format.clone(), subscription_types: settings.subscription_types.clone() }
}

/// A client with the stored access code.
pub(crate) fn client(app: &App, loaded: &Loaded) -> Result<Client, Failure> {
    let name = SecretName::new(&app.profile, Purpose::DickerDataAccessCode);
    let secrets = app.secrets(loaded)?;
    let access_code = secrets.get(&name)?.ok_or_else(|| {
        Failure::message(Kind::SignIn, "there is no access code for the distributor's service")
            .hint("cspctl auth dickerdata --account-code CODE")
            .hint("without a terminal: the access code in CSPCTL_DICKERDATA_ACCESS_CODE")
    })?;
    client_with(app, loaded, access_code, loaded.settings.dickerdata.account_code.clone())
}

/// A client with an access code that may not be stored yet.
pub(crate) fn client_with(app: &App, loaded: &Loaded, access_code: secrecy::SecretString, account_code: Option<String>) -> Result<Client, Failure> {
    let dickerdata = &loaded.settings.dickerdata;
    let settings = Settings {
        base: loaded.settings.endpoints.dickerdata.clone(),
        convention: dickerdata.convention,
        api_version: dickerdata.api_version.clone(),
        page_size: dickerdata.page_size,
        pages_at_most: dickerdata.pages_at_most,
        requests_per_minute: dickerdata.requests_per_minute,
    };
    let credentials = Credentials { access_code, account_code: account_code.filter(|_| dickerdata.send_account_code) };
    let clock = app.clock;
    Ok(Client::new(Rc::clone(&app.transport(loaded)?), settings, credentials, Box::new(move || clock.now())))
}

fn fields(loaded: &Loaded) -> Fields {
    Fields::new(loaded.settings.dickerdata.fields.clone())
}

/// The saved answers.
pub(crate) fn captured(loaded: &Loaded) -> Result<Vec<RawAnswer>, Failure> {
    let folder = loaded.settings.dickerdata.capture.as_deref().unwrap_or_default();
    Ok(capture::read(&loaded.resolve(folder))?)
}

/// From answers to the sources of a plan, with the files that go along.
pub(crate) fn of_answers(loaded: &Loaded, answers: &[RawAnswer], asked_from: Option<BillingPeriod>) -> Result<Sources, Failure> {
    let settings = &loaded.settings;
    let listed = annuity_files(loaded)?;
    let fields = fields(loaded);
    let options = Options { fields: &fields, gst_percent: settings.msp.country.gst_percent(), invoice_date: settings.dickerdata.invoice_date, asked_from };
    let mut sources = convert(answers, &options, listed.lines)?;
    sources.skipped_elsewhere.extend(listed.skipped);
    sources.repeated.extend(listed.repeated);
    with_seats(loaded, sources)
}

fn of_charges_files(loaded: &Loaded) -> Result<Sources, Failure> {
    let settings = &loaded.settings.dickerdata;
    let paths = gather::files(&loaded.folder, settings.charges.as_deref().unwrap_or_default(), "dickerdata.charges")?;
    let layout = Layout {
        columns: settings.columns.clone(),
        date_format: settings.date_format.clone(),
        is_negated: settings.is_negated,
        currency: settings.currency.clone(),
        invoice_date: settings.invoice_date,
    };
    Ok(charges_file::read(&paths, &layout)?)
}

fn annuity_files(loaded: &Loaded) -> Result<annuity::Annuity, Failure> {
    let Some(pattern) = loaded.settings.dickerdata.annuity.as_deref() else { return Ok(annuity::Annuity::default()) };
    Ok(annuity::read(&gather::files(&loaded.folder, pattern, "dickerdata.annuity")?)?)
}

/// The annuity list and the seats beside charges from files.
fn with_lists(loaded: &Loaded, mut sources: Sources) -> Result<Sources, Failure> {
    let listed = annuity_files(loaded)?;
    sources.has_annuity = loaded.settings.dickerdata.annuity.is_some();
    sources.annuity = listed.lines;
    sources.skipped_elsewhere.extend(listed.skipped);
    sources.repeated.extend(listed.repeated);
    with_seats(loaded, sources)
}

fn with_seats(loaded: &Loaded, mut sources: Sources) -> Result<Sources, Failure> {
    gather::add_microsoft_files(&loaded.request(), &mut sources)?;
    Ok(sources)
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let kind = match error.kind {
            ApiErrorKind::SignIn => Kind::SignIn,
            ApiErrorKind::Busy => Kind::Busy,
            ApiErrorKind::Failed => Kind::Failed,
        };
        Self { kind, source: anyhow::Error::msg(error.message), hints: error.hints }
    }
}

//! From the command line and the environment to loaded settings with their paths and policy.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::paths;
use super::problem::{Position, Problem, Problems};
use super::schema::{DickerData, DickerDataSource, Due, MicrosoftSource, PostTo, Settings};
use super::sections;
use crate::app::App;
use crate::dickerdata::charges_file::Column;
use crate::domain::policy::{DueRule, ImportLabels, Policy};
use crate::exit::{Failure, Kind};
use crate::gather::Request;

/// A configuration file is never larger than this; a larger one is something else.
const BYTES_AT_MOST: u64 = 4 * 1024 * 1024;

/// The rows of one import file, and so of one document in it (`rules.md` 28).
const IMPORT_ROWS_AT_MOST: usize = 500;

/// Loaded settings, and where they came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Every setting.
    pub settings: Settings,
    /// `config.toml` as it was found.
    pub file: PathBuf,
    /// Its folder: relative paths start here.
    pub folder: PathBuf,
    ledger_file: PathBuf,
    origins: BTreeMap<String, Position>,
    /// Where findings of a sign-in are written while `cspctl init` has not written `file` yet.
    pub(super) completed: Option<PathBuf>,
}

/// Loads the configuration for a command that reads sources or makes documents.
///
/// # Errors
///
/// Kind `Configuration` for anything wrong: a missing file, TOML that cannot be read, unknown keys,
/// bad values, and values that this release does not offer; each with file, line and column.
pub fn load(app: &App) -> Result<Loaded, Failure> {
    let loaded = read(app)?;
    check_usable(&loaded)?;
    Ok(loaded)
}

/// Loads the configuration without asking whether it is complete enough to run with.
///
/// # Errors
///
/// As [`load`], but for values that are missing or not offered.
pub fn read(app: &App) -> Result<Loaded, Failure> {
    let file = file(app)?;
    let text = read_text(&file).map_err(|error| match error {
        Unreadable::Missing => missing(&file, app),
        Unreadable::Other(problems) => problems.into(),
    })?;
    of_text(app, &file, &text)
}

/// The configuration file of this run, whether it is there or not.
///
/// # Errors
///
/// Kind `Configuration` when no home folder is known or the profile has an impossible name.
pub fn file(app: &App) -> Result<PathBuf, Failure> {
    let configuration = |error: paths::NoFolder| Failure::new(Kind::Configuration, error);
    paths::check_profile(&app.profile).map_err(configuration)?;
    match &app.config_file {
        Some(file) => Ok(file.clone()),
        None => Ok(paths::config_folder(&app.environment, &app.profile).map_err(configuration)?.join("config.toml")),
    }
}

/// The settings of a text that is, or will be, in `file`.
///
/// # Errors
///
/// As [`read`].
pub fn of_text(app: &App, file: &Path, text: &str) -> Result<Loaded, Failure> {
    let read = sections::read(file, text)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    let ledger_file = match &read.settings.ledger.path {
        Some(path) => folder.join(path),
        None => paths::state_folder(&app.environment, &app.profile).map_err(|error| Failure::new(Kind::Configuration, error))?.join("ledger.db"),
    };
    Ok(Loaded { settings: read.settings, file: file.to_owned(), folder, ledger_file, origins: read.origins, completed: None })
}

/// The settings in a text that is about to become a configuration file.
///
/// # Errors
///
/// As [`read`].
pub fn settings_of(file: &Path, text: &str) -> Result<Settings, Failure> {
    Ok(sections::read(file, text)?.settings)
}

fn missing(file: &Path, app: &App) -> Failure {
    let failure = Failure::message(Kind::Configuration, format!("there is no configuration file {}", file.display()));
    if app.config_file.is_some() {
        return failure.hint("check the path given with --config or CSPCTL_CONFIG");
    }
    let failure = failure.hint("cspctl init makes it, step by step; or copy config.example.toml there, or pass --config FILE");
    if app.profile == paths::DEFAULT_PROFILE {
        failure
    } else {
        failure.hint(format!("this is the file of profile `{}`; --profile chooses another", app.profile))
    }
}

/// Why a text file cannot be had.
pub(super) enum Unreadable {
    Missing,
    Other(Problems),
}

/// The text of a file that people write: UTF-8, of a sensible size.
pub(super) fn read_text(file: &Path) -> Result<String, Unreadable> {
    use std::io::Read as _;
    let whole = |message: String| Unreadable::Other(Problems::whole(file, message));
    let open = std::fs::File::open(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Unreadable::Missing,
        _ => whole(format!("cannot be opened: {error}")),
    })?;
    let mut bytes = Vec::new();
    open.take(BYTES_AT_MOST + 1).read_to_end(&mut bytes).map_err(|error| whole(format!("cannot be read: {error}")))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > BYTES_AT_MOST {
        return Err(whole("is larger than 4 MiB, which is no settings file".to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|_| whole("is not UTF-8 text; save it again as UTF-8".to_owned()))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// What this release cannot do yet, or cannot do without: the one place to lift.
fn check_usable(loaded: &Loaded) -> Result<(), Problems> {
    let settings = &loaded.settings;
    let mut list = Vec::new();
    let mut refuse = |key: &str, message: &str| {
        let position = loaded.origins.get(key).or_else(|| loaded.origins.get(key.split('.').next().unwrap_or(key))).copied();
        list.push(Problem { position, message: message.to_owned() });
    };
    if settings.microsoft.source == MicrosoftSource::Graph && settings.microsoft.client_id.is_none() {
        refuse("microsoft.source", "`microsoft.source = \"graph\"` needs `microsoft.client_id`: register an app as docs/microsoft-app.md shows");
    }
    if settings.xero.post_to == PostTo::Csv && settings.billing.attach_source {
        refuse("billing.attach_source", "`billing.attach_source` needs `xero.post_to = \"xero\"`: an import file has no attachments; write false");
    }
    if settings.xero.post_to == PostTo::Xero && settings.xero.contact_id.is_none() {
        refuse("xero.contact_id", "`xero.contact_id` is missing: the id of the distributor's contact in Xero, which the bill goes to");
    }
    if settings.billing.rounding_line {
        refuse("billing.rounding_line", "`billing.rounding_line` is not available in this release: a difference of cents in the tax is a finding; write false");
    }
    if settings.ledger.postgres.is_some() {
        refuse("ledger.postgres", "`ledger.postgres` is not available in this release; leave it empty and use `ledger.path`");
    }
    if !settings.access.allowed_users.is_empty() && settings.microsoft.client_id.is_none() {
        // Nobody could ever pass it: who is signed in is asked of Microsoft.
        refuse("access.allowed_users", "`access.allowed_users` needs `microsoft.client_id`: register an app as docs/microsoft-app.md shows, or leave it empty");
    }
    if let Some((key, message)) = missing_source(&settings.dickerdata) {
        refuse(key, message);
    }
    list.sort_by_key(|problem| problem.position);
    if list.is_empty() { Ok(()) } else { Err(Problems { file: loaded.file.clone(), list }) }
}

/// What the chosen source of charges cannot do without.
fn missing_source(dickerdata: &DickerData) -> Option<(&'static str, &'static str)> {
    let has_column = |column| dickerdata.columns.contains_key(&column);
    match dickerdata.source {
        DickerDataSource::Export if dickerdata.invoice_report.is_none() => Some((
            "dickerdata.invoice_report",
            "`dickerdata.invoice_report` is missing: the path or glob of the CSP Invoice Report, such as \"exports/invoice*.xlsx\"",
        )),
        DickerDataSource::Api if dickerdata.send_account_code && dickerdata.account_code.is_none() => Some((
            "dickerdata.account_code",
            "`dickerdata.account_code` is missing; `cspctl auth dickerdata --account-code CODE` writes it, or set `send_account_code = false`",
        )),
        DickerDataSource::Capture if dickerdata.capture.is_none() => {
            Some(("dickerdata.capture", "`dickerdata.capture` is missing: the folder of answers that `cspctl pull --to DIR` wrote"))
        }
        DickerDataSource::Csv if dickerdata.charges.is_none() => {
            Some(("dickerdata.charges", "`dickerdata.charges` is missing: the path or glob of the distributor's charges, such as \"charges/*.csv\""))
        }
        DickerDataSource::Csv => {
            let needed = [Column::StockCode, Column::UsageStart, Column::UsageEnd, Column::Quantity];
            let is_complete = needed.into_iter().all(has_column) && (has_column(Column::UnitPrice) || has_column(Column::Amount));
            let message = "`dickerdata.columns` must name the headings of `stock_code`, `usage_start`, `usage_end`, `quantity`, and `unit_price` or `amount`";
            (!is_complete).then_some(("dickerdata.columns", message))
        }
        _ => None,
    }
}

impl Loaded {
    /// The file that takes what a sign-in finds out: `config.toml`, or the answers to a set-up that goes on.
    #[must_use]
    pub fn completed_file(&self) -> &Path {
        self.completed.as_deref().unwrap_or(&self.file)
    }

    /// True while a set-up goes on, which tells itself what it writes.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.completed.is_some()
    }

    /// What would keep a command that reads sources or makes documents from running with these settings.
    ///
    /// # Errors
    ///
    /// Kind `Configuration`, as [`load`].
    pub fn check_usable(&self) -> Result<(), Failure> {
        Ok(check_usable(self)?)
    }

    /// A path of the configuration: relative ones start at the configuration's folder.
    #[must_use]
    pub fn resolve(&self, path: &str) -> PathBuf {
        // Put together again from its parts, so that Windows shows one kind of slash.
        self.folder.join(path).components().collect()
    }

    /// `mapping.toml`, beside `config.toml`.
    #[must_use]
    pub fn mapping_file(&self) -> PathBuf {
        self.folder.join("mapping.toml")
    }

    /// The ledger's database: `ledger.path`, else in the platform's state folder, one a profile.
    #[must_use]
    pub fn ledger_file(&self) -> PathBuf {
        self.ledger_file.clone()
    }

    /// Where Xero's import files go.
    #[must_use]
    pub fn csv_folder(&self) -> PathBuf {
        self.resolve(&self.settings.xero.csv_dir)
    }

    /// Where reports go.
    #[must_use]
    pub fn report_folder(&self) -> PathBuf {
        self.resolve(&self.settings.report.dir)
    }

    /// `msp.name`, or nothing.
    #[must_use]
    pub fn msp_name(&self) -> &str {
        self.settings.msp.name.as_deref().unwrap_or_default()
    }

    /// What to read.
    #[must_use]
    pub fn request(&self) -> Request<'_> {
        let settings = &self.settings;
        Request {
            folder: &self.folder,
            invoice_report: settings.dickerdata.invoice_report.as_deref().unwrap_or_default(),
            annuity: settings.dickerdata.annuity.as_deref(),
            seats: (settings.microsoft.source == MicrosoftSource::File).then_some(settings.microsoft.file.as_str()),
            offer_matrix: settings.microsoft.offer_matrix.as_deref().filter(|_| settings.microsoft.source != MicrosoftSource::None),
            invoice_date: settings.dickerdata.invoice_date,
        }
    }

    /// The settings that decide cents and documents.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let Settings { xero, billing, pricing, msp, .. } = &self.settings;
        let text = |text: &str| Arc::<str>::from(text);
        Policy {
            bill_per: billing.bill_per,
            distributor_contact_id: xero.contact_id,
            distributor_name: text(&xero.contact_name),
            expense_account: text(&xero.expense_account),
            revenue_account: text(&xero.revenue_account),
            needs_contact_id: xero.post_to == PostTo::Xero,
            currency: text(msp.country.currency()),
            status: billing.status,
            due: match billing.due {
                Due::Rule(rule) => rule,
                Due::Contact => DueRule::DaysAfter(20),
            },
            due_by_contact: billing.due == Due::Contact,
            number_prefix: text(&billing.number_prefix),
            proration: billing.proration,
            description: text(&billing.description),
            default_price: pricing.default.clone(),
            margin_floor_percent: pricing.margin_floor_percent,
            lines_at_most: (xero.post_to == PostTo::Csv).then_some(IMPORT_ROWS_AT_MOST),
            renewal_days: i64::from(billing.renewal_days),
        }
    }

    /// What the rows of import files carry: tax types by country unless configured, tracking, branding.
    #[must_use]
    pub fn labels(&self) -> ImportLabels {
        let mut labels = ImportLabels::of_country(self.settings.msp.country.code());
        let (xero, billing) = (&self.settings.xero, &self.settings.billing);
        let tracking: Vec<(String, String)> = billing.tracking.iter().map(|(category, option)| (category.clone(), option.clone())).collect();
        for (side, tax_type) in [(&mut labels.sales, &xero.sales_tax_type), (&mut labels.purchases, &xero.purchases_tax_type)] {
            side.tracking.clone_from(&tracking);
            if let Some(tax_type) = tax_type {
                side.tax_type.clone_from(tax_type);
            }
        }
        labels.sales.branding_theme.clone_from(&billing.branding_theme);
        labels
    }
}

#[cfg(test)]
mod tests;

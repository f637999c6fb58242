//! `[dickerdata]`: where charges come from, and how a service or a file that nobody documented is read.

use std::collections::BTreeMap;

use jiff::civil::Date;
use toml::de::DeValue;

use super::reader::{Reader, describe};
use crate::dickerdata::api::conventions::{ApiVersion, VERSION_AUTO};
use crate::dickerdata::api::{Convention, Field};
use crate::dickerdata::charges_file::Column;
use crate::domain::suggest::instead;

/// Where charges come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DickerDataSource {
    /// The API.
    Api,
    /// Answers of the API that were saved by `pull --to`.
    Capture,
    /// Charges of any distributor, by a map of columns.
    Csv,
    /// Files exported from the portal.
    #[default]
    Export,
}

/// `[dickerdata]`.
#[derive(Clone, Debug, PartialEq)]
pub struct DickerData {
    /// Where charges come from.
    pub source: DickerDataSource,
    /// The distributor's name, for people.
    pub name: String,
    /// The account number at the distributor.
    pub account_code: Option<String>,
    /// CSP Invoice Report: a path or glob.
    pub invoice_report: Option<String>,
    /// Annuity Information: a path or glob.
    pub annuity: Option<String>,
    /// The invoice date of rows that state none.
    pub invoice_date: Option<Date>,
    /// How a call carries its access key.
    pub convention: Convention,
    /// `DD-ApiVersion`, or `auto`.
    pub api_version: String,
    /// Send the account code when asking for an access key.
    pub send_account_code: bool,
    /// How dates are written in requests.
    pub request_date_format: String,
    /// Kinds of subscriptions to read.
    pub subscription_types: Vec<String>,
    /// Months whose invoices are read, the newest included.
    pub months: u32,
    /// Rows a page to ask for; 0 leaves it to the service.
    pub page_size: u32,
    /// Pages of one answer at most.
    pub pages_at_most: u32,
    /// Requests a minute.
    pub requests_per_minute: u32,
    /// Names of fields in the answers.
    pub fields: BTreeMap<Field, String>,
    /// Folder of saved answers, for `source = "capture"`.
    pub capture: Option<String>,
    /// Charges of any distributor: a path or glob, for `source = "csv"`.
    pub charges: Option<String>,
    /// Headings of their columns.
    pub columns: BTreeMap<Column, String>,
    /// How their dates are written; the spellings of the exports when absent.
    pub date_format: Option<String>,
    /// True when what is charged has a minus in them.
    pub is_negated: bool,
    /// Their currency, when no column says it.
    pub currency: Option<String>,
}

impl Default for DickerData {
    fn default() -> Self {
        Self {
            source: DickerDataSource::Export,
            name: "Dicker Data".to_owned(),
            account_code: None,
            invoice_report: None,
            annuity: None,
            invoice_date: None,
            convention: Convention::Auto,
            api_version: VERSION_AUTO.to_owned(),
            send_account_code: true,
            request_date_format: "%Y-%m-%d".to_owned(),
            subscription_types: vec!["CSP".to_owned()],
            months: 3,
            page_size: 0,
            pages_at_most: 500,
            requests_per_minute: 240,
            fields: BTreeMap::new(),
            capture: None,
            charges: None,
            columns: BTreeMap::new(),
            date_format: None,
            is_negated: false,
            currency: None,
        }
    }
}

/// Reads the section.
pub(super) fn read(reader: Reader<'_, '_>, known: &mut Vec<String>) -> DickerData {
    let default = DickerData::default();
    let sources =
        [("export", DickerDataSource::Export), ("api", DickerDataSource::Api), ("capture", DickerDataSource::Capture), ("csv", DickerDataSource::Csv)];
    let count = |key: &'static str, range, default: u32| reader.integer(key, range).and_then(|number| u32::try_from(number).ok()).unwrap_or(default);
    let dickerdata = DickerData {
        source: reader.choice("source", &sources).unwrap_or_default(),
        name: reader.text("name").unwrap_or(default.name),
        account_code: reader.text("account_code"),
        invoice_report: reader.text("invoice_report"),
        annuity: reader.text("annuity"),
        invoice_date: reader.date("invoice_date"),
        convention: reader.choice("convention", &Convention::WORDS).unwrap_or_default(),
        api_version: reader.parsed("api_version").map_or(default.api_version, |ApiVersion(version)| version),
        send_account_code: reader.flag("send_account_code").unwrap_or(default.send_account_code),
        request_date_format: date_format(&reader, "request_date_format").unwrap_or(default.request_date_format),
        subscription_types: reader.texts("subscription_types").unwrap_or(default.subscription_types),
        months: count("months", 1..=36, default.months),
        page_size: count("page_size", 0..=100_000, default.page_size),
        pages_at_most: count("pages_at_most", 1..=10_000, default.pages_at_most),
        requests_per_minute: count("requests_per_minute", 1..=10_000, default.requests_per_minute),
        fields: names(&reader, "fields", &Field::ALL.iter().map(|field| (field.as_str(), *field)).collect::<Vec<_>>()),
        capture: reader.text("capture"),
        charges: reader.text("charges"),
        columns: names(&reader, "columns", &Column::ALL.iter().map(|column| (column.as_str(), *column)).collect::<Vec<_>>()),
        date_format: date_format(&reader, "date_format"),
        is_negated: reader.choice("sign", &[("positive", false), ("negative", true)]).unwrap_or_default(),
        currency: reader.text("currency"),
    };
    known.extend(reader.finish());
    dickerdata
}

/// A form of dates that reads back what it writes.
fn date_format(reader: &Reader<'_, '_>, key: &'static str) -> Option<String> {
    let format = reader.text(key)?;
    let day = Date::constant(2026, 11, 30);
    let is_usable = jiff::fmt::strtime::format(&format, day).is_ok_and(|text| Date::strptime(&format, text).is_ok_and(|read| read == day));
    if !is_usable {
        reader.problem(reader.place_of(key), format!("`dickerdata.{key}`: `{format}` is not a form of dates such as \"%Y-%m-%d\" or \"%d/%m/%Y\""));
        return None;
    }
    Some(format)
}

/// A table from our names to theirs; our names are known, theirs are not.
fn names<T: Copy + Ord>(reader: &Reader<'_, '_>, key: &'static str, ours: &[(&'static str, T)]) -> BTreeMap<T, String> {
    let mut names = BTreeMap::new();
    for (name, theirs, at) in reader.free_table(key).unwrap_or_default() {
        let our = ours.iter().find(|(our, _)| *our == name).map(|(_, value)| *value);
        match (our, theirs) {
            (Some(our), DeValue::String(theirs)) if !theirs.trim().is_empty() => drop(names.insert(our, theirs.trim().to_owned())),
            (Some(_), DeValue::String(_)) => {}
            (Some(_), other) => reader.problem(at, format!("`dickerdata.{key}.{name}` wants a name in quotes, this is {}", describe(other))),
            (None, _) => {
                let known: Vec<&str> = ours.iter().map(|(our, _)| *our).collect();
                reader.problem(at, format!("unknown key `dickerdata.{key}.{name}`; {}", instead(&name, &known)));
            }
        }
    }
    names
}

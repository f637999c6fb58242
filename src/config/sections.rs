//! From the text of `config.toml` to [`Settings`], noting every problem with its place.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::DeValue;

use super::dickerdata;
use super::notify;
use super::problem::{Position, Problems};
use super::reader::{Notes, Reader, describe, parse};
use super::schema::{
    Access, BillingSettings, Country, Due, Endpoints, InvoiceNumbers, Ledger, Microsoft, MicrosoftSource, Msp, Network, PostTo, Pricing, Report, ReportLines,
    Secrets, SecretsStore, Settings, Xero, XeroApp,
};
use super::value::{Address, Description, DueText, NumberPrefix, Percent};
use crate::domain::document::Status;
use crate::domain::policy::{BillPer, Proration};
use crate::domain::pricing::PriceRule;

/// What was read: the settings, where each value stands, and every key that is known.
pub(super) struct Read {
    pub(super) settings: Settings,
    pub(super) origins: BTreeMap<String, Position>,
    /// `billing.status` and its kin; only the example's test looks at them.
    #[cfg_attr(not(test), expect(dead_code, reason = "proves that config.example.toml shows every key"))]
    pub(super) known: Vec<String>,
}

/// Reads and checks the text of a configuration file.
pub(super) fn read(file: &Path, text: &str) -> Result<Read, Problems> {
    let document = parse(file, text)?;
    let notes = Notes::new(text);
    let top = Reader::top(&notes, &document);
    if top.integer("version", 1..=i64::MAX).is_some_and(|version| version != 1) {
        top.problem(top.place_of("version"), "this release reads version = 1; a newer cspctl wrote this file");
    }
    let mut known = Vec::new();
    let settings = Settings {
        msp: msp(top.section("msp"), &mut known),
        microsoft: microsoft(top.section("microsoft"), &mut known),
        dickerdata: dickerdata::read(top.section("dickerdata"), &mut known),
        xero: xero(top.section("xero"), &mut known),
        billing: billing(top.section("billing"), &mut known),
        pricing: pricing(top.section("pricing"), &mut known),
        report: report(top.section("report"), &mut known),
        secrets: secrets(top.section("secrets"), &mut known),
        access: access(top.section("access"), &mut known),
        notify: notify::read(top.section("notify"), &mut known),
        ledger: ledger(top.section("ledger"), &mut known),
        network: network(top.section("network"), &mut known),
        endpoints: endpoints(top.section("endpoints"), &mut known),
    };
    check_together(&top, &settings);
    known.extend(top.finish());
    let origins = notes.finish(file)?.into_iter().map(|(key, at)| (key, Position::of(text, at))).collect();
    Ok(Read { settings, origins, known })
}

/// Values that are fine alone and wrong together.
fn check_together(top: &Reader<'_, '_>, settings: &Settings) {
    let billing = top.section("billing");
    if settings.xero.post_to == PostTo::Csv {
        if settings.billing.due == Due::Contact {
            let message =
                "`billing.due = \"contact\"` needs Xero, because import files cannot ask for a contact's terms; write \"20 days\" or \"20 of following month\"";
            top.problem(billing.place_of("due"), message);
        }
        if settings.billing.invoice_numbers == InvoiceNumbers::Xero {
            let message = "`billing.invoice_numbers = \"xero\"` needs `xero.post_to = \"xero\"`: an import file must carry its numbers; write \"cspctl\"";
            top.problem(billing.place_of("invoice_numbers"), message);
        }
    }
    let secrets = top.section("secrets");
    if settings.secrets.store == SecretsStore::Command && settings.secrets.command.is_empty() {
        top.problem(secrets.place_of("store"), "`secrets.store = \"command\"` needs `secrets.command = [\"program\", \"argument\"]`");
    }
    if settings.secrets.store == SecretsStore::File && settings.secrets.file.is_none() {
        top.problem(secrets.place_of("store"), "`secrets.store = \"file\"` needs `secrets.file = \"path\"`");
    }
}

fn msp(reader: Reader<'_, '_>, known: &mut Vec<String>) -> Msp {
    let msp = Msp {
        name: reader.text("name"),
        tenant_id: reader.parsed("tenant_id"),
        country: reader.choice("country", &[Country::Australia, Country::NewZealand].map(|country| (country.code(), country))).unwrap_or_default(),
        mpn_id: reader.text("mpn_id"),
    };
    known.extend(reader.finish());
    msp
}

fn microsoft(reader: Reader<'_, '_>, known: &mut Vec<String>) -> Microsoft {
    let sources = [("graph", MicrosoftSource::Graph), ("file", MicrosoftSource::File), ("none", MicrosoftSource::None)];
    let microsoft = Microsoft {
        client_id: reader.text("client_id"),
        certificate: reader.text("certificate"),
        certificate_key: reader.text("certificate_key"),
        source: reader.choice("source", &sources).unwrap_or_default(),
        file: reader.text("file").unwrap_or(Microsoft::default().file),
        offer_matrix: reader.text("offer_matrix"),
    };
    known.extend(reader.finish());
    microsoft
}

fn xero(reader: Reader<'_, '_>, known: &mut Vec<String>) -> Xero {
    let default = Xero::default();
    let apps = [("pkce", XeroApp::Pkce), ("web", XeroApp::Web), ("custom", XeroApp::Custom)];
    let xero = Xero {
        app: reader.choice("app", &apps).unwrap_or_default(),
        client_id: reader.text("client_id"),
        redirect_port: reader.integer("redirect_port", 1..=65_535).and_then(|port| u16::try_from(port).ok()).unwrap_or(default.redirect_port),
        scopes: reader.texts("scopes").unwrap_or(default.scopes),
        organisation_id: reader.text("organisation_id"),
        post_to: reader.choice("post_to", &[("xero", PostTo::Xero), ("csv", PostTo::Csv)]).unwrap_or_default(),
        csv_dir: reader.text("csv_dir").unwrap_or(default.csv_dir),
        contact_id: reader.parsed("contact_id"),
        contact_name: reader.text("contact_name").unwrap_or(default.contact_name),
        expense_account: reader.text("expense_account").unwrap_or(default.expense_account),
        revenue_account: reader.text("revenue_account").unwrap_or(default.revenue_account),
        sales_tax_type: reader.text("sales_tax_type"),
        purchases_tax_type: reader.text("purchases_tax_type"),
    };
    known.extend(reader.finish());
    xero
}

fn billing(reader: Reader<'_, '_>, known: &mut Vec<String>) -> BillingSettings {
    let default = BillingSettings::default();
    let statuses = [("draft", Status::Draft), ("submitted", Status::Submitted), ("authorised", Status::Authorised)];
    let billing = BillingSettings {
        bill_per: reader.choice("bill_per", &[("period", BillPer::Period), ("invoice", BillPer::Invoice)]).unwrap_or_default(),
        status: reader.choice("status", &statuses).unwrap_or_default(),
        due: reader.parsed("due").map_or(default.due, |DueText(due)| due),
        invoice_numbers: reader.choice("invoice_numbers", &[("cspctl", InvoiceNumbers::Cspctl), ("xero", InvoiceNumbers::Xero)]).unwrap_or_default(),
        number_prefix: reader.parsed("number_prefix").map_or(default.number_prefix, |NumberPrefix(prefix)| prefix),
        proration: reader.choice("proration", &[("days", Proration::Days), ("price-ratio", Proration::PriceRatio)]).unwrap_or_default(),
        description: reader.parsed("description").map_or(default.description, |Description(template)| template),
        tracking: tracking(&reader),
        branding_theme: reader.text("branding_theme"),
        attach_source: reader.flag("attach_source").unwrap_or(default.attach_source),
        rounding_line: reader.flag("rounding_line").unwrap_or(default.rounding_line),
        renewal_days: reader.integer("renewal_days", 0..=366).and_then(|days| u32::try_from(days).ok()).unwrap_or(default.renewal_days),
    };
    known.extend(reader.finish());
    billing
}

fn tracking(reader: &Reader<'_, '_>) -> BTreeMap<String, String> {
    let mut tracking = BTreeMap::new();
    for (category, option, at) in reader.free_table("tracking").unwrap_or_default() {
        match option {
            DeValue::String(option) => drop(tracking.insert(category, option.trim().to_owned())),
            other => reader.problem(at, format!("`billing.tracking` wants category = \"option\", this is {}", describe(other))),
        }
    }
    if tracking.len() > 2 {
        reader.problem(reader.place_of("tracking"), "Xero has at most two tracking categories");
    }
    tracking
}

fn pricing(reader: Reader<'_, '_>, known: &mut Vec<String>) -> Pricing {
    let default = Pricing::default();
    let rule = reader.parsed::<PriceRule>("default");
    if matches!(rule, Some(PriceRule::Fixed(_))) {
        reader.problem(reader.place_of("default"), "`pricing.default` cannot be one price for everything; write \"rrp\", \"cost+15%\", \"item\" or \"none\"");
    }
    let pricing = Pricing {
        default: rule.unwrap_or(default.default),
        margin_floor_percent: reader.parsed("margin_floor").map_or(default.margin_floor_percent, |Percent(percent)| percent),
    };
    known.extend(reader.finish());
    pricing
}

fn report(reader: Reader<'_, '_>, known: &mut Vec<String>) -> Report {
    let default = Report::default();
    let lines = [("csv", ReportLines::Csv), ("none", ReportLines::None)];
    let report = Report {
        dir: reader.text("dir").unwrap_or(default.dir),
        html: reader.flag("html").unwrap_or(default.html),
        lines: reader.choice("lines", &lines).unwrap_or_default(),
    };
    known.extend(reader.finish());
    report
}

fn secrets(reader: Reader<'_, '_>, known: &mut Vec<String>) -> Secrets {
    let stores = [("keyring", SecretsStore::Keyring), ("command", SecretsStore::Command), ("file", SecretsStore::File)];
    let secrets =
        Secrets { store: reader.choice("store", &stores).unwrap_or_default(), command: reader.texts("command").unwrap_or_default(), file: reader.text("file") };
    known.extend(reader.finish());
    secrets
}

fn access(reader: Reader<'_, '_>, known: &mut Vec<String>) -> Access {
    let access = Access { allowed_users: reader.texts("allowed_users").unwrap_or_default() };
    known.extend(reader.finish());
    access
}

fn ledger(reader: Reader<'_, '_>, known: &mut Vec<String>) -> Ledger {
    let ledger = Ledger { path: reader.text("path"), postgres: reader.text("postgres") };
    known.extend(reader.finish());
    ledger
}

fn network(reader: Reader<'_, '_>, known: &mut Vec<String>) -> Network {
    let network = Network {
        ca_cert: reader.text("ca_cert"),
        timeout_seconds: reader
            .integer("timeout_seconds", 1..=3_600)
            .and_then(|seconds| u32::try_from(seconds).ok())
            .unwrap_or(Network::default().timeout_seconds),
    };
    known.extend(reader.finish());
    network
}

fn endpoints(reader: Reader<'_, '_>, known: &mut Vec<String>) -> Endpoints {
    let default = Endpoints::default();
    let origin = |key: &'static str, default: String| reader.parsed(key).map_or(default, |Address::<false>(address)| address);
    let endpoints = Endpoints {
        microsoft_login: origin("microsoft_login", default.microsoft_login),
        graph: origin("graph", default.graph),
        partner_center: origin("partner_center", default.partner_center),
        dickerdata: reader.parsed("dickerdata").map_or(default.dickerdata, |Address::<true>(address)| address),
        xero_login: origin("xero_login", default.xero_login),
        xero_identity: origin("xero_identity", default.xero_identity),
        xero_api: origin("xero_api", default.xero_api),
    };
    known.extend(reader.finish());
    endpoints
}

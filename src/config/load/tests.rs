use super::*;
use crate::app::Clock;
use crate::config::schema::Country;
use crate::domain::ids::TenantId;
use crate::domain::policy::BillPer;
use crate::ui::output::{Look, Output};

const EXAMPLE: &str = include_str!("../../../config.example.toml");

fn settings(text: &str) -> Result<Settings, String> {
    sections::read(Path::new("config.toml"), text).map(|read| read.settings).map_err(|problems| problems.to_string())
}

fn app(folder: &Path, config: Option<&str>) -> App {
    let place = folder.display().to_string();
    let names = ["HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "APPDATA", "LOCALAPPDATA"];
    let app = App {
        output: Output::new(Look::default(), Box::new(std::io::sink()), Box::new(std::io::sink())),
        environment: names.into_iter().map(|name| (name.to_owned(), place.clone())).collect(),
        clock: Clock::Fixed(jiff::Timestamp::UNIX_EPOCH),
        config_file: Some(folder.join("config.toml")),
        profile: "default".to_owned(),
        may_prompt: false,
        replaced: crate::app::Replaced::default(),
    };
    if let Some(text) = config {
        std::fs::write(folder.join("config.toml"), text).unwrap();
    }
    app
}

fn failure(text: &str) -> Failure {
    let folder = tempfile::tempdir().unwrap();
    load(&app(folder.path(), Some(text))).unwrap_err()
}

#[test]
fn the_example_is_the_defaults_and_shows_every_key() {
    let read = sections::read(Path::new("config.example.toml"), EXAMPLE).unwrap();
    assert_eq!(read.settings, Settings::default());
    let missing: Vec<&String> = read.known.iter().filter(|key| !read.origins.contains_key(*key)).collect();
    assert!(missing.is_empty(), "config.example.toml does not show {missing:?}");
    assert_eq!(settings("").unwrap(), Settings::default(), "an empty file is the defaults too");
}

#[test]
fn the_defaults_are_the_published_ones() {
    let loaded = loaded("[dickerdata]\ninvoice_report = \"i.csv\"\n");
    let policy = loaded.policy();
    assert_eq!((&*policy.expense_account, &*policy.revenue_account, &*policy.distributor_name), ("310", "200", "Dicker Data"));
    assert_eq!((&*policy.currency, &*policy.number_prefix, policy.bill_per), ("AUD", "CSP", BillPer::Period));
    assert_eq!((policy.needs_contact_id, policy.lines_at_most, policy.renewal_days), (false, Some(500), 30));
    assert_eq!(policy.default_price.to_string(), "rrp");
    assert_eq!(policy.due, DueRule::DaysAfter(20));
    let labels = loaded.labels();
    assert_eq!([labels.sales.tax_type.as_str(), labels.purchases.tax_type.as_str()], ["GST on Income", "GST on Expenses"]);
}

fn loaded(text: &str) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    load(&app(folder.path(), Some(text))).unwrap()
}

#[test]
fn rule_20_new_zealand_has_its_currency_and_tax_types() {
    let loaded = loaded("[msp]\ncountry = \"NZ\"\n[xero]\nsales_tax_type = \"Zero Rated\"\n[dickerdata]\ninvoice_report = \"i.csv\"\n");
    assert_eq!(loaded.settings.msp.country, Country::NewZealand);
    assert_eq!(&*loaded.policy().currency, "NZD");
    let labels = loaded.labels();
    assert_eq!([labels.sales.tax_type.as_str(), labels.purchases.tax_type.as_str()], ["Zero Rated", "15% GST on Expenses"]);
}

#[test]
fn every_problem_is_reported_with_its_line_and_a_way_out() {
    let text = "version = 1\n[xero]\nexpence_account = \"310\"\nrevenue_account = 200\npost_to = \"cvs\"\n[billing]\ndue = \"soon\"\n[pricing]\nmargin_floor = 0.1\n[bling]\n";
    let message = settings(text).unwrap_err();
    let lines: Vec<&str> = message.lines().map(str::trim).collect();
    assert_eq!(lines.first(), Some(&"config.toml has 6 problems"));
    assert_eq!(lines.get(1), Some(&"config.toml:3:1: unknown key `xero.expence_account`; did you mean `expense_account`?"));
    assert_eq!(
        lines.get(2),
        Some(&"config.toml:4:19: `xero.revenue_account` wants text, this is a whole number; write it in quotes: revenue_account = \"200\"")
    );
    assert_eq!(lines.get(3), Some(&"config.toml:5:11: `xero.post_to` can be \"xero\", \"csv\", not \"cvs\"; did you mean \"csv\"?"));
    assert!(lines[4].starts_with("config.toml:7:7: `billing.due`: `soon` does not say when documents fall due"), "{}", lines[4]);
    assert!(lines[5].starts_with("config.toml:9:16: `pricing.margin_floor` wants text, this is a number with a point; write it in quotes"), "{}", lines[5]);
    assert_eq!(lines.get(6), Some(&"config.toml:10:2: unknown key `bling`; did you mean `billing`?"));
}

#[test]
fn broken_toml_says_where() {
    let failure = failure("version = 1\n[xero\n");
    assert_eq!(failure.kind, Kind::Configuration);
    let message = failure.source.to_string();
    assert!(message.contains("config.toml:2:") && message.contains("not valid TOML"), "{message}");
}

#[test]
fn a_missing_file_names_the_path_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let failure = load(&app(folder.path(), None)).unwrap_err();
    assert_eq!(failure.kind, Kind::Configuration);
    assert!(failure.source.to_string().contains(&folder.path().join("config.toml").display().to_string()));
    assert_eq!(failure.hints, ["check the path given with --config or CSPCTL_CONFIG"]);
    let mut without_flag = app(folder.path(), None);
    without_flag.config_file = None;
    assert!(load(&without_flag).unwrap_err().hints[0].contains("config.example.toml"));
}

#[test]
fn what_this_release_lacks_is_refused_with_the_alternative() {
    for (text, message) in [
        ("[microsoft]\nsource = \"graph\"", "config.toml:2:10: `microsoft.source = \"graph\"` needs `microsoft.client_id`"),
        ("[dickerdata]\nsource = \"api\"", "`dickerdata.account_code` is missing"),
        ("[dickerdata]\nsource = \"capture\"", "`dickerdata.capture` is missing"),
        ("[dickerdata]\nsource = \"csv\"", "`dickerdata.charges` is missing"),
        ("[dickerdata]\nsource = \"csv\"\ncharges = \"c.csv\"\ncolumns = { stock_code = \"SKU\" }", "`dickerdata.columns` must name"),
        ("[xero]\npost_to = \"xero\"", "`xero.contact_id` is missing: the id of the distributor's contact"),
        ("[billing]\nattach_source = true", "`billing.attach_source` needs `xero.post_to = \"xero\"`"),
        ("[billing]\nrounding_line = true", "`billing.rounding_line` is not available in this release"),
        ("[access]\nallowed_users = [\"kiri@msp.example\"]", "`access.allowed_users` needs `microsoft.client_id`"),
        ("[ledger]\npostgres = \"host=db\"", "`ledger.postgres` is not available in this release"),
        ("[dickerdata]\nannuity = \"a.csv\"", "`dickerdata.invoice_report` is missing"),
    ] {
        let failure = failure(text);
        assert_eq!(failure.kind, Kind::Configuration, "{text}");
        assert!(failure.source.to_string().contains(message), "{}", failure.source);
    }
}

#[test]
fn rule_19_contact_terms_and_xero_numbers_need_xero() {
    assert!(settings("[billing]\ndue = \"contact\"").unwrap_err().contains("needs Xero"));
    assert!(settings("[billing]\ninvoice_numbers = \"xero\"").unwrap_err().contains("must carry its numbers"));
    let with_xero = settings("[billing]\ndue = \"contact\"\ninvoice_numbers = \"xero\"\n[xero]\npost_to = \"xero\"").unwrap();
    assert_eq!(with_xero.billing.due, Due::Contact);
}

#[test]
fn a_default_price_cannot_be_one_amount() {
    assert!(settings("[pricing]\ndefault = \"32.90\"").unwrap_err().contains("cannot be one price"));
    assert!(settings("[pricing]\ndefault = \"rpr\"").unwrap_err().contains("is not a price rule"));
}

#[test]
fn a_newer_file_is_refused() {
    assert!(settings("version = 2").unwrap_err().contains("newer cspctl"));
}

#[test]
fn relative_paths_start_at_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[dickerdata]\ninvoice_report = \"i*.csv\"\n[ledger]\npath = \"state/l.db\"\n[microsoft]\nsource = \"file\"\n[report]\ndir = \"out\"\n";
    let loaded = load(&app(folder.path(), Some(text))).unwrap();
    assert_eq!(loaded.mapping_file(), folder.path().join("mapping.toml"));
    assert_eq!(loaded.ledger_file(), folder.path().join("state/l.db"));
    assert_eq!(loaded.csv_folder(), folder.path().join("xero-import"));
    assert_eq!(loaded.report_folder(), folder.path().join("out"));
    let request = loaded.request();
    assert_eq!((request.invoice_report, request.annuity, request.seats), ("i*.csv", None, Some("seats.csv")));
}

#[test]
fn the_ledger_lies_in_the_state_folder_of_the_profile() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[dickerdata]\ninvoice_report = \"i.csv\"\n";
    let mut app = app(folder.path(), Some(text));
    let default = load(&app).unwrap().ledger_file();
    assert!(default.starts_with(folder.path()) && default.ends_with("cspctl/ledger.db"), "{}", default.display());
    app.profile = "nz".to_owned();
    assert!(load(&app).unwrap().ledger_file().ends_with("cspctl/profiles/nz/ledger.db"));
}

#[test]
fn values_of_every_section_are_taken() {
    let text = "[msp]\ntenant_id = \"196E2273-9651-43A3-BA7E-7CBCD918FC40\"\n[billing]\nbill_per = \"invoice\"\ntracking = { Region = \"North\" }\n\
                [pricing]\nmargin_floor = \"12.5%\"\n[dickerdata]\ninvoice_date = 2026-11-30\n[access]\nallowed_users = [\"kiri@msp.example\"]\n";
    let settings = settings(text).unwrap();
    assert_eq!(settings.msp.tenant_id, "196e2273-9651-43a3-ba7e-7cbcd918fc40".parse::<TenantId>().ok());
    assert_eq!(settings.billing.tracking.get("Region").map(String::as_str), Some("North"));
    assert_eq!(settings.pricing.margin_floor_percent.to_string(), "12.5");
    assert_eq!(settings.dickerdata.invoice_date, Some(jiff::civil::date(2026, 11, 30)));
    assert_eq!(settings.access.allowed_users, ["kiri@msp.example"]);
}

#[test]
fn names_of_fields_and_columns_are_checked_against_ours() {
    let text = "[dickerdata]\ncolumns = { quantity = \"Seats\", ammount = \"Net\" }\n[dickerdata.fields]\namount = \"Charged\"\nline = 3\n";
    let message = settings(text).unwrap_err();
    assert!(message.contains("config.toml:2:43: unknown key `dickerdata.columns.ammount`; did you mean `amount`?"), "{message}");
    assert!(message.contains("unknown key `dickerdata.fields.line`"), "{message}");
    let message = settings("[dickerdata]\nrequest_date_format = \"%Y-%Q\"\ndate_format = \"%d\"\napi_version = \"1 0\"\n").unwrap_err();
    assert_eq!(message.matches("is not a form of dates").count(), 2, "{message}");
    let settings =
        settings("[dickerdata]\nsource = \"csv\"\nsign = \"negative\"\ndate_format = \"%m/%d/%Y\"\n[dickerdata.fields]\namount = \"Charged\"\n").unwrap();
    assert!(settings.dickerdata.is_negated && settings.dickerdata.fields.len() == 1);
}

use std::path::Path;

use jiff::civil::date;

use super::*;
use crate::app::Clock;
use crate::domain::charge::{AnnuityLine, Charge, ChargeKey, SourceRow};
use crate::domain::ids::{SubscriptionId, TenantId};
use crate::domain::money::Money;
use crate::domain::offer::StockCode;
use crate::domain::period::Window;
use crate::exit::Kind;
use crate::ui::captured::Captured;
use crate::ui::output::{Look, Output};

const PREMIUM: &str = "P1Y:CFQ7TTC0LCHC:0002:1:";

/// A configuration in a folder of its own, and what the sources say.
struct Bench {
    folder: tempfile::TempDir,
    sources: Sources,
}

struct Said {
    out: String,
    error: String,
    result: Result<(), Failure>,
}

impl Bench {
    fn new(mapping: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), "[dickerdata]\ninvoice_report = \"i.csv\"\n").unwrap();
        if !mapping.is_empty() {
            std::fs::write(folder.path().join("mapping.toml"), mapping).unwrap();
        }
        Self {
            folder,
            sources: Sources { charges: vec![charge(1, "Contoso Pty Ltd", PREMIUM, 10_000), charge(2, "Kauri Group", PREMIUM, 250)], ..Sources::default() },
        }
    }

    fn run(&self, json: bool, command: impl FnOnce(&App, Desk) -> Result<(), Failure>) -> Said {
        let (out, error) = (Captured::default(), Captured::default());
        let place = self.folder.path().display().to_string();
        let app = App {
            output: Output::new(Look { json, width: 160, ..Look::default() }, Box::new(out.clone()), Box::new(error.clone())),
            environment: ["HOME", "USERPROFILE", "XDG_STATE_HOME", "LOCALAPPDATA"].into_iter().map(|name| (name.to_owned(), place.clone())).collect(),
            clock: Clock::Fixed(jiff::Timestamp::UNIX_EPOCH),
            config_file: Some(self.path("config.toml")),
            profile: "default".to_owned(),
            may_prompt: false,
            replaced: crate::app::Replaced::default(),
        };
        let loaded = load::load(&app).unwrap();
        let editor = MappingEditor::open(&loaded.mapping_file()).unwrap();
        let known = Known::new(&self.sources, editor.mapping());
        let result = command(&app, Desk { loaded, editor, known });
        Said { out: out.text(), error: error.text(), result }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn mapping(&self) -> String {
        std::fs::read_to_string(self.path("mapping.toml")).unwrap_or_default()
    }

    fn write(&self, name: &str, text: &str) -> std::path::PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    fn import(&self, text: &str) -> Said {
        let file = self.write("import.csv", text);
        self.run(false, |app, _| run(app, &parse(&["import", &file.display().to_string()])))
    }
}

fn tenant(number: u128) -> TenantId {
    TenantId(uuid::Uuid::from_u128(number))
}

fn charge(number: u128, name: &str, code: &str, cents: i64) -> Charge {
    Charge {
        key: ChargeKey(number),
        subscription: SubscriptionId::new(&format!("s{number}")),
        stock_code: StockCode::new(code),
        stated_tenant: Some(tenant(number)),
        tenant_name: name.into(),
        description: "MICROSOFT 365 BUSINESS PREMIUM (NCE COM MTH)".into(),
        usage: Window { start: date(2026, 11, 1), end: date(2026, 11, 30) },
        term_start: None,
        term_end: None,
        quantity: rust_decimal::Decimal::ONE,
        unit_cost: rust_decimal::Decimal::new(cents, 2),
        cost: Money::round_half_away(rust_decimal::Decimal::new(cents, 2)),
        invoice_number: None,
        invoice_date: None,
        source: SourceRow { file: "i.csv".into(), row: 2 },
    }
}

fn annuity(number: u128, subscription: &str, name: &str) -> AnnuityLine {
    AnnuityLine {
        tenant_id: Some(tenant(number)),
        tenant_name: name.into(),
        subscription: SubscriptionId::new(subscription),
        stock_code: StockCode::new(PREMIUM),
        description: "".into(),
        quantity: rust_decimal::Decimal::ONE,
        charge_type: "NCE".into(),
        active: true,
        start_usage: None,
        end_usage: None,
        expiry: None,
        unit_price: None,
        unit_rrp: None,
        source: SourceRow { file: "a.csv".into(), row: 2 },
    }
}

fn parse(arguments: &[&str]) -> MapArgs {
    use clap::Parser as _;
    let cli = crate::cli::Cli::try_parse_from(["cspctl", "map"].into_iter().chain(arguments.iter().copied())).unwrap();
    let crate::cli::Command::Map(args) = cli.command else { panic!("not map") };
    args
}

fn set(bench: &Bench, tenant: &str, contact: &str) -> Said {
    let args = customers::SetArgs { tenant: tenant.to_owned(), contact: contact.to_owned(), name: None, contact_name: None };
    bench.run(false, |app, desk| customers::set(app, desk, &args))
}

fn auto(bench: &Bench, contacts: Option<&Path>, by_name: bool, dry_run: bool) -> Said {
    let args = customers::AutoArgs { contacts: contacts.map(Path::to_owned), by_name, dry_run };
    bench.run(false, |app, desk| auto::customers(app, desk, &args))
}

#[test]
fn the_table_shows_every_customer_with_state_and_cost() {
    let mut bench =
        Bench::new(&format!("[[customers]]\ntenant_id = \"{}\"\nname = \"Contoso\"\n[[customers]]\ntenant_id = \"{}\"\nignore = true\n", tenant(1), tenant(9)));
    let mut lost = charge(3, "Nobody Knows", PREMIUM, 100);
    lost.stated_tenant = None;
    bench.sources.charges.push(lost);
    let said = bench.run(true, |app, desk| customers::list(app, &desk));
    said.result.unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_str(&said.out).unwrap();
    let seen: Vec<(&str, &str, &str)> =
        rows.iter().map(|row| (row["name"].as_str().unwrap(), row["state"].as_str().unwrap(), row["cost"].as_str().unwrap())).collect();
    assert_eq!(seen, [("", "Ignored", "0.00"), ("Contoso", "Ready", "100.00"), ("Kauri Group", "Not Setup", "2.50"), ("Nobody Knows", "No Tenant", "1.00")]);
    assert_eq!(rows[1]["xero_contact_name"], "Contoso", "rule 20: the label will do for CSV output");
    let said = bench.run(false, |app, desk| customers::list(app, &desk));
    assert!(said.out.contains("Tenant id") && said.out.contains(&tenant(2).to_string()), "{}", said.out);
    assert!(said.error.contains("1 customer without a contact"), "{}", said.error);
}

#[test]
fn rule_17_a_charges_tenant_comes_from_its_subscription_else_from_a_unique_name() {
    let mut bench = Bench::new("");
    bench.sources.annuity = vec![annuity(7, "s1", "Somebody"), annuity(8, "x", "Kauri  GROUP"), annuity(5, "y", "Twice"), annuity(6, "z", "Twice")];
    bench.sources.charges.push(charge(3, "Twice", PREMIUM, 1));
    for charge in &mut bench.sources.charges {
        charge.stated_tenant = None;
    }
    let known = Known::new(&bench.sources, &crate::domain::mapping::Mapping::default());
    let cost = |number: u128| known.tenant(tenant(number)).unwrap().cost.to_string();
    assert_eq!((cost(7).as_str(), cost(8).as_str()), ("100.00", "2.50"));
    let lost: Vec<&str> = known.tenants.iter().filter(|tenant| tenant.tenant_id.is_none()).map(|tenant| tenant.name.as_str()).collect();
    assert_eq!(lost, ["Twice"], "a name of two tenants is nobody's");
}

#[test]
fn set_takes_a_unique_name_and_writes_one_entry() {
    let bench = Bench::new("# ours\nversion = 1\n");
    set(&bench, "contoso", "Contoso & Sons").result.unwrap();
    let expected =
        format!("# ours\nversion = 1\n\n[[customers]]\ntenant_id = \"{}\"\nname = \"Contoso Pty Ltd\"\nxero_contact_name = \"Contoso & Sons\"\n", tenant(1));
    assert_eq!(bench.mapping(), expected);
    let said = set(&bench, &tenant(1).to_string(), "430fa14a-f945-44d3-9f97-5df5e28441b8");
    said.result.unwrap();
    assert!(bench.mapping().contains("xero_contact_id = \"430fa14a-f945-44d3-9f97-5df5e28441b8\""));
    assert!(!bench.mapping().contains("Contoso & Sons"), "an old contact's name must not stay with a new id");
    assert!(said.error.contains("--contact-name"), "{}", said.error);
}

#[test]
fn a_name_that_nobody_or_several_have_is_refused_with_what_to_type() {
    let mut bench = Bench::new("");
    bench.sources.charges.push(charge(3, "Kauri Group Ltd", PREMIUM, 1));
    let failure = set(&bench, "Kauri  Group.", "X").result.unwrap_err();
    assert_eq!(failure.kind, Kind::Usage);
    assert_eq!(failure.hints, [tenant(2).to_string(), tenant(3).to_string()]);
    assert!(set(&bench, "Kauri Group", "X").result.is_ok(), "the literal name is unique");
    let failure = set(&bench, "Contosso", "X").result.unwrap_err();
    assert!(failure.hints[0].contains("did you mean Contoso Pty Ltd"), "{:?}", failure.hints);
}

#[test]
fn a_name_without_a_tenant_id_finds_its_tenant_once_it_is_set_with_it() {
    let mut bench = Bench::new("");
    let mut lost = charge(3, "Nobody  Knows", PREMIUM, 100);
    lost.stated_tenant = None;
    bench.sources.charges.push(lost);
    let said = bench.run(false, |app, desk| customers::list(app, &desk));
    assert!(said.error.contains("cspctl map customers set TENANT_ID CONTACT --name \"Nobody Knows\""), "{}", said.error);
    let args = customers::SetArgs { tenant: tenant(7).to_string(), contact: "Known".to_owned(), name: Some("nobody knows".to_owned()), contact_name: None };
    bench.run(false, |app, desk| customers::set(app, desk, &args)).result.unwrap();
    let said = bench.run(true, |app, desk| customers::list(app, &desk));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&said.out).unwrap();
    let found = rows.iter().find(|row| row["tenant_id"] == tenant(7).to_string()).unwrap();
    assert_eq!((&found["state"], &found["cost"]), (&"Ready".into(), &"1.00".into()));
}

#[test]
fn ignore_and_unset_change_one_entry() {
    let bench = Bench::new("");
    bench.run(false, |app, desk| customers::ignore(app, desk, "Kauri Group")).result.unwrap();
    assert!(bench.mapping().contains("ignore = true"));
    set(&bench, "Kauri Group", "Kauri").result.unwrap();
    assert!(!bench.mapping().contains("ignore"), "a customer that is set is billed");
    bench.run(false, |app, desk| customers::unset(app, desk, "Kauri Group")).result.unwrap();
    assert!(!bench.mapping().contains("[[customers]]"));
}

#[test]
fn auto_sets_exact_contacts_and_prints_the_rest_with_commands() {
    let bench = Bench::new("");
    let contacts = bench.write("c.csv", "\u{feff}*ContactName,AccountNumber\nCONTOSO LIMITED,1\nKauri Holdings,2\n");
    let said = auto(&bench, Some(&contacts), false, true);
    said.result.unwrap();
    assert_eq!(bench.mapping(), "", "--dry-run writes nothing");
    assert!(said.out.contains("would set"));
    let said = auto(&bench, Some(&contacts), false, false);
    said.result.unwrap();
    assert!(bench.mapping().contains("xero_contact_name = \"CONTOSO LIMITED\""), "{}", bench.mapping());
    assert!(!bench.mapping().contains("Kauri"));
    assert!(said.out.contains(&format!("cspctl map customers set {} \"Kauri Holdings\"", tenant(2))), "{}", said.out);
    assert!(said.error.contains("1 customer set, 1 left to decide."), "{}", said.error);
}

#[test]
fn auto_without_contacts_says_how_to_get_them() {
    let bench = Bench::new("");
    let failure = auto(&bench, None, false, false).result.unwrap_err();
    assert_eq!(failure.kind, Kind::Usage);
    assert!(failure.source.to_string().contains("--contacts FILE"));
    assert!(failure.hints[0].contains("Export") && failure.hints[1].contains("--by-name"));
    auto(&bench, None, true, false).result.unwrap();
    assert!(bench.mapping().contains("xero_contact_name = \"Kauri Group\""));
    assert!(auto(&bench, None, false, false).result.is_ok(), "nothing left to do");
}

#[test]
fn a_contacts_file_without_names_is_refused() {
    let bench = Bench::new("");
    let file = bench.write("c.csv", "EmailAddress\na@b\n");
    let failure = auto(&bench, Some(&file), false, false).result.unwrap_err();
    assert!(failure.source.to_string().contains("has no column `ContactName`; found: EmailAddress"), "{}", failure.source);
}

#[test]
fn products_auto_adds_an_entry_for_every_offer() {
    let bench = Bench::new("");
    bench.run(false, |app, desk| products::auto(app, desk, true)).result.unwrap();
    assert_eq!(bench.mapping(), "");
    bench.run(false, |app, desk| products::auto(app, desk, false)).result.unwrap();
    let entry = "[[products]]\noffer = \"CFQ7TTC0LCHC:0002\"\nname = \"Microsoft 365 Business Premium\"\nsku_id = \"cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46\"\n";
    assert!(bench.mapping().ends_with(entry), "{}", bench.mapping());
    let said = bench.run(true, |app, desk| products::list(app, &desk));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&rows[0]["state"], &rows[0]["charges"], &rows[0]["cost"]), (&"Ready".into(), &2.into(), &"102.50".into()));
}

#[test]
fn products_that_an_entry_does_not_cover_are_open() {
    let mut bench = Bench::new("[[products]]\noffer = \"CFQ7TTC0LCHC:0002\"\nbilling = \"annual\"\nprice = \"300.00\"\n");
    bench.sources.charges.push(charge(3, "Rimu", "P1Y:CFQ7TTC0LCHC:0002:Y:", 30_000));
    let said = bench.run(true, |app, desk| products::list(app, &desk));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&said.out).unwrap();
    let seen: Vec<(&str, &str)> = rows.iter().map(|row| (row["state"].as_str().unwrap(), row["cost"].as_str().unwrap())).collect();
    assert_eq!(seen, [("Not Setup", "102.50"), ("Ready", "300.00")]);
}

#[test]
fn the_spreadsheet_comes_back_unchanged() {
    let mapping = format!(
        "version = 1\n\n[[customers]]\ntenant_id = \"{}\"\nname = \"=Contoso, \\\"Māori\\\"\"\nxero_contact_name = \"-C\"\nprice = \"rrp-5%\"\n\n\
         [[products]]\noffer = \"CFQ7TTC0LCHC:0002\"\nbilling = \"annual\"\nname = \"'x\"\nprice = \"32.90\"\n\n\
         [[overrides]]\ntenant_id = \"{}\"\noffer = \"CFQ7TTC0LCHC:0002\"\nprice = \"30.00\"\n",
        tenant(1),
        tenant(1)
    );
    let bench = Bench::new(&mapping);
    let file = bench.path("m.csv");
    let args = spreadsheet::ExportArgs { file: file.clone() };
    bench.run(false, |app, desk| spreadsheet::export_desk(app, &desk, &args)).result.unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("\u{feff}kind,tenant_id,"));
    assert!(text.contains("\"'=Contoso, \"\"Māori\"\"\",,'-C,"), "formulas are disarmed: {text}");
    assert!(text.contains(&format!("customer,{},,,,,,,,,,,,,Kauri Group,unmapped", tenant(2))), "{text}");
    let said = bench.import(&text);
    said.result.unwrap();
    assert!(said.error.contains("0 entries changed, 3 the same, 2 left unmapped."), "{}", said.error);
    assert_eq!(bench.mapping(), mapping);
}

#[test]
fn an_import_changes_what_it_names_and_keeps_the_rest() {
    let bench = Bench::new(&format!("[[customers]]\ntenant_id = \"{}\"\nname = \"A\"\nprice = \"rrp\" # agreed\n", tenant(1)));
    let text = format!("kind,tenant_id,xero_contact_name\ncustomer,{},A Ltd\n\ncustomer,{},Kauri\n", tenant(1), tenant(2));
    let said = bench.import(&text);
    said.result.unwrap();
    assert!(bench.mapping().contains("price = \"rrp\" # agreed\nxero_contact_name = \"A Ltd\""), "{}", bench.mapping());
    assert!(bench.mapping().contains("xero_contact_name = \"Kauri\""));
    assert!(said.out.contains("A Ltd") && said.error.contains("2 entries changed"), "{}{}", said.out, said.error);
}

#[test]
fn a_bad_import_changes_nothing_and_names_every_row_and_column() {
    let bench = Bench::new("");
    let text = format!(
        "kind,tenant_id,offer,term,xero_contact_name,price,ignore\ncustomer,nobody,,,X,,\ncustomer,{},,,X,30,maybe\ncustomer,{},,,Y,,\nproduct,,P1Y:CFQ7TTC0LCHC:0002:1,P9,,cheap,\nthing,,,,,,\noverride,{},A:1,,,,\n",
        tenant(1),
        tenant(1),
        tenant(2)
    );
    let failure = bench.import(&text).result.unwrap_err();
    assert_eq!(failure.kind, Kind::Configuration);
    let message = failure.source.to_string();
    for expected in [
        "row 2, column tenant_id: `nobody` is not a GUID",
        "row 3, column ignore: `maybe` is neither yes nor no",
        "row 3, column price: a customer's price holds for every product",
        "row 4: a second row for customer",
        "row 5, column offer: `P1Y:CFQ7TTC0LCHC:0002:1` is a stock code",
        "row 5, column term: `P9` is not a term",
        "row 5, column price: `cheap` is not a price rule",
        "row 6, column kind: `thing` is none of customer, product, override",
        "row 7, column price: an override needs a price",
        "nothing was changed",
    ] {
        assert!(message.contains(expected), "missing: {expected}\nin: {message}");
    }
    assert_eq!(bench.mapping(), "");
    let failure = bench.import("kind,tennant_id\n").result.unwrap_err();
    assert!(failure.source.to_string().contains("unknown column `tennant_id`; did you mean `tenant_id`?"), "{}", failure.source);
}

#[test]
fn arguments_are_quoted_for_the_shell() {
    assert_eq!(show::quoted("Contoso"), "Contoso");
    assert_eq!(show::quoted("Contoso & Sons"), "\"Contoso & Sons\"");
    if cfg!(not(windows)) {
        assert_eq!(show::quoted("Joe's $5 shop"), r"'Joe'\''s $5 shop'");
    }
}

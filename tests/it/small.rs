//! A small month to vary: exports, mapping and seats that agree with one another.
//!
//! Customer N buys Business Premium for a year, billed monthly: cost 30.00, price 40.00 a seat.

use std::path::{Path, PathBuf};

use rust_decimal::Decimal;
use rust_xlsxwriter::Workbook;
use serde_json::Value;

use crate::support::{Output, TestEnv};

pub const PREMIUM: &str = "P1Y:CFQ7TTC0LCHC:0002:1:";
pub const OFFER: &str = "CFQ7TTC0LCHC:0002";
const SKU: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";

pub const HEADINGS: [&str; 9] = ["TENANT NAME", "SUBSCRIPTION ID", "STOCK CODE", "USAGE START", "USAGE END", "QTY", "UNIT PRICE", "TERM START", "TERM END"];

const ANNUITY_HEADINGS: [&str; 14] = [
    "TENANT ID",
    "TENANT NAME",
    "SUBSCRIPTION ID",
    "STOCK CODE",
    "STOCK DESCRIPTION",
    "REFERENCE",
    "QTY",
    "CHARGE TYPE",
    "STATUS",
    "START USAGE",
    "END USAGE",
    "REVALUATION PERIOD",
    "UNIT PRICE",
    "UNIT RRP",
];

pub const CONFIG: &str = "version = 1
[msp]
name = \"Example MSP\"
country = \"AU\"
[microsoft]
source = \"file\"
file = \"seats.csv\"
[dickerdata]
invoice_report = \"invoice*.*\"
annuity = \"annuity.csv\"
[xero]
csv_dir = \"out\"
[report]
dir = \"reports\"
[ledger]
path = \"state/ledger.db\"
";

pub type Row = Vec<String>;

pub fn tenant(number: u32) -> String {
    format!("{number:08x}-0000-4000-8000-000000000001")
}

pub fn subscription(number: u32) -> String {
    format!("{number:08x}-5555-4000-8000-000000000002")
}

pub fn customer(number: u32) -> String {
    format!("Customer {number} Pty Ltd")
}

pub fn strings<const N: usize>(cells: [&str; N]) -> Row {
    cells.map(str::to_owned).to_vec()
}

/// The whole of November for so many seats.
pub fn row(number: u32, seats: &str) -> Row {
    part(number, "01-NOV-2026", "30-NOV-2026", seats, "30.00")
}

/// Any charge of a customer.
pub fn part(number: u32, start: &str, end: &str, seats: &str, unit_price: &str) -> Row {
    strings([&customer(number), &subscription(number), PREMIUM, start, end, seats, unit_price, "01-JUL-2026", "30-JUN-2027"])
}

/// The month of customers 1 to 3.
pub fn rows() -> Vec<Row> {
    vec![row(1, "10"), part(1, "13-OCT-2026", "31-OCT-2026", "2", "18.39"), row(2, "5"), row(3, "3")]
}

pub fn csv<H: AsRef<str>>(headings: &[H], rows: &[Row]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_record(headings.iter().map(AsRef::as_ref)).unwrap();
    for row in rows {
        writer.write_record(row).unwrap();
    }
    writer.into_inner().unwrap()
}

/// The same as a workbook; cells that look like plain numbers become numbers.
pub fn xlsx<H: AsRef<str>>(tab: &str, headings: &[H], rows: &[Row]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name(tab).unwrap();
    let headings = headings.iter().map(|heading| heading.as_ref().to_owned()).collect();
    for (number, row) in (0..).zip(std::iter::once(&headings).chain(rows)) {
        for (column, cell) in (0..).zip(row) {
            match cell.parse::<f64>() {
                Ok(float) => sheet.write_number(number, column, float).unwrap(),
                Err(_) if cell.is_empty() => continue,
                Err(_) => sheet.write_string(number, column, cell).unwrap(),
            };
        }
    }
    workbook.save_to_buffer().unwrap()
}

pub fn invoice(rows: &[Row]) -> Vec<u8> {
    csv(&HEADINGS, rows)
}

/// The annuity list of customers with so many seats.
pub fn annuity(customers: &[(u32, &str)]) -> Vec<u8> {
    let rows: Vec<Row> = customers
        .iter()
        .map(|(number, seats)| {
            strings([
                &tenant(*number),
                &customer(*number),
                &subscription(*number),
                PREMIUM,
                "MICROSOFT 365 BUSINESS PREMIUM",
                "",
                seats,
                "NCE",
                "Active",
                "30-JUN-2025",
                "30-NOV-2026",
                "30-JUN-2027",
                "$360.00",
                "$480.00",
            ])
        })
        .collect();
    csv(&ANNUITY_HEADINGS, &rows)
}

pub fn seats(customers: &[(u32, &str)], as_of: &str) -> Vec<u8> {
    let headings = ["tenant_id", "tenant_name", "sku_id", "sku_part_number", "enabled", "suspended", "warning", "assigned", "as_of"];
    let rows: Vec<Row> =
        customers.iter().map(|(number, seats)| strings([&tenant(*number), &customer(*number), SKU, "SPB", seats, "0", "0", seats, as_of])).collect();
    csv(&headings, &rows)
}

pub fn mapping(customers: impl IntoIterator<Item = u32>) -> String {
    let entry = |number| format!("\n[[customers]]\ntenant_id = \"{}\"\nname = \"{1}\"\nxero_contact_name = \"{1}\"\n", tenant(number), customer(number));
    let customers: Vec<String> = customers.into_iter().map(entry).collect();
    let product = format!("\n[[products]]\noffer = \"{OFFER}\"\nname = \"Business Premium\"\nsku_id = \"{SKU}\"\nprice = \"40.00\"\n");
    format!("version = 1\n{}{product}", customers.concat())
}

/// Three customers, everything mapped, all seats agree: nothing needs attention.
pub fn env() -> TestEnv {
    with_invoice("invoice.csv", &invoice(&rows()))
}

/// The same month with another invoice report.
pub fn with_invoice(name: &str, content: &[u8]) -> TestEnv {
    let customers = [(1, "10"), (2, "5"), (3, "3")];
    TestEnv::new()
        .file("config.toml", CONFIG)
        .file("mapping.toml", mapping(1..=3))
        .file("annuity.csv", annuity(&customers))
        .file("seats.csv", seats(&customers, "2026-11-30"))
        .file(name, content)
}

/// The sample month in `work/`.
pub fn contoso() -> TestEnv {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/contoso");
    let mut env = TestEnv::new();
    for name in [
        "config.toml",
        "mapping.toml",
        "contacts.csv",
        "microsoft-seats.csv",
        "exports/csp-invoice-report-2026-11.xlsx",
        "exports/annuity-information-2026-11.xlsx",
    ] {
        env.write(name, std::fs::read(folder.join(name)).unwrap());
    }
    env
}

/// Every file below a folder with its bytes and the time it was last written.
pub fn snapshot(folder: &Path) -> std::collections::BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
    let mut found = std::collections::BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                found.insert(entry.path(), (std::fs::read(entry.path()).unwrap(), entry.metadata().unwrap().modified().unwrap()));
            }
        }
    }
    found
}

/// Fails with the names of the files that are new, gone or changed.
#[track_caller]
pub fn assert_untouched(folder: &Path, before: &std::collections::BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)>) {
    let after = snapshot(folder);
    let names = before.keys().chain(after.keys()).filter(|name| before.get(*name) != after.get(*name)).collect::<Vec<_>>();
    assert!(names.is_empty(), "touched: {names:?}");
}

/// A string of JSON as a number.
#[track_caller]
pub fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("no string: {value}")).parse().unwrap()
}

#[track_caller]
pub fn array(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no array: {value}"))
}

/// The documents whose kind is one of these.
pub fn documents<'v>(json: &'v Value, kinds: &[&str]) -> Vec<&'v Value> {
    array(&json["documents"]).iter().filter(|document| kinds.contains(&document["kind"].as_str().unwrap())).collect()
}

/// The document with this number.
#[track_caller]
pub fn document<'v>(json: &'v Value, number: &str) -> &'v Value {
    array(&json["documents"]).iter().find(|document| document["number"] == number).unwrap_or_else(|| panic!("no document {number} in {json:#}"))
}

pub fn states(json: &Value) -> Vec<&str> {
    let mut states: Vec<&str> = array(&json["documents"]).iter().map(|document| document["state"].as_str().unwrap()).collect();
    states.sort_unstable();
    states.dedup();
    states
}

pub fn codes<'v>(json: &'v Value, list: &str) -> Vec<&'v str> {
    array(&json[list]).iter().map(|entry| entry["code"].as_str().unwrap()).collect()
}

/// The one JSON object on standard error, with nothing else.
#[track_caller]
pub fn error_of(output: &Output) -> Value {
    let object: Value = serde_json::from_str(&output.stderr).unwrap_or_else(|error| panic!("{error}\n{}", output.stderr));
    assert_eq!(object.as_object().unwrap().keys().collect::<Vec<_>>(), ["error"]);
    let error = &object["error"];
    assert_eq!(error.as_object().unwrap().len(), 3, "{error}");
    assert!(error["code"].is_string() && error["message"].is_string() && error["hints"].is_array(), "{error}");
    error.clone()
}

/// What the documents of a run are, without the run.
pub fn essence(json: &Value) -> Value {
    let mut json = json.clone();
    let whole = json.as_object_mut().unwrap();
    for key in ["run", "mode", "coverage", "findings", "files"] {
        whole.remove(key);
    }
    for document in json["documents"].as_array_mut().unwrap() {
        let document = document.as_object_mut().unwrap();
        document.remove("reference");
        document.remove("state");
    }
    json
}

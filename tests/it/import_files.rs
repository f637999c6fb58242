//! Xero's import files, byte by byte (`docs/unproven.md` names what could not be tried).

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use crate::small::{CONFIG, Row, array, contoso, decimal, documents, env, invoice, mapping, part, row, tenant, with_invoice};
use crate::support::TestEnv;

const SALES: &str = "*ContactName,EmailAddress,POAddressLine1,POAddressLine2,POAddressLine3,POAddressLine4,POCity,PORegion,POPostalCode,POCountry,*InvoiceNumber,Reference,*InvoiceDate,*DueDate,Total,InventoryItemCode,*Description,*Quantity,*UnitAmount,Discount,*AccountCode,*TaxType,TaxAmount,TrackingName1,TrackingOption1,TrackingName2,TrackingOption2,Currency,BrandingTheme\r\n";
const BILLS: &str = "*ContactName,EmailAddress,POAddressLine1,POAddressLine2,POAddressLine3,POAddressLine4,POCity,PORegion,POPostalCode,POCountry,*InvoiceNumber,*InvoiceDate,*DueDate,Total,InventoryItemCode,Description,*Quantity,*UnitAmount,*AccountCode,*TaxType,TaxAmount,TrackingName1,TrackingOption1,TrackingName2,TrackingOption2,Currency\r\n";

/// The rows of an import file by heading, its bytes checked.
pub fn rows_of(env: &TestEnv, name: &str) -> Vec<BTreeMap<String, String>> {
    let bytes = std::fs::read(env.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let header = if name.contains("bills") { BILLS } else { SALES };
    assert!(bytes.starts_with(header.as_bytes()), "{name}: {}", String::from_utf8_lossy(&bytes[..header.len().min(bytes.len())]));
    assert!(bytes.ends_with(b"\r\n"), "{name}");
    for (index, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
        assert_eq!(bytes[index - 1], b'\r', "{name}: byte {index}");
    }
    std::str::from_utf8(&bytes).unwrap();
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes.as_slice());
    let headings = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert!(rows.len() <= 500, "{name} has {} rows", rows.len());
    assert_eq!(bytes.split(|byte| *byte == b'\n').count(), rows.len() + 2, "{name}: a row is a line");
    rows.iter()
        .map(|row| {
            assert_eq!(row.len(), headings.len(), "{name}: {row:?}");
            headings.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect()
        })
        .collect()
}

/// Every import file in the folder, in order.
pub fn files_of(env: &TestEnv, folder: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(env.path(folder)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.into_iter().map(|name| format!("{folder}/{name}")).collect()
}

pub fn amount(row: &BTreeMap<String, String>) -> Decimal {
    let (quantity, unit): (Decimal, Decimal) = (row["*Quantity"].parse().unwrap(), row["*UnitAmount"].parse().unwrap());
    (quantity * unit).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// What the rows of each number add up to.
fn sums(env: &TestEnv, folder: &str) -> BTreeMap<String, (String, usize, Decimal)> {
    let mut sums: BTreeMap<String, (String, usize, Decimal)> = BTreeMap::new();
    for file in files_of(env, folder) {
        for row in rows_of(env, &file) {
            let sum = sums.entry(row["*InvoiceNumber"].clone()).or_insert_with(|| (file.clone(), 0, Decimal::ZERO));
            assert_eq!(sum.0, file, "{} is cut in two", row["*InvoiceNumber"]);
            sum.1 += 1;
            sum.2 += amount(&row);
        }
    }
    sums
}

/// The files hold exactly the documents of the JSON.
#[track_caller]
fn assert_ties(env: &TestEnv, folder: &str, json: &Value) {
    let sums = sums(env, folder);
    assert_eq!(sums.len(), array(&json["documents"]).len());
    for document in array(&json["documents"]) {
        let (file, rows, sum) = &sums[document["number"].as_str().unwrap()];
        let kind = document["kind"].as_str().unwrap();
        let expected = if kind.contains("bill") || kind.contains("supplier") {
            "bills"
        } else if kind == "invoice" {
            "sales-invoices"
        } else {
            "sales-credit-notes"
        };
        assert!(file.contains(expected), "{kind} is in {file}");
        assert_eq!(*rows, array(&document["lines"]).len());
        let total = decimal(&document["sub_total"]);
        assert_eq!(*sum, if kind == "supplier-credit" { -total } else { total }, "{}", document["number"]);
    }
}

#[test]
fn the_files_of_the_sample_add_up_to_its_documents() {
    let env = contoso();
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_ties(&env, "out/xero-import", &json);
    assert_eq!(documents(&json, &["credit-note"]).len(), 1);
    for row in rows_of(&env, "out/xero-import/xero-bills-2026-11-01.csv") {
        let cells = ["*InvoiceDate", "*DueDate", "*TaxType", "*AccountCode", "Currency", "*ContactName"].map(|name| row[name].as_str());
        assert_eq!(cells, ["30/11/2026", "20/12/2026", "GST on Expenses", "310", "AUD", "Dicker Data"]);
        for empty in ["EmailAddress", "Total", "TaxAmount", "InventoryItemCode", "TrackingName1"] {
            assert_eq!(row[empty], "", "{empty} is Xero's to compute");
        }
    }
    let reference = format!("cspctl {}", json["run"].as_str().unwrap());
    for row in rows_of(&env, "out/xero-import/xero-sales-invoices-2026-11-01.csv") {
        assert_eq!((row["*TaxType"].as_str(), row["*AccountCode"].as_str(), row["Reference"].as_str()), ("GST on Income", "200", reference.as_str()));
        assert!(!row["*Description"].is_empty() && !row["*Description"].starts_with(['=', '+', '-', '@']), "{row:?}");
    }
}

#[test]
fn lines_of_the_files_are_the_lines_of_the_json() {
    let env = env();
    let json = env.run(["sync", "--json"]).code(0).json();
    let rows = rows_of(&env, "out/xero-sales-invoices-2026-11-01.csv");
    let lines: Vec<&Value> = documents(&json, &["invoice"]).into_iter().flat_map(|document| array(&document["lines"])).collect();
    assert_eq!(rows.len(), lines.len());
    for (row, line) in rows.iter().zip(lines) {
        assert_eq!(row["*Description"], line["description"].as_str().unwrap());
        assert_eq!(row["*Quantity"].parse::<Decimal>().unwrap(), decimal(&line["quantity"]));
        assert_eq!(row["*UnitAmount"].parse::<Decimal>().unwrap(), decimal(&line["unit_amount"]));
        assert_eq!(amount(row), decimal(&line["line_amount"]));
    }
}

#[test]
fn tax_types_go_by_country_unless_they_are_configured() {
    let with = |country: &str, more: &str| {
        let config = CONFIG.replace("country = \"AU\"", &format!("country = \"{country}\"")).replace("[xero]", &format!("[xero]\n{more}"));
        let env = env().file("config.toml", config);
        let json = env.run(["sync", "--json"]).code(0).json();
        assert!(documents(&json, &["bill", "invoice"]).iter().all(|document| document["lines"][0]["tax_type"].is_null()), "tax types stay null in JSON");
        let cells = |name: &str| {
            let row = &rows_of(&env, name)[0];
            format!("{} {}", row["*TaxType"], row["Currency"])
        };
        [cells("out/xero-bills-2026-11-01.csv"), cells("out/xero-sales-invoices-2026-11-01.csv")]
    };
    assert_eq!(with("AU", ""), ["GST on Expenses AUD", "GST on Income AUD"]);
    assert_eq!(with("NZ", ""), ["15% GST on Expenses NZD", "15% GST on Income NZD"]);
    let named = "sales_tax_type = \"GST Free Income\"\npurchases_tax_type = \"BAS Excluded, \\\"x\\\"\"\n";
    assert_eq!(with("AU", named), ["BAS Excluded, \"x\" AUD", "GST Free Income AUD"]);
}

#[test]
fn no_file_has_more_than_500_rows_and_no_document_is_cut_in_two() {
    // 1,203 charges: customer 1 has 600, the others a few hundred each.
    let mut rows: Vec<Row> =
        (0..1_203_u32).map(|number| part(if number < 600 { 1 } else { 2 + number % 2 }, "01-NOV-2026", "30-NOV-2026", "1", "30.00")).collect();
    for (number, row) in (0..).zip(&mut rows) {
        row[5] = (number % 50 + 1).to_string();
    }
    let env = with_invoice("invoice.csv", &invoice(&rows));
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_ties(&env, "out", &json);
    let numbers: Vec<&str> = array(&json["documents"]).iter().map(|document| document["number"].as_str().unwrap()).collect();
    assert_eq!(numbers[..3], ["DD-2026-11", "DD-2026-11-2", "DD-2026-11-3"]);
    assert!(numbers.iter().any(|number| number.ends_with("-2") && number.starts_with("CSP")), "{numbers:?}");
    assert!(array(&json["documents"]).iter().all(|document| array(&document["lines"]).len() <= 500));
    assert_eq!(files_of(&env, "out").iter().filter(|name| name.contains("bills")).count(), 3);
    assert!(env.run(["sync"]).code(0).stderr.contains("Nothing new"));
}

#[test]
fn credits_are_written_as_xero_reads_them() {
    let env = with_invoice("invoice.csv", &invoice(&[row(1, "-4"), part(2, "16-NOV-2026", "30-NOV-2026", "-1", "15.00")]));
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_ties(&env, "out", &json);
    assert_eq!(files_of(&env, "out"), ["out/xero-bills-2026-11-01.csv", "out/xero-sales-credit-notes-2026-11-01.csv"]);
    let bills = rows_of(&env, "out/xero-bills-2026-11-01.csv");
    assert!(bills.iter().all(|row| row["*UnitAmount"].starts_with('-') && !row["*Quantity"].starts_with('-')), "{bills:?}");
    let notes = rows_of(&env, "out/xero-sales-credit-notes-2026-11-01.csv");
    assert!(notes.iter().all(|row| !row["*UnitAmount"].starts_with('-') && !row["*Quantity"].starts_with('-')), "{notes:?}");
}

#[test]
fn a_credit_within_a_larger_invoice_is_a_negative_line() {
    let env = with_invoice("invoice.csv", &invoice(&[row(1, "10"), part(1, "16-NOV-2026", "30-NOV-2026", "-2", "15.00")]));
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_ties(&env, "out", &json);
    let amounts: Vec<String> = rows_of(&env, "out/xero-sales-invoices-2026-11-01.csv").iter().map(|row| amount(row).to_string()).collect();
    assert_eq!(amounts, ["400.00", "-40.00"]);
}

#[test]
fn descriptions_that_look_like_formulas_are_escaped_and_contacts_are_not() {
    let env = env()
        .file("config.toml", CONFIG.replace("[xero]", "[billing]\ndescription = \"@{product}\"\n[xero]"))
        .file("mapping.toml", mapping(2..=3) + &format!("\n[[customers]]\ntenant_id = \"{}\"\nxero_contact_name = \"-Minus, \\\"Inc\\\"\"\n", tenant(1)));
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_ties(&env, "out", &json);
    let rows = rows_of(&env, "out/xero-sales-invoices-2026-11-01.csv");
    assert!(rows.iter().all(|row| row["*Description"] == "'@Business Premium"), "{rows:?}");
    assert_eq!(rows[0]["*ContactName"], "-Minus, \"Inc\"");
    assert!(documents(&json, &["invoice"]).iter().all(|document| document["lines"][0]["description"] == "@Business Premium"));
}

#[test]
fn a_bill_for_each_invoice_of_the_distributor() {
    let headings: Vec<&str> = crate::small::HEADINGS.iter().copied().chain(["INVOICE NUMBER", "INVOICE DATE"]).collect();
    let with = |row: Row, number: &str, date: &str| -> Row { row.into_iter().chain([number.to_owned(), date.to_owned()]).collect() };
    let rows = [with(row(1, "10"), "INV-77", "05-NOV-2026"), with(row(2, "5"), "INV-78", "19-NOV-2026")];
    let env = with_invoice("invoice.csv", &crate::small::csv(&headings, &rows))
        .file("config.toml", CONFIG.replace("[xero]", "[billing]\nbill_per = \"invoice\"\ndue = \"20 of following month\"\n[xero]"));
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_ties(&env, "out", &json);
    let bills = rows_of(&env, "out/xero-bills-2026-11-01.csv");
    let shown: Vec<[&str; 3]> = bills.iter().map(|row| ["*InvoiceNumber", "*InvoiceDate", "*DueDate"].map(|name| row[name].as_str())).collect();
    assert_eq!(shown, [["INV-77", "05/11/2026", "20/12/2026"], ["INV-78", "19/11/2026", "20/12/2026"]]);
}

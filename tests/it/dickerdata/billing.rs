//! The same charges from either source, each billed once.

use jiff::civil::date;
use serde_json::{Map, Value, json};

use super::{Desk, documents_alike, new_documents};
use crate::small::{array, assert_untouched, codes, decimal, document, snapshot};
use crate::stand_ins::dickerdata::options::{Options, Spelling, Wanted};
use crate::stand_ins::dickerdata::seed::{Invoice, portal_date};

fn totals_and_held(json: &Value) -> (Value, Vec<String>) {
    let mut held: Vec<String> =
        array(&json["held"]).iter().map(|held| format!("{} {} {} {}", held["code"], held["tenant_id"], held["stock_code"], held["cost"])).collect();
    held.sort();
    (json["totals"].clone(), held)
}

#[test]
fn a_month_from_the_api_gives_the_same_documents_as_from_its_exports() {
    let exports = Desk::new(Options::default()).sync();
    for (wanted, spelling) in [
        (Wanted::Headers("1.0".to_owned()), Spelling::Pascal),
        (Wanted::Headers("v1".to_owned()), Spelling::Sentence),
        (Wanted::Message, Spelling::Upper),
        (Wanted::Message, Spelling::Camel),
    ] {
        let desk = Desk::signed_in(Options { wanted: wanted.clone(), spelling, rows_a_page: 50, ..Options::default() });
        let api = desk.sync();
        assert_eq!(documents_alike(&api), documents_alike(&exports), "{wanted:?} {spelling:?}");
        assert_eq!(totals_and_held(&api), totals_and_held(&exports), "{wanted:?} {spelling:?}");
        let coverage = &api["coverage"];
        assert!(coverage["charges_other_periods"].as_u64().unwrap() > 100, "October's invoice waits for its own month: {coverage}");
        assert_eq!(array(&coverage["rows_skipped"]).len(), 0, "{coverage}");
    }
}

#[test]
fn after_switching_the_source_nothing_is_billed_again_and_back() {
    let mut desk = Desk::signed_in(Options::default());
    desk.read_exports();
    let exports = desk.sync();
    assert!(new_documents(&exports).len() > 30);
    let before = snapshot(&desk.env.path("out"));
    desk.read_api("");
    let api = desk.env.run(["sync", "--period", "2026-11", "--json"]).code(0);
    assert!(api.stderr.contains("Nothing new for 2026-11"), "{}", api.stderr);
    let api = api.json();
    assert_eq!(documents_alike(&api), documents_alike(&exports));
    assert_eq!(totals_and_held(&api), totals_and_held(&exports));
    desk.read_exports();
    assert!(desk.env.run(["sync", "--period", "2026-11"]).code(0).stderr.contains("Nothing new"));
    assert_untouched(&desk.env.path("out"), &before);
}

#[test]
fn a_month_billed_from_the_api_is_not_billed_again_from_its_exports() {
    let mut desk = Desk::signed_in(Options::default());
    let api = desk.sync();
    desk.read_exports();
    let exports = desk.env.run(["sync", "--period", "2026-11", "--json"]).code(0);
    assert!(exports.stderr.contains("Nothing new for 2026-11"), "{}", exports.stderr);
    assert_eq!(documents_alike(&exports.json()), documents_alike(&api));
}

/// A line of the first invoice as it stands, to be changed.
fn first_line(desk: &Desk, customer: &str) -> Map<String, Value> {
    let mut found = None;
    desk.service.books(|books| {
        let lines = books.invoices.iter().filter(|invoice| invoice.number.starts_with("INV2611")).flat_map(|invoice| &invoice.lines);
        found = lines.filter(|line| line["CompanyName"] == customer).find(|line| line["UsageStart"] == "01-NOV-2026").cloned();
    });
    found.unwrap().as_object().unwrap().clone()
}

#[test]
fn a_later_credit_line_yields_one_further_document_a_side() {
    for first_from_exports in [false, true] {
        let mut desk = Desk::signed_in(Options::default());
        if first_from_exports {
            desk.read_exports();
        }
        desk.sync();
        desk.read_api("");
        let mut credit = first_line(&desk, "Contoso Pty Ltd");
        credit.insert("Quantity".to_owned(), "-1".into());
        let unit = credit["UnitPrice"].as_str().unwrap().to_owned();
        credit.remove("LineAmount");
        desk.service.books(|books| {
            let mut invoice = Invoice::new("CRN2611001", date(2026, 11, 25));
            credit.insert("LineAmount".to_owned(), format!("-{:.2}", unit.parse::<rust_decimal::Decimal>().unwrap()).into());
            invoice.line(credit);
            books.invoices.push(invoice);
        });
        let json = desk.sync();
        let new: Vec<&str> = new_documents(&json).iter().map(|document| document["kind"].as_str().unwrap()).collect();
        assert_eq!(new, ["supplier-credit", "credit-note"], "first from exports: {first_from_exports}");
        let again = desk.env.run(["sync", "--period", "2026-11"]).code(0);
        assert!(again.stderr.contains("Nothing new"), "{}", again.stderr);
    }
}

#[test]
fn what_cannot_be_recognised_after_the_switch_is_held_and_shown() {
    let mut desk = Desk::signed_in(Options::default());
    desk.read_exports();
    desk.sync();
    desk.read_api("");
    let line = first_line(&desk, "Contoso Pty Ltd");
    desk.service.books(|books| {
        for invoice in &mut books.invoices {
            for known in invoice.lines.iter_mut().filter(|known| known["LineNumber"] == line["LineNumber"] && known["InvoiceNumber"] == line["InvoiceNumber"]) {
                known["Quantity"] = "99".into();
                known["LineAmount"] = json!(
                    (decimal(&known["UnitPrice"]) * rust_decimal::Decimal::from(99))
                        .round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
                        .to_string()
                );
            }
        }
    });
    let output = desk.env.run(["sync", "--period", "2026-11", "--json"]).code(0);
    assert!(output.stderr.contains("Nothing new"), "{}", output.stderr);
    let json = output.json();
    assert_eq!(codes(&json, "held").iter().filter(|code| **code == "changed-at-source").count(), 1);
    let held = array(&json["held"]).iter().find(|held| held["code"] == "changed-at-source").unwrap();
    let key = held["key"].as_str().unwrap();
    assert!(held["fix"].as_str().unwrap().contains(key));
    desk.env.run(["sync", "--catch-up", "--period", "2026-11", "--only", key]).code(0);
    assert!(!codes(&desk.sync(), "held").contains(&"changed-at-source"), "settled by hand");
}

#[test]
fn the_azure_invoice_in_mid_month_is_billed_by_its_price_rule() {
    let desk = Desk::signed_in(Options::default());
    let azure = desk.service.clone();
    let mut waiting = Vec::new();
    azure.books(|books| {
        let place = books.invoices.iter().position(|invoice| invoice.number == "INV2611077").unwrap();
        waiting.push(books.invoices.remove(place));
    });
    let before = desk.sync();
    assert!(!before.to_string().contains("2763.56"));
    azure.books(|books| books.invoices.append(&mut waiting));
    let after = desk.sync();
    let new = new_documents(&after);
    let [bill, invoice] = new.as_slice() else { panic!("{new:#?}") };
    assert_eq!((bill["number"].as_str(), bill["date"].as_str()), (Some("INV2611077"), Some("2026-11-16")), "the distributor's number and date");
    assert_eq!((bill["sub_total"].as_str(), invoice["contact_name"].as_str()), (Some("1842.37"), Some("Relecloud")));
    // 1842.37 × 1.15
    assert_eq!(invoice["sub_total"].as_str(), Some("2118.73"));
    assert_eq!(invoice["number"].as_str().map(|number| number.ends_with("-2")), Some(true));
}

#[test]
fn nothing_of_an_invoice_with_a_wrong_total_is_posted() {
    let desk = Desk::signed_in(Options::default());
    let mut sum = rust_decimal::Decimal::ZERO;
    desk.service.books(|books| {
        let invoice = books.invoice("INV2611002").unwrap();
        sum = invoice.sum();
        invoice.stated_ex_gst = Some(sum + rust_decimal::Decimal::new(1, 2));
    });
    let json = desk.sync();
    assert!(codes(&json, "held").contains(&"total-mismatch"));
    assert!(
        array(&json["findings"]).iter().any(|finding| finding["code"] == "total-mismatch"
            && finding["severity"] == "action"
            && finding["message"].as_str().unwrap().contains("INV2611002"))
    );
    let posted = decimal(&json["totals"]["cost"]);
    assert_eq!(posted + sum, rust_decimal::Decimal::new(4_738_083, 2), "the other invoices are posted");
    desk.env.run(["reconcile", "--period", "2026-11", "--check"]).code(5);
    desk.service.books(|books| books.invoice("INV2611002").unwrap().stated_ex_gst = None);
    let json = desk.sync();
    assert!(!codes(&json, "held").contains(&"total-mismatch"));
    assert_eq!(decimal(&json["totals"]["cost"]), rust_decimal::Decimal::new(4_738_083, 2));
}

#[test]
fn bills_can_follow_the_distributors_invoices() {
    let desk = Desk::signed_in(Options::default());
    let mut env = desk.env;
    let config = env.read("config.toml").replace("[billing]\n", "[billing]\nbill_per = \"invoice\"\n");
    env.write("config.toml", config);
    let json = env.run(["sync", "--period", "2026-11", "--json"]).code(0).json();
    for (number, day) in [("INV2611001", "2026-11-05"), ("INV2611002", "2026-11-05"), ("INV2611077", "2026-11-16")] {
        assert_eq!(document(&json, number)["date"], day);
    }
}

#[test]
fn a_capture_bills_the_same_month_and_holds_no_secret_and_no_name() {
    let mut desk = Desk::signed_in(Options { rows_a_page: 100, ..Options::default() });
    let live = desk.env.run(["sync", "--period", "2026-11", "--dry-run", "--json"]).code(0).json();
    let pulled = desk.env.run(["pull", "--to", "answers", "--period", "2026-11", "--json"]).code(0).json();
    let source = array(&pulled["sources"]).iter().find(|source| source["source"] == "dickerdata").unwrap();
    assert_eq!(source["way"], "headers, DD-ApiVersion 1.0");
    assert_eq!(decimal(&live["totals"]["cost"]), rust_decimal::Decimal::new(4_738_083, 2));
    let mut text = String::new();
    for file in array(&pulled["files"]) {
        text.push_str(&std::fs::read_to_string(desk.env.path(file.as_str().unwrap())).unwrap());
    }
    for gone in ["Contoso", "Relecloud", "Alpine", "KEY-0", super::ACCESS_CODE, "Kiri"] {
        assert!(!text.contains(gone), "{gone} is in the capture");
    }
    for kept in ["GetTenant", "GetSubscriptionRenewalDetail", "AutoRenew", "INV2611077", "1842.37", "UnitRRP"] {
        assert!(text.contains(kept), "{kept} is not in the capture");
    }
    let calls = desk.service.calls("Account/Invoice");
    desk.settings("source = \"capture\"\ncapture = \"answers/dickerdata\"");
    let replayed = desk.env.run(["sync", "--period", "2026-11", "--dry-run", "--json"]).code(0).json();
    assert_eq!(desk.service.calls("Account/Invoice"), calls, "nothing is asked");
    assert_eq!(replayed["totals"]["cost"], live["totals"]["cost"]);
    let keys = |json: &Value| -> Vec<String> { array(&document(json, "DD-2026-11")["lines"]).iter().map(|line| line["key"].to_string()).collect() };
    let (mut one, mut other) = (keys(&live), keys(&replayed));
    one.sort();
    other.sort();
    assert_eq!(one, other, "the same charges under the same keys");
}

#[test]
fn another_distributors_file_is_billed_by_the_same_rules() {
    let mut desk = Desk::new(Options::default());
    let mut csv = "Partner,Sub,SKU,Term,Cycle,Start,End,Licences,Net AUD\n".to_owned();
    csv.push_str("Contoso Pty Ltd,OTHER-1,CFQ7TTC0LCHC:0002,P1Y,Monthly,11/01/2026,11/30/2026,3,-90.00\n");
    desk.env.write("other/november.csv", csv);
    desk.settings(
        "source = \"csv\"\nname = \"Another Distributor\"\ncharges = \"other/*.csv\"\ndate_format = \"%m/%d/%Y\"\nsign = \"negative\"\ncurrency = \"AUD\"\n\
         columns = { customer = \"Partner\", subscription = \"Sub\", stock_code = \"SKU\", term = \"Term\", billing = \"Cycle\", usage_start = \"Start\", \
         usage_end = \"End\", quantity = \"Licences\", amount = \"Net AUD\" }",
    );
    let json = desk.env.run(["sync", "--json"]).code(0).json();
    assert_eq!(document(&json, "DD-2026-11")["sub_total"], "90.00");
    // Contoso's own price for Business Premium.
    let sale = array(&json["documents"]).iter().find(|document| document["kind"] == "invoice").unwrap();
    assert_eq!((sale["contact_name"].as_str(), sale["sub_total"].as_str()), (Some("Contoso"), Some("100.50")));
}

#[test]
fn credits_of_a_credit_note_that_shows_positive_amounts_count_as_credits() {
    let desk = Desk::signed_in(Options::default());
    let line = first_line(&desk, "Contoso Pty Ltd");
    desk.service.books(|books| {
        books.invoices.clear();
        let mut note = Invoice::new("CRN2611009", date(2026, 11, 20));
        let mut line = line;
        line.insert("DocumentType".to_owned(), "CREDIT NOTE".into());
        line.insert("UsageEnd".to_owned(), portal_date(date(2026, 11, 30)).into());
        note.line(line);
        books.invoices.push(note);
    });
    let json = desk.sync();
    let kinds: Vec<&str> = new_documents(&json).iter().map(|document| document["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["supplier-credit", "credit-note"]);
}

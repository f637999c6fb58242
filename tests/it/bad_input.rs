//! What is wrong with exports in the field, and what is said about it.

use serde_json::Value;

use crate::small::{
    CONFIG, HEADINGS, PREMIUM, Row, annuity, array, assert_untouched, codes, csv, customer, documents, env, error_of, essence, invoice, mapping, part, row,
    rows, snapshot, strings, subscription, tenant, with_invoice, xlsx,
};
use crate::support::{Output, TestEnv};

/// The month with these headings and rows, as CSV and as a workbook.
fn both(headings: &[&str], rows: &[Row]) -> [TestEnv; 2] {
    [with_invoice("invoice.csv", &csv(headings, rows)), with_invoice("invoice.xlsx", &xlsx("Invoice Details", headings, rows))]
}

fn dry(env: &TestEnv) -> Value {
    env.run(["sync", "--dry-run", "--json"]).code(0).json()
}

/// `sync` and `reconcile` end with 1, say this, and nothing is written.
#[track_caller]
fn refused(env: &TestEnv, expected: &[&str]) -> Output {
    let before = snapshot(env.root());
    for command in ["reconcile", "sync --dry-run", "sync", "sync --allow-skipped"] {
        let output = env.run(command.split(' ')).code(1);
        for text in expected {
            assert!(output.stderr.contains(text), "{command}: no {text} in\n{}", output.stderr);
        }
        assert_eq!(output.stdout, "", "{command}");
    }
    assert_untouched(env.root(), &before);
    env.run(["sync"])
}

/// The row is listed by `reconcile` and `--dry-run`, `sync` refuses, and goes on without it when told.
#[track_caller]
fn skipped(env: &TestEnv, row: u64, reason: &str, cost_without: &str) {
    let before = snapshot(env.root());
    for command in ["reconcile --json", "sync --dry-run --json"] {
        let json = env.run(command.split(' ')).code(0).json();
        let listed = array(&json["coverage"]["rows_skipped"]);
        assert_eq!(listed.len(), 1, "{listed:?}");
        assert_eq!(listed[0]["row"], row, "{listed:?}");
        assert!(listed[0]["reason"].as_str().unwrap().contains(reason), "{listed:?}");
        assert!(listed[0]["file"].as_str().unwrap().starts_with("invoice."), "{listed:?}");
    }
    let output = env.run(["sync"]).code(1);
    assert!(output.stderr.contains(&format!("row {row}")) && output.stderr.contains("--allow-skipped"), "{}", output.stderr);
    assert_untouched(env.root(), &before);
    let json = env.run(["sync", "--allow-skipped", "--json"]).code(0).json();
    assert_eq!(json["totals"]["cost"], cost_without);
}

fn with_cell(position: (usize, usize), text: &str) -> Vec<Row> {
    let mut rows = rows();
    text.clone_into(&mut rows[position.0][position.1]);
    rows
}

#[test]
fn a_missing_column_is_named_with_those_that_were_found() {
    for column in [1, 2, 3, 4, 5, 6] {
        let headings: Vec<&str> = HEADINGS.iter().enumerate().filter(|(place, _)| *place != column).map(|(_, heading)| *heading).collect();
        let short: Vec<Row> =
            rows().into_iter().map(|row| row.into_iter().enumerate().filter(|(place, _)| *place != column).map(|(_, cell)| cell).collect()).collect();
        let env = with_invoice("invoice.csv", &csv(&headings, &short));
        refused(&env, &["invoice.csv", HEADINGS[column], "TENANT NAME", "hint: "]);
    }
    let workbook = with_invoice("invoice.xlsx", &xlsx("Invoice Details", &HEADINGS[..6], &[]));
    refused(&workbook, &["invoice.xlsx", "UNIT PRICE"]);
}

#[test]
fn a_renamed_column_is_a_missing_one() {
    let mut headings = HEADINGS;
    headings[5] = "SEATS BOUGHT";
    for env in both(&headings, &rows()) {
        refused(&env, &["`QTY`", "SEATS BOUGHT"]);
    }
}

#[test]
fn spelling_and_order_of_the_columns_do_not_matter_and_others_are_ignored() {
    let expected = essence(&dry(&env()));
    let spelt = ["Tenant  Name", "subscription id", "StockCode", "usage_start", "Usage End", "Qty", "Unit Price", "TERM-START", "term end"];
    for env in both(&spelt, &rows()) {
        assert_eq!(essence(&dry(&env)), expected);
    }
    let turned: Vec<&str> = std::iter::once("REGION").chain(HEADINGS.iter().rev().copied()).chain(["REMARK"]).collect();
    let turn = |row: Row| std::iter::once("South".to_owned()).chain(row.into_iter().rev()).chain(["7".to_owned()]).collect();
    for env in both(&turned, &rows().into_iter().map(turn).collect::<Vec<Row>>()) {
        assert_eq!(essence(&dry(&env)), expected);
    }
}

#[test]
fn a_column_that_stands_twice_is_refused() {
    let headings: Vec<&str> = HEADINGS.iter().copied().chain(["Qty"]).collect();
    let rows: Vec<Row> = rows().into_iter().map(|row| row.into_iter().chain(["99".to_owned()]).collect()).collect();
    for env in both(&headings, &rows) {
        refused(&env, &["QTY", "twice"]);
    }
}

#[test]
fn a_second_heading_row_blank_rows_and_notes_are_no_charges() {
    let expected = essence(&dry(&env()));
    let mut padded = rows();
    padded.insert(2, strings(HEADINGS));
    padded.insert(1, strings([""; 9]));
    padded.push(strings([""; 9]));
    padded.push(strings(["End of report", "", "", "", "", "", "", "", ""]));
    for env in both(&HEADINGS, &padded) {
        let json = dry(&env);
        assert_eq!(essence(&json), expected);
        assert_eq!(json["coverage"]["charges_read"], 4);
    }
}

#[test]
fn merged_cells_stand_for_every_row_they_span() {
    let expected = essence(&dry(&env()));
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Invoice Details").unwrap();
    for (number, row) in (0..).zip(std::iter::once(strings(HEADINGS)).chain(rows())) {
        for (column, cell) in (0..).zip(&row) {
            sheet.write_string(number, column, cell).unwrap();
        }
    }
    // Rows 2 and 3 are customer 1's.
    sheet.merge_range(1, 0, 2, 0, &customer(1), &rust_xlsxwriter::Format::new()).unwrap();
    let env = with_invoice("invoice.xlsx", &workbook.save_to_buffer().unwrap());
    assert_eq!(essence(&dry(&env)), expected);
}

#[test]
fn text_in_a_column_of_numbers_is_reported_with_its_row() {
    for (column, text) in [(5, "three"), (6, "free"), (5, ""), (6, "12.3.4"), (6, "1e5x"), (6, "99999999999999999999")] {
        for env in both(&HEADINGS, &with_cell((2, column), text)) {
            skipped(&env, 4, "", "426.78");
        }
    }
}

#[test]
fn days_that_do_not_exist_are_reported_and_leap_days_are_read() {
    for text in ["29-FEB-2026", "31-NOV-2026", "2026-02-29", "13/13/2026", "soon"] {
        for env in both(&HEADINGS, &with_cell((2, 3), text)) {
            skipped(&env, 4, "", "426.78");
        }
    }
    let leap = part(1, "29-FEB-2028", "28-MAR-2028", "10", "30.00");
    for env in both(&HEADINGS, &[leap]) {
        let json = dry(&env);
        assert_eq!((json["period"].as_str(), json["totals"]["cost"].as_str()), (Some("2028-02"), Some("300.00")));
        assert_eq!(documents(&json, &["bill"])[0]["date"], "2028-02-29");
    }
}

#[test]
fn an_end_before_its_start_is_reported() {
    for env in both(&HEADINGS, &with_cell((2, 4), "31-OCT-2026")) {
        skipped(&env, 4, "before", "426.78");
    }
}

#[test]
fn dates_as_text_and_as_serials_in_one_column_are_the_same_dates() {
    let expected = essence(&dry(&env()));
    let mut mixed = rows();
    // 1 November 2026 is day 46327.
    mixed[0][3] = "46327".into();
    mixed[0][4] = "2026-11-30".into();
    mixed[1][3] = "13/10/2026".into();
    mixed[1][4] = "31-Oct-2026".into();
    mixed[2][3] = "1 Nov 2026".into();
    mixed[2][4] = "2026-11-30T00:00:00".into();
    for env in both(&HEADINGS, &mixed) {
        assert_eq!(essence(&dry(&env)), expected);
    }
}

#[test]
fn money_with_signs_and_commas_is_the_same_money() {
    let mut plain = rows();
    plain[0][6] = "1030".into();
    let mut spelt = plain.clone();
    spelt[0][6] = "$1,030.00".into();
    spelt[1][6] = " $18.39 ".into();
    spelt[2][5] = "5.0".into();
    let expected = essence(&dry(&with_invoice("invoice.csv", &invoice(&plain))));
    for env in both(&HEADINGS, &spelt) {
        assert_eq!(essence(&dry(&env)), expected);
    }
}

#[test]
fn a_float_of_a_workbook_is_the_decimal_that_excel_shows() {
    let mut rows = rows();
    rows[0][6] = "28.1925".into();
    let expected = essence(&dry(&with_invoice("invoice.csv", &invoice(&rows))));
    rows[0][6] = "28.192499999999999".into();
    let workbook = with_invoice("invoice.xlsx", &xlsx("Invoice Details", &HEADINGS, &rows));
    assert_eq!(essence(&dry(&workbook)), expected);
}

#[test]
fn negative_and_zero_quantities_are_charges() {
    let mut rows = rows();
    rows.push(part(2, "16-NOV-2026", "30-NOV-2026", "-1", "15.00"));
    rows.push(part(3, "16-NOV-2026", "30-NOV-2026", "0", "15.00"));
    rows.push(part(3, "20-NOV-2026", "30-NOV-2026", "2", "0.00"));
    for env in both(&HEADINGS, &rows) {
        let json = dry(&env);
        assert_eq!(json["totals"]["cost"], "561.78");
        assert_eq!(json["coverage"]["charges_read"], 7);
        let bill = documents(&json, &["bill"])[0];
        assert_eq!(array(&bill["lines"]).len(), 7);
    }
}

#[test]
fn a_month_of_credits_is_a_supplier_credit_and_a_credit_note() {
    let env = with_invoice("invoice.csv", &invoice(&[row(1, "-4")]));
    let json = env.run(["sync", "--json"]).code(0).json();
    let shown: Vec<(&str, &str)> = array(&json["documents"]).iter().map(|one| (one["kind"].as_str().unwrap(), one["sub_total"].as_str().unwrap())).collect();
    assert_eq!(shown, [("supplier-credit", "120.00"), ("credit-note", "160.00")]);
    assert_eq!((json["totals"]["cost"].as_str(), json["totals"]["sell"].as_str()), (Some("-120.00"), Some("-160.00")));
}

#[test]
fn a_subscription_id_need_not_be_a_guid() {
    let mut rows = rows();
    let mut list = String::from_utf8(annuity(&[(1, "10"), (2, "5"), (3, "3")])).unwrap();
    for (number, id) in [(1, "SUB-0001"), (2, "  7731  "), (3, "ab/c d")] {
        list = list.replace(&subscription(number), id.trim());
        for row in rows.iter_mut().filter(|row| row[1] == subscription(number)) {
            row[1] = id.to_owned();
        }
    }
    for env in both(&HEADINGS, &rows) {
        let mut env = env;
        env.write("annuity.csv", &list);
        let json = dry(&env);
        assert_eq!(codes(&json, "held").len(), 0, "{:#}", json["held"]);
        assert_eq!(json["totals"]["cost"], "576.78");
    }
}

#[test]
fn a_web_page_is_told_from_a_table() {
    for name in ["invoice.csv", "invoice.xlsx"] {
        let env = with_invoice(name, b"\n<!DOCTYPE html>\n<html><body>Please sign in</body></html>");
        refused(&env, &[name, "web page", "sign in"]);
    }
}

#[test]
fn a_workbook_with_a_password_says_so() {
    let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    bytes.resize(1024, 0);
    refused(&with_invoice("invoice.xlsx", &bytes), &["invoice.xlsx", "password"]);
    bytes.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    refused(&with_invoice("invoice.xlsx", &bytes), &["invoice.xlsx is protected by a password", "hint: "]);
}

#[test]
fn a_torn_workbook_is_refused_wherever_it_was_cut() {
    let whole = xlsx("Invoice Details", &HEADINGS, &rows());
    for length in [4, 30, 200, whole.len() / 2, whole.len() - 200, whole.len() - 30, whole.len() - 1] {
        let env = with_invoice("invoice.xlsx", &whole[..length]);
        refused(&env, &["invoice.xlsx", "hint: "]);
    }
}

#[test]
fn an_empty_file_and_a_missing_one_are_refused() {
    refused(&with_invoice("invoice.csv", b""), &["invoice.csv", "empty"]);
    refused(&with_invoice("other.csv", b"x"), &["dickerdata.invoice_report", "invoice*.*", "hint: "]);
    let env = env();
    std::fs::remove_file(env.path("annuity.csv")).unwrap();
    refused(&env, &["dickerdata.annuity", "annuity.csv"]);
}

#[test]
fn an_empty_export_is_never_clean() {
    for env in both(&HEADINGS, &[]) {
        let json = env.run(["sync", "--json"]).code(0).json();
        assert!(codes(&json, "findings").contains(&"nothing-compared"), "{:#}", json["findings"]);
        assert_eq!(json["coverage"]["charges_read"], 0);
        let output = env.run(["reconcile", "--check"]).code(5);
        assert!(!output.stderr.is_empty());
        env.run(["sync", "--check"]).code(5);
        assert!(!env.path("out").exists());
    }
}

#[test]
fn one_unreadable_number_among_ten_thousand_rows_is_found() {
    let mut rows: Vec<Row> =
        (0..10_000).map(|number| part(number % 3 + 1, "01-NOV-2026", "30-NOV-2026", "1", &format!("{}.{:02}", number % 2000 / 100, number % 100))).collect();
    let total: rust_decimal::Decimal = rows.iter().map(|row| row[6].parse::<rust_decimal::Decimal>().unwrap()).sum();
    let lost: rust_decimal::Decimal = rows[7_654][6].parse().unwrap();
    rows[7_654][6] = "16.5O".into();
    let env = with_invoice("invoice.csv", &invoice(&rows));
    skipped(&env, 7_656, "16.5O", &(total - lost).to_string());
}

#[test]
fn a_skipped_row_that_was_corrected_is_billed_on_a_further_bill() {
    let mut env = with_invoice("invoice.csv", &invoice(&with_cell((2, 5), "5 seats")));
    env.run(["sync", "--allow-skipped"]).code(0);
    env.write("invoice.csv", invoice(&rows()));
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_eq!(json["totals"]["cost"], "576.78");
    let new: Vec<&Value> = array(&json["documents"]).iter().filter(|document| document["state"] == "exported").collect();
    assert_eq!((new.len(), new[0]["number"].as_str(), new[0]["sub_total"].as_str()), (2, Some("DD-2026-11-2"), Some("150.00")));
}

#[test]
fn exports_of_different_months_are_said_to_be_stale() {
    let mut env = env();
    let list = env.read("annuity.csv").replace("30-NOV-2026", "31-AUG-2026");
    env.write("annuity.csv", list);
    let json = dry(&env);
    assert!(codes(&json, "findings").contains(&"source-stale"), "{:#}", json["findings"]);
    env.run(["reconcile", "--check"]).code(5);
    // The same for the seats.
    let seats = env.read("seats.csv").replace("2026-11-30", "2026-09-30");
    env.write("seats.csv", seats);
    let json = dry(&env);
    assert_eq!(codes(&json, "findings").iter().filter(|code| **code == "source-stale").count(), 2, "{:#}", json["findings"]);
}

#[test]
fn two_currencies_are_refused_with_both_names() {
    let headings: Vec<&str> = HEADINGS.iter().copied().chain(["CURRENCY"]).collect();
    let with = |currency: &str, row: Row| -> Row { row.into_iter().chain([currency.to_owned()]).collect() };
    let mixed = vec![with("AUD", row(1, "10")), with("", row(2, "5")), with("NZD", row(3, "3"))];
    for env in both(&headings, &mixed) {
        refused(&env, &["AUD", "NZD"]);
    }
    // In two files as well, and with the currency of the configuration's country.
    let one = with_invoice("invoice.csv", &csv(&headings, &mixed[..1])).file("invoice-2.csv", csv(&headings, &mixed[2..]));
    refused(&one, &["AUD", "NZD"]);
}

#[test]
fn a_stated_total_that_differs_posts_nothing() {
    let mut rows = rows();
    rows.push(strings(["Total", "", "", "", "", "", "577.78", "", ""]));
    for env in both(&HEADINGS, &rows) {
        let before = snapshot(env.root());
        let output = env.run(["sync", "--allow-skipped", "--json"]).code(1);
        let json = output.json();
        let finding = array(&json["findings"]).iter().find(|finding| finding["code"] == "total-mismatch").unwrap();
        assert!(finding["message"].as_str().unwrap().contains("577.78") && finding["message"].as_str().unwrap().contains("576.78"), "{finding}");
        assert_eq!(array(&json["blockers"]).len(), 1);
        let error = error_of(&output);
        assert!(error["message"].as_str().unwrap().contains("577.78"), "{error}");
        assert_untouched(env.root(), &before);
        env.run(["reconcile"]).code(0);
    }
}

#[test]
fn a_stated_total_that_agrees_is_no_charge() {
    let expected = essence(&dry(&env()));
    let mut rows = rows();
    rows.push(strings(["Total", "", "", "", "", "", "576.78", "", ""]));
    for env in both(&HEADINGS, &rows) {
        let json = env.run(["sync", "--json"]).code(0).json();
        assert_eq!(essence(&json), expected);
        assert_eq!(json["coverage"]["charges_read"], 4);
    }
}

#[test]
fn an_amount_column_counts_and_a_difference_is_told() {
    let headings: Vec<&str> = HEADINGS.iter().copied().chain(["LINE AMOUNT"]).collect();
    let amounts = ["300.00", "36.78", "149.00", "90.00"];
    let rows: Vec<Row> = rows().into_iter().zip(amounts).map(|(row, amount)| row.into_iter().chain([amount.to_owned()]).collect()).collect();
    for env in both(&headings, &rows) {
        let json = dry(&env);
        assert_eq!(json["totals"]["cost"], "575.78");
        assert!(codes(&json, "findings").contains(&"total-mismatch"), "{:#}", json["findings"]);
    }
}

#[test]
fn a_long_name_full_of_quotes_commas_and_line_breaks_stays_importable() {
    let mut name = "=SUM(A1),\"Odd\" & Sons,\r\nLine two\nTāmaki ".to_owned();
    while name.chars().count() < 300 {
        name.push_str(", Subsidiary \"X\"");
    }
    let name: String = name.chars().take(300).collect();
    let mut odd = row(1, "10");
    odd[0].clone_from(&name);
    let list = String::from_utf8(annuity(&[(2, "5")])).unwrap();
    // The name in the export has line breaks; a contact's name has none.
    let contact = name.replace("\r\n", " ").replace('\n', " ");
    let escaped = serde_json::to_string(&contact).unwrap();
    let entry = format!("\n[[customers]]\ntenant_id = \"{}\"\nname = {escaped}\nxero_contact_name = {escaped}\n", tenant(1));
    let headings: Vec<&str> = HEADINGS.iter().copied().chain(["TENANT ID"]).collect();
    let rows: Vec<Row> = vec![odd.into_iter().chain([tenant(1)]).collect(), row(2, "5").into_iter().chain([tenant(2)]).collect()];
    let config = CONFIG.replace("[xero]", "[billing]\ndescription = \"{customer}, {product}\"\n[xero]");
    for (file, content) in [("invoice.csv", csv(&headings, &rows)), ("invoice.xlsx", xlsx("Invoice Details", &headings, &rows))] {
        let env = with_invoice(file, &content).file("annuity.csv", &list).file("mapping.toml", mapping([2]) + &entry).file("config.toml", &config);
        let json = env.run(["sync", "--json"]).code(0).json();
        assert_eq!(codes(&json, "held").len(), 0, "{:#}", json["held"]);
        assert!(codes(&json, "findings").contains(&"customer-unmapped"), "a warning about the name: {:#}", json["findings"]);
        for (file, column, expected) in [("out/xero-sales-invoices-2026-11-01.csv", 16, "'="), ("out/xero-bills-2026-11-01.csv", 15, "'=")] {
            let bytes = std::fs::read(env.path(file)).unwrap();
            assert_eq!(bytes.split(|byte| *byte == b'\n').count(), 4, "one line a row, and nothing after the last");
            let mut reader = csv::Reader::from_reader(bytes.as_slice());
            let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            assert_eq!(records.len(), 2);
            let odd = records.iter().find(|record| record[column].contains("Odd")).unwrap();
            assert!(odd[column].starts_with(expected), "{}", &odd[column]);
            if file.contains("sales") {
                assert_eq!(&odd[0], contact, "a contact's name is never altered");
            }
        }
        env.run(["reconcile"]).code(0);
    }
}

#[test]
fn rows_that_nobody_can_tell_are_reported_and_never_dropped() {
    let mut rows = rows();
    rows.push(strings([&customer(3), "", "", "01-NOV-2026", "30-NOV-2026", "1", "12.00", "", ""]));
    for env in both(&HEADINGS, &rows) {
        skipped(&env, 6, "", "576.78");
    }
}

#[test]
fn a_csv_in_utf16_and_with_tabs_is_read() {
    let expected = essence(&dry(&env()));
    let text = String::from_utf8(invoice(&rows())).unwrap();
    let utf16: Vec<u8> = [0xFEFF].into_iter().chain(text.replace(',', "\t").encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(essence(&dry(&with_invoice("invoice.csv", &utf16))), expected);
    let marked = [b"\xEF\xBB\xBF".as_slice(), text.replace('\n', "\r\n").as_bytes()].concat();
    assert_eq!(essence(&dry(&with_invoice("invoice.csv", &marked))), expected);
}

#[test]
fn the_tab_is_found_among_others_whatever_it_is_called() {
    let expected = essence(&dry(&env()));
    for tab in ["INVOICE DETAILS", "Sheet1"] {
        assert_eq!(essence(&dry(&with_invoice("invoice.xlsx", &xlsx(tab, &HEADINGS, &rows())))), expected, "{tab}");
    }
}

#[test]
fn a_bad_row_of_the_annuity_list_is_reported_and_does_not_stop_the_month() {
    let mut env = env();
    let list = env.read("annuity.csv") + &format!("nonsense,X,{},{PREMIUM},,,many,NCE,Active,,,,,\n", subscription(9));
    env.write("annuity.csv", list);
    let json = env.run(["sync", "--json"]).code(0).json();
    assert_eq!(json["totals"]["cost"], "576.78");
    assert!(array(&json["coverage"]["rows_skipped"]).iter().any(|row| row["file"] == "annuity.csv" && row["row"] == 5), "{:#}", json["coverage"]);
}

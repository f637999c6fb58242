//! Documents: numbers, amounts, statuses, refusals, lists.

use serde_json::{Value, json};

use super::{Signed, problems, value, with};
use crate::stand_ins::xero::options::{Country, NewOrganisation, Options};

fn xero() -> Signed {
    Signed::new(Options::default())
}

#[test]
fn an_invoice_is_created_and_read_back_in_xeros_shape() {
    let xero = xero();
    let created = xero.put(&xero.invoice("CSP-2026-11-a"));
    assert_eq!(created["StatusAttributeString"], "OK");
    assert_eq!(created["Status"], "DRAFT");
    let read = xero.get("Invoices?InvoiceNumbers=CSP-2026-11-a&page=1&pageSize=100");
    assert_eq!(read["pagination"], json!({ "page": 1, "pageSize": 100, "pageCount": 1, "itemCount": 1 }));
    let read = &read["Invoices"][0];
    assert_eq!(read["InvoiceID"], created["InvoiceID"]);
    assert_eq!((&read["DateString"], &read["Date"]), (&json!("2026-11-30T00:00:00"), &json!("/Date(1795996800000+0000)/")));
    assert_eq!(read["SubTotal"].to_string(), "2144.75"); // 18 × 119.1527 = 2144.7486
    assert_eq!(read["TotalTax"].to_string(), "214.48");
    assert_eq!(read["Total"].to_string(), "2359.23");
    assert_eq!(read["LineItems"][0]["UnitAmount"].to_string(), "119.1527");
    assert_eq!(read["Contact"]["Name"], "Contoso");
    let raw = xero.send("GET", "Invoices?page=1", &Value::Null).body;
    let raw = String::from_utf8(raw).unwrap();
    assert!(raw.contains("\\/Date(1795996800000+0000)\\/") && raw.contains("\r\n"), "{raw}");
}

#[test]
fn unit_amounts_have_two_decimals_unless_four_are_asked_for() {
    let xero = xero();
    xero.put(&xero.invoice("FOUR"));
    xero.unit_decimals.set(2);
    assert_eq!(xero.get("Invoices/FOUR")["Invoices"][0]["LineItems"][0]["UnitAmount"].to_string(), "119.15");
    let rounded = xero.put(&xero.invoice("TWO"));
    assert_eq!(rounded["SubTotal"].to_string(), "2144.70"); // 18 × 119.15
    xero.unit_decimals.set(4);
    assert_eq!(xero.get("Invoices/TWO")["Invoices"][0]["LineItems"][0]["UnitAmount"].to_string(), "119.1500");
}

#[test]
fn tax_is_rounded_line_by_line() {
    let xero =
        Signed::new(Options { organisations: vec![NewOrganisation { country: Country::NewZealand, ..NewOrganisation::default() }], ..Options::default() });
    let lines: Vec<Value> = ["25.06", "25.61", "25.63"].map(|amount| json!({ "Description": "Line", "UnitAmount": amount, "AccountCode": "200" })).to_vec();
    let created = xero.put(&with(xero.invoice("TAX"), json!({ "LineItems": lines })));
    assert_eq!(created["TotalTax"].to_string(), "11.44");
    assert_eq!(created["LineItems"][0]["TaxType"], "OUTPUT2");
    let inclusive = xero.put(&with(
        xero.invoice("TAX-2"),
        json!({ "LineAmountTypes": "Inclusive", "LineItems": [{ "Description": "Line", "UnitAmount": 115, "AccountCode": "200" }] }),
    ));
    assert_eq!((inclusive["SubTotal"].to_string(), inclusive["TotalTax"].to_string()), ("100.00".to_owned(), "15.00".to_owned()));
}

#[test]
fn numbers_of_sales_are_unique_and_those_of_bills_are_not() {
    let xero = xero();
    xero.put(&xero.invoice("SAME"));
    assert_eq!(xero.refused(&xero.invoice("SAME")), ["Invoice # must be unique."]);
    xero.xero.delete("SAME");
    assert_eq!(xero.refused(&xero.invoice("SAME")), ["Invoice # must be unique."]);
    xero.put(&xero.bill("SAME"));
    assert_eq!(problems(&xero.put(&xero.bill("SAME"))), [""; 0]);
    assert_eq!(xero.xero.documents().len(), 3);
}

#[test]
fn a_deleted_number_can_be_used_again_where_the_option_says_so() {
    let xero = Signed::new(Options { reuses_numbers: true, ..Options::default() });
    xero.put(&xero.invoice("AGAIN"));
    xero.xero.delete("AGAIN");
    assert_eq!(xero.refused(&xero.invoice("AGAIN")), [""; 0]);
}

#[test]
fn post_overwrites_the_invoice_of_the_same_number() {
    let xero = xero();
    let first = xero.put(&xero.invoice("OVER"));
    let other = with(xero.invoice("OVER"), json!({ "LineItems": [{ "Description": "Other", "Quantity": 1, "UnitAmount": 5, "AccountCode": "200" }] }));
    let second = xero.write("POST", "Invoices", &other);
    assert_eq!((second["InvoiceID"].clone(), second["SubTotal"].to_string()), (first["InvoiceID"].clone(), "5.00".to_owned()));
    assert_eq!(xero.xero.documents().len(), 1);
}

#[test]
fn one_bad_element_spoils_the_call_unless_errors_are_not_summarised() {
    let xero = xero();
    let bad = with(xero.invoice("BAD"), json!({ "LineItems": [] }));
    let both = json!({ "Invoices": [xero.invoice("GOOD"), bad] });
    let answer = xero.send("PUT", "Invoices", &both);
    assert_eq!(answer.status, 400);
    let body = value(&answer);
    assert_eq!((&body["ErrorNumber"], &body["Type"]), (&json!(10), &json!("ValidationException")));
    assert_eq!(body["Elements"][0]["ValidationErrors"][0]["Message"], "One or more line items must be specified");
    assert_eq!(xero.xero.documents().len(), 0);
    let answer = xero.send("PUT", "Invoices?summarizeErrors=false", &both);
    let body = value(&answer);
    assert_eq!(answer.status, 200);
    assert_eq!(body["Invoices"][1]["StatusAttributeString"], "ERROR");
    assert_eq!(body["Invoices"][1]["InvoiceID"], "00000000-0000-0000-0000-000000000000");
    assert_eq!(xero.xero.documents().len(), 1);
}

#[test]
fn refusals_are_in_xeros_words() {
    let xero = xero();
    xero.xero.archive_account("260");
    let line =
        |members: Value| json!({ "LineItems": [with(json!({ "Description": "Line", "Quantity": 2, "UnitAmount": 8.1, "AccountCode": "200" }), members)] });
    for (members, expected) in [
        (line(json!({ "AccountCode": "999" })), "Account code '999' is not a valid code for this document."),
        (line(json!({ "AccountCode": "310", "TaxType": "OUTPUT" })), "Account code '310' is not a valid code for this document."),
        (line(json!({ "AccountCode": "260" })), "Account code '260' has been archived, or deleted."),
        (line(json!({ "TaxType": "GST on Income" })), "The TaxType code GST on Income does not exist or cannot be used for this type of transaction."),
        (line(json!({ "TaxType": "INPUT" })), "The TaxType code 'INPUT' cannot be used with account code '200'."),
        (line(json!({ "LineAmount": 27 })), "The line total 27.00 does not match the expected line total 16.20"),
        (line(json!({ "UnitAmount": -8.1 })), "must not be negative"),
        (line(json!({ "Description": "" })), "Description"),
        (line(json!({ "Tracking": [{ "Name": "Region", "Option": "West" }] })), "tracking category 'Region'"),
        (json!({ "CurrencyCode": "USD" }), "Organisation is not subscribed to currency USD"),
        (json!({ "Status": "AUTHORISED", "DueDate": null }), "The document DueDate field must be specified."),
        (json!({ "Status": "AUTHORISED", "LineItems": [{ "Description": "Line", "UnitAmount": 1 }] }), "Account must be valid."),
        (json!({ "Status": "PAID" }), "Invoice not of valid status"),
        (json!({ "Contact": { "ContactID": "430fa14a-f945-44d3-9f97-5df5e28441b8" } }), "A Contact must be specified"),
        (json!({ "Type": "SALE" }), "Type"),
    ] {
        let refused = xero.refused(&with(xero.invoice("WORDS"), members));
        assert!(refused.iter().any(|problem| problem.contains(expected)), "{expected}: {refused:?}");
    }
    xero.xero.archive_contact(&xero.xero.contact_id("Contoso").unwrap());
    assert!(xero.refused(&xero.invoice("WORDS")).iter().any(|problem| problem.contains("archived")));
    assert_eq!(xero.xero.documents().len(), 0);
}

#[test]
fn before_a_lock_date_drafts_are_accepted_and_nothing_is_approved_or_changed() {
    let xero = xero();
    xero.xero.lock_period(Some(jiff::civil::date(2026, 11, 30)));
    let approved = with(xero.invoice("LOCK"), json!({ "Status": "AUTHORISED" }));
    assert_eq!(xero.refused(&approved), ["The document date cannot be before the period lock date, currently set at 30 Nov 2026."]);
    let draft = xero.put(&xero.invoice("LOCK"));
    assert_eq!(draft["Status"], "DRAFT");
    let changed = xero.write("POST", "Invoices", &json!({ "InvoiceID": draft["InvoiceID"], "Status": "DELETED" }));
    assert!(problems(&changed)[0].contains("period lock date"), "{changed}");
    xero.xero.lock_period(None);
    xero.xero.lock_year(Some(jiff::civil::date(2026, 12, 31)));
    assert!(
        xero.refused(&with(xero.invoice("YEAR"), json!({ "Status": "AUTHORISED" })))[0]
            .contains("before the end of year lock date, currently set at 31 Dec 2026")
    );
    assert_eq!(xero.get("Organisation")["Organisations"][0]["EndOfYearLockDate"], "/Date(1798675200000+0000)/");
}

#[test]
fn a_document_goes_through_its_statuses_and_no_others() {
    let xero = xero();
    let change = |document: &Value, status: &str| xero.write("POST", "Invoices", &json!({ "InvoiceID": document["InvoiceID"], "Status": status }));
    let draft = xero.put(&xero.invoice("LIFE-1"));
    assert!(problems(&change(&draft, "VOIDED"))[0].contains("Invoice not of valid status for modification"));
    assert_eq!(change(&draft, "SUBMITTED")["Status"], "SUBMITTED");
    assert_eq!(change(&draft, "AUTHORISED")["Status"], "AUTHORISED");
    assert!(problems(&change(&draft, "DELETED"))[0].contains("not of valid status"));
    assert_eq!(change(&draft, "VOIDED")["Status"], "VOIDED");
    assert!(problems(&change(&draft, "DRAFT"))[0].contains("not of valid status"));
    let paid = xero.put(&with(xero.invoice("LIFE-2"), json!({ "Status": "AUTHORISED" })));
    xero.xero.pay("LIFE-2", rust_decimal::Decimal::ONE);
    assert!(problems(&change(&paid, "VOIDED"))[0].contains("This document cannot be edited"));
    let deleted = xero.put(&xero.invoice("LIFE-3"));
    let by_path = xero.send("POST", &format!("Invoices/{}", deleted["InvoiceID"].as_str().unwrap()), &json!({ "Status": "DELETED" }));
    assert_eq!(value(&by_path)["Invoices"][0]["Status"], "DELETED");
    assert_eq!(value(&by_path)["Invoices"][0]["AmountDue"].to_string(), "0.00");
}

#[test]
fn an_update_keeps_lines_by_id_and_deletes_those_left_out() {
    let xero = xero();
    let two = json!({ "LineItems": [{ "Description": "One", "UnitAmount": 1, "AccountCode": "200" }, { "Description": "Two", "UnitAmount": 2, "AccountCode": "200" }] });
    let created = xero.put(&with(xero.invoice("LINES"), two));
    let kept = &created["LineItems"][1]["LineItemID"];
    let lines = json!([{ "LineItemID": kept, "Description": "Two", "UnitAmount": 3, "AccountCode": "200" }, { "Description": "New", "UnitAmount": 4, "AccountCode": "200" }]);
    let changed = xero.write("POST", "Invoices", &json!({ "InvoiceID": created["InvoiceID"], "LineItems": lines }));
    assert_eq!(changed["LineItems"].as_array().unwrap().len(), 2);
    assert_eq!(&changed["LineItems"][0]["LineItemID"], kept);
    assert_eq!(changed["SubTotal"].to_string(), "7.00");
}

#[test]
fn bills_are_found_by_a_condition() {
    let xero = xero();
    xero.put(&xero.bill("DD-1"));
    xero.put(&xero.bill("DD-2"));
    xero.put(&xero.invoice("DD-1"));
    let contact = xero.xero.contact_id("Dicker Data").unwrap();
    let condition = format!(
        "Type==\"ACCPAY\" AND InvoiceNumber==\"DD-1\" AND Contact.ContactID==guid(\"{contact}\") AND Date>=DateTime(2026,11,01) AND Date<=DateTime(2026,11,30)"
    );
    let mut exchange = xero.exchange("GET", "Invoices?page=1", &Value::Null);
    exchange.query.push(("where".to_owned(), condition));
    let found = value(&xero.xero.handle(&exchange));
    assert_eq!(found["Invoices"].as_array().unwrap().len(), 1);
    assert_eq!(found["Invoices"][0]["Type"], "ACCPAY");
    exchange.query.last_mut().unwrap().1 = "Type=\"ACCPAY\" OR 1".to_owned();
    let refused = xero.xero.handle(&exchange);
    assert_eq!((refused.status, &value(&refused)["Type"]), (400, &json!("QueryParseException")));
}

#[test]
fn lists_without_a_page_have_no_lines_and_pages_end() {
    let xero = xero();
    for number in 0..5 {
        xero.put(&xero.invoice(&format!("P-{number}")));
    }
    xero.xero.delete("P-4");
    let all = xero.get("Invoices");
    assert_eq!(all["Invoices"].as_array().unwrap().len(), 5, "deleted ones included");
    assert_eq!(all["Invoices"][0]["LineItems"], json!([]));
    assert!(all.get("pagination").is_none());
    let second = xero.get("Invoices?page=2&pageSize=3");
    assert_eq!(second["Invoices"].as_array().unwrap().len(), 2);
    assert_eq!(second["pagination"], json!({ "page": 2, "pageSize": 3, "pageCount": 2, "itemCount": 5 }));
    assert_eq!(xero.get("Invoices?page=3&pageSize=3")["Invoices"], json!([]));
    assert_eq!(xero.get("Invoices?Statuses=DELETED")["Invoices"].as_array().unwrap().len(), 1);
    assert_eq!(xero.send("GET", "Invoices?page=1&pageSize=1001", &Value::Null).status, 400);
}

#[test]
fn credit_notes_have_numbers_on_sales_only() {
    let xero = xero();
    let credit = |kind: &str| {
        let contact = xero.xero.contact_id("Contoso").unwrap();
        let account = if kind == "ACCPAYCREDIT" { "310" } else { "200" };
        json!({ "Type": kind, "Contact": { "ContactID": contact }, "CreditNoteNumber": "CN-A", "Reference": "R", "Date": "2026-11-30",
                "LineItems": [{ "Description": "Refund", "Quantity": 1, "UnitAmount": 633.21, "AccountCode": account }] })
    };
    let sale = xero.write("PUT", "CreditNotes", &credit("ACCRECCREDIT"));
    assert_eq!((&sale["CreditNoteNumber"], sale["RemainingCredit"].to_string()), (&json!("CN-A"), "696.53".to_owned()));
    let supplier = xero.write("PUT", "CreditNotes", &credit("ACCPAYCREDIT"));
    assert!(supplier.get("CreditNoteNumber").is_none() && supplier.get("Reference").is_none(), "{supplier}");
    assert_eq!(problems(&xero.write("PUT", "CreditNotes", &credit("ACCRECCREDIT"))).len(), 1);
    assert_eq!(problems(&xero.put(&xero.invoice("CN-A"))), [""; 0], "an invoice may have the number of a credit note");
    assert_eq!(xero.get("CreditNotes?page=1")["CreditNotes"].as_array().unwrap().len(), 2);
}

#[test]
fn a_contact_with_more_than_its_id_is_rewritten() {
    let xero = xero();
    let contact = xero.xero.contact_id("Contoso").unwrap();
    let (first, second) = (xero.invoice("NAME"), xero.invoice("NEW"));
    xero.put(&with(first, json!({ "Contact": { "ContactID": contact, "Name": "Somebody else" } })));
    assert!(xero.xero.contact_id("Somebody else").is_some());
    let refused = xero.put(&with(second.clone(), json!({ "Contact": { "Name": "Nobody" }, "LineItems": [] })));
    assert_eq!((problems(&refused).len(), xero.xero.contacts().len()), (1, 3), "a refused document leaves no contact");
    xero.put(&with(second, json!({ "Contact": { "Name": "Brand new" } })));
    assert_eq!(xero.xero.contacts().len(), 4);
}

#[test]
fn missing_numbers_and_dates_are_filled_in() {
    let xero = xero();
    let created = xero.put(&with(xero.invoice(""), json!({ "Date": null })));
    assert_eq!(created["InvoiceNumber"], "INV-0001");
    assert_eq!(created["DateString"], "2026-12-01T00:00:00");
}

#[test]
fn history_and_attachments_stay_with_a_document() {
    let xero = xero();
    let created = xero.put(&xero.bill("DD-1"));
    let id = created["InvoiceID"].as_str().unwrap();
    let note = json!({ "HistoryRecords": [{ "Details": "cspctl run 7" }] });
    assert_eq!(xero.send("PUT", &format!("Invoices/{id}/History"), &note).status, 200);
    let read = xero.get(&format!("Invoices/{id}/History"));
    assert_eq!(read["HistoryRecords"][0]["Details"], "cspctl run 7");
    assert_eq!(read["HistoryRecords"][1]["Changes"], "Created");
    let long = json!({ "HistoryRecords": [{ "Details": "x".repeat(2_501) }] });
    assert_eq!(xero.send("PUT", &format!("Invoices/{id}/History"), &long).status, 400);
    let mut file = xero.exchange("PUT", &format!("Invoices/{id}/Attachments/november.csv"), &Value::Null);
    file.body = b"a,b".to_vec();
    file.headers.push(("content-type".to_owned(), "text/csv".to_owned()));
    assert_eq!(xero.xero.handle(&file).status, 200);
    let listed = xero.get(&format!("Invoices/{id}/Attachments"));
    assert_eq!((&listed["Attachments"][0]["FileName"], &listed["Attachments"][0]["ContentLength"]), (&json!("november.csv"), &json!(3)));
    assert_eq!(xero.get(&format!("Invoices/{id}"))["Invoices"][0]["HasAttachments"], true);
    file.path = file.path.replace("november", "a:b");
    assert_eq!(xero.xero.handle(&file).status, 400);
}

#[test]
fn contacts_are_paged_and_archived_ones_are_shown_on_request() {
    let names: Vec<String> = (0..250).map(|number| format!("Customer {number:03}")).collect();
    let xero = Signed::new(Options { organisations: vec![NewOrganisation { contacts: names, ..NewOrganisation::default() }], ..Options::default() });
    xero.xero.archive_contact(&xero.xero.contact_id("Customer 007").unwrap());
    let first = xero.get("Contacts?page=1&pageSize=100&includeArchived=true");
    assert_eq!(first["pagination"], json!({ "page": 1, "pageSize": 100, "pageCount": 3, "itemCount": 250 }));
    assert_eq!(first["Contacts"][7]["ContactStatus"], "ARCHIVED");
    assert_eq!(xero.get("Contacts?page=1&pageSize=1000")["pagination"]["itemCount"], 249);
}

#[test]
fn settings_are_read() {
    let xero = xero();
    let organisation = xero.get("Organisation")["Organisations"][0].clone();
    assert_eq!((&organisation["Name"], &organisation["BaseCurrency"]), (&json!("Example MSP Pty Ltd"), &json!("AUD")));
    assert!(organisation.get("PeriodLockDate").is_none());
    assert!(xero.get("Organisation/Actions")["Actions"].as_array().unwrap().contains(&json!({ "Name": "CreateDraftBill", "Status": "ALLOWED" })));
    let rounding = xero.get("Accounts?where=SystemAccount==\"ROUNDING\"");
    assert_eq!((rounding["Accounts"].as_array().unwrap().len(), &rounding["Accounts"][0]["Code"]), (1, &json!("860")));
    let rates = xero.get("TaxRates")["TaxRates"].clone();
    assert_eq!((&rates[0]["TaxType"], rates[0]["EffectiveRate"].to_string()), (&json!("OUTPUT"), "10.0000".to_owned()));
    assert_eq!(xero.get("Items")["Items"][0]["SalesDetails"]["UnitPrice"].to_string(), "32.9000");
    assert_eq!(xero.get("TrackingCategories")["TrackingCategories"][0]["Options"][1]["Name"], "South");
    assert_eq!(xero.get("BrandingThemes")["BrandingThemes"][0]["Name"], "Standard");
    assert_eq!(xero.get("Currencies")["Currencies"], json!([{ "Code": "AUD", "Description": "Australian Dollar" }]));
}

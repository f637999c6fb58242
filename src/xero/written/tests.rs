//! Answers to writes, element by element.

use super::*;
use crate::domain::books::BookedStatus;
use crate::domain::document::Kind;
use crate::xero::batch::{Dress, create_batch, remove_batch};
use crate::xero::samples;
use serde_json::json;

fn batch(numbers: &[&str]) -> Batch {
    let documents: Vec<_> = numbers.iter().map(|number| samples::document(Kind::Invoice, number)).collect();
    let dress = Dress::default();
    create_batch(Endpoint::Invoices, &documents.iter().map(|document| (document, &dress)).collect::<Vec<_>>())
}

fn element(number: &str, id: u128) -> Value {
    json!({
        "Type": "ACCREC", "InvoiceID": Uuid::from_u128(id), "InvoiceNumber": number, "Reference": "cspctl 3f9a2c",
        "Contact": { "ContactID": samples::CONTACT, "Name": "Contoso", "HasValidationErrors": false },
        "DateString": "2026-11-30T00:00:00", "Date": "/Date(1796083200000+0000)/", "DueDateString": "2026-12-20T00:00:00",
        "Status": "DRAFT", "LineAmountTypes": "Exclusive", "CurrencyCode": "AUD",
        "LineItems": [{ "Description": "x", "Quantity": 12, "UnitAmount": 32.9, "LineAmount": 394.8, "TaxAmount": 39.48 }],
        "SubTotal": 394.8, "TotalTax": 39.48, "Total": 434.28, "AmountDue": 434.28, "AmountPaid": 0,
        "HasErrors": false, "StatusAttributeString": "OK", "UpdatedDateUTC": "/Date(1796083200001+0000)/",
    })
}

fn refused(number: &str, message: &str) -> Value {
    let mut element = element(number, 0);
    element["StatusAttributeString"] = json!("ERROR");
    element["HasErrors"] = json!(true);
    element["ValidationErrors"] = json!([{ "Message": message }]);
    element
}

fn id(written: &Written) -> u128 {
    match written {
        Written::Accepted { document, .. } => document.id.0.as_u128(),
        other => panic!("{other:?}"),
    }
}

fn is_unknown(written: &Written) -> bool {
    matches!(written, Written::Unknown { .. })
}

#[test]
fn elements_in_any_order_are_matched_by_number() {
    let results = read(&batch(&["A", "B", "C"]), &[element("C", 3), element("A", 1), element("B", 2)]);
    assert_eq!(results.iter().map(id).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_refused_one_stops_none_of_the_others() {
    let results = read(&batch(&["A", "B", "C"]), &[element("A", 1), refused("B", "Invoice # must be unique."), element("C", 3)]);
    assert_eq!((id(&results[0]), id(&results[2])), (1, 3));
    assert_eq!(results[1], Written::Refused { number: "B".to_owned(), messages: vec!["Invoice # must be unique.".to_owned()] });
}

#[test]
fn an_element_that_is_missing_is_unknown_and_no_other_takes_its_place() {
    let results = read(&batch(&["A", "B"]), &[element("B", 2)]);
    assert!(is_unknown(&results[0]), "{:?}", results[0]);
    assert_eq!(id(&results[1]), 2);
    let results = read(&batch(&["A", "B"]), &[element("X", 9), element("B", 2)]);
    assert!(is_unknown(&results[0]), "an element of another number is nobody's");
    assert!(read(&batch(&["A"]), &[]).iter().all(is_unknown));
}

#[test]
fn errors_count_even_when_the_status_says_ok_or_nothing() {
    for status in [json!("OK"), json!("WARNING"), Value::Null] {
        let mut element = refused("A", "Account must be valid.");
        element["StatusAttributeString"] = status;
        element["HasErrors"] = json!(false);
        element["InvoiceID"] = json!(samples::ID);
        assert!(matches!(&read(&batch(&["A"]), &[element])[0], Written::Refused { .. }));
    }
    let mut nested = element("A", 1);
    nested["LineItems"][0]["ValidationErrors"] = json!([{ "Description": "Account code '999' is not a valid code for this document." }]);
    assert!(matches!(&read(&batch(&["A"]), &[nested])[0], Written::Refused { messages, .. } if messages[0].contains("999")));
}

#[test]
fn an_error_without_words_and_an_id_of_zeros_are_refusals() {
    let mut silent = element("A", 1);
    silent["StatusAttributeString"] = json!("ERROR");
    assert!(matches!(&read(&batch(&["A"]), &[silent])[0], Written::Refused { messages, .. } if messages[0].contains("no reason")));
    let mut flagged = element("A", 1);
    flagged["HasErrors"] = json!(true);
    assert!(matches!(&read(&batch(&["A"]), &[flagged])[0], Written::Refused { .. }));
    assert!(matches!(&read(&batch(&["A"]), &[element("A", 0)])[0], Written::Refused { messages, .. } if messages[0].contains("no id")));
}

#[test]
fn an_element_without_an_id_or_a_status_is_unknown() {
    for member in ["InvoiceID", "Status", "DateString"] {
        let mut bare = element("A", 1);
        bare.as_object_mut().unwrap().remove(member);
        bare.as_object_mut().unwrap().remove("Date");
        let results = read(&batch(&["A"]), &[bare]);
        assert!(is_unknown(&results[0]), "{member}: {:?}", results[0]);
    }
    assert!(is_unknown(&read(&batch(&["A"]), &[json!("text")])[0]));
}

#[test]
fn remarks_are_kept_and_stop_nothing() {
    let mut remarked = element("A", 1);
    remarked["StatusAttributeString"] = json!("WARNING");
    remarked["Warnings"] = json!([{ "Message": "The currency rate is far from the day's." }]);
    let results = read(&batch(&["A"]), &[remarked]);
    assert!(matches!(&results[0], Written::Accepted { warnings, .. } if warnings == &["The currency rate is far from the day's."]), "{results:?}");
}

#[test]
fn what_xero_numbers_is_matched_by_our_number_in_the_reference() {
    let documents = ["A", "B"].map(|number| samples::document(Kind::Invoice, number));
    let dress = Dress { numbered_by_xero: true, ..Dress::default() };
    let batch = create_batch(Endpoint::Invoices, &[(&documents[0], &dress), (&documents[1], &dress)]);
    let mut back = [element("INV-8", 2), element("INV-7", 1)];
    back[0]["Reference"] = json!("B");
    back[1]["Reference"] = json!("A");
    assert_eq!(read(&batch, &back).iter().map(id).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn supplier_credits_are_matched_by_what_they_say() {
    let dress = Dress::default();
    let (first, mut second) = (samples::document(Kind::SupplierCredit, ""), samples::document(Kind::SupplierCredit, ""));
    second.lines[0].unit_amount = "5".parse().unwrap();
    let batch = create_batch(Endpoint::CreditNotes, &[(&first, &dress), (&second, &dress)]);
    let credit = |unit: &str, id: u128| {
        let mut value = element("", id);
        let members = value.as_object_mut().unwrap();
        members.remove("InvoiceID");
        members.insert("CreditNoteID".to_owned(), json!(Uuid::from_u128(id)));
        members.insert("Type".to_owned(), json!("ACCPAYCREDIT"));
        members.insert("CreditNoteNumber".to_owned(), json!(""));
        value["LineItems"][0]["UnitAmount"] = serde_json::from_str(unit).unwrap();
        value
    };
    assert_eq!(read(&batch, &[credit("5.0", 2), credit("32.9000", 1)]).iter().map(id).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn what_says_nothing_of_itself_is_taken_by_its_place() {
    let silent = json!({ "ValidationErrors": [{ "Message": "A Contact must be specified" }] });
    let results = read(&batch(&["A", "B"]), &[silent, element("B", 2)]);
    assert!(matches!(&results[0], Written::Refused { number, .. } if number == "A"), "{results:?}");
    assert_eq!(id(&results[1]), 2);
}

#[test]
fn removals_are_matched_by_id_alone() {
    let ids = [1_u128, 2].map(|number| crate::domain::ids::XeroId(Uuid::from_u128(number)));
    let batch = remove_batch(Endpoint::Invoices, &ids.map(|id| (id, BookedStatus::Draft)));
    let removed = |number: &str, id: u128| {
        let mut element = element(number, id);
        element["Status"] = json!("DELETED");
        element
    };
    let results = read(&batch, &[removed("B", 2), removed("A", 1)]);
    assert_eq!(results.iter().map(id).collect::<Vec<_>>(), [1, 2]);
    let others = read(&batch, &[removed("C", 3), removed("A", 1)]);
    assert!(is_unknown(&others[1]) && !is_unknown(&others[0]), "{others:?}");
}

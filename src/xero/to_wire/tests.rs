//! Bodies as Xero gets them.

use super::*;
use crate::xero::batch::{BODY_BYTES_AT_MOST, DOCUMENTS_AT_MOST, Operation, chunks, create_batch, remove_batch, update_batch};
use crate::xero::samples;
use serde_json::{Value, json};

fn created(document: &Document, dress: &Dress) -> Value {
    let endpoint = Endpoint::of(document.kind);
    let batch = create_batch(endpoint, &[(document, dress)]);
    assert_eq!((batch.operation, batch.count), (Operation::Create, 1));
    let body: Value = serde_json::from_slice(&batch.body).unwrap();
    body[endpoint.as_str()][0].clone()
}

#[test]
fn an_invoice_is_sent_with_all_that_must_be_explicit_and_nothing_more() {
    let body = created(&samples::document(Kind::Invoice, "CSP-2026-11-196e22"), &Dress::default());
    assert_eq!(
        body.to_string(),
        json!({
            "Type": "ACCREC",
            "Contact": { "ContactID": samples::CONTACT },
            "Date": "2026-11-30",
            "DueDate": "2026-12-20",
            "LineAmountTypes": "Exclusive",
            "InvoiceNumber": "CSP-2026-11-196e22",
            "Reference": "cspctl 3f9a2c",
            "CurrencyCode": "AUD",
            "Status": "DRAFT",
            "LineItems": [{
                "Description": "Microsoft 365 Business Premium, 1–30 Nov 2026",
                "Quantity": 12,
                "UnitAmount": serde_json::from_str::<Value>("32.90").unwrap(),
                "AccountCode": "200",
            }],
        })
        .to_string()
    );
}

#[test]
fn the_same_documents_are_the_same_bytes() {
    let document = samples::document(Kind::Invoice, "CSP-1");
    let batch = || create_batch(Endpoint::Invoices, &[(&document, &Dress::default()), (&document, &Dress::default())]);
    assert_eq!(batch(), batch());
    assert!(String::from_utf8(batch().body).unwrap().starts_with("{\"Invoices\":[{"));
}

#[test]
fn numbers_are_exact_json_numbers() {
    let mut document = samples::document(Kind::Invoice, "CSP-1");
    document.lines[0].quantity = "0.5".parse().unwrap();
    document.lines[0].unit_amount = "-8.3333".parse().unwrap();
    let batch = create_batch(Endpoint::Invoices, &[(&document, &Dress::default())]);
    let text = String::from_utf8(batch.body).unwrap();
    assert!(text.contains("\"Quantity\":0.5,\"UnitAmount\":-8.3333,"), "{text}");
}

#[test]
fn a_bill_has_its_number_and_no_reference() {
    let dress = Dress { branding_theme: Some(Uuid::nil()), numbered_by_xero: true, url: Some("https://msp.example/run".to_owned()), ..Dress::default() };
    let body = created(&samples::document(Kind::Bill, "DD-2026-11"), &dress);
    assert_eq!(body["Type"], "ACCPAY");
    assert_eq!(body["InvoiceNumber"], "DD-2026-11");
    assert_eq!(body["Url"], "https://msp.example/run");
    assert!(body.get("Reference").is_none() && body.get("BrandingThemeID").is_none());
}

#[test]
fn a_supplier_credit_has_no_number() {
    let body = created(&samples::document(Kind::SupplierCredit, "DD-2026-11"), &Dress::default());
    assert_eq!(body["Type"], "ACCPAYCREDIT");
    for member in ["CreditNoteNumber", "InvoiceNumber", "Reference", "Url"] {
        assert!(body.get(member).is_none(), "{member}");
    }
    assert_eq!(body["DueDate"], "2026-12-20");
}

#[test]
fn a_credit_note_has_its_own_name_for_the_number() {
    let body = created(&samples::document(Kind::CreditNote, "CSP-1"), &Dress::default());
    assert_eq!((&body["Type"], &body["CreditNoteNumber"], &body["Reference"]), (&json!("ACCRECCREDIT"), &json!("CSP-1"), &json!("cspctl 3f9a2c")));
    assert!(body.get("InvoiceNumber").is_none());
}

#[test]
fn when_xero_numbers_our_number_is_the_reference() {
    let dress = Dress { numbered_by_xero: true, ..Dress::default() };
    for kind in [Kind::Invoice, Kind::CreditNote] {
        let body = created(&samples::document(kind, "CSP-1"), &dress);
        assert_eq!(body["Reference"], "CSP-1");
        assert!(body.get("InvoiceNumber").is_none() && body.get("CreditNoteNumber").is_none());
    }
}

#[test]
fn tracking_and_tax_types_go_on_every_line() {
    let mut document = samples::document(Kind::Invoice, "CSP-1");
    document.lines[0].tax_type = Some("OUTPUT".into());
    let dress = Dress { tracking: vec![("Region".to_owned(), "North".to_owned())], branding_theme: Some(Uuid::from_u128(7)), ..Dress::default() };
    let body = created(&document, &dress);
    assert_eq!(body["LineItems"][0]["Tracking"], json!([{ "Name": "Region", "Option": "North" }]));
    assert_eq!(body["LineItems"][0]["TaxType"], "OUTPUT");
    assert_eq!(body["BrandingThemeID"], "00000000-0000-0000-0000-000000000007");
}

#[test]
fn a_description_has_at_least_one_letter_and_at_most_4_000() {
    let mut document = samples::document(Kind::Invoice, "CSP-1");
    let mut sent = |text: &str| {
        document.lines[0].description = text.into();
        created(&document, &Dress::default())["LineItems"][0]["Description"].as_str().unwrap().to_owned()
    };
    assert_eq!(sent(" "), "-");
    assert_eq!(sent(&"é".repeat(4_000)), "é".repeat(4_000));
    assert_eq!(sent(&"é".repeat(4_001)), "é".repeat(4_000));
    // Two units each in UTF-16: half as many fit.
    assert_eq!(sent(&"🙂".repeat(2_001)), "🙂".repeat(2_000));
}

#[test]
fn an_update_names_the_id_and_leaves_the_number_alone() {
    let document = samples::document(Kind::Invoice, "CSP-1");
    let batch = update_batch(Endpoint::Invoices, &[(samples::ID.parse().unwrap(), &document, &Dress::default())]);
    let body: Value = serde_json::from_slice(&batch.body).unwrap();
    assert_eq!(body["Invoices"][0]["InvoiceID"], samples::ID);
    assert!(body["Invoices"][0].get("InvoiceNumber").is_none(), "POST by number would overwrite whoever has it");
}

#[test]
fn drafts_are_deleted_and_approved_documents_voided() {
    let id: XeroId = samples::ID.parse().unwrap();
    let statuses = [BookedStatus::Draft, BookedStatus::Submitted, BookedStatus::Authorised];
    let batch = remove_batch(Endpoint::CreditNotes, &statuses.map(|status| (id, status)));
    let body: Value = serde_json::from_slice(&batch.body).unwrap();
    let element = |status: &str| json!({ "CreditNoteID": samples::ID, "Status": status });
    assert_eq!(body, json!({ "CreditNotes": [element("DELETED"), element("DELETED"), element("VOIDED")] }));
}

#[test]
fn batches_hold_fifty_documents_or_as_many_bytes_as_xero_takes() {
    let (small, dress) = (samples::document(Kind::Invoice, "CSP-1"), Dress::default());
    let many = vec![(&small, &dress); 120];
    assert_eq!(chunks(&many), [0..50, 50..100, 100..120]);
    assert_eq!(DOCUMENTS_AT_MOST, 50);

    let mut large = small.clone();
    large.lines = vec![small.lines[0].clone(); 15_000];
    let pair = [(&large, &dress), (&large, &dress), (&small, &dress)];
    let cut = chunks(&pair);
    assert_eq!(cut, [0..1, 1..3]);
    for range in cut {
        assert!(create_batch(Endpoint::Invoices, &pair[range]).body.len() <= BODY_BYTES_AT_MOST);
    }
    assert!(chunks(&[]).is_empty());
}

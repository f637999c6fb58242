//! Xero's own shapes, as its specification and recorded traffic show them.

use super::*;
use jiff::civil::date;
use serde_json::{Value, json};

fn object(value: &Value) -> Object<'_> {
    Object::of(value).unwrap()
}

#[test]
fn an_organisation_is_read_with_its_locks_and_terms() {
    let value = json!({
        "Name": "Demo Company (NZ)", "OrganisationID": "b2c885a9-4bb9-4a00-9b6e-6c2bf60b1a2b", "ShortCode": "!mBdtL", "BaseCurrency": "NZD",
        "CountryCode": "NZ", "IsDemoCompany": true, "OrganisationStatus": "ACTIVE", "Timezone": "NEWZEALANDSTANDARDTIME",
        "PeriodLockDate": "/Date(1546214400000+0000)/",
        "PaymentTerms": { "Bills": { "Day": 20, "Type": "OFFOLLOWINGMONTH" }, "Sales": { "Day": 14, "Type": "DAYSAFTERBILLDATE" } },
    });
    let organisation = organisation(object(&value)).unwrap();
    assert_eq!(organisation.shown(), "Demo Company (NZ) (demo company)");
    assert_eq!((organisation.period_lock, organisation.year_lock), (Some(date(2018, 12, 31)), None));
    assert_eq!((organisation.bill_terms, organisation.sales_terms), (Some(Terms::OfFollowingMonth(20)), Some(Terms::DaysAfterBillDate(14))));
    assert!(organisation.is_active());
    let bare = json!({ "OrganisationID": "b2c885a9-4bb9-4a00-9b6e-6c2bf60b1a2b", "PaymentTerms": {} });
    let bare = super::organisation(object(&bare)).unwrap();
    assert!(bare.is_active() && !bare.is_demo && bare.sales_terms.is_none());
}

#[test]
fn terms_that_make_no_sense_are_none() {
    let of = |day: Value, kind: &str| {
        let value = json!({ "Sales": { "Day": day, "Type": kind } });
        terms(object(&value), "Sales")
    };
    assert_eq!(of(json!(0), "DAYSAFTERBILLMONTH"), Some(Terms::DaysAfterBillMonth(0)));
    assert_eq!(of(json!("31"), "ofcurrentmonth"), Some(Terms::OfCurrentMonth(31)));
    for (day, kind) in [
        (json!(0), "OFCURRENTMONTH"),
        (json!(32), "OFFOLLOWINGMONTH"),
        (json!(-1), "DAYSAFTERBILLDATE"),
        (json!(5), "NEWKIND"),
        (json!(null), "OFCURRENTMONTH"),
    ] {
        assert_eq!(of(day.clone(), kind), None, "{day} {kind}");
    }
}

#[test]
fn an_account_without_class_is_known_by_its_type() {
    for (kind, class) in [
        ("REVENUE", AccountClass::Revenue),
        ("SALES", AccountClass::Revenue),
        ("OTHERINCOME", AccountClass::Revenue),
        ("DIRECTCOSTS", AccountClass::Expense),
        ("OVERHEADS", AccountClass::Expense),
        ("BANK", AccountClass::Other("BANK".into())),
        ("SOMETHINGNEW", AccountClass::Other("SOMETHINGNEW".into())),
    ] {
        let value = json!({ "Code": "200", "Name": "Sales", "Type": kind, "TaxType": "OUTPUT2", "SystemAccount": "" });
        let account = account(object(&value));
        assert_eq!((account.class, account.is_active, account.system), (class, true, None), "{kind}");
    }
    let value = json!({ "Name": "Bank", "Type": "BANK", "Class": "ASSET", "Status": "ARCHIVED", "SystemAccount": "BANKCURRENCYGAIN" });
    let account = account(object(&value));
    assert_eq!((&*account.code, account.is_active, account.system.as_deref()), ("", false, Some("BANKCURRENCYGAIN")));
}

#[test]
fn a_tax_rate_with_an_unknown_report_type_is_read() {
    let value = json!({ "Name": "15% GST on Income", "TaxType": "OUTPUT2", "ReportTaxType": "BRANDNEW", "CanApplyToRevenue": true, "CanApplyToExpenses": false, "EffectiveRate": 15.0000, "Status": "ACTIVE" });
    let rate = tax_rate(object(&value)).unwrap();
    assert_eq!(rate.percent, Decimal::from(15));
    assert!(rate.is_active && rate.applies_to_revenue && !rate.applies_to_expenses);
}

#[test]
fn contacts_items_and_the_rest_are_read() {
    let value =
        json!({ "ContactID": "5cc8cf28-567e-4d43-b287-687cfcaec47c", "ContactStatus": "GDPRREQUEST", "Name": "Katherine Warren", "AccountNumber": "C-1" });
    let contact = contact(object(&value)).unwrap();
    assert!(!contact.is_active);
    assert_eq!(contact.account_number.as_deref(), Some("C-1"));
    let value = json!({ "Code": "123", "Name": "Guitars", "SalesDetails": { "UnitPrice": 5000.1250 }, "PurchaseDetails": {} });
    assert_eq!(item(object(&value)).unwrap().sales_price, Some("5000.125".parse().unwrap()));
    let value = json!({ "Code": "123", "SalesDetails": {} });
    assert_eq!(item(object(&value)).unwrap().sales_price, None);
    let value = json!({ "Name": "Region", "Status": "ACTIVE", "TrackingCategoryID": "22f10184-0deb-44ae-a312-b1f6ea70e51f",
        "Options": [{ "TrackingOptionID": "22f10184-0deb-44ae-a312-b1f6ea70e520", "Name": "North", "Status": "ARCHIVED" }] });
    assert!(!tracking_category(object(&value)).unwrap().options[0].is_active);
    let value = json!({ "Name": "CreateDraftBill", "Status": "NOT-ALLOWED" });
    assert!(!action(object(&value)).unwrap().is_allowed);
}

#[test]
fn connections_come_with_and_without_names() {
    let value = json!({ "id": "7cb59f93-2964-421d-bb5e-a0f7a4572a44", "tenantId": "fe79f7dd-b6d4-4a92-ba7b-538af6289c58", "tenantType": "PRACTICE", "createdDateUtc": "2019-12-07T18:46:19.5165400" });
    let connection = connection(object(&value)).unwrap();
    assert!(!connection.is_organisation());
    assert_eq!(connection.name, None);
}

fn invoice() -> Value {
    json!({
        "Type": "ACCREC", "InvoiceID": "046d8a6d-1ae1-4b4d-9340-5601bdf41b87", "InvoiceNumber": "INV-0002", "Reference": "Red Fish",
        "AmountDue": 0, "AmountPaid": 40.5, "AmountCredited": 5.5, "Contact": { "ContactID": "a3675fc4-f8dd-4f03-ba5b-f1870566bcd7", "Name": "Barney" },
        "DateString": "2018-10-20T00:00:00", "Date": "/Date(1539993600000+0000)/", "Status": "PAID",
        "LineItems": [
            { "Description": "Light", "Quantity": 2.5000, "UnitAmount": 0.1648, "LineAmount": 0.41, "TaxAmount": 0.06, "AccountCode": "200", "TaxType": "OUTPUT2" },
            { "Description": "A remark alone" },
        ],
        "SubTotal": 40, "TotalTax": 6, "Total": 46, "CurrencyCode": "NZD", "UpdatedDateUTC": "/Date(1541176290160+0000)/",
    })
}

#[test]
fn an_invoice_is_read_with_its_lines() {
    let document = document(Endpoint::Invoices, object(&invoice())).unwrap().unwrap();
    assert_eq!((document.kind, &*document.number, document.status.clone()), (Kind::Invoice, "INV-0002", BookedStatus::Paid));
    assert_eq!(document.settled.to_string(), "46.00");
    assert_eq!((document.date, document.due_date), (date(2018, 10, 20), None));
    assert_eq!(&*document.updated, "/Date(1541176290160+0000)/");
    assert_eq!(document.lines[0].unit_amount.to_string(), "0.1648");
    assert_eq!((document.lines[1].quantity, document.lines[1].line_amount), (Decimal::ZERO, Money::ZERO));
}

#[test]
fn a_status_that_is_new_is_kept_and_a_kind_that_is_none_of_ours_left_out() {
    let mut value = invoice();
    value["Status"] = json!("PARKED");
    let read = document(Endpoint::Invoices, object(&value)).unwrap().unwrap();
    assert_eq!(read.status, BookedStatus::Other("PARKED".into()));
    value["Type"] = json!("ARPREPAYMENT");
    assert_eq!(document(Endpoint::Invoices, object(&value)), Ok(None));
}

#[test]
fn a_document_that_cannot_be_placed_is_said_and_not_left_out() {
    for member in ["Type", "Status", "InvoiceID"] {
        let mut value = invoice();
        value.as_object_mut().unwrap().remove(member);
        assert_eq!(document(Endpoint::Invoices, object(&value)), Err(member));
    }
    let mut value = invoice();
    value["InvoiceID"] = json!("00000000-0000-0000-0000-000000000000");
    assert_eq!(document(Endpoint::Invoices, object(&value)), Err("InvoiceID"));
}

#[test]
fn of_a_credit_what_is_used_up_is_settled() {
    let mut value = json!({
        "Type": "ACCPAYCREDIT", "CreditNoteID": "f8021bd2-9a6a-4c19-8477-163da0b9290f", "CreditNoteNumber": "", "Status": "AUTHORISED",
        "DateString": "2019-01-05T00:00:00", "RemainingCredit": 32.5, "SubTotal": 30, "TotalTax": 4.5, "Total": 34.5, "LineItems": [],
    });
    let settled = |value: &Value| document(Endpoint::CreditNotes, object(value)).unwrap().unwrap().settled.to_string();
    assert_eq!(settled(&value), "2.00");
    value["Status"] = json!("DRAFT");
    value["RemainingCredit"] = json!(0);
    assert_eq!(settled(&value), "0.00");
}

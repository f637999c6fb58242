//! Documents and contacts in Xero's shape (contracts/xero.md 2, 4.3).

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::state::{Contact, Organisation, StoredDocument, StoredLine};
use super::wire;

/// How much of a document is shown.
#[derive(Clone, Copy, Debug)]
pub struct Detail {
    /// Decimals of unit amounts: 2, or 4 with `unitdp=4`.
    pub unit_decimals: u32,
    /// Lists without `page` have no lines.
    pub has_lines: bool,
}

/// A document.
pub fn document(organisation: &Organisation, document: &StoredDocument, detail: Detail) -> Value {
    let credit = document.is_credit();
    let due = if document.is_live() { document.total - document.paid } else { Decimal::ZERO };
    let mut value = json!({
        "Type": document.kind,
        "Contact": contact_within(organisation, &document.contact_id),
        "DateString": wire::date_string(document.date),
        "Date": wire::date_text(document.date),
        "Status": document.status,
        "LineAmountTypes": document.line_amount_types,
        "LineItems": if detail.has_lines { document.lines.iter().map(|line| self::line(organisation, line, detail)).collect() } else { Vec::new() },
        "SubTotal": wire::number(document.sub_total, 2),
        "TotalTax": wire::number(document.total_tax, 2),
        "Total": wire::number(document.total, 2),
        "UpdatedDateUTC": wire::moment_text(document.updated),
        "UpdatedDateUTCString": wire::moment_string(document.updated),
        "CurrencyCode": document.currency,
        "CurrencyRate": wire::number(Decimal::ONE, 6),
        "HasAttachments": !document.attachments.is_empty(),
        "HasErrors": false,
        "SentToContact": document.is_sent,
        "Payments": [],
    });
    let Some(members) = value.as_object_mut() else { return value };
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    if credit {
        set("CreditNoteID", document.id.clone().into());
        set("RemainingCredit", wire::number(due, 2));
        set("Allocations", json!([]));
        if !document.is_purchase() {
            set("CreditNoteNumber", document.number.clone().into());
            set("Reference", document.reference.clone().into());
        }
    } else {
        set("InvoiceID", document.id.clone().into());
        set("InvoiceNumber", document.number.clone().into());
        set("AmountDue", wire::number(due, 2));
        set("AmountPaid", wire::number(document.paid, 2));
        set("AmountCredited", wire::number(Decimal::ZERO, 2));
        set("IsDiscounted", false.into());
        set("Prepayments", json!([]));
        set("Overpayments", json!([]));
        set("CreditNotes", json!([]));
        if !document.is_purchase() {
            set("Reference", document.reference.clone().into());
        }
        if let Some(due_date) = document.due_date {
            set("DueDateString", wire::date_string(due_date).into());
            set("DueDate", wire::date_text(due_date).into());
        }
    }
    if let Some(theme) = &document.theme_id {
        set("BrandingThemeID", theme.clone().into());
    }
    if let Some(url) = &document.url {
        set("Url", url.clone().into());
    }
    value
}

fn contact_within(organisation: &Organisation, id: &str) -> Value {
    let name = organisation.contact(id).map(|contact| contact.name.as_str()).unwrap_or_default();
    json!({ "ContactID": id, "Name": name, "Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": [], "HasValidationErrors": false })
}

fn line(organisation: &Organisation, line: &StoredLine, detail: Detail) -> Value {
    let mut value = json!({
        "Description": line.description,
        "UnitAmount": wire::number(line.unit_amount, detail.unit_decimals),
        "TaxAmount": wire::number(line.tax_amount, 2),
        "LineAmount": wire::number(line.line_amount, 2),
        "Quantity": wire::number(line.quantity, 4),
        "LineItemID": line.id,
        "Tracking": line.tracking.iter().map(|(name, option)| json!({
            "Name": name,
            "Option": option,
            "TrackingCategoryID": wire::uuid_of(&format!("tracking {name}")),
            "TrackingOptionID": wire::uuid_of(&format!("tracking {name} {option}")),
        })).collect::<Vec<_>>(),
    });
    let Some(members) = value.as_object_mut() else { return value };
    if let Some(code) = &line.account_code {
        members.insert("AccountCode".to_owned(), code.clone().into());
        if let Some(account) = organisation.account(code) {
            members.insert("AccountID".to_owned(), account.id.clone().into());
        }
    }
    for (name, text) in [("TaxType", &line.tax_type), ("ItemCode", &line.item_code)] {
        if let Some(text) = text {
            members.insert(name.to_owned(), text.clone().into());
        }
    }
    value
}

/// A contact, and whether bills or invoices were made out to it.
pub fn contact(contact: &Contact, is_supplier: bool, is_customer: bool) -> Value {
    let mut value = json!({
        "ContactID": contact.id,
        "ContactStatus": contact.status,
        "Name": contact.name,
        "EmailAddress": contact.email,
        "BankAccountDetails": "",
        "Addresses": [{ "AddressType": "STREET", "City": "", "Region": "", "PostalCode": "", "Country": "" }],
        "Phones": [{ "PhoneType": "DEFAULT", "PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": "" }],
        "UpdatedDateUTC": wire::moment_text(contact.updated),
        "ContactGroups": [],
        "IsSupplier": is_supplier,
        "IsCustomer": is_customer,
        "ContactPersons": [],
        "HasAttachments": false,
        "HasValidationErrors": false,
    });
    let Some(members) = value.as_object_mut() else { return value };
    if let Some(number) = &contact.account_number {
        members.insert("AccountNumber".to_owned(), number.clone().into());
    }
    if let Some(terms) = payment_terms(contact.sales_terms.as_ref(), contact.bill_terms.as_ref()) {
        members.insert("PaymentTerms".to_owned(), terms);
    }
    value
}

/// `PaymentTerms`; `None` when there are none.
pub fn payment_terms(sales: Option<&(u32, String)>, bills: Option<&(u32, String)>) -> Option<Value> {
    let mut terms = serde_json::Map::new();
    for (name, found) in [("Sales", sales), ("Bills", bills)] {
        if let Some((day, kind)) = found {
            terms.insert(name.to_owned(), json!({ "Day": day, "Type": kind }));
        }
    }
    (!terms.is_empty()).then_some(Value::Object(terms))
}

//! Documents and contacts in Xero's shape (contracts/xero.md 2, 4.3).

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

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

/// Members in the order in which they are set; `json!` would copy every value that it is given.
#[derive(Default)]
struct Members(Map<String, Value>);

impl Members {
    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn amount(&mut self, name: &str, amount: Decimal) {
        self.set(name, wire::number(amount, 2));
    }

    fn none(&mut self, names: &[&str]) {
        for name in names {
            self.set(name, Vec::<Value>::new());
        }
    }

    fn date(&mut self, name: &str, date: jiff::civil::Date) {
        self.set(&format!("{name}String"), wire::date_string(date));
        self.set(name, wire::date_text(date));
    }
}

/// A document.
pub fn document(organisation: &Organisation, document: &StoredDocument, detail: Detail) -> Value {
    let due = if document.is_live() { document.total - document.paid } else { Decimal::ZERO };
    let shown_lines = if detail.has_lines { document.lines.as_slice() } else { &[] };
    let mut members = Members::default();
    members.set("Type", document.kind.as_str());
    if document.is_credit() {
        credit(&mut members, document, due);
    } else {
        invoice(&mut members, document, due);
    }
    if !document.is_purchase() {
        members.set("Reference", document.reference.as_str());
    }
    members.set("Contact", contact_within(organisation, &document.contact_id));
    members.date("Date", document.date);
    members.set("Status", document.status.as_str());
    members.set("LineAmountTypes", document.line_amount_types.as_str());
    members.set("LineItems", shown_lines.iter().map(|line| self::line(organisation, line, detail)).collect::<Vec<_>>());
    members.amount("SubTotal", document.sub_total);
    members.amount("TotalTax", document.total_tax);
    members.amount("Total", document.total);
    members.set("UpdatedDateUTC", wire::moment_text(document.updated));
    members.set("UpdatedDateUTCString", wire::moment_string(document.updated));
    members.set("CurrencyCode", document.currency.as_str());
    members.set("CurrencyRate", wire::number(Decimal::ONE, 6));
    members.set("HasAttachments", !document.attachments.is_empty());
    members.set("HasErrors", false);
    members.set("SentToContact", document.is_sent);
    members.none(&["Payments"]);
    for (name, text) in [("BrandingThemeID", &document.theme_id), ("Url", &document.url)] {
        if let Some(text) = text {
            members.set(name, text.as_str());
        }
    }
    Value::Object(members.0)
}

/// What credit notes have of their own.
fn credit(members: &mut Members, document: &StoredDocument, due: Decimal) {
    members.set("CreditNoteID", document.id.as_str());
    members.amount("RemainingCredit", due);
    members.none(&["Allocations"]);
    if !document.is_purchase() {
        members.set("CreditNoteNumber", document.number.as_str());
    }
}

/// What invoices and bills have of their own.
fn invoice(members: &mut Members, document: &StoredDocument, due: Decimal) {
    members.set("InvoiceID", document.id.as_str());
    members.set("InvoiceNumber", document.number.as_str());
    members.amount("AmountDue", due);
    members.amount("AmountPaid", document.paid);
    members.amount("AmountCredited", Decimal::ZERO);
    members.set("IsDiscounted", false);
    members.none(&["Prepayments", "Overpayments", "CreditNotes"]);
    if let Some(due_date) = document.due_date {
        members.date("DueDate", due_date);
    }
}

fn contact_within(organisation: &Organisation, id: &str) -> Value {
    let mut members = Members::default();
    members.set("ContactID", id);
    members.set("Name", organisation.contact(id).map(|contact| contact.name.as_str()).unwrap_or_default());
    members.none(&["Addresses", "Phones", "ContactGroups", "ContactPersons"]);
    members.set("HasValidationErrors", false);
    Value::Object(members.0)
}

fn line(organisation: &Organisation, line: &StoredLine, detail: Detail) -> Value {
    let tracking = |(name, option): &(String, String)| {
        json!({
            "Name": name,
            "Option": option,
            "TrackingCategoryID": wire::uuid_of(&format!("tracking {name}")),
            "TrackingOptionID": wire::uuid_of(&format!("tracking {name} {option}")),
        })
    };
    let mut members = Members::default();
    members.set("Description", line.description.as_str());
    members.set("UnitAmount", wire::number(line.unit_amount, detail.unit_decimals));
    members.amount("TaxAmount", line.tax_amount);
    members.amount("LineAmount", line.line_amount);
    for (name, text) in [("AccountCode", &line.account_code), ("TaxType", &line.tax_type), ("ItemCode", &line.item_code)] {
        if let Some(text) = text {
            members.set(name, text.as_str());
        }
    }
    if let Some(account) = line.account_code.as_ref().and_then(|code| organisation.account(code)) {
        members.set("AccountID", account.id.as_str());
    }
    members.set("Tracking", line.tracking.iter().map(tracking).collect::<Vec<_>>());
    members.set("Quantity", wire::number(line.quantity, 4));
    members.set("LineItemID", line.id.as_str());
    Value::Object(members.0)
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

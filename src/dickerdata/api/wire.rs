//! JSON as the service may write it: keys blind to case and spelling, numbers and dates as text or
//! not, lists bare or wrapped. Every field goes by several names, and the configuration can add one.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::sheet::Cell;
use crate::sheet::values;

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, [$($alias:literal),+ $(,)?]);+ $(;)?) => {
        /// A field of an answer, by the name that `[dickerdata.fields]` gives it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field { $($(#[$doc])* $variant),+ }

        impl Field {
            /// Every field.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in the configuration.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The names that are tried, the most likely first (`contracts/dickerdata.md` 2).
            #[must_use]
            pub fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($alias),+]),+ }
            }
        }
    };
}

fields! {
    /// The distributor's number.
    InvoiceNumber = "invoice_number", ["InvoiceNumber", "InvoiceNo", "TaxInvoiceNumber"];
    /// Names the invoice to the call for its lines.
    SalesOrder = "sales_order", ["SalesOrderNumber", "SalesOrderNo", "OrderNumber"];
    /// The second part of that name.
    SalesOrderSuffix = "sales_order_suffix", ["SalesOrderNumberSuffix", "SalesOrderSuffix", "OrderSuffix"];
    /// The date of the invoice.
    InvoiceDate = "invoice_date", ["InvoiceDate", "TaxInvoiceDate", "InvDate"];
    /// What kind of document it is; one that says "credit" and is positive counts as negative.
    DocumentType = "document_type", ["DocumentType", "InvoiceType", "TransactionType"];
    /// ISO code of the currency.
    Currency = "currency", ["CurrencyCode", "Currency"];
    /// The invoice's total excluding GST.
    TotalExGst = "total_ex_gst", ["TotalExGST", "TotalExclGST", "TotalExTax", "SubTotal"];
    /// Its GST.
    TotalGst = "total_gst", ["TotalGST", "GSTTotal", "TotalTax"];
    /// Its total including GST.
    TotalIncGst = "total_inc_gst", ["TotalIncGST", "TotalInclGST", "TotalIncTax", "InvoiceTotal"];
    /// Lines within an invoice.
    Lines = "lines", ["Lines", "InvoiceLines", "InvoiceDetails", "Details", "LineItems"];
    /// The number of a line within its invoice.
    LineNumber = "line_number", ["LineNumber", "LineNo", "LineID"];
    /// The customer's tenant.
    TenantId = "tenant_id", ["TenantId"];
    /// The customer's name.
    Customer = "customer", ["CompanyName", "TenantName", "CustomerName", "TenantDescription"];
    /// The subscription.
    Subscription = "subscription", ["SubscriptionId"];
    /// The stock code.
    StockCode = "stock_code", ["StockCode"];
    /// The product's name.
    Description = "description", ["StockDescription", "ProductDescription", "Description"];
    /// First day charged.
    UsageStart = "usage_start", ["UsageStart", "UsageStartDate"];
    /// Last day charged.
    UsageEnd = "usage_end", ["UsageEnd", "UsageEndDate"];
    /// First day of the commitment.
    TermStart = "term_start", ["TermStart", "TermStartDate"];
    /// Last day of the commitment.
    TermEnd = "term_end", ["TermEnd", "TermEndDate"];
    /// Seats charged.
    Quantity = "quantity", ["Quantity", "Qty"];
    /// Cost per unit and billing cycle.
    UnitPrice = "unit_price", ["UnitPrice", "UnitCost"];
    /// The line's amount excluding GST.
    Amount = "amount", ["LineAmount", "LineAmountExGST", "LineTotalExGST", "ExtendedPrice", "LineTotal"];
    /// The line's GST.
    Gst = "gst", ["LineGST", "GSTAmount", "LineTax", "GST"];
    /// Seats of a subscription.
    Seats = "seats", ["ConfirmedQuantity", "Quantity", "Qty"];
    /// `ACTIVE`, or something else.
    Status = "status", ["Status", "SubscriptionStatus"];
    /// The last day of a subscription's term.
    Expiry = "expiry", ["ExpiryDate", "RevaluationPeriod", "RevaluationDate", "TermEnd"];
    /// The day before a subscription first began.
    StartUsage = "start_usage", ["StartUsage"];
    /// The last day of a subscription's current cycle.
    EndUsage = "end_usage", ["EndUsage"];
    /// `NCE`, or `MODN` on Azure.
    ChargeType = "charge_type", ["ChargeType"];
    /// A subscription's cost per term.
    TermPrice = "term_price", ["UnitPrice", "TermPrice"];
    /// A subscription's recommended price per term.
    TermRrp = "term_rrp", ["UnitRRP", "RRP", "TermRRP"];
}

/// The names of all fields: those of the configuration before the usual ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    chosen: BTreeMap<Field, String>,
}

impl Fields {
    /// Names chosen in the configuration.
    #[must_use]
    pub fn new(chosen: BTreeMap<Field, String>) -> Self {
        Self { chosen }
    }

    /// The names to try for a field, in order.
    fn names(&self, field: Field) -> impl Iterator<Item = &str> {
        self.chosen.get(&field).map(String::as_str).into_iter().chain(field.aliases().iter().copied())
    }
}

/// Letters and digits in lower case: `Stock_Code`, `stockcode` and `StockCode` are one key.
#[must_use]
pub fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A value by a key in any case and spelling; an exact spelling goes first.
#[must_use]
pub fn by_name<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let alike = || {
        let wanted = letters(name);
        object.iter().find(|(key, _)| letters(key) == wanted).map(|(_, value)| value)
    };
    object.get(name).or_else(alike).filter(|value| !value.is_null())
}

/// A value that does not say what its field asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The field.
    pub field: Field,
    /// A fragment such as `` `x` is not a date ``.
    pub reason: String,
}

/// One object of an answer with its fields.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    map: &'a Map<String, Value>,
    fields: &'a Fields,
}

impl<'a> Object<'a> {
    /// An object read by these names.
    #[must_use]
    pub fn new(map: &'a Map<String, Value>, fields: &'a Fields) -> Self {
        Self { map, fields }
    }

    /// The value of a field, whatever its kind; blank text counts as absent.
    #[must_use]
    pub fn value(&self, field: Field) -> Option<&'a Value> {
        let is_blank = |value: &&Value| value.as_str().is_some_and(|text| text.trim().is_empty());
        self.fields.names(field).find_map(|name| by_name(self.map, name).filter(|value| !is_blank(value)))
    }

    /// The field as text without blanks around it; empty when absent.
    #[must_use]
    pub fn text(&self, field: Field) -> String {
        match self.value(field) {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            _ => String::new(),
        }
    }

    /// The field as a number.
    ///
    /// # Errors
    ///
    /// When there is something that is no number.
    pub fn number(&self, field: Field) -> Result<Option<Decimal>, Unreadable> {
        let Some(value) = self.value(field) else { return Ok(None) };
        let text = self.text(field);
        if value.is_number()
            && text.contains(['e', 'E'])
            && let Ok(number) = Decimal::from_scientific(&text.to_lowercase())
        {
            return Ok(Some(number.normalize()));
        }
        values::decimal(Cell::of_text(text.as_bytes())).map_err(|unreadable| Unreadable { field, reason: unreadable.to_string() })
    }

    /// The field as a date; a time behind it is ignored.
    ///
    /// # Errors
    ///
    /// When there is something that is no date.
    pub fn date(&self, field: Field) -> Result<Option<Date>, Unreadable> {
        let text = self.text(field);
        if let Some(date) = of_epoch(&text) {
            return Ok(Some(date));
        }
        // Some services write the first day of all times for "none".
        if text.starts_with("0001-01-01") || text.starts_with("01-JAN-0001") {
            return Ok(None);
        }
        let text = text.split_once('T').filter(|(date, _)| date.len() == 10).map_or(text.as_str(), |(date, _)| date);
        values::date(Cell::of_text(text.as_bytes())).map_err(|unreadable| Unreadable { field, reason: unreadable.to_string() })
    }
}

/// `/Date(1700000000000)/`, as older .NET services write it.
fn of_epoch(text: &str) -> Option<Date> {
    let milliseconds = text.strip_prefix("/Date(")?.split(['+', ')']).next()?.parse().ok()?;
    let moment = jiff::Timestamp::from_millisecond(milliseconds).ok()?;
    Some(moment.to_zoned(jiff::tz::TimeZone::UTC).date())
}

/// Wrappers that have been seen or are usual.
const WRAPPERS: [&str; 8] = ["Out", "Data", "Result", "Results", "Items", "Records", "Value", "Invoices"];

/// The objects of an answer: a bare array, the array in a wrapper, or the one object in it.
#[must_use]
pub fn objects(answer: &Value) -> Vec<&Map<String, Value>> {
    match answer {
        Value::Array(items) => items.iter().filter_map(Value::as_object).collect(),
        Value::Object(map) => match WRAPPERS.iter().find_map(|name| by_name(map, name)) {
            Some(inner @ (Value::Array(_) | Value::Object(_))) => objects(inner),
            _ if is_envelope(map) => Vec::new(),
            _ => vec![map],
        },
        _ => Vec::new(),
    }
}

/// True when there is nothing in it but how the call went.
fn is_envelope(map: &Map<String, Value>) -> bool {
    const ENVELOPE: [&str; 10] =
        ["status", "message", "transactionid", "out", "pagenumber", "totalpages", "pagesize", "totalrecords", "responseheader", "errors"];
    map.keys().all(|key| ENVELOPE.contains(&letters(key).as_str()))
}

/// The number of the next page, when the answer says that there is one.
#[must_use]
pub fn next_page(answer: &Value, page: u32) -> Option<u32> {
    let map = answer.as_object()?;
    let whole = |name: &str| by_name(map, name).and_then(|value| value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()));
    let is_true = |name: &str| {
        by_name(map, name).is_some_and(|value| value.as_bool() == Some(true) || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true")))
    };
    if let Some(pages) = ["TotalPages", "PageCount"].iter().find_map(|name| whole(name)) {
        return (u64::from(page) < pages).then_some(page + 1);
    }
    if ["HasMore", "MoreRecords", "HasNextPage"].iter().any(|name| is_true(name)) {
        return Some(page + 1);
    }
    whole("NextPage").and_then(|next| u32::try_from(next).ok()).filter(|next| *next > page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use serde_json::json;

    fn object(value: &Value) -> (Map<String, Value>, Fields) {
        (value.as_object().unwrap().clone(), Fields::default())
    }

    #[test]
    fn keys_are_blind_to_case_and_spelling() {
        for key in ["StockCode", "Stockcode", "STOCK_CODE", "stock code"] {
            let (map, fields) = object(&json!({ key: " P1M:CFQ7TTC0LH04:0001 " }));
            assert_eq!(Object::new(&map, &fields).text(Field::StockCode), "P1M:CFQ7TTC0LH04:0001", "{key}");
        }
    }

    #[test]
    fn a_configured_name_goes_before_the_usual_ones() {
        let map = json!({ "LineAmount": "1.00", "Charged": "2.00" });
        let fields = Fields::new(BTreeMap::from([(Field::Amount, "charged".to_owned())]));
        assert_eq!(Object::new(map.as_object().unwrap(), &fields).text(Field::Amount), "2.00");
    }

    #[test]
    fn money_is_text_or_number_and_never_a_float() {
        for (value, expected) in [(json!("$1,234.50"), "1234.5"), (json!("32.30"), "32.3"), (json!(8.25), "8.25"), (json!("(3.10)"), "-3.1")] {
            let (map, fields) = object(&json!({ "lineamount": value }));
            assert_eq!(Object::new(&map, &fields).number(Field::Amount).unwrap().unwrap().normalize().to_string(), expected);
        }
        // What a program wrote out of a float is read as rules.md 12 reads floats.
        for (text, expected) in [("28.1925", "28.1925"), ("0.1000000000000000055", "0.1"), ("1234567.89", "1234567.89"), ("1.5e2", "150")] {
            let exact: Value = serde_json::from_str(&format!("{{\"LineAmount\": {text}}}")).unwrap();
            let (map, fields) = object(&exact);
            assert_eq!(Object::new(&map, &fields).number(Field::Amount).unwrap().unwrap().normalize().to_string(), expected);
        }
        let (map, fields) = object(&json!({ "LineAmount": "free" }));
        assert!(Object::new(&map, &fields).number(Field::Amount).unwrap_err().reason.contains("free"));
    }

    #[test]
    fn dates_in_every_form_seen() {
        for text in [
            "19-JAN-2024",
            "2024-01-19",
            "2024-01-19T00:00:00",
            "2024-01-19T00:00:00.000Z",
            "19/01/2024",
            "/Date(1705622400000)/",
            "/Date(1705622400000+1100)/",
        ] {
            let (map, fields) = object(&json!({ "UsageStart": text }));
            assert_eq!(Object::new(&map, &fields).date(Field::UsageStart), Ok(Some(date(2024, 1, 19))), "{text}");
        }
        let (map, fields) = object(&json!({ "UsageStart": "0001-01-01T00:00:00" }));
        assert_eq!(Object::new(&map, &fields).date(Field::UsageStart), Ok(None));
    }

    #[test]
    fn lists_are_bare_or_wrapped() {
        let one = json!({ "InvoiceNumber": "1" });
        for answer in [json!([one]), json!({ "Status": "OK", "Out": [one] }), json!({ "out": { "Invoices": [one] } }), json!({ "data": one }), one.clone()] {
            assert_eq!(objects(&answer).len(), 1, "{answer}");
        }
        assert!(objects(&json!({ "Status": "OK", "Message": "none", "Out": null })).is_empty());
    }

    #[test]
    fn a_further_page_is_asked_for_only_when_the_answer_says_so() {
        assert_eq!(next_page(&json!({ "TotalPages": "3", "Out": [] }), 1), Some(2));
        assert_eq!(next_page(&json!({ "totalPages": 3 }), 3), None);
        assert_eq!(next_page(&json!({ "hasMore": true }), 4), Some(5));
        assert_eq!(next_page(&json!({ "NextPage": 2 }), 1), Some(2));
        assert_eq!(next_page(&json!([]), 1), None);
    }
}

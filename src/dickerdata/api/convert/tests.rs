use serde_json::json;

use super::*;
use crate::domain::money::show_quantity;

fn answer(endpoint: &str, parameters: &[(&str, &str)], answer: Value) -> RawAnswer {
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
    RawAnswer { endpoint: endpoint.to_owned(), parameters, page: 1, answer }
}

fn read(answers: &[RawAnswer]) -> Sources {
    try_read(answers).unwrap()
}

fn try_read(answers: &[RawAnswer]) -> Result<Sources, ReadError> {
    let fields = Fields::default();
    let options = Options { fields: &fields, gst_percent: Decimal::TEN, invoice_date: None, asked_from: None };
    convert(answers, &options, Vec::new())
}

/// The one documented line, with what every line needs beside it (`contracts/dickerdata.md` 3.3).
fn line() -> Value {
    json!({
        "Stockcode": "P1M:CFQ7TTC0LH04:0001", "UsageStart": "19-JAN-2024", "UsageEnd": "18-FEB-2024", "LineAmount": "32.30",
        "TermStart": "19-JAN-2024", "TermEnd": "18-FEB-2024", "Quantity": "2", "UnitPrice": "16.15", "SubscriptionId": "S-1",
        "TenantID": "196e2273-9651-43a3-ba7e-7cbcd918fc40", "CompanyName": "Contoso"
    })
}

fn changed(mut line: Value, fields: &[(&str, Value)]) -> Value {
    for (name, value) in fields {
        line.as_object_mut().unwrap().insert((*name).to_owned(), value.clone());
    }
    line
}

fn invoice(number: &str, more: &[(&str, Value)]) -> Value {
    changed(json!({ "InvoiceNumber": number, "SalesOrderNumber": format!("SO{number}"), "InvoiceDate": "20-FEB-2024", "CurrencyCode": "AUD" }), more)
}

/// An invoice with these lines, which are asked for by its sales order and do not name it.
fn month(more: &[(&str, Value)], lines: &Value) -> Vec<RawAnswer> {
    vec![
        answer(INVOICES, &[], json!({ "Status": "OK", "Out": [invoice("I1", more)] })),
        answer(INVOICE_DETAILS, &[("salesOrderNumber", "SOI1")], json!({ "Out": lines })),
    ]
}

#[test]
fn the_documented_line_is_a_charge() {
    let sources = read(&month(&[], &json!([line()])));
    let [charge] = sources.charges.as_slice() else { panic!("{sources:?}") };
    assert_eq!((charge.stock_code.as_str(), charge.cost.to_string(), charge.subscription.as_str()), ("P1M:CFQ7TTC0LH04:0001", "32.30".to_owned(), "s-1"));
    assert_eq!((charge.usage.start, charge.term_end), (jiff::civil::date(2024, 1, 19), Some(jiff::civil::date(2024, 2, 18))));
    assert_eq!((charge.invoice_number.as_deref(), charge.invoice_date), (Some("I1"), Some(jiff::civil::date(2024, 2, 20))));
    assert!(charge.stated_tenant.is_some() && charge.key.is_of_invoice_line());
    assert_eq!(sources.currency.as_deref(), Some("AUD"));
    assert_eq!(sources.asked_from.map(|month| month.to_string()).as_deref(), Some("2024-02"));
}

#[test]
fn lines_within_an_invoice_in_the_list_or_in_the_details_are_the_same_lines() {
    let numbered = changed(line(), &[("LineNumber", json!(7))]);
    let apart = read(&month(&[], &json!([numbered])));
    let within = read(&[answer(INVOICES, &[], json!([invoice("I1", &[("Lines", json!([numbered]))])]))]);
    let details = vec![
        answer(INVOICES, &[], json!([invoice("I1", &[])])),
        answer(INVOICE_DETAILS, &[("salesOrderNumber", "SOI1")], json!({ "Out": { "InvoiceNumber": "I1", "InvoiceLines": [numbered] } })),
    ];
    let keys = |sources: &Sources| sources.charges.iter().map(|charge| charge.key).collect::<Vec<_>>();
    assert_eq!(keys(&apart), [crate::domain::charge::ChargeKey::of_invoice_line("I1", "7")]);
    assert_eq!((keys(&within), keys(&read(&details))), (keys(&apart), keys(&apart)));
}

#[test]
fn without_line_numbers_keys_do_not_depend_on_the_order() {
    let other = changed(line(), &[("SubscriptionId", json!("S-2"))]);
    let keys = |lines: Value| {
        let mut keys: Vec<_> = read(&month(&[], &lines)).charges.iter().map(|charge| charge.key).collect();
        keys.sort_unstable();
        keys
    };
    let one = keys(json!([line(), other, line()]));
    assert_eq!(one, keys(json!([other, line(), line()])));
    assert_eq!(one.len(), 3, "two lines alike are two charges");
    // A line number that stands twice tells nothing apart.
    let twice = json!([changed(line(), &[("LineNumber", json!(1))]), changed(other.clone(), &[("LineNumber", json!(1))])]);
    assert_eq!(keys(twice).len(), 2);
}

#[test]
fn an_invoice_in_two_answers_is_one() {
    let numbered = changed(line(), &[("LineNumber", json!("1"))]);
    let mut answers = month(&[], &json!([numbered]));
    answers.extend(month(&[], &json!([numbered])));
    let sources = read(&answers);
    assert_eq!((sources.charges.len(), sources.repeated.first().map(|repeated| repeated.rows)), (1, Some(1)));
}

#[test]
fn a_charge_that_cannot_be_read_is_reported_with_the_name_to_configure() {
    let sources = read(&month(&[], &json!([line(), changed(line(), &[("UsageEnd", json!("soon"))]), changed(line(), &[("Quantity", json!(null))])])));
    let skipped: Vec<(&str, u32, &str)> = sources.skipped.iter().map(|row| (&*row.file, row.row, row.column.as_str())).collect();
    assert_eq!(skipped, [("invoice I1", 2, "usage_end"), ("invoice I1", 3, "quantity")]);
    assert!(sources.skipped.iter().all(|row| row.reason.contains("dickerdata.fields.")));
    assert_eq!(sources.charges.len(), 1);
}

#[test]
fn lines_that_name_no_invoice_block_and_invoices_without_lines_are_told() {
    let sources = read(&[answer(INVOICE_DETAILS, &[("salesOrderNumber", "unheard")], json!([line()]))]);
    assert_eq!((sources.charges.len(), sources.skipped.len()), (0, 1));
    let sources = read(&[answer(INVOICES, &[], json!([invoice("I1", &[])]))]);
    assert_eq!((sources.skipped.len(), sources.skipped_elsewhere.len()), (0, 1));
}

#[test]
fn two_currencies_are_refused_when_both_have_charges() {
    let nzd = invoice("I2", &[("CurrencyCode", json!("NZD")), ("Lines", json!([line()]))]);
    let mut answers = month(&[], &json!([line()]));
    answers.push(answer(INVOICES, &[], json!([nzd])));
    assert!(try_read(&answers).unwrap_err().message.contains("AUD on invoice I1, NZD on invoice I2"));
    let hardware = invoice("I2", &[("CurrencyCode", json!("USD")), ("Lines", json!([{ "StockCode": "NB-14", "Quantity": 1, "UnitPrice": 1 }]))]);
    let mut answers = month(&[], &json!([line()]));
    answers.push(answer(INVOICES, &[], json!([hardware])));
    assert_eq!(read(&answers).currency.as_deref(), Some("AUD"));
}

#[test]
fn stated_totals_are_compared_with_all_lines() {
    let totals = |ex_gst: &str, inc_gst: &str| [("TotalExGST", json!(ex_gst)), ("TotalIncGST", json!(inc_gst))];
    let freight = json!({ "StockCode": "FREIGHT", "Quantity": "1", "UnitPrice": "7.70" });
    let differs = |ex_gst: &str, inc_gst: &str| read(&month(&totals(ex_gst, inc_gst), &json!([line(), freight]))).invoice_differs;
    assert!(differs("40.00", "44.00").is_empty());
    assert!(differs("40.01", "44.01").iter().all(|differs| !differs.is_rounding && differs.number.as_ref() == "I1"));
    assert_eq!(differs("40.01", "44.01").len(), 1);
    assert!(differs("40.00", "44.01").iter().all(|differs| differs.is_rounding));
    assert!(differs("40.00", "46.00").iter().all(|differs| !differs.is_rounding));
}

#[test]
fn a_unit_price_follows_from_the_amount_and_an_amount_from_the_price() {
    let without_unit = changed(line(), &[("UnitPrice", json!(null)), ("LineAmount", json!("10.00")), ("Quantity", json!("3"))]);
    let without_amount = changed(line(), &[("LineAmount", json!(null))]);
    let apart = changed(line(), &[("LineAmount", json!("40.00"))]);
    let sources = read(&month(&[], &json!([without_unit, without_amount, apart])));
    let told: Vec<(String, String)> = sources.charges.iter().map(|charge| (show_quantity(charge.unit_cost), charge.cost.to_string())).collect();
    assert_eq!(told, [("3.3333333333", "10.00"), ("16.15", "32.30"), ("16.15", "40.00")].map(|(unit, cost)| (unit.to_owned(), cost.to_owned())));
    assert_eq!(sources.amount_differs.iter().map(|differs| differs.charge).collect::<Vec<_>>(), [2], "the amount counts, and it is told");
}

#[test]
fn subscriptions_are_the_annuity_list_and_an_exported_list_completes_it() {
    let subscription =
        json!({ "SubscriptionId": "S-1", "StockCode": "P1Y:X:0001:1:", "Status": "SUSPENDED", "ConfirmedQuantity": "3", "ExpiryDate": "2026-06-30T00:00:00" });
    let answers = [answer(super::super::reading::SUBSCRIPTIONS, &[], json!({ "Out": [subscription, subscription] }))];
    let fields = Fields::default();
    let options = Options { fields: &fields, gst_percent: Decimal::TEN, invoice_date: None, asked_from: None };
    let alone = convert(&answers, &options, Vec::new()).unwrap();
    let [found] = alone.annuity.as_slice() else { panic!("{:?}", alone.annuity) };
    assert_eq!((found.active, found.quantity, found.unit_rrp, found.expiry), (false, Decimal::from(3), None, Some(jiff::civil::date(2026, 6, 30))));
    let listed = AnnuityLine { unit_rrp: Some(Decimal::from(480)), unit_price: Some(Decimal::from(360)), quantity: Decimal::from(9), ..found.clone() };
    let other = AnnuityLine { subscription: crate::domain::ids::SubscriptionId::new("S-9"), ..listed.clone() };
    let both = convert(&answers, &options, vec![listed, other]).unwrap();
    assert_eq!(
        both.annuity.iter().map(|line| (line.quantity, line.unit_rrp)).collect::<Vec<_>>(),
        [(Decimal::from(3), Some(Decimal::from(480))), (Decimal::from(9), Some(Decimal::from(480)))]
    );
}

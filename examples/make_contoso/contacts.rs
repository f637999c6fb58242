//! The contacts of Example MSP as Xero exports them (Contacts › Export).

use anyhow::Result;

use super::customers::CUSTOMERS;

/// Xero's own headings; the sample fills in few of them.
const HEADINGS: [&str; 24] = [
    "*ContactName",
    "AccountNumber",
    "EmailAddress",
    "FirstName",
    "LastName",
    "POAttentionTo",
    "POAddressLine1",
    "POAddressLine2",
    "POAddressLine3",
    "POAddressLine4",
    "POCity",
    "PORegion",
    "POPostalCode",
    "POCountry",
    "PhoneNumber",
    "TaxNumber",
    "AccountsReceivableTaxCodeName",
    "AccountsPayableTaxCodeName",
    "DueDateBillDay",
    "DueDateBillTerm",
    "DueDateSalesDay",
    "DueDateSalesTerm",
    "SalesAccount",
    "PurchasesAccount",
];

/// Contacts that are nobody's tenant: the distributor, a landlord, and names that nearly match.
const OTHERS: [&str; 5] = ["Dicker Data", "Fourth Coffee Brisbane (closed)", "Coho", "School of Fine Art", "Wingtip Toys"];

/// `contacts.csv`, sorted by name as Xero does.
pub(crate) fn csv() -> Result<Vec<u8>> {
    let mut names: Vec<&str> = CUSTOMERS.iter().filter_map(super::customers::Customer::contact).chain(OTHERS).collect();
    names.sort_by_key(|name| name.to_lowercase());
    names.dedup();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADINGS)?;
    for name in names {
        let email = format!("accounts@{}.example", slug(name));
        let country = if name.contains("NZ") { "New Zealand" } else { "Australia" };
        let row = HEADINGS.map(|heading| match heading {
            "*ContactName" => name,
            "EmailAddress" => &email,
            "POCountry" => country,
            "DueDateSalesDay" => "20",
            "DueDateSalesTerm" => "DAYSAFTERBILLDATE",
            _ => "",
        });
        writer.write_record(row)?;
    }
    Ok(writer.into_inner()?)
}

fn slug(name: &str) -> String {
    let words: String = name.to_lowercase().chars().map(|character| if character.is_ascii_alphanumeric() { character } else { ' ' }).collect();
    words.split_whitespace().collect::<Vec<_>>().join("-")
}

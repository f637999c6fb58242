//! What is read besides documents: organisation, accounts, tax rates, contacts, items and the like (contracts/xero.md 3).

use std::collections::HashSet;

use serde_json::{Value, json};

use super::filter::{Filter, Operand};
use super::reading::{self, Page};
use super::render;
use super::state::{Organisation, State};
use super::wire;
use crate::stand_ins::exchange::{Answer, Exchange};

/// Actions that a person may be allowed to do.
const ACTIONS: &[&str] = &[
    "UseMulticurrency",
    "CreateApprovedInvoice",
    "CreateRepeatingInvoice",
    "AttachFilesIntoInvoice",
    "CreateDraftInvoice",
    "CreateDraftBill",
    "CreateApprovedBill",
];

/// Reads by the segments of a path.
pub fn read(state: &State, organisation: usize, exchange: &Exchange, segments: &[&str]) -> Answer {
    let Some(organisation) = state.organisations.get(organisation) else { return wire::not_found() };
    let all = |member: &str, list: Vec<Value>| wire::answer(200, &wire::envelope(state.now(), member, list));
    match segments {
        ["Organisation"] => all("Organisations", vec![self::organisation(organisation)]),
        ["Organisation", "Actions"] => all("Actions", actions(organisation)),
        ["Accounts"] => filtered(exchange, accounts(organisation)).map_or_else(|answer| *answer, |list| all("Accounts", list)),
        ["TaxRates"] => filtered(exchange, tax_rates(organisation)).map_or_else(|answer| *answer, |list| all("TaxRates", list)),
        ["Items"] => filtered(exchange, items(organisation, reading::unit_decimals(exchange))).map_or_else(|answer| *answer, |list| all("Items", list)),
        ["TrackingCategories"] => all("TrackingCategories", tracking(organisation)),
        ["BrandingThemes"] => all("BrandingThemes", themes(state, organisation)),
        ["Currencies"] => all("Currencies", organisation.currencies.iter().map(|code| json!({ "Code": code, "Description": currency_name(code) })).collect()),
        ["Contacts"] => contacts(state, organisation, exchange),
        ["Contacts", id] => match organisation.contact(id) {
            Some(contact) => all("Contacts", contact_values(organisation, &[contact])),
            None => wire::not_found(),
        },
        _ => wire::not_found(),
    }
}

fn organisation(organisation: &Organisation) -> Value {
    let country = organisation.country.code();
    let is_new_zealand = country == "NZ";
    let mut value = json!({
        "Name": organisation.name,
        "LegalName": organisation.name,
        "PaysTax": true,
        "Version": country,
        "OrganisationType": "COMPANY",
        "BaseCurrency": organisation.country.currency(),
        "CountryCode": country,
        "IsDemoCompany": organisation.is_demo,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": if is_new_zealand { 31 } else { 30 },
        "FinancialYearEndMonth": if is_new_zealand { 3 } else { 6 },
        "TaxNumber": if is_new_zealand { "101-2-303" } else { "11 111 111 138" },
        "SalesTaxBasis": if is_new_zealand { "PAYMENTS" } else { "ACCRUALS" },
        "SalesTaxPeriod": if is_new_zealand { "TWOMONTHS" } else { "QUARTERLY1" },
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        "CreatedDateUTC": "/Date(1574275974000)/",
        "OrganisationEntityType": "COMPANY",
        "Timezone": if is_new_zealand { "NEWZEALANDSTANDARDTIME" } else { "AUSEASTERNSTANDARDTIME" },
        "ShortCode": organisation.short_code,
        "OrganisationID": organisation.id,
        "Class": if organisation.is_demo { "DEMO" } else { "STANDARD" },
        "Edition": "BUSINESS",
        "Addresses": [],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": render::payment_terms(organisation.sales_terms.as_ref(), organisation.bill_terms.as_ref()).unwrap_or_else(|| json!({})),
    });
    if let Some(members) = value.as_object_mut() {
        for (name, date) in [("PeriodLockDate", organisation.period_lock), ("EndOfYearLockDate", organisation.year_lock)] {
            if let Some(date) = date {
                members.insert(name.to_owned(), wire::date_text(date).into());
            }
        }
    }
    value
}

fn actions(organisation: &Organisation) -> Vec<Value> {
    let status = |name: &str| if organisation.actions_not_allowed.iter().any(|found| found == name) { "NOT-ALLOWED" } else { "ALLOWED" };
    ACTIONS.iter().map(|name| json!({ "Name": name, "Status": status(name) })).collect()
}

fn accounts(organisation: &Organisation) -> Vec<Value> {
    let value = |account: &super::state::Account| {
        let mut value = json!({
            "AccountID": account.id,
            "Code": account.code,
            "Name": account.name,
            "Status": account.status,
            "Type": account.kind,
            "TaxType": account.tax_type,
            "Class": account.class,
            "EnablePaymentsToAccount": false,
            "ShowInExpenseClaims": false,
            "ReportingCode": "",
            "HasAttachments": false,
            "AddToWatchlist": false,
            "UpdatedDateUTC": "/Date(1574275974000+0000)/",
        });
        if let (Some(system), Some(members)) = (&account.system, value.as_object_mut()) {
            members.insert("SystemAccount".to_owned(), system.clone().into());
        }
        if let (true, Some(members)) = (account.kind == "BANK", value.as_object_mut()) {
            members.remove("Code"); // bank accounts may have none
            members.insert("BankAccountNumber".to_owned(), "0123456789".into());
            members.insert("BankAccountType".to_owned(), "BANK".into());
            members.insert("CurrencyCode".to_owned(), organisation.country.currency().into());
        }
        value
    };
    organisation.accounts.iter().map(value).collect()
}

fn tax_rates(organisation: &Organisation) -> Vec<Value> {
    let value = |rate: &super::state::TaxRate| {
        json!({
            "Name": rate.name,
            "TaxType": rate.tax_type,
            "ReportTaxType": rate.tax_type,
            "CanApplyToAssets": true,
            "CanApplyToEquity": true,
            "CanApplyToExpenses": rate.on_expenses,
            "CanApplyToLiabilities": true,
            "CanApplyToRevenue": rate.on_revenue,
            "DisplayTaxRate": wire::number(rate.percent, 4),
            "EffectiveRate": wire::number(rate.percent, 4),
            "Status": rate.status,
            "TaxComponents": [{ "Name": "GST", "Rate": wire::number(rate.percent, 4), "IsCompound": false, "IsNonRecoverable": false }],
        })
    };
    organisation.tax_rates.iter().map(value).collect()
}

fn items(organisation: &Organisation, unit_decimals: u32) -> Vec<Value> {
    let value = |item: &super::state::Item| {
        let mut sales = serde_json::Map::new();
        if let Some(price) = item.sales_price {
            sales.insert("UnitPrice".to_owned(), wire::number(price, unit_decimals));
        }
        if let Some(account) = &item.sales_account {
            sales.insert("AccountCode".to_owned(), account.clone().into());
        }
        json!({
            "ItemID": item.id,
            "Code": item.code,
            "Name": item.name,
            "Description": item.name,
            "UpdatedDateUTC": "/Date(1574275974000+0000)/",
            "PurchaseDetails": {},
            "SalesDetails": sales,
            "IsTrackedAsInventory": false,
            "IsSold": item.sales_price.is_some(),
            "IsPurchased": false,
        })
    };
    organisation.items.iter().map(value).collect()
}

fn tracking(organisation: &Organisation) -> Vec<Value> {
    let option = |name: &str, option: &str| {
        json!({
            "TrackingOptionID": wire::uuid_of(&format!("tracking {name} {option}")),
            "Name": option,
            "Status": "ACTIVE",
            "HasValidationErrors": false,
            "IsDeleted": false,
            "IsArchived": false,
            "IsActive": true,
        })
    };
    let category = |(name, options): &(String, Vec<String>)| {
        json!({
            "TrackingCategoryID": wire::uuid_of(&format!("tracking {name}")),
            "Name": name,
            "Status": "ACTIVE",
            "Options": options.iter().map(|found| option(name, found)).collect::<Vec<_>>(),
        })
    };
    organisation.tracking.iter().map(category).collect()
}

fn themes(state: &State, organisation: &Organisation) -> Vec<Value> {
    let created = wire::moment_text(state.options.now);
    let theme = |(order, (id, name)): (usize, &(String, String))| json!({ "BrandingThemeID": id, "Name": name, "SortOrder": order, "CreatedDateUTC": created });
    organisation.themes.iter().enumerate().map(theme).collect()
}

fn currency_name(code: &str) -> &str {
    match code {
        "AUD" => "Australian Dollar",
        "NZD" => "New Zealand Dollar",
        "USD" => "United States Dollar",
        other => other,
    }
}

/// What `where` may ask of any of these records: their own members.
fn member(value: &Value, name: &str) -> Operand {
    let found = name.split('.').try_fold(value, |value, part| value.get(part));
    match found {
        None | Some(Value::Null) => Operand::Text(String::new()),
        Some(Value::Bool(flag)) => Operand::Flag(*flag),
        Some(Value::String(text)) if name.ends_with("ID") => Operand::Id(text.clone()),
        Some(Value::String(text)) => Operand::Text(text.clone()),
        Some(number) => wire::decimal(number).ok().flatten().map_or(Operand::Text(String::new()), Operand::Number),
    }
}

fn filtered(exchange: &Exchange, list: Vec<Value>) -> Result<Vec<Value>, Box<Answer>> {
    let filter = Filter::of(exchange.parameter("where").unwrap_or_default()).map_err(|text| Box::new(reading::query_error(&text)))?;
    Ok(list.into_iter().filter(|value| filter.holds(|name| Some(member(value, name))).unwrap_or(false)).collect())
}

fn contact_values(organisation: &Organisation, contacts: &[&super::state::Contact]) -> Vec<Value> {
    let used: HashSet<(&str, bool)> = organisation.documents.iter().map(|document| (document.contact_id.as_str(), document.is_purchase())).collect();
    let is = |contact: &super::state::Contact, purchases| used.contains(&(contact.id.as_str(), purchases));
    contacts.iter().map(|contact| render::contact(contact, is(contact, true), is(contact, false))).collect()
}

fn contacts(state: &State, organisation: &Organisation, exchange: &Exchange) -> Answer {
    let with_archived = exchange.parameter("includeArchived") == Some("true");
    let wanted = exchange.parameter("IDs").map(str::to_ascii_lowercase);
    let found = organisation.contacts.iter().filter(|contact| with_archived || contact.status == "ACTIVE");
    let found: Vec<_> = found.filter(|contact| wanted.as_ref().is_none_or(|ids| ids.split(',').any(|id| id.trim() == contact.id))).collect();
    let page = match Page::of(exchange) {
        Ok(page) => page,
        Err(answer) => return *answer,
    };
    let (items, list) = if exchange.parameter("where").is_some() {
        match filtered(exchange, contact_values(organisation, &found)) {
            Ok(list) => (list.len(), cut(page.as_ref(), list)),
            Err(answer) => return *answer,
        }
    } else {
        // Cut first: showing ten thousand contacts for each of ten pages takes long.
        (found.len(), contact_values(organisation, &cut(page.as_ref(), found)))
    };
    let mut body = wire::envelope(state.now(), "Contacts", list);
    if let (Some(page), Some(members)) = (page, body.as_object_mut()) {
        members.insert("pagination".to_owned(), page.describe(items));
    }
    wire::answer(200, &body)
}

fn cut<T>(page: Option<&Page>, list: Vec<T>) -> Vec<T> {
    match page {
        Some(page) => page.cut(list),
        None => list,
    }
}

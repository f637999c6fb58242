//! What an organisation has before anything is posted.

use std::cell::RefCell;
use std::collections::HashMap;

use rust_decimal::Decimal;

use super::limits::Window;
use super::options::{Country, NewOrganisation};
use super::state::{Account, Contact, Item, Organisation, State, TaxRate};
use super::wire;

/// Code, name, type, class, Australian tax type, New Zealand's, system account.
const ACCOUNTS: &[(&str, &str, &str, &str, &str, &str, &str)] = &[
    ("090", "Business Bank Account", "BANK", "ASSET", "BASEXCLUDED", "NONE", ""),
    ("200", "Sales", "REVENUE", "REVENUE", "OUTPUT", "OUTPUT2", ""),
    ("203", "Microsoft Subscriptions", "REVENUE", "REVENUE", "OUTPUT", "OUTPUT2", ""),
    ("260", "Other Revenue", "REVENUE", "REVENUE", "OUTPUT", "OUTPUT2", ""),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", "EXPENSE", "INPUT", "INPUT2", ""),
    ("429", "General Expenses", "EXPENSE", "EXPENSE", "INPUT", "INPUT2", ""),
    ("610", "Accounts Receivable", "CURRENT", "ASSET", "BASEXCLUDED", "NONE", "DEBTORS"),
    ("800", "Accounts Payable", "CURRLIAB", "LIABILITY", "BASEXCLUDED", "NONE", "CREDITORS"),
    ("820", "GST", "CURRLIAB", "LIABILITY", "BASEXCLUDED", "NONE", "GST"),
    ("860", "Rounding", "CURRLIAB", "LIABILITY", "BASEXCLUDED", "NONE", "ROUNDING"),
];

/// Name, type, percent, on revenue, on expenses.
type Rate = (&'static str, &'static str, i64, bool, bool);

const AUSTRALIA: &[Rate] = &[
    ("GST on Income", "OUTPUT", 10, true, false),
    ("GST on Expenses", "INPUT", 10, false, true),
    ("GST Free Income", "EXEMPTOUTPUT", 0, true, false),
    ("GST Free Expenses", "EXEMPTEXPENSES", 0, false, true),
    ("BAS Excluded", "BASEXCLUDED", 0, true, true),
    ("GST on Capital", "CAPEXINPUT", 10, false, true),
    ("Input Taxed", "INPUTTAXED", 0, true, false),
];

const NEW_ZEALAND: &[Rate] = &[
    ("15% GST on Income", "OUTPUT2", 15, true, false),
    ("15% GST on Expenses", "INPUT2", 15, false, true),
    ("Zero Rated", "ZERORATED", 0, true, true),
    ("No GST", "NONE", 0, true, true),
];

/// A new organisation.
pub fn organisation(state: &State, new: &NewOrganisation) -> Organisation {
    let id = wire::uuid_of(&format!("organisation {}", new.name));
    let digits: String = id.chars().filter(|character| *character != '-').take(5).collect();
    let rates = if new.country == Country::Australia { AUSTRALIA } else { NEW_ZEALAND };
    Organisation {
        connection_id: wire::uuid_of(&format!("connection {}", new.name)),
        is_connected: true,
        name: new.name.clone(),
        short_code: format!("!{digits}"),
        country: new.country,
        is_demo: new.is_demo,
        period_lock: None,
        year_lock: None,
        actions_not_allowed: Vec::new(),
        currencies: vec![new.country.currency().to_owned()],
        sales_terms: Some((20, "OFFOLLOWINGMONTH".to_owned())),
        bill_terms: Some((30, "DAYSAFTERBILLDATE".to_owned())),
        accounts: ACCOUNTS.iter().map(|account| self::account(new.country, account)).collect(),
        tax_rates: rates.iter().map(rate).collect(),
        contacts: new.contacts.iter().map(|name| new_contact(&id, name, state.options.now)).collect(),
        items: vec![Item {
            id: wire::uuid_of("item M365-BP"),
            code: "M365-BP".to_owned(),
            name: "Microsoft 365 Business Premium".to_owned(),
            sales_price: Some(Decimal::new(3290, 2)),
            sales_account: Some("200".to_owned()),
        }],
        tracking: vec![("Region".to_owned(), vec!["North".to_owned(), "South".to_owned()])],
        themes: vec![(wire::uuid_of(&format!("theme {}", new.name)), "Standard".to_owned())],
        contact_hints: RefCell::default(),
        documents: Vec::new(),
        numbers: HashMap::new(),
        by_id: HashMap::new(),
        in_flight: 0,
        in_flight_at_most: 0,
        minute: Window::default(),
        day: Window::default(),
        id,
    }
}

/// A contact; its id follows from the organisation and the name.
pub fn new_contact(organisation_id: &str, name: &str, updated: jiff::Timestamp) -> Contact {
    Contact {
        id: wire::uuid_of(&format!("contact {organisation_id} {name}")),
        name: name.to_owned(),
        status: "ACTIVE".to_owned(),
        account_number: None,
        email: String::new(),
        sales_terms: None,
        bill_terms: None,
        updated,
        history: Vec::new(),
    }
}

fn account(country: Country, account: &(&str, &str, &str, &str, &str, &str, &str)) -> Account {
    let (code, name, kind, class, australian, new_zealand, system) = *account;
    let tax_type = if country == Country::Australia { australian } else { new_zealand };
    Account {
        id: wire::uuid_of(&format!("account {code}")),
        code: code.to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        class: class.to_owned(),
        tax_type: tax_type.to_owned(),
        status: "ACTIVE".to_owned(),
        system: Some(system).filter(|system| !system.is_empty()).map(str::to_owned),
    }
}

fn rate(rate: &Rate) -> TaxRate {
    let (name, tax_type, percent, on_revenue, on_expenses) = *rate;
    TaxRate { name: name.to_owned(), tax_type: tax_type.to_owned(), percent: Decimal::from(percent), status: "ACTIVE".to_owned(), on_revenue, on_expenses }
}

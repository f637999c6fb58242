//! Each obstacle alone, and all of them together.

use super::*;
use crate::domain::books::AccountClass;
use crate::domain::document::{Kind, Status};
use crate::xero::organisation::TrackingOption;
use crate::xero::samples;
use jiff::civil::date;
use uuid::Uuid;

/// An organisation in which everything is in order.
struct World {
    organisation: Organisation,
    actions: Vec<AllowedAction>,
    accounts: Vec<Account>,
    tax_rates: Vec<TaxRate>,
    contacts: Vec<BookedContact>,
    currencies: Option<Vec<Currency>>,
    tracking: Option<Vec<TrackingCategory>>,
    themes: Option<Vec<BrandingTheme>>,
    attaches: bool,
}

fn account(code: &str, class: AccountClass, tax_type: &str) -> Account {
    Account { code: code.into(), name: "Licences".into(), class, is_active: true, tax_type: Some(tax_type.into()), system: None }
}

fn rate(tax_type: &str, name: &str, revenue: bool) -> TaxRate {
    TaxRate { tax_type: tax_type.into(), name: name.into(), percent: 10.into(), is_active: true, applies_to_revenue: revenue, applies_to_expenses: !revenue }
}

impl World {
    fn new() -> Self {
        let organisation = Organisation {
            id: samples::ORGANISATION.parse().unwrap(),
            name: "Contoso Services".into(),
            short_code: "!1lqVQ".into(),
            is_demo: false,
            base_currency: "AUD".into(),
            country: "AU".into(),
            status: "ACTIVE".into(),
            timezone: "".into(),
            period_lock: None,
            year_lock: None,
            sales_terms: None,
            bill_terms: None,
        };
        let contact = BookedContact {
            id: samples::CONTACT.parse().unwrap(),
            name: "Contoso".into(),
            account_number: None,
            is_active: true,
            sales_terms: None,
            bill_terms: None,
        };
        Self {
            organisation,
            actions: Vec::new(),
            accounts: vec![account("200", AccountClass::Revenue, "OUTPUT"), account("310", AccountClass::Expense, "INPUT")],
            tax_rates: vec![rate("OUTPUT", "GST on Income", true), rate("INPUT", "GST on Expenses", false)],
            contacts: vec![contact],
            currencies: None,
            tracking: None,
            themes: None,
            attaches: false,
        }
    }

    fn check(&self, documents: &[(&Document, &Dress)]) -> Preflight {
        let facts = Facts {
            pinned: samples::ORGANISATION.parse().unwrap(),
            organisation: &self.organisation,
            actions: &self.actions,
            accounts: &self.accounts,
            tax_rates: &self.tax_rates,
            contacts: &self.contacts,
            currencies: self.currencies.as_deref(),
            tracking: self.tracking.as_deref(),
            branding_themes: self.themes.as_deref(),
            attaches: self.attaches,
        };
        check(&facts, documents)
    }

    /// The problems and warnings of an invoice and a bill.
    fn of_month(&self, change: impl Fn(&mut Document)) -> (Vec<String>, Vec<String>) {
        let (mut invoice, mut bill) = (samples::document(Kind::Invoice, "CSP-1"), samples::document(Kind::Bill, "DD-1"));
        change(&mut invoice);
        change(&mut bill);
        self.of(&[(&invoice, &Dress::default()), (&bill, &Dress::default())])
    }

    fn of(&self, documents: &[(&Document, &Dress)]) -> (Vec<String>, Vec<String>) {
        let found = self.check(documents);
        let text = |list: Vec<Problem>| list.into_iter().map(|problem| format!("{} -> {}", problem.what, problem.fix)).collect();
        (text(found.problems), text(found.warnings))
    }

    fn dressed(&self, dress: &Dress) -> Vec<String> {
        self.of(&[(&samples::document(Kind::Invoice, "CSP-1"), dress)]).0
    }
}

fn none() -> (Vec<String>, Vec<String>) {
    (Vec::new(), Vec::new())
}

#[test]
fn a_month_in_order_has_nothing_to_say() {
    assert_eq!(World::new().of_month(|_| ()), none());
}

#[test]
fn the_wrong_organisation_is_refused_and_named_with_its_demo_flag() {
    let mut world = World::new();
    world.organisation.id = crate::domain::ids::OrganisationId(Uuid::nil());
    world.organisation.is_demo = true;
    let (problems, _) = world.of_month(|_| ());
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("Contoso Services (demo company)") && problems[0].contains(samples::ORGANISATION), "{problems:?}");
}

#[test]
fn an_organisation_that_is_not_in_use_is_refused() {
    let mut world = World::new();
    world.organisation.status = "SUSPENDED".into();
    assert!(world.of_month(|_| ()).0[0].contains("SUSPENDED"));
}

#[test]
fn a_currency_must_be_known() {
    let mut world = World::new();
    assert!(world.of_month(|document| document.currency = "USD".into()).0[0].contains("add USD in Xero"));
    world.currencies = Some(vec![Currency { code: "USD".into(), description: "".into() }]);
    assert_eq!(world.of_month(|document| document.currency = "USD".into()), none());
    world.actions = vec![AllowedAction { name: "UseMulticurrency".into(), is_allowed: false }];
    assert!(world.of_month(|document| document.currency = "USD".into()).0[0].contains("no foreign currencies"));
}

#[test]
fn a_locked_period_refuses_approved_documents_and_warns_of_drafts() {
    let mut world = World::new();
    world.organisation.period_lock = Some(date(2026, 11, 30));
    let (problems, warnings) = world.of_month(|_| ());
    assert!(problems.is_empty(), "{problems:?}");
    assert!(warnings[0].contains("2026-11-30") && warnings[0].contains("CSP-1, DD-1"), "{warnings:?}");
    let (problems, warnings) = world.of_month(|document| document.status = Status::Authorised);
    assert!(problems[0].contains("the period is locked") && warnings.is_empty(), "{problems:?}");
    world.organisation.period_lock = Some(date(2026, 11, 29));
    assert_eq!(world.of_month(|document| document.status = Status::Authorised), none());
}

#[test]
fn advisers_pass_the_lock_of_the_period_and_nobody_that_of_the_year() {
    let mut world = World::new();
    world.organisation.period_lock = Some(date(2026, 12, 31));
    world.actions = vec![AllowedAction { name: "ApproveTransactionsBeforePeriodLockDate".into(), is_allowed: true }];
    let (problems, warnings) = world.of_month(|document| document.status = Status::Authorised);
    assert!(problems.is_empty() && warnings.len() == 1, "{problems:?} {warnings:?}");
    world.organisation.year_lock = Some(date(2026, 11, 30));
    let (problems, _) = world.of_month(|document| document.status = Status::Authorised);
    assert!(problems.len() == 1 && problems[0].contains("the year is locked"), "{problems:?}");
}

#[test]
fn accounts_must_be_there_active_of_the_right_class_and_not_xeros_own() {
    for (change, expected) in [
        ((|account: &mut Account| account.code = "999".into()) as fn(&mut Account), "has no account `200`"),
        (|account| account.is_active = false, "is archived"),
        (|account| account.class = AccountClass::Expense, "is no revenue account"),
        (|account| account.class = AccountClass::Other("ASSET".into()), "is no revenue account"),
        (|account| account.system = Some("DEBTORS".into()), "is Xero's own: DEBTORS"),
    ] {
        let mut world = World::new();
        change(&mut world.accounts[0]);
        let (problems, _) = world.of_month(|_| ());
        assert!(problems.len() == 1 && problems[0].contains(expected) && problems[0].contains("xero.revenue_account"), "{expected}: {problems:?}");
    }
    let mut world = World::new();
    world.accounts[1].class = AccountClass::Revenue;
    assert!(world.of_month(|_| ()).0[0].contains("account 310 (Licences) is no expense account"));
}

#[test]
fn cents_of_rounding_may_go_to_the_rounding_account() {
    let mut world = World::new();
    world.accounts[1].system = Some("ROUNDING".into());
    world.accounts[1].class = AccountClass::Other("EQUITY".into());
    assert_eq!(world.of_month(|_| ()).0, Vec::<String>::new());
}

#[test]
fn configured_tax_types_must_fit_and_their_names_are_translated() {
    let world = World::new();
    let of = |tax_type: &str| {
        let mut invoice = samples::document(Kind::Invoice, "CSP-1");
        invoice.lines[0].tax_type = Some(tax_type.into());
        world.of(&[(&invoice, &Dress::default())]).0
    };
    assert!(of("OUTPUT").is_empty());
    assert!(of("GST on Income")[0].contains("set tax_type to OUTPUT"));
    assert!(of("INPUT")[0].contains("cannot be used on revenue accounts -> set tax_type to one of OUTPUT (GST on Income)"));
    assert!(of("OUTPUT9")[0].contains("has no tax type `OUTPUT9`"));
    let mut world = World::new();
    world.tax_rates[0].is_active = false;
    let mut invoice = samples::document(Kind::Invoice, "CSP-1");
    invoice.lines[0].tax_type = Some("OUTPUT".into());
    assert!(world.of(&[(&invoice, &Dress::default())]).0[0].contains("is archived"));
}

#[test]
fn an_account_with_a_strange_tax_rate_is_a_warning() {
    for (tax_type, expected) in [(Some("INPUT"), "which is no revenue rate"), (Some("DEAD"), "does not list"), (None, "no tax rate of its own")] {
        let mut world = World::new();
        world.accounts[0].tax_type = tax_type.map(Into::into);
        let (problems, warnings) = world.of_month(|_| ());
        assert!(problems.is_empty() && warnings.len() == 1 && warnings[0].contains(expected), "{expected}: {warnings:?}");
    }
}

#[test]
fn contacts_must_be_chosen_there_and_active() {
    let mut world = World::new();
    world.contacts[0].is_active = false;
    let (problems, _) = world.of_month(|_| ());
    assert!(problems[0].contains("archived") && problems[0].contains("cspctl map customers set 196e2273-9651-43a3-ba7e-7cbcd918fc40"), "{problems:?}");
    assert!(problems[1].contains("xero.contact_id"), "{problems:?}");
    world.contacts.clear();
    assert!(world.of_month(|_| ()).0[0].contains("has no contact 430fa14a"));
    assert!(world.of_month(|document| document.contact_id = None).0[0].contains("has no contact in Xero"));
}

#[test]
fn tracking_must_exist_to_the_letter() {
    let mut world = World::new();
    let dress = |category: &str, option: &str| Dress { tracking: vec![(category.to_owned(), option.to_owned())], ..Dress::default() };
    assert!(world.dressed(&dress("Region", "North"))[0].contains("it has: none"));
    let option = |name: &str, is_active| TrackingOption { id: Uuid::nil(), name: name.into(), is_active };
    let category = TrackingCategory { id: Uuid::nil(), name: "Region".into(), is_active: true, options: vec![option("North", true), option("South", false)] };
    world.tracking = Some(vec![category]);
    assert!(world.dressed(&dress("Region", "North")).is_empty());
    assert!(world.dressed(&dress("Region", "South"))[0].contains("it has: North"));
    assert!(world.dressed(&dress("region", "North"))[0].contains("it has: Region"));
    let three = Dress { tracking: vec![("Region".to_owned(), "North".to_owned()); 3], ..Dress::default() };
    assert!(world.dressed(&three)[0].contains("more than two"));
}

#[test]
fn branding_themes_numbers_and_addresses_are_looked_at() {
    let mut world = World::new();
    let themed = Dress { branding_theme: Some(Uuid::from_u128(7)), ..Dress::default() };
    assert!(world.dressed(&themed)[0].contains("branding theme"));
    world.themes = Some(vec![BrandingTheme { id: Uuid::from_u128(7), name: "Standard".into() }]);
    assert!(world.dressed(&themed).is_empty());
    for url in ["https://xero.example/run", "run/1"] {
        assert!(world.dressed(&Dress { url: Some(url.to_owned()), ..Dress::default() })[0].contains(url));
    }
    for number in ["", "CSP-é", &"x".repeat(256)] {
        let document = samples::document(Kind::Invoice, number);
        assert!(world.of(&[(&document, &Dress::default())]).0[0].contains("number_prefix"), "{number}");
    }
}

#[test]
fn what_the_user_may_not_do_is_said_before() {
    let mut world = World::new();
    let refused = |name: &str| vec![AllowedAction { name: name.into(), is_allowed: false }];
    world.actions = refused("CreateDraftBill");
    assert!(world.of_month(|_| ()).0[0].contains("CreateDraftBill"));
    world.actions = refused("CreateApprovedInvoice");
    assert_eq!(world.of_month(|_| ()), none());
    assert!(world.of_month(|document| document.status = Status::Authorised).0[0].contains("CreateApprovedInvoice"));
    world.actions = refused("AttachFilesIntoInvoice");
    assert_eq!(world.of_month(|_| ()), none());
    world.attaches = true;
    assert!(world.of_month(|_| ()).0[0].contains("AttachFilesIntoInvoice"));
}

#[test]
fn all_problems_come_at_once_and_each_once() {
    let mut world = World::new();
    world.organisation.status = "SUSPENDED".into();
    world.accounts.clear();
    world.contacts.clear();
    let invoices: Vec<Document> = (0..10).map(|number| samples::document(Kind::Invoice, &format!("CSP-{number}"))).collect();
    let dress = Dress::default();
    let (problems, _) = world.of(&invoices.iter().map(|invoice| (invoice, &dress)).collect::<Vec<_>>());
    assert_eq!(problems.len(), 12, "{problems:#?}");
}

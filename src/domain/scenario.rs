//! A small month to plan in tests: tenants are numbers, products are stock codes.

use std::sync::Arc;

use jiff::civil::{Date, date};
use rust_decimal::Decimal;

use super::adopt::{Adoption, Found, adopt};
use super::books::{BookedDocument, BookedLine, BookedStatus, Books};
use super::charge::{AnnuityLine, Charge, ChargeKey, SourceRow};
use super::document::{Document, InXero, Kind, State};
use super::history::History;
use super::holding::{Holding, Seats};
use super::ids::{ContactId, SkuId, SubscriptionId, TenantId, XeroId};
use super::mapping::{Customer, Mapping, Narrowing, Product};
use super::money::Money;
use super::offer::StockCode;
use super::period::Window;
use super::plan::{Inputs, Plan};
use super::planner::plan;
use super::policy::{BillPer, DueRule, Policy, Proration};
use super::pricing::PriceRule;
use super::sources::Sources;

/// Business Premium for a year, billed monthly.
pub(crate) const PREMIUM: &str = "P1Y:CFQ7TTC0LCHC:0002:1:";
/// Apps for business for a year, billed up front.
pub(crate) const ANNUAL: &str = "P1Y:CFQ7TTC0LH1G:0001:Y:";

/// Inputs of a plan, with sensible defaults for the rest.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) sources: Sources,
    pub(crate) mapping: Mapping,
    pub(crate) policy: Policy,
    pub(crate) history: History,
    pub(crate) today: Date,
    pub(crate) include_older: bool,
}

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn money(text: &str) -> Money {
    Money::round_half_away(decimal(text))
}

/// The tenant called "Customer N".
pub(crate) fn tenant(number: u32) -> TenantId {
    TenantId(uuid::Uuid::from_u128((u128::from(number) << 96) | 0x4000_8000_0000_0000_0001))
}

pub(crate) fn sku(number: u32) -> SkuId {
    SkuId(uuid::Uuid::from_u128(u128::from(number)))
}

pub(crate) fn subscription(number: u32) -> String {
    format!("subscription-{number}")
}

pub(crate) fn november() -> (Date, Date) {
    (date(2026, 11, 1), date(2026, 11, 30))
}

/// A charge of the tenant, with its number as subscription.
pub(crate) fn charge(tenant_number: u32, code: &str, usage: (Date, Date), quantity: &str, unit_cost: &str) -> Charge {
    let mut charge = Charge {
        key: ChargeKey(0),
        subscription: SubscriptionId::new(&subscription(tenant_number)),
        stock_code: StockCode::new(code),
        stated_tenant: Some(tenant(tenant_number)),
        tenant_name: format!("Customer {tenant_number}").into(),
        description: "".into(),
        usage: Window { start: usage.0, end: usage.1 },
        term_start: None,
        term_end: None,
        quantity: decimal(quantity),
        unit_cost: decimal(unit_cost),
        cost: Money::round_half_away(decimal(quantity) * decimal(unit_cost)),
        invoice_number: None,
        invoice_date: None,
        source: SourceRow { file: "invoice.csv".into(), row: 2 },
    };
    charge.key = ChargeKey::of_export(&charge.facts(), 1);
    charge
}

pub(crate) fn annuity(tenant_number: u32, code: &str, quantity: &str, unit_price: &str, unit_rrp: &str) -> AnnuityLine {
    AnnuityLine {
        tenant_id: Some(tenant(tenant_number)),
        tenant_name: format!("Customer {tenant_number}").into(),
        subscription: SubscriptionId::new(&subscription(tenant_number)),
        stock_code: StockCode::new(code),
        description: "MICROSOFT 365 BUSINESS PREMIUM".into(),
        quantity: decimal(quantity),
        charge_type: "NCE".into(),
        active: true,
        start_usage: None,
        end_usage: None,
        expiry: None,
        unit_price: Some(decimal(unit_price)).filter(|price| !price.is_zero()),
        unit_rrp: Some(decimal(unit_rrp)),
        source: SourceRow { file: "annuity.csv".into(), row: 2 },
    }
}

impl Scenario {
    /// Customers 1 to 3 and Business Premium at 32.90 are mapped; no charges yet.
    pub(crate) fn new() -> Self {
        let scenario = Self {
            sources: Sources::default(),
            mapping: Mapping::default(),
            policy: policy(),
            history: History::default(),
            today: date(2026, 12, 2),
            include_older: false,
        };
        scenario.customer(1).customer(2).customer(3).product(PREMIUM, Some("32.90"))
    }

    pub(crate) fn customer(mut self, number: u32) -> Self {
        let name: Arc<str> = format!("Customer {number}").into();
        let customer = Customer {
            tenant_id: tenant(number),
            name: Some(Arc::clone(&name)),
            xero_contact_id: None,
            xero_contact_name: Some(name),
            ignore: false,
            price: None,
        };
        self.mapping.customers.push(customer);
        self
    }

    pub(crate) fn product(mut self, code: &str, price: Option<&str>) -> Self {
        self.mapping.products.push(Product {
            offer: StockCode::new(code).offer().clone(),
            narrowing: Narrowing::default(),
            name: Some("Business Premium".into()),
            sku_id: Some(sku(1)),
            price: price.map(|price| price.parse().unwrap()),
            ignore: false,
            xero_item_code: None,
            revenue_account: None,
            tax_type: None,
        });
        self
    }

    pub(crate) fn charges(mut self, charges: impl IntoIterator<Item = Charge>) -> Self {
        self.sources.charges.extend(charges);
        self
    }

    pub(crate) fn annuity(mut self, lines: impl IntoIterator<Item = AnnuityLine>) -> Self {
        self.sources.has_annuity = true;
        self.sources.annuity.extend(lines);
        self
    }

    /// Seats of (tenant, SKU): enabled, suspended, warning, assigned.
    pub(crate) fn seats(mut self, as_of: Date, holdings: &[(u32, u32, [i64; 4])]) -> Self {
        let holdings: Vec<Holding> = holdings
            .iter()
            .map(|(tenant_number, sku_number, [enabled, suspended, warning, assigned])| Holding {
                tenant_id: tenant(*tenant_number),
                tenant_name: format!("Customer {tenant_number}").into(),
                sku_id: sku(*sku_number),
                sku_part_number: format!("SKU{sku_number}").into(),
                enabled: *enabled,
                suspended: *suspended,
                warning: *warning,
                assigned: *assigned,
            })
            .collect();
        let mut answered: Vec<TenantId> = holdings.iter().map(|holding| holding.tenant_id).collect();
        answered.sort_unstable();
        answered.dedup();
        self.sources.seats = Some(Seats { as_of, holdings, answered, origin: "seats.csv".into(), ..Seats::default() });
        self
    }

    pub(crate) fn plan(&self, period: &str) -> Plan {
        self.plan_of(Some(period))
    }

    pub(crate) fn plan_of(&self, period: Option<&str>) -> Plan {
        let inputs = Inputs {
            sources: &self.sources,
            mapping: &self.mapping,
            policy: &self.policy,
            history: &self.history,
            period: period.map(|period| period.parse().unwrap()),
            include_older: self.include_older,
            today: self.today,
        };
        let plan = plan(&inputs).unwrap();
        assert_in_one_place(&plan);
        plan
    }

    /// Runs: plans, and records everything as finished.
    pub(crate) fn run(&mut self, period: &str) -> Plan {
        super::recognise::recognise(&mut self.sources.charges, &self.history);
        let plan = self.plan(period);
        let mut charges = self.history.charges.clone();
        charges.extend(plan.billed.clone());
        let mut documents = self.history.documents.clone();
        documents.extend(plan.new_documents().cloned().map(|document| Document { state: State::Exists, ..document }));
        self.history = History::new(charges, documents);
        plan
    }
}

/// The contact of "Customer N" in Xero; 0 is the distributor's.
pub(crate) fn contact(number: u32) -> ContactId {
    ContactId(uuid::Uuid::from_u128((u128::from(number) << 64) | 0xC0))
}

/// The id in Xero of a document of our number.
fn xero_id(kind: Kind, number: &str) -> XeroId {
    let hash = |id: u128, byte: u8| id.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013B) ^ u128::from(byte);
    XeroId(uuid::Uuid::from_u128(number.bytes().fold(kind as u128 + 1, hash)))
}

/// A document as Xero shows it once it was posted.
pub(crate) fn in_xero(document: &Document) -> BookedDocument {
    let line = |line: &super::document::Line| BookedLine {
        description: (*line.description).into(),
        quantity: line.quantity,
        unit_amount: line.unit_amount,
        line_amount: line.line_amount,
        tax_amount: Money::ZERO,
        account_code: Some(Arc::clone(&line.account_code)),
        tax_type: line.tax_type.clone(),
    };
    BookedDocument {
        id: xero_id(document.kind, &document.number),
        kind: document.kind,
        number: if document.kind == Kind::SupplierCredit { "".into() } else { Arc::clone(&document.number) },
        reference: "".into(),
        contact_id: document.contact_id,
        contact_name: Arc::clone(&document.contact_name),
        date: document.date,
        due_date: Some(document.due_date),
        status: BookedStatus::Draft,
        currency: Arc::clone(&document.currency),
        lines: document.lines.iter().map(line).collect(),
        sub_total: document.sub_total,
        total_tax: Money::ZERO,
        total: document.sub_total,
        settled: Money::ZERO,
        updated: "".into(),
    }
}

/// Months that go to Xero.
impl Scenario {
    /// An organisation is connected, and everybody has a contact there.
    pub(crate) fn connected(mut self) -> Self {
        self.policy.needs_contact_id = true;
        self.policy.lines_at_most = None;
        self.policy.distributor_contact_id = Some(contact(0));
        self.sources.books = Some(Books::default());
        for (number, customer) in (1..).zip(&mut self.mapping.customers) {
            customer.xero_contact_id = Some(contact(number));
        }
        self
    }

    pub(crate) fn books(&mut self) -> &mut Books {
        self.sources.books.get_or_insert_default()
    }

    /// The documents of one side in Xero.
    pub(crate) fn booked(&mut self, is_purchase: bool) -> Vec<&mut BookedDocument> {
        self.books().documents.iter_mut().filter(|booked| booked.kind.is_purchase() == is_purchase).collect()
    }

    /// Plans, posts, and records everything with its id.
    pub(crate) fn post(&mut self, period: &str) -> Plan {
        let plan = self.plan(period);
        let mut charges = self.history.charges.clone();
        charges.extend(plan.billed.clone());
        let mut documents = self.history.documents.clone();
        for document in plan.new_documents().cloned() {
            let booked = in_xero(&document);
            let xero = Some(Box::new(InXero { id: Some(booked.id), ..InXero::default() }));
            self.books().documents.push(booked);
            documents.push(Document { state: State::Exists, xero, ..document });
        }
        self.history = History::new(charges, documents);
        plan
    }

    /// A fresh machine.
    pub(crate) fn lose_ledger(&mut self) {
        self.history = History::default();
    }

    /// Finds what Xero has, and records it.
    pub(crate) fn adopt(&mut self, period: &str, withdrawn: &[XeroId], repost: bool) -> Adoption {
        let plan = self.plan(period);
        let withdrawn = withdrawn.iter().copied().collect();
        let found = Found {
            plan: &plan,
            charges: &self.sources.charges,
            books: self.sources.books.as_ref().unwrap(),
            history: &self.history,
            withdrawn: &withdrawn,
            repost,
            number_prefix: "CSP",
        };
        let adoption = adopt(&found);
        self.history = adoption.applied_to(&self.history);
        adoption
    }
}

pub(crate) fn policy() -> Policy {
    Policy {
        bill_per: BillPer::Period,
        distributor_contact_id: None,
        distributor_name: "Dicker Data".into(),
        expense_account: "310".into(),
        revenue_account: "200".into(),
        needs_contact_id: false,
        currency: "AUD".into(),
        status: super::document::Status::Draft,
        due: DueRule::DaysAfter(20),
        due_by_contact: false,
        number_prefix: "CSP".into(),
        proration: Proration::Days,
        description: super::describe::DEFAULT_TEMPLATE.into(),
        default_price: PriceRule::None,
        margin_floor_percent: Decimal::ZERO,
        lines_at_most: Some(500),
        renewal_days: 30,
    }
}

/// `rules.md` 29: every charge read is in exactly one place.
pub(crate) fn assert_in_one_place(plan: &Plan) {
    let coverage = &plan.coverage;
    let placed = coverage.charges_billed + coverage.charges_held + coverage.charges_ignored + coverage.charges_already_billed + coverage.charges_other_periods;
    assert_eq!(placed, coverage.charges_read);
    assert_eq!(plan.held.len() as u64, coverage.charges_held);
}

/// The net total of all bills in the plan.
pub(crate) fn billed_cost(plan: &Plan) -> Money {
    plan.documents.iter().filter(|document| document.kind.is_purchase()).map(Document::net).sum()
}

//! What a decision would change, told by the plan itself: the month is planned once as it is and once as if
//! the decision were taken. Nothing is asked of any service, nothing is written.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;

use crate::commands::month::Month;
use crate::domain::annuity::AnnuityIndex;
use crate::domain::finding::Code;
use crate::domain::history::History;
use crate::domain::ids::{ContactId, TenantId};
use crate::domain::mapping::{Customer, Mapping, Product};
use crate::domain::money::Money;
use crate::domain::offer::OfferId;
use crate::domain::period::BillingPeriod;
use crate::domain::plan::{HeldCharge, Inputs, Plan};
use crate::domain::planner;
use crate::domain::policy::Policy;
use crate::domain::sources::Sources;
use crate::domain::tenants::TenantResolver;
use crate::exit::{Failure, Kind};

/// So many charges, and what they cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) charges: u64,
    pub(super) cost: Money,
}

impl Sum {
    fn plus(self, other: Self) -> Self {
        Self { charges: self.charges + other.charges, cost: self.cost + other.cost }
    }

    fn add(&mut self, cost: Money) {
        self.charges += 1;
        self.cost += cost;
    }
}

/// Charges that would still be held, by reason, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// Why, with one charge's own sentence.
    pub(super) reasons: Vec<(Code, Sum, String)>,
}

impl Held {
    fn of<'a>(charges: impl IntoIterator<Item = &'a HeldCharge>) -> Self {
        let mut by_code: BTreeMap<Code, (Sum, String)> = BTreeMap::new();
        for held in charges {
            by_code.entry(held.code).or_insert_with(|| (Sum::default(), held.reason.clone())).0.add(held.cost);
        }
        let mut reasons: Vec<_> = by_code.into_iter().map(|(code, (sum, reason))| (code, sum, reason)).collect();
        reasons.sort_by_key(|(_, sum, _)| std::cmp::Reverse(sum.charges));
        Self { reasons }
    }

    pub(super) fn charges(&self) -> u64 {
        self.reasons.iter().map(|(_, sum, _)| sum.charges).sum()
    }
}

/// What would be sold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sale {
    /// Numbers of the documents.
    pub(super) numbers: Vec<Arc<str>>,
    pub(super) lines: u64,
    pub(super) cost: Money,
    pub(super) sell: Money,
}

/// What a contact would change for one customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CustomerEffect {
    /// Held today because the customer has no contact.
    pub(super) held_today: Sum,
    /// What its invoice of the period would be.
    pub(super) sale: Sale,
    /// What would still be held.
    pub(super) still_held: Held,
}

/// What an entry would change for one offer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct OfferEffect {
    pub(super) sale: Sale,
    pub(super) held: Held,
}

impl OfferEffect {
    /// Every charge of the period, sold or held.
    pub(super) fn all(&self) -> Sum {
        self.held.reasons.iter().map(|(_, sum, _)| *sum).fold(self.sale.sum(), Sum::plus)
    }
}

/// The month that decisions are about.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    sources: &'a Sources,
    policy: &'a Policy,
    history: &'a History,
    period: Option<BillingPeriod>,
    today: Date,
}

impl<'a> Scene<'a> {
    pub(super) fn new(month: &'a Month, period: Option<BillingPeriod>, today: Date) -> Self {
        Self { sources: &month.sources, policy: &month.policy, history: &month.history, period, today }
    }

    pub(super) fn plan(&self, mapping: &Mapping) -> Result<Plan, Failure> {
        self.plan_of(self.sources, mapping)
    }

    fn plan_of(&self, sources: &Sources, mapping: &Mapping) -> Result<Plan, Failure> {
        let inputs = Inputs { sources, mapping, policy: self.policy, history: self.history, period: self.period, include_older: false, today: self.today };
        planner::plan(&inputs).map_err(|broken| Failure::new(Kind::Failed, broken))
    }

    /// What a contact would change for each of these customers: one plan, whatever their number.
    pub(super) fn of_customers(&self, mapping: &Mapping, open: &[TenantId]) -> Result<HashMap<TenantId, CustomerEffect>, Failure> {
        let mut effects: HashMap<TenantId, CustomerEffect> = open.iter().map(|tenant_id| (*tenant_id, CustomerEffect::default())).collect();
        let then = self.plan(&with_contacts(mapping, open.iter().copied()))?;
        let mut held: HashMap<TenantId, Vec<&HeldCharge>> = HashMap::new();
        for charge in &then.held {
            if let Some(tenant_id) = charge.tenant_id {
                held.entry(tenant_id).or_default().push(charge);
            }
        }
        for document in then.new_documents() {
            if let Some(effect) = document.tenant_id.and_then(|tenant_id| effects.get_mut(&tenant_id)) {
                effect.sale.add(document);
            }
        }
        for (tenant_id, effect) in &mut effects {
            effect.still_held = Held::of(held.remove(tenant_id).unwrap_or_default());
            // What a contact lets through to the questions of product and price is what waits for it today.
            let let_through = |(code, sum, _): &(Code, Sum, String)| is_of_product(*code).then_some(*sum);
            effect.held_today = effect.still_held.reasons.iter().filter_map(let_through).fold(effect.sale.sum(), Sum::plus);
        }
        Ok(effects)
    }
}

/// True for what is asked once the customer is known.
pub(super) fn is_of_product(code: Code) -> bool {
    matches!(code, Code::ProductUnmapped | Code::PriceMissing | Code::MarginBelowFloor)
}

impl Sale {
    fn sum(&self) -> Sum {
        Sum { charges: self.lines, cost: self.cost }
    }

    fn add(&mut self, document: &crate::domain::document::Document) {
        self.numbers.push(Arc::clone(&document.number));
        self.lines += u64::try_from(document.lines.len()).unwrap_or(u64::MAX);
        self.sell += document.net();
        self.cost += document.workings.iter().map(|working| working.cost).sum();
    }
}

/// The mapping as if these customers had a contact; those that are ignored stay so.
fn with_contacts(mapping: &Mapping, customers: impl IntoIterator<Item = TenantId>) -> Mapping {
    let mut mapping = mapping.clone();
    let mut places: HashMap<TenantId, usize> = mapping.customers.iter().enumerate().map(|(place, customer)| (customer.tenant_id, place)).collect();
    for tenant_id in customers {
        let place = *places.entry(tenant_id).or_insert_with(|| {
            mapping.customers.push(Customer::new(tenant_id));
            mapping.customers.len() - 1
        });
        if let Some(customer) = mapping.customers.get_mut(place) {
            // Any contact will do: which one it is changes no figure of the customer's own.
            customer.xero_contact_id = customer.xero_contact_id.or(Some(ContactId(tenant_id.0)));
            customer.xero_contact_name = customer.contact_name().cloned().or_else(|| Some(tenant_id.to_string().into()));
        }
    }
    mapping
}

/// The charges of each offer by themselves, so that a price can be tried at once.
#[derive(Debug)]
pub(super) struct Trials<'a> {
    scene: &'a Scene<'a>,
    /// As if every customer had a contact: who is billed is another question.
    mapping: Mapping,
    offers: HashMap<OfferId, OfferSources>,
}

/// What the sources say of one offer.
#[derive(Debug, Default)]
pub(super) struct OfferSources {
    sources: Sources,
    /// Customers that are charged for it.
    pub(super) customers: BTreeSet<TenantId>,
    /// Charges whose customer nobody knows.
    pub(super) unknown: u64,
}

impl<'a> Trials<'a> {
    pub(super) fn new(scene: &'a Scene<'a>, mapping: &Mapping) -> Self {
        let annuity = AnnuityIndex::new(&scene.sources.annuity);
        let known = TenantResolver::new(scene.sources, mapping, &annuity).known();
        let mut offers: HashMap<OfferId, OfferSources> = HashMap::new();
        for (charge, known) in scene.sources.charges.iter().zip(&known) {
            let of_offer = offers.entry(charge.stock_code.offer().clone()).or_default();
            match known.tenant {
                Ok(tenant_id) => {
                    of_offer.customers.insert(tenant_id);
                    let mut charge = charge.clone();
                    charge.stated_tenant = Some(tenant_id);
                    of_offer.sources.charges.push(charge);
                }
                Err(_) => of_offer.unknown += 1,
            }
        }
        for line in &scene.sources.annuity {
            if let Some(of_offer) = offers.get_mut(line.stock_code.offer()) {
                of_offer.sources.annuity.push(line.clone());
            }
        }
        for of_offer in offers.values_mut() {
            of_offer.sources.has_annuity = scene.sources.has_annuity;
            of_offer.sources.books.clone_from(&scene.sources.books);
            of_offer.sources.currency.clone_from(&scene.sources.currency);
        }
        let charged: BTreeSet<TenantId> = offers.values().flat_map(|of_offer| of_offer.customers.iter().copied()).collect();
        Self { scene, mapping: with_contacts(mapping, charged), offers }
    }

    /// What the sources say of an offer; `None` when nobody is charged for it.
    pub(super) fn offer(&self, offer: &OfferId) -> Option<&OfferSources> {
        self.offers.get(offer)
    }

    /// What the period would be with this entry, for its offer alone.
    pub(super) fn with(&self, entry: &Product) -> Result<OfferEffect, Failure> {
        let Some(of_offer) = self.offers.get(&entry.offer) else { return Ok(OfferEffect::default()) };
        let mut products: Vec<Product> = self.mapping.products.iter().filter(|other| other.offer == entry.offer).cloned().collect();
        products.retain(|other| other.narrowing != entry.narrowing);
        products.push(entry.clone());
        let customers = self.mapping.customers.iter().filter(|customer| of_offer.customers.contains(&customer.tenant_id)).cloned().collect();
        let overrides = self.mapping.overrides.iter().filter(|price| price.offer == entry.offer).cloned().collect();
        let mapping = Mapping { customers, products, overrides, exceptions: Vec::new() };
        let plan = self.scene.plan_of(&of_offer.sources, &mapping)?;
        let mut sale = Sale::default();
        plan.new_documents().filter(|document| document.tenant_id.is_some()).for_each(|document| sale.add(document));
        Ok(OfferEffect { sale, held: Held::of(&plan.held) })
    }
}

//! From charges and their workings to documents (`product.md` 7, `rules.md` 8, 9, 15, 18, 19, 28).

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use jiff::civil::Date;

use super::book::Book;
use super::books::Books;
use super::charge::{Charge, ChargeKey};
use super::describe::{LineFacts, Template};
use super::document::{Document, Kind, Line, State};
use super::ids::{ContactId, TenantId};
use super::money::{Money, show_quantity};
use super::numbering::Numbering;
use super::period::BillingPeriod;
use super::policy::{BillPer, DueRule, Policy};
use super::pricing::shown_quantity_and_unit;
use super::working::{PartMethod, Working};

/// What every document of a run shares.
#[derive(Debug)]
pub struct Assembler<'a> {
    /// The month.
    pub period: BillingPeriod,
    /// Settings.
    pub policy: &'a Policy,
    /// The mapping.
    pub book: &'a Book<'a>,
    /// The text of customers' lines.
    pub template: &'a Template,
    /// The one currency.
    pub currency: Arc<str>,
    /// What Xero has, for the contacts' terms.
    pub books: Option<&'a Books>,
}

/// A charge with the name of its product, ready for sorting.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The charge.
    pub charge: &'a Charge,
    /// Its product's name, as the line shows it.
    pub product: &'a Arc<str>,
    /// Its place among the charges of the run.
    pub index: usize,
    /// The rank of the name among all names of the run, so that sorting compares no texts.
    pub rank: u32,
}

impl Named<'_> {
    /// Product name, usage start, key (`rules.md` 18).
    fn order(&self) -> (u32, Date, ChargeKey) {
        (self.rank, self.charge.usage.start, self.charge.key)
    }
}

/// Ranks of product names in their order.
#[must_use]
pub fn rank_names<'a>(names: impl Iterator<Item = &'a Arc<str>>) -> HashMap<&'a str, u32> {
    let mut ranks: HashMap<&str, u32> = HashMap::new();
    for name in names {
        ranks.entry(name).or_default();
    }
    let mut sorted: Vec<&str> = ranks.keys().copied().collect();
    sorted.sort_unstable();
    for (rank, name) in (0_u32..).zip(sorted) {
        ranks.insert(name, rank);
    }
    ranks
}

/// A charge sold, with its working.
#[derive(Debug)]
pub struct Sold<'a> {
    /// The charge.
    pub named: Named<'a>,
    /// The customer.
    pub tenant_id: TenantId,
    /// How the amount came to be.
    pub working: Box<Working>,
}

/// The numbers of the documents that each charge of the run is on, by the charges' places.
#[derive(Debug)]
pub struct Placed {
    /// Of the new bill or supplier credit.
    pub bills: Vec<Option<Arc<str>>>,
    /// Of the customer's new document.
    pub sales: Vec<Option<Arc<str>>>,
}

impl Placed {
    /// Nothing is on a document yet.
    #[must_use]
    pub fn none(charges: usize) -> Self {
        Self { bills: vec![None; charges], sales: vec![None; charges] }
    }
}

/// Notes the document of these charges.
fn note<'a>(numbers: &mut [Option<Arc<str>>], charges: impl Iterator<Item = &'a Named<'a>>, number: &Arc<str>) {
    for named in charges {
        if let Some(slot) = numbers.get_mut(named.index) {
            *slot = Some(Arc::clone(number));
        }
    }
}

struct Head {
    number: Arc<str>,
    contact_id: Option<ContactId>,
    contact_name: Arc<str>,
    tenant_id: Option<TenantId>,
    date: Date,
    kinds: (Kind, Kind),
}

impl<'a> Assembler<'a> {
    /// Bills and supplier credits of these charges, in order, split and numbered.
    pub fn bills(&self, mut charges: Vec<Named<'a>>, numbering: &mut Numbering, placed: &mut Placed) -> Vec<Document> {
        // Cached: comparing in place would fetch two charges from memory for each comparison.
        charges.sort_by_cached_key(Named::order);
        let mut groups: Vec<(Option<&Arc<str>>, Vec<Named<'a>>)> = match self.policy.bill_per {
            BillPer::Period => {
                let first = charges.first().and_then(|named| named.charge.invoice_number.as_ref());
                let single = first.filter(|number| charges.iter().all(|named| named.charge.invoice_number.as_ref() == Some(*number)));
                vec![(single, charges)]
            }
            BillPer::Invoice => {
                let mut by_number: HashMap<Option<&Arc<str>>, Vec<Named<'a>>> = HashMap::new();
                for named in charges {
                    by_number.entry(named.charge.invoice_number.as_ref()).or_default().push(named);
                }
                by_number.into_iter().collect()
            }
        };
        groups.retain(|(_, charges)| !charges.is_empty());
        groups.sort_by_key(|(number, _)| *number);
        let mut documents = Vec::new();
        for (number, charges) in groups {
            for part in charges.chunks(self.lines_at_most()) {
                let document = self.bill(number.map(AsRef::as_ref), part, numbering);
                note(&mut placed.bills, part.iter(), &document.number);
                documents.push(document);
            }
        }
        documents
    }

    fn lines_at_most(&self) -> usize {
        self.policy.lines_at_most.unwrap_or(usize::MAX).max(1)
    }

    fn bill(&self, invoice_number: Option<&str>, charges: &[Named<'a>], numbering: &mut Numbering) -> Document {
        let mut dates: Vec<Date> = charges.iter().filter_map(|named| named.charge.invoice_date).collect();
        dates.sort_unstable();
        dates.dedup();
        let date = match dates.as_slice() {
            [single] if charges.iter().all(|named| named.charge.invoice_date.is_some()) => *single,
            _ => self.period.last_day(),
        };
        let head = Head {
            number: numbering.next_purchase(invoice_number),
            contact_id: self.policy.distributor_contact_id,
            contact_name: Arc::clone(&self.policy.distributor_name),
            tenant_id: None,
            date,
            kinds: (Kind::Bill, Kind::SupplierCredit),
        };
        let text = bill_template();
        let lines = charges.iter().map(|named| self.line(named, named.charge.cost, &text, None, &self.policy.expense_account)).collect();
        self.document(head, lines, Vec::new())
    }

    /// Customers' documents of these sales, by contact name and number, split and numbered.
    pub fn sales(&self, mut sold: Vec<Sold<'a>>, numbering: &mut Numbering, placed: &mut Placed) -> Vec<Document> {
        sold.sort_by_cached_key(|sale| (sale.tenant_id, sale.named.order()));
        let mut documents = Vec::new();
        let mut rest = sold.into_iter().peekable();
        while let Some(tenant_id) = rest.peek().map(|sale| sale.tenant_id) {
            let mut of_tenant = Vec::new();
            while of_tenant.len() < self.lines_at_most() {
                let Some(sale) = rest.next_if(|sale| sale.tenant_id == tenant_id) else { break };
                of_tenant.push(sale);
            }
            documents.push(self.sale(tenant_id, of_tenant, numbering, placed));
        }
        documents
    }

    fn sale(&self, tenant_id: TenantId, sold: Vec<Sold<'a>>, numbering: &mut Numbering, placed: &mut Placed) -> Document {
        let customer = self.book.customer(tenant_id);
        let source_name = || sold.first().map_or_else(|| Arc::from(""), |sale| Arc::clone(&sale.named.charge.tenant_name));
        let head = Head {
            number: numbering.next_sale(tenant_id),
            contact_id: customer.and_then(|customer| customer.xero_contact_id),
            contact_name: customer.and_then(|customer| customer.contact_name()).map_or_else(source_name, Arc::clone),
            tenant_id: Some(tenant_id),
            date: self.period.last_day(),
            kinds: (Kind::Invoice, Kind::CreditNote),
        };
        note(&mut placed.sales, sold.iter().map(|sale| &sale.named), &head.number);
        let lines =
            sold.iter().map(|sale| self.line(&sale.named, sale.working.sell, self.template, Some(&sale.working), &self.policy.revenue_account)).collect();
        let workings = sold.into_iter().map(|sale| *sale.working).collect();
        self.document(head, lines, workings)
    }

    fn line(&self, named: &Named<'a>, amount: Money, template: &Template, working: Option<&Working>, account: &Arc<str>) -> Line {
        let charge = named.charge;
        let (quantity, unit_amount) = shown_quantity_and_unit(charge.quantity, amount);
        let shown = show_quantity(charge.quantity);
        let part_of = working.and_then(|working| working.part.as_ref()).filter(|part| part.method != PartMethod::WholeCycle).map(|part| part.cycle);
        let description = template.render(&LineFacts {
            product: named.product,
            usage: charge.usage,
            part_of,
            customer: &charge.tenant_name,
            stock_code: charge.stock_code.as_str(),
            subscription: charge.subscription.as_str(),
            quantity: &shown,
        });
        // A product's own account and tax type are for what customers are charged, not for the bill.
        // What a narrowed entry leaves out comes from the next wider one, as names and prices do.
        let products = || working.into_iter().flat_map(|_| self.book.products(&charge.stock_code));
        let account_code = products().find_map(|product| product.revenue_account.as_ref()).unwrap_or(account);
        let tax_type = products().find_map(|product| product.tax_type.clone());
        Line { key: charge.key, description, quantity, unit_amount, line_amount: amount, account_code: Arc::clone(account_code), tax_type }
    }

    /// With `due = "contact"` the contact's terms, else the organisation's. The distributor's own terms
    /// count for the bill whenever they are known (`rules.md` 19).
    fn due_rule(&self, head: &Head) -> DueRule {
        let is_purchase = head.kinds.0.is_purchase();
        let terms = self.books.and_then(|books| match self.policy.due_by_contact {
            true => books.terms(head.contact_id, is_purchase),
            false if is_purchase => books.contact_terms(head.contact_id, true),
            false => None,
        });
        terms.map_or(self.policy.due, DueRule::from)
    }

    fn document(&self, head: Head, mut lines: Vec<Line>, workings: Vec<Working>) -> Document {
        let net: Money = lines.iter().map(|line| line.line_amount).sum();
        let kind = if net.is_negative() { head.kinds.1 } else { head.kinds.0 };
        if kind.is_credit() {
            for line in &mut lines {
                line.line_amount = -line.line_amount;
                line.unit_amount = -line.unit_amount;
            }
        }
        let due_date = self.due_rule(&head).due_date(head.date);
        Document {
            kind,
            number: head.number,
            period: self.period,
            contact_id: head.contact_id,
            contact_name: head.contact_name,
            tenant_id: head.tenant_id,
            date: head.date,
            due_date,
            currency: Arc::clone(&self.currency),
            status: self.policy.status,
            sub_total: net.abs(),
            lines,
            state: State::Planned,
            reference: None,
            xero: None,
            workings,
        }
    }
}

/// A bill line names the customer first: it is read by whoever checks the distributor's bill.
fn bill_template() -> Template {
    Template::parse("{customer}: {product}, {usage_start} to {usage_end}").unwrap_or_default()
}

#[cfg(test)]
mod tests;

//! Who is who and what is what: customers and contacts, products and prices, exceptions.
//! Types and rules only; the file is `config::mapping`'s business.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::ids::{ContactId, SkuId, TenantId};
use super::offer::{Billing, OfferId, StockCode, Term};
use super::pricing::PriceRule;

/// Everything `mapping.toml` says.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// One entry a tenant; ids are unique.
    pub customers: Vec<Customer>,
    /// One entry an offer, term and billing; the triple is unique.
    pub products: Vec<Product>,
    /// One entry a tenant, offer, term and billing; the four are unique.
    pub overrides: Vec<PriceOverride>,
    /// Differences somebody looked at.
    pub exceptions: Vec<Exception>,
}

/// A `[[customers]]` entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    /// The key.
    pub tenant_id: TenantId,
    /// A label.
    pub name: Option<Arc<str>>,
    /// The contact in Xero.
    pub xero_contact_id: Option<ContactId>,
    /// The contact's name, which CSV output uses.
    pub xero_contact_name: Option<Arc<str>>,
    /// Never billed, never reported as missing.
    pub ignore: bool,
    /// The customer's own price rule; never a fixed price.
    pub price: Option<PriceRule>,
}

impl Customer {
    /// An entry that says nothing yet.
    #[must_use]
    pub fn new(tenant_id: TenantId) -> Self {
        Self { tenant_id, name: None, xero_contact_id: None, xero_contact_name: None, ignore: false, price: None }
    }

    /// The name that goes on documents: the contact's, else the label (`rules.md` 20).
    #[must_use]
    pub fn contact_name(&self) -> Option<&Arc<str>> {
        self.xero_contact_name.as_ref().or(self.name.as_ref())
    }
}

/// Narrows an entry to purchases with this term or billing; empty means any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Narrowing {
    /// Only this commitment.
    pub term: Option<Term>,
    /// Only this billing cycle.
    pub billing: Option<Billing>,
}

impl Narrowing {
    /// True when a purchase with this code is meant.
    #[must_use]
    pub fn covers(self, stock_code: &StockCode) -> bool {
        self.term.is_none_or(|term| stock_code.term() == Some(term)) && self.billing.is_none_or(|billing| stock_code.billing() == Some(billing))
    }

    /// Entries that say more come first: billing counts more than term.
    #[must_use]
    pub fn specificity(self) -> u8 {
        u8::from(self.billing.is_some()) * 2 + u8::from(self.term.is_some())
    }
}

/// A `[[products]]` entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// The offer.
    pub offer: OfferId,
    /// Term and billing, if they narrow the entry.
    pub narrowing: Narrowing,
    /// The text on the invoice; the source's description when absent.
    pub name: Option<Arc<str>>,
    /// The product as Microsoft knows it.
    pub sku_id: Option<SkuId>,
    /// The price rule of this product.
    pub price: Option<PriceRule>,
    /// Never billed to customers, never reported as missing.
    pub ignore: bool,
    /// The item in Xero.
    pub xero_item_code: Option<Arc<str>>,
    /// Another revenue account for this product's lines.
    pub revenue_account: Option<Arc<str>>,
    /// A tax type for this product's lines; Xero's default when absent.
    pub tax_type: Option<Arc<str>>,
}

impl Product {
    /// An entry that says nothing yet.
    #[must_use]
    pub fn new(offer: OfferId, narrowing: Narrowing) -> Self {
        Self { offer, narrowing, name: None, sku_id: None, price: None, ignore: false, xero_item_code: None, revenue_account: None, tax_type: None }
    }
}

/// An `[[overrides]]` entry: one customer, one product.
#[derive(Clone, Debug, PartialEq)]
pub struct PriceOverride {
    /// The customer.
    pub tenant_id: TenantId,
    /// The offer.
    pub offer: OfferId,
    /// Term and billing, if they narrow the entry.
    pub narrowing: Narrowing,
    /// The rule.
    pub price: PriceRule,
}

/// An `[[exceptions]]` entry: a difference that was looked at. It hides a finding only while the
/// facts are exactly these and the date has not passed.
#[derive(Clone, Debug, PartialEq)]
pub struct Exception {
    /// The customer.
    pub tenant_id: TenantId,
    /// The offer; `None` for findings about a customer as a whole.
    pub offer: Option<OfferId>,
    /// The finding's code, `quantity-differs`.
    pub code: String,
    /// The figures as they were, by name.
    pub facts: BTreeMap<String, Decimal>,
    /// Why it is all right.
    pub reason: String,
    /// Who looked.
    pub by: Option<String>,
    /// Last day it holds.
    pub until: Option<Date>,
}

impl Mapping {
    /// The entry of a tenant.
    #[must_use]
    pub fn customer(&self, tenant_id: TenantId) -> Option<&Customer> {
        self.customers.iter().find(|customer| customer.tenant_id == tenant_id)
    }

    /// The most specific entry that covers a stock code; `None` is `product-unmapped` (`rules.md` 11).
    #[must_use]
    pub fn product(&self, stock_code: &StockCode) -> Option<&Product> {
        self.products_covering(stock_code).first().copied()
    }

    /// All entries that cover a stock code, the most specific first.
    #[must_use]
    pub fn products_covering(&self, stock_code: &StockCode) -> Vec<&Product> {
        let mut covering: Vec<&Product> =
            self.products.iter().filter(|product| product.offer == *stock_code.offer() && product.narrowing.covers(stock_code)).collect();
        covering.sort_by_key(|product| std::cmp::Reverse(product.narrowing.specificity()));
        covering
    }

    /// All overrides of a tenant that cover a stock code, the most specific first.
    #[must_use]
    pub fn overrides_covering(&self, tenant_id: TenantId, stock_code: &StockCode) -> Vec<&PriceOverride> {
        let mut covering: Vec<&PriceOverride> = self
            .overrides
            .iter()
            .filter(|entry| entry.tenant_id == tenant_id && entry.offer == *stock_code.offer() && entry.narrowing.covers(stock_code))
            .collect();
        covering.sort_by_key(|entry| std::cmp::Reverse(entry.narrowing.specificity()));
        covering
    }
}

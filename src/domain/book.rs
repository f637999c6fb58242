//! The mapping with its look-ups: what a charge of a tenant and stock code meets there.

use foldhash::{HashMap, HashMapExt};

use super::ids::TenantId;
use super::mapping::{Customer, Mapping, Narrowing, PriceOverride, Product};
use super::offer::{Billing, OfferId, StockCode};
use super::pricing::{PriceMissing, PriceRule, RuleOrigin};

/// An index over a [`Mapping`].
#[derive(Debug)]
pub struct Book<'a> {
    customers: HashMap<TenantId, &'a Customer>,
    /// The most specific entry first.
    products: HashMap<&'a OfferId, Vec<&'a Product>>,
    /// The most specific entry first.
    overrides: HashMap<(TenantId, &'a OfferId), Vec<&'a PriceOverride>>,
    default_price: &'a PriceRule,
}

impl<'a> Book<'a> {
    /// Indexes the mapping; `default_price` is `pricing.default`.
    #[must_use]
    pub fn new(mapping: &'a Mapping, default_price: &'a PriceRule) -> Self {
        let customers = mapping.customers.iter().map(|customer| (customer.tenant_id, customer)).collect();
        let mut products: HashMap<&OfferId, Vec<&Product>> = HashMap::new();
        for product in &mapping.products {
            products.entry(&product.offer).or_default().push(product);
        }
        let mut overrides: HashMap<(TenantId, &OfferId), Vec<&PriceOverride>> = HashMap::new();
        for entry in &mapping.overrides {
            overrides.entry((entry.tenant_id, &entry.offer)).or_default().push(entry);
        }
        for entries in products.values_mut() {
            entries.sort_by_key(|entry| std::cmp::Reverse(entry.narrowing.specificity()));
        }
        for entries in overrides.values_mut() {
            entries.sort_by_key(|entry| std::cmp::Reverse(entry.narrowing.specificity()));
        }
        Self { customers, products, overrides, default_price }
    }

    /// The entry of a tenant.
    #[must_use]
    pub fn customer(&self, tenant_id: TenantId) -> Option<&'a Customer> {
        self.customers.get(&tenant_id).copied()
    }

    /// The entries that cover a stock code, the most specific first.
    pub fn products(&self, stock_code: &StockCode) -> impl Iterator<Item = &'a Product> {
        self.products.get(stock_code.offer()).into_iter().flatten().copied().filter(|product| product.narrowing.covers(stock_code))
    }

    /// The first rule that applies: override → product → customer → default (`product.md` 6).
    ///
    /// # Errors
    ///
    /// When there is none, or when the only entries found are fixed prices for monthly cycles and
    /// the charge is annual (`rules.md` 7).
    pub fn rule(&self, tenant_id: TenantId, stock_code: &StockCode, billing: Option<Billing>) -> Result<(&'a PriceRule, RuleOrigin), PriceMissing> {
        let mut monthly_only = None;
        for (price, narrowing, origin) in self.priced(tenant_id, stock_code) {
            match price {
                PriceRule::Fixed(_) if is_monthly_only(narrowing, billing) => monthly_only = Some(price),
                PriceRule::None => {}
                _ => return Ok((price, origin)),
            }
        }
        if let Some(price) = monthly_only {
            let why = match billing {
                Some(_) => "and this charge is annual: add an entry with billing = \"annual\"",
                None => "and the stock code does not say how this charge is billed: add an entry with a percentage rule",
            };
            return Err(PriceMissing(format!("the price {price} is for monthly cycles, {why}")));
        }
        let customer = self.customer(tenant_id).and_then(|customer| customer.price.as_ref()).map(|price| (price, RuleOrigin::Customer));
        let last_resort = (self.default_price, RuleOrigin::Default);
        let found = customer.into_iter().chain([last_resort]).find(|(price, _)| **price != PriceRule::None);
        found.ok_or_else(|| PriceMissing("no price rule applies and pricing.default is \"none\"".to_owned()))
    }

    /// The entry whose price [`Self::rule`] takes, if the mapping has one.
    #[must_use]
    pub fn deciding(&self, tenant_id: TenantId, stock_code: &StockCode, billing: Option<Billing>) -> Option<(RuleOrigin, Narrowing)> {
        let decides = |price: &PriceRule, narrowing| match price {
            PriceRule::Fixed(_) => !is_monthly_only(narrowing, billing),
            price => *price != PriceRule::None,
        };
        self.priced(tenant_id, stock_code).find(|(price, narrowing, _)| decides(price, *narrowing)).map(|(_, narrowing, origin)| (origin, narrowing))
    }

    /// The entries with a price that cover a stock code, in the order in which they are asked.
    fn priced<'s>(&'s self, tenant_id: TenantId, stock_code: &'s StockCode) -> impl Iterator<Item = (&'a PriceRule, Narrowing, RuleOrigin)> + use<'a, 's> {
        let overrides = self.overrides.get(&(tenant_id, stock_code.offer())).into_iter().flatten().filter(|entry| entry.narrowing.covers(stock_code));
        let overrides = overrides.map(|entry| (&entry.price, entry.narrowing, RuleOrigin::Override));
        let products = self.products(stock_code).filter_map(|entry| entry.price.as_ref().map(|price| (price, entry.narrowing, RuleOrigin::Product)));
        overrides.chain(products)
    }
}

/// True for an entry whose fixed price says nothing of a charge that is not monthly (`rules.md` 7).
fn is_monthly_only(narrowing: Narrowing, billing: Option<Billing>) -> bool {
    narrowing.billing.is_none() && billing != Some(Billing::Monthly)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "196e2273-9651-43a3-ba7e-7cbcd918fc40";

    fn product(price: Option<&str>, billing: Option<Billing>) -> Product {
        Product {
            offer: OfferId::new("CFQ7TTC0LCHC:0002"),
            narrowing: Narrowing { term: None, billing },
            name: None,
            sku_id: None,
            price: price.map(|price| price.parse().unwrap()),
            ignore: false,
            xero_item_code: None,
            revenue_account: None,
            tax_type: None,
        }
    }

    fn rule(mapping: &Mapping, default: &str, code: &str) -> Result<(String, RuleOrigin), PriceMissing> {
        let default: PriceRule = default.parse().unwrap();
        let code = StockCode::new(code);
        let book = Book::new(mapping, &default);
        book.rule(TENANT.parse().unwrap(), &code, code.billing()).map(|(rule, origin)| (rule.to_string(), origin))
    }

    fn customer(price: Option<&str>) -> Customer {
        Customer {
            tenant_id: TENANT.parse().unwrap(),
            name: None,
            xero_contact_id: None,
            xero_contact_name: None,
            ignore: false,
            price: price.map(|price| price.parse().unwrap()),
        }
    }

    #[test]
    fn product_6_the_first_rule_that_applies_wins() {
        let price = PriceOverride {
            tenant_id: TENANT.parse().unwrap(),
            offer: OfferId::new("CFQ7TTC0LCHC:0002"),
            narrowing: Narrowing::default(),
            price: "30.00".parse().unwrap(),
        };
        let mut mapping =
            Mapping { customers: vec![customer(Some("rrp-5%"))], products: vec![product(Some("32.90"), None)], overrides: vec![price], exceptions: vec![] };
        let monthly = "P1Y:CFQ7TTC0LCHC:0002:1:";
        assert_eq!(rule(&mapping, "rrp", monthly), Ok(("30.00".to_owned(), RuleOrigin::Override)));
        mapping.overrides.clear();
        assert_eq!(rule(&mapping, "rrp", monthly), Ok(("32.90".to_owned(), RuleOrigin::Product)));
        mapping.products = vec![product(None, None)];
        assert_eq!(rule(&mapping, "rrp", monthly), Ok(("rrp-5%".to_owned(), RuleOrigin::Customer)));
        mapping.customers.clear();
        assert_eq!(rule(&mapping, "rrp", monthly), Ok(("rrp".to_owned(), RuleOrigin::Default)));
        assert!(rule(&mapping, "none", monthly).is_err(), "no rule is never a price of zero");
    }

    #[test]
    fn rule_7_a_fixed_price_without_billing_is_for_monthly_cycles() {
        let annual = "P1Y:CFQ7TTC0LCHC:0002:Y:";
        let mut mapping = Mapping { products: vec![product(Some("32.90"), None)], ..Mapping::default() };
        let PriceMissing(why) = rule(&mapping, "rrp", annual).unwrap_err();
        assert!(why.contains("32.90") && why.contains("annual"), "{why}");
        mapping.products.push(product(Some("380.00"), Some(Billing::Annual)));
        assert_eq!(rule(&mapping, "rrp", annual), Ok(("380.00".to_owned(), RuleOrigin::Product)));
        assert_eq!(rule(&mapping, "rrp", "P1Y:CFQ7TTC0LCHC:0002:1:"), Ok(("32.90".to_owned(), RuleOrigin::Product)));
        mapping.products = vec![product(Some("cost+15%"), None)];
        assert_eq!(rule(&mapping, "rrp", annual), Ok(("cost+15%".to_owned(), RuleOrigin::Product)), "percentages need no billing");
    }
}

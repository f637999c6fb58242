//! What one charge becomes: sold with a working, held with a reason, or ignored.

use rust_decimal::Decimal;

use super::annuity::{AnnuityIndex, Listed};
use super::book::Book;
use super::books::Books;
use super::charge::Charge;
use super::cycle::Part;
use super::cycle_line::CycleContext;
use super::finding::Code;
use super::ids::TenantId;
use super::mapping::Customer;
use super::money::{Money, show_quantity};
use super::offer::Billing;
use super::policy::{Policy, Proration};
use super::pricing::{FullPrice, PriceMissing, PriceRule, RuleOrigin, billing_of, cost_plus, is_below_floor, margin, sell_amount};
use super::remedy;
use super::tenants::{Known, TenantUnknown};
use super::working::{Boundary, PartMethod, PartWorking, Working};

/// What becomes of a charge that this run takes.
#[derive(Debug)]
pub enum Decision {
    /// Goes on the customer's document.
    Sold(TenantId, Box<Working>),
    /// Held back.
    Held(Held),
    /// Its customer or product is ignored: on the bill, on no invoice.
    Ignored(TenantId),
}

/// Why a charge is held, and what releases it.
#[derive(Debug, PartialEq, Eq)]
pub struct Held {
    /// Kind.
    pub code: Code,
    /// The customer, if known.
    pub tenant_id: Option<TenantId>,
    /// A sentence.
    pub reason: String,
    /// The command.
    pub fix: String,
}

/// Everything that decides about a charge.
#[derive(Debug)]
pub struct Seller<'a> {
    /// Settings.
    pub policy: &'a Policy,
    /// The mapping.
    pub book: &'a Book<'a>,
    /// The annuity list.
    pub annuity: &'a AnnuityIndex<'a>,
    /// What Xero has, for the rule "item".
    pub books: Option<&'a Books>,
}

impl<'a> Seller<'a> {
    /// True when the charge is on no invoice by somebody's decision.
    #[must_use]
    pub fn ignored(&self, charge: &Charge, known: Known) -> Option<TenantId> {
        let tenant_id = known.tenant.ok()?;
        let customer_ignored = self.book.customer(tenant_id).is_some_and(|customer| customer.ignore);
        let product_ignored = || self.book.products(&charge.stock_code).next().is_some_and(|product| product.ignore);
        (customer_ignored || product_ignored()).then_some(tenant_id)
    }

    /// Decides about a charge. Reasons are looked for in the order in which a person would clear
    /// them: who, what, for how much, and whether it pays.
    #[must_use]
    pub fn decide(&self, charge: &'a Charge, known: Known, context: Option<&CycleContext>) -> Decision {
        if let Some(tenant_id) = self.ignored(charge, known) {
            return Decision::Ignored(tenant_id);
        }
        let (tenant_id, _) = match self.customer(charge, known) {
            Ok(found) => found,
            Err(held) => return Decision::Held(held),
        };
        if self.book.products(&charge.stock_code).next().is_none() {
            return Decision::Held(product_unmapped(charge, tenant_id));
        }
        let working = match self.price(charge, known.listed, tenant_id, context) {
            Ok(working) => working,
            Err(PriceMissing(reason)) => return Decision::Held(price_missing(self.book, charge, tenant_id, reason)),
        };
        if is_below_floor(working.sell, charge.cost, self.policy.margin_floor_percent) {
            return Decision::Held(below_floor(self.book, charge, tenant_id, working.sell, self.policy.margin_floor_percent));
        }
        Decision::Sold(tenant_id, Box::new(working))
    }

    fn customer(&self, charge: &Charge, known: Known) -> Result<(TenantId, &'a Customer), Held> {
        let tenant_id = known.tenant.map_err(|unknown| tenant_unknown(charge, unknown))?;
        let usable = |customer: &&Customer| {
            if self.policy.needs_contact_id {
                customer.xero_contact_id.is_some()
            } else {
                customer.contact_name().is_some() || customer.xero_contact_id.is_some()
            }
        };
        self.book.customer(tenant_id).filter(usable).map(|customer| (tenant_id, customer)).ok_or_else(|| Held {
            code: Code::CustomerUnmapped,
            tenant_id: Some(tenant_id),
            reason: format!("{} has no Xero contact", charge.tenant_name),
            fix: remedy::set_contact(tenant_id, &charge.tenant_name),
        })
    }

    fn price(&self, charge: &'a Charge, listed: Listed, tenant_id: TenantId, context: Option<&CycleContext>) -> Result<Working, PriceMissing> {
        let billing = billing_of(charge);
        let (rule, origin) = self.book.rule(tenant_id, &charge.stock_code, billing)?;
        let part = context.and_then(|context| self.part(charge, listed, context));
        let mut working = Working {
            source: charge.source.clone(),
            usage: charge.usage,
            quantity: charge.quantity,
            unit_cost: charge.unit_cost,
            cost: charge.cost,
            rule: rule.clone(),
            origin,
            full_price: None,
            part,
            sell: Money::ZERO,
            note: None,
        };
        match rule {
            PriceRule::CostPlus(percent) => working.sell = cost_plus(charge.cost, *percent),
            PriceRule::Rrp(_) if charge.cost.is_zero() => working.note = Some("nothing was charged: kept as a zero line".into()),
            PriceRule::Rrp(percent) => price_by(&mut working, self.annuity.recommended_price(listed, charge, billing, *percent)?, charge)?,
            PriceRule::Fixed(price) => price_by(&mut working, fixed(*price), charge)?,
            PriceRule::Item => {
                let price = self.item_price(charge, origin)?;
                price_by(&mut working, fixed(price), charge)?;
            }
            PriceRule::None => return Err(PriceMissing("no price rule applies".to_owned())),
        }
        Ok(working)
    }

    /// The sales price of the product's item, for the rule "item".
    fn item_price(&self, charge: &Charge, origin: RuleOrigin) -> Result<Decimal, PriceMissing> {
        let missing = |what: &str| PriceMissing(format!("the rule \"item\" ({}) needs the price of an item in Xero, and {what}", origin_name(origin)));
        let books = self.books.ok_or_else(|| missing("no organisation is connected"))?;
        let code = self.book.products(&charge.stock_code).find_map(|product| product.xero_item_code.as_ref());
        let code = code.ok_or_else(|| missing("the product has no xero_item_code"))?;
        let item = books.item(code).ok_or_else(|| missing(&format!("there is no item {code} in Xero")))?;
        // An annual charge at a monthly item's price would be a twelfth (`rules.md` 7).
        if billing_of(charge) == Some(Billing::Annual)
            && !self.book.products(&charge.stock_code).any(|product| product.narrowing.billing == Some(Billing::Annual))
        {
            return Err(missing(&format!("nothing says that item {code} is priced by the year: give the product an entry with billing = \"annual\"")));
        }
        item.sales_price.ok_or_else(|| missing(&format!("item {code} has no sales price")))
    }

    /// The part of a cycle (`rules.md` 3 and 4).
    fn part(&self, charge: &'a Charge, listed: Listed, context: &CycleContext) -> Option<PartWorking> {
        let by_days = context.cycle.part_of(charge.usage)?;
        let cycle = context.cycle.containing(charge.usage.start)?;
        let working = |part, method| PartWorking { part, cycle, method, boundary: context.boundary };
        if by_days.is_whole() {
            return Some(working(Part::WHOLE, PartMethod::WholeCycle));
        }
        if self.policy.proration == Proration::Days {
            return Some(working(by_days, PartMethod::Days));
        }
        Some(match self.ratio(charge, listed, context) {
            Some(ratio) => working(ratio, PartMethod::PriceRatio),
            None => working(by_days, PartMethod::DaysForLackOfPrice),
        })
    }

    fn ratio(&self, charge: &'a Charge, listed: Listed, context: &CycleContext) -> Option<Part> {
        if charge.unit_cost.is_zero() {
            return None;
        }
        let on_invoice = context.whole_unit_cost.filter(|cost| !cost.is_zero()).map(|cost| (cost, Decimal::ONE));
        let (cycle_cost, months) = on_invoice.or_else(|| self.annuity.cycle_cost(listed, charge, billing_of(charge)))?;
        Part::new(charge.unit_cost.abs().checked_mul(months)?, cycle_cost.abs())
    }
}

fn price_by(working: &mut Working, full_price: FullPrice, charge: &Charge) -> Result<(), PriceMissing> {
    let part = working
        .part
        .as_ref()
        .ok_or_else(|| PriceMissing(format!("the billing cycle of {} to {} cannot be worked out", charge.usage.start, charge.usage.end)))?;
    let too_large = || PriceMissing(format!("{} seats at {} are too many digits to compute exactly", charge.quantity, full_price.figure));
    working.sell = sell_amount(&full_price, charge.quantity, part.part, charge.cost).ok_or_else(too_large)?;
    working.full_price = Some(full_price);
    Ok(())
}

fn fixed(price: Decimal) -> FullPrice {
    FullPrice { figure: price, billing_months: 1, term_months: 1, percent: Decimal::ZERO, annuity: None }
}

/// Where a rule was written, in words.
#[must_use]
pub fn origin_name(origin: RuleOrigin) -> &'static str {
    match origin {
        RuleOrigin::Override => "the customer's own price for this product",
        RuleOrigin::Product => "the product's price",
        RuleOrigin::Customer => "the customer's rule",
        RuleOrigin::Default => "pricing.default",
    }
}

fn tenant_unknown(charge: &Charge, unknown: TenantUnknown) -> Held {
    let (reason, fix) = match unknown {
        TenantUnknown::SubscriptionOfSeveral => (
            format!("subscription {} is listed with two tenant ids, so nobody can tell whose charge it is", charge.subscription),
            "correct the tenant of this subscription in the annuity list".to_owned(),
        ),
        TenantUnknown::NameOfSeveral => (
            format!("several tenants are called {}, and its subscription is not in the annuity list", charge.tenant_name),
            "export an annuity list that has this subscription".to_owned(),
        ),
        TenantUnknown::Unheard => (
            format!("no tenant id is known for {}: its subscription is not in the annuity list", charge.tenant_name),
            format!("export an annuity list of the same month, or: cspctl map customers set TENANT_ID CONTACT --name {}", remedy::quoted(&charge.tenant_name)),
        ),
    };
    Held { code: Code::CustomerUnmapped, tenant_id: None, reason, fix }
}

fn product_unmapped(charge: &Charge, tenant_id: TenantId) -> Held {
    let (reason, fix) = if charge.stock_code.is_empty() {
        ("the charge has no stock code".to_owned(), "ask the distributor what this line is; it is on the bill all the same".to_owned())
    } else {
        (format!("{} is not mapped", charge.stock_code.offer()), format!("cspctl map products set {}", charge.stock_code.offer()))
    };
    Held { code: Code::ProductUnmapped, tenant_id: Some(tenant_id), reason, fix }
}

fn price_missing(book: &Book<'_>, charge: &Charge, tenant_id: TenantId, reason: String) -> Held {
    Held { code: Code::PriceMissing, tenant_id: Some(tenant_id), reason, fix: remedy::set_price(book, charge, tenant_id) }
}

fn below_floor(book: &Book<'_>, charge: &Charge, tenant_id: TenantId, sell: Money, floor_percent: Decimal) -> Held {
    let shown = margin(sell, charge.cost).map_or_else(
        || "no margin at all".to_owned(),
        |margin| {
            format!(
                "a margin of {} %",
                show_quantity((margin * Decimal::ONE_HUNDRED).round_dp_with_strategy(1, rust_decimal::RoundingStrategy::MidpointAwayFromZero))
            )
        },
    );
    Held {
        code: Code::MarginBelowFloor,
        tenant_id: Some(tenant_id),
        reason: format!("it would sell for {sell} at a cost of {}: {shown}, and the floor is {} %", charge.cost, show_quantity(floor_percent)),
        fix: remedy::set_price(book, charge, tenant_id),
    }
}

/// True when the working rests on calendar months for lack of anything better.
#[must_use]
pub fn rests_on_calendar_month(context: &CycleContext, working: &Working) -> bool {
    context.boundary == Boundary::CalendarMonth && working.part.as_ref().is_some_and(|part| part.method != PartMethod::WholeCycle)
}

#[cfg(test)]
mod tests;

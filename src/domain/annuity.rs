//! Looking things up in the annuity list: prices are per **term** there, even when billed monthly
//! (`contracts/dickerdata.md` 4).

use foldhash::{HashMap, HashMapExt};
use rust_decimal::Decimal;

use super::charge::{AnnuityLine, Charge};
use super::ids::SubscriptionId;
use super::offer::{Billing, StockCode};
use super::pricing::{FullPrice, PriceMissing};

/// The annuity list with its look-ups.
#[derive(Debug)]
pub struct AnnuityIndex<'a> {
    lines: &'a [AnnuityLine],
    /// First line of a subscription; further ones follow through `next`.
    first: HashMap<&'a SubscriptionId, Listed>,
    next: Vec<Listed>,
    by_stock_code: HashMap<&'a StockCode, Agreed<'a>>,
}

/// Where the lines of one subscription begin in the list: looked up once a charge, because every
/// look-up in a list of a million misses the processor's caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed(u32);

impl Listed {
    /// The list does not have the subscription.
    pub const NOT: Self = Self(u32::MAX);

    /// The position of the subscription's first line.
    #[must_use]
    pub fn first_line(self) -> Option<usize> {
        if self == Self::NOT { None } else { usize::try_from(self.0).ok() }
    }
}

/// What all lines of one stock code say of the recommended price.
#[derive(Clone, Copy, Debug)]
enum Agreed<'a> {
    On(&'a AnnuityLine),
    Not,
}

impl<'a> AnnuityIndex<'a> {
    /// Indexes the list.
    #[must_use]
    pub fn new(lines: &'a [AnnuityLine]) -> Self {
        let mut first: HashMap<&SubscriptionId, Listed> = HashMap::with_capacity(lines.len());
        let mut next = vec![Listed::NOT; lines.len()];
        let mut by_stock_code: HashMap<&StockCode, Agreed<'_>> = HashMap::new();
        // Backwards, so that following the chain gives the lines in their order.
        for (position, line) in lines.iter().enumerate().rev() {
            // A list that outgrows 32 bits cannot be read in the first place.
            let before = first.insert(&line.subscription, Listed(u32::try_from(position).unwrap_or(u32::MAX)));
            if let (Some(slot), Some(before)) = (next.get_mut(position), before) {
                *slot = before;
            }
            if stated(line.unit_rrp).is_some() {
                by_stock_code
                    .entry(&line.stock_code)
                    .and_modify(|agreed| {
                        if let Agreed::On(other) = agreed
                            && other.unit_rrp != line.unit_rrp
                        {
                            *agreed = Agreed::Not;
                        }
                    })
                    .or_insert(Agreed::On(line));
            }
        }
        Self { lines, first, next, by_stock_code }
    }

    /// Looks a subscription up.
    #[must_use]
    pub fn find(&self, subscription: &SubscriptionId) -> Listed {
        self.first.get(subscription).copied().unwrap_or(Listed::NOT)
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// True for an empty list.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// All lines of a subscription, in their order.
    pub fn lines(&self, listed: Listed) -> impl Iterator<Item = &'a AnnuityLine> {
        let mut position = listed.first_line();
        std::iter::from_fn(move || {
            let index = position?;
            position = self.next.get(index).and_then(|next| next.first_line());
            self.lines.get(index)
        })
    }

    /// The lines with a charge's subscription and stock code.
    fn exact(&self, listed: Listed, charge: &'a Charge) -> impl Iterator<Item = &'a AnnuityLine> {
        self.lines(listed).filter(|line| line.stock_code == charge.stock_code)
    }

    /// The product's name: of the exact line, else of any line of the subscription with that offer.
    #[must_use]
    pub fn description(&self, listed: Listed, charge: &'a Charge) -> Option<&'a std::sync::Arc<str>> {
        let same_offer = || self.lines(listed).find(|line| line.stock_code.offer() == charge.stock_code.offer());
        self.exact(listed, charge).next().or_else(same_offer).map(|line| &line.description).filter(|description| !description.is_empty())
    }

    /// The recommended price of a whole cycle (`rules.md` 5).
    ///
    /// # Errors
    ///
    /// When the list does not say it, says it twice differently, or leaves it blank or zero.
    pub fn recommended_price(&self, listed: Listed, charge: &'a Charge, billing: Option<Billing>, percent: Decimal) -> Result<FullPrice, PriceMissing> {
        let missing = |why: &str| PriceMissing(format!("{why} {}", charge.stock_code));
        let mut exact = self.exact(listed, charge);
        let line = match exact.next() {
            Some(line) => {
                if exact.any(|other| other.unit_rrp != line.unit_rrp) {
                    return Err(missing("the annuity list has two UNIT RRP for this subscription and"));
                }
                line
            }
            None => match self.by_stock_code.get(&charge.stock_code) {
                Some(Agreed::On(line)) => line,
                Some(Agreed::Not) => return Err(missing("the annuity list has no row for this subscription, and its rows do not agree on UNIT RRP for")),
                None => return Err(missing("the annuity list has no UNIT RRP for")),
            },
        };
        let figure = stated(line.unit_rrp).ok_or_else(|| missing("UNIT RRP is blank or zero in the annuity list for"))?;
        let (billing_months, term_months) =
            months(charge, billing).ok_or_else(|| missing("the stock code does not say how a price per term becomes one per cycle:"))?;
        Ok(FullPrice { figure, billing_months, term_months, percent, annuity: Some(line.source.clone()) })
    }

    /// The cost of a whole cycle by the list: UNIT PRICE × billing months ÷ term months, as a
    /// fraction (`rules.md` 4).
    #[must_use]
    pub fn cycle_cost(&self, listed: Listed, charge: &'a Charge, billing: Option<Billing>) -> Option<(Decimal, Decimal)> {
        let line = self.exact(listed, charge).next()?;
        let (billing_months, term_months) = months(charge, billing)?;
        Some((stated(line.unit_price)? * Decimal::from(billing_months), Decimal::from(term_months)))
    }
}

fn months(charge: &Charge, billing: Option<Billing>) -> Option<(u32, u32)> {
    Some((billing?.months(), charge.stock_code.term()?.months))
}

/// A zero price is a missing one (`rules.md` 5).
fn stated(price: Option<Decimal>) -> Option<Decimal> {
    price.filter(|price| !price.is_zero())
}

//! How one sell amount came to be: recorded with every line, told by `cspctl explain`.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::charge::SourceRow;
use super::cycle::Part;
use super::money::Money;
use super::period::Window;
use super::pricing::{FullPrice, PriceRule, RuleOrigin};

/// Every figure behind one line of a customer's document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Working {
    /// The row it comes from.
    pub source: SourceRow,
    /// Days charged.
    pub usage: Window,
    /// Quantity as charged.
    pub quantity: Decimal,
    /// Unit cost as charged.
    pub unit_cost: Decimal,
    /// Line cost.
    pub cost: Money,
    /// The rule that applied.
    pub rule: PriceRule,
    /// Where the rule was written.
    pub origin: RuleOrigin,
    /// Price of a whole cycle and where it comes from; `None` under a `cost+` rule and for zero lines.
    pub full_price: Option<FullPrice>,
    /// The part of a cycle, and how it was found; `None` when the rule has no cycle.
    pub part: Option<PartWorking>,
    /// What the customer pays for it; negative on credits.
    pub sell: Money,
    /// Anything else worth saying, such as "zero cost: kept as a zero line".
    pub note: Option<Arc<str>>,
}

/// The part of a billing cycle that a line covers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartWorking {
    /// Multiplies the price of a whole cycle.
    pub part: Part,
    /// The cycle that contains the line's first day.
    pub cycle: Window,
    /// How the part was found.
    pub method: PartMethod,
    /// Where the cycle's boundary day comes from.
    pub boundary: Boundary,
}

/// How a part was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartMethod {
    /// A whole cycle, or several.
    WholeCycle,
    /// Inclusive days ÷ days of the cycle.
    Days,
    /// Unit cost ÷ unit cost of a whole cycle.
    PriceRatio,
    /// Asked for by price, but no price of a whole cycle is known.
    DaysForLackOfPrice,
}

/// Where a cycle's boundary day comes from (`rules.md` 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// The cycle line spans a whole cycle.
    CycleLine,
    /// The day after the term's end.
    TermEnd,
    /// Nothing known: calendar months.
    CalendarMonth,
    /// An annual cycle: the twelve months that end with the term.
    AnnualTerm,
}

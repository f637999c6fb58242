//! Which price rules to propose for an offer, and what each would sell it for.

use super::effects::{OfferEffect, Trials};
use super::words::{amounts, offer_note, rule_is_fine};
use crate::domain::mapping::{Narrowing, Product};
use crate::domain::offer::{Billing, StockCode};
use crate::domain::pricing::PriceRule;
use crate::exit::Failure;
use crate::ui::prompt::Choice;

/// Rules that are proposed beside the default.
const RULES: [&str; 5] = ["rrp", "rrp-5%", "cost+15%", "cost+20%", "cost+25%"];

/// What a line of the list of prices stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Means {
    /// The entry with this rule, and what it would do.
    Entry(Box<Product>, OfferEffect),
    Another,
    LeaveOpen,
}

/// The lines of the list, with the place that is highlighted at first.
pub(super) struct Prices {
    pub(super) choices: Vec<Choice>,
    pub(super) means: Vec<Means>,
    pub(super) start: usize,
}

/// What is known of the offer while its price is chosen.
pub(super) struct Offered<'a> {
    /// The entry without a decision about its price.
    pub(super) entry: &'a Product,
    /// Stock codes that no entry covers.
    pub(super) codes: &'a [StockCode],
    pub(super) default_price: &'a PriceRule,
    /// A rule that somebody typed: first, and highlighted.
    pub(super) typed: Option<&'a PriceRule>,
}

impl Prices {
    /// Tries every rule; those that sell every charge come first.
    pub(super) fn new(offered: &Offered<'_>, trials: &Trials<'_>) -> Result<Self, Failure> {
        let mut rules: Vec<(Option<PriceRule>, &str)> = Vec::new();
        let add = |rules: &mut Vec<(Option<PriceRule>, &'static str)>, rule: Option<PriceRule>, label| {
            if !rules.iter().any(|(other, _)| *other == rule) {
                rules.push((rule, label));
            }
        };
        if let Some(typed) = offered.typed {
            add(&mut rules, Some(typed.clone()), "");
        }
        if *offered.default_price != PriceRule::None {
            add(&mut rules, None, "the default");
        }
        for rule in RULES.iter().filter_map(|rule| rule.parse::<PriceRule>().ok()).filter(|rule| rule != offered.default_price) {
            add(&mut rules, Some(rule), "");
        }
        if offered.entry.xero_item_code.is_some() {
            add(&mut rules, Some(PriceRule::Item), "the item's sales price in Xero");
        }
        let mut tried = Vec::new();
        for (rule, label) in rules {
            let entry = with_rule(offered, rule.clone());
            let effect = trials.with(&entry)?;
            let shown = rule.as_ref().unwrap_or(offered.default_price).to_string();
            let label = if label.is_empty() { shown } else { format!("{shown} ({label})") };
            tried.push((Choice::new(label, ""), Means::Entry(Box::new(entry), effect)));
        }
        note_effects(&mut tried);
        let is_fine = |means: &Means| matches!(means, Means::Entry(_, effect) if rule_is_fine(effect));
        let is_offered_first = |means: &Means| matches!(means, Means::Entry(entry, _) if offered.typed.is_some() && entry.price.as_ref() == offered.typed);
        tried.sort_by_key(|(_, means)| (!is_offered_first(means), !is_fine(means)));
        let is_default = |means: &Means| matches!(means, Means::Entry(entry, _) if entry.price.is_none());
        let is_ready = tried.first().is_some_and(|(_, means)| is_offered_first(means) || (is_default(means) && is_fine(means)));
        let start = if is_ready { 0 } else { tried.len() };
        tried.push((Choice::new("Another price", "32.90, cost+18%, rrp-2.5%: type it and see what it does"), Means::Another));
        tried.push((Choice::new("Leave open", "its charges stay held"), Means::LeaveOpen));
        let (choices, means) = tried.into_iter().unzip();
        Ok(Self { choices, means, start })
    }
}

/// What each rule makes, below each other.
fn note_effects(tried: &mut [(Choice, Means)]) {
    let sales = tried.iter().filter_map(|(_, means)| if let Means::Entry(_, effect) = means { Some(&effect.sale) } else { None });
    let amount = amounts(&sales.flat_map(|sale| [sale.cost, sale.sell]).collect::<Vec<_>>());
    for (choice, means) in tried {
        if let Means::Entry(_, effect) = means {
            choice.note = offer_note(effect, &amount);
        }
    }
}

/// The entry with a rule. A fixed price is for one kind of cycle: where only annual charges are open, the
/// entry says so (`rules.md` 7).
fn with_rule(offered: &Offered<'_>, rule: Option<PriceRule>) -> Product {
    let is_fixed = matches!(rule, Some(PriceRule::Fixed(_) | PriceRule::Item));
    let only_annual = !offered.codes.is_empty() && offered.codes.iter().all(|code| code.billing() == Some(Billing::Annual));
    let narrowing = if is_fixed && only_annual && offered.entry.narrowing.billing.is_none() {
        Narrowing { billing: Some(Billing::Annual), ..offered.entry.narrowing }
    } else {
        offered.entry.narrowing
    };
    Product { price: rule, narrowing, ..offered.entry.clone() }
}

/// A rule as somebody types it.
///
/// # Errors
///
/// What is wrong with it, in words.
pub(super) fn typed(text: &str) -> Result<PriceRule, String> {
    match text.trim().parse() {
        Ok(PriceRule::None) => Err("\"none\" is for pricing.default alone; Ctrl-G stops billing".to_owned()),
        Ok(rule) => Ok(rule),
        Err(error) => Err(error.to_string()),
    }
}

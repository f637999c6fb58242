//! What a decision changes, in sentences.

use super::effects::{CustomerEffect, Held, OfferEffect, Sale, is_of_product};
use crate::app::App;
use crate::domain::money::Money;
use crate::domain::period::BillingPeriod;
use crate::ui::text;
use crate::ui::words::{count, margin_percent, title};

/// A line for people, wrapped at words: a terminal breaks in the middle of them.
pub(super) fn tell(app: &App, line: &str) {
    for line in text::wrap(&text::plain(line), app.output.look().width.saturating_sub(1).max(20)) {
        app.output.note(&line);
    }
}

/// "12 charges costing 1204.50 are held", or that nothing is.
pub(super) fn held(effect: &CustomerEffect) -> String {
    match effect.held_today.charges {
        0 => "No charge is held".to_owned(),
        1 => format!("1 charge costing {} is held", effect.held_today.cost),
        charges => format!("{charges} charges costing {} are held", effect.held_today.cost),
    }
}

/// Amounts below each other, as wide as the widest.
pub(super) fn amounts(amounts: &[Money]) -> impl Fn(Money) -> String + use<> {
    let widest = amounts.iter().map(|amount| amount.to_string().len()).max().unwrap_or_default();
    move |amount| format!("{:>widest$}", amount.to_string())
}

/// What is held today, and with a contact what would become of it.
pub(super) fn effect_lines(effect: &CustomerEffect, period: Option<BillingPeriod>, has_contact: bool) -> Vec<String> {
    let of_period = period.map(|period| format!(" of {period}")).unwrap_or_default();
    if effect.held_today.charges == 0 {
        return vec![format!("No charge{of_period} waits for a contact.")];
    }
    let waits = format!("{}{of_period} held, costing {}", count(effect.held_today.charges, "charge"), effect.held_today.cost);
    if !has_contact {
        return vec![format!("{waits}: on the bill, on no invoice.")];
    }
    let mut lines = vec![format!("{waits}. {}", sale(&effect.sale))];
    lines.extend(held_lines(&effect.still_held));
    lines
}

fn sale(sale: &Sale) -> String {
    let Some(number) = sale.numbers.first() else { return "No invoice yet.".to_owned() };
    let more = if sale.numbers.len() > 1 { format!(" and {} more", sale.numbers.len() - 1) } else { String::new() };
    format!("Invoice {number}{more}: {}, {}, margin {}.", count(sale.lines, "line"), sale.sell, margin_percent(sale.sell, sale.cost))
}

fn held_lines(held: &Held) -> Vec<String> {
    held.reasons.iter().map(|(code, sum, _)| format!("Still held: {} costing {}: {}.", count(sum.charges, "charge"), sum.cost, title(*code))).collect()
}

/// True when every charge of the offer would be sold, as far as its price goes.
pub(super) fn rule_is_fine(effect: &OfferEffect) -> bool {
    !effect.held.reasons.iter().any(|(code, _, _)| is_of_product(*code))
}

/// "100.00 → 118.00, 15.3 %", or what would be held and why.
pub(super) fn offer_note(effect: &OfferEffect, amount: impl Fn(Money) -> String) -> String {
    let (sale, all) = (&effect.sale, effect.all().charges);
    if let Some((_, _, reason)) = effect.held.reasons.first() {
        return format!("{} of {} held: {reason}", effect.held.charges(), count(all, "charge"));
    }
    if sale.lines == 0 {
        return "no charges this period".to_owned();
    }
    format!("{} → {}, {}", amount(sale.cost), amount(sale.sell), margin_percent(sale.sell, sale.cost))
}

/// What the entry would sell, and what would be held, with reasons.
pub(super) fn offer_lines(effect: &OfferEffect) -> Vec<String> {
    let sale = &effect.sale;
    let mut lines = Vec::new();
    if sale.lines > 0 {
        let margin = sale.sell - sale.cost;
        let sold = format!("Sold: {} costing {} for {}", count(sale.lines, "charge"), sale.cost, sale.sell);
        lines.push(format!("{sold}, margin {margin}, {}", margin_percent(sale.sell, sale.cost)));
    }
    lines.extend(effect.held.reasons.iter().map(|(_, sum, reason)| format!("Held: {} costing {}: {reason}", count(sum.charges, "charge"), sum.cost)));
    lines
}

/// What saving decisions about customers would release.
#[derive(Debug, Default)]
pub(super) struct Released {
    charges: u64,
    cost: Money,
    invoices: u64,
    lines: u64,
    sell: Money,
    still_held: u64,
}

impl Released {
    pub(super) fn add(&mut self, effect: &CustomerEffect) {
        self.charges += effect.held_today.charges;
        self.cost += effect.held_today.cost;
        self.invoices += u64::from(!effect.sale.numbers.is_empty());
        self.lines += effect.sale.lines;
        self.sell += effect.sale.sell;
        self.still_held += effect.still_held.charges();
    }

    pub(super) fn told(&self, period: Option<BillingPeriod>) -> String {
        let period = period.map(|period| format!("{period}: ")).unwrap_or_default();
        let waited = format!("{period}{} costing {} wait for a contact no more", count(self.charges, "charge"), self.cost);
        let invoiced = match self.lines {
            0 => String::new(),
            lines => format!("; {} on {}, {}", count(lines, "line"), count(self.invoices, "invoice"), self.sell),
        };
        let held = match self.still_held {
            0 => String::new(),
            still_held => format!("; {still_held} still held for their product or price"),
        };
        format!("{waited}{invoiced}{held}.")
    }
}

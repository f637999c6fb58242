//! Unit costs that moved, prices that did not follow, and subscriptions that run on under another
//! stock code (`contracts/field-lessons.md` 1, rows 13 to 15).

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{About, InRun, Scene, figures};
use crate::domain::charge::Charge;
use crate::domain::cycle_line::CycleContext;
use crate::domain::finding::{Code, Finding, Severity};
use crate::domain::ids::{SubscriptionId, TenantId};
use crate::domain::money::{show_price, show_quantity};
use crate::domain::offer::{OfferId, StockCode};
use crate::domain::pricing::billing_of;
use crate::domain::sort::Outcome;
use crate::domain::tenants::Known;

/// What a whole cycle cost and sold for, per seat, the last time.
#[derive(Clone, Copy, Debug)]
struct Before {
    usage_start: Date,
    unit_cost: Decimal,
    unit_sell: Option<Decimal>,
}

type Purchase<'a> = (&'a SubscriptionId, &'a StockCode);

/// One change, told once for all subscriptions of a tenant and offer that made it.
type Change = (Option<TenantId>, OfferId, Decimal, Decimal);

pub(super) fn report(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    moved_costs(scene, findings);
    against_annuity(scene, findings);
    extended_terms(scene, findings);
}

/// A line's unit price is comparable when it is for a whole cycle.
fn whole_cycle(charge: &Charge, context: Option<&CycleContext>) -> bool {
    context.is_some_and(|context| context.cycle.containing(charge.usage.start) == Some(charge.usage))
        && charge.cost > crate::domain::money::Money::ZERO
        && !charge.quantity.is_zero()
}

fn moved_costs(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    let before = last_time(scene);
    if before.is_empty() {
        return;
    }
    let mut changes: BTreeMap<Change, (Decimal, bool, (&Charge, Known))> = BTreeMap::new();
    for InRun { charge, known, context, outcome } in scene.charges() {
        if !whole_cycle(charge, context) {
            continue;
        }
        let Some(before) = before
            .get(&(&charge.subscription, &charge.stock_code))
            .filter(|before| before.usage_start < charge.usage.start && before.unit_cost != charge.unit_cost)
        else {
            continue;
        };
        let unit_sell = if let Outcome::Sold(sold) = outcome { Some(sold.sell.amount() / charge.quantity) } else { None };
        let unchanged = charge.unit_cost > before.unit_cost && unit_sell.is_some() && unit_sell == before.unit_sell;
        let key = (known.tenant.ok(), charge.stock_code.offer().clone(), before.unit_cost, charge.unit_cost);
        let entry = changes.entry(key).or_insert((Decimal::ZERO, false, (charge, known)));
        entry.0 += charge.quantity;
        entry.1 |= unchanged;
    }
    for ((tenant_id, offer, before, now), (seats, sell_unchanged, (charge, known))) in changes {
        if tenant_id.is_some_and(|tenant| scene.is_ignored(tenant)) {
            continue;
        }
        let what = format!("{}: {} costs {} a seat, {} before", charge.tenant_name, scene.product_name(charge, known), show_price(now), show_price(before));
        let shown = || figures([("before", show_price(before)), ("now", show_price(now)), ("seats", show_quantity(seats))]);
        let severity = if now > before { Severity::Warning } else { Severity::Info };
        let about = |offer: &OfferId| About { tenant_id, offer: Some(offer.clone()) };
        let fix = format!("cspctl map products set {offer} --price PRICE");
        findings.push(about(&offer).finding(Code::CostChanged, severity, format!("{what} ({}).", percent(before, now)), shown(), fix.clone()));
        if sell_unchanged {
            findings.push(about(&offer).finding(
                Code::SellUnchanged,
                Severity::Warning,
                format!("{what}, and the customer's price is the same."),
                shown(),
                fix,
            ));
        }
    }
}

/// The latest whole cycle of each purchase: on record, else an earlier month in the sources.
fn last_time<'a>(scene: &Scene<'a, '_>) -> HashMap<Purchase<'a>, Before> {
    let mut latest: HashMap<Purchase<'a>, Before> = HashMap::new();
    let mut offer = |purchase: Purchase<'a>, before: Before| {
        let known = latest.entry(purchase).or_insert(before);
        if before.usage_start > known.usage_start {
            *known = before;
        }
    };
    let earlier = scene.inputs.sources.charges.iter().zip(scene.contexts).zip(scene.outcomes);
    for ((charge, context), outcome) in earlier {
        let of_another_month = matches!(outcome, Outcome::OtherPeriod(month) if *month < scene.period);
        if of_another_month && whole_cycle(charge, context.as_ref()) {
            offer((&charge.subscription, &charge.stock_code), Before { usage_start: charge.usage.start, unit_cost: charge.unit_cost, unit_sell: None });
        }
    }
    for billed in &scene.inputs.history.charges {
        let Some(sale) = billed.sale.as_ref().filter(|sale| sale.whole_cycle && !billed.quantity.is_zero() && billed.period < scene.period) else { continue };
        let unit_sell = Some(sale.sell.amount() / billed.quantity);
        offer((&billed.subscription, &billed.stock_code), Before { usage_start: billed.usage.start, unit_cost: billed.unit_cost, unit_sell });
    }
    latest
}

/// The invoice and the annuity list name two prices for the same thing. Cents of rounding a
/// twelfth are nobody's business.
fn against_annuity(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    let tolerance = Decimal::new(2, 2);
    let mut changes: BTreeMap<Change, (Decimal, (&Charge, Known))> = BTreeMap::new();
    for InRun { charge, known, context, .. } in scene.charges() {
        if !whole_cycle(charge, context) {
            continue;
        }
        let Some((above, below)) = scene.seller.annuity.cycle_cost(known.listed, charge, billing_of(charge)).filter(|(_, below)| !below.is_zero()) else {
            continue;
        };
        // Multiplied out: the price of a whole cycle is divided only where it differs.
        if (above - charge.unit_cost * below).abs() > tolerance * below {
            let listed = above / below;
            let key = (known.tenant.ok(), charge.stock_code.offer().clone(), listed, charge.unit_cost);
            changes.entry(key).or_insert((Decimal::ZERO, (charge, known))).0 += charge.quantity;
        }
    }
    for ((tenant_id, offer, listed, charged), (seats, (charge, known))) in changes {
        if tenant_id.is_some_and(|tenant| scene.is_ignored(tenant)) {
            continue;
        }
        let listed = listed.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero);
        let message = format!(
            "{}: {} is charged at {} a seat and cycle, and the annuity list comes to {}.",
            charge.tenant_name,
            scene.product_name(charge, known),
            show_price(charged),
            show_price(listed)
        );
        let figures = figures([("annuity", show_price(listed)), ("charged", show_price(charged)), ("seats", show_quantity(seats))]);
        let about = About { tenant_id, offer: Some(offer) };
        findings.push(about.finding(Code::CostChanged, Severity::Info, message, figures, "compare both exports with the distributor's price list".to_owned()));
    }
}

fn percent(before: Decimal, now: Decimal) -> String {
    if before.is_zero() {
        return "from nothing".to_owned();
    }
    let change = ((now - before) / before * Decimal::ONE_HUNDRED).round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    format!("{}{} %", if change.is_sign_negative() { "" } else { "+" }, show_quantity(change))
}

/// A known subscription under a stock code that was never seen on it.
fn extended_terms(scene: &Scene<'_, '_>, findings: &mut Vec<Finding>) {
    let mut codes: HashMap<&SubscriptionId, HashSet<&StockCode>> = HashMap::new();
    for billed in scene.inputs.history.charges.iter().filter(|billed| billed.period < scene.period) {
        codes.entry(&billed.subscription).or_default().insert(&billed.stock_code);
    }
    let mut told: HashSet<Purchase<'_>> = HashSet::new();
    for InRun { charge, known, .. } in scene.charges() {
        if charge.subscription.is_empty() || told.contains(&(&charge.subscription, &charge.stock_code)) {
            continue;
        }
        let on_record = codes.get(&charge.subscription);
        let annuity = || scene.seller.annuity.lines(known.listed).map(|line| &line.stock_code);
        let known_as = match on_record {
            Some(known) if known.contains(&charge.stock_code) => None,
            Some(known) => known.iter().min().copied(),
            None => annuity().next().filter(|_| annuity().all(|code| *code != charge.stock_code)),
        };
        let (Some(known_as), Some(tenant_id)) = (known_as, known.tenant.ok()) else { continue };
        if scene.is_ignored(tenant_id) {
            continue;
        }
        told.insert((&charge.subscription, &charge.stock_code));
        let about = About { tenant_id: Some(tenant_id), offer: Some(charge.stock_code.offer().clone()) };
        let message = format!(
            "{}: subscription {} was {known_as} and is now charged as {}; an expired commitment that runs on costs more.",
            charge.tenant_name, charge.subscription, charge.stock_code
        );
        let fix = "renew or cancel the subscription in Partner Center".to_owned();
        findings.push(about.finding(Code::ExtendedServiceTerm, Severity::Warning, message, figures([("unit_cost", show_price(charge.unit_cost))]), fix));
    }
}

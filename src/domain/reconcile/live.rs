//! What only live subscriptions tell: who bought them, which are suspended, which end or began just now
//! (`contracts/microsoft.md` 5.5). Silent for sources that know seats alone.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt};
use jiff::civil::Date;

use super::{About, Scene, figures};
use crate::domain::bridge;
use crate::domain::charge::AnnuityLine;
use crate::domain::finding::{Code, Finding, Severity};
use crate::domain::holding::{Seats, Subscription, SubscriptionState};
use crate::domain::ids::{SkuId, SubscriptionId, TenantId};
use crate::domain::money::show_quantity;
use crate::domain::period::{days_between, show_date};
use crate::domain::words::{count_of, one_or};

/// Calendar days after a purchase in which seats can be given back.
const CANCEL_WINDOW_DAYS: i32 = 7;
/// A term that ended and goes on by the month changes its state again within this.
const MONTH_DAYS_AT_MOST: i32 = 31;

/// Microsoft's subscriptions, with what the distributor's lists say of them.
#[derive(Debug)]
pub(super) struct Purchases<'a> {
    by_id: HashMap<(TenantId, &'a SubscriptionId), &'a Subscription>,
    by_sku: BTreeMap<(TenantId, SkuId), Vec<&'a Subscription>>,
    /// Ids that the distributor names as well.
    distributed: BTreeSet<&'a SubscriptionId>,
    /// Who owns what the distributor sold; empty when no subscription is known to both sides.
    sellers: BTreeSet<TenantId>,
}

impl<'a> Purchases<'a> {
    pub(super) fn new(scene: &Scene<'a, '_>, seats: &'a Seats) -> Self {
        let mut purchases = Self { by_id: HashMap::new(), by_sku: BTreeMap::new(), distributed: BTreeSet::new(), sellers: BTreeSet::new() };
        if seats.subscriptions.is_empty() {
            return purchases;
        }
        for subscription in &seats.subscriptions {
            if !subscription.id.is_empty() {
                purchases.by_id.insert((subscription.tenant_id, &subscription.id), subscription);
            }
            purchases.by_sku.entry((subscription.tenant_id, subscription.sku_id)).or_default().push(subscription);
        }
        let sources = scene.inputs.sources;
        let by_id = bridge::ById::new(&seats.subscriptions);
        for found in bridge::lines(&sources.annuity, &sources.charges).into_iter().filter_map(|line| by_id.find(line)) {
            purchases.distributed.insert(&found.id);
            purchases.sellers.extend(found.owner_tenant_id);
        }
        purchases
    }

    /// The subscription that both sides name.
    pub(super) fn of_id(&self, tenant_id: TenantId, id: &SubscriptionId) -> Option<&'a Subscription> {
        if id.is_empty() { None } else { self.by_id.get(&(tenant_id, id)).copied() }
    }

    /// Usable seats whose owner is nobody that the distributor's subscriptions have. Nothing is said of
    /// subscriptions without an owner, nor when no subscription is known to both sides.
    pub(super) fn seats_elsewhere(&self, tenant_id: TenantId, sku_id: SkuId) -> i64 {
        let purchases = self.by_sku.get(&(tenant_id, sku_id)).into_iter().flatten();
        let elsewhere =
            purchases.filter(|purchase| matches!(purchase.state, SubscriptionState::Enabled | SubscriptionState::Warning) && self.is_elsewhere(purchase));
        elsewhere.fold(0, |sum: i64, purchase| sum.saturating_add(purchase.seats))
    }

    fn is_elsewhere(&self, purchase: &Subscription) -> bool {
        !self.sellers.is_empty() && !self.distributed.contains(&purchase.id) && purchase.owner_tenant_id.is_some_and(|owner| !self.sellers.contains(&owner))
    }

    /// True when there are purchases of it, and each is a trial.
    pub(super) fn are_all_trials(&self, tenant_id: TenantId, sku_id: SkuId) -> bool {
        self.by_sku.get(&(tenant_id, sku_id)).is_some_and(|purchases| purchases.iter().all(|purchase| purchase.is_trial))
    }
}

pub(super) fn report(scene: &Scene<'_, '_>, purchases: &Purchases<'_>, findings: &mut Vec<Finding>) {
    if purchases.by_sku.is_empty() {
        return;
    }
    let told: BTreeSet<(Option<TenantId>, String)> = findings
        .iter()
        .filter(|finding| finding.code == Code::SuspendedButCharged)
        .filter_map(|finding| Some((finding.tenant_id, finding.offer.as_ref()?.to_string())))
        .collect();
    for line in scene.inputs.sources.annuity.iter().filter(|line| line.active && !line.is_azure()) {
        let Some(tenant_id) = line.tenant_id.filter(|tenant_id| !scene.is_ignored(*tenant_id)) else { continue };
        let Some(found) = purchases.of_id(tenant_id, &line.subscription) else { continue };
        let about = Listed { scene, line, found };
        if !told.contains(&(Some(tenant_id), line.stock_code.offer().to_string())) {
            findings.extend(about.suspended());
        }
        findings.extend(about.renewal());
        findings.extend(about.extended());
    }
    new_purchases(scene, purchases, findings);
}

/// A line of the annuity list and Microsoft's subscription of the same id.
struct Listed<'a, 'b> {
    scene: &'b Scene<'a, 'b>,
    line: &'a AnnuityLine,
    found: &'b Subscription,
}

impl Listed<'_, '_> {
    fn finding(&self, code: Code, severity: Severity, what: &str, figures: BTreeMap<String, String>, fix: &str) -> Finding {
        let name = self.scene.customer_name(self.found.tenant_id, Some(&self.line.tenant_name));
        let message = format!("{name}: {} of {} {what}.", count_of(show_quantity(self.line.quantity), "seat"), self.scene.listed_name(self.line));
        About { tenant_id: Some(self.found.tenant_id), offer: Some(self.line.stock_code.offer().clone()) }.finding(
            code,
            severity,
            message,
            figures,
            fix.to_owned(),
        )
    }

    fn one_or<'w>(&self, one: &'w str, many: &'w str) -> &'w str {
        one_or(show_quantity(self.line.quantity), one, many)
    }

    /// Charged while Microsoft has this very subscription suspended, whatever other seats there are.
    fn suspended(&self) -> Option<Finding> {
        let is_blocked = matches!(self.found.state, SubscriptionState::Suspended | SubscriptionState::LockedOut);
        let figures = figures([("distributor", show_quantity(self.line.quantity)), ("suspended", self.found.seats.to_string())]);
        is_blocked.then(|| {
            let what = format!("{} charged while Microsoft has the subscription suspended", self.one_or("is", "are"));
            self.finding(Code::SuspendedButCharged, Severity::Warning, &what, figures, "resume or cancel them in Partner Center")
        })
    }

    /// The annuity list does not say when the term ends, Microsoft does.
    fn renewal(&self) -> Option<Finding> {
        let end = self.found.next_change.filter(|_| self.line.expiry.is_none() && self.is_long() && self.found.state == SubscriptionState::Enabled)?;
        let days = days_between(self.scene.inputs.today, end);
        (0..=self.scene.inputs.policy.renewal_days).contains(&i64::from(days)).then(|| {
            let what = format!("{} after {}, in {}", self.one_or("renews", "renew"), show_date(end), count_of(days, "day"));
            let figures = figures([("days", days.to_string()), ("seats", self.found.seats.to_string()), ("expiry", end.to_string())]);
            self.finding(Code::RenewalSoon, Severity::Info, &what, figures, "agree seats and term with the customer before that day")
        })
    }

    /// The term ended and Microsoft lets it run on by the month.
    fn extended(&self) -> Option<Finding> {
        let (ended, next) = (self.line.expiry?, self.found.next_change?);
        let runs_on = self.is_long() && ended < self.scene.inputs.today && self.found.state == SubscriptionState::Enabled;
        (runs_on && (1..=MONTH_DAYS_AT_MOST).contains(&days_between(ended, next)) && next >= self.scene.inputs.today).then(|| {
            let what = format!(
                "ran out on {}, and Microsoft lets {} run on until {}: an extended service term costs more",
                show_date(ended),
                self.one_or("it", "them"),
                show_date(next)
            );
            let figures = figures([("expiry", ended.to_string()), ("until", next.to_string())]);
            self.finding(Code::ExtendedServiceTerm, Severity::Warning, &what, figures, "renew or cancel the subscription at the distributor")
        })
    }

    /// Month-to-month purchases renew every month: that is no news.
    fn is_long(&self) -> bool {
        self.line.stock_code.term().is_some_and(|term| term.months >= 12)
    }
}

/// Bought in the last days and on no charge yet: the days in which it can be given back are running.
fn new_purchases(scene: &Scene<'_, '_>, purchases: &Purchases<'_>, findings: &mut Vec<Finding>) {
    let today = scene.inputs.today;
    let charged: BTreeSet<&SubscriptionId> = scene.inputs.sources.charges.iter().map(|charge| &charge.subscription).collect();
    for (&(tenant_id, sku_id), bought) in &purchases.by_sku {
        let product = scene.inputs.mapping.products.iter().find(|product| product.sku_id == Some(sku_id));
        let Some(product) = product.filter(|_| scene.seller.book.customer(tenant_id).is_some_and(|customer| !customer.ignore)) else { continue };
        for purchase in bought.iter().filter(|purchase| is_news(purchase, today) && !charged.contains(&purchase.id) && !purchases.is_elsewhere(purchase)) {
            let Some(created) = purchase.created else { continue };
            let left = CANCEL_WINDOW_DAYS - days_between(created, today);
            let (were, are, they) = if purchase.seats == 1 { ("was", "is", "it") } else { ("were", "are", "they") };
            let message = format!(
                "{}: {} of {} {were} bought on {} and {are} not charged yet; {they} can be given back for {} (Partner Center counts in UTC).",
                scene.customer_name(tenant_id, None),
                count_of(purchase.seats, "seat"),
                product.name.as_deref().map_or_else(|| bridge::shown_name(purchase.sku_id, &purchase.sku_part_number), Into::into),
                show_date(created),
                count_of(left, "more day")
            );
            let about = About { tenant_id: Some(tenant_id), offer: Some(product.offer.clone()) };
            let figures = figures([("days_left", left.to_string()), ("seats", purchase.seats.to_string())]);
            findings.push(about.finding(
                Code::CancelWindowClosing,
                Severity::Info,
                message,
                figures,
                "reduce or cancel in Partner Center before it closes".to_owned(),
            ));
        }
    }
}

fn is_news(purchase: &Subscription, today: Date) -> bool {
    let is_open = purchase.created.is_some_and(|created| (0..=CANCEL_WINDOW_DAYS).contains(&days_between(created, today)));
    is_open && purchase.state == SubscriptionState::Enabled && !purchase.is_trial
}

#[cfg(test)]
mod tests;

//! The distributor's seats against Microsoft's, per tenant and SKU (`rules.md` 25,
//! `contracts/microsoft.md` 5.5). Subscriptions of one product are summed before anything is compared.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use rust_decimal::Decimal;

use super::free_skus::is_free;
use super::live::{self, Purchases};
use super::{About, Compared, InRun, Scene, figures};
use crate::domain::annuity::Listed;
use crate::domain::bridge::shown_name;
use crate::domain::finding::{Code, Finding, Severity};
use crate::domain::holding::{Holding, Seats};
use crate::domain::ids::{SkuId, SubscriptionId, TenantId};
use crate::domain::money::show_quantity;
use crate::domain::offer::{OfferId, StockCode};
use crate::domain::period::{BillingPeriod, show_date};
use crate::domain::words::{count_of, one_or};

/// What the distributor says of one tenant and SKU.
#[derive(Clone, Copy, Debug)]
struct Distributed<'a> {
    seats: Decimal,
    offer: &'a OfferId,
    product: &'a str,
}

pub(super) fn compare(scene: &Scene<'_, '_>) -> Compared {
    let mut compared = Compared::default();
    let charged = charged_tenants(scene);
    let Some(seats) = &scene.inputs.sources.seats else {
        compared.tenants_not_asked = charged.len().try_into().unwrap_or(u64::MAX);
        return compared;
    };
    unreachable(scene, seats, &mut compared.findings);
    if !is_comparable(scene, seats, &mut compared.findings) {
        compared.tenants_not_asked = charged.len().try_into().unwrap_or(u64::MAX);
        return compared;
    }
    let answered: BTreeSet<TenantId> = seats.answered.iter().copied().collect();
    let unreachable: BTreeSet<TenantId> = seats.unreachable.iter().map(|tenant| tenant.tenant_id).collect();
    compared.tenants_not_asked = count(charged.keys().filter(|tenant| !answered.contains(tenant) && !unreachable.contains(tenant)));
    let mut holdings = HashMap::with_capacity(seats.holdings.len());
    for holding in &seats.holdings {
        holdings.entry((holding.tenant_id, holding.sku_id)).or_insert(holding);
    }
    let purchases = Purchases::new(scene, seats);
    let distributed = distributed(scene, &purchases);
    let mut sold: HashMap<SkuId, Distributed<'_>> = HashMap::new();
    for ((_, sku_id), distributed) in &distributed {
        let known = sold.entry(*sku_id).or_insert(*distributed);
        // The same whatever order a map has: customers may have other names for one offer.
        if (distributed.offer, distributed.product) < (known.offer, known.product) {
            *known = *distributed;
        }
    }
    let comparison = Comparison { scene, holdings, charged: &charged, distributed, sold, purchases: &purchases };
    let mut tenants: BTreeSet<TenantId> = BTreeSet::new();
    let mut charged_skus: Vec<(TenantId, SkuId)> = comparison.distributed.keys().copied().collect();
    charged_skus.sort_unstable();
    for (tenant_id, sku_id) in charged_skus {
        if answered.contains(&tenant_id) && !scene.is_ignored(tenant_id) {
            comparison.charged_sku(tenant_id, sku_id, &mut compared.findings);
            tenants.insert(tenant_id);
        }
    }
    for holding in seats.holdings.iter().filter(|holding| !scene.is_ignored(holding.tenant_id)) {
        comparison.usage(holding, &mut compared.findings);
        if !comparison.distributed.contains_key(&(holding.tenant_id, holding.sku_id)) {
            comparison.uncharged_sku(holding, &mut compared.findings);
        }
    }
    compared.tenants_compared = count(tenants.iter());
    live::report(scene, &purchases, &mut compared.findings);
    compared
}

fn count(items: impl Iterator) -> u64 {
    items.fold(0, |count, _| count + 1)
}

/// The period's tenants with the name the distributor gives them.
fn charged_tenants<'a>(scene: &Scene<'a, '_>) -> HashMap<TenantId, &'a Arc<str>> {
    let mut tenants = HashMap::new();
    for InRun { charge, known, .. } in scene.charges() {
        if let Ok(tenant_id) = known.tenant
            && !scene.is_ignored(tenant_id)
        {
            tenants.entry(tenant_id).or_insert(&charge.tenant_name);
        }
    }
    tenants
}

fn unreachable(scene: &Scene<'_, '_>, seats: &Seats, findings: &mut Vec<Finding>) {
    for missing in &seats.lists_missing {
        let about = About { tenant_id: None, offer: None };
        let message = format!("{missing}: customers that are known from it alone were not asked.");
        let fix = "run again; if it stays so, cspctl doctor says what the account may read".to_owned();
        findings.push(about.finding(Code::TenantUnreachable, Severity::Warning, message, figures([]), fix));
    }
    for tenant in seats.unreachable.iter().filter(|tenant| !scene.is_ignored(tenant.tenant_id)) {
        let about = About { tenant_id: Some(tenant.tenant_id), offer: None };
        let message = format!("{}: its seats could not be read: {}.", tenant.tenant_name, tenant.reason.trim_end_matches('.'));
        findings.push(about.finding(
            Code::TenantUnreachable,
            Severity::Warning,
            message,
            figures([]),
            if tenant.remedy.is_empty() { "restore access to the tenant, then run again".to_owned() } else { tenant.remedy.clone() },
        ));
    }
}

/// Seats of the period's month or the one after can be compared; older ones with a word; today's
/// seats say nothing of a month long past.
fn is_comparable(scene: &Scene<'_, '_>, seats: &Seats, findings: &mut Vec<Finding>) -> bool {
    let month = BillingPeriod::containing(seats.as_of);
    let stale = |severity, message: String, fix: &str| {
        let figures = figures([("seats", seats.as_of.to_string()), ("period", scene.period.to_string())]);
        About { tenant_id: None, offer: None }.finding(Code::SourceStale, severity, message, figures, fix.to_owned())
    };
    if month > scene.period.next() {
        let message = format!("{} shows the seats of {}, which say nothing of {}: not compared.", seats.origin, show_date(seats.as_of), scene.period);
        findings.push(stale(
            Severity::Warning,
            message,
            "give a seats file of that month; with source = \"graph\", cspctl pull keeps the seats of every month it runs in",
        ));
        return false;
    }
    // A bill comes after its month: the next one's seats are the best there are, and that has to be said.
    if month > scene.period && seats.is_dated {
        let message =
            format!("{} shows the seats of {}, after {}: a difference may be a change that came later.", seats.origin, show_date(seats.as_of), scene.period);
        findings.push(stale(Severity::Info, message, "with source = \"graph\", cspctl pull in the month itself keeps its seats"));
    }
    if month < scene.period {
        let message =
            format!("{} shows the seats of {}, before {}: differences may only mean that they are old.", seats.origin, show_date(seats.as_of), scene.period);
        findings.push(stale(Severity::Warning, message, "export the seats again"));
    }
    true
}

/// Seats by tenant and SKU: annuity quantity of active rows, else the cycle line's quantity; never
/// the sum of part-cycle rows.
fn distributed<'a>(scene: &Scene<'a, '_>, purchases: &Purchases<'_>) -> HashMap<(TenantId, SkuId), Distributed<'a>> {
    let mut all: HashMap<(TenantId, SkuId), Distributed<'a>> = HashMap::new();
    let mut add = |tenant_id: TenantId, subscription: &SubscriptionId, stock_code: &'a StockCode, seats: Decimal, product: &'a str| {
        let Some(sku_id) = sku(scene, purchases, tenant_id, subscription, stock_code) else { return };
        let entry = all.entry((tenant_id, sku_id)).or_insert_with(|| Distributed { seats: Decimal::ZERO, offer: stock_code.offer(), product });
        entry.seats += seats;
    };
    for line in scene.inputs.sources.annuity.iter().filter(|line| line.active && !line.is_azure()) {
        if let Some(tenant_id) = line.tenant_id {
            add(tenant_id, &line.subscription, &line.stock_code, line.quantity, scene.listed_name(line));
        }
    }
    for InRun { charge, known, context, .. } in scene.charges() {
        let in_annuity = || known.listed != Listed::NOT;
        let is_cycle_line = context.is_some_and(|context| context.is_cycle_line) && !charge.is_credit();
        if !is_cycle_line || charge.stock_code.offer().is_azure() || (!charge.subscription.is_empty() && in_annuity()) {
            continue;
        }
        if let Ok(tenant_id) = known.tenant {
            add(tenant_id, &charge.subscription, &charge.stock_code, charge.quantity, scene.product_name(charge, known));
        }
    }
    all
}

/// What was bought, in Microsoft's terms (`contracts/microsoft.md` 5.4): as the mapping says, else as
/// Microsoft's subscription of that id says, else by the bridge. Azure has no seats.
fn sku(scene: &Scene<'_, '_>, purchases: &Purchases<'_>, tenant_id: TenantId, subscription: &SubscriptionId, stock_code: &StockCode) -> Option<SkuId> {
    if stock_code.offer().is_azure() {
        return None;
    }
    let mapped = scene.seller.book.products(stock_code).find_map(|product| product.sku_id);
    let same_id = || purchases.of_id(tenant_id, subscription).map(|found| found.sku_id);
    mapped.or_else(same_id).or_else(|| scene.inputs.sources.bridge.sku(stock_code.offer()))
}

struct Comparison<'a, 'b> {
    scene: &'b Scene<'a, 'b>,
    holdings: HashMap<(TenantId, SkuId), &'a Holding>,
    charged: &'b HashMap<TenantId, &'a Arc<str>>,
    distributed: HashMap<(TenantId, SkuId), Distributed<'a>>,
    /// What is charged to anybody.
    sold: HashMap<SkuId, Distributed<'a>>,
    purchases: &'b Purchases<'a>,
}

impl Comparison<'_, '_> {
    fn name(&self, tenant_id: TenantId) -> Arc<str> {
        self.scene.customer_name(tenant_id, self.charged.get(&tenant_id).copied())
    }

    /// Something the distributor charges, at a tenant that answered.
    fn charged_sku(&self, tenant_id: TenantId, sku_id: SkuId, findings: &mut Vec<Finding>) {
        let Some(distributed) = self.distributed.get(&(tenant_id, sku_id)) else { return };
        let holding = self.holdings.get(&(tenant_id, sku_id));
        let (usable, suspended, assigned) = holding.map_or((0, 0, 0), |holding| (holding.usable(), holding.suspended, holding.assigned));
        let owned = Decimal::from(usable);
        if distributed.seats == owned {
            return;
        }
        let charged = show_quantity(distributed.seats);
        let (name, product) = (self.name(tenant_id), distributed.product);
        let (seats, are) = (count_of(&charged, "seat"), one_or(&charged, "is", "are"));
        let mut shown = figures([
            ("distributor", charged.clone()),
            ("microsoft", usable.to_string()),
            ("assigned", assigned.to_string()),
            ("suspended", suspended.to_string()),
        ]);
        let elsewhere = self.purchases.seats_elsewhere(tenant_id, sku_id);
        if elsewhere > 0 {
            shown.insert("elsewhere".to_owned(), elsewhere.to_string());
        }
        let (code, severity, message, fix) = if suspended > 0 && distributed.seats > owned {
            let of_them = one_or(&charged, "", " of them");
            let message = format!("{name}: {seats} of {product} {are} charged while Microsoft has {suspended}{of_them} suspended.");
            (Code::SuspendedButCharged, Severity::Warning, message, "resume or cancel them in Partner Center")
        } else if elsewhere > 0 && distributed.seats + Decimal::from(elsewhere) == owned {
            let message = format!(
                "{name}: {elsewhere} of {} of {product} {} bought from somebody else; the distributor charges the other {charged}.",
                count_of(usable, "seat"),
                one_or(elsewhere, "is", "are")
            );
            (Code::BoughtElsewhere, Severity::Info, message, "")
        } else if usable == 0 {
            let message = format!("{name}: {seats} of {product} {are} charged, and the tenant has none.");
            (Code::ChargedNotOwned, Severity::Action, message, "ask the distributor for a credit, or correct the product's sku_id in mapping.toml")
        } else {
            let of_others = if elsewhere > 0 { format!(" ({elsewhere} of them bought from somebody else)") } else { String::new() };
            let are = one_or(assigned, "is", "are");
            let message = format!("{name}: {product}: the distributor charges {seats}, Microsoft has {usable}{of_others}, {assigned} {are} assigned.");
            (
                Code::QuantityDiffers,
                Severity::Warning,
                message,
                "correct the seats at the distributor, or record the reason as an [[exceptions]] entry in mapping.toml",
            )
        };
        let about = About { tenant_id: Some(tenant_id), offer: Some(distributed.offer.clone()) };
        findings.push(about.finding(code, severity, message, shown, fix.to_owned()));
    }

    /// Something the tenant has that the distributor does not charge.
    fn uncharged_sku(&self, holding: &Holding, findings: &mut Vec<Finding>) {
        let part_number = &*holding.sku_part_number;
        // Seats that only run out are not billed: nothing is missing (`contracts/microsoft.md` 5.5).
        if holding.enabled <= 0 || is_free(holding.sku_id, part_number) || self.purchases.are_all_trials(holding.tenant_id, holding.sku_id) {
            return;
        }
        let mapped = self.scene.inputs.mapping.products.iter().find(|product| product.sku_id == Some(holding.sku_id));
        let mapped = mapped.map(|product| (&product.offer, product.name.as_deref()));
        // What another customer is charged for is sold here too, whoever tells its SKU.
        let sold_here = mapped.or_else(|| self.sold.get(&holding.sku_id).map(|sold| (sold.offer, Some(sold.product))));
        let is_customer = self.charged.contains_key(&holding.tenant_id) || self.scene.seller.book.customer(holding.tenant_id).is_some();
        let name = self.scene.customer_name(holding.tenant_id, self.charged.get(&holding.tenant_id).copied().or(Some(&holding.tenant_name)));
        let shown = figures([("distributor", "0".to_owned()), ("microsoft", holding.usable().to_string()), ("assigned", holding.assigned.to_string())]);
        let finding = match sold_here {
            Some((offer, product_name)) if is_customer && self.purchases.seats_elsewhere(holding.tenant_id, holding.sku_id) < holding.usable() => {
                let product_name = product_name.map_or_else(|| shown_name(holding.sku_id, part_number), Into::into);
                let message = format!("{name}: the tenant has {} of {product_name} that the distributor does not charge.", count_of(holding.usable(), "seat"));
                let fix = "find out who bought them: a missing charge, another distributor, or the customer direct".to_owned();
                About { tenant_id: Some(holding.tenant_id), offer: Some(offer.clone()) }.finding(Code::OwnedNotCharged, Severity::Warning, message, shown, fix)
            }
            _ => {
                let message = format!(
                    "{name}: the tenant has {} of {}, which {} not bought here.",
                    count_of(holding.usable(), "seat"),
                    shown_name(holding.sku_id, part_number),
                    one_or(holding.usable(), "is", "are")
                );
                About { tenant_id: Some(holding.tenant_id), offer: None }.finding(Code::BoughtElsewhere, Severity::Info, message, shown, String::new())
            }
        };
        findings.push(finding);
    }

    /// Seats against users, for what the distributor charges.
    fn usage(&self, holding: &Holding, findings: &mut Vec<Finding>) {
        let Some(distributed) = self.distributed.get(&(holding.tenant_id, holding.sku_id)) else { return };
        let (name, product) = (self.name(holding.tenant_id), distributed.product);
        let shown = || figures([("owned", holding.usable().to_string()), ("enabled", holding.enabled.to_string()), ("assigned", holding.assigned.to_string())]);
        let about = || About { tenant_id: Some(holding.tenant_id), offer: Some(distributed.offer.clone()) };
        // Suspended seats that are charged are told as such: their users are no second finding.
        let are_suspended_ones_told = Decimal::from(holding.usable()) < distributed.seats;
        let seats = if are_suspended_ones_told { holding.enabled.saturating_add(holding.suspended) } else { holding.enabled };
        if holding.assigned > seats {
            let message = format!(
                "{name}: {} {} {product}, and only {} {} enabled.",
                count_of(holding.assigned, "user"),
                one_or(holding.assigned, "has", "have"),
                count_of(holding.enabled, "seat"),
                one_or(holding.enabled, "is", "are")
            );
            findings.push(about().finding(
                Code::OverAssigned,
                Severity::Warning,
                message,
                shown(),
                "buy seats or take licences away before Microsoft does".to_owned(),
            ));
        } else if holding.assigned < holding.usable() {
            let idle = holding.usable() - holding.assigned;
            let message =
                format!("{name}: {idle} of {} of {product} {} not assigned to anyone.", count_of(holding.usable(), "seat"), one_or(idle, "is", "are"));
            findings.push(about().finding(Code::IdleSeats, Severity::Info, message, shown(), "offer the customer to reduce them at renewal".to_owned()));
        }
    }
}

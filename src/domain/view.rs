//! Plain views of a plan: documents as scripts see them, and the groups in which people read
//! held charges, findings and margins. Pure; `ui` prints them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::civil::Date;
use serde::Serialize;

use super::document::{Document, Kind, Line, State, Status};
use super::finding::{Code, Finding, Severity};
use super::ids::{ContactId, TenantId, XeroId};
use super::money::Money;
use super::period::BillingPeriod;
use super::plan::HeldCharge;

/// One entry of `documents` in JSON (`product.md` 10), borrowed so that a million lines are
/// written without being copied.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct DocumentView<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its number.
    pub number: &'a str,
    /// The month it belongs to.
    pub period: BillingPeriod,
    /// The contact in Xero, if known.
    pub contact_id: Option<ContactId>,
    /// The contact's name.
    pub contact_name: &'a str,
    /// The customer; `None` on bills.
    pub tenant_id: Option<TenantId>,
    /// Document date.
    pub date: Date,
    /// Due date.
    pub due_date: Date,
    /// ISO code.
    pub currency: &'a str,
    /// Status it gets in Xero.
    pub status: Status,
    /// The run that made it; `None` until one has.
    pub reference: Option<&'a str>,
    /// Its lines, as planned.
    pub lines: &'a [Line],
    /// Σ line amounts; positive on credits too.
    pub sub_total: Money,
    /// How far it has come.
    pub state: State,
    /// Its id in Xero; `None` until it is known.
    pub xero_id: Option<XeroId>,
    /// Its address in Xero; `None` until it is known.
    pub url: Option<&'a str>,
    /// What Xero said when it refused.
    pub error: Option<&'a str>,
}

impl<'a> From<&'a Document> for DocumentView<'a> {
    fn from(document: &'a Document) -> Self {
        Self {
            kind: document.kind,
            number: &document.number,
            period: document.period,
            contact_id: document.contact_id,
            contact_name: &document.contact_name,
            tenant_id: document.tenant_id,
            date: document.date,
            due_date: document.due_date,
            currency: &document.currency,
            status: document.status,
            reference: document.reference.as_deref(),
            lines: &document.lines,
            sub_total: document.sub_total,
            state: document.state,
            xero_id: document.xero_id(),
            url: document.xero.as_ref().and_then(|xero| xero.url.as_deref()),
            error: document.xero.as_ref().and_then(|xero| xero.error.as_deref()),
        }
    }
}

/// Held charges with one reason.
#[derive(Clone, Debug)]
pub struct HeldGroup<'a> {
    /// The reason.
    pub code: Code,
    /// How many charges.
    pub charges: usize,
    /// Their cost.
    pub cost: Money,
    /// What releases them, in the order of first appearance.
    pub releases: Vec<Release<'a>>,
}

/// Held charges that one command releases.
#[derive(Clone, Debug)]
pub struct Release<'a> {
    /// The command, or what to do.
    pub fix: &'a str,
    /// The charges; never empty.
    pub charges: Vec<&'a HeldCharge>,
    /// Their cost.
    pub cost: Money,
}

impl Release<'_> {
    /// What the charges have in common, for people: the customer, the product, or both.
    #[must_use]
    pub fn subject(&self) -> String {
        let customer = common(self.charges.iter().map(|charge| &*charge.tenant_name));
        let product = common(self.charges.iter().map(|charge| if charge.description.is_empty() { charge.stock_code.as_str() } else { &*charge.description }));
        match (customer, product) {
            (Some(customer), Some(product)) => format!("{customer}: {product}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => String::new(),
        }
    }

    /// The reason, when it is the same for all.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        common(self.charges.iter().map(|charge| charge.reason.as_str()))
    }
}

/// The text that all entries share, unless it is empty.
fn common<'a>(mut texts: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = texts.next().filter(|text| !text.is_empty())?;
    texts.all(|text| text == first).then_some(first)
}

/// Held charges by reason, and within one by the command that releases them; reasons with most
/// cost at stake first.
#[must_use]
pub fn held_groups(held: &[HeldCharge]) -> Vec<HeldGroup<'_>> {
    let mut groups: Vec<HeldGroup<'_>> = Vec::new();
    let mut group_of: BTreeMap<Code, usize> = BTreeMap::new();
    let mut release_of: BTreeMap<(Code, &str), usize> = BTreeMap::new();
    for charge in held {
        let group = *group_of.entry(charge.code).or_insert_with(|| {
            groups.push(HeldGroup { code: charge.code, charges: 0, cost: Money::ZERO, releases: Vec::new() });
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(group) else { continue };
        group.charges += 1;
        group.cost += charge.cost;
        let release = *release_of.entry((charge.code, charge.fix.as_str())).or_insert_with(|| {
            group.releases.push(Release { fix: &charge.fix, charges: Vec::new(), cost: Money::ZERO });
            group.releases.len() - 1
        });
        if let Some(release) = group.releases.get_mut(release) {
            release.charges.push(charge);
            release.cost += charge.cost;
        }
    }
    for group in &mut groups {
        group.releases.sort_by_key(|release| std::cmp::Reverse(release.cost.abs()));
    }
    groups.sort_by_key(|group| (std::cmp::Reverse(group.cost.abs()), group.code));
    groups
}

/// Findings of one code and severity.
#[derive(Clone, Debug)]
pub struct FindingGroup<'a> {
    /// How much it asks.
    pub severity: Severity,
    /// Kind.
    pub code: Code,
    /// The findings, in the order of the plan; never empty.
    pub findings: Vec<&'a Finding>,
}

impl FindingGroup<'_> {
    /// What to do, when it is the same for all.
    #[must_use]
    pub fn fix(&self) -> Option<&str> {
        common(self.findings.iter().map(|finding| finding.fix.as_str()))
    }
}

/// Findings by severity and code, the most pressing first; within that, in the order of the plan.
#[must_use]
pub fn finding_groups(findings: &[Finding]) -> Vec<FindingGroup<'_>> {
    let mut groups: Vec<FindingGroup<'_>> = Vec::new();
    let mut group_of: BTreeMap<(Severity, Code), usize> = BTreeMap::new();
    for finding in findings {
        match group_of.entry((finding.severity, finding.code)) {
            Entry::Occupied(at) => {
                if let Some(group) = groups.get_mut(*at.get()) {
                    group.findings.push(finding);
                }
            }
            Entry::Vacant(slot) => {
                slot.insert(groups.len());
                groups.push(FindingGroup { severity: finding.severity, code: finding.code, findings: vec![finding] });
            }
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.severity));
    groups
}

/// What one customer's documents come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerMargin<'a> {
    /// The customer.
    pub tenant_id: Option<TenantId>,
    /// The contact's name.
    pub name: &'a str,
    /// Lines sold.
    pub lines: usize,
    /// Net of invoices and credit notes.
    pub sell: Money,
    /// Cost of the charges on them.
    pub cost: Money,
}

impl CustomerMargin<'_> {
    /// sell − cost.
    #[must_use]
    pub fn margin(&self) -> Money {
        self.sell - self.cost
    }
}

/// Margin by customer, the largest sale first.
#[must_use]
pub fn customer_margins(documents: &[Document]) -> Vec<CustomerMargin<'_>> {
    let mut customers: BTreeMap<(Option<TenantId>, &str), CustomerMargin<'_>> = BTreeMap::new();
    for document in documents.iter().filter(|document| !document.kind.is_purchase()) {
        let customer = customers.entry((document.tenant_id, &document.contact_name)).or_insert_with(|| CustomerMargin {
            tenant_id: document.tenant_id,
            name: &document.contact_name,
            lines: 0,
            sell: Money::ZERO,
            cost: Money::ZERO,
        });
        customer.lines += document.lines.len();
        customer.sell += document.net();
        customer.cost += document.workings.iter().map(|working| working.cost).sum();
    }
    let mut customers: Vec<CustomerMargin<'_>> = customers.into_values().collect();
    customers.sort_by_key(|customer| std::cmp::Reverse(customer.sell));
    customers
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;

    fn held(code: Code, customer: &str, cost: i64, fix: &str) -> HeldCharge {
        HeldCharge {
            key: super::super::charge::ChargeKey(0),
            code,
            tenant_id: None,
            tenant_name: customer.into(),
            stock_code: "P1M:X:0001".to_owned(),
            description: "Product".into(),
            cost: Money::round_half_away(Decimal::from(cost)),
            reason: customer.to_owned(),
            fix: fix.to_owned(),
        }
    }

    #[test]
    fn held_charges_are_grouped_by_reason_and_command_with_the_most_at_stake_first() {
        let charges = [
            held(Code::CustomerUnmapped, "A", 5, "map A"),
            held(Code::PriceMissing, "A", 100, "price"),
            held(Code::CustomerUnmapped, "B", 20, "map B"),
            held(Code::PriceMissing, "B", 1, "price"),
            held(Code::CustomerUnmapped, "B", -30, "map B"),
        ];
        let groups = held_groups(&charges);
        let shown: Vec<_> = groups.iter().map(|group| (group.code, group.charges, group.cost.to_string())).collect();
        assert_eq!(shown, [(Code::PriceMissing, 2, "101.00".to_owned()), (Code::CustomerUnmapped, 3, "-5.00".to_owned())]);
        let releases: Vec<_> = groups[1].releases.iter().map(|release| (release.fix, release.charges.len(), release.subject())).collect();
        assert_eq!(releases, [("map B", 2, "B: Product".to_owned()), ("map A", 1, "A: Product".to_owned())]);
        assert_eq!((groups[0].releases[0].subject(), groups[0].releases[0].reason()), ("Product".to_owned(), None));
    }

    #[test]
    fn findings_are_grouped_with_the_most_pressing_first() {
        let finding = |severity, code, fix: &str| Finding {
            code,
            severity,
            tenant_id: None,
            offer: None,
            message: String::new(),
            figures: BTreeMap::new(),
            fix: fix.to_owned(),
        };
        let findings = [
            finding(Severity::Info, Code::IdleSeats, ""),
            finding(Severity::Warning, Code::QuantityDiffers, "same"),
            finding(Severity::Action, Code::RenewalSoon, "one"),
            finding(Severity::Warning, Code::QuantityDiffers, "same"),
            finding(Severity::Action, Code::RenewalSoon, "other"),
        ];
        let groups = finding_groups(&findings);
        let shown: Vec<_> = groups.iter().map(|group| (group.severity, group.findings.len(), group.fix())).collect();
        assert_eq!(shown, [(Severity::Action, 2, None), (Severity::Warning, 2, Some("same")), (Severity::Info, 1, None)]);
    }
}

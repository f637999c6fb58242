//! What does not agree: findings from charges, annuity list, seats, history, mapping and Xero
//! (`product.md` 9). One file a kind of question.

mod books;
mod costs;
mod dates;
mod exceptions;
pub(crate) mod free_skus;
mod held;
mod intake;
mod live;
mod seats;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::charge::{AnnuityLine, Charge};
use super::cycle_line::CycleContext;
use super::document::Document;
use super::finding::{Code, Finding, Severity};
use super::ids::TenantId;
use super::offer::{OfferId, StockCode};
use super::period::BillingPeriod;
use super::plan::{HeldCharge, Inputs};
use super::selling::Seller;
use super::sort::Outcome;
use super::tenants::Known;

/// What the questions look at.
#[derive(Debug)]
pub struct Scene<'a, 'b> {
    /// Everything the plan is made from.
    pub inputs: &'b Inputs<'a>,
    /// The month.
    pub period: BillingPeriod,
    /// Knows products and prices.
    pub seller: &'b Seller<'a>,
    /// Tenant and place in the annuity list of every charge, in the order of the charges.
    pub known: &'b [Known],
    /// The cycle of every charge, in the order of the charges.
    pub contexts: &'b [Option<CycleContext>],
    /// What became of every charge, in the order of the charges.
    pub outcomes: &'b [Outcome],
    /// The held charges.
    pub held: &'b [HeldCharge],
}

/// The answers.
#[derive(Debug, Default)]
pub struct Compared {
    /// The most pressing first, once concluded.
    pub findings: Vec<Finding>,
    /// Tenants whose seats were compared.
    pub tenants_compared: u64,
    /// Charged tenants that nobody answered for.
    pub tenants_not_asked: u64,
}

/// Asks every question that charges alone can answer; [`Compared::concluded`] asks the rest.
#[must_use]
pub fn compare(scene: &Scene<'_, '_>) -> Compared {
    // An export without charges is no evidence: seats would be compared with the annuity list alone.
    let mut compared = if scene.inputs.sources.charges.is_empty() { Compared::default() } else { seats::compare(scene) };
    let findings = &mut compared.findings;
    held::report(scene, findings);
    intake::report(scene, findings);
    costs::report(scene, findings);
    dates::report(scene, findings);
    if compared.tenants_compared == 0 {
        findings.push(nothing_compared(scene));
    }
    compared
}

/// What can be asked once the new documents are known.
#[derive(Clone, Copy, Debug)]
pub struct Assembled<'a> {
    /// Everything the plan is made from.
    pub inputs: &'a Inputs<'a>,
    /// The month.
    pub period: BillingPeriod,
    /// The documents that would be posted.
    pub new_documents: &'a [Document],
}

impl Compared {
    /// Asks what Xero's documents say, hides what an exception covers, and puts the most pressing first.
    #[must_use]
    pub fn concluded(mut self, assembled: &Assembled<'_>) -> Self {
        books::report(assembled, &mut self.findings);
        exceptions::apply(&assembled.inputs.mapping.exceptions, assembled.inputs.today, &mut self.findings);
        self.findings.sort_by(|one, other| {
            (std::cmp::Reverse(one.severity), one.code, one.tenant_id, &one.offer, &one.message).cmp(&(
                std::cmp::Reverse(other.severity),
                other.code,
                other.tenant_id,
                &other.offer,
                &other.message,
            ))
        });
        self
    }
}

impl<'a, 'b> Scene<'a, 'b> {
    /// The charges that belong to this period's run: taken by it, or billed by an earlier run of
    /// the same period.
    fn charges(&self) -> impl Iterator<Item = InRun<'a, 'b>> {
        let all = self.inputs.sources.charges.iter().zip(self.known).zip(self.contexts).zip(self.outcomes);
        let period = self.period;
        all.filter_map(move |(((charge, known), context), outcome)| {
            let belongs = match outcome {
                Outcome::OtherPeriod(_) => false,
                Outcome::AlreadyBilled => charge.month() == period || (charge.invoice_date.is_none() && charge.month() == period.previous()),
                _ => true,
            };
            belongs.then_some(InRun { charge, known: *known, context: context.as_ref(), outcome })
        })
    }

    /// The name a person knows a product by.
    fn product_name(&self, charge: &'a Charge, known: Known) -> &'a str {
        let mapped = self.mapped_name(&charge.stock_code);
        let annuity = || self.seller.annuity.description(known.listed, charge).map(AsRef::as_ref);
        let own = || Some(&*charge.description).filter(|description| !description.is_empty());
        mapped.or_else(annuity).or_else(own).unwrap_or_else(|| charge.stock_code.as_str())
    }

    /// The same for a line of the annuity list.
    fn listed_name(&self, line: &'a AnnuityLine) -> &'a str {
        self.mapped_name(&line.stock_code).unwrap_or(&line.description)
    }

    fn mapped_name(&self, stock_code: &StockCode) -> Option<&'a str> {
        self.seller.book.products(stock_code).find_map(|product| product.name.as_deref())
    }

    /// True for customers whose differences nobody wants to hear of.
    fn is_ignored(&self, tenant_id: TenantId) -> bool {
        self.seller.book.customer(tenant_id).is_some_and(|customer| customer.ignore)
    }

    /// The customer's name for a sentence.
    fn customer_name(&self, tenant_id: TenantId, source: Option<&Arc<str>>) -> Arc<str> {
        let mapped = self.seller.book.customer(tenant_id).and_then(|customer| customer.contact_name());
        mapped.or(source).map_or_else(|| tenant_id.to_string().into(), Arc::clone)
    }
}

/// One charge of this period's run.
#[derive(Clone, Copy)]
struct InRun<'a, 'b> {
    charge: &'a Charge,
    known: Known,
    context: Option<&'b CycleContext>,
    outcome: &'b Outcome,
}

/// Figures of a finding, by name.
fn figures<const N: usize>(named: [(&str, String); N]) -> BTreeMap<String, String> {
    named.into_iter().map(|(name, figure)| (name.to_owned(), figure)).collect()
}

/// A finding about a tenant's offer.
struct About {
    tenant_id: Option<TenantId>,
    offer: Option<OfferId>,
}

impl About {
    fn finding(self, code: Code, severity: Severity, message: String, figures: BTreeMap<String, String>, fix: String) -> Finding {
        Finding { code, severity, tenant_id: self.tenant_id, offer: self.offer, message, figures, fix }
    }
}

fn nothing_compared(scene: &Scene<'_, '_>) -> Finding {
    let sources = scene.inputs.sources;
    let (message, fix) = if sources.charges.is_empty() {
        ("The export has no charges, so nothing was compared and nothing can be billed.", "check that the export is of the right month and account")
    } else if sources.seats.is_none() {
        (
            "No Microsoft source is configured, so the charges were compared with nothing.",
            "set microsoft.source = \"graph\", or \"file\" with microsoft.file naming a seats file",
        )
    } else if sources.seats.as_ref().is_some_and(|seats| seats.answered.is_empty() && !seats.unreachable.is_empty()) {
        ("Not one customer's tenant could be read, so no charge was compared with seats.", "see why under tenant-unreachable, then run again")
    } else {
        (
            "Not one customer's seats could be compared with the charges.",
            "check the date and the tenants of the seats, and give products their sku_id: cspctl map products",
        )
    };
    About { tenant_id: None, offer: None }.finding(Code::NothingCompared, Severity::Warning, message.to_owned(), BTreeMap::new(), fix.to_owned())
}

#[cfg(test)]
mod tests;

//! What a run would do: documents, held charges, findings, coverage, totals and a digest.
//! A pure function of its inputs.

use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::charge::{ChargeKey, SkippedRow};
use super::document::Document;
use super::finding::{Code, Finding};
use super::history::{BilledCharge, History};
use super::holding::UnreachableTenant;
use super::ids::TenantId;
use super::mapping::Mapping;
use super::money::Money;
use super::period::BillingPeriod;
use super::policy::Policy;
use super::sources::Sources;

/// What the plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// Everything that was read.
    pub sources: &'a Sources,
    /// Customers, products, prices, exceptions.
    pub mapping: &'a Mapping,
    /// The settings that decide cents and documents.
    pub policy: &'a Policy,
    /// What earlier runs did.
    pub history: &'a History,
    /// The month asked for; the newest with charges when `None`.
    pub period: Option<BillingPeriod>,
    /// Take undated charges from before the last two months as well.
    pub include_older: bool,
    /// Today, for windows that close and exceptions that lapse. Never part of the digest.
    pub today: Date,
}

/// What a run would do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The month.
    pub period: BillingPeriod,
    /// True when nobody asked for this month: it is the newest with charges.
    pub period_chosen: bool,
    /// The period's documents in order: finished ones with [`super::document::State::Exists`],
    /// new ones [`super::document::State::Planned`].
    pub documents: Vec<Document>,
    /// Charges held back.
    pub held: Vec<HeldCharge>,
    /// What a person should know, the most pressing first.
    pub findings: Vec<Finding>,
    /// What was read, used and compared.
    pub coverage: Coverage,
    /// Sums.
    pub totals: Totals,
    /// `sha256:…` of documents and held charges (`rules.md` 16).
    pub digest: String,
    /// `sha256:…` of the source charges, which `--plan` checks (`rules.md` 16).
    pub source_digest: String,
    /// What to record when the new documents are finished: one entry for every charge on a new
    /// document.
    pub billed: Vec<BilledCharge>,
    /// Why nothing may be posted, if so: mismatched totals, skipped rows.
    pub blockers: Vec<String>,
    /// Unbilled charges of other periods: (period, count, cost), oldest first.
    pub other_periods: Vec<OtherPeriod>,
}

impl Plan {
    /// The documents that are not finished yet.
    pub fn new_documents(&self) -> impl Iterator<Item = &Document> {
        self.documents.iter().filter(|document| document.state == super::document::State::Planned)
    }
}

/// Unbilled charges that belong to another period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherPeriod {
    /// The month that bills them.
    pub period: BillingPeriod,
    /// How many.
    pub charges: u64,
    /// Their cost.
    pub cost: Money,
}

/// A charge that is not invoiced, with the reason and the way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldCharge {
    /// The charge.
    pub key: ChargeKey,
    /// Why.
    pub code: Code,
    /// The customer, if it is known.
    pub tenant_id: Option<TenantId>,
    /// The customer's name in the source.
    pub tenant_name: Arc<str>,
    /// What was bought.
    pub stock_code: String,
    /// The product's name, as its line on the bill shows it.
    pub description: Arc<str>,
    /// What was charged.
    pub cost: Money,
    /// The reason as a sentence, with figures.
    pub reason: String,
    /// The command that releases it.
    pub fix: String,
}

/// What was read, used and compared. Every charge read is in exactly one of billed, held, ignored,
/// already billed, other periods (`rules.md` 29).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Charges in the union of all files.
    pub charges_read: u64,
    /// On a new customer document.
    pub charges_billed: u64,
    /// Held, with a reason.
    pub charges_held: u64,
    /// Of ignored customers or products: on the bill, on no invoice.
    pub charges_ignored: u64,
    /// On a customer document of an earlier run, or marked as billed.
    pub charges_already_billed: u64,
    /// Unbilled, of another period.
    pub charges_other_periods: u64,
    /// Rows that could not be used.
    pub rows_skipped: Vec<SkippedRow>,
    /// Part-cycle lines whose cycle is the calendar month for lack of anything better (`rules.md` 2).
    pub calendar_month_cycles: u64,
    /// Tenants whose seats were compared.
    pub tenants_compared: u64,
    /// Tenants the Microsoft source could not read.
    pub tenants_unreachable: Vec<Unreachable>,
    /// Charged tenants that no Microsoft source answered for.
    pub tenants_not_asked: u64,
}

/// A tenant that could not be read, as JSON shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreachable {
    /// The customer.
    pub tenant_id: TenantId,
    /// The customer's name.
    pub name: Arc<str>,
    /// What the service said.
    pub reason: String,
}

impl From<&UnreachableTenant> for Unreachable {
    fn from(tenant: &UnreachableTenant) -> Self {
        Self { tenant_id: tenant.tenant_id, name: Arc::clone(&tenant.tenant_name), reason: tenant.reason.clone() }
    }
}

/// Sums of a period (`rules.md` 30).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// The bill.
    pub cost: Money,
    /// The customers' documents.
    pub sell: Money,
    /// sell − cost of the charges sold.
    pub margin: Money,
    /// Cost of held charges.
    pub held_cost: Money,
}

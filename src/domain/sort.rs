//! Puts every charge in exactly one place: billed, held, ignored, already billed, other period
//! (`rules.md` 29), and separately on the bill or not.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::annuity::AnnuityIndex;
use super::assemble::{Named, Sold, rank_names};
use super::book::Book;
use super::changed::Vanished;
use super::charge::Charge;
use super::cycle_line::CycleContext;
use super::finding::Code;
use super::history::{Dispute, Settled};
use super::ids::TenantId;
use super::invoice_total::InvoiceDiffers;
use super::money::Money;
use super::offer::StockCode;
use super::period::BillingPeriod;
use super::plan::{HeldCharge, Inputs};
use super::select::{Standing, of_period, standing};
use super::selling::{Decision, Held, Seller, rests_on_calendar_month};
use super::tenants::Known;
use super::working::PartMethod;

/// What became of one charge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// On a customer's document of an earlier run, or marked as billed.
    AlreadyBilled,
    /// Another month's.
    OtherPeriod(BillingPeriod),
    /// Its customer or product is ignored.
    Ignored,
    /// Held.
    Held,
    /// On a new document.
    Sold(SoldNow),
}

/// What a charge of this run is sold for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoldNow {
    /// The customer.
    pub tenant_id: TenantId,
    /// Negative on credits.
    pub sell: Money,
    /// True for a whole billing cycle.
    pub whole_cycle: bool,
    /// True when a price ratio was asked for and days had to do (`rules.md` 4).
    pub days_for_lack_of_price: bool,
}

/// Every charge in its place.
#[derive(Debug)]
pub struct Sorted<'a> {
    /// One a charge, in the order of the charges.
    pub outcomes: Vec<Outcome>,
    /// The held ones with their reasons.
    pub held: Vec<HeldCharge>,
    /// What a new bill takes.
    pub bill: Vec<Named<'a>>,
    /// What new customers' documents take.
    pub sold: Vec<Sold<'a>>,
    /// Part-cycle lines whose cycle is the calendar month for lack of anything better.
    pub calendar_month_cycles: u64,
}

/// The name of every charge's product: of its mapping entry, else the source's, else the code.
#[derive(Debug)]
pub struct Names<'a> {
    of_charge: Vec<&'a Arc<str>>,
    ranks: HashMap<&'a str, u32>,
}

impl<'a> Names<'a> {
    /// Finds the names.
    #[must_use]
    pub fn new(charges: &'a [Charge], known: &[Known], book: &Book<'a>, annuity: &AnnuityIndex<'a>) -> Self {
        let mut of_code: HashMap<&StockCode, Option<&Arc<str>>> = HashMap::new();
        let mut name = |(charge, known): (&'a Charge, &Known)| -> &'a Arc<str> {
            let mapped = *of_code.entry(&charge.stock_code).or_insert_with(|| book.products(&charge.stock_code).find_map(|product| product.name.as_ref()));
            let own = || Some(&charge.description).filter(|description| !description.is_empty());
            mapped.or_else(|| annuity.description(known.listed, charge)).or_else(own).unwrap_or_else(|| charge.stock_code.shared_text())
        };
        let of_charge: Vec<&Arc<str>> = charges.iter().zip(known).map(&mut name).collect();
        let ranks = rank_names(of_charge.iter().copied());
        Self { of_charge, ranks }
    }

    fn named(&self, index: usize, charge: &'a Charge) -> Named<'a> {
        let product = self.of_charge.get(index).copied().unwrap_or(&charge.description);
        Named { charge, product, index, rank: self.ranks.get(&**product).copied().unwrap_or_default() }
    }
}

/// Sorts the charges of a run for `period`.
#[must_use]
pub fn sort<'a>(
    inputs: &Inputs<'a>,
    period: BillingPeriod,
    seller: &Seller<'a>,
    known: &[Known],
    contexts: &[Option<CycleContext>],
    names: &Names<'a>,
) -> Sorted<'a> {
    let charges = &inputs.sources.charges;
    let off_documents = OffDocuments::new(inputs);
    let mut sorted = Sorted { outcomes: Vec::with_capacity(charges.len()), held: Vec::new(), bill: Vec::new(), sold: Vec::new(), calendar_month_cycles: 0 };
    for ((index, charge), known) in charges.iter().enumerate().zip(known) {
        let outcome = match standing(charge, period, inputs.include_older, inputs.history) {
            Standing::AlreadyBilled => {
                sorted.lacking_bill(inputs, period, names.named(index, charge));
                Outcome::AlreadyBilled
            }
            Standing::OtherPeriod(_) | Standing::Older if inputs.history.settled(charge).on_bill && seller.ignored(charge, *known).is_some() => {
                Outcome::Ignored
            }
            Standing::OtherPeriod(month) => Outcome::OtherPeriod(month),
            Standing::Older => sorted.hold(&names.named(index, charge), older(charge, *known, period)),
            Standing::Taken => {
                let context = contexts.get(index).and_then(Option::as_ref);
                sorted.take(inputs, seller, &off_documents, names.named(index, charge), *known, context)
            }
        };
        sorted.outcomes.push(outcome);
    }
    sorted
}

impl<'a> Sorted<'a> {
    fn take(
        &mut self,
        inputs: &Inputs<'a>,
        seller: &Seller<'a>,
        off_documents: &OffDocuments<'_>,
        named: Named<'a>,
        known: Known,
        context: Option<&CycleContext>,
    ) -> Outcome {
        let charge = named.charge;
        let settled = inputs.history.settled(charge);
        if let Some(held) = off_documents.held(charge, settled) {
            return self.hold(&named, held);
        }
        if !settled.on_bill && inputs.history.dispute(None).is_none() {
            self.bill.push(named);
        }
        match seller.decide(charge, known, context) {
            Decision::Ignored(_) => Outcome::Ignored,
            Decision::Held(held) => self.hold(&named, held),
            Decision::Sold(tenant_id, _) if inputs.history.dispute(Some(tenant_id)).is_some() => {
                let held = disputed(inputs.history.dispute(Some(tenant_id)), tenant_id);
                self.hold(&named, held)
            }
            Decision::Sold(tenant_id, working) => {
                self.calendar_month_cycles += u64::from(context.is_some_and(|context| rests_on_calendar_month(context, &working)));
                let method = working.part.as_ref().map(|part| part.method);
                let sold = SoldNow {
                    tenant_id,
                    sell: working.sell,
                    whole_cycle: method == Some(PartMethod::WholeCycle),
                    days_for_lack_of_price: method == Some(PartMethod::DaysForLackOfPrice) && working.full_price.is_some(),
                };
                self.sold.push(Sold { named, tenant_id, working });
                Outcome::Sold(sold)
            }
        }
    }

    /// A charge whose customer's document is in Xero while its bill was refused, or got lost, goes on the
    /// next bill of its month.
    fn lacking_bill(&mut self, inputs: &Inputs<'_>, period: BillingPeriod, named: Named<'a>) {
        let is_lacking = !inputs.history.settled(named.charge).on_bill && inputs.history.dispute(None).is_none();
        if is_lacking && of_period(named.charge, period) {
            self.bill.push(named);
        }
    }

    fn hold(&mut self, named: &Named<'_>, held: Held) -> Outcome {
        let charge = named.charge;
        self.held.push(HeldCharge {
            key: charge.key,
            code: held.code,
            tenant_id: held.tenant_id,
            tenant_name: Arc::clone(&charge.tenant_name),
            stock_code: charge.stock_code.to_string(),
            description: Arc::clone(named.product),
            cost: charge.cost,
            reason: held.reason,
            fix: held.fix,
        });
        Outcome::Held
    }
}

/// Charges that stay off the bill too.
struct OffDocuments<'a> {
    vanished: Vanished<'a>,
    wrong_invoices: HashMap<&'a str, &'a InvoiceDiffers>,
}

impl<'a> OffDocuments<'a> {
    fn new(inputs: &Inputs<'a>) -> Self {
        let wrong = inputs.sources.invoice_differs.iter().filter(|differs| !differs.is_rounding);
        Self { vanished: Vanished::new(inputs.history, inputs.sources), wrong_invoices: wrong.map(|differs| (&*differs.number, differs)).collect() }
    }

    fn held(&self, charge: &Charge, settled: Settled) -> Option<Held> {
        if let Some(differs) = charge.invoice_number.as_deref().and_then(|number| self.wrong_invoices.get(number)) {
            let (number, total) = (&differs.number, differs.total.as_str());
            return Some(Held {
                code: Code::TotalMismatch,
                tenant_id: charge.stated_tenant,
                reason: format!(
                    "invoice {number} states a total {total} of {}, but its lines come to {}: nothing of it is posted",
                    differs.stated, differs.computed
                ),
                fix: format!("ask the distributor about invoice {number}, then run again"),
            });
        }
        // A corrected row's first version is on a bill already.
        if settled.on_bill { None } else { self.vanished.replaced_by(charge) }
    }
}

/// Somebody changed a document in Xero that these charges may be on (`rules.md` 27).
fn disputed(dispute: Option<&Dispute>, tenant_id: TenantId) -> Held {
    let (number, what) = dispute.map_or((Arc::from(""), ""), |dispute| (Arc::clone(&dispute.number), dispute.what.as_str()));
    Held {
        code: Code::ChangedAfterPosting,
        tenant_id: Some(tenant_id),
        reason: format!("{number} is in Xero already and {what}, so nobody can tell which charges are on it"),
        fix: format!(
            "compare {number} in Xero with the charges; then delete it there and run again with --repost, or mark what is on it: cspctl sync --catch-up --only KEY"
        ),
    }
}

fn older(charge: &Charge, known: Known, period: BillingPeriod) -> Held {
    Held {
        code: Code::OlderThanPeriod,
        tenant_id: known.tenant.ok(),
        reason: format!("its usage began in {}, before {}, and nothing says that it was billed", charge.month(), period.previous()),
        fix: format!("cspctl sync --period {period} --include-older, or, if it was billed before: cspctl sync --catch-up --period {}", charge.month()),
    }
}

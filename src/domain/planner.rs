//! Makes the plan: which charges, which documents, what is held and why.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::annuity::AnnuityIndex;
use super::assemble::{Assembler, Named, Placed};
use super::book::Book;
use super::charge::Charge;
use super::cycle_line::cycle_contexts;
use super::describe::Template;
use super::digest;
use super::document::{BrokenDocument, Document, State};
use super::history::{BilledCharge, SoldCharge};
use super::money::Money;
use super::numbering::Numbering;
use super::period::BillingPeriod;
use super::plan::{Coverage, Inputs, OtherPeriod, Plan, Totals};
use super::reconcile::{self, Assembled, Compared, Scene};
use super::select::newest_period;
use super::selling::Seller;
use super::sort::{Names, Outcome, Sorted, sort};
use super::tenants::TenantResolver;

/// Makes the plan. Pure: the same inputs give the same plan, whatever the order of the rows.
///
/// # Errors
///
/// Only when a document breaks its own invariants, which is a fault of the program.
pub fn plan(inputs: &Inputs<'_>) -> Result<Plan, BrokenDocument> {
    let charges = &inputs.sources.charges;
    let period = inputs.period.or_else(|| newest_period(charges)).unwrap_or_else(|| BillingPeriod::containing(inputs.today));
    let annuity = AnnuityIndex::new(&inputs.sources.annuity);
    let tenants = TenantResolver::new(inputs.sources, inputs.mapping, &annuity);
    let book = Book::new(inputs.mapping, &inputs.policy.default_price);
    let seller = Seller { policy: inputs.policy, book: &book, annuity: &annuity, books: inputs.sources.books.as_ref() };
    let known = tenants.known();
    let contexts = cycle_contexts(charges, known.iter().map(|known| known.listed), annuity.len(), period);
    let names = Names::new(charges, &known, &book, &annuity);
    let mut sorted = sort(inputs, period, &seller, &known, &contexts, &names);

    let scene = Scene { inputs, period, seller: &seller, known: &known, contexts: &contexts, outcomes: &sorted.outcomes, held: &sorted.held };
    let compared = reconcile::compare(&scene);
    drop((names, contexts, known));
    let mut placed = Placed::none(charges.len());
    let new_documents = assemble(inputs, period, &book, &mut sorted, &mut placed)?;
    let compared = compared.concluded(&Assembled { inputs, period, new_documents: &new_documents });
    Ok(conclude(inputs, period, sorted, new_documents, placed, compared))
}

/// The new documents, in order, with their invariants checked.
fn assemble(
    inputs: &Inputs<'_>,
    period: BillingPeriod,
    book: &Book<'_>,
    sorted: &mut Sorted<'_>,
    placed: &mut Placed,
) -> Result<Vec<Document>, BrokenDocument> {
    let template = Template::parse(&inputs.policy.description).unwrap_or_default();
    let currency = inputs.sources.currency.as_ref().unwrap_or(&inputs.policy.currency);
    let assembler =
        Assembler { period, policy: inputs.policy, book, template: &template, currency: Arc::clone(currency), books: inputs.sources.books.as_ref() };
    let mut numbering = Numbering::new(&inputs.policy.number_prefix, period, inputs.mapping, inputs.history);
    let bill: Vec<Named<'_>> = std::mem::take(&mut sorted.bill);
    let mut documents = assembler.bills(bill, &mut numbering, placed);
    documents.extend(assembler.sales(std::mem::take(&mut sorted.sold), &mut numbering, placed));
    for document in &documents {
        document.check()?;
    }
    Ok(documents)
}

fn conclude(inputs: &Inputs<'_>, period: BillingPeriod, sorted: Sorted<'_>, new_documents: Vec<Document>, placed: Placed, compared: Compared) -> Plan {
    debug_assert!(new_documents.iter().all(|document| document.state == State::Planned), "only new documents are recorded");
    let billed = billed_charges(&inputs.sources.charges, period, &sorted.outcomes, placed);
    let mut documents: Vec<Document> = inputs.history.documents.iter().filter(|document| document.period == period).cloned().collect();
    documents.extend(new_documents);
    documents.sort_by(|one, other| document_order(one).cmp(&document_order(other)));
    let mut held = sorted.held;
    held.sort_by(|one, other| (&one.tenant_name, one.code, one.key).cmp(&(&other.tenant_name, other.code, other.key)));
    let totals = totals(&documents, held.iter().map(|held| held.cost).sum());
    let blockers = inputs
        .sources
        .total_differs
        .iter()
        .map(|total| format!("{} row {} states a total of {}, but its rows add up to {}", total.file, total.row, total.stated, total.computed));
    Plan {
        period,
        period_chosen: inputs.period.is_none(),
        digest: digest::of_plan(&documents, &held),
        source_digest: digest::of_charges(&inputs.sources.charges),
        blockers: blockers.collect(),
        coverage: coverage(inputs, &sorted.outcomes, sorted.calendar_month_cycles, &compared),
        other_periods: other_periods(&inputs.sources.charges, &sorted.outcomes),
        findings: compared.findings,
        documents,
        held,
        totals,
        billed,
    }
}

/// Purchases first, then by contact name and number; `-2` comes before `-10` (`rules.md` 18).
fn document_order(document: &Document) -> (bool, &str, usize, &str) {
    let number = &*document.number;
    (!document.kind.is_purchase(), &document.contact_name, number.len(), number)
}

/// Sums of all documents of the period (`rules.md` 30).
fn totals(documents: &[Document], held_cost: Money) -> Totals {
    let mut totals = Totals { held_cost, ..Totals::default() };
    let mut cost_sold = Money::ZERO;
    for document in documents {
        if document.kind.is_purchase() {
            totals.cost += document.net();
        } else {
            totals.sell += document.net();
            cost_sold += document.workings.iter().map(|working| working.cost).sum();
        }
    }
    totals.margin = totals.sell - cost_sold;
    totals
}

fn coverage(inputs: &Inputs<'_>, outcomes: &[Outcome], calendar_month_cycles: u64, compared: &Compared) -> Coverage {
    let mut coverage = Coverage { calendar_month_cycles, ..Coverage::default() };
    for outcome in outcomes {
        coverage.charges_read += 1;
        *match outcome {
            Outcome::AlreadyBilled => &mut coverage.charges_already_billed,
            Outcome::OtherPeriod(_) => &mut coverage.charges_other_periods,
            Outcome::Ignored => &mut coverage.charges_ignored,
            Outcome::Held => &mut coverage.charges_held,
            Outcome::Sold(_) => &mut coverage.charges_billed,
        } += 1;
    }
    coverage.rows_skipped = inputs.sources.skipped.iter().chain(&inputs.sources.skipped_elsewhere).cloned().collect();
    coverage.tenants_compared = compared.tenants_compared;
    coverage.tenants_not_asked = compared.tenants_not_asked;
    coverage.tenants_unreachable = inputs.sources.seats.iter().flat_map(|seats| &seats.unreachable).map(Into::into).collect();
    coverage
}

fn other_periods(charges: &[Charge], outcomes: &[Outcome]) -> Vec<OtherPeriod> {
    let mut periods: BTreeMap<BillingPeriod, OtherPeriod> = BTreeMap::new();
    for (charge, outcome) in charges.iter().zip(outcomes) {
        if let Outcome::OtherPeriod(period) = outcome {
            let entry = periods.entry(*period).or_insert(OtherPeriod { period: *period, charges: 0, cost: Money::ZERO });
            entry.charges += 1;
            entry.cost += charge.cost;
        }
    }
    periods.into_values().collect()
}

/// What to record once the new documents are finished.
fn billed_charges(charges: &[Charge], period: BillingPeriod, outcomes: &[Outcome], placed: Placed) -> Vec<BilledCharge> {
    let placed = placed.bills.into_iter().zip(placed.sales);
    let recorded = charges.iter().zip(outcomes).zip(placed).filter_map(|((charge, outcome), (bill, sale))| {
        let sale = match (sale, outcome) {
            (Some(number), Outcome::Sold(sold)) => Some(SoldCharge { number, tenant_id: sold.tenant_id, sell: sold.sell, whole_cycle: sold.whole_cycle }),
            _ => None,
        };
        if bill.is_none() && sale.is_none() {
            return None;
        }
        Some(BilledCharge { bill, sale, ..BilledCharge::of(charge, period) })
    });
    recorded.collect()
}

#[cfg(test)]
mod tests;

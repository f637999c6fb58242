//! `--revise`: drafts in Xero that nobody has touched are planned anew, and those that come out
//! differently are replaced under their own numbers (`product.md` 8). `--repost`: documents that somebody
//! took back in Xero are planned anew under further numbers (`rules.md` 27). Pure.

use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use super::books::Books;
use super::document::{Document, InXero, State};
use super::history::{BilledCharge, History};
use super::ids::{TenantId, XeroId};
use super::period::BillingPeriod;
use super::plan::Plan;

/// A document on record that may be planned anew: a draft in Xero that nobody has touched, or one that
/// somebody took back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untouched {
    /// Its id.
    pub id: XeroId,
    /// Its side.
    pub is_purchase: bool,
    /// Its number.
    pub number: Arc<str>,
}

/// Why a draft keeps its content although it was asked to be revised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRevised {
    /// Its number.
    pub number: Arc<str>,
    /// The reason.
    pub why: String,
}

/// The drafts that can be planned anew: the only document of their customer and month. With further
/// documents nobody could tell which charge belongs on which.
#[must_use]
pub fn revisable(history: &History, plan: &Plan, untouched: Vec<Untouched>) -> (Vec<Untouched>, Vec<NotRevised>) {
    let party = |document: &Document| (document.kind.is_purchase(), document.tenant_id);
    let mut counts: HashMap<(bool, Option<TenantId>), usize> = HashMap::default();
    for document in history.documents.iter().filter(|document| document.period == plan.period) {
        *counts.entry(party(document)).or_default() += 1;
    }
    let is_alone = |draft: &Untouched| {
        let found = history.documents.iter().find(|document| document.kind.is_purchase() == draft.is_purchase && document.number == draft.number);
        found.is_some_and(|document| counts.get(&party(document)) == Some(&1))
    };
    let (alone, others): (Vec<_>, Vec<_>) = untouched.into_iter().partition(is_alone);
    let why = || "there are further documents of the same customer and month; take the run back instead: cspctl runs undo".to_owned();
    (alone, others.into_iter().map(|draft| NotRevised { number: draft.number, why: why() }).collect())
}

/// The documents of a period that are on record while Xero has them deleted, voided or not at all.
#[must_use]
pub fn taken_back(history: &History, books: &Books, period: BillingPeriod) -> Vec<Untouched> {
    let live: HashSet<XeroId> = books.documents.iter().filter(|booked| booked.status.is_live()).map(|booked| booked.id).collect();
    let of_period = history.documents.iter().filter(|document| document.period == period);
    let dead = of_period.filter_map(|document| document.xero_id().filter(|id| !live.contains(id)).map(|id| (id, document)));
    dead.map(|(id, document)| Untouched { id, is_purchase: document.kind.is_purchase(), number: Arc::clone(&document.number) }).collect()
}

/// The history as it would be without these documents.
#[must_use]
pub fn without(history: &History, drafts: &[Untouched]) -> History {
    let gone: HashSet<(bool, &str)> = drafts.iter().map(|draft| (draft.is_purchase, &*draft.number)).collect();
    let documents = history.documents.iter().filter(|document| !gone.contains(&(document.kind.is_purchase(), &document.number))).cloned().collect();
    let charges = history.charges.iter().filter_map(|charge| {
        let mut charge: BilledCharge = charge.clone();
        charge.bill = charge.bill.filter(|number| !gone.contains(&(true, number)));
        charge.sale = charge.sale.filter(|sale| !gone.contains(&(false, &sale.number)));
        (charge.caught_up || charge.bill.is_some() || charge.sale.is_some()).then_some(charge)
    });
    let mut without = History::new(charges.collect(), documents);
    without.disputes.clone_from(&history.disputes);
    without.numbers_in_xero = history.numbers_in_xero.iter().filter(|found| !gone.contains(&(found.is_purchase, &found.number))).cloned().collect();
    without
}

/// Those of the drafts that the new plan words differently, and why others stay as they are.
#[must_use]
pub fn changed(history: &History, replanned: &Plan, drafts: Vec<Untouched>) -> (Vec<Untouched>, Vec<NotRevised>) {
    let (mut changed, mut not) = (Vec::new(), Vec::new());
    for draft in drafts {
        let is_it = |document: &&Document| document.kind.is_purchase() == draft.is_purchase && document.number == draft.number;
        let Some(before) = history.documents.iter().find(is_it) else { continue };
        match replanned.new_documents().find(is_it) {
            None => not.push(NotRevised { number: draft.number, why: "none of its charges would be billed now".to_owned() }),
            Some(after) if after.kind != before.kind => {
                let why = format!("it would become a {}, which Xero keeps elsewhere; take the run back instead: cspctl runs undo", after.kind.as_str());
                not.push(NotRevised { number: draft.number, why });
            }
            Some(after) if is_same(before, after) => {}
            Some(_) => changed.push(draft),
        }
    }
    (changed, not)
}

/// Marks the new documents that take the place of a draft.
pub fn mark(plan: &mut Plan, drafts: &[Untouched]) {
    for document in plan.documents.iter_mut().filter(|document| document.state == State::Planned) {
        let draft = drafts.iter().find(|draft| draft.is_purchase == document.kind.is_purchase() && draft.number == document.number);
        if let Some(draft) = draft {
            document.xero = Some(Box::new(InXero { revises: Some(draft.id), ..InXero::default() }));
        }
    }
}

fn is_same(before: &Document, after: &Document) -> bool {
    (before.contact_id, before.date, before.due_date, &before.lines) == (after.contact_id, after.date, after.due_date, &after.lines)
}

#[cfg(test)]
mod tests;

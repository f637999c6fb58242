//! A fresh machine, or a lost ledger: documents that Xero has and no record explains are matched with
//! what would be planned, line by line, so that only what is missing is posted (`rules.md` 27).

mod lines;

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet};

use self::lines::{Match, PlannedLine, PlannedLines};
use super::books::{BookedDocument, Books};
use super::charge::{Charge, ChargeKey};
use super::document::{Document, InXero, Kind, Line, State, Status};
use super::history::{BilledCharge, Dispute, History, NumberInXero};
use super::ids::{TenantId, XeroId};
use super::money::Money;
use super::period::BillingPeriod;
use super::plan::Plan;
use super::working::Working;

/// What adoption looks at.
#[derive(Debug)]
pub struct Found<'a> {
    /// What would be posted if Xero were empty.
    pub plan: &'a Plan,
    /// The charges of the run.
    pub charges: &'a [Charge],
    /// What Xero has.
    pub books: &'a Books,
    /// What the ledger has.
    pub history: &'a History,
    /// Documents that this tool itself took back.
    pub withdrawn: &'a HashSet<XeroId>,
    /// Treat documents that somebody deleted or voided as absent (`--repost`).
    pub repost: bool,
    /// `CSP` in `CSP-2026-11-196e22`.
    pub number_prefix: &'a str,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Adoption {
    /// Documents to record as finished, with their ids in Xero.
    pub documents: Vec<Document>,
    /// Their charges, one entry for every charge on them.
    pub billed: Vec<BilledCharge>,
    /// Charges that stand on documents of the month before: to be marked as billed.
    pub caught_up: Vec<BilledCharge>,
    /// Customers, or the bill, for which nothing more may be posted.
    pub disputes: Vec<Dispute>,
    /// Every number that Xero has.
    pub numbers: Vec<NumberInXero>,
}

impl Adoption {
    /// True when nothing is to be recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty() && self.caught_up.is_empty()
    }

    /// The history as it is once the adoption is recorded.
    #[must_use]
    pub fn applied_to(&self, history: &History) -> History {
        let mut charges = history.charges.clone();
        charges.extend(self.billed.iter().cloned());
        charges.extend(self.caught_up.iter().cloned());
        let mut documents = history.documents.clone();
        documents.extend(self.documents.iter().cloned());
        let mut history = History::new(charges, documents);
        history.numbers_in_xero.clone_from(&self.numbers);
        history.disputes.clone_from(&self.disputes);
        history
    }
}

/// Matches what Xero has with what would be posted. Pure.
#[must_use]
pub fn adopt(found: &Found<'_>) -> Adoption {
    let mut adopter = Adopter::new(found);
    let mut parties: BTreeMap<Option<TenantId>, Vec<&Document>> = BTreeMap::new();
    for document in found.plan.new_documents() {
        parties.entry(document.tenant_id).or_default().push(document);
    }
    for (tenant_id, planned) in parties {
        adopter.party(tenant_id, &planned);
    }
    adopter.finish()
}

struct Adopter<'a> {
    found: &'a Found<'a>,
    charge_of: HashMap<ChargeKey, &'a Charge>,
    billed_of: HashMap<ChargeKey, &'a BilledCharge>,
    recorded_ids: HashSet<XeroId>,
    recorded_numbers: HashSet<(bool, &'a str)>,
    /// What Xero has, by side and number.
    by_number: HashMap<(bool, &'a str), Vec<&'a BookedDocument>>,
    /// The numbers of the adopted documents that each charge is on.
    bills: HashMap<ChargeKey, Arc<str>>,
    sales: HashMap<ChargeKey, Arc<str>>,
    /// Charges that stand on a bill, on a sale of the month before.
    earlier: [HashMap<ChargeKey, Arc<str>>; 2],
    adoption: Adoption,
}

impl<'a> Adopter<'a> {
    fn new(found: &'a Found<'a>) -> Self {
        let documents = &found.history.documents;
        let mut by_number: HashMap<(bool, &str), Vec<&BookedDocument>> = HashMap::new();
        for document in &found.books.documents {
            by_number.entry((document.kind.is_purchase(), &document.number)).or_default().push(document);
        }
        Self {
            by_number,
            found,
            charge_of: found.charges.iter().map(|charge| (charge.key, charge)).collect(),
            billed_of: found.plan.billed.iter().map(|billed| (billed.key, billed)).collect(),
            recorded_ids: documents.iter().filter_map(Document::xero_id).collect(),
            recorded_numbers: documents.iter().map(|document| (document.kind.is_purchase(), &*document.number)).collect(),
            bills: HashMap::new(),
            sales: HashMap::new(),
            earlier: [HashMap::new(), HashMap::new()],
            adoption: Adoption::default(),
        }
    }

    /// Matches the documents of one customer, or of the distributor.
    fn party(&mut self, tenant_id: Option<TenantId>, planned: &[&'a Document]) {
        let mut lines = self.planned_lines(planned);
        let existing = self.existing(planned, self.found.plan.period);
        let mut adopted = Vec::new();
        for document in &existing {
            match lines.match_document(document) {
                Match::All(matched) => adopted.push((*document, matched)),
                // A supplier credit has no number in Xero: without one line of ours it is somebody else's.
                Match::Differs { any: false, .. } if document.number.is_empty() => {}
                Match::Differs { what, .. } => {
                    self.dispute(tenant_id, document, what);
                    return;
                }
            }
        }
        for (document, matched) in adopted {
            self.take(tenant_id, document, &matched);
        }
        self.month_before(tenant_id, planned, &lines);
    }

    fn dispute(&mut self, tenant_id: Option<TenantId>, document: &BookedDocument, what: String) {
        let number = if document.number.is_empty() { format!("the supplier credit of {}", document.date).into() } else { Arc::clone(&document.number) };
        self.adoption.disputes.push(Dispute { tenant_id, number, what });
    }

    fn planned_lines(&self, planned: &[&'a Document]) -> PlannedLines<'a> {
        let mut lines = Vec::new();
        for document in planned {
            let workings = document.workings.iter().map(Some).chain(std::iter::repeat(None));
            for (line, working) in document.lines.iter().zip(workings) {
                let Some(charge) = self.charge_of.get(&line.key) else { continue };
                lines.push(PlannedLine::new(line, working, document.kind, charge));
            }
        }
        PlannedLines::new(lines)
    }

    /// Documents in Xero that are of this party and this month, that nobody recorded, in the order of their numbers.
    fn existing(&self, planned: &[&Document], period: BillingPeriod) -> Vec<&'a BookedDocument> {
        let Some(first) = planned.first() else { return Vec::new() };
        let is_purchase = first.kind.is_purchase();
        let of_contact = |document: &BookedDocument| document.contact_id.is_some() && document.contact_id == first.contact_id;
        let mut existing: Vec<&BookedDocument> = Vec::new();
        for (number, needs_contact) in Series::of(planned, period, self.found).numbers() {
            let with_number = self.by_number.get(&(is_purchase, number.as_str())).into_iter().flatten();
            // Numbers of bills are the distributor's own affair: another supplier may use the same.
            existing.extend(with_number.filter(|document| !(is_purchase || needs_contact) || of_contact(document)));
        }
        if is_purchase {
            // A supplier credit has no number in Xero (`contracts/xero.md` 4.6): its lines must tell.
            let unnumbered = self.by_number.get(&(true, "")).into_iter().flatten();
            existing.extend(unnumbered.filter(|document| document.kind == Kind::SupplierCredit && of_contact(document)));
        }
        existing.retain(|document| !self.is_recorded(document) && !self.is_absent(document));
        existing.sort_by_key(|document| (document.number.len(), &document.number, document.id));
        existing.dedup_by_key(|document| document.id);
        existing
    }

    fn is_recorded(&self, document: &BookedDocument) -> bool {
        self.recorded_ids.contains(&document.id)
            || (!document.number.is_empty()
                && self.recorded_numbers.contains(&(document.kind.is_purchase(), &*document.number))
                && !self.found.withdrawn.contains(&document.id))
    }

    fn is_absent(&self, document: &BookedDocument) -> bool {
        !document.status.is_live() && (self.found.repost || self.found.withdrawn.contains(&document.id))
    }

    /// Records a document of Xero as one of ours.
    fn take(&mut self, tenant_id: Option<TenantId>, booked: &BookedDocument, matched: &[PlannedLine<'a>]) {
        let number = if booked.number.is_empty() { self.free_number() } else { Arc::clone(&booked.number) };
        let sign = |amount: Money| if booked.kind.is_credit() { -amount } else { amount };
        let mut lines = Vec::with_capacity(matched.len());
        let mut workings: Vec<Working> = Vec::new();
        for (found, line) in matched.iter().zip(&booked.lines) {
            let numbers = if booked.kind.is_purchase() { &mut self.bills } else { &mut self.sales };
            numbers.insert(found.line.key, Arc::clone(&number));
            workings.extend(found.working.cloned());
            let unit_amount = if booked.kind.is_credit() == found.of_credit { found.line.unit_amount } else { -found.line.unit_amount };
            lines.push(Line {
                description: (*line.description).into(),
                unit_amount,
                line_amount: sign(found.net),
                account_code: line.account_code.clone().unwrap_or_else(|| Arc::clone(&found.line.account_code)),
                tax_type: found.line.tax_type.clone(),
                ..found.line.clone()
            });
        }
        self.adoption.documents.push(Document {
            kind: booked.kind,
            number,
            period: self.found.plan.period,
            contact_id: booked.contact_id,
            contact_name: Arc::clone(&booked.contact_name),
            tenant_id,
            date: booked.date,
            due_date: booked.due_date.unwrap_or(booked.date),
            currency: Arc::clone(&booked.currency),
            status: Status::Draft,
            sub_total: lines.iter().map(|line| line.line_amount).sum(),
            lines,
            state: State::Exists,
            reference: Some(Arc::clone(&booked.reference)).filter(|reference| !reference.is_empty()),
            workings,
            xero: Some(Box::new(InXero { id: Some(booked.id), ..InXero::default() })),
        });
    }

    /// A number for a supplier credit, by which the ledger knows it.
    fn free_number(&self) -> Arc<str> {
        let planned = self.found.plan.new_documents().find(|document| document.kind.is_purchase());
        let base = planned.map_or_else(|| Arc::from("supplier-credit"), |document| Arc::clone(&document.number));
        let is_taken = |number: &str| {
            let is_adopted = self.adoption.documents.iter().any(|document| document.kind.is_purchase() && &*document.number == number);
            is_adopted || self.recorded_numbers.contains(&(true, number)) || self.by_number.contains_key(&(true, number))
        };
        let further = (2..=FURTHER_AT_MOST).map(|count| format!("{base}-{count}").into());
        std::iter::once(Arc::clone(&base)).chain(further).find(|number: &Arc<str>| !is_taken(number)).unwrap_or(base)
    }

    /// Undated charges of the month before may stand on that month's documents: with the ledger lost
    /// nothing else tells that they were billed (`rules.md` 14 and 27).
    fn month_before(&mut self, tenant_id: Option<TenantId>, planned: &[&'a Document], lines: &PlannedLines<'a>) {
        let before = self.found.plan.period.previous();
        if self.found.history.charges.iter().any(|charge| charge.period == before) {
            return;
        }
        let undated = lines.left(|line| line.charge.month() == before && line.charge.invoice_date.is_none());
        if undated.is_empty() {
            return;
        }
        let mut undated = PlannedLines::new(undated);
        let side = usize::from(tenant_id.is_some());
        for document in self.existing(planned, before) {
            for key in undated.take_keys(document) {
                if let Some(earlier) = self.earlier.get_mut(side) {
                    earlier.insert(key, Arc::clone(&document.number));
                }
            }
        }
    }

    fn finish(mut self) -> Adoption {
        let on_either: HashSet<ChargeKey> = self.bills.keys().chain(self.sales.keys()).copied().collect();
        let mut keys: Vec<ChargeKey> = on_either.iter().copied().collect();
        keys.sort_unstable();
        for key in keys {
            let Some(billed) = self.billed_of.get(&key) else { continue };
            let mut billed = BilledCharge::clone(billed);
            billed.bill = self.bills.get(&key).cloned();
            billed.sale = billed.sale.zip(self.sales.get(&key)).map(|(sale, number)| super::history::SoldCharge { number: Arc::clone(number), ..sale });
            self.adoption.billed.push(billed);
        }
        self.settle_month_before(&on_either);
        let numbers = self.found.books.documents.iter().filter(|document| !document.number.is_empty());
        self.adoption.numbers =
            numbers.map(|document| NumberInXero { is_purchase: document.kind.is_purchase(), number: Arc::clone(&document.number) }).collect();
        self.adoption
    }

    /// A charge that the month before has on both sides is billed. On one side alone nobody can tell:
    /// its customer gets nothing more until a person has looked.
    fn settle_month_before(&mut self, adopted: &HashSet<ChargeKey>) {
        let [bills, sales] = std::mem::take(&mut self.earlier);
        let mut keys: Vec<ChargeKey> = bills.keys().chain(sales.keys()).copied().filter(|key| !adopted.contains(key)).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let Some(billed) = self.billed_of.get(&key) else { continue };
            let needs_sale = billed.sale.is_some();
            match (bills.get(&key), sales.get(&key)) {
                (Some(_), Some(_)) => self.mark(key),
                (Some(_), None) if !needs_sale => self.mark(key),
                (Some(number), None) | (None, Some(number)) => {
                    let tenant_id = billed.sale.as_ref().map(|sale| sale.tenant_id);
                    if self.adoption.disputes.iter().all(|dispute| dispute.tenant_id != tenant_id) {
                        let what = "has a charge that would be billed again, while the other side of it is not in Xero".to_owned();
                        self.adoption.disputes.push(Dispute { tenant_id, number: Arc::clone(number), what });
                    }
                }
                (None, None) => {}
            }
        }
    }

    fn mark(&mut self, key: ChargeKey) {
        if let Some(charge) = self.charge_of.get(&key) {
            self.adoption.caught_up.push(BilledCharge { caught_up: true, ..BilledCharge::of(charge, self.found.plan.period.previous()) });
        }
    }
}

/// The numbers that documents of one party and month may have.
struct Series {
    /// Whoever the contact is.
    exact: Vec<String>,
    /// Only with the party's own contact.
    of_contact: Vec<String>,
}

impl Series {
    fn of(planned: &[&Document], period: BillingPeriod, found: &Found<'_>) -> Self {
        let (now, then) = (format!("-{}", found.plan.period), format!("-{period}"));
        let in_month = |number: &str| if now == then { number.to_owned() } else { number.replacen(&now, &then, 1) };
        let mut exact = Vec::new();
        for document in planned {
            exact.push(in_month(&document.number));
            // `X-2` is a further number of `X` where `X` is on record.
            if let Some((stem, _)) = document.number.rsplit_once('-').filter(|(_, digits)| is_count(digits))
                && found.history.documents.iter().any(|recorded| &*recorded.number == stem)
            {
                exact.push(in_month(stem));
            }
        }
        if now != then {
            // A bill with the distributor's own number names no month.
            exact.retain(|number| number.contains(&then));
        }
        let hex = planned.iter().find_map(|document| document.tenant_id).map(|tenant_id| tenant_id.0.simple().to_string()).unwrap_or_default();
        let of_contact = [6, 12].into_iter().filter_map(|digits| hex.get(..digits)).map(|digits| format!("{}{then}-{digits}", found.number_prefix)).collect();
        Self { exact, of_contact }
    }

    /// Every number, and whether the document must have the party's own contact.
    fn numbers(&self) -> impl Iterator<Item = (String, bool)> {
        let bases = self.exact.iter().map(|base| (base, false)).chain(self.of_contact.iter().map(|base| (base, true)));
        bases.flat_map(|(base, needs_contact)| {
            let further = (2..=FURTHER_AT_MOST).map(move |count| format!("{base}-{count}"));
            std::iter::once(base.clone()).chain(further).map(move |number| (number, needs_contact))
        })
    }
}

/// So many further documents of one customer and month are looked for.
const FURTHER_AT_MOST: u32 = 99;

/// A counter of further documents: 2 to 99.
fn is_count(digits: &str) -> bool {
    matches!(digits.as_bytes(), [b'2'..=b'9'] | [b'1'..=b'9', b'0'..=b'9'])
}

#[cfg(test)]
mod tests;

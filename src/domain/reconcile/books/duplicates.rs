//! The same thing twice in Xero: entered by hand beside what was posted, or posted from elsewhere
//! (`contracts/field-lessons.md` 1, row 5). Numbers of bills are not unique in Xero.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashSet};

use super::{Desk, about, named};
use crate::domain::books::BookedDocument;
use crate::domain::document::Document;
use crate::domain::finding::{Code, Finding, Severity};
use crate::domain::ids::{ContactId, XeroId};
use crate::domain::money::Money;
use crate::domain::reconcile::{About, figures};

/// Side, contact and number.
type Named<'a> = (bool, ContactId, &'a str);

pub(super) fn report(desk: &Desk<'_>, findings: &mut Vec<Finding>) {
    let by_number = of_one_number(desk, findings);
    of_one_total(desk, &by_number, findings);
}

/// Ours: on record and live in Xero, or about to be posted. With what they come to there.
fn ours<'a>(desk: &Desk<'a>) -> impl Iterator<Item = (&'a Document, Option<&'a BookedDocument>)> {
    let recorded = desk.recorded().filter_map(|document| desk.live(document).map(|booked| (document, Some(booked))));
    recorded.chain(desk.assembled.new_documents.iter().map(|document| (document, None)))
}

/// Live documents of one contact with the same number: of the distributor any, of a customer ours.
/// Xero itself keeps sales numbers apart, but not references that carry our numbers.
fn of_one_number(desk: &Desk<'_>, findings: &mut Vec<Finding>) -> HashSet<XeroId> {
    let policy = desk.assembled.inputs.policy;
    let our_numbers: HashMap<Named<'_>, &Document> =
        desk.recorded().filter_map(|document| Some(((document.kind.is_purchase(), document.contact_id?, &*document.number), document))).collect();
    let mut groups: BTreeMap<(bool, ContactId, &str), Vec<&BookedDocument>> = BTreeMap::new();
    for booked in desk.books.documents.iter().filter(|booked| booked.status.is_live() && !booked.number.is_empty()) {
        let Some(contact_id) = booked.contact_id else { continue };
        let is_purchase = booked.kind.is_purchase();
        let named = (is_purchase, contact_id, &*booked.number);
        let is_distributors = is_purchase && policy.distributor_contact_id == Some(contact_id);
        if is_distributors || our_numbers.contains_key(&named) {
            groups.entry(named).or_default().push(booked);
        }
    }
    let mut told = HashSet::default();
    for (named, documents) in groups {
        let is_of_period = |booked: &&BookedDocument| desk.is_of_period(booked) || our_numbers.contains_key(&named);
        let (Some(first), true) = (documents.first(), documents.len() > 1 && documents.iter().any(is_of_period)) else { continue };
        told.extend(documents.iter().map(|booked| booked.id));
        let totals: Vec<String> = documents.iter().map(|booked| booked.net().to_string()).collect();
        let message = format!("{}: {} documents in Xero have the number {} ({}).", first.contact_name, documents.len(), first.number, totals.join(", "));
        let about = About { tenant_id: our_numbers.get(&named).and_then(|document| document.tenant_id), offer: None };
        let figures = figures([("documents", documents.len().to_string()), ("number", first.number.to_string())]);
        findings.push(about.finding(Code::DuplicateInXero, Severity::Warning, message, figures, compare()));
    }
    told
}

fn compare() -> String {
    "compare them in Xero, and delete or void the one that should not be there".to_owned()
}

/// Live documents of nobody's record that come to the same as one of ours.
fn of_one_total(desk: &Desk<'_>, told: &HashSet<XeroId>, findings: &mut Vec<Finding>) {
    let history = desk.assembled.inputs.history;
    let known: HashSet<XeroId> = history.documents.iter().filter_map(Document::xero_id).collect();
    let ours_all = history.documents.iter().chain(desk.assembled.new_documents);
    let our_numbers: HashSet<(bool, &str)> = ours_all.map(|document| (document.kind.is_purchase(), &*document.number)).collect();
    let is_other = |booked: &&BookedDocument| {
        let is_known = known.contains(&booked.id) || told.contains(&booked.id) || our_numbers.contains(&(booked.kind.is_purchase(), &booked.number));
        booked.status.is_live() && !is_known && !booked.net().is_zero() && desk.is_of_period(booked)
    };
    let mut others: HashMap<(bool, ContactId, Money), Vec<&BookedDocument>> = HashMap::default();
    for booked in desk.books.documents.iter().filter(is_other) {
        if let Some(contact_id) = booked.contact_id {
            others.entry((booked.kind.is_purchase(), contact_id, booked.net())).or_default().push(booked);
        }
    }
    let mut seen: BTreeSet<XeroId> = BTreeSet::new();
    for (document, booked) in ours(desk) {
        let Some(contact_id) = document.contact_id else { continue };
        let net = booked.map_or_else(|| document.net(), BookedDocument::net);
        for other in others.get(&(document.kind.is_purchase(), contact_id, net)).into_iter().flatten() {
            if seen.insert(other.id) {
                findings.push(same_total(document, booked.is_none(), other));
            }
        }
    }
}

fn same_total(document: &Document, is_planned: bool, other: &BookedDocument) -> Finding {
    let number = if other.number.is_empty() { "a document without number" } else { &*other.number };
    let (what, fix) = if is_planned {
        (
            "would be posted, while Xero has",
            format!("compare {number} in Xero before posting: if it is the same, delete it there or mark its charges: cspctl sync --catch-up --only KEY"),
        )
    } else {
        ("is in Xero beside", compare())
    };
    let message = format!("{} {what} {number} ({}) of the same total, {}.", named(document), other.status.as_str(), other.net());
    let figures = figures([("total", other.net().to_string()), ("number", document.number.to_string()), ("other", other.number.to_string())]);
    about(document, None).finding(Code::DuplicateInXero, Severity::Warning, message, figures, fix)
}

impl Desk<'_> {
    fn is_of_period(&self, booked: &BookedDocument) -> bool {
        let period = self.assembled.period;
        (period.first_day()..=period.last_day()).contains(&booked.date)
    }
}

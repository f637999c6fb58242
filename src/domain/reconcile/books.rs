//! What became of our documents in Xero: taken back, edited, doubled (`contracts/field-lessons.md` 1,
//! rows 1, 2 and 5; `rules.md` 26 and 27). Without an organisation nothing is said.

mod cents;
mod changed;
mod duplicates;
mod lines;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;

use foldhash::{HashMap, HashSet};

use super::{About, Assembled, figures};
use crate::domain::books::{BookedDocument, BookedStatus, Books};
use crate::domain::charge::ChargeKey;
use crate::domain::document::Document;
use crate::domain::finding::{Code, Finding, Severity};
use crate::domain::history::BilledCharge;
use crate::domain::ids::{TenantId, XeroId};
use crate::domain::offer::OfferId;
use crate::domain::words::count_of;

pub(super) fn report(assembled: &Assembled<'_>, findings: &mut Vec<Finding>) {
    let Some(books) = &assembled.inputs.sources.books else { return };
    let desk = Desk::new(assembled, books);
    for document in desk.recorded() {
        match document.xero_id().map(|id| desk.booked(id)) {
            None => {}
            Some(Some(booked)) if booked.status.is_live() => changed::report(&desk, document, booked, findings),
            Some(booked) => findings.push(gone(&desk, document, booked.map(|booked| &booked.status))),
        }
    }
    disputed_bill(&desk, findings);
    duplicates::report(&desk, findings);
    cents::report(&desk, findings);
}

/// Our documents beside Xero's.
struct Desk<'a> {
    assembled: &'a Assembled<'a>,
    books: &'a Books,
    booked_of: HashMap<XeroId, &'a BookedDocument>,
    ignored: HashSet<TenantId>,
    billed_of: OnceCell<HashMap<ChargeKey, &'a BilledCharge>>,
}

impl<'a> Desk<'a> {
    fn new(assembled: &'a Assembled<'a>, books: &'a Books) -> Self {
        let ignored = assembled.inputs.mapping.customers.iter().filter(|customer| customer.ignore).map(|customer| customer.tenant_id);
        Self {
            assembled,
            books,
            booked_of: books.documents.iter().map(|booked| (booked.id, booked)).collect(),
            ignored: ignored.collect(),
            billed_of: OnceCell::new(),
        }
    }

    /// The documents of the period that are on record, but for customers whose differences nobody wants to hear of.
    fn recorded(&self) -> impl Iterator<Item = &'a Document> {
        let documents = self.assembled.inputs.history.documents.iter();
        documents.filter(|document| document.period == self.assembled.period && !self.is_ignored(document))
    }

    fn is_ignored(&self, document: &Document) -> bool {
        document.tenant_id.is_some_and(|tenant_id| self.ignored.contains(&tenant_id))
    }

    fn booked(&self, id: XeroId) -> Option<&'a BookedDocument> {
        self.booked_of.get(&id).copied()
    }

    /// The document in Xero, as long as it counts.
    fn live(&self, document: &Document) -> Option<&'a BookedDocument> {
        self.booked(document.xero_id()?).filter(|booked| booked.status.is_live())
    }

    /// The charge behind a line on record. Looked for only where something differs.
    fn billed(&self, key: ChargeKey) -> Option<&'a BilledCharge> {
        let history = self.assembled.inputs.history;
        let index = self.billed_of.get_or_init(|| history.charges.iter().map(|charge| (charge.key, charge)).collect());
        index.get(&key).copied()
    }

    fn offer(&self, key: ChargeKey) -> Option<OfferId> {
        self.billed(key).map(|charge| charge.stock_code.offer().clone()).filter(|offer| !offer.as_str().is_empty())
    }
}

fn about(document: &Document, offer: Option<OfferId>) -> About {
    About { tenant_id: document.tenant_id, offer }
}

/// The document with its customer, for the beginning of a sentence; the distributor is known anyway.
fn named(document: &Document) -> String {
    if document.kind.is_purchase() { document.number.to_string() } else { format!("{}: {}", document.contact_name, document.number) }
}

/// A document that somebody took back, or that is not in Xero at all.
fn gone(desk: &Desk<'_>, document: &Document, status: Option<&BookedStatus>) -> Finding {
    let happened = match status {
        Some(BookedStatus::Voided) => "was voided in Xero",
        Some(_) => "was deleted in Xero",
        None => "is no longer in Xero",
    };
    let lines = count_of(document.lines.len(), "charge");
    let (code, lost) = if document.kind.is_purchase() { (Code::ChangedAfterPosting, "on no bill") } else { (Code::NotInvoiced, "not invoiced") };
    let verb = if document.lines.len() == 1 { "is" } else { "are" };
    let message = format!("{} of {} {happened} after it was posted: {lines} {verb} {lost}.", named(document), document.net());
    let figures = figures([("total", document.net().to_string()), ("lines", document.lines.len().to_string())]);
    let fix = format!("cspctl sync --period {} --repost, or leave it", desk.assembled.period);
    about(document, None).finding(code, Severity::Action, message, figures, fix)
}

/// The bill that cannot be explained by the charges; customers' are told with their held charges.
fn disputed_bill(desk: &Desk<'_>, findings: &mut Vec<Finding>) {
    for dispute in desk.assembled.inputs.history.disputes.iter().filter(|dispute| dispute.tenant_id.is_none()) {
        let (number, period) = (&dispute.number, desk.assembled.period);
        let message = format!("{number} is in Xero already and {}: nothing more goes on a bill for {period} until that is settled.", dispute.what);
        let fix = format!("compare {number} in Xero with the charges; then delete it there, and: cspctl sync --period {period} --repost");
        findings.push(About { tenant_id: None, offer: None }.finding(Code::ChangedAfterPosting, Severity::Action, message, figures([]), fix));
    }
}

//! Looking for documents in Xero before anything is sent, and after an outcome that is not known.

use std::sync::Arc;

use super::batches::revises;
use super::{PostError, Poster, Settled, SettledDocument};
use crate::domain::books::BookedDocument;
use crate::domain::document::{Document, Kind};
use crate::domain::ids::XeroId;
use crate::ledger::PendingDocument;
use crate::xero::filter::DocumentFilter;

impl Poster<'_> {
    /// Looks for the documents and records those that Xero has. Gives back the others.
    pub(super) async fn look_up(&mut self, pending: Vec<PendingDocument>, settled: &mut Settled) -> Result<Vec<PendingDocument>, PostError> {
        if pending.is_empty() {
            return Ok(pending);
        }
        let found = self.candidates(&pending).await?;
        let withdrawn = self.ledger.withdrawn_ids()?;
        let (mut outcomes, mut absent) = (Vec::new(), Vec::new());
        for document in pending {
            let numbered_by_xero = self.dress(document.document.kind).numbered_by_xero;
            let candidates = found.iter().filter(|booked| !withdrawn.contains(&booked.id));
            match candidates.filter(|booked| is_it(booked, &document, numbered_by_xero)).min_by_key(|booked| (!booked.status.is_live(), booked.id)) {
                Some(booked) => {
                    if !is_same_content(booked, &document.document) {
                        let what = format!(
                            "it is in Xero with other lines ({} instead of {}), so it was not posted again: look at it",
                            booked.sub_total, document.document.sub_total
                        );
                        settled.warnings.push((Arc::clone(&document.document.number), what));
                    }
                    outcomes.push(self.posted(&document, booked.id, &booked.updated));
                    settled.posted.push(self.found(&document, booked.id));
                }
                None => absent.push(document),
            }
        }
        self.record(&outcomes)?;
        Ok(absent)
    }

    fn found(&self, pending: &PendingDocument, id: XeroId) -> SettledDocument {
        SettledDocument { id: Some(id), url: self.url(&pending.document, id), ..super::about(pending, None) }
    }

    /// Everything in Xero that may be one of these documents.
    async fn candidates(&self, pending: &[PendingDocument]) -> Result<Vec<BookedDocument>, PostError> {
        let mut found = Vec::new();
        let mut ids = Vec::new();
        let mut numbers = Vec::new();
        let mut credit_dates = Vec::new();
        for document in pending {
            if let Some(id) = revises(document) {
                ids.push(id);
                continue;
            }
            let document = &document.document;
            match document.kind {
                Kind::Bill => {
                    let Some(contact) = document.contact_id else { continue };
                    found.extend(self.client.invoices(&DocumentFilter::BillNumber { contact, number: document.number.to_string() }).await?);
                }
                Kind::Invoice if self.sales_dress.numbered_by_xero => {
                    found.extend(self.client.invoices(&DocumentFilter::Reference(document.number.to_string())).await?);
                }
                Kind::Invoice => numbers.push(document.number.to_string()),
                Kind::CreditNote | Kind::SupplierCredit => credit_dates.push(document.date),
            }
        }
        if !ids.is_empty() {
            found.extend(self.client.invoices(&DocumentFilter::Ids(ids.clone())).await?);
            found.extend(self.client.credit_notes(&DocumentFilter::Ids(ids)).await?);
        }
        if !numbers.is_empty() {
            found.extend(self.client.invoices(&DocumentFilter::Numbers(numbers)).await?);
        }
        if let (Some(from), Some(to)) = (credit_dates.iter().min(), credit_dates.iter().max()) {
            found.extend(self.client.credit_notes(&DocumentFilter::Dates { from: *from, to: *to }).await?);
        }
        Ok(found)
    }
}

/// True when the document in Xero is the one that was to be posted.
pub(super) fn is_it(booked: &BookedDocument, pending: &PendingDocument, numbered_by_xero: bool) -> bool {
    let document = &pending.document;
    if let Some(id) = revises(pending) {
        // A revision is there once Xero's document says what it says.
        return booked.id == id && is_same_content(booked, document);
    }
    if booked.kind != document.kind || booked.contact_id != document.contact_id {
        return false;
    }
    match document.kind {
        Kind::SupplierCredit => booked.date == document.date && is_same_content(booked, document),
        Kind::Invoice | Kind::CreditNote if numbered_by_xero => booked.reference == document.number,
        Kind::Bill | Kind::Invoice | Kind::CreditNote => booked.number == document.number,
    }
}

/// True when both have the same lines: amounts and quantities, in any order.
pub(super) fn is_same_content(booked: &BookedDocument, document: &Document) -> bool {
    let mut theirs: Vec<_> = booked.lines.iter().map(|line| (line.line_amount, line.quantity.normalize(), text_of(&line.description))).collect();
    let mut ours: Vec<_> = document.lines.iter().map(|line| (line.line_amount, line.quantity.normalize(), text_of(&line.description))).collect();
    theirs.sort();
    ours.sort();
    theirs == ours && booked.sub_total == document.sub_total
}

/// Xero trims texts.
fn text_of(text: &str) -> Arc<str> {
    text.split_whitespace().collect::<Vec<_>>().join(" ").into()
}

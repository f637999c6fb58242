//! Reads what the plan needs to know of the organisation's books.

use std::sync::Arc;

use jiff::civil::Date;

use crate::domain::books::{BookedDocument, Books};
use crate::domain::document::Kind;
use crate::domain::ids::XeroId;
use crate::xero::client::XeroClient;
use crate::xero::filter::DocumentFilter;
use crate::xero::organisation::Organisation;
use crate::xero::outcome::CallError;

/// What is read of the organisation's books.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Documents dated from here to [`Wanted::to`], both included.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Documents that are on record with an id; those dated elsewhere are read one by one.
    pub recorded: &'a [(Kind, XeroId)],
    /// True when a price rule needs items.
    pub items: bool,
    /// True when `Reference` carries our number.
    pub numbered_by_xero: bool,
}

/// Reads what the organisation has around the period: six calls, a few more for long lists.
///
/// # Errors
///
/// [`CallError`] of the first call that fails.
pub async fn read(client: &XeroClient, organisation: &Organisation, wanted: &Wanted<'_>) -> Result<Books, CallError> {
    let dates = DocumentFilter::Dates { from: wanted.from, to: wanted.to };
    let (contacts, mut documents, credits, accounts, tax_rates) =
        tokio::try_join!(client.contacts(), client.invoices(&dates), client.credit_notes(&dates), client.accounts(), client.tax_rates())?;
    documents.extend(credits);
    documents.extend(moved(client, wanted, &documents).await?);
    if wanted.numbered_by_xero {
        for document in documents.iter_mut().filter(|document| !document.kind.is_purchase() && !document.reference.is_empty()) {
            // Ours is the number that the plan and the ledger know.
            document.number = Arc::clone(&document.reference);
        }
    }
    let items = if wanted.items { client.items().await? } else { Vec::new() };
    Ok(Books { documents, contacts, items, tax_rates, accounts, sales_terms: organisation.sales_terms, bill_terms: organisation.bill_terms })
}

/// Documents on record whose date somebody changed.
async fn moved(client: &XeroClient, wanted: &Wanted<'_>, found: &[BookedDocument]) -> Result<Vec<BookedDocument>, CallError> {
    let known: foldhash::HashSet<XeroId> = found.iter().map(|document| document.id).collect();
    let (mut invoices, mut credits) = (Vec::new(), Vec::new());
    for (kind, id) in wanted.recorded.iter().filter(|(_, id)| !known.contains(id)) {
        match kind {
            Kind::Bill | Kind::Invoice => invoices.push(*id),
            Kind::SupplierCredit | Kind::CreditNote => credits.push(*id),
        }
    }
    let mut moved = Vec::new();
    if !invoices.is_empty() {
        moved.extend(client.invoices(&DocumentFilter::Ids(invoices)).await?);
    }
    if !credits.is_empty() {
        moved.extend(client.credit_notes(&DocumentFilter::Ids(credits)).await?);
    }
    Ok(moved)
}

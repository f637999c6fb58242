//! What tests and people do besides calling the API: look into the books, work in Xero's own pages, skip the sign-in.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::options::SCOPES;
use super::seed;
use super::state::{Contact, HistoryRecord, Organisation, StoredDocument};
use super::{Xero, notes, token, totals};

/// Tokens as an app holds them.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Access token.
    pub access: String,
    /// Refresh token.
    pub refresh: String,
}

impl Xero {
    /// Tokens of an app with all scopes, as if somebody had signed in.
    pub fn sign_in(&self, client_id: &str) -> Tokens {
        let scopes: Vec<String> = SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
        self.sign_in_with(client_id, &scopes)
    }

    /// Tokens of an app with these scopes.
    pub fn sign_in_with(&self, client_id: &str, scopes: &[String]) -> Tokens {
        let (access, refresh) = token::issue(&mut self.state(), client_id, scopes);
        Tokens { access, refresh: refresh.unwrap_or_default() }
    }

    /// The id of the first organisation.
    pub fn organisation_id(&self) -> String {
        self.state().organisations.first().map(|organisation| organisation.id.clone()).unwrap_or_default()
    }

    /// Reads or changes an organisation by its position, in whatever way a test needs.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn organisation<T>(&self, position: usize, act: impl FnOnce(&mut Organisation) -> T) -> T {
        let mut state = self.state();
        let Some(organisation) = state.organisations.get_mut(position) else { unreachable!("no organisation {position}") };
        act(organisation)
    }

    /// All documents of all organisations, of any status, in the order of their creation.
    pub fn documents(&self) -> Vec<StoredDocument> {
        self.state().organisations.iter().flat_map(|organisation| organisation.documents.clone()).collect()
    }

    /// Documents that are neither deleted nor voided.
    pub fn live_documents(&self) -> Vec<StoredDocument> {
        self.documents().into_iter().filter(StoredDocument::is_live).collect()
    }

    /// Contacts of the first organisation.
    pub fn contacts(&self) -> Vec<Contact> {
        self.organisation(0, |organisation| organisation.contacts.clone())
    }

    /// The id of a contact of the first organisation, by its name.
    pub fn contact_id(&self, name: &str) -> Option<String> {
        self.contacts().into_iter().find(|contact| contact.name == name).map(|contact| contact.id)
    }

    /// Adds a contact to the first organisation, and gives its id.
    pub fn add_contact(&self, name: &str) -> String {
        let now = self.state().now();
        self.organisation(0, |organisation| {
            let contact = seed::new_contact(&organisation.id, name, now);
            let id = contact.id.clone();
            organisation.contacts.push(contact);
            id
        })
    }

    /// Archives a contact of the first organisation.
    pub fn archive_contact(&self, id: &str) {
        self.organisation(0, |organisation| {
            organisation.contacts.iter_mut().filter(|contact| contact.id == id).for_each(|contact| "ARCHIVED".clone_into(&mut contact.status));
        });
    }

    /// Archives an account of the first organisation.
    pub fn archive_account(&self, code: &str) {
        self.organisation(0, |organisation| {
            organisation.accounts.iter_mut().filter(|account| account.code == code).for_each(|account| "ARCHIVED".clone_into(&mut account.status));
        });
    }

    /// Locks the books of the first organisation up to and including a day.
    pub fn lock_period(&self, until: Option<Date>) {
        self.organisation(0, |organisation| organisation.period_lock = until);
    }

    /// Locks the financial year of the first organisation.
    pub fn lock_year(&self, until: Option<Date>) {
        self.organisation(0, |organisation| organisation.year_lock = until);
    }

    /// A person changes a document in Xero's own pages: by number, or by id where there is none. False when there is none.
    pub fn edit(&self, number_or_id: &str, change: impl Fn(&mut StoredDocument)) -> bool {
        let now = self.state().now();
        self.organisation(0, |organisation| {
            let wanted = |document: &&StoredDocument| document.number == number_or_id || document.id == number_or_id;
            let position = organisation.documents.iter().rposition(|document| wanted(&document));
            let Some((position, mut document)) = position.and_then(|position| Some((position, organisation.documents.get(position)?.clone()))) else {
                return false;
            };
            change(&mut document);
            for line in &mut document.lines {
                let percent = totals::percent(organisation, line.tax_type.as_deref());
                line.line_amount = super::wire::round(line.quantity * line.unit_amount, 2);
                line.tax_amount = totals::tax(line.line_amount, percent, &document.line_amount_types);
            }
            totals::add_up(&mut document);
            document.updated = now;
            document.history.push(HistoryRecord { changes: "Edited".to_owned(), details: String::new(), user: notes::PERSON.to_owned(), at: now });
            organisation.replace(position, document);
            true
        })
    }

    /// A person deletes a draft.
    pub fn delete(&self, number_or_id: &str) -> bool {
        self.edit(number_or_id, |document| "DELETED".clone_into(&mut document.status))
    }

    /// A person voids an approved document.
    pub fn void(&self, number_or_id: &str) -> bool {
        self.edit(number_or_id, |document| "VOIDED".clone_into(&mut document.status))
    }

    /// A person approves a document.
    pub fn authorise(&self, number_or_id: &str) -> bool {
        self.edit(number_or_id, |document| "AUTHORISED".clone_into(&mut document.status))
    }

    /// A person records a payment; the whole of it makes the document PAID.
    pub fn pay(&self, number_or_id: &str, amount: Decimal) -> bool {
        self.edit(number_or_id, |document| {
            document.paid += amount;
            if document.paid >= document.total { "PAID" } else { "AUTHORISED" }.clone_into(&mut document.status);
        })
    }

    /// So many calls were made today by others: they count for the limit of the day.
    pub fn spend_day(&self, calls: u32) {
        let now = self.state().now();
        self.organisation(0, |organisation| organisation.day.spend(now, calls));
    }

    /// The most requests that were under way at a time in the first organisation.
    pub fn in_flight_at_most(&self) -> u32 {
        self.organisation(0, |organisation| organisation.in_flight_at_most)
    }

    /// Ends all access tokens now.
    pub fn expire_access(&self) {
        let now = self.state().now();
        self.state().identity.access.values_mut().for_each(|access| access.ends = now);
    }

    /// Ends every sign-in: refresh tokens are refused from now on.
    pub fn forget_sign_ins(&self) {
        let mut state = self.state();
        state.identity.refresh.clear();
        state.identity.access.clear();
    }
}

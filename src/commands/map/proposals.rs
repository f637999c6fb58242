//! Which contact each customer probably means, from any list of contacts. Only what is certain is
//! exact; the rest is for a person. Pure.

use std::collections::HashMap;

use serde::Serialize;

use super::show::quoted;
use crate::domain::ids::{ContactId, TenantId};
use crate::domain::matching::{Matcher, Suggestion, suggest_all};
use crate::xero::contacts_file::XeroContact;

/// Candidates shown for one customer.
const CANDIDATES: usize = 3;

/// A customer whose charges would be held for want of a contact.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) tenant_id: TenantId,
    pub(super) name: String,
    /// The contact's name that its entry has already, without the id that is needed.
    pub(super) contact_name: Option<String>,
}

/// Contacts to choose from.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    /// Those that documents may name.
    pub(super) usable: Vec<XeroContact>,
    /// Those that Xero would refuse.
    pub(super) archived: Vec<XeroContact>,
}

/// One candidate of one customer, as `--json` shows it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Proposal {
    pub(super) tenant_id: TenantId,
    pub(super) name: String,
    pub(super) xero_contact_id: Option<ContactId>,
    pub(super) xero_contact_name: Option<String>,
    pub(super) score: Option<u8>,
    pub(super) exact: bool,
    /// Archived in Xero: no document can name it.
    #[serde(skip)]
    pub(super) is_archived: bool,
    pub(super) reason: String,
    /// True when this run set it.
    pub(super) applied: bool,
    /// What to type to set it.
    pub(super) command: String,
}

impl Proposal {
    /// The customer under its own name.
    pub(super) fn by_name(customer: &Open) -> Self {
        Self {
            tenant_id: customer.tenant_id,
            name: customer.name.clone(),
            xero_contact_id: None,
            xero_contact_name: Some(customer.name.clone()),
            score: None,
            exact: true,
            is_archived: false,
            reason: "its own name".to_owned(),
            applied: false,
            command: command(customer.tenant_id, &customer.name),
        }
    }

    fn none(customer: &Open) -> Self {
        Self {
            xero_contact_name: None,
            exact: false,
            reason: "no contact has a name like it".to_owned(),
            command: format!("cspctl map customers set {} CONTACT", customer.tenant_id),
            ..Self::by_name(customer)
        }
    }

    fn archived(customer: &Open, contact: &XeroContact) -> Self {
        Self {
            xero_contact_id: contact.id,
            xero_contact_name: Some(contact.name.to_string()),
            score: Some(100),
            exact: false,
            is_archived: true,
            reason: "archived in Xero: restore it there first".to_owned(),
            command: command(customer.tenant_id, &contact.name),
            ..Self::by_name(customer)
        }
    }
}

fn command(tenant_id: TenantId, contact: &str) -> String {
    format!("cspctl map customers set {tenant_id} {}", quoted(contact))
}

/// The candidates of every customer, or one proposal without a contact that says so.
pub(super) fn propose(open: &[Open], contacts: &Contacts) -> Vec<Proposal> {
    let matcher = Matcher::new(contacts.usable.iter().map(|contact| &*contact.name));
    let archived = Matcher::new(contacts.archived.iter().map(|contact| &*contact.name));
    let numbered = by_account_number(&contacts.usable);
    // A customer that an account number settles claims no name.
    let names: Vec<&str> = open.iter().map(|customer| if numbered.contains_key(&customer.tenant_id) { "" } else { customer.searched(&matcher) }).collect();
    let mut proposals = Vec::new();
    for ((customer, by_name), name) in open.iter().zip(suggest_all(&names, &matcher, CANDIDATES)).zip(&names) {
        let suggestions = match numbered.get(&customer.tenant_id) {
            Some(found) => of_account_number(found),
            None => by_name.into_iter().map(|suggestion| unless_of_another(suggestion, customer.tenant_id, &contacts.usable)).collect(),
        };
        let before = proposals.len();
        if !suggestions.iter().any(|suggestion| suggestion.score == 100) {
            let gone = archived.suggest(name, 1).into_iter().find(|suggestion| suggestion.score == 100);
            let gone = gone.and_then(|suggestion| contacts.archived.get(suggestion.candidate));
            proposals.extend(gone.map(|contact| Proposal::archived(customer, contact)));
        }
        for suggestion in suggestions {
            let Some(contact) = contacts.usable.get(suggestion.candidate) else { continue };
            // The id where the name alone would not find the contact.
            let by_id = contact.id.filter(|_| !matcher.suggest(&contact.name, 1).iter().any(|found| found.exact && found.candidate == suggestion.candidate));
            proposals.push(Proposal {
                xero_contact_id: contact.id,
                xero_contact_name: Some(contact.name.to_string()),
                score: Some(suggestion.score),
                exact: suggestion.exact,
                reason: suggestion.reason,
                command: command(customer.tenant_id, &by_id.map_or_else(|| contact.name.to_string(), |id| id.to_string())),
                ..Proposal::by_name(customer)
            });
        }
        if proposals.len() == before {
            proposals.push(Proposal::none(customer));
        }
    }
    proposals
}

impl Open {
    /// The name to look for: the contact's own where the entry has one that leads to a contact.
    fn searched(&self, matcher: &Matcher) -> &str {
        let leads = |name: &&String| matcher.suggest(name, 1).iter().any(|suggestion| suggestion.exact);
        self.contact_name.as_ref().filter(leads).unwrap_or(&self.name)
    }
}

/// Contacts in whose account number people keep a tenant id (contracts/xero.md 3.5).
fn by_account_number(contacts: &[XeroContact]) -> HashMap<TenantId, Vec<usize>> {
    let mut numbered: HashMap<TenantId, Vec<usize>> = HashMap::new();
    for (position, contact) in contacts.iter().enumerate() {
        if let Some(tenant_id) = tenant_of(contact) {
            numbered.entry(tenant_id).or_default().push(position);
        }
    }
    numbered
}

fn tenant_of(contact: &XeroContact) -> Option<TenantId> {
    contact.account_number.as_deref().and_then(|number| number.trim().parse().ok())
}

fn of_account_number(found: &[usize]) -> Vec<Suggestion> {
    let reason = match found.len() {
        1 => "its account number is the tenant id".to_owned(),
        count => format!("one of {count} contacts whose account number is the tenant id"),
    };
    found.iter().map(|&candidate| Suggestion { candidate, score: 100, reason: reason.clone(), exact: found.len() == 1 }).collect()
}

/// A contact that its account number gives to another tenant is nobody's by name alone.
fn unless_of_another(suggestion: Suggestion, tenant_id: TenantId, contacts: &[XeroContact]) -> Suggestion {
    match contacts.get(suggestion.candidate).and_then(tenant_of) {
        Some(other) if other != tenant_id => {
            Suggestion { exact: false, reason: format!("its account number is the id of another tenant, {other}"), ..suggestion }
        }
        _ => suggestion,
    }
}

#[cfg(test)]
mod tests;

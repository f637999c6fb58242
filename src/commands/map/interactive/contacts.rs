//! The contacts to choose from: of a connected Xero, of an exported file, or only customers' own names.

use std::collections::HashMap;
use std::path::Path;

use super::super::auto::read_contacts;
use super::super::live::Live;
use super::super::proposals::{Contacts, Open, Proposal, propose};
use super::words::tell;
use crate::app::App;
use crate::domain::ids::{ContactId, TenantId};
use crate::exit::Failure;
use crate::ui::prompt::{Prompt, Text};
use crate::xero::contacts_file::XeroContact;

/// Contacts, and which of them each customer probably means.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// Those that documents may name, by name.
    pub(super) contacts: Vec<XeroContact>,
    proposals: HashMap<TenantId, Vec<Proposal>>,
    /// Names that no contact has may be used: import files make contacts.
    pub(super) takes_any_name: bool,
}

/// What tells one contact from another: the id, or the name where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ContactKey {
    Id(ContactId),
    Name(String),
}

impl ContactKey {
    pub(super) fn of(id: Option<ContactId>, name: Option<&str>) -> Option<Self> {
        id.map(Self::Id).or_else(|| name.map(|name| Self::Name(name.to_owned())))
    }
}

impl Directory {
    /// The contacts of Xero, else of the file, else of a file that is asked for.
    pub(super) fn open(app: &App, prompt: &dyn Prompt, live: Option<&Live>, file: Option<&Path>, open: &[Open]) -> Result<Self, Failure> {
        let contacts = match (file, live) {
            (Some(file), _) => read_contacts(file)?,
            (None, Some(live)) => live.contacts.choices(),
            (None, None) => asked_for(app, prompt)?,
        };
        let takes_any_name = live.is_none();
        if contacts.usable.is_empty() && takes_any_name {
            let named = open.iter().filter(|customer| !customer.name.is_empty());
            let proposals = named.map(|customer| (customer.tenant_id, vec![Proposal::by_name(customer)])).collect();
            return Ok(Self { contacts: Vec::new(), proposals, takes_any_name });
        }
        Ok(Self::new(contacts, open, takes_any_name))
    }

    fn new(contacts: Contacts, open: &[Open], takes_any_name: bool) -> Self {
        let mut proposals: HashMap<TenantId, Vec<Proposal>> = HashMap::new();
        for proposal in propose(open, &contacts) {
            proposals.entry(proposal.tenant_id).or_default().push(proposal);
        }
        let mut contacts = contacts.usable;
        contacts.sort_by_cached_key(|contact| contact.name.to_lowercase());
        Self { contacts, proposals, takes_any_name }
    }

    /// What to propose for a customer, best first; archived contacts are not among them.
    pub(super) fn proposals(&self, tenant_id: TenantId) -> impl Iterator<Item = &Proposal> {
        self.all(tenant_id).filter(|proposal| !proposal.is_archived && proposal.xero_contact_name.is_some())
    }

    /// A contact that would be the one, if it were not archived.
    pub(super) fn archived(&self, tenant_id: TenantId) -> Option<&Proposal> {
        self.all(tenant_id).find(|proposal| proposal.is_archived)
    }

    fn all(&self, tenant_id: TenantId) -> impl Iterator<Item = &Proposal> {
        self.proposals.get(&tenant_id).into_iter().flatten()
    }
}

fn asked_for(app: &App, prompt: &dyn Prompt) -> Result<Contacts, Failure> {
    tell(app, "In Xero: Contacts > All contacts > Export makes a CSV file. Without one, Enter alone takes customers' own names.");
    let check = |file: &str| {
        let file = file.trim();
        if file.is_empty() { Ok(()) } else { read_contacts(Path::new(file)).map(drop).map_err(|failure| format!("{:#}", failure.source)) }
    };
    let file = prompt.text(&Text { question: "File of contacts", default: "", may_be_empty: true, check: &check })?;
    let file = file.trim();
    if file.is_empty() { Ok(Contacts::default()) } else { read_contacts(Path::new(file)) }
}

//! What `map` asks of a connected Xero: its contacts and its items, each read once, and which of them
//! a person means. Nothing here is used while documents go to import files.

use std::sync::Arc;

use serde::Serialize;

use super::proposals::Contacts;
use super::show::quoted;
use crate::app::App;
use crate::commands::organisation;
use crate::config::load::Loaded;
use crate::domain::books::{BookedContact, BookedItem};
use crate::domain::ids::{ContactId, TenantId};
use crate::domain::matching::Matcher;
use crate::domain::money::show_price;
use crate::domain::offer::OfferId;
use crate::exit::{Failure, Kind};
use crate::xero::contacts_file::XeroContact;

/// Candidates shown for a name or a code that nothing has.
const CANDIDATES: usize = 5;
/// Codes and names of items less alike than this have nothing to do with what was typed.
const ITEM_LIKENESS_AT_LEAST: f64 = 0.7;

/// The contacts of the connected organisation.
pub(super) struct LiveContacts {
    /// The organisation, as people know it.
    organisation: String,
    contacts: Vec<BookedContact>,
}

/// Contacts and items of one organisation.
pub(super) struct Live {
    pub(super) contacts: LiveContacts,
    pub(super) items: Vec<BookedItem>,
}

/// Reads both.
pub(super) fn read(app: &App, loaded: &Loaded) -> Result<Live, Failure> {
    app.block_on(async {
        let connected = organisation::connect(app, loaded).await?;
        let contacts = LiveContacts { organisation: connected.organisation.shown(), contacts: connected.client.contacts().await? };
        Ok(Live { contacts, items: connected.client.items().await? })
    })
}

/// Reads the contacts, archived ones included.
pub(super) fn contacts(app: &App, loaded: &Loaded) -> Result<LiveContacts, Failure> {
    app.block_on(async {
        let connected = organisation::connect(app, loaded).await?;
        Ok(LiveContacts { organisation: connected.organisation.shown(), contacts: connected.client.contacts().await? })
    })
}

/// Reads the items, and the organisation's name for people.
pub(super) fn items(app: &App, loaded: &Loaded) -> Result<(String, Vec<BookedItem>), Failure> {
    app.block_on(async {
        let connected = organisation::connect(app, loaded).await?;
        Ok((connected.organisation.shown(), connected.client.items().await?))
    })
}

impl LiveContacts {
    #[cfg(test)]
    pub(super) fn of(contacts: Vec<BookedContact>) -> Self {
        Self { organisation: "Example MSP Pty Ltd".to_owned(), contacts }
    }

    /// For proposals: those that documents may name, and those that are archived.
    pub(super) fn choices(&self) -> Contacts {
        let choice = |contact: &BookedContact| XeroContact {
            id: Some(contact.id),
            name: Arc::clone(&contact.name),
            account_number: contact.account_number.clone(),
            email: None,
            tax_number: None,
        };
        let (active, archived): (Vec<_>, Vec<_>) = self.contacts.iter().partition(|contact| contact.is_active);
        Contacts { usable: active.into_iter().map(choice).collect(), archived: archived.into_iter().map(choice).collect() }
    }

    /// The one contact that a person means by an id or a name, if documents may name it.
    pub(super) fn resolve(&self, tenant_id: TenantId, text: &str) -> Result<&BookedContact, Failure> {
        let text = text.trim();
        let Ok(id) = text.parse::<ContactId>() else { return self.by_name(tenant_id, text) };
        let Some(contact) = self.contacts.iter().find(|contact| contact.id == id) else {
            let failure = Failure::message(Kind::Usage, format!("{} has no contact {id}", self.organisation));
            return Err(failure.hint("give the contact's name, or the id at the end of its address in Xero"));
        };
        if contact.is_active { Ok(contact) } else { Err(self.archived(contact)) }
    }

    fn by_name(&self, tenant_id: TenantId, text: &str) -> Result<&BookedContact, Failure> {
        let (active, archived): (Vec<&BookedContact>, Vec<&BookedContact>) = self.contacts.iter().partition(|contact| contact.is_active);
        let near = Matcher::new(active.iter().map(|contact| &*contact.name)).suggest(text, CANDIDATES);
        if let Some(contact) = near.iter().find(|suggestion| suggestion.exact).and_then(|suggestion| active.get(suggestion.candidate)) {
            return Ok(contact);
        }
        let equal = near.iter().filter(|suggestion| suggestion.score == 100).count();
        if equal == 0 {
            let gone = Matcher::new(archived.iter().map(|contact| &*contact.name)).suggest(text, 1);
            let gone = gone.first().filter(|suggestion| suggestion.score == 100).and_then(|suggestion| archived.get(suggestion.candidate));
            if let Some(contact) = gone {
                return Err(self.archived(contact));
            }
        }
        let what = if equal > 0 {
            format!("{equal} contacts of {} come to the name", self.organisation)
        } else {
            format!("{} has no contact called", self.organisation)
        };
        let failure = Failure::message(Kind::Usage, format!("{what} `{text}`"));
        if near.is_empty() {
            return Err(failure.hint("no name is like it: make the contact in Xero (Contacts › New contact), then type the command again"));
        }
        let near = near.iter().filter_map(|suggestion| active.get(suggestion.candidate));
        Err(near.fold(failure, |failure, contact| failure.hint(format!("for {}: cspctl map customers set {tenant_id} {}", contact.name, contact.id))))
    }

    fn archived(&self, contact: &BookedContact) -> Failure {
        let message = format!("the contact {} is archived in {}, so no invoice can name it", contact.name, self.organisation);
        Failure::message(Kind::Usage, message).hint("restore it in Xero (Contacts › Archived), or choose another contact")
    }
}

/// An item that may be what an offer is sold as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct ItemOffer {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) sales_price: Option<String>,
    /// What to type to use it.
    pub(super) command: String,
}

impl ItemOffer {
    fn new(offer: &OfferId, item: &BookedItem) -> Self {
        Self {
            code: item.code.to_string(),
            name: item.name.to_string(),
            sales_price: item.sales_price.map(show_price),
            command: format!("cspctl map products set {offer} --item {}", quoted(&item.code)),
        }
    }
}

/// `M365-BP: Microsoft 365 Business Premium, sales price 32.90`.
pub(super) fn told(item: &BookedItem) -> String {
    let price = item.sales_price.map_or_else(|| "without a sales price".to_owned(), |price| format!("sales price {}", show_price(price)));
    let name = if item.name.is_empty() { "without a name" } else { &item.name };
    format!("{}: {name}, {price}", item.code)
}

/// The item of this code.
pub(super) fn item<'a>(organisation: &str, items: &'a [BookedItem], offer: &OfferId, code: &str) -> Result<&'a BookedItem, Failure> {
    if let Some(item) = items.iter().find(|item| item.code.eq_ignore_ascii_case(code)) {
        return Ok(item);
    }
    let failure = Failure::message(Kind::Usage, format!("{organisation} has no item with the code `{code}`"));
    if items.is_empty() {
        return Err(failure.hint("it has no items at all: Business › Products and services"));
    }
    let wanted = code.to_lowercase();
    let likeness = |item: &&BookedItem| {
        let of = |text: &str| strsim::jaro_winkler(&wanted, &text.to_lowercase());
        of(&item.code).max(of(&item.name))
    };
    let mut near: Vec<(f64, &BookedItem)> = items.iter().map(|item| (likeness(&item), item)).filter(|(score, _)| *score >= ITEM_LIKENESS_AT_LEAST).collect();
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    near.truncate(CANDIDATES);
    if near.is_empty() {
        return Err(failure.hint("no code is like it; Xero lists them under Business › Products and services"));
    }
    Err(near.into_iter().fold(failure, |failure, (_, item)| failure.hint(format!("{} ({})", ItemOffer::new(offer, item).command, told(item)))))
}

/// Items whose names are like the offer's, best first.
pub(super) fn offered(matcher: &Matcher, items: &[BookedItem], offer: &OfferId, name: &str) -> Vec<ItemOffer> {
    let found = matcher.suggest(name, 2);
    found.iter().filter_map(|suggestion| items.get(suggestion.candidate)).map(|item| ItemOffer::new(offer, item)).collect()
}

//! Whether the contacts can be used, and what documents wear beside their figures exists.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::domain::books::BookedContact;
use crate::domain::document::{Document, Kind};
use crate::domain::ids::ContactId;

use super::super::batch::Dress;
use super::{Facts, Preflight, some_of};

/// Letters of a document's number (`contracts/xero.md` 4.1).
const NUMBER_AT_MOST: usize = 255;

pub(super) fn check(facts: &Facts<'_>, documents: &[(&Document, &Dress)], found: &mut Preflight) {
    contacts(facts, documents, found);
    tracking(facts, documents, found);
    branding(facts, documents, found);
    numbers(documents, found);
}

fn contacts(facts: &Facts<'_>, documents: &[(&Document, &Dress)], found: &mut Preflight) {
    let known: BTreeMap<ContactId, &BookedContact> = facts.contacts.iter().map(|contact| (contact.id, contact)).collect();
    for (document, _) in documents {
        let (name, number) = (&document.contact_name, &document.number);
        let contact = document.contact_id.map(|id| (id, known.get(&id)));
        match contact {
            Some((_, Some(contact))) if contact.is_active => {}
            Some((_, Some(contact))) => {
                let fix = format!("restore the contact in Xero, or choose another one: {}", choose(document));
                found.problem(format!("the contact {} of {number} is archived in Xero", contact.name), fix);
            }
            Some((id, None)) => {
                found.problem(format!("the organisation has no contact {id} ({name}, {number})"), choose(document));
            }
            None => found.problem(format!("{number} for {name} has no contact in Xero"), choose(document)),
        }
    }
}

/// How the contact of a document is chosen.
fn choose(document: &Document) -> String {
    match document.tenant_id {
        Some(tenant) if !document.kind.is_purchase() => format!("cspctl map customers set {tenant} CONTACT"),
        _ => "set xero.contact_id to the distributor's contact".to_owned(),
    }
}

fn tracking(facts: &Facts<'_>, documents: &[(&Document, &Dress)], found: &mut Preflight) {
    let fix = "correct billing.tracking: category and option exactly as in Xero (Accounting › Advanced › Tracking categories)";
    if documents.iter().any(|(_, dress)| dress.tracking.len() > 2) {
        found.problem("lines are to be tracked in more than two categories; Xero takes two".to_owned(), fix);
    }
    let wanted: BTreeSet<(&str, &str)> =
        documents.iter().flat_map(|(_, dress)| dress.tracking.iter().map(|(category, option)| (category.as_str(), option.as_str()))).collect();
    for (name, option) in wanted {
        let categories = facts.tracking.unwrap_or_default();
        let Some(category) = categories.iter().find(|category| category.is_active && *category.name == *name) else {
            let names: Vec<&str> = categories.iter().filter(|category| category.is_active).map(|category| &*category.name).collect();
            found.problem(format!("the organisation has no active tracking category `{name}`; it has: {}", list(&names)), fix);
            continue;
        };
        if !category.options.iter().any(|known| known.is_active && *known.name == *option) {
            let names: Vec<&str> = category.options.iter().filter(|option| option.is_active).map(|option| &*option.name).collect();
            found.problem(format!("tracking category {name} has no active option `{option}`; it has: {}", list(&names)), fix);
        }
    }
}

fn branding(facts: &Facts<'_>, documents: &[(&Document, &Dress)], found: &mut Preflight) {
    let sales = documents.iter().filter(|(document, _)| !document.kind.is_purchase());
    let wanted: BTreeSet<Uuid> = sales.filter_map(|(_, dress)| dress.branding_theme).collect();
    for id in wanted {
        let themes = facts.branding_themes.unwrap_or_default();
        if !themes.iter().any(|theme| theme.id == id) {
            let names: Vec<&str> = themes.iter().map(|theme| &*theme.name).collect();
            found.problem(format!("the organisation has no branding theme {id}; it has: {}", list(&names)), "correct billing.branding_theme");
        }
    }
}

/// Numbers, and the addresses beside them, that Xero would not take.
fn numbers(documents: &[(&Document, &Dress)], found: &mut Preflight) {
    let is_fit = |number: &str| !number.is_empty() && number.len() <= NUMBER_AT_MOST && number.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let unfit: Vec<&str> = documents
        .iter()
        .filter(|(document, _)| document.kind != Kind::SupplierCredit)
        .map(|(document, _)| &*document.number)
        .filter(|number| !is_fit(number))
        .collect();
    if !unfit.is_empty() {
        let what = format!("numbers must be 1 to {NUMBER_AT_MOST} plain letters, digits and signs: {}", some_of(&unfit));
        found.problem(what, "correct billing.number_prefix");
    }
    let urls: BTreeSet<&str> = documents.iter().filter_map(|(_, dress)| dress.url.as_deref()).collect();
    for url in urls.into_iter().filter(|url| url.to_ascii_lowercase().contains("xero") || url::Url::parse(url).is_err()) {
        found.problem(format!("`{url}` cannot be linked from a document: it must be a whole address without the word xero"), "use another address");
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

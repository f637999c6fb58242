//! `cspctl map customers auto`: proposes contacts, and sets only what is certain.

use std::path::Path;

use serde::Serialize;

use super::customers::{AutoArgs, State};
use super::show::{self, quoted};
use super::{Desk, known::KnownTenant};
use crate::app::App;
use crate::domain::ids::{ContactId, TenantId};
use crate::domain::mapping::Customer;
use crate::domain::matching::{Matcher, suggest_all};
use crate::exit::{Failure, Kind};
use crate::ui::table::{Cell, Column, Tone};
use crate::ui::words::count_of;
use crate::xero::contacts_file::{self, XeroContact};

/// Candidates shown for one customer.
const CANDIDATES: usize = 3;

/// One candidate of one customer, as `--json` shows it.
#[derive(Debug, Serialize)]
struct Proposal {
    tenant_id: TenantId,
    name: String,
    xero_contact_id: Option<ContactId>,
    xero_contact_name: Option<String>,
    score: Option<u8>,
    exact: bool,
    reason: String,
    /// True when this run set it.
    applied: bool,
    /// What to type to set it.
    command: String,
}

pub(super) fn customers(app: &App, mut desk: Desk, args: &AutoArgs) -> Result<(), Failure> {
    let open = open_customers(&desk);
    let mut proposals = if open.is_empty() {
        Vec::new()
    } else if args.by_name {
        open.iter().filter(|(_, name)| !name.is_empty()).map(by_name).collect()
    } else {
        let file = args.contacts.as_ref().ok_or_else(|| needs_contacts(&open))?;
        propose(&open, &read_contacts(file)?)
    };
    let mut set = 0;
    for proposal in proposals.iter_mut().filter(|proposal| proposal.exact) {
        desk.editor.put_customer(entry_for(&desk, proposal))?;
        proposal.applied = !args.dry_run;
        set += 1;
    }
    if !args.dry_run {
        desk.editor.save()?;
    }
    show(app, args, &proposals, &open, set)
}

/// Customers whose charges would be held for want of a contact.
fn open_customers(desk: &Desk) -> Vec<(TenantId, String)> {
    let is_open = |tenant: &&KnownTenant| {
        let entry = tenant.tenant_id.and_then(|tenant_id| desk.editor.mapping().customer(tenant_id));
        matches!(State::of(tenant.tenant_id, entry, desk.needs_contact_id()), State::NotSetup | State::NoContact)
    };
    desk.known.tenants.iter().filter(is_open).filter_map(|tenant| Some((tenant.tenant_id?, tenant.name.clone()))).collect()
}

fn needs_contacts(open: &[(TenantId, String)]) -> Failure {
    let message = format!("{} without a contact; say which contacts there are with --contacts FILE, or use --by-name", count_of(open.len(), "customer"));
    Failure::message(Kind::Usage, message)
        .hint("in Xero: Contacts > All contacts > Export, then cspctl map customers auto --contacts Contacts.csv")
        .hint("cspctl map customers auto --by-name bills each customer under its own name; Xero makes contacts that it does not know")
}

fn read_contacts(file: &Path) -> Result<Vec<XeroContact>, Failure> {
    let hint = "in Xero: Contacts > All contacts > Export, and give that CSV file";
    let contacts = contacts_file::read(file).map_err(|error| Failure::from(error).hint(hint))?;
    if contacts.is_empty() {
        return Err(Failure::message(Kind::Failed, format!("{} has no contacts", file.display())).hint(hint));
    }
    Ok(contacts)
}

fn by_name((tenant_id, name): &(TenantId, String)) -> Proposal {
    Proposal {
        tenant_id: *tenant_id,
        name: name.clone(),
        xero_contact_id: None,
        xero_contact_name: Some(name.clone()),
        score: None,
        exact: true,
        reason: "its own name".to_owned(),
        applied: false,
        command: command(*tenant_id, name),
    }
}

fn command(tenant_id: TenantId, contact: &str) -> String {
    format!("cspctl map customers set {tenant_id} {}", quoted(contact))
}

/// The candidates of every customer, or one proposal without a contact that says so.
fn propose(open: &[(TenantId, String)], contacts: &[XeroContact]) -> Vec<Proposal> {
    let matcher = Matcher::new(contacts.iter().map(|contact| &*contact.name));
    let names: Vec<&str> = open.iter().map(|(_, name)| name.as_str()).collect();
    let mut proposals = Vec::new();
    for ((tenant_id, name), suggestions) in open.iter().zip(suggest_all(&names, &matcher, CANDIDATES)) {
        let without = Proposal {
            xero_contact_name: None,
            exact: false,
            reason: "no contact has a name like it".to_owned(),
            command: format!("cspctl map customers set {tenant_id} CONTACT"),
            ..by_name(&(*tenant_id, name.clone()))
        };
        let before = proposals.len();
        for suggestion in suggestions {
            let Some(contact) = contacts.get(suggestion.candidate) else { continue };
            proposals.push(Proposal {
                tenant_id: *tenant_id,
                name: name.clone(),
                xero_contact_id: contact.id,
                xero_contact_name: Some(contact.name.to_string()),
                score: Some(suggestion.score),
                exact: suggestion.exact,
                reason: suggestion.reason,
                applied: false,
                command: command(*tenant_id, &contact.name),
            });
        }
        if proposals.len() == before {
            proposals.push(without);
        }
    }
    proposals
}

fn entry_for(desk: &Desk, proposal: &Proposal) -> Customer {
    let old = desk.editor.mapping().customer(proposal.tenant_id).cloned();
    let name = || Some(proposal.name.as_str()).filter(|name| !name.is_empty()).map(Into::into);
    let entry = old.unwrap_or_else(|| Customer { name: name(), ..Customer::new(proposal.tenant_id) });
    Customer { xero_contact_id: proposal.xero_contact_id, xero_contact_name: proposal.xero_contact_name.as_deref().map(Into::into), ..entry }
}

fn show(app: &App, args: &AutoArgs, proposals: &[Proposal], open: &[(TenantId, String)], set: usize) -> Result<(), Failure> {
    if app.output.is_json() {
        return Ok(app.output.json(&proposals)?);
    }
    if open.is_empty() {
        app.output.note("Every customer has a contact; nothing to do.");
        return Ok(());
    }
    let columns = [Column::Text("Customer"), Column::Text("Contact"), Column::Number("Score"), Column::Text("Why"), Column::Word("")];
    let cells = |proposal: &Proposal| {
        let outcome = match (proposal.exact, args.dry_run) {
            (true, true) => Cell::toned("would set", Tone::Good),
            (true, false) => Cell::toned("set", Tone::Good),
            (false, _) => Cell::toned("decide", Tone::Warning),
        };
        vec![
            proposal.name.clone().into(),
            proposal.xero_contact_name.clone().unwrap_or_else(|| "-".to_owned()).into(),
            proposal.score.map(|score| score.to_string()).unwrap_or_default().into(),
            proposal.reason.clone().into(),
            outcome,
        ]
    };
    let mut text = show::table(app, &columns, proposals.iter().map(cells).collect());
    let to_decide: Vec<&Proposal> = proposals.iter().filter(|proposal| !proposal.exact).collect();
    if !to_decide.is_empty() {
        text.push_str("\nTo decide, type one of these for each customer:\n");
        for proposal in to_decide {
            text.push_str("  ");
            text.push_str(&proposal.command);
            text.push('\n');
        }
    }
    app.output.data(&text)?;
    let left = open.len() - set.min(open.len());
    let verb = if args.dry_run { "would be set" } else { "set" };
    app.output.note(&format!("{} {verb}, {left} left to decide.", count_of(set, "customer")));
    Ok(())
}

//! `cspctl map customers auto`: proposes contacts, and sets only what is certain.

use std::path::Path;

use super::customers::{AutoArgs, State};
use super::proposals::{Contacts, Open, Proposal, propose};
use super::{Desk, entries, known::KnownTenant, live, show};
use crate::app::App;
use crate::commands::organisation;
use crate::domain::mapping::{Customer, Mapping};
use crate::exit::{Failure, Kind};
use crate::ui::table::{Cell, Column, Tone};
use crate::ui::words::count_of;
use crate::xero::contacts_file;

pub(super) fn customers(app: &App, mut desk: Desk, args: &AutoArgs) -> Result<(), Failure> {
    let open = open_customers(&desk);
    let mut proposals = if open.is_empty() {
        Vec::new()
    } else if args.by_name {
        by_name(&desk, &open)?
    } else {
        propose(&open, &contacts(app, &desk, args, &open)?)
    };
    let mut set = 0;
    for proposal in proposals.iter_mut().filter(|proposal| proposal.exact) {
        desk.editor.put_customer(entry_for(desk.editor.mapping(), proposal))?;
        proposal.applied = !args.dry_run;
        set += 1;
    }
    if !args.dry_run {
        super::save(app, &desk.loaded, desk.editor)?;
    }
    for proposal in &mut proposals {
        proposal.command = app.output.typed(&proposal.command);
    }
    show(app, args, &proposals, &open, set)
}

/// Customers whose charges would be held for want of a contact.
pub(super) fn open_customers(desk: &Desk) -> Vec<Open> {
    let entry = |tenant: &KnownTenant| tenant.tenant_id.and_then(|tenant_id| desk.editor.mapping().customer(tenant_id));
    let is_open = |tenant: &&KnownTenant| matches!(State::of(tenant.tenant_id, entry(tenant), desk.needs_contact_id()), State::NotSetup | State::NoContact);
    let open = |tenant: &KnownTenant| {
        let contact_name = entry(tenant).and_then(|entry| entry.xero_contact_name.as_deref()).map(str::to_owned);
        Some(Open { tenant_id: tenant.tenant_id?, name: tenant.name.clone(), contact_name })
    };
    desk.known.tenants.iter().filter(is_open).filter_map(open).collect()
}

/// The contacts of the file, else those of Xero where documents go there.
fn contacts(app: &App, desk: &Desk, args: &AutoArgs, open: &[Open]) -> Result<Contacts, Failure> {
    match &args.contacts {
        Some(file) => read_contacts(file),
        None if organisation::is_wanted(&desk.loaded) => Ok(live::contacts(app, &desk.loaded)?.choices()),
        None => Err(needs_contacts(open)),
    }
}

fn needs_contacts(open: &[Open]) -> Failure {
    let message = format!("{} without a contact; say which contacts there are with --contacts FILE, or use --by-name", count_of(open.len(), "customer"));
    Failure::message(Kind::Usage, message)
        .hint("in Xero: Contacts > All contacts > Export, then cspctl map customers auto --contacts Contacts.csv")
        .hint("cspctl map customers auto --by-name bills each customer under its own name; Xero makes contacts that it does not know")
}

pub(super) fn read_contacts(file: &Path) -> Result<Contacts, Failure> {
    let hint = "in Xero: Contacts > All contacts > Export, and give that CSV file";
    let usable = contacts_file::read(file).map_err(|error| Failure::from(error).hint(hint))?;
    if usable.is_empty() {
        return Err(Failure::message(Kind::Failed, format!("{} has no contacts", file.display())).hint(hint));
    }
    Ok(Contacts { usable, archived: Vec::new() })
}

fn by_name(desk: &Desk, open: &[Open]) -> Result<Vec<Proposal>, Failure> {
    if organisation::is_wanted(&desk.loaded) {
        let failure = Failure::message(Kind::Usage, "--by-name is for import files; what is posted to Xero names contacts that exist there, by their ids");
        return Err(failure.hint("cspctl map customers auto looks for them"));
    }
    Ok(open.iter().filter(|customer| !customer.name.is_empty()).map(Proposal::by_name).collect())
}

/// What a proposal makes of the customer's entry; a label that is there stays.
pub(super) fn entry_for(mapping: &Mapping, proposal: &Proposal) -> Customer {
    let name = if mapping.customer(proposal.tenant_id).is_some() { None } else { Some(proposal.name.as_str()) };
    let entry = entries::customer(mapping, proposal.tenant_id, name);
    entries::billed_as(entry, proposal.xero_contact_id, proposal.xero_contact_name.as_deref().map(Into::into))
}

fn show(app: &App, args: &AutoArgs, proposals: &[Proposal], open: &[Open], set: usize) -> Result<(), Failure> {
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

//! `cspctl map customers`: list, set, unset, ignore.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::known::{Known, KnownTenant};
use super::show::{self, one_line, quoted};
use super::{Desk, auto, entries, interactive, live};
use crate::app::App;
use crate::commands::organisation;
use crate::domain::ids::{ContactId, TenantId};
use crate::domain::mapping::{Customer, Mapping};
use crate::domain::matching::{Matcher, same_name};
use crate::exit::{Failure, Kind};
use crate::ui::table::{Cell, Column, Tone};
use crate::ui::words::count_of;

const STATES: &str = "\
States:
  Ready      its charges go on an invoice to this contact
  Not Setup  no entry in mapping.toml: its charges are held (customer-unmapped)
  No Contact has an entry, but nothing that names a contact: held as well
  Ignored    on the bill, never invoiced, never reported as missing
  No Tenant  charged under a name whose tenant id nobody tells: held; see `map customers set`

Charges and cost are those of the newest month that has charges, excluding GST.

Examples:
  cspctl map customers
  cspctl map customers list
  cspctl map customers --interactive
  cspctl map customers auto --contacts Contacts.csv
  cspctl map customers set \"Contoso Pty Ltd\" \"Contoso\"
  cspctl map customers ignore 196e2273-9651-43a3-ba7e-7cbcd918fc40";

/// Arguments of `map customers`.
#[derive(Args, Debug)]
#[command(after_help = STATES, args_conflicts_with_subcommands = true)]
pub struct CustomersArgs {
    /// What to do; shows the table when left out
    #[command(subcommand)]
    command: Option<CustomersCommand>,
    /// Ask, customer by customer, at a terminal
    #[arg(short, long)]
    interactive: bool,
    /// With --interactive: contacts as exported from Xero, instead of asking a connected Xero
    #[arg(long, value_name = "FILE", requires = "interactive")]
    contacts: Option<PathBuf>,
}

/// The subcommands of `map customers`.
#[derive(Debug, Subcommand)]
pub(super) enum CustomersCommand {
    /// Show every customer with its contact and state
    #[command(after_help = STATES)]
    List,
    /// Propose contacts for customers that have none, and set the certain ones
    Auto(AutoArgs),
    /// Bill a customer as this Xero contact
    Set(SetArgs),
    /// Remove a customer's entry
    #[command(after_help = "Examples:\n  cspctl map customers unset 196e2273-9651-43a3-ba7e-7cbcd918fc40\n  cspctl map customers unset \"Contoso Pty Ltd\"")]
    Unset {
        /// The tenant id, or a name that only one customer has
        tenant: String,
    },
    /// Never bill a customer nor report it as missing
    #[command(after_help = "Examples:\n  cspctl map customers ignore \"Example MSP Pty Ltd\"      your own tenant, say")]
    Ignore {
        /// The tenant id, or a name that only one customer has
        tenant: String,
    },
}

/// Arguments of `map customers auto`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cspctl map customers auto                            asks a connected Xero
  cspctl map customers auto --contacts Contacts.csv    contacts as exported from Xero
  cspctl map customers auto --dry-run                  look first
  cspctl map customers auto --by-name                  bill the others under their own names")]
pub(super) struct AutoArgs {
    /// Contacts as exported from Xero (Contacts > Export), instead of asking a connected Xero
    #[arg(long, value_name = "FILE", conflicts_with = "by_name")]
    pub(super) contacts: Option<PathBuf>,
    /// Bill every customer that has no contact under its own name
    #[arg(long)]
    pub(super) by_name: bool,
    /// Show what would be set, and set nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// Arguments of `map customers set`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cspctl map customers set \"Contoso Pty Ltd\" \"Contoso\"
  cspctl map customers set 196e2273-9651-43a3-ba7e-7cbcd918fc40 \"Contoso\" --name \"CONTOSO P/L\"
                                                       --name is what the exports call it")]
pub(super) struct SetArgs {
    /// The tenant id, or a name that only one customer has
    pub(super) tenant: String,
    /// The contact's name as in Xero, or its id; a connected Xero is asked which contact that is
    pub(super) contact: String,
    /// The customer's name as the exports have it: it finds charges that tell no tenant id
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// The contact's name, when CONTACT is an id
    #[arg(long, value_name = "NAME")]
    pub(super) contact_name: Option<String>,
}

pub(super) fn run(app: &App, args: &CustomersArgs) -> Result<(), Failure> {
    match &args.command {
        None if args.interactive => interactive::run_command(app, interactive::Part::Customers, args.contacts.as_deref()),
        None | Some(CustomersCommand::List) => list(app, &Desk::with_sources(app)?),
        Some(CustomersCommand::Auto(args)) => auto::customers(app, Desk::with_sources(app)?, args),
        Some(CustomersCommand::Set(args)) => set(app, Desk::with_any_sources(app)?, args),
        Some(CustomersCommand::Unset { tenant }) => unset(app, Desk::with_any_sources(app)?, tenant),
        Some(CustomersCommand::Ignore { tenant }) => ignore(app, Desk::with_any_sources(app)?, tenant),
    }
}

/// How far a customer is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum State {
    Ready,
    #[serde(rename = "Not Setup")]
    NotSetup,
    #[serde(rename = "No Contact")]
    NoContact,
    Ignored,
    #[serde(rename = "No Tenant")]
    NoTenant,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::NotSetup => "Not Setup",
            Self::NoContact => "No Contact",
            Self::Ignored => "Ignored",
            Self::NoTenant => "No Tenant",
        }
    }

    fn tone(self) -> Tone {
        match self {
            Self::Ready => Tone::Good,
            Self::NotSetup | Self::NoContact | Self::NoTenant => Tone::Warning,
            Self::Ignored => Tone::Dim,
        }
    }

    pub(super) fn of(tenant_id: Option<TenantId>, entry: Option<&Customer>, needs_contact_id: bool) -> Self {
        match (tenant_id, entry) {
            (None, _) => Self::NoTenant,
            (_, None) => Self::NotSetup,
            (_, Some(entry)) if entry.ignore => Self::Ignored,
            (_, Some(entry)) => {
                let has_contact = if needs_contact_id { entry.xero_contact_id.is_some() } else { entry.contact_name().is_some() };
                if has_contact { Self::Ready } else { Self::NoContact }
            }
        }
    }
}

/// A customer as `--json` shows it.
#[derive(Debug, Serialize)]
struct Row {
    tenant_id: Option<TenantId>,
    name: String,
    state: State,
    xero_contact_id: Option<ContactId>,
    xero_contact_name: Option<String>,
    price: Option<String>,
    charges: u64,
    cost: String,
    period: Option<String>,
}

impl Row {
    fn new(tenant: &KnownTenant, known: &Known, mapping: &Mapping, needs_contact_id: bool) -> Self {
        let entry = tenant.tenant_id.and_then(|tenant_id| mapping.customer(tenant_id));
        Self {
            tenant_id: tenant.tenant_id,
            name: entry.and_then(|entry| entry.name.as_deref()).unwrap_or(&tenant.name).to_owned(),
            state: State::of(tenant.tenant_id, entry, needs_contact_id),
            xero_contact_id: entry.and_then(|entry| entry.xero_contact_id),
            xero_contact_name: entry.and_then(Customer::contact_name).map(ToString::to_string),
            price: entry.and_then(|entry| entry.price.as_ref()).map(ToString::to_string),
            charges: tenant.charges,
            cost: tenant.cost.to_string(),
            period: known.period.map(String::from),
        }
    }
}

pub(super) fn list(app: &App, desk: &Desk) -> Result<(), Failure> {
    let rows: Vec<Row> = desk.known.tenants.iter().map(|tenant| Row::new(tenant, &desk.known, desk.editor.mapping(), desk.needs_contact_id())).collect();
    if app.output.is_json() {
        return Ok(app.output.json(&rows)?);
    }
    app.output.data(&table(app, &rows))?;
    summary(app, &rows, desk);
    Ok(())
}

/// A narrow table has no room for tenant ids; a customer without a name keeps its own.
fn table(app: &App, rows: &[Row]) -> String {
    let id_column = show::is_wide(app).then_some(Column::Word("Tenant id"));
    let rest = [Column::Text("Contact"), Column::Word("State"), Column::Number("Cost"), Column::Number("Charges")];
    let columns: Vec<Column> = [Column::Text("Customer")].into_iter().chain(id_column).chain(rest).collect();
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let cells = |row: &Row| {
        let tenant_id = or_dash(row.tenant_id.map(|id| id.to_string()));
        let contact = or_dash(row.xero_contact_name.clone().or_else(|| row.xero_contact_id.map(|id| id.to_string())));
        let name = if row.name.is_empty() { tenant_id.clone() } else { row.name.clone() };
        let id_cell = id_column.is_some().then_some(Cell::from(tenant_id));
        let rest = [contact.into(), Cell::toned(row.state.as_str(), row.state.tone()), row.cost.clone().into(), row.charges.to_string().into()];
        [Cell::from(name)].into_iter().chain(id_cell).chain(rest).collect()
    };
    show::table(app, &columns, rows.iter().map(cells).collect())
}

fn summary(app: &App, rows: &[Row], desk: &Desk) {
    if rows.is_empty() {
        app.output.note("No customers: neither the sources nor mapping.toml name any.");
        return;
    }
    let in_state = |state: State| rows.iter().filter(|row| row.state == state).count();
    let period = rows.first().and_then(|row| row.period.as_deref()).map(|period| format!(", charges of {period}")).unwrap_or_default();
    app.output.note(&format!("{}, {} ready, {} ignored{period}.", count_of(rows.len(), "customer"), in_state(State::Ready), in_state(State::Ignored)));
    let open = in_state(State::NotSetup) + in_state(State::NoContact);
    if open > 0 {
        let from = if organisation::is_wanted(&desk.loaded) { "" } else { " --contacts FILE" };
        let asks = if app.may_prompt { "cspctl map customers --interactive asks for each, cspctl map customers auto" } else { "cspctl map customers auto" };
        app.output.note(&format!("{} without a contact: {asks}{from}", count_of(open, "customer")));
    }
    let lost = in_state(State::NoTenant);
    if lost > 0 {
        let annuity =
            if desk.loaded.settings.dickerdata.annuity.is_some() { "an annuity list of the same month tells it" } else { "dickerdata.annuity tells it" };
        let name = rows.iter().find(|row| row.state == State::NoTenant).map_or("NAME".to_owned(), |row| quoted(&row.name));
        app.output.note(&format!("{} without a tenant id: {annuity}, or: cspctl map customers set TENANT_ID CONTACT --name {name}", count_of(lost, "name")));
    }
}

pub(super) fn set(app: &App, mut desk: Desk, args: &SetArgs) -> Result<(), Failure> {
    let tenant_id = find_tenant(&desk.known, &args.tenant)?;
    let name = args.name.as_deref().map(one_line).filter(|name| !name.is_empty());
    let mut entry = entry_of(app, &desk, tenant_id, name.as_deref());
    if organisation::is_wanted(&desk.loaded) {
        let live = live::contacts(app, &desk.loaded)?;
        let contact = live.resolve(tenant_id, &args.contact)?;
        entry = entries::billed_as(entry, Some(contact.id), Some(contact.name.clone()));
    } else {
        take_as_typed(app, &desk, args, &mut entry)?;
        entry.ignore = false;
    }
    let told = match (&entry.xero_contact_name, entry.xero_contact_id) {
        (Some(name), _) => format!("\"{name}\""),
        (None, id) => id.map(|id| id.to_string()).unwrap_or_default(),
    };
    let note = format!("{} is billed as contact {told}.", named(&entry));
    desk.editor.put_customer(entry)?;
    finish(app, desk, tenant_id, &note)
}

/// The contact as a person says it is; nobody can be asked.
fn take_as_typed(app: &App, desk: &Desk, args: &SetArgs, entry: &mut Customer) -> Result<(), Failure> {
    let contact = args.contact.trim();
    if let Ok(contact_id) = contact.parse::<ContactId>() {
        let same = entry.xero_contact_id == Some(contact_id);
        // The old contact's name would put the next invoice on the wrong contact.
        let kept = if same { entry.xero_contact_name.take() } else { None };
        entry.xero_contact_name = args.contact_name.as_deref().map(str::trim).map(Into::into).or(kept);
        entry.xero_contact_id = Some(contact_id);
        if entry.xero_contact_name.is_none() && !desk.needs_contact_id() {
            let name = entry.name.as_deref().unwrap_or("nobody");
            app.output.warn(&format!("import files name contacts, not ids: until --contact-name tells, invoices go to \"{name}\""));
        }
    } else {
        if contact.is_empty() || contact.contains(['\n', '\r']) {
            return Err(Failure::message(Kind::Usage, "the contact's name is empty or has a line break"));
        }
        if args.contact_name.is_some() {
            return Err(Failure::message(Kind::Usage, "--contact-name goes with a contact's id; here the name is given already"));
        }
        if entry.xero_contact_name.as_deref() != Some(contact) {
            entry.xero_contact_id = None;
        }
        entry.xero_contact_name = Some(contact.into());
    }
    Ok(())
}

pub(super) fn unset(app: &App, mut desk: Desk, tenant: &str) -> Result<(), Failure> {
    let tenant_id = find_tenant(&desk.known, tenant)?;
    let removed = desk.editor.remove_customer(tenant_id)?;
    let note = if removed {
        format!("The entry of {tenant_id} is removed: its charges are held until it is set up again.")
    } else {
        format!("{tenant_id} has no entry.")
    };
    finish(app, desk, tenant_id, &note)
}

pub(super) fn ignore(app: &App, mut desk: Desk, tenant: &str) -> Result<(), Failure> {
    let tenant_id = find_tenant(&desk.known, tenant)?;
    let entry = Customer { ignore: true, ..entry_of(app, &desk, tenant_id, None) };
    let note = format!("{} is ignored: its charges stay on the bill and go on no invoice.", named(&entry));
    desk.editor.put_customer(entry)?;
    finish(app, desk, tenant_id, &note)
}

fn finish(app: &App, desk: Desk, tenant_id: TenantId, note: &str) -> Result<(), Failure> {
    let unlisted = KnownTenant { tenant_id: Some(tenant_id), ..KnownTenant::default() };
    let tenant = desk.known.tenant(tenant_id).cloned().unwrap_or(unlisted);
    let row = Row::new(&tenant, &desk.known, desk.editor.mapping(), desk.needs_contact_id());
    super::save(app, &desk.loaded, desk.editor)?;
    app.output.note(note);
    if app.output.is_json() { Ok(app.output.json(&[row])?) } else { Ok(()) }
}

fn named(entry: &Customer) -> String {
    match &entry.name {
        Some(name) => format!("{name} ({})", entry.tenant_id),
        None => entry.tenant_id.to_string(),
    }
}

/// The entry of a customer, or a new one with the name given, else the one the sources have.
fn entry_of(app: &App, desk: &Desk, tenant_id: TenantId, name: Option<&str>) -> Customer {
    let mapping = desk.editor.mapping();
    let seen_as = || desk.known.tenant(tenant_id).map(|tenant| tenant.name.as_str()).filter(|name| !name.is_empty());
    let name = name.or_else(|| if mapping.customer(tenant_id).is_none() { seen_as() } else { None });
    if name.is_none() && mapping.customer(tenant_id).is_none() {
        app.output.warn(&format!("no source names tenant {tenant_id}; check the id"));
    }
    entries::customer(mapping, tenant_id, name)
}

/// The one customer that a person means by an id or a name.
fn find_tenant(known: &Known, text: &str) -> Result<TenantId, Failure> {
    if let Ok(tenant_id) = text.parse() {
        return Ok(tenant_id);
    }
    let literally = |tenant: &&KnownTenant| tenant.names.iter().any(|name| name.eq_ignore_ascii_case(text.trim()));
    let loosely = |tenant: &&KnownTenant| tenant.names.iter().any(|name| same_name(name, text));
    let ids = |matches: &dyn Fn(&&KnownTenant) -> bool| known.tenants.iter().filter(matches).filter_map(|tenant| tenant.tenant_id).collect::<BTreeSet<_>>();
    let mut found = ids(&literally);
    if found.is_empty() {
        found = ids(&loosely);
    }
    let mut all = found.iter();
    match (all.next(), all.next()) {
        (Some(tenant_id), None) => Ok(*tenant_id),
        (Some(_), Some(_)) => {
            let failure = Failure::message(Kind::Usage, format!("{} customers are called `{text}`; give the tenant id", found.len()));
            Err(found.iter().fold(failure, |failure, id| failure.hint(id.to_string())))
        }
        _ => Err(unheard(known, text)),
    }
}

fn unheard(known: &Known, text: &str) -> Failure {
    let candidates: Vec<&KnownTenant> = known.tenants.iter().filter(|tenant| tenant.tenant_id.is_some()).collect();
    let failure = Failure::message(Kind::Usage, format!("no customer is called `{text}`; give the tenant id, or a name of `cspctl map customers`"));
    let matcher = Matcher::new(candidates.iter().map(|tenant| tenant.name.as_str()));
    let near = matcher.suggest(text, 3);
    let near = near.iter().filter_map(|suggestion| candidates.get(suggestion.candidate));
    near.fold(failure, |failure, tenant| {
        failure.hint(format!("did you mean {} ({})?", tenant.name, tenant.tenant_id.map(|id| id.to_string()).unwrap_or_default()))
    })
}

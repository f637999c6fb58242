//! The sample month with everything filled in for the sandbox: settings, addresses, ids of contacts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use toml_edit::{DocumentMut, Item, Table, value};

use super::stand_ins::xero::Xero;
use super::stand_ins::xero::options::{NewOrganisation, PKCE_CLIENT};

/// Files that are copied as they are.
const COPIED: [&str; 4] = ["contacts.csv", "microsoft-seats.csv", "exports/csp-invoice-report-2026-11.xlsx", "exports/annuity-information-2026-11.xlsx"];

/// The same month with Microsoft asked live.
pub(super) const LIVE: &str = "config-live.toml";
/// The sandbox's addresses alone.
pub(super) const ENDPOINTS: &str = "endpoints.toml";

/// `PaymentTerms` of sales: day and type.
type Terms = (u32, String);

/// `examples/contoso`.
fn sample_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join("contoso")
}

fn read(name: &str) -> Result<String> {
    let path = sample_folder().join(name);
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// The sample's company, with the contacts of its `contacts.csv`.
pub(super) fn organisation() -> Result<NewOrganisation> {
    let contacts = contacts()?.into_iter().map(|(name, _)| name).collect();
    Ok(NewOrganisation { contacts, ..NewOrganisation::default() })
}

/// Gives the contacts the terms of `contacts.csv`.
pub(super) fn give_terms(xero: &Xero) -> Result<()> {
    let terms: BTreeMap<String, Terms> = contacts()?.into_iter().filter_map(|(name, terms)| Some((name, terms?))).collect();
    xero.organisation(0, |organisation| {
        for contact in &mut organisation.contacts {
            contact.sales_terms = terms.get(&contact.name).cloned();
        }
    });
    Ok(())
}

/// Names of contacts, with the terms of their invoices.
fn contacts() -> Result<Vec<(String, Option<Terms>)>> {
    let text = read("contacts.csv")?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headings = reader.headers()?.clone();
    let column = |name: &str| headings.iter().position(|heading| heading == name).with_context(|| format!("contacts.csv has no column {name}"));
    let (name, day, term) = (column("*ContactName")?, column("DueDateSalesDay")?, column("DueDateSalesTerm")?);
    let mut contacts = Vec::new();
    for record in reader.records() {
        let record = record?;
        let cell = |column: usize| record.get(column).unwrap_or_default().to_owned();
        contacts.push((cell(name), cell(day).parse().ok().map(|day| (day, cell(term)))));
    }
    Ok(contacts)
}

/// Writes the sample into a folder, to be used with these addresses; keys are those of `[endpoints]`.
pub(super) fn write(folder: &Path, xero: &Xero, endpoints: &BTreeMap<&str, String>) -> Result<()> {
    for name in COPIED {
        let to = folder.join(name);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make the folder {}", parent.display()))?;
        }
        fs::copy(sample_folder().join(name), &to).with_context(|| format!("cannot write {}", to.display()))?;
    }
    let alone = format!("# For an empty home: cspctl init --endpoints {ENDPOINTS}\n[endpoints]\n{}", addresses(endpoints));
    let mut files = vec![("config.toml", config(xero, endpoints)?), ("mapping.toml", mapping(xero)?), (ENDPOINTS, alone)];
    // Without the sandbox's Microsoft it would ask the real one.
    if endpoints.contains_key("graph") {
        files.push((LIVE, live(endpoints)?));
    }
    for (name, text) in files {
        let to = folder.join(name);
        fs::write(&to, text).with_context(|| format!("cannot write {}", to.display()))?;
    }
    Ok(())
}

/// `config.toml` that posts to the sandbox.
fn config(xero: &Xero, endpoints: &BTreeMap<&str, String>) -> Result<String> {
    let text = read("config.toml")?.replace("everything from files, nothing to sign in to.", "posted to `cargo run --example sandbox`.");
    let mut document: DocumentMut = text.parse()?;
    let distributor = xero.contact_id("Dicker Data").context("the sandbox has no contact Dicker Data")?;
    let mut post_to = value("xero");
    if let Some(text) = post_to.as_value_mut() {
        text.decor_mut().set_suffix("                # posts");
    }
    let settings = document.get_mut("xero").and_then(Item::as_table_mut).context("config.toml has no [xero]")?;
    settings.remove("csv_dir");
    settings.insert("post_to", post_to);
    settings.insert("client_id", value(PKCE_CLIENT));
    settings.insert("organisation_id", value(xero.organisation_id()));
    settings.insert("contact_id", value(distributor));
    document.insert("endpoints", Item::Table(addresses(endpoints)));
    Ok(document.to_string())
}

/// `[endpoints]`.
fn addresses(endpoints: &BTreeMap<&str, String>) -> Table {
    let mut table = Table::new();
    for (name, address) in endpoints {
        table.insert(name, value(address));
    }
    table
}

/// The sample's own settings, but for who is asked for the seats: nobody has to sign in anywhere but to Microsoft. Its
/// ledger and its files are its own, so that both can be compared.
fn live(endpoints: &BTreeMap<&str, String>) -> Result<String> {
    let text = read("config.toml")?.replace("everything from files, nothing to sign in to.", "Microsoft asked live in `cargo run --example sandbox`.");
    let mut document: DocumentMut = text.parse()?;
    let settings = document.get_mut("microsoft").and_then(Item::as_table_mut).context("config.toml has no [microsoft]")?;
    settings.remove("file");
    settings.insert("source", value("graph"));
    settings.insert("client_id", value(super::stand_ins::microsoft::CLIENT_ID));
    for (section, key, place) in
        [("xero", "csv_dir", "out-live/xero-import"), ("report", "dir", "out-live/reports"), ("ledger", "path", "state-live/ledger.db")]
    {
        let table = document.get_mut(section).and_then(Item::as_table_mut).with_context(|| format!("config.toml has no [{section}]"))?;
        table.insert(key, value(place));
    }
    document.insert("endpoints", Item::Table(addresses(endpoints)));
    Ok(document.to_string())
}

/// `mapping.toml` with the id of every customer's contact.
fn mapping(xero: &Xero) -> Result<String> {
    let mut document: DocumentMut = read("mapping.toml")?.parse()?;
    let customers = document.get_mut("customers").and_then(Item::as_array_of_tables_mut).context("mapping.toml has no customers")?;
    for customer in customers.iter_mut() {
        let name = customer.get("xero_contact_name").and_then(Item::as_str).map(str::to_owned);
        if let Some(id) = name.and_then(|name| xero.contact_id(&name)) {
            customer.insert("xero_contact_id", value(id));
        }
    }
    Ok(document.to_string())
}

//! `cspctl map export` and `map import`: the mapping as one CSV file. Exceptions stay in
//! `mapping.toml`: they are decisions with reasons, not a table.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::show;
use super::{Desk, products::uncovered};
use crate::app::App;
use crate::config::mapping::MappingEditor;
use crate::domain::mapping::{Customer, Mapping, PriceOverride, Product};
use crate::exit::{Failure, Kind};
use crate::files::write_file;
use crate::ui::table::{Cell, Column};
use crate::ui::words::count_of;

mod rows;
use rows::{Entry, RowProblem};

/// Columns of the file. The last two inform and are never read.
const COLUMNS: [&str; 16] = [
    "kind",
    "tenant_id",
    "offer",
    "term",
    "billing",
    "name",
    "xero_contact_id",
    "xero_contact_name",
    "ignore",
    "price",
    "sku_id",
    "xero_item_code",
    "revenue_account",
    "tax_type",
    "seen_as",
    "state",
];

/// Arguments of `map export`.
#[derive(Args, Debug)]
#[command(after_help = "\
One row an entry; the column `kind` says customer, product or override. Customers and offers that
have no entry yet are rows with state \"unmapped\": fill in a contact or a price, and import the file.

Examples:
  cspctl map export mapping.csv
  cspctl map export - | column -s, -t")]
pub struct ExportArgs {
    /// The CSV file to write; `-` writes to standard output
    pub(super) file: PathBuf,
}

/// Arguments of `map import`.
#[derive(Args, Debug)]
#[command(after_help = "\
Every row is checked first; with any problem nothing is changed. A column that the file lacks is left
as it is, an empty cell removes the value. Entries that the file does not name are kept: remove them
with `map customers unset` and `map products unset`.

Examples:
  cspctl map import mapping.csv --dry-run    show what would change
  cspctl map import mapping.csv")]
pub struct ImportArgs {
    /// The CSV file to read
    file: PathBuf,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn export(app: &App, args: &ExportArgs) -> Result<(), Failure> {
    export_desk(app, &Desk::with_any_sources(app)?, args)
}

pub(super) fn export_desk(app: &App, desk: &Desk, args: &ExportArgs) -> Result<(), Failure> {
    let records = records(desk);
    let to_stdout = args.file.as_os_str() == "-";
    let bytes = csv_bytes(&records, !to_stdout)?;
    if to_stdout {
        return Ok(app.output.data(&String::from_utf8_lossy(&bytes))?);
    }
    write_file(&args.file, |out| out.write_all(&bytes))
        .map_err(|error| Failure::message(Kind::Failed, format!("{} cannot be written: {error}", args.file.display())))?;
    app.output.note(&format!("{} written to {}.", count_of(records.len(), "row"), args.file.display()));
    if app.output.is_json() {
        return Ok(app.output.json(&[serde_json::json!({ "file": args.file.display().to_string(), "rows": records.len() })])?);
    }
    Ok(())
}

type Record = [String; 16];

fn records(desk: &Desk) -> Vec<Record> {
    let mapping = desk.editor.mapping();
    let mut records: Vec<Record> = Vec::new();
    let mut customers: Vec<&Customer> = mapping.customers.iter().collect();
    customers.sort_by_key(|entry| (entry.name.as_deref().unwrap_or_default().to_lowercase(), entry.tenant_id));
    for entry in customers {
        let seen_as = desk.known.tenant(entry.tenant_id).map(|tenant| tenant.names.iter().cloned().collect::<Vec<_>>().join(" / ")).unwrap_or_default();
        records.push(rows::customer_record(entry, &seen_as));
    }
    for tenant in &desk.known.tenants {
        if let Some(tenant_id) = tenant.tenant_id.filter(|tenant_id| mapping.customer(*tenant_id).is_none()) {
            records.push(rows::unmapped("customer", &tenant_id.to_string(), "", &tenant.name));
        }
    }
    let mut products: Vec<&Product> = mapping.products.iter().collect();
    products.sort_by_key(|entry| (&entry.offer, entry.narrowing));
    for entry in products {
        let covered = desk.known.stock_codes.iter().find(|code| *code.stock_code.offer() == entry.offer);
        records.push(rows::product_record(entry, covered.map_or("", |code| &code.description)));
    }
    for (offer, codes) in uncovered(&desk.known, mapping) {
        records.push(rows::unmapped("product", "", offer.as_str(), codes.first().map_or("", |code| &code.description)));
    }
    let mut overrides: Vec<&PriceOverride> = mapping.overrides.iter().collect();
    overrides.sort_by_key(|entry| (entry.tenant_id, &entry.offer, entry.narrowing));
    records.extend(overrides.into_iter().map(rows::override_record));
    records
}

/// The file's bytes, with a byte order mark so that Excel reads macrons right.
fn csv_bytes(records: &[Record], mark: bool) -> Result<Vec<u8>, Failure> {
    let mut bytes = if mark { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut bytes);
    let written = writer.write_record(COLUMNS).and_then(|()| {
        records.iter().try_for_each(|record| writer.write_record(record.iter().map(|cell| rows::safe(cell))))?;
        writer.flush().map_err(csv::Error::from)
    });
    written.map_err(anyhow::Error::from)?;
    drop(writer);
    Ok(bytes)
}

/// One difference, as `--json` shows it.
#[derive(Debug, Serialize)]
struct Difference {
    action: &'static str,
    kind: &'static str,
    entry: String,
    /// The entry as a table shows it: a customer by its name.
    #[serde(skip)]
    label: String,
    changes: Vec<Change>,
}

#[derive(Debug, Serialize)]
struct Change {
    field: &'static str,
    before: String,
    after: String,
}

pub(super) fn import(app: &App, args: &ImportArgs) -> Result<(), Failure> {
    let loaded = crate::config::load::read(app)?;
    let mut editor = MappingEditor::open(&loaded.mapping_file())?;
    let table = rows::Table::read(&args.file)?;
    let (entries, untouched) = rows::entries(&table, editor.mapping()).map_err(|problems| refused(&args.file, &problems))?;
    let mut differences = Vec::new();
    let mut same = 0;
    for entry in entries {
        match difference(&entry, editor.mapping()) {
            Some(difference) => {
                differences.push(difference);
                match entry {
                    Entry::Customer(customer) => editor.put_customer(customer)?,
                    Entry::Product(product) => editor.put_product(product)?,
                    Entry::Override(entry) => editor.put_override(entry)?,
                }
            }
            None => same += 1,
        }
    }
    if !args.dry_run {
        super::save(app, &loaded, editor)?;
    }
    if app.output.is_json() {
        return Ok(app.output.json(&differences)?);
    }
    show_differences(app, &differences)?;
    let verb = if args.dry_run { "would change" } else { "changed" };
    let noun = if differences.len() == 1 { "entry" } else { "entries" };
    app.output.note(&format!("{} {noun} {verb}, {same} the same, {untouched} left unmapped.", differences.len()));
    Ok(())
}

fn refused(file: &Path, problems: &[RowProblem]) -> Failure {
    let shown = |problem: &RowProblem| match problem.column {
        "" => format!("row {}: {}", problem.row, problem.message),
        column => format!("row {}, column {column}: {}", problem.row, problem.message),
    };
    let list: Vec<String> = problems.iter().map(shown).collect();
    let message = match list.as_slice() {
        [only] => format!("{} {only}; nothing was changed", file.display()),
        several => format!("{} has {} problems; nothing was changed\n  {}", file.display(), several.len(), several.join("\n  ")),
    };
    Failure::message(Kind::Configuration, message)
}

/// What an entry changes; nothing when it is there already.
fn difference(entry: &Entry, mapping: &Mapping) -> Option<Difference> {
    let (kind, old, new) = match entry {
        Entry::Customer(customer) => {
            let old = mapping.customer(customer.tenant_id);
            ("customer", old.map(|old| rows::customer_record(old, "")), rows::customer_record(customer, ""))
        }
        Entry::Product(product) => {
            let old = mapping.products.iter().find(|old| old.offer == product.offer && old.narrowing == product.narrowing);
            ("product", old.map(|old| rows::product_record(old, "")), rows::product_record(product, ""))
        }
        Entry::Override(entry) => {
            let same = |old: &&PriceOverride| old.tenant_id == entry.tenant_id && old.offer == entry.offer && old.narrowing == entry.narrowing;
            ("override", mapping.overrides.iter().find(same).map(rows::override_record), rows::override_record(entry))
        }
    };
    let action = if old.is_some() { "change" } else { "add" };
    let before = old.unwrap_or_default();
    let identity = ["kind", "tenant_id", "offer", "term", "billing", "state", "seen_as"];
    let fields = COLUMNS.iter().zip(before.iter().zip(&new)).filter(|(field, (before, after))| before != after && !identity.contains(field));
    let changes: Vec<Change> = fields.map(|(field, (before, after))| Change { field, before: before.clone(), after: after.clone() }).collect();
    if action == "change" && changes.is_empty() {
        return None;
    }
    let cell = |name: &str| COLUMNS.iter().position(|column| *column == name).and_then(|index| new.get(index)).filter(|text| !text.is_empty()).cloned();
    let name = match entry {
        Entry::Customer(_) => cell("name"),
        Entry::Product(_) => None,
        Entry::Override(entry) => mapping.customer(entry.tenant_id).and_then(|customer| customer.name.as_deref()).map(str::to_owned),
    };
    let joined = |words: &[Option<String>]| words.iter().flatten().cloned().collect::<Vec<_>>().join(" ");
    let rest = joined(&[cell("offer"), cell("term"), cell("billing")]);
    let rest = Some(rest).filter(|rest| !rest.is_empty());
    let label = joined(&[name.clone().or_else(|| cell("tenant_id")), rest.clone()]);
    Some(Difference { action, kind, entry: joined(&[name, cell("tenant_id"), rest]), label, changes })
}

fn show_differences(app: &App, differences: &[Difference]) -> Result<(), Failure> {
    let columns = [Column::Word(""), Column::Word("Kind"), Column::Text("Entry"), Column::Word("Field"), Column::Text("Before"), Column::Text("After")];
    let or_dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let cells = differences.iter().flat_map(|difference| {
        let head = [difference.action.to_owned(), difference.kind.to_owned(), difference.label.clone()];
        let lines: Vec<[String; 3]> = match difference.changes.as_slice() {
            [] => vec![[String::new(), String::new(), String::new()]],
            changes => changes.iter().map(|change| [change.field.to_owned(), or_dash(&change.before), or_dash(&change.after)]).collect(),
        };
        lines.into_iter().enumerate().map(move |(index, line)| {
            let head = if index == 0 { head.clone() } else { <[String; 3]>::default() };
            head.into_iter().chain(line).map(Cell::from).collect::<Vec<Cell>>()
        })
    });
    Ok(app.output.data(&show::table(app, &columns, cells.collect()))?)
}

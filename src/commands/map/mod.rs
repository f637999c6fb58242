//! `cspctl map`: who is who and what is what, read from and written to `mapping.toml`.

use clap::{Args, Subcommand};

use crate::app::App;
use crate::commands::{access, catalogue, sources};
use crate::config::load::{self, Loaded};
use crate::config::mapping::MappingEditor;
use crate::domain::sources::Sources;
use crate::exit::Failure;
use crate::ledger::Ledger;
use crate::ui::words::count_of;

mod auto;
mod customers;
mod entries;
pub(crate) mod interactive;
mod known;
mod live;
mod offer_name;
mod products;
mod proposals;
mod show;
mod spreadsheet;

use known::Known;

/// Arguments of `map`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cspctl map                                        at a terminal: decide customer by customer, offer by offer
  cspctl map customers auto                         with Xero connected
  cspctl map customers auto --contacts Contacts.csv
  cspctl map products auto
  cspctl map export mapping.csv                     edit it in a spreadsheet, then:
  cspctl map import mapping.csv")]
pub struct MapArgs {
    /// What to map; left out at a terminal, asks about everything that is open
    #[command(subcommand)]
    pub command: Option<MapCommand>,
}

/// The subcommands of `map`.
#[derive(Debug, Subcommand)]
pub enum MapCommand {
    /// Show and set which Xero contact each customer is billed as
    Customers(customers::CustomersArgs),
    /// Show and set the text, price and Xero item of each offer
    Products(products::ProductsArgs),
    /// Write the mapping as a CSV file for spreadsheets
    Export(spreadsheet::ExportArgs),
    /// Read a CSV file that `map export` wrote and somebody edited
    Import(spreadsheet::ImportArgs),
}

/// Runs `map`.
///
/// # Errors
///
/// Kind `Configuration` for a bad `config.toml`, `mapping.toml` or import, `Usage` for a customer or
/// offer that cannot be told, `Failed` for sources that cannot be read.
pub fn run(app: &App, args: &MapArgs) -> Result<(), Failure> {
    match &args.command {
        None => interactive::run_command(app, interactive::Part::Everything, None),
        Some(MapCommand::Customers(args)) => customers::run(app, args),
        Some(MapCommand::Products(args)) => products::run(app, args),
        Some(MapCommand::Export(args)) => spreadsheet::export(app, args),
        Some(MapCommand::Import(args)) => spreadsheet::import(app, args),
    }
}

/// Writes the changes, if this account may change things: the one place where `map` does.
fn save(app: &App, loaded: &Loaded, editor: MappingEditor) -> Result<(), Failure> {
    access::check(app, loaded)?;
    Ok(editor.save()?)
}

/// The mapping in its file, and what the sources know of customers and offers.
struct Desk {
    loaded: Loaded,
    editor: MappingEditor,
    known: Known,
}

impl Desk {
    /// For commands that show what the sources say: they must be readable.
    fn with_sources(app: &App) -> Result<Self, Failure> {
        let loaded = load::load(app)?;
        let editor = MappingEditor::open(&loaded.mapping_file())?;
        let sources = sources::read(app, &loaded, None)?;
        for row in sources.skipped.iter().chain(&sources.skipped_elsewhere) {
            app.output.detail(&format!("{} row {}: {}", row.file, row.row, row.reason));
        }
        let skipped = sources.skipped.len() + sources.skipped_elsewhere.len();
        if skipped > 0 {
            app.output.warn(&format!("{} could not be used; -v lists them", count_of(skipped, "row")));
        }
        Ok(Self::of(loaded, editor, &sources))
    }

    /// For commands that change one entry: the sources only help with names.
    fn with_any_sources(app: &App) -> Result<Self, Failure> {
        let loaded = load::read(app)?;
        let editor = MappingEditor::open(&loaded.mapping_file())?;
        let sources = if sources::is_configured(&loaded) {
            sources::read(app, &loaded, None).unwrap_or_else(|error| {
                app.output.warn(&format!("going on without the sources: {:#}", error.source));
                Sources::default()
            })
        } else {
            Sources::default()
        };
        Ok(Self::of(loaded, editor, &sources))
    }

    fn of(loaded: Loaded, editor: MappingEditor, sources: &Sources) -> Self {
        let mut known = Known::new(sources, editor.mapping());
        // SKU ids only help: a ledger that cannot be read takes nothing but what was learnt.
        if let Ok(bridge) = Ledger::open_for_reading(&loaded.ledger_file()).and_then(|ledger| catalogue::bridge(&ledger, sources, &[])) {
            known.bridge = bridge;
        }
        Self { loaded, editor, known }
    }

    /// True when a name alone does not make a contact.
    fn needs_contact_id(&self) -> bool {
        self.loaded.policy().needs_contact_id
    }
}

#[cfg(test)]
mod tests;

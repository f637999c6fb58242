//! After `config.toml` is written: customers and products, and the first dry run.

use clap::Parser as _;

use super::args::InitArgs;
use crate::app::App;
use crate::cli::{Cli, Command};
use crate::commands::sync;
use crate::exit::Failure;
use crate::services::command;

/// Maps what is not mapped, at a terminal; then looks at the newest month, if that is wanted.
pub(super) fn run(app: &App, args: &InitArgs) -> Result<(), Failure> {
    if app.may_prompt {
        let prompt = app.prompt();
        if prompt.confirm("Say now which customer is which contact in Xero, and what products are called?", true)? {
            let loaded = crate::config::load::load(app)?;
            crate::commands::map::interactive::run(app, &loaded)?;
        }
    }
    let wants = args.dry_run || (app.may_prompt && app.prompt().confirm("Do a dry run of the newest month? Nothing is posted.", true)?);
    if wants {
        let cli = Cli::try_parse_from(["cspctl", "sync", "--dry-run"]).map_err(|error| Failure::message(crate::exit::Kind::Failed, error.to_string()))?;
        if let Command::Sync(args) = &cli.command {
            sync::run(app, args)?;
        }
    }
    app.output.note("");
    app.output.note("What comes next:");
    for (words, what) in [
        ("map customers", "who is who; auto proposes"),
        ("map products", "what is what, and prices"),
        ("sync --dry-run", "look at the month"),
        ("sync", "do the month"),
        ("doctor", "check everything, whenever something seems wrong"),
    ] {
        app.output.note(&format!("  {:<32}  {what}", command(app, words)));
    }
    Ok(())
}

//! After `config.toml` is written: customers and products, and the first dry run.

use super::args::InitArgs;
use crate::app::App;
use crate::commands::sync::{self, SyncArgs};
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
        sync::run(app, &SyncArgs { dry_run: true, ..SyncArgs::default() })?;
    }
    app.output.note("");
    app.output.note("What comes next:");
    for (words, what) in [
        ("map", "who is who, what is what, and prices"),
        ("sync --dry-run", "look at the month"),
        ("sync", "do the month"),
        ("doctor", "check everything, whenever something seems wrong"),
    ] {
        app.output.note(&format!("  {:<32}  {what}", command(app, words)));
    }
    Ok(())
}

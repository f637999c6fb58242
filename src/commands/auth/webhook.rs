//! `cspctl auth webhook`: keeps the address that summaries go to, once a message has arrived there.

use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::secret;
use crate::app::App;
use crate::commands::{access, notify};
use crate::config::edit::Editor;
use crate::config::load::Loaded;
use crate::config::notify::Webhook;
use crate::exit::{Failure, Kind};
use crate::notify::message;
use crate::notify::webhook::{host_of, is_address};
use crate::secrets::{Purpose, SecretName};

/// Arguments of `auth webhook`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cspctl auth webhook                          asks for the address, sends a message there, and keeps it
  cspctl auth webhook --webhook-stdin < FILE
  cspctl auth webhook --test                   only sends a message to the one that is configured
  CSPCTL_NOTIFY_WEBHOOK in the environment does as well")]
pub struct WebhookArgs {
    /// Read the address from standard input
    #[arg(long)]
    pub webhook_stdin: bool,
    /// Only send a message to the configured webhook
    #[arg(long, conflicts_with = "webhook_stdin")]
    pub test: bool,
    /// Forget the address that is kept
    #[arg(long, conflicts_with_all = ["webhook_stdin", "test"])]
    pub forget: bool,
}

/// Keeps, tries or forgets the address. Ends well only when the webhook took a message.
pub(super) fn run(app: &App, loaded: &Loaded, args: &WebhookArgs) -> Result<(), Failure> {
    if !args.test {
        access::check(app, loaded)?;
    }
    let (store, name) = (app.secrets(loaded)?, SecretName::new(&app.profile, Purpose::NotifyWebhook));
    if args.forget {
        let was_there = store.delete(&name)?;
        app.output.note(if was_there { "The webhook's address is forgotten." } else { "No webhook's address was kept." });
        return if app.output.is_json() { Ok(app.output.json(&json!({ "schema_version": 1, "was_kept": was_there }))?) } else { Ok(()) };
    }
    let address = if args.test {
        let none = || Failure::message(Kind::Configuration, "no webhook is configured (notify.webhook)").hint("cspctl auth webhook keeps one");
        notify::address(app, loaded)?.ok_or_else(none)?
    } else {
        typed(app, args)?
    };
    let refused = |reason: String| Failure::message(Kind::Failed, format!("the message did not arrive: {reason}")).hint("nothing was stored");
    notify::post(app, loaded, &address, &message::trial(loaded.settings.notify.format)).map_err(refused)?;
    if !args.test {
        store.set(&name, &address)?;
        remember(app, loaded);
    }
    let host = host_of(address.expose_secret());
    if app.output.is_json() {
        return Ok(app.output.json(&json!({ "schema_version": 1, "host": host, "kept": !args.test }))?);
    }
    app.output.note(&format!("{host} took a message{}.", if args.test { "" } else { ", and its address is kept" }));
    Ok(())
}

fn typed(app: &App, args: &WebhookArgs) -> Result<SecretString, Failure> {
    let what = "The webhook's address";
    let asked = if args.webhook_stdin { Some(secret::from_stdin(what)?) } else { secret::from_prompt(app, what)? };
    let missing = || Failure::message(Kind::Usage, "the webhook's address is missing: --webhook-stdin reads it from standard input");
    let address = asked.ok_or_else(missing)?;
    if is_address(address.expose_secret()) { Ok(address) } else { Err(Failure::message(Kind::Usage, "that is no address that begins with https://")) }
}

/// Says in the configuration where the address is. Where that cannot be written, a person is told to: the address is kept.
fn remember(app: &App, loaded: &Loaded) {
    let write = || {
        let mut editor = Editor::open(&loaded.file, "")?;
        let is_set = editor.set_missing("notify", "webhook", "stored")?;
        editor.save().map(|()| is_set)
    };
    let by_hand = "write `webhook = \"stored\"` below [notify] there, so that it is used";
    match write() {
        Ok(false) if loaded.settings.notify.webhook != Webhook::Stored => {
            app.output.warn(&format!("notify.webhook in {} holds another address; {by_hand}", loaded.file.display()));
        }
        Ok(_) => {}
        Err(problems) => app.output.warn(&format!("{problems}; {by_hand}")),
    }
}

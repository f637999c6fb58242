//! After a run that nobody watches: a summary to the webhook or the program of `[notify]`. That it could not
//! be sent is a warning, and never changes how the run ended.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::month;
use crate::app::App;
use crate::config::load::{self, Loaded};
use crate::config::notify::{Occasion, Webhook};
use crate::domain::document::Document;
use crate::exit::{Failure, Kind};
use crate::notify::webhook::is_address;
use crate::notify::{Month, Reason, Summary, message, program, webhook};
use crate::secrets::{Purpose, SecretName};
use crate::services::command;
use crate::ui::outcome::Outcome;

/// What a run had to tell by the time it ended.
#[derive(Debug, Default)]
pub(super) struct Told {
    month: Option<Month>,
    organisation: Option<String>,
    attention: Option<String>,
}

impl Told {
    /// Takes the figures of a result.
    pub(super) fn note(&mut self, outcome: &Outcome) {
        let plan = &outcome.plan;
        let mut month = Month {
            run: outcome.run.clone(),
            period: plan.period.to_string(),
            mode: outcome.mode.as_str(),
            documents: std::collections::BTreeMap::new(),
            charges_held: u64::try_from(plan.held.len()).unwrap_or(u64::MAX),
            findings: std::collections::BTreeMap::new(),
            totals: plan.totals,
        };
        for Document { state, .. } in &plan.documents {
            *month.documents.entry(crate::ui::words::state(*state)).or_default() += 1;
        }
        for finding in &plan.findings {
            *month.findings.entry(finding.code.as_str()).or_default() += 1;
        }
        self.month = Some(month);
        self.organisation.clone_from(&outcome.organisation);
        self.attention = month::check(plan).err().map(|failure| failure.source.to_string());
    }
}

/// Does the work, tells how it went where that is wanted, and gives its result.
pub(super) fn after(app: &App, command: &'static str, work: impl FnOnce(&mut Told) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut told = Told::default();
    let result = work(&mut told);
    if let Err(reason) = tell(app, command, told, &result) {
        app.output.warn(&format!("the summary was not sent: {reason}"));
    }
    result
}

fn tell(app: &App, command: &'static str, told: Told, result: &Result<(), Failure>) -> Result<(), String> {
    // A configuration that cannot be read names nobody to tell.
    let Ok(loaded) = load::read(app) else { return Ok(()) };
    let notify = &loaded.settings.notify;
    if !is_due(app, notify.on, &told, result) || (!has_webhook(app, &loaded) && notify.command.is_empty()) {
        return Ok(());
    }
    let failure = result.as_ref().err();
    let summary = Summary {
        schema_version: 1,
        command,
        profile: app.profile.clone(),
        organisation: told.organisation,
        exit_code: failure.map_or(0, |failure| failure.kind.code()),
        failure: failure.map(|failure| Reason { code: failure.kind.as_str(), message: format!("{:#}", failure.source) }),
        attention: told.attention,
        month: told.month,
    };
    let by_webhook = match address(app, &loaded) {
        Ok(None) => Ok(()),
        Ok(Some(address)) => post(app, &loaded, &address, &message::body(notify.format, &summary)),
        Err(failure) => Err(format!("{:#}", failure.source)),
    };
    let by_program = match notify.command.split_first() {
        None => Ok(()),
        Some((name, arguments)) => {
            let secrets: Vec<&str> = Purpose::ALL.into_iter().filter_map(Purpose::variable).collect();
            let document = serde_json::to_string(&summary).map_err(|error| error.to_string())?;
            program::run(&program_of(&loaded, name), arguments, &document, &secrets, program::DEADLINE)
        }
    };
    match (by_webhook, by_program) {
        (Err(one), Err(other)) => Err(format!("{one}; {other}")),
        (one, other) => one.and(other),
    }
}

/// A person at a terminal sees the result: only `always` tells others as well.
fn is_due(app: &App, on: Occasion, told: &Told, result: &Result<(), Failure>) -> bool {
    let kind = result.as_ref().err().map(|failure| failure.kind);
    let is_failure = !matches!(kind, None | Some(Kind::Attention));
    match (kind, on) {
        // Somebody pressed Ctrl-C.
        (Some(Kind::Interrupted), _) => false,
        (_, Occasion::Always) => true,
        (_, _) if app.may_prompt => false,
        (_, Occasion::Failure) => is_failure,
        (_, Occasion::Findings) => is_failure || told.attention.is_some(),
    }
}

/// A bare name is looked for on the PATH; a path starts where all of the configuration's do.
fn program_of(loaded: &Loaded, name: &str) -> PathBuf {
    if Path::new(name).components().count() > 1 { loaded.resolve(name) } else { PathBuf::from(name) }
}

/// Whether a webhook is configured, without opening the secret store.
pub(super) fn has_webhook(app: &App, loaded: &Loaded) -> bool {
    loaded.settings.notify.webhook != Webhook::None || variable(app).is_some()
}

fn variable(app: &App) -> Option<&str> {
    app.variable(Purpose::NotifyWebhook.variable()?)
}

/// The webhook's address: the environment's, else the configured one, else, where that is said, the stored one.
///
/// # Errors
///
/// Kind `Configuration` for one that a secret may not be sent to, `SignIn` for a store that has none or fails.
pub(super) fn address(app: &App, loaded: &Loaded) -> Result<Option<SecretString>, Failure> {
    if let Some(given) = variable(app) {
        let refuse = || Failure::message(Kind::Configuration, "CSPCTL_NOTIFY_WEBHOOK is no address that begins with https://");
        return if is_address(given.trim()) { Ok(Some(given.trim().into())) } else { Err(refuse()) };
    }
    match &loaded.settings.notify.webhook {
        Webhook::None => Ok(None),
        Webhook::Address(address) => Ok(Some(address.as_str().into())),
        Webhook::Stored => {
            let stored = app.secrets(loaded)?.get(&SecretName::new(&app.profile, Purpose::NotifyWebhook))?;
            let missing = || Failure::message(Kind::SignIn, "notify.webhook is \"stored\", and the secret store has none").hint(command(app, "auth webhook"));
            // Whatever lies in a store is checked as what is typed.
            let usable = stored.filter(|address| is_address(address.expose_secret()));
            usable.ok_or_else(missing).map(Some)
        }
    }
}

/// Sends a message now.
pub(super) fn post(app: &App, loaded: &Loaded, address: &SecretString, body: &serde_json::Value) -> Result<(), String> {
    let transport = app.transport(loaded).map_err(|failure| format!("{:#}", failure.source))?;
    let sent = app.block_on(async { webhook::send(&*transport, address, body).await.map_err(|reason| Failure::message(Kind::Failed, reason)) });
    sent.map_err(|failure| format!("{:#}", failure.source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Clock;
    use crate::ui::output::{Look, Output};

    fn app(may_prompt: bool) -> App {
        App {
            output: Output::new(Look::default(), Box::new(std::io::sink()), Box::new(std::io::sink())),
            environment: std::collections::BTreeMap::new(),
            clock: Clock::Fixed(jiff::Timestamp::UNIX_EPOCH),
            config_file: None,
            profile: "default".to_owned(),
            may_prompt,
            replaced: crate::app::Replaced::default(),
        }
    }

    #[test]
    fn who_watches_is_not_told_and_ctrl_c_tells_nobody() {
        let failed = |kind| Err(Failure::message(kind, "f"));
        let found = || Told { attention: Some("a".to_owned()), ..Told::default() };
        for (may_prompt, on, told, result, due) in [
            (false, Occasion::Findings, Told::default(), Ok(()), false),
            (false, Occasion::Findings, found(), Ok(()), true),
            (false, Occasion::Findings, Told::default(), failed(Kind::Busy), true),
            (false, Occasion::Failure, found(), failed(Kind::Attention), false),
            (false, Occasion::Failure, found(), failed(Kind::Partial), true),
            (true, Occasion::Findings, found(), failed(Kind::Failed), false),
            (true, Occasion::Always, Told::default(), Ok(()), true),
            (false, Occasion::Always, found(), failed(Kind::Interrupted), false),
        ] {
            assert_eq!(is_due(&app(may_prompt), on, &told, &result), due, "{may_prompt} {on:?} {told:?} {result:?}");
        }
    }
}

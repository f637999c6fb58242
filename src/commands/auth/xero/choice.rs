//! Which organisation: the configured one, the only one, or the one that a person chooses; then it is
//! pinned by its id in `config.toml`.

use crate::app::App;
use crate::config::edit::Editor;
use crate::config::load::Loaded;
use crate::exit::{Failure, Kind};
use crate::services::command;
use crate::services::organisation::Connection;
use crate::ui::prompt::{Answer, Choice, List, Stopped, no_detail};

/// Why no organisation was chosen.
#[derive(Debug)]
pub(super) enum Unchosen {
    /// Somebody has to choose; the sign-in itself is good.
    Open(Failure),
    /// The sign-in does not reach what it should.
    Wrong(Failure),
}

/// The organisation to work with. `wanted` is `--organisation`.
pub(super) fn choose(app: &App, loaded: &Loaded, connections: &[Connection], wanted: Option<&str>) -> Result<Connection, Unchosen> {
    let configured = loaded.settings.xero.organisation_id.as_deref();
    if let (Some(configured), Some(wanted)) = (configured, wanted)
        && !configured.eq_ignore_ascii_case(wanted)
    {
        let message = format!("--organisation {wanted} is not the organisation of {}: xero.organisation_id = \"{configured}\"", loaded.file.display());
        return Err(Unchosen::Wrong(Failure::message(Kind::Usage, message)));
    }
    match (wanted.or(configured), connections) {
        (_, []) => Err(Unchosen::Wrong(none_reached(app))),
        (Some(id), _) => find(connections, id).cloned().ok_or_else(|| Unchosen::Wrong(not_reached(app, connections, id))),
        (None, [only]) => Ok(only.clone()),
        (None, several) => ask(app, loaded, several),
    }
}

/// The organisation of the configuration among those that a stored sign-in reaches.
pub(super) fn reached<'a>(app: &App, loaded: &Loaded, connections: &'a [Connection]) -> Result<&'a Connection, Failure> {
    match (loaded.settings.xero.organisation_id.as_deref(), connections) {
        (_, []) => Err(none_reached(app)),
        (Some(id), _) => find(connections, id).ok_or_else(|| not_reached(app, connections, id)),
        (None, [only]) => Ok(only),
        (None, several) => Err(which(loaded, several)),
    }
}

fn find<'a>(connections: &'a [Connection], id: &str) -> Option<&'a Connection> {
    connections.iter().find(|connection| connection.tenant_id.eq_ignore_ascii_case(id.trim()))
}

fn ask(app: &App, loaded: &Loaded, connections: &[Connection]) -> Result<Connection, Unchosen> {
    if !app.may_prompt {
        return Err(Unchosen::Open(which(loaded, connections)));
    }
    let choices: Vec<Choice> = connections.iter().map(|connection| Choice::new(connection.name(), connection.tenant_id.as_str())).collect();
    let list = List { question: "Organisation of this profile", choices: &choices, start: 0, takes_several: false, actions: &[], detail: &no_detail };
    match app.prompt().list(&list) {
        Ok(Answer::One(index)) => connections.get(index).cloned().ok_or_else(|| Unchosen::Open(which(loaded, connections))),
        Ok(_) | Err(Stopped::Back) => Err(Unchosen::Open(which(loaded, connections))),
        Err(stopped) => Err(Unchosen::Wrong(stopped.into())),
    }
}

fn which(loaded: &Loaded, connections: &[Connection]) -> Failure {
    let (count, file) = (connections.len(), loaded.file.display());
    let message = format!("signed in to Xero, which reaches {count} organisations; write one of these lines under [xero] in {file} to say which one is meant");
    let failure = Failure::message(Kind::Configuration, message);
    connections.iter().fold(failure, |failure, connection| failure.hint(format!("organisation_id = \"{}\"   # {}", connection.tenant_id, connection.name())))
}

fn none_reached(app: &App) -> Failure {
    Failure::message(Kind::SignIn, "the sign-in to Xero reaches no organisation")
        .hint(format!("{}, and choose an organisation on Xero's page", command(app, "auth xero")))
        .hint("an organisation can have two uncertified apps at most")
}

fn not_reached(app: &App, connections: &[Connection], id: &str) -> Failure {
    let names: Vec<String> = connections.iter().map(|connection| format!("{} ({})", connection.name(), connection.tenant_id)).collect();
    Failure::message(Kind::SignIn, format!("the sign-in to Xero does not reach the organisation {id}; it reaches {}", names.join(", ")))
        .hint(format!("{}, and choose that organisation on Xero's page", command(app, "auth xero")))
        .hint("or correct xero.organisation_id in config.toml")
}

/// Writes the organisation into `config.toml` where none is configured. A file that cannot be written
/// takes nothing from the sign-in.
pub(super) fn pin(app: &App, loaded: &Loaded, chosen: &Connection) {
    if loaded.settings.xero.organisation_id.is_some() {
        return;
    }
    let written = Editor::open(loaded.completed_file(), "").and_then(|mut editor| {
        let is_set = editor.set_missing("xero", "organisation_id", chosen.tenant_id.as_str())?;
        editor.save().map(|()| is_set)
    });
    match written {
        Ok(true) if loaded.is_draft() => {}
        Ok(true) => app.output.note(&format!("Wrote organisation_id = \"{}\" under [xero] in {}.", chosen.tenant_id, loaded.file.display())),
        Ok(false) => {}
        Err(problems) => {
            let failure = Failure::from(problems);
            app.output.warn(&format!("{}; write organisation_id = \"{}\" under [xero] yourself", failure.source, chosen.tenant_id));
        }
    }
}

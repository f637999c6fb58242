//! `cspctl auth status`: who is signed in where, since when and until when; with `--check` by asking.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Service, dickerdata, microsoft, xero};
use crate::app::App;
use crate::config::load::Loaded;
use crate::exit::{Failure, Kind};
use crate::services::command;
use crate::ui::table::{Cell, Column, Table, Tone};

/// Arguments of `auth status`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cspctl auth status\n  cspctl auth status --check --json")]
pub struct StatusArgs {
    /// Ask the services; ends with 4 when one of them refuses
    #[arg(long)]
    pub check: bool,
}

/// How far a sign-in is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing is stored.
    SignedOut,
    /// A refresh token is stored.
    SignedIn,
    /// A refresh token is stored that nobody used in time.
    Expired,
    /// The app signs itself in.
    OwnApp,
    /// The secret store cannot be used.
    Unknown,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::SignedIn => "signed-in",
            Self::Expired => "expired",
            Self::OwnApp => "own-app",
            Self::Unknown => "unknown",
        }
    }
}

/// What a service answered when it was asked.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    /// The organisation or tenant that it really is, where the service has such a thing.
    pub(super) organisation_id: Option<String>,
    /// Its name.
    pub(super) organisation_name: Option<String>,
    /// What else to know, for people: "works, a demo company".
    pub(super) said: String,
}

/// One service.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) service: &'static str,
    /// True when the configuration needs this sign-in.
    pub(super) is_needed: bool,
    pub(super) state: State,
    pub(super) account: Option<String>,
    pub(super) organisation_id: Option<String>,
    pub(super) organisation_name: Option<String>,
    pub(super) since: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    /// What the service said for people, or why it could not be asked; `None` without `--check`.
    pub(super) checked: Option<Result<String, String>>,
    hints: Vec<String>,
}

impl Row {
    /// A service that nobody is signed in to.
    pub(super) fn new(service: &'static str, is_needed: bool) -> Self {
        Self {
            service,
            is_needed,
            state: State::SignedOut,
            account: None,
            organisation_id: None,
            organisation_name: None,
            since: None,
            until: None,
            checked: None,
            hints: Vec::new(),
        }
    }

    /// It cannot be told.
    pub(super) fn fail(&mut self, failure: &Failure) {
        self.state = State::Unknown;
        self.checked = Some(Err(format!("{:#}", failure.source)));
        self.hints.clone_from(&failure.hints);
    }

    fn take(&mut self, answered: Answered) {
        self.organisation_id = answered.organisation_id;
        self.organisation_name = answered.organisation_name;
        self.checked = Some(Ok(answered.said));
    }

    fn refused(&mut self, failure: Failure) -> Failure {
        self.checked = Some(Err(format!("{:#}", failure.source)));
        failure
    }

    fn is_bad(&self) -> bool {
        let is_signed_in = matches!(self.state, State::SignedIn | State::OwnApp);
        self.is_needed && !is_signed_in || matches!(self.checked, Some(Err(_)))
    }

    /// The command that signs in.
    fn sign_in(&self) -> String {
        if self.service == microsoft::PARTNER_CENTER { "auth microsoft --partner-center".to_owned() } else { format!("auth {}", self.service) }
    }

    fn json(&self, store: &str) -> Value {
        json!({
            "service": self.service,
            "state": self.state.word(),
            "needed": self.is_needed,
            "account": self.account,
            "organisation_id": self.organisation_id,
            "organisation_name": self.organisation_name,
            "since": self.since.map(|since| since.to_string()),
            "until": self.until.map(|until| until.to_string()),
            "store": store,
            "checked": match &self.checked {
                None => Value::Null,
                Some(Ok(said)) => json!({ "ok": true, "message": said }),
                Some(Err(reason)) => json!({ "ok": false, "message": reason }),
            },
        })
    }

    fn cells(&self) -> [Cell; 6] {
        let tone = if self.is_bad() {
            Tone::Bad
        } else if self.state == State::SignedOut {
            Tone::Dim
        } else {
            Tone::Good
        };
        let date = |moment: Option<Timestamp>| moment.map_or_else(|| "–".to_owned(), |moment| moment.to_zoned(jiff::tz::TimeZone::UTC).date().to_string());
        let organisation = self.organisation_name.clone().or_else(|| self.organisation_id.clone());
        let said = match &self.checked {
            None => String::new(),
            Some(Ok(text) | Err(text)) => text.clone(),
        };
        let who = [self.account.clone(), organisation].into_iter().flatten().collect::<Vec<_>>().join(", ");
        [
            Cell::from(self.service),
            Cell::toned(self.state.word().replace('-', " "), tone),
            Cell::from(if who.is_empty() { "–".to_owned() } else { who }),
            Cell::from(date(self.since)),
            Cell::from(date(self.until)),
            Cell::from(said),
        ]
    }
}

/// Shows every service. Ends with 4 when one that is needed is not signed in, or one refuses.
pub(super) fn run(app: &App, loaded: &Loaded, args: &StatusArgs) -> Result<(), Failure> {
    let mut rows: Vec<Row> = Service::ALL.into_iter().map(|service| status(app, loaded, service)).collect();
    let mut worst: Option<Failure> = None;
    if args.check {
        for (row, service) in rows.iter_mut().zip(Service::ALL) {
            if !matches!(row.state, State::SignedIn | State::OwnApp | State::Expired) {
                continue;
            }
            match check(app, loaded, service) {
                Ok(answered) => row.take(answered),
                Err(failure) if failure.kind == Kind::Interrupted => return Err(failure),
                Err(failure) => {
                    let failure = row.refused(failure);
                    worst = worst.or(Some(failure));
                }
            }
        }
    }
    if let Some(mut second) = microsoft::second_status(app, loaded) {
        if args.check {
            match microsoft::check_second(app, loaded) {
                Ok(answered) => second.take(answered),
                Err(failure) if failure.kind == Kind::Interrupted => return Err(failure),
                Err(failure) => {
                    let failure = second.refused(failure);
                    worst = worst.or(Some(failure));
                }
            }
        }
        rows.insert(1.min(rows.len()), second);
    }
    show(app, loaded, &rows)?;
    if let Some(failure) = worst {
        return Err(Failure { kind: Kind::SignIn, ..failure });
    }
    match rows.iter().find(|row| row.is_bad()) {
        None => Ok(()),
        Some(row) => {
            let message = match &row.checked {
                Some(Err(reason)) => reason.clone(),
                _ => format!("not signed in to {}, which the configuration needs", row.service),
            };
            let failure = Failure::message(Kind::SignIn, message);
            let failure = row.hints.iter().fold(failure, |failure, hint| failure.hint(hint.clone()));
            Err(if row.state == State::Unknown { failure } else { failure.hint(command(app, &row.sign_in())) })
        }
    }
}

fn status(app: &App, loaded: &Loaded, service: Service) -> Row {
    match service {
        Service::Microsoft => microsoft::status(app, loaded),
        Service::Xero => xero::status(app, loaded),
        Service::DickerData => dickerdata::status(app, loaded),
    }
}

fn check(app: &App, loaded: &Loaded, service: Service) -> Result<Answered, Failure> {
    match service {
        Service::Microsoft => microsoft::check(app, loaded),
        Service::Xero => xero::check(app, loaded),
        Service::DickerData => dickerdata::check(app, loaded),
    }
}

fn show(app: &App, loaded: &Loaded, rows: &[Row]) -> Result<(), Failure> {
    let store = app.secrets(loaded)?.describe();
    if app.output.is_json() {
        let services: Vec<Value> = rows.iter().map(|row| row.json(&store)).collect();
        return Ok(app.output.json(&json!({ "schema_version": 1, "profile": app.profile, "store": store, "services": services }))?);
    }
    let columns = [Column::Word("Service"), Column::Word("State"), Column::Text("Who"), Column::Word("Since"), Column::Word("Until"), Column::Text("Check")];
    let mut table = Table::new(columns);
    for row in rows {
        let _ = table.row(row.cells());
    }
    let look = app.output.look();
    app.output.data(&table.render(look.width, look.colour_out))?;
    app.output.note(&format!("Sign-ins of profile {} are kept in {store}.", app.profile));
    Ok(())
}

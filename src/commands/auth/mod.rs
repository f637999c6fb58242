//! `cspctl auth …`: signing in to the services, who is signed in, signing out. One file a service.

mod browser;
mod dickerdata;
mod logout;
mod microsoft;
mod moving;
mod secret;
pub(in crate::commands) mod setup;
mod status;
mod webhook;
mod xero;

use clap::{Args, Subcommand, ValueEnum};

use crate::app::App;
use crate::config::load;
use crate::exit::Failure;

/// Arguments of `auth`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cspctl auth microsoft\n  cspctl auth xero\n  cspctl auth xero --no-browser\n  cspctl auth status --check\n  cspctl auth logout xero"
)]
pub struct AuthArgs {
    /// What to do
    #[command(subcommand)]
    pub command: AuthCommand,
}

/// The subcommands of `auth`.
#[derive(Debug, Subcommand)]
pub enum AuthCommand {
    /// Sign in to Microsoft, and learn who the MSP is
    Microsoft(microsoft::MicrosoftArgs),
    /// Sign in to Xero, choose the organisation and prove both
    Xero(xero::XeroArgs),
    /// Keep the distributor's account code and access code, and prove both
    Dickerdata(dickerdata::DickerdataArgs),
    /// Keep the address that summaries of unattended runs are sent to, once a message arrived there
    Webhook(webhook::WebhookArgs),
    /// Say who is signed in where, since when and until when
    Status(status::StatusArgs),
    /// Sign out: revoke where the service can, and forget
    Logout(logout::LogoutArgs),
    /// Move this profile's secrets to another store, and say so in config.toml
    Move(moving::MoveArgs),
}

/// What one can be signed in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Service {
    /// Microsoft
    Microsoft,
    /// Xero
    Xero,
    /// The distributor
    #[value(name = "dickerdata")]
    DickerData,
}

impl Service {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 3] = [Self::Microsoft, Self::Xero, Self::DickerData];
}

/// Runs the subcommand. `no_input` is the flag itself: `--no-browser` reads standard input unless it is set.
///
/// # Errors
///
/// 3 for the configuration, 4 when the service or the person did not agree, 7 while another process
/// refreshes the same sign-in, 1 when the service could not be asked.
pub fn run(app: &App, args: &AuthArgs, no_input: bool) -> Result<(), Failure> {
    let loaded = load::read(app)?;
    match &args.command {
        AuthCommand::Microsoft(args) => microsoft::run(app, &loaded, args, no_input),
        AuthCommand::Xero(args) => xero::run(app, &loaded, args, no_input),
        AuthCommand::Dickerdata(args) => dickerdata::run(app, &loaded, args),
        AuthCommand::Webhook(args) => webhook::run(app, &loaded, args),
        AuthCommand::Status(args) => status::run(app, &loaded, args),
        AuthCommand::Logout(args) => logout::run(app, &loaded, args),
        AuthCommand::Move(args) => moving::run(app, &loaded, args),
    }
}

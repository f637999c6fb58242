//! `cspctl users list|allow|revoke`: which Microsoft accounts may change things.

mod change;
mod list;

use clap::{Args, Subcommand};

use crate::app::App;
use crate::config::load::{self, Loaded};
use crate::exit::Failure;
use crate::microsoft::directory::DirectoryUser;
use crate::services::microsoft as service;

/// Arguments of `users`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cspctl users list
  cspctl users allow kiri@msp.example aroha@msp.example
  cspctl users revoke kiri@msp.example

It keeps a colleague from posting by mistake, and the trail names who did what. It does not stop whoever can
edit config.toml, read the secret store, or sign in to Xero itself: docs/security.md")]
pub struct UsersArgs {
    /// What to do
    #[command(subcommand)]
    pub command: UsersCommand,
}

/// The subcommands of `users`.
#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// Show who may change things, and who is in the MSP's directory
    #[command(after_help = "Examples:\n  cspctl users list\n  cspctl users list --json")]
    List,
    /// Let these accounts change things; nobody else may from then on
    Allow(AllowArgs),
    /// No longer let these accounts change things
    Revoke(RevokeArgs),
}

/// Arguments of `users allow`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cspctl users allow kiri@msp.example aroha@msp.example
  cspctl users allow --unchecked kiri@msp.example    without asking Microsoft's directory")]
pub struct AllowArgs {
    /// User names, as in name@msp.example
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// Do not look the names up in the directory
    #[arg(long)]
    pub unchecked: bool,
    /// Go on although you could not change things yourself any more
    #[arg(long)]
    pub yes: bool,
}

/// Arguments of `users revoke`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cspctl users revoke kiri@msp.example")]
pub struct RevokeArgs {
    /// User names, as in name@msp.example
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// Go on although you could not change things yourself any more, or everybody could
    #[arg(long)]
    pub yes: bool,
}

/// Runs `users`.
///
/// # Errors
///
/// 8 when the signed-in account may not change the list, 4 when nobody is signed in, 2 for a name that the
/// directory does not have or a missing `--yes`, 3 for the configuration.
pub fn run(app: &App, args: &UsersArgs) -> Result<(), Failure> {
    let loaded = load::read(app)?;
    match &args.command {
        UsersCommand::List => list::run(app, &loaded),
        UsersCommand::Allow(args) => change::allow(app, &loaded, args),
        UsersCommand::Revoke(args) => change::revoke(app, &loaded, args),
    }
}

/// Everybody in the MSP's directory.
fn directory(app: &App, loaded: &Loaded) -> Result<Vec<DirectoryUser>, Failure> {
    let signed_in = service::open(app, loaded)?;
    app.block_on(async { signed_in.microsoft().directory(signed_in.msp).await.map_err(|error| service::failure(app, error)) })
}

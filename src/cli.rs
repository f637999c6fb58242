//! The command line: global flags and the list of subcommands.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

/// Check Dicker Data's Microsoft charges, enter the bill in Xero and invoice every customer.
#[derive(Debug, Parser)]
#[command(name = "cspctl", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Examples:
  cspctl init                                         set up, step by step
  cspctl map customers auto --contacts contacts.csv   who is who, from Xero's contacts
  cspctl map products auto                            what is what
  cspctl sync --dry-run                               look at the month
  cspctl sync                                         do the month
  cspctl explain CSP-2026-11-196e22                   why this amount

Exit codes: 0 done · 1 failed · 2 command line · 3 configuration or mapping · 4 sign-in needed
  5 needs attention (--check) · 6 partly done, run again · 7 busy
  8 this user may not · 130 interrupted")]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Even into a file.
    Always,
    /// Not at all.
    Never,
}

/// Flags that every command takes, before and after the subcommand.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one switch of the command line")]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Read this configuration file
    #[arg(long, global = true, value_name = "FILE", env = "CSPCTL_CONFIG")]
    pub config: Option<PathBuf>,
    /// Use this profile's configuration, ledger and secrets
    #[arg(long, global = true, value_name = "NAME", env = "CSPCTL_PROFILE")]
    pub profile: Option<String>,
    /// Print one JSON document instead of tables
    #[arg(long, global = true)]
    pub json: bool,
    /// Never ask; a missing answer is an error that names the flag
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Print failures only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more; twice says everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// When to use colours: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    pub color: Colour,
    /// Draw no progress bars
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// Every subcommand.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set everything up, step by step, checking each step for real
    Init(Box<crate::commands::init::InitArgs>),
    /// Sign in to the services, say who is signed in, sign out
    Auth(crate::commands::auth::AuthArgs),
    /// Read and compare, never post
    Reconcile(crate::commands::reconcile::ReconcileArgs),
    /// Reconcile, plan, show and post the month
    Sync(crate::commands::sync::SyncArgs),
    /// Tell how an amount came to be
    Explain(crate::commands::explain::ExplainArgs),
    /// List, show and undo what was done
    Runs(crate::commands::runs::RunsArgs),
    /// Say who is who and what is what: customers and Xero contacts, offers and prices
    Map(crate::commands::map::MapArgs),
    /// Say which Microsoft accounts may change things
    Users(crate::commands::users::UsersArgs),
    /// Check configuration, secrets, clocks and services, and say what to do
    Doctor(crate::commands::doctor::DoctorArgs),
    /// Read every source; keep raw answers for a bug report with --to
    Pull(crate::commands::pull::PullArgs),
    /// Print a completion script for a shell
    Completions(crate::commands::completions::CompletionsArgs),
}

#[cfg(test)]
mod tests;

//! `cspctl completions SHELL`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::app::App;
use crate::exit::Failure;

/// Arguments of `completions`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cspctl completions bash > ~/.local/share/bash-completion/completions/cspctl")]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Prints a static completion script to standard output.
///
/// # Errors
///
/// When standard output cannot be written.
pub fn run(app: &App, args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::cli::Cli::command(), "cspctl", &mut script);
    Ok(app.output.data(&String::from_utf8_lossy(&script))?)
}

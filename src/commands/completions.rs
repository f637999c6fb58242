//! `cspctl completions SHELL`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::app::App;
use crate::exit::Failure;

/// Arguments of `completions`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cspctl completions bash > ~/.local/share/bash-completion/completions/cspctl
  cspctl completions zsh > \"${fpath[1]}/_cspctl\"
  cspctl completions fish > ~/.config/fish/completions/cspctl.fish
  cspctl completions powershell >> $PROFILE")]
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

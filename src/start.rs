//! From the command line to a running command: parse, decide the look, build the [`App`], dispatch.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;

use crate::app::{App, Clock};
use crate::cli::{Cli, Colour, Command, GlobalArgs};
use crate::commands;
use crate::exit::{Failure, Kind};
use crate::log;
use crate::services::program;
use crate::ui::output::{Look, Output, Verbosity};

/// Runs one command line and gives the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help and version to standard output and everything else to standard error.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let app = build(&cli.global);
    let result = start_log(&app).and_then(|()| dispatch(&app, &cli));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(&app.output),
    }
}

fn start_log(app: &App) -> Result<(), Failure> {
    let look = app.output.look();
    let wanted = log::Wanted {
        everything: look.verbosity == Verbosity::Debug,
        rules: app.variable("CSPCTL_LOG"),
        json: app.variable("CSPCTL_LOG_FORMAT").is_some_and(|format| format.eq_ignore_ascii_case("json")),
        colour: look.colour_error,
    };
    log::start(wanted).map_err(|error| Failure::new(Kind::Usage, error))
}

fn dispatch(app: &App, cli: &Cli) -> Result<(), Failure> {
    match &cli.command {
        Command::Init(args) => commands::init::run(app, args, cli.global.no_input),
        Command::Auth(args) => commands::auth::run(app, args, cli.global.no_input),
        Command::Reconcile(args) => commands::reconcile::run(app, args),
        Command::Sync(args) => commands::sync::run(app, args),
        Command::Explain(args) => commands::explain::run(app, args),
        Command::Runs(args) => commands::runs::run(app, args),
        Command::Map(args) => commands::map::run(app, args),
        Command::Users(args) => commands::users::run(app, args),
        Command::Doctor(args) => commands::doctor::run(app, args),
        Command::Pull(args) => commands::pull::run(app, args),
        Command::Completions(args) => commands::completions::run(app, args),
    }
}

fn build(global: &GlobalArgs) -> App {
    let environment: std::collections::BTreeMap<String, String> =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect();
    let is_set = |name: &str| environment.get(name).is_some_and(|value| !value.is_empty());
    let (out_is_terminal, error_is_terminal) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
    let colour = |is_terminal: bool| match global.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => is_terminal && !is_set("NO_COLOR") && environment.get("TERM").is_none_or(|term| term != "dumb"),
    };
    let verbosity = match (global.quiet, global.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, 0) => Verbosity::Normal,
        (false, 1) => Verbosity::Verbose,
        (false, _) => Verbosity::Debug,
    };
    let look = Look {
        json: global.json,
        verbosity,
        colour_out: colour(out_is_terminal),
        colour_error: colour(error_is_terminal),
        progress: error_is_terminal && !global.no_progress && !is_set("CI") && !is_set("CSPCTL_LOG") && verbosity == Verbosity::Normal,
        width: terminal_width(&environment, out_is_terminal),
        out_is_terminal,
        error_columns: error_is_terminal.then(|| console::Term::stderr().size_checked()).flatten().map(|(_, columns)| usize::from(columns).max(40)),
    };
    let may_prompt = !global.no_input && !is_set("CI") && std::io::stdin().is_terminal() && error_is_terminal;
    let app = App {
        output: Output::new(look, Box::new(std::io::BufWriter::new(std::io::stdout())), Box::new(std::io::stderr())),
        environment,
        clock: Clock::System,
        config_file: global.config.clone(),
        profile: global.profile.clone().unwrap_or_else(|| "default".to_owned()),
        may_prompt,
        replaced: crate::app::Replaced::default(),
    };
    let program = program(&app);
    App { output: app.output.speaking_for(program), ..app }
}

/// Columns to fit tables into: the terminal's, else `COLUMNS`, else 100 for files and pipes.
fn terminal_width(environment: &std::collections::BTreeMap<String, String>, out_is_terminal: bool) -> usize {
    let from_terminal = if out_is_terminal { console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns)) } else { None };
    from_terminal.or_else(|| environment.get("COLUMNS").and_then(|columns| columns.parse().ok())).unwrap_or(100).clamp(40, 400)
}

//! From settings to signed-in services: which app signs in where, where its sign-in is kept, and the
//! token sources that clients get. The one place that knows both `config` and `auth`.

pub mod certificate;
pub mod microsoft;
pub mod organisation;
pub mod xero;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::app::App;
use crate::auth::Now;
use crate::config::load::Loaded;
use crate::config::paths;
use crate::config::schema::SecretsStore;
use crate::domain::remedy::{PROGRAM, quoted, typed};
use crate::exit::{Failure, Kind};
use crate::files::lock::{self, FileLock};

pub use xero::xero_tokens;

/// How long to wait for another process that refreshes the same sign-in: as long as one round takes, three
/// requests of 20 s and two pauses of 20 s. Whoever meets a second round ends with 7.
pub const LOCK_WAIT: Duration = Duration::from_secs(110);

/// The app's clock, for `auth`.
#[must_use]
pub fn now(app: &App) -> Now {
    let clock = app.clock;
    Now::new(move || clock.now())
}

/// The lock of a sign-in, one a profile and service. It lies where every process that shares the
/// stored sign-in finds it: beside the encrypted file, else in the profile's state folder.
#[must_use]
pub fn lock_file(app: &App, loaded: &Loaded, service: &str) -> PathBuf {
    let name = format!("sign-in-{}-{service}.lock", app.profile);
    let secrets = &loaded.settings.secrets;
    if let (SecretsStore::File, Some(file)) = (secrets.store, &secrets.file)
        && let Some(folder) = loaded.resolve(file).parent()
    {
        return folder.join(name);
    }
    match paths::state_folder(&app.environment, &app.profile) {
        Ok(folder) => folder.join(name),
        Err(_) => loaded.ledger_file().with_file_name(name),
    }
}

/// The names of every lock that [`lock_file`] knows.
const SIGN_INS: [&str; 3] = ["microsoft", "partner-center", "xero"];
/// How long to sleep between two looks at a lock.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Holds every sign-in of this profile still, as these configurations keep it: no other process refreshes one
/// before what is given back is dropped.
///
/// # Errors
///
/// Kind `Busy` when another process does not let go, `Failed` when a lock's folder cannot be made or written.
pub async fn hold_sign_ins(app: &App, configurations: [&Loaded; 2]) -> Result<Vec<FileLock>, Failure> {
    let mut files = BTreeSet::new();
    for loaded in configurations {
        for service in SIGN_INS {
            let file = lock_file(app, loaded, service);
            let (folder, name) = (file.parent().unwrap_or(Path::new(".")), file.file_name().unwrap_or_default());
            crate::files::make_folder(folder).map_err(|error| cannot_lock(&file, &error))?;
            // One file under two names would be waited for in vain.
            files.insert(std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()).join(name));
        }
    }
    let (mut held, began) = (Vec::new(), Instant::now());
    for file in files {
        let lock = loop {
            match lock::take(&file, Duration::ZERO).map_err(|error| cannot_lock(&file, &error))? {
                Some(lock) => break lock,
                None if began.elapsed() >= LOCK_WAIT => {
                    let message = format!("another cspctl holds {} for more than {} s", file.display(), LOCK_WAIT.as_secs());
                    return Err(Failure::message(Kind::Busy, message).hint("run the command again in a minute"));
                }
                None => tokio::time::sleep(LOCK_PAUSE).await,
            }
        };
        held.push(lock);
    }
    Ok(held)
}

fn cannot_lock(file: &Path, error: &std::io::Error) -> Failure {
    Failure::message(Kind::Failed, format!("cannot lock {}: {error}; nothing was changed", file.display()))
}

/// A command as it has to be typed here: `cspctl auth xero`, `cspctl --profile nz auth xero`, and with `--config FILE`
/// where the command line named the file and the environment does not.
#[must_use]
pub fn command(app: &App, words: &str) -> String {
    format!("{} {words}", program(app))
}

/// A remedy with every command in it as it has to be typed here. Those below `services` know neither profile
/// nor configuration.
#[must_use]
pub fn as_typed(app: &App, remedy: &str) -> String {
    typed(remedy, &program(app))
}

/// How every command begins here: `cspctl`, with what chose profile and configuration.
#[must_use]
pub fn program(app: &App) -> String {
    let profile = if app.profile == paths::DEFAULT_PROFILE { String::new() } else { format!(" --profile {}", app.profile) };
    let file = app.config_file.as_ref().map(|file| file.display().to_string()).filter(|file| app.variable("CSPCTL_CONFIG") != Some(file));
    let config = file.map_or_else(String::new, |file| format!(" --config {}", quoted(&file)));
    format!("{PROGRAM}{profile}{config}")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::app::{Clock, Replaced};
    use crate::domain::remedy::COMMANDS;
    use crate::ui::output::{Look, Output};

    fn app(profile: &str, config_file: Option<&str>, variable: Option<&str>) -> App {
        App {
            output: Output::new(Look::default(), Box::new(std::io::sink()), Box::new(std::io::sink())),
            environment: variable.map(|file| ("CSPCTL_CONFIG".to_owned(), file.to_owned())).into_iter().collect(),
            clock: Clock::System,
            config_file: config_file.map(PathBuf::from),
            profile: profile.to_owned(),
            may_prompt: false,
            replaced: Replaced::default(),
        }
    }

    #[test]
    fn a_command_repeats_what_chose_the_configuration_unless_the_environment_did() {
        for (profile, file, variable, expected) in [
            ("default", None, None, "cspctl sync"),
            ("default", Some("a.toml"), Some("a.toml"), "cspctl sync"),
            ("default", Some("a.toml"), Some("b.toml"), "cspctl --config a.toml sync"),
            ("nz", Some("my files/a.toml"), None, "cspctl --profile nz --config \"my files/a.toml\" sync"),
        ] {
            assert_eq!(command(&app(profile, file, variable), "sync"), expected);
        }
    }

    #[test]
    fn every_command_of_a_remedy_is_typed_so_once() {
        let app = app("nz", None, None);
        let remedy = "cspctl sync --include-older, or, if it was billed before: cspctl sync --catch-up; cspctl cannot know";
        let typed = as_typed(&app, remedy);
        assert_eq!(typed, "cspctl --profile nz sync --include-older, or, if it was billed before: cspctl --profile nz sync --catch-up; cspctl cannot know");
        assert_eq!(as_typed(&app, &typed), typed);
    }

    #[test]
    fn every_subcommand_is_known() {
        use clap::CommandFactory as _;
        let command = crate::cli::Cli::command();
        let unknown: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).filter(|name| *name != "help" && !COMMANDS.contains(name)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    /// A command that is wrapped at an unknown word is copied in two pieces.
    #[test]
    fn every_word_of_a_command_stays_with_it_at_the_edge_of_a_terminal() {
        fn unknown(command: &clap::Command, found: &mut Vec<String>) {
            for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
                if !crate::ui::text::is_command_word(below.get_name()) {
                    found.push(below.get_name().to_owned());
                }
                unknown(below, found);
            }
        }
        let mut found = Vec::new();
        unknown(&<crate::cli::Cli as clap::CommandFactory>::command(), &mut found);
        assert_eq!(found, Vec::<String>::new(), "src/ui/text.rs, SUBCOMMANDS");
    }
}

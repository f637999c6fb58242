//! The only bag of capabilities: clock, environment, output, places. Commands get everything
//! with effects from here, so that tests replace it.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use jiff::civil::Date;

use crate::config::load::Loaded;
use crate::config::schema::{Secrets, SecretsStore};
use crate::exit::{Failure, Kind};
use crate::http::client::{self, NetworkTransport};
use crate::http::{TokenSource, Traced, Transport};
use crate::secrets::SecretStore;
use crate::secrets::command::ExternalProgram;
use crate::secrets::environment::EnvironmentOverlay;
use crate::secrets::file::{EncryptedFile, KeySource};
use crate::secrets::keyring::Keyring;
use crate::ui::output::Output;
use crate::ui::prompt::{AtTerminal, Prompt};

thread_local! {
    /// One runtime as long as the thread lives: connections that are kept open belong to it.
    static RUNTIME: OnceCell<tokio::runtime::Runtime> = const { OnceCell::new() };
}

/// What commands work with.
#[derive(Debug)]
pub struct App {
    /// Both streams.
    pub output: Output,
    /// The environment as it was at the start; nothing else reads it.
    pub environment: BTreeMap<String, String>,
    /// The clock.
    pub clock: Clock,
    /// `--config` or `CSPCTL_CONFIG`, as given.
    pub config_file: Option<PathBuf>,
    /// `--profile` or `CSPCTL_PROFILE`; `default` otherwise.
    pub profile: String,
    /// False when nothing may ever ask: `--no-input`, `CI`, or no terminal.
    pub may_prompt: bool,
    /// What tests put in the place of the network and of the secret store.
    pub replaced: Replaced,
}

/// Stand-ins for what has effects outside; the program leaves them empty.
#[derive(Clone, Debug, Default)]
pub struct Replaced {
    /// Instead of the network.
    pub transport: Option<Rc<dyn Transport>>,
    /// Instead of signing in to Xero.
    pub xero_tokens: Option<Rc<dyn TokenSource>>,
    /// Instead of the configured secret store.
    pub secrets: Option<Rc<dyn SecretStore>>,
    /// Instead of a person at the terminal.
    pub prompt: Option<Rc<dyn Prompt>>,
}

/// Where the time comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's clock and zone.
    System,
    /// A fixed moment, for tests.
    Fixed(jiff::Timestamp),
}

impl Clock {
    /// This moment.
    #[must_use]
    pub fn now(self) -> jiff::Timestamp {
        match self {
            Self::System => jiff::Timestamp::now(),
            Self::Fixed(moment) => moment,
        }
    }

    /// Today's date: in the machine's zone, or in UTC for a fixed moment.
    #[must_use]
    pub fn today(self) -> Date {
        match self {
            Self::System => jiff::Zoned::now().date(),
            Self::Fixed(moment) => moment.to_zoned(jiff::tz::TimeZone::UTC).date(),
        }
    }
}

impl App {
    /// A variable of the environment, unless it is empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The network as configured.
    ///
    /// # Errors
    ///
    /// Kind `Configuration` when it cannot be set up: a certificate file, the machine's trust store.
    pub fn transport(&self, loaded: &Loaded) -> Result<Rc<dyn Transport>, Failure> {
        if let Some(transport) = &self.replaced.transport {
            return Ok(Rc::clone(transport));
        }
        let network = &loaded.settings.network;
        let ca_cert = network.ca_cert.as_deref().map(|path| loaded.resolve(path));
        let settings = client::Settings { ca_cert: ca_cert.as_deref(), timeout: Duration::from_secs(u64::from(network.timeout_seconds)) };
        let network = NetworkTransport::new(&settings).map_err(|error| Failure::new(Kind::Configuration, error))?;
        Ok(Rc::new(Traced::new(Rc::new(network))))
    }

    /// The secret store as configured, with the environment's static secrets in front. Nothing is
    /// opened yet: a store that cannot be used says so at the first secret asked of it.
    ///
    /// # Errors
    ///
    /// Kind `Configuration` when the settings name no program or no file.
    pub fn secrets(&self, loaded: &Loaded) -> Result<Rc<dyn SecretStore>, Failure> {
        if let Some(secrets) = &self.replaced.secrets {
            return Ok(Rc::clone(secrets));
        }
        let store = self.store_of(loaded, &loaded.settings.secrets)?;
        Ok(Rc::new(EnvironmentOverlay::new(&self.environment, store)))
    }

    /// Exactly the store of these settings, without the environment: another one is never taken in its place.
    ///
    /// # Errors
    ///
    /// Kind `Configuration` when they name no program or no file.
    pub fn store_of(&self, loaded: &Loaded, settings: &Secrets) -> Result<Rc<dyn SecretStore>, Failure> {
        match settings.store {
            SecretsStore::Keyring => Ok(Rc::new(Keyring::new(self.may_prompt))),
            SecretsStore::Command => {
                let missing = || Failure::message(Kind::Configuration, "`secrets.store = \"command\"` needs `secrets.command = [\"program\", \"argument\"]`");
                let (program, arguments) = settings.command.split_first().ok_or_else(missing)?;
                // A bare name is looked for on the PATH; a path starts where all of the configuration's do.
                let has_folder = Path::new(program).components().count() > 1;
                let program = if has_folder { loaded.resolve(program) } else { PathBuf::from(program) };
                Ok(Rc::new(ExternalProgram::new(program, arguments.to_vec())))
            }
            SecretsStore::File => {
                let missing = || Failure::message(Kind::Configuration, "`secrets.store = \"file\"` needs `secrets.file = \"path\"`");
                let path = loaded.resolve(settings.file.as_deref().ok_or_else(missing)?);
                Ok(Rc::new(EncryptedFile::new(path, KeySource::of_environment(&self.environment))))
            }
        }
    }

    /// The same, with everything for people: what would be data goes to standard error too, and never as
    /// JSON. For commands whose one document comes at the end of others' work.
    #[must_use]
    pub fn for_people(&self) -> Self {
        let look = crate::ui::output::Look { json: false, colour_out: self.output.look().colour_error, ..self.output.look() };
        Self {
            output: Output::new(look, Box::new(std::io::stderr()), Box::new(std::io::stderr())),
            environment: self.environment.clone(),
            clock: self.clock,
            config_file: self.config_file.clone(),
            profile: self.profile.clone(),
            may_prompt: self.may_prompt,
            replaced: self.replaced.clone(),
        }
    }

    /// Whom to ask. Only where [`App::may_prompt`] allows: elsewhere a missing answer is an error that names
    /// the flag.
    #[must_use]
    pub fn prompt(&self) -> Rc<dyn Prompt> {
        if let Some(prompt) = &self.replaced.prompt {
            return Rc::clone(prompt);
        }
        // From the first wait for Ctrl-C on it no longer kills the program at once, which would leave the
        // terminal without its cursor: the question that it interrupts ends as interrupted.
        let _ = self.block_on(async {
            let _ = tokio::time::timeout(Duration::ZERO, tokio::signal::ctrl_c()).await;
            Ok(())
        });
        Rc::new(AtTerminal::new(self.output.look().colour_error))
    }

    /// Runs what waits for the network, on this thread, until it is done or Ctrl-C is pressed.
    ///
    /// # Errors
    ///
    /// The future's own, or kind `Interrupted`.
    pub fn block_on<T>(&self, future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let mut result = None;
        let keeping = async { result = Some(future.await) };
        wait(std::pin::pin!(keeping))?;
        result.unwrap_or_else(|| Err(Failure::message(Kind::Failed, "the program stopped waiting before there was an answer")))
    }
}

/// Drives a future to its end. Not generic: the runtime's own code would otherwise be in the program once for each
/// future that is ever waited for.
fn wait(future: Pin<&mut dyn Future<Output = ()>>) -> Result<(), Failure> {
    RUNTIME.with(|runtime| {
        if runtime.get().is_none() {
            let _ = runtime.set(tokio::runtime::Builder::new_current_thread().enable_all().build()?);
        }
        let runtime = runtime.get().ok_or_else(|| Failure::message(Kind::Failed, "the program cannot wait for the network"))?;
        runtime.block_on(async {
            tokio::select! {
                () = future => Ok(()),
                Ok(()) = tokio::signal::ctrl_c() => Err(Failure::message(Kind::Interrupted, "interrupted; what was done is recorded, and running again is safe")),
            }
        })
    })
}

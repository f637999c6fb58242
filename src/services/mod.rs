//! From settings to signed-in services: which app signs in where, where its sign-in is kept, and the
//! token sources that clients get. The one place that knows both `config` and `auth`.

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
use crate::exit::{Failure, Kind};
use crate::files::lock::{self, FileLock};

pub use xero::xero_tokens;

/// How long to wait for another process that refreshes the same sign-in: longer than its refresh can take.
pub const LOCK_WAIT: Duration = Duration::from_secs(70);

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

/// A command as this profile has to type it: `cspctl auth xero`, `cspctl --profile nz auth xero`.
#[must_use]
pub fn command(app: &App, words: &str) -> String {
    if app.profile == paths::DEFAULT_PROFILE { format!("cspctl {words}") } else { format!("cspctl --profile {} {words}", app.profile) }
}

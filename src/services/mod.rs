//! From settings to signed-in services: which app signs in where, where its sign-in is kept, and the
//! token sources that clients get. The one place that knows both `config` and `auth`.

pub mod certificate;
pub mod microsoft;
pub mod organisation;
pub mod xero;

use std::path::PathBuf;
use std::time::Duration;

use crate::app::App;
use crate::auth::Now;
use crate::config::load::Loaded;
use crate::config::paths;
use crate::config::schema::SecretsStore;

pub use xero::xero_tokens;

/// How long to wait for another process that refreshes the same sign-in: longer than its refresh can take,
/// which is three requests of 20 s and two pauses of 20 s.
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

/// A command as this profile has to type it: `cspctl auth xero`, `cspctl --profile nz auth xero`.
#[must_use]
pub fn command(app: &App, words: &str) -> String {
    if app.profile == paths::DEFAULT_PROFILE { format!("cspctl {words}") } else { format!("cspctl --profile {} {words}", app.profile) }
}

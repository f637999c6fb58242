//! The private key of the app's certificate, in the secret store.

use std::io::Read as _;

use secrecy::{ExposeSecret as _, SecretString};

use crate::app::App;
use crate::auth::ClientCertificate;
use crate::config::load::Loaded;
use crate::exit::{Failure, Kind};
use crate::secrets::{Purpose, SecretName};

/// No key in PEM form is longer.
const BYTES_AT_MOST: u64 = 64 * 1024;

/// Keeps the key that comes on standard input, once it has been proven to be the certificate's.
pub(super) fn keep_key(app: &App, loaded: &Loaded) -> Result<(), Failure> {
    let settings = &loaded.settings.microsoft;
    let missing =
        || Failure::message(Kind::Configuration, "microsoft.certificate is missing: a key alone signs nothing").hint("write its path into config.toml");
    let path = loaded.resolve(settings.certificate.as_deref().ok_or_else(missing)?);
    if settings.certificate_key.is_some() {
        return Err(Failure::message(Kind::Configuration, "microsoft.certificate_key names a file already")
            .hint("remove it from config.toml to use the secret store instead"));
    }
    let mut text = String::new();
    let _ = std::io::stdin().lock().take(BYTES_AT_MOST).read_to_string(&mut text)?;
    let key = SecretString::from(text);
    if key.expose_secret().trim().is_empty() {
        return Err(Failure::message(Kind::Usage, "the private key was to come on standard input, and nothing came"));
    }
    let pem = std::fs::read(&path)
        .map_err(|error| Failure::message(Kind::Configuration, format!("cannot read {} (microsoft.certificate): {error}", path.display())))?;
    let _ = ClientCertificate::read(&pem, &key)
        .map_err(|problem| Failure::message(Kind::Configuration, format!("standard input: {problem}")).hint("nothing was kept"))?;
    Ok(app.secrets(loaded)?.set(&name(app), &key)?)
}

/// Forgets it; false when there was none.
pub(super) fn forget_key(app: &App, loaded: &Loaded) -> Result<bool, Failure> {
    if app.variable("CSPCTL_MICROSOFT_CERTIFICATE_KEY").is_some() {
        app.output.note("CSPCTL_MICROSOFT_CERTIFICATE_KEY is still set in this environment.");
        return Ok(false);
    }
    Ok(app.secrets(loaded)?.delete(&name(app))?)
}

fn name(app: &App) -> SecretName {
    SecretName::new(&app.profile, Purpose::MicrosoftCertificateKey)
}

//! The certificate of a Microsoft app registration: which files and secrets it is made of, and whether it
//! can be used. Everything is checked before Microsoft is asked.

use std::path::Path;
use std::rc::Rc;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::app::App;
use crate::auth::{CertificateProblem, ClientCertificate};
use crate::config::load::Loaded;
use crate::exit::{Failure, Kind};
use crate::secrets::{Purpose, SecretName, refuse_open_to_others};

/// A certificate that the configuration names, read and proven to fit its key; `None` when it names none.
///
/// # Errors
///
/// Kind `Configuration` for a file that cannot be read, is no PEM, or holds another key; `SignIn` when the key is nowhere.
pub fn read(app: &App, loaded: &Loaded) -> Result<Option<ClientCertificate>, Failure> {
    let settings = &loaded.settings.microsoft;
    let Some(certificate) = settings.certificate.as_deref() else { return Ok(None) };
    let path = loaded.resolve(certificate);
    let pem = std::fs::read(&path).map_err(|error| cannot(&path, "microsoft.certificate", &error.to_string()))?;
    let (key, key_from) = key(app, loaded)?;
    let read = ClientCertificate::read(&pem, &key).map_err(|problem| {
        let place = match problem {
            CertificateProblem::NoCertificate | CertificateProblem::Unreadable => format!("{} (microsoft.certificate)", path.display()),
            CertificateProblem::NoKey | CertificateProblem::NotRsa(_) | CertificateProblem::OtherKey => key_from,
        };
        Failure::message(Kind::Configuration, format!("{place}: {problem}")).hint("docs/microsoft-app.md shows how to make both with openssl")
    })?;
    Ok(Some(read))
}

/// The certificate for a sign-in: one that has not ended, and no secret beside it.
///
/// # Errors
///
/// As [`read`], and kind `Configuration` for one that has ended, or a secret beside it.
pub fn usable(app: &App, loaded: &Loaded, client_secret: Option<&SecretString>) -> Result<Option<Rc<ClientCertificate>>, Failure> {
    let Some(certificate) = read(app, loaded)? else { return Ok(None) };
    if client_secret.is_some() {
        return Err(Failure::message(Kind::Configuration, "the app has both a client secret and microsoft.certificate; Microsoft takes one")
            .hint("unset CSPCTL_MICROSOFT_CLIENT_SECRET, or forget the kept secret: cspctl auth logout microsoft")
            .hint("or remove microsoft.certificate from config.toml"));
    }
    if certificate.ends() <= app.clock.now() {
        let message = format!("the certificate of the app (microsoft.certificate) ended on {}", day(certificate.ends()));
        return Err(Failure::message(Kind::Configuration, message).hint("make a new one and upload it, as docs/microsoft-app.md shows"));
    }
    Ok(Some(Rc::new(certificate)))
}

/// The day of a moment, as certificates count.
#[must_use]
pub fn day(moment: Timestamp) -> jiff::civil::Date {
    moment.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// The private key and where it came from, for people.
fn key(app: &App, loaded: &Loaded) -> Result<(SecretString, String), Failure> {
    if let Some(path) = loaded.settings.microsoft.certificate_key.as_deref() {
        let path = loaded.resolve(path);
        refuse_open_to_others(&path, "the certificate's key")?;
        let pem = std::fs::read_to_string(&path).map_err(|error| cannot(&path, "microsoft.certificate_key", &error.to_string()))?;
        return Ok((SecretString::from(pem), format!("{} (microsoft.certificate_key)", path.display())));
    }
    let found = app.secrets(loaded)?.get(&SecretName::new(&app.profile, Purpose::MicrosoftCertificateKey))?;
    let needed = || {
        Failure::message(Kind::SignIn, "the private key of microsoft.certificate is nowhere")
            .hint("name its file: microsoft.certificate_key = \"path\"")
            .hint("or keep it in the secret store: cspctl auth microsoft --certificate-key-stdin < FILE")
    };
    Ok((found.ok_or_else(needed)?, "the certificate's key in the secret store".to_owned()))
}

fn cannot(path: &Path, setting: &str, reason: &str) -> Failure {
    Failure::message(Kind::Configuration, format!("cannot read {} ({setting}): {reason}", path.display()))
}

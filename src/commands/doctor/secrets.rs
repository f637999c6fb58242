//! Secrets: which store and why, whether it works, and whether every expected secret is in it.

use secrecy::SecretString;

use super::check::{Group, Section, Verdict};
use super::used::{Used, expected};
use crate::app::App;
use crate::config::load::Loaded;
use crate::config::schema::SecretsStore;
use crate::exit::{Failure, Kind};
use crate::secrets::{Purpose, SecretError, SecretName, SecretStore, probe};
use crate::services::command;

/// What was found, for the sections that need secrets.
pub(super) struct Found {
    /// False when no secret can be had at all.
    pub(super) is_usable: bool,
    missing: Vec<Purpose>,
}

impl Found {
    /// True when this secret is there.
    pub(super) fn has(&self, purpose: Purpose) -> bool {
        self.is_usable && !self.missing.contains(&purpose)
    }
}

/// Probes the store, then looks for every secret that the configuration needs.
pub(super) fn check(app: &App, loaded: &Loaded, used: Used) -> (Section, Found) {
    let expected = expected(loaded, used);
    if expected.is_empty() {
        let section = Section::skipped(Group::Secrets, "store", "not used: the configuration needs no secret");
        return (section, Found { is_usable: true, missing: Vec::new() });
    }
    let mut section = Section::new(Group::Secrets);
    let store = match app.secrets(loaded) {
        Ok(store) => store,
        Err(failure) => {
            section.add("store", failure);
            return (section, Found { is_usable: false, missing: Vec::new() });
        }
    };
    let given = |purpose: Purpose| purpose.variable().filter(|variable| app.variable(variable).is_some());
    // What the environment gives is never asked of the store behind it, which may be none at all in CI.
    let of_store: Vec<Purpose> = expected.iter().map(|(purpose, _)| *purpose).filter(|purpose| given(*purpose).is_none()).collect();
    if of_store.is_empty() {
        section.add("store", Verdict::skipped("not used: the environment gives every secret"));
    } else if let Err(error) = probe(app, loaded, &*store, &of_store) {
        section.add("store", Failure::from(error));
        return (section, Found { is_usable: false, missing: Vec::new() });
    } else {
        section.add("store", Verdict::ok(format!("{} works ({})", store.describe(), why(loaded))));
    }
    let mut missing = Vec::new();
    for (purpose, words) in expected {
        let found = store.get(&SecretName::new(&app.profile, purpose));
        if !matches!(found, Ok(Some(_))) {
            missing.push(purpose);
        }
        section.add(name(purpose), judge(found, given(purpose), purpose, &command(app, words)));
    }
    (section, Found { is_usable: true, missing })
}

/// A keyring that cannot be used may still answer a read with "none": it is written to. The encrypted file
/// too, once it is there, where a sign-in is kept that changes with every use. A program may be read-only.
fn probe(app: &App, loaded: &Loaded, store: &dyn SecretStore, expected: &[Purpose]) -> Result<(), SecretError> {
    let settings = &loaded.settings.secrets;
    let is_written = match settings.store {
        SecretsStore::Keyring => true,
        SecretsStore::File => {
            let is_changing = expected.iter().any(|purpose| purpose.variable().is_none());
            is_changing && settings.file.as_deref().is_some_and(|file| loaded.resolve(file).exists())
        }
        SecretsStore::Command => false,
    };
    if !is_written || app.replaced.secrets.is_some() {
        return expected.first().map_or(Ok(()), |purpose| store.get(&SecretName::new(&app.profile, *purpose)).map(drop));
    }
    probe::probe(store)
}

fn why(loaded: &Loaded) -> String {
    match loaded.settings.secrets.store {
        SecretsStore::Keyring => "secrets.store = \"keyring\", which is the default".to_owned(),
        SecretsStore::Command => "secrets.store = \"command\"".to_owned(),
        SecretsStore::File => "secrets.store = \"file\"".to_owned(),
    }
}

fn name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::XeroRefreshToken => "xero sign-in",
        Purpose::XeroClientSecret => "xero app secret",
        Purpose::MicrosoftRefreshToken => "microsoft sign-in",
        Purpose::PartnerCenterRefreshToken => "partner center sign-in",
        Purpose::MicrosoftClientSecret => "microsoft app secret",
        Purpose::MicrosoftCertificateKey => "microsoft certificate key",
        Purpose::DickerDataAccessCode => "dicker data access code",
        Purpose::NotifyWebhook => "webhook",
    }
}

fn judge(found: Result<Option<SecretString>, SecretError>, given: Option<&str>, purpose: Purpose, fix: &str) -> Verdict {
    match (found, given) {
        (Ok(Some(_)), Some(variable)) => Verdict::ok(format!("given by {variable}")),
        (Ok(Some(_)), None) => Verdict::ok("kept"),
        (Ok(None), _) => {
            let verdict = Verdict::problem(Kind::SignIn, "not there").fix(fix);
            match purpose.variable() {
                Some(variable) => verdict.fix(format!("or set {variable}")),
                None => verdict,
            }
        }
        (Err(error), _) => Failure::from(error).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    #[test]
    fn a_secret_is_kept_given_missing_or_out_of_reach() {
        let purpose = Purpose::XeroClientSecret;
        let secret = || Ok(Some("hunter2".into()));
        assert_eq!(judge(secret(), None, purpose, "f"), Verdict::ok("kept"));
        assert_eq!(judge(secret(), Some("CSPCTL_XERO_CLIENT_SECRET"), purpose, "f"), Verdict::ok("given by CSPCTL_XERO_CLIENT_SECRET"));
        let missing = judge(Ok(None), None, purpose, "cspctl auth xero");
        assert_eq!(missing.state, State::Problem(Kind::SignIn));
        assert_eq!(missing.fixes, ["cspctl auth xero", "or set CSPCTL_XERO_CLIENT_SECRET"]);
        assert_eq!(judge(Ok(None), None, Purpose::XeroRefreshToken, "cspctl auth xero").fixes, ["cspctl auth xero"]);
        let broken = judge(Err(SecretError::new("the keyring is locked").hint("unlock it")), None, purpose, "f");
        assert_eq!((broken.state, broken.fixes.as_slice()), (State::Problem(Kind::SignIn), &["unlock it".to_owned()][..]));
    }
}

//! The configuration decides where secrets are kept, and nothing else does.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use cspctl::app::{App, Clock, Replaced};
use cspctl::config::load;
use cspctl::exit::{Failure, Kind};
use cspctl::secrets::memory::MemoryStore;
use cspctl::secrets::{Purpose, SecretName, SecretStore};
use cspctl::ui::output::{Look, Output};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

/// 32 bytes in base64.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";

struct Place {
    folder: TempDir,
    variables: BTreeMap<String, String>,
}

impl Place {
    fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        let home = folder.path().display().to_string();
        let variables = ["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"].map(|name| (name.to_owned(), home.clone())).into();
        Self { folder, variables }
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        let _ = self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Names a key file that only its owner may read, in a folder of its own.
    fn with_key(self) -> Self {
        let file = self.folder.path().join("keys").join("cspctl.key");
        cspctl::files::write_file(&file, |out| out.write_all(KEY.as_bytes())).unwrap();
        let path = file.display().to_string();
        self.variable("CSPCTL_SECRETS_KEY_FILE", &path)
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn store_with(&self, replaced: Replaced) -> Result<Rc<dyn SecretStore>, Failure> {
        let app = App {
            output: Output::new(Look::default(), Box::new(std::io::sink()), Box::new(std::io::sink())),
            environment: self.variables.clone(),
            clock: Clock::System,
            config_file: Some(self.path().join("config.toml")),
            profile: "default".to_owned(),
            may_prompt: false,
            replaced,
        };
        app.secrets(&load::read(&app)?)
    }

    fn store(&self) -> Rc<dyn SecretStore> {
        self.store_with(Replaced::default()).unwrap()
    }
}

fn name(purpose: Purpose) -> SecretName {
    SecretName::new("default", purpose)
}

fn value(store: &dyn SecretStore, purpose: Purpose) -> Option<String> {
    store.get(&name(purpose)).unwrap().map(|secret| secret.expose_secret().to_owned())
}

#[test]
fn the_default_is_the_keyring() {
    assert!(Place::new("").store().describe().starts_with("the keyring of this machine ("));
}

#[test]
fn the_encrypted_file_lies_where_the_configuration_says() {
    let place = Place::new("[secrets]\nstore = \"file\"\nfile = \"kept/secrets.json\"\n").with_key();
    place.store().set(&name(Purpose::XeroRefreshToken), &"token".into()).unwrap();
    assert_eq!(value(&*place.store(), Purpose::XeroRefreshToken).as_deref(), Some("token"));
    let text = std::fs::read_to_string(place.path().join("kept").join("secrets.json")).unwrap();
    assert!(text.contains("default/xero/refresh") && !text.contains("token"), "{text}");
}

#[test]
fn a_missing_key_is_a_sign_in_failure_that_says_how_to_make_one() {
    let place = Place::new("[secrets]\nstore = \"file\"\nfile = \"secrets.json\"\n");
    let failure = Failure::from(place.store().get(&name(Purpose::XeroRefreshToken)).unwrap_err());
    assert_eq!(failure.kind, Kind::SignIn);
    assert!(failure.source.to_string().contains("CSPCTL_SECRETS_KEY_FILE"), "{failure:?}");
    assert!(failure.hints.iter().any(|hint| hint.contains("32")), "{failure:?}");
}

#[test]
fn static_secrets_come_from_the_environment_before_any_store_is_asked() {
    // The file has no key, so asking it would be an error.
    let config = "[secrets]\nstore = \"file\"\nfile = \"secrets.json\"\n";
    let place = Place::new(config).variable("CSPCTL_DICKERDATA_ACCESS_CODE", "code");
    assert_eq!(value(&*place.store(), Purpose::DickerDataAccessCode).as_deref(), Some("code"));
    assert!(place.store().get(&name(Purpose::XeroClientSecret)).is_err());
    let error = place.store().set(&name(Purpose::DickerDataAccessCode), &"other".into()).unwrap_err();
    assert!(error.message.contains("CSPCTL_DICKERDATA_ACCESS_CODE"), "{error}");
}

#[test]
fn a_program_that_is_missing_is_a_sign_in_failure_and_not_another_store() {
    let place = Place::new("[secrets]\nstore = \"command\"\ncommand = [\"./no-such-program\"]\n");
    let error = place.store().get(&name(Purpose::XeroRefreshToken)).unwrap_err();
    let path = place.path().join("no-such-program").display().to_string();
    assert!(error.message.contains(&path) && error.message.contains("cannot be started"), "{error}");
    assert_eq!(Failure::from(error).kind, Kind::SignIn);
}

#[test]
fn settings_that_name_no_store_are_configuration_failures() {
    for store in ["command", "file", "plaintext"] {
        let failure = Place::new(&format!("[secrets]\nstore = \"{store}\"\n")).store_with(Replaced::default()).unwrap_err();
        assert_eq!(failure.kind, Kind::Configuration, "{store}");
    }
}

#[test]
fn what_a_test_puts_in_its_place_wins() {
    let place = Place::new("").variable("CSPCTL_XERO_CLIENT_SECRET", "of the environment");
    let memory = MemoryStore::new().with(name(Purpose::XeroClientSecret), "of the test");
    let store = place.store_with(Replaced { secrets: Some(Rc::new(memory)), ..Replaced::default() }).unwrap();
    assert_eq!(value(&*store, Purpose::XeroClientSecret).as_deref(), Some("of the test"));
}

/// The example program beside this test's own folder; a narrow `cargo test --test it` has not built it.
#[cfg(unix)]
pub fn example_program() -> std::path::PathBuf {
    let example = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples").join("secret_command");
    if !example.exists() {
        let arguments = ["build", "--locked", "--quiet", "--example", "secret_command"];
        let built = std::process::Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap();
        assert!(built.success());
    }
    example
}

/// Windows runs the tests without the examples.
#[cfg(unix)]
#[test]
fn the_example_program_keeps_secrets() {
    let example = example_program();
    let command = format!("[secrets]\nstore = \"command\"\ncommand = [\"{}\", \"FOLDER\"]\n", example.display());
    let kept = tempfile::tempdir().unwrap();
    let place = Place::new(&command.replace("FOLDER", &kept.path().display().to_string()));
    let store = place.store();
    assert_eq!(value(&*store, Purpose::XeroRefreshToken), None);
    for token in ["first", "second, māori \"quoted\""] {
        store.set(&name(Purpose::XeroRefreshToken), &token.into()).unwrap();
        assert_eq!(value(&*store, Purpose::XeroRefreshToken).as_deref(), Some(token));
    }
    assert_eq!(value(&*store, Purpose::MicrosoftRefreshToken), None);
    assert!(store.delete(&name(Purpose::XeroRefreshToken)).unwrap());
    assert!(!store.delete(&name(Purpose::XeroRefreshToken)).unwrap());
    assert_eq!(std::fs::read_dir(kept.path()).unwrap().count(), 0);
}

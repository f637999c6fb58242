//! The keyring against gnome-keyring on a bus of its own, in every state that users have it in.
//! `.ci/rigs/keyring` runs each test in its state: one test does not pass in another's.

use std::process::Command;
use std::time::{Duration, Instant};

use cspctl::exit::{Failure, Kind};
use cspctl::secrets::file::{EncryptedFile, KeySource};
use cspctl::secrets::keyring::Keyring;
use cspctl::secrets::{Purpose, SecretError, SecretName, SecretStore};
use secrecy::ExposeSecret as _;

use crate::auth::place::with_key;
use crate::of_rig;
use crate::support::TestEnv;

/// Three seconds of patience, and some for a busy machine. D-Bus itself would wait 25.
const IN_TIME: Duration = Duration::from_secs(10);

fn token() -> SecretName {
    SecretName::new("default", Purpose::XeroRefreshToken)
}

fn value(store: &Keyring) -> Option<String> {
    store.get(&token()).unwrap().map(|secret| secret.expose_secret().to_owned())
}

/// The keyring as a timer's run has it: nobody can unlock it.
fn keyring_in(state: &str) -> Keyring {
    assert_eq!(of_rig("KEYRING_STATE"), state);
    Keyring::new(false)
}

fn secret_tool(arguments: &[&str]) -> String {
    let output = Command::new("secret-tool").args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

/// Each call ends in time with an error that says what is wrong and how to go on.
fn assert_unusable(store: &Keyring, expected: &str) {
    type Call = fn(&Keyring) -> Result<String, SecretError>;
    let calls: [(&str, Call); 3] = [
        ("get", |store| store.get(&token()).map(|found| format!("{:?}", found.is_some()))),
        ("set", |store| store.set(&token(), &"token".into()).map(|()| "kept".to_owned())),
        ("delete", |store| store.delete(&token()).map(|was_there| format!("{was_there}"))),
    ];
    for (call, run) in calls {
        let began = Instant::now();
        let error = run(store).unwrap_err();
        println!("{call} after {:?}: {error}\n  {}", began.elapsed(), error.hints.join("\n  "));
        assert!(began.elapsed() < IN_TIME, "{call} took {:?}", began.elapsed());
        assert!(error.message.contains("the keyring") && error.message.contains(expected), "{call}: {error}");
        assert!(!error.message.contains("sign in") && !error.message.contains("signed in"), "{call}: {error}");
        for remedy in ["store = \"file\"", "CSPCTL_SECRETS_KEY_FILE", "store = \"command\""] {
            assert!(error.hints.iter().any(|hint| hint.contains(remedy)), "{call}: {error:?} lacks {remedy}");
        }
        let failure = Failure::from(error);
        assert_eq!(failure.kind, Kind::SignIn);
        assert!(failure.hints.len() >= 3, "{failure:?}");
    }
}

#[test]
fn unlocked_secrets_go_in_and_out_and_other_programs_find_them() {
    let _ = keyring_in("unlocked");
    round_trip();
}

/// A second Secret Service, of other authors.
#[test]
fn keepassxc_secrets_go_in_and_out() {
    round_trip();
}

fn round_trip() {
    let store = Keyring::new(false);
    assert_eq!(value(&store), None);
    assert_eq!(secret_tool(&["search", "--all", "service", "cspctl"]), "", "the probe left something");
    let long = "t0ken-".repeat(700);
    store.set(&token(), &long.as_str().into()).unwrap();
    assert_eq!(value(&store).unwrap(), long);
    assert_eq!(value(&Keyring::new(false)).unwrap(), long);
    store.set(&token(), &"token, māori".into()).unwrap();
    assert_eq!(value(&store).unwrap(), "token, māori");
    // Text, for wallets that keep nothing else.
    assert_eq!(secret_tool(&["lookup", "service", "cspctl"]), "dG9rZW4sIG3EgW9yaQ==");
    assert_eq!(secret_tool(&["lookup", "service", "cspctl", "username", "default/xero/refresh"]), "dG9rZW4sIG3EgW9yaQ==");
    assert!(store.delete(&token()).unwrap());
    assert!(!store.delete(&token()).unwrap());
    assert_eq!(value(&store), None);
}

/// From a keyring that works into the encrypted file and back, by the built binary.
#[test]
fn unlocked_secrets_move_to_a_file_and_back() {
    let keyring = keyring_in("unlocked");
    keyring.set(&token(), &"token, māori".into()).unwrap();
    let env = with_key(TestEnv::new().file("config.toml", "version = 1 # ours\n"));
    // The rig's bus is what leads to the keyring.
    let env = ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"].into_iter().fold(env, |env, name| match std::env::var(name) {
        Ok(value) => env.variable(name, &value),
        Err(_) => env,
    });
    let said = env.run(["auth", "move", "file", "--file", "secrets.json", "--yes", "--json"]).code(0).json();
    assert_eq!(said["moved"], serde_json::json!(["xero/refresh"]));
    assert_eq!(value(&keyring), None);
    assert_eq!(secret_tool(&["search", "--all", "service", "cspctl"]), "", "something is left in the keyring");
    assert_eq!(env.read("config.toml"), "version = 1 # ours\n\n[secrets]\nstore = \"file\"\nfile = \"secrets.json\"\n");
    env.run(["auth", "move", "keyring", "--yes"]).code(0);
    assert_eq!(value(&keyring).as_deref(), Some("token, māori"));
    assert!(!env.read("secrets.json").contains("xero/refresh"));
    assert!(keyring.delete(&token()).unwrap());
}

/// A keyring that cannot be used takes nothing, and the file keeps everything.
#[test]
fn locked_moving_into_it_changes_nothing() {
    let _ = keyring_in("locked");
    let config = "version = 1\n[secrets]\nstore = \"file\"\nfile = \"secrets.json\"\n";
    let env = with_key(TestEnv::new().file("config.toml", config));
    let env = env.variable("DBUS_SESSION_BUS_ADDRESS", &of_rig("DBUS_SESSION_BUS_ADDRESS"));
    let key = KeySource::Named(env.root().join("keys").join("cspctl.key"));
    let file = EncryptedFile::new(env.path("secrets.json"), key);
    file.set(&token(), &"token".into()).unwrap();
    let output = env.run(["auth", "move", "keyring", "--yes"]).code(4);
    assert!(output.stderr.contains("is locked") && output.stderr.contains("nothing was changed"), "{}", output.stderr);
    assert_eq!(
        (file.get(&token()).unwrap().map(|secret| secret.expose_secret().to_owned()).as_deref(), env.read("config.toml").as_str()),
        (Some("token"), config)
    );
}

/// The library's own runtime must not meet ours.
#[test]
fn unlocked_it_works_inside_the_runtime() {
    let store = keyring_in("unlocked");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        store.set(&token(), &"token".into()).unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(value(&store).as_deref(), Some("token"));
        assert!(store.delete(&token()).unwrap());
    });
}

#[test]
fn unlocked_two_entries_of_one_name_are_not_guessed_between() {
    let store = keyring_in("unlocked");
    store.set(&token(), &"token".into()).unwrap();
    let made = Command::new("sh")
        .args(["-c", "printf other | secret-tool store --label other service cspctl username default/xero/refresh more yes"])
        .status()
        .unwrap();
    assert!(made.success());
    let error = store.get(&token()).unwrap_err();
    assert!(error.message.contains("2 entries named default/xero/refresh"), "{error}");
    assert!(error.hints[0].contains("secret-tool clear service cspctl username default/xero/refresh"), "{error:?}");
    let _ = secret_tool(&["clear", "service", "cspctl", "username", "default/xero/refresh"]);
    assert_eq!(value(&store), None);
}

#[test]
fn kept_before_a_restart() {
    keyring_in("unlocked").set(&token(), &"survives".into()).unwrap();
}

#[test]
fn kept_after_a_restart() {
    assert_eq!(value(&keyring_in("unlocked")).as_deref(), Some("survives"));
}

/// The same user signed in by key, so that the keyring stayed closed over a token that it has.
#[test]
fn kept_but_locked_is_not_none() {
    assert_unusable(&keyring_in("unlocked"), "is locked");
}

#[test]
fn locked_is_told() {
    assert_unusable(&keyring_in("locked"), "is locked");
}

#[test]
fn locked_hangs_is_given_up_in_time() {
    assert_unusable(&keyring_in("locked-hangs"), "did not answer within 3 seconds; is it locked?");
}

#[test]
fn no_collection_is_not_none() {
    // Why there is a write probe: the library alone reads this state as "not signed in".
    let bare = keyring::Entry::new("cspctl", "default/xero/refresh").unwrap().get_secret();
    assert!(matches!(bare, Err(keyring::Error::NoEntry)), "{bare:?}");
    assert_unusable(&keyring_in("no-collection"), "has no collection to keep secrets in");
}

#[test]
fn no_service_is_told() {
    assert_unusable(&keyring_in("no-service"), "cannot be reached");
}

#[test]
fn no_bus_is_told() {
    assert_unusable(&keyring_in("no-bus"), "cannot be reached");
}

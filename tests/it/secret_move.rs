//! `auth move`: the secrets arrive whole and the configuration follows, or nothing has happened.
//! Unix alone: Windows runs the tests without the examples.

use std::path::Path;
use std::time::Duration;

use cspctl::secrets::command::ExternalProgram;
use cspctl::secrets::file::{EncryptedFile, KeySource};
use cspctl::secrets::{Purpose, SecretName, SecretStore};
use secrecy::ExposeSecret as _;

use crate::auth::place::with_key;
use crate::secret_stores::example_program;
use crate::support::TestEnv;

const CONFIG: &str =
    "# ours\nversion = 1\n[secrets] # where\n# no keyring here\nstore = \"file\" # for now\nfile = \"kept/secrets.json\"\n[msp]\nname = \"Example MSP\" # us\n";

/// An encrypted file with two secrets of this profile and one of another; the program's folder is empty.
fn env() -> TestEnv {
    let env = with_key(TestEnv::new().file("config.toml", CONFIG));
    let store = file(&env, "kept/secrets.json");
    for (profile, purpose, value) in [
        ("default", Purpose::XeroRefreshToken, "t0ken, māori \"quoted\""),
        ("default", Purpose::DickerDataAccessCode, "c0de"),
        ("nz", Purpose::XeroRefreshToken, "of nz"),
    ] {
        store.set(&SecretName::new(profile, purpose), &value.into()).unwrap();
    }
    std::fs::create_dir(env.path("program")).unwrap();
    env
}

fn file(env: &TestEnv, name: &str) -> EncryptedFile {
    EncryptedFile::new(env.path(name), KeySource::Named(env.root().join("keys").join("cspctl.key")))
}

fn program(env: &TestEnv) -> ExternalProgram {
    ExternalProgram::new(example_program(), vec![folder(env)])
}

fn folder(env: &TestEnv) -> String {
    env.path("program").display().to_string()
}

fn value(store: &dyn SecretStore, purpose: Purpose) -> Option<String> {
    store.get(&SecretName::new("default", purpose)).unwrap().map(|secret| secret.expose_secret().to_owned())
}

fn values(store: &dyn SecretStore) -> [Option<String>; 2] {
    [Purpose::XeroRefreshToken, Purpose::DickerDataAccessCode].map(|purpose| value(store, purpose))
}

fn both() -> [Option<String>; 2] {
    ["t0ken, māori \"quoted\"", "c0de"].map(|value| Some(value.to_owned()))
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

fn to_program(env: &TestEnv, program: &Path, arguments: &[&str]) -> Vec<String> {
    let words = ["auth", "move", "command", "--yes", "--json", "--command"].map(str::to_owned).into_iter();
    words.chain([program.display().to_string()]).chain(arguments.iter().map(|argument| argument.replace("FOLDER", &folder(env)))).collect()
}

/// Everything is as before: the file's secrets, the configuration, and an empty folder of the program.
#[track_caller]
fn assert_nothing_happened(env: &TestEnv) {
    assert_eq!(values(&file(env, "kept/secrets.json")), both());
    assert_eq!(env.read("config.toml").replace("# meanwhile\n", ""), CONFIG);
    assert_eq!(files(&env.path("program")), 0);
}

#[test]
fn secrets_go_to_a_program_and_back_and_to_another_file() {
    let env = env();
    let output = env.run(to_program(&env, &example_program(), &["FOLDER"])).code(0);
    let said = output.json();
    assert_eq!(said["moved"], serde_json::json!(["xero/refresh", "dickerdata/access-code"]));
    assert_eq!(
        (&said["forgotten"], &said["already_there"], said["to"].as_str().unwrap().starts_with("the external program")),
        (&true.into(), &serde_json::json!([]), true)
    );
    assert!(!output.stdout.contains("t0ken") && !output.stderr.contains("t0ken"));
    assert_eq!(values(&program(&env)), both());
    assert_eq!(values(&file(&env, "kept/secrets.json")), [None, None]);
    let theirs = file(&env, "kept/secrets.json").get(&SecretName::new("nz", Purpose::XeroRefreshToken)).unwrap().unwrap();
    assert_eq!(theirs.expose_secret(), "of nz", "another profile's is not touched");
    let config = env.read("config.toml");
    let program_line = format!("command = [\"{}\", \"{}\"]\n", example_program().display(), folder(&env));
    assert_eq!(config, CONFIG.replace("\"file\" # for now", "\"command\" # for now").replace("secrets.json\"\n", &format!("secrets.json\"\n{program_line}")));

    // Back, by the name that the configuration still has.
    env.run(["auth", "move", "file", "--yes"]).code(0);
    assert_eq!((values(&file(&env, "kept/secrets.json")), files(&env.path("program"))), (both(), 0));
    assert_eq!(env.read("config.toml"), CONFIG.replace("secrets.json\"\n", &format!("secrets.json\"\n{program_line}")));

    env.run(["auth", "move", "file", "--yes", "--file", "other/secrets.json"]).code(0);
    assert_eq!((values(&file(&env, "other/secrets.json")), values(&file(&env, "kept/secrets.json"))), (both(), [None, None]));
    assert!(env.read("config.toml").contains("file = \"other/secrets.json\"\n"));
}

#[test]
fn without_a_terminal_it_needs_yes_and_says_what_it_would_do() {
    let env = env();
    let output = env.run(["auth", "move", "file", "--file", "other.json"]).code(2);
    assert!(output.stderr.contains("--yes") && output.stderr.contains("profile default") && output.stderr.contains("config.toml"), "{}", output.stderr);
    for wrong in [&["auth", "move", "file", "--yes"][..], &["auth", "move", "command", "--yes"], &["auth", "move", "keyring", "--yes", "--file", "x"]] {
        env.run(wrong.iter().copied()).code(2);
    }
    assert_nothing_happened(&env);
}

#[test]
fn a_store_that_cannot_be_written_changes_nothing() {
    let env = env();
    // A folder that is a file.
    let output = env.run(["auth", "move", "file", "--yes", "--file", "config.toml/secrets.json"]);
    assert!([1, 4].contains(&output.code) && output.stderr.contains("nothing was changed"), "{}", output.stderr);
    // The key would lie beside it.
    let beside = env.root().join("keys").join("secrets.json").display().to_string();
    let output = env.run(["auth", "move", "file", "--yes", "--file", &beside]).code(4);
    assert!(output.stderr.contains("nothing was changed"), "{}", output.stderr);
    // A program that is not there, and one that is full after the first secret.
    env.run(to_program(&env, &env.path("none"), &[])).code(4);
    let full = "if [ -e \"$0/default+xero+refresh\" ]; then echo disk full >&2; exit 3; fi; exec \"$1\" \"$0\"";
    let example = example_program().display().to_string();
    let output = env.run(to_program(&env, Path::new("/bin/sh"), &["-c", full, "FOLDER", &example])).code(4);
    assert!(output.stderr.contains("disk full") && output.stderr.contains("nothing was changed"), "{}", output.stderr);
    // What was copied before it was full is there still: the program takes nothing back, and that is said.
    assert!(output.stderr.contains("default/xero/refresh"), "{}", output.stderr);
    std::fs::remove_dir_all(env.path("program")).unwrap();
    std::fs::create_dir(env.path("program")).unwrap();
    assert_nothing_happened(&env);
}

#[test]
fn a_configuration_that_somebody_else_changed_meanwhile_stays_and_the_copies_are_taken_back() {
    let env = env();
    let script = "echo '# meanwhile' >> \"$2\"; exec \"$1\" \"$0\"";
    let (example, config) = (example_program().display().to_string(), env.path("config.toml").display().to_string());
    let output = env.run(to_program(&env, Path::new("/bin/sh"), &["-c", script, "FOLDER", &example, &config])).code(3);
    assert!(output.stderr.contains("somebody else changed") && output.stderr.contains("nothing was changed"), "{}", output.stderr);
    assert_nothing_happened(&env);
}

#[test]
fn what_the_environment_gives_is_not_copied() {
    let env = env().variable("CSPCTL_XERO_CLIENT_SECRET", "given").variable("CSPCTL_DICKERDATA_ACCESS_CODE", "given too");
    env.run(to_program(&env, &example_program(), &["FOLDER"])).code(0);
    assert_eq!(values(&program(&env)), both(), "the store's own is moved");
    assert_eq!(value(&program(&env), Purpose::XeroClientSecret), None);
}

#[test]
fn one_place_under_two_names_is_never_emptied() {
    let env = env();
    std::os::unix::fs::symlink(env.path("kept"), env.path("linked")).unwrap();
    let output = env.run(["auth", "move", "file", "--yes", "--file", "linked/secrets.json"]).code(4);
    assert!(output.stderr.contains("the same place"), "{}", output.stderr);
    assert_nothing_happened(&env);
}

#[test]
fn it_waits_for_a_refresh_that_is_under_way() {
    let env = env();
    let lock = cspctl::files::lock::take(&env.path("kept/sign-in-default-xero.lock"), Duration::ZERO).unwrap().unwrap();
    let mut child = env.command(["auth", "move", "file", "--yes", "--quiet", "--file", "other.json"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(700));
    assert!(child.try_wait().unwrap().is_none(), "it did not wait");
    assert!(!env.path("other.json").exists());
    drop(lock);
    assert!(child.wait().unwrap().success());
    assert_eq!(values(&file(&env, "other.json")), both());
}

use std::time::Instant;

use super::super::{BYTES_AT_MOST, Purpose};
use super::*;

const HELLO: &str = r#"read -r hello; echo '{"version":1,"actions":["get","store","erase"],"more":[]}'; "#;

fn name() -> SecretName {
    SecretName::new("default", Purpose::XeroRefreshToken)
}

/// A program in a line of `sh`.
fn program(script: &str) -> ExternalProgram {
    ExternalProgram::new(PathBuf::from("sh"), vec!["-c".to_owned(), script.to_owned()])
}

/// The same after a right hello.
fn after_hello(script: &str) -> ExternalProgram {
    program(&format!("{HELLO}{script}"))
}

fn value(store: &ExternalProgram) -> Option<String> {
    store.get(&name()).unwrap().map(|secret| secret.expose_secret().to_owned())
}

/// Answers every request from one file, as a real helper would.
fn keeper(file: &std::path::Path) -> ExternalProgram {
    let script = format!(
        r#"{HELLO}
while read -r request; do
  case $request in
    *'"action":"get"'*) if [ -e "$0" ]; then cat "$0"; else echo '{{"secret":null}}'; fi ;;
    *'"action":"store"'*) printf '%s\n' "$request" >"$0"; echo '{{"stored":true}}' ;;
    *'"action":"erase"'*) if [ -e "$0" ]; then rm "$0"; echo '{{"erased":true}}'; else echo '{{"erased":false}}'; fi ;;
  esac
done"#
    );
    ExternalProgram::new(PathBuf::from("sh"), vec!["-c".to_owned(), script, file.display().to_string()])
}

#[test]
fn secrets_go_in_and_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = keeper(&folder.path().join("kept"));
    assert_eq!(value(&store), None);
    assert!(!store.delete(&name()).unwrap());
    let long = format!("{}\"\\ māori\n", "t0ken-".repeat(10_000));
    for secret in ["token", long.as_str()] {
        store.set(&name(), &secret.into()).unwrap();
        assert_eq!(value(&store).as_deref(), Some(secret));
    }
    assert!(store.delete(&name()).unwrap());
    assert_eq!(value(&store), None);
}

#[test]
fn arguments_reach_the_program_without_a_shell() {
    let odd = "$(touch /tmp/x); a b *";
    let script = format!("{HELLO}read -r request; printf '{{\"secret\":\"%s\"}}\\n' \"$0\"");
    let store = ExternalProgram::new(PathBuf::from("sh"), vec!["-c".to_owned(), script, odd.to_owned()]);
    assert_eq!(value(&store).as_deref(), Some(odd));
}

#[test]
fn what_it_says_on_standard_error_is_shown_and_its_output_never() {
    let store = after_hello(r#"read -r request; echo '{"half":"hunter2' ; printf 'vault is \033[31msealed\n' >&2; exit 3"#);
    let error = store.get(&name()).unwrap_err();
    assert!(error.message.contains("sh answered `get` with something else") && error.message.contains("vault is"), "{error}");
    assert!(!error.message.contains("hunter2") && !error.message.contains('\u{1b}'), "{error}");
    let store = after_hello("read -r request; echo 'no such vault' >&2; exit 3");
    let error = store.get(&name()).unwrap_err();
    assert!(error.message.contains("exit status: 3") && error.message.contains("it says: no such vault"), "{error}");
    assert!(error.message.contains("default/xero/refresh"), "{error}");
}

#[test]
fn a_stored_secret_does_not_come_back_in_its_words() {
    let store = after_hello(r#"read -r request; echo "refused: $request" >&2; exit 1"#);
    let error = store.set(&name(), &"hunter2\"".into()).unwrap_err();
    assert!(error.message.contains("refused: ") && error.message.contains("[the secret]"), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[test]
fn a_missing_program_is_named_with_the_setting() {
    let store = ExternalProgram::new(PathBuf::from("cspctl-no-such-program"), Vec::new());
    let error = store.get(&name()).unwrap_err();
    assert!(error.message.contains("cspctl-no-such-program cannot be started"), "{error}");
    assert!(error.hints[0].contains("secrets.command"), "{error:?}");
}

#[test]
fn a_program_that_hangs_is_ended_in_time() {
    let scripts = ["sleep 20", "exec sleep 20 >&- 2>&-", &format!("{HELLO}sleep 20"), &format!("{HELLO}read -r request; echo '{{\"secret\":null}}'; sleep 20")];
    for script in scripts {
        let mut store = program(script);
        store.deadline = Duration::from_millis(400);
        let began = Instant::now();
        let error = store.get(&name()).unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(5), "{script}: {:?}", began.elapsed());
        assert!(error.message.contains("did not") || error.message.contains("closed its output"), "{script}: {error}");
    }
    assert_eq!(program("").deadline, Duration::from_secs(10));
}

#[test]
fn a_program_that_does_not_read_cannot_block() {
    let mut store = program(r#"echo '{"version":1,"actions":["store"]}'; sleep 20"#);
    store.deadline = Duration::from_millis(400);
    let began = Instant::now();
    let error = store.set(&name(), &"x".repeat(BYTES_AT_MOST).as_str().into()).unwrap_err();
    assert!(error.message.contains("did not answer `store`"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn a_read_only_program_gives_and_refuses_to_keep() {
    let store = program(r#"read -r hello; echo '{"version":1,"actions":["get"]}'; read -r request && echo '{"secret":"given"}'; exit 0"#);
    assert_eq!(value(&store).as_deref(), Some("given"));
    for error in [store.set(&name(), &"new".into()).unwrap_err(), store.delete(&name()).unwrap_err()] {
        assert!(error.message.contains("is read-only"), "{error}");
        assert!(error.hints.iter().any(|hint| hint.contains("custom connection")), "{error:?}");
    }
}

#[test]
fn another_version_is_refused_before_any_secret_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let script = r#"read -r hello; echo '{"version":2,"actions":["get","store"]}'; cat >"$0""#;
    let store = ExternalProgram::new(PathBuf::from("sh"), vec!["-c".to_owned(), script.to_owned(), log.display().to_string()]);
    let error = store.set(&name(), &"hunter2".into()).unwrap_err();
    assert!(error.message.contains("speaks version 2"), "{error}");
    assert!(!std::fs::read_to_string(log).unwrap_or_default().contains("hunter2"));
}

#[test]
fn a_program_that_forgets_is_found_out_by_reading_back() {
    let store = after_hello(r#"read -r store; echo '{"stored":true}'; read -r get; echo '{"secret":"older"}'; read -r end; exit 0"#);
    let error = store.set(&name(), &"newer".into()).unwrap_err();
    assert!(error.message.contains("does not give the same back") && !error.message.contains("older"), "{error}");
}

#[test]
fn an_answer_without_its_member_is_no_answer() {
    let error = after_hello("read -r request; echo '{}'").get(&name()).unwrap_err();
    assert!(error.message.contains("something else than the protocol says"), "{error}");
}

#[test]
fn the_environment_s_secrets_are_not_handed_on() {
    let command = session::command(std::path::Path::new("sh"), &[]);
    let removed: Vec<_> = command.get_envs().filter(|(_, value)| value.is_none()).filter_map(|(name, _)| name.to_str()).collect();
    let given = ["DICKERDATA_ACCESS_CODE", "MICROSOFT_CERTIFICATE_KEY", "MICROSOFT_CLIENT_SECRET", "NOTIFY_WEBHOOK", "XERO_CLIENT_SECRET"];
    assert_eq!(removed, given.map(|name| format!("CSPCTL_{name}")));
}

//! `[notify]`: a summary of runs that nobody watches, to a webhook or a program; never the other way round.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::small::contoso;
use crate::stand_ins::exchange::{Answer, Exchange, Outcome};
use crate::stand_ins::serve::{Running, serve};
use crate::support::TestEnv;

const PATH: &str = "/services/T0/hidden-token";
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A hook that answers with a status and keeps what it got.
struct Hook {
    got: Arc<Mutex<Vec<Exchange>>>,
    server: Running,
}

impl Hook {
    fn new(status: u16) -> Self {
        let got: Arc<Mutex<Vec<Exchange>>> = Arc::default();
        let keeping = Arc::clone(&got);
        let server = serve(
            Arc::new(move |exchange: &Exchange| {
                keeping.lock().unwrap().push(exchange.clone());
                Outcome::Answer(Answer::text(status, "text/plain", "ok"))
            }),
            None,
        );
        Self { got, server: server.unwrap() }
    }

    fn address(&self) -> String {
        format!("{}{PATH}?sig=hidden-signature", self.server.address)
    }

    fn messages(&self) -> Vec<Value> {
        let got = self.got.lock().unwrap();
        assert!(got.iter().all(|exchange| exchange.method == "POST" && exchange.path == PATH && exchange.header("content-type") == Some("application/json")));
        got.iter().map(|exchange| serde_json::from_slice(&exchange.body).unwrap()).collect()
    }
}

/// The sample month with these lines in `[notify]`.
fn month(notify: &str) -> TestEnv {
    let mut env = contoso();
    let config = env.read("config.toml") + &format!("\n[notify]\n{notify}\n");
    env.write("config.toml", config);
    env
}

#[test]
fn slack_hears_of_a_month_that_needs_attention_and_of_no_customer() {
    let hook = Hook::new(200);
    let env = month(&format!("webhook = \"{}\"\nformat = \"slack\"", hook.address()));
    let _ = env.run(["sync", "--yes"]).code(0);
    let messages = hook.messages();
    let text = messages[0]["text"].as_str().unwrap();
    assert_eq!(messages.len(), 1);
    for part in ["*cspctl sync 2026-11: needs attention*", "Profile: default", "exported", "Charges held: ", "quantity-differs", "Totals: cost "] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for line in env.read("microsoft-seats.csv").lines().skip(1) {
        let customer = line.split(',').nth(1).unwrap();
        assert!(!text.contains(customer), "{customer}: {text}");
    }
}

#[test]
fn teams_hears_of_a_failure_with_its_reason() {
    let hook = Hook::new(202);
    let mut env = month(&format!("webhook = \"{}\"\non = \"failure\"", hook.address()));
    let _ = env.run(["sync", "--yes", "--check"]).code(5);
    assert!(hook.messages().is_empty(), "a finding is no failure");
    env.write("mapping.toml", "version = 1\n[[customers]]\n");
    let _ = env.run(["sync", "--yes"]).code(3);
    let message = hook.messages().pop().unwrap();
    assert_eq!(message["type"], "message");
    let card = &message["attachments"][0]["content"];
    assert_eq!(card["body"][0]["text"], "cspctl sync: failed (exit code 3)");
    let facts = card["body"][1]["facts"].to_string();
    assert!(facts.contains("mapping.toml"), "{facts}");
}

#[test]
fn only_runs_that_are_meant_to_watch_tell_anybody() {
    let hook = Hook::new(200);
    let env = month(&format!("on = \"always\"\nwebhook = \"{}\"", hook.address()));
    let _ = env.run(["reconcile"]).code(0);
    let _ = env.run(["sync", "--dry-run"]).code(0);
    let _ = env.run(["sync", "--catch-up", "--period", "2026-09"]).code(0);
    let _ = env.run(["doctor", "--offline"]);
    assert!(hook.messages().is_empty());
    let _ = env.run(["reconcile", "--check"]).code(5);
    assert_eq!(hook.messages().len(), 1);
}

#[test]
fn a_hook_that_fails_or_hangs_changes_nothing_and_its_address_is_told_to_nobody() {
    let hook = Hook::new(404);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging = format!("http://{}{PATH}", listener.local_addr().unwrap());
    for (address, reason) in [(hook.address(), "answered with status 404"), (hanging, "timed out")] {
        let env = month(&format!("webhook = \"{address}\"")).variable("CSPCTL_LOG", "debug");
        let start = Instant::now();
        let output = env.run(["sync", "--yes", "-vv"]).code(0);
        assert!(start.elapsed() < Duration::from_mins(1), "{:?}", start.elapsed());
        assert!(output.stderr.contains("the summary was not sent: 127.0.0.1:") && output.stderr.contains(reason), "{}", output.stderr);
        assert!(!output.stderr.contains("hidden"), "{}", output.stderr);
        let doctor = env.run(["doctor", "--offline"]);
        assert!(doctor.stdout.contains("sent to the webhook at 127.0.0.1:") && !format!("{doctor:?}").contains("hidden"), "{doctor:?}");
    }
}

#[test]
fn a_mistyped_address_is_refused_without_repeating_it() {
    let output = month("webhook = \"http://hooks.example/hidden-token\"").run(["reconcile"]).code(3);
    assert!(output.stderr.contains("`notify.webhook`: write an address that begins with https://") && !output.stderr.contains("hidden"), "{}", output.stderr);
    let hook = Hook::new(200);
    let env = month(&format!("webhook = \"{}\"", hook.address())).variable("CSPCTL_NOTIFY_WEBHOOK", "hidden-nonsense");
    let output = env.run(["sync", "--yes"]).code(0);
    assert!(output.stderr.contains("CSPCTL_NOTIFY_WEBHOOK is no address") && !output.stderr.contains("hidden"), "{}", output.stderr);
}

#[test]
fn the_environment_gives_the_address() {
    let (hook, other) = (Hook::new(200), Hook::new(200));
    let env = month(&format!("webhook = \"{}\"", other.address())).variable("CSPCTL_NOTIFY_WEBHOOK", &hook.address());
    let _ = env.run(["sync", "--yes"]).code(0);
    assert_eq!((hook.messages().len(), other.messages().len()), (1, 0));
}

#[test]
fn the_address_is_kept_once_a_message_has_arrived() {
    let mut env = month("format = \"slack\"");
    let config = env.read("config.toml") + "[secrets]\nstore = \"file\"\nfile = \"state/secrets.sealed\"\n";
    env.write("config.toml", config);
    env.write("secrets.key", KEY);
    #[cfg(unix)]
    std::fs::set_permissions(env.path("secrets.key"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let key = env.path("secrets.key").display().to_string();
    let env = env.variable("CSPCTL_SECRETS_KEY_FILE", &key);
    let keep = |address: &str, code: i32| {
        let mut command = env.command(["auth", "webhook", "--webhook-stdin"]);
        let mut child = command.stdin(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), address.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(!said.contains("hidden"), "{said}");
    };
    keep(&Hook::new(410).address(), 1);
    assert!(!env.read("config.toml").contains("stored"), "nothing arrived, so nothing is kept");
    let hook = Hook::new(200);
    keep(&hook.address(), 0);
    let config = env.read("config.toml");
    assert!(config.contains("webhook = \"stored\"") && !config.contains("hidden"), "{config}");
    let _ = env.run(["sync", "--yes"]).code(0);
    assert_eq!(hook.messages().len(), 2);
    assert_eq!(env.run(["auth", "webhook", "--test", "--json"]).code(0).json()["kept"], false);
    let _ = env.run(["auth", "webhook", "--forget"]).code(0);
    let output = env.run(["reconcile", "--check"]).code(5);
    assert!(output.stderr.contains("the secret store has none"), "{}", output.stderr);
}

#[test]
fn a_program_gets_the_document_and_its_failure_is_told() {
    let command = if cfg!(windows) { r#"["cmd", "/C", "more > told.json"]"# } else { r#"["sh", "-c", "cat > told.json"]"# };
    let env = month(&format!("command = {command}"));
    let _ = env.run(["sync", "--yes", "--check"]).code(5);
    let told: Value = serde_json::from_str(&env.read("told.json")).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&told), ["attention", "command", "exit_code", "failure", "month", "organisation", "profile", "schema_version"]);
    assert_eq!(keys(&told["month"]), ["charges_held", "documents", "findings", "mode", "period", "run", "totals"]);
    assert_eq!((&told["command"], &told["exit_code"], &told["failure"]["code"]), (&json!("sync"), &json!(5), &json!("needs-attention")));
    assert!(told["month"]["totals"]["cost"].is_string() && told["month"]["documents"]["exported"].is_u64(), "{told:#}");
    let failing = if cfg!(windows) { r#"["cmd", "/C", "exit 3"]"# } else { r#"["sh", "-c", "exit 3"]"# };
    let output = month(&format!("command = {failing}")).run(["sync", "--yes"]).code(0);
    assert!(output.stderr.contains("the summary was not sent: ") && output.stderr.contains('3'), "{}", output.stderr);
}

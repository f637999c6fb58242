//! Signing in with a certified OpenID provider of Microsoft's shape, whose refresh tokens die of reuse.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;

use crate::of_rig;
use crate::stand_ins::exchange::{Answer, Exchange, Outcome};
use crate::stand_ins::serve::{Running, serve};

const CLIENT_ID: &str = "11111111-2222-3333-4444-555555555555";
const MSP: &str = "8777b240-c6f0-4469-9e98-a3205431b836";

struct World {
    folder: TempDir,
    _graph: Running,
}

/// The few answers of Graph that a sign-in needs; the token is the provider's affair.
fn graph(exchange: &Exchange) -> Answer {
    match exchange.path.as_str() {
        "/v1.0/organization" => {
            Answer::json(200, &json!({ "value": [{ "id": MSP, "displayName": "Example MSP", "countryLetterCode": "AU", "verifiedDomains": [] }] }))
        }
        "/v1.0/me" => Answer::json(200, &json!({ "id": "o", "userPrincipalName": "alice@example.test", "userType": "Member" })),
        "/v1.0/me/transitiveMemberOf" => Answer::json(200, &json!({ "value": [{ "displayName": "AdminAgents" }] })),
        _ => Answer::json(403, &json!({ "code": "1002", "description": "Authorization Failed" })),
    }
}

impl World {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let server = serve(Arc::new(|exchange: &Exchange| Outcome::Answer(graph(exchange))), None).unwrap();
        let (login, graph) = (of_rig("OIDC_MS"), &server.address);
        let config = format!(
            "version = 1\n[microsoft]\nclient_id = \"{CLIENT_ID}\"\n[secrets]\nstore = \"file\"\nfile = \"secrets/sealed\"\n[ledger]\npath = \"ledger.db\"\n\
             [endpoints]\nmicrosoft_login = \"{login}\"\ngraph = \"{graph}\"\npartner_center = \"{graph}\"\n"
        );
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        crate::write_key(folder.path());
        Self { folder, _graph: server }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        command(self.folder.path(), arguments)
    }

    fn sign_in(&self) -> Output {
        self.command(&["auth", "microsoft", "--no-input"]).output().unwrap()
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cspctl"));
    command.args(arguments).env("CSPCTL_CONFIG", folder.join("config.toml")).env("CSPCTL_SECRETS_KEY_FILE", folder.join("key"));
    command.env("XDG_STATE_HOME", folder).env_remove("CI").stdin(Stdio::null());
    command
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn a_person_signs_in_with_chromium() {
    let world = World::new();
    let said = succeeded(&world.sign_in());
    assert!(said.contains(&format!("Organisation: Example MSP, {MSP}")), "{said}");
    succeeded(&world.command(&["auth", "status", "--check"]).output().unwrap());
}

#[test]
fn a_person_types_a_device_code() {
    let world = World::new();
    let mut child = world.command(&["auth", "microsoft", "--no-input", "--device-code"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    let code = loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).unwrap() > 0, "{said}");
        said.push_str(&line);
        let word = line.trim();
        if word.len() >= 8 && word.chars().all(|character| character.is_ascii_uppercase() || character.is_ascii_digit() || character == '-') {
            break word.to_owned();
        }
    };
    let browser = format!("{}/browser.mjs", of_rig("OIDC_RIG"));
    let typed = Command::new("node").args([&browser, "--code", &code, &format!("{}/devicelogin", of_rig("OIDC_MS"))]).output().unwrap();
    assert!(typed.status.success(), "{}", String::from_utf8_lossy(&typed.stdout));
    lines.read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success(), "{said}");
}

#[test]
fn two_processes_refresh_two_hundred_times_and_the_session_lives() {
    let world = World::new();
    succeeded(&world.sign_in());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..100 {
                    succeeded(&world.command(&["auth", "microsoft", "--keep-alive"]).output().unwrap());
                }
            });
        }
    });
    succeeded(&world.command(&["auth", "status", "--check"]).output().unwrap());
}

//! What `docs/unattended.md` tells to write into schedulers, run as schedulers run it: word for word but for
//! the places, without a terminal, in a bare environment.

use std::path::Path;
use std::process::{Command, Output};

use crate::small::contoso;
use crate::support::TestEnv;
use crate::xero_sync::office::Office;

const DOCUMENT: &str = include_str!("../../docs/unattended.md");

/// The first block of code that holds this text.
fn block(text: &str) -> &'static str {
    let blocks = DOCUMENT.split("\n```").skip(1).step_by(2);
    let block = blocks.into_iter().find(|block| block.contains(text)).unwrap_or_else(|| panic!("no block with {text}"));
    block.split_once('\n').unwrap().1
}

/// The fields of the line of cron: five times, the user, the command.
fn cron_fields(line: &str) -> (Vec<&str>, &str) {
    let (mut fields, mut rest) = (Vec::new(), line.trim());
    while fields.len() < 6 {
        let (field, following) = rest.split_once(' ').unwrap();
        fields.push(field);
        rest = following.trim_start();
    }
    (fields, rest)
}

/// Values of a key of a unit, in order.
fn values<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

/// What is meant here by the places of the document.
fn here(text: &str, env: &TestEnv) -> String {
    let (work, state) = (env.path("").display().to_string(), env.path("state").display().to_string());
    let text = text.replace("/usr/bin/cspctl", env!("CARGO_BIN_EXE_cspctl")).replace("/etc/cspctl/keys/cspctl.key", &key(env));
    text.replace("/etc/cspctl/", &work).replace("/var/lib", &state)
}

fn key(env: &TestEnv) -> String {
    env.root().join("keys").join("cspctl.key").display().to_string()
}

/// A command of which nothing is known but its home, as after `env -i`.
fn bare(program: &str, env: &TestEnv) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", env.root()).current_dir("/").stdin(std::process::Stdio::null());
    command
}

#[track_caller]
fn assert_code(output: &Output, code: i32) {
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "\n{out}\n{error}");
    assert!(!error.contains('\u{1b}') && !out.contains('\u{1b}'), "no colours for a log");
}

#[test]
fn the_units_are_those_that_packages_bring() {
    for name in ["cspctl.service", "cspctl.timer"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join("systemd").join(name);
        let unit = std::fs::read_to_string(file).unwrap();
        assert_eq!(block(if name.ends_with("timer") { "[Timer]" } else { "[Service]" }), unit.trim_end(), "{name}");
    }
}

#[test]
fn the_timer_s_command_posts_the_month_with_what_systemd_gives_it() {
    let office = Office::new();
    let service = block("[Service]");
    let line = values(service, "ExecStart");
    let words: Vec<&str> = line[0].split(' ').collect();
    assert!(values(service, "LoadCredentialEncrypted") == ["cspctl.key"] && values(service, "SuccessExitStatus") == ["5"]);
    let run = || {
        let mut command = bare(&here(words[0], &office.env), &office.env);
        command.args(&words[1..]).env("CREDENTIALS_DIRECTORY", Path::new(&key(&office.env)).parent().unwrap());
        for variable in values(service, "Environment") {
            let (name, value) = variable.split_once('=').unwrap();
            command.env(name, here(value, &office.env));
        }
        command.output().unwrap()
    };
    // The sample has findings, which the unit takes as a success.
    assert_code(&run(), 5);
    office.assert_the_month_is_there_once();
    assert_code(&run(), 5);
    office.assert_the_month_is_there_once();
}

#[test]
fn the_line_of_cron_works_in_a_shell() {
    let office = Office::new();
    let line = block("* * *").trim();
    let (fields, command) = cron_fields(line);
    assert_eq!(fields, ["0", "6", "*", "*", "*", "cspctl"], "five times and the user");
    assert!(!line.contains('%') && !line.contains('\n'), "cron takes % as a line's end");
    let mut cron = bare("/bin/sh", &office.env);
    cron.args(["-c", &here(command, &office.env)]).envs([("LOGNAME", "cspctl"), ("SHELL", "/bin/sh"), ("PATH", "/usr/bin:/bin")]);
    let output = cron.output().unwrap();
    assert_code(&output, 5);
    assert!(output.stderr.is_empty() || String::from_utf8_lossy(&output.stderr).starts_with("error: "), "{}", String::from_utf8_lossy(&output.stderr));
    office.assert_the_month_is_there_once();
}

#[test]
fn the_job_of_ci_gives_one_json_document_and_a_code() {
    let env = contoso();
    let job = block("- run:");
    let script = job.lines().find_map(|line| line.trim().strip_prefix("- run: ")).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_cspctl")).parent().unwrap().display().to_string();
    let mut shell = bare("/bin/sh", &env);
    shell.args(["-e", "-c", script]).current_dir(env.path("")).envs([("CI", "true"), ("PATH", &format!("{binary}:/usr/bin:/bin"))]);
    for line in job.lines().filter(|line| line.starts_with("    CSPCTL_")) {
        let (name, value) = line.trim().split_once(": ").unwrap();
        shell.env(name, if value.starts_with("${{") { "given by the CI" } else { value });
    }
    assert_code(&shell.output().unwrap(), 5);
    let month: serde_json::Value = serde_json::from_str(&env.read("month.json")).unwrap();
    assert_eq!((month["mode"].as_str(), month["schema_version"].as_u64()), (Some("reconcile"), Some(1)));
}

#[test]
fn every_line_of_the_log_is_one_json_object() {
    let mut office = Office::new();
    office.env = std::mem::replace(&mut office.env, TestEnv::new()).variable("CSPCTL_LOG", "debug").variable("CSPCTL_LOG_FORMAT", "json");
    let output = office.run("sync --no-input --quiet").code(0);
    let mut requests = 0;
    for line in output.stderr.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(object["timestamp"].is_string() && object["level"].is_string() && object["target"].as_str().unwrap().starts_with("cspctl"), "{line}");
        requests += usize::from(object["status"].is_number());
    }
    assert!(requests > 5, "{}", output.stderr);
    // A failure is not of the log: with --json it is an object as well.
    office.change("config.toml", "[xero]\n", "[xero]\nno_such_key = 1\n");
    let output = office.run("sync --no-input --json").code(3);
    for line in output.stderr.lines() {
        let _: serde_json::Value = serde_json::from_str(line).unwrap();
    }
}

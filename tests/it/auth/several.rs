//! Several organisations, and several processes at once.

use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::place::{Place, Signing, options};
use crate::stand_ins::xero::options::{NewOrganisation, Options};

fn two() -> Options {
    let named = |name: &str, is_demo| NewOrganisation { name: name.to_owned(), is_demo, ..NewOrganisation::default() };
    Options { organisations: vec![named("Kiri Limited", false), named("Demo Company", true)], ..options() }
}

/// The ids as the lines of the error give them.
fn ids(said: &str) -> Vec<String> {
    said.lines().filter_map(|line| Some(line.split_once("organisation_id = \"")?.1.split('"').next()?.to_owned())).collect()
}

#[test]
fn several_organisations_without_a_terminal_are_listed_as_lines_to_write_and_the_sign_in_stays() {
    let mut place = Place::new(two());
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser"]);
    signing.come_back();
    let output = signing.end().code(3);
    let found = ids(&output.stderr);
    assert_eq!(found.len(), 2, "{}", output.stderr);
    assert!(output.stderr.contains("Kiri Limited") && output.stderr.contains("Demo Company"), "{}", output.stderr);
    place.env.run(["auth", "status", "--check"]).code(4);
    place.env.write("config.toml", place.env.read("config.toml").replace("[xero]\n", &format!("[xero]\norganisation_id = \"{}\"\n", found[1])));
    let status = place.env.run(["auth", "status", "--check"]).code(0);
    assert!(status.stdout.contains("Demo Company") && status.stdout.contains("works; a demo company"), "{}", status.stdout);
}

#[test]
fn an_organisation_can_be_named_on_the_command_line_and_is_pinned() {
    let place = Place::new(two());
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser"]);
    signing.come_back();
    let id = ids(&signing.end().code(3).stderr)[1].to_uppercase();
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser", "--organisation", &id]);
    signing.come_back();
    let output = signing.end().code(0);
    assert!(output.stderr.contains("Demo Company (a demo company"), "{}", output.stderr);
    assert_eq!(ids(&place.env.read("config.toml")), [id.to_lowercase()]);
}

#[test]
fn a_configured_organisation_must_be_among_those_that_are_reached() {
    let mut place = Place::new(options());
    let other = "11111111-2222-3333-4444-555555555555";
    place.env.write("config.toml", place.env.read("config.toml").replace("[xero]\n", &format!("[xero]\norganisation_id = \"{other}\"\n")));
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser"]);
    signing.come_back();
    let output = signing.end().code(4);
    assert!(output.stderr.contains(other) && output.stderr.contains("Example MSP Pty Ltd"), "{}", output.stderr);
    assert!(place.env.run(["auth", "status"]).code(0).stdout.contains("signed out"), "nothing was stored");
}

#[test]
fn many_processes_at_once_keep_the_sign_in() {
    let place = Place::new(options());
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser"]);
    signing.come_back();
    signing.end().code(0);
    for _ in 0..2 {
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..6).map(|_| scope.spawn(|| place.env.run(["auth", "status", "--check"]))).collect();
            for process in running {
                process.join().unwrap().code(0);
            }
        });
    }
    assert_eq!(place.xero.calls_of("POST", "/connect/token"), 1 + 12);
}

#[test]
fn a_process_killed_between_refresh_and_store_costs_nobody_the_sign_in() {
    let place = Place::new(options());
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser"]);
    signing.come_back();
    signing.end().code(0);
    place.hold.next();
    let mut killed = place.env.command(["auth", "status", "--check"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while !place.hold.held.load(Ordering::SeqCst) {
        assert!(began.elapsed() < Duration::from_mins(1), "it never asked for a token");
        std::thread::sleep(Duration::from_millis(10));
    }
    // Xero has issued the next token, and the one that asked holds the lock and has stored nothing.
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| place.env.run(["auth", "status", "--check"]));
        std::thread::sleep(Duration::from_millis(300));
        assert!(!waiting.is_finished(), "it did not wait for the lock");
        killed.kill().unwrap();
        let _ = killed.wait().unwrap();
        waiting.join().unwrap().code(0);
    });
    assert!(began.elapsed() < Duration::from_secs(14), "the kernel frees the lock at once");
    place.env.run(["auth", "status", "--check"]).code(0);
    assert_eq!(place.xero.calls_of("POST", "/connect/token"), 1 + 3);
}

//! `cspctl doctor` with the built binary: a machine in order, and each thing that can be out of order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use serde_json::Value;

use crate::auth::place::{Place, Signing, options};
use crate::small;
use crate::stand_ins::exchange::Outcome;
use crate::stand_ins::serve;
use crate::stand_ins::xero::options::{CUSTOM_CLIENT, SECRET};
use crate::support::{Output, TestEnv};

/// A month that goes to the stand-in, signed in and in order.
fn healthy() -> Place {
    let mut place = Place::new(options());
    let contact = place.xero.contact_id("Dicker Data").unwrap();
    let config = place.env.read("config.toml").replace("[xero]\n", &format!("[xero]\npost_to = \"xero\"\ncontact_id = \"{contact}\"\n"))
        + "[dickerdata]\ninvoice_report = \"invoice*.csv\"\n[ledger]\npath = \"state/ledger.db\"\n";
    place.env.write("config.toml", config);
    let customer = place.xero.contact_id("Contoso").unwrap();
    let mapping = format!("version = 1\n[[customers]]\ntenant_id = \"{}\"\nname = \"Contoso Pty Ltd\"\nxero_contact_id = \"{customer}\"\n", small::tenant(1));
    place.env.write("mapping.toml", mapping);
    place
}

fn signed_in() -> Place {
    let place = healthy();
    let mut signing = Signing::begin(&place, &["auth", "xero", "--no-browser"]);
    signing.come_back();
    signing.end().code(0);
    place
}

/// State, message and remedy of every check, by `group name`.
fn checks(output: &Output) -> BTreeMap<String, (String, String, String)> {
    let json = output.json();
    let text = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
    let list = json["checks"].as_array().unwrap().clone();
    list.iter()
        .map(|check| (format!("{} {}", text(check, "group"), text(check, "name")), (text(check, "state"), text(check, "message"), text(check, "fix"))))
        .collect()
}

/// The names of the checks in this state.
fn in_state(output: &Output, state: &str) -> Vec<String> {
    checks(output).into_iter().filter(|(_, (found, _, _))| found == state).map(|(name, _)| name).collect()
}

#[track_caller]
fn problem(output: &Output, name: &str) -> (String, String) {
    assert_eq!(in_state(output, "problem"), [name], "{}", output.stdout);
    let (_, message, fix) = checks(output).remove(name).unwrap();
    (message, fix)
}

#[test]
fn a_machine_in_order_has_nothing_to_do() {
    let place = signed_in();
    let calls = place.xero.calls_of("POST", "/connect/token");
    let output = place.env.run(["doctor", "--json"]).code(0);
    assert_eq!(place.xero.calls_of("POST", "/connect/token"), calls + 1, "one refresh a process");
    assert_eq!(place.xero.calls_of("PUT", "") + place.xero.calls_of("POST", "/api.xro/"), 0, "nothing is written");
    assert_eq!((in_state(&output, "problem"), in_state(&output, "warning")), (Vec::new(), Vec::new()), "{}", output.stdout);
    let found = checks(&output);
    let says = |name: &str, words: &str| assert!(found[name].1.contains(words), "{name}: {:?}", found[name]);
    says("machine mapping", "1 customer and 0 products");
    says("secrets store", "the encrypted file");
    says("secrets xero sign-in", "kept");
    says("xero sign-in", "dies in 5");
    says("xero organisation", "Example MSP Pty Ltd");
    says("xero lock dates", "no period is locked");
    says("xero expense account", "310");
    says("xero revenue account", "200");
    says("xero distributor", "Dicker Data");
    says("xero customers' contacts", "1 contact");
    says("xero scopes", "accounting.invoices");
    says("xero calls", "are left today");
    says("microsoft service", "not used");
    says("dickerdata service", "not used");
    assert!(!place.env.path("state").exists(), "no ledger is made");

    let output = place.env.run(["doctor"]).code(0);
    for heading in ["This machine", "Secrets", "Clocks", "Microsoft", "Dicker Data", "Xero"] {
        assert!(output.stdout.lines().any(|line| line == heading), "{heading}: {}", output.stdout);
    }
    assert!(output.stderr.contains("checks: ") && output.stderr.contains(" ok, "), "{}", output.stderr);
}

#[test]
fn the_json_has_every_key_and_nothing_else_is_printed() {
    let place = signed_in();
    let output = place.env.run(["doctor", "--json", "--offline"]).code(0);
    assert_eq!(output.stderr, "");
    let json = output.json();
    assert_eq!((json["schema_version"].as_u64(), json["profile"].as_str()), (Some(1), Some("default")));
    for check in json["checks"].as_array().unwrap() {
        let keys: Vec<&String> = check.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["fix", "group", "message", "name", "state"], "{check}");
        assert!(["ok", "warning", "problem", "skipped"].contains(&check["state"].as_str().unwrap()), "{check}");
    }
}

#[test]
fn offline_asks_nobody() {
    let place = signed_in();
    place.xero.forget_calls();
    let output = place.env.run(["doctor", "--offline", "--json"]).code(0);
    assert!(place.xero.calls().is_empty(), "{:?}", place.xero.calls());
    let found = checks(&output);
    assert_eq!(found["xero sign-in"].0, "ok");
    assert!(found["xero access"].1.contains("--offline") && found["clocks clock"].1.contains("--offline"), "{found:?}");
}

#[test]
fn nobody_signed_in_ends_with_4_and_the_command() {
    let place = healthy();
    let output = place.env.run(["doctor", "--json"]).code(4);
    let (_, fix) = problem(&output, "secrets xero sign-in");
    assert_eq!(fix, "cspctl auth xero");
    assert!(output.stderr.contains("sign-in-needed"), "{}", output.stderr);
    assert!(!place.env.path("secrets.cspctl").exists(), "no file of secrets is made");
}

#[test]
fn a_sign_in_that_has_ended_ends_with_4() {
    let place = signed_in();
    place.xero.advance(Duration::from_hours(24 * 61));
    let output = place.env.run(["doctor", "--json"]).code(4);
    let (message, fix) = problem(&output, "xero access");
    assert!(message.contains("has ended") && fix.contains("cspctl auth xero"), "{message}: {fix}");
}

#[test]
fn what_the_configuration_names_wrongly_ends_with_3() {
    let mut place = signed_in();
    let config = place.env.read("config.toml");
    place.env.write("config.toml", config.replace("[xero]\n", "[xero]\nexpense_account = \"999\"\n"));
    let output = place.env.run(["doctor", "--json"]).code(3);
    let (message, fix) = problem(&output, "xero expense account");
    assert!(message.contains("`999`") && fix.contains("xero.expense_account"), "{message}: {fix}");
    place.env.write("config.toml", &config);
    place.xero.archive_account("200");
    let (message, _) = problem(&place.env.run(["doctor", "--json"]).code(3), "xero revenue account");
    assert!(message.contains("archived"), "{message}");
}

#[test]
fn an_archived_contact_of_the_distributor_or_a_customer_is_named() {
    let place = signed_in();
    place.xero.archive_contact(&place.xero.contact_id("Dicker Data").unwrap());
    let (message, fix) = problem(&place.env.run(["doctor", "--json"]).code(3), "xero distributor");
    assert!(message.contains("Dicker Data") && message.contains("archived") && fix.contains("xero.contact_id"), "{message}: {fix}");
    let place = signed_in();
    place.xero.archive_contact(&place.xero.contact_id("Contoso").unwrap());
    let (message, fix) = problem(&place.env.run(["doctor", "--json"]).code(3), "xero customers' contacts");
    assert!(message.contains("Contoso Pty Ltd") && fix.contains("map customers set"), "{message}: {fix}");
}

#[test]
fn a_locked_month_warns_and_stops_those_who_approve() {
    let mut place = signed_in();
    place.xero.lock_period(Some(Date::constant(2099, 12, 31)));
    let output = place.env.run(["doctor", "--json"]).code(0);
    assert_eq!(in_state(&output, "warning"), ["xero lock dates"], "{}", output.stdout);
    place.env.write("config.toml", place.env.read("config.toml") + "[billing]\nstatus = \"authorised\"\n");
    let (message, fix) = problem(&place.env.run(["doctor", "--json"]).code(1), "xero lock dates");
    assert!(message.contains("2099-12-31") && fix.contains("Lock dates"), "{message}: {fix}");
}

#[test]
fn import_files_need_no_service() {
    let env = small::env();
    let output = env.run(["doctor", "--json"]).code(0);
    let found = checks(&output);
    for name in ["xero service", "microsoft service", "dickerdata service", "clocks clock", "secrets store"] {
        assert!(found[name].0 == "skipped" && found[name].1.contains("not used"), "{name}: {:?}", found[name]);
    }
    env.run(["sync"]).code(0);
    assert!(checks(&env.run(["doctor", "--json"]).code(0))["machine ledger"].1.contains("1 run"));
}

#[test]
fn a_secret_store_that_cannot_be_used_is_told_once() {
    let mut place = signed_in();
    place.env = place.env.variable("CSPCTL_SECRETS_KEY_FILE", "/nowhere/at/all.key");
    let output = place.env.run(["doctor", "--json"]).code(4);
    let (message, fix) = problem(&output, "secrets store");
    assert!(message.contains("all.key") && fix.contains("CSPCTL_SECRETS_KEY_FILE"), "{message}: {fix}");
    assert_eq!(checks(&output)["xero sign-in"].0, "skipped");
}

#[test]
fn a_broken_configuration_or_mapping_ends_with_3_and_hides_as_little_as_it_can() {
    let output = TestEnv::new().file("config.toml", "version = 1\n[xeero]\n").run(["doctor", "--json"]).code(3);
    assert!(problem(&output, "machine configuration").0.contains("xeero"));
    let mut env = small::env();
    env.write("mapping.toml", "version = 1\n[[customer]]\n");
    assert!(problem(&env.run(["doctor", "--json"]).code(3), "machine mapping").0.contains("customer"));
    let mut place = signed_in();
    place.env.write("config.toml", place.env.read("config.toml").replace("invoice_report", "annuity"));
    let output = place.env.run(["doctor", "--json"]).code(3);
    assert!(problem(&output, "machine configuration").0.contains("dickerdata.invoice_report"));
    assert_eq!(checks(&output)["xero access"].0, "ok", "the rest is asked all the same");
}

#[test]
fn a_ledger_in_use_warns_and_one_that_is_none_is_a_problem() {
    let mut env = small::env();
    env.run(["sync"]).code(0);
    let lock = std::fs::File::options().read(true).write(true).open(env.path("state/ledger.db.lock")).unwrap();
    lock.lock().unwrap();
    let output = env.run(["doctor", "--json"]).code(0);
    assert_eq!(in_state(&output, "warning"), ["machine lock"], "{}", output.stdout);
    drop(lock);
    env.write("state/ledger.db", "this is no ledger, but quite long enough to be looked at as one");
    let output = env.run(["doctor", "--json"]).code(3);
    assert!(in_state(&output, "problem").contains(&"machine ledger".to_owned()), "{}", output.stdout);
}

#[test]
fn the_clock_of_the_sandbox_s_xero_is_right() {
    let output = signed_in().env.run(["doctor", "--json"]).code(0);
    assert_eq!(checks(&output)["clocks clock"].0, "ok");
}

#[test]
fn a_clock_that_is_far_off_is_a_problem_and_hides_nothing() {
    let mut place = signed_in();
    let xero = place.xero.clone();
    let with_date = move |exchange: &_| match xero.carry(exchange) {
        Outcome::Answer(answer) => Outcome::Answer(answer.header("date", "Sun, 06 Nov 1994 08:49:37 GMT")),
        lost => lost,
    };
    let running = serve::serve(Arc::new(with_date), None).unwrap();
    place.env.write("config.toml", place.env.read("config.toml").replace(&place.running.address, &running.address));
    let output = place.env.run(["doctor", "--json"]).code(1);
    let (message, fix) = problem(&output, "clocks clock");
    assert!(message.contains("ahead of 127.0.0.1") && fix.contains("set the clock"), "{message}: {fix}");
    assert_eq!(checks(&output)["xero access"].0, "ok");
}

#[test]
fn a_service_that_is_away_does_not_hide_the_rest() {
    let mut place = signed_in();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    place.env.write("config.toml", place.env.read("config.toml").replace(&place.running.address, &format!("http://127.0.0.1:{port}")));
    let output = place.env.run(["doctor", "--json"]).code(1);
    problem(&output, "xero access");
    assert_eq!(checks(&output)["machine ledger"].0, "ok");
    assert_eq!(checks(&output)["secrets xero sign-in"].0, "ok");
}

/// In CI the environment gives the secret of a custom connection, and there may be no store at all.
#[test]
fn a_store_that_nothing_needs_is_not_asked() {
    let contact = Place::new(options()).xero.contact_id("Dicker Data").unwrap();
    let mut place = Place::of_app(options(), CUSTOM_CLIENT, "custom");
    place.env = place.env.variable("CSPCTL_XERO_CLIENT_SECRET", SECRET).variable("CSPCTL_SECRETS_KEY_FILE", "/nowhere/at/all.key");
    let organisation = place.xero.organisation_id();
    let config = place
        .env
        .read("config.toml")
        .replace("[xero]\n", &format!("[xero]\npost_to = \"xero\"\ncontact_id = \"{contact}\"\norganisation_id = \"{organisation}\"\n"))
        + "[dickerdata]\ninvoice_report = \"invoice*.csv\"\n";
    place.env.write("config.toml", config);
    let output = place.env.run(["doctor", "--json"]).code(0);
    let found = checks(&output);
    assert_eq!(found["secrets store"].0, "skipped", "{found:?}");
    assert_eq!(found["secrets xero app secret"].1, "given by CSPCTL_XERO_CLIENT_SECRET");
    assert_eq!((found["xero sign-in"].1.as_str(), found["xero access"].0.as_str()), ("the app signs itself in", "ok"));
}

//! Microsoft through the built binary, against the stand-in: sign-in, pull, a month reconciled live.

mod access;
mod bridge;
mod certificate;
mod cut_off;
mod doctor;
mod json;
mod kept;
mod refusals;
mod released;
mod sandbox;
mod users;

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::small::{array, codes, error_of};
use crate::stand_ins::exchange::{Exchange, Outcome};
use crate::stand_ins::microsoft::options::{Broken, Options, PartnerCenter, Person, SAMPLE_BROKEN};
use crate::stand_ins::microsoft::{CLIENT_ID, MSP_TENANT, Microsoft};
use crate::stand_ins::serve::{Running, serve};
use crate::support::TestEnv;

/// 32 bytes in base64.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

struct World {
    env: TestEnv,
    microsoft: Microsoft,
    /// Milliseconds before each of Graph's answers.
    delay: Arc<AtomicU64>,
    _server: Running,
}

/// The sample month with live seats; somebody signs in as `person`.
fn world(options: Options, person: Person) -> World {
    let microsoft = Microsoft::new(Options { auto: Some(person), ..options });
    let answering = microsoft.clone();
    let delay = Arc::new(AtomicU64::new(0));
    let waiting = Arc::clone(&delay);
    let handler = move |exchange: &Exchange| {
        let answer = answering.handle(exchange);
        if exchange.path.starts_with("/v1.0/") {
            std::thread::sleep(Duration::from_millis(waiting.load(Ordering::SeqCst)));
        }
        Outcome::Answer(answer)
    };
    let server = serve(Arc::new(handler), None).unwrap();
    let mut env = crate::small::contoso();
    let config =
        env.read("config.toml").replace("source = \"file\"\nfile = \"microsoft-seats.csv\"", &format!("source = \"graph\"\nclient_id = \"{CLIENT_ID}\""));
    let address = &server.address;
    let more = format!(
        "\n[secrets]\nstore = \"file\"\nfile = \"state/secrets.sealed\"\n[endpoints]\nmicrosoft_login = \"{address}\"\ngraph = \"{address}\"\npartner_center = \"{address}\"\n"
    );
    env.write("config.toml", config + &more);
    env.write("secrets.key", KEY);
    #[cfg(unix)]
    std::fs::set_permissions(env.path("secrets.key"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let key = env.path("secrets.key").display().to_string();
    World { env: env.variable("CSPCTL_SECRETS_KEY_FILE", &key), microsoft, delay, _server: server }
}

/// What a browser does with an address: it asks, and follows one redirect.
fn browse(address: &str) {
    let answer = get(address);
    let location = answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_else(|| panic!("no redirect: {answer}"));
    get(location.trim());
}

fn get(address: &str) -> String {
    let rest = address.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host.replace("localhost", "127.0.0.1")).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Runs a sign-in, answers it as a browser, and gives the exit code with both streams.
fn sign_in(world: &World, arguments: &[&str]) -> (i32, String, String) {
    sign_in_at(&world.env, arguments)
}

fn sign_in_at(env: &TestEnv, arguments: &[&str]) -> (i32, String, String) {
    let all: Vec<&str> = ["auth", "microsoft", "--no-input", "--no-browser"].iter().chain(arguments).copied().collect();
    let mut child = env.command(all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap() > 0 {
        said.push_str(&line);
        if line.starts_with("http://") {
            browse(line.trim());
            break;
        }
        line.clear();
    }
    lines.read_to_string(&mut said).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stdout).unwrap(), said)
}

fn signed_in(options: Options) -> World {
    let world = world(options, Person::Technician);
    let (code, _, said) = sign_in(&world, &[]);
    assert_eq!(code, 0, "{said}");
    world
}

/// Findings without those of tenants that could not be read.
fn findings(json: &Value) -> BTreeSet<String> {
    array(&json["findings"]).iter().filter(|finding| finding["code"] != "tenant-unreachable").map(ToString::to_string).collect()
}

#[test]
fn a_sign_in_names_the_msp_and_fills_in_its_details() {
    let mut world = world(Options::default(), Person::Technician);
    let config = world.env.read("config.toml").replace("name = \"Example MSP Pty Ltd\"\n", "");
    world.env.write("config.toml", config);
    let (code, _, said) = sign_in(&world, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(&format!("Organisation: Example MSP Pty Ltd, {MSP_TENANT}")), "{said}");
    assert!(said.contains("Partner Center allows nothing to this account"), "{said}");
    let config = world.env.read("config.toml");
    assert!(config.contains("name = \"Example MSP Pty Ltd\"") && config.contains(&format!("tenant_id = \"{MSP_TENANT}\"")), "{config}");
    let status = world.env.run(["auth", "status", "--check", "--json"]);
    let json = status.json();
    let microsoft = array(&json["services"]).iter().find(|service| service["service"] == "microsoft").unwrap();
    assert_eq!((microsoft["state"].as_str(), microsoft["organisation_name"].as_str()), (Some("signed-in"), Some("Example MSP Pty Ltd")), "{json:#}");
    assert_eq!(microsoft["checked"]["ok"], true, "{json:#}");
}

#[test]
fn accounts_that_would_fail_later_are_refused_with_the_reason_and_nothing_is_stored() {
    for (person, reason) in [(Person::Personal, "personal Microsoft account"), (Person::Guest, "is a guest"), (Person::Onmicrosoft, "onmicrosoft.com account")]
    {
        let world = world(Options::default(), person);
        let (code, _, said) = sign_in(&world, &[]);
        assert_eq!(code, 4, "{said}");
        assert!(said.contains(reason), "{said}");
        assert!(!world.env.path("state/secrets.sealed").exists(), "{person:?}");
    }
    let world = world(Options::default(), Person::Onmicrosoft);
    assert_eq!(sign_in(&world, &["--allow-onmicrosoft"]).0, 0);
}

#[test]
fn a_customers_account_is_refused_once_the_own_tenant_is_known() {
    let mut world = world(Options::default(), Person::Customer);
    // The sign-in page of the own tenant does not let it in; a profile without one meets it here.
    let config = world.env.read("config.toml");
    world.env.write("config.toml", config.replace("[msp]", &format!("[msp]\ntenant_id = \"{MSP_TENANT}\"")));
    let all = ["auth", "microsoft", "--no-input", "--device-code"];
    let output = world.env.run(all);
    assert_eq!(output.code, 4, "{}", output.stderr);
    assert!(output.stderr.contains("this profile is of the tenant"), "{}", output.stderr);
}

/// In its own tenant a customer's account looks like a technician's in the MSP's.
#[test]
fn regression_a_customers_account_was_taken_for_the_msps() {
    let mut world = world(Options::default(), Person::Customer);
    let (code, _, said) = sign_in(&world, &[]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("owner@contoso.example belongs to Contoso Pty Ltd, which mapping.toml has as a customer"), "{said}");
    world.env.write("mapping.toml", "version = 1\n");
    let (code, _, said) = sign_in(&world, &[]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("it is no partner's tenant") && said.contains("msp.tenant_id") && said.contains("nothing was stored"), "{said}");
    assert!(!world.env.path("state/secrets.sealed").exists() && !world.env.read("config.toml").contains("tenant_id"));
}

#[test]
fn regression_a_second_account_that_partner_center_refuses_was_stored() {
    let world = signed_in(Options::default());
    let (code, _, said) = sign_in(&world, &["--partner-center"]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("Partner Center does not take tech@msp.example") && said.contains("1002") && said.contains("nothing was stored"), "{said}");
    let services = world.env.run(["auth", "status", "--json"]).json();
    assert_eq!(array(&services["services"]).len(), 3, "{services:#}");
}

#[test]
fn regression_auth_status_left_the_second_account_out() {
    let world = signed_in(Options { partner_center: PartnerCenter::Allows, ..Options::default() });
    let (code, _, said) = sign_in(&world, &["--partner-center"]);
    assert_eq!(code, 0, "{said}");
    let json = world.env.run(["auth", "status", "--check", "--json"]).json();
    let second = array(&json["services"]).iter().find(|service| service["service"] == "partner-center").unwrap();
    assert_eq!(
        (second["state"].as_str(), second["account"].as_str(), second["checked"]["ok"].as_bool()),
        (Some("signed-in"), Some("tech@msp.example"), Some(true))
    );
    world.env.run(["auth", "logout", "microsoft"]).code(0);
    assert_eq!(array(&world.env.run(["auth", "status", "--json"]).json()["services"]).len(), 3);
}

#[test]
fn a_device_code_signs_in_without_a_browser() {
    let world = world(Options::default(), Person::Technician);
    let output = world.env.run(["auth", "microsoft", "--no-input", "--device-code"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stderr.contains("/devicelogin"), "{}", output.stderr);
}

#[test]
fn pull_shows_forty_tenants_and_three_failures_with_three_remedies() {
    let world = signed_in(Options::default());
    let json = world.env.run(["pull", "--json"]).code(0).json();
    let microsoft = array(&json["sources"]).iter().find(|source| source["source"] == "microsoft").unwrap();
    let tenants = array(&microsoft["tenants"]);
    assert_eq!(tenants.len(), 40);
    let failed: Vec<&Value> = tenants.iter().filter(|tenant| tenant["state"] == "failed").collect();
    let troubles: BTreeSet<&str> = failed.iter().map(|tenant| tenant["trouble"].as_str().unwrap()).collect();
    let remedies: BTreeSet<&str> = failed.iter().map(|tenant| tenant["remedy"].as_str().unwrap()).collect();
    assert_eq!((failed.len(), remedies.len()), (3, 3), "{failed:#?}");
    assert_eq!(troubles, BTreeSet::from(["no consent", "no delegated access", "blocked by access policy"]));
    let all = remedies.iter().copied().collect::<String>();
    for part in ["/adminconsent?client_id=", "no delegated-admin (GDAP) relationship with you either", "Service provider users", "ended on 3 Oct 2026"] {
        assert!(all.contains(part), "{all}");
    }
    let errors: String = failed.iter().map(|tenant| tenant["error"].as_str().unwrap()).collect();
    assert!(errors.contains("trace 255d1aef-8c98-452f-ac51-23d051240864, correlation fb3d2015"), "{errors}");
    assert_eq!(microsoft["as_of"], "2026-11-30");
    assert!(microsoft["bridge"]["subscription_ids_found"].as_u64() > Some(200), "{}", microsoft["bridge"]);
    let text = world.env.run(["pull", "--check"]);
    assert_eq!(text.code, 5, "{}", text.stderr);
    assert!(text.stdout.contains("40 tenants, 3 of them not read"), "{}", text.stdout);
}

#[test]
fn regression_a_tenants_remedy_left_the_configuration_out() {
    let world = signed_in(Options::default());
    let given = ["--config", "./config.toml", "pull"];
    let text = world.env.run(given).code(0).stdout;
    assert!(text.contains("cspctl --config ./config.toml auth microsoft --consent"), "{text}");
    let json = world.env.run(given.iter().chain(&["--json"])).code(0).stdout;
    assert!(json.contains("cspctl --config ./config.toml auth microsoft --consent") && !json.contains("cspctl auth"), "{json}");
}

#[test]
fn raw_answers_are_kept_without_a_name_or_a_token() {
    let world = signed_in(Options::default());
    let json = world.env.run(["pull", "--json", "--to", "kept"]).code(0).json();
    let files: Vec<&str> = array(&json["files"]).iter().filter_map(Value::as_str).filter(|file| file.contains("answers")).collect();
    assert!(files.len() > 100, "{}", files.len());
    let folder = world.env.path("kept").join("microsoft").join("answers");
    let mut text = String::new();
    for tenant in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(tenant.unwrap().path()).unwrap() {
            text += &std::fs::read_to_string(file.unwrap().path()).unwrap().to_lowercase();
        }
    }
    let microsoft = array(&json["sources"]).iter().find(|source| source["source"] == "microsoft").unwrap();
    let names = array(&microsoft["tenants"]).iter().flat_map(|tenant| [&tenant["name"], &tenant["domain"]]).filter_map(Value::as_str);
    for name in names.filter(|name| !name.is_empty()).chain(["tech@msp.example", "eyj0", "bearer"]) {
        assert!(!text.contains(&format!("\"{}\"", name.to_lowercase())) && !text.contains(&format!("@{}", name.to_lowercase())), "{name}");
    }
    assert!(!text.contains(".example\"") && !text.contains("onmicrosoft"), "no domain is left");
    assert!(text.contains("skupartnumber") && text.contains("\"status\": 403"), "what a report is about is there");
}

#[test]
fn a_month_reconciled_live_has_the_findings_of_the_seats_file() {
    let world = signed_in(Options::default());
    let live = world.env.run(["reconcile", "--period", "2026-11", "--json"]).code(0).json();
    let file = crate::small::contoso().run(["reconcile", "--period", "2026-11", "--json"]).code(0).json();
    assert_eq!(findings(&live), findings(&file));
    let unreachable = codes(&live, "findings").into_iter().filter(|code| *code == "tenant-unreachable").count();
    assert_eq!((unreachable, array(&live["coverage"]["tenants_unreachable"]).len()), (3, 3));
    assert_eq!(live["coverage"]["tenants_not_asked"], 0);
    assert_eq!(live["digest"], file["digest"], "what is billed does not depend on who is asked");
}

#[test]
fn without_failing_tenants_every_finding_is_that_of_the_file() {
    let world = signed_in(Options { broken: Vec::new(), ..Options::default() });
    let live = world.env.run(["reconcile", "--period", "2026-11", "--json"]).code(0).json();
    assert_eq!(array(&live["coverage"]["tenants_unreachable"]).len(), 0);
    let file = crate::small::contoso().run(["reconcile", "--period", "2026-11", "--json"]).code(0).json();
    // The seats file does not have Graphic Design Institute; Microsoft answers for it, with what it is charged.
    assert_eq!(findings(&live), findings(&file));
}

#[test]
fn a_second_pull_on_the_same_day_counts_people_only_where_something_changed() {
    // The service's clock is the machine's here: the second pull finds the first of the same day.
    let world = signed_in(Options { date: None, ..Options::default() });
    world.env.run(["pull"]).code(0);
    assert!(world.microsoft.calls_of("/users") > 37, "{}", world.microsoft.calls_of("/users"));
    world.microsoft.forget_calls();
    world.env.run(["pull"]).code(0);
    assert_eq!(world.microsoft.calls_of("/users"), 0);
    assert_eq!(world.microsoft.calls_of("/subscribedSkus"), 38, "all but the two that get no token");
}

#[test]
fn a_month_that_nobody_kept_says_that_it_is_unknown() {
    let world = signed_in(Options::default());
    let json = world.env.run(["reconcile", "--period", "2020-01", "--json"]).code(0).json();
    assert!(codes(&json, "findings").contains(&"source-stale"), "{json:#}");
    assert_eq!(json["coverage"]["tenants_compared"], 0);
    assert_eq!(world.microsoft.calls_of("/subscribedSkus"), 0, "today's seats say nothing of it");
}

#[test]
fn a_dead_sign_in_is_exit_code_4_with_the_command_to_type() {
    let world = world(Options::default(), Person::Technician);
    let output = world.env.run(["pull", "--json"]);
    assert_eq!(output.code, 4, "{}", output.stderr);
    assert!(error_of(&output)["hints"][0].as_str().unwrap().contains("cspctl auth microsoft"));
    assert_eq!(sign_in(&world, &[]).0, 0);
    world.microsoft.revoke();
    let output = world.env.run(["pull"]);
    assert_eq!(output.code, 4, "{}", output.stderr);
    assert!(output.stderr.contains("AADSTS700082") && output.stderr.contains("cspctl auth microsoft"), "{}", output.stderr);
}

#[test]
fn a_deleted_tenant_fails_alone() {
    let world = signed_in(Options { broken: Vec::new(), ..Options::default() });
    world.microsoft.break_tenant(SAMPLE_BROKEN[1].0, Some(Broken::Deleted));
    let json = world.env.run(["pull", "--json"]).code(0).json();
    let microsoft = array(&json["sources"]).iter().find(|source| source["source"] == "microsoft").unwrap();
    let failed: Vec<&Value> = array(&microsoft["tenants"]).iter().filter(|tenant| tenant["state"] == "failed").collect();
    assert_eq!(failed.len(), 1, "{failed:#?}");
    assert_eq!(failed[0]["trouble"], "tenant gone");
}

#[test]
fn partner_center_when_it_allows_verifies_the_partner_number_and_consents() {
    let world = world(Options { partner_center: PartnerCenter::Allows, ..Options::default() }, Person::Administrator);
    let (code, _, said) = sign_in(&world, &["--mpn-id", "4391507"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("The partner number 4391507 is yours.") && said.contains("Buys from Dicker Data."), "{said}");
    assert!(said.contains("As a Global Administrator you can consent for everybody"), "{said}");
    assert!(world.env.read("config.toml").contains("mpn_id = \"4391507\""));
    let tenant = SAMPLE_BROKEN[0].0;
    world.env.run(["auth", "microsoft", "--consent", tenant]).code(0);
    let json = world.env.run(["pull", "--json"]).code(0).json();
    let microsoft = array(&json["sources"]).iter().find(|source| source["source"] == "microsoft").unwrap();
    let mended = array(&microsoft["tenants"]).iter().find(|found| found["tenant_id"] == tenant).unwrap();
    assert_eq!(mended["state"], "ok", "{mended:#}");
    assert!(array(&mended["known_by"]).iter().any(|by| by == "Partner Center"), "{mended:#}");
}

#[test]
fn another_partners_number_is_said_and_not_written() {
    let world = world(Options { partner_center: PartnerCenter::Allows, ..Options::default() }, Person::Technician);
    let (code, _, said) = sign_in(&world, &["--mpn-id", "1234567"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("belongs to Fabrikam Partners"), "{said}");
    assert!(!world.env.read("config.toml").contains("1234567"));
}

#[test]
fn keep_alive_uses_the_sign_in_and_says_how_long_it_lives() {
    let world = signed_in(Options::default());
    world.microsoft.forget_calls();
    let json = world.env.run(["auth", "microsoft", "--keep-alive", "--json"]).code(0).json();
    assert_eq!(json["days_left"], 90);
    assert_eq!(world.microsoft.calls_of("/token"), 1);
}

#[test]
fn a_consent_that_partner_center_refuses_ends_with_the_link_to_send() {
    let world = signed_in(Options::default());
    let output = world.env.run(["auth", "microsoft", "--consent", SAMPLE_BROKEN[0].0]);
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(output.stderr.contains("/adminconsent?client_id="), "{}", output.stderr);
}

#[test]
fn regression_a_microsoft_that_is_down_failed_differently_with_a_distributors_list_than_without() {
    let world = signed_in(Options::default());
    world.microsoft.go_down();
    let output = world.env.run(["pull", "--json"]);
    assert_eq!(output.code, 7, "{}", output.stderr);
    assert_eq!(error_of(&output)["code"], "busy", "{}", output.stderr);
    assert!(output.stderr.contains("not one of"), "the distributor's tenants were asked: {}", output.stderr);
}

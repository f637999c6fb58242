//! Signing in to the certified OpenID provider in Xero's shape, with headless Chromium as the person.
//! It revokes the whole grant when a used refresh token comes again: one race, and the sign-in is lost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::of_rig;
use crate::stand_ins::exchange::{Answer, Exchange, Outcome};
use crate::stand_ins::serve::{self, Running};
use crate::support::{Output, TestEnv};

/// 32 bytes in base64.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
const ORGANISATION: &str = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

/// The two calls of Xero's API with which a sign-in ends; the provider has none of them.
fn api(exchange: &Exchange) -> Answer {
    // The provider's access tokens are JSON Web Tokens.
    let is_signed_in = exchange.header("authorization").is_some_and(|header| header.starts_with("Bearer ey"));
    match exchange.path.as_str() {
        _ if !is_signed_in => Answer::json(401, &json!({ "Title": "Unauthorized", "Status": 401, "Detail": "AuthenticationUnsuccessful" })),
        "/connections" => Answer::json(200, &json!([{ "id": "c", "tenantId": ORGANISATION, "tenantType": "ORGANISATION", "tenantName": "Kiri Limited" }])),
        "/api.xro/2.0/Organisation" if exchange.header("xero-tenant-id") == Some(ORGANISATION) => {
            Answer::json(200, &json!({ "Organisations": [{ "Name": "Kiri Limited", "IsDemoCompany": true }] }))
        }
        _ => Answer::empty(403),
    }
}

struct Place {
    env: TestEnv,
    _api: Running,
}

impl Place {
    fn new(client_id: &str, app: &str, port: u16, more: &str) -> Self {
        let running = serve::serve(Arc::new(|exchange| Outcome::Answer(api(exchange))), None).unwrap();
        let provider = of_rig("OIDC_XERO");
        let config = format!(
            "version = 1\n[xero]\nclient_id = \"{client_id}\"\napp = \"{app}\"\nredirect_port = {port}\n{more}\n\
             [secrets]\nstore = \"file\"\nfile = \"secrets.cspctl\"\n\
             [endpoints]\nxero_login = \"{provider}\"\nxero_identity = \"{provider}\"\nxero_api = \"{}\"\n",
            running.address
        );
        let env = TestEnv::new().file("config.toml", config);
        let key = env.root().join("keys").join("cspctl.key");
        cspctl::files::write_file(&key, |out| out.write_all(KEY.as_bytes())).unwrap();
        let mut env = env.variable("CSPCTL_SECRETS_KEY_FILE", key.to_str().unwrap());
        for name in ["BROWSER", "CSPCTL_RIGS_CACHE"] {
            env = env.variable(name, &of_rig(name));
        }
        Self { env, _api: running }
    }

    fn pkce(more: &str) -> Self {
        Self::new("XEROPKCE0000000000000000000000000", "pkce", free_port(), more)
    }

    fn run(&self, line: &str) -> Output {
        self.env.run(line.split(' '))
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_person_signs_in_with_a_browser_and_the_sign_in_lasts() {
    let place = Place::pkce("");
    let began = Instant::now();
    let output = place.run("auth xero").code(0);
    println!("signed in within {:?}", began.elapsed());
    assert!(output.stderr.contains("Signed in to Xero. Organisation: Kiri Limited (a demo company"), "{}", output.stderr);
    assert!(place.env.read("config.toml").contains(ORGANISATION));
    for _ in 0..3 {
        place.run("auth status --check").code(0);
    }
    assert!(place.run("auth logout xero").code(0).stderr.contains("revoked"));
    assert!(place.run("auth status").code(0).stdout.contains("signed out"));
}

#[test]
fn who_signed_in_is_known_when_openid_is_asked_for() {
    let place = Place::pkce("scopes = [\"openid\", \"profile\", \"email\", \"offline_access\", \"accounting.invoices\", \"accounting.settings.read\"]");
    place.run("auth xero").code(0);
    let status = place.run("auth status --json").code(0).json();
    let xero = status["services"].as_array().unwrap().iter().find(|service| service["service"] == "xero").unwrap();
    assert!(xero["account"].as_str().is_some_and(|account| account.contains("alice")), "{status}");
}

#[test]
fn a_person_who_refuses_is_told_and_nothing_is_stored() {
    for refusal in ["--deny consent", "--deny login"] {
        let mut place = Place::pkce("");
        place.env = place.env.variable("BROWSER_ARGS", refusal);
        let output = place.run("auth xero").code(4);
        assert!(output.stderr.contains("access_denied") && output.stderr.contains("hint: "), "{refusal}: {}", output.stderr);
        assert!(place.run("auth status").code(0).stdout.contains("signed out"));
    }
}

#[test]
fn a_web_app_signs_in_with_its_secret() {
    // The one redirect address that this app has registered.
    let mut place = Place::new("XEROWEB00000000000000000000000000", "web", 8742, "");
    place.env = place.env.variable("CSPCTL_XERO_CLIENT_SECRET", "xero-secret");
    place.run("auth xero").code(0);
    place.run("auth status --check").code(0);
    place.run("auth status --check").code(0);
    place.env = place.env.variable("CSPCTL_XERO_CLIENT_SECRET", "wrong");
    let output = place.run("auth status --check").code(4);
    assert!(output.stderr.contains("invalid_client"), "{}", output.stderr);
}

#[test]
fn a_custom_connection_signs_itself_in() {
    let mut place = Place::new("XEROM2M00000000000000000000000000", "custom", free_port(), "");
    place.env = place.env.variable("CSPCTL_XERO_CLIENT_SECRET", "m2m-secret");
    let output = place.run("auth xero").code(0);
    assert!(output.stderr.contains("Kiri Limited"), "{}", output.stderr);
    place.run("auth status --check").code(0);
    place.env = place.env.variable("CSPCTL_XERO_CLIENT_SECRET", "wrong");
    assert!(place.run("auth xero").code(4).stderr.contains("invalid_client"));
}

#[test]
fn processes_that_refresh_at_once_never_lose_the_sign_in() {
    let place = Place::pkce("");
    place.run("auth xero").code(0);
    let until = Instant::now() + Duration::from_secs(20);
    let mut refreshes = 0;
    while Instant::now() < until {
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..4).map(|_| scope.spawn(|| place.run("auth status --check"))).collect();
            for process in running {
                process.join().unwrap().code(0);
                refreshes += 1;
            }
        });
    }
    println!("{refreshes} refreshes by four processes at once");
    assert!(refreshes >= 40, "{refreshes}");
}

#[test]
fn a_used_refresh_token_is_the_end_here_and_is_told_so() {
    let place = Place::pkce("");
    place.run("auth xero").code(0);
    let store = place.env.path("secrets.cspctl");
    let before = std::fs::read(&store).unwrap();
    place.run("auth status --check").code(0);
    let after = std::fs::read(&store).unwrap();
    assert_ne!(before, after, "the provider rotates");
    // A store restored from a backup.
    std::fs::write(&store, before).unwrap();
    let output = place.run("auth status --check").code(4);
    assert!(output.stderr.contains("the sign-in to Xero has ended") && output.stderr.contains("cspctl auth xero"), "{}", output.stderr);
    // The rig is alive: the newest token died with the grant.
    std::fs::write(&store, after).unwrap();
    place.run("auth status --check").code(4);
    assert!(place.run("auth status").code(0).stdout.contains("signed in"), "nothing is deleted on failure");
    place.run("auth xero").code(0);
    place.run("auth status --check").code(0);
}

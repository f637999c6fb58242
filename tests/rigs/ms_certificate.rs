//! An app with a certificate against the certified OpenID provider, which verifies every statement by itself; key and
//! certificate are made by openssl, with the command of docs/microsoft-app.md.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::of_rig;
use crate::stand_ins::exchange::{Answer, Exchange, Outcome};
use crate::stand_ins::serve::{Running, serve};

const CLIENT_ID: &str = "11111111-2222-3333-4444-555555555555";
const MSP: &str = "8777b240-c6f0-4469-9e98-a3205431b836";
const CUSTOMER: &str = "196e2273-9651-43a3-ba7e-7cbcd918fc40";

/// A customer, and the calls of a sign-in; whose token it is, is the provider's affair.
fn graph(exchange: &Exchange) -> Answer {
    let list = |value: Value| Answer::json(200, &json!({ "value": value }));
    match exchange.path.as_str() {
        "/v1.0/organization" => list(json!([{ "id": MSP, "displayName": "Example MSP", "countryLetterCode": "AU", "verifiedDomains": [] }])),
        "/v1.0/me" => Answer::json(200, &json!({ "id": "o", "userPrincipalName": "alice@example.test", "userType": "Member" })),
        "/v1.0/me/transitiveMemberOf" => list(json!([{ "displayName": "AdminAgents" }])),
        "/v1.0/tenantRelationships/delegatedAdminCustomers" => list(json!([{ "tenantId": CUSTOMER, "displayName": "Contoso" }])),
        path if path.starts_with("/v1.0/") => list(json!([])),
        _ => Answer::json(403, &json!({ "code": "1002", "description": "Authorization Failed" })),
    }
}

/// The provider's process, with what it printed.
struct Provider {
    program: Child,
    base: String,
    said: Arc<Mutex<Vec<Value>>>,
}

impl Provider {
    /// Knows this certificate.
    fn start(certificate: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("rigs").join("ms_certificate.mjs");
        let mut program = Command::new("node").arg("--no-warnings").arg(script).env("CERTIFICATE", certificate).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(program.stdout.take().unwrap()).lines().map_while(Result::ok);
        let first: Value = serde_json::from_str(&lines.next().expect("the provider did not start")).unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&said);
        std::thread::spawn(move || lines.for_each(|line| kept.lock().unwrap().extend(serde_json::from_str::<Value>(&line))));
        Self { program, base: first["base"].as_str().unwrap().to_owned(), said }
    }

    fn said(&self) -> Vec<Value> {
        // Its lines take the way through a pipe.
        std::thread::sleep(std::time::Duration::from_millis(300));
        self.said.lock().unwrap().clone()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// `openssl req -x509 …` as in docs/microsoft-app.md; gives key and certificate.
fn make(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let (key, certificate) = (folder.join(format!("{name}.key")), folder.join(format!("{name}.pem")));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:3072", "-nodes", "-sha256", "-days", "365", "-subj", "/CN=cspctl", "-keyout"]);
    assert!(openssl.arg(&key).arg("-out").arg(&certificate).output().unwrap().status.success());
    #[cfg(unix)]
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    (key, certificate)
}

/// openssl's SHA-256 of the certificate, base64url.
fn digest(certificate: &Path) -> String {
    use base64::Engine as _;
    let output = Command::new("openssl").args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]).arg(certificate).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let bytes: Vec<u8> = text.trim().split_once('=').unwrap().1.split(':').map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

struct World {
    folder: TempDir,
    provider: Provider,
    _graph: Running,
}

impl World {
    /// The provider knows `registered`; the configuration names `used`.
    fn new(registered: &str, used: &str) -> Self {
        let folder = TempDir::new().unwrap();
        for name in ["app", "other"] {
            make(folder.path(), name);
        }
        let provider = Provider::start(&folder.path().join(format!("{registered}.pem")));
        let server = serve(Arc::new(|exchange: &Exchange| Outcome::Answer(graph(exchange))), None).unwrap();
        let (login, graph) = (&provider.base, &server.address);
        let config = format!(
            "version = 1\n[microsoft]\nsource = \"graph\"\nclient_id = \"{CLIENT_ID}\"\ncertificate = \"{used}.pem\"\ncertificate_key = \"{used}.key\"\n\
             [secrets]\nstore = \"file\"\nfile = \"secrets/sealed\"\n[ledger]\npath = \"ledger.db\"\n\
             [endpoints]\nmicrosoft_login = \"{login}\"\ngraph = \"{graph}\"\npartner_center = \"{graph}\"\n"
        );
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        crate::write_key(folder.path());
        Self { folder, provider, _graph: server }
    }

    fn command(&self, line: &str) -> Command {
        let folder = self.folder.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_cspctl"));
        command.args(line.split(' ')).env("CSPCTL_CONFIG", folder.join("config.toml")).env("CSPCTL_SECRETS_KEY_FILE", folder.join("key"));
        command.env("XDG_STATE_HOME", folder).env_remove("CI").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }
}

#[track_caller]
fn succeeded(world: &World, output: &Output) -> String {
    assert!(output.status.success(), "{}\n{:#?}", String::from_utf8_lossy(&output.stderr), world.provider.said());
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_certified_provider_takes_every_statement_of_a_sign_in_its_refreshes_and_a_customers_tenant() {
    let world = World::new("app", "app");
    succeeded(&world, &world.run("auth microsoft --no-input"));
    succeeded(&world, &world.run("auth microsoft --keep-alive"));
    // Asks the customer's tenant for a token too.
    let doctor: Value = serde_json::from_slice(&world.run("doctor --json").stdout).unwrap();
    let tenants = doctor["checks"].as_array().unwrap().iter().find(|check| check["name"] == "tenants").unwrap();
    assert_eq!(tenants["state"], "ok", "{tenants} {:#?}", world.provider.said());

    let said = world.provider.said();
    let accepted: Vec<&Value> = said.iter().filter(|line| line["accepted"].is_string()).collect();
    // Partner Center's scope is another resource's, which this provider does not redeem at; its statement it took.
    assert!(said.iter().all(|line| line["refused"] != "invalid_client" && line["broken"].is_null()), "{said:#?}");
    let expected = digest(&world.folder.path().join("app.pem"));
    for line in &accepted {
        assert_eq!((line["alg"].as_str(), line["x5t"].as_str()), (Some("PS256"), Some(expected.as_str())), "{line}");
    }
    let of = |grant: &str, tenant: &str| {
        let aud = format!("{}/{tenant}/oauth2/v2.0/token", world.provider.base);
        accepted.iter().filter(|line| line["accepted"] == grant && line["aud"] == *aud).count()
    };
    assert_eq!(of("authorization_code", "organizations"), 1, "{said:#?}");
    assert!(of("refresh_token", MSP) >= 2 && of("refresh_token", CUSTOMER) >= 1, "{said:#?}");
    let jtis: std::collections::BTreeSet<&str> = accepted.iter().map(|line| line["jti"].as_str().unwrap()).collect();
    assert_eq!(jtis.len(), accepted.len(), "each is used once");
}

#[test]
fn a_device_code_is_asked_for_and_redeemed_with_statements_too() {
    let world = World::new("app", "app");
    let mut child = world.command("auth microsoft --no-input --device-code").spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    let code = loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).unwrap() > 0, "{said} {:#?}", world.provider.said());
        said.push_str(&line);
        let word = line.trim();
        if word.len() == 9 && word.chars().all(|character| character.is_ascii_uppercase() || character == '-') {
            break word.to_owned();
        }
    };
    let browser = format!("{}/browser.mjs", of_rig("OIDC_RIG"));
    let typed = Command::new("node").args([&browser, "--code", &code, &format!("{}/devicelogin", world.provider.base)]).output().unwrap();
    assert!(typed.status.success(), "{}", String::from_utf8_lossy(&typed.stdout));
    lines.read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success(), "{said} {:#?}", world.provider.said());
    let told = world.provider.said();
    for grant in ["device_authorization", "urn:ietf:params:oauth:grant-type:device_code"] {
        assert!(told.iter().any(|line| line["accepted"] == grant), "{grant}: {told:#?}");
    }
}

#[test]
fn a_certificate_that_is_not_registered_is_refused_with_the_reason() {
    let world = World::new("other", "app");
    let output = world.run("auth microsoft --no-input");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("invalid_client") && said.contains("hint: "), "{said}");
    let told = world.provider.said();
    assert!(told.iter().any(|line| line["refused"] == "invalid_client") && told.iter().all(|line| line["accepted"].is_null()), "{told:#?}");
}

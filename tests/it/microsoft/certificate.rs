//! An app with a certificate: every call for tokens carries a statement that the stand-in verifies with the
//! certificate's public key; what cannot work is said before anything is sent.

use std::io::Write as _;
use std::process::Stdio;

use base64::Engine as _;

use super::{Options, Person, World, sign_in, world};
use crate::stand_ins::microsoft::assertion::Registered;

const CERTIFICATE: &str = include_str!("../../fixtures/microsoft-app/app.pem");
const KEY: &str = include_str!("../../fixtures/microsoft-app/app.key");
const OTHER_KEY: &str = include_str!("../../fixtures/microsoft-app/other.key");
/// Made by openssl, not by us.
const PUBLIC_KEY: &[u8] = include_bytes!("../../fixtures/microsoft-app/app-public.der");
const THUMBPRINT: &str = "6c51cf6bdd92a21be4a8d32f78980337cd2b7928f735175565f0ade15cc6a7d1";

fn registered() -> Registered {
    let digits = THUMBPRINT.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    let bytes: Vec<u8> = digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
    Registered { public_key: PUBLIC_KEY.to_vec(), thumbprint: base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes) }
}

/// A world whose app has a certificate; `settings` are further lines of `[microsoft]`.
fn with_certificate(settings: &str, key: &str) -> World {
    let mut world = world(Options { certificate: Some(registered()), ..Options::default() }, Person::Technician);
    let config = world.env.read("config.toml").replace("source = \"graph\"", &format!("source = \"graph\"\ncertificate = \"app.pem\"\n{settings}"));
    world.env.write("config.toml", config);
    world.env.write("app.pem", CERTIFICATE);
    world.env.write("app.key", key);
    close(&world, "app.key", 0o600);
    world
}

fn close(world: &World, name: &str, mode: u32) {
    #[cfg(unix)]
    std::fs::set_permissions(world.env.path(name), std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    #[cfg(not(unix))]
    let _ = (world, name, mode);
}

#[test]
fn code_device_and_refresh_in_every_tenant_are_signed_with_the_certificate() {
    let world = with_certificate("certificate_key = \"app.key\"", KEY);
    let (code, _, said) = sign_in(&world, &[]);
    assert_eq!(code, 0, "{said}");
    world.env.run(["pull"]).code(0);
    let device = world.env.run(["auth", "microsoft", "--no-input", "--device-code"]);
    assert_eq!(device.code, 0, "{}", device.stderr);
    world.env.run(["auth", "microsoft", "--keep-alive"]).code(0);
    let json = world.env.run(["doctor", "--json"]).json();
    let checks = json["checks"].as_array().unwrap();
    let certificate = checks.iter().find(|check| check["name"] == "certificate").unwrap();
    assert_eq!(certificate["state"], "ok", "{certificate}");
    let kept = world.env.read("config.toml");
    assert!(!kept.contains("PRIVATE"), "{kept}");
}

#[test]
fn without_the_certificate_the_same_app_is_refused_with_the_reason() {
    let mut world = with_certificate("certificate_key = \"app.key\"", KEY);
    let config = world.env.read("config.toml").replace("certificate = \"app.pem\"\ncertificate_key = \"app.key\"", "");
    world.env.write("config.toml", config);
    let (code, _, said) = sign_in(&world, &[]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("AADSTS7000218"), "{said}");
}

#[test]
fn a_key_in_the_secret_store_works_as_well_and_is_proven_first() {
    let world = with_certificate("", KEY);
    let missing = world.env.run(["auth", "microsoft", "--no-input", "--device-code"]);
    assert_eq!(missing.code, 4, "{}", missing.stderr);
    assert!(missing.stderr.contains("--certificate-key-stdin"), "{}", missing.stderr);
    let keep = |key: &str| {
        let arguments = ["auth", "microsoft", "--no-input", "--device-code", "--certificate-key-stdin"];
        let mut child = world.env.command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(key.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let wrong = keep(OTHER_KEY);
    assert_eq!(wrong.status.code(), Some(3), "{}", String::from_utf8_lossy(&wrong.stderr));
    assert_eq!(world.microsoft.calls_of(""), 0, "nothing was asked");
    let right = keep(KEY);
    assert!(right.status.success(), "{}", String::from_utf8_lossy(&right.stderr));
    world.env.run(["auth", "microsoft", "--keep-alive"]).code(0);
    world.env.run(["auth", "logout", "microsoft"]).code(0);
    let forgotten = world.env.run(["auth", "microsoft", "--no-input", "--device-code"]);
    assert!(forgotten.stderr.contains("nowhere"), "{}", forgotten.stderr);
}

#[test]
fn what_cannot_work_is_said_before_anybody_is_asked() {
    let settings = "certificate_key = \"app.key\"";
    let refused = |world: &World, code: i32, words: &str| {
        let output = world.env.run(["auth", "microsoft", "--no-input", "--device-code"]);
        assert_eq!(output.code, code, "{}", output.stderr);
        assert!(output.stderr.contains(words), "{words}: {}", output.stderr);
        assert_eq!(world.microsoft.calls_of(""), 0);
        assert!(!output.stderr.contains("MII"), "no part of the key is shown");
    };
    refused(&with_certificate(settings, OTHER_KEY), 3, "the private key is not that of the certificate");
    refused(&with_certificate(settings, "nothing"), 3, "no private key in PKCS#8 PEM form");
    let mut world = with_certificate(settings, KEY);
    world.env.write("app.pem", "nothing");
    refused(&world, 3, "there is no certificate in PEM form");
    std::fs::remove_file(world.env.path("app.pem")).unwrap();
    refused(&world, 3, "(microsoft.certificate)");
    let world = with_certificate(settings, KEY);
    let world = World { env: world.env.variable("CSPCTL_MICROSOFT_CLIENT_SECRET", "hunter2"), ..world };
    refused(&world, 3, "both a client secret and microsoft.certificate");
    #[cfg(unix)]
    {
        let world = with_certificate(settings, KEY);
        close(&world, "app.key", 0o644);
        refused(&world, 4, "open to other users");
    }
}

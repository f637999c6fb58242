//! Tests against parts that others wrote. They need the rigs beside the project (`../shared/rigs`) and
//! are run by `.ci/rigs/*`, never by `cargo test` alone; without its rig a test fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must stop")]
#![allow(unreachable_pub, reason = "nothing outside uses this crate")]

#[expect(dead_code, reason = "the rigs use a part of what signing in with the binary needs")]
mod auth;
mod faults;
mod keyring;
mod ms_certificate;
mod ms_mock;
mod ms_oidc;
mod oauth_toolkit;
#[path = "../it/xero_sync/office.rs"]
#[expect(dead_code, reason = "the rigs use a part of it")]
mod office;
mod oidc;
#[path = "../../examples/sandbox/sample.rs"]
mod sandbox_sample;
#[path = "../../examples/sandbox/stand_ins.rs"]
#[expect(dead_code, reason = "the sandbox and the tests use different parts of it")]
mod stand_ins;
#[path = "../it/support.rs"]
mod support;
mod terminal;
mod terminal_init;
mod terminal_map;
mod xero_mock;
mod xero_node;

/// The key file of an encrypted store, made in the folder.
pub fn write_key(folder: &std::path::Path) {
    let key = folder.join("key");
    std::fs::write(&key, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

/// A variable that a rig sets for the command it runs.
pub fn of_rig(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run this through .ci/rigs"))
}

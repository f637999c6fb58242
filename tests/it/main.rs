//! The only integration binary. Every file of this folder is listed here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on must stop")]
#![allow(unreachable_pub, reason = "nothing outside uses this crate")]

mod architecture;
mod auth;
mod bad_input;
mod cli;
#[cfg(unix)]
mod completions;
mod config;
mod dickerdata;
mod doctor;
mod exactly_once;
mod exit_codes;
mod import_files;
mod init;
mod json;
mod man;
#[path = "../../examples/man/pages.rs"]
mod man_pages;
mod map;
mod map_live;
mod mapping_flow;
mod microsoft;
mod month;
mod notify;
mod sample;
mod sandbox;
#[path = "../../examples/sandbox/sample.rs"]
mod sandbox_sample;
#[cfg(unix)]
mod secret_move;
mod secret_stores;
mod small;
mod stand_in_xero;
#[path = "../../examples/sandbox/stand_ins.rs"]
#[expect(dead_code, reason = "the sandbox and the tests use different parts of it")]
mod stand_ins;
mod support;
#[cfg(unix)]
mod unattended;
mod xero_client;
mod xero_sync;

/// A file that is not listed above is not run.
#[test]
fn every_file_of_this_folder_is_listed() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("it");
    let listed = include_str!("main.rs");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_module = path.is_dir() && path.join("mod.rs").exists() || path.extension().is_some_and(|extension| extension == "rs");
        if is_module && name != "main" {
            assert!(listed.contains(&format!("\nmod {name};")), "tests/it/main.rs does not list {name}");
        }
    }
}

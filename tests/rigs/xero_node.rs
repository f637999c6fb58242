//! Xero's own SDK is the client of our stand-in: what it can create and read has Xero's shapes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use super::of_rig;
use super::stand_ins::serve::{self, Running};
use super::stand_ins::xero::Xero;
use super::stand_ins::xero::options::{Options, PKCE_CLIENT};

fn start() -> (Xero, Running) {
    let xero = Xero::new(Options::default());
    let carrier = xero.clone();
    let running = serve::serve(Arc::new(move |exchange| carrier.carry(exchange)), None).unwrap();
    (xero, running)
}

/// Runs a script of the SDK against the stand-in, and gives what it printed.
fn node(script: &Path, xero: &Xero, running: &Running, access: &str) -> (bool, String) {
    let output = Command::new("node")
        .arg(script)
        .env("RIG_XERO_NODE", of_rig("RIG_XERO_NODE"))
        .env("XERO_BASE", &running.address)
        .env("XERO_TOKEN", access)
        .env("XERO_TENANT", xero.organisation_id())
        .env("XERO_CONTACT", xero.contact_id("Contoso").unwrap())
        .env("XERO_SUPPLIER", xero.contact_id("Dicker Data").unwrap())
        .output()
        .unwrap();
    (output.status.success(), format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn the_sdk_creates_an_invoice_and_reads_it_back() {
    let (xero, running) = start();
    let access = xero.sign_in(PKCE_CLIENT).access;
    let (passed, said) = node(&PathBuf::from(of_rig("RIG_XERO_NODE")).join("invoice.mjs"), &xero, &running, &access);
    assert!(passed && said.contains("PASS"), "{said}");
    assert_eq!(xero.live_documents().len(), 1);
}

#[test]
fn the_sdk_reads_every_setting_and_every_kind_of_document() {
    let (xero, running) = start();
    let access = xero.sign_in(PKCE_CLIENT).access;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("rigs").join("xero_node.mjs");
    let (passed, said) = node(&script, &xero, &running, &access);
    assert!(passed && said.contains("PASS"), "{said}");
    let documents = xero.documents();
    assert_eq!(documents.iter().map(|document| document.kind.as_str()).collect::<Vec<_>>(), ["ACCPAY", "ACCRECCREDIT", "ACCPAYCREDIT"]);
    assert_eq!(documents[0].status, "DELETED");
    assert!(documents[0].history.iter().any(|record| record.details == "a note"));
    assert_eq!(documents[0].attachments[0].content, b"a,b");
}

#[test]
fn the_sdk_is_refused_without_a_token() {
    let (xero, running) = start();
    let (passed, said) = node(&PathBuf::from(of_rig("RIG_XERO_NODE")).join("invoice.mjs"), &xero, &running, "nobody");
    assert!(!passed && said.contains("refused"), "{said}");
}

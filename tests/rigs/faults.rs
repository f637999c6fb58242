//! The built binary posts through mitmproxy, which loses requests and answers: nothing is posted twice, nothing is lost.

use crate::auth::browser::{get, post};
use crate::of_rig;
use crate::office::{Office, unhurried};

/// Creating invoices and bills.
const CREATE: &str = r"PUT .*/Invoices\\?";

/// Replaces the proxy's rules, a JSON list.
fn rules(text: &str) {
    let reply = post(&of_rig("FAULTS_CONTROL"), text);
    assert_eq!(reply.status, 200, "{text}: {}", reply.body);
}

/// How many requests were broken since the rules were replaced.
fn broken() -> usize {
    let reply = get(&of_rig("FAULTS_CONTROL"));
    let json: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    json["log"].as_array().unwrap().len()
}

/// Posts the month through the broken proxy, again and again until it is done.
fn posted_once_through(faults: &str) {
    rules("[]");
    let port = of_rig("RIG_XERO_PORT").parse().unwrap();
    let mut office = Office::served(unhurried(), Some(port), Some(&of_rig("PROXY_URL")));
    office.change("config.toml", "[secrets]\n", "[network]\ntimeout_seconds = 3\n\n[secrets]\n");
    office.sign_in();
    rules(faults);
    let mut codes = Vec::new();
    while codes.last() != Some(&0) {
        assert!(codes.len() < 6, "{faults}: {codes:?}");
        let output = office.run("sync");
        assert!([0, 6, 7].contains(&output.code), "{faults}: {}: {}", output.code, output.stderr);
        codes.push(output.code);
    }
    assert!(broken() > 0, "{faults}: nothing was broken");
    println!("{faults}: ended with {codes:?}");
    office.assert_the_month_is_there_once();
    rules("[]");
    office.xero.forget_calls();
    office.run("sync").code(0);
    office.lose_ledger();
    office.run("sync").code(0);
    assert_eq!(office.writes(), 0, "{faults}: something was posted again");
    office.assert_the_month_is_there_once();
}

/// A fault of the bill's request, which goes first, and of the invoices' request after it.
fn posted_once_although(fault: &str) {
    for skip in [0, 1] {
        posted_once_through(&format!(r#"[{{"match": "{CREATE}", "skip": {skip}, "times": 1, {fault}}}]"#));
    }
}

#[test]
fn an_answer_is_lost_after_xero_acted() {
    posted_once_although(r#""do": "drop_after""#);
}

#[test]
fn a_request_never_arrives() {
    posted_once_although(r#""do": "drop_before""#);
}

#[test]
fn an_answer_breaks_off() {
    posted_once_although(r#""do": "reset_mid""#);
}

#[test]
fn an_answer_is_no_answer_of_xero() {
    posted_once_although(r#""do": "corrupt""#);
}

#[test]
fn a_500_hides_what_was_done() {
    posted_once_although(r#""status": 500, "reach": true"#);
}

#[test]
fn an_answer_never_comes() {
    posted_once_although(r#""do": "hang""#);
}

#[test]
fn every_answer_is_lost() {
    posted_once_through(&format!(r#"[{{"match": "{CREATE}", "do": "drop_after"}}]"#));
}

#[test]
fn neither_the_answer_nor_the_look_afterwards_arrives() {
    posted_once_through(&format!(
        r#"[{{"match": "{CREATE}", "skip": 1, "times": 1, "do": "drop_after"}}, {{"match": "GET .*InvoiceNumbers=", "times": 8, "do": "drop_before"}}]"#
    ));
}

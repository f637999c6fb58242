//! Limits, idempotency keys, faults, and the socket.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Signed, value};
use crate::stand_ins::exchange::{Answer, Exchange, Outcome};
use crate::stand_ins::serve;
use crate::stand_ins::xero::fault::{Fault, FaultKind};
use crate::stand_ins::xero::options::{Limits, Options};

const INVOICES: &str = "/api.xro/2.0/Invoices";

fn xero() -> Signed {
    Signed::new(Options::default())
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

/// A write with an idempotency key.
fn keyed(xero: &Signed, key: &str, number: &str) -> Exchange {
    let mut exchange = xero.exchange("PUT", "Invoices?summarizeErrors=false", &json!({ "Invoices": [xero.invoice(number)] }));
    exchange.headers.push(("idempotency-key".to_owned(), key.to_owned()));
    exchange
}

#[test]
fn a_minute_has_sixty_calls_and_then_a_time_to_wait() {
    let xero = xero();
    let first = xero.send("GET", "Organisation", &Value::Null);
    assert_eq!(
        (header(&first, "x-minlimit-remaining"), header(&first, "x-daylimit-remaining"), header(&first, "x-appminlimit-remaining")),
        (Some("59"), Some("999"), Some("9999"))
    );
    xero.xero.advance(Duration::from_secs(20));
    for _ in 1..60 {
        assert_eq!(xero.send("GET", "Organisation", &Value::Null).status, 200);
    }
    let refused = xero.send("GET", "Organisation", &Value::Null);
    assert_eq!((refused.status, header(&refused, "x-rate-limit-problem"), header(&refused, "retry-after")), (429, Some("minute"), Some("40")));
    assert_eq!(header(&refused, "x-minlimit-remaining"), Some("0"));
    xero.xero.advance(Duration::from_secs(40));
    assert_eq!(xero.send("GET", "Organisation", &Value::Null).status, 200);
}

#[test]
fn a_day_has_a_thousand_calls() {
    let xero = xero();
    xero.xero.spend_day(999);
    assert_eq!(xero.send("GET", "Organisation", &Value::Null).status, 200);
    let refused = xero.send("GET", "Organisation", &Value::Null);
    assert_eq!((refused.status, header(&refused, "x-rate-limit-problem"), header(&refused, "retry-after")), (429, Some("day"), Some("86400")));
    let free = Signed::new(Options { limits: Limits { concurrent: None, minute: None, day: None }, ..Options::default() });
    free.xero.spend_day(50_000);
    assert_eq!(free.send("GET", "Organisation", &Value::Null).status, 200);
}

#[test]
fn five_calls_at_a_time_are_answered_and_the_sixth_is_not() {
    let xero = xero();
    let exchange = xero.exchange("GET", "Organisation", &Value::Null);
    let mut under_way: Vec<_> = (0..5).map(|_| xero.xero.in_flight(&exchange)).collect();
    assert_eq!(xero.xero.handle(&exchange).status, 200);
    under_way.push(xero.xero.in_flight(&exchange));
    let refused = xero.xero.handle(&exchange);
    assert_eq!((refused.status, header(&refused, "x-rate-limit-problem"), header(&refused, "retry-after")), (429, Some("concurrent"), None));
    under_way.clear();
    assert_eq!(xero.xero.handle(&exchange).status, 200);
    assert_eq!(xero.xero.in_flight_at_most(), 6);
}

#[tokio::test(start_paused = true)]
async fn the_clock_follows_a_paused_one() {
    let xero = xero();
    let keyed = keyed(&xero, "key", "A");
    xero.xero.handle(&keyed);
    tokio::time::sleep(Duration::from_secs(359)).await;
    xero.xero.handle(&keyed);
    assert_eq!(value(&xero.send("GET", "Invoices/A/History", &Value::Null))["HistoryRecords"].as_array().unwrap().len(), 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let again = value(&xero.xero.handle(&keyed));
    assert_eq!(again["Invoices"][0]["ValidationErrors"][0]["Message"], "Invoice # must be unique.", "after six minutes the key is new");
}

#[test]
fn a_key_replays_its_answer_and_belongs_to_one_request() {
    let xero = xero();
    let first = xero.xero.handle(&keyed(&xero, "key", "A"));
    let again = xero.xero.handle(&keyed(&xero, "key", "A"));
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(xero.xero.documents().len(), 1);
    assert_eq!(header(&again, "x-minlimit-remaining"), Some("58"), "a replayed call counts");
    let other = xero.xero.handle(&keyed(&xero, "key", "B"));
    assert_eq!(other.status, 400);
    assert!(value(&other)["Message"].as_str().unwrap().contains("is used with a different request"));
    assert_eq!(xero.xero.handle(&keyed(&xero, "", "B")).status, 400, "an empty key");
    assert_eq!(xero.xero.handle(&keyed(&xero, &"k".repeat(129), "B")).status, 400);
    assert_eq!(xero.xero.documents().len(), 1);
}

#[test]
fn a_bill_that_is_repeated_without_a_key_is_there_twice() {
    let xero = xero();
    xero.put(&xero.bill("DD-1"));
    xero.put(&xero.bill("DD-1"));
    assert_eq!(xero.xero.live_documents().len(), 2);
}

#[test]
fn errors_are_kept_for_their_key_too() {
    let xero = xero();
    xero.xero.fault(Fault::once("PUT", INVOICES, FaultKind::Status { status: 500, committed: false }));
    assert_eq!(xero.xero.handle(&keyed(&xero, "key", "A")).status, 500);
    assert_eq!(xero.xero.handle(&keyed(&xero, "key", "A")).status, 500, "the kept one");
    assert_eq!(xero.xero.documents().len(), 0);
    assert_eq!(xero.xero.handle(&keyed(&xero, "another", "A")).status, 200);
}

#[test]
fn faults_show_when_they_are_due_and_say_nothing_of_what_was_done() {
    for (kind, status, documents) in [
        (FaultKind::Status { status: 500, committed: false }, 500, 0),
        (FaultKind::Status { status: 500, committed: true }, 500, 1),
        (FaultKind::TooMany { problem: "minute", retry_after_seconds: Some(22) }, 429, 0),
        (FaultKind::Offline, 503, 0),
        (FaultKind::TokenExpired, 401, 0),
        (FaultKind::Html { status: 200, committed: true }, 200, 1),
        (FaultKind::Empty { status: 200, committed: true }, 200, 1),
        (FaultKind::Half, 200, 1),
    ] {
        let xero = xero();
        xero.xero.fault(Fault::once("PUT", INVOICES, kind.clone()).after(1));
        xero.put(&xero.invoice("FIRST"));
        assert_eq!(xero.send("GET", "Invoices", &Value::Null).status, 200, "another method");
        let broken = xero.send("PUT", "Invoices", &json!({ "Invoices": [xero.invoice("SECOND")] }));
        assert_eq!((broken.status, xero.xero.documents().len()), (status, 1 + documents), "{kind:?}");
        let is_readable = serde_json::from_slice::<Value>(&broken.body).is_ok();
        assert_eq!(is_readable, matches!(kind, FaultKind::Status { .. } | FaultKind::TokenExpired), "{kind:?}");
        assert_eq!(xero.send("GET", "Invoices/FIRST", &Value::Null).status, 200);
    }
}

#[test]
fn a_lost_request_leaves_nothing_and_a_lost_answer_leaves_the_document() {
    let xero = xero();
    xero.xero.fault(Fault::once("PUT", INVOICES, FaultKind::Lost { committed: false }));
    xero.xero.fault(Fault::once("PUT", INVOICES, FaultKind::Lost { committed: true }));
    let keyed = keyed(&xero, "key", "A");
    assert_eq!(xero.xero.carry(&keyed), Outcome::LostBefore);
    assert_eq!(xero.xero.documents().len(), 0);
    assert_eq!(xero.xero.carry(&keyed), Outcome::LostAfter);
    assert_eq!(xero.xero.documents().len(), 1);
    let Outcome::Answer(replayed) = xero.xero.carry(&keyed) else { panic!("no answer") };
    assert_eq!(value(&replayed)["Invoices"][0]["StatusAttributeString"], "OK", "the key gives the answer that was lost");
    assert_eq!(xero.xero.documents().len(), 1);
    assert_eq!(xero.xero.calls_of("PUT", INVOICES), 3);
}

#[test]
fn refresh_tokens_survive_a_lost_answer() {
    let xero = xero();
    let token = xero.xero.sign_in(crate::stand_ins::xero::options::PKCE_CLIENT).refresh;
    xero.xero.fault(Fault::once("POST", "/connect/token", FaultKind::Lost { committed: true }));
    let body = format!("grant_type=refresh_token&client_id={}&refresh_token={token}", crate::stand_ins::xero::options::PKCE_CLIENT);
    let refresh = Exchange { method: "POST".to_owned(), path: "/connect/token".to_owned(), body: body.into_bytes(), ..Exchange::default() };
    assert_eq!(xero.xero.carry(&refresh), Outcome::LostAfter);
    assert_eq!(xero.xero.handle(&refresh).status, 200);
}

#[test]
fn the_page_shows_what_was_posted_and_nothing_else_runs_in_it() {
    let xero = xero();
    let page = |query: &str| {
        let query = query.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
        String::from_utf8(xero.xero.handle(&Exchange { method: "GET".to_owned(), path: "/".to_owned(), query, ..Exchange::default() }).body).unwrap()
    };
    assert!(page("").contains("Nothing has been posted yet"));
    let contact = xero.xero.add_contact("<script>alert(1)</script>");
    xero.put(&super::with(xero.invoice("CSP-1"), json!({ "Contact": { "ContactID": contact } })));
    let shown = page("fragment=1");
    assert!(shown.contains("CSP-1") && shown.contains("2,359.23") && shown.contains("&lt;script&gt;"), "{shown}");
    assert!(!shown.contains("<script>") && !shown.contains("<!doctype html>"));
}

#[test]
fn a_socket_carries_kept_connections_chunks_and_large_bodies() {
    let handler: serve::Handler = Arc::new(|exchange: &Exchange| match exchange.path.as_str() {
        "/lost" => Outcome::LostAfter,
        _ => Outcome::Answer(Answer::text(200, "text/plain", format!("{} {:?} {}", exchange.path, exchange.query, exchange.body.len()))),
    });
    let running = serve::serve(handler, None).unwrap();
    let mut stream = std::net::TcpStream::connect(running.address.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut ask = |request: &[u8], expected: &str| {
        stream.write_all(request).unwrap();
        let (mut text, mut buffer) = (String::new(), [0; 4096]);
        while !text.ends_with(expected) {
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0, "{expected:?} did not come, but {text:?}");
            text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        }
    };
    ask(b"GET /a%20b?x=1%2B+2&y HTTP/1.1\r\nHost: h\r\n\r\n", "/a b [(\"x\", \"1+ 2\"), (\"y\", \"\")] 0");
    ask(b"PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", "/c [] 5");
    let mut large = b"PUT /d HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n".to_vec();
    large.resize(large.len() + 5_000_000, b'x');
    ask(&large, "/d [] 5000000");
    stream.write_all(b"GET /lost HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0, "closed without an answer");
    let address = running.address.strip_prefix("http://").unwrap().to_owned();
    drop(running);
    assert!(std::net::TcpStream::connect(address).is_err(), "dropped, it listens no more");
}

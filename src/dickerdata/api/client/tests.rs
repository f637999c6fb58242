use std::cell::RefCell;
use std::collections::VecDeque;

use serde_json::json;

use super::*;
use crate::http::BoxFuture;

/// Answers in turn; keeps what was asked.
#[derive(Debug, Default)]
struct Script {
    answers: RefCell<VecDeque<Response>>,
    asked: RefCell<Vec<Request>>,
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, crate::http::TransportError>> {
        self.asked.borrow_mut().push(request);
        let answer = self.answers.borrow_mut().pop_front().expect("one request too many");
        Box::pin(async { Ok(answer) })
    }
}

fn said(status: u16, body: &Value) -> Response {
    Response { status, headers: Vec::new(), body: body.to_string().into_bytes() }
}

fn granted(key: &str) -> Response {
    said(200, &json!({ "Status": "GRANTED", "AccessKey": key, "ExpireDateTime": "2026-11-30T10:20:00Z" }))
}

fn client(answers: Vec<Response>, convention: Convention) -> (Rc<Script>, Client) {
    let script = Rc::new(Script { answers: RefCell::new(answers.into()), asked: RefCell::default() });
    let settings = Settings {
        base: "http://localhost/api".to_owned(),
        convention,
        api_version: "1.0".to_owned(),
        page_size: 0,
        pages_at_most: 5,
        requests_per_minute: 1_000,
    };
    let credentials = Credentials { access_code: "the-access-code".into(), account_code: Some("A1".to_owned()) };
    let now = || "2026-11-30T10:00:00Z".parse().unwrap();
    let transport: Rc<dyn Transport> = script.clone();
    (script, Client::new(transport, settings, credentials, Box::new(now)))
}

fn call() -> Call {
    Call { endpoint: "Account/Invoice", method: Method::Get, parameters: Vec::new() }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(future)
}

#[test]
fn one_key_serves_many_calls_and_the_way_that_was_answered_is_kept() {
    let refused = said(400, &json!({ "Message": "RequestHeader is missing" }));
    let (script, client) = client(vec![granted("k1"), refused, said(200, &json!([])), said(200, &json!([1]))], Convention::Auto);
    run(async {
        client.pages(&call()).await.unwrap();
        client.pages(&call()).await.unwrap();
    });
    assert_eq!(client.way(), Some(Way::Message));
    assert_eq!(script.asked.borrow().len(), 4, "one key, one refusal, two answers");
    assert_eq!(client.secrets(), ["k1", "the-access-code"]);
}

#[test]
fn an_answer_that_fails_in_passing_is_asked_for_again() {
    let (script, client) = client(vec![said(503, &json!({})), granted("k1"), said(502, &json!({})), said(200, &json!([]))], Convention::Headers);
    run(client.pages(&call())).unwrap();
    assert_eq!(script.asked.borrow().len(), 4);
}

#[test]
fn a_service_that_asks_for_an_hour_is_busy() {
    let mut busy = said(429, &json!({}));
    busy.headers.push(("retry-after".to_owned(), "3600".to_owned()));
    let (_, client) = client(vec![granted("k1"), busy], Convention::Headers);
    let error = run(client.pages(&call())).unwrap_err();
    assert_eq!((error.kind, error.hints.first().map(String::as_str)), (ApiErrorKind::Busy, Some("run the command again in 3600 seconds")));
}

#[test]
fn the_same_page_again_and_again_ends() {
    let page = json!({ "TotalPages": 3, "Out": [{ "InvoiceNumber": "1" }] });
    let (script, client) = client(vec![granted("k1"), said(200, &page), said(200, &page)], Convention::Headers);
    let error = run(client.pages(&call())).unwrap_err();
    assert!(error.message.contains("page 2 is the same as the one before it"), "{}", error.message);
    assert!(script.asked.borrow().last().unwrap().url.ends_with("?PageNumber=2"));
}

#[test]
fn a_refused_key_is_renewed_once_for_each_call() {
    let expired = || said(200, &json!({ "Status": "ERROR", "Message": "Access key expired" }));
    let (_, working) = client(vec![granted("k1"), said(200, &json!([])), expired(), granted("k2"), said(200, &json!([]))], Convention::Headers);
    run(async {
        working.pages(&call()).await.unwrap();
        working.pages(&call()).await.unwrap();
    });
    let (_, never) = client(vec![granted("k1"), said(200, &json!([])), expired(), granted("k2"), expired()], Convention::Headers);
    let error = run(async {
        never.pages(&call()).await.unwrap();
        never.pages(&call()).await.unwrap_err()
    });
    assert_eq!(error.kind, ApiErrorKind::SignIn);
}

#[test]
fn no_error_shows_a_secret() {
    let (_, client) = client(vec![said(401, &json!({ "Message": "the-access-code is unknown" }))], Convention::Headers);
    let error = run(client.prove()).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ApiErrorKind::SignIn, "the access code was refused: [removed] is unknown"));
    assert!(!format!("{client:?}").contains("the-access-code"));
}

//! A small identity service for tests: it issues codes' tokens, rotates refresh tokens and fails when told to.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use crate::http::{BoxFuture, Request, Response, Transport, TransportError};

use super::oauth::{Provider, RedirectAddress};

/// What happens to one request instead of the ordinary answer.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// Nothing arrives.
    NotSent,
    /// It arrives and is acted on; the answer is lost.
    Lost,
    /// 429 with `Retry-After` in seconds.
    Busy(u32),
    /// This status and body.
    Answer(u16, &'static str),
}

/// The service. Refresh tokens are `r1`, `r2`, …; a used one works on for `grace` uses of the clock.
#[derive(Debug, Default)]
pub(super) struct Identity {
    /// Requests as `address form`, in order.
    pub(super) seen: RefCell<Vec<String>>,
    /// Authorization headers, in order.
    pub(super) headers: RefCell<Vec<Option<String>>>,
    pub(super) faults: RefCell<VecDeque<Option<Fault>>>,
    /// Tokens issued so far.
    pub(super) issued: Cell<u32>,
    /// Token to the moment (in seconds of `now`) until which it works; absent: refused.
    pub(super) works_until: RefCell<BTreeMap<String, i64>>,
    pub(super) now: Cell<i64>,
    pub(super) grace: Cell<i64>,
    pub(super) rotates: Cell<bool>,
    pub(super) id_token: RefCell<Option<String>>,
}

pub(super) const FAR: i64 = i64::MAX;

impl Identity {
    pub(super) fn new() -> Rc<Self> {
        let identity = Self::default();
        identity.now.set(1_800_000_000);
        identity.rotates.set(true);
        Rc::new(identity)
    }

    pub(super) fn issue(&self) -> String {
        self.issued.set(self.issued.get() + 1);
        let token = format!("r{}", self.issued.get());
        self.works_until.borrow_mut().insert(token.clone(), FAR);
        token
    }

    pub(super) fn fail_next(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.faults.borrow_mut().extend(faults);
    }

    pub(super) fn form(&self, index: usize) -> BTreeMap<String, String> {
        let seen = self.seen.borrow();
        let (_, form) = seen[index].split_once(' ').unwrap();
        url::form_urlencoded::parse(form.as_bytes()).into_owned().collect()
    }

    fn act(&self, form: &BTreeMap<String, String>) -> Response {
        let json = |status: u16, value: serde_json::Value| Response { status, headers: Vec::new(), body: value.to_string().into_bytes() };
        let mut answer = serde_json::json!({ "access_token": format!("access-{}", self.seen.borrow().len()), "token_type": "Bearer", "expires_in": 1800 });
        match form.get("grant_type").map(String::as_str) {
            Some("refresh_token") => {
                let token = form["refresh_token"].clone();
                let works = self.works_until.borrow().get(&token).copied();
                if works.is_none_or(|until| until < self.now.get()) {
                    return json(400, serde_json::json!({ "error": "invalid_grant" }));
                }
                if self.rotates.get() {
                    if works == Some(FAR) {
                        self.works_until.borrow_mut().insert(token, self.now.get() + self.grace.get() - 1);
                    }
                    answer["refresh_token"] = self.issue().into();
                }
            }
            Some("authorization_code") => {
                answer["refresh_token"] = self.issue().into();
                if let Some(id_token) = self.id_token.borrow().as_ref() {
                    answer["id_token"] = id_token.as_str().into();
                }
            }
            Some("client_credentials") => {}
            _ => return Response { status: 200, ..Response::default() },
        }
        json(200, answer)
    }
}

/// The identity service as a transport.
#[derive(Debug)]
pub(super) struct Wire(pub(super) Rc<Identity>);

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let form = String::from_utf8(request.body.clone()).unwrap();
            self.0.seen.borrow_mut().push(format!("{} {form}", request.url));
            self.0.headers.borrow_mut().push(request.headers.iter().find(|(name, _)| *name == "authorization").map(|(_, value)| value.clone()));
            let form = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
            let fault = self.0.faults.borrow_mut().pop_front().flatten();
            let host = "identity.example".to_owned();
            match fault {
                Some(Fault::NotSent) => Err(TransportError::NotSent { host, reason: "refused".to_owned() }),
                Some(Fault::Lost) => {
                    let _ = self.0.act(&form);
                    Err(TransportError::Lost { host, reason: "reset".to_owned() })
                }
                Some(Fault::Busy(seconds)) => Ok(Response { status: 429, headers: vec![("retry-after".to_owned(), seconds.to_string())], body: Vec::new() }),
                Some(Fault::Answer(status, body)) => Ok(Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() }),
                None => Ok(self.0.act(&form)),
            }
        })
    }
}

pub(super) fn provider() -> Provider {
    Provider {
        name: "Xero",
        authorize_url: "https://login.example/identity/connect/authorize".to_owned(),
        token_url: "https://identity.example/connect/token".to_owned(),
        device_url: Some("https://identity.example/device".to_owned()),
        revoke_url: Some("https://identity.example/connect/revocation".to_owned()),
        client_id: "APP".to_owned(),
        client_secret: None,
        scopes: vec!["offline_access".to_owned(), "accounting.invoices".to_owned()],
        redirect: RedirectAddress { port: None, path: "/callback".to_owned(), setting: "xero.redirect_port" },
        authorize_extra: Vec::new(),
        scope_hint: "set xero.scopes".to_owned(),
        client_hint: "check xero.client_id".to_owned(),
    }
}

//! Documents, facts and a scripted network for the tests of this module.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use jiff::civil::date;
use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::charge::ChargeKey;
use crate::domain::document::{Document, Kind, Line, State, Status};
use crate::domain::money::Money;
use crate::domain::period::BillingPeriod;
use crate::http::{BoxFuture, Request, Response, TokenError, TokenErrorKind, TokenSource, Transport, TransportError};

use super::client::{XeroClient, XeroSettings};

pub(super) const CONTACT: &str = "430fa14a-f945-44d3-9f97-5df5e28441b8";
pub(super) const ORGANISATION: &str = "fe79f7dd-b6d4-4a92-ba7b-538af6289c58";
pub(super) const ID: &str = "ed255415-e141-4150-aab7-89c3bbbb851c";

/// A document of one line: 12 × 32.90.
pub(super) fn document(kind: Kind, number: &str) -> Document {
    let line = Line {
        key: ChargeKey(1),
        description: "Microsoft 365 Business Premium, 1–30 Nov 2026".into(),
        quantity: "12".parse().unwrap(),
        unit_amount: "32.90".parse().unwrap(),
        line_amount: Money::round_half_away("394.80".parse().unwrap()),
        account_code: if kind.is_purchase() { "310" } else { "200" }.into(),
        tax_type: None,
    };
    Document {
        kind,
        number: number.into(),
        period: BillingPeriod::containing(date(2026, 11, 1)),
        contact_id: Some(CONTACT.parse().unwrap()),
        contact_name: "Contoso".into(),
        tenant_id: (!kind.is_purchase()).then(|| "196e2273-9651-43a3-ba7e-7cbcd918fc40".parse().unwrap()),
        date: date(2026, 11, 30),
        due_date: date(2026, 12, 20),
        currency: "AUD".into(),
        status: Status::Draft,
        sub_total: line.line_amount,
        lines: vec![line],
        state: State::Planned,
        reference: Some("cspctl 3f9a2c".into()),
        workings: Vec::new(),
        xero: None,
    }
}

/// A network that answers as written, and keeps what it was asked.
#[derive(Debug, Default)]
pub(super) struct Script {
    answers: RefCell<VecDeque<Result<Response, TransportError>>>,
    pub(super) requests: RefCell<Vec<Request>>,
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let answer = self.answers.borrow_mut().pop_front().unwrap_or_else(|| panic!("one request too many: {request:?}"));
        self.requests.borrow_mut().push(request);
        Box::pin(async { answer })
    }
}

impl Script {
    pub(super) fn sent(&self, position: usize) -> Request {
        self.requests.borrow()[position].clone()
    }

    pub(super) fn urls(&self) -> Vec<String> {
        self.requests.borrow().iter().map(|request| request.url.clone()).collect()
    }
}

/// Tokens `token-1`, `token-2`, …: a new one each time one is refused, at most three.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    refused: Cell<u32>,
}

impl TokenSource for Tokens {
    fn access_token<'a>(&'a self, rejected: Option<&'a SecretString>) -> BoxFuture<'a, Result<SecretString, TokenError>> {
        if let Some(rejected) = rejected {
            assert_eq!(rejected.expose_secret(), format!("token-{}", self.refused.get() + 1));
            self.refused.set(self.refused.get() + 1);
        }
        let number = self.refused.get() + 1;
        Box::pin(async move {
            if number > 3 {
                return Err(TokenError { kind: TokenErrorKind::SignInNeeded, message: "not signed in to Xero".to_owned(), hints: Vec::new() });
            }
            Ok(SecretString::from(format!("token-{number}")))
        })
    }
}

/// A client whose network answers as written.
pub(super) fn client(answers: impl IntoIterator<Item = Result<Response, TransportError>>) -> (XeroClient, Rc<Script>) {
    let script = Rc::new(Script { answers: RefCell::new(answers.into_iter().collect()), requests: RefCell::default() });
    let tokens = Rc::new(Tokens::default());
    let settings = XeroSettings::new(Rc::clone(&script) as Rc<dyn Transport>, tokens, ORGANISATION.parse().unwrap(), "https://api.example");
    (XeroClient::new(settings), script)
}

/// An answer.
pub(super) fn answer(status: u16, body: &str) -> Result<Response, TransportError> {
    answer_with(status, &[], body)
}

/// An answer with headers.
#[expect(clippy::unnecessary_wraps, reason = "as a transport gives it")]
pub(super) fn answer_with(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Response, TransportError> {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ok(Response { status, headers, body: body.as_bytes().to_vec() })
}

/// A connection that broke after the request had left.
pub(super) fn lost() -> Result<Response, TransportError> {
    Err(TransportError::Lost { host: "api.example".to_owned(), reason: "timed out".to_owned() })
}

/// A connection that never came about.
pub(super) fn not_sent() -> Result<Response, TransportError> {
    Err(TransportError::NotSent { host: "api.example".to_owned(), reason: "connection refused".to_owned() })
}

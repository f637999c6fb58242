//! A transport with answers in a row, and tokens that cost nothing.

use std::cell::RefCell;
use std::collections::VecDeque;

use secrecy::{ExposeSecret as _, SecretString};

use super::address::Addresses;
use super::client::Microsoft;
use super::error::MicrosoftError;
use super::token::{Resource, TenantTokens};
use crate::domain::ids::TenantId;
use crate::http::{BoxFuture, Request, Response, Transport, TransportError};

pub(super) fn tenant(number: u32) -> TenantId {
    TenantId(uuid::Uuid::from_u128((u128::from(number) << 96) | 0x4000_8000_0000_0000_0001))
}

pub(super) fn addresses() -> Addresses {
    Addresses {
        login: "https://login.microsoftonline.com".into(),
        graph: "https://graph.microsoft.com".into(),
        partner_center: "https://api.partnercenter.microsoft.com".into(),
    }
}

pub(super) fn microsoft<'a>(transport: &'a dyn Transport, tokens: &'a dyn TenantTokens) -> Microsoft<'a> {
    Microsoft::new(transport, tokens, addresses())
}

/// An answer with this body.
pub(super) fn answer(status: u16, body: &str) -> Response {
    Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

impl Response {
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Answers in the order given, whatever is asked.
#[derive(Debug, Default)]
pub(super) struct Scripted {
    answers: RefCell<VecDeque<Response>>,
    sent: RefCell<Vec<Request>>,
}

impl Scripted {
    pub(super) fn new(answers: impl IntoIterator<Item = Response>) -> Self {
        Self { answers: RefCell::new(answers.into_iter().collect()), sent: RefCell::default() }
    }

    pub(super) fn sent(&self) -> Vec<Request> {
        self.sent.borrow().clone()
    }
}

impl Transport for Scripted {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            self.sent.borrow_mut().push(request);
            let next = self.answers.borrow_mut().pop_front();
            next.ok_or_else(|| TransportError::NotSent { host: "script".into(), reason: "no more answers".into() })
        })
    }
}

/// Numbered tokens, one a tenant and resource; some tenants have none.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    pub(super) refused: Vec<(TenantId, MicrosoftError)>,
    pub(super) given: RefCell<u32>,
    pub(super) forgotten: RefCell<Vec<TenantId>>,
}

impl TenantTokens for Tokens {
    fn token<'a>(
        &'a self,
        tenant_id: TenantId,
        _resource: Resource,
        rejected: Option<&'a SecretString>,
    ) -> BoxFuture<'a, Result<SecretString, MicrosoftError>> {
        Box::pin(async move {
            if let Some((_, error)) = self.refused.iter().find(|(refused, _)| *refused == tenant_id) {
                return Err(error.clone());
            }
            *self.given.borrow_mut() += 1;
            let token = format!("token-{}", self.given.borrow());
            assert!(rejected.is_none_or(|rejected| rejected.expose_secret() != token));
            Ok(token.into())
        })
    }

    fn forget(&self, tenant_id: TenantId) {
        self.forgotten.borrow_mut().push(tenant_id);
    }
}

//! What every call needs: who carries it, who gives its token, where it goes.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::address::Addresses;
use super::breaker::Breaker;
use super::capture::Capture;
use super::token::{Resource, TenantTokens};
use crate::http::Transport;
use crate::sheet::{Cell as Text, Interner};

/// Microsoft, as one signed-in account of one app sees it.
#[derive(Debug)]
pub struct Microsoft<'a> {
    /// The network, or a stand-in.
    pub transport: &'a dyn Transport,
    /// The access tokens.
    pub tokens: &'a dyn TenantTokens,
    /// The services.
    pub addresses: Addresses,
    /// Requests sent so far, tokens not counted.
    pub(super) calls: Cell<u64>,
    /// The day of the newest answer by the service's own clock, as its `Date` header said.
    pub(super) answered_at: Cell<Option<jiff::Timestamp>>,
    /// Raw answers, when somebody wants them.
    pub(super) capture: Option<Capture>,
    /// Texts that come again and again: part numbers.
    texts: RefCell<Interner>,
    graph: Breaker,
    partner_center: Breaker,
}

impl<'a> Microsoft<'a> {
    /// Ready to ask; nothing is sent.
    #[must_use]
    pub fn new(transport: &'a dyn Transport, tokens: &'a dyn TenantTokens, addresses: Addresses) -> Self {
        Self {
            transport,
            tokens,
            addresses,
            calls: Cell::new(0),
            answered_at: Cell::new(None),
            capture: None,
            texts: RefCell::default(),
            graph: Breaker::default(),
            partner_center: Breaker::default(),
        }
    }

    /// Keeps every answer from here on, for [`Microsoft::captured`].
    #[must_use]
    pub fn capturing(mut self) -> Self {
        self.capture = Some(Capture::default());
        self
    }

    /// The answers as files, without secrets and names: name below a folder, and content.
    #[must_use]
    pub fn captured(&self) -> Vec<(String, String)> {
        self.capture.as_ref().map(Capture::files).unwrap_or_default()
    }

    /// The text, without the blanks around it; equal ones share their memory.
    pub(super) fn shared(&self, text: &str) -> Arc<str> {
        self.texts.borrow_mut().text(Text::of_text(text.as_bytes()))
    }

    /// Requests sent so far, tokens not counted.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.get()
    }

    /// What keeps a service that is down from being hammered.
    pub(super) fn breaker(&self, resource: Resource) -> &Breaker {
        match resource {
            Resource::Graph => &self.graph,
            Resource::PartnerCenter => &self.partner_center,
        }
    }

    /// When the service last answered, by its own clock: figures are dated by it, because a machine's
    /// clock may be wrong.
    #[must_use]
    pub fn answered_at(&self) -> Option<jiff::Timestamp> {
        self.answered_at.get()
    }
}

//! One request and its answer, and who can carry them: the network, or a stand-in within a test.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// A future of this crate's one thread.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// The methods that the services take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or changes.
    Post,
    /// Creates.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A request, complete with its address and headers.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The address with its query, percent-encoded.
    pub url: String,
    /// Name and value, in order; names in lower case. Values may be secret: `Debug` hides them.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// The deadline of this request alone, when it is not the configured one.
    pub timeout: Option<Duration>,
    /// The path is a secret too, as a webhook's is: only the host is shown.
    pub is_address_secret: bool,
}

impl Request {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: Vec::new(), timeout: None, is_address_secret: false }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Keeps path and query out of logs and `Debug`.
    #[must_use]
    pub fn hide_address(mut self) -> Self {
        self.is_address_secret = true;
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

/// `https://host:port` of an address.
pub(super) fn origin(url: &str) -> &str {
    let begin = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(begin..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(url.len(), |at| begin + at);
    url.get(..end).unwrap_or_default()
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        // The query may hold a code or a token, the body nearly anything.
        let address = if self.is_address_secret { origin(&self.url) } else { self.url.split('?').next().unwrap_or_default() };
        f.debug_struct("Request")
            .field("method", &self.method.as_str())
            .field("url", &address)
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// An answer, whole.
#[derive(Clone, Default)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Name and value; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, at most [`BODY_BYTES_AT_MOST`].
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name, which is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// True for 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).field("body_bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// A body is never larger than this; a larger one is not what was asked for.
pub const BODY_BYTES_AT_MOST: usize = 256 * 1024 * 1024;

/// Why there is no answer. The texts never hold a query, a header or a body.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection came about: the service has seen nothing.
    #[error("cannot reach {host}: {reason}")]
    NotSent {
        /// Host and port.
        host: String,
        /// The system's reason.
        reason: String,
    },
    /// The request may have arrived; whether it was acted on is not known.
    #[error("{host} did not answer: {reason}")]
    Lost {
        /// Host and port.
        host: String,
        /// The system's reason.
        reason: String,
    },
    /// The network cannot be set up on this machine: a certificate file, a proxy address.
    #[error("the network cannot be used: {0}")]
    Unusable(String),
}

impl TransportError {
    /// True when the service has certainly not acted on the request.
    #[must_use]
    pub fn is_not_sent(&self) -> bool {
        !matches!(self, Self::Lost { .. })
    }
}

/// Carries a request to a service. One answer a request: no retry, no redirect.
pub trait Transport: fmt::Debug {
    /// Sends the request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    ///
    /// [`TransportError`], which says whether the service may have acted.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>>;
}

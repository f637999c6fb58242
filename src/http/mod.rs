//! How services are reached: one transport for all of them, with deadlines, proxies and a private
//! authority; retries, limits and the redacted log around it. Knows no service and no ledger.

pub mod client;
pub mod token;
pub mod transport;

pub use token::{TokenError, TokenErrorKind, TokenSource};
pub use transport::{BoxFuture, Method, Request, Response, Transport, TransportError};

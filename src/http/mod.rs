//! How services are reached: one transport for all of them, with deadlines, proxies and a private
//! authority; retries, limits and the redacted log around it. Knows no service and no ledger.

pub mod address;
pub mod client;
pub mod limit;
pub mod redact;
pub mod retry;
pub mod service;
pub mod token;
pub mod trace;
pub mod transport;

pub use address::encoded;
pub use limit::{Limiter, Limits};
pub use retry::{Patience, Repeat, http_date, is_passing, retry_after};
pub use service::{Failed, Manners, Service, Throttled};
pub use token::{TokenError, TokenErrorKind, TokenSource};
pub use trace::Traced;
pub use transport::{BoxFuture, Method, Request, Response, Transport, TransportError};

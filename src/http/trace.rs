//! The log of requests, for `-vv` and `CSPCTL_LOG`: method, address, status, duration and the service's own
//! id of the request. Never a header of ours, never a body, and of a query only what cannot be secret.

use std::fmt::Write as _;
use std::rc::Rc;

use tokio::time::Instant;

use super::transport::{BoxFuture, Request, Response, Transport, TransportError, origin};

/// The target of all events here.
pub const TARGET: &str = "cspctl::http";

/// Names of a query whose values say how much is asked for, never of whom.
const HARMLESS: [&str; 13] =
    ["page", "pageSize", "unitdp", "summarizeErrors", "includeArchived", "order", "PageNumber", "PageSize", "StartDate", "EndDate", "$top", "$select", "size"];

/// Where the services put their own id of a request; support asks for it.
const CORRELATION: [&str; 5] = ["xero-correlation-id", "request-id", "ms-requestid", "x-ms-request-id", "x-request-id"];

/// A transport that logs what passes through it.
#[derive(Debug)]
pub struct Traced {
    inner: Rc<dyn Transport>,
}

impl Traced {
    /// Logs what passes through `inner`.
    #[must_use]
    pub fn new(inner: Rc<dyn Transport>) -> Self {
        Self { inner }
    }
}

impl Transport for Traced {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            if !tracing::enabled!(target: TARGET, tracing::Level::DEBUG) {
                return self.inner.send(request).await;
            }
            let address = if request.is_address_secret { format!("{}/…", without_credentials(origin(&request.url))) } else { shown(&request.url) };
            let (method, start) = (request.method.as_str(), Instant::now());
            let result = self.inner.send(request).await;
            let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
            match &result {
                Ok(response) => {
                    let correlation = correlation_id(response).unwrap_or_default();
                    tracing::debug!(target: TARGET, method, address, status = response.status, milliseconds, correlation, "answered");
                }
                Err(error) => tracing::debug!(target: TARGET, method, address, milliseconds, %error, "not answered"),
            }
            result
        })
    }
}

/// The service's own id of the request, as its answer states it.
#[must_use]
pub fn correlation_id(response: &Response) -> Option<&str> {
    CORRELATION.iter().find_map(|name| response.header(name)).filter(|id| !id.is_empty())
}

/// An address as the log shows it: the path, and a query with its values hidden but for harmless ones.
#[must_use]
pub fn shown(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut text = without_credentials(path);
    for (position, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = if HARMLESS.iter().any(|harmless| harmless.eq_ignore_ascii_case(name)) { value } else { "…" };
        // Writing into a text cannot fail.
        let _ = write!(text, "{}{name}={value}", if position == 0 { '?' } else { '&' });
    }
    text
}

/// `https://user:password@host` becomes `https://host`.
fn without_credentials(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::transport::Method;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[test]
    fn of_a_query_only_harmless_values_are_shown() {
        assert_eq!(
            shown("https://api.example/Invoices?InvoiceNumbers=CSP-1,CSP-2&page=1&unitdp=4&code=hidden"),
            "https://api.example/Invoices?InvoiceNumbers=…&page=1&unitdp=4&code=…"
        );
        assert_eq!(shown("https://user:hidden@api.example/a"), "https://api.example/a");
        assert_eq!(shown("https://api.example/a?token"), "https://api.example/a?token=…");
    }

    #[derive(Clone, Debug, Default)]
    struct Collected(Arc<Mutex<Vec<u8>>>);

    impl Write for Collected {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[derive(Debug)]
    struct Always(u16);

    impl Transport for Always {
        fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
            let headers = vec![("xero-correlation-id".to_owned(), "c0ffee".to_owned()), ("set-cookie".to_owned(), "hidden-cookie".to_owned())];
            let response = Response { status: self.0, headers, body: b"hidden-answer".to_vec() };
            Box::pin(async { Ok(response) })
        }
    }

    #[test]
    fn the_log_has_what_support_asks_for_and_nothing_secret() {
        let collected = Collected::default();
        let writer = collected.clone();
        let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(move || writer.clone()).finish();
        let request = Request::new(Method::Post, "https://identity.example/token?code=hidden-code")
            .header("authorization", "Bearer hidden-token")
            .body(b"refresh_token=hidden-body".to_vec());
        let webhook = Request::new(Method::Post, "https://hooks.example:443/services/hidden-path?sig=hidden").hide_address();
        tracing::subscriber::with_default(subscriber, || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let traced = Traced::new(Rc::new(Always(403)));
            runtime.block_on(traced.send(request)).unwrap();
            runtime.block_on(traced.send(webhook)).unwrap();
        });
        let text = String::from_utf8(collected.0.lock().unwrap().clone()).unwrap();
        for part in ["POST", "https://identity.example/token?code=…", "status=403", "milliseconds=", "c0ffee", "https://hooks.example:443/…"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("hidden"), "{text}");
    }
}

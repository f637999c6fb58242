//! The transport over the network: reqwest with rustls, the system's proxies, the system's and one further authority.

use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use super::transport::{BODY_BYTES_AT_MOST, BoxFuture, Method, Request, Response, Transport, TransportError};

/// A connection that has not come about by then will not.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How services are reached.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// A further certificate authority, as a PEM file.
    pub ca_cert: Option<&'a Path>,
    /// The deadline of a request, from its start to the end of its answer.
    pub timeout: Duration,
}

/// The network.
#[derive(Debug)]
pub struct NetworkTransport {
    client: reqwest::Client,
}

impl NetworkTransport {
    /// Sets up the network: one client for all services, no redirects, no retries.
    ///
    /// # Errors
    ///
    /// [`TransportError::Unusable`] for a certificate file that cannot be read, or a broken trust store.
    pub fn new(settings: &Settings<'_>) -> Result<Self, TransportError> {
        install_provider();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("cspctl/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(settings.timeout);
        if let Some(path) = settings.ca_cert {
            let refuse = |reason: String| TransportError::Unusable(format!("the certificate authority {} (network.ca_cert): {reason}", path.display()));
            let pem = std::fs::read(path).map_err(|error| refuse(error.to_string()))?;
            let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| refuse(plain(&error)))?;
            if certificates.is_empty() {
                return Err(refuse("it has no certificate in PEM form".to_owned()));
            }
            builder = builder.tls_certs_merge(certificates);
        }
        let client = builder.build().map_err(|error| TransportError::Unusable(plain(&error)))?;
        Ok(Self { client })
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let host = host_of(&request.url);
        let failed = |error: reqwest::Error| {
            let (host, reason) = (host.clone(), plain(&error));
            if error.is_connect() || error.is_builder() { TransportError::NotSent { host, reason } } else { TransportError::Lost { host, reason } }
        };
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.client.request(method, &request.url);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if !request.body.is_empty() {
            builder = builder.body(request.body);
        }
        if let Some(timeout) = request.timeout {
            builder = builder.timeout(timeout);
        }
        let mut answer = builder.send().await.map_err(failed)?;
        let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = answer.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let mut response = Response { status: answer.status().as_u16(), headers, body: Vec::new() };
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if response.body.len().saturating_add(chunk.len()) > BODY_BYTES_AT_MOST {
                return Err(TransportError::Lost { host, reason: "its answer is larger than 256 MiB".to_owned() });
            }
            response.body.extend_from_slice(&chunk);
        }
        Ok(response)
    }
}

impl Transport for NetworkTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

/// reqwest panics when no provider of cryptography was chosen.
fn install_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Fails only when there is one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// Host and port of an address, which are no secret.
fn host_of(address: &str) -> String {
    let url = url::Url::parse(address).ok();
    let host = url.as_ref().and_then(|url| Some((url.host_str()?, url.port())));
    match host {
        Some((host, Some(port))) => format!("{host}:{port}"),
        Some((host, None)) => host.to_owned(),
        None => "the service".to_owned(),
    }
}

/// The causes of a failure in a row, without the address: it may hold a code or a token.
fn plain(error: &reqwest::Error) -> String {
    let mut reasons = Vec::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        let text = error.to_string();
        if !reasons.contains(&text) {
            reasons.push(text);
        }
        cause = error.source();
    }
    if error.is_timeout() {
        reasons.insert(0, "timed out".to_owned());
    }
    if reasons.is_empty() { "the request failed".to_owned() } else { reasons.join(": ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings<'static> {
        Settings { ca_cert: None, timeout: Duration::from_secs(5) }
    }

    fn send(url: &str) -> Result<Response, TransportError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { NetworkTransport::new(&settings()).unwrap().send(Request::new(Method::Get, url)).await })
    }

    #[test]
    fn a_service_that_is_not_there_has_certainly_seen_nothing() {
        // Nobody listens there: the port was just given back.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let error = send(&format!("http://127.0.0.1:{port}/secret?code=hidden")).unwrap_err();
        assert!(error.is_not_sent(), "{error}");
        assert!(!error.to_string().contains("hidden"), "{error}");
    }

    #[test]
    fn a_connection_that_breaks_after_the_request_leaves_the_outcome_open() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            use std::io::Read as _;
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]);
        });
        let error = send(&format!("http://127.0.0.1:{port}/?code=hidden")).unwrap_err();
        assert!(!error.is_not_sent(), "{error}");
        assert!(!error.to_string().contains("hidden"), "{error}");
    }

    #[test]
    fn a_missing_certificate_file_is_named() {
        let path = Path::new("no-such-authority.pem");
        let error = NetworkTransport::new(&Settings { ca_cert: Some(path), ..settings() }).unwrap_err();
        assert!(error.to_string().contains("no-such-authority.pem"), "{error}");
    }
}

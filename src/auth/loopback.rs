//! The listener that a sign-in comes back to: on this machine alone, for one redirect with the right state.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::error::{AuthError, AuthErrorKind};
use super::oauth::RedirectAddress;
use super::page;

/// A request's head is never larger than this.
const HEAD_BYTES_AT_MOST: usize = 8 * 1024;
/// A browser that opens a connection says what it wants by then.
const HEAD_WAIT: Duration = Duration::from_secs(10);
/// Connections at once; browsers open some in advance.
const CONNECTIONS_AT_MOST: usize = 32;

/// How a sign-in came back.
#[derive(Clone, Debug)]
pub enum Redirected {
    /// With a code to redeem.
    Code(SecretString),
    /// With an error of the service.
    Refused {
        /// The OAuth code: `access_denied`.
        code: String,
        /// The service's words.
        description: Option<String>,
    },
}

/// What the redirect must fit.
#[derive(Debug)]
struct Wanted {
    path: String,
    state: SecretString,
}

/// The listener, on 127.0.0.1 and, where there is one, on `::1` with the same port.
#[derive(Debug)]
pub struct Loopback {
    v4: TcpListener,
    v6: Option<TcpListener>,
    port: u16,
    path: String,
}

impl Loopback {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// Kind `PortTaken`, naming the setting.
    pub async fn bind(address: &RedirectAddress) -> Result<Self, AuthError> {
        let wanted = address.port.unwrap_or(0);
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).await.map_err(|error| cannot_listen(address, &error))?;
        let port = v4.local_addr().map_err(|error| cannot_listen(address, &error))?.port();
        // A machine without IPv6 goes on without it.
        let v6 = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.ok();
        Ok(Self { v4, v6, port, path: address.path.clone() })
    }

    /// The redirect address, as the service is told: `http://localhost:8742/callback`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://localhost:{}{}", self.port, self.path)
    }

    /// Waits for the redirect, however long: callers set the deadline. Every other request is
    /// answered with 404 and forgotten.
    pub async fn wait(&self, state: &SecretString) -> Redirected {
        let wanted = Arc::new(Wanted { path: self.path.clone(), state: state.clone() });
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                Some(done) = connections.join_next(), if !connections.is_empty() => {
                    if let Ok(Some(redirected)) = done {
                        return redirected;
                    }
                }
                stream = self.accept() => {
                    if connections.len() < CONNECTIONS_AT_MOST && let Some(stream) = stream {
                        drop(connections.spawn(answer(stream, Arc::clone(&wanted))));
                    }
                }
            }
        }
    }

    async fn accept(&self) -> Option<TcpStream> {
        let v6 = async {
            match &self.v6 {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        let accepted = tokio::select! { accepted = self.v4.accept() => accepted, accepted = v6 => accepted };
        if accepted.is_err() {
            // Out of handles, say: not a reason to spin.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        accepted.ok().map(|(stream, _)| stream)
    }
}

fn cannot_listen(address: &RedirectAddress, error: &std::io::Error) -> AuthError {
    let Some(port) = address.port else {
        return AuthError::new(AuthErrorKind::PortTaken, format!("cannot listen on 127.0.0.1 for the end of the sign-in: {error}"));
    };
    let what = if error.kind() == std::io::ErrorKind::AddrInUse { "is in use by another program".to_owned() } else { format!("cannot be used: {error}") };
    let failure = AuthError::new(AuthErrorKind::PortTaken, format!("port {port} of this machine, where the sign-in comes back to, {what}"));
    if address.setting.is_empty() {
        return failure;
    }
    failure
        .hint("end that program; another sign-in may still be waiting")
        .hint(format!("or set {} to another port and register http://localhost:PORT{} in the app", address.setting, address.path))
}

/// Reads one request and answers it; gives the redirect when it is the one.
async fn answer(mut stream: TcpStream, wanted: Arc<Wanted>) -> Option<Redirected> {
    let target = tokio::time::timeout(HEAD_WAIT, request_target(&mut stream)).await.ok()?;
    let redirected = target.and_then(|target| read_target(&target, &wanted.path, &wanted.state));
    let (status, text) = match &redirected {
        Some(Redirected::Code(_)) => ("200 OK", page::ARRIVED),
        Some(Redirected::Refused { .. }) => ("200 OK", page::REFUSED),
        None => ("404 Not Found", page::ELSEWHERE),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\ncache-control: no-store\r\n\
         referrer-policy: no-referrer\r\ncontent-security-policy: default-src 'none'; style-src 'unsafe-inline'\r\n\r\n",
        text.len()
    );
    // The code counts even when the browser has gone away.
    let reply = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(text.as_bytes()).await?;
        stream.shutdown().await
    };
    let _ = tokio::time::timeout(HEAD_WAIT, reply).await;
    redirected
}

/// What a GET asks for; `None` for everything else.
async fn request_target(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut piece = [0; 1024];
        let count = stream.read(&mut piece).await.ok()?;
        head.extend_from_slice(piece.get(..count)?);
        if count == 0 || head.len() > HEAD_BYTES_AT_MOST {
            return None;
        }
    }
    let text = std::str::from_utf8(&head).ok()?;
    let mut words = text.lines().next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    (method == "GET" && version.starts_with("HTTP/1.") && words.next().is_none()).then(|| target.to_owned())
}

/// Reads `/path?query`; `None` unless path and state are right.
pub(super) fn read_target(target: &str, path: &str, state: &SecretString) -> Option<Redirected> {
    let (found_path, query) = target.split_once('?')?;
    let wanted_path = if path.is_empty() { "/" } else { path };
    if found_path != wanted_path {
        return None;
    }
    let query = query.split('#').next().unwrap_or_default();
    let value = |name: &str| url::form_urlencoded::parse(query.as_bytes()).find(|(found, _)| found == name).map(|(_, value)| value.into_owned());
    if !is_same(&value("state")?, state.expose_secret()) {
        return None;
    }
    if let Some(code) = value("error") {
        return Some(Redirected::Refused { code, description: value("error_description") });
    }
    value("code").filter(|code| !code.is_empty()).map(|code| Redirected::Code(SecretString::from(code)))
}

/// Compares in a time that does not tell where the difference is.
fn is_same(left: &str, right: &str) -> bool {
    left.len() == right.len() && left.bytes().zip(right.bytes()).fold(0, |difference, (left, right)| difference | (left ^ right)) == 0
}

#[cfg(test)]
mod tests;

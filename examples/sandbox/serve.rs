//! Carries requests from a loopback socket to a stand-in: HTTP/1.1 with kept connections, one thread each.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::exchange::{Answer, Exchange, Outcome};

/// What answers requests.
pub type Handler = Arc<dyn Fn(&Exchange) -> Outcome + Send + Sync>;

/// A request is at most so large.
const BODY_BYTES: usize = 64 * 1024 * 1024;
/// A head has at most so many lines, each of at most so many bytes.
const HEAD_LINES: usize = 200;
/// See [`HEAD_LINES`].
const LINE_BYTES: u64 = 64 * 1024;
/// A connection is closed after so long without a request.
const IDLE: Duration = Duration::from_mins(1);

/// A server; it stops when this is dropped.
pub struct Running {
    /// `http://127.0.0.1:PORT`.
    pub address: String,
    socket: SocketAddr,
    stopped: Arc<AtomicBool>,
    connections: Arc<Mutex<Vec<TcpStream>>>,
    accepting: Option<JoinHandle<()>>,
}

/// Serves on 127.0.0.1, on this port or on a free one.
///
/// # Errors
///
/// When the port is in use.
pub fn serve(handler: Handler, port: Option<u16>) -> io::Result<Running> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0)))?;
    let socket = listener.local_addr()?;
    let stopped = Arc::new(AtomicBool::new(false));
    let connections = Arc::new(Mutex::new(Vec::new()));
    let accepting = {
        let (stopped, connections) = (Arc::clone(&stopped), Arc::clone(&connections));
        std::thread::spawn(move || accept(&listener, &handler, &stopped, &connections))
    };
    Ok(Running { address: format!("http://{socket}"), socket, stopped, connections, accepting: Some(accepting) })
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.socket); // wakes the thread that accepts
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        for connection in self.connections.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

fn accept(listener: &TcpListener, handler: &Handler, stopped: &AtomicBool, connections: &Mutex<Vec<TcpStream>>) {
    for stream in listener.incoming() {
        if stopped.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let mut open = connections.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|connection| connection.peer_addr().is_ok());
        open.extend(stream.try_clone());
        let handler = Arc::clone(handler);
        std::thread::spawn(move || {
            let _ = converse(&stream, &handler); // the caller went away
            let _ = stream.shutdown(Shutdown::Both);
        });
    }
}

/// Answers the requests of one connection, one after the other.
fn converse(stream: &TcpStream, handler: &Handler) -> io::Result<()> {
    stream.set_read_timeout(Some(IDLE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some((exchange, keep)) = request(&mut reader, stream)? {
        match handler(&exchange) {
            Outcome::Answer(answer) => respond(stream, &exchange, &answer, keep)?,
            Outcome::LostBefore | Outcome::LostAfter => return Ok(()),
        }
        if !keep {
            return Ok(());
        }
    }
    Ok(())
}

fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    reader.take(LINE_BYTES).read_line(&mut text)?;
    Ok(text)
}

fn broken(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// The next request, and whether the connection stays; `None` at its end.
fn request(reader: &mut impl BufRead, stream: &TcpStream) -> io::Result<Option<(Exchange, bool)>> {
    let first = line(reader)?;
    let mut words = first.split_whitespace();
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else { return Ok(None) };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut exchange = Exchange { method: method.to_owned(), path: decode(path, false), query: pairs(query), ..Exchange::default() };
    for _ in 0..HEAD_LINES {
        let text = line(reader)?;
        let Some((name, value)) = text.trim_end().split_once(':') else { break };
        exchange.headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    if exchange.header("expect").is_some_and(|text| text.eq_ignore_ascii_case("100-continue")) {
        let mut writer = stream;
        writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    exchange.body = body(reader, &exchange)?;
    let keep = version == "HTTP/1.1" && !exchange.header("connection").is_some_and(|text| text.eq_ignore_ascii_case("close"));
    Ok(Some((exchange, keep)))
}

fn body(reader: &mut impl BufRead, exchange: &Exchange) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if exchange.header("transfer-encoding").is_some_and(|text| text.to_ascii_lowercase().contains("chunked")) {
        loop {
            let size = line(reader)?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16).map_err(|_| broken("a chunk without its size"))?;
            if size == 0 {
                while !line(reader)?.trim_end().is_empty() {} // trailers
                return Ok(body);
            }
            read_exactly(reader, &mut body, size)?;
            line(reader)?;
        }
    }
    let size = exchange.header("content-length").map_or(Ok(0), str::parse).map_err(|_| broken("a length that is no number"))?;
    read_exactly(reader, &mut body, size)?;
    Ok(body)
}

fn read_exactly(reader: &mut impl BufRead, body: &mut Vec<u8>, size: usize) -> io::Result<()> {
    if body.len().saturating_add(size) > BODY_BYTES {
        return Err(broken("a body that is too large"));
    }
    let read = reader.take(size as u64).read_to_end(body)?;
    if read == size { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Undoes percent-encoding; in queries `+` is a blank.
pub fn decode(text: &str, in_query: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, following)) = rest.split_first() {
        rest = following;
        let escaped = following.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (byte, escaped) {
            (b'%', Some(value)) => {
                bytes.push(value);
                rest = following.get(2..).unwrap_or_default();
            }
            (b'+', _) if in_query => bytes.push(b' '),
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Names and values of a query or a form, decoded.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(name, value)| (decode(name, true), decode(value, true))).collect()
}

fn respond(mut stream: &TcpStream, exchange: &Exchange, answer: &Answer, keep: bool) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", answer.status, reason(answer.status));
    for (name, value) in &answer.headers {
        let _ = write!(head, "{name}: {value}\r\n"); // a String takes everything
    }
    if !answer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("date")) {
        let _ = write!(head, "date: {}\r\n", jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT"));
    }
    if answer.status != 204 {
        let _ = write!(head, "content-length: {}\r\n", answer.body.len());
    }
    head.push_str(if keep { "\r\n" } else { "connection: close\r\n\r\n" });
    let mut bytes = head.into_bytes();
    if exchange.method != "HEAD" && answer.status != 204 {
        bytes.extend_from_slice(&answer.body);
    }
    stream.write_all(&bytes)
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

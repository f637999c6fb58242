use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream};

use super::*;

fn address() -> RedirectAddress {
    RedirectAddress { port: None, path: "/callback".to_owned(), setting: "xero.redirect_port" }
}

fn send(host: IpAddr, port: u16, request: &[u8]) -> String {
    let mut stream = TcpStream::connect((host, port)).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// Sends the requests one after the other from another thread, and gives the answers.
async fn exchange(loopback: &Loopback, host: IpAddr, requests: Vec<Vec<u8>>) -> (Redirected, Vec<String>) {
    let port = loopback.port;
    let asking = std::thread::spawn(move || requests.iter().map(|request| send(host, port, request)).collect::<Vec<_>>());
    let redirected = loopback.wait(&"right".into()).await;
    (redirected, tokio::task::spawn_blocking(move || asking.join().unwrap()).await.unwrap())
}

fn get(target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn only_the_redirect_with_the_right_state_ends_the_wait() {
    let loopback = Loopback::bind(&address()).await.unwrap();
    let mut long = b"GET /callback?code=c&state=right".to_vec();
    long.resize(9 * 1024, b'x');
    let requests = vec![
        get("/favicon.ico"),
        get("/callback"),
        get("/callback?code=c&state=wrong"),
        get("/callback?code=c&state=rightly"),
        get("/callback?code=c"),
        get("/other?code=c&state=right"),
        get("/callback?code=&state=right"),
        b"POST /callback?code=c&state=right HTTP/1.1\r\n\r\n".to_vec(),
        b"nonsense\r\n\r\n".to_vec(),
        long,
        get("/callback?state=right&code=the%20code"),
    ];
    let count = requests.len();
    let (redirected, answers) = exchange(&loopback, IpAddr::from(Ipv4Addr::LOCALHOST), requests).await;
    let Redirected::Code(code) = redirected else { panic!("{redirected:?}") };
    assert_eq!(code.expose_secret(), "the code");
    for answer in &answers[..count - 1] {
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 404 "), "{answer}");
    }
    let last = answers.last().unwrap();
    assert!(last.starts_with("HTTP/1.1 200 ") && last.contains("You may close this window"), "{last}");
    assert!(!last.contains("the code") && !last.contains("right"), "nothing that was sent is shown");
}

#[tokio::test]
async fn a_connection_that_says_nothing_does_not_keep_the_redirect_away() {
    let loopback = Loopback::bind(&address()).await.unwrap();
    let _silent = TcpStream::connect((Ipv4Addr::LOCALHOST, loopback.port)).unwrap();
    let (redirected, _) = exchange(&loopback, IpAddr::from(Ipv4Addr::LOCALHOST), vec![get("/callback?code=c&state=right")]).await;
    assert!(matches!(redirected, Redirected::Code(_)));
}

#[tokio::test]
async fn both_loopback_addresses_listen_on_one_port() {
    let loopback = Loopback::bind(&address()).await.unwrap();
    if loopback.v6.is_none() {
        return; // this machine has no IPv6
    }
    let (redirected, _) = exchange(&loopback, IpAddr::from(Ipv6Addr::LOCALHOST), vec![get("/callback?code=c&state=right")]).await;
    assert!(matches!(redirected, Redirected::Code(_)));
}

#[tokio::test]
async fn a_refusal_is_the_end_with_advice() {
    let loopback = Loopback::bind(&address()).await.unwrap();
    let request = get("/callback?error=access_denied&error_description=The+user+said+no&state=right");
    let (redirected, answers) = exchange(&loopback, IpAddr::from(Ipv4Addr::LOCALHOST), vec![request]).await;
    let Redirected::Refused { code, description } = redirected else { panic!("{redirected:?}") };
    assert_eq!((code.as_str(), description.as_deref()), ("access_denied", Some("The user said no")));
    assert!(answers[0].contains("Not signed in") && !answers[0].contains("said no"), "{}", answers[0]);
}

#[tokio::test]
async fn a_taken_port_names_the_setting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = Loopback::bind(&RedirectAddress { port: Some(port), ..address() }).await.unwrap_err();
    assert_eq!(error.kind, AuthErrorKind::PortTaken);
    assert!(error.message.contains(&port.to_string()) && error.hints[1].contains("xero.redirect_port"), "{error:?}");
    assert!(error.hints[1].contains("http://localhost:PORT/callback"), "{error:?}");
}

#[test]
fn an_address_without_a_path_comes_back_with_a_slash() {
    assert!(read_target("/?code=c&state=s", "", &"s".into()).is_some());
    assert!(read_target("/callback?code=c&state=s", "", &"s".into()).is_none());
    assert!(read_target("/?code=c&state=s&state=t", "", &"s".into()).is_some());
    assert!(read_target("/", "", &"".into()).is_none());
}

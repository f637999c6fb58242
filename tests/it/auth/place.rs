//! A machine with a configuration and an encrypted store, a Xero beside it, and a sign-in on its way.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::browser::{Reply, get};
use crate::stand_ins::exchange::Exchange;
use crate::stand_ins::serve::{self, Running};
use crate::stand_ins::xero::Xero;
use crate::stand_ins::xero::options::{Options, PKCE_CLIENT};
use crate::support::{Output, TestEnv};

/// 32 bytes in base64.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
/// Nothing here takes as long on any machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A Xero that asks nobody.
pub fn options() -> Options {
    Options { auto_consent: true, ..Options::default() }
}

pub struct Place {
    pub env: TestEnv,
    pub xero: Xero,
    pub running: Running,
    /// The port of the redirect.
    pub port: u16,
    pub client_id: String,
    /// Holds back the answer of the next request for a token, which Xero has acted on.
    pub hold: Arc<Hold>,
}

/// One answer that does not come.
#[derive(Default)]
pub struct Hold {
    wanted: AtomicBool,
    pub held: AtomicBool,
}

impl Hold {
    /// The next answer is held back, for as long as a person would wait.
    pub fn next(&self) {
        self.wanted.store(true, Ordering::SeqCst);
    }

    fn at(&self, path: &str) {
        if path == "/connect/token" && self.wanted.swap(false, Ordering::SeqCst) {
            self.held.store(true, Ordering::SeqCst);
            std::thread::sleep(Duration::from_secs(15));
        }
    }
}

impl Place {
    pub fn new(options: Options) -> Self {
        Self::of_app(options, PKCE_CLIENT, "pkce")
    }

    /// With one of the stand-in's apps.
    pub fn of_app(mut options: Options, client_id: &str, app: &str) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        for registered in &mut options.apps {
            registered.redirects = vec![format!("http://localhost:{port}/callback")];
        }
        let xero = Xero::new(options);
        let served = xero.clone();
        let hold = Arc::new(Hold::default());
        let holding = Arc::clone(&hold);
        let answer = move |exchange: &Exchange| {
            let outcome = served.carry(exchange);
            holding.at(&exchange.path);
            outcome
        };
        let running = serve::serve(Arc::new(answer), None).unwrap();
        let base = &running.address;
        let config = format!(
            "version = 1\n[xero]\n# which app\nclient_id = \"{client_id}\" # ours\napp = \"{app}\"\nredirect_port = {port}\n\
             [secrets]\nstore = \"file\"\nfile = \"secrets.cspctl\"\n\
             [endpoints]\nxero_login = \"{base}\"\nxero_identity = \"{base}\"\nxero_api = \"{base}\"\n"
        );
        let env = TestEnv::new().file("config.toml", config);
        let key = env.root().join("keys").join("cspctl.key");
        cspctl::files::write_file(&key, |out| out.write_all(KEY.as_bytes())).unwrap();
        let env = env.variable("CSPCTL_SECRETS_KEY_FILE", key.to_str().unwrap());
        Self { env, xero, running, port, client_id: client_id.to_owned(), hold }
    }
}

/// `auth xero` waiting for the browser.
pub struct Signing {
    child: Child,
    lines: Receiver<String>,
    said: String,
    base: String,
}

impl Signing {
    pub fn begin(place: &Place, arguments: &[&str]) -> Self {
        let mut command = place.env.command(arguments.iter().copied());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let error = child.stderr.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(error).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, lines, said: String::new(), base: place.running.address.clone() }
    }

    /// The address that a person opens.
    pub fn address(&mut self) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.said.extend([line.as_str(), "\n"]);
                    if line.starts_with(&self.base) {
                        return line;
                    }
                }
                Err(error) => panic!("no address ({error}) after:\n{}", self.said),
            }
        }
    }

    /// The address that Xero sends the browser back to.
    pub fn redirected(&mut self) -> String {
        let address = self.address();
        get(&address).location()
    }

    /// Follows the address and its redirect, as a browser does.
    pub fn come_back(&mut self) -> Reply {
        let back = self.redirected();
        get(&back)
    }

    /// Types a line.
    pub fn paste(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
        input.flush().unwrap();
    }

    pub fn is_waiting(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// What it said in the end. Standard input stays open: an open terminal is no reason to wait.
    pub fn end(mut self) -> Output {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.said.extend([line.as_str(), "\n"]),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it did not end:\n{}", self.said),
            }
        }
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        let mut stdout = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        Output { code, stdout, stderr: std::mem::take(&mut self.said) }
    }
}

impl Drop for Signing {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

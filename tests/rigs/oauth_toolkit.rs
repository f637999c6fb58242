//! A server of other authors that, like Xero, takes a used refresh token for a while: answers that
//! are lost cost nothing within that time.

use std::cell::{Cell, RefCell};
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};

use cspctl::auth::{Account, AuthErrorKind, Now, Oauth, Provider, RedirectAddress, Session, SessionSettings, Tokens};
use cspctl::http::client::{NetworkTransport, Settings};
use cspctl::http::{BoxFuture, Request, Response, Transport, TransportError};
use cspctl::secrets::memory::MemoryStore;
use cspctl::secrets::{Purpose, SecretName};

use crate::of_rig;

/// As `.ci/rigs/oauth-toolkit` starts the server: `--grace 10`.
const GRACE: Duration = Duration::from_secs(10);

/// The network, which loses as many answers as it is told to.
#[derive(Debug)]
struct Losing {
    network: NetworkTransport,
    loses: Cell<u32>,
    sent: RefCell<Vec<Instant>>,
}

impl Transport for Losing {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let answer = self.network.send(request).await?;
            self.sent.borrow_mut().push(Instant::now());
            if self.loses.get() == 0 {
                return Ok(answer);
            }
            self.loses.set(self.loses.get() - 1);
            assert_eq!(answer.status, 200, "the server acted");
            Err(TransportError::Lost { host: "the toolkit".to_owned(), reason: "the answer was lost".to_owned() })
        })
    }
}

struct Machine {
    network: Rc<Losing>,
    store: MemoryStore,
    folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let network = NetworkTransport::new(&Settings { ca_cert: None, timeout: Duration::from_secs(20) }).unwrap();
        let network = Rc::new(Losing { network, loses: Cell::new(0), sent: RefCell::default() });
        Self { network, store: MemoryStore::new(), folder: tempfile::tempdir().unwrap() }
    }

    /// A process of its own: it has nothing in memory.
    fn session(&self) -> Session {
        let base = of_rig("TOOLKIT_URL");
        let provider = Provider {
            name: "Xero",
            authorize_url: format!("{base}/identity/connect/authorize"),
            token_url: format!("{base}/connect/token"),
            device_url: None,
            revoke_url: Some(format!("{base}/connect/revocation")),
            client_id: "CLIENT".to_owned(),
            client_secret: None,
            scopes: vec!["accounting.invoices".to_owned()],
            redirect: RedirectAddress { port: None, path: "/callback".to_owned(), setting: "" },
            authorize_extra: Vec::new(),
            scope_hint: String::new(),
            client_hint: String::new(),
        };
        let settings = SessionSettings {
            name: SecretName::new("default", Purpose::XeroRefreshToken),
            lock_file: self.folder.path().join("xero.lock"),
            lock_wait: Duration::from_secs(5),
            grace: jiff::SignedDuration::from_secs(10),
            sign_in_command: "cspctl auth xero".to_owned(),
        };
        let network: Rc<dyn Transport> = Rc::clone(&self.network) as Rc<dyn Transport>;
        Session::new(Oauth::new(provider, network), Rc::new(self.store.clone()), settings, Now::new(jiff::Timestamp::now))
    }

    async fn ask(&self) -> Result<(), AuthErrorKind> {
        let session = self.session();
        let target = session.target();
        session.redeem(&target, None).await.map(drop).map_err(|error| error.kind)
    }
}

/// The rig's own robot signs in: this server wants 127.0.0.1 in the redirect address, Xero refuses it.
fn refresh_token() -> String {
    let script = "import os, sys; sys.path.insert(0, os.environ['RIG_OIDC']); import flows; base = os.environ['TOOLKIT_URL']\n\
                  _, _, answer = flows.sign_in(base + '/identity/connect/authorize', base + '/connect/token', 'CLIENT', 'openid accounting.invoices')\n\
                  print(answer[1]['refresh_token'])";
    let output = Command::new("python3").args(["-c", script]).env("RIG_OIDC", of_rig("RIG_OIDC")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn run(test: impl AsyncFnOnce(Machine)) {
    let machine = Machine::new();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let tokens =
            Tokens { access_token: "none".into(), lifetime: Duration::ZERO, refresh_token: Some(refresh_token().into()), id_token: None, scopes: Vec::new() };
        machine.session().begin(&tokens, Account::default()).await.unwrap();
        test(machine).await;
    });
}

#[test]
fn one_lost_answer_is_not_even_noticed() {
    run(async |machine| {
        machine.network.loses.set(1);
        machine.ask().await.unwrap();
        assert_eq!(machine.network.sent.borrow().len(), 2);
        machine.ask().await.unwrap();
        machine.ask().await.unwrap();
    });
}

#[test]
fn a_process_that_never_got_its_answer_is_followed_by_one_that_does() {
    run(async |machine| {
        machine.ask().await.unwrap();
        machine.network.loses.set(3);
        assert_eq!(machine.ask().await, Err(AuthErrorKind::Unreachable));
        machine.ask().await.unwrap();
        machine.ask().await.unwrap();
        assert!(machine.network.sent.borrow()[1].elapsed() < GRACE, "this machine is too busy to prove anything");
    });
}

#[test]
fn after_the_grace_a_lost_answer_needs_a_new_sign_in_and_says_so_once() {
    run(async |machine| {
        machine.network.loses.set(3);
        assert_eq!(machine.ask().await, Err(AuthErrorKind::Unreachable));
        tokio::time::sleep(GRACE + Duration::from_secs(2)).await;
        let before = machine.network.sent.borrow().len();
        assert_eq!(machine.ask().await, Err(AuthErrorKind::Grant));
        assert_eq!(machine.network.sent.borrow().len(), before + 1, "no loop");
        assert_eq!(machine.store.names().len(), 1, "nothing is deleted on failure");
    });
}

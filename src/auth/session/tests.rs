use std::cell::Cell;

use super::super::samples::{Fault, Identity, Wire, provider};
use super::*;
use crate::http::TokenErrorKind;
use crate::secrets::memory::{MemoryStore, Operation};
use crate::secrets::{Purpose, SecretError};

/// One machine: an identity service, a store and a lock, and as many sessions (processes) as wanted.
struct Machine {
    identity: Rc<Identity>,
    store: MemoryStore,
    folder: tempfile::TempDir,
}

fn name() -> SecretName {
    SecretName::new("default", Purpose::XeroRefreshToken)
}

impl Machine {
    /// Signed in with `r1`; a used token lives on for half an hour.
    fn new() -> Self {
        let machine = Self { identity: Identity::new(), store: MemoryStore::new(), folder: tempfile::tempdir().unwrap() };
        machine.identity.grace.set(1800);
        let now = machine.clock().get();
        let stored =
            Stored { refresh_token: machine.identity.issue().into(), previous: None, signed_in_at: now, obtained_at: now, account: Account::default() };
        machine.store.set(&name(), &stored.to_secret()).unwrap();
        machine
    }

    fn clock(&self) -> Now {
        let identity = Rc::clone(&self.identity);
        Now::new(move || jiff::Timestamp::from_second(identity.now.get()).unwrap())
    }

    fn session(&self) -> Session {
        let settings = SessionSettings {
            name: name(),
            lock_file: self.folder.path().join("state").join("xero.lock"),
            lock_wait: Duration::from_secs(30),
            grace: SignedDuration::from_mins(30),
            sign_in_command: "cspctl auth xero".to_owned(),
        };
        let oauth = Oauth::new(provider(), Rc::new(Wire(Rc::clone(&self.identity))));
        Session::new(oauth, Rc::new(self.store.clone()), settings, self.clock())
    }

    fn pass(&self, seconds: i64) {
        self.identity.now.set(self.identity.now.get() + seconds);
    }

    fn token(&self) -> String {
        self.stored().refresh_token.expose_secret().to_owned()
    }

    fn stored(&self) -> Stored {
        Stored::from_secret(&self.store.value(&name()).unwrap().as_str().into()).unwrap()
    }

    async fn ask(&self, session: &Session) -> Result<String, AuthError> {
        Ok(session.redeem(&session.oauth.target(), None).await?.expose_secret().to_owned())
    }
}

/// Ends everything at one step, once.
#[derive(Debug)]
struct KillAt(Step, Cell<bool>);

impl Steps for KillAt {
    fn reached(&self, step: Step) -> io::Result<()> {
        if step == self.0 && !self.1.replace(true) { Err(io::Error::other("killed")) } else { Ok(()) }
    }
}

#[tokio::test]
async fn an_access_token_is_asked_for_once_and_again_when_it_is_about_to_end() {
    let machine = Machine::new();
    let session = machine.session();
    let first = machine.ask(&session).await.unwrap();
    machine.pass(1800 - 121);
    assert_eq!(machine.ask(&session).await.unwrap(), first);
    assert_eq!(machine.identity.seen.borrow().len(), 1);
    machine.pass(1);
    assert_ne!(machine.ask(&session).await.unwrap(), first);
    assert_eq!(machine.token(), "r3");
    let stored = machine.stored();
    let (previous, until) = stored.previous.unwrap();
    assert_eq!((previous.expose_secret(), until), ("r2", machine.clock().get() + SignedDuration::from_mins(30)));
}

#[tokio::test]
async fn a_refused_access_token_is_not_given_again() {
    let machine = Machine::new();
    let session = machine.session();
    let target = session.oauth.target();
    let first = session.redeem(&target, None).await.unwrap();
    let second = session.redeem(&target, Some(&first)).await.unwrap();
    assert_ne!(first.expose_secret(), second.expose_secret());
    assert_eq!(session.redeem(&target, Some(&first)).await.unwrap().expose_secret(), second.expose_secret(), "the newer one is kept");
}

#[tokio::test]
async fn many_callers_of_one_process_share_one_refresh() {
    let machine = Machine::new();
    let session = machine.session();
    let (first, second, third) = tokio::join!(machine.ask(&session), machine.ask(&session), machine.ask(&session));
    assert_eq!(first.unwrap(), second.unwrap());
    third.unwrap();
    assert_eq!(machine.identity.seen.borrow().len(), 1);
}

#[tokio::test]
async fn many_processes_at_once_keep_one_chain_without_any_grace() {
    let machine = Machine::new();
    machine.identity.grace.set(-1);
    let sessions: Vec<Session> = (0..8).map(|_| machine.session()).collect();
    let local = tokio::task::LocalSet::new();
    let machine = Rc::new(machine);
    local
        .run_until(async {
            let asked: Vec<_> = sessions
                .into_iter()
                .map(|session| {
                    let machine = Rc::clone(&machine);
                    tokio::task::spawn_local(async move { machine.ask(&session).await })
                })
                .collect();
            for answer in asked {
                answer.await.unwrap().unwrap();
            }
        })
        .await;
    assert_eq!(machine.token(), "r9");
    for (index, _) in machine.identity.seen.borrow().iter().enumerate() {
        assert_eq!(machine.identity.form(index)["refresh_token"], format!("r{}", index + 1), "each token was used once");
    }
}

#[tokio::test]
async fn a_kill_between_refresh_and_store_costs_nothing_within_the_grace() {
    for step in [Step::Locked, Step::Read, Step::Redeemed, Step::Kept] {
        let machine = Machine::new();
        let killed = machine.session().with_steps(Rc::new(KillAt(step, Cell::new(false))));
        let error = machine.ask(&killed).await.unwrap_err();
        assert_eq!(error.message, "killed");
        drop(killed);
        assert_eq!(machine.token(), if step == Step::Kept { "r2" } else { "r1" });
        machine.pass(29 * 60);
        machine.ask(&machine.session()).await.unwrap();
        let last = machine.token();
        machine.pass(24 * 3600);
        machine.ask(&machine.session()).await.unwrap_or_else(|error| panic!("{step:?} after {last}: {error}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_asked_for_again_with_the_same_token() {
    let machine = Machine::new();
    machine.identity.fail_next([Some(Fault::Lost), Some(Fault::Answer(503, "")), None]);
    machine.ask(&machine.session()).await.unwrap();
    let tokens: Vec<String> = (0..3).map(|index| machine.identity.form(index)["refresh_token"].clone()).collect();
    assert_eq!(tokens, ["r1", "r1", "r1"]);
    assert_eq!(machine.token(), "r3");
}

#[tokio::test(start_paused = true)]
async fn a_busy_service_is_left_alone_as_long_as_it_asks_and_not_for_ever() {
    let machine = Machine::new();
    machine.identity.fail_next([Some(Fault::Busy(13)), None]);
    let began = tokio::time::Instant::now();
    machine.ask(&machine.session()).await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 13);
    machine.pass(24 * 3600);
    machine.identity.fail_next([Some(Fault::Busy(120))]);
    let error = machine.ask(&machine.session()).await.unwrap_err();
    assert_eq!(began.elapsed().as_secs(), 13, "two minutes are not waited for");
    assert!(error.message.contains("asks to wait 120 s"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_network_without_an_answer_changes_nothing_and_ends_after_three_attempts() {
    for fault in [Fault::NotSent, Fault::Lost, Fault::Answer(500, "x"), Fault::Answer(429, "")] {
        let machine = Machine::new();
        machine.identity.fail_next(std::iter::repeat_n(Some(fault.clone()), 3));
        let session = machine.session();
        let error = machine.ask(&session).await.unwrap_err();
        assert_eq!((error.kind, machine.identity.seen.borrow().len()), (AuthErrorKind::Unreachable, 3), "{fault:?}");
        assert_eq!(TokenError::from(error).kind, TokenErrorKind::Unreachable);
        assert_eq!(machine.token(), "r1");
        machine.ask(&session).await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_sign_in_is_tried_once_and_kept_and_says_what_to_type() {
    let machine = Machine::new();
    machine.identity.works_until.borrow_mut().clear();
    let session = machine.session();
    let error = machine.ask(&session).await.unwrap_err();
    assert_eq!((error.kind, error.hints.first().map(String::as_str)), (AuthErrorKind::Grant, Some("cspctl auth xero")));
    assert_eq!(TokenError::from(error.clone()).kind, TokenErrorKind::SignInNeeded);
    assert!(error.message.starts_with("the sign-in to Xero has ended"), "{error}");
    assert_eq!(machine.identity.seen.borrow().len(), 1, "no loop");
    assert_eq!(machine.token(), "r1", "nothing is deleted");
    assert!(!machine.store.calls().iter().any(|(operation, _)| *operation == Operation::Delete));
}

/// Replaces the stored token between our read and our refresh, as a process without our lock would.
#[derive(Debug)]
struct Elsewhere(Rc<Identity>, MemoryStore);

impl Steps for Elsewhere {
    fn reached(&self, step: Step) -> io::Result<()> {
        if step == Step::Read {
            let mut stored = Stored::from_secret(&self.1.value(&name()).unwrap().as_str().into()).unwrap();
            self.0.works_until.borrow_mut().clear();
            stored.refresh_token = self.0.issue().into();
            self.1.set(&name(), &stored.to_secret()).unwrap();
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_token_that_somebody_replaced_meanwhile_is_read_again_once() {
    let machine = Machine::new();
    let session = machine.session().with_steps(Rc::new(Elsewhere(Rc::clone(&machine.identity), machine.store.clone())));
    machine.ask(&session).await.unwrap();
    assert_eq!(machine.identity.form(1)["refresh_token"], "r2");
    assert_eq!(machine.token(), "r3");
}

#[tokio::test]
async fn the_token_before_is_tried_while_its_grace_lasts() {
    for (seconds, works) in [(29 * 60, true), (31 * 60, false)] {
        let machine = Machine::new();
        machine.ask(&machine.session()).await.unwrap();
        // What was stored is not what the service remembers: it knows `r1` only.
        machine.identity.works_until.borrow_mut().remove("r2");
        machine.identity.works_until.borrow_mut().insert("r1".to_owned(), machine.identity.now.get() + 3600);
        machine.pass(seconds);
        let answer = machine.ask(&machine.session()).await;
        assert_eq!(answer.is_ok(), works, "{answer:?}");
        assert_eq!(machine.token(), if works { "r3" } else { "r2" });
        assert_eq!(machine.identity.seen.borrow().len(), if works { 3 } else { 2 });
    }
}

#[tokio::test]
async fn a_token_that_could_not_be_stored_is_not_used() {
    let machine = Machine::new();
    machine.store.fail(Operation::Set, SecretError::new("the keyring is locked").hint("unlock it"));
    let session = machine.session();
    let error = machine.ask(&session).await.unwrap_err();
    assert_eq!((error.kind, error.hints.as_slice()), (AuthErrorKind::Store, &["unlock it".to_owned()][..]));
    machine.store.work_again();
    machine.ask(&session).await.unwrap();
    assert_eq!(machine.token(), "r3");
}

#[tokio::test]
async fn a_store_that_cannot_be_used_is_not_taken_for_signed_out() {
    let machine = Machine::new();
    machine.store.fail(Operation::Get, SecretError::new("the keyring is locked"));
    let error = machine.ask(&machine.session()).await.unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (AuthErrorKind::Store, "the keyring is locked"));
    machine.store.work_again();
    machine.store.delete(&name()).unwrap();
    let error = machine.ask(&machine.session()).await.unwrap_err();
    assert_eq!((error.kind, error.hints.as_slice()), (AuthErrorKind::NotSignedIn, &["cspctl auth xero".to_owned()][..]));
    assert_eq!(machine.identity.seen.borrow().len(), 0);
}

#[tokio::test]
async fn a_holder_that_does_not_end_is_not_waited_for_without_end() {
    let machine = Machine::new();
    let mut session = machine.session();
    session.settings.lock_wait = Duration::from_millis(50);
    let lock = session.lock().await.unwrap();
    let error = machine.ask(&session).await.unwrap_err();
    assert_eq!(TokenError::from(error).kind, TokenErrorKind::Busy);
    assert_eq!(machine.identity.seen.borrow().len(), 0);
    drop(lock);
    machine.ask(&session).await.unwrap();
}

#[tokio::test]
async fn one_sign_in_serves_several_targets_and_one_writer_stores() {
    let machine = Machine::new();
    machine.identity.grace.set(FOREVER);
    let session = Rc::new(machine.session());
    let customer = |number: u32| Target {
        token_url: format!("https://identity.example/{number}/token"),
        scopes: vec!["https://graph.example/.default".to_owned()],
        is_stored: false,
    };
    let (first, second) = (Rc::clone(&session).source(customer(1)), Rc::clone(&session).source(customer(2)));
    let token = first.access_token(None).await.unwrap();
    assert_ne!(token.expose_secret(), second.access_token(None).await.unwrap().expose_secret());
    assert_eq!(first.access_token(None).await.unwrap().expose_secret(), token.expose_secret());
    assert_eq!(machine.token(), "r1");
    machine.ask(&session).await.unwrap();
    assert_eq!(machine.token(), "r4");
    assert_eq!(machine.identity.seen.borrow().len(), 3);
    session.forget(&customer(1));
    assert_ne!(first.access_token(None).await.unwrap().expose_secret(), token.expose_secret(), "what was forgotten is asked for again");
    assert_eq!(machine.identity.seen.borrow().len(), 4);
}

const FOREVER: i64 = 90 * 24 * 3600;

#[tokio::test]
async fn a_service_that_does_not_rotate_keeps_its_token() {
    let machine = Machine::new();
    machine.identity.rotates.set(false);
    machine.pass(3600);
    machine.ask(&machine.session()).await.unwrap();
    assert_eq!((machine.token().as_str(), machine.stored().previous.is_none()), ("r1", true));
    assert_eq!(machine.stored().obtained_at, machine.clock().get());
}

#[tokio::test]
async fn the_end_is_told_to_the_service_and_the_secret_goes_in_any_case() {
    let machine = Machine::new();
    let (was_there, revoked) = machine.session().end().await.unwrap();
    assert!(was_there && revoked.is_ok() && machine.store.names().is_empty());
    assert!(machine.identity.seen.borrow()[0].starts_with("https://identity.example/connect/revocation token=r1"));
    let (was_there, revoked) = machine.session().end().await.unwrap();
    assert!(!was_there && revoked.is_ok());
    let machine = Machine::new();
    machine.identity.fail_next([Some(Fault::NotSent)]);
    let (was_there, revoked) = machine.session().end().await.unwrap();
    assert!(was_there && revoked.is_err() && machine.store.names().is_empty());
    machine.store.set(&name(), &"not ours".into()).unwrap();
    assert!(machine.session().end().await.unwrap().0 && machine.store.names().is_empty());
}

#[tokio::test]
async fn a_sign_in_without_a_refresh_token_is_not_stored() {
    let machine = Machine::new();
    let session = machine.session();
    let mut tokens = session.oauth.client_credentials().await.unwrap();
    let error = session.begin(&tokens, Account::default()).await.unwrap_err();
    assert!(error.hints[0].contains("offline_access"), "{error:?}");
    assert_eq!(machine.token(), "r1");
    tokens.refresh_token = Some("r7".into());
    session.begin(&tokens, Account { label: Some("kiri".to_owned()), ..Account::default() }).await.unwrap();
    assert_eq!((machine.token().as_str(), machine.stored().account.label.as_deref()), ("r7", Some("kiri")));
    assert_eq!(machine.ask(&session).await.unwrap(), tokens.access_token.expose_secret(), "its access token is used");
}

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use jiff::SignedDuration;

use super::*;
use crate::auth::{self, Now, Oauth, Provider, RedirectAddress, SessionSettings};
use crate::http::{Request, Response, Transport, TransportError};
use crate::secrets::memory::MemoryStore;
use crate::secrets::{Purpose, SecretName};

const LOGIN: &str = "https://login.example";

fn tenant(number: u128) -> TenantId {
    TenantId(uuid::Uuid::from_u128(number))
}

fn msp() -> TenantId {
    tenant(9)
}

/// The sign-in service: which tenants refuse, with what; `None` answers nothing at all.
#[derive(Debug, Default)]
struct Login {
    refuses: RefCell<Vec<(TenantId, Option<&'static str>)>>,
    asked: RefCell<Vec<String>>,
}

impl Login {
    fn asked(&self, tenant_id: TenantId) -> usize {
        self.asked.borrow().iter().filter(|address| address.contains(&tenant_id.to_string())).count()
    }
}

impl Transport for Login {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            self.asked.borrow_mut().push(request.url.clone());
            let refusal = self.refuses.borrow().iter().find(|(tenant_id, _)| request.url.contains(&tenant_id.to_string())).map(|(_, body)| *body);
            let (status, body) = match refusal {
                Some(None) => return Err(TransportError::NotSent { host: "login".into(), reason: "no network".into() }),
                Some(Some(body)) => (400, body),
                None => (200, r#"{"token_type":"Bearer","expires_in":3599,"access_token":"a","refresh_token":"r2"}"#),
            };
            Ok(Response { status, headers: vec![("content-type".into(), "application/json".into())], body: body.as_bytes().to_vec() })
        })
    }
}

const NO_SUCH_APP: &str = r#"{"error":"unauthorized_client","error_description":"AADSTS700016: Application was not found in the directory. Trace ID: 255d-0 Correlation ID: fb3d-1 Timestamp: x"}"#;
const UNKNOWN: &str = r#"{"error":"invalid_client","error_description":"AADSTS7000299: Something new. Trace ID: 255d-0"}"#;
const WRONG_SECRET: &str = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}"#;

/// Signed in; the app of the configuration is refused where `refuses` says so.
async fn signed_in(refuses: &[(TenantId, Option<&'static str>)]) -> (Tokens, Rc<Login>, tempfile::TempDir) {
    let login = Rc::new(Login::default());
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider {
        name: "Microsoft",
        authorize_url: format!("{LOGIN}/a"),
        token_url: format!("{LOGIN}/{}/oauth2/v2.0/token", msp()),
        device_url: None,
        revoke_url: None,
        client_id: "app".into(),
        client_secret: None,
        scopes: Vec::new(),
        redirect: RedirectAddress { port: None, path: String::new(), setting: "" },
        authorize_extra: Vec::new(),
        scope_hint: String::new(),
        client_hint: "check microsoft.client_id".into(),
    };
    let settings = SessionSettings {
        name: SecretName::new("default", Purpose::MicrosoftRefreshToken),
        lock_file: folder.path().join("lock"),
        lock_wait: Duration::from_secs(5),
        grace: SignedDuration::from_hours(1),
        sign_in_command: "cspctl auth microsoft".into(),
    };
    let session =
        Session::new(Oauth::new(provider, Rc::clone(&login) as Rc<dyn Transport>), Rc::new(MemoryStore::new()), settings, Now::new(jiff::Timestamp::now));
    let fresh = auth::Tokens { access_token: "old".into(), lifetime: Duration::ZERO, refresh_token: Some("r1".into()), id_token: None, scopes: Vec::new() };
    session.begin(&fresh, auth::Account::default()).await.unwrap();
    *login.refuses.borrow_mut() = refuses.to_vec();
    let addresses = Addresses { login: LOGIN.into(), graph: "https://g.example".into(), partner_center: "https://p.example".into() };
    (Tokens::new(session, None, Home { msp: msp(), client_id: "app".into(), addresses }), login, folder)
}

async fn refused(tokens: &Tokens, number: u128) -> MicrosoftError {
    tokens.token(tenant(number), Resource::Graph, None).await.unwrap_err()
}

#[tokio::test]
async fn an_app_that_works_at_home_is_one_customers_trouble_whatever_the_code() {
    let (tokens, login, _folder) = signed_in(&[(tenant(1), Some(NO_SUCH_APP)), (tenant(2), Some(UNKNOWN))]).await;
    for number in [1, 2, 1] {
        let error = refused(&tokens, number).await;
        assert!(!error.stops_everything() && matches!(error, MicrosoftError::Refused(_)), "{error:?}");
        assert!(error.to_string().contains("trace 255d-0"), "{error}");
    }
    assert_eq!(login.asked(msp()), 1, "the proof is asked for once");
    assert!(tokens.token(tenant(3), Resource::Graph, None).await.is_ok());
}

#[tokio::test]
async fn an_app_that_is_refused_at_home_too_stops_everything() {
    let (tokens, login, _folder) = signed_in(&[(tenant(1), Some(UNKNOWN)), (msp(), Some(WRONG_SECRET))]).await;
    for _ in 0..2 {
        let error = refused(&tokens, 1).await;
        assert!(error.stops_everything(), "{error:?}");
        assert!(error.to_string().contains("AADSTS7000215"), "what home says is what helps: {error}");
        let MicrosoftError::Token(error) = error else { panic!("{error:?}") };
        assert!(error.hints[0].contains("not its id"), "the advice of the code: {:?}", error.hints);
    }
    assert_eq!(login.asked(msp()), 1);
}

#[tokio::test]
async fn a_refusal_of_the_person_needs_no_proof() {
    let grant = r#"{"error":"invalid_grant","error_description":"AADSTS53003: Access has been blocked."}"#;
    let (tokens, login, _folder) = signed_in(&[(tenant(1), Some(grant))]).await;
    assert!(!refused(&tokens, 1).await.stops_everything());
    assert_eq!(login.asked(msp()), 0);
}

#[tokio::test(start_paused = true)]
async fn without_a_proof_nothing_is_said_of_the_app() {
    let (tokens, login, _folder) = signed_in(&[(tenant(1), Some(NO_SUCH_APP)), (msp(), None)]).await;
    let error = refused(&tokens, 1).await;
    assert!(error.is_outage() && !error.stops_everything(), "{error:?}");
    login.refuses.borrow_mut().retain(|(tenant_id, _)| *tenant_id != msp());
    assert!(matches!(refused(&tokens, 1).await, MicrosoftError::Refused(_)), "asked again once there is an answer");
}

#[tokio::test]
async fn partner_center_that_refuses_the_app_in_our_own_tenant_spares_graph() {
    let (tokens, login, _folder) = signed_in(&[]).await;
    assert!(tokens.token(msp(), Resource::Graph, None).await.is_ok());
    login.refuses.borrow_mut().push((msp(), Some(UNKNOWN)));
    let error = tokens.token(msp(), Resource::PartnerCenter, None).await.unwrap_err();
    assert!(matches!(error, MicrosoftError::Refused(_)) && !error.stops_everything(), "{error:?}");
}

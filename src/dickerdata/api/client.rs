//! Asks the service: an access key first, then one call after the other, page by page. Every wait
//! has a deadline, every loop a bound; nothing is ever written.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::access_key::{AccessKey, request_body};
use super::capture::RawAnswer;
use super::conventions::{Call, Convention, Pass, Way};
use super::error::{ApiError, ApiErrorKind};
use super::refusal::{Refusal, judge, without};
use super::wire::next_page;
use crate::http::{Method, Request, Response, Transport};

/// Tries of one request that failed in passing.
const TRIES: u32 = 3;
/// The pause before the second try; the next is three times as long.
const PAUSE: Duration = Duration::from_millis(400);
/// A service that asks for a longer pause is asked again another day.
const PAUSE_AT_MOST: Duration = Duration::from_secs(60);
/// Calls of one run; more is a loop.
const CALLS_AT_MOST: u32 = 20_000;

/// Who calls.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The portal's product token.
    pub access_code: SecretString,
    /// The account number at the distributor, when it is to be sent along.
    pub account_code: Option<String>,
}

/// How to call.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `endpoints.dickerdata`, without a slash at its end.
    pub base: String,
    /// How the access key is carried.
    pub convention: Convention,
    /// `DD-ApiVersion`, or `auto`.
    pub api_version: String,
    /// Rows a page to ask for; 0 leaves it to the service.
    pub page_size: u32,
    /// Pages of one answer at most.
    pub pages_at_most: u32,
}

/// The service as one account sees it.
pub struct Client {
    transport: Rc<dyn Transport>,
    settings: Settings,
    credentials: Credentials,
    now: Box<dyn Fn() -> Timestamp>,
    key: RefCell<Option<AccessKey>>,
    way: RefCell<Option<Way>>,
    calls: Cell<u32>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("settings", &self.settings).field("way", &self.way.borrow()).finish_non_exhaustive()
    }
}

/// What to do after a request that did not work.
enum After {
    Again,
    Stop(Refusal),
}

impl Client {
    /// Nothing is asked before the first call.
    #[must_use]
    pub fn new(transport: Rc<dyn Transport>, settings: Settings, credentials: Credentials, now: Box<dyn Fn() -> Timestamp>) -> Self {
        Self { transport, settings, credentials, now, key: RefCell::default(), way: RefCell::default(), calls: Cell::new(0) }
    }

    /// The way that was answered, once there was one.
    #[must_use]
    pub fn way(&self) -> Option<Way> {
        self.way.borrow().clone()
    }

    /// Texts that no message and no capture may hold.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let key = self.key.borrow().as_ref().map(|key| key.key.expose_secret().to_owned());
        key.into_iter().chain([self.credentials.access_code.expose_secret().to_owned()]).collect()
    }

    /// Proves the access code: asks for a key.
    ///
    /// # Errors
    ///
    /// Kind `SignIn` when the service refuses the access code.
    pub async fn prove(&self) -> Result<(), ApiError> {
        self.fresh_key().await.map(drop)
    }

    /// Every page of the answer to one call.
    ///
    /// # Errors
    ///
    /// When the service cannot be reached, refuses, or does not stop.
    pub async fn pages(&self, call: &Call) -> Result<Vec<RawAnswer>, ApiError> {
        let mut pages: Vec<RawAnswer> = Vec::new();
        let mut page = 1;
        loop {
            let answer = self.answer(call, page).await?;
            if pages.last().is_some_and(|last| last.answer == answer) {
                let message = format!("{}: page {page} is the same as the one before it", call.endpoint);
                return Err(ApiError::new(ApiErrorKind::Failed, message)
                    .hint("the service may count pages under another name; `dickerdata.page_size` asks for larger ones"));
            }
            let next = next_page(&answer, page);
            pages.push(RawAnswer { endpoint: call.endpoint.to_owned(), parameters: call.parameters.iter().cloned().collect(), page, answer });
            match next {
                None => return Ok(pages),
                Some(next) if next > self.settings.pages_at_most => {
                    let message = format!("{}: the answer has more than {} pages", call.endpoint, self.settings.pages_at_most);
                    return Err(ApiError::new(ApiErrorKind::Failed, message).hint("raise `dickerdata.pages_at_most` in config.toml"));
                }
                Some(next) => page = next,
            }
        }
    }

    /// One page, by the way that is known, else by the first that is answered.
    async fn answer(&self, call: &Call, page: u32) -> Result<Value, ApiError> {
        let paged = self.with_page(call, page);
        let known = self.way();
        let is_known = known.is_some();
        let candidates = known.map_or_else(|| Way::candidates(self.settings.convention, &self.settings.api_version), |way| vec![way]);
        let mut refusals: Vec<(Way, Refusal)> = Vec::new();
        for way in candidates {
            match self.attempt(&paged, &way, is_known).await? {
                Ok(answer) => {
                    self.way.replace(Some(way));
                    return Ok(answer);
                }
                Err(refusal) if refusal.status == 429 => return Err(busy(call, &refusal)),
                Err(refusal) => refusals.push((way, refusal)),
            }
        }
        Err(refused(call, &refusals))
    }

    fn with_page(&self, call: &Call, page: u32) -> Call {
        let mut paged = call.clone();
        if page > 1 {
            paged.parameters.push(("PageNumber".to_owned(), page.into()));
        }
        if self.settings.page_size > 0 {
            paged.parameters.push(("PageSize".to_owned(), self.settings.page_size.into()));
        }
        paged
    }

    /// One call by one way: again when it failed in passing, once more with a new key when the old
    /// one is refused.
    async fn attempt(&self, call: &Call, way: &Way, may_renew: bool) -> Result<Result<Value, Refusal>, ApiError> {
        let mut may_renew = may_renew;
        let mut tries = 0;
        loop {
            let key = self.fresh_key().await?;
            let pass = Pass { access_code: &self.credentials.access_code, access_key: &key, transaction: transaction() };
            let refusal = match self.send(call.request(&self.settings.base, way, &pass), call.endpoint).await? {
                Ok(answer) => return Ok(Ok(answer)),
                Err(refusal) => refusal,
            };
            if refusal.of_key && may_renew {
                may_renew = false;
                self.key.replace(None);
                continue;
            }
            tries += 1;
            match after(refusal, tries).await {
                After::Again => {}
                After::Stop(refusal) => return Ok(Err(refusal)),
            }
        }
    }

    /// The key in memory, or a new one.
    async fn fresh_key(&self) -> Result<SecretString, ApiError> {
        let now = (self.now)();
        if let Some(key) = self.key.borrow().as_ref().filter(|key| key.is_fresh(now)) {
            return Ok(key.key.clone());
        }
        let transaction = transaction();
        let code = &self.credentials.access_code;
        let body = request_body(&transaction, code, self.credentials.account_code.as_deref());
        let version = match Way::candidates(Convention::Headers, &self.settings.api_version).first() {
            Some(Way::Headers(version)) => version.clone(),
            _ => "1.0".to_owned(),
        };
        let request = || {
            Request::new(Method::Post, format!("{}/AccessKeyRequest", self.settings.base))
                .header("accept", "application/json")
                .header("content-type", "application/json")
                .header("authorization", format!("Bearer {}", code.expose_secret()))
                .header("dd-transactionid", transaction.clone())
                .header("dd-apiversion", version.clone())
                .body(body.to_string())
        };
        let mut tries = 0;
        loop {
            tries += 1;
            let refusal = match self.send(request(), "AccessKeyRequest").await? {
                Ok(answer) => match AccessKey::of_answer(&answer, now) {
                    Some(key) => {
                        let secret = key.key.clone();
                        self.key.replace(Some(key));
                        return Ok(secret);
                    }
                    None => return Err(code_refused(&without(&no_key(&answer), &self.secret_texts()))),
                },
                Err(refusal) => refusal,
            };
            match after(refusal, tries).await {
                After::Again => {}
                After::Stop(refusal) if refusal.status == 429 => return Err(busy_at("AccessKeyRequest", &refusal)),
                After::Stop(refusal) if refusal.is_passing || refusal.status == 404 => {
                    let message = format!("AccessKeyRequest failed with status {}: {}", refusal.status, refusal.said);
                    return Err(ApiError::new(ApiErrorKind::Failed, message).hint("check `endpoints.dickerdata` in config.toml, or try again later"));
                }
                After::Stop(refusal) => return Err(code_refused(&refusal.said)),
            }
        }
    }

    fn secret_texts(&self) -> Vec<&str> {
        vec![self.credentials.access_code.expose_secret()]
    }

    /// Sends one request; a lost connection is tried again, because reading changes nothing.
    async fn send(&self, request: Request, endpoint: &str) -> Result<Result<Value, Refusal>, ApiError> {
        for attempt in 1.. {
            self.calls.set(self.calls.get() + 1);
            if self.calls.get() > CALLS_AT_MOST {
                return Err(ApiError::new(ApiErrorKind::Failed, format!("more than {CALLS_AT_MOST} calls in one run; the last was {endpoint}")));
            }
            match self.transport.send(request.clone()).await {
                Ok(response) => return Ok(self.judged(&response)),
                Err(error) if attempt >= TRIES || matches!(error, crate::http::TransportError::Unusable(_)) => {
                    return Err(
                        ApiError::new(ApiErrorKind::Failed, format!("{endpoint}: {error}")).hint("check the network and `endpoints.dickerdata` in config.toml")
                    );
                }
                Err(_) => tokio::time::sleep(pause(attempt)).await,
            }
        }
        Err(ApiError::new(ApiErrorKind::Failed, endpoint.to_owned()))
    }

    fn judged(&self, response: &Response) -> Result<Value, Refusal> {
        let secrets = self.secrets();
        judge(response, &secrets.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

fn transaction() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn pause(tries: u32) -> Duration {
    PAUSE * 3_u32.saturating_pow(tries.saturating_sub(1))
}

/// Waits when waiting may help.
async fn after(refusal: Refusal, tries: u32) -> After {
    let asked = refusal.retry_after.map(Duration::from_secs);
    if !refusal.is_passing || tries >= TRIES || asked.is_some_and(|asked| asked > PAUSE_AT_MOST) {
        return After::Stop(refusal);
    }
    tokio::time::sleep(asked.unwrap_or_else(|| pause(tries))).await;
    After::Again
}

fn no_key(answer: &Value) -> String {
    let text = |name: &str| answer.as_object().and_then(|map| super::wire::by_name(map, name)?.as_str()).unwrap_or_default().to_owned();
    let said = [text("Status"), text("Message")].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ");
    if said.is_empty() { "its answer has no access key".to_owned() } else { said }
}

fn code_refused(said: &str) -> ApiError {
    ApiError::new(ApiErrorKind::SignIn, format!("the access code was refused: {said}"))
        .hint("cspctl auth dickerdata --account-code CODE")
        .hint("the portal shows the access code under Account, API Tokens; the account manager enables it")
}

fn busy(call: &Call, refusal: &Refusal) -> ApiError {
    busy_at(call.endpoint, refusal)
}

fn busy_at(endpoint: &str, refusal: &Refusal) -> ApiError {
    let when = refusal.retry_after.map(|seconds| format!(" in {seconds} seconds")).unwrap_or_default();
    ApiError::new(ApiErrorKind::Busy, format!("{endpoint}: the service asks to come back later: {}", refusal.said)).hint(format!("run the command again{when}"))
}

/// No way was answered.
fn refused(call: &Call, refusals: &[(Way, Refusal)]) -> ApiError {
    let told: Vec<String> = refusals.iter().map(|(way, refusal)| format!("{}: status {}: {}", way.describe(), refusal.status, refusal.said)).collect();
    let of_key = !refusals.is_empty() && refusals.iter().all(|(_, refusal)| refusal.of_key);
    let kind = if of_key { ApiErrorKind::SignIn } else { ApiErrorKind::Failed };
    let error = ApiError::new(kind, format!("{} was refused ({})", call.endpoint, told.join("; ")));
    let tried_all = refusals.len() > 1;
    match (of_key, tried_all) {
        (true, true) => error.hint("ask the distributor which header convention the account uses, then set `dickerdata.convention`"),
        (true, false) => error.hint("cspctl auth dickerdata --account-code CODE").hint("or let the convention be found: dickerdata.convention = \"auto\""),
        (false, _) => error.hint("cspctl pull --to DIR keeps the raw answers for a bug report"),
    }
}

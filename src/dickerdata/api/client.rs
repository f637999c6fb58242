//! Asks the service: an access key first, then one call after the other, page by page. Every wait
//! has a deadline, every loop a bound; nothing is ever written.

use std::cell::RefCell;
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
use crate::http::limit::Limits;
use crate::http::retry::{Patience, Repeat};
use crate::http::service::{Failed, Manners, Service};
use crate::http::{Method, Request, Response, Transport};

/// Reads are tried again this patiently.
const PATIENCE: Patience = Patience { attempts_at_most: 3, first_pause: Duration::from_millis(500), pause_at_most: Duration::from_mins(1) };
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
    /// Requests a minute.
    pub requests_per_minute: u32,
}

/// The service as one account sees it.
pub struct Client {
    service: Service,
    settings: Settings,
    credentials: Credentials,
    now: Box<dyn Fn() -> Timestamp>,
    key: RefCell<Option<AccessKey>>,
    way: RefCell<Option<Way>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("settings", &self.settings).field("way", &self.way.borrow()).finish_non_exhaustive()
    }
}

impl Client {
    /// Nothing is asked before the first call.
    #[must_use]
    pub fn new(transport: Rc<dyn Transport>, settings: Settings, credentials: Credentials, now: Box<dyn Fn() -> Timestamp>) -> Self {
        // One after the other: nobody says how many at once are welcome.
        let limits = Limits { at_once: 1, per_minute: settings.requests_per_minute, minute_header: None, day_header: None };
        let seed = now().as_millisecond().unsigned_abs();
        let service = Service::new(transport, Manners { limits, problem_header: None, patience: PATIENCE }, seed);
        Self { service, settings, credentials, now, key: RefCell::default(), way: RefCell::default() }
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

    /// One call by one way: once more with a new key when the old one is refused.
    async fn attempt(&self, call: &Call, way: &Way, may_renew: bool) -> Result<Result<Value, Refusal>, ApiError> {
        let mut may_renew = may_renew;
        loop {
            let key = self.fresh_key().await?;
            let pass = Pass { access_code: &self.credentials.access_code, access_key: &key, transaction: transaction() };
            match self.send(&call.request(&self.settings.base, way, &pass), call.endpoint).await? {
                Err(refusal) if refusal.of_key && may_renew => {
                    may_renew = false;
                    self.key.replace(None);
                }
                answered => return Ok(answered),
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
        let request = Request::new(Method::Post, format!("{}/AccessKeyRequest", self.settings.base))
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", code.expose_secret()))
            .header("dd-transactionid", transaction)
            .header("dd-apiversion", version)
            .body(body.to_string());
        match self.send(&request, "AccessKeyRequest").await? {
            Ok(answer) => match AccessKey::of_answer(&answer, now) {
                Some(key) => {
                    let secret = key.key.clone();
                    self.key.replace(Some(key));
                    Ok(secret)
                }
                None => Err(code_refused(&without(&no_key(&answer), &[code.expose_secret()]))),
            },
            Err(refusal) if refusal.status == 404 || refusal.status >= 500 => {
                let message = format!("AccessKeyRequest failed with status {}: {}", refusal.status, refusal.said);
                Err(ApiError::new(ApiErrorKind::Failed, message).hint("check `endpoints.dickerdata` in config.toml, or try again later"))
            }
            Err(refusal) => Err(code_refused(&refusal.said)),
        }
    }

    /// Sends one request; one that failed in passing is sent again, because reading changes nothing.
    async fn send(&self, request: &Request, endpoint: &str) -> Result<Result<Value, Refusal>, ApiError> {
        if self.service.calls_made() >= CALLS_AT_MOST {
            return Err(ApiError::new(ApiErrorKind::Failed, format!("more than {CALLS_AT_MOST} calls in one run; the last was to be {endpoint}")));
        }
        match self.service.send(request, Repeat::Always).await {
            Ok(response) => Ok(self.judged(&response)),
            Err(Failed::Throttled(throttled)) => {
                let when = throttled.retry_after.map(|pause| format!(" in {} seconds", pause.as_secs())).unwrap_or_default();
                let error = ApiError::new(ApiErrorKind::Busy, format!("{endpoint}: the service asks to come back later"));
                Err(error.hint(format!("run the command again{when}")))
            }
            Err(Failed::Transport(error)) => {
                let hint = "check the network and `endpoints.dickerdata` in config.toml";
                Err(ApiError::new(ApiErrorKind::Failed, format!("{endpoint}: {error}")).hint(hint))
            }
        }
    }

    fn judged(&self, response: &Response) -> Result<Value, Refusal> {
        let secrets = self.secrets();
        judge(response, &secrets.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

fn transaction() -> String {
    uuid::Uuid::new_v4().to_string()
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

#[cfg(test)]
mod tests;

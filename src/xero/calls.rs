//! One request to Xero with all that belongs to it: the token and its one replay, the organisation, the
//! limits, and the difference between "not done" and "nobody knows".

use std::collections::BTreeSet;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::http::{Failed, Limits, Manners, Method, Patience, Repeat, Request, Response, Service};

use super::answer;
use super::client::XeroSettings;
use super::outcome::{CallError, CallErrorKind, WriteError};
use super::wire::Object;

/// Pages of one list; at 1,000 elements a page more than Xero hands out at all.
const PAGES_AT_MOST: u32 = 1_000;

/// Xero's limits (`contracts/xero.md` 7).
const LIMITS: Limits = Limits { at_once: 5, per_minute: 60, minute_header: Some("x-minlimit-remaining"), day_header: Some("x-daylimit-remaining") };

/// Below the API's origin.
const ACCOUNTING: &str = "/api.xro/2.0/";

/// Calls to one organisation.
#[derive(Debug)]
pub(super) struct Calls {
    settings: XeroSettings,
    pub(super) service: Service,
}

/// A call without an answer, or with one that it cannot use.
pub(super) struct Trouble {
    error: CallError,
    /// True unless Xero has certainly done nothing.
    may_have_acted: bool,
}

impl Trouble {
    fn not_done(error: impl Into<CallError>) -> Self {
        Self { error: error.into(), may_have_acted: false }
    }
}

impl From<Trouble> for CallError {
    fn from(trouble: Trouble) -> Self {
        trouble.error
    }
}

impl From<Trouble> for WriteError {
    fn from(trouble: Trouble) -> Self {
        if trouble.may_have_acted { Self::Unknown(trouble.error) } else { Self::NotDone(trouble.error) }
    }
}

impl Calls {
    pub(super) fn new(settings: XeroSettings) -> Self {
        let patience = Patience { pause_at_most: settings.wait_at_most, ..Patience::default() };
        let manners = Manners { limits: LIMITS, problem_header: Some("x-rate-limit-problem"), patience };
        let service = Service::new(settings.transport.clone(), manners, settings.seed);
        Self { settings, service }
    }

    /// A request to the organisation's books. Every one asks for four decimals, reads too.
    pub(super) fn request(&self, method: Method, path: &str, query: &str) -> Request {
        let separator = if query.is_empty() { "" } else { "&" };
        let url = format!("{}{ACCOUNTING}{path}?{query}{separator}unitdp=4", self.settings.api);
        Request::new(method, url).header("xero-tenant-id", self.settings.organisation.to_string())
    }

    /// A request about the app itself, without an organisation.
    pub(super) fn request_of_app(&self, path: &str) -> Request {
        Request::new(Method::Get, format!("{}{path}", self.settings.api))
    }

    /// Sends with a token, once more with a fresh one when Xero does not take it.
    async fn exchange(&self, request: Request, repeat: Repeat) -> Result<Response, Trouble> {
        let token = self.settings.tokens.access_token(None).await.map_err(Trouble::not_done)?;
        let response = self.send_with(&request, &token, repeat).await?;
        if response.status != 401 || answer::lacks_scope(&response) {
            return Ok(response);
        }
        let fresh = self.settings.tokens.access_token(Some(&token)).await.map_err(Trouble::not_done)?;
        self.send_with(&request, &fresh, repeat).await
    }

    async fn send_with(&self, request: &Request, token: &SecretString, repeat: Repeat) -> Result<Response, Trouble> {
        let request = request.clone().header("accept", "application/json").header("authorization", format!("Bearer {}", token.expose_secret()));
        self.service.send(&request, repeat).await.map_err(|failed| match failed {
            Failed::Throttled(throttled) => Trouble::not_done(answer::throttled(&throttled)),
            Failed::Transport(error) => Trouble { may_have_acted: !error.is_not_sent(), error: error.into() },
        })
    }

    /// Reads a JSON answer.
    pub(super) async fn read(&self, request: Request) -> Result<Value, CallError> {
        let response = self.exchange(request, Repeat::Always).await?;
        if !response.is_success() {
            return Err(answer::failure(&response));
        }
        answer::json(&response).ok_or_else(|| answer::unreadable(&response, &format!("it is not JSON: {}", answer::words(&response))))
    }

    /// Sends a write, once, and gives an answer that says it was taken: 200 to 299.
    pub(super) async fn write(&self, request: Request) -> Result<Response, WriteError> {
        let response = self.exchange(request, Repeat::WhenThrottled).await?;
        match response.status {
            200..300 => Ok(response),
            // Whoever gave up waiting does not know what the other side did.
            408 | 499 => Err(WriteError::Unknown(answer::failure(&response))),
            400..500 => Err(WriteError::NotDone(answer::failure(&response))),
            _ => Err(WriteError::Unknown(answer::failure(&response))),
        }
    }

    /// Reads an unpaged list.
    pub(super) async fn list<T>(&self, path: &str, convert: impl Fn(Object<'_>) -> Option<T>) -> Result<Vec<T>, CallError> {
        let value = self.read(self.request(Method::Get, path, "")).await?;
        let name = path.rsplit('/').next().unwrap_or(path);
        let object = Object::of(&value).filter(|object| object.get(name).is_some_and(Value::is_array));
        let object = object.ok_or_else(|| missing(name))?;
        Ok(object.list(name).filter_map(convert).collect())
    }

    /// Reads every page of a list. Elements are known by their `id` member, each comes once.
    ///
    /// Pages are cut from a list that others change meanwhile: a document that moves can fall between two
    /// pages. A list that has not as many elements as it says is read again, once.
    pub(super) async fn pages(&self, name: &str, id: &str, query: &str, page_size: u32) -> Result<Vec<Value>, CallError> {
        for _ in 0..2 {
            let (elements, expected) = self.all_pages(name, id, query, page_size).await?;
            if expected.is_none_or(|expected| elements.len() >= expected) {
                return Ok(elements);
            }
        }
        let what = format!("the list {name} changed while it was read, twice");
        Err(CallError::new(CallErrorKind::Unreadable, what).hint("run again when nobody works in Xero"))
    }

    /// The elements of all pages, and how many there should be when there is more than one page.
    async fn all_pages(&self, name: &str, id: &str, query: &str, page_size: u32) -> Result<(Vec<Value>, Option<usize>), CallError> {
        let (mut elements, mut seen, mut expected) = (Vec::new(), BTreeSet::new(), None);
        let separator = if query.is_empty() { "" } else { "&" };
        for page in 1..=PAGES_AT_MOST {
            let query = format!("{query}{separator}page={page}&pageSize={page_size}");
            let mut value = self.read(self.request(Method::Get, name, &query)).await?;
            let page_count = Object::of(&value).and_then(|object| object.object("pagination")).and_then(|pagination| {
                let count = pagination.decimal("pageCount").and_then(|count| u32::try_from(count).ok())?;
                let items = pagination.decimal("itemCount").and_then(|count| usize::try_from(count).ok());
                expected = if count > 1 { items } else { None };
                Some(count)
            });
            let mut has_new = false;
            for element in take_list(&mut value, name).ok_or_else(|| missing(name))? {
                let key = Object::of(&element).and_then(|object| object.text(id));
                let is_new = key.is_none_or(|key| seen.insert(key));
                has_new |= is_new;
                if is_new {
                    elements.push(element);
                }
            }
            // Older answers do not count their pages: then one that brings nothing new is the last.
            if page_count.map_or(!has_new, |count| page >= count) {
                return Ok((elements, expected));
            }
        }
        Err(CallError::new(CallErrorKind::Unreadable, format!("the list {name} has more than {PAGES_AT_MOST} pages")))
    }
}

fn missing(name: &str) -> CallError {
    CallError::new(CallErrorKind::Unreadable, format!("Xero's answer has no list {name}"))
}

/// Takes a list out of an answer; its name may be in lower case.
pub(super) fn take_list(value: &mut Value, name: &str) -> Option<Vec<Value>> {
    let members = value.as_object_mut()?;
    let key = members.keys().find(|member| member.eq_ignore_ascii_case(name))?.clone();
    match members.remove(&key)? {
        Value::Array(elements) => Some(elements),
        _ => None,
    }
}

//! A distributor's API of our own: access keys in two steps, both header conventions, pages, keys in
//! any spelling (contracts/dickerdata.md). [`DickerData::handle`] takes a request and gives the answer.

pub mod options;
pub mod seed;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use self::options::{Options, Spelling, Wanted};
use self::seed::{Books, Invoice};
use super::exchange::{Answer, Exchange};

/// The stand-in; clones share the same books.
#[derive(Clone, Debug)]
pub struct DickerData(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    options: Options,
    books: Books,
    /// Keys that were given, with the calls that they are good for.
    keys: BTreeMap<String, u32>,
    keys_given: u32,
    calls: BTreeMap<String, u32>,
}

impl DickerData {
    /// A stand-in that tells of these books.
    pub fn new(options: Options, books: Books) -> Self {
        Self(Arc::new(Mutex::new(State { options, books, keys: BTreeMap::new(), keys_given: 0, calls: BTreeMap::new() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a request.
    pub fn handle(&self, exchange: &Exchange) -> Answer {
        let delay = self.state().options.delay;
        if !delay.is_zero() {
            std::thread::sleep(delay);
        }
        self.state().answer(exchange)
    }

    /// Changes the options between two runs.
    pub fn options(&self, change: impl FnOnce(&mut Options)) {
        change(&mut self.state().options);
    }

    /// Changes what was charged between two runs.
    pub fn books(&self, change: impl FnOnce(&mut Books)) {
        change(&mut self.state().books);
    }

    /// How often a path was called.
    pub fn calls(&self, path: &str) -> u32 {
        self.state().calls.get(path).copied().unwrap_or_default()
    }
}

fn refuse(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({ "Status": "ERROR", "Message": message }))
}

/// A member of an object by its name in any case.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    member(value, name).and_then(Value::as_str).unwrap_or_default()
}

impl State {
    fn answer(&mut self, exchange: &Exchange) -> Answer {
        let path = exchange.path.trim_end_matches('/');
        let endpoint = path.strip_prefix("/api/").unwrap_or(path).to_owned();
        *self.calls.entry(endpoint.clone()).or_default() += 1;
        let body: Value = serde_json::from_slice(&exchange.body).unwrap_or(Value::Null);
        if endpoint == "AccessKeyRequest" {
            return self.give_key(&body);
        }
        if let Some(refusal) = self.refusal(exchange, &body) {
            return refusal;
        }
        let asked = member(&body, "In").cloned().unwrap_or(Value::Null);
        let answer = match (exchange.method.as_str(), endpoint.as_str()) {
            ("GET", "Account/Invoice") => self.invoices(exchange),
            ("GET", "Account/InvoiceDetails") => self.lines(exchange),
            ("POST", "Subscriptions/GetSubscriptionDetails") => Ok(self.paged(self.books.subscriptions.clone(), page_of(&asked))),
            ("POST", "Subscriptions/GetTenant") => Ok(self.tenants()),
            ("POST", "Microsoft/GetSubscriptionRenewalDetail") => Ok(self.renewals(text(&asked, "TenantID"))),
            _ => return refuse(404, "No HTTP resource was found that matches the request"),
        };
        match answer {
            Ok(value) => Answer::json(200, &spelled(&value, self.options.spelling)),
            Err(message) => refuse(400, &message),
        }
    }

    fn give_key(&mut self, body: &Value) -> Answer {
        let denied = |message: &str| Answer::json(401, &json!({ "Status": "DENIED", "Message": message, "AccessKey": null, "ExpireDateTime": null }));
        let code = text(body, "AccessToken");
        if text(body, "TransactionID").len() != 36 {
            return refuse(400, "TransactionID must be a GUID");
        }
        if self.options.expired_codes.iter().any(|expired| expired == code) {
            return denied(&format!("Access token {code} has expired"));
        }
        if code != self.options.access_code {
            return denied("Access token is invalid");
        }
        if self.options.wants_account_code && text(body, "AccountCode") != self.options.account_code {
            return denied("Account code does not belong to this token");
        }
        self.keys_given += 1;
        let key = format!("KEY-{:06}-{}", self.keys_given, "f00d".repeat(4));
        self.keys.insert(key.clone(), self.options.calls_a_key);
        let answer = json!({ "Status": "GRANTED", "Message": "", "AccessKey": key, "ExpireDateTime": self.options.expires });
        Answer::json(200, &spelled(&answer, self.options.spelling))
    }

    /// Why a call is not answered, if so.
    fn refusal(&mut self, exchange: &Exchange, body: &Value) -> Option<Answer> {
        let by_headers = exchange.header("authorization").and_then(|text| text.strip_prefix("Bearer "));
        let header = member(body, "RequestHeader").cloned().unwrap_or(Value::Null);
        let in_query = |name: &str| exchange.parameter(&format!("request.requestHeader.{name}")).unwrap_or_default().to_owned();
        let key = match &self.options.wanted {
            Wanted::Headers(version) => {
                let Some(key) = by_headers else { return Some(refuse(401, "Authorization has been denied for this request.")) };
                if exchange.header("dd-apiversion") != Some(version) {
                    return Some(refuse(400, "The DD-ApiVersion is not supported"));
                }
                if exchange.header("dd-transactionid").is_none_or(|id| id.len() != 36) {
                    return Some(refuse(400, "DD-TransactionID is missing"));
                }
                key.to_owned()
            }
            Wanted::Message => {
                let (key, token) = match exchange.method.as_str() {
                    "GET" => (in_query("accessKey"), in_query("token")),
                    _ => (text(&header, "AccessKey").to_owned(), text(&header, "Token").to_owned()),
                };
                if key.is_empty() || token != self.options.access_code {
                    return Some(refuse(400, "RequestHeader is missing or incomplete"));
                }
                key
            }
        };
        match self.keys.get_mut(&key) {
            None => Some(refuse(401, "AccessKey is invalid")),
            Some(0) if self.options.refuses_softly => {
                Some(Answer::json(200, &json!({ "Status": "ERROR", "Message": format!("The access key {key} has expired") })))
            }
            Some(0) => Some(refuse(401, "AccessKey has expired")),
            Some(left) => {
                *left -= 1;
                None
            }
        }
    }

    fn invoices(&self, exchange: &Exchange) -> Result<Value, String> {
        let day = |name: &str| {
            let text = exchange.parameter(name).ok_or_else(|| format!("{name} is missing"))?;
            text.parse::<jiff::civil::Date>().map_err(|_| format!("{name} `{text}` is not a date"))
        };
        let (from, to) = (day("startDate")?, day("endDate")?);
        let within = self.books.invoices.iter().filter(|invoice| (from..=to).contains(&invoice.date));
        Ok(self.paged(within.map(Invoice::head).collect(), exchange.parameter("PageNumber").and_then(|page| page.parse().ok()).unwrap_or(1)))
    }

    fn lines(&self, exchange: &Exchange) -> Result<Value, String> {
        let order = exchange.parameter("salesOrderNumber").ok_or("salesOrderNumber is missing")?;
        let suffix = exchange.parameter("salesOrderNumberSuffix").unwrap_or_default();
        let invoice = self.books.invoices.iter().find(|invoice| invoice.order == order && invoice.suffix == suffix).ok_or("Sales order not found")?;
        Ok(self.paged(invoice.lines.clone(), exchange.parameter("PageNumber").and_then(|page| page.parse().ok()).unwrap_or(1)))
    }

    fn tenants(&self) -> Value {
        let mut tenants: BTreeMap<&str, Value> = BTreeMap::new();
        for subscription in &self.books.subscriptions {
            let id = text(subscription, "TenantId");
            tenants.entry(id).or_insert_with(|| json!({ "TenantId": id, "CompanyName": text(subscription, "CompanyName") }));
        }
        json!({ "Status": "OK", "Message": "", "Out": tenants.into_values().collect::<Vec<_>>() })
    }

    fn renewals(&self, tenant: &str) -> Value {
        let of_tenant = self.books.subscriptions.iter().filter(|subscription| text(subscription, "TenantId").eq_ignore_ascii_case(tenant));
        let shown =
            of_tenant.map(|subscription| json!({ "SubscriptionId": text(subscription, "SubscriptionId"), "AutoRenew": "TRUE", "ContactName": "Kiri Example" }));
        json!({ "Status": "OK", "Out": shown.collect::<Vec<_>>() })
    }

    fn paged(&self, rows: Vec<Value>, page: usize) -> Value {
        let size = self.options.rows_a_page.max(1);
        let pages = rows.len().div_ceil(size).max(1);
        let shown: Vec<Value> = rows.into_iter().skip(page.saturating_sub(1) * size).take(size).collect();
        if pages == 1 {
            return json!({ "Status": "OK", "Message": "", "Out": shown });
        }
        json!({ "Status": "OK", "Message": "", "PageNumber": page, "TotalPages": pages, "Out": shown })
    }
}

fn page_of(asked: &Value) -> usize {
    member(asked, "PageNumber").and_then(Value::as_u64).and_then(|page| usize::try_from(page).ok()).unwrap_or(1)
}

/// The value with its keys as this host writes them.
fn spelled(value: &Value, spelling: Spelling) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| spelled(item, spelling)).collect(),
        Value::Object(map) => Value::Object(map.iter().map(|(key, value)| (spelling.of(key), spelled(value, spelling))).collect::<Map<String, Value>>()),
        other => other.clone(),
    }
}

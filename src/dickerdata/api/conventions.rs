//! The two ways in which a call carries its access key (`contracts/dickerdata.md` 1.3): in headers,
//! or in the message itself. Nobody documents which host wants which.

use std::str::FromStr;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};

use crate::http::{Method, Request};

/// `dickerdata.convention`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Convention {
    /// Whichever is answered, tried in turn.
    #[default]
    Auto,
    /// `Authorization`, `DD-TransactionID` and `DD-ApiVersion`.
    Headers,
    /// `RequestHeader` in the body, `request.requestHeader.…` in the query.
    Message,
}

impl Convention {
    /// All of them, with their words in the configuration.
    pub const WORDS: [(&'static str, Self); 3] = [("auto", Self::Auto), ("headers", Self::Headers), ("message", Self::Message)];
}

/// `dickerdata.api_version`: `auto` tries both that have been seen.
pub const VERSION_AUTO: &str = "auto";
const VERSIONS_SEEN: [&str; 2] = ["1.0", "v1"];

/// One way to call, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Headers, with this `DD-ApiVersion`.
    Headers(String),
    /// In the message.
    Message,
}

impl Way {
    /// The ways that the configuration leaves open, the most likely first.
    #[must_use]
    pub fn candidates(convention: Convention, api_version: &str) -> Vec<Self> {
        let versions: Vec<&str> = if api_version == VERSION_AUTO { VERSIONS_SEEN.to_vec() } else { vec![api_version] };
        let by_headers = versions.into_iter().map(|version| Self::Headers(version.to_owned()));
        match convention {
            Convention::Auto => by_headers.chain([Self::Message]).collect(),
            Convention::Headers => by_headers.collect(),
            Convention::Message => vec![Self::Message],
        }
    }

    /// The word in `dickerdata.convention`.
    #[must_use]
    pub fn convention(&self) -> &'static str {
        match self {
            Self::Headers(_) => "headers",
            Self::Message => "message",
        }
    }

    /// For people: `headers, DD-ApiVersion 1.0`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Headers(version) => format!("headers, DD-ApiVersion {version}"),
            Self::Message => "in the message".to_owned(),
        }
    }
}

/// A version that can stand in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiVersion(pub String);

impl FromStr for ApiVersion {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let is_plain = text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        if is_plain { Ok(Self(text.to_owned())) } else { Err(format!("`{text}` is not a version such as \"1.0\" or \"v1\"")) }
    }
}

/// One call without its credentials.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Below the base address: `Subscriptions/GetTenant`.
    pub endpoint: &'static str,
    /// GET carries its parameters in the query, POST in an `In` object.
    pub method: Method,
    /// In order, without the page.
    pub parameters: Vec<(String, Value)>,
}

/// What goes along with a call.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    pub(super) access_code: &'a SecretString,
    pub(super) access_key: &'a SecretString,
    pub(super) transaction: String,
}

impl Call {
    /// The request in one of the ways.
    pub(super) fn request(&self, base: &str, way: &Way, pass: &Pass<'_>) -> Request {
        let mut query: Vec<(String, String)> = Vec::new();
        let mut body = Map::new();
        if self.method == Method::Get {
            for (name, value) in &self.parameters {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                if *way == Way::Message {
                    // Names are bound below `request`; without it is what the description shows.
                    query.push((format!("request.{name}"), text.clone()));
                }
                query.push((name.clone(), text));
            }
        } else {
            body.insert("In".to_owned(), Value::Object(self.parameters.iter().cloned().collect()));
        }
        if *way == Way::Message {
            let secrets =
                [("transactionID", pass.transaction.as_str()), ("token", pass.access_code.expose_secret()), ("accessKey", pass.access_key.expose_secret())];
            if self.method == Method::Get {
                query.extend(secrets.map(|(name, value)| (format!("request.requestHeader.{name}"), value.to_owned())));
            } else {
                let [transaction, token, key] = secrets.map(|(_, value)| value);
                body.insert("RequestHeader".to_owned(), json!({ "TransactionID": transaction, "Token": token, "AccessKey": key }));
            }
        }
        let mut address = format!("{base}/{}", self.endpoint);
        if !query.is_empty() {
            let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            address = format!("{address}?{encoded}");
        }
        let mut request = Request::new(self.method, address).header("accept", "application/json");
        if self.method != Method::Get {
            request = request.header("content-type", "application/json").body(Value::Object(body).to_string());
        }
        match way {
            Way::Headers(version) => request
                .header("authorization", format!("Bearer {}", pass.access_key.expose_secret()))
                .header("dd-transactionid", pass.transaction.clone())
                .header("dd-apiversion", version.clone()),
            Way::Message => request,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method, way: &Way) -> Request {
        let (code, key) = (SecretString::from("code"), SecretString::from("key/+"));
        let pass = Pass { access_code: &code, access_key: &key, transaction: "t-1".to_owned() };
        let call = Call { endpoint: "Account/Invoice", method, parameters: vec![("startDate".to_owned(), "2026-11-01".into())] };
        call.request("http://localhost/api", way, &pass)
    }

    #[test]
    fn by_headers_the_address_and_body_hold_no_secret() {
        let get = request(Method::Get, &Way::Headers("v1".to_owned()));
        assert_eq!(get.url, "http://localhost/api/Account/Invoice?startDate=2026-11-01");
        assert!(get.headers.contains(&("authorization", "Bearer key/+".to_owned())) && get.headers.contains(&("dd-apiversion", "v1".to_owned())));
        let post = request(Method::Post, &Way::Headers("1.0".to_owned()));
        assert_eq!(String::from_utf8(post.body).unwrap(), r#"{"In":{"startDate":"2026-11-01"}}"#);
    }

    #[test]
    fn in_the_message_everything_is_in_the_query_or_the_body() {
        let get = request(Method::Get, &Way::Message);
        assert!(get.url.contains("startDate=2026-11-01") && get.url.contains("request.requestHeader.accessKey=key%2F%2B"), "{}", get.url);
        assert!(get.headers.iter().all(|(name, _)| *name != "authorization"));
        let post = request(Method::Post, &Way::Message);
        let body: Value = serde_json::from_slice(&post.body).unwrap();
        assert_eq!(body["RequestHeader"], json!({ "TransactionID": "t-1", "Token": "code", "AccessKey": "key/+" }));
    }

    #[test]
    fn what_the_configuration_leaves_open_is_tried() {
        let headers = |version: &str| Way::Headers(version.to_owned());
        assert_eq!(Way::candidates(Convention::Auto, "auto"), [headers("1.0"), headers("v1"), Way::Message]);
        assert_eq!(Way::candidates(Convention::Headers, "v2"), [headers("v2")]);
        assert_eq!(Way::candidates(Convention::Message, "auto"), [Way::Message]);
        assert!("1.0\r\nx: y".parse::<ApiVersion>().is_err());
    }
}

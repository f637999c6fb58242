//! What an answer that is no answer says: its own words, without secrets, and whether the access key
//! was refused (`contracts/dickerdata.md` 6).

use serde_json::Value;

use super::wire::by_name;
use crate::http::Response;

/// Characters of the service's own words that an error shows.
const SHOWN_AT_MOST: usize = 400;

/// An answer that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// What the service said, on one line, without secrets.
    pub(super) said: String,
    /// True when another access key may help.
    pub(super) of_key: bool,
}

/// Reads an answer: its JSON, or why it is none.
pub(super) fn judge(response: &Response, secrets: &[&str]) -> Result<Value, Refusal> {
    let parsed: Result<Value, _> = serde_json::from_slice(&response.body);
    let text = String::from_utf8_lossy(&response.body);
    let words = parsed.as_ref().ok().and_then(words);
    let status = response.status;
    let refusal = |of_key: bool| Refusal { status, said: without(&words.clone().unwrap_or_else(|| plain(&text)), secrets), of_key };
    if !response.is_success() {
        return Err(refusal(matches!(status, 401 | 403)));
    }
    match parsed {
        Ok(answer) if !is_failure(&answer) => Ok(answer),
        Ok(answer) => Err(refusal(names_the_key(&answer))),
        Err(_) if response.body.is_empty() => Ok(Value::Null),
        Err(_) => Err(Refusal { said: format!("an answer that is no JSON: {}", without(&plain(&text), secrets)), ..refusal(false) }),
    }
}

fn top<'a>(answer: &'a Value, name: &str) -> Option<&'a str> {
    by_name(answer.as_object()?, name)?.as_str()
}

/// A `Status` that says no. Numbers and words nobody has seen are taken for a yes.
fn is_failure(answer: &Value) -> bool {
    const WORDS: [&str; 9] = ["error", "fail", "denied", "invalid", "reject", "expired", "unauth", "forbidden", "refused"];
    // An object that is itself what was asked for has a status of its own.
    let is_envelope = answer.as_object().is_some_and(|map| by_name(map, "SubscriptionId").is_none() && by_name(map, "InvoiceNumber").is_none());
    let status = top(answer, "Status").unwrap_or_default().to_lowercase();
    is_envelope && (WORDS.iter().any(|word| status.contains(word)) || names_the_key(answer))
}

/// A status or message that names the access key together with what is wrong with it.
fn names_the_key(answer: &Value) -> bool {
    let said = format!("{} {}", top(answer, "Status").unwrap_or_default(), top(answer, "Message").unwrap_or_default()).to_lowercase();
    let names = ["accesskey", "access key", "token"].iter().any(|name| said.contains(name));
    names && ["expired", "invalid", "fail", "denied", "not valid", "unauth"].iter().any(|word| said.contains(word))
}

fn words(answer: &Value) -> Option<String> {
    let said = [top(answer, "Status"), top(answer, "Message"), top(answer, "ExceptionMessage"), top(answer, "error"), top(answer, "error_description")];
    let said: Vec<&str> = said.into_iter().flatten().map(str::trim).filter(|text| !text.is_empty()).collect();
    (!said.is_empty()).then(|| said.join(": "))
}

/// On one line, without the tags of a web page.
fn plain(text: &str) -> String {
    let mut shown = String::new();
    let mut in_tag = false;
    for character in text.chars() {
        match character {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                shown.push(' ');
            }
            _ if in_tag => {}
            character => shown.push(if character.is_control() { ' ' } else { character }),
        }
    }
    let joined = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    if joined.is_empty() { "nothing".to_owned() } else { joined }
}

/// The text without any of the secrets, and not too long.
pub(super) fn without(text: &str, secrets: &[&str]) -> String {
    let mut shown = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() >= 4) {
        shown = shown.replace(secret, "[removed]");
    }
    if shown.chars().count() > SHOWN_AT_MOST {
        shown = shown.chars().take(SHOWN_AT_MOST).chain(['…']).collect();
    }
    shown.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Result<Value, Refusal> {
        judge(&Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() }, &["s3cret-code"])
    }

    #[test]
    fn the_services_own_words_are_shown_without_secrets() {
        let refusal = judged(401, r#"{"Message": "Token s3cret-code is not known"}"#).unwrap_err();
        assert_eq!((refusal.said.as_str(), refusal.of_key), ("Token [removed] is not known", true));
        let page = judged(502, "<html><body><h1>Bad gateway</h1></body></html>").unwrap_err();
        assert_eq!((page.said.as_str(), page.of_key), ("Bad gateway", false));
    }

    #[test]
    fn a_refused_key_is_known_by_its_status_or_its_words() {
        assert!(judged(403, "").unwrap_err().of_key);
        assert!(judged(200, r#"{"Status": "ERROR", "Message": "The AccessKey has expired."}"#).unwrap_err().of_key);
        assert!(!judged(200, r#"{"status": "Error", "message": "No such customer"}"#).unwrap_err().of_key);
    }

    #[test]
    fn an_active_subscription_is_an_answer() {
        assert!(judged(200, r#"{"Status": "OK", "Out": []}"#).is_ok());
        assert!(judged(200, r#"{"SubscriptionId": "x", "Status": "EXPIRED"}"#).is_ok());
        assert!(judged(200, "[]").is_ok() && judged(204, "").is_ok());
        assert!(judged(200, "<html>Sign in</html>").unwrap_err().said.contains("no JSON: Sign in"));
    }
}

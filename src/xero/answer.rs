//! What an answer means when it is not the one hoped for. Xero speaks in four tongues here: JSON in either
//! case, plain text, a web page of something in between, and nothing at all (`contracts/xero.md` 6).

use serde_json::Value;

use crate::http::{Response, Throttled, trace};

use super::outcome::{CallError, CallErrorKind};
use super::wire::Object;

/// Letters of a plain-text answer that are shown.
const TEXT_AT_MOST: usize = 300;

/// An answer's JSON, a byte order mark before it or not; `None` when it is something else.
pub(super) fn json(response: &Response) -> Option<Value> {
    let body = response.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&response.body);
    serde_json::from_slice(body).ok()
}

/// What a refusal of the whole call means.
pub(super) fn failure(response: &Response) -> CallError {
    let words = words(response);
    let scope_is_missing = lacks_scope(response);
    let (kind, what) = match response.status {
        401 | 403 if scope_is_missing => (CallErrorKind::SignInNeeded, "Xero did not give cspctl a permission that this needs"),
        401 => (CallErrorKind::SignInNeeded, "Xero does not accept the sign-in"),
        403 => (CallErrorKind::NoAccess, "Xero refuses access to the organisation"),
        404 => (CallErrorKind::Refused, "Xero does not find what was asked for"),
        413 => (CallErrorKind::Refused, "the request is larger than Xero takes"),
        429 => (CallErrorKind::Throttled, "Xero's limits are reached"),
        408 | 500.. => (CallErrorKind::Unreachable, "Xero could not do it"),
        400..500 => (CallErrorKind::Refused, "Xero refused the request"),
        _ => (CallErrorKind::Unreadable, "Xero gave an answer that makes no sense"),
    };
    let mut error = CallError::new(kind, format!("{what} ({}): {words}{}", response.status, correlation(response)));
    for hint in hints(response.status, scope_is_missing, &words) {
        error = error.hint(hint);
    }
    error
}

fn hints(status: u16, scope_is_missing: bool, words: &str) -> Vec<&'static str> {
    let mut hints = Vec::new();
    if let Some(remedy) = remedy(words) {
        hints.push(remedy);
    }
    match status {
        401 | 403 if scope_is_missing => {
            hints.push("cspctl auth xero   asks for the scopes of the configuration again (xero.scopes)");
        }
        401 => hints.push("cspctl auth xero"),
        403 => hints.push("cspctl auth xero   connects the organisation again; it may be disconnected, or its trial over (xero.organisation_id)"),
        503 if words.to_ascii_lowercase().contains("offline") => hints.push("the organisation is being worked on by Xero: try again in five minutes"),
        500.. => hints.push("try again in some minutes; https://status.xero.com tells of known trouble"),
        _ => {}
    }
    hints
}

/// An answer of 200 that cannot be read.
pub(super) fn unreadable(response: &Response, why: &str) -> CallError {
    CallError::new(CallErrorKind::Unreadable, format!("Xero's answer cannot be read: {why}{}", correlation(response)))
}

/// What a limit that we do not wait for means.
pub(super) fn throttled(throttled: &Throttled) -> CallError {
    let day = throttled.limit.starts_with("day") || throttled.limit.starts_with("daily");
    let wait = throttled.retry_after.map(|pause| match pause.as_secs() {
        seconds @ 0..120 => format!("; it asks for {seconds} seconds"),
        seconds @ 120..7_200 => format!("; it asks for {} minutes", seconds.div_ceil(60)),
        seconds => format!("; it asks for {} hours", seconds.div_ceil(3_600)),
    });
    let what = if day { "the organisation's calls of this day are spent".to_owned() } else { format!("Xero is busy ({} limit)", limit_name(&throttled.limit)) };
    let hint = if day { "run again when the day's calls are back; every app of the organisation has its own" } else { "run again in some minutes" };
    CallError::new(CallErrorKind::Throttled, format!("{what}{}", wait.unwrap_or_default())).hint(hint)
}

fn limit_name(limit: &str) -> &str {
    if limit.is_empty() { "unnamed" } else { limit }
}

/// True when the token is good but a scope is missing: a fresh token will not help. Xero's own pages spell
/// the code in two ways.
pub(super) fn lacks_scope(response: &Response) -> bool {
    let header = response.header("www-authenticate").unwrap_or_default().to_ascii_lowercase();
    header.contains("insufficient_scope") || header.contains("insufficent_scope")
}

/// Xero's words, whole where they are JSON or plain text.
pub(super) fn words(response: &Response) -> String {
    let text = String::from_utf8_lossy(&response.body);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return "no reason was given".to_owned();
    }
    if let Some(value) = json(response) {
        let words = json_words(&value);
        if !words.is_empty() {
            return words.join("; ");
        }
    }
    if text.starts_with('<') {
        return "the answer is a web page, not Xero's".to_owned();
    }
    let short: String = text.chars().take(TEXT_AT_MOST).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

/// The words of a JSON refusal: the elements' own before the general ones.
fn json_words(value: &Value) -> Vec<String> {
    let mut words = validation_errors(value);
    let Some(object) = Object::of(value) else {
        words.extend(value.as_str().map(ToOwned::to_owned));
        return words;
    };
    if words.is_empty() {
        for name in ["Title", "Message", "Detail", "Description", "error", "error_description"] {
            let text = object.text(name).filter(|text| !words.contains(text));
            words.extend(text);
        }
    }
    words
}

/// Every message of every `ValidationErrors` at any depth: errors also sit in lines and contacts. Each once.
pub(super) fn validation_errors(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(value, "ValidationErrors", &mut found);
    found
}

/// Every message of every `Warnings` at any depth.
pub(super) fn warnings(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(value, "Warnings", &mut found);
    found
}

fn collect(value: &Value, member: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, member, found)),
        Value::Object(members) => {
            for (name, value) in members {
                if name.eq_ignore_ascii_case(member) {
                    let messages = value.as_array().into_iter().flatten().filter_map(message);
                    messages.for_each(|message| {
                        if !found.contains(&message) {
                            found.push(message);
                        }
                    });
                } else {
                    collect(value, member, found);
                }
            }
        }
        _ => {}
    }
}

/// `Message`, in some answers `Description`, or whatever text there is.
fn message(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        other => {
            let object = Object::of(other)?;
            let text = object.text("Message").or_else(|| object.text("Description"));
            Some(text.unwrap_or_else(|| other.to_string()))
        }
    }
}

fn correlation(response: &Response) -> String {
    trace::correlation_id(response).map(|id| format!(" (Xero-Correlation-Id {id})")).unwrap_or_default()
}

/// Messages of Xero that we know, by a part of each in lower case, and what to do about them
/// (`contracts/xero.md` 6). Anything else is shown as it is.
const REMEDIES: [(&[&str], &str); 19] = [
    (&["invoice # must be unique"], "the number is taken in Xero: look at the document of this number, then run again; what is ours is adopted, not posted"),
    (&["idempotency key", "different request"], "the same key was used within six minutes for something else: run again in some minutes"),
    (&["is already assigned to another contact"], "two contacts of that name: merge them in Xero"),
    (
        &["taxtype code", "cannot be used with account code"],
        "the tax type does not fit the account: change tax_type or the account in the mapping, or the account in Xero",
    ),
    (&["taxtype code", "does not exist"], "use the tax type's code (OUTPUT), not its display name: see tax_type in the mapping"),
    (&["account code", "is not a valid code for this document"], "set xero.revenue_account and xero.expense_account to active accounts of that class"),
    (&["account code", "has been archived"], "choose an active account (xero.revenue_account, xero.expense_account), or restore it in Xero"),
    (&["account must be valid"], "set xero.revenue_account and xero.expense_account to accounts of the organisation"),
    (&["period lock date"], "the period is locked: an adviser moves the lock date in Xero, or post drafts (billing.status = \"draft\")"),
    (&["end of year lock date"], "the year is locked: move the lock date in Xero, or bill another period"),
    (&["not subscribed to currency"], "add the currency in Xero (Settings › Currencies)"),
    (&["duedate field must be specified"], "please report this: cspctl always sends a due date"),
    (&["not of valid status for modification"], "somebody has approved, paid or removed it in Xero: it is no longer ours to change"),
    (&["this document cannot be edited"], "it is paid, locked or removed in Xero: it is no longer ours to change"),
    (&["does not match the expected line total"], "please report this: cspctl sends no line totals"),
    (
        &["reached the limit of invoices you can approve"],
        "the organisation's plan allows no more approved documents this month: post drafts (billing.status = \"draft\")",
    ),
    (&["email address must be valid"], "correct the contact's e-mail address in Xero"),
    (&["a contact must be specified"], "map the customer to a contact: cspctl map customers"),
    (&["high volume threshold"], "ask for a shorter range"),
];

/// What to do about a message of Xero; `None` for one that we do not know.
#[must_use]
pub fn remedy(message: &str) -> Option<&'static str> {
    let message = message.to_ascii_lowercase();
    REMEDIES.iter().find(|(parts, _)| parts.iter().all(|part| message.contains(part))).map(|(_, remedy)| *remedy)
}

#[cfg(test)]
mod tests;

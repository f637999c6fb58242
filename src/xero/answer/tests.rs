//! Answers in every shape that was seen.

use super::*;
use crate::xero::samples;

fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    samples::answer_with(status, headers, body).unwrap()
}

fn of(status: u16, body: &str) -> CallError {
    failure(&response(status, &[], body))
}

#[test]
fn an_expired_token_is_told_with_xeros_detail() {
    let body = r#"{"Type":null,"Title":"Unauthorized","Status":401,"Detail":"TokenExpired: token expired at 01/23/2020 18:21:16","Instance":"uuid"}"#;
    let error = of(401, body);
    assert_eq!(error.kind, CallErrorKind::SignInNeeded);
    assert_eq!(error.message, "Xero does not accept the sign-in (401): Unauthorized; TokenExpired: token expired at 01/23/2020 18:21:16");
    assert_eq!(error.hints, ["cspctl auth xero"]);
}

#[test]
fn members_in_lower_case_are_read_too() {
    let error = of(403, r#"{"title":"Forbidden","status":403,"detail":"AuthenticationUnsuccessful"}"#);
    assert_eq!(error.kind, CallErrorKind::NoAccess);
    assert!(error.message.ends_with("Forbidden; AuthenticationUnsuccessful"), "{error}");
    assert!(error.hints[0].contains("xero.organisation_id"), "{:?}", error.hints);
}

#[test]
fn a_missing_scope_is_told_in_both_spellings() {
    for code in ["insufficient_scope", "insufficent_scope"] {
        for status in [401, 403] {
            let response = response(status, &[("www-authenticate", &format!("Bearer error=\"{code}\""))], "");
            assert!(lacks_scope(&response));
            let error = failure(&response);
            assert_eq!(error.kind, CallErrorKind::SignInNeeded, "{code} {status}");
            assert!(error.hints[0].contains("scopes"), "{:?}", error.hints);
        }
    }
}

#[test]
fn texts_web_pages_and_silence_are_answers_too() {
    assert!(of(404, "The resource you're looking for cannot be found").message.ends_with("(404): The resource you're looking for cannot be found"));
    let offline = of(503, "The Organisation is offline");
    assert_eq!(offline.kind, CallErrorKind::Unreachable);
    assert!(offline.hints[0].contains("five minutes"), "{:?}", offline.hints);
    assert!(of(502, "<html><body>Bad gateway</body></html>").message.ends_with("the answer is a web page, not Xero's"));
    assert!(of(500, "").message.ends_with("no reason was given"));
    assert!(of(500, "[]").message.ends_with("[]"));
    assert!(of(400, &"x".repeat(10_000)).message.len() < 400);
    assert_eq!(of(302, "").kind, CallErrorKind::Unreadable);
}

#[test]
fn the_error_of_an_element_goes_before_the_general_words() {
    let body = r#"{"ErrorNumber":10,"Type":"ValidationException","Message":"A validation exception occurred",
        "Elements":[{"InvoiceNumber":"CSP-1","ValidationErrors":[{"Message":"Invoice # must be unique."}]},{"ValidationErrors":[]}]}"#;
    let error = of(400, body);
    assert_eq!(error.kind, CallErrorKind::Refused);
    assert_eq!(error.message, "Xero refused the request (400): Invoice # must be unique.");
    assert!(error.hints[0].contains("number is taken"), "{:?}", error.hints);
}

#[test]
fn other_refusals_keep_xeros_words() {
    let error = of(400, r#"{"ErrorNumber":16,"Type":"QueryParseException","Message":"No property or field 'Foo' exists"}"#);
    assert_eq!(error.message, "Xero refused the request (400): No property or field 'Foo' exists");
    assert!(error.hints.is_empty());
    let error = of(400, r#"{"Title":"Bad Request","Detail":"Idempotency Key abc is used with a different request"}"#);
    assert!(error.message.contains("is used with a different request") && error.hints[0].contains("six minutes"), "{error:?}");
    assert_eq!(of(400, "\u{feff}{\"Message\":\"with a mark\"}").message, "Xero refused the request (400): with a mark");
}

#[test]
fn the_correlation_id_is_named() {
    let error = failure(&response(500, &[("xero-correlation-id", "c0ffee")], r#"{"Title":"An error occurred"}"#));
    assert_eq!(error.message, "Xero could not do it (500): An error occurred (Xero-Correlation-Id c0ffee)");
}

#[test]
fn errors_are_found_in_lines_and_contacts_and_under_both_names() {
    let value = serde_json::json!({
        "LineItems": [{ "ValidationErrors": [{ "Description": "Account code '999' is not a valid code for this document." }] }],
        "Contact": { "ValidationErrors": [{ "Message": "A Contact must be specified" }, "bare text"] },
        "validationErrors": [{ "Message": "A Contact must be specified" }, { "Code": 7 }],
        "Warnings": [{ "Message": "not an error" }],
    });
    let found = validation_errors(&value);
    assert_eq!(found.len(), 4, "{found:?}");
    for message in ["Account code '999' is not a valid code for this document.", "A Contact must be specified", "bare text", "{\"Code\":7}"] {
        assert!(found.iter().any(|found| found == message), "{message} in {found:?}");
    }
    assert_eq!(warnings(&value), ["not an error"]);
}

#[test]
fn every_message_of_the_contract_has_a_remedy() {
    for message in [
        "Invoice # must be unique.",
        "The contact name X is already assigned to another contact. The contact name must be unique across all active contacts.",
        "The TaxType code 'GST on Income' cannot be used with account code '60410'.",
        "The TaxType code GST on Income does not exist or cannot be used for this type of transaction.",
        "Account code '999' is not a valid code for this document.",
        "Account code '200' has been archived, or deleted. You can't use it.",
        "Account must be valid.",
        "The document date cannot be before the period lock date, currently set at 30 Nov 2026",
        "The document date cannot be before the end of year lock date, currently set at 30 Jun 2026",
        "Organisation is not subscribed to currency USD",
        "The document DueDate field must be specified.",
        "Invoice not of valid status for modification",
        "This document cannot be edited as it has a payment or credit note allocated to it.",
        "The line total 27.00 does not match the expected line total 16.20",
        "You have reached the limit of invoices you can approve",
        "Email address must be valid.",
        "A Contact must be specified for this type of transaction",
    ] {
        assert!(remedy(message).is_some(), "{message}");
    }
    assert_eq!(remedy("Something new"), None);
}

#[test]
fn a_spent_day_and_a_busy_minute_are_told_apart() {
    let of = |limit: &str, seconds: Option<u64>| throttled(&Throttled { limit: limit.to_owned(), retry_after: seconds.map(std::time::Duration::from_secs) });
    for limit in ["day", "daily"] {
        let error = of(limit, Some(40_000));
        assert_eq!(error.kind, CallErrorKind::Throttled);
        assert_eq!(error.message, "the organisation's calls of this day are spent; it asks for 12 hours");
    }
    assert_eq!(of("minute", Some(100)).message, "Xero is busy (minute limit); it asks for 100 seconds");
    assert_eq!(of("minute", Some(121)).message, "Xero is busy (minute limit); it asks for 3 minutes");
    assert_eq!(of("", None).message, "Xero is busy (unnamed limit)");
}

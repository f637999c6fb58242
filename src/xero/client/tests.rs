//! The client against a scripted network: what it asks, what it makes of the answers, and what it dares
//! to say about writes.

use super::*;
use crate::domain::document::Kind;
use crate::xero::batch::{Dress, create_batch, remove_batch};
use crate::xero::outcome::CallErrorKind;
use crate::xero::samples::{self, answer, answer_with, client, lost, not_sent};
use tokio::time::Instant;

fn batch() -> Batch {
    create_batch(Endpoint::Invoices, &[(&samples::document(Kind::Invoice, "CSP-1"), &Dress::default())])
}

fn taken() -> String {
    format!(
        r#"{{"Id":"1","Status":"OK","Invoices":[{{"Type":"ACCREC","InvoiceID":"{}","InvoiceNumber":"CSP-1","Status":"DRAFT","DateString":"2026-11-30T00:00:00","StatusAttributeString":"OK"}}]}}"#,
        samples::ID
    )
}

const ORGANISATION: &str = r#"{"Organisations":[{"Name":"Contoso","OrganisationID":"b2c885a9-4bb9-4a00-9b6e-6c2bf60b1a2b","BaseCurrency":"AUD"}]}"#;

#[tokio::test(start_paused = true)]
async fn every_call_names_the_organisation_and_asks_for_four_decimals() {
    let (client, script) = client([answer(200, ORGANISATION)]);
    assert_eq!(&*client.organisation().await.unwrap().name, "Contoso");
    let request = script.sent(0);
    assert_eq!(request.url, "https://api.example/api.xro/2.0/Organisation?unitdp=4");
    for header in [("xero-tenant-id", samples::ORGANISATION), ("accept", "application/json"), ("authorization", "Bearer token-1")] {
        assert!(request.headers.iter().any(|(name, value)| (*name, value.as_str()) == header), "{header:?}");
    }
    assert!(!request.headers.iter().any(|(name, _)| *name == "content-type"));
    assert!(request.body.is_empty());
    assert_eq!(client.calls_made(), 1);
}

#[tokio::test(start_paused = true)]
async fn connections_name_no_organisation() {
    let body = r#"[{"id":"7cb59f93-2964-421d-bb5e-a0f7a4572a44","tenantId":"fe79f7dd-b6d4-4a92-ba7b-538af6289c58","tenantName":"Demo","tenantType":"ORGANISATION"},{"id":"broken"}]"#;
    let (client, script) = client([answer(200, body), answer(200, "{}")]);
    assert_eq!(client.connections().await.unwrap().len(), 1);
    let request = script.sent(0);
    assert_eq!(request.url, "https://api.example/connections");
    assert!(!request.headers.iter().any(|(name, _)| *name == "xero-tenant-id"));
    assert_eq!(client.connections().await.unwrap_err().kind, CallErrorKind::Unreadable);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_once() {
    let (client, script) = client([answer(401, ""), answer(200, ORGANISATION)]);
    client.organisation().await.unwrap();
    assert!(script.sent(1).headers.contains(&("authorization", "Bearer token-2".to_owned())));

    let (client, _) = samples::client([answer(401, ""), answer(401, r#"{"Title":"Unauthorized"}"#)]);
    assert_eq!(client.organisation().await.unwrap_err().kind, CallErrorKind::SignInNeeded);
    assert_eq!(client.calls_made(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_missing_scope_is_no_reason_for_a_new_token() {
    let (client, _) = client([answer_with(401, &[("www-authenticate", "Bearer error=\"insufficent_scope\"")], "")]);
    assert_eq!(client.organisation().await.unwrap_err().kind, CallErrorKind::SignInNeeded);
    assert_eq!(client.calls_made(), 1);
}

#[tokio::test(start_paused = true)]
async fn lists_are_read_and_an_answer_without_its_list_is_none() {
    let (client, _) = client([answer(200, r#"{"accounts":[{"Code":"200"},null,7]}"#), answer(200, "{}"), answer(200, "nonsense"), answer(200, "")]);
    assert_eq!(client.accounts().await.unwrap().len(), 1);
    assert_eq!(client.tax_rates().await.unwrap_err().message, "Xero's answer has no list TaxRates");
    assert!(client.items().await.unwrap_err().message.contains("nonsense"));
    assert_eq!(client.currencies().await.unwrap_err().kind, CallErrorKind::Unreadable);
}

fn page(page: u32, count: u32, items: u32, ids: std::ops::Range<u32>) -> Result<crate::http::Response, crate::http::TransportError> {
    let contacts: Vec<String> = ids.map(|id| format!(r#"{{"ContactID":"00000000-0000-0000-0000-{id:012}","Name":"{id}"}}"#)).collect();
    let body = format!(r#"{{"pagination":{{"page":{page},"pageSize":1000,"pageCount":{count},"itemCount":{items}}},"Contacts":[{}]}}"#, contacts.join(","));
    answer(200, &body)
}

#[tokio::test(start_paused = true)]
async fn pages_are_read_to_the_last_and_not_to_the_first_short_one() {
    let (client, script) = client([page(1, 3, 5, 0..2), page(2, 3, 5, 2..3), page(3, 3, 5, 3..5)]);
    assert_eq!(client.contacts().await.unwrap().len(), 5);
    assert_eq!(script.urls()[2], "https://api.example/api.xro/2.0/Contacts?includeArchived=true&page=3&pageSize=1000&unitdp=4");
}

#[tokio::test(start_paused = true)]
async fn without_a_count_the_first_page_that_brings_nothing_new_is_the_last() {
    let plain = |body: &str| answer(200, body);
    let (client, _) = client([plain(r#"{"Contacts":[{"ContactID":"5cc8cf28-567e-4d43-b287-687cfcaec47c"}]}"#), plain(r#"{"Contacts":[]}"#)]);
    assert_eq!(client.contacts().await.unwrap().len(), 1);
    let same = r#"{"Contacts":[{"ContactID":"5cc8cf28-567e-4d43-b287-687cfcaec47c"}]}"#;
    let (client, _) = samples::client([plain(same), plain(same)]);
    assert_eq!(client.contacts().await.unwrap().len(), 1, "a service that ignores the page ends too");
}

#[tokio::test(start_paused = true)]
async fn a_document_that_falls_between_two_pages_is_noticed() {
    // Somebody changed a document while it was read: it moved to the end, another into the page before.
    let (client, _) = client([page(1, 2, 4, 0..2), page(2, 2, 4, 3..4), page(1, 2, 4, 0..2), page(2, 2, 4, 2..4)]);
    assert_eq!(client.contacts().await.unwrap().len(), 4);
    let (client, _) = samples::client([page(1, 2, 4, 0..2), page(2, 2, 4, 3..4), page(1, 2, 4, 0..2), page(2, 2, 4, 3..4)]);
    assert!(client.contacts().await.unwrap_err().message.contains("changed while it was read"));
}

#[tokio::test(start_paused = true)]
async fn a_list_without_end_is_given_up() {
    let (client, _) = client((0..1_000).map(|number| page(1, 1_001, 0, number..number + 1)));
    assert!(client.contacts().await.unwrap_err().message.contains("more than 1000 pages"));
}

#[tokio::test(start_paused = true)]
async fn documents_are_read_with_their_lines_and_an_unreadable_one_is_named() {
    let (client, script) = client([answer(200, &taken()), answer(200, r#"{"Invoices":[]}"#)]);
    let documents = client.invoices(&DocumentFilter::Numbers(vec!["CSP-1".to_owned()])).await.unwrap();
    assert_eq!(&*documents[0].number, "CSP-1");
    assert!(script.urls()[0].starts_with("https://api.example/api.xro/2.0/Invoices?InvoiceNumbers=CSP-1&page=1&pageSize="));
    let (client, _) = samples::client([answer(200, r#"{"pagination":{"pageCount":1},"CreditNotes":[{"Type":"ACCPAYCREDIT","CreditNoteNumber":"X"}]}"#)]);
    let error = client.credit_notes(&DocumentFilter::Reference("X".to_owned())).await.unwrap_err();
    assert_eq!(error.message, "Xero's answer about document `X` lacks Status");
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_one_put_with_its_key_and_its_very_bytes() {
    let (client, script) = client([answer(200, &taken())]);
    let results = client.send(&batch(), "key-1").await.unwrap();
    assert!(matches!(&results[..], [Written::Accepted { document, .. }] if document.id.to_string() == samples::ID), "{results:?}");
    let request = script.sent(0);
    assert_eq!(request.method, Method::Put);
    assert_eq!(request.url, "https://api.example/api.xro/2.0/Invoices?summarizeErrors=false&unitdp=4");
    assert_eq!(request.body, batch().body);
    for header in [("idempotency-key", "key-1"), ("content-type", "application/json")] {
        assert!(request.headers.iter().any(|(name, value)| (*name, value.as_str()) == header), "{header:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_changes_documents_is_a_post_and_an_empty_key_is_not_sent() {
    let (client, script) = client([answer(200, r#"{"CreditNotes":[]}"#)]);
    let batch = remove_batch(Endpoint::CreditNotes, &[(samples::ID.parse().unwrap(), crate::domain::books::BookedStatus::Draft)]);
    let results = client.send(&batch, "").await.unwrap();
    assert!(matches!(&results[..], [Written::Unknown { .. }]), "{results:?}");
    assert_eq!((script.sent(0).method, script.urls()[0].contains("/CreditNotes?")), (Method::Post, true));
    assert!(!script.sent(0).headers.iter().any(|(name, _)| *name == "idempotency-key"));
}

#[tokio::test(start_paused = true)]
async fn a_write_that_certainly_did_nothing_says_so() {
    for (status, kind) in [
        (400, CallErrorKind::Refused),
        (403, CallErrorKind::NoAccess),
        (404, CallErrorKind::Refused),
        (413, CallErrorKind::Refused),
        (415, CallErrorKind::Refused),
    ] {
        let (client, _) = client([answer(status, "no")]);
        let error = client.send(&batch(), "key").await.unwrap_err();
        assert!(matches!(&error, WriteError::NotDone(error) if error.kind == kind), "{status}: {error:?}");
    }
    let (client, _) = samples::client([not_sent()]);
    assert!(matches!(client.send(&batch(), "key").await, Err(WriteError::NotDone(_))));
    let (client, _) = samples::client([answer(401, ""), answer(401, "")]);
    assert!(matches!(client.send(&batch(), "key").await, Err(WriteError::NotDone(error)) if error.kind == CallErrorKind::SignInNeeded));
}

#[tokio::test(start_paused = true)]
async fn a_write_that_nobody_can_tell_of_is_unknown_and_never_repeated() {
    let cut = taken().chars().take(60).collect::<String>();
    for answer_once in [
        lost(),
        answer(500, ""),
        answer(502, "<html>"),
        answer(503, "The Organisation is offline"),
        answer(408, ""),
        answer(302, ""),
        answer(200, &cut),
        answer(200, ""),
        answer(200, "{}"),
    ] {
        let (client, _) = client([answer_once]);
        let error = client.send(&batch(), "key").await.unwrap_err();
        assert!(matches!(error, WriteError::Unknown(_)), "{error:?}");
        assert_eq!(client.calls_made(), 1);
    }
    // The replay after a refused token is as uncertain as a first attempt.
    let (client, _) = samples::client([answer(401, ""), lost()]);
    assert!(matches!(client.send(&batch(), "key").await, Err(WriteError::Unknown(_))));
}

#[tokio::test(start_paused = true)]
async fn a_throttled_write_waits_and_goes_out_the_same() {
    let minute = [("retry-after", "22"), ("x-rate-limit-problem", "minute"), ("x-minlimit-remaining", "0"), ("x-daylimit-remaining", "4539")];
    let (client, script) = client([answer_with(429, &minute, ""), answer(200, &taken())]);
    let start = Instant::now();
    client.send(&batch(), "key").await.unwrap();
    assert!(start.elapsed().as_secs() >= 22);
    assert_eq!((script.sent(0).body, script.sent(0).headers), (script.sent(1).body, script.sent(1).headers));
    assert_eq!(client.day_remaining(), None);

    let day = [("retry-after", "40000"), ("x-rate-limit-problem", "day")];
    let (client, _) = samples::client([answer_with(429, &day, "")]);
    let error = client.send(&batch(), "key").await.unwrap_err();
    assert!(matches!(&error, WriteError::NotDone(error) if error.kind == CallErrorKind::Throttled), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_spent_day_ends_all_calls_without_sending() {
    let (client, _) = client([answer_with(200, &[("x-daylimit-remaining", "0")], ORGANISATION)]);
    client.organisation().await.unwrap();
    assert_eq!(client.day_remaining(), Some(0));
    let error = client.accounts().await.unwrap_err();
    assert_eq!((error.kind, client.calls_made()), (CallErrorKind::Throttled, 1));
    assert!(matches!(client.send(&batch(), "key").await, Err(WriteError::NotDone(error)) if error.kind == CallErrorKind::Throttled));
}

#[tokio::test(start_paused = true)]
async fn an_organisation_that_is_offline_for_a_moment_is_read_all_the_same() {
    let (client, _) = client([answer(503, "The Organisation is offline"), lost(), answer(200, ORGANISATION)]);
    client.organisation().await.unwrap();
    let (client, _) = samples::client((0..4).map(|_| answer(503, "The Organisation is offline")));
    let error = client.organisation().await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::Unreachable);
    assert!(error.message.contains("The Organisation is offline"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_empty_batch_is_never_sent() {
    let (client, _) = client([]);
    let mut empty = batch();
    empty.body.clear();
    assert!(matches!(client.send(&empty, "key").await, Err(WriteError::NotDone(_))));
    assert_eq!(client.calls_made(), 0);
}

#[tokio::test(start_paused = true)]
async fn notes_are_cut_and_their_errors_told() {
    let refusal = r#"{"HistoryRecords":[{"ValidationErrors":[{"Message":"Details too long"}]}]}"#;
    let (client, script) = client([answer(200, r#"{"HistoryRecords":[{"Details":"x"}]}"#), answer(200, refusal), answer(204, "")]);
    let id: XeroId = samples::ID.parse().unwrap();
    client.note(Endpoint::Invoices, id, &"é".repeat(3_000)).await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&script.sent(0).body).unwrap();
    assert_eq!(body["HistoryRecords"][0]["Details"].as_str().unwrap().chars().count(), 2_500);
    assert_eq!(script.urls()[0], format!("https://api.example/api.xro/2.0/Invoices/{}/History?unitdp=4", samples::ID));
    assert!(matches!(client.note(Endpoint::CreditNotes, id, "x").await, Err(WriteError::NotDone(error)) if error.message == "Details too long"));
    client.note(Endpoint::Invoices, id, "x").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_attachment_goes_out_raw_under_a_name_that_xero_takes() {
    let (client, script) = client([answer(200, r#"{"Attachments":[{}]}"#)]);
    let id: XeroId = samples::ID.parse().unwrap();
    client.attach(Endpoint::Invoices, id, "rows: 2026/11 é?.csv", "text/csv", b"a,b\n").await.unwrap();
    let request = script.sent(0);
    assert_eq!(request.url, format!("https://api.example/api.xro/2.0/Invoices/{}/Attachments/rows_%202026_11%20%C3%A9_.csv?unitdp=4", samples::ID));
    assert_eq!((request.method, request.body.as_slice()), (Method::Put, b"a,b\n".as_slice()));
    assert!(request.headers.contains(&("content-type", "text/csv".to_owned())));
    let large = vec![0; 10_000_001];
    assert!(matches!(client.attach(Endpoint::Invoices, id, "a.csv", "text/csv", &large).await, Err(WriteError::NotDone(_))));
}

#[tokio::test(start_paused = true)]
async fn no_error_ever_holds_a_token() {
    let (client, _) = client([answer(401, "token"), answer(403, "")]);
    let error = client.organisation().await.unwrap_err();
    assert!(!format!("{error:?} {client:?}").contains("token-"), "{error:?}");
}

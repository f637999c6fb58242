//! What Xero refuses, loses or has no time for.

use super::office::{Office, in_state, states};
use crate::stand_ins::xero::fault::{Fault, FaultKind};
use crate::stand_ins::xero::state::StoredDocument;

const INVOICES: &str = "/api.xro/2.0/Invoices";

#[test]
fn a_refused_document_keeps_none_of_the_others_back() {
    let office = Office::new();
    let planned = office.run("sync --dry-run --json").code(0).json();
    let number = planned["documents"].as_array().unwrap().iter().find(|document| document["kind"] == "invoice").unwrap()["number"].as_str().unwrap();
    // Somebody used the number long ago, for somebody else.
    let other = office.xero.contact_id("Dicker Data").unwrap();
    office.xero.organisation(0, |organisation| {
        let id = "aaaaaaaa-2222-3333-4444-555555555555".to_owned();
        let (organisation_id, updated) = (organisation.id.clone(), organisation.contacts[0].updated);
        organisation.add(StoredDocument {
            organisation_id,
            id,
            kind: "ACCREC".to_owned(),
            number: number.to_owned(),
            reference: String::new(),
            contact_id: other.clone(),
            date: "2025-01-31".parse().unwrap(),
            due_date: None,
            status: "AUTHORISED".to_owned(),
            currency: "AUD".to_owned(),
            line_amount_types: "Exclusive".to_owned(),
            lines: Vec::new(),
            sub_total: rust_decimal::Decimal::ZERO,
            total_tax: rust_decimal::Decimal::ZERO,
            total: rust_decimal::Decimal::ZERO,
            paid: rust_decimal::Decimal::ZERO,
            theme_id: None,
            url: None,
            is_sent: false,
            updated,
            history: Vec::new(),
            attachments: Vec::new(),
        });
    });
    let output = office.run("sync --json").code(6);
    let json = output.json();
    assert_eq!(states(&json), [("failed".to_owned(), 1), ("posted".to_owned(), 38)].into());
    let failed = in_state(&json, "failed")[0];
    assert!(failed["number"] == number && failed["error"].as_str().unwrap().contains("must be unique") && failed["xero_id"].is_null(), "{failed}");
    assert!(output.stderr.contains(number), "{}", output.stderr);
    assert_eq!(office.xero.live_documents().len(), 1 + 38);
    // It is planned anew, and alone.
    let json = office.run("sync --dry-run --json").code(0).json();
    assert_eq!(states(&json), [("exists".to_owned(), 38), ("planned".to_owned(), 1)].into());
}

#[test]
fn regression_a_report_that_cannot_be_written_hid_what_xero_had_not_taken() {
    let mut office = Office::new();
    office.env.write("blocked", "a file, where the report's folder would be");
    office.xero.fault(Fault::once("PUT", INVOICES, FaultKind::Lost { committed: false }).times(3));
    let output = office.run("sync --json --report blocked/report.html").code(6);
    assert!(output.stderr.contains("blocked"), "the report is told of as well: {}", output.stderr);
    assert_eq!(states(&output.json()), [("posted".to_owned(), 38), ("unknown".to_owned(), 1)].into());
    // Without anything open the report alone is the failure, and what was done is shown all the same.
    let output = office.run("sync --json --report blocked/report.html");
    assert_eq!(output.code, 1, "{}", output.stderr);
    office.assert_the_month_is_there_once();
}

#[test]
fn an_outcome_that_nobody_knows_ends_with_6_and_the_next_run_completes_it() {
    let office = Office::new();
    // The bill goes alone, first; nothing of it ever arrives.
    office.xero.fault(Fault::once("PUT", INVOICES, FaultKind::Lost { committed: false }).times(3));
    let output = office.run("sync --json").code(6);
    assert!(output.stderr.contains("run the same command again"), "{}", output.stderr);
    let json = output.json();
    assert_eq!(states(&json), [("posted".to_owned(), 38), ("unknown".to_owned(), 1)].into());
    assert_eq!(in_state(&json, "unknown")[0]["kind"], "bill");
    assert!(office.live("ACCPAY").is_empty());
    let output = office.run("sync").code(0);
    assert!(output.stderr.contains("An earlier run was cut off"), "{}", output.stderr);
    office.assert_the_month_is_there_once();
    let json = office.run("sync --json").code(0).json();
    assert_eq!(states(&json), [("exists".to_owned(), 39)].into());
}

#[test]
fn a_look_that_fails_while_an_outcome_is_open_ended_with_1_as_if_nothing_had_been_done() {
    let office = Office::new();
    office.xero.fault(Fault::once("PUT", INVOICES, FaultKind::Lost { committed: false }).times(3));
    office.run("sync").code(6);
    office.xero.clear_faults();
    // The books can be read; the look for the open document cannot.
    office.xero.fault(Fault::once("GET", INVOICES, FaultKind::Lost { committed: false }).after(1).times(99));
    let output = office.run("sync").code(6);
    assert!(output.stderr.contains("run the same command again"), "{}", output.stderr);
    office.xero.clear_faults();
    office.run("sync").code(0);
    office.assert_the_month_is_there_once();
}

#[test]
fn lost_answers_cost_nothing() {
    let office = Office::new();
    office.xero.fault(Fault::once("PUT", INVOICES, FaultKind::Lost { committed: true }).times(2));
    office.run("sync").code(0);
    office.assert_the_month_is_there_once();
}

#[test]
fn a_day_that_is_spent_ends_with_7_and_leaves_nothing() {
    let office = Office::new();
    office.xero.spend_day(1_000);
    let output = office.run("sync").code(7);
    assert!(output.stderr.contains("hint: "), "{}", output.stderr);
    assert!(office.writes() == 0 && !office.env.path("state/ledger.db").exists());
}

#[test]
fn a_day_that_is_spent_half_way_ends_with_7_or_6_and_is_taken_up_again() {
    let office = Office::new();
    let day = FaultKind::TooMany { problem: "day", retry_after_seconds: Some(40_000) };
    office.xero.fault(Fault::once("PUT", INVOICES, day).after(1).times(99));
    let output = office.run("sync");
    assert!([6, 7].contains(&output.code), "{}: {}", output.code, output.stderr);
    assert_eq!(office.live("ACCPAY").len(), 1, "the bill went first");
    office.xero.clear_faults();
    office.run("sync").code(0);
    office.assert_the_month_is_there_once();
}

#[test]
fn everything_that_xero_would_refuse_is_told_at_once_and_nothing_is_written() {
    let mut office = Office::new();
    office.change("config.toml", "[billing]\n", "[billing]\nstatus = \"authorised\"\n");
    office.xero.archive_account("200");
    office.xero.archive_account("310");
    office.xero.archive_contact(&office.xero.contact_id("Bellows College").unwrap());
    office.xero.lock_period(Some("2026-11-30".parse().unwrap()));
    let output = office.run("sync --yes").code(1);
    for named in ["200", "310", "Bellows College", "lock"] {
        assert!(output.stderr.contains(named), "{named}: {}", output.stderr);
    }
    assert!(output.stderr.matches("\n  - ").count() >= 4 && output.stderr.matches("hint: ").count() >= 3, "{}", output.stderr);
    assert_eq!(office.writes(), 0);
    assert_eq!(office.run("runs list --json").code(0).json()["runs"].as_array().map(Vec::len), Some(0));
}

#[test]
fn an_expired_access_token_is_renewed_on_the_way() {
    let office = Office::new();
    office.xero.fault(Fault::once("GET", "/api.xro/2.0/Contacts", FaultKind::TokenExpired));
    office.xero.fault(Fault::once("PUT", INVOICES, FaultKind::TokenExpired));
    office.run("sync").code(0);
    office.assert_the_month_is_there_once();
    office.xero.forget_sign_ins();
    let output = office.run("sync").code(4);
    assert!(output.stderr.contains("cspctl auth xero"), "{}", output.stderr);
}

//! Keys that run out, conventions that are not taken, fields by other names, and services that do not answer.

use std::time::Duration;

use super::{Desk, documents_alike};
use crate::stand_ins::dickerdata::options::{Options, Wanted};

#[test]
fn a_key_that_runs_out_is_renewed_and_the_reading_goes_on() {
    let whole = Desk::signed_in(Options::default()).sync();
    for refuses_softly in [false, true] {
        let desk = Desk::signed_in(Options { calls_a_key: 2, rows_a_page: 20, refuses_softly, ..Options::default() });
        assert_eq!(documents_alike(&desk.sync()), documents_alike(&whole), "softly: {refuses_softly}");
        assert!(desk.service.calls("AccessKeyRequest") > 5);
    }
}

#[test]
fn a_key_that_is_never_taken_is_renewed_once_and_no_more() {
    let mut desk = Desk::signed_in(Options { calls_a_key: 0, ..Options::default() });
    desk.read_api("convention = \"headers\"\napi_version = \"1.0\"");
    let output = desk.env.run(["reconcile", "--period", "2026-11"]).code(4);
    assert!(output.stderr.contains("AccessKey has expired"), "{}", output.stderr);
    assert!(desk.service.calls("AccessKeyRequest") <= 2, "{}", desk.service.calls("AccessKeyRequest"));
}

#[test]
fn a_convention_that_is_not_taken_is_named_with_the_services_words() {
    let mut desk = Desk::signed_in(Options { wanted: Wanted::Message, ..Options::default() });
    desk.read_api("convention = \"headers\"\napi_version = \"v1\"");
    let output = desk.env.run(["reconcile", "--period", "2026-11"]).code(1);
    assert!(output.stderr.contains("headers, DD-ApiVersion v1") && output.stderr.contains("RequestHeader is missing"), "{}", output.stderr);
}

#[test]
fn a_field_by_another_name_blocks_posting_until_the_configuration_names_it() {
    let desk = Desk::signed_in(Options::default());
    desk.service.books(|books| {
        for line in books.invoices.iter_mut().flat_map(|invoice| &mut invoice.lines) {
            let line = line.as_object_mut().unwrap();
            let quantity = line.remove("Quantity").unwrap();
            line.insert("UnitsBilled".to_owned(), quantity);
        }
    });
    let output = desk.env.run(["sync", "--period", "2026-11"]).code(1);
    assert!(output.stderr.contains("dickerdata.fields.quantity"), "{}", output.stderr);
    let mut desk = desk;
    desk.read_api("fields = { quantity = \"unitsbilled\" }");
    let whole = Desk::signed_in(Options::default()).sync();
    assert_eq!(documents_alike(&desk.sync()), documents_alike(&whole));
}

#[test]
fn hardware_on_the_same_account_is_told_and_not_billed() {
    let desk = Desk::signed_in(Options::default());
    let whole = Desk::signed_in(Options::default()).sync();
    desk.service.books(|books| {
        let mut invoice = crate::stand_ins::dickerdata::seed::Invoice::new("INV2611900", jiff::civil::date(2026, 11, 9));
        let fields =
            serde_json::json!({ "StockCode": "NB-14-I7", "StockDescription": "NOTEBOOK", "Quantity": "2", "UnitPrice": "1999.00", "LineAmount": "3998.00" });
        invoice.line(fields.as_object().unwrap().clone());
        books.invoices.push(invoice);
    });
    let json = desk.sync();
    assert_eq!(documents_alike(&json), documents_alike(&whole));
    assert!(json["coverage"]["rows_skipped"].to_string().contains("no Microsoft subscription"));
}

#[test]
fn a_service_that_is_too_slow_ends_with_a_message() {
    let desk = Desk::signed_in(Options { delay: Duration::from_millis(1_500), ..Options::default() });
    let mut env = desk.env;
    let config = env.read("config.toml") + "[network]\ntimeout_seconds = 1\n";
    env.write("config.toml", config);
    let output = env.run(["reconcile", "--period", "2026-11"]).code(1);
    assert!(output.stderr.contains("did not answer"), "{}", output.stderr);
}

#[test]
fn a_service_that_is_not_there_is_named_without_the_code() {
    let desk = Desk::signed_in(Options::default());
    let Desk { env, server, .. } = desk;
    drop(server);
    let output = env.run(["pull"]).code(1);
    assert!(output.stderr.contains("cannot reach 127.0.0.1") && !output.stderr.contains(super::ACCESS_CODE), "{}", output.stderr);
}

#[test]
fn more_pages_than_allowed_and_dates_in_another_form() {
    let mut desk = Desk::signed_in(Options { rows_a_page: 10, ..Options::default() });
    desk.read_api("pages_at_most = 2");
    let output = desk.env.run(["pull", "--period", "2026-11"]).code(1);
    assert!(output.stderr.contains("more than 2 pages") && output.stderr.contains("dickerdata.pages_at_most"), "{}", output.stderr);
    desk.read_api("request_date_format = \"%d/%m/%Y\"");
    let output = desk.env.run(["pull", "--period", "2026-11"]).code(1);
    assert!(output.stderr.contains("is not a date"), "the stand-in takes ISO only: {}", output.stderr);
}

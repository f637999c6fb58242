//! The JSON document is a contract (`docs/json.md`): exactly these keys, of these types.

use serde_json::Value;

use crate::small::{array, contoso, env, error_of, invoice, row, rows, with_invoice};

const CODES: [&str; 29] = [
    "customer-unmapped",
    "product-unmapped",
    "price-missing",
    "margin-below-floor",
    "quantity-differs",
    "charged-not-owned",
    "owned-not-charged",
    "bought-elsewhere",
    "suspended-but-charged",
    "idle-seats",
    "over-assigned",
    "not-invoiced",
    "invoiced-not-charged",
    "invoiced-quantity-differs",
    "invoiced-price-differs",
    "duplicate-in-xero",
    "changed-after-posting",
    "changed-at-source",
    "cost-changed",
    "sell-unchanged",
    "renewal-soon",
    "cancel-window-closing",
    "extended-service-term",
    "tenant-unreachable",
    "source-stale",
    "total-mismatch",
    "currency-mixed",
    "exception-lapsed",
    "older-than-period",
];
const NOTHING_COMPARED: &str = "nothing-compared";

/// What a value must be.
enum Is {
    Count,
    Text,
    /// Not empty.
    Word,
    TextOrNull,
    Null,
    /// At least two decimals.
    Money,
    /// Two to four decimals.
    Price,
    Quantity,
    Date,
    Key,
    OneOf(&'static [&'static str]),
    Code,
    List(fn(&Value)),
    Object(fn(&Value)),
}

/// Optional minus, digits, and so many decimals after a point.
fn is_number(text: &str, decimals: std::ops::RangeInclusive<usize>) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    match text.split_once('.') {
        Some((whole, after)) => digits(whole) && digits(after) && decimals.contains(&after.len()),
        None => digits(text) && decimals.contains(&0),
    }
}

fn is_date(text: &str) -> bool {
    text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10
}

#[track_caller]
fn check(value: &Value, is: &Is) {
    let text = value.as_str();
    let holds = match is {
        Is::Count => value.is_u64(),
        Is::Text => text.is_some(),
        Is::Word => text.is_some_and(|text| !text.trim().is_empty()),
        Is::TextOrNull => value.is_null() || text.is_some_and(|text| !text.is_empty()),
        Is::Null => value.is_null(),
        Is::Money => text.is_some_and(|text| is_number(text, 2..=2)),
        Is::Price => text.is_some_and(|text| is_number(text, 2..=4)),
        Is::Quantity => text.is_some_and(|text| is_number(text, 0..=10) && !(text.contains('.') && text.ends_with('0'))),
        Is::Date => text.is_some_and(is_date),
        Is::Key => text.is_some_and(|text| text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))),
        Is::OneOf(words) => text.is_some_and(|text| words.contains(&text)),
        Is::Code => text.is_some_and(|text| CODES.contains(&text) || text == NOTHING_COMPARED),
        Is::List(each) => {
            array(value).iter().for_each(each);
            true
        }
        Is::Object(each) => {
            each(value);
            true
        }
    };
    assert!(holds, "{value}");
}

/// Exactly these keys.
#[track_caller]
fn shape(value: &Value, keys: &[(&str, Is)]) {
    let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    let mut found: Vec<&str> = object.keys().map(String::as_str).collect();
    let mut expected: Vec<&str> = keys.iter().map(|(key, _)| *key).collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{value}");
    for (key, is) in keys {
        check(&object[*key], is);
    }
}

fn whole(json: &Value) {
    assert_eq!(json["schema_version"], 1);
    assert!(json["digest"].as_str().is_some_and(|digest| digest.len() == 71 && digest.starts_with("sha256:")), "{}", json["digest"]);
    shape(
        json,
        &[
            ("schema_version", Is::Count),
            ("run", Is::Word),
            ("period", Is::Word),
            ("mode", Is::OneOf(&["reconcile", "dry-run", "posted", "exported"])),
            ("digest", Is::Word),
            ("coverage", Is::Object(coverage)),
            ("documents", Is::List(document)),
            ("held", Is::List(held)),
            ("findings", Is::List(finding)),
            ("totals", Is::Object(totals)),
            ("blockers", Is::List(|value| check(value, &Is::Word))),
            ("other_periods", Is::List(other_period)),
            ("files", Is::List(|value| check(value, &Is::Word))),
        ],
    );
}

fn coverage(value: &Value) {
    shape(
        value,
        &[
            ("charges_read", Is::Count),
            ("charges_billed", Is::Count),
            ("charges_held", Is::Count),
            ("charges_ignored", Is::Count),
            ("charges_already_billed", Is::Count),
            ("charges_other_periods", Is::Count),
            ("rows_skipped", Is::List(|row| shape(row, &[("file", Is::Word), ("row", Is::Count), ("column", Is::Text), ("reason", Is::Word)]))),
            ("calendar_month_cycles", Is::Count),
            ("tenants_compared", Is::Count),
            ("tenants_unreachable", Is::List(|tenant| shape(tenant, &[("tenant_id", Is::Word), ("name", Is::Text), ("reason", Is::Word)]))),
            ("tenants_not_asked", Is::Count),
        ],
    );
}

fn document(value: &Value) {
    shape(
        value,
        &[
            ("kind", Is::OneOf(&["bill", "invoice", "credit-note", "supplier-credit"])),
            ("number", Is::Word),
            ("period", Is::Word),
            ("contact_id", Is::TextOrNull),
            ("contact_name", Is::Word),
            ("tenant_id", Is::TextOrNull),
            ("date", Is::Date),
            ("due_date", Is::Date),
            ("currency", Is::OneOf(&["AUD", "NZD"])),
            ("status", Is::OneOf(&["DRAFT", "SUBMITTED", "AUTHORISED"])),
            ("reference", Is::TextOrNull),
            ("lines", Is::List(line)),
            ("sub_total", Is::Money),
            ("state", Is::OneOf(&["planned", "posted", "exists", "exported", "failed", "unknown"])),
            ("xero_id", Is::Null),
            ("url", Is::Null),
            ("error", Is::Null),
        ],
    );
    assert!(!value["sub_total"].as_str().unwrap().starts_with('-'), "the kind carries the sign: {value}");
    assert!(!array(&value["lines"]).is_empty(), "{value}");
}

fn line(value: &Value) {
    shape(
        value,
        &[
            ("key", Is::Key),
            ("description", Is::Word),
            ("quantity", Is::Quantity),
            ("unit_amount", Is::Price),
            ("line_amount", Is::Money),
            ("account_code", Is::Word),
            ("tax_type", Is::TextOrNull),
        ],
    );
}

fn held(value: &Value) {
    shape(
        value,
        &[
            ("key", Is::Key),
            ("code", Is::Code),
            ("tenant_id", Is::TextOrNull),
            ("tenant_name", Is::Text),
            ("stock_code", Is::Word),
            ("description", Is::Text),
            ("cost", Is::Money),
            ("reason", Is::Word),
            ("fix", Is::Word),
        ],
    );
}

fn finding(value: &Value) {
    shape(
        value,
        &[
            ("code", Is::Code),
            ("severity", Is::OneOf(&["info", "warning", "action"])),
            ("tenant_id", Is::TextOrNull),
            ("offer", Is::TextOrNull),
            ("message", Is::Word),
            ("figures", Is::Object(|figures| figures.as_object().unwrap().values().for_each(|figure| check(figure, &Is::Text)))),
            ("fix", Is::Text),
        ],
    );
}

fn totals(value: &Value) {
    shape(value, &[("cost", Is::Money), ("sell", Is::Money), ("margin", Is::Money), ("held_cost", Is::Money)]);
}

fn other_period(value: &Value) {
    shape(value, &[("period", Is::Word), ("charges", Is::Count), ("cost", Is::Money)]);
}

#[test]
fn the_sample_month_has_exactly_the_published_keys_and_types() {
    let env = contoso();
    for command in ["reconcile", "sync --dry-run", "sync", "sync", "reconcile"] {
        let output = env.run(command.split(' ').chain(["--json"])).code(0);
        whole(&output.json());
        assert!(output.stdout.ends_with("}\n"), "ends with a line break");
    }
}

#[test]
fn a_month_with_nothing_in_it_has_the_same_shape() {
    let json = with_invoice("invoice.csv", &invoice(&[])).run(["sync", "--json"]).code(0).json();
    whole(&json);
    for list in ["documents", "held", "blockers", "other_periods", "files"] {
        assert_eq!(array(&json[list]).len(), 0, "{list}");
    }
    assert_eq!(json["totals"], serde_json::json!({ "cost": "0.00", "sell": "0.00", "margin": "0.00", "held_cost": "0.00" }));
}

#[test]
fn rows_that_cannot_be_read_and_blockers_have_the_same_shape() {
    let mut bad = rows();
    bad.push(row(3, "three"));
    let json = with_invoice("invoice.csv", &invoice(&bad)).run(["reconcile", "--json"]).code(0).json();
    whole(&json);
    assert_eq!(array(&json["coverage"]["rows_skipped"]).len(), 1);
    assert_eq!(array(&json["coverage"]["rows_skipped"])[0]["row"], 6);
}

#[test]
fn the_published_codes_are_the_programs_own() {
    let own: Vec<&str> = cspctl::domain::finding::Code::ALL.iter().map(|code| code.as_str()).collect();
    let published: Vec<&str> = CODES.into_iter().chain([NOTHING_COMPARED]).collect();
    assert_eq!(own, published);
}

#[test]
fn a_failure_is_one_object_on_standard_error_and_nothing_on_standard_output() {
    let env = env();
    std::fs::remove_file(env.path("invoice.csv")).unwrap();
    for command in ["sync", "reconcile", "explain DD-2026-11", "sync --dry-run", "map products"] {
        let output = env.run(command.split(' ').chain(["--json"])).code(1);
        assert_eq!(output.stdout, "", "{command}");
        let error = error_of(&output);
        assert_eq!(error["code"], "failed");
        assert!(error["message"].as_str().unwrap().contains("invoice"), "{error}");
    }
}

#[test]
fn a_refused_month_is_a_whole_document_and_one_error_object() {
    let mut bad = rows();
    bad.push(row(3, "three"));
    let output = with_invoice("invoice.csv", &invoice(&bad)).run(["sync", "--json"]).code(1);
    whole(&output.json());
    assert!(error_of(&output)["message"].as_str().unwrap().contains("invoice.csv row 6"));
    let output = with_invoice("invoice.csv", &invoice(&bad)).run(["reconcile", "--check", "--json"]).code(5);
    whole(&output.json());
    assert_eq!(error_of(&output)["code"], "needs-attention");
}

#[test]
fn catching_up_prints_the_document_too() {
    let output = env().run(["sync", "--catch-up", "--period", "2026-11", "--json"]).code(0);
    let json = output.json();
    whole(&json);
    assert_eq!(json["coverage"]["charges_already_billed"], 4);
}

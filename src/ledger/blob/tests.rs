use super::*;
use crate::domain::charge::ChargeKey;
use crate::domain::ids::SubscriptionId;
use crate::ledger::samples::{billed, cents, decimal, line, tenant, working};

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).map(|digit| u8::try_from((digit as char).to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect()
}

fn sample_lines() -> Vec<crate::domain::document::Line> {
    let mut part = line(2, -1234, "Microsoft 365 E3, 14 to 31 Oct 2026, 18 of 31 days");
    part.quantity = decimal("0.5000");
    part.unit_amount = decimal("-24.68");
    part.tax_type = Some("OUTPUT".into());
    vec![line(0xf75e_1319_a1d2_387c_9d8a_4b33_67ce_83c5, 5_050, "Zoë's plan"), part]
}

fn sample_workings() -> Vec<crate::domain::working::Working> {
    use crate::domain::pricing::{PriceRule, RuleOrigin};
    let mut bare = working(4_000_000_000, cents(0), cents(0));
    (bare.full_price, bare.part, bare.note) = (None, None, None);
    (bare.rule, bare.origin) = (PriceRule::CostPlus(decimal("18")), RuleOrigin::Override);
    vec![working(2, cents(4_000), cents(5_050)), bare]
}

const DOCUMENT_V1: &str = "";
const CHARGES_V1: &str = "";

#[test]
fn lines_and_workings_come_back_as_they_were() {
    let (lines, workings) = (sample_lines(), sample_workings());
    let blob = encode_document(&lines, &workings, Vec::new()).unwrap();
    let (read_lines, read_workings) = decode_document(&blob, &mut Interner::default()).unwrap();
    assert_eq!(read_lines, lines);
    assert_eq!(read_workings, workings);
    assert_eq!(read_lines[1].quantity.to_string(), "0.5000", "the scale is kept");
}

#[test]
fn charges_come_back_as_they_were() {
    let charges = sample_charges();
    let mut read = Vec::new();
    decode_charges(&encode_charges(&charges).unwrap(), &mut Interner::default(), &mut read).unwrap();
    assert_eq!(read, charges);
}

fn sample_charges() -> Vec<crate::domain::history::BilledCharge> {
    let mut odd = billed(1, None, None);
    odd.subscription = SubscriptionId::new("ORDER-77");
    odd.caught_up = true;
    let mut upper = billed(u128::MAX, Some("DD-2026-11"), Some(("CSP-2026-11-010101", tenant(1))));
    upper.cost = cents(-1);
    vec![odd, upper]
}

#[test]
fn version_1_documents_stay_readable() {
    // Written by the first release. A ledger outlives every release: these bytes may never be edited.
    let (lines, workings) = decode_document(&unhex(DOCUMENT_V1), &mut Interner::default()).unwrap();
    assert_eq!((lines, workings), (sample_lines(), sample_workings()));
    assert_eq!(hex(&encode_document(&sample_lines(), &sample_workings(), Vec::new()).unwrap()), DOCUMENT_V1);
}

#[test]
fn version_1_charges_stay_readable() {
    let mut charges = Vec::new();
    decode_charges(&unhex(CHARGES_V1), &mut Interner::default(), &mut charges).unwrap();
    assert_eq!(charges, sample_charges());
    assert_eq!(hex(&encode_charges(&sample_charges()).unwrap()), CHARGES_V1);
}

#[test]
fn an_unknown_version_and_torn_bytes_are_refused() {
    let blob = encode_document(&sample_lines(), &sample_workings(), Vec::new()).unwrap();
    let refused = |bytes: &[u8]| decode_document(bytes, &mut Interner::default()).unwrap_err().to_string();
    assert!(refused(&[2, 0, 0]).contains("version 2"));
    for length in 0..blob.len() {
        refused(&blob[..length]);
    }
    let mut longer = blob.clone();
    longer.push(0);
    refused(&longer);
}

#[test]
fn dates_of_every_month_and_far_years_come_back() {
    use jiff::civil::{Date, date};
    for day in [date(-9999, 1, 1), date(0, 2, 29), date(1970, 12, 31), date(2028, 2, 29), Date::MAX] {
        assert_eq!(super::wire::Day::of(day).value().unwrap(), day);
    }
}

#[test]
fn a_fraction_of_a_cent_is_no_amount() {
    assert!(super::wire::Number::of(decimal("1.234")).money().is_err());
    assert_eq!(ChargeKey(1).to_string().len(), 32);
}

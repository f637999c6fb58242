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

fn encoded(lines: &[crate::domain::document::Line], workings: &[crate::domain::working::Working]) -> Vec<u8> {
    let mut buffer = vec![9; 100];
    encode_document(lines, workings, &mut buffer).unwrap();
    buffer
}

#[test]
fn a_document_larger_than_the_buffer_is_written_whole() {
    let lines: Vec<_> = (0..2_000).map(|key| line(key, 100, "a description of some length, so that the buffer has to grow")).collect();
    let (read, _) = decode_document(&encoded(&lines, &[]), &mut Interner::default()).unwrap();
    assert_eq!(read, lines);
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

const DOCUMENT_V1: &str = "010503323030064f55545055540b696e766f6963652e6373760c616e6e756974792e786c73780961732061677265656420f75e1319a1d2387c9d8a4b3367ce83c50000000000\
    0000000000000000000002020b5a6fc3ab277320706c616e000202f44e02f44e0000324d6963726f736f6674203336352045332c20313420746f203331204f63742032303236\
    2c203138206f66203331206461797304904e02c72602a313000101020202c2d57efcd57e000202c03e02c03e020131010102f0e804010c0131010307010024003e9cd57edad5\
    7e010102f44e01040280d0acf30ec2d57efcd57e000202000200010024000000020000";
const CHARGES_V1: &str = "0103175031593a43465137545443304c4348433a303030323a310a44442d323032362d3131124353502d323032362d31312d3031303130312000000000000000000000000000\
    000001ffffffffffffffffffffffffffffffff02c2d57e01086f726465722d373700c2d57efcd57e0024048ab52202f69806000001c2d57e0010f9c1ea2d2c6e47178c3b7130\
    812d70ba00c2d57efcd57e0024048ab522020101010102100101010101010101010101010101010102c0a9070100";

#[test]
fn lines_and_workings_come_back_as_they_were() {
    let (lines, workings) = (sample_lines(), sample_workings());
    let blob = encoded(&lines, &workings);
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
    assert_eq!(hex(&encoded(&sample_lines(), &sample_workings())), DOCUMENT_V1);
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
    let blob = encoded(&sample_lines(), &sample_workings());
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
fn numbers_of_any_size_come_back_with_their_scale() {
    for text in ["0", "-0.00", "28.1925", "-9223372036854775808", "9223372036854775808", "79228162514264337593543950335", "-7.9228162514264337593543950335"] {
        let bytes = postcard::to_allocvec(&super::wire::Number::of(decimal(text))).unwrap();
        let read: super::wire::Number = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(read.value().unwrap(), decimal(text));
        assert_eq!(read.value().unwrap().scale(), decimal(text).scale(), "{text}");
    }
}

#[test]
fn a_fraction_of_a_cent_is_no_amount() {
    assert!(super::wire::Number::of(decimal("1.234")).money().is_err());
    assert_eq!(ChargeKey(1).to_string().len(), 32);
}

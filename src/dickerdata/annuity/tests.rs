use jiff::civil::date;

use super::*;
use crate::sheet::testing::Folder;

const HEADINGS: &str = "TENANT ID,TENANT NAME,SUBSCRIPTION ID,STOCK CODE,STOCK DESCRIPTION,REFERENCE,QTY,CHARGE TYPE,STATUS,START USAGE,END USAGE,REVALUATION PERIOD,UNIT PRICE,UNIT RRP\n";
const ROW: &str = "196e2273-9651-43a3-ba7e-7cbcd918fc40,Contoso,SUB-1,P1Y:CFQ7TTC0LCHC:0002:1:,Business Premium,DO NOT USE - ...,18,nce,Active,31-MAR-2026,30/11/2026,46477,\"$1,338.31\",405.97\n";

fn read_files(files: &[&str]) -> Annuity {
    let folder = Folder::new();
    let paths: Vec<_> =
        files.iter().enumerate().map(|(number, content)| folder.write(&format!("annuity-{number}.csv"), format!("{HEADINGS}{content}"))).collect();
    read(&paths).unwrap()
}

#[test]
fn a_row_becomes_a_line_with_all_its_facts() {
    let annuity = read_files(&[ROW]);
    let [line] = annuity.lines.as_slice() else { panic!("{annuity:?}") };
    assert_eq!(line.tenant_id.unwrap().to_string(), "196e2273-9651-43a3-ba7e-7cbcd918fc40");
    assert_eq!((&*line.tenant_name, line.subscription.as_str(), line.stock_code.as_str()), ("Contoso", "sub-1", "P1Y:CFQ7TTC0LCHC:0002:1"));
    assert_eq!((&*line.description, &*line.charge_type, line.active), ("Business Premium", "NCE", true));
    assert_eq!((line.start_usage, line.end_usage, line.expiry), (Some(date(2026, 3, 31)), Some(date(2026, 11, 30)), Some(date(2027, 3, 31))));
    assert_eq!((line.unit_price.unwrap().to_string(), line.unit_rrp.unwrap().to_string()), ("1338.31".to_owned(), "405.97".to_owned()));
    assert_eq!((line.quantity, line.source.row), (18.into(), 2));
}

#[test]
fn blank_prices_are_missing_and_not_zero() {
    let annuity = read_files(&[&ROW.replace("\"$1,338.31\",405.97", ",0.00")]);
    assert_eq!((annuity.lines[0].unit_price, annuity.lines[0].unit_rrp), (None, Some(Decimal::ZERO)));
}

#[test]
fn bad_rows_are_reported_and_bad_dates_cost_only_the_date() {
    let rows = [
        ROW.replace(",18,", ",many,"),
        ROW.replace("46477", "soon"),
        ROW.replace(",18,", ",,"),
        ROW.replace(",18,", ",,").replace("nce", "MODN"),
        "Total,,,,,,54\n".to_owned(),
    ];
    let annuity = read_files(&[&rows.concat()]);
    let skipped: Vec<_> = annuity.skipped.iter().map(|row| (row.row, &*row.column, &*row.reason)).collect();
    assert_eq!(
        skipped,
        [
            (2, "QTY", "`many` is not a number such as 1,234.50"),
            (3, "REVALUATION PERIOD", "`soon` is not a date such as 30-NOV-2026, 30/11/2026 or 2026-11-30; the row is used without it"),
            (4, "QTY", "the number is missing"),
            (6, "", "it has neither subscription nor stock code"),
        ]
    );
    assert_eq!(annuity.lines.iter().map(|line| (line.source.row, line.expiry.is_some())).collect::<Vec<_>>(), [(3, false), (5, true)]);
}

#[test]
fn only_another_status_makes_a_row_inactive() {
    for (status, active) in [("Active", true), ("ACTIVE", true), ("", true), ("Cancelled", false), ("Suspended", false)] {
        assert_eq!(read_files(&[&ROW.replace("Active", status)]).lines[0].active, active, "{status}");
    }
}

#[test]
fn rows_of_one_file_are_added_but_an_older_list_beside_a_newer_one_doubles_no_seats() {
    assert_eq!(read_files(&[&ROW.repeat(2)]).lines.len(), 2);
    let gone = ROW.replace("SUB-1", "SUB-0");
    let annuity = read_files(&[&format!("{gone}{ROW}"), &ROW.replace(",18,", ",20,")]);
    let lines: Vec<_> = annuity.lines.iter().map(|line| (line.subscription.as_str(), line.quantity.to_string())).collect();
    assert_eq!(lines, [("sub-0", "18".to_owned()), ("sub-1", "20".to_owned())]);
    assert_eq!(annuity.repeated, [RepeatedRows { file: "annuity-0.csv".into(), rows: 1 }]);
}

#[test]
fn a_missing_price_column_is_named() {
    let folder = Folder::new();
    let error = read(&[folder.write("a.csv", HEADINGS.replace(",UNIT RRP", ""))]).unwrap_err();
    assert!(error.message.starts_with("a.csv has no column `UNIT RRP`; found: TENANT ID"), "{error}");
}

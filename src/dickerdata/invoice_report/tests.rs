use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::domain::money::Money;
use crate::sheet::testing::Folder;

const HEADINGS: &str = "TENANT NAME,SUBSCRIPTION ID,STOCK CODE,USAGE START,USAGE END,QTY,UNIT PRICE,TERM START,TERM END\n";
const ROW: &str = "Contoso,sub-1,P1Y:CFQ7TTC0LCHC:0002:1:,01-NOV-2026,30-NOV-2026,18,28.1925,01-APR-2026,31-MAR-2027\n";

fn read_files(files: &[&str]) -> Result<InvoiceReport, ReadError> {
    let folder = Folder::new();
    let mut reader = InvoiceReportReader::new(None);
    for (number, content) in files.iter().enumerate() {
        reader.read(&folder.write(&format!("report-{number}.csv"), content))?;
    }
    Ok(reader.finish())
}

fn read_text(content: &str) -> InvoiceReport {
    read_files(&[content]).unwrap()
}

fn with_amount(rows: &str) -> InvoiceReport {
    read_text(&format!("SUBSCRIPTION ID,STOCK CODE,USAGE START,USAGE END,QTY,UNIT PRICE,LINE AMOUNT,TENANT NAME\n{rows}"))
}

fn keys(report: &InvoiceReport) -> Vec<String> {
    let mut keys: Vec<String> = report.charges.iter().map(|charge| charge.key.to_string()).collect();
    keys.sort();
    keys
}

fn costs(report: &InvoiceReport) -> Vec<String> {
    report.charges.iter().map(|charge| charge.cost.to_string()).collect()
}

#[test]
fn a_row_becomes_a_charge_with_all_its_facts() {
    let report = read_text(&format!("{HEADINGS}{ROW}"));
    let [charge] = report.charges.as_slice() else { panic!("{report:?}") };
    assert_eq!(charge.subscription.as_str(), "sub-1", "an id that is no GUID is kept as text");
    assert_eq!(charge.stock_code.as_str(), "P1Y:CFQ7TTC0LCHC:0002:1");
    assert_eq!((charge.usage.start, charge.usage.end), (date(2026, 11, 1), date(2026, 11, 30)));
    assert_eq!((charge.term_start, charge.term_end), (Some(date(2026, 4, 1)), Some(date(2027, 3, 31))));
    assert_eq!((charge.quantity.to_string(), charge.unit_cost.to_string(), charge.cost.to_string()), ("18".into(), "28.1925".into(), "507.47".into()));
    assert_eq!((&*charge.tenant_name, charge.stated_tenant), ("Contoso", None));
    assert_eq!((&*charge.source.file, charge.source.row), ("report-0.csv", 2));
    assert!(report.skipped.is_empty() && report.amount_differs.is_empty() && report.currency.is_none());
}

#[test]
fn optional_columns_are_used_wherever_they_stand() {
    let report = read_text(
        "Currency,inv no,Tax Invoice Date,Quantity,Unit Cost,Sub-total (ex. GST),Tenant-Id,Usage end,usage_start,stock code,Product,Subscription Id,Unknown\n\
         aud,INV-7,05/12/2026,2,10.005,20.01,196E2273-9651-43a3-ba7e-7cbcd918fc40,30/11/2026,2026-11-01,X:1,Business Premium,S,?\n",
    );
    let [charge] = report.charges.as_slice() else { panic!("{report:?}") };
    assert_eq!(charge.stated_tenant.unwrap().to_string(), "196e2273-9651-43a3-ba7e-7cbcd918fc40");
    assert_eq!((charge.invoice_number.as_deref(), charge.invoice_date), (Some("INV-7"), Some(date(2026, 12, 5))));
    assert_eq!((&*charge.description, charge.cost.to_string(), report.currency.as_deref()), ("Business Premium", "20.01".into(), Some("AUD")));
}

#[test]
fn reordered_columns_give_the_same_keys() {
    let reordered = read_text(
        "UNIT PRICE,QTY,USAGE END,USAGE START,STOCK CODE,SUBSCRIPTION ID,TENANT NAME\n\
         $28.19250,18.0,46356,2026-11-01T00:00:00,p1y:cfq7ttc0lchc:0002:1,SUB-1,Contoso\n",
    );
    assert_eq!(keys(&reordered), keys(&read_text(&format!("{HEADINGS}{ROW}"))));
}

#[test]
fn a_missing_or_renamed_column_is_named_with_those_found() {
    let error = read_files(&["TENANT NAME,SUB,STOCK CODE,USAGE START,USAGE END,QTY,UNIT PRICE\n"]).unwrap_err();
    assert_eq!(error.message, "report-0.csv has no column `SUBSCRIPTION ID`; found: TENANT NAME, SUB, STOCK CODE, USAGE START, USAGE END, QTY, UNIT PRICE");
    assert!(error.hints[0].contains("CSP Invoice Report"), "{:?}", error.hints);
    let error = read_files(&["SUBSCRIPTION ID,STOCK CODE,USAGE START,USAGE END\n"]).unwrap_err();
    assert!(
        error.message.contains("no columns `QTY`, `UNIT PRICE`, `TENANT NAME` or `TENANT ID`;") || error.message.contains("`TENANT NAME` or `TENANT ID`"),
        "{error}"
    );
}

#[test]
fn a_column_that_stands_twice_is_refused_with_both_places() {
    let error = read_files(&["TENANT NAME,SUBSCRIPTION ID,STOCK CODE,USAGE START,USAGE END,QTY,UNIT PRICE,Qty\n"]).unwrap_err();
    assert_eq!(error.message, "report-0.csv has the column `QTY` twice, as columns F and H");
}

#[test]
fn titles_blank_rows_and_repeated_headings_are_passed_over() {
    let report = read_text(&format!("CSP Invoice Report,,\n\nNovember 2026\n{HEADINGS}{ROW},,,,\n\n{}{}", HEADINGS.to_lowercase(), ROW.replace("18", "19")));
    assert_eq!(report.charges.iter().map(|charge| charge.source.row).collect::<Vec<_>>(), [5, 9], "rows as a spreadsheet counts them");
    assert!(report.skipped.is_empty() && report.remarks.is_empty(), "{report:?}");
}

#[test]
fn an_export_without_rows_is_no_error() {
    assert!(read_text(HEADINGS).charges.is_empty());
}

#[test]
fn rule_23_an_unreadable_row_is_reported_and_the_others_are_used() {
    let bad = [
        ("18,28", "x8,28", "QTY", "`x8` is not a number such as 1,234.50"),
        ("28.1925", "", "UNIT PRICE", "the number is missing"),
        ("01-NOV-2026", "31-NOV-2026", "USAGE START", "`31-NOV-2026` is not a date such as 30-NOV-2026, 30/11/2026 or 2026-11-30"),
        ("30-NOV-2026", "", "USAGE END", "the date is missing"),
        ("30-NOV-2026", "31-OCT-2026", "USAGE END", "31 Oct 2026 is before 1 Nov 2026, the usage start"),
        ("31-MAR-2027", "never", "TERM END", "`never` is not a date such as 30-NOV-2026, 30/11/2026 or 2026-11-30"),
        ("28.1925", "9999999999", "UNIT PRICE", "`9999999999` is too large a number"),
    ];
    for (good, wrong, column, reason) in bad {
        let report = read_text(&format!("{HEADINGS}{ROW}{}{}", ROW.replacen(good, wrong, 1), ROW.replace("sub-1", "sub-2")));
        assert_eq!(report.charges.len(), 2, "{reason}");
        assert_eq!(report.skipped, [SkippedRow { file: "report-0.csv".into(), row: 3, column: column.to_owned(), reason: reason.to_owned() }]);
    }
}

#[test]
fn one_unreadable_number_among_ten_thousand_rows_is_found() {
    use std::fmt::Write as _;
    let mut content = HEADINGS.to_owned();
    for number in 2..=10_001 {
        let quantity = if number == 7_777 { "1O".to_owned() } else { number.to_string() };
        write!(content, "{}", ROW.replace("sub-1", &format!("sub-{number}")).replace(",18,", &format!(",{quantity},"))).unwrap();
    }
    let report = read_text(&content);
    assert_eq!(report.charges.len(), 9_999);
    assert_eq!(report.skipped.iter().map(|row| (row.row, &*row.column)).collect::<Vec<_>>(), [(7_777, "QTY")]);
}

#[test]
fn a_row_that_slid_out_of_its_columns_is_reported() {
    let report = read_text(&format!("{HEADINGS}{}{ROW}", ROW.replace("Contoso", "Contoso, Ltd")));
    assert_eq!((report.charges.len(), report.skipped.len()), (1, 1));
    assert!(report.skipped[0].reason.contains("more cells than there are headings"), "{:?}", report.skipped);
    let report = read_text(&format!("{HEADINGS}{}{ROW}", ROW.replace("Contoso", "\"Con\"toso")));
    assert!(report.skipped[0].reason.contains("quotation mark"), "{:?}", report.skipped);
}

#[test]
fn zero_and_negative_quantities_are_kept() {
    let report = with_amount(
        "a,X:1,01-NOV-2026,30-NOV-2026,-2,10.00,-20.00,C\n\
         b,X:1,01-NOV-2026,30-NOV-2026,0,10.00,0,C\n\
         c,X:1,01-NOV-2026,30-NOV-2026,1,0.00,$0.00,C\n\
         d,X:1,01-NOV-2026,30-NOV-2026,3,(1.10),\"($3.30)\",C\n",
    );
    assert_eq!(costs(&report), ["-20.00", "0.00", "0.00", "-3.30"]);
    assert!(report.skipped.is_empty() && report.amount_differs.is_empty());
}

#[test]
fn rule_1_the_amount_column_counts_and_a_difference_beyond_half_a_cent_a_seat_is_told() {
    let report = with_amount(
        "a,X:1,01-NOV-2026,30-NOV-2026,18,28.1925,507.55,C\n\
         b,X:1,01-NOV-2026,30-NOV-2026,18,28.1925,507.56,C\n\
         c,X:1,01-NOV-2026,30-NOV-2026,1,10.005,10.00,C\n\
         d,X:1,01-NOV-2026,30-NOV-2026,2,10,,C\n",
    );
    assert_eq!(costs(&report), ["507.55", "507.56", "10.00", "20.00"]);
    assert_eq!(report.amount_differs, [AmountDiffers { charge: 1, computed: Money::round_half_away("507.465".parse().unwrap()) }]);
}

#[test]
fn rule_1_an_amount_with_gst_is_never_the_cost() {
    let row = "a,X:1,01-NOV-2026,30-NOV-2026,1,10,11.00,1.00,C\n";
    for (headings, cost) in [
        ("SUBSCRIPTION ID,STOCK CODE,USAGE START,USAGE END,QTY,UNIT PRICE,AMOUNT INC GST,GST,TENANT NAME", "10.00"),
        ("SUBSCRIPTION ID,STOCK CODE,USAGE START,USAGE END,QTY,UNIT PRICE,TOTAL,GST,TENANT NAME", "10.00"),
        ("SUBSCRIPTION ID,STOCK CODE,USAGE START,USAGE END,QTY,UNIT PRICE,TOTAL,REMARK,TENANT NAME", "11.00"),
        ("SUBSCRIPTION ID,STOCK CODE,USAGE START,USAGE END,QTY,UNIT PRICE,TOTAL,AMOUNT EXCL GST,TENANT NAME", "1.00"),
        ("SUBSCRIPTION ID,STOCK CODE,USAGE START,USAGE END,QTY,UNIT PRICE,EXTENDED PRICE,GST,TENANT NAME", "11.00"),
    ] {
        assert_eq!(costs(&read_text(&format!("{headings}\n{row}"))), [cost], "{headings}");
    }
}

#[test]
fn rule_1_stated_totals_are_no_charges() {
    let report = with_amount(
        "a,X:1,01-NOV-2026,30-NOV-2026,1,10,10.00,C\n\
         b,X:1,01-NOV-2026,30-NOV-2026,1,20,20.00,C\n\
         ,,,,2,,30.00,C total\n\
         c,X:1,01-NOV-2026,30-NOV-2026,1,5,5.00,D\n\
         ,,,,,,5.00,\n\
         ,,,,,,\"$35.00\",Grand Total\n\
         ,,,,,,3.50,GST\n\
         ,,,,,,38.50,Total (incl. GST)\n\
         End of report,,,,,,,\n",
    );
    assert_eq!(report.charges.len(), 3);
    assert!(report.total_differs.is_empty(), "{:?}", report.total_differs);
    // The last row's text stands in the column of ids, so it may be a charge.
    assert_eq!(report.skipped.iter().map(|row| row.row).collect::<Vec<_>>(), [10]);
    assert_eq!(report.remarks.iter().map(|row| row.row).collect::<Vec<_>>(), [8, 9]);
}

#[test]
fn rule_1_a_stated_total_that_differs_is_told_with_both_figures() {
    for total in [",,,,,,31.00,Total\n", ",,,,,,31.00,\n"] {
        let report = with_amount(&format!("a,X:1,01-NOV-2026,30-NOV-2026,3,10,30.00,C\n{total}"));
        let (stated, computed) = (Money::round_half_away(31.into()), Money::round_half_away(30.into()));
        assert_eq!(report.total_differs, [TotalDiffers { file: "report-0.csv".into(), row: 3, stated, computed }]);
        assert!(report.skipped.is_empty());
    }
}

#[test]
fn a_total_without_a_column_of_amounts_stands_in_the_column_of_prices() {
    let report = read_text(&format!("{HEADINGS}{ROW}Total,,,,,,507.47,,\n"));
    assert!(report.total_differs.is_empty() && report.skipped.is_empty() && report.charges.len() == 1);
    assert_eq!(read_text(&format!("{HEADINGS}{ROW}Total,,,,,,507.48,,\n")).total_differs.len(), 1);
}

#[test]
fn a_row_with_figures_but_without_ids_may_be_a_charge_and_is_reported() {
    let report = with_amount(",,01-NOV-2026,30-NOV-2026,1,10,10.00,C\n");
    assert_eq!(report.skipped.len(), 1);
    assert_eq!(report.skipped[0].reason, "SUBSCRIPTION ID and STOCK CODE are both blank, and the row is not a total");
    let one_id = with_amount("a,,01-NOV-2026,30-NOV-2026,1,10,10.00,C\n,X:1,01-NOV-2026,30-NOV-2026,1,10,10.00,C\n");
    assert_eq!(one_id.charges.len(), 2, "one of both is enough");
}

#[test]
fn two_currencies_in_a_file_or_across_files_are_refused_with_a_row_of_each() {
    let file = |currency: &str| format!("CURRENCY,{HEADINGS}{currency},{ROW}");
    let error = read_files(&[&format!("{},{}NZD,{ROW}", file("AUD").trim_end(), "\n")]).unwrap_err();
    assert_eq!(error.message, "the charges are in two currencies: AUD in row 2 of report-0.csv, NZD in row 3 of report-0.csv");
    let error = read_files(&[&file("AUD"), &file("nzd")]).unwrap_err();
    assert_eq!(error.message, "the charges are in two currencies: AUD in row 2 of report-0.csv, NZD in row 2 of report-1.csv");
    assert_eq!(read_files(&[&file("AUD"), &file(" aud ")]).unwrap().currency.as_deref(), Some("AUD"));
}

#[test]
fn rule_12_the_same_report_twice_gives_each_charge_once_and_says_so() {
    let file = format!("{HEADINGS}{ROW}{ROW}{}", ROW.replace("sub-1", "sub-2"));
    let once = read_files(&[&file]).unwrap();
    let twice = read_files(&[&file, &file]).unwrap();
    assert_eq!((once.charges.len(), keys(&once)), (3, keys(&twice)), "identical rows of one file are two charges");
    assert_eq!(twice.repeated, [RepeatedRows { file: "report-1.csv".into(), rows: 3 }]);
    let more = read_files(&[&format!("{HEADINGS}{ROW}"), &file]).unwrap();
    assert_eq!(keys(&once), keys(&more), "the second of two identical rows is new");
    assert_eq!(more.repeated, [RepeatedRows { file: "report-1.csv".into(), rows: 1 }]);
}

#[test]
fn rule_12_thousands_of_rows_are_found_again() {
    let rows: String = (0..5_000).map(|number| ROW.replace("sub-1", &format!("sub-{number}"))).collect();
    let file = format!("{HEADINGS}{rows}");
    let twice = read_files(&[&file, &file]).unwrap();
    assert_eq!((twice.charges.len(), keys(&twice)), (5_000, keys(&read_text(&file))));
    assert_eq!(twice.repeated, [RepeatedRows { file: "report-1.csv".into(), rows: 5_000 }]);
}

#[test]
fn rule_14_the_configured_invoice_date_counts_for_rows_without_one() {
    let folder = Folder::new();
    let rows = format!("{},05-DEC-2026\n{},\n", ROW.trim_end(), ROW.trim_end().replace("sub-1", "sub-2"));
    let path = folder.write("r.csv", format!("{},INV DATE\n{rows}", HEADINGS.trim_end()));
    let mut reader = InvoiceReportReader::new(Some(date(2026, 12, 31)));
    reader.read(&path).unwrap();
    let dates: Vec<_> = reader.finish().charges.iter().map(|charge| charge.invoice_date).collect();
    assert_eq!(dates, [Some(date(2026, 12, 5)), Some(date(2026, 12, 31))]);
}

#[test]
fn a_long_name_with_everything_in_it_is_kept_as_it_is() {
    let name = format!("=HYPERLINK(\"x\"),\r\n\"O'Brien\" & Söhne, {}", "Ä".repeat(265));
    assert!(name.chars().count() >= 300, "{}", name.chars().count());
    let content = format!("{HEADINGS}{}{}", ROW.replace("Contoso", &format!("\"{}\"", name.replace('"', "\"\""))), ROW.replace("28.1925", "?"));
    let report = read_text(&content);
    assert_eq!(*report.charges[0].tenant_name, *name);
    assert_eq!(report.skipped[0].row, 3, "a line break in a cell is no row");
}

#[test]
fn every_encoding_and_line_end_gives_the_same_charges() {
    let plain = format!("{HEADINGS}{}", ROW.replace("Contoso", "Café"));
    let expected = read_text(&plain);
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let variants: [Vec<u8>; 6] = [
        format!("\u{feff}{plain}").into_bytes(),
        plain.replace('\n', "\r\n").into_bytes(),
        wide(&format!("\u{feff}{plain}")),
        wide(&plain.replace(',', "\t")),
        plain.bytes().filter(|byte| *byte != 0xC3).map(|byte| if byte == 0xA9 { 0xE9 } else { byte }).collect(),
        plain.trim_end().as_bytes().to_vec(),
    ];
    for (number, content) in variants.into_iter().enumerate() {
        let folder = Folder::new();
        let mut reader = InvoiceReportReader::new(None);
        reader.read(&folder.write("r.csv", content)).unwrap();
        let report = reader.finish();
        assert_eq!(keys(&report), keys(&expected), "{number}");
        assert_eq!(report.charges[0].tenant_name, expected.charges[0].tenant_name, "{number}");
    }
}

/// A few rows with repetitions, as text.
fn some_rows() -> impl Strategy<Value = Vec<String>> {
    let row = (0..4_u8, 0..3_u8, 1..28_u8, -3..40_i32, 0..200_000_i32).prop_map(|(subscription, product, day, quantity, price)| {
        let price = rust_decimal::Decimal::new(price.into(), 4);
        format!("Customer,sub-{subscription},P1Y:X{product}:0001:1:,{day:02}-NOV-2026,30-NOV-2026,{quantity},{price},,\n")
    });
    prop::collection::vec(row, 1..12)
}

proptest! {
    #[test]
    fn rule_12_shuffled_rows_give_the_same_keys(rows in some_rows(), seed in any::<prop::sample::Index>()) {
        let mut shuffled = rows.clone();
        shuffled.rotate_left(seed.index(rows.len()));
        shuffled.reverse();
        prop_assert_eq!(keys(&read_text(&format!("{HEADINGS}{}", rows.concat()))), keys(&read_text(&format!("{HEADINGS}{}", shuffled.concat()))));
    }

    #[test]
    fn rule_12_split_files_give_the_same_keys(rows in some_rows(), at in any::<prop::sample::Index>()) {
        // Identical rows are told apart within one file, so a split must not part them.
        let mut distinct = rows;
        distinct.sort();
        distinct.dedup();
        let (first, second) = distinct.split_at(at.index(distinct.len()));
        let split = read_files(&[&format!("{HEADINGS}{}", first.concat()), &format!("{HEADINGS}{}", second.concat())]).unwrap();
        prop_assert_eq!(keys(&read_text(&format!("{HEADINGS}{}", distinct.concat()))), keys(&split));
        prop_assert!(split.repeated.is_empty());
    }
}

#[test]
fn two_customers_without_a_subscription_and_alike_in_all_else_are_two_charges() {
    let row = |customer: &str| format!("{customer},,DZH318Z0BPS6:0001,01-NOV-2026,30-NOV-2026,1,10.00,,\n");
    let (contoso, fabrikam) = (row("Contoso"), row("Fabrikam"));
    let of = |report: &InvoiceReport| {
        let mut of: Vec<(String, String)> = report.charges.iter().map(|charge| (charge.tenant_name.to_string(), charge.key.to_string())).collect();
        of.sort();
        of
    };
    let together = read_text(&format!("{HEADINGS}{contoso}{fabrikam}"));
    assert_eq!(together.charges.len(), 2);
    assert_eq!(of(&read_text(&format!("{HEADINGS}{fabrikam}{contoso}"))), of(&together), "whatever the order of the rows");
    let split = read_files(&[&format!("{HEADINGS}{contoso}"), &format!("{HEADINGS}{fabrikam}")]).unwrap();
    assert_eq!((of(&split), split.repeated.len()), (of(&together), 0), "and in two files");
}

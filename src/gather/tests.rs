use super::*;
use crate::sheet::testing::Folder;

const HEADINGS: &str = "TENANT NAME,SUBSCRIPTION ID,STOCK CODE,USAGE START,USAGE END,QTY,UNIT PRICE";

fn report(subscription: &str) -> String {
    format!("{HEADINGS}\nContoso,{subscription},P1Y:X:0001:1:,01-NOV-2026,30-NOV-2026,1,10\n")
}

fn request<'a>(folder: &'a Folder, invoice_report: &'a str) -> Request<'a> {
    Request { folder: folder.path(), invoice_report, annuity: None, seats: None, offer_matrix: None, invoice_date: None }
}

fn names(folder: &Folder, pattern: &str) -> Vec<String> {
    files(folder.path(), pattern, "dickerdata.invoice_report").unwrap().iter().map(|path| crate::sheet::table::file_name(path)).collect()
}

#[test]
fn globs_give_sorted_files_without_lock_files_hidden_ones_and_folders() {
    let folder = Folder::new();
    for name in ["b.csv", "a.csv", "~$a.csv", ".hidden.csv", ".~lock.a.csv", "c.txt", "sub.csv/x.csv"] {
        folder.write(name, report("s"));
    }
    assert_eq!(names(&folder, "*.csv"), ["a.csv", "b.csv"]);
    assert_eq!(names(&folder, "**/*.csv"), ["a.csv", "b.csv", "x.csv"]);
    assert_eq!(names(&folder, "sub.csv/*"), ["x.csv"]);
}

#[cfg(windows)]
#[test]
fn both_slashes_work_on_windows() {
    let folder = Folder::new();
    folder.write("in/a.csv", report("s"));
    assert_eq!((names(&folder, "in\\*.csv"), names(&folder, "in/*.CSV")), (vec!["a.csv".to_owned()], vec!["a.csv".to_owned()]));
}

#[cfg(unix)]
#[test]
fn a_file_that_two_names_lead_to_is_read_once() {
    let folder = Folder::new();
    let path = folder.write("a.csv", report("s"));
    std::os::unix::fs::symlink(path, folder.path().join("b.csv")).unwrap();
    assert_eq!(names(&folder, "*.csv"), ["a.csv"]);
}

#[test]
fn brackets_in_a_name_or_in_the_folder_are_taken_as_they_stand() {
    let folder = Folder::new();
    folder.write("in [2026]/report [1].csv", report("s"));
    let inner = folder.path().join("in [2026]");
    assert_eq!(files(&inner, "report [1].csv", "x").unwrap().len(), 1);
    assert_eq!(files(&inner, "*.csv", "x").unwrap().len(), 1);
}

#[test]
fn an_absolute_path_is_used_as_it_is() {
    let folder = Folder::new();
    let path = folder.write("a.csv", report("s"));
    let pattern = path.with_file_name("*.csv");
    assert_eq!(files(Path::new("elsewhere"), &pattern.to_string_lossy(), "x").unwrap(), [path]);
}

#[test]
fn a_pattern_without_files_is_refused_with_its_folder() {
    let folder = Folder::new();
    folder.write("in/a.csv", report("s"));
    let error = gather(&request(&folder, "*.xlsx")).unwrap_err();
    assert!(error.message.contains("`dickerdata.invoice_report` names `*.xlsx`") && error.message.contains(&*folder.path().to_string_lossy()), "{error}");
    assert!(error.hints[0].contains("dickerdata.invoice_report"));
    let error = gather(&request(&folder, "in")).unwrap_err();
    assert!(error.message.contains("that is a folder") && error.hints[0].contains("\"in/*.csv\""), "{error} {:?}", error.hints);
    assert!(gather(&request(&folder, "a***b")).unwrap_err().message.contains("is not a path or glob"));
}

#[test]
fn everything_that_is_configured_is_read() {
    let folder = Folder::new();
    folder.write("report-1.csv", report("s1"));
    folder.write("report-2.csv", format!("{}a note\n,,,,,,\n", report("s2")));
    folder.write("annuity.csv", "TENANT ID,SUBSCRIPTION ID,STOCK CODE,QTY,UNIT PRICE,UNIT RRP\n,s1,P1Y:X:0001:1:,1,120,144\n,s3,X,many,1,1\n");
    folder.write("seats.csv", "tenant_id,sku_id,enabled,assigned,as_of\nnobody,,,,\n");
    let everything = Request { annuity: Some("annuity.csv"), seats: Some("seats.csv"), ..request(&folder, "report-*.csv") };
    let sources = gather(&everything).unwrap();
    assert_eq!(sources.charges.iter().map(|charge| charge.subscription.as_str()).collect::<Vec<_>>(), ["s1", "s2"]);
    assert_eq!((sources.annuity.len(), sources.has_annuity, sources.seats.is_some()), (1, true, true));
    assert!(sources.skipped.is_empty());
    let reported: Vec<_> = sources.skipped_elsewhere.iter().map(|row| (&*row.file, row.row)).collect();
    assert_eq!(reported, [("report-2.csv", 3), ("annuity.csv", 3), ("seats.csv", 2)]);
    let bare = gather(&request(&folder, "report-1.csv")).unwrap();
    assert_eq!((bare.has_annuity, bare.seats.is_none()), (false, true));
}

#[cfg(feature = "xlsx")]
mod with_workbooks {
    use proptest::prelude::*;
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

    use super::*;
    use crate::domain::sources::Sources;

    fn keys(sources: &Sources) -> Vec<String> {
        assert!(sources.skipped.is_empty(), "{:?}", sources.skipped);
        let mut keys: Vec<String> = sources.charges.iter().map(|charge| charge.key.to_string()).collect();
        keys.sort();
        keys
    }

    /// One row's subscription, first day, quantity, and price in hundred-thousandths.
    type Facts = (u8, u8, i16, i32);

    fn as_csv(rows: &[Facts]) -> String {
        use std::fmt::Write as _;
        let mut text = format!("{HEADINGS}\n");
        for (subscription, day, quantity, price) in rows {
            let price = rust_decimal::Decimal::new((*price).into(), 5);
            writeln!(text, "Contoso,Sub-{subscription},P1Y:X:0001:1:,{day:02}-NOV-2026,30/11/2026,{quantity},{price}").unwrap();
        }
        text
    }

    fn as_workbook(rows: &[Facts]) -> Workbook {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet().set_name("Invoice Details").unwrap();
        for (column, heading) in (0..).zip(HEADINGS.split(',')) {
            sheet.write(0, column, heading).unwrap();
        }
        let dates = Format::new().set_num_format("dd/mm/yyyy");
        for (row, (subscription, day, quantity, price)) in (1..).zip(rows) {
            let start = ExcelDateTime::from_ymd(2026, 11, *day).unwrap();
            sheet.write(row, 0, "Contoso").unwrap().write(row, 1, format!("sub-{subscription}")).unwrap().write(row, 2, "p1y:x:0001:1").unwrap();
            sheet.write_datetime_with_format(row, 3, &start, &dates).unwrap().write(row, 4, 46_356).unwrap();
            sheet.write(row, 5, *quantity).unwrap().write(row, 6, f64::from(*price) / 100_000.0).unwrap();
        }
        workbook
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn rule_12_a_workbook_and_a_text_file_of_the_same_rows_give_the_same_keys(
            rows in prop::collection::vec((0..5_u8, 1..=30_u8, -50..500_i16, -99_999_999..99_999_999_i32), 1..20)
        ) {
            let folder = Folder::new();
            folder.write("a.csv", as_csv(&rows));
            folder.save("a.xlsx", &mut as_workbook(&rows));
            let text = gather(&request(&folder, "a.csv")).unwrap();
            let workbook = gather(&request(&folder, "a.xlsx")).unwrap();
            prop_assert_eq!(keys(&text), keys(&workbook));
            let both = gather(&request(&folder, "a.*")).unwrap();
            prop_assert_eq!(keys(&both), keys(&text), "together they are the same charges once");
        }
    }
}

use rust_xlsxwriter::{Format, Workbook};

use super::*;
use crate::sheet::testing::{Folder, add_tab, workbook};
use crate::sheet::{Wanted, table};

static SPEC: Spec = Spec {
    title: "test export",
    tabs: &["Invoice Details"],
    wanted: &[Wanted::needed(&["ID"]), Wanted::needed(&["NAME"]).filled(), Wanted::optional(&["DAY"])],
};

fn read_workbook(workbook: &mut Workbook) -> Result<Vec<(u32, String, String)>, ReadError> {
    let folder = Folder::new();
    read_path(&folder.save("a.xlsx", workbook))
}

fn read_path(path: &Path) -> Result<Vec<(u32, String, String)>, ReadError> {
    let mut rows = Vec::new();
    table::read(path, &SPEC, &mut |row| {
        rows.push((row.number, row.cell(0).text().into_owned(), row.cell(1).text().into_owned()));
        Ok(())
    })?;
    Ok(rows)
}

fn row(number: u32, id: &str, name: &str) -> (u32, String, String) {
    (number, id.to_owned(), name.to_owned())
}

#[test]
fn the_tab_is_chosen_by_its_name_without_regard_to_case_and_spaces() {
    let mut workbook = workbook("Summary", &[&["ID", "NAME"], &["9", "wrong tab"]]);
    add_tab(&mut workbook, "INVOICE  details", &[&["Title"], &[], &["Name", "Id"], &["x", "12"]]);
    assert_eq!(read_workbook(&mut workbook).unwrap(), [row(4, "12", "x")]);
}

#[test]
fn without_the_name_the_first_tab_with_the_headings_counts() {
    let mut workbook = workbook("Cover", &[&["Report"]]);
    add_tab(&mut workbook, "Data", &[&["ID", "NAME"], &["1", "x"]]);
    add_tab(&mut workbook, "More", &[&["ID", "NAME"], &["2", "y"]]);
    assert_eq!(read_workbook(&mut workbook).unwrap(), [row(2, "1", "x")]);
}

#[test]
fn a_workbook_without_the_headings_names_the_nearest_tab() {
    let mut workbook = workbook("Cover", &[&["Report"]]);
    add_tab(&mut workbook, "Data", &[&["ID", "LABEL"], &["1", "x"]]);
    let message = read_workbook(&mut workbook).unwrap_err().message;
    assert_eq!(message, "the tab `Data` of a.xlsx has no column `NAME`; found: ID, LABEL");
}

#[test]
fn names_of_merged_cells_count_for_all_their_rows_and_ids_never_do() {
    let mut workbook = workbook("Data", &[&["ID", "NAME"], &["1"], &["2"], &["", "", "x"], &["4"]]);
    let sheet = workbook.worksheet_from_index(0).unwrap();
    sheet.merge_range(1, 1, 3, 1, "Contoso", &Format::new()).unwrap();
    sheet.merge_range(4, 0, 5, 0, "five", &Format::new()).unwrap();
    sheet.write(4, 2, "x").unwrap().write(5, 2, "y").unwrap();
    assert_eq!(
        read_workbook(&mut workbook).unwrap(),
        [row(2, "1", "Contoso"), row(3, "2", "Contoso"), row(4, "", "Contoso"), row(5, "five", ""), row(6, "", "")]
    );
}

#[test]
fn a_blank_name_without_a_merged_region_stays_blank() {
    let mut workbook = workbook("Data", &[&["ID", "NAME"], &["1", "Contoso"], &["2"]]);
    assert_eq!(read_workbook(&mut workbook).unwrap(), [row(2, "1", "Contoso"), row(3, "2", "")]);
}

#[test]
fn dates_errors_and_booleans_are_told_apart() {
    let mut workbook = workbook("Data", &[&["ID", "NAME", "DAY"], &["1", "x"], &["2", "y", "30-NOV-2026"], &["3", "z", "46356"]]);
    let sheet = workbook.worksheet_from_index(0).unwrap();
    let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 11, 30).unwrap();
    sheet.write_datetime_with_format(1, 2, &day, &Format::new().set_num_format("dd-mmm-yyyy")).unwrap();
    sheet.write_boolean(4, 2, true).unwrap();
    let folder = Folder::new();
    let mut days = Vec::new();
    table::read(&folder.save("a.xlsx", &mut workbook), &SPEC, &mut |row| {
        days.push(crate::sheet::values::date(row.cell(2)).ok().flatten());
        Ok(())
    })
    .unwrap();
    let day = Some(jiff::civil::date(2026, 11, 30));
    assert_eq!(days, [day, day, day, None]);
}

#[test]
fn a_torn_workbook_and_a_zip_that_is_none_are_refused() {
    let folder = Folder::new();
    let whole = std::fs::read(folder.save("a.xlsx", &mut workbook("Data", &[&["ID", "NAME"], &["1", "x"]]))).unwrap();
    for length in [4, 100, whole.len() / 2, whole.len() - 10] {
        let error = read_path(&folder.write("torn.xlsx", &whole[..length])).unwrap_err();
        assert!(error.message.contains("torn.xlsx is torn or damaged") && !error.hints.is_empty(), "{length}: {error}");
    }
    let empty_zip = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
    let error = read_path(&folder.write("other.xlsx", empty_zip)).unwrap_err();
    assert!(error.message.contains("a zip archive, but not an .xlsx workbook"), "{error}");
}

#[test]
fn a_workbook_under_the_name_of_a_csv_file_is_read() {
    let folder = Folder::new();
    let path = folder.save("a.csv", &mut workbook("Data", &[&["ID", "NAME"], &["1", "x"]]));
    assert_eq!(read_path(&path).unwrap(), [row(2, "1", "x")]);
}

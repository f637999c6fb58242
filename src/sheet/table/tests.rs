use super::*;
use crate::sheet::testing::Folder;
use crate::sheet::{Spec, Wanted};

static SPEC: Spec = Spec { title: "test export", tabs: &["Details"], wanted: &[Wanted::needed(&["ID"]), Wanted::one_of(&["NAME"]), Wanted::one_of(&["CODE"])] };

fn read_bytes(name: &str, content: impl AsRef<[u8]>) -> Result<Vec<(u32, String)>, ReadError> {
    let folder = Folder::new();
    let path = folder.write(name, content);
    let mut rows = Vec::new();
    read(&path, &SPEC, &mut |row| {
        rows.push((row.number, row.cell(0).text().into_owned()));
        Ok(())
    })?;
    Ok(rows)
}

fn refusal(name: &str, content: impl AsRef<[u8]>) -> String {
    let error = read_bytes(name, content).unwrap_err();
    assert!(!error.hints.is_empty(), "{error} has no hint");
    error.message
}

/// The start of an Office container, with the name of one of its streams.
fn container(stream: &str) -> Vec<u8> {
    let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    bytes.resize(1024, 0);
    bytes.extend(stream.encode_utf16().flat_map(u16::to_le_bytes));
    bytes.resize(2048, 0);
    bytes
}

#[test]
fn every_file_that_is_no_table_says_what_it_is() {
    for (name, content, expected) in [
        ("a.xlsx", b"<!DOCTYPE html><html>Sign in</html>".to_vec(), "is a web page, not a table"),
        ("a.csv", b"\xEF\xBB\xBF \r\n<html>".to_vec(), "is a web page, not a table"),
        ("a.xlsx", container("EncryptedPackage"), "is protected by a password"),
        ("a.xlsx", container("Workbook"), "is a workbook of the old .xls kind"),
        ("a.xls", container("Other"), "is an old or a password-protected Office file"),
        ("a.csv", Vec::new(), "is empty"),
        ("a.csv", b"\xEF\xBB\xBF\r\n \n".to_vec(), "is empty"),
        ("a.csv", b"%PDF-1.7".to_vec(), "is a PDF document"),
        ("a.csv", b"GIF89a\0\x01\x02\x03\x04\0".to_vec(), "is neither a CSV file nor an Excel workbook"),
        ("a.csv", b"ID;NAME\n1;x\n".to_vec(), "has semicolons between its columns"),
        ("a.csv", b"ID,NAME\n1,\"x\n2,y\n".to_vec(), "the quotation mark that opens in row 2 is never closed"),
        ("a.csv", b"{\"error\":\"unauthorised\"}".to_vec(), "is not a test export: it has none of the headings"),
        ("a.csv", b"ID,ID,NAME\n".to_vec(), "has the column `ID` twice, as columns A and B"),
        ("a.csv", b"ID\n".to_vec(), "has no column `NAME` or `CODE`; found: ID"),
    ] {
        let message = refusal(name, content);
        assert!(message.contains(expected) && message.contains(name), "{message}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = read(Path::new("nowhere/report.csv"), &SPEC, &mut |_| Ok(())).unwrap_err();
    assert!(error.message.contains("report.csv"), "{error}");
}

#[test]
fn headings_are_looked_for_in_twenty_rows_and_no_further() {
    let titles = |count: usize| format!("{}ID,NAME\n1,x\n", "some title\n\n".repeat(count));
    assert_eq!(read_bytes("a.csv", titles(19)).unwrap(), [(40, "1".to_owned())]);
    assert!(read_bytes("a.csv", titles(20)).is_err());
}

#[test]
fn tabs_between_columns_are_read() {
    assert_eq!(read_bytes("a.txt", "ID\tNAME, FULL\tNAME\n7\t\"x\ty\"\tz\n").unwrap(), [(2, "7".to_owned())]);
}

#[cfg(not(feature = "xlsx"))]
#[test]
fn a_build_without_workbooks_says_so() {
    assert!(refusal("a.xlsx", b"PK\x03\x04....").contains("this build"));
}

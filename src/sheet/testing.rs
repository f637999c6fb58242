//! Files for the tests of readers, in a folder that goes away with the test.

use std::path::{Path, PathBuf};

#[cfg(feature = "xlsx")]
use rust_xlsxwriter::Workbook;

pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    #[cfg(feature = "xlsx")]
    pub(crate) fn save(&self, name: &str, workbook: &mut Workbook) -> PathBuf {
        let path = self.0.path().join(name);
        workbook.save(&path).unwrap();
        path
    }
}

/// A workbook with one tab of texts; what reads as a number is written as one.
#[cfg(feature = "xlsx")]
pub(crate) fn workbook(tab: &str, rows: &[&[&str]]) -> Workbook {
    let mut workbook = Workbook::new();
    add_tab(&mut workbook, tab, rows);
    workbook
}

#[cfg(feature = "xlsx")]
pub(crate) fn add_tab<'w>(workbook: &'w mut Workbook, tab: &str, rows: &[&[&str]]) -> &'w mut rust_xlsxwriter::Worksheet {
    let sheet = workbook.add_worksheet().set_name(tab).unwrap();
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(*cells) {
            match cell.parse::<f64>() {
                _ if cell.is_empty() => continue,
                Ok(number) => sheet.write(row, column, number).unwrap(),
                Err(_) => sheet.write(row, column, *cell).unwrap(),
            };
        }
    }
    sheet
}

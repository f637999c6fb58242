//! Makes a workbook's bytes the same on every platform: the zip writer notes in each entry of the
//! archive's directory whether it ran on Windows, and nothing lets one choose.

/// The host system of an entry, as the zip format numbers them.
const UNIX: u8 = 3;

/// Says Unix in every entry of the archive's directory.
pub(crate) fn as_written_on_unix(mut archive: Vec<u8>) -> Vec<u8> {
    // The record at the end has 22 bytes when there is no comment: the number of entries at 10 and
    // the directory's place at 16.
    let end = archive.len().saturating_sub(22);
    let mut entry = number(&archive, end + 16, 4);
    for _ in 0..number(&archive, end + 10, 2) {
        if let Some(system) = archive.get_mut(entry + 5) {
            *system = UNIX;
        }
        // Name, extra field and comment follow the 46 bytes of an entry.
        entry += 46 + number(&archive, entry + 28, 2) + number(&archive, entry + 30, 2) + number(&archive, entry + 32, 2);
    }
    archive
}

/// A little-endian number of so many bytes; zero beyond the end.
fn number(bytes: &[u8], at: usize, length: usize) -> usize {
    bytes.iter().skip(at).take(length).rev().fold(0, |number, byte| (number << 8) | usize::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_xlsxwriter::Workbook;

    #[test]
    fn a_workbook_written_on_windows_becomes_the_one_written_on_unix() {
        let mut workbook = Workbook::new();
        workbook.add_worksheet();
        let unix = as_written_on_unix(workbook.save_to_buffer().unwrap());
        let mut windows = unix.clone();
        let entries: Vec<usize> = unix.windows(4).enumerate().filter(|(_, bytes)| bytes == b"PK\x01\x02").map(|(at, _)| at).collect();
        assert!(entries.len() > 5, "{entries:?}");
        for entry in entries {
            assert_eq!(windows[entry + 5], UNIX);
            windows[entry + 5] = 0;
        }
        assert!(windows != unix);
        assert!(as_written_on_unix(windows) == unix);
    }
}

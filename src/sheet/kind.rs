//! What a file is, by its first bytes: names lie, a web page is often saved as `.xlsx`.

use std::path::Path;

use super::ReadError;

/// Files that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text with separators, or so it seems.
    Text,
    /// A zip archive, which is what an `.xlsx` workbook is.
    Workbook,
}

/// Bytes that [`kind_of`] wants to see.
pub(super) const PREFIX_BYTES: usize = 64 * 1024;

const COMPOUND_FILE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// Tells what a file is.
///
/// # Errors
///
/// For each kind of file that is neither a table as text nor an `.xlsx` workbook: what it is
/// instead and what to do.
pub(super) fn kind_of(path: &Path, prefix: &[u8]) -> Result<Kind, ReadError> {
    if prefix.starts_with(b"PK\x03\x04") || prefix.starts_with(b"PK\x05\x06") {
        return Ok(Kind::Workbook);
    }
    if prefix.starts_with(&COMPOUND_FILE) {
        return Err(compound_file(path));
    }
    let name = path.display();
    if prefix.starts_with(b"%PDF") {
        return Err(ReadError::new(format!("{name} is a PDF document, not a table")).hint("export it from the portal as .xlsx or .csv"));
    }
    if super::encoding::utf16(prefix).is_some() {
        return Ok(Kind::Text);
    }
    let text = prefix.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(prefix).trim_ascii_start();
    if text.is_empty() && prefix.len() < PREFIX_BYTES {
        return Err(ReadError::new(format!("{name} is empty")).hint("the download may have been cut short: export it again"));
    }
    if text.starts_with(b"<") {
        return Err(ReadError::new(format!("{name} is a web page, not a table"))
            .hint("a sign-in or error page was saved under this name: sign in to the portal and export it again"));
    }
    if prefix.contains(&0) {
        return Err(ReadError::new(format!("{name} is neither a CSV file nor an Excel workbook")).hint("export it from the portal as .xlsx or .csv"));
    }
    Ok(Kind::Text)
}

/// The container of both old workbooks and encrypted new ones; the names of its streams tell.
fn compound_file(path: &Path) -> ReadError {
    let name = path.display();
    let content = std::fs::read(path).unwrap_or_default();
    let names = |stream: &str| {
        let wide: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
        content.windows(wide.len()).any(|window| window == wide)
    };
    if names("EncryptedPackage") {
        return ReadError::new(format!("{name} is protected by a password")).hint("open it in Excel, remove the password (File › Info) and save it again");
    }
    if names("Workbook") || names("Book") {
        return ReadError::new(format!("{name} is a workbook of the old .xls kind")).hint("open it in Excel and save it as .xlsx or .csv");
    }
    ReadError::new(format!("{name} is an old or a password-protected Office file")).hint("open it in Excel, remove any password and save it as .xlsx or .csv")
}

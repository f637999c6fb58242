//! Which files a run writes, and their exact bytes, before any is written.

use std::io::{self, Write};
use std::path::Path;

use ring::digest::{Context, SHA256};

use super::{ExportError, Settings, write};
use crate::domain::digest::hex;
use crate::domain::document::{Document, Kind};
use crate::domain::period::BillingPeriod;
use crate::ledger::{ExportFile, FileKind, Ledger};
use crate::xero::csv_import::{Template, pack, write_file};

/// Fixes names and digests. Refuses a name that a file of other content has.
pub(super) fn plan_files(ledger: &Ledger, period: BillingPeriod, documents: &[&Document], settings: &Settings<'_>) -> Result<Vec<ExportFile>, ExportError> {
    let folder = std::path::absolute(settings.csv_folder).unwrap_or_else(|_| settings.csv_folder.to_owned());
    let mut files = Vec::new();
    for kind in FileKind::ALL {
        let of_kind = documents.iter().enumerate().filter(|(_, document)| FileKind::of(document.kind) == kind);
        let packed = pack(of_kind.map(|(position, document)| (position, *document)), settings.rows_at_most)?;
        let mut ordinal = ledger.last_file_ordinal(period, kind)?;
        for positions in packed {
            ordinal += 1;
            let name = format!("xero-{}-{period}-{ordinal:02}.csv", kind.as_str());
            let labels = settings.labels.of(representative(kind)).clone();
            let mut file =
                ExportFile { kind, ordinal, name, folder: folder.clone(), sha256: String::new(), size_bytes: 0, rows: 0, labels, documents: positions };
            measure(&mut file, documents, settings.csv_folder)?;
            files.push(file);
        }
    }
    for file in &files {
        let path = settings.csv_folder.join(&file.name);
        if write::digest_of(&path)
            .map_err(|source| ExportError::Refused { action: "read", path: path.clone(), source })?
            .is_some_and(|digest| digest != file.sha256)
        {
            return Err(ExportError::NameTaken(path));
        }
    }
    Ok(files)
}

fn measure(file: &mut ExportFile, documents: &[&Document], folder: &Path) -> Result<(), ExportError> {
    let mut measured = Measured::default();
    let within: Vec<&Document> = file.documents.iter().filter_map(|position| documents.get(*position).copied()).collect();
    file.rows = within.iter().map(|document| u64::try_from(document.lines.len()).unwrap_or(u64::MAX)).sum();
    render(file, within, &mut measured).map_err(|source| ExportError::Refused { action: "prepare", path: folder.join(&file.name), source })?;
    (file.sha256, file.size_bytes) = measured.finish();
    Ok(())
}

/// Any kind of document that goes into such a file.
fn representative(kind: FileKind) -> Kind {
    match kind {
        FileKind::Bills => Kind::Bill,
        FileKind::SalesInvoices => Kind::Invoice,
        FileKind::SalesCreditNotes => Kind::CreditNote,
    }
}

/// The bytes of a file.
pub(super) fn render<'a>(file: &ExportFile, documents: impl IntoIterator<Item = &'a Document>, out: &mut dyn Write) -> io::Result<()> {
    write_file(out, Template::of(representative(file.kind)), documents, &file.labels)
}

/// Counts and digests what is written to it.
pub(super) struct Measured {
    context: Context,
    size_bytes: u64,
}

impl Default for Measured {
    fn default() -> Self {
        Self { context: Context::new(&SHA256), size_bytes: 0 }
    }
}

impl Measured {
    /// The digest in hex digits, and the size.
    pub(super) fn finish(self) -> (String, u64) {
        (hex(self.context.finish().as_ref()), self.size_bytes)
    }
}

impl Write for Measured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.context.update(bytes);
        self.size_bytes = self.size_bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

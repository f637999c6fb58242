//! Raw answers as files: `pull --to` writes them, `dickerdata.source = "capture"` reads them, so that
//! a real answer is a test the same day.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::reading::{INVOICE_DETAILS, INVOICES, SUBSCRIPTIONS, TENANTS};
use super::wire::letters;
use crate::sheet::ReadError;

/// A capture of more than this is something else.
const BYTES_AT_MOST: u64 = 256 * 1024 * 1024;

/// One answer of the service, as it came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawAnswer {
    /// Below the base address: `Account/Invoice`.
    pub endpoint: String,
    /// What was asked, without any credential.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// The page, from 1.
    #[serde(default = "first")]
    pub page: u32,
    /// The answer with everything in it.
    pub answer: Value,
}

fn first() -> u32 {
    1
}

/// The files of a capture: name and content.
#[must_use]
pub fn files(answers: &[RawAnswer]) -> Vec<(String, String)> {
    let written = (1..).zip(answers).filter_map(|(number, answer): (u32, _)| {
        let name = format!("{number:04}-{}.json", answer.endpoint.replace('/', "-").to_lowercase());
        Some((name, serde_json::to_string_pretty(answer).ok()? + "\n"))
    });
    written.collect()
}

/// Reads the JSON files of a folder, in the order of their names. A file may also hold an answer as
/// it came, when its name says what it is: `invoices.json`, `invoice-details-1.json`, `subscriptions.json`.
///
/// # Errors
///
/// When the folder or a file cannot be read, or no file is an answer.
pub fn read(folder: &Path) -> Result<Vec<RawAnswer>, ReadError> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| ReadError::io(folder, &error))? {
        let path = entry.map_err(|error| ReadError::io(folder, &error))?.path();
        if path.is_file() && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
            paths.push(path);
        }
    }
    paths.sort();
    let mut answers = Vec::new();
    for path in &paths {
        answers.extend(read_file(path)?);
    }
    if answers.is_empty() {
        return Err(ReadError::new(format!("{} holds no captured answer", folder.display()))
            .hint("cspctl pull --to DIR writes a capture; `dickerdata.capture` names its folder `dickerdata`"));
    }
    Ok(answers)
}

fn read_file(path: &Path) -> Result<Option<RawAnswer>, ReadError> {
    let failed = |error: std::io::Error| ReadError::io(path, &error);
    if std::fs::metadata(path).map_err(failed)?.len() > BYTES_AT_MOST {
        return Err(ReadError::new(format!("{} is larger than 256 MiB, which is no answer", path.display())));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let value: Value = serde_json::from_slice(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes))
        .map_err(|error| ReadError::new(format!("{} is not JSON: {error}", path.display())))?;
    if value.get("endpoint").is_some_and(Value::is_string) && value.get("answer").is_some() {
        let answer = serde_json::from_value(value).map_err(|error| ReadError::new(format!("{} is not a captured answer: {error}", path.display())))?;
        return Ok(Some(answer));
    }
    let name = letters(&path.file_stem().unwrap_or_default().to_string_lossy());
    let known = [("invoicedetail", INVOICE_DETAILS), ("invoice", INVOICES), ("subscription", SUBSCRIPTIONS), ("tenant", TENANTS)];
    let endpoint = known.into_iter().find(|(word, _)| name.contains(word)).map(|(_, endpoint)| endpoint);
    Ok(endpoint.map(|endpoint| RawAnswer { endpoint: endpoint.to_owned(), parameters: Map::new(), page: 1, answer: value }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_written_is_read_back_and_bare_answers_are_known_by_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let answer = RawAnswer {
            endpoint: INVOICES.to_owned(),
            parameters: Map::from_iter([("startDate".to_owned(), json!("2026-11-01"))]),
            page: 2,
            answer: json!({ "Out": [], "Unheard": { "of": 1.10 } }),
        };
        for (name, content) in files(std::slice::from_ref(&answer)) {
            assert_eq!(name, "0001-account-invoice.json");
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        std::fs::write(folder.path().join("Invoice Details 1.json"), "[]").unwrap();
        std::fs::write(folder.path().join("notes.txt"), "not JSON").unwrap();
        let read = read(folder.path()).unwrap();
        assert_eq!(read.first(), Some(&answer));
        assert_eq!(read.get(1).map(|answer| answer.endpoint.as_str()), Some(INVOICE_DETAILS));
    }

    #[test]
    fn a_folder_without_answers_says_what_writes_them() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).unwrap_err().hints[0].contains("pull --to"));
        std::fs::write(folder.path().join("invoices.json"), "{").unwrap();
        assert!(read(folder.path()).unwrap_err().message.contains("invoices.json is not JSON"));
    }
}

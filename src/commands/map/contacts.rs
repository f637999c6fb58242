//! Xero's contacts export (Contacts › Export): the names to choose from.

use std::path::Path;

use crate::domain::ids::ContactId;
use crate::exit::{Failure, Kind};

/// A contact in Xero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contact {
    pub(super) name: String,
    /// Xero's own export has none; other tools' exports may.
    pub(super) contact_id: Option<ContactId>,
}

/// Reads the file; every row with a name counts.
pub(super) fn read(file: &Path) -> Result<Vec<Contact>, Failure> {
    let refuse = |message: String| {
        Failure::message(Kind::Failed, format!("{}: {message}", file.display())).hint("in Xero: Contacts > All contacts > Export, and give that CSV file")
    };
    let bytes = std::fs::read(file).map_err(|error| refuse(format!("cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| refuse("is not a CSV file in UTF-8".to_owned()))?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headings = reader.headers().map_err(|error| refuse(error.to_string()))?.clone();
    let column = |names: &[&str]| headings.iter().position(|heading| names.contains(&simplify(heading).as_str()));
    let Some(name_column) = column(&["contactname", "name"]) else {
        let found = headings.iter().collect::<Vec<_>>().join(", ");
        return Err(refuse(format!("has no column ContactName; its columns are: {found}")));
    };
    let id_column = column(&["contactid", "xerocontactid"]);
    let mut contacts = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| refuse(error.to_string()))?;
        // A name goes on documents exactly as Xero has it, so only outer blanks go.
        let name = record.get(name_column).unwrap_or_default().trim();
        if !name.is_empty() {
            let contact_id = id_column.and_then(|column| record.get(column)).and_then(|id| id.parse().ok());
            contacts.push(Contact { name: name.to_owned(), contact_id });
        }
    }
    if contacts.is_empty() { Err(refuse("has no contacts".to_owned())) } else { Ok(contacts) }
}

fn simplify(heading: &str) -> String {
    heading.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

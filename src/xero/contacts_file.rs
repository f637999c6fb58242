//! The contacts that Xero exports as CSV (Contacts › Export), and plain lists of id and name.

use std::path::Path;
use std::sync::Arc;

use crate::domain::ids::ContactId;
use crate::sheet::{Cell, ReadError, Row, Spec, Wanted, table};

const NAME: usize = 0;
const ID: usize = 1;
const ACCOUNT_NUMBER: usize = 2;
const EMAIL: usize = 3;
const TAX_NUMBER: usize = 4;

static SPEC: Spec = Spec {
    title: "Xero contacts export",
    tabs: &[],
    wanted: &[
        Wanted::needed(&["ContactName", "Contact Name", "Name", "Contact"]),
        Wanted::optional(&["ContactID", "Xero Contact ID", "ID"]),
        Wanted::optional(&["AccountNumber", "Account No"]),
        Wanted::optional(&["EmailAddress", "Email"]),
        Wanted::optional(&["TaxNumber", "ABN", "GST Number", "NZBN", "CompanyNumber"]),
    ],
};

/// A contact as Xero's export shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XeroContact {
    /// Xero's id; its own CSV export leaves it out.
    pub id: Option<ContactId>,
    /// The name, unique in an organisation; imports match on it letter by letter.
    pub name: Arc<str>,
    /// A free field that people keep their own numbers in.
    pub account_number: Option<Arc<str>>,
    /// Where invoices go.
    pub email: Option<Arc<str>>,
    /// The ABN in Australia, the GST number in New Zealand.
    pub tax_number: Option<Arc<str>>,
}

/// Reads the contacts, in the order of the file. Rows without a name are no contacts.
///
/// # Errors
///
/// When the file cannot be read as a whole, or a row holds an id that is none.
pub fn read(path: &Path) -> Result<Vec<XeroContact>, ReadError> {
    let mut contacts = Vec::new();
    table::read(path, &SPEC, &mut |row| {
        if let Some(contact) = contact(path, row)? {
            contacts.push(contact);
        }
        Ok(())
    })?;
    Ok(contacts)
}

fn contact(path: &Path, row: &Row<'_>) -> Result<Option<XeroContact>, ReadError> {
    let fail = |reason: &str| {
        ReadError::new(format!("row {} of {}: {reason}", row.number, path.display())).hint("export the contacts from Xero again (Contacts › Export)")
    };
    if let Some(fault) = row.fault {
        return Err(fail(fault));
    }
    if row.cell(NAME).is_blank() {
        return Ok(None);
    }
    let id = match row.cell(ID) {
        cell if cell.is_blank() => None,
        cell => Some(cell.text().parse().map_err(|error: crate::domain::ids::NotAGuid| fail(&error.to_string()))?),
    };
    Ok(Some(XeroContact {
        id,
        name: row.cell(NAME).text().into(),
        account_number: filled(row.cell(ACCOUNT_NUMBER)),
        email: filled(row.cell(EMAIL)),
        tax_number: filled(row.cell(TAX_NUMBER)),
    }))
}

fn filled(cell: Cell<'_>) -> Option<Arc<str>> {
    (!cell.is_blank()).then(|| cell.text().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<XeroContact>, ReadError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Contacts.csv");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn the_export_of_xero_is_read_by_its_headings() {
        let contacts = read_text(
            "*ContactName,AccountNumber,EmailAddress,FirstName,LastName,POAttentionTo,TaxNumber\n\
             \"Contoso, Ltd\",C-1,ap@contoso.example,,,,51 824 753 556\n\
             =Fabrikam,,,,,,\n,,orphan@example.com,,,,\n",
        )
        .unwrap();
        assert_eq!(contacts.len(), 2);
        assert_eq!(&*contacts[0].name, "Contoso, Ltd");
        assert_eq!(contacts[0].account_number.as_deref(), Some("C-1"));
        assert_eq!(contacts[0].email.as_deref(), Some("ap@contoso.example"));
        assert_eq!(contacts[0].tax_number.as_deref(), Some("51 824 753 556"));
        assert_eq!(contacts[1], XeroContact { id: None, name: "=Fabrikam".into(), account_number: None, email: None, tax_number: None });
    }

    #[test]
    fn a_plain_list_of_ids_and_names_is_read() {
        let contacts = read_text("ContactID,Name\n430fa14a-f945-44d3-9f97-5df5e28441b8,Contoso\n").unwrap();
        assert_eq!(contacts[0].id.unwrap().to_string(), "430fa14a-f945-44d3-9f97-5df5e28441b8");
        let error = read_text("ContactID,Name\nnobody,Contoso\n").unwrap_err();
        assert!(error.message.contains("row 2") && error.message.contains("`nobody` is not a GUID"), "{error}");
    }

    #[test]
    fn a_file_without_names_is_refused() {
        assert!(read_text("EmailAddress\na@b.example\n").unwrap_err().message.contains("has no column `ContactName`; found: EmailAddress"));
    }
}

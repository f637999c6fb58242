//! Which documents are asked for, and the queries that ask for them (`contracts/xero.md` 3.6).

use jiff::civil::Date;

use crate::domain::ids::{ContactId, XeroId};

/// The two places where documents lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// Bills and invoices.
    Invoices,
    /// Supplier credits and credit notes.
    CreditNotes,
}

/// Which documents; of any status, deleted and voided ones included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentFilter {
    /// Sales numbers, any count: as many calls as that needs.
    Numbers(Vec<String>),
    /// A bill's number, which is unique to nobody but by our own doing. Supplier credits have none.
    BillNumber {
        /// The distributor's contact.
        contact: ContactId,
        /// The number.
        number: String,
    },
    /// Documents dated from `from` to `to`, both included.
    Dates {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
    /// Documents by their ids, any count.
    Ids(Vec<XeroId>),
    /// Sales documents by their `Reference`, when Xero numbers them.
    Reference(String),
    /// A contact's documents of one day: the only way to find a supplier credit.
    ContactDate {
        /// The contact.
        contact: ContactId,
        /// The document date.
        date: Date,
    },
}

//! Which documents are asked for, and the queries that ask for them (`contracts/xero.md` 3.6).

use jiff::civil::Date;

use crate::domain::document::Kind;
use crate::domain::ids::{ContactId, XeroId};
use crate::http::encoded;

/// The two places where documents lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// Bills and invoices.
    Invoices,
    /// Supplier credits and credit notes.
    CreditNotes,
}

impl Endpoint {
    /// Its name in addresses and bodies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invoices => "Invoices",
            Self::CreditNotes => "CreditNotes",
        }
    }

    /// The endpoint of a kind of document.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        if kind.is_credit() { Self::CreditNotes } else { Self::Invoices }
    }

    /// The member that holds a document's id.
    #[must_use]
    pub fn id_member(self) -> &'static str {
        match self {
            Self::Invoices => "InvoiceID",
            Self::CreditNotes => "CreditNoteID",
        }
    }

    /// The member that holds a document's number.
    #[must_use]
    pub fn number_member(self) -> &'static str {
        match self {
            Self::Invoices => "InvoiceNumber",
            Self::CreditNotes => "CreditNoteNumber",
        }
    }

    fn purchase_type(self) -> &'static str {
        match self {
            Self::Invoices => "ACCPAY",
            Self::CreditNotes => "ACCPAYCREDIT",
        }
    }
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

/// Numbers in one `InvoiceNumbers=`, to keep the address short.
const NUMBERS_A_CALL: usize = 40;

/// Ids in one `IDs=`.
const IDS_A_CALL: usize = 40;

/// Conditions joined by OR in one `where=`; each is some 80 characters in the address.
const CONDITIONS_A_CALL: usize = 12;

/// Documents on a page when all of a range are wanted, and when a few are.
const LARGE_PAGE: u32 = 1_000;
const SMALL_PAGE: u32 = 100;

/// One list to read, page by page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// Names and encoded values, joined.
    pub(super) text: String,
    /// Elements on a page.
    pub(super) page_size: u32,
}

/// The lists that together hold what the filter wants.
pub(super) fn queries(endpoint: Endpoint, filter: &DocumentFilter) -> Vec<Query> {
    let filtered = |condition: &str, page_size| Query { text: format!("where={}", encoded(condition)), page_size };
    let number = endpoint.number_member();
    let one_of = |conditions: Vec<String>| -> Vec<Query> {
        conditions.chunks(CONDITIONS_A_CALL).map(|conditions| filtered(&conditions.join(" OR "), SMALL_PAGE)).collect()
    };
    match filter {
        DocumentFilter::Numbers(numbers) if endpoint == Endpoint::Invoices => {
            // A comma within a number would make two numbers of it.
            let (awkward, plain): (Vec<&String>, Vec<&String>) = numbers.iter().partition(|number| number.contains(','));
            let mut queries: Vec<Query> = plain
                .chunks(NUMBERS_A_CALL)
                .map(|numbers| {
                    let numbers: Vec<String> = numbers.iter().map(|number| encoded(number)).collect();
                    Query { text: format!("InvoiceNumbers={}", numbers.join(",")), page_size: SMALL_PAGE }
                })
                .collect();
            queries.extend(awkward.into_iter().map(|awkward| filtered(&format!("{number}=={}", quoted(awkward)), SMALL_PAGE)));
            queries
        }
        DocumentFilter::Numbers(numbers) => one_of(numbers.iter().map(|wanted| format!("{number}=={}", quoted(wanted))).collect()),
        DocumentFilter::BillNumber { contact, number: wanted } => {
            let kind = endpoint.purchase_type();
            vec![filtered(&format!("Type==\"{kind}\" AND {number}=={} AND Contact.ContactID==guid(\"{contact}\")", quoted(wanted)), SMALL_PAGE)]
        }
        DocumentFilter::Dates { from, to } => {
            vec![filtered(&format!("Date>={} AND Date<={}", moment(*from), moment(*to)), LARGE_PAGE)]
        }
        DocumentFilter::Ids(ids) if endpoint == Endpoint::Invoices => ids
            .chunks(IDS_A_CALL)
            .map(|ids| Query { text: format!("IDs={}", ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")), page_size: SMALL_PAGE })
            .collect(),
        DocumentFilter::Ids(ids) => one_of(ids.iter().map(|id| format!("CreditNoteID==guid(\"{id}\")")).collect()),
        DocumentFilter::Reference(reference) => vec![filtered(&format!("Reference=={}", quoted(reference)), SMALL_PAGE)],
        DocumentFilter::ContactDate { contact, date } => {
            vec![filtered(&format!("Contact.ContactID==guid(\"{contact}\") AND Date=={}", moment(*date)), SMALL_PAGE)]
        }
    }
}

/// A text within a condition. A quotation mark is doubled: a reader that knows no such escape refuses the
/// condition, and finds nothing else by it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A day within a condition.
fn moment(date: Date) -> String {
    format!("DateTime({},{:02},{:02})", date.year(), date.month(), date.day())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn plain(endpoint: Endpoint, filter: &DocumentFilter) -> Vec<String> {
        let decode = |text: &str| url::form_urlencoded::parse(text.as_bytes()).map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        queries(endpoint, filter).iter().map(|query| decode(&query.text)).collect()
    }

    fn contact() -> ContactId {
        "430fa14a-f945-44d3-9f97-5df5e28441b8".parse().unwrap()
    }

    #[test]
    fn forty_numbers_go_into_a_call() {
        let numbers: Vec<String> = (0..81).map(|number| format!("CSP-2026-11-{number:06}")).collect();
        let queries = plain(Endpoint::Invoices, &DocumentFilter::Numbers(numbers.clone()));
        assert_eq!(queries.len(), 3);
        assert!(queries[0].starts_with("InvoiceNumbers=CSP-2026-11-000000,CSP-2026-11-000001,"), "{}", queries[0]);
        assert_eq!(queries[2], "InvoiceNumbers=CSP-2026-11-000080");
        let credits = plain(Endpoint::CreditNotes, &DocumentFilter::Numbers(numbers));
        assert_eq!(credits.len(), 7);
        assert!(credits[6].ends_with("CreditNoteNumber==\"CSP-2026-11-000080\""), "{}", credits[6]);
    }

    #[test]
    fn no_address_is_longer_than_two_thousand_letters() {
        let numbers: Vec<String> = (0..400).map(|number| format!("CSP-2026-11-0123456789{number:02}-2")).collect();
        let ids: Vec<XeroId> = (0..400).map(|number| XeroId(uuid::Uuid::from_u128(number))).collect();
        for filter in [DocumentFilter::Numbers(numbers), DocumentFilter::Ids(ids)] {
            for endpoint in [Endpoint::Invoices, Endpoint::CreditNotes] {
                assert!(queries(endpoint, &filter).iter().all(|query| query.text.len() < 2_000));
            }
        }
    }

    #[test]
    fn a_bill_is_looked_up_by_its_contact_too() {
        let filter = DocumentFilter::BillNumber { contact: contact(), number: "DD-123".to_owned() };
        assert_eq!(
            plain(Endpoint::Invoices, &filter),
            ["where=Type==\"ACCPAY\" AND InvoiceNumber==\"DD-123\" AND Contact.ContactID==guid(\"430fa14a-f945-44d3-9f97-5df5e28441b8\")"]
        );
    }

    #[test]
    fn days_are_asked_for_with_both_ends() {
        let filter = DocumentFilter::Dates { from: date(2026, 11, 1), to: date(2026, 11, 30) };
        for endpoint in [Endpoint::Invoices, Endpoint::CreditNotes] {
            assert_eq!(plain(endpoint, &filter), ["where=Date>=DateTime(2026,11,01) AND Date<=DateTime(2026,11,30)"]);
        }
        let filter = DocumentFilter::ContactDate { contact: contact(), date: date(2026, 11, 30) };
        assert_eq!(
            plain(Endpoint::CreditNotes, &filter),
            ["where=Contact.ContactID==guid(\"430fa14a-f945-44d3-9f97-5df5e28441b8\") AND Date==DateTime(2026,11,30)"]
        );
    }

    #[test]
    fn a_number_with_a_comma_is_one_number() {
        let filter = DocumentFilter::Numbers(vec!["A,1".to_owned(), "B 2".to_owned()]);
        assert_eq!(plain(Endpoint::Invoices, &filter), ["InvoiceNumbers=B 2", "where=InvoiceNumber==\"A,1\""]);
    }

    #[test]
    fn a_quotation_mark_does_not_end_the_text() {
        let filter = DocumentFilter::Reference("x\" OR Status==\"PAID".to_owned());
        assert_eq!(plain(Endpoint::Invoices, &filter), ["where=Reference==\"x\"\" OR Status==\"\"PAID\""]);
    }

    #[test]
    fn nothing_wanted_is_no_call() {
        assert!(queries(Endpoint::Invoices, &DocumentFilter::Numbers(Vec::new())).is_empty());
        assert!(queries(Endpoint::CreditNotes, &DocumentFilter::Ids(Vec::new())).is_empty());
    }

    #[test]
    fn everything_but_letters_and_digits_is_escaped() {
        assert_eq!(encoded("a b+c&d/é"), "a%20b%2Bc%26d%2F%C3%A9");
    }
}

//! Addresses at which people see a document in Xero (`contracts/xero.md` 4.6).

use crate::domain::document::Kind;
use crate::domain::ids::XeroId;

/// Where people use Xero; not configurable, because it is no API.
const PLACE: &str = "https://go.xero.com";

/// The page of a document; `None` without the organisation's short code.
///
/// Invoices and bills are documented; the pages of both credits are built alike and unproven.
#[must_use]
pub fn page(short_code: &str, kind: Kind, id: XeroId) -> Option<String> {
    if short_code.is_empty() {
        return None;
    }
    // A short code begins with `!`, which needs no escape; whatever else it holds does.
    let code: String = url::form_urlencoded::byte_serialize(short_code.trim_start_matches('!').as_bytes()).collect();
    let code = if short_code.starts_with('!') { format!("!{code}") } else { code };
    let inside = |path: &str| format!("{PLACE}/organisationlogin/default.aspx?shortcode={code}&redirecturl={path}{id}");
    Some(match kind {
        Kind::Invoice => format!("{PLACE}/app/{code}/invoicing/view/{id}"),
        Kind::Bill => inside("/AccountsPayable/Edit.aspx?InvoiceID="),
        Kind::CreditNote => inside("/AccountsReceivable/EditCreditNote.aspx?creditNoteID="),
        Kind::SupplierCredit => inside("/AccountsPayable/EditCreditNote.aspx?creditNoteID="),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_page() {
        let id: XeroId = "ed255415-e141-4150-aab7-89c3bbbb851c".parse().unwrap();
        let page = |kind| page("!1lqVQ", kind, id).unwrap();
        assert_eq!(page(Kind::Invoice), "https://go.xero.com/app/!1lqVQ/invoicing/view/ed255415-e141-4150-aab7-89c3bbbb851c");
        assert_eq!(
            page(Kind::Bill),
            "https://go.xero.com/organisationlogin/default.aspx?shortcode=!1lqVQ&redirecturl=/AccountsPayable/Edit.aspx?InvoiceID=ed255415-e141-4150-aab7-89c3bbbb851c"
        );
        assert!(page(Kind::CreditNote).contains("/AccountsReceivable/EditCreditNote.aspx"));
        assert!(page(Kind::SupplierCredit).contains("/AccountsPayable/EditCreditNote.aspx"));
    }

    #[test]
    fn without_a_short_code_there_is_no_page() {
        assert_eq!(super::page("", Kind::Invoice, XeroId(uuid::Uuid::nil())), None);
    }
}

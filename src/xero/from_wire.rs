//! From Xero's JSON to what we work with. Enumerations are open: a word that we do not know is kept or
//! skipped, never a failure (`contracts/xero.md`, point 10).

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::domain::books::{Account, AccountClass, BookedContact, BookedDocument, BookedItem, BookedLine, BookedStatus, TaxRate, Terms};
use crate::domain::document::Kind;
use crate::domain::ids::{ContactId, OrganisationId, XeroId};
use crate::domain::money::Money;

use super::filter::Endpoint;
use super::organisation::{AllowedAction, BrandingTheme, Connection, Currency, Organisation, TrackingCategory, TrackingOption};
use super::wire::Object;

/// A text, or the empty one.
fn word(object: Object<'_>, name: &str) -> Arc<str> {
    object.text(name).unwrap_or_default().into()
}

/// Absent is active: short answers leave the status out.
fn is_active(object: Object<'_>, name: &str) -> bool {
    object.text(name).is_none_or(|status| status.eq_ignore_ascii_case("ACTIVE"))
}

fn money(object: Object<'_>, name: &str) -> Money {
    object.decimal(name).map_or(Money::ZERO, Money::round_half_away)
}

/// A connection; `None` without its ids.
pub(super) fn connection(object: Object<'_>) -> Option<Connection> {
    Some(Connection {
        id: object.guid("id")?,
        organisation: OrganisationId(object.guid("tenantId")?),
        name: object.text("tenantName").map(Into::into),
        kind: word(object, "tenantType"),
    })
}

/// The organisation; `None` without its id.
pub(super) fn organisation(object: Object<'_>) -> Option<Organisation> {
    let terms = object.object("PaymentTerms");
    Some(Organisation {
        id: OrganisationId(object.guid("OrganisationID")?),
        name: word(object, "Name"),
        short_code: word(object, "ShortCode"),
        is_demo: object.flag("IsDemoCompany"),
        base_currency: word(object, "BaseCurrency"),
        country: word(object, "CountryCode"),
        status: word(object, "OrganisationStatus"),
        timezone: word(object, "Timezone"),
        period_lock: object.date("PeriodLockDate"),
        year_lock: object.date("EndOfYearLockDate"),
        sales_terms: terms.and_then(|terms| self::terms(terms, "Sales")),
        bill_terms: terms.and_then(|terms| self::terms(terms, "Bills")),
    })
}

/// One side of `PaymentTerms`; `None` when it has none or one that we do not know.
fn terms(object: Object<'_>, side: &str) -> Option<Terms> {
    let side = object.object(side)?;
    let day = side.decimal("Day")?;
    let of_month = || i8::try_from(day).ok().filter(|day| (1..=31).contains(day));
    let count = || u32::try_from(day).ok();
    match &*side.text("Type")?.to_ascii_uppercase() {
        "DAYSAFTERBILLDATE" => count().map(Terms::DaysAfterBillDate),
        "DAYSAFTERBILLMONTH" => count().map(Terms::DaysAfterBillMonth),
        "OFCURRENTMONTH" => of_month().map(Terms::OfCurrentMonth),
        "OFFOLLOWINGMONTH" => of_month().map(Terms::OfFollowingMonth),
        _ => None,
    }
}

/// An action; `None` without a name.
pub(super) fn action(object: Object<'_>) -> Option<AllowedAction> {
    let is_allowed = object.text("Status").is_some_and(|status| status.eq_ignore_ascii_case("ALLOWED"));
    Some(AllowedAction { name: object.text("Name")?.into(), is_allowed })
}

/// An account. Without a class it is known by its type.
pub(super) fn account(object: Object<'_>) -> Account {
    let kind = object.text("Type").unwrap_or_default().to_ascii_uppercase();
    let class = match &*object.text("Class").unwrap_or_default().to_ascii_uppercase() {
        "REVENUE" => AccountClass::Revenue,
        "EXPENSE" => AccountClass::Expense,
        "" => match &*kind {
            "REVENUE" | "SALES" | "OTHERINCOME" => AccountClass::Revenue,
            "EXPENSE" | "DIRECTCOSTS" | "OVERHEADS" => AccountClass::Expense,
            other => AccountClass::Other(other.into()),
        },
        other => AccountClass::Other(other.into()),
    };
    Account {
        code: word(object, "Code"),
        name: word(object, "Name"),
        class,
        is_active: is_active(object, "Status"),
        tax_type: object.text("TaxType").map(Into::into),
        system: object.text("SystemAccount").map(Into::into),
    }
}

/// A tax rate; `None` without its type.
pub(super) fn tax_rate(object: Object<'_>) -> Option<TaxRate> {
    Some(TaxRate {
        tax_type: object.text("TaxType")?.into(),
        name: word(object, "Name"),
        percent: object.decimal("EffectiveRate").or_else(|| object.decimal("DisplayTaxRate")).unwrap_or_default(),
        is_active: is_active(object, "Status"),
        applies_to_revenue: object.flag("CanApplyToRevenue"),
        applies_to_expenses: object.flag("CanApplyToExpenses"),
    })
}

/// A contact; `None` without its id.
pub(super) fn contact(object: Object<'_>) -> Option<BookedContact> {
    let terms = object.object("PaymentTerms");
    Some(BookedContact {
        id: ContactId(object.guid("ContactID")?),
        name: word(object, "Name"),
        account_number: object.text("AccountNumber").map(Into::into),
        is_active: is_active(object, "ContactStatus"),
        sales_terms: terms.and_then(|terms| self::terms(terms, "Sales")),
        bill_terms: terms.and_then(|terms| self::terms(terms, "Bills")),
    })
}

/// An item; `None` without its code.
pub(super) fn item(object: Object<'_>) -> Option<BookedItem> {
    let sales_price = object.object("SalesDetails").and_then(|details| details.decimal("UnitPrice"));
    Some(BookedItem { code: object.text("Code")?.into(), name: word(object, "Name"), sales_price })
}

/// A tracking category; `None` without its id.
pub(super) fn tracking_category(object: Object<'_>) -> Option<TrackingCategory> {
    let option =
        |option: Object<'_>| Some(TrackingOption { id: option.guid("TrackingOptionID")?, name: word(option, "Name"), is_active: is_active(option, "Status") });
    Some(TrackingCategory {
        id: object.guid("TrackingCategoryID")?,
        name: word(object, "Name"),
        is_active: is_active(object, "Status"),
        options: object.list("Options").filter_map(option).collect(),
    })
}

/// A branding theme; `None` without its id.
pub(super) fn branding_theme(object: Object<'_>) -> Option<BrandingTheme> {
    Some(BrandingTheme { id: object.guid("BrandingThemeID")?, name: word(object, "Name") })
}

/// A currency; `None` without its code.
pub(super) fn currency(object: Object<'_>) -> Option<Currency> {
    Some(Currency { code: object.text("Code")?.into(), description: word(object, "Description") })
}

/// The kind of Xero's word; `None` for the kinds that we neither write nor read.
fn kind_of(word: &str) -> Option<Kind> {
    let known = [Kind::Bill, Kind::SupplierCredit, Kind::Invoice, Kind::CreditNote];
    known.into_iter().find(|kind| type_of(*kind).eq_ignore_ascii_case(word))
}

/// Xero's word for a kind.
pub(super) fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Bill => "ACCPAY",
        Kind::SupplierCredit => "ACCPAYCREDIT",
        Kind::Invoice => "ACCREC",
        Kind::CreditNote => "ACCRECCREDIT",
    }
}

/// A document. `Ok(None)` for a kind that is none of ours.
///
/// # Errors
///
/// The name of a member without which the document means nothing: leaving such a one out could have its
/// charges billed a second time.
pub(super) fn document(endpoint: Endpoint, object: Object<'_>) -> Result<Option<BookedDocument>, &'static str> {
    let Some(kind) = kind_of(&object.text("Type").ok_or("Type")?) else { return Ok(None) };
    let (id, number) = (endpoint.id_member(), endpoint.number_member());
    let contact = object.object("Contact");
    let status = BookedStatus::from_word(&object.text("Status").ok_or("Status")?);
    let total = money(object, "Total");
    let settled = settled(endpoint, object, &status, total);
    Ok(Some(BookedDocument {
        id: XeroId(object.guid(id).filter(|id| !id.is_nil()).ok_or(id)?),
        kind,
        number: word(object, number),
        reference: word(object, "Reference"),
        contact_id: contact.and_then(|contact| contact.guid("ContactID")).map(ContactId),
        contact_name: contact.map(|contact| word(contact, "Name")).unwrap_or_default(),
        date: object.date("Date").ok_or("Date")?,
        due_date: object.date("DueDate"),
        currency: word(object, "CurrencyCode"),
        lines: object.list("LineItems").map(|line| self::line(line)).collect(),
        sub_total: money(object, "SubTotal"),
        total_tax: money(object, "TotalTax"),
        total,
        settled,
        updated: word(object, "UpdatedDateUTC"),
        status,
    }))
}

/// What was paid, credited or, of a credit, used up.
fn settled(endpoint: Endpoint, object: Object<'_>, status: &BookedStatus, total: Money) -> Money {
    match endpoint {
        Endpoint::Invoices => money(object, "AmountPaid") + money(object, "AmountCredited"),
        // What remains of a draft is not said alike everywhere, and a draft cannot be used.
        Endpoint::CreditNotes if matches!(status, BookedStatus::Authorised | BookedStatus::Paid) => {
            object.decimal("RemainingCredit").map_or(Money::ZERO, |remaining| total - Money::round_half_away(remaining))
        }
        Endpoint::CreditNotes => Money::ZERO,
    }
}

/// A line; one with a description alone has neither quantity nor price.
fn line(object: Object<'_>) -> BookedLine {
    let (quantity, unit_amount) = (object.decimal("Quantity").unwrap_or(Decimal::ZERO), object.decimal("UnitAmount").unwrap_or(Decimal::ZERO));
    BookedLine {
        description: word(object, "Description"),
        quantity,
        unit_amount,
        line_amount: Money::round_half_away(object.decimal("LineAmount").unwrap_or(quantity * unit_amount)),
        tax_amount: money(object, "TaxAmount"),
        account_code: object.text("AccountCode").map(Into::into),
        tax_type: object.text("TaxType").map(Into::into),
    }
}

#[cfg(test)]
mod tests;

//! The settings that decide cents and documents, as plain data. `config` fills them in.

use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::books::Terms;
use super::document::{Kind, Status};
use super::ids::ContactId;
use super::pricing::PriceRule;

/// Everything of the configuration that the plan depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// One bill a period, or one a distributor invoice.
    pub bill_per: BillPer,
    /// The contact of the bill.
    pub distributor_contact_id: Option<ContactId>,
    /// Its name, `Dicker Data` unless configured.
    pub distributor_name: Arc<str>,
    /// Account of every bill line.
    pub expense_account: Arc<str>,
    /// Account of every customer line, unless the product has its own.
    pub revenue_account: Arc<str>,
    /// True when a customer needs a Xero contact **id**; false when a name will do (CSV output).
    pub needs_contact_id: bool,
    /// The ISO code when the source states none: AUD or NZD by country.
    pub currency: Arc<str>,
    /// Status of every document.
    pub status: Status,
    /// When documents fall due.
    pub due: DueRule,
    /// True when a customer's own terms in Xero come before [`Policy::due`].
    pub due_by_contact: bool,
    /// `CSP` in `CSP-2026-11-196e22`.
    pub number_prefix: Arc<str>,
    /// How part cycles are priced.
    pub proration: Proration,
    /// Template of a customer line's text; see [`super::describe`].
    pub description: Arc<str>,
    /// The last resort of pricing.
    pub default_price: PriceRule,
    /// Percent of the sell price below which a line is held.
    pub margin_floor_percent: Decimal,
    /// Split documents at so many lines (500 in CSV output, `rules.md` 28); `None` through the API.
    pub lines_at_most: Option<usize>,
    /// Days before a commitment ends at which `renewal-soon` speaks.
    pub renewal_days: i64,
}

/// How bills are cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BillPer {
    /// One a period.
    #[default]
    Period,
    /// One a distributor invoice.
    Invoice,
}

/// How the part of a cycle is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proration {
    /// Inclusive days ÷ days of the cycle.
    #[default]
    Days,
    /// Unit cost charged ÷ unit cost of a whole cycle.
    PriceRatio,
}

/// What every row of one import file carries beside its own figures. Part of the file's bytes, so
/// the ledger fixes it with the file (`rules.md` 20 and 21).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// Display name of the tax type of lines that state none.
    pub tax_type: String,
    /// At most two tracking categories, each with its option.
    pub tracking: Vec<(String, String)>,
    /// Display name of the branding theme; sales only.
    pub branding_theme: Option<String>,
}

/// The labels of both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportLabels {
    /// Of invoices and credit notes.
    pub sales: Labels,
    /// Of bills and supplier credits.
    pub purchases: Labels,
}

impl ImportLabels {
    /// The tax types that Xero has in New Zealand (`NZ`) and, for any other code, in Australia; nothing else.
    #[must_use]
    pub fn of_country(country: &str) -> Self {
        let rate = if country.eq_ignore_ascii_case("NZ") { "15% " } else { "" };
        let with_tax = |name: &str| Labels { tax_type: format!("{rate}GST on {name}"), ..Labels::default() };
        Self { sales: with_tax("Income"), purchases: with_tax("Expenses") }
    }

    /// The labels of a kind of document.
    #[must_use]
    pub fn of(&self, kind: Kind) -> &Labels {
        if kind.is_purchase() { &self.purchases } else { &self.sales }
    }
}

/// When a document falls due (`rules.md` 19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueRule {
    /// `"20 days"` after the document date.
    DaysAfter(u32),
    /// `"20 of following month"`, clamped to the month's end.
    DayOfFollowingMonth(i8),
    /// `"end of following month"`.
    EndOfFollowingMonth,
    /// So many days after the end of the document's month; of terms in Xero.
    DaysAfterMonthEnd(u32),
    /// A day of the document's own month, clamped to its end and never before the document; of terms in Xero.
    DayOfCurrentMonth(i8),
}

impl From<Terms> for DueRule {
    fn from(terms: Terms) -> Self {
        match terms {
            Terms::DaysAfterBillDate(days) => Self::DaysAfter(days),
            Terms::DaysAfterBillMonth(days) => Self::DaysAfterMonthEnd(days),
            Terms::OfCurrentMonth(day) => Self::DayOfCurrentMonth(day),
            Terms::OfFollowingMonth(day) => Self::DayOfFollowingMonth(day),
        }
    }
}

impl DueRule {
    /// The due date of a document of this date.
    #[must_use]
    pub fn due_date(self, date: Date) -> Date {
        let month = super::period::BillingPeriod::containing(date);
        let after = |date: Date, days: u32| date.checked_add(jiff::Span::new().days(i64::from(days.min(3_660)))).unwrap_or(date);
        let day_of = |last: Date, day: i8| Date::new(last.year(), last.month(), day.clamp(1, last.day())).unwrap_or(last);
        match self {
            Self::DaysAfter(days) => after(date, days),
            Self::DayOfFollowingMonth(day) => day_of(month.next().last_day(), day),
            Self::EndOfFollowingMonth => month.next().last_day(),
            Self::DaysAfterMonthEnd(days) => after(month.last_day(), days),
            Self::DayOfCurrentMonth(day) => day_of(month.last_day(), day).max(date),
        }
    }
}

/// A text that is no due rule.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` does not say when documents fall due; write \"20 days\", \"20 of following month\" or \"end of following month\"")]
pub struct NotADueRule(String);

impl std::str::FromStr for DueRule {
    type Err = NotADueRule;
    fn from_str(text: &str) -> Result<Self, NotADueRule> {
        let refuse = || NotADueRule(text.to_owned());
        let lower = text.trim().to_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        match words.as_slice() {
            ["end", "of", "following", "month"] => Ok(Self::EndOfFollowingMonth),
            [day, "of", "following", "month"] => match day.parse() {
                Ok(day @ 1..=31) => Ok(Self::DayOfFollowingMonth(day)),
                _ => Err(refuse()),
            },
            [days, "days" | "day"] => match days.parse() {
                Ok(days @ 0..=365) => Ok(Self::DaysAfter(days)),
                _ => Err(refuse()),
            },
            _ => Err(refuse()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn rule_20_tax_types_go_by_country() {
        assert_eq!(ImportLabels::of_country("AU").of(Kind::Invoice).tax_type, "GST on Income");
        assert_eq!(ImportLabels::of_country("AU").of(Kind::SupplierCredit).tax_type, "GST on Expenses");
        assert_eq!(ImportLabels::of_country("nz").of(Kind::CreditNote).tax_type, "15% GST on Income");
        assert_eq!(ImportLabels::of_country("NZ").of(Kind::Bill).tax_type, "15% GST on Expenses");
    }

    #[test]
    fn rule_19_terms_of_a_contact_in_xero() {
        for (terms, of, due) in [
            (Terms::DaysAfterBillDate(14), date(2026, 11, 30), date(2026, 12, 14)),
            (Terms::DaysAfterBillMonth(10), date(2026, 11, 5), date(2026, 12, 10)),
            (Terms::OfFollowingMonth(20), date(2026, 11, 30), date(2026, 12, 20)),
            (Terms::OfFollowingMonth(31), date(2027, 1, 31), date(2027, 2, 28)),
            (Terms::OfCurrentMonth(31), date(2026, 11, 5), date(2026, 11, 30)),
            (Terms::OfCurrentMonth(10), date(2026, 11, 30), date(2026, 11, 30)),
        ] {
            assert_eq!(DueRule::from(terms).due_date(of), due, "{terms:?}");
        }
    }

    #[test]
    fn rule_19_due_dates() {
        for (rule, of, due) in [
            ("20 days", date(2026, 11, 30), date(2026, 12, 20)),
            ("0 days", date(2026, 11, 30), date(2026, 11, 30)),
            ("20 of following month", date(2026, 11, 30), date(2026, 12, 20)),
            ("31 of following month", date(2027, 1, 31), date(2027, 2, 28)),
            ("End of Following  month", date(2027, 12, 5), date(2028, 1, 31)),
        ] {
            assert_eq!(rule.parse::<DueRule>().unwrap().due_date(of), due, "{rule}");
        }
        for text in ["", "20", "soon", "32 of following month", "0 of following month", "-1 days", "400 days", "contact terms"] {
            assert!(text.parse::<DueRule>().is_err(), "{text}");
        }
    }
}

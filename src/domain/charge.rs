//! What Dicker Data charged, line by line, and the key that makes billing it twice impossible.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::digits::{DateOrder, Digits};
use super::ids::{SubscriptionId, TenantId};
use super::money::Money;
use super::offer::StockCode;
use super::period::{BillingPeriod, Window};

/// The identity of a charge: the first 128 bits of a SHA-256, shown as 32 hex digits.
///
/// From an export it covers what `rules.md` 12 lists, so the same row has the same key in any
/// file and any row order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChargeKey(pub u128);

impl ChargeKey {
    /// The key of an export's row. `ordinal` counts identical rows within one file, from 1.
    #[must_use]
    pub fn of_export(facts: &ChargeFacts<'_>, ordinal: u32) -> Self {
        let mut text = Vec::with_capacity(192);
        text.extend_from_slice(b"export\n");
        text.extend_from_slice(facts.subscription.as_str().as_bytes());
        text.push(b'\n');
        text.extend_from_slice(facts.stock_code.as_str().as_bytes());
        text.push(b'\n');
        push_date(&mut text, facts.usage.start);
        text.push(b'\n');
        push_date(&mut text, facts.usage.end);
        text.push(b'\n');
        push_quantity(&mut text, facts.quantity);
        text.push(b'\n');
        push_quantity(&mut text, facts.unit_cost);
        text.push(b'\n');
        text.extend_from_slice(Digits::of_whole(u64::from(ordinal)).as_bytes());
        Self::digest(&text)
    }

    /// The key of a line that the distributor's API names by invoice number and line. It ends in
    /// a mark of its own, so that a key alone tells which kind of source it is from.
    #[must_use]
    pub fn of_invoice_line(invoice_number: &str, line: &str) -> Self {
        let digest = Self::digest(format!("invoice\n{}\n{}", invoice_number.trim().to_uppercase(), line.trim()).as_bytes());
        Self(digest.0 & !u128::from(u32::MAX) | u128::from(INVOICE_LINE_MARK))
    }

    /// True for a key of [`ChargeKey::of_invoice_line`]. One export's row in four thousand million is
    /// taken for one as well, which can hold it back and never bills it twice.
    #[must_use]
    pub fn is_of_invoice_line(self) -> bool {
        self.0 & u128::from(u32::MAX) == u128::from(INVOICE_LINE_MARK)
    }

    fn digest(text: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, text);
        let first: [u8; 16] = digest.as_ref().first_chunk().copied().unwrap_or_default();
        Self(u128::from_be_bytes(first))
    }
}

/// The last eight digits of the key of an invoice's line.
const INVOICE_LINE_MARK: u32 = 0xd1c4_e2a1;

/// The date in ISO form.
fn push_date(text: &mut Vec<u8>, date: Date) {
    if date.year() >= 0 {
        text.extend_from_slice(Digits::of_date(date, DateOrder::Iso).as_bytes());
    } else {
        text.extend_from_slice(date.to_string().as_bytes());
    }
}

/// What [`crate::domain::money::show_quantity`] shows.
fn push_quantity(text: &mut Vec<u8>, quantity: Decimal) {
    text.extend_from_slice(Digits::of(quantity, 0).as_bytes());
}

impl fmt::Display for ChargeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Digits::of_key(self.0).as_str())
    }
}

impl fmt::Debug for ChargeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no charge key.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a charge key of 32 hex digits")]
pub struct NotAKey(String);

impl FromStr for ChargeKey {
    type Err = NotAKey;
    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let text = text.trim();
        if text.len() != 32 {
            return Err(NotAKey(text.to_owned()));
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_| NotAKey(text.to_owned()))
    }
}

impl Serialize for ChargeKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Digits::of_key(self.0).as_str())
    }
}

impl<'de> Deserialize<'de> for ChargeKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The columns that identify an export's row (`rules.md` 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChargeFacts<'a> {
    /// Trimmed, lower case.
    pub subscription: &'a SubscriptionId,
    /// Upper case without trailing colons.
    pub stock_code: &'a StockCode,
    /// Usage window, both ends included.
    pub usage: Window,
    /// Seats, or units of consumption.
    pub quantity: Decimal,
    /// Unit cost as charged, already prorated.
    pub unit_cost: Decimal,
}

/// Where a row came from, for messages: file and row as a spreadsheet shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRow {
    /// File name as given, without the folder.
    pub file: Arc<str>,
    /// Row number, counted from 1 with the heading row included.
    pub row: u32,
}

/// One line that Dicker Data charged.
#[derive(Clone, Debug)]
pub struct Charge {
    /// Identity.
    pub key: ChargeKey,
    /// The subscription; empty when the source names none.
    pub subscription: SubscriptionId,
    /// What was bought, with term and billing.
    pub stock_code: StockCode,
    /// The tenant column of the source, if it had a GUID in it.
    pub stated_tenant: Option<TenantId>,
    /// The customer's name in the source: a label, and a last resort for finding the tenant.
    pub tenant_name: Arc<str>,
    /// The product's name in the source; empty when it has none.
    pub description: Arc<str>,
    /// Days charged, both ends included.
    pub usage: Window,
    /// First day of the commitment, if stated.
    pub term_start: Option<Date>,
    /// Last day of the commitment, included, if stated.
    pub term_end: Option<Date>,
    /// Seats, or units; negative on some credits.
    pub quantity: Decimal,
    /// Unit cost per billing cycle, already prorated by the distributor.
    pub unit_cost: Decimal,
    /// What was charged excluding GST (`rules.md` 1).
    pub cost: Money,
    /// The distributor's invoice number, if the source states one.
    pub invoice_number: Option<Arc<str>>,
    /// The distributor's invoice date, if the source or the configuration states one.
    pub invoice_date: Option<Date>,
    /// Where it was read.
    pub source: SourceRow,
}

impl Charge {
    /// The month the charge belongs to: of its invoice date, else of its usage start (`rules.md` 14).
    #[must_use]
    pub fn month(&self) -> BillingPeriod {
        BillingPeriod::containing(self.invoice_date.unwrap_or(self.usage.start))
    }

    /// The columns that identify it.
    #[must_use]
    pub fn facts(&self) -> ChargeFacts<'_> {
        ChargeFacts { subscription: &self.subscription, stock_code: &self.stock_code, usage: self.usage, quantity: self.quantity, unit_cost: self.unit_cost }
    }

    /// True for a credit: less than nothing was charged (`rules.md` 8).
    #[must_use]
    pub fn is_credit(&self) -> bool {
        self.cost.is_negative()
    }

    /// True for trials, which are told by their name alone (`contracts/dickerdata.md` 2.1).
    #[must_use]
    pub fn is_trial(&self) -> bool {
        self.description.to_ascii_lowercase().contains("trial")
    }
}

/// One row of the annuity list: a subscription with its price for a whole term.
#[derive(Clone, Debug)]
pub struct AnnuityLine {
    /// The tenant, if its cell holds a GUID.
    pub tenant_id: Option<TenantId>,
    /// The customer's name.
    pub tenant_name: Arc<str>,
    /// The subscription.
    pub subscription: SubscriptionId,
    /// What was bought.
    pub stock_code: StockCode,
    /// STOCK DESCRIPTION, the name to show. REFERENCE is cut at 30 characters and never used.
    pub description: Arc<str>,
    /// Seats.
    pub quantity: Decimal,
    /// `NCE`, or `MODN` on Azure; upper case.
    pub charge_type: Arc<str>,
    /// True unless STATUS says something other than active.
    pub active: bool,
    /// The day before the subscription first began.
    pub start_usage: Option<Date>,
    /// END USAGE as given.
    pub end_usage: Option<Date>,
    /// REVALUATION PERIOD: the current expiry, included.
    pub expiry: Option<Date>,
    /// Cost of a whole **term**, even when billed monthly; `None` when the cell is blank.
    pub unit_price: Option<Decimal>,
    /// Recommended price of a whole **term**; `None` when the cell is blank.
    pub unit_rrp: Option<Decimal>,
    /// Where it was read.
    pub source: SourceRow,
}

impl AnnuityLine {
    /// True for lines that have no seats to compare.
    #[must_use]
    pub fn is_azure(&self) -> bool {
        &*self.charge_type == "MODN" || self.stock_code.offer().is_azure()
    }

    /// First day of the current term, derived because START USAGE is the first-ever start and a
    /// day early: (expiry + 1 day) − term months, raised to START USAGE + 1
    /// (`contracts/dickerdata.md` 4).
    #[must_use]
    pub fn term_start(&self) -> Option<Date> {
        let after_expiry = self.expiry?.tomorrow().ok()?;
        let months = i64::from(self.stock_code.term()?.months);
        let derived = super::cycle::shift_months(after_expiry, -months)?;
        let first_ever = self.start_usage.and_then(|day| day.tomorrow().ok());
        Some(first_ever.map_or(derived, |first| first.max(derived)))
    }
}

/// A row that could not be used, with the reason (`rules.md` 23).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedRow {
    /// File name as given.
    pub file: Arc<str>,
    /// Row number as a spreadsheet shows it.
    pub row: u32,
    /// The column's heading, or empty when the whole row is meant.
    pub column: String,
    /// What is wrong with it.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::show_quantity;
    use jiff::civil::date;

    fn key(subscription: &str, stock_code: &str, quantity: &str, unit_cost: &str, ordinal: u32) -> ChargeKey {
        let facts = ChargeFacts {
            subscription: &SubscriptionId::new(subscription),
            stock_code: &StockCode::new(stock_code),
            usage: Window { start: date(2026, 11, 1), end: date(2026, 11, 30) },
            quantity: quantity.parse().unwrap(),
            unit_cost: unit_cost.parse().unwrap(),
        };
        ChargeKey::of_export(&facts, ordinal)
    }

    #[test]
    fn rule_12_a_key_ignores_case_blanks_trailing_colons_and_trailing_zeros() {
        let one = key(" 3F2A ", "P1Y:CFQ7TTC0LCHC:0002:1:", "18", "28.1900", 1);
        let other = key("3f2a", "p1y:cfq7ttc0lchc:0002:1", "18.00", "28.19", 1);
        assert_eq!(one, other);
        assert_eq!(one.to_string().parse::<ChargeKey>().unwrap(), one);
    }

    #[test]
    fn rule_12_identical_rows_of_one_file_differ_by_ordinal() {
        assert_ne!(key("a", "B", "1", "2", 1), key("a", "B", "1", "2", 2));
    }

    #[test]
    fn keys_are_stable_across_releases() {
        // A changed key would bill every past charge again: this value may never change.
        let stable = key("f9c1ea2d-2c6e-4717-8c3b-7130812d70ba", "P1Y:CFQ7TTC0LCHC:0002:1:", "18", "28.1925", 1);
        assert_eq!(stable.to_string(), "f75e1319a1d2387c9d8a4b3367ce83c5");
        let of_invoice = ChargeKey::of_invoice_line(" inv0012345", "7 ");
        assert_eq!(of_invoice.to_string(), "5382c872ae624248de264e26d1c4e2a1");
        assert_eq!((of_invoice.is_of_invoice_line(), stable.is_of_invoice_line()), (true, false));
    }

    proptest::proptest! {
        #[test]
        fn keys_are_made_from_the_same_text_as_ever(units in proptest::num::i64::ANY, scale in 0_u32..=28, year in 1_i16..=9999, month in 1_i8..=12, day in 1_i8..=28) {
            let mut text = Vec::new();
            push_quantity(&mut text, Decimal::new(units, scale));
            proptest::prop_assert_eq!(String::from_utf8(text).unwrap(), show_quantity(Decimal::new(units, scale)));
            let mut text = Vec::new();
            push_date(&mut text, date(year, month, day));
            proptest::prop_assert_eq!(String::from_utf8(text).unwrap(), date(year, month, day).to_string());
        }
    }

    #[test]
    fn a_key_of_a_large_quantity_is_made_from_the_same_text_as_ever() {
        for quantity in [Decimal::MAX, Decimal::MIN, Decimal::ZERO, -Decimal::ZERO, Decimal::new(-5, 1)] {
            let mut text = Vec::new();
            push_quantity(&mut text, quantity);
            assert_eq!(String::from_utf8(text).unwrap(), show_quantity(quantity));
        }
    }

    fn annuity(start_usage: Date, expiry: Date) -> AnnuityLine {
        AnnuityLine {
            tenant_id: None,
            tenant_name: "Contoso".into(),
            subscription: SubscriptionId::new("s"),
            stock_code: StockCode::new("P1Y:CFQ7TTC0LCHC:0002:1:"),
            description: "".into(),
            quantity: Decimal::ONE,
            charge_type: "NCE".into(),
            active: true,
            start_usage: Some(start_usage),
            end_usage: None,
            expiry: Some(expiry),
            unit_price: None,
            unit_rrp: None,
            source: SourceRow { file: "a.csv".into(), row: 2 },
        }
    }

    #[test]
    fn start_usage_is_the_day_before_the_term_and_only_a_lower_bound() {
        assert_eq!(annuity(date(2023, 3, 31), date(2027, 3, 31)).term_start(), Some(date(2026, 4, 1)));
        assert_eq!(annuity(date(2026, 7, 4), date(2027, 3, 31)).term_start(), Some(date(2026, 7, 5)), "co-termed stub");
        assert_eq!(annuity(date(2020, 1, 1), date(2027, 2, 28)).term_start(), Some(date(2026, 3, 1)));
    }
}

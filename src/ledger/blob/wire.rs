//! Version 1 of the format: what the bytes mean. Never changed.

use jiff::civil::Date as CivilDate;
use rust_decimal::Decimal;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::BlobError;
use crate::domain::money::Money;
use crate::domain::period::Window as DomainWindow;

/// A decimal with its scale. Written as the scale, then the digits in 64 bits; with [`Self::WIDE`]
/// added to the scale, in 128 bits: nearly all amounts are small, and there are millions of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    digits: i128,
    scale: u8,
}

impl Number {
    const WIDE: u8 = 0x80;

    pub(super) fn of(value: Decimal) -> Self {
        // A scale is at most 28.
        Self { digits: value.mantissa(), scale: u8::try_from(value.scale()).unwrap_or(0) }
    }

    pub(super) fn value(self) -> Result<Decimal, BlobError> {
        Decimal::try_from_i128_with_scale(self.digits, u32::from(self.scale)).map_err(|_| BlobError::Impossible("number"))
    }

    pub(super) fn money(self) -> Result<Money, BlobError> {
        let amount = self.value()?;
        let money = Money::round_half_away(amount);
        if money.amount() == amount { Ok(money) } else { Err(BlobError::Impossible("amount")) }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match i64::try_from(self.digits) {
            Ok(digits) => (self.scale, digits).serialize(serializer),
            Err(_) => (self.scale | Self::WIDE, self.digits).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair;
        impl<'de> Visitor<'de> for Pair {
            type Value = Number;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a scale and digits")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Number, A::Error> {
                let missing = || A::Error::custom("digits are missing");
                let scale: u8 = pair.next_element()?.ok_or_else(missing)?;
                let digits = if scale < Number::WIDE { pair.next_element::<i64>()?.map(i128::from) } else { pair.next_element()? };
                Ok(Number { digits: digits.ok_or_else(missing)?, scale: scale & !Number::WIDE })
            }
        }
        deserializer.deserialize_tuple(2, Pair)
    }
}

impl From<Money> for Number {
    fn from(money: Money) -> Self {
        Self::of(money.amount())
    }
}

/// A date as year × 512 + month × 32 + day.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Day(i32);

impl Day {
    pub(super) fn of(date: CivilDate) -> Self {
        Self(i32::from(date.year()) * 512 + i32::from(date.month()) * 32 + i32::from(date.day()))
    }

    pub(super) fn value(self) -> Result<CivilDate, BlobError> {
        let part = |value: i32| i8::try_from(value).ok();
        let year = i16::try_from(self.0.div_euclid(512)).ok();
        let (month, day) = (part(self.0.rem_euclid(512) / 32), part(self.0.rem_euclid(32)));
        year.zip(month).zip(day).and_then(|((year, month), day)| CivilDate::new(year, month, day).ok()).ok_or(BlobError::Impossible("date"))
    }
}

/// First and last day.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Window(Day, Day);

impl Window {
    pub(super) fn of(window: DomainWindow) -> Self {
        Self(Day::of(window.start), Day::of(window.end))
    }

    pub(super) fn value(self) -> Result<DomainWindow, BlobError> {
        Ok(DomainWindow { start: self.0.value()?, end: self.1.value()? })
    }
}

/// Bytes in one piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Bytes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(Self)
    }
}

/// A document's lines and workings. Texts that repeat are indices into `texts`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DocumentBlob<'a> {
    #[serde(borrow)]
    pub(super) texts: Vec<&'a str>,
    /// 16 bytes a line.
    #[serde(borrow)]
    pub(super) keys: Bytes<'a>,
    #[serde(borrow)]
    pub(super) lines: Vec<LineBlob<'a>>,
    pub(super) workings: Vec<WorkingBlob>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LineBlob<'a> {
    #[serde(borrow)]
    pub(super) description: &'a str,
    pub(super) quantity: Number,
    pub(super) unit_amount: Number,
    pub(super) line_amount: Number,
    pub(super) account_code: u32,
    pub(super) tax_type: Option<u32>,
}

/// File and row.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct RowBlob(pub(super) u32, pub(super) u32);

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WorkingBlob {
    pub(super) source: RowBlob,
    pub(super) usage: Window,
    pub(super) quantity: Number,
    pub(super) unit_cost: Number,
    pub(super) cost: Number,
    pub(super) rule: RuleBlob,
    pub(super) origin: OriginBlob,
    pub(super) full_price: Option<FullPriceBlob>,
    pub(super) part: Option<PartBlob>,
    pub(super) sell: Number,
    pub(super) note: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum RuleBlob {
    Fixed(Number),
    CostPlus(Number),
    Rrp(Number),
    Item,
    None,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum OriginBlob {
    Override,
    Product,
    Customer,
    Default,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FullPriceBlob {
    pub(super) figure: Number,
    pub(super) billing_months: u32,
    pub(super) term_months: u32,
    pub(super) percent: Number,
    pub(super) annuity: Option<RowBlob>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PartBlob {
    pub(super) numerator: Number,
    pub(super) denominator: Number,
    pub(super) cycle: Window,
    pub(super) method: MethodBlob,
    pub(super) boundary: BoundaryBlob,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum MethodBlob {
    WholeCycle,
    Days,
    PriceRatio,
    DaysForLackOfPrice,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum BoundaryBlob {
    CycleLine,
    TermEnd,
    CalendarMonth,
    AnnualTerm,
}

/// Some thousand billed charges.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ChargesBlob<'a> {
    /// Stock codes and document numbers.
    #[serde(borrow)]
    pub(super) texts: Vec<&'a str>,
    /// 16 bytes a charge.
    #[serde(borrow)]
    pub(super) keys: Bytes<'a>,
    #[serde(borrow)]
    pub(super) charges: Vec<ChargeBlob<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ChargeBlob<'a> {
    /// First day of the period.
    pub(super) period: Day,
    #[serde(borrow)]
    pub(super) subscription: SubscriptionBlob<'a>,
    pub(super) stock_code: u32,
    pub(super) usage: Window,
    pub(super) quantity: Number,
    pub(super) unit_cost: Number,
    pub(super) cost: Number,
    pub(super) bill: Option<u32>,
    #[serde(borrow)]
    pub(super) sale: Option<SaleBlob<'a>>,
    pub(super) caught_up: bool,
}

/// Most subscriptions are GUIDs, which take 16 bytes instead of 36.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum SubscriptionBlob<'a> {
    #[serde(borrow)]
    Guid(Bytes<'a>),
    Text(&'a str),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SaleBlob<'a> {
    pub(super) number: u32,
    #[serde(borrow)]
    pub(super) tenant_id: Bytes<'a>,
    pub(super) sell: Number,
    pub(super) whole_cycle: bool,
}

//! Offers and Dicker Data's names for them, the stock codes
//! (`contracts/dickerdata.md` 3.1: `{term}:{product}:{variant}:{billing}:`, parts may be missing).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// How long a purchase is committed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// Months of the commitment: 1, 12 or 36.
    pub months: u32,
}

impl Term {
    /// Reads `P1M`, `P1Y`, `P3Y` and their kin; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number_and_unit = text.strip_prefix('P')?;
        let months_each = match number_and_unit.chars().last()? {
            'M' => 1,
            'Y' => 12,
            _ => return None,
        };
        let number: u32 = number_and_unit.get(..number_and_unit.len() - 1)?.parse().ok()?;
        (1..=120).contains(&number).then_some(Self { months: number * months_each })
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.months.is_multiple_of(12) { write!(f, "P{}Y", self.months / 12) } else { write!(f, "P{}M", self.months) }
    }
}

/// How often a purchase is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Billing {
    /// Every month (`1` in a stock code).
    Monthly,
    /// Every year, up front (`Y` in a stock code).
    Annual,
}

impl Billing {
    /// Months that one charge of a whole cycle covers.
    #[must_use]
    pub fn months(self) -> u32 {
        match self {
            Self::Monthly => 1,
            Self::Annual => 12,
        }
    }
}

impl fmt::Display for Billing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Monthly => "monthly",
            Self::Annual => "annual",
        })
    }
}

/// A product one can buy, `ProductId:SkuId` in upper case. The variant after the colon matters:
/// one product id carries several products (`contracts/dickerdata.md` 3.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OfferId(Arc<str>);

impl OfferId {
    /// Normalises case, blanks and trailing colons.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(canonical(text).into())
    }

    /// `CFQ7TTC0LCHC:0002`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Product and variant; `None` for a code that names no variant and so no one SKU.
    #[must_use]
    pub fn parts(&self) -> Option<(&str, &str)> {
        self.0.split_once(':').filter(|(product, variant)| !product.is_empty() && !variant.is_empty() && !variant.contains(':'))
    }

    /// True for consumption and reservations of Azure, which have no seats to compare
    /// (`contracts/dickerdata.md` 5.4; the prefix is assumed from the one code seen).
    #[must_use]
    pub fn is_azure(&self) -> bool {
        self.0.starts_with("DZH318Z0")
    }
}

impl fmt::Display for OfferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Dicker Data's code for an offer with its term and billing, read leniently.
///
/// Two codes are the same when they differ only in case, blanks and trailing colons.
#[derive(Clone, Debug)]
pub struct StockCode(Arc<StockCodeParts>);

#[derive(Debug)]
struct StockCodeParts {
    canonical: Arc<str>,
    term: Option<Term>,
    offer: OfferId,
    billing: Option<Billing>,
}

impl StockCode {
    /// Reads a code; never fails, because a code nobody can read is still a charge.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let canonical = canonical(text);
        let (first, rest) = canonical.split_once(':').unwrap_or((&canonical, ""));
        let (term, product_on) = match Term::parse(first) {
            Some(term) => (Some(term), rest),
            None => (None, canonical.as_str()),
        };
        let mut parts = product_on.splitn(3, ':');
        let (product, variant, billing) = (parts.next().unwrap_or(""), parts.next(), parts.next());
        let offer = match variant {
            Some(variant) => OfferId(format!("{product}:{variant}").into()),
            None => OfferId(product.into()),
        };
        let billing = match (billing, term) {
            (Some("1"), _) | (None, Some(Term { months: 1 })) => Some(Billing::Monthly),
            (Some("Y"), _) => Some(Billing::Annual),
            _ => None,
        };
        Self(Arc::new(StockCodeParts { canonical: canonical.into(), term, offer, billing }))
    }

    /// Upper case, without blanks and trailing colons (`rules.md` 12).
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.canonical
    }

    /// The same text, to be shared.
    #[must_use]
    pub fn shared_text(&self) -> &Arc<str> {
        &self.0.canonical
    }

    /// The commitment, when the code states one.
    #[must_use]
    pub fn term(&self) -> Option<Term> {
        self.0.term
    }

    /// The product without term and billing.
    #[must_use]
    pub fn offer(&self) -> &OfferId {
        &self.0.offer
    }

    /// The billing cycle, when the code states one or its term leaves only one.
    #[must_use]
    pub fn billing(&self) -> Option<Billing> {
        self.0.billing
    }

    /// True when the source named no stock code.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.canonical.is_empty()
    }
}

// The canonical text decides; codes read by one reader share their parts, which is quicker to see.
impl PartialEq for StockCode {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.canonical == other.0.canonical
    }
}

impl Eq for StockCode {}

impl PartialOrd for StockCode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for StockCode {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.canonical.cmp(&other.0.canonical)
    }
}

impl Hash for StockCode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.canonical.hash(state);
    }
}

impl fmt::Display for StockCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.canonical)
    }
}

fn canonical(text: &str) -> String {
    let mut code: String = text.chars().filter(|character| !character.is_whitespace()).flat_map(char::to_uppercase).collect();
    code.truncate(code.trim_end_matches(':').len());
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stock_codes_of_the_contract_are_read() {
        let code = StockCode::new(" p1y:cfq7ttc0lchc:0002:1: ");
        assert_eq!(code.as_str(), "P1Y:CFQ7TTC0LCHC:0002:1");
        assert_eq!(code.offer().as_str(), "CFQ7TTC0LCHC:0002");
        assert_eq!((code.term(), code.billing()), (Some(Term { months: 12 }), Some(Billing::Monthly)));
        assert_eq!(StockCode::new("P1Y:CFQ7TTC0LFLZ:0002:Y:").billing(), Some(Billing::Annual));
        assert_eq!(StockCode::new("P3Y:CFQ7TTC0LFLZ:0002:Y:").term().unwrap().months, 36);
    }

    #[test]
    fn missing_parts_are_no_obstacle() {
        let short = StockCode::new("P1M:CFQ7TTC0LH04:0001");
        assert_eq!(short.offer().as_str(), "CFQ7TTC0LH04:0001");
        assert_eq!(short.billing(), Some(Billing::Monthly), "a term of one month has only one cycle");
        let azure = StockCode::new("DZH318Z0BPS6:0001");
        assert_eq!((azure.term(), azure.billing()), (None, None));
        assert!(azure.offer().is_azure());
        assert_eq!(StockCode::new("P1Y:CFQ7TTC0LCHC:0002").billing(), None, "a year may be charged either way");
        assert_eq!(StockCode::new("SOMETHING").offer().as_str(), "SOMETHING");
        assert!(StockCode::new(" : ").is_empty());
    }

    #[test]
    fn the_variant_tells_products_apart() {
        assert_ne!(StockCode::new("P1Y:CFQ7TTC0LCHC:0002:1:").offer(), StockCode::new("P1Y:CFQ7TTC0LCHC:001J:1:").offer());
        assert_ne!(StockCode::new("P1Y:CFQ7TTC0LH18:000L:1:").offer(), StockCode::new("P1Y:CFQ7TTC0LH18:0001:1:").offer());
    }
}

//! An invoice's stated totals against its lines: excluding GST to the cent, including GST but for
//! the cents of rounding (`rules.md` 26).

use std::sync::Arc;

use rust_decimal::Decimal;

use super::money::Money;

/// What an invoice says of itself; what it does not say is not compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatedTotals {
    /// Excluding GST.
    pub ex_gst: Option<Money>,
    /// GST alone.
    pub gst: Option<Money>,
    /// Including GST.
    pub inc_gst: Option<Money>,
}

/// What its lines come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineTotals {
    /// How many lines.
    pub lines: u32,
    /// The sum of their amounts excluding GST.
    pub ex_gst: Money,
    /// The sum of their GST, when every line states it.
    pub gst: Option<Money>,
}

/// Which total it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// Excluding GST.
    ExGst,
    /// GST alone.
    Gst,
    /// Including GST.
    IncGst,
}

impl Total {
    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ExGst => "excluding GST",
            Self::Gst => "of GST",
            Self::IncGst => "including GST",
        }
    }
}

/// An invoice whose stated total is not that of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceDiffers {
    /// The distributor's number.
    pub number: Arc<str>,
    /// Which total.
    pub total: Total,
    /// What the invoice says.
    pub stated: Money,
    /// What its lines come to.
    pub computed: Money,
    /// True when only cents of rounded GST are apart: told, and posted all the same.
    pub is_rounding: bool,
}

/// The first total that does not hold, the worst first; `None` when all hold.
///
/// Where lines do not state their GST it is taken at `gst_percent` of each line, unless the invoice
/// states an amount of GST: then only that must add up, because lines may be free of GST.
#[must_use]
pub fn compare(number: &Arc<str>, stated: StatedTotals, lines: LineTotals, gst_percent: Decimal) -> Option<InvoiceDiffers> {
    let differs = |total, stated, computed, is_rounding| {
        (stated != computed).then(|| InvoiceDiffers { number: Arc::clone(number), total, stated, computed, is_rounding })
    };
    if let Some(found) = stated.ex_gst.and_then(|ex_gst| differs(Total::ExGst, ex_gst, lines.ex_gst, false)) {
        return Some(found);
    }
    // Every line's GST may have been rounded the other way.
    let cents = Money::round_half_away(Decimal::new(i64::from(lines.lines.max(1)), 2));
    let within_cents = |stated: Money, computed: Money| (stated - computed).abs() <= cents;
    let rounded = |total, stated: Money, computed: Money| differs(total, stated, computed, within_cents(stated, computed));
    let by_lines = || match (stated.gst, lines.gst) {
        (Some(stated), Some(of_lines)) => rounded(Total::Gst, stated, of_lines),
        _ => None,
    };
    let by_parts = || match (stated.inc_gst, stated.gst, lines.gst) {
        (Some(inc_gst), Some(gst), _) => differs(Total::IncGst, inc_gst, lines.ex_gst + gst, false),
        (Some(inc_gst), None, Some(of_lines)) => rounded(Total::IncGst, inc_gst, lines.ex_gst + of_lines),
        (Some(inc_gst), None, None) => {
            let gst = Money::round_half_away(lines.ex_gst.amount() * gst_percent / Decimal::ONE_HUNDRED);
            if inc_gst == lines.ex_gst { None } else { rounded(Total::IncGst, inc_gst, lines.ex_gst + gst) }
        }
        (None, _, _) => None,
    };
    let found = [by_parts(), by_lines()];
    found.iter().flatten().find(|differs| !differs.is_rounding).or_else(|| found.iter().flatten().next()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        Money::round_half_away(text.parse().unwrap())
    }

    fn compared(stated: [&str; 3], lines: (u32, &str, Option<&str>)) -> Option<(Total, bool)> {
        let [ex_gst, gst, inc_gst] = stated.map(|text| (!text.is_empty()).then(|| money(text)));
        let lines = LineTotals { lines: lines.0, ex_gst: money(lines.1), gst: lines.2.map(money) };
        compare(&"I1".into(), StatedTotals { ex_gst, gst, inc_gst }, lines, Decimal::TEN).map(|differs| (differs.total, differs.is_rounding))
    }

    #[test]
    fn what_an_invoice_does_not_state_is_not_compared() {
        assert_eq!(compared(["", "", ""], (3, "100.00", None)), None);
        assert_eq!(compared(["100.00", "", ""], (3, "100.00", Some("7.00"))), None);
    }

    #[test]
    fn excluding_gst_one_cent_is_too_much() {
        assert_eq!(compared(["100.01", "10.00", "110.01"], (3, "100.00", None)), Some((Total::ExGst, false)));
        assert_eq!(compared(["-100.00", "-10.00", "-110.00"], (3, "-100.00", None)), None, "a credit");
    }

    #[test]
    fn rule_26_including_gst_cents_of_rounding_are_told_and_no_more() {
        assert_eq!(compared(["100.00", "10.00", "110.00"], (3, "100.00", Some("10.02"))), Some((Total::Gst, true)));
        assert_eq!(compared(["100.00", "10.00", "110.00"], (3, "100.00", Some("10.04"))), Some((Total::Gst, false)));
        assert_eq!(compared(["100.00", "", "110.01"], (3, "100.00", None)), Some((Total::IncGst, true)));
        assert_eq!(compared(["100.00", "", "115.00"], (3, "100.00", None)), Some((Total::IncGst, false)));
    }

    #[test]
    fn stated_parts_must_add_up_and_lines_free_of_gst_are_no_fault() {
        assert_eq!(compared(["100.00", "10.00", "110.01"], (3, "100.00", None)), Some((Total::IncGst, false)));
        assert_eq!(compared(["100.00", "4.00", "104.00"], (3, "100.00", None)), None);
        assert_eq!(compared(["100.00", "", "100.00"], (3, "100.00", None)), None);
    }
}

//! The words for what people see, the same in the terminal, the report and `explain`.

use std::fmt::Write as _;

use rust_decimal::{Decimal, RoundingStrategy};

use super::outcome::{Mode, Outcome};
use crate::domain::document::{Kind, State};
use crate::domain::finding::Code;
use crate::domain::money::{Money, show_price, show_quantity};
use crate::domain::period::{Window, month_name, show_date};
use crate::domain::pricing::{PriceRule, RuleOrigin, margin};
use crate::domain::words;
use crate::domain::working::{Boundary, PartMethod, Working};

/// "1 charge", "12 charges".
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    words::count_of(number, noun)
}

/// [`count`] for lengths.
#[must_use]
pub fn count_of(number: usize, noun: &str) -> String {
    words::count_of(number, noun)
}

/// The kind as a word of a sentence.
#[must_use]
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Bill => "bill",
        Kind::SupplierCredit => "supplier credit",
        Kind::Invoice => "invoice",
        Kind::CreditNote => "credit note",
    }
}

/// The kind where room is scarce; the sign of the total and the contact tell credits apart.
#[must_use]
pub fn short_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Bill => "bill",
        Kind::Invoice => "invoice",
        Kind::SupplierCredit | Kind::CreditNote => "credit",
    }
}

/// How far a document has come, in JSON's word.
#[must_use]
pub fn state(state: State) -> &'static str {
    match state {
        State::Planned => "planned",
        State::Posted => "posted",
        State::Exists => "exists",
        State::Exported => "exported",
        State::Failed => "failed",
        State::Unknown => "unknown",
    }
}

/// What the run did, for a header.
#[must_use]
pub fn mode(outcome: &Outcome) -> &'static str {
    let did_nothing = outcome.files.is_empty() && !outcome.plan.documents.iter().any(|document| matches!(document.state, State::Exported | State::Posted));
    match outcome.mode {
        Mode::Reconcile => "compared only, nothing posted",
        Mode::DryRun => "dry run, nothing posted",
        Mode::Posted | Mode::Exported if did_nothing => "nothing new, nothing written",
        Mode::Posted => "posted to Xero",
        Mode::Exported => "written to import files for Xero",
    }
}

/// What a reason or finding means, as the heading of its group.
#[must_use]
pub fn title(code: Code) -> &'static str {
    match code {
        Code::CustomerUnmapped => "the customer has no contact in Xero yet",
        Code::ProductUnmapped => "the product has no entry in the mapping yet",
        Code::PriceMissing => "no sell price was found",
        Code::MarginBelowFloor => "the margin is below the floor",
        Code::QuantityDiffers => "Dicker Data and Microsoft count different seats",
        Code::ChargedNotOwned => "charged, but the tenant does not have it",
        Code::OwnedNotCharged => "the tenant has it, but it is not charged",
        Code::BoughtElsewhere => "the tenant has something that was not bought here",
        Code::SuspendedButCharged => "suspended at Microsoft, still charged",
        Code::IdleSeats => "seats that nobody uses",
        Code::OverAssigned => "more users than seats",
        Code::NotInvoiced => "charged, but on no invoice in Xero",
        Code::InvoicedNotCharged => "on an invoice in Xero, but not charged",
        Code::InvoicedQuantityDiffers => "invoiced in Xero with another quantity",
        Code::InvoicedPriceDiffers => "invoiced in Xero with another price",
        Code::DuplicateInXero => "twice in Xero",
        Code::ChangedAfterPosting => "edited in Xero after it was posted",
        Code::ChangedAtSource => "came back from Dicker Data with other figures",
        Code::CostChanged => "the unit cost moved",
        Code::SellUnchanged => "the cost rose and the price did not",
        Code::RenewalSoon => "a commitment ends soon",
        Code::CancelWindowClosing => "seats can still be given back, not for long",
        Code::ExtendedServiceTerm => "runs on at a higher price after its term",
        Code::TenantUnreachable => "the tenant could not be read",
        Code::SourceStale => "a source is older than what it is compared with",
        Code::TotalMismatch => "a total does not add up",
        Code::CurrencyMixed => "two currencies in one run",
        Code::ExceptionLapsed => "an exception no longer covers its difference",
        Code::OlderThanPeriod => "charges from before the last two months",
        Code::NothingCompared => "nothing was compared",
    }
}

/// A share of one as a percentage: "14.3 %".
#[must_use]
pub fn percent(share: Decimal) -> String {
    let percent = share.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(Decimal::ZERO);
    let mut rounded = percent.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(1);
    format!("{rounded} %")
}

/// The margin of a sale as a percentage; a dash when nothing was sold.
#[must_use]
pub fn margin_percent(sell: Money, cost: Money) -> String {
    margin(sell, cost).map_or_else(|| "–".to_owned(), percent)
}

/// The margin of the whole period as a percentage of what was sold. `Totals::margin` already
/// leaves out the cost of charges that were not sold.
#[must_use]
pub fn total_margin_percent(outcome: &Outcome) -> String {
    let totals = outcome.plan.totals;
    margin_percent(totals.sell, totals.sell - totals.margin)
}

/// "13 to 30 Jul 2026": what both days share is said once.
#[must_use]
pub fn window(window: Window) -> String {
    let Window { start, end } = window;
    if start == end {
        show_date(start)
    } else if (start.year(), start.month()) == (end.year(), end.month()) {
        format!("{} to {}", start.day(), show_date(end))
    } else if start.year() == end.year() {
        format!("{} {} to {}", start.day(), month_name(start.month()), show_date(end))
    } else {
        format!("{} to {}", show_date(start), show_date(end))
    }
}

/// An amount with thousands separators; for the report only.
#[must_use]
pub fn grouped(amount: &str) -> String {
    let (sign, digits) = amount.strip_prefix('-').map_or(("", amount), |digits| ("−", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut out = String::with_capacity(amount.len() + 8);
    out.push_str(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// Where a rule was written.
#[must_use]
pub fn origin(origin: RuleOrigin) -> &'static str {
    match origin {
        RuleOrigin::Override => "an override for this customer and product in mapping.toml",
        RuleOrigin::Product => "the product's entry in mapping.toml",
        RuleOrigin::Customer => "the customer's entry in mapping.toml",
        RuleOrigin::Default => "pricing.default in config.toml",
    }
}

/// Where a cycle's boundary day comes from.
#[must_use]
pub fn boundary(boundary: Boundary) -> &'static str {
    match boundary {
        Boundary::CycleLine => "the subscription's whole-cycle line on the same invoice",
        Boundary::TermEnd => "the day after the term's end",
        Boundary::CalendarMonth => "the calendar month, because nothing else shows where the cycle begins",
        Boundary::AnnualTerm => "the twelve months that end with the term",
    }
}

/// How a part was found.
#[must_use]
pub fn method(method: PartMethod) -> &'static str {
    match method {
        PartMethod::WholeCycle => "whole cycles",
        PartMethod::Days => "by days, both ends counted",
        PartMethod::PriceRatio => "by price: unit cost charged ÷ unit cost of a whole cycle",
        PartMethod::DaysForLackOfPrice => "by days, because no unit cost of a whole cycle is known",
    }
}

/// One sentence on how a line's amount came to be; `explain` tells the whole story.
#[must_use]
pub fn working(working: &Working) -> String {
    let mut out = format!("{}, {}", window(working.usage), count(u64::try_from(working.usage.days()).unwrap_or(0), "day"));
    if let Some(part) = &working.part {
        if part.part.is_whole() {
            out.push_str(" (whole cycle)");
        } else {
            let _ = write!(out, " of the cycle {}", window(part.cycle));
        }
    }
    match (&working.full_price, &working.rule) {
        (Some(full), rule) => {
            let _ = write!(out, " · {rule}: {} × {}", shortened(full.per_cycle()), show_quantity(working.quantity));
            if let Some(part) = working.part.as_ref().filter(|part| !part.part.is_whole()) {
                let _ = write!(out, " × {}", part.part);
            }
        }
        (None, PriceRule::CostPlus(percent)) => {
            let _ = write!(out, " · cost {} + {} %", working.cost, show_quantity(*percent));
        }
        (None, rule) => {
            let _ = write!(out, " · {rule}");
        }
    }
    let _ = write!(out, " = {} · {} row {}", working.sell, working.source.file, working.source.row);
    if let Some(note) = &working.note {
        let _ = write!(out, " · {note}");
    }
    out
}

/// A figure to at most 8 decimals, with an ellipsis when there are more.
#[must_use]
pub fn shortened(figure: Decimal) -> String {
    let cut = figure.round_dp_with_strategy(8, RoundingStrategy::ToZero);
    format!("{}{}", show_price(cut), if cut == figure { "" } else { "…" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn windows_say_shared_parts_once() {
        for (start, end, text) in [
            (date(2026, 7, 13), date(2026, 7, 30), "13 to 30 Jul 2026"),
            (date(2026, 6, 30), date(2026, 7, 30), "30 Jun to 30 Jul 2026"),
            (date(2026, 4, 1), date(2027, 3, 31), "1 Apr 2026 to 31 Mar 2027"),
            (date(2026, 4, 1), date(2026, 4, 1), "1 Apr 2026"),
        ] {
            assert_eq!(window(Window { start, end }), text);
        }
    }

    #[test]
    fn amounts_are_grouped_by_thousands() {
        for (amount, text) in [("0.00", "0.00"), ("999.99", "999.99"), ("1000.00", "1,000.00"), ("-1234567.8901", "−1,234,567.8901"), ("123456", "123,456")] {
            assert_eq!(grouped(amount), text);
        }
    }

    #[test]
    fn percentages_are_rounded_half_away_from_zero() {
        let percent_of = |text: &str| percent(text.parse().unwrap());
        assert_eq!((percent_of("0.1425"), percent_of("-0.1425"), percent_of("1")), ("14.3 %".to_owned(), "-14.3 %".to_owned(), "100.0 %".to_owned()));
        assert_eq!(margin_percent(Money::ZERO, Money::ZERO), "–");
    }
}

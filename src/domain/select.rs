//! Which charges a run for a period takes (`rules.md` 14).

use super::charge::Charge;
use super::history::History;
use super::period::BillingPeriod;

/// Where a charge stands as far as its month and earlier runs go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// On a customer's document already, or marked as billed.
    AlreadyBilled,
    /// Belongs to another month.
    OtherPeriod(BillingPeriod),
    /// Undated and from before the month before: held until somebody decides.
    Older,
    /// This run's.
    Taken,
}

/// The newest month that has charges.
#[must_use]
pub fn newest_period(charges: &[Charge]) -> Option<BillingPeriod> {
    charges.iter().map(Charge::month).max()
}

/// True for a charge that a run for `period` takes by its month alone.
#[must_use]
pub fn of_period(charge: &Charge, period: BillingPeriod) -> bool {
    charge.month() == period || (charge.invoice_date.is_none() && charge.month() == period.previous())
}

/// Where a charge stands in a run for `period`.
#[must_use]
pub fn standing(charge: &Charge, period: BillingPeriod, include_older: bool, history: &History) -> Standing {
    if history.settled(charge).on_sale {
        return Standing::AlreadyBilled;
    }
    let month = charge.month();
    if month == period {
        return Standing::Taken;
    }
    // An invoice of a period carries last month's mid-cycle additions; without an invoice date
    // nothing else tells them apart.
    let undated = charge.invoice_date.is_none();
    if undated && month < period {
        if month == period.previous() || include_older { Standing::Taken } else { Standing::Older }
    } else {
        Standing::OtherPeriod(month)
    }
}

//! Everything that was read, before anything is decided.

use std::sync::Arc;

use super::books::Books;
use super::bridge::Bridge;
use super::charge::{AnnuityLine, Charge, SkippedRow};
use super::holding::Seats;
use super::invoice_total::InvoiceDiffers;
use super::money::Money;
use super::period::BillingPeriod;

/// What the readers hand to the plan.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The union of keys over all files, each key once (`rules.md` 12).
    pub charges: Vec<Charge>,
    /// The annuity list; empty when none is configured.
    pub annuity: Vec<AnnuityLine>,
    /// True when an annuity list was configured, even if it has no rows.
    pub has_annuity: bool,
    /// What Xero has; `None` when no organisation is connected.
    pub books: Option<Books>,
    /// What Microsoft says; `None` when no source is configured.
    pub seats: Option<Seats>,
    /// From offers to SKUs where `mapping.toml` says nothing; empty without a live Microsoft source.
    pub bridge: Bridge,
    /// Charge rows that could not be used: they block posting (`rules.md` 23).
    pub skipped: Vec<SkippedRow>,
    /// Rows of other files (annuity, seats) that could not be used: reported, never blocking.
    pub skipped_elsewhere: Vec<SkippedRow>,
    /// Rows whose amount differs from quantity × price by more than half a cent a seat (`rules.md` 1).
    pub amount_differs: Vec<AmountDiffers>,
    /// Stated totals that do not equal the rows above them: nothing may be posted.
    pub total_differs: Vec<TotalDiffers>,
    /// Invoices of the API whose stated totals are not those of their lines: none of their charges
    /// is posted, the rest is.
    pub invoice_differs: Vec<InvoiceDiffers>,
    /// The first month whose invoices the API was asked for; `None` when the charges are from files.
    pub asked_from: Option<BillingPeriod>,
    /// Rows that were already in another file, by file name and count.
    pub repeated: Vec<RepeatedRows>,
    /// The one currency of the charges, if the source states one; upper case.
    pub currency: Option<Arc<str>>,
}

/// A row whose amount and quantity × price are apart; the amount counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmountDiffers {
    /// The charge's position in [`Sources::charges`].
    pub charge: usize,
    /// round(quantity × unit price, 2).
    pub computed: Money,
}

/// A stated total that does not equal the rows above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalDiffers {
    /// File name as given.
    pub file: Arc<str>,
    /// Row of the stated total.
    pub row: u32,
    /// What the source says.
    pub stated: Money,
    /// What its rows add up to.
    pub computed: Money,
}

/// The same report, or overlapping ones, given twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepeatedRows {
    /// The file whose rows were there already.
    pub file: Arc<str>,
    /// How many.
    pub rows: u64,
}

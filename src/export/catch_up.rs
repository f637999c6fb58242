//! Day one: charges that were billed before this tool, marked so without documents.

use crate::domain::history::BilledCharge;
use crate::ledger::{Ledger, LedgerError, LockGuard, Record, Run, Undisturbed};

/// Records the charges as billed on both sides without posting anything. No charges, no record.
///
/// # Errors
///
/// [`LedgerError::AlreadyBilled`] when a document has one of them; nothing is recorded then.
pub fn catch_up(ledger: &mut Ledger, lock: &LockGuard, run: &Run, mut charges: Vec<BilledCharge>) -> Result<(), LedgerError> {
    if charges.is_empty() {
        return Ok(());
    }
    for charge in &mut charges {
        charge.caught_up = true;
    }
    ledger.append(lock, &[Record::CaughtUp { run, charges: &charges }], &Undisturbed)
}

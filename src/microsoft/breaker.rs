//! Stops asking when asking has become pointless: a service that is down, or a fault that every further
//! tenant would meet as well.

use std::cell::{Cell, RefCell};

use super::error::MicrosoftError;

/// So many tenants in a row met an outage, each after its own repetitions.
const OUTAGES_AT_MOST: u32 = 10;

/// Shared by everything in flight.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    outages: Cell<u32>,
    stopped_by: RefCell<Option<MicrosoftError>>,
}

impl Breaker {
    /// Why nothing more is to be asked, if so.
    pub(super) fn refusal(&self) -> Option<MicrosoftError> {
        if self.stopped_by.borrow().is_some() || self.outages.get() >= OUTAGES_AT_MOST {
            return Some(MicrosoftError::NotAsked(self.outages.get().max(1)));
        }
        None
    }

    /// Takes note of how a tenant went.
    pub(super) fn note<T>(&self, result: &Result<T, MicrosoftError>) {
        match result {
            Err(error) if error.stops_everything() => {
                self.stopped_by.borrow_mut().get_or_insert_with(|| error.clone());
            }
            Err(error) if error.is_outage() => self.outages.set(self.outages.get() + 1),
            // An answer, even a refusal, shows that the service is there.
            _ => self.outages.set(0),
        }
    }

    /// The failure that stopped everything.
    pub(super) fn stopped_by(self) -> Option<MicrosoftError> {
        self.stopped_by.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_outages_in_a_row_open_it_and_an_answer_in_between_does_not() {
        let breaker = Breaker::default();
        let outage = || Err::<(), _>(MicrosoftError::Unreachable("down".into()));
        for _ in 0..9 {
            breaker.note(&outage());
        }
        breaker.note(&Ok(()));
        for _ in 0..9 {
            breaker.note(&outage());
        }
        assert!(breaker.refusal().is_none());
        breaker.note(&outage());
        assert!(matches!(breaker.refusal(), Some(MicrosoftError::NotAsked(10))));
    }
}

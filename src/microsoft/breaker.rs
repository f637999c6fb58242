//! Stops asking when asking has become pointless (`contracts/microsoft.md` 8): a tenant that failed with all
//! its attempts, and a service that answers nobody. Attempts are counted across tenants, so that a service
//! that is down is known to be within seconds, and the attempts that wait then are not made.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use super::error::MicrosoftError;
use crate::domain::ids::TenantId;

/// So many attempts in a row without a single answer, …
const ATTEMPTS_AT_LEAST: u32 = 10;
/// … of so many tenants, so that a few broken ones are not taken for the service, …
const TENANTS_AT_LEAST: usize = 3;
/// … over so long a time, so that a short outage passes.
const DOWN_AT_LEAST: Duration = Duration::from_secs(8);
/// Or so many calls in a row that failed with all their attempts, however they failed.
const GIVEN_UP_AT_MOST: u32 = 10;
/// How often somebody who waits looks whether waiting still makes sense.
const LOOK: Duration = Duration::from_millis(250);

/// One service, shared by everything in flight.
#[derive(Debug, Default)]
pub(super) struct Breaker(RefCell<State>);

#[derive(Debug, Default)]
struct State {
    /// Attempts without an answer since the last answer.
    attempts: u32,
    /// When the first of them failed.
    since: Option<Instant>,
    tenants: BTreeSet<TenantId>,
    given_up: u32,
    /// Tenants whose calls failed with all their attempts.
    broken: BTreeMap<TenantId, MicrosoftError>,
    probe: Probe,
}

/// The one call that is let through after it opened: it may be that only those in flight were broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Probe {
    #[default]
    Free,
    Asking(TenantId),
    Failed,
}

impl State {
    fn probed(&mut self, tenant_id: TenantId) {
        if self.probe == Probe::Asking(tenant_id) {
            self.probe = Probe::Failed;
        }
    }

    fn is_open(&self) -> bool {
        let is_down = self.since.is_some_and(|since| since.elapsed() >= DOWN_AT_LEAST);
        self.given_up >= GIVEN_UP_AT_MOST || self.attempts >= ATTEMPTS_AT_LEAST && self.tenants.len() >= TENANTS_AT_LEAST && is_down
    }
}

impl Breaker {
    /// Lets a call begin, or not. While the one that is let through has no answer the others wait for it; it
    /// has a deadline.
    pub(super) async fn admit(&self, tenant_id: TenantId) -> Result<(), MicrosoftError> {
        loop {
            if let Some(admitted) = self.admitted(tenant_id) {
                return admitted;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn admitted(&self, tenant_id: TenantId) -> Option<Result<(), MicrosoftError>> {
        let mut state = self.0.borrow_mut();
        if let Some(error) = state.broken.get(&tenant_id) {
            return Some(Err(error.clone()));
        }
        if !state.is_open() {
            return Some(Ok(()));
        }
        match state.probe {
            Probe::Free => {
                state.probe = Probe::Asking(tenant_id);
                Some(Ok(()))
            }
            Probe::Asking(_) => None,
            Probe::Failed => Some(Err(MicrosoftError::NotAsked(state.attempts.max(state.given_up)))),
        }
    }

    /// The call was not made, for a reason that is the tenant's own.
    pub(super) fn not_made(&self, tenant_id: TenantId) {
        let mut state = self.0.borrow_mut();
        if state.probe == Probe::Asking(tenant_id) {
            state.probe = Probe::Free;
        }
    }

    /// An answer, even a refusal, shows that the service is there.
    pub(super) fn answered(&self) {
        let mut state = self.0.borrow_mut();
        let broken = std::mem::take(&mut state.broken);
        *state = State { broken, ..State::default() };
    }

    /// Forgets that a tenant failed: what failed could be done without.
    pub(super) fn forgive(&self, tenant_id: TenantId) {
        let _ = self.0.borrow_mut().broken.remove(&tenant_id);
    }

    /// An attempt met an outage.
    pub(super) fn failed(&self, tenant_id: TenantId) {
        let mut state = self.0.borrow_mut();
        state.attempts = state.attempts.saturating_add(1);
        let _ = state.since.get_or_insert_with(Instant::now);
        let _ = state.tenants.insert(tenant_id);
        state.probed(tenant_id);
    }

    /// A call has used all its attempts, or may not use the others.
    pub(super) fn given_up(&self, tenant_id: TenantId, error: &MicrosoftError) {
        let mut state = self.0.borrow_mut();
        state.given_up = state.given_up.saturating_add(1);
        let _ = state.broken.insert(tenant_id, error.clone());
        state.probed(tenant_id);
    }

    /// Waits before the next attempt; false as soon as none is to be made.
    pub(super) async fn wait(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        loop {
            if self.0.borrow().is_open() {
                return false;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            tokio::time::sleep(left.min(LOOK)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microsoft::testing::tenant;

    fn down() -> MicrosoftError {
        MicrosoftError::Unreachable("down".into())
    }

    #[tokio::test(start_paused = true)]
    async fn three_tenants_without_an_answer_for_eight_seconds_open_it_and_one_may_still_ask() {
        let breaker = Breaker::default();
        for attempt in 0..12 {
            breaker.failed(tenant(attempt % 3));
        }
        assert!(breaker.wait(Duration::from_secs(7)).await, "a short outage is waited for");
        assert!(!breaker.wait(Duration::from_mins(1)).await);
        assert!(breaker.admit(tenant(7)).await.is_ok(), "one may ask whether it is the service");
        assert!(breaker.admitted(tenant(8)).is_none(), "the others wait for what it finds");
        breaker.not_made(tenant(7));
        assert!(breaker.admit(tenant(8)).await.is_ok(), "it never asked: the next one does");
        breaker.failed(tenant(8));
        assert!(matches!(breaker.admit(tenant(9)).await, Err(MicrosoftError::NotAsked(13))));
        breaker.answered();
        assert!(breaker.admit(tenant(9)).await.is_ok(), "it is there");
    }

    #[tokio::test(start_paused = true)]
    async fn two_broken_tenants_and_an_answer_in_between_do_not_open_it() {
        let breaker = Breaker::default();
        for attempt in 0..40 {
            breaker.failed(tenant(attempt % 2));
        }
        assert!(breaker.wait(Duration::from_mins(1)).await);
        breaker.failed(tenant(3));
        breaker.answered();
        assert!(breaker.wait(Duration::from_mins(1)).await);
    }

    #[tokio::test]
    async fn ten_calls_that_were_given_up_open_it_and_a_broken_tenant_is_asked_once() {
        let breaker = Breaker::default();
        breaker.given_up(tenant(0), &down());
        assert!(matches!(breaker.admit(tenant(0)).await, Err(MicrosoftError::Unreachable(_))), "its own failure again");
        for number in 1..10 {
            breaker.given_up(tenant(number), &down());
        }
        assert!(breaker.admit(tenant(20)).await.is_ok());
        breaker.failed(tenant(20));
        assert!(matches!(breaker.admit(tenant(21)).await, Err(MicrosoftError::NotAsked(10))));
    }
}

//! Every customer's seats: at most 8 tenants in flight, one request at a time for each, and one broken
//! tenant never fails the run (`contracts/microsoft.md` 7 and 9).

use std::cell::RefCell;
use std::sync::Arc;

use jiff::civil::Date;

use super::client::Microsoft;
use super::error::MicrosoftError;
use super::seats::{TenantSeats, Users};
use crate::domain::ids::TenantId;

/// One tenant to read.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its label.
    pub name: Arc<str>,
    /// Whether to read its users.
    pub users: Users,
}

/// What became of one.
#[derive(Debug)]
pub struct Answer {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its label.
    pub name: Arc<str>,
    /// Its seats, or why not.
    pub seats: Result<TenantSeats, MicrosoftError>,
}

impl Microsoft<'_> {
    /// Reads all of them. Each answer is handed over as it comes, in any order, so that nothing of a tenant but
    /// what the caller keeps is held until the end; `wanted` is asked for the next tenant when there is room.
    ///
    /// # Errors
    ///
    /// When a failure would meet every tenant: no sign-in, or a wrong registration of the app. What was handed
    /// over by then is not the whole.
    pub async fn pull(&self, wanted: impl Iterator<Item = Wanted>, take: impl FnMut(Answer)) -> Result<(), MicrosoftError> {
        let (queue, take) = (RefCell::new(wanted), RefCell::new(take));
        let stopped_by = RefCell::new(None);
        let worker = || async {
            loop {
                let next = queue.borrow_mut().next();
                let Some(Wanted { tenant_id, name, users }) = next else { return };
                if stopped_by.borrow().is_some() {
                    return;
                }
                let seats = self.tenant_seats(tenant_id, &name, &users).await;
                self.tokens.forget(tenant_id);
                if let Err(error) = &seats
                    && error.stops_everything()
                {
                    let _ = stopped_by.borrow_mut().get_or_insert_with(|| error.clone());
                }
                (take.borrow_mut())(Answer { tenant_id, name, seats });
            }
        };
        // Eight, all on this thread: they share without locks.
        tokio::join!(worker(), worker(), worker(), worker(), worker(), worker(), worker(), worker());
        stopped_by.into_inner().map_or(Ok(()), Err)
    }

    /// The day that figures read just now describe: by the service's clock, in the machine's zone.
    #[must_use]
    pub fn day_of_answers(&self, today: Date, zone: jiff::tz::TimeZone) -> Date {
        self.answered_at().map_or(today, |at| at.to_zoned(zone).date())
    }
}

#[cfg(test)]
mod outages;

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::time::Duration;

    use crate::http::{BoxFuture, Request, Response, Transport, TransportError};
    use crate::microsoft::error::TokenRefusal;
    use crate::microsoft::testing::{self, Tokens, tenant};

    /// Answers every request after 50 ms, and counts how many wait at once.
    #[derive(Debug, Default)]
    struct Slow {
        now: Cell<usize>,
        most: Cell<usize>,
        sent: Cell<usize>,
    }

    impl Transport for Slow {
        fn send(&self, _request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
            Box::pin(async move {
                self.sent.set(self.sent.get() + 1);
                self.now.set(self.now.get() + 1);
                self.most.set(self.most.get().max(self.now.get()));
                tokio::time::sleep(Duration::from_millis(50)).await;
                self.now.set(self.now.get() - 1);
                Ok(testing::answer(200, r#"{"value":[]}"#))
            })
        }
    }

    /// Whether each could be read, by tenant.
    async fn pull(transport: &Slow, tokens: &Tokens, count: u32) -> Result<Vec<bool>, MicrosoftError> {
        let wanted = (0..count).map(|number| Wanted { tenant_id: tenant(number + 1), name: "N".into(), users: Users::Yes });
        let mut answers = Vec::new();
        testing::microsoft(transport, tokens).pull(wanted, |answer| answers.push((answer.tenant_id, answer.seats.is_ok()))).await?;
        answers.sort_unstable();
        Ok(answers.into_iter().map(|(_, is_ok)| is_ok).collect())
    }

    #[tokio::test(start_paused = true)]
    async fn a_thousand_tenants_take_what_eight_in_flight_need_and_never_more_are() {
        let transport = Slow::default();
        let tokens = Tokens::default();
        let began = tokio::time::Instant::now();
        assert_eq!(pull(&transport, &tokens, 1_000).await.unwrap(), [true; 1_000]);
        // 1,000 tenants, two requests each (nobody holds a licence), 50 ms, eight at once.
        let bound = 1_000 * 2 * 50 / 8;
        let took = began.elapsed().as_millis();
        assert!(took <= bound * 115 / 100, "{took} ms, {bound} ms at best");
        assert_eq!(transport.most.get(), 8, "one request at a time for each of eight tenants");
    }

    #[tokio::test(start_paused = true)]
    async fn one_broken_tenant_is_one_answer() {
        let transport = Slow::default();
        let refusal = MicrosoftError::Refused(Box::new(TokenRefusal { error: "invalid_grant".into(), codes: vec![65_001], ..TokenRefusal::default() }));
        let tokens = Tokens { refused: vec![(tenant(2), refusal)], ..Tokens::default() };
        assert_eq!(pull(&transport, &tokens, 3).await.unwrap(), [true, false, true]);
        let mut forgotten = tokens.forgotten.borrow().clone();
        forgotten.sort_unstable();
        assert_eq!(forgotten, [tenant(1), tenant(2), tenant(3)], "no token is kept longer than its tenant is read");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wrong_client_secret_ends_the_run_at_once() {
        let transport = Slow::default();
        let refusal = MicrosoftError::Refused(Box::new(TokenRefusal { error: "invalid_client".into(), codes: vec![7_000_215], ..TokenRefusal::default() }));
        let tokens = Tokens { refused: (1..=100).map(|number| (tenant(number), refusal.clone())).collect(), ..Tokens::default() };
        let error = pull(&transport, &tokens, 100).await.unwrap_err();
        assert!(error.stops_everything());
        assert_eq!(transport.sent.get(), 0);
    }
}

//! Services that are down, for everybody, for one tenant, or for some seconds; on a simulated clock.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::SecretString;
use tokio::time::Instant;

use super::Wanted;
use crate::domain::ids::TenantId;
use crate::http::{BoxFuture, Request, Response, Transport, TransportError};
use crate::microsoft::customers::Ask;
use crate::microsoft::seats::Users;
use crate::microsoft::testing::{self, tenant};
use crate::microsoft::{MicrosoftError, Resource, TenantTokens};

/// A token that names its tenant.
#[derive(Debug)]
struct Named;

impl TenantTokens for Named {
    fn token<'a>(&'a self, tenant_id: TenantId, _: Resource, _: Option<&'a SecretString>) -> BoxFuture<'a, Result<SecretString, MicrosoftError>> {
        Box::pin(async move { Ok(tenant_id.to_string().into()) })
    }

    fn forget(&self, _: TenantId) {}
}

/// Answers after 50 ms: 503 to these tenants, always or until then.
#[derive(Debug)]
struct Failing {
    tenants: fn(&str) -> bool,
    until: Option<Instant>,
    sent: Cell<usize>,
}

impl Failing {
    fn new(tenants: fn(&str) -> bool, until: Option<Instant>) -> Self {
        Self { tenants, until, sent: Cell::new(0) }
    }
}

impl Transport for Failing {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            self.sent.set(self.sent.get() + 1);
            tokio::time::sleep(Duration::from_millis(50)).await;
            let token = request.headers.iter().find(|(name, _)| *name == "authorization").map(|(_, value)| value.clone()).unwrap();
            let is_failing = (self.tenants)(token.trim_start_matches("Bearer ")) && self.until.is_none_or(|until| Instant::now() < until);
            Ok(testing::answer(if is_failing { 503 } else { 200 }, r#"{"value":[]}"#))
        })
    }
}

/// Takes every request and never answers: the deadline of a request ends it.
#[derive(Debug, Default)]
struct Silent(Cell<usize>);

impl Transport for Silent {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            self.0.set(self.0.get() + 1);
            tokio::time::sleep(request.timeout.unwrap_or(Duration::from_mins(1))).await;
            Err(TransportError::Lost { host: "graph".into(), reason: "operation timed out".into() })
        })
    }
}

/// Lists the customers and reads those of the distributor, as a pull does: which could be read, and the seconds it took.
async fn pull(transport: &dyn Transport, count: u32) -> (Vec<Result<(), MicrosoftError>>, u64) {
    let began = Instant::now();
    let microsoft = testing::microsoft(transport, &Named);
    let distributor: BTreeMap<TenantId, std::sync::Arc<str>> = (1..=count).map(|number| (tenant(number), "N".into())).collect();
    let customers = microsoft.customers(tenant(9_999), &distributor, Ask { partner_center: false }).await.unwrap();
    let wanted = customers.list.iter().map(|customer| Wanted { tenant_id: customer.tenant_id, name: customer.name.clone(), users: Users::No });
    let mut answers = Vec::new();
    microsoft.pull(wanted, |answer| answers.push(answer.seats.map(drop))).await.unwrap();
    (answers, began.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_down_is_given_up_within_seconds_and_not_hammered() {
    let transport = Failing::new(|_| true, None);
    let (answers, seconds) = pull(&transport, 40).await;
    assert!(answers.iter().all(Result::is_err) && answers.len() == 40);
    assert!(seconds <= 16, "{seconds} s");
    assert!(transport.sent.get() <= 30, "{} requests", transport.sent.get());
    let transport = Failing::new(|_| true, None);
    let (answers, seconds) = pull(&transport, 1_000).await;
    let not_asked = answers.iter().filter(|answer| matches!(answer, Err(MicrosoftError::NotAsked(_)))).count();
    assert!(not_asked >= 980 && seconds <= 16, "{not_asked} not asked, {seconds} s");
}

#[tokio::test(start_paused = true)]
async fn regression_a_service_that_never_answers_was_waited_for_five_times_a_minute_each() {
    let transport = Silent::default();
    let (answers, seconds) = pull(&transport, 1_000).await;
    assert!(answers.iter().all(Result::is_err) && answers.len() == 1_000);
    // Twice for the first list, once by eight tenants, once by the one that is let through.
    assert!(seconds <= 245, "{seconds} s");
    assert_eq!(transport.0.get(), 2 + 8 + 1);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_goes_down_later_is_given_up_in_nine_seconds() {
    // Only the customers' tenants: their lists have been read.
    let transport = Failing::new(|token| *token != *tenant(9_999).to_string(), None);
    let (answers, seconds) = pull(&transport, 1_000).await;
    assert!(answers.iter().all(Result::is_err));
    assert!(seconds <= 9, "{seconds} s");
}

#[tokio::test(start_paused = true)]
async fn some_seconds_without_an_answer_lose_no_tenant() {
    for outage in [1, 3, 6] {
        let transport = Failing::new(|_| true, Some(Instant::now() + Duration::from_secs(outage)));
        let (answers, _) = pull(&transport, 100).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 100, "{outage} s");
    }
}

#[tokio::test(start_paused = true)]
async fn one_broken_tenant_takes_none_with_it_whichever_it_is() {
    let transport = Failing::new(|token| *token == *tenant(1).to_string(), None);
    let (answers, _) = pull(&transport, 100).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 99);
    let transport = Failing::new(|token| *token == *tenant(100).to_string(), None);
    let (answers, _) = pull(&transport, 100).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 99);
    // The MSP's own: its lists are missing, the distributor's tenants are read all the same.
    let transport = Failing::new(|token| *token == *tenant(9_999).to_string(), None);
    let (answers, seconds) = pull(&transport, 100).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 100);
    assert!(seconds <= 20, "a broken tenant is tried once, not once a list: {seconds} s");
}

#[tokio::test(start_paused = true)]
async fn eight_broken_tenants_in_a_row_are_not_taken_for_the_service() {
    let transport = Failing::new(|token| (1..=8).any(|number| *token == *tenant(number).to_string()), None);
    let (answers, _) = pull(&transport, 100).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 92);
}

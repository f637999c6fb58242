//! A month on a stand-in of Xero: what commands do, without files to read and people to ask.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::domain::adopt::{Adoption, Found, adopt};
use crate::domain::document::State;
use crate::domain::ids::{ContactId, OrganisationId};
use crate::domain::plan::Plan;
use crate::domain::revise::{self, Untouched};
use crate::domain::scenario::{Scenario, tenant};
use crate::http::{BoxFuture, Method, Request, Response, TokenError, TokenSource, Transport, TransportError};
use crate::ledger::{Ledger, LockGuard, MachineUser, Run, RunId, RunMode, Step, Steps};
use crate::post::books::{self, Wanted};
use crate::post::{PostError, Poster, Settled, UndoneDraft, undo};
use crate::stand_ins::exchange::{Exchange, Outcome};
use crate::stand_ins::xero::Xero;
use crate::stand_ins::xero::options::{NewOrganisation, Options, PKCE_CLIENT};
use crate::xero::batch::Dress;
use crate::xero::client::{XeroClient, XeroSettings};

/// Carries requests to the stand-in without a network.
#[derive(Debug)]
struct Carrier(Xero);

impl Transport for Carrier {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            let lost = || TransportError::Lost { host: "stand-in".to_owned(), reason: "connection reset".to_owned() };
            match self.0.carry(&exchange(&request)) {
                Outcome::Answer(answer) => Ok(Response { status: answer.status, headers: answer.headers, body: answer.body }),
                Outcome::LostBefore | Outcome::LostAfter => Err(lost()),
            }
        })
    }
}

fn exchange(request: &Request) -> Exchange {
    let url = url::Url::parse(&request.url).unwrap();
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
    };
    Exchange {
        method: method.to_owned(),
        path: url.path().to_owned(),
        query: url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
        headers: request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        body: request.body.clone(),
    }
}

/// A sign-in that renews itself.
#[derive(Debug)]
struct SignedIn(Xero);

impl TokenSource for SignedIn {
    fn access_token<'a>(&'a self, _rejected: Option<&'a SecretString>) -> BoxFuture<'a, Result<SecretString, TokenError>> {
        Box::pin(async { Ok(self.0.sign_in(PKCE_CLIENT).access.into()) })
    }
}

/// Cuts a run off at its n-th step, as a kill or a full disk would.
#[derive(Debug, Default)]
pub(super) struct Cut {
    at: Option<u32>,
    seen: Cell<u32>,
    reached: RefCell<Vec<Step>>,
}

impl Cut {
    pub(super) fn never() -> Self {
        Self::default()
    }

    pub(super) fn at(step: u32) -> Self {
        Self { at: Some(step), ..Self::default() }
    }

    pub(super) fn seen(&self) -> u32 {
        self.seen.get()
    }
}

impl Steps for Cut {
    fn reached(&self, step: Step) -> io::Result<()> {
        self.reached.borrow_mut().push(step);
        self.seen.set(self.seen.get() + 1);
        if self.at == Some(self.seen.get()) { Err(io::Error::other(format!("cut off at {step:?}"))) } else { Ok(()) }
    }

    fn is_durable(&self) -> bool {
        false
    }
}

/// What a run did.
#[derive(Debug)]
pub(super) enum Ended {
    /// Nothing was left to do, and nothing was written.
    NothingNew,
    /// Something was posted, or tried.
    Settled(Box<Settled>),
}

/// A month, its ledger and its Xero.
pub(super) struct Bench {
    pub(super) xero: Xero,
    pub(super) scenario: Scenario,
    pub(super) sales_dress: Dress,
    pub(super) adoption: Adoption,
    pub(super) repost: bool,
    taken_back: Vec<Untouched>,
    folder: tempfile::TempDir,
    began: tokio::time::Instant,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with_customers(6)
    }

    /// Contacts for Dicker Data and so many customers.
    pub(super) fn with_customers(customers: u32) -> Self {
        let mut contacts = vec!["Dicker Data".to_owned()];
        contacts.extend((1..=customers).map(|number| format!("Customer {number}")));
        let options = Options { organisations: vec![NewOrganisation { contacts, ..NewOrganisation::default() }], ..Options::default() };
        let xero = Xero::new(options);
        let contact = |name: &str| -> ContactId { xero.contact_id(name).unwrap().parse().unwrap() };
        let mut scenario = Scenario::new();
        scenario.mapping.customers.clear();
        scenario.policy.needs_contact_id = true;
        scenario.policy.lines_at_most = None;
        scenario.policy.distributor_contact_id = Some(contact("Dicker Data"));
        let folder = tempfile::tempdir().unwrap();
        let mut bench = Self {
            xero,
            scenario,
            sales_dress: Dress::default(),
            adoption: Adoption::default(),
            repost: false,
            taken_back: Vec::new(),
            folder,
            began: tokio::time::Instant::now(),
        };
        for number in 1..=customers {
            bench.scenario = bench.scenario.clone().customer(number);
            bench.map(number);
        }
        bench
    }

    /// Gives a customer its contact.
    pub(super) fn map(&mut self, number: u32) {
        let contact = self.xero.contact_id(&format!("Customer {number}")).unwrap().parse().unwrap();
        let customer = self.scenario.mapping.customers.iter_mut().find(|customer| customer.tenant_id == tenant(number)).unwrap();
        customer.xero_contact_id = Some(contact);
    }

    /// Takes it away: its charges are held.
    pub(super) fn unmap(&mut self, number: u32) {
        let customer = self.scenario.mapping.customers.iter_mut().find(|customer| customer.tenant_id == tenant(number)).unwrap();
        customer.xero_contact_id = None;
    }

    pub(super) fn now(&self) -> Timestamp {
        let elapsed = self.began.elapsed();
        Options::default().now + jiff::SignedDuration::try_from(elapsed).unwrap()
    }

    /// Everybody's clock goes on.
    pub(super) async fn wait(&self, duration: Duration) {
        tokio::time::advance(duration).await;
    }

    pub(super) fn lose_ledger(&self) {
        let _ = std::fs::remove_file(self.ledger_file());
    }

    fn ledger_file(&self) -> std::path::PathBuf {
        self.folder.path().join("ledger.db")
    }

    pub(super) fn ledger(&self) -> Ledger {
        Ledger::open_with(&self.ledger_file(), false).unwrap()
    }

    pub(super) fn client(&self) -> XeroClient {
        let organisation: OrganisationId = self.xero.organisation_id().parse().unwrap();
        let settings = XeroSettings::new(Rc::new(Carrier(self.xero.clone())), Rc::new(SignedIn(self.xero.clone())), organisation, "https://stand-in.test");
        XeroClient::new(settings)
    }

    /// One run of November as `sync` does it.
    pub(super) async fn run(&mut self, cut: &Cut) -> Result<Ended, PostError> {
        let client = self.client();
        let mut ledger = self.ledger();
        let lock = ledger.lock(Duration::ZERO)?;
        if !ledger.pending_documents()?.is_empty() {
            let settled = self.poster(&client, &mut ledger, &lock, cut, &|| self.now()).settle(true).await?;
            if !settled.is_complete() {
                return Ok(Ended::Settled(Box::new(settled)));
            }
        }
        let plan = self.plan(&client, &ledger).await?;
        if plan.new_documents().next().is_none() && self.adoption.is_empty() {
            return Ok(Ended::NothingNew);
        }
        self.post(plan, &client, &mut ledger, &lock, cut).await
    }

    /// Reads the books, adopts what is there, plans.
    pub(super) async fn plan(&mut self, client: &XeroClient, ledger: &Ledger) -> Result<Plan, PostError> {
        let organisation = client.organisation().await?;
        let recorded: Vec<_> = ledger.documents_in_xero()?.into_iter().filter_map(|posted| Some((posted.document.kind, posted.document.xero_id()?))).collect();
        let (from, to) = ("2026-10-01".parse().unwrap(), "2026-11-30".parse().unwrap());
        let wanted = Wanted { from, to, recorded: &recorded, items: false, numbered_by_xero: self.sales_dress.numbered_by_xero };
        let books = books::read(client, &organisation, &wanted).await?;
        self.scenario.history = ledger.history()?;
        self.taken_back = if self.repost { revise::taken_back(&self.scenario.history, &books, "2026-11".parse().unwrap()) } else { Vec::new() };
        self.scenario.history = revise::without(&self.scenario.history, &self.taken_back);
        self.scenario.sources.books = Some(books);
        let plan = self.scenario.plan("2026-11");
        self.adoption = Adoption::default();
        if plan.new_documents().next().is_some() {
            let withdrawn = ledger.withdrawn_ids()?;
            let found = Found {
                plan: &plan,
                charges: &self.scenario.sources.charges,
                books: self.scenario.sources.books.as_ref().unwrap(),
                history: &self.scenario.history,
                withdrawn: &withdrawn,
                repost: self.repost,
                number_prefix: "CSP",
            };
            self.adoption = adopt(&found);
            self.scenario.history = self.adoption.applied_to(&self.scenario.history);
        }
        Ok(self.scenario.plan("2026-11"))
    }

    /// Records and posts a plan.
    pub(super) async fn post(&self, mut plan: Plan, client: &XeroClient, ledger: &mut Ledger, lock: &LockGuard, cut: &Cut) -> Result<Ended, PostError> {
        let id = RunId::random();
        for document in plan.documents.iter_mut().filter(|document| document.state == State::Planned) {
            document.reference = Some(id.reference());
        }
        let run = Run::of_plan(id, RunMode::Posted, &plan, "default", MachineUser("somebody".to_owned()), self.now());
        let now = || self.now();
        let mut poster = self.poster(client, ledger, lock, cut, &now);
        poster.release_taken_back(&self.taken_back, &run.machine_user)?;
        let settled = poster.post(&run, &plan, &self.adoption).await?;
        Ok(Ended::Settled(Box::new(settled)))
    }

    pub(super) async fn undo(&self, cut: &Cut) -> Result<Vec<UndoneDraft>, PostError> {
        let client = self.client();
        let mut ledger = self.ledger();
        let lock = ledger.lock(Duration::ZERO)?;
        let run = ledger.run("last")?.run.id;
        let now = || self.now();
        let mut poster = self.poster(&client, &mut ledger, &lock, cut, &now);
        undo(&mut poster, &run, &MachineUser("somebody".to_owned())).await
    }

    fn poster<'a>(&'a self, client: &'a XeroClient, ledger: &'a mut Ledger, lock: &'a LockGuard, cut: &'a Cut, now: &'a dyn Fn() -> Timestamp) -> Poster<'a> {
        static NONE: Dress = Dress { tracking: Vec::new(), branding_theme: None, numbered_by_xero: false, url: None };
        Poster {
            client,
            organisation: self.xero.organisation_id().parse().unwrap(),
            organisation_name: "Example MSP Pty Ltd".into(),
            short_code: "!abc".into(),
            ledger,
            lock,
            steps: cut,
            now,
            sales_dress: &self.sales_dress,
            purchases_dress: &NONE,
            settled: &|_| {},
        }
    }

    /// Quantities on live documents of one side: each charge of a test has its own.
    pub(super) fn quantities(&self, is_purchase: bool) -> Vec<String> {
        let live = self.xero.live_documents();
        let lines = live.iter().filter(|document| document.is_purchase() == is_purchase).flat_map(|document| &document.lines);
        let mut quantities: Vec<String> = lines.map(|line| line.quantity.normalize().to_string()).collect();
        quantities.sort();
        quantities
    }
}

/// Runs on a clock that goes on only while everything waits.
pub(super) fn paused<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(future)
}

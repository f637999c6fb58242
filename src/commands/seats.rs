//! Microsoft's seats for a run: asked live, or taken from the ledger for a month that is past; and kept
//! there with their date.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::catalogue;
use super::machine::machine_user;
use super::month::LOCK_WAIT;
use crate::app::App;
use crate::config::load::Loaded;
use crate::domain::bridge::{self, CatalogueAnswer, Pair};
use crate::domain::holding::{Seats, UnreachableTenant, UserCount};
use crate::domain::ids::TenantId;
use crate::domain::period::{BillingPeriod, days_between};
use crate::domain::sources::Sources;
use crate::exit::{Failure, Kind};
use crate::ledger::{Counted, Ledger, LedgerError, Snapshot};
use crate::microsoft::Microsoft;
use crate::microsoft::advice::{Advice, Place, Trouble, advice};
use crate::microsoft::capabilities::Capability;
use crate::microsoft::customers::{Ask, Customer, Customers};
use crate::microsoft::pull::{Answer, Wanted};
use crate::microsoft::seats::Users;
use crate::services::as_typed;
use crate::services::microsoft::{self as service, SignedIn};
use crate::ui::progress::Progress;

/// What Microsoft answered just now.
#[derive(Debug)]
pub(crate) struct Live {
    /// The figures.
    pub(crate) seats: Seats,
    /// Everything else.
    pub(crate) asked: Asked,
}

/// Whom was asked, and how it went.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The customers, in the order of the answers.
    pub(crate) tenants: Vec<Tenant>,
    /// Lists of customers that could not be had, for people.
    pub(crate) missing: Vec<String>,
    /// Pairs of offer and SKU that it teaches.
    pub(crate) learnt: Vec<Pair>,
    /// What Partner Center's catalogue said of offers that nothing better explains.
    pub(crate) catalogue: Vec<CatalogueAnswer>,
    /// Requests sent, tokens not counted.
    pub(crate) calls: u64,
    account: Option<String>,
}

/// One customer, and how asking went.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) customer: Customer,
    /// What happened and what to do, when it could not be read.
    pub(crate) trouble: Option<(String, Advice)>,
}

/// Whether to count the people who hold the seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum People {
    Count,
    Leave,
}

/// Asks every customer's tenant.
pub(crate) fn ask(app: &App, loaded: &Loaded, sources: &Sources, people: People) -> Result<Live, Failure> {
    ask_keeping(app, loaded, sources, people, None)
}

/// The same; gives the raw answers as files too, if somebody wants them, whatever comes of it: answers that
/// nobody can read are what a bug report is about.
pub(crate) fn ask_keeping(app: &App, loaded: &Loaded, sources: &Sources, people: People, raw: Option<&mut Vec<(String, String)>>) -> Result<Live, Failure> {
    let signed_in = service::open(app, loaded)?;
    warn_of_age(app, &signed_in);
    let microsoft = signed_in.microsoft();
    let microsoft = if raw.is_some() { microsoft.capturing() } else { microsoft };
    let live = read(app, loaded, sources, people, &signed_in, &microsoft);
    if let Some(raw) = raw {
        *raw = microsoft.captured();
    }
    live
}

fn read(app: &App, loaded: &Loaded, sources: &Sources, people: People, signed_in: &SignedIn, microsoft: &Microsoft<'_>) -> Result<Live, Failure> {
    let ledger = Ledger::open_for_reading(&loaded.ledger_file())?;
    let may_list = ledger.capabilities()?.iter().any(|found| found.name == Capability::Customers.as_str() && found.availability == "ok");
    let today = app.clock.today();
    let counted = if people == People::Count { ledger.counted_on(today)? } else { BTreeMap::new() };
    drop(ledger);
    let progress = RefCell::new(Progress::new(&app.output));
    let asked = app.block_on(async {
        progress.borrow_mut().phase("Asking Microsoft for customers", "customer", None);
        let found = microsoft.customers(signed_in.msp, &distributors(sources), Ask { partner_center: may_list }).await;
        let mut customers = found.map_err(|error| service::failure(app, error))?;
        check_lists(app, &customers)?;
        microsoft.add_held_roles(signed_in.msp, &mut customers).await.map_err(|error| service::failure(app, error))?;
        progress.borrow_mut().phase("Reading customers' seats", "tenant", Some(customers.list.len().try_into().unwrap_or(u64::MAX)));
        let gathering = RefCell::new(Gathering::new(signed_in, customers, people, counted));
        let wanted = (0..).map_while(|number| gathering.borrow_mut().wanted(number));
        let take = |answer| {
            gathering.borrow_mut().take(answer);
            progress.borrow_mut().advance(1);
        };
        microsoft.pull(wanted, take).await.map_err(|error| service::failure(app, error))?;
        Ok(gathering.into_inner())
    });
    let mut live = asked?.finish();
    progress.borrow_mut().finish();
    live.seats.as_of = microsoft.day_of_answers(today, TimeZone::system());
    for (_, advice) in live.asked.tenants.iter_mut().filter_map(|tenant| tenant.trouble.as_mut()) {
        advice.remedy = as_typed(app, &advice.remedy);
    }
    live.asked.learnt = bridge::learn(&sources.annuity, &sources.charges, &live.seats.subscriptions);
    if people == People::Count {
        live.asked.catalogue = catalogue::ask(app, loaded, sources, &live.asked.learnt, microsoft, signed_in.msp)?;
    }
    live.asked.calls = microsoft.calls();
    Ok(live)
}

fn warn_of_age(app: &App, signed_in: &SignedIn) {
    let left = signed_in.days_left(app.clock.now());
    if left <= service::REFRESH_TOKEN_DAYS - service::WARNING_DAYS {
        app.output.detail(&format!("The sign-in to Microsoft was last used {} days ago; this run uses it.", service::REFRESH_TOKEN_DAYS - left));
    }
}

/// Without a single list nothing is known of anybody: that is a failure of the sign-in, not of a tenant.
fn check_lists(app: &App, customers: &Customers) -> Result<(), Failure> {
    match customers.missing.first() {
        Some((_, error)) if customers.list.is_empty() => Err(service::failure(app, error.clone())),
        _ => Ok(()),
    }
}

/// The tenants of the distributor's lines, with the names used there.
fn distributors(sources: &Sources) -> BTreeMap<TenantId, Arc<str>> {
    let listed = sources.annuity.iter().filter_map(|line| Some((line.tenant_id?, &line.tenant_name)));
    let charged = sources.charges.iter().filter_map(|charge| Some((charge.stated_tenant?, &charge.tenant_name)));
    let mut tenants = BTreeMap::new();
    for (tenant_id, name) in charged.chain(listed) {
        tenants.entry(tenant_id).or_insert_with(|| Arc::clone(name));
    }
    tenants
}

/// The answers, as they come in.
struct Gathering<'a> {
    signed_in: &'a SignedIn,
    people: People,
    /// How people were counted earlier the same day, until their tenant is asked.
    counted: BTreeMap<TenantId, Counted>,
    /// Those counts, while their tenant is asked.
    earlier: BTreeMap<TenantId, Vec<UserCount>>,
    seats: Seats,
    asked: Asked,
}

impl<'a> Gathering<'a> {
    fn new(signed_in: &'a SignedIn, customers: Customers, people: People, counted: BTreeMap<TenantId, Counted>) -> Self {
        let mut missing: Vec<String> = customers.missing.iter().map(|(list, error)| format!("the list of {list} could not be had: {error}")).collect();
        // Two of Graph's lists are of delegated administration; what stopped both is one thing.
        missing.dedup();
        let seats = Seats { is_dated: true, origin: "Microsoft Graph".into(), lists_missing: missing.clone(), ..Seats::default() };
        let tenants = customers.list.into_iter().map(|customer| Tenant { customer, trouble: None }).collect();
        let asked = Asked { tenants, missing, learnt: Vec::new(), catalogue: Vec::new(), calls: 0, account: signed_in.account().map(str::to_owned) };
        Self { signed_in, people, counted, earlier: BTreeMap::new(), seats, asked }
    }

    /// The next tenant to ask. On the same day, people are counted again only where other seats are assigned than
    /// before.
    fn wanted(&mut self, number: usize) -> Option<Wanted> {
        let customer = &self.asked.tenants.get(number)?.customer;
        let users = match (self.people, self.counted.remove(&customer.tenant_id)) {
            (People::Leave, _) => Users::No,
            (People::Count, None) => Users::Yes,
            (People::Count, Some(counted)) => {
                let _ = self.earlier.insert(customer.tenant_id, counted.users);
                Users::IfChanged(counted.assigned)
            }
        };
        Some(Wanted { tenant_id: customer.tenant_id, name: Arc::clone(&customer.name), users })
    }

    fn take(&mut self, Answer { tenant_id, seats, .. }: Answer) {
        let earlier = self.earlier.remove(&tenant_id).unwrap_or_default();
        // Customers are sorted by tenant.
        let place = self.asked.tenants.binary_search_by_key(&tenant_id, |tenant| tenant.customer.tenant_id);
        let Some(tenant) = place.ok().and_then(|place| self.asked.tenants.get_mut(place)) else { return };
        match seats {
            Ok(found) => {
                tenant.customer.name = found.name;
                self.seats.answered.push(tenant_id);
                self.seats.users.extend(found.users.unwrap_or(earlier));
                self.seats.holdings.extend(found.holdings);
                self.seats.subscriptions.extend(found.subscriptions);
            }
            Err(error) => {
                let mut advice = advice(&error, &place_of(self.signed_in, &tenant.customer));
                // A consent alone opens nothing; but a list that could not be had proves no absence.
                let has_no_access = tenant.customer.relationship.is_none() && self.asked.missing.is_empty() && tenant_id != self.signed_in.msp;
                if advice.trouble == Trouble::Consent && has_no_access {
                    advice.remedy += "; it has no delegated-admin (GDAP) relationship with you either, which reading needs: ask for one with Directory Readers";
                }
                self.seats.unreachable.push(UnreachableTenant {
                    tenant_id,
                    tenant_name: Arc::clone(&tenant.customer.name),
                    reason: error.to_string(),
                    remedy: advice.remedy.clone(),
                });
                tenant.trouble = Some((error.to_string(), advice));
            }
        }
    }

    /// All of it, in the same order whoever answered first.
    fn finish(self) -> Live {
        let Self { mut seats, asked, .. } = self;
        seats.answered.sort_unstable();
        seats.unreachable.sort_unstable_by_key(|tenant| tenant.tenant_id);
        seats.holdings.sort_unstable_by_key(|holding| (holding.tenant_id, holding.sku_id));
        seats.users.sort_unstable_by_key(|count| (count.tenant_id, count.sku_id));
        // Each tenant's came in its own order.
        seats.subscriptions.sort_by_key(|subscription| subscription.tenant_id);
        Live { seats, asked }
    }
}

fn place_of<'a>(signed_in: &'a SignedIn, customer: &'a Customer) -> Place<'a> {
    Place {
        tenant_id: customer.tenant_id,
        name: &customer.name,
        is_msp: customer.tenant_id == signed_in.msp,
        client_id: &signed_in.client_id,
        addresses: &signed_in.addresses,
        relationship_ended: customer.relationship.as_ref().filter(|relationship| !relationship.is_active()).and_then(|relationship| relationship.ends),
    }
}

/// Keeps the answers in the ledger under their day.
pub(crate) fn keep(app: &App, loaded: &Loaded, asked: &Asked, seats: &Seats) -> Result<(), LedgerError> {
    let mut ledger = Ledger::open(&loaded.ledger_file())?;
    let guard = ledger.lock(LOCK_WAIT)?;
    let names = asked.tenants.iter().map(|tenant| (tenant.customer.tenant_id, Arc::clone(&tenant.customer.name))).collect();
    ledger.keep_snapshot(
        &guard,
        &Snapshot {
            seats,
            names: &names,
            taken_at: app.clock.now(),
            account: asked.account.as_deref(),
            machine_user: &machine_user(app),
            learnt: &asked.learnt,
            catalogue: &asked.catalogue,
        },
    )
}

/// Puts the seats that belong to the period into the sources: live ones for a month that still runs; for
/// one that is past, whichever was taken nearest to its end. Says who was asked, so that the live ones can be
/// kept. `before` are those that this run got already: nobody is asked twice.
pub(crate) fn add(app: &App, loaded: &Loaded, sources: &mut Sources, period: BillingPeriod, before: Option<Live>) -> Result<Option<Asked>, Failure> {
    let ledger = Ledger::open_for_reading(&loaded.ledger_file())?;
    let today = app.clock.today();
    let month = BillingPeriod::containing(today);
    let may_be_live = month <= period.next();
    let before = before.filter(|_| may_be_live);
    let kept = if before.is_none() && month > period { ledger.seats_near(period)? } else { None };
    let distance = |day| days_between(period.last_day(), day).abs();
    let is_live = may_be_live && kept.as_ref().is_none_or(|kept| distance(today) < distance(kept.as_of));
    drop(ledger);
    let live = match before {
        Some(before) => Some(before),
        None if is_live => Some(ask(app, loaded, sources, People::Leave)?),
        None => None,
    };
    // A month that nobody kept is said to be unknown, never compared with today's seats.
    let unknown = || Seats { as_of: today, origin: "Microsoft Graph".into(), ..Seats::default() };
    let (seats, asked) = match live {
        Some(Live { seats, asked }) => (seats, Some(asked)),
        None => (kept.unwrap_or_else(unknown), None),
    };
    sources.seats = Some(seats);
    let ledger = Ledger::open_for_reading(&loaded.ledger_file())?;
    sources.bridge = catalogue::bridge(&ledger, sources, asked.as_ref().map_or(&[], |asked| &asked.learnt))?;
    Ok(asked)
}

/// Fails when not one tenant could be read.
pub(crate) fn check_any(live: &Live) -> Result<(), Failure> {
    let first = live.asked.tenants.iter().find_map(|tenant| tenant.trouble.as_ref());
    match first {
        Some((error, advice)) if live.seats.answered.is_empty() => {
            // A Microsoft that is down is the same failure whether a list of customers or the first tenant met it.
            let is_down = |tenant: &Tenant| tenant.trouble.as_ref().is_some_and(|(_, advice)| matches!(advice.trouble, Trouble::Outage | Trouble::Throttled));
            let kind = if live.asked.tenants.iter().all(is_down) { Kind::Busy } else { Kind::Failed };
            Err(Failure::message(kind, format!("not one of {} tenants could be read; the first said: {error}", live.asked.tenants.len()))
                .hint(advice.remedy.clone()))
        }
        _ => Ok(()),
    }
}

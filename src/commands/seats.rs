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
use crate::ledger::{Ledger, LedgerError, Snapshot};
use crate::microsoft::advice::{Advice, Place, advice};
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
    /// Everything that was answered.
    pub(crate) seats: Seats,
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
    let ledger = Ledger::open_for_reading(&loaded.ledger_file())?;
    let may_list = ledger.capabilities()?.iter().any(|found| found.name == Capability::Customers.as_str() && found.availability == "ok");
    let today = app.clock.today();
    let earlier = if people == People::Count { ledger.seats_of_day(today)?.unwrap_or_default() } else { Seats::default() };
    let progress = RefCell::new(Progress::new(&app.output));
    let microsoft = signed_in.microsoft();
    let microsoft = if raw.is_some() { microsoft.capturing() } else { microsoft };
    let asked = app.block_on(async {
        progress.borrow_mut().phase("Asking Microsoft for customers", "customer", None);
        let found = microsoft.customers(signed_in.msp, &distributors(sources), Ask { partner_center: may_list }).await;
        let mut customers = found.map_err(|error| service::failure(app, error))?;
        check_lists(app, &customers)?;
        microsoft.add_held_roles(signed_in.msp, &mut customers).await.map_err(|error| service::failure(app, error))?;
        let wanted = customers.list.iter().map(|customer| wanted(customer, people, &earlier)).collect();
        progress.borrow_mut().phase("Reading customers' seats", "tenant", Some(customers.list.len().try_into().unwrap_or(u64::MAX)));
        let answers = microsoft.pull(wanted, &|| progress.borrow_mut().advance(1)).await.map_err(|error| service::failure(app, error))?;
        Ok((customers, answers))
    });
    if let Some(raw) = raw {
        *raw = microsoft.captured();
    }
    let (customers, answers) = asked?;
    progress.borrow_mut().finish();
    let as_of = microsoft.day_of_answers(today, TimeZone::system());
    let mut live = gathered(&signed_in, customers, answers, &earlier);
    live.seats.as_of = as_of;
    for (_, advice) in live.tenants.iter_mut().filter_map(|tenant| tenant.trouble.as_mut()) {
        advice.remedy = as_typed(app, &advice.remedy);
    }
    live.learnt = bridge::learn(&sources.annuity, &sources.charges, &live.seats.subscriptions);
    if people == People::Count {
        live.catalogue = catalogue::ask(app, loaded, &ledger, sources, &live.learnt, &microsoft, signed_in.msp)?;
    }
    live.calls = microsoft.calls();
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

/// On the same day, people are counted again only where other seats are assigned than before.
fn wanted(customer: &Customer, people: People, earlier: &Seats) -> Wanted {
    let of_tenant = |tenant_id: TenantId| tenant_id == customer.tenant_id;
    let were_counted = earlier.users.iter().any(|count| of_tenant(count.tenant_id));
    let before =
        || earlier.holdings.iter().filter(|holding| of_tenant(holding.tenant_id)).map(|holding| (holding.sku_id, holding.assigned)).collect::<Vec<_>>();
    let users = match people {
        People::Leave => Users::No,
        People::Count if were_counted => Users::IfChanged(before()),
        People::Count => Users::Yes,
    };
    Wanted { tenant_id: customer.tenant_id, name: Arc::clone(&customer.name), users }
}

fn gathered(signed_in: &SignedIn, customers: Customers, answers: Vec<Answer>, earlier: &Seats) -> Live {
    let missing: Vec<String> = customers.missing.iter().map(|(list, error)| format!("the list of {list} could not be had: {error}")).collect();
    let mut by_id: BTreeMap<TenantId, Customer> = customers.list.into_iter().map(|customer| (customer.tenant_id, customer)).collect();
    let mut seats = Seats { origin: "Microsoft Graph".into(), ..Seats::default() };
    let mut tenants = Vec::new();
    for answer in answers {
        let Some(mut customer) = by_id.remove(&answer.tenant_id) else { continue };
        let trouble = match answer.seats {
            Ok(found) => {
                customer.name = found.name;
                seats.answered.push(answer.tenant_id);
                let of_earlier = || earlier.users.iter().filter(|count| count.tenant_id == answer.tenant_id).copied().collect();
                seats.users.extend::<Vec<UserCount>>(found.users.unwrap_or_else(of_earlier));
                seats.holdings.extend(found.holdings);
                seats.subscriptions.extend(found.subscriptions);
                None
            }
            Err(error) => {
                let ended = customer.relationship.as_ref().filter(|relationship| !relationship.is_active()).and_then(|relationship| relationship.ends);
                let place = Place {
                    tenant_id: answer.tenant_id,
                    name: &customer.name,
                    is_msp: answer.tenant_id == signed_in.msp,
                    client_id: &signed_in.client_id,
                    addresses: &signed_in.addresses,
                    relationship_ended: ended,
                };
                let advice = advice(&error, &place);
                seats.unreachable.push(UnreachableTenant {
                    tenant_id: answer.tenant_id,
                    tenant_name: Arc::clone(&customer.name),
                    reason: error.to_string(),
                    remedy: advice.remedy.clone(),
                });
                Some((error.to_string(), advice))
            }
        };
        tenants.push(Tenant { customer, trouble });
    }
    seats.lists_missing.clone_from(&missing);
    Live { seats, tenants, missing, learnt: Vec::new(), catalogue: Vec::new(), calls: 0, account: signed_in.account().map(str::to_owned) }
}

/// Keeps the answers in the ledger under their day.
pub(crate) fn keep(app: &App, loaded: &Loaded, live: &Live) -> Result<(), LedgerError> {
    let mut ledger = Ledger::open(&loaded.ledger_file())?;
    let guard = ledger.lock(LOCK_WAIT)?;
    let names = live.tenants.iter().map(|tenant| (tenant.customer.tenant_id, Arc::clone(&tenant.customer.name))).collect();
    ledger.keep_snapshot(
        &guard,
        &Snapshot {
            seats: &live.seats,
            names: &names,
            taken_at: app.clock.now(),
            account: live.account.as_deref(),
            machine_user: &machine_user(app),
            learnt: &live.learnt,
            catalogue: &live.catalogue,
        },
    )
}

/// Puts the seats that belong to the period into the sources: live ones for a month that still runs; for
/// one that is past, whichever was taken nearest to its end. Gives the live ones, to be kept.
pub(crate) fn add(app: &App, loaded: &Loaded, sources: &mut Sources, period: BillingPeriod) -> Result<Option<Live>, Failure> {
    let ledger = Ledger::open_for_reading(&loaded.ledger_file())?;
    let today = app.clock.today();
    let month = BillingPeriod::containing(today);
    let kept = if month > period { ledger.seats_near(period)? } else { None };
    let distance = |day| days_between(period.last_day(), day).abs();
    let is_live = month <= period.next() && kept.as_ref().is_none_or(|kept| distance(today) < distance(kept.as_of));
    let live = if is_live { Some(ask(app, loaded, sources, People::Leave)?) } else { None };
    // A month that nobody kept is said to be unknown, never compared with today's seats.
    let unknown = || Seats { as_of: today, origin: "Microsoft Graph".into(), ..Seats::default() };
    sources.seats = Some(live.as_ref().map(|live| live.seats.clone()).or(kept).unwrap_or_else(unknown));
    sources.bridge = catalogue::bridge(&ledger, sources, live.as_ref().map_or(&[], |live| &live.learnt))?;
    Ok(live)
}

/// Fails when not one tenant could be read.
pub(crate) fn check_any(live: &Live) -> Result<(), Failure> {
    let first = live.tenants.iter().find_map(|tenant| tenant.trouble.as_ref());
    match first {
        Some((error, advice)) if live.seats.answered.is_empty() => {
            Err(Failure::message(Kind::Failed, format!("not one of {} tenants could be read; the first said: {error}", live.tenants.len()))
                .hint(advice.remedy.clone()))
        }
        _ => Ok(()),
    }
}

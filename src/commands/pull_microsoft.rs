//! Microsoft's part of `cspctl pull`: every customer's seats into the ledger, and what stands in the way.

mod earlier;
mod released;
mod table;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::catalogue;
use super::pull::{self, Pulled, Said};
use super::seats::{self, Asked, People, Tenant};
use crate::app::App;
use crate::config::load::Loaded;
use crate::config::mapping;
use crate::domain::bridge::{BridgeCheck, Step, check};
use crate::domain::holding::{Holding, Seats};
use crate::domain::ids::TenantId;
use crate::domain::reconcile::free_skus::is_free;
use crate::domain::releasable::{Releasable, releasable};
use crate::domain::sources::Sources;
use crate::exit::Failure;
use crate::ledger::Ledger;
use crate::microsoft::advice::Trouble;
use crate::microsoft::customers::Customer;
use crate::microsoft::seats_file;
use crate::services::command;

/// The folder of its answers.
const SOURCE: &str = "microsoft";
/// The seats as a file that `microsoft.source = "file"` reads.
const SEATS_FILE: &str = "seats.csv";

/// Asks Microsoft, keeps the answers, and says what came. `sources` tells the distributor's tenants and lines.
///
/// # Errors
///
/// When nobody is signed in, nothing can be reached, or not one tenant could be read.
pub(super) fn pull(app: &App, loaded: &Loaded, sources: &Sources, to: Option<&Path>) -> Result<Pulled, Failure> {
    let mut raw = Vec::new();
    let mut kept = Vec::new();
    let asked = seats::ask_keeping(app, loaded, sources, People::Count, to.map(|_| &mut raw));
    if let Some(folder) = to {
        let folder = folder.join(SOURCE);
        if !raw.is_empty() {
            earlier::remove(&folder)?;
        }
        kept = pull::keep(&folder, &raw)?;
    }
    let live = asked?;
    seats::check_any(&live)?;
    // What was read is shown before anybody hears that it could not be kept.
    let unkept = seats::keep(app, loaded, &live.asked, &live.seats).err().map(Failure::from);
    let mapping = mapping::read(&loaded.mapping_file())?;
    let bridge = catalogue::bridge(&Ledger::open_for_reading(&loaded.ledger_file())?, sources, &live.asked.learnt)?;
    let carried = check(&sources.annuity, &live.seats.subscriptions, &live.seats.answered, &mapping, &bridge);
    if let Some(folder) = to {
        kept.extend(pull::keep(&folder.join(SOURCE), &[(SEATS_FILE.to_owned(), seats_file::write(&live.seats))])?);
    }
    let released = releasable(&live.seats);
    let released_told = released::told(&released, &live.asked.tenants, &mapping);
    let read = Read { counts: counts(&live.seats), as_of: live.seats.as_of, asked: live.asked, carried, released, released_told, is_kept: unkept.is_none() };
    Ok(Pulled { attention: read.attention(), said: Said::Microsoft(Box::new(read)), kept, unkept })
}

/// What came of it. The figures are in the ledger by now: what is left of each tenant is what is said of it.
pub(super) struct Read {
    asked: Asked,
    counts: BTreeMap<TenantId, Counts>,
    as_of: Date,
    carried: BridgeCheck,
    released: Vec<Releasable>,
    /// The same for people.
    released_told: Vec<String>,
    is_kept: bool,
}

/// What one tenant has.
#[derive(Clone, Copy, Default)]
struct Counts {
    all: Sum,
    /// Without SKUs that tenants have without buying them: their thousands of seats hide the others.
    paid: Sum,
    disabled: u64,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    skus: usize,
    seats: i64,
    assigned: i64,
}

impl Sum {
    fn add(&mut self, holding: &Holding) {
        self.skus += 1;
        self.seats += holding.enabled + holding.warning + holding.suspended;
        self.assigned += holding.assigned;
    }
}

fn counts(seats: &Seats) -> BTreeMap<TenantId, Counts> {
    let mut all: BTreeMap<TenantId, Counts> = BTreeMap::new();
    for holding in &seats.holdings {
        let counts = all.entry(holding.tenant_id).or_default();
        counts.all.add(holding);
        if !is_free(holding.sku_id, &holding.sku_part_number) {
            counts.paid.add(holding);
        }
    }
    for count in &seats.users {
        all.entry(count.tenant_id).or_default().disabled += count.disabled;
    }
    all
}

impl Read {
    /// Why somebody should look: a tenant that could not be read, or a list without which nobody knows of some.
    fn attention(&self) -> Option<String> {
        match failed(&self.asked) {
            0 => self.asked.missing.first().cloned(),
            failed => Some(format!("{failed} of {} tenants could not be read", self.asked.tenants.len())),
        }
    }

    fn counts_of(&self, tenant: &Tenant) -> Counts {
        self.counts.get(&tenant.customer.tenant_id).copied().unwrap_or_default()
    }

    /// Sentences for people.
    pub(super) fn told(&self, app: &App) -> Vec<String> {
        let look = app.output.look();
        let tenants = table::sorted(&self.asked.tenants);
        let mut told = vec![String::new(), table::of_all(&tenants, &self.counts, look.width).render(look.width, look.colour_out)];
        let mut below = remedies(app, &tenants, &self.asked.missing);
        below.extend(self.released_told.iter().cloned());
        below.push(format!(
            "Microsoft: {} tenants, {} of them not read; {} requests. The seats {} kept as of {}.",
            self.asked.tenants.len(),
            failed(&self.asked),
            self.asked.calls,
            if self.is_kept { "are" } else { "could not be" },
            self.as_of
        ));
        if self.carried.lines_asked > 0 {
            let (found, lines) = (self.carried.ids_found, self.carried.lines_asked);
            below.push(format!("{found} of {lines} subscriptions of the distributor are known to Microsoft by the same id."));
        }
        told.extend(below.iter().map(|text| pull::shown(app, text)));
        told
    }

    fn value(&self, tenant: &Tenant) -> Value {
        let customer = &tenant.customer;
        let counts = self.counts_of(tenant);
        let relationship = customer.relationship.as_ref().map(|relationship| {
            json!({
                "name": relationship.name,
                "status": relationship.status,
                "ends": until(customer),
                "roles": customer.role_names(),
                "missing_for_reading": customer.missing_for_reading(),
                "may_consent": customer.may_consent(),
            })
        });
        json!({
            "tenant_id": customer.tenant_id,
            "name": customer.name,
            "domain": customer.domain,
            "known_by": customer.known_by.iter().map(|known_by| known_by.as_str()).collect::<Vec<_>>(),
            "relationship": relationship,
            "state": if tenant.trouble.is_none() { "ok" } else { "failed" },
            "trouble": tenant.trouble.as_ref().map(|(_, advice)| advice.trouble.as_str()),
            "error": tenant.trouble.as_ref().map(|(error, _)| error),
            "remedy": tenant.trouble.as_ref().map(|(_, advice)| &advice.remedy),
            "skus": counts.all.skus,
            "seats": counts.all.seats.to_string(),
            "assigned": counts.all.assigned.to_string(),
            "disabled_users": counts.disabled,
            "disabled": released::value(&self.released, customer.tenant_id),
        })
    }
}

/// One tenant after the other: as a value, the whole would take several times the room of what it says.
impl Serialize for Read {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Tenants<'a>(&'a Read);
        impl Serialize for Tenants<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.0.asked.tenants.iter().map(|tenant| self.0.value(tenant)))
            }
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("as_of", &self.as_of)?;
        map.serialize_entry("bridge", &bridge_value(&self.carried))?;
        map.serialize_entry("lists_missing", &self.asked.missing)?;
        map.serialize_entry("requests", &self.asked.calls)?;
        map.serialize_entry("source", SOURCE)?;
        map.serialize_entry("tenants", &Tenants(self))?;
        map.end()
    }
}

fn bridge_value(carried: &BridgeCheck) -> Value {
    let found = |step| carried.found_by(step);
    let unmatched = carried
        .unmatched
        .iter()
        .map(|line| json!({ "tenant_id": line.tenant_id, "offer": line.offer, "description": line.description, "suggested_sku_id": line.suggestion }));
    json!({
        "lines": carried.lines,
        "lines_asked": carried.lines_asked,
        "subscription_ids_found": carried.ids_found,
        "by_mapping": found(Step::Mapping),
        "by_subscription": found(Step::Subscription),
        "by_learnt_pair": found(Step::Learnt),
        "by_offer_matrix": found(Step::Matrix),
        "by_catalogue": found(Step::Catalogue),
        "by_table": found(Step::Table),
        "unmatched": unmatched.collect::<Vec<_>>(),
    })
}

fn failed(asked: &Asked) -> usize {
    asked.tenants.iter().filter(|tenant| tenant.trouble.is_some()).count()
}

/// Whoever cannot be read, why, and what to do.
fn remedies(app: &App, tenants: &[&Tenant], missing: &[String]) -> Vec<String> {
    let of_tenant = |tenant: &Tenant| {
        let (error, advice) = tenant.trouble.as_ref()?;
        Some(format!("{}: {}: {error}\n  → {}\n", name(tenant), advice.trouble.as_str(), advice.remedy))
    };
    let by_consent = |tenant: &Tenant| {
        let is_consent = tenant.trouble.as_ref().is_some_and(|(_, advice)| advice.trouble == Trouble::Consent);
        (is_consent && tenant.customer.may_consent()).then(|| {
            format!("{}: your delegated access allows the consent: {} {}", name(tenant), command(app, "auth microsoft --consent"), tenant.customer.tenant_id)
        })
    };
    let of_access = |tenant: &Tenant| Some(format!("{}: delegated access lacks {}", name(tenant), tenant.customer.missing_for_reading()?));
    let tenants = || tenants.iter().copied();
    tenants().filter_map(of_tenant).chain(tenants().filter_map(by_consent)).chain(tenants().filter_map(of_access)).chain(missing.iter().cloned()).collect()
}

/// The tenants that cannot be read as a table, and what to do about each.
pub(super) fn troubles(app: &App, asked: &Asked) -> Vec<String> {
    let look = app.output.look();
    let tenants = table::sorted(&asked.tenants);
    let table = table::of_troubles(&tenants, look.width);
    let mut told = if table.is_empty() { Vec::new() } else { vec![table.render(look.width, look.colour_error)] };
    told.extend(remedies(app, &tenants, &asked.missing).iter().map(|text| pull::shown(app, text)));
    told
}

fn name(tenant: &Tenant) -> String {
    if tenant.customer.name.is_empty() { tenant.customer.tenant_id.to_string() } else { tenant.customer.name.to_string() }
}

/// The last day of access; of an ended relationship the day it ended.
fn until(customer: &Customer) -> Option<Date> {
    let ended = || customer.relationship.as_ref().filter(|relationship| !relationship.is_active()).and_then(|relationship| relationship.ends);
    customer.access_ends().or_else(ended)
}

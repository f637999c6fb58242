//! Microsoft's part of `cspctl pull`: every customer's seats into the ledger, and what stands in the way.

mod released;

use std::path::Path;

use serde_json::{Value, json};

use super::pull::{self, Pulled};
use super::seats::{self, Live, People, Tenant};
use crate::app::App;
use crate::config::load::Loaded;
use crate::config::mapping;
use crate::domain::bridge::{Bridge, BridgeCheck, Step, check};
use crate::domain::holding::Seats;
use crate::domain::ids::TenantId;
use crate::domain::mapping::Mapping;
use crate::domain::releasable::{Releasable, releasable};
use crate::domain::sources::Sources;
use crate::exit::Failure;
use crate::microsoft::advice::Trouble;
use crate::microsoft::customers::Customer;
use crate::microsoft::seats_file;
use crate::services::command;
use crate::ui::table::{Cell, Column, Table, Tone};

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
    let asked = seats::ask_keeping(app, loaded, sources, People::Count, to.map(|_| &mut raw));
    if let Some(folder) = to {
        let _ = pull::keep(&folder.join(SOURCE), &raw)?;
    }
    let live = asked?;
    seats::check_any(&live)?;
    seats::keep(app, loaded, &live)?;
    let mapping = mapping::read(&loaded.mapping_file())?;
    let bridge = Bridge::new(live.learnt.iter().cloned());
    let carried = check(&sources.annuity, &live.seats.subscriptions, &live.seats.answered, &mapping, &bridge);
    let failed = live.tenants.iter().filter(|tenant| tenant.trouble.is_some()).count();
    let mut files = vec![(SEATS_FILE.to_owned(), seats_file::write(&live.seats))];
    files.append(&mut raw);
    Ok(Pulled { source: SOURCE, told: told(app, &live, &mapping, &carried, failed), json: value(&live, &carried), files, attention: attention(&live, failed) })
}

/// Why somebody should look: a tenant that could not be read, or a list without which nobody knows of some.
fn attention(live: &Live, failed: usize) -> Option<String> {
    if failed > 0 {
        return Some(format!("{failed} of {} tenants could not be read", live.tenants.len()));
    }
    live.missing.first().cloned()
}

struct Counts {
    skus: usize,
    seats: i64,
    assigned: i64,
    disabled: u64,
}

fn counts(seats: &Seats, tenant_id: TenantId) -> Counts {
    let holdings = || seats.holdings.iter().filter(|holding| holding.tenant_id == tenant_id);
    Counts {
        skus: holdings().count(),
        seats: holdings().map(|holding| holding.enabled + holding.warning + holding.suspended).sum(),
        assigned: holdings().map(|holding| holding.assigned).sum(),
        disabled: seats.users.iter().filter(|count| count.tenant_id == tenant_id).map(|count| count.disabled).sum(),
    }
}

fn told(app: &App, live: &Live, mapping: &Mapping, carried: &BridgeCheck, failed: usize) -> Vec<String> {
    let columns = [
        Column::Text("Customer"),
        Column::Word("Result"),
        Column::Number("SKUs"),
        Column::Number("Seats"),
        Column::Number("Assigned"),
        Column::Word("Access until"),
        Column::Text("Known by"),
    ];
    let mut table = Table::new(columns);
    for tenant in &live.tenants {
        let _ = table.row(cells(live, tenant));
    }
    let look = app.output.look();
    let mut told = vec![String::new(), table.render(look.width, look.colour_out)];
    told.extend(remedies(app, live));
    told.extend(released::told(live, mapping));
    told.push(format!(
        "Microsoft: {} tenants, {failed} of them not read; {} requests. The seats are kept as of {}.",
        live.tenants.len(),
        live.calls,
        live.seats.as_of
    ));
    if carried.lines_asked > 0 {
        told.push(format!("{} of {} subscriptions of the distributor are known to Microsoft by the same id.", carried.ids_found, carried.lines_asked));
    }
    told
}

/// Whoever cannot be read, why, and what to do.
fn remedies(app: &App, live: &Live) -> Vec<String> {
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
    let tenants = || live.tenants.iter();
    tenants().filter_map(of_tenant).chain(tenants().filter_map(by_consent)).chain(tenants().filter_map(of_access)).chain(live.missing.iter().cloned()).collect()
}

/// The tenants that cannot be read as a table, and what to do about each.
pub(super) fn troubles(app: &App, live: &Live) -> Vec<String> {
    let mut table = Table::new([Column::Text("Customer"), Column::Word("Result"), Column::Word("Access until")]);
    for tenant in live.tenants.iter().filter(|tenant| tenant.trouble.is_some()) {
        let [customer, result, _, _, _, until, _] = cells(live, tenant);
        let _ = table.row([customer, result, until]);
    }
    let look = app.output.look();
    let mut told = if table.is_empty() { Vec::new() } else { vec![table.render(look.width, look.colour_error)] };
    told.extend(remedies(app, live));
    told
}

fn name(tenant: &Tenant) -> String {
    if tenant.customer.name.is_empty() { tenant.customer.tenant_id.to_string() } else { tenant.customer.name.to_string() }
}

fn cells(live: &Live, tenant: &Tenant) -> [Cell; 7] {
    let counts = counts(&live.seats, tenant.customer.tenant_id);
    let result = match &tenant.trouble {
        None => Cell::toned("ok", Tone::Good),
        Some((_, advice)) => Cell::toned(advice.trouble.as_str(), Tone::Bad),
    };
    let number = |number: String| if tenant.trouble.is_none() { Cell::from(number) } else { Cell::toned("–", Tone::Dim) };
    let until = until(&tenant.customer);
    let known_by: Vec<&str> = tenant.customer.known_by.iter().map(|known_by| known_by.as_str()).collect();
    [
        Cell::from(name(tenant)),
        result,
        number(counts.skus.to_string()),
        number(counts.seats.to_string()),
        number(counts.assigned.to_string()),
        Cell::from(until.map_or_else(|| "–".to_owned(), |day| day.to_string())),
        Cell::toned(known_by.join(", "), Tone::Dim),
    ]
}

/// The last day of access; of an ended relationship the day it ended.
fn until(customer: &Customer) -> Option<jiff::civil::Date> {
    customer
        .access_ends()
        .or_else(|| customer.relationship.as_ref().filter(|relationship| !relationship.is_active()).and_then(|relationship| relationship.ends))
}

fn value(live: &Live, carried: &BridgeCheck) -> Value {
    let released = releasable(&live.seats);
    let tenants: Vec<Value> = live.tenants.iter().map(|tenant| tenant_value(live, &released, tenant)).collect();
    let found = |step| carried.found_by(step);
    json!({
        "source": "microsoft",
        "as_of": live.seats.as_of,
        "tenants": tenants,
        "lists_missing": live.missing,
        "requests": live.calls,
        "bridge": {
            "lines": carried.lines,
            "lines_asked": carried.lines_asked,
            "subscription_ids_found": carried.ids_found,
            "by_mapping": found(Step::Mapping),
            "by_subscription": found(Step::Subscription),
            "by_learnt_pair": found(Step::Learnt),
            "by_table": found(Step::Table),
            "unmatched": carried.unmatched.iter().map(|line| json!({ "tenant_id": line.tenant_id, "offer": line.offer, "description": line.description, "suggested_sku_id": line.suggestion })).collect::<Vec<_>>(),
        },
    })
}

fn tenant_value(live: &Live, released: &[Releasable], tenant: &Tenant) -> Value {
    let customer = &tenant.customer;
    let counts = counts(&live.seats, customer.tenant_id);
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
        "skus": counts.skus,
        "seats": counts.seats.to_string(),
        "assigned": counts.assigned.to_string(),
        "disabled_users": counts.disabled,
        "disabled": released::value(released, customer.tenant_id),
    })
}

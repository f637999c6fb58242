//! `--consent TENANT`: lets the app read a customer's tenant, the only thing cspctl writes at Microsoft.

use std::collections::BTreeMap;

use serde_json::json;
use tokio::time::Instant;

use crate::app::App;
use crate::config::load::Loaded;
use crate::domain::ids::TenantId;
use crate::exit::{Failure, Kind};
use crate::microsoft::MicrosoftError;
use crate::microsoft::advice::{Place, Trouble, advice};
use crate::microsoft::consented::PATIENCE;
use crate::services::microsoft::{self as service, SignedIn};
use crate::services::{as_typed, command};

/// Consents in each tenant; one that refuses does not keep the others from it.
pub(super) fn run(app: &App, loaded: &Loaded, tenants: &[TenantId]) -> Result<(), Failure> {
    crate::commands::access::check(app, loaded)?;
    let signed_in = service::open(app, loaded)?;
    let mut results = Vec::new();
    app.block_on(async {
        let microsoft = signed_in.microsoft();
        for tenant_id in tenants {
            let result = microsoft.consent(signed_in.msp, *tenant_id, &signed_in.client_id).await;
            if let Err(error) = &result
                && error.stops_everything()
            {
                return Err(service::failure(app, error.clone()));
            }
            results.push((*tenant_id, result));
        }
        Ok(())
    })?;
    let works = follow(app, &signed_in, &results)?;
    let link = |tenant_id: TenantId| signed_in.addresses.admin_consent(tenant_id, &signed_in.client_id);
    if app.output.is_json() {
        let shown = |(tenant_id, result): &(TenantId, Result<(), MicrosoftError>)| {
            let error = result.as_ref().err().map(ToString::to_string);
            json!({ "tenant_id": tenant_id, "consented": result.is_ok(), "works": works.get(tenant_id), "error": error, "link": link(*tenant_id) })
        };
        let list: Vec<_> = results.iter().map(shown).collect();
        app.output.json(&json!({ "schema_version": 1, "tenants": list }))?;
    }
    let mut failure: Option<Failure> = None;
    for (tenant_id, result) in results {
        let Err(error) = result else {
            continue;
        };
        let refused = Failure::message(Kind::Failed, format!("{tenant_id}: {error}"));
        let refused = failure.take().unwrap_or(refused);
        failure = Some(
            refused
                .hint(advice(&error, &place(&signed_in, tenant_id)).remedy)
                .hint(format!("or send this link to the customer's administrator: {}", link(tenant_id))),
        );
    }
    failure.map_or(Ok(()), Err)
}

fn place(signed_in: &SignedIn, tenant_id: TenantId) -> Place<'_> {
    Place { tenant_id, name: "", is_msp: false, client_id: &signed_in.client_id, addresses: &signed_in.addresses, relationship_ended: None }
}

/// Reads each consented tenant until it answers, at most two minutes for all of them, and says how it went.
fn follow(app: &App, signed_in: &SignedIn, results: &[(TenantId, Result<(), MicrosoftError>)]) -> Result<BTreeMap<TenantId, bool>, Failure> {
    let mut works = BTreeMap::new();
    app.block_on(async {
        let microsoft = signed_in.microsoft();
        let deadline = Instant::now() + PATIENCE;
        for (tenant_id, _) in results.iter().filter(|(_, result)| result.is_ok()) {
            app.output.note(&format!(
                "The app may read {tenant_id}. Waiting until Microsoft knows, at most {} minutes; Ctrl-C takes nothing back.",
                PATIENCE.as_secs() / 60
            ));
            let read = microsoft.until_readable(*tenant_id, deadline).await;
            let _ = works.insert(*tenant_id, read.is_ok());
            match read {
                Ok(()) => app.output.note(&format!("{tenant_id} can be read now.")),
                Err(error) => {
                    let advice = advice(&error, &place(signed_in, *tenant_id));
                    let remedy = match advice.trouble {
                        Trouble::Consent | Trouble::Outage | Trouble::Throttled => format!("try again later: {}", command(app, "pull")),
                        _ => as_typed(app, &advice.remedy),
                    };
                    app.output.warn(&format!("{tenant_id} cannot be read yet: {error}; {remedy}"));
                }
            }
        }
        Ok(())
    })?;
    Ok(works)
}

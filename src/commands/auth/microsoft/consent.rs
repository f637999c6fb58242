//! `--consent TENANT`: lets the app read a customer's tenant, the only thing cspctl writes at Microsoft.

use serde_json::json;

use crate::app::App;
use crate::config::load::Loaded;
use crate::domain::ids::TenantId;
use crate::exit::{Failure, Kind};
use crate::microsoft::advice::{Place, advice};
use crate::services::microsoft as service;

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
    let link = |tenant_id: TenantId| signed_in.addresses.admin_consent(tenant_id, &signed_in.client_id);
    if app.output.is_json() {
        let list: Vec<_> = results
            .iter()
            .map(|(tenant_id, result)| json!({ "tenant_id": tenant_id, "consented": result.is_ok(), "error": result.as_ref().err().map(ToString::to_string), "link": link(*tenant_id) }))
            .collect();
        app.output.json(&json!({ "schema_version": 1, "tenants": list }))?;
    }
    let mut failure: Option<Failure> = None;
    for (tenant_id, result) in results {
        let Err(error) = result else {
            app.output.note(&format!("The app may read {tenant_id}; it can take some minutes until Microsoft knows everywhere."));
            continue;
        };
        let place = Place { tenant_id, name: "", is_msp: false, client_id: &signed_in.client_id, addresses: &signed_in.addresses, relationship_ended: None };
        let refused = Failure::message(Kind::Failed, format!("{tenant_id}: {error}"));
        let refused = failure.take().unwrap_or(refused);
        failure = Some(refused.hint(advice(&error, &place).remedy).hint(format!("or send this link to the customer's administrator: {}", link(tenant_id))));
    }
    failure.map_or(Ok(()), Err)
}

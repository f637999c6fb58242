//! `cspctl auth logout`: revokes where the service can, and forgets in any case.

use clap::Args;

use super::{Service, dickerdata, microsoft, xero};
use crate::app::App;
use crate::commands::place::place;
use crate::config::load::Loaded;
use crate::exit::Failure;

/// Arguments of `auth logout`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cspctl auth logout xero\n  cspctl auth logout --all")]
pub struct LogoutArgs {
    /// The service to sign out of
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub service: Option<Service>,
    /// Sign out of every service
    #[arg(long)]
    pub all: bool,
}

/// Signs out. A service that was not signed in to is no failure.
pub(super) fn run(app: &App, loaded: &Loaded, args: &LogoutArgs) -> Result<(), Failure> {
    let services: Vec<Service> = args.service.map_or_else(|| Service::ALL.to_vec(), |service| vec![service]);
    let mut ended = Vec::new();
    for service in services {
        // Told before it is forgotten.
        let organisation = if service == Service::Xero { xero::status(app, loaded).organisation_name } else { None };
        let (name, was_there) = match service {
            Service::Microsoft => ("microsoft", microsoft::log_out(app, loaded)?),
            Service::Xero => ("xero", xero::log_out(app, loaded)?),
            Service::DickerData => ("dickerdata", dickerdata::log_out(app, loaded)?),
        };
        let place = place(&app.profile, organisation.as_deref());
        app.output.note(&if was_there { format!("Signed out of {name}{place}.") } else { format!("Nobody was signed in to {name}{place}.") });
        ended.push(serde_json::json!({ "service": name, "was_signed_in": was_there }));
    }
    if app.output.is_json() {
        app.output.json(&serde_json::json!({ "schema_version": 1, "services": ended }))?;
    }
    Ok(())
}

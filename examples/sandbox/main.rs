//! `cargo run --example sandbox`: stand-ins for the services on loopback ports, to try the tool on.
//!
//! Each service is a name, the keys of `[endpoints]` that it stands for, and what answers its requests;
//! they get the ports from `--port` on, in order.

#![allow(unreachable_pub, reason = "an example has no outside")]
#![expect(clippy::print_stdout, reason = "what to type next is all that it has to say")]

#[path = "../make_contoso/sample.rs"]
#[expect(dead_code, reason = "only the exports are wanted here")]
mod generator;
#[path = "sample.rs"]
mod sample;
#[path = "stand_ins.rs"]
#[expect(dead_code, reason = "the sandbox and the tests use different parts of it")]
mod stand_ins;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser;
use stand_ins::dickerdata::options::{ACCESS_CODE, ACCOUNT_CODE};
use stand_ins::dickerdata::seed::Books;
use stand_ins::dickerdata::{self, DickerData};
use stand_ins::exchange::Outcome;
use stand_ins::microsoft::{self, Microsoft};
use stand_ins::serve::{self, Handler};
use stand_ins::xero::Xero;
use stand_ins::xero::options::{Options, PKCE_CLIENT};

/// Stand-ins for the services on this machine, to try cspctl on; Ctrl-C ends them and everything that was posted
#[derive(Parser)]
#[command(name = "sandbox")]
struct Args {
    /// Port of the stand-in for Xero; the others follow
    #[arg(long, value_name = "PORT", default_value_t = 8750)]
    port: u16,
    /// Write the sample month with a configuration for the sandbox into this folder
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
    /// So many tenants more at Microsoft, for measuring
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    tenants: u32,
    /// Microsoft takes so long for every answer
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    delay: u64,
}

/// A stand-in.
struct Service {
    name: &'static str,
    /// Keys of `[endpoints]`, each with what follows the address.
    endpoints: &'static [(&'static str, &'static str)],
    handler: Handler,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let xero = Xero::new(Options { now: jiff::Timestamp::now(), organisations: vec![sample::organisation()?], ..Options::default() });
    sample::give_terms(&xero)?;
    let usual = microsoft::options::Options::default();
    // The sample's seats are of its own month; measuring twice on one day needs today's.
    let date = usual.date.clone().filter(|_| args.tenants == 0);
    let microsoft = microsoft::options::Options { more_tenants: args.tenants, date, ..usual };
    let services = services(&xero, &distributor()?, Microsoft::new(microsoft), Duration::from_millis(args.delay));
    let (mut running, mut endpoints) = (Vec::new(), BTreeMap::new());
    for (port, service) in (args.port..).zip(services) {
        let server =
            serve::serve(service.handler, Some(port)).with_context(|| format!("cannot listen on port {port} for {}; --port N takes others", service.name))?;
        println!("{:<12} {}", service.name, server.address);
        for (key, path) in service.endpoints {
            endpoints.insert(*key, format!("{}{path}", server.address));
        }
        running.push(server);
    }
    let page = running.first().map(|server| server.address.clone()).unwrap_or_default();
    println!("\nDicker Data's account code is {ACCOUNT_CODE}, its access code {ACCESS_CODE}.");
    println!("Microsoft's app has the client id {}, Xero's {PKCE_CLIENT}.", microsoft::CLIENT_ID);
    println!("What is posted shows at {page}/ in a browser.\n");
    if let Some(folder) = &args.write {
        sample::write(folder, &xero, &endpoints)?;
        tell(folder);
    } else {
        println!("For a configuration of your own (--write FOLDER writes one, with the sample month):\n\n[endpoints]");
        for (key, address) in &endpoints {
            println!("{key} = \"{address}\"");
        }
    }
    println!("Ctrl-C ends the sandbox.");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::signal::ctrl_c())?;
    Ok(())
}

/// What to type, for the month that was written.
fn tell(folder: &Path) {
    let (config, live) = (folder.join("config.toml"), folder.join(sample::LIVE));
    let file = format!("  cspctl --profile sandbox --config {}", config.display());
    let live = format!("  cspctl --profile sandbox --config {}", live.display());
    println!("The sample month is in {}. In another terminal:\n", folder.display());
    for command in ["auth xero", "sync --dry-run", "sync"] {
        println!("{file} {command}");
    }
    println!("\nThe same month with Microsoft asked live instead of a seats file, and nothing to sign in to but Microsoft: 40");
    println!("tenants, three of which refuse; what it finds is what the file finds:\n");
    for command in ["auth microsoft", "auth status --check", "pull", "reconcile --period 2026-11"] {
        println!("{live} {command}");
    }
    println!("\nOr from nothing, everything asked live:\n");
    println!("  cspctl --profile sandbox-live init --endpoints {}\n", folder.join(sample::ENDPOINTS).display());
    println!("The profile keeps the sandbox's sign-ins apart from real ones. A sandbox begins with empty books: after starting");
    println!("it anew, delete the ledgers of the last one, {} and {}.", folder.join("state").display(), folder.join("state-live").display());
}

/// The distributor's service with the month of the sample's exports.
fn distributor() -> Result<DickerData> {
    let exports = generator::csv_exports()?;
    let export =
        |begins: &str| exports.iter().find(|(name, _)| name.starts_with(begins)).map(|(_, content)| content.as_slice()).context("the sample has no export");
    let books = Books::of_exports(export("csp-invoice-report")?, export("annuity")?)?;
    Ok(DickerData::new(dickerdata::options::Options::default(), books))
}

/// All stand-ins, in the order of their ports.
fn services(xero: &Xero, distributor: &DickerData, microsoft: Microsoft, delay: Duration) -> Vec<Service> {
    let (xero, distributor) = (xero.clone(), distributor.clone());
    vec![
        Service {
            name: "Xero",
            endpoints: &[("xero_login", ""), ("xero_identity", ""), ("xero_api", "")],
            handler: Arc::new(move |exchange| {
                let _in_flight = xero.in_flight(exchange);
                xero.carry(exchange)
            }),
        },
        Service { name: "Dicker Data", endpoints: &[("dickerdata", "/api")], handler: Arc::new(move |exchange| Outcome::Answer(distributor.handle(exchange))) },
        Service {
            name: "Microsoft",
            endpoints: &[("microsoft_login", ""), ("graph", ""), ("partner_center", "")],
            handler: Arc::new(move |exchange| {
                // Each connection has a thread of its own.
                std::thread::sleep(delay);
                Outcome::Answer(microsoft.handle(exchange))
            }),
        },
    ]
}

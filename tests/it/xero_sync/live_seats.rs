//! The month posted with seats that Microsoft is asked for live.

use std::sync::Arc;

use super::office::{Office, states};
use crate::stand_ins::exchange::Outcome;
use crate::stand_ins::microsoft::options::{Options, Person};
use crate::stand_ins::microsoft::{CLIENT_ID, Microsoft};
use crate::stand_ins::serve::{Running, serve};
use crate::stand_ins::xero::fault::{Fault, FaultKind};

/// An office that asks Microsoft, signed in to both.
fn office() -> (Office, Microsoft, Running) {
    let microsoft = Microsoft::new(Options { auto: Some(Person::Technician), throttled: 0, broken: Vec::new(), ..Options::default() });
    let answering = microsoft.clone();
    let server = serve(Arc::new(move |exchange| Outcome::Answer(answering.handle(exchange))), None).unwrap();
    let mut office = Office::new();
    office.change("config.toml", "source = \"file\"\nfile = \"microsoft-seats.csv\"", &format!("source = \"graph\"\nclient_id = \"{CLIENT_ID}\""));
    let at = &server.address;
    office.change("config.toml", "[endpoints]\n", &format!("[endpoints]\nmicrosoft_login = \"{at}\"\ngraph = \"{at}\"\npartner_center = \"{at}\"\n"));
    office.run("auth microsoft --no-input --device-code").code(0);
    (office, microsoft, server)
}

#[test]
fn regression_a_run_that_completes_another_one_asked_microsoft_twice() {
    let (office, microsoft, _server) = office();
    // The bill's outcome stays unknown: the next run settles it under the lock, and plans again from there.
    office.xero.fault(Fault::once("PUT", "/api.xro/2.0/Invoices", FaultKind::Lost { committed: false }).times(3));
    microsoft.forget_calls();
    office.run("sync --yes").code(6);
    let tenants = microsoft.calls_of("/subscribedSkus");
    assert_eq!(tenants, 40);
    microsoft.forget_calls();
    let settled = office.run("sync --yes --json").code(0);
    assert!(settled.stderr.contains("An earlier run was cut off"), "{}", settled.stderr);
    assert_eq!(states(&settled.json()), [("exists".to_owned(), 39)].into());
    assert!(microsoft.calls_of("/subscribedSkus") <= tenants, "each tenant once a run: {}", microsoft.calls_of("/subscribedSkus"));
    let compared = settled.json()["coverage"]["tenants_compared"].as_u64();
    assert!(compared > Some(30), "the plan after it is made with the same seats: {compared:?}");
    office.assert_the_month_is_there_once();
}

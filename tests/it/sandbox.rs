//! What `cargo run --example sandbox -- --write FOLDER` writes posts the sample month to the sandbox, through a socket.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use clap::Parser as _;
use cspctl::app::{App, Clock, Replaced};
use cspctl::cli::{Cli, Command};
use cspctl::commands::sync;
use cspctl::exit::Failure;
use cspctl::http::{BoxFuture, TokenError, TokenSource};
use cspctl::ui::output::{Look, Output, Verbosity};
use rust_decimal::Decimal;
use secrecy::SecretString;

use crate::sandbox_sample;
use crate::stand_ins::serve;
use crate::stand_ins::xero::Xero;
use crate::stand_ins::xero::options::{Options, PKCE_CLIENT};

/// An access token that was given beforehand.
#[derive(Debug)]
struct Given(String);

impl TokenSource for Given {
    fn access_token<'a>(&'a self, _: Option<&'a SecretString>) -> BoxFuture<'a, Result<SecretString, TokenError>> {
        Box::pin(async { Ok(SecretString::from(self.0.clone())) })
    }
}

fn sync(folder: &Path, access: &str) -> Result<(), Failure> {
    let cli = Cli::parse_from(["cspctl", "sync", "--yes"]);
    let Command::Sync(args) = cli.command else { panic!("another command") };
    let look = Look { json: false, verbosity: Verbosity::Quiet, colour_out: false, colour_error: false, progress: false, width: 100, ..Look::default() };
    let app = App {
        output: Output::new(look, Box::new(std::io::sink()), Box::new(std::io::sink())),
        environment: BTreeMap::new(),
        clock: Clock::Fixed("2026-12-01T00:00:00Z".parse().unwrap()),
        config_file: Some(folder.join("config.toml")),
        profile: "sandbox".to_owned(),
        may_prompt: false,
        replaced: Replaced { xero_tokens: Some(Rc::new(Given(access.to_owned()))), ..Replaced::default() },
    };
    sync::run(&app, &args)
}

#[test]
fn the_written_sample_posts_the_month_once() {
    let xero = Xero::new(Options { organisations: vec![sandbox_sample::organisation().unwrap()], ..Options::default() });
    sandbox_sample::give_terms(&xero).unwrap();
    let carrier = xero.clone();
    let running = serve::serve(Arc::new(move |exchange| carrier.carry(exchange)), None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let endpoints = ["xero_login", "xero_identity", "xero_api"].map(|key| (key, running.address.clone()));
    sandbox_sample::write(folder.path(), &xero, &BTreeMap::from(endpoints)).unwrap();
    let access = xero.sign_in(PKCE_CLIENT).access;

    sync(folder.path(), &access).unwrap();
    let first = xero.live_documents();
    let of = |kind: &str| first.iter().filter(|document| document.kind == kind).collect::<Vec<_>>();
    assert_eq!((of("ACCPAY").len(), of("ACCREC").len(), of("ACCRECCREDIT").len()), (1, 37, 1));
    assert_eq!(of("ACCPAY")[0].sub_total, Decimal::new(4_738_083, 2), "the sum of the sample, examples/contoso/README.md");
    let sales: Decimal = first
        .iter()
        .filter(|document| !document.is_purchase())
        .map(|document| if document.is_credit() { -document.sub_total } else { document.sub_total })
        .sum();
    assert_eq!(sales, Decimal::new(5_292_981, 2));

    xero.forget_calls();
    sync(folder.path(), &access).unwrap();
    std::fs::remove_dir_all(folder.path().join("state")).unwrap();
    sync(folder.path(), &access).unwrap();
    assert_eq!(xero.live_documents(), first, "neither a second run nor one that has lost its ledger posts again");
    assert_eq!((xero.calls_of("PUT", ""), xero.calls_of("POST", "")), (0, 0), "{:?}", xero.calls());
}

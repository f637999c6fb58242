//! The step for Dicker Data: the exports, or the account code and the access code.

use super::wizard::{Question, Wizard};
use crate::commands::auth::setup as auth;
use crate::commands::sources;
use crate::config::schema::DickerDataSource;
use crate::domain::money::Money;
use crate::domain::sources::Sources;
use crate::exit::{Failure, Kind};
use crate::gather::{self, Request};
use crate::ui::words::count_of;

const REPORT: Question<'_> = Question {
    section: "dickerdata",
    key: "invoice_report",
    flag: "--invoice-report FILE",
    ask: "The CSP Invoice Report, a path or glob such as exports/invoice*.xlsx",
    is_needed: true,
};
const ANNUITY: Question<'_> = Question {
    section: "dickerdata",
    key: "annuity",
    flag: "--annuity FILE",
    ask: "Annuity Information, the same (recommended prices come from it); Enter leaves it out",
    is_needed: false,
};
const ACCOUNT_CODE: Question<'_> = Question {
    section: "dickerdata",
    key: "account_code",
    flag: "--account-code CODE",
    ask: "Account code: your account number in Dicker Data's portal",
    is_needed: true,
};

pub(super) fn run(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    match wizard.loaded()?.settings.dickerdata.source {
        DickerDataSource::Export => exports(wizard),
        DickerDataSource::Api => service(wizard),
        // Set up by hand, for another distributor or for looking at saved answers: only checked.
        DickerDataSource::Csv | DickerDataSource::Capture => read(wizard).map(|line| wizard.good(&line)),
    }
}

fn exports(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    let args = wizard.args;
    // Each file is looked at as soon as it is named.
    loop {
        let report = wizard.text(&REPORT, args.invoice_report.as_deref(), "", &|_| Ok(()))?;
        wizard.place(&REPORT, &report)?;
        let loaded = wizard.loaded()?;
        match gather::gather(&Request { annuity: None, seats: None, offer_matrix: None, ..loaded.request() }) {
            Ok(_) => break,
            Err(error) => wizard.again(&[("dickerdata", "invoice_report")], error.into())?,
        }
    }
    loop {
        if let Some(annuity) = wizard.optional(&ANNUITY, args.annuity.as_deref(), &|_| Ok(()))? {
            wizard.place(&ANNUITY, &annuity)?;
        }
        match read(wizard) {
            Ok(line) => {
                wizard.good(&line);
                return Ok(());
            }
            Err(failure) => wizard.again(&[("dickerdata", "annuity")], failure)?,
        }
    }
}

fn service(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    let args = wizard.args;
    loop {
        let _ = wizard.text(&ACCOUNT_CODE, args.account_code.as_deref(), "", &|_| Ok(()))?;
        match codes(wizard).and_then(|()| read(wizard)) {
            Ok(line) => {
                wizard.good(&line);
                return Ok(());
            }
            Err(failure) => wizard.recover(&[("dickerdata", "account_code")], failure)?,
        }
    }
}

/// Makes sure that both codes are good; the access code is asked for where none is kept, or the kept one
/// is refused.
fn codes(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    let loaded = wizard.loaded()?;
    match auth::check_dickerdata(wizard.app, &loaded) {
        Err(failure) if failure.kind == Kind::SignIn && !wizard.args.check => {}
        Err(failure) => return Err(failure),
        Ok(()) if wizard.args.check => return Ok(()),
        Ok(()) => return wizard.draft.reread(),
    }
    auth::sign_in_dickerdata(wizard.app, &loaded, wizard.args.access_code_stdin)?;
    wizard.draft.reread()
}

/// Reads what was charged, for real.
fn read(wizard: &Wizard<'_>) -> Result<String, Failure> {
    let loaded = wizard.loaded()?;
    let sources = match loaded.settings.dickerdata.source {
        // A seats file is another step's matter.
        DickerDataSource::Export => gather::gather(&Request { seats: None, offer_matrix: None, ..loaded.request() })?,
        _ => sources::read(wizard.app, &loaded, None)?,
    };
    Ok(told(&loaded.settings.dickerdata.name, &sources))
}

fn told(name: &str, sources: &Sources) -> String {
    let cost: Money = sources.charges.iter().map(|charge| charge.cost).sum();
    let annuity = if sources.has_annuity { format!(", {}", count_of(sources.annuity.len(), "subscription")) } else { String::new() };
    let skipped = sources.skipped.len() + sources.skipped_elsewhere.len();
    let skipped = if skipped == 0 { String::new() } else { format!("; {} could not be used: cspctl pull lists them", count_of(skipped, "row")) };
    format!("{name}: {} for {cost}{annuity}{skipped}.", count_of(sources.charges.len(), "charge"))
}

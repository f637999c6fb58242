//! The step for Xero: the app, the sign-in, the organisation, and what its documents name.

use super::lists;
use super::wizard::{Question, Way, Wizard};
use crate::commands::auth::setup as auth;
use crate::commands::organisation;
use crate::config::schema::PostTo;
use crate::domain::books::{Account, BookedContact};
use crate::exit::{Failure, Kind};

const APP: Question<'_> =
    Question { section: "xero", key: "app", flag: "--xero-app pkce|web|custom", ask: "The kind of Xero app (docs/xero.md)", is_needed: false };
const CLIENT_ID: Question<'_> = Question { section: "xero", key: "client_id", flag: "--xero-client-id ID", ask: "The Xero app's client id", is_needed: true };
const CONTACT_NAME: Question<'_> =
    Question { section: "xero", key: "contact_name", flag: "--contact NAME", ask: "The distributor's contact, exactly as in Xero", is_needed: false };
const EXPENSE: Question<'_> =
    Question { section: "xero", key: "expense_account", flag: "--expense-account CODE", ask: "Account of every bill line", is_needed: false };
const REVENUE: Question<'_> =
    Question { section: "xero", key: "revenue_account", flag: "--revenue-account CODE", ask: "Account of every invoice line", is_needed: false };

pub(super) fn run(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    match wizard.loaded()?.settings.xero.post_to {
        PostTo::Csv => files(wizard),
        PostTo::Xero => live(wizard),
    }
}

/// Import files carry names and codes that nobody can check here.
fn files(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    let args = wizard.args;
    let contact = wizard.text(&CONTACT_NAME, args.contact.as_deref(), "Dicker Data", &|_| Ok(()))?;
    let expense = wizard.text(&EXPENSE, args.expense_account.as_deref(), "310", &is_code)?;
    let revenue = wizard.text(&REVENUE, args.revenue_account.as_deref(), "200", &is_code)?;
    wizard.good(&format!("Xero: import files, with bills from {contact} on account {expense} and invoices on account {revenue}."));
    Ok(())
}

fn is_code(text: &str) -> Result<(), String> {
    if (1..=10).contains(&text.chars().count()) { Ok(()) } else { Err("an account code has one to ten characters".to_owned()) }
}

fn live(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    let args = wizard.args;
    let kinds = [
        Way { value: "pkce", label: "Mobile or desktop app (PKCE)", note: "no secret; for a person at a machine" },
        Way { value: "custom", label: "Custom connection", note: "signs itself in; for servers; one organisation, costs a fee" },
        Way { value: "web", label: "Web app", note: "with a secret" },
    ];
    loop {
        let _ = wizard.way(&APP, args.xero_app.as_deref(), &kinds, 0)?;
        let _ = wizard.text(&CLIENT_ID, args.xero_client_id.as_deref(), "", &|_| Ok(()))?;
        match sign_in(wizard) {
            Ok(()) => break,
            Err(failure) => wizard.recover(&[("xero", "app"), ("xero", "client_id"), ("xero", "organisation_id")], failure)?,
        }
    }
    names(wizard)
}

fn sign_in(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    let loaded = wizard.loaded()?;
    // Without a pinned organisation the sign-in is not complete, even if it works.
    let is_pinned = loaded.settings.xero.organisation_id.is_some();
    match auth::check_xero(wizard.app, &loaded) {
        Ok(()) if is_pinned => return Ok(()),
        Err(failure) if wizard.args.check || failure.kind != Kind::SignIn && failure.kind != Kind::Configuration => return Err(failure),
        _ => {}
    }
    if wizard.args.check {
        return Err(Failure::message(Kind::Configuration, "xero.organisation_id is not set").hint("cspctl init, or cspctl auth xero, sets it"));
    }
    wizard.say("Sign in to Xero with a login that may connect apps (Adviser, or Standard with all reports), and choose your organisation on Xero's page.");
    auth::sign_in_xero(wizard.app, &loaded, wizard.args.organisation.as_deref(), wizard.args.no_browser, wizard.no_input)
        .map_err(|failure| wizard.stopped_waiting(failure))?;
    wizard.draft.reread()
}

/// What documents name, each from what really is in the organisation.
fn names(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    let (organisation, contacts, accounts) = loop {
        match read(wizard) {
            Ok(read) => break read,
            Err(failure) => wizard.recover(&[], failure)?,
        }
    };
    wizard.good(&format!("Xero: connected to {organisation}."));
    wizard.organisation = Some(organisation);
    let contact = lists::contact(wizard, contacts)?;
    let expense = lists::account(wizard, &EXPENSE, &accounts, true)?;
    let revenue = lists::account(wizard, &REVENUE, &accounts, false)?;
    wizard.good(&format!("Bills come from {contact} on account {expense}; invoices go on account {revenue}."));
    Ok(())
}

/// The organisation as people know it, its contacts and its accounts.
pub(super) fn read(wizard: &Wizard<'_>) -> Result<(String, Vec<BookedContact>, Vec<Account>), Failure> {
    let loaded = wizard.loaded()?;
    wizard.app.block_on(async {
        let connected = organisation::connect(wizard.app, &loaded).await?;
        let (contacts, accounts) = (connected.client.contacts().await?, connected.client.accounts().await?);
        Ok((connected.organisation.shown(), contacts, accounts))
    })
}

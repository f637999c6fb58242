//! Xero: the sign-in, the organisation, and whether everything that the configuration names is there.

mod judge;

use super::check::{Group, Section, Verdict};
use super::secrets::Found;
use super::{OFFLINE, within};
use crate::app::App;
use crate::auth::{Oauth, Stored};
use crate::commands::organisation;
use crate::config::load::Loaded;
use crate::config::schema::XeroApp;
use crate::domain::books::{Account, BookedContact};
use crate::domain::ids::{ContactId, OrganisationId};
use crate::domain::mapping::Mapping;
use crate::exit::{Failure, Kind};
use crate::secrets::Purpose;
use crate::services::{self, command, xero as service};
use crate::xero::filter::DocumentFilter;
use crate::xero::organisation::Organisation;

const NAME: &str = "Xero";
const WORKS: &str = "the sign-in works";

/// Everything about Xero. Ends early only with Ctrl-C.
pub(super) fn check(app: &App, loaded: &Loaded, mapping: &Mapping, secrets: &Found, offline: bool) -> Result<Section, Failure> {
    let mut section = Section::new(Group::Xero);
    if !secrets.is_usable {
        section.add("sign-in", Verdict::skipped("not known: the secret store cannot be used"));
        return Ok(section);
    }
    if let Err(failure) = service::provider(loaded, None) {
        section.add("app", failure);
        return Ok(section);
    }
    let is_custom = loaded.settings.xero.app == XeroApp::Custom;
    let needed = if is_custom { Purpose::XeroClientSecret } else { Purpose::XeroRefreshToken };
    if !secrets.has(needed) || (loaded.settings.xero.app == XeroApp::Web && !secrets.has(Purpose::XeroClientSecret)) {
        let command = command(app, "auth xero");
        section.add("sign-in", Verdict::skipped(format!("nothing was asked: nobody is signed in ({command})")));
        return Ok(section);
    }
    section.add("sign-in", if is_custom { Verdict::ok("the app signs itself in") } else { sign_in(app, loaded) });
    if offline {
        section.add("access", Verdict::skipped(OFFLINE));
        return Ok(section);
    }
    app.block_on(async {
        ask(app, loaded, mapping, &mut section).await;
        Ok(())
    })?;
    Ok(section)
}

/// What is stored, before the next call changes it.
fn sign_in(app: &App, loaded: &Loaded) -> Verdict {
    let stored = || -> Result<Option<Stored>, Failure> {
        let secret = service::client_secret(app, loaded)?;
        Ok(service::session(app, loaded, Oauth::new(service::provider(loaded, secret)?, app.transport(loaded)?))?.stored()?)
    };
    match stored() {
        Ok(Some(stored)) => super::age::judge(NAME, super::age::Age::of(&stored, service::REFRESH_TOKEN_DAYS), app.clock.now(), &command(app, "auth xero")),
        Ok(None) => Verdict::problem(Kind::SignIn, "nobody is signed in").fix(command(app, "auth xero")),
        Err(failure) => failure.into(),
    }
}

/// The calls, each with its deadline; what depends on one that failed is left out.
async fn ask(app: &App, loaded: &Loaded, mapping: &Mapping, section: &mut Section) {
    let (client, pinned) = match organisation::client(app, loaded) {
        Ok(found) => found,
        Err(failure) => {
            let access = async { Ok::<_, Failure>(services::xero_tokens(app, loaded)?.access_token(None).await?) };
            section.add("access", within(NAME, access).await.map_or_else(Verdict::from, |_| Verdict::ok(WORKS)));
            return section.add("organisation", failure);
        }
    };
    // The first call proves the sign-in too: one refresh a process.
    match within(NAME, client.organisation()).await {
        Ok(found) => organisation(app, loaded, pinned, &found, section),
        Err(failure) => return section.add("access", failure),
    }
    let today = app.clock.today();
    let documents = DocumentFilter::Dates { from: today, to: today };
    let (accounts, contacts, documents) =
        tokio::join!(within(NAME, client.accounts()), within(NAME, client.contacts()), within(NAME, client.invoices(&documents)));
    let probes = [
        ("accounting.settings.read", accounts.as_ref().err().map(summary)),
        ("accounting.contacts.read", contacts.as_ref().err().map(summary)),
        ("accounting.invoices", documents.as_ref().err().map(summary)),
    ];
    section.add("scopes", judge::scopes(&probes, &command(app, "auth xero")));
    match accounts {
        Ok(accounts) => self::accounts(loaded, mapping, &accounts, section),
        Err(_) => section.add("accounts", Verdict::skipped("not known: they could not be read")),
    }
    match contacts {
        Ok(contacts) => self::contacts(app, loaded, mapping, &contacts, section),
        Err(_) => section.add("contacts", Verdict::skipped("not known: they could not be read")),
    }
    section.add("calls", judge::calls(client.day_remaining()));
}

fn summary(failure: &Failure) -> (Kind, String) {
    (failure.kind, format!("{:#}", failure.source))
}

fn organisation(app: &App, loaded: &Loaded, pinned: OrganisationId, found: &Organisation, section: &mut Section) {
    let settings = &loaded.settings;
    section.add("access", Verdict::ok(WORKS));
    section.add("organisation", judge::organisation(pinned, found, settings.msp.country.currency()));
    if found.id == pinned {
        section.add("lock dates", judge::locks(found, app.clock.today(), settings.billing.status));
    }
}

fn accounts(loaded: &Loaded, mapping: &Mapping, accounts: &[Account], section: &mut Section) {
    let xero = &loaded.settings.xero;
    section.add("expense account", judge::account("xero.expense_account", &xero.expense_account, accounts, true));
    section.add("revenue account", judge::account("xero.revenue_account", &xero.revenue_account, accounts, false));
    let mut own: Vec<&str> = mapping.products.iter().filter_map(|product| product.revenue_account.as_deref()).collect();
    own.sort_unstable();
    own.dedup();
    if !own.is_empty() {
        section.add("products' accounts", judge::products_accounts(&own, accounts));
    }
}

fn contacts(app: &App, loaded: &Loaded, mapping: &Mapping, contacts: &[BookedContact], section: &mut Section) {
    section.add("distributor", judge::distributor(loaded.settings.xero.contact_id, contacts));
    let mapped: Vec<(ContactId, String)> = mapping
        .customers
        .iter()
        .filter(|customer| !customer.ignore)
        .filter_map(|customer| {
            let name = customer.name.as_deref().map_or_else(|| customer.tenant_id.to_string(), str::to_owned);
            Some((customer.xero_contact_id?, name))
        })
        .collect();
    if !mapped.is_empty() {
        section.add("customers' contacts", judge::customers(&mapped, contacts, &command(app, "map customers")));
    }
}

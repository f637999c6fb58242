//! Microsoft: the sign-in and its account, what Partner Center allows, which tenants can be read, and how
//! well the distributor's offers are matched with Microsoft's SKUs.

mod bridge;
mod certificate;
mod judge;

use serde_json::Value;

use super::age::{self, Age};
use super::check::{Group, Section, Verdict};
use super::secrets::Found;
use super::{OFFLINE, within};
use crate::app::App;
use crate::commands::seats::{self, Live, People};
use crate::commands::sources;
use crate::config::load::Loaded;
use crate::domain::mapping::Mapping;
use crate::domain::sources::Sources;
use crate::exit::{Failure, Kind};
use crate::microsoft::MicrosoftError;
use crate::microsoft::identity::{Account, Msp};
use crate::secrets::Purpose;
use crate::services::command;
use crate::services::microsoft::{self as service, Seat, SignedIn};

const NAME: &str = "Microsoft";

/// What to ask.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    pub(super) offline: bool,
    /// Also match every line of the distributor's list.
    pub(super) check_bridge: bool,
    /// Also ask the customers' tenants: false when the sign-in only says who may change things.
    pub(super) tenants: bool,
}

/// Everything about Microsoft, with the bridge's figures for JSON. Ends early only with Ctrl-C.
pub(super) fn check(app: &App, loaded: &Loaded, mapping: &Mapping, secrets: &Found, ask: Ask) -> Result<(Section, Value), Failure> {
    let mut section = Section::new(Group::Microsoft);
    if let Err(failure) = service::client_id(loaded) {
        section.add("app", failure);
        return Ok((section, Value::Null));
    }
    certificate::check(app, loaded, &mut section);
    if !secrets.is_usable {
        section.add("sign-in", Verdict::skipped("not known: the secret store cannot be used"));
        return Ok((section, Value::Null));
    }
    let sign_in = command(app, "auth microsoft");
    if !secrets.has(Purpose::MicrosoftRefreshToken) {
        section.add("sign-in", Verdict::skipped(format!("nothing was asked: nobody is signed in ({sign_in})")));
        return Ok((section, Value::Null));
    }
    let signed_in = match service::open(app, loaded) {
        Ok(signed_in) => signed_in,
        Err(failure) => {
            section.add("sign-in", failure);
            return Ok((section, Value::Null));
        }
    };
    section.add("sign-in", age::judge(NAME, Age::of(&signed_in.stored, service::REFRESH_TOKEN_DAYS), app.clock.now(), &sign_in));
    second_sign_in(app, loaded, &mut section);
    if ask.offline {
        section.add("access", Verdict::skipped(OFFLINE));
        return Ok((section, Value::Null));
    }
    let works = app.block_on(async { Ok(account(app, loaded, &signed_in, ask, &mut section).await) })?;
    if !works {
        return Ok((section, Value::Null));
    }
    let figures = tenants(app, loaded, mapping, ask, &mut section)?;
    Ok((section, figures))
}

/// The second account for Partner Center, where there is one.
fn second_sign_in(app: &App, loaded: &Loaded, section: &mut Section) {
    let stored = service::session(app, loaded, Seat::PartnerCenter, None).and_then(|session| Ok(session.stored()?));
    match stored {
        Ok(Some(stored)) => {
            let command = command(app, "auth microsoft --partner-center");
            section.add("partner center sign-in", age::judge(NAME, Age::of(&stored, service::REFRESH_TOKEN_DAYS), app.clock.now(), &command));
        }
        Ok(None) => {}
        Err(failure) => section.add("partner center sign-in", failure),
    }
}

/// Who is signed in, and what Partner Center allows. False when nothing else needs asking.
async fn account(app: &App, loaded: &Loaded, signed_in: &SignedIn, ask: Ask, section: &mut Section) -> bool {
    let microsoft = signed_in.microsoft();
    let who = async { Ok::<(Msp, Account), MicrosoftError>((microsoft.msp(signed_in.msp).await?, microsoft.account(signed_in.msp).await?)) };
    let (msp, account) = match within(NAME, async { who.await.map_err(|error| service::failure(app, error)) }).await {
        Ok(found) => found,
        Err(failure) => {
            section.add("access", failure);
            return false;
        }
    };
    section.add("access", Verdict::ok("the sign-in works"));
    section.add("organisation", judge::organisation(&msp, loaded.settings.msp.country.code()));
    section.add("account", judge::account(&account, &msp));
    section.add("allowed users", judge::access(&loaded.settings.access.allowed_users, &account.user_name, &command(app, "users allow")));
    if !ask.tenants {
        return false;
    }
    let typed = loaded.settings.msp.mpn_id.as_deref();
    match within(NAME, async { Ok::<_, Failure>(microsoft.capabilities(signed_in.msp, typed, loaded.settings.msp.country.code()).await) }).await {
        Ok(found) => {
            section.add("partner center", judge::capabilities(&found));
            if let Some(typed) = typed {
                section.add("partner number", judge::partner_number(typed, &found.verdict(typed, &msp.name)));
            }
        }
        Err(failure) => section.add("partner center", Verdict::warning(format!("{:#}; it is not required", failure.source))),
    }
    true
}

/// Every customer's tenant is asked, as a run asks it.
fn tenants(app: &App, loaded: &Loaded, mapping: &Mapping, ask: Ask, section: &mut Section) -> Result<Value, Failure> {
    let sources = if ask.check_bridge { sources::read(app, loaded, None) } else { Ok(Sources::default()) };
    let listed = match sources {
        Ok(sources) => sources,
        Err(failure) if failure.kind == Kind::Interrupted => return Err(failure),
        Err(failure) => {
            section.add("bridge", failure);
            return Ok(Value::Null);
        }
    };
    match seats::ask(app, loaded, &listed, People::Leave) {
        Ok(live) => {
            let asked = tenants_of(&live);
            section.add("tenants", judge::tenants(&asked, &live.asked.missing));
            if let Some(verdict) = judge::delegated_access(&asked) {
                section.add("delegated access", verdict);
            }
            if !ask.check_bridge {
                return Ok(Value::Null);
            }
            Ok(bridge::check(app, loaded, mapping, &listed, &live, section))
        }
        Err(failure) if failure.kind == Kind::Interrupted => Err(failure),
        Err(failure) => {
            section.add("tenants", failure);
            Ok(Value::Null)
        }
    }
}

fn tenants_of(live: &Live) -> Vec<judge::Tenant<'_>> {
    let trouble = |tenant: &'_ seats::Tenant| tenant.trouble.as_ref().map(|(_, advice)| (advice.trouble.as_str(), advice.remedy.clone()));
    live.asked
        .tenants
        .iter()
        .map(|tenant| judge::Tenant {
            name: &tenant.customer.name,
            trouble: trouble(tenant),
            missing: tenant.customer.missing_for_reading(),
            ends: tenant.customer.access_ends(),
        })
        .collect()
}

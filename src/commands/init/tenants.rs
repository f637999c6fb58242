//! The step for customers' tenants: who can be read, who cannot and why, and consent where it can be given.

use super::wizard::Wizard;
use crate::commands::auth::setup as auth;
use crate::commands::seats::{self, Live, People, Tenant};
use crate::commands::{pull_microsoft, sources};
use crate::config::schema::MicrosoftSource;
use crate::domain::ids::TenantId;
use crate::exit::Failure;
use crate::microsoft::advice::Trouble;
use crate::ui::prompt::{Answer, Choice, List, Stopped, no_detail};
use crate::ui::words::count_of;

/// The part of a set-up that was gone through.
const PART: &str = "tenants";

pub(super) fn run(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    let loaded = wizard.loaded()?;
    if loaded.settings.microsoft.source != MicrosoftSource::Graph {
        wizard.good("Customers' tenants: not asked, because Microsoft is not asked live.");
        return Ok(());
    }
    if wizard.is_done(PART) && !wizard.args.check {
        wizard.good("Customers' tenants: looked at before; cspctl pull looks again.");
        return Ok(());
    }
    if !wizard.args.consent.is_empty() && !wizard.args.check {
        auth::consent_microsoft(wizard.app, &loaded, &wizard.args.consent)?;
    }
    let charged = sources::read(wizard.app, &loaded, None)?;
    loop {
        let asked = seats::ask(wizard.app, &loaded, &charged, People::Leave);
        let live = match asked {
            Ok(live) => live,
            Err(failure) => {
                wizard.recover(&[], failure)?;
                continue;
            }
        };
        show(wizard, &live);
        if !consent(wizard, &live)? {
            break;
        }
    }
    wizard.done(PART)
}

fn show(wizard: &Wizard<'_>, live: &Live) {
    let failed = live.asked.tenants.iter().filter(|tenant| tenant.trouble.is_some()).count();
    if failed > 0 || !live.asked.missing.is_empty() {
        for line in pull_microsoft::troubles(wizard.app, &live.asked) {
            wizard.app.output.note(line.trim_end());
        }
    }
    let read = live.asked.tenants.len() - failed;
    wizard.good(&format!("Customers' tenants: {read} of {} can be read.", live.asked.tenants.len()));
}

/// Offers consent for the tenants that lack it. True when some was given, and it is worth looking again.
fn consent(wizard: &Wizard<'_>, live: &Live) -> Result<bool, Failure> {
    let lacks = |tenant: &&Tenant| tenant.trouble.as_ref().is_some_and(|(_, advice)| advice.trouble == Trouble::Consent) && tenant.customer.may_consent();
    let tenants: Vec<&Tenant> = live.asked.tenants.iter().filter(lacks).collect();
    let Some(prompt) = wizard.prompt().filter(|_| !tenants.is_empty()) else { return Ok(false) };
    wizard.say(&format!("{} can be consented for from here, because your roles there allow it.", count_of(tenants.len(), "tenant")));
    let choices: Vec<Choice> = tenants
        .iter()
        .map(|tenant| Choice { label: tenant.customer.name.to_string(), note: tenant.customer.tenant_id.to_string(), is_marked: false })
        .collect();
    let list = List { question: "Let the app read these tenants", choices: &choices, start: 0, takes_several: true, actions: &[], detail: &no_detail };
    let chosen: Vec<TenantId> = match prompt.list(&list) {
        Ok(Answer::Several(places)) => places.iter().filter_map(|place| tenants.get(*place)).map(|tenant| tenant.customer.tenant_id).collect(),
        Ok(_) | Err(Stopped::Back) => Vec::new(),
        Err(stopped) => return Err(stopped.into()),
    };
    if chosen.is_empty() {
        return Ok(false);
    }
    if let Err(failure) = auth::consent_microsoft(wizard.app, &wizard.loaded()?, &chosen) {
        wizard.tell(&failure);
    }
    Ok(prompt.confirm("Look at the tenants again?", true)?)
}

//! What follows a sign-in: the MSP's details into the configuration, Partner Center's capabilities, the
//! partner number, and a word to the person.

use jiff::Timestamp;
use serde_json::json;

use super::MicrosoftArgs;
use crate::app::App;
use crate::config::edit::Editor;
use crate::config::load::Loaded;
use crate::exit::Failure;
use crate::ledger::{Ledger, RecordedCapability};
use crate::microsoft::capabilities::{Availability, Capabilities, Capability, MpnVerdict};
use crate::microsoft::identity::{Account, Msp};
use crate::services::command;
use crate::services::microsoft as service;

/// Writes, probes and tells. Nothing in here undoes the sign-in.
pub(super) fn finish(app: &App, loaded: &Loaded, args: &MicrosoftArgs, msp: &Msp, account: &Account) -> Result<(), Failure> {
    let typed = args.mpn_id.as_deref().or(loaded.settings.msp.mpn_id.as_deref());
    // The second account may be the first one to sign in: then there is nobody to probe with yet.
    let capabilities = match service::open(app, loaded) {
        Ok(signed_in) => Some(app.block_on(async { Ok(signed_in.microsoft().capabilities(msp.tenant_id, typed, loaded.settings.msp.country.code()).await) })?),
        Err(_) => None,
    };
    let verdict = typed.zip(capabilities.as_ref()).map(|(typed, found)| found.verdict(typed, &msp.name));
    let written = write(app, loaded, args, msp, verdict.as_ref());
    if let Some(capabilities) = &capabilities {
        remember(app, loaded, capabilities, account);
    }
    tell(app, loaded, args, msp, account, capabilities.as_ref(), typed.zip(verdict.as_ref()), &written)
}

/// Fills in what nobody wrote. A file that cannot be written takes nothing from the sign-in.
fn write(app: &App, loaded: &Loaded, args: &MicrosoftArgs, msp: &Msp, verdict: Option<&MpnVerdict>) -> Vec<String> {
    let mut values: Vec<(&str, String)> = Vec::new();
    if !msp.name.is_empty() {
        values.push(("name", msp.name.clone()));
    }
    values.push(("tenant_id", msp.tenant_id.to_string()));
    if ["AU", "NZ"].contains(&msp.country.as_str()) {
        values.push(("country", msp.country.clone()));
    }
    let is_wrong = matches!(verdict, Some(MpnVerdict::OtherPartner(_) | MpnVerdict::Unknown));
    if let Some(mpn_id) = args.mpn_id.as_ref().filter(|_| !is_wrong) {
        values.push(("mpn_id", mpn_id.clone()));
    }
    let mut written = Vec::new();
    let result = Editor::open(loaded.completed_file(), "").and_then(|mut editor| {
        for (key, value) in &values {
            if editor.set_missing("msp", key, value.as_str())? {
                written.push(format!("{key} = \"{value}\""));
            }
        }
        editor.save()
    });
    if let Err(problems) = result {
        written.clear();
        let lines: Vec<String> = values.iter().map(|(key, value)| format!("{key} = \"{value}\"")).collect();
        app.output.warn(&format!("{}; write these under [msp] yourself: {}", Failure::from(problems).source, lines.join(", ")));
    }
    written
}

/// The map of capabilities goes into the ledger; a busy ledger is not waited for.
fn remember(app: &App, loaded: &Loaded, capabilities: &Capabilities, account: &Account) {
    let rows: Vec<RecordedCapability> = capabilities
        .map
        .iter()
        .map(|(capability, availability)| {
            let (word, reason) = match availability {
                Availability::Ok => ("ok", None),
                Availability::Denied(reason) => ("denied", Some(reason.clone())),
                Availability::Untried => ("untried", None),
            };
            RecordedCapability { name: capability.as_str().to_owned(), availability: word.to_owned(), reason }
        })
        .collect();
    let at: Timestamp = app.clock.now();
    let kept = Ledger::open(&loaded.ledger_file()).and_then(|mut ledger| {
        let guard = ledger.lock(crate::commands::month::LOCK_WAIT)?;
        ledger.keep_capabilities(&guard, &rows, Some(&account.user_name), at)
    });
    if let Err(error) = kept {
        app.output.warn(&format!("what Partner Center allows was not remembered: {error}"));
    }
}

#[expect(clippy::too_many_arguments, reason = "everything that one sign-in found, told once")]
fn tell(
    app: &App,
    loaded: &Loaded,
    args: &MicrosoftArgs,
    msp: &Msp,
    account: &Account,
    capabilities: Option<&Capabilities>,
    mpn: Option<(&str, &MpnVerdict)>,
    written: &[String],
) -> Result<(), Failure> {
    let store = app.secrets(loaded)?.describe();
    if app.output.is_json() {
        let map: serde_json::Map<String, serde_json::Value> =
            capabilities.iter().flat_map(|found| &found.map).map(|(capability, availability)| (capability.as_str().to_owned(), shown(availability))).collect();
        return Ok(app.output.json(&json!({
            "schema_version": 1,
            "service": "microsoft",
            "seat": if args.partner_center { "partner-center" } else { "technician" },
            "account": account.user_name,
            "is_admin_agent": account.is_admin_agent,
            "is_global_administrator": account.is_global_administrator,
            "is_mfa_compliant": capabilities.and_then(|found| found.partner.as_ref()).and_then(|partner| partner.is_mfa_compliant),
            "organisation_id": msp.tenant_id,
            "organisation_name": msp.name,
            "domains": msp.domains,
            "mpn_id": mpn.map(|(typed, verdict)| json!({ "id": typed, "verified": *verdict == MpnVerdict::Verified })),
            "partner_center": map,
            "written": written,
            "store": store,
        }))?);
    }
    let output = &app.output;
    output.note(&format!("Signed in to Microsoft as {}. Organisation: {}, {}", account.user_name, msp.name, msp.tenant_id));
    output.note(&format!("The sign-in is kept in {store}, for {} days from its last use.", service::REFRESH_TOKEN_DAYS));
    if !written.is_empty() && !loaded.is_draft() {
        output.note(&format!("Wrote under [msp] in {}: {}", loaded.file.display(), written.join(", ")));
    }
    if account.is_admin_agent == Some(false) && !args.partner_center {
        output.warn(&format!(
            "{} is not in the group AdminAgents: Partner Center will refuse it; a second account can do that part: {}",
            account.user_name,
            command(app, "auth microsoft --partner-center")
        ));
    }
    if account.is_global_administrator == Some(true) && !args.partner_center {
        let link = service::addresses(loaded).admin_consent(msp.tenant_id, service::client_id(loaded)?);
        output.note(&format!("As a Global Administrator you can consent for everybody in the organisation, once: {link}"));
    }
    if let Some(capabilities) = capabilities {
        tell_partner_center(app, capabilities);
    }
    if let Some((typed, verdict)) = mpn {
        let wrong = if args.mpn_id.is_some() { "it was not written" } else { "correct msp.mpn_id" };
        tell_mpn(app, typed, verdict, wrong);
    }
    Ok(())
}

fn shown(availability: &Availability) -> serde_json::Value {
    match availability {
        Availability::Ok => json!("ok"),
        Availability::Denied(reason) => json!({ "denied": reason }),
        Availability::Untried => json!("untried"),
    }
}

fn tell_partner_center(app: &App, capabilities: &Capabilities) {
    let allowed: Vec<&str> = Capability::ALL.into_iter().filter(|capability| capabilities.has(*capability)).map(Capability::as_str).collect();
    if allowed.is_empty() {
        let reason = match capabilities.map.get(&Capability::OrganizationProfile) {
            Some(Availability::Denied(reason)) => format!(": {reason}"),
            _ => String::new(),
        };
        app.output.note(&format!("Partner Center allows nothing to this account{reason}. Everything works without it."));
    } else {
        app.output.note(&format!("Partner Center allows: {}.", allowed.join(", ")));
    }
    if capabilities.partner.as_ref().is_some_and(|partner| partner.is_mfa_compliant == Some(false)) {
        app.output.warn(&format!("Microsoft does not count this sign-in as made with MFA, which Partner Center demands: {}", command(app, "auth microsoft")));
    }
    for provider in &capabilities.providers {
        app.output.note(&format!("Buys from {}.", provider.name));
    }
}

fn tell_mpn(app: &App, typed: &str, verdict: &MpnVerdict, wrong: &str) {
    match verdict {
        MpnVerdict::Verified => app.output.note(&format!("The partner number {typed} is yours.")),
        MpnVerdict::OtherPartner(name) => app.output.warn(&format!("the partner number {typed} belongs to {name}; {wrong}")),
        MpnVerdict::Unknown => app.output.warn(&format!("Partner Center does not know the partner number {typed}; {wrong}")),
        MpnVerdict::Unverified(reason) => app.output.note(&format!("The partner number {typed} could not be verified: {reason}.")),
    }
}

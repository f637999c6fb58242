//! The step for Microsoft: the app, the sign-in, the company that it shows, and the partner number.

use super::wizard::{Question, Way, Wizard};
use crate::commands::auth::setup::{self as auth, MicrosoftWay, SignedIn};
use crate::config::schema::MicrosoftSource;
use crate::domain::ids::TenantId;
use crate::exit::{Failure, Kind};
use crate::gather;
use crate::microsoft::capabilities::MpnVerdict;
use crate::ui::words::count_of;

const CLIENT_ID: Question<'_> = Question {
    section: "microsoft",
    key: "client_id",
    flag: "--microsoft-client-id ID",
    ask: "Application (client) id of your app registration (docs/microsoft-app.md)",
    is_needed: true,
};
const FILE: Question<'_> = Question { section: "microsoft", key: "file", flag: "--seats-file FILE", ask: "The seats file, a path or glob", is_needed: true };
const NAME: Question<'_> = Question { section: "msp", key: "name", flag: "--name NAME", ask: "Your company's name", is_needed: false };
const COUNTRY: Question<'_> = Question { section: "msp", key: "country", flag: "--country AU|NZ", ask: "Your country", is_needed: false };
const MPN_ID: Question<'_> = Question {
    section: "msp",
    key: "mpn_id",
    flag: "--mpn-id ID",
    ask: "Your partner number (MPN id; Partner Center, Account settings, Identifiers); Enter leaves it out",
    is_needed: false,
};

/// The part of a set-up in which the person said that it is the right company.
const COMPANY: &str = "company";

pub(super) fn run(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    match wizard.loaded()?.settings.microsoft.source {
        MicrosoftSource::Graph => sign_in(wizard)?,
        MicrosoftSource::File => file(wizard)?,
        MicrosoftSource::None => {}
    }
    let args = wizard.args;
    let default = if args.check { "not named" } else { "" };
    let name = match wizard.settled(&NAME, args.name.as_deref())? {
        Some(name) => name,
        None if wizard.prompt().is_some() => wizard.text(&NAME, None, default, &|_| Ok(()))?,
        None => default.to_owned(),
    };
    let countries = [
        Way { value: "AU", label: "Australia", note: "Australian dollars, GST on Income" },
        Way { value: "NZ", label: "New Zealand", note: "New Zealand dollars, 15% GST on Income" },
    ];
    let country = wizard.way(&COUNTRY, args.country.as_deref(), &countries, 0)?;
    mpn_id(wizard)?;
    if !name.is_empty() {
        wizard.good(&format!("Your company: {name}, {country}."));
    }
    Ok(())
}

fn is_client_id(text: &str) -> Result<(), String> {
    text.parse::<TenantId>().map(drop).map_err(|_| format!("`{text}` is no client id: 32 letters and digits in five groups, from the app's overview page"))
}

fn sign_in(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    let args = wizard.args;
    loop {
        let _ = wizard.text(&CLIENT_ID, args.microsoft_client_id.as_deref(), "", &is_client_id)?;
        let signed_in = signed_in(wizard).and_then(|signed_in| Ok((company(wizard, &signed_in)?, signed_in.is_admin_agent)));
        match signed_in {
            Ok((true, is_admin_agent)) => return second_account(wizard, is_admin_agent),
            Ok((false, _)) => {}
            Err(failure) => wizard.recover(&[("microsoft", "client_id"), ("msp", "tenant_id"), ("msp", "name"), ("msp", "country")], failure)?,
        }
    }
}

/// Who is signed in, after signing in where nobody is.
fn signed_in(wizard: &mut Wizard<'_>) -> Result<SignedIn, Failure> {
    let loaded = wizard.loaded()?;
    match auth::microsoft_identity(wizard.app, &loaded) {
        Err(failure) if failure.kind == Kind::SignIn && !wizard.args.check => {}
        other => return other,
    }
    let args = wizard.args;
    wizard.say(
        "Sign in with an account of your own company's tenancy. It should be in the group AdminAgents and use MFA; it need not be the Global Administrator, \
         who can consent for everybody later.",
    );
    let device_code = args.device_code || (!args.no_browser && how(wizard)?);
    let way = MicrosoftWay {
        device_code,
        no_browser: args.no_browser,
        allow_onmicrosoft: args.allow_onmicrosoft,
        no_input: wizard.no_input,
        ..MicrosoftWay::default()
    };
    auth::sign_in_microsoft(wizard.app, &loaded, way).map_err(|failure| wizard.stopped_waiting(failure))?;
    wizard.draft.reread()?;
    auth::microsoft_identity(wizard.app, &wizard.loaded()?)
}

/// True for a device code.
fn how(wizard: &Wizard<'_>) -> Result<bool, Failure> {
    let Some(prompt) = wizard.prompt() else { return Ok(false) };
    let choices = [
        crate::ui::prompt::Choice::new("In the browser of this machine", ""),
        crate::ui::prompt::Choice::new("With a code on another machine", "often blocked by policy; or begin again with --no-browser"),
    ];
    Ok(super::wizard::pick(&*prompt, "How to sign in to Microsoft", &choices, 0)? == 1)
}

/// Shows whose tenant it is. False when it is the wrong one: the sign-in is forgotten then.
fn company(wizard: &mut Wizard<'_>, signed_in: &SignedIn) -> Result<bool, Failure> {
    let msp = &signed_in.msp;
    let account = signed_in.account.as_deref().unwrap_or("somebody");
    wizard.good(&format!("Microsoft: signed in as {account} of {}.", if msp.name.is_empty() { "a company without a name" } else { &msp.name }));
    if wizard.args.check || wizard.is_done(COMPANY) || wizard.prompt().is_none() {
        return Ok(true);
    }
    let domains = if msp.domains.is_empty() { "none".to_owned() } else { msp.domains.join(", ") };
    for (what, value) in [("Company", &msp.name), ("Country", &msp.country), ("Domains", &domains), ("Tenant", &msp.tenant_id.to_string())] {
        wizard.app.output.note(&format!("    {what:<8}  {value}"));
    }
    if wizard.confirm("Is this your company?", true, true)? {
        wizard.done(COMPANY)?;
        return Ok(true);
    }
    auth::sign_out_microsoft(wizard.app, &wizard.loaded()?)?;
    for key in ["name", "tenant_id", "country"] {
        wizard.draft.forget("msp", key)?;
    }
    wizard.say("Forgotten. Sign in with an account of your own company.");
    Ok(false)
}

/// Partner Center takes only Admin Agents: another account can do that part.
fn second_account(wizard: &mut Wizard<'_>, is_admin_agent: Option<bool>) -> Result<(), Failure> {
    const PART: &str = "partner_center_account";
    let loaded = wizard.loaded()?;
    let is_offered = is_admin_agent == Some(false) && !wizard.args.check && wizard.prompt().is_some() && !wizard.is_done(PART);
    if !is_offered || auth::has_partner_center(wizard.app, &loaded)? {
        return Ok(());
    }
    wizard.say(
        "This account is not in the group AdminAgents, so Partner Center refuses it. Everything works without Partner Center; with it, consent in customers' tenants \
         can be given from here.",
    );
    if wizard.confirm("Sign in with a second account for Partner Center now?", false, false)? {
        let way = MicrosoftWay { partner_center: true, no_browser: wizard.args.no_browser, no_input: wizard.no_input, ..MicrosoftWay::default() };
        match auth::sign_in_microsoft(wizard.app, &loaded, way) {
            Ok(()) => wizard.draft.reread()?,
            // It is only an offer: `auth microsoft --partner-center` does it at any time.
            Err(failure) => return wizard.recover(&[], wizard.stopped_waiting(failure)),
        }
    }
    wizard.done(PART)
}

fn mpn_id(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    let is_number = |text: &str| {
        let is_one = (4..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_one { Ok(()) } else { Err(format!("`{text}` is no partner number: four to ten digits")) }
    };
    let args = wizard.args;
    loop {
        let Some(typed) = wizard.optional(&MPN_ID, args.mpn_id.as_deref(), &is_number)? else { return Ok(()) };
        let loaded = wizard.loaded()?;
        if loaded.settings.microsoft.source != MicrosoftSource::Graph {
            return Ok(());
        }
        let failure = match auth::verify_mpn(wizard.app, &loaded, &typed)? {
            MpnVerdict::Verified => {
                wizard.good(&format!("The partner number {typed} is yours."));
                return Ok(());
            }
            MpnVerdict::Unverified(reason) => {
                wizard.say(&format!("The partner number {typed} could not be verified: {reason}."));
                return Ok(());
            }
            MpnVerdict::OtherPartner(name) => format!("the partner number {typed} belongs to {name}"),
            MpnVerdict::Unknown => format!("Partner Center does not know the partner number {typed}"),
        };
        let failure = Failure::message(Kind::Usage, failure)
            .hint("Partner Center shows it under Settings, Account settings, Identifiers: take the location's, not the global one");
        wizard.again(&[("msp", "mpn_id")], failure)?;
    }
}

fn file(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    let args = wizard.args;
    loop {
        let pattern = wizard.text(&FILE, args.seats_file.as_deref(), "seats.csv", &|_| Ok(()))?;
        wizard.place(&FILE, &pattern)?;
        let loaded = wizard.loaded()?;
        match gather::seats(&loaded.request()) {
            Ok(Some((seats, skipped))) => {
                let skipped = if skipped.is_empty() { String::new() } else { format!("; {} could not be used", count_of(skipped.len(), "row")) };
                wizard.good(&format!("Seats file: {} of tenants and SKUs{skipped}.", count_of(seats.holdings.len(), "row")));
                return Ok(());
            }
            Ok(None) => return Ok(()),
            Err(error) => wizard.again(&[("microsoft", "file")], error.into())?,
        }
    }
}

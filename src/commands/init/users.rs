//! The step for allowed users, chosen from the MSP's directory.

use super::wizard::{Question, Wizard};
use crate::commands::access::is_named;
use crate::config::schema::MicrosoftSource;
use crate::exit::{Failure, Kind};
use crate::microsoft::directory::DirectoryUser;
use crate::services::microsoft as service;
use crate::ui::prompt::{Answer, Choice, List, Stopped, no_detail};
use crate::ui::words::count_of;

const USERS: Question<'_> =
    Question { section: "access", key: "allowed_users", flag: "--allow-user NAME", ask: "Who may change things; none marked lets everybody", is_needed: false };
/// The part of a set-up in which nobody was chosen.
const PART: &str = "users";

pub(super) fn run(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    let loaded = wizard.loaded()?;
    let allowed = &loaded.settings.access.allowed_users;
    let is_live = loaded.settings.microsoft.source == MicrosoftSource::Graph;
    if !allowed.is_empty() && (wizard.args.check || wizard.draft.in_file(USERS.section, USERS.key).is_some()) {
        let unknown = if is_live { unknown(&directory(wizard)?, allowed) } else { Vec::new() };
        if let Some(first) = unknown.first() {
            let message = format!("access.allowed_users: {first} is nobody in your directory who can sign in");
            return Err(Failure::message(Kind::Configuration, message).hint("cspctl users list shows who is"));
        }
    }
    let has_all = |names: &[String], of: &[String]| names.iter().all(|name| is_named(of, name));
    let wanted = &wizard.args.allow_user;
    let is_other = !has_all(wanted, allowed) || !has_all(allowed, wanted);
    if is_other && !wizard.args.check && !allowed.is_empty() && !wanted.is_empty() {
        let message = format!("access.allowed_users names {} already, and --allow-user says {}", allowed.join(", "), wanted.join(", "));
        return Err(Failure::message(Kind::Usage, message).hint("cspctl users allow NAME and users revoke NAME change the list"));
    }
    if !allowed.is_empty() {
        wizard.good(&format!("May change things: {}.", allowed.join(", ")));
        return Ok(());
    }
    if wizard.args.check || wizard.is_done(PART) {
        wizard.good("May change things: everybody who can run cspctl here.");
        return Ok(());
    }
    if !is_live {
        if !wizard.args.allow_user.is_empty() {
            let message = "--allow-user needs the sign-in to Microsoft that tells who somebody is: --microsoft-source graph";
            return Err(Failure::message(Kind::Usage, message));
        }
        wizard.good("May change things: everybody who can run cspctl here, because nobody signs in to Microsoft.");
        return Ok(());
    }
    let chosen = if wizard.args.allow_user.is_empty() { ask(wizard)? } else { given(wizard)? };
    if chosen.is_empty() {
        wizard.good("May change things: everybody who can run cspctl here.");
        return wizard.done(PART);
    }
    let by_person = wizard.args.allow_user.is_empty();
    wizard.put_list(&USERS, &chosen, by_person)?;
    wizard.good(&format!("May change things: {}.", chosen.join(", ")));
    Ok(())
}

fn directory(wizard: &Wizard<'_>) -> Result<Vec<DirectoryUser>, Failure> {
    let signed_in = service::open(wizard.app, &wizard.loaded()?)?;
    wizard.app.block_on(async { signed_in.microsoft().directory(signed_in.msp).await.map_err(|error| service::failure(wizard.app, error)) })
}

/// Names that nobody in the directory can sign in with.
fn unknown(directory: &[DirectoryUser], names: &[String]) -> Vec<String> {
    let is_known = |name: &String| directory.iter().any(|user| user.can_sign_in() && user.user_name.eq_ignore_ascii_case(name));
    names.iter().filter(|name| !is_known(name)).cloned().collect()
}

fn given(wizard: &Wizard<'_>) -> Result<Vec<String>, Failure> {
    let names = wizard.args.allow_user.clone();
    match unknown(&directory(wizard)?, &names).first() {
        None => Ok(names),
        Some(first) => Err(Failure::message(Kind::Usage, format!("--allow-user: {first} is nobody in your directory who can sign in"))),
    }
}

fn ask(wizard: &mut Wizard<'_>) -> Result<Vec<String>, Failure> {
    let Some(prompt) = wizard.prompt() else { return Ok(Vec::new()) };
    let users: Vec<DirectoryUser> = loop {
        match directory(wizard) {
            Ok(users) => break users.into_iter().filter(DirectoryUser::can_sign_in).collect(),
            Err(failure) => wizard.recover(&[], failure)?,
        }
    };
    wizard.say(&format!("{} in your directory can sign in.", count_of(users.len(), "account")));
    let choices: Vec<Choice> = users.iter().map(|user| Choice::new(user.user_name.clone(), user.name.clone())).collect();
    let list = List { question: USERS.ask, choices: &choices, start: 0, takes_several: true, actions: &[], detail: &no_detail };
    match prompt.list(&list) {
        Ok(Answer::Several(places)) => Ok(places.iter().filter_map(|place| users.get(*place)).map(|user| user.user_name.clone()).collect()),
        Ok(_) | Err(Stopped::Back) => Ok(Vec::new()),
        Err(stopped) => Err(stopped.into()),
    }
}

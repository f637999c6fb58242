//! What to have at hand before the first question, and whom to ask for it.

use super::wizard::Wizard;
use crate::config::draft::OWN_SECTION;
use crate::exit::{Failure, Kind};
use crate::ui::text;

/// What is needed, from whom, each with who to ask.
const NEEDED: [(&str, &str); 4] = [
    (
        "Microsoft",
        "an account of your own tenancy that is Global Administrator and at least Admin Agent, with MFA (whoever signs in first may be somebody else), and an app \
         registration: docs/microsoft-app.md has the steps. Who to ask: whoever administers your own Microsoft 365.",
    ),
    (
        "Dicker Data",
        "the API token of the portal, enabled by the account manager (or integration.support@dickerdata.com.au); without it the portal's exports do: CSP Invoice Report \
         and Annuity Information.",
    ),
    ("Partner number", "the MPN id, in Partner Center under Settings, Account settings, Identifiers. It can be left out."),
    ("Xero", "a login that may grant apps access to the organisation, and a Xero app: docs/xero.md. Who to ask: whoever keeps your books."),
];

/// Says what is needed, once; and takes the addresses of `--endpoints`.
pub(super) fn run(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    endpoints(wizard)?;
    let has_answers = wizard.draft.has_answers_beside("endpoints");
    let profile = if wizard.app.profile == crate::config::paths::DEFAULT_PROFILE { String::new() } else { format!(" for profile {}", wizard.app.profile) };
    if has_answers {
        wizard.say(&format!("Going on with the set-up{profile} where it stopped. Ctrl-C stops again; nothing is lost."));
        return Ok(());
    }
    let file = wizard.draft.config_file().display().to_string();
    if wizard.prompt().is_none() {
        wizard.say(&format!("This sets up cspctl{profile} without a question, and writes {file}."));
        return Ok(());
    }
    wizard.say(&format!(
        "This sets up cspctl{profile}. At the end it writes {file}, after showing you how. Ctrl-C stops at any question, and cspctl init goes on from there."
    ));
    wizard.say("");
    wizard.say("Have these at hand:");
    let columns = wizard.app.output.look().width.min(100);
    for (what, text) in NEEDED {
        let paragraph = text::paragraph(&format!("  {what:<14}  "), &" ".repeat(18), text, columns);
        wizard.app.output.note(paragraph.trim_end());
    }
    wizard.say("");
    if wizard.confirm("Begin?", true, true)? {
        return wizard.draft.put(OWN_SECTION, "begun", "yes");
    }
    Err(Failure::message(Kind::Failed, "not begun; nothing was changed"))
}

fn endpoints(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    let Some(file) = wizard.args.endpoints.clone() else { return Ok(()) };
    let refuse = |message: String| Failure::message(Kind::Configuration, format!("--endpoints {}: {message}", file.display()));
    let text = std::fs::read_to_string(&file).map_err(|error| refuse(error.to_string()))?;
    let document: toml_edit::DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| refuse(error.message().to_owned()))?;
    let table = document.get("endpoints").and_then(toml_edit::Item::as_table_like).ok_or_else(|| refuse("there is no [endpoints] table in it".to_owned()))?;
    let addresses: Vec<(String, String)> = table.iter().filter_map(|(key, item)| Some((key.to_owned(), item.as_str()?.to_owned()))).collect();
    for (key, address) in &addresses {
        wizard.draft.put("endpoints", key, address.as_str())?;
    }
    // Wrong ones are told now, not after the first question, and not kept.
    match wizard.loaded() {
        Ok(_) => Ok(()),
        Err(failure) => {
            for (key, _) in &addresses {
                wizard.draft.forget("endpoints", key)?;
            }
            Err(failure)
        }
    }
}

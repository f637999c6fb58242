//! The first step: what is connected, and where its secrets are kept.

use super::wizard::{Question, Way, Wizard};
use crate::config::load::Loaded;
use crate::config::schema::{DickerDataSource, MicrosoftSource, PostTo, SecretsStore};
use crate::exit::Failure;
use crate::secrets::probe::probe;

/// What customers have.
pub(super) const MICROSOFT: Question<'_> = Question {
    section: "microsoft",
    key: "source",
    flag: "--microsoft-source graph|file|none",
    ask: "What Microsoft says your customers have",
    is_needed: true,
};
/// What was charged.
pub(super) const DICKER_DATA: Question<'_> =
    Question { section: "dickerdata", key: "source", flag: "--dickerdata-source api|export", ask: "What Dicker Data charged", is_needed: true };
/// Where documents go.
pub(super) const XERO: Question<'_> =
    Question { section: "xero", key: "post_to", flag: "--post-to xero|csv", ask: "Where bills and invoices go", is_needed: true };

const STORE: Question<'_> =
    Question { section: "secrets", key: "store", flag: "--secrets-store keyring|file|command", ask: "Where sign-ins and codes are kept", is_needed: false };
const FILE: Question<'_> = Question { section: "secrets", key: "file", flag: "--secrets-file FILE", ask: "The encrypted file", is_needed: false };
const COMMAND: Question<'_> =
    Question { section: "secrets", key: "command", flag: "--secrets-command WORD", ask: "The program with its arguments, parted by blanks", is_needed: true };

/// Asks what is connected, and proves the store if anything needs one.
pub(super) fn run(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    let args = wizard.args;
    let microsoft = [
        Way { value: "graph", label: "Ask Microsoft live", note: "seats and users of every customer; needs an app registration" },
        Way { value: "file", label: "Read a seats file", note: "a CSV file of another tool" },
        Way { value: "none", label: "Compare nothing", note: "charges are billed unchecked" },
    ];
    let _ = wizard.way(&MICROSOFT, args.microsoft_source.as_deref(), &microsoft, 0)?;
    let dickerdata = [
        Way { value: "api", label: "Ask Dicker Data's service", note: "needs the API token that the account manager enables" },
        Way { value: "export", label: "Read the portal's exports", note: "CSP Invoice Report and Annuity Information, no token needed" },
    ];
    let _ = wizard.way(&DICKER_DATA, args.dickerdata_source.as_deref(), &dickerdata, 0)?;
    let xero = [
        Way { value: "xero", label: "Into Xero", note: "posted through Xero's API, drafts unless you say otherwise" },
        Way { value: "csv", label: "Into import files", note: "you upload them in Xero yourself" },
    ];
    let _ = wizard.way(&XERO, args.post_to.as_deref(), &xero, 0)?;
    store(wizard)
}

fn needs_secrets(loaded: &Loaded) -> bool {
    let settings = &loaded.settings;
    settings.microsoft.source == MicrosoftSource::Graph || settings.dickerdata.source == DickerDataSource::Api || settings.xero.post_to == PostTo::Xero
}

fn store(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    if !needs_secrets(&wizard.loaded()?) {
        wizard.good("Nothing of this needs a secret, so no store is needed.");
        return Ok(());
    }
    let args = wizard.args;
    let ways = [
        Way { value: "keyring", label: "The keyring of this machine", note: "for a person at a desk" },
        Way { value: "file", label: "An encrypted file", note: "for servers; CSPCTL_SECRETS_KEY_FILE names its key" },
        Way { value: "command", label: "A program of your own", note: "a password manager, say" },
    ];
    loop {
        match wizard.way(&STORE, args.secrets_store.as_deref(), &ways, 0)?.as_str() {
            "file" => drop(wizard.text(&FILE, args.secrets_file.as_deref(), "secrets.enc", &|_| Ok(()))?),
            "command" => command(wizard)?,
            _ => {}
        }
        match prove(wizard) {
            Ok(line) => {
                wizard.good(&line);
                return Ok(());
            }
            Err(failure) => wizard.again(&[("secrets", "store"), ("secrets", "file"), ("secrets", "command")], failure)?,
        }
    }
}

fn command(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    if wizard.draft.in_file("secrets", "command").is_some() || wizard.draft.answer("secrets", "command").is_some() {
        return Ok(());
    }
    let words = match wizard.prompt() {
        _ if !wizard.args.secrets_command.is_empty() => wizard.args.secrets_command.clone(),
        Some(prompt) => {
            let question = crate::ui::prompt::Text { question: COMMAND.ask, default: "", may_be_empty: false, check: &crate::ui::prompt::anything };
            prompt.text(&question)?.split_whitespace().map(str::to_owned).collect()
        }
        None => return Err(wizard.missing(&COMMAND)),
    };
    let by_person = wizard.args.secrets_command.is_empty();
    wizard.put_list(&COMMAND, &words, by_person)
}

fn prove(wizard: &Wizard<'_>) -> Result<String, Failure> {
    let loaded = wizard.loaded()?;
    let store = wizard.app.secrets(&loaded)?;
    let described = store.describe();
    // A check changes nothing, and a program may be read-only.
    if wizard.args.check || loaded.settings.secrets.store == SecretsStore::Command {
        let name = crate::secrets::SecretName::new(&wizard.app.profile, crate::secrets::Purpose::XeroRefreshToken);
        return Ok(store.get(&name).map(|_| format!("Secrets: {described}."))?);
    }
    probe(&*store)?;
    Ok(format!("Secrets are kept in {described}."))
}

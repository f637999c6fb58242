//! The end of the questions: what is set up, how `config.toml` changes, and the writing of it.

use super::wizard::Wizard;
use crate::commands::access;
use crate::config::difference::{Line, difference};
use crate::config::load::Loaded;
use crate::config::schema::{DickerDataSource, MicrosoftSource, PostTo, SecretsStore};
use crate::domain::document::Status;
use crate::exit::{Failure, Kind};
use crate::ui::table::{Cell, Column, Table, Tone};

/// Lines that stay the same are shown only near a change.
const CONTEXT: usize = 2;

/// Shows the summary and the difference, asks, and writes. True when something was written.
pub(super) fn run(wizard: Wizard<'_>) -> Result<bool, Failure> {
    let loaded = wizard.loaded()?;
    loaded.check_usable()?;
    let output = &wizard.app.output;
    let look = output.look();
    output.note(&summary(wizard.app.profile.as_str(), &loaded, wizard.organisation.as_deref()).render(look.width, look.colour_error));
    let (before, after) = wizard.draft.texts()?;
    let file = wizard.draft.config_file().display().to_string();
    if before == after {
        wizard.good(&format!("{file} says all of this already."));
        wizard.draft.write()?;
        return Ok(false);
    }
    // Whom the file itself names decides; a list that was only just answered binds nobody yet.
    if wizard.draft.in_file("access", "allowed_users").is_some() {
        access::check(wizard.app, &loaded)?;
    }
    output.note(&if before.is_empty() { format!("{file} is new:") } else { format!("How {file} changes:") });
    show(&wizard, &before, &after);
    if !wizard.confirm("Write it?", true, true)? {
        let failure = Failure::message(Kind::Failed, format!("{file} was not written; your answers are kept"));
        return Err(failure.hint("cspctl init goes on from here"));
    }
    let (app, draft) = (wizard.app, wizard.draft);
    draft.write()?;
    app.output.note(&format!("{} Wrote {file}.", Tone::Good.style(look.colour_error).apply_to("✔")));
    Ok(true)
}

fn show(wizard: &Wizard<'_>, before: &str, after: &str) {
    let output = &wizard.app.output;
    let colour = output.look().colour_error;
    let lines = difference(before, after);
    let is_change = |line: &Line<'_>| !matches!(line, Line::Same(_));
    let lines: Vec<Line<'_>> = lines.into_iter().map(masked).collect();
    for (index, line) in lines.iter().enumerate() {
        let near = lines.iter().skip(index.saturating_sub(CONTEXT)).take(CONTEXT * 2 + 1).any(is_change);
        match line {
            Line::Same(text) if near => output.note(&format!("    {text}")),
            Line::Same(_) => {}
            Line::Added(text) => output.note(&Tone::Good.style(colour).apply_to(format!("  + {text}")).to_string()),
            Line::Removed(text) => output.note(&Tone::Bad.style(colour).apply_to(format!("  - {text}")).to_string()),
        }
    }
}

/// A webhook's address is a secret: nothing of it is shown.
fn masked(line: Line<'_>) -> Line<'_> {
    const MASKED: &str = "webhook = \"…\"";
    let is_secret = |text: &str| text.contains("webhook") && text.contains("://");
    match line {
        Line::Same(text) if is_secret(text) => Line::Same(MASKED),
        Line::Removed(text) if is_secret(text) => Line::Removed(MASKED),
        Line::Added(text) if is_secret(text) => Line::Added(MASKED),
        other => other,
    }
}

fn summary(profile: &str, loaded: &Loaded, organisation: Option<&str>) -> Table {
    let settings = &loaded.settings;
    let mut table = Table::new([Column::Word("Setting"), Column::Text("Value")]);
    let mut row = |what: &str, value: String| {
        let _ = table.row([Cell::toned(what, Tone::Dim), Cell::from(value)]);
    };
    row("Profile", profile.to_owned());
    let named = |name: &str, id: Option<String>| id.map_or_else(|| name.to_owned(), |id| format!("{name} ({id})"));
    row("Company", named(loaded.msp_name(), settings.msp.tenant_id.map(|id| id.to_string())));
    let partner = settings.msp.mpn_id.as_deref().map_or_else(String::new, |id| format!(", partner number {id}"));
    row("Country", format!("{}, {}{partner}", settings.msp.country.code(), settings.msp.country.currency()));
    row(
        "Microsoft",
        match settings.microsoft.source {
            MicrosoftSource::Graph => "asked live".to_owned(),
            MicrosoftSource::File => format!("from {}", settings.microsoft.file),
            MicrosoftSource::None => "not compared".to_owned(),
        },
    );
    let dickerdata = &settings.dickerdata;
    row(
        "Dicker Data",
        match dickerdata.source {
            DickerDataSource::Export => {
                let annuity = dickerdata.annuity.as_deref().map_or_else(|| "no annuity file".to_owned(), str::to_owned);
                format!("{} and {annuity}", dickerdata.invoice_report.as_deref().unwrap_or_default())
            }
            DickerDataSource::Api => format!("asked live, account {}", dickerdata.account_code.as_deref().unwrap_or("not sent")),
            DickerDataSource::Csv => format!("charges of {}", dickerdata.charges.as_deref().unwrap_or_default()),
            DickerDataSource::Capture => "saved answers".to_owned(),
        },
    );
    let xero = &settings.xero;
    row(
        "Xero",
        match xero.post_to {
            PostTo::Xero => named(organisation.unwrap_or("organisation"), xero.organisation_id.clone()),
            PostTo::Csv => format!("import files in {}", loaded.csv_folder().display()),
        },
    );
    row("Bills", format!("from {}, account {}", xero.contact_name, xero.expense_account));
    row("Invoices", format!("account {}, price {}, {}", xero.revenue_account, settings.pricing.default, status_word(settings.billing.status)));
    row(
        "Secrets",
        match settings.secrets.store {
            SecretsStore::Keyring => "the keyring of this machine".to_owned(),
            SecretsStore::File => format!("encrypted in {}", settings.secrets.file.as_deref().unwrap_or_default()),
            SecretsStore::Command => settings.secrets.command.join(" "),
        },
    );
    let allowed = &settings.access.allowed_users;
    row("May change things", if allowed.is_empty() { "everybody who can run cspctl here".to_owned() } else { allowed.join(", ") });
    table
}

fn status_word(status: Status) -> &'static str {
    match status {
        Status::Draft => "as drafts",
        Status::Submitted => "submitted for approval",
        Status::Authorised => "authorised at once",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regression_a_webhooks_address_was_shown_beside_a_change() {
        let text = "webhook = \"https://hooks.example/services/SECRET\" # ours";
        for line in [Line::Same(text), Line::Removed(text), Line::Added(text)] {
            assert!(!format!("{:?}", masked(line)).contains("SECRET"));
        }
        assert_eq!(masked(Line::Same("graph = \"https://graph.microsoft.com\"")), Line::Same("graph = \"https://graph.microsoft.com\""));
    }
}

//! Before anything is posted: what documents wear, what would go wrong, and whether a person agrees.

use std::io::BufRead;

use super::{Dresses, SyncArgs};
use crate::app::App;
use crate::commands::access;
use crate::commands::month::Month;
use crate::commands::organisation::{self, Connected};
use crate::commands::place::place;
use crate::config::load::{self, Loaded};
use crate::domain::document::{Document, Status};
use crate::domain::plan::Plan;
use crate::exit::{Failure, Kind};
use crate::ui::words::count_of;
use crate::xero::batch::Dress;
use crate::xero::client::XeroClient;
use crate::xero::preflight::{self, Facts};

/// Tracking and branding as configured, by the names that Xero has.
pub(super) async fn dresses(client: &XeroClient, loaded: &Loaded) -> Result<Dresses, Failure> {
    let billing = &loaded.settings.billing;
    let tracking: Vec<(String, String)> = billing.tracking.iter().map(|(category, option)| (category.clone(), option.clone())).collect();
    let mut branding_theme = None;
    if let Some(name) = &billing.branding_theme {
        let themes = client.branding_themes().await?;
        let found = themes.iter().find(|theme| theme.name.eq_ignore_ascii_case(name));
        let names = || themes.iter().map(|theme| theme.name.to_string()).collect::<Vec<_>>().join(", ");
        let missing = || Failure::message(Kind::Configuration, format!("Xero has no branding theme `{name}` (billing.branding_theme); it has: {}", names()));
        branding_theme = Some(found.ok_or_else(missing)?.id);
    }
    let purchases = Dress { tracking: tracking.clone(), ..Dress::default() };
    Ok(Dresses { sales: Dress { tracking, branding_theme, numbered_by_xero: organisation::is_numbered_by_xero(loaded), ..Dress::default() }, purchases })
}

/// Looks for everything that Xero would refuse. Gives what is worth knowing.
pub(super) async fn preflight(connected: &Connected, month: &Month, documents: &[&Document], dresses: &Dresses) -> Result<Vec<String>, Failure> {
    let client = &connected.client;
    let foreign = documents.iter().any(|document| document.currency != connected.organisation.base_currency);
    let actions = client.actions().await?;
    let currencies = if foreign { Some(client.currencies().await?) } else { None };
    let tracking = if dresses.purchases.tracking.is_empty() { None } else { Some(client.tracking_categories().await?) };
    let themes = if dresses.sales.branding_theme.is_some() { Some(client.branding_themes().await?) } else { None };
    let books = month.sources.books.as_ref().ok_or_else(|| Failure::message(Kind::Failed, "the organisation's books were not read"))?;
    let facts = Facts {
        pinned: connected.pinned,
        organisation: &connected.organisation,
        actions: &actions,
        accounts: &books.accounts,
        tax_rates: &books.tax_rates,
        contacts: &books.contacts,
        currencies: currencies.as_deref(),
        tracking: tracking.as_deref(),
        branding_themes: themes.as_deref(),
        attaches: month.loaded.settings.billing.attach_source,
    };
    let in_dress: Vec<(&Document, &Dress)> =
        documents.iter().map(|document| (*document, if document.kind.is_purchase() { &dresses.purchases } else { &dresses.sales })).collect();
    let found = preflight::check(&facts, &in_dress);
    if found.problems.is_empty() {
        return Ok(found.warnings.into_iter().map(|warning| format!("{} ({})", warning.what, warning.fix)).collect());
    }
    let list = found.problems.iter().fold(String::new(), |list, problem| list + "\n  - " + &problem.what);
    let count = count_of(found.problems.len(), "problem");
    let failure = Failure::message(Kind::Failed, format!("nothing was posted to {}: {count} that Xero would refuse{list}", connected.organisation.shown()));
    Err(found.problems.into_iter().fold(failure, |failure, problem| failure.hint(problem.fix)))
}

/// Asks at a terminal. Without one, drafts are posted and anything else wants `--yes` (`rules.md` 24).
pub(super) fn confirm(app: &App, args: &SyncArgs, connected: &Connected, plan: &Plan) -> Result<(), Failure> {
    let (bills, sales): (Vec<&Document>, Vec<&Document>) = plan.new_documents().partition(|document| document.kind.is_purchase());
    let status = plan.new_documents().map(|document| document.status).max().unwrap_or_default();
    let word = match status {
        Status::Draft => "drafts",
        Status::Submitted => "documents awaiting approval",
        Status::Authorised => "APPROVED documents",
    };
    let what = format!(
        "{} and {} as {word}{}: cost {}, sell {}",
        count_of(bills.len(), "bill"),
        count_of(sales.len(), "customer document"),
        place(&app.profile, Some(&connected.organisation.shown())),
        plan.totals.cost,
        plan.totals.sell
    );
    if args.yes {
        return Ok(());
    }
    if !app.may_prompt {
        if status == Status::Draft {
            return Ok(());
        }
        return Err(Failure::message(Kind::Usage, format!("{what}. Nothing was posted, because nobody can be asked")).hint("cspctl sync --yes posts them"));
    }
    app.output.error_line(&format!("This posts {what}."));
    app.output.error_line("Post them? Type yes to go on:");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if !matches!(answer.trim().to_lowercase().as_str(), "yes" | "y") {
        return Err(Failure::message(Kind::Failed, "not confirmed; nothing was posted"));
    }
    // The question may have waited for long: who may change things is asked again.
    access::check(app, &load::read(app)?)
}

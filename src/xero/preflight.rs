//! What would go wrong, said before anything is sent: everything at once, each with its fix. Pure.

use crate::domain::books::{Account, BookedContact, TaxRate};
use crate::domain::document::Document;
use crate::domain::ids::OrganisationId;

use super::batch::Dress;
use super::organisation::{AllowedAction, BrandingTheme, Currency, Organisation, TrackingCategory};

/// What Xero said. `None`: was not read, because nothing needs it; what needs it then is a problem.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The organisation that the configuration pins.
    pub pinned: OrganisationId,
    /// The organisation that answered.
    pub organisation: &'a Organisation,
    /// What the signed-in user may do; an action that Xero does not name counts as allowed.
    pub actions: &'a [AllowedAction],
    /// Every account.
    pub accounts: &'a [Account],
    /// Every tax rate.
    pub tax_rates: &'a [TaxRate],
    /// Every contact, archived ones included.
    pub contacts: &'a [BookedContact],
    /// Currencies; needed when a document is not in the base currency.
    pub currencies: Option<&'a [Currency]>,
    /// Tracking categories; needed when lines are tracked.
    pub tracking: Option<&'a [TrackingCategory]>,
    /// Branding themes; needed when documents have one.
    pub branding_themes: Option<&'a [BrandingTheme]>,
    /// True when source rows are going to be attached.
    pub attaches: bool,
}

/// Why documents cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

/// Everything that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preflight {
    /// Any of these, and nothing may be sent.
    pub problems: Vec<Problem>,
    /// Worth knowing, no obstacle.
    pub warnings: Vec<Problem>,
}

/// Looks at the documents that are about to be sent.
#[must_use]
pub fn check(facts: &Facts<'_>, documents: &[(&Document, &Dress)]) -> Preflight {
    let mut found = Preflight::default();
    organisation::check(facts, documents, &mut found);
    codes::check(facts, documents, &mut found);
    parties::check(facts, documents, &mut found);
    found
}

/// Looks at an account by its code before there is any document: does it exist, and does it take lines
/// of that side?
#[must_use]
pub fn check_account(code: &str, accounts: &[Account], is_purchase: bool) -> Vec<Problem> {
    let mut found = Preflight::default();
    codes::account(code, accounts.iter().find(|account| !account.code.is_empty() && *account.code == *code), is_purchase, &mut found);
    found.problems
}

impl Preflight {
    /// A problem, once.
    fn problem(&mut self, what: String, fix: impl Into<String>) {
        once(&mut self.problems, Problem { what, fix: fix.into() });
    }

    /// A warning, once.
    fn warning(&mut self, what: String, fix: impl Into<String>) {
        once(&mut self.warnings, Problem { what, fix: fix.into() });
    }
}

fn once(list: &mut Vec<Problem>, problem: Problem) {
    if !list.contains(&problem) {
        list.push(problem);
    }
}

/// `CSP-1, CSP-2, CSP-3 and 4 more`.
fn some_of(numbers: &[&str]) -> String {
    let shown = numbers.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    match numbers.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

mod codes;
mod organisation;
mod parties;

#[cfg(test)]
mod tests;

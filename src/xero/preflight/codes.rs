//! Whether the accounts and tax types of the lines exist and fit (`contracts/xero.md` 3.2, 3.3).

use std::collections::BTreeSet;

use crate::domain::books::{Account, AccountClass, TaxRate};
use crate::domain::document::Document;

use super::super::batch::Dress;
use super::{Facts, Preflight};

/// What lines of one side carry: one check for each such triple, however many lines.
type Use<'a> = (bool, &'a str, Option<&'a str>);

pub(super) fn check(facts: &Facts<'_>, documents: &[(&Document, &Dress)], found: &mut Preflight) {
    let uses: BTreeSet<Use<'_>> = documents
        .iter()
        .flat_map(|(document, _)| document.lines.iter().map(|line| (document.kind.is_purchase(), &*line.account_code, line.tax_type.as_deref())))
        .collect();
    for (is_purchase, code, tax_type) in uses {
        let account = facts.accounts.iter().find(|account| !account.code.is_empty() && *account.code == *code);
        self::account(code, account, is_purchase, found);
        match (tax_type, account) {
            (Some(tax_type), _) => configured_tax(facts.tax_rates, tax_type, is_purchase, found),
            (None, Some(account)) if account.is_active => default_tax(facts.tax_rates, account, is_purchase, found),
            _ => {}
        }
    }
}

fn side(is_purchase: bool) -> (&'static str, &'static str) {
    if is_purchase {
        ("expense", "set xero.expense_account to an active expense account")
    } else {
        ("revenue", "set xero.revenue_account, or the product's revenue_account, to an active revenue account")
    }
}

pub(super) fn account(code: &str, account: Option<&Account>, is_purchase: bool, found: &mut Preflight) {
    let (side, fix) = side(is_purchase);
    let Some(account) = account else {
        return found.problem(format!("the organisation has no account `{code}`"), fix);
    };
    let shown = format!("account {code} ({})", account.name);
    if !account.is_active {
        return found.problem(format!("{shown} is archived"), format!("{fix}, or restore it in Xero"));
    }
    match account.system.as_deref() {
        // Cents of rounding go there by its very purpose (`rules.md` 26).
        Some(system) if system.eq_ignore_ascii_case("ROUNDING") => return,
        Some(system) => return found.problem(format!("{shown} is Xero's own: {system}"), fix),
        None => {}
    }
    let fits = if is_purchase { account.class == AccountClass::Expense } else { account.class == AccountClass::Revenue };
    if !fits {
        found.problem(format!("{shown} is no {side} account"), fix);
    }
}

fn applies(rate: &TaxRate, is_purchase: bool) -> bool {
    if is_purchase { rate.applies_to_expenses } else { rate.applies_to_revenue }
}

fn configured_tax(rates: &[TaxRate], tax_type: &str, is_purchase: bool, found: &mut Preflight) {
    let (side, _) = side(is_purchase);
    let usable = rates.iter().filter(|rate| rate.is_active && applies(rate, is_purchase)).map(|rate| format!("{} ({})", rate.tax_type, rate.name));
    let usable = usable.collect::<Vec<_>>().join(", ");
    let fix = format!("set tax_type to one of {usable}, or leave it to the account");
    match rates.iter().find(|rate| *rate.tax_type == *tax_type) {
        None => match rates.iter().find(|rate| rate.name.eq_ignore_ascii_case(tax_type)) {
            Some(rate) => found.problem(format!("`{tax_type}` is the name of a tax rate; Xero wants its code"), format!("set tax_type to {}", rate.tax_type)),
            None => found.problem(format!("the organisation has no tax type `{tax_type}`"), fix),
        },
        Some(rate) if !rate.is_active => found.problem(format!("tax type {tax_type} ({}) is archived", rate.name), fix),
        Some(rate) if !applies(rate, is_purchase) => found.problem(format!("tax type {tax_type} ({}) cannot be used on {side} accounts", rate.name), fix),
        Some(_) => {}
    }
}

/// The tax type that lines without one get. Xero takes it, but the tax may be none or a dead rate.
fn default_tax(rates: &[TaxRate], account: &Account, is_purchase: bool, found: &mut Preflight) {
    let (side, _) = side(is_purchase);
    let shown = format!("account {} ({})", account.code, account.name);
    let fix = "choose another default tax rate for the account in Xero (Accounting › Chart of accounts)";
    let Some(tax_type) = account.tax_type.as_deref() else {
        return found.warning(format!("{shown} has no tax rate of its own"), fix);
    };
    match rates.iter().find(|rate| *rate.tax_type == *tax_type) {
        None => found.warning(format!("{shown} has the tax type {tax_type}, which the organisation does not list"), fix),
        Some(rate) if !rate.is_active => found.warning(format!("{shown} has the tax rate {}, which is archived", rate.name), fix),
        Some(rate) if !applies(rate, is_purchase) => found.warning(format!("{shown} has the tax rate {}, which is no {side} rate", rate.name), fix),
        Some(_) => {}
    }
}

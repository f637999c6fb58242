//! The tax that Xero will put on a document: rounded on every line, by the line's tax type or that of
//! its account (`contracts/xero.md` 4.2; `rules.md` 26). Planned tax is shown, never sent.

use foldhash::HashMap;
use rust_decimal::Decimal;

use super::books::Books;
use super::document::{Document, Line};
use super::money::Money;

/// The rates of an organisation, by tax type and account.
#[derive(Debug)]
pub struct TaxRates<'a> {
    /// Percent, by the upper-case code of the tax type.
    percent_of: HashMap<String, Decimal>,
    /// The tax type that lines of an account get when they have none.
    type_of_account: HashMap<&'a str, &'a str>,
}

/// The tax of one document, as its kind shows it: positive on credits too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentTax {
    /// Rounded on every line, as Xero does.
    pub by_line: Money,
    /// Rounded once for each tax type, as a distributor may.
    pub by_total: Money,
}

impl<'a> TaxRates<'a> {
    /// Indexes what Xero has; empty when neither rates nor accounts were read.
    #[must_use]
    pub fn new(books: &'a Books) -> Self {
        Self {
            percent_of: books.tax_rates.iter().map(|rate| (rate.tax_type.to_uppercase(), rate.percent)).collect(),
            type_of_account: books.accounts.iter().filter_map(|account| Some((&*account.code, account.tax_type.as_deref()?))).collect(),
        }
    }

    /// The tax of a document; `None` when the rate of one of its lines is not known.
    #[must_use]
    pub fn of_document(&self, document: &Document) -> Option<DocumentTax> {
        let mut by_line = Money::ZERO;
        let mut nets: HashMap<Decimal, Money> = HashMap::default();
        for line in &document.lines {
            let percent = self.percent(line)?;
            by_line += tax_of(line.line_amount, percent);
            *nets.entry(percent).or_default() += line.line_amount;
        }
        let by_total = nets.into_iter().map(|(percent, net)| tax_of(net, percent)).sum();
        Some(DocumentTax { by_line, by_total })
    }

    fn percent(&self, line: &Line) -> Option<Decimal> {
        let tax_type = line.tax_type.as_deref().or_else(|| self.type_of_account.get(&*line.account_code).copied())?;
        self.percent_of.get(&tax_type.to_uppercase()).copied()
    }
}

/// The planned tax of a document, rounded on every line; `None` when it is not known.
#[must_use]
pub fn planned_tax(document: &Document, books: &Books) -> Option<Money> {
    TaxRates::new(books).of_document(document).map(|tax| tax.by_line)
}

/// round(amount × percent ÷ 100, 2), halves up.
fn tax_of(amount: Money, percent: Decimal) -> Money {
    Money::round_half_away(amount.amount() * percent / Decimal::ONE_HUNDRED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::books::{Account, AccountClass, TaxRate};
    use crate::domain::scenario::{PREMIUM, Scenario, charge, decimal, money, november};

    fn books() -> Books {
        let rate = |tax_type: &str, percent: &str| TaxRate {
            tax_type: tax_type.into(),
            name: tax_type.into(),
            percent: decimal(percent),
            is_active: true,
            applies_to_revenue: true,
            applies_to_expenses: true,
        };
        let account = |code: &str, tax_type: Option<&str>| Account {
            code: code.into(),
            name: code.into(),
            class: AccountClass::Expense,
            is_active: true,
            tax_type: tax_type.map(Into::into),
            system: None,
        };
        Books {
            tax_rates: vec![rate("INPUT2", "15"), rate("EXEMPTEXPENSES", "0"), rate("OUTPUT2", "15")],
            accounts: vec![account("310", Some("INPUT2")), account("200", None)],
            ..Books::default()
        }
    }

    /// The bill of charges with these amounts.
    fn bill(amounts: &[&str]) -> Document {
        let charges = (1..).zip(amounts).map(|(number, amount)| charge(number, PREMIUM, november(), "1", amount));
        Scenario::new().charges(charges).plan("2026-11").documents.remove(0)
    }

    #[test]
    fn xero_4_2_tax_is_rounded_on_every_line() {
        let tax = TaxRates::new(&books()).of_document(&bill(&["25.06", "25.61", "25.63"])).unwrap();
        assert_eq!((tax.by_line, tax.by_total), (money("11.44"), money("11.45")));
        assert_eq!(planned_tax(&bill(&["25.06", "25.61", "25.63"]), &books()), Some(money("11.44")));
    }

    #[test]
    fn halves_go_up() {
        // 0.10 × 15 % = 0.015
        assert_eq!(planned_tax(&bill(&["0.10"]), &books()), Some(money("0.02")));
    }

    #[test]
    fn the_tax_type_of_a_line_comes_before_that_of_its_account() {
        let mut document = bill(&["100.00", "50.00"]);
        document.lines[0].tax_type = Some("exemptexpenses".into());
        assert_eq!(planned_tax(&document, &books()), Some(money("7.50")));
    }

    #[test]
    fn a_rate_that_is_not_known_is_never_nothing() {
        let mut document = bill(&["100.00", "50.00"]);
        assert_eq!(planned_tax(&document, &Books::default()), None);
        document.lines[1].account_code = "200".into();
        assert_eq!(planned_tax(&document, &books()), None, "account 200 has no tax type");
        document.lines[1].tax_type = Some("TAX001".into());
        assert_eq!(planned_tax(&document, &books()), None, "TAX001 is no rate of the organisation");
    }
}

//! The commands that release a held charge: what is printed must work when it is typed.

use super::book::Book;
use super::charge::Charge;
use super::ids::TenantId;
use super::offer::Billing;
use super::pricing::{RuleOrigin, billing_of};

/// Bills a customer under its own name.
pub(super) fn set_contact(tenant_id: TenantId, name: &str) -> String {
    // A contact's name is one line.
    let name = name.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    format!("cspctl map customers set {tenant_id} {}", if name.trim().is_empty() { "CONTACT".to_owned() } else { quoted(&name) })
}

/// Gives the charge a price: in the entry that decides about it, or a new one that will.
pub(super) fn set_price(book: &Book<'_>, charge: &Charge, tenant_id: TenantId) -> String {
    let (offer, billing) = (charge.stock_code.offer(), billing_of(charge));
    let (term, entry_billing) = match book.deciding(tenant_id, &charge.stock_code, billing) {
        Some((RuleOrigin::Override, _)) => {
            return format!("correct the price of the [[overrides]] entry for tenant {tenant_id} and offer {offer} in mapping.toml");
        }
        Some((_, narrowing)) => (narrowing.term, narrowing.billing),
        None => (None, None),
    };
    let term = term.map_or_else(String::new, |term| format!(" --term {term}"));
    // A fixed price without billing is for monthly cycles (`rules.md` 7).
    let annual = billing.filter(|billing| *billing == Billing::Annual);
    let billing = entry_billing.or(annual).map_or_else(String::new, |billing| format!(" --billing {billing}"));
    format!("cspctl map products set {offer}{term}{billing} --price PRICE")
}

/// The program's name in a command.
pub const PROGRAM: &str = "cspctl";
/// Subcommands, as they stand behind the program's name.
pub const COMMANDS: [&str; 11] = ["auth", "completions", "doctor", "explain", "init", "map", "pull", "reconcile", "runs", "sync", "users"];

/// A text with every command in it as it has to be typed where `program` is the beginning of one:
/// `cspctl --profile nz`. A command that has it already stays.
#[must_use]
pub fn typed(text: &str, program: &str) -> String {
    if program == PROGRAM || !text.contains(PROGRAM) {
        return text.to_owned();
    }
    COMMANDS.iter().fold(text.to_owned(), |text, command| text.replace(&format!("{PROGRAM} {command}"), &format!("{program} {command}")))
}

/// An argument as it must be typed.
#[must_use]
pub fn quoted(text: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.' | ':' | '/');
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else if text.contains(['"', '$', '`', '!', '\\']) && !cfg!(windows) {
        format!("'{}'", text.replace('\'', r"'\''"))
    } else {
        format!("\"{}\"", text.replace('"', "\\\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mapping::{Mapping, Narrowing, PriceOverride};
    use crate::domain::offer::StockCode;
    use crate::domain::pricing::PriceRule;
    use crate::domain::scenario::{ANNUAL, PREMIUM, Scenario, charge, november, tenant};

    fn fix(mapping: &Mapping, code: &str) -> String {
        set_price(&Book::new(mapping, &PriceRule::None), &charge(1, code, november(), "1", "30"), tenant(1))
    }

    #[test]
    fn the_price_is_set_where_it_decides() {
        let mut mapping = Scenario::new().product(ANNUAL, Some("300")).mapping;
        assert_eq!(fix(&mapping, PREMIUM), "cspctl map products set CFQ7TTC0LCHC:0002 --price PRICE");
        assert_eq!(fix(&mapping, ANNUAL), "cspctl map products set CFQ7TTC0LH1G:0001 --billing annual --price PRICE");
        for product in &mut mapping.products {
            product.narrowing = Narrowing { term: StockCode::new(PREMIUM).term(), billing: None };
        }
        assert_eq!(fix(&mapping, PREMIUM), "cspctl map products set CFQ7TTC0LCHC:0002 --term P1Y --price PRICE");
        let offer = mapping.products[0].offer.clone();
        mapping.overrides.push(PriceOverride { tenant_id: tenant(1), offer, narrowing: Narrowing::default(), price: "31".parse().unwrap() });
        assert!(fix(&mapping, PREMIUM).starts_with("correct the price of the [[overrides]] entry"), "the product's price would not count");
    }

    #[test]
    fn a_contact_keeps_its_name() {
        let command = |name| set_contact(tenant(1), name).split_once(&format!("{} ", tenant(1))).unwrap().1.to_owned();
        assert_eq!(command("Contoso Pty Ltd"), "\"Contoso Pty Ltd\"");
        assert_eq!(command("Line\r\nbreak"), "\"Line break\"");
        assert_eq!(command(" "), "CONTACT");
        if cfg!(windows) {
            assert_eq!(command("=\"Proseware\", Retail"), "\"=\\\"Proseware\\\", Retail\"");
        } else {
            assert_eq!(command("=\"Proseware\", Retail"), "'=\"Proseware\", Retail'");
            assert_eq!(command("Liberty's \"B\""), r#"'Liberty'\''s "B"'"#);
        }
    }
}

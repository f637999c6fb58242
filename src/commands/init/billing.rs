//! The step for documents and prices: defaults that a person can take with Enter.

use super::wizard::{Question, Way, Wizard};
use crate::config::schema::PostTo;
use crate::exit::Failure;

const PRICE: Question<'_> = Question {
    section: "pricing",
    key: "default",
    flag: "--price RULE",
    ask: "Price where a product has none of its own (rrp, rrp-2.5%, cost+15%, item, none)",
    is_needed: false,
};
const FLOOR: Question<'_> = Question {
    section: "pricing",
    key: "margin_floor",
    flag: "--margin-floor PERCENT",
    ask: "Hold lines that earn less of their price than",
    is_needed: false,
};
const STATUS: Question<'_> =
    Question { section: "billing", key: "status", flag: "--status draft|submitted|authorised", ask: "New documents are", is_needed: false };
const DUE: Question<'_> = Question { section: "billing", key: "due", flag: "--due RULE", ask: "They fall due", is_needed: false };
const PRORATION: Question<'_> =
    Question { section: "billing", key: "proration", flag: "--proration days|price-ratio", ask: "Part of a cycle is priced by", is_needed: false };
const BILL_PER: Question<'_> =
    Question { section: "billing", key: "bill_per", flag: "--bill-per period|invoice", ask: "Dicker Data's bill is", is_needed: false };

pub(super) fn run(wizard: &mut Wizard<'_>) -> Result<(), Failure> {
    let args = wizard.args;
    let to_xero = wizard.loaded()?.settings.xero.post_to == PostTo::Xero;
    let price = wizard.text(&PRICE, args.price.as_deref(), "rrp", &|text| super::args::price(text).map(drop))?;
    let floor = wizard.text(&FLOOR, args.margin_floor.as_deref(), "0%", &crate::config::is_percent)?;
    let statuses = [
        Way { value: "draft", label: "Drafts", note: "to be looked at in Xero; can be undone" },
        Way { value: "submitted", label: "Submitted for approval", note: "" },
        Way { value: "authorised", label: "Authorised at once", note: "in the books; sync asks before" },
    ];
    let status = wizard.way(&STATUS, args.status.as_deref(), &statuses, 0)?;
    let due = due(wizard, to_xero)?;
    let prorations = [
        Way { value: "days", label: "Days", note: "18 of 31 days" },
        Way { value: "price-ratio", label: "Price ratio", note: "unit cost charged ÷ unit cost of a cycle, as CSP Portal does" },
    ];
    let _ = wizard.way(&PRORATION, args.proration.as_deref(), &prorations, 0)?;
    let bills = [
        Way { value: "period", label: "One a month", note: "numbered DD-2026-11" },
        Way { value: "invoice", label: "One for each of its invoices", note: "numbered as Dicker Data's" },
    ];
    let _ = wizard.way(&BILL_PER, args.bill_per.as_deref(), &bills, 0)?;
    wizard.good(&format!("Billing: price {price}, margin floor {floor}, status {status}, due {due}."));
    Ok(())
}

fn due(wizard: &mut Wizard<'_>, to_xero: bool) -> Result<String, Failure> {
    let mut ways = Vec::new();
    if to_xero {
        ways.push(Way { value: "contact", label: "By each contact's terms in Xero", note: "else the organisation's, else 20 days" });
    }
    ways.extend([
        Way { value: "20 days", label: "20 days after the document's date", note: "another number: --due \"14 days\"" },
        Way { value: "20 of following month", label: "On the 20th of the following month", note: "" },
        Way { value: "end of following month", label: "At the end of the following month", note: "" },
    ]);
    // Any rule is taken from the flag; only the usual ones are listed.
    if let Some(given) = wizard.args.due.as_deref() {
        return wizard.text(&DUE, Some(given), "", &crate::config::is_due_rule);
    }
    wizard.way(&DUE, None, &ways, 0)
}

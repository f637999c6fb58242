//! Searchable lists of what Xero really has: the distributor's contact and both accounts.

use super::wizard::{Question, Wizard, pick};
use super::xero;
use crate::domain::books::{Account, BookedContact};
use crate::domain::ids::ContactId;
use crate::domain::matching::Matcher;
use crate::exit::{Failure, Kind};
use crate::ui::prompt::Choice;
use crate::xero::preflight::{Problem, check_account};

const CONTACT: Question<'_> =
    Question { section: "xero", key: "contact_id", flag: "--contact ID|NAME", ask: "The distributor's contact in Xero", is_needed: true };
const CONTACT_NAME: Question<'_> = Question { section: "xero", key: "contact_name", flag: "--contact ID|NAME", ask: CONTACT.ask, is_needed: true };
/// Names like this one stand first.
const DISTRIBUTOR: &str = "Dicker Data";
/// So many proposals.
const PROPOSALS: usize = 5;

/// The distributor's contact: settled, or chosen. Gives its name.
pub(super) fn contact(wizard: &mut Wizard<'_>, mut contacts: Vec<BookedContact>) -> Result<String, Failure> {
    let given = wizard.args.contact.clone();
    if let Some(id) = wizard.settled(&CONTACT, None)? {
        match contacts.iter().find(|contact| contact.id.to_string().eq_ignore_ascii_case(&id)) {
            Some(contact) if contact.is_active => {
                let name = contact.name.to_string();
                if let Some(given) = given.as_deref().filter(|_| !wizard.args.check)
                    && resolve(&contacts, given)?.id != contact.id
                {
                    let message = format!("config.toml has xero.contact_id of {name}, and --contact says {given}");
                    return Err(Failure::message(Kind::Usage, message).hint("change it in config.toml, or leave the flag out"));
                }
                return Ok(name);
            }
            Some(contact) => {
                let message = format!("the contact {} of xero.contact_id is archived in Xero", contact.name);
                wizard
                    .again(&[("xero", "contact_id")], Failure::message(Kind::Configuration, message).hint("restore it in Xero, or choose another contact"))?;
            }
            None => wizard.again(&[("xero", "contact_id")], Failure::message(Kind::Configuration, format!("Xero has no contact {id} (xero.contact_id)")))?,
        }
    }
    if let Some(given) = given.filter(|_| !wizard.args.check) {
        let contact = resolve(&contacts, &given)?;
        let (id, name) = (contact.id, contact.name.to_string());
        keep(wizard, id, &name, false)?;
        return Ok(name);
    }
    let Some(prompt) = wizard.prompt() else { return Err(wizard.missing(&CONTACT)) };
    loop {
        let ordered = ordered(&contacts);
        let mut choices: Vec<Choice> = ordered.iter().map(|contact| Choice::new(contact.name.to_string(), contact.id.to_string())).collect();
        choices.push(Choice::new("Look again", "after making the contact in Xero: Contacts, New contact"));
        let place = pick(&*prompt, CONTACT.ask, &choices, 0)?;
        if let Some(contact) = ordered.get(place) {
            let (id, name) = (contact.id, contact.name.to_string());
            keep(wizard, id, &name, true)?;
            return Ok(name);
        }
        (_, contacts, _) = xero::read(wizard)?;
    }
}

fn keep(wizard: &mut Wizard<'_>, id: ContactId, name: &str, by_person: bool) -> Result<(), Failure> {
    wizard.found(&CONTACT_NAME, name, by_person)?;
    wizard.found(&CONTACT, &id.to_string(), by_person)
}

/// Active contacts: the likeliest first, then by name.
fn ordered(contacts: &[BookedContact]) -> Vec<&BookedContact> {
    let active: Vec<&BookedContact> = contacts.iter().filter(|contact| contact.is_active).collect();
    let likely: Vec<usize> =
        Matcher::new(active.iter().map(|contact| &*contact.name)).suggest(DISTRIBUTOR, PROPOSALS).iter().map(|found| found.candidate).collect();
    let mut rest: Vec<usize> = (0..active.len()).filter(|place| !likely.contains(place)).collect();
    rest.sort_by_cached_key(|place| active.get(*place).map(|contact| contact.name.to_lowercase()));
    likely.into_iter().chain(rest).filter_map(|place| active.get(place).copied()).collect()
}

/// The one active contact of this id or exact name.
fn resolve<'a>(contacts: &'a [BookedContact], given: &str) -> Result<&'a BookedContact, Failure> {
    let is_it = |contact: &&BookedContact| contact.id.to_string().eq_ignore_ascii_case(given) || contact.name.eq_ignore_ascii_case(given);
    let found: Vec<&BookedContact> = contacts.iter().filter(|contact| contact.is_active).filter(is_it).collect();
    match found.as_slice() {
        [only] => Ok(only),
        [] => {
            let failure = Failure::message(Kind::Usage, format!("--contact: Xero has no active contact `{given}`"));
            Err(ordered(contacts)
                .iter()
                .take(PROPOSALS)
                .fold(failure, |failure, contact| failure.hint(format!("--contact {}   # {}", contact.id, contact.name))))
        }
        several => {
            let failure = Failure::message(Kind::Usage, format!("--contact: {} contacts in Xero are called `{given}`; give an id", several.len()));
            Err(several.iter().fold(failure, |failure, contact| failure.hint(format!("--contact {}", contact.id))))
        }
    }
}

/// An account that fits its side: settled and checked, or chosen. Gives code and name.
pub(super) fn account(wizard: &mut Wizard<'_>, question: &Question<'_>, accounts: &[Account], is_purchase: bool) -> Result<String, Failure> {
    let given = if is_purchase { wizard.args.expense_account.clone() } else { wizard.args.revenue_account.clone() };
    let of_code = |code: &str| accounts.iter().find(|account| !account.code.is_empty() && &*account.code == code);
    let shown = |account: &Account| format!("{} ({})", account.code, account.name);
    loop {
        if let Some(code) = wizard.settled(question, given.as_deref())? {
            match check_account(&code, accounts, is_purchase).into_iter().next() {
                None => return Ok(of_code(&code).map_or(code, shown)),
                Some(Problem { what, fix }) => {
                    let failure = Failure::message(Kind::Configuration, format!("{}: {what}", question.name())).hint(fix);
                    wizard.again(&[(question.section, question.key)], failure)?;
                }
            }
        }
        let usual = if is_purchase { "310" } else { "200" };
        let fitting: Vec<&Account> = accounts.iter().filter(|account| fits(account, is_purchase)).collect();
        let Some(prompt) = wizard.prompt() else {
            // The usual account is taken only where it fits.
            let Some(account) = fitting.iter().find(|account| &*account.code == usual) else { return Err(wizard.missing(question)) };
            wizard.found(question, usual, false)?;
            return Ok(shown(account));
        };
        if fitting.is_empty() {
            let side = if is_purchase { "expense" } else { "revenue" };
            return Err(Failure::message(Kind::Failed, format!("the organisation has no active {side} account"))
                .hint("make one in Xero: Accounting, Chart of accounts"));
        }
        let choices: Vec<Choice> =
            fitting.iter().map(|account| Choice::new(format!("{}  {}", account.code, account.name), account.tax_type.as_deref().unwrap_or_default())).collect();
        let start = fitting.iter().position(|account| &*account.code == usual).unwrap_or(0);
        let place = pick(&*prompt, question.ask, &choices, start)?;
        if let Some(account) = fitting.get(place) {
            wizard.found(question, &account.code, true)?;
            return Ok(shown(account));
        }
    }
}

/// Rounding is the purpose of an account of Xero's own: nothing else goes there.
fn fits(account: &Account, is_purchase: bool) -> bool {
    !account.code.is_empty() && account.system.is_none() && check_account(&account.code, std::slice::from_ref(account), is_purchase).is_empty()
}

//! `where=`: comparisons joined by AND, and those by OR, as far as the contract uses them (contracts/xero.md 3.6).

use jiff::civil::Date;
use rust_decimal::Decimal;

/// What a member of a record is.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A text, compared exactly; a missing member is an empty text.
    Text(String),
    /// An id, compared without regard to case.
    Id(String),
    /// A number.
    Number(Decimal),
    /// A date.
    Date(Date),
    /// True or false.
    Flag(bool),
}

/// One comparison.
#[derive(Clone, Debug)]
struct Clause {
    member: String,
    operator: &'static str,
    value: Operand,
}

/// A whole condition: any of the lists whose comparisons all hold; none at all holds always.
#[derive(Clone, Debug, Default)]
pub struct Filter(Vec<Vec<Clause>>);

/// The longest first, so that `>=` is not read as `>`.
const OPERATORS: [&str; 6] = ["==", "!=", ">=", "<=", ">", "<"];

impl Filter {
    /// Reads a condition; the error is what cannot be read.
    pub fn of(text: &str) -> Result<Self, String> {
        let alternative = |text: &String| split(text, &AND).iter().map(|clause| self::clause(clause).ok_or_else(|| clause.trim().to_owned())).collect();
        split(text, &OR).iter().map(alternative).collect::<Result<_, _>>().map(Self)
    }

    /// True when all comparisons hold; `None` of a member that records do not have is an error of the caller.
    pub fn holds(&self, member: impl Fn(&str) -> Option<Operand>) -> Result<bool, String> {
        let mut holds = self.0.is_empty();
        for alternative in &self.0 {
            let mut all = true;
            for clause in alternative {
                let found = member(&clause.member).ok_or_else(|| clause.member.clone())?;
                all &= compare(&found, clause);
            }
            holds |= all;
        }
        Ok(holds)
    }
}

const AND: [&str; 4] = [" AND ", " and ", " And ", "&&"];
const OR: [&str; 4] = [" OR ", " or ", " Or ", "||"];

/// Cuts at any of the words outside quotes.
fn split(text: &str, words: &[&str]) -> Vec<String> {
    let (mut clauses, mut current, mut quoted) = (Vec::new(), String::new(), false);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let cut = words.iter().find(|word| !quoted && rest.starts_with(**word));
        if let Some(word) = cut {
            clauses.push(std::mem::take(&mut current));
            rest = rest.strip_prefix(*word).unwrap_or_default();
            continue;
        }
        quoted ^= character == '"';
        current.push(character);
        rest = rest.strip_prefix(character).unwrap_or_default();
    }
    clauses.push(current);
    clauses.into_iter().filter(|clause| !clause.trim().is_empty()).collect()
}

fn clause(text: &str) -> Option<Clause> {
    let at = text.find(['=', '!', '>', '<'])?;
    let (member, rest) = text.split_at_checked(at)?;
    let operator = OPERATORS.into_iter().find(|operator| rest.starts_with(operator))?;
    let value = rest.strip_prefix(operator)?.trim();
    Some(Clause { member: member.trim().to_owned(), operator, value: literal(value)? })
}

fn literal(text: &str) -> Option<Operand> {
    let within =
        |prefix: &str| text.get(..prefix.len()).filter(|found| found.eq_ignore_ascii_case(prefix)).and_then(|_| text.get(prefix.len()..)?.strip_suffix(')'));
    if let Some(quoted) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        return (!quoted.contains('"')).then(|| Operand::Text(quoted.to_owned()));
    }
    if let Some(id) = within("guid(") {
        return Some(Operand::Id(id.trim_matches('"').to_owned()));
    }
    if let Some(parts) = within("datetime(") {
        let parts: Vec<i16> = parts.split(',').map(|part| part.trim().parse()).collect::<Result<_, _>>().ok()?;
        let [year, month, day, ..] = parts.as_slice() else { return None };
        return Date::new(*year, i8::try_from(*month).ok()?, i8::try_from(*day).ok()?).ok().map(Operand::Date);
    }
    match text {
        "true" => Some(Operand::Flag(true)),
        "false" => Some(Operand::Flag(false)),
        "null" => Some(Operand::Text(String::new())),
        number => number.parse().ok().map(Operand::Number),
    }
}

fn compare(found: &Operand, clause: &Clause) -> bool {
    let order = match (found, &clause.value) {
        (Operand::Text(found), Operand::Text(wanted)) => found.cmp(wanted),
        (Operand::Id(found), Operand::Id(wanted) | Operand::Text(wanted)) => found.to_ascii_lowercase().cmp(&wanted.to_ascii_lowercase()),
        (Operand::Number(found), Operand::Number(wanted)) => found.cmp(wanted),
        (Operand::Date(found), Operand::Date(wanted)) => found.cmp(wanted),
        (Operand::Flag(found), Operand::Flag(wanted)) => found.cmp(wanted),
        _ => return clause.operator == "!=",
    };
    match clause.operator {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        ">=" => order.is_ge(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_lt(),
    }
}

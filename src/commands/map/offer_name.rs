//! From STOCK DESCRIPTION to the text of an invoice.

use super::show::one_line;
use crate::domain::offer::Term;

/// Words of a bracket that only say how a thing is bought.
const PURCHASE_WORDS: [&str; 31] = [
    "NCE",
    "CSP",
    "COM",
    "COMM",
    "COMMERCIAL",
    "CORP",
    "MTH",
    "MTHLY",
    "MONTH",
    "MONTHLY",
    "ANN",
    "ANNUAL",
    "ANNUALLY",
    "YR",
    "YRLY",
    "YEAR",
    "YEARLY",
    "1YR",
    "3YR",
    "1Y",
    "3Y",
    "1M",
    "P1M",
    "P1Y",
    "P3Y",
    "TERM",
    "UPFRONT",
    "BILLED",
    "PAID",
    "1",
    "3",
];

/// Words that stay as they are among capitals.
const ACRONYMS: [&str; 20] =
    ["BI", "SQL", "CAL", "CSP", "SMB", "AI", "ERP", "CRM", "PSTN", "SSD", "GB", "TB", "API", "DLP", "IT", "HR", "US", "EDU", "RDS", "VDI"];

/// Names with capitals inside.
const SPELLINGS: [(&str, &str); 8] = [
    ("ONEDRIVE", "OneDrive"),
    ("SHAREPOINT", "SharePoint"),
    ("POWERAPPS", "PowerApps"),
    ("ONENOTE", "OneNote"),
    ("INTUNE", "Intune"),
    ("DEVOPS", "DevOps"),
    ("GITHUB", "GitHub"),
    ("LINKEDIN", "LinkedIn"),
];

const SMALL: [&str; 9] = ["AND", "FOR", "OF", "OR", "THE", "TO", "WITH", "IN", "PER"];

/// "MICROSOFT 365 BUSINESS PREMIUM (NCE COM MTH)" as "Microsoft 365 Business Premium".
pub(super) fn clean(description: &str) -> String {
    let mut text = one_line(description);
    while let Some(shorter) = without_suffix(&text) {
        text = shorter;
    }
    if text.chars().any(char::is_lowercase) { text } else { title_case(&text) }
}

/// The text without its last bracket or dashed part, if that only says how the thing is bought.
fn without_suffix(text: &str) -> Option<String> {
    let (rest, suffix) = match text.chars().last()? {
        ')' => text.rsplit_once('('),
        ']' => text.rsplit_once('['),
        // A bare word says it too, but only if it can be nothing else.
        _ => text
            .rsplit_once(" - ")
            .filter(|(_, suffix)| !suffix.contains([')', ']']))
            .or_else(|| text.rsplit_once(' ').filter(|(_, word)| Term::parse(&word.to_uppercase()).is_some())),
    }?;
    let words: Vec<String> = suffix.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_uppercase).collect();
    let rest = rest.trim_end().trim_end_matches('-').trim_end();
    let only_purchase = words.iter().all(|word| PURCHASE_WORDS.contains(&word.as_str()));
    (only_purchase && !words.is_empty() && !rest.is_empty()).then(|| rest.to_owned())
}

fn title_case(text: &str) -> String {
    let words: Vec<String> = text.split(' ').enumerate().map(|(index, word)| title_word(word, index == 0)).collect();
    words.join(" ")
}

fn title_word(word: &str, first: bool) -> String {
    let bare: String = word.chars().filter(|character| character.is_alphanumeric()).collect();
    if let Some((_, spelling)) = SPELLINGS.iter().find(|(capitals, _)| *capitals == word) {
        return (*spelling).to_owned();
    }
    if ACRONYMS.contains(&bare.as_str()) || bare.chars().any(|character| character.is_ascii_digit()) {
        return word.to_owned();
    }
    if SMALL.contains(&bare.as_str()) && !first {
        return word.to_lowercase();
    }
    let mut titled = String::with_capacity(word.len());
    let mut begins = true;
    for character in word.chars() {
        if begins {
            titled.push(character);
        } else {
            titled.extend(character.to_lowercase());
        }
        begins = !character.is_alphanumeric() && character != '\'' && character != '’';
    }
    titled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_become_invoice_text() {
        for (description, name) in [
            ("MICROSOFT 365 BUSINESS PREMIUM (NCE COM MTH)", "Microsoft 365 Business Premium"),
            ("Microsoft 365 E3 (NCE COM ANN)", "Microsoft 365 E3"),
            ("POWER BI PRO [NCE] - MONTHLY", "Power BI Pro"),
            ("MICROSOFT 365 BUSINESS PREMIUM (NCE COM MTH) P1Y", "Microsoft 365 Business Premium"),
            ("EXCHANGE ONLINE (PLAN 1) P1Y", "Exchange Online (Plan 1)"),
            ("MICROSOFT TEAMS ROOMS PRO (NCE COM MTH) P1Y", "Microsoft Teams Rooms Pro"),
            ("MICROSOFT 365 F1", "Microsoft 365 F1"),
            ("ONEDRIVE FOR BUSINESS (PLAN 2) (NCE COM MTH)", "OneDrive for Business (Plan 2)"),
            ("BUSINESS PREMIUM - DONATION (NON-PROFIT PRICING)", "Business Premium - Donation (Non-Profit Pricing)"),
            ("MICROSOFT 365 E5 (NO TEAMS) (NCE COM 1YR)", "Microsoft 365 E5 (No Teams)"),
            ("(NCE)", "(Nce)"),
            ("", ""),
        ] {
            assert_eq!(clean(description), name);
        }
    }
}

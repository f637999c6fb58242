//! A company's name as its words: marks, legal forms and punctuation gone.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Legal forms and fillers that tell no company from another.
const DROPPED: [&str; 10] = ["pty", "ltd", "limited", "proprietary", "inc", "incorporated", "llc", "trust", "trustees", "the"];

/// Words that say little but still tell companies apart: "Kauri Group" is not "Kauri Holdings".
const WEAK: [&str; 5] = ["group", "co", "company", "holdings", "and"];

/// Countries in brackets, with the one each means.
const COUNTRIES: [(&str, Country); 6] = [
    ("nz", Country::NewZealand),
    ("new zealand", Country::NewZealand),
    ("aotearoa", Country::NewZealand),
    ("au", Country::Australia),
    ("aus", Country::Australia),
    ("australia", Country::Australia),
];

/// The country a name states in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Country {
    NewZealand,
    Australia,
}

/// A name in all its readings: "A Ltd T/A B" is A, B, and A B.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) readings: Vec<Words>,
    country: Option<Country>,
}

/// The words of one reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    /// What tells the company from others, sorted.
    pub(super) strong: BTreeSet<String>,
    /// What says little, sorted.
    pub(super) weak: BTreeSet<String>,
    /// The strong words in the order written, without blanks.
    compact: String,
}

impl Name {
    pub(super) fn new(text: &str) -> Self {
        let (plain, country) = without_country(&simplify(text));
        let sides: Vec<&str> = match split_trading_as(&plain) {
            Some((company, trade)) => vec![company, trade],
            None => vec![&plain],
        };
        let mut readings: Vec<Words> = sides.iter().map(|side| Words::new(side)).collect();
        if sides.len() > 1 {
            readings.push(Words::new(&sides.join(" ")));
        }
        readings.retain(|words| !words.is_empty());
        readings.dedup();
        Self { readings, country }
    }

    /// True when both state a country and not the same one: two companies of one group.
    pub(super) fn is_elsewhere(&self, other: &Self) -> bool {
        matches!((self.country, other.country), (Some(mine), Some(other)) if mine != other)
    }
}

impl Words {
    fn new(text: &str) -> Self {
        let all = split_words(text);
        let mut kept: Vec<&String> = all.iter().filter(|word| !DROPPED.contains(&word.as_str())).collect();
        if kept.iter().all(|word| WEAK.contains(&word.as_str())) {
            // "The Trust Company" has nothing but such words: they are its name.
            kept = all.iter().collect();
        }
        let only_weak = kept.iter().all(|word| WEAK.contains(&word.as_str()));
        let (weak, strong): (Vec<&String>, Vec<&String>) = kept.into_iter().partition(|word| !only_weak && WEAK.contains(&word.as_str()));
        let compact = strong.iter().map(|word| word.as_str()).collect();
        Self { strong: strong.into_iter().cloned().collect(), weak: weak.into_iter().cloned().collect(), compact }
    }

    fn is_empty(&self) -> bool {
        self.strong.is_empty() && self.weak.is_empty()
    }

    /// Equal for names that come to the same.
    pub(super) fn key(&self) -> String {
        let words: Vec<&str> = self.strong.iter().chain(&self.weak).map(String::as_str).collect();
        words.join(" ")
    }

    /// The strong words as one.
    pub(super) fn compact(&self) -> &str {
        &self.compact
    }
}

/// Without marks and macrons, lower case.
fn simplify(text: &str) -> String {
    text.nfkd().filter(|character| !is_combining_mark(*character)).flat_map(char::to_lowercase).collect()
}

/// Takes "(NZ)" and its kin out; other brackets say something.
fn without_country(text: &str) -> (String, Option<Country>) {
    let (mut kept, mut country) = (String::with_capacity(text.len()), None);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('(') {
        kept.push_str(before);
        let Some((inside, behind)) = after.split_once(')') else {
            rest = after;
            break;
        };
        let words = inside.replace('.', "").split_whitespace().collect::<Vec<_>>().join(" ");
        kept.push(' ');
        match COUNTRIES.iter().find(|(name, _)| *name == words) {
            Some((_, stated)) => country = Some(*stated),
            None => kept.push_str(inside),
        }
        kept.push(' ');
        rest = behind;
    }
    kept.push_str(rest);
    (kept, country)
}

/// The company and the name it trades under, or the trust it acts for.
fn split_trading_as(text: &str) -> Option<(&str, &str)> {
    for sign in [" trading as ", " t/as ", " t/a ", " t.a. ", " as trustees for ", " as trustee for ", " atf "] {
        if let Some((company, trade)) = text.split_once(sign)
            && !company.trim().is_empty()
            && !trade.trim().is_empty()
        {
            return Some((company, trade));
        }
    }
    None
}

fn split_words(text: &str) -> Vec<String> {
    let text = text.replace("trustees for ", "trustees ").replace("trustee for ", "trustees ").replace("trustee ", "trustees ");
    let text = text.replace("p/l", "pty ltd").replace('&', " and ").replace(['\'', '’', '`', 'ʻ'], "");
    let mut words: Vec<String> = Vec::new();
    let mut initials = false;
    for word in text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let is_initial = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
        match words.last_mut() {
            // "A.B.C. Plumbing" is "ABC Plumbing".
            Some(last) if is_initial && initials => last.push_str(word),
            _ => words.push(word.to_owned()),
        }
        initials = is_initial;
    }
    words
}

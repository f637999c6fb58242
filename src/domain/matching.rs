//! Name normalisation and scoring: which contact a customer's name probably means. A
//! [`Suggestion`] is never a decision; only a unique equality may be taken without asking.

use std::collections::{BTreeSet, HashMap};

use super::tenants::comparable_name;

mod name;
use name::{Name, Words};

/// Candidates that are compared letter by letter for one name, at most.
const COMPARED_AT_MOST: usize = 40;

/// Entries of the index that are looked at for one name before common words are passed over.
const SEEN_AT_MOST: usize = 400;

/// Suggestions below this score help nobody.
const SCORE_AT_LEAST: u8 = 60;

/// Letters of a word's beginning and end under which slips of the pen are still found.
const LETTERS: usize = 3;

/// Two words that are less alike than this have nothing to do with each other.
const WORD_LIKENESS_AT_LEAST: f64 = 0.84;

/// One candidate for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Position among the names given to [`Matcher::new`].
    pub candidate: usize,
    /// How alike: 100 for equal after normalising, less for anything else.
    pub score: u8,
    /// Why, in words.
    pub reason: String,
    /// Equal, and no other candidate is.
    pub exact: bool,
}

/// Names to choose from, indexed so that thousands can be searched for thousands.
#[derive(Debug)]
pub struct Matcher {
    candidates: Vec<Name>,
    literal: HashMap<String, Vec<usize>>,
    equal: HashMap<String, Vec<usize>>,
    /// Whole words, and beginnings and ends of words, to candidates.
    postings: HashMap<String, Vec<usize>>,
}

impl Matcher {
    /// Indexes the names.
    #[must_use]
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut matcher = Self { candidates: Vec::new(), literal: HashMap::new(), equal: HashMap::new(), postings: HashMap::new() };
        for (index, text) in names.into_iter().enumerate() {
            let name = Name::new(text);
            matcher.literal.entry(comparable_name(text)).or_default().push(index);
            let keys: BTreeSet<String> = name.readings.iter().map(Words::key).collect();
            for key in keys.into_iter().filter(|key| !key.is_empty()) {
                matcher.equal.entry(key).or_default().push(index);
            }
            let traces: BTreeSet<String> = name.readings.iter().flat_map(traces).collect();
            for trace in traces {
                matcher.postings.entry(trace).or_default().push(index);
            }
            matcher.candidates.push(name);
        }
        matcher
    }

    /// The best candidates for a name, best first; an exact one is the only one.
    #[must_use]
    pub fn suggest(&self, text: &str, at_most: usize) -> Vec<Suggestion> {
        let name = Name::new(text);
        let equal = self.equal_to(&name);
        let literal = self.literal.get(&comparable_name(text)).map(Vec::as_slice).unwrap_or_default();
        let mut suggestions: Vec<Suggestion> = Vec::new();
        for &candidate in &equal {
            let same_text = literal.contains(&candidate);
            // The very same text wins over others that only mean the same.
            let exact = equal.len() == 1 || (same_text && literal.len() == 1);
            let reason = match (exact, same_text) {
                (true, true) => "the same name".to_owned(),
                (true, false) => "the same name, written differently".to_owned(),
                (false, _) => format!("one of {} contacts whose names come to the same", equal.len()),
            };
            suggestions.push(Suggestion { candidate, score: 100, reason, exact });
        }
        if suggestions.iter().any(|suggestion| suggestion.exact) {
            suggestions.retain(|suggestion| suggestion.exact);
            return suggestions;
        }
        for candidate in self.near(&name) {
            if !equal.contains(&candidate)
                && let Some(other) = self.candidates.get(candidate)
                && let Some((score, reason)) = likeness(&name, other)
            {
                suggestions.push(Suggestion { candidate, score, reason, exact: false });
            }
        }
        suggestions.sort_by_key(|suggestion| (!suggestion.exact, std::cmp::Reverse(suggestion.score), suggestion.candidate));
        suggestions.truncate(at_most);
        suggestions
    }

    fn equal_to(&self, name: &Name) -> Vec<usize> {
        let mut equal: Vec<usize> = name.readings.iter().filter_map(|words| self.equal.get(&words.key())).flatten().copied().collect();
        equal.sort_unstable();
        equal.dedup();
        equal.retain(|index| self.candidates.get(*index).is_some_and(|candidate| !candidate.is_elsewhere(name)));
        equal
    }

    /// Candidates that share a word, or the beginning or end of one; rare traces count most.
    fn near(&self, name: &Name) -> Vec<usize> {
        let traces: BTreeSet<String> = name.readings.iter().flat_map(traces).collect();
        let mut lists: Vec<&[usize]> = traces.iter().filter_map(|trace| self.postings.get(trace).map(Vec::as_slice)).collect();
        lists.sort_by_key(|list| list.len());
        let mut weights: HashMap<usize, usize> = HashMap::new();
        let mut seen = 0;
        for list in lists {
            // A word of hundreds ("services") adds nothing once rarer ones have found somebody.
            if seen > 0 && seen + list.len() > SEEN_AT_MOST {
                break;
            }
            seen += list.len();
            // A trace of one candidate weighs 1,000, one of thousands next to nothing.
            let weight = 1_000 / list.len().max(1) + 1;
            for &candidate in list {
                *weights.entry(candidate).or_default() += weight;
            }
        }
        let mut near: Vec<(usize, usize)> = weights.into_iter().collect();
        near.sort_unstable_by_key(|&(candidate, weight)| (std::cmp::Reverse(weight), candidate));
        near.truncate(COMPARED_AT_MOST);
        near.into_iter().map(|(candidate, _)| candidate).collect()
    }
}

/// Suggestions for many names at once. A candidate that is the exact one of several names is the
/// exact one of none: somebody has to decide.
#[must_use]
pub fn suggest_all(names: &[&str], matcher: &Matcher, at_most: usize) -> Vec<Vec<Suggestion>> {
    let mut all: Vec<Vec<Suggestion>> = names.iter().map(|name| matcher.suggest(name, at_most)).collect();
    let mut claims: HashMap<usize, usize> = HashMap::new();
    for suggestion in all.iter().flatten().filter(|suggestion| suggestion.exact) {
        *claims.entry(suggestion.candidate).or_default() += 1;
    }
    for suggestion in all.iter_mut().flatten().filter(|suggestion| suggestion.exact) {
        let claimed = claims.get(&suggestion.candidate).copied().unwrap_or_default();
        if claimed > 1 {
            suggestion.exact = false;
            suggestion.reason = format!("{claimed} customers' names come to this one contact");
        }
    }
    all
}

/// Two names that come to the same: for finding a tenant that a person typed.
#[must_use]
pub fn same_name(left: &str, right: &str) -> bool {
    let keys = |name: &Name| name.readings.iter().map(Words::key).filter(|key| !key.is_empty()).collect::<BTreeSet<_>>();
    let (one, other) = (Name::new(left), Name::new(right));
    comparable_name(left) == comparable_name(right) || (!one.is_elsewhere(&other) && !keys(&one).is_disjoint(&keys(&other)))
}

/// What a name leaves in the index.
fn traces(words: &Words) -> Vec<String> {
    let mut traces = vec![format!("={}", words.compact())];
    for word in &words.strong {
        let letters: Vec<char> = word.chars().collect();
        traces.push(format!("w{word}"));
        if letters.len() > LETTERS {
            traces.push(format!("b{}", letters.iter().take(LETTERS).collect::<String>()));
            traces.push(format!("e{}", letters.iter().rev().take(LETTERS).collect::<String>()));
        }
    }
    traces
}

/// The best score over all readings of both names, from 0 to 99, with its reason.
fn likeness(left: &Name, right: &Name) -> Option<(u8, String)> {
    let pairs = left.readings.iter().flat_map(|left| right.readings.iter().map(move |right| (left, right)));
    pairs.map(|(left, right)| compare(left, right)).max_by_key(|(score, _)| *score).filter(|(score, _)| *score >= SCORE_AT_LEAST)
}

fn compare(left: &Words, right: &Words) -> (u8, String) {
    if !left.strong.is_empty() && left.strong == right.strong {
        let extra: Vec<&str> = left.weak.symmetric_difference(&right.weak).map(String::as_str).collect();
        if !left.weak.is_subset(&right.weak) && !right.weak.is_subset(&left.weak) {
            return (80, format!("the same but for \"{}\"", extra.join("\" and \"")));
        }
        let reason = if extra.is_empty() { "the same but for the country".to_owned() } else { format!("the same but for \"{}\"", extra.join("\", \"")) };
        return (95, reason);
    }
    if left.compact() == right.compact() && !left.compact().is_empty() {
        return (96, "the same letters, spaced differently".to_owned());
    }
    let (forth, odd_left) = one_way(left, right);
    let (back, odd_right) = one_way(right, left);
    let score = to_score(f64::midpoint(forth, back));
    let reason = match (odd_left.as_slice(), odd_right.as_slice()) {
        ([], []) => "the same words, spelled a little differently".to_owned(),
        ([], odd) => format!("the contact also says \"{}\"", odd.join(" ")),
        (odd, []) => format!("the contact lacks \"{}\"", odd.join(" ")),
        (odd, other) => format!("\"{}\" against \"{}\"", odd.join(" "), other.join(" ")),
    };
    (score, reason)
}

/// How much of `left` is found in `right`, longer words counting more, and the words that are not.
fn one_way<'a>(left: &'a Words, right: &Words) -> (f64, Vec<&'a str>) {
    let (mut found, mut total, mut odd) = (0.0, 0.0, Vec::new());
    for (word, weak) in left.strong.iter().map(|word| (word, false)).chain(left.weak.iter().map(|word| (word, true))) {
        let weight = if weak { 0.5 } else { f64::from(u32::try_from(word.chars().count().clamp(2, 8)).unwrap_or(8)) };
        let best = right.strong.iter().chain(&right.weak).map(|other| strsim::jaro_winkler(word, other)).fold(0.0, f64::max);
        total += weight;
        if best >= WORD_LIKENESS_AT_LEAST {
            found += weight * best;
        } else {
            odd.push(word.as_str());
        }
    }
    (if total > 0.0 { found / total } else { 0.0 }, odd)
}

/// A share of 1 as a score; only equality is 100, so the highest here is 94.
fn to_score(share: f64) -> u8 {
    (0..=94).rev().find(|score| f64::from(*score) <= share * 94.0 + 1e-9).unwrap_or(0)
}

#[cfg(test)]
mod tests;

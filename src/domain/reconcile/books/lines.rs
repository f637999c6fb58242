//! Which lines of a document in Xero are those that were posted: multisets, matched by text, then by
//! quantity and amount, then by window. Equal documents give nothing.

use std::collections::VecDeque;
use std::hash::Hash;

use foldhash::{HashMap, HashMapExt};
use rust_decimal::Decimal;

use crate::domain::books::{BookedDocument, BookedLine, comparable_text};
use crate::domain::charge::ChargeKey;
use crate::domain::document::{Document, Line};
use crate::domain::money::Money;
use crate::domain::period::Window;

/// One difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Difference<'a> {
    /// Posted, and there with another quantity or price.
    Changed(&'a Line, &'a BookedLine),
    /// Posted, and not there.
    Missing(&'a Line),
    /// There, and not posted.
    Extra(&'a BookedLine),
}

/// Looking for a window costs each line with each: more than these are not looked at.
const WINDOWS_AT_MOST: usize = 200;

struct Ours<'a> {
    line: &'a Line,
    text: String,
}

struct Theirs<'a> {
    line: &'a BookedLine,
    text: String,
}

/// Lines that no counterpart was found for yet.
struct Unmatched<'a> {
    ours: Vec<Ours<'a>>,
    theirs: Vec<Theirs<'a>>,
}

/// Compares the lines. `usage_of` gives the window of a charge.
pub(super) fn differences<'a>(document: &'a Document, booked: &'a BookedDocument, usage_of: impl Fn(ChargeKey) -> Option<Window>) -> Vec<Difference<'a>> {
    if is_same_in_order(document, booked) {
        return Vec::new();
    }
    let ours = document.lines.iter().map(|line| Ours { line, text: comparable_text(&line.description) });
    let theirs = booked.lines.iter().map(|line| Theirs { line, text: comparable_text(&line.description) });
    let mut unmatched = Unmatched { ours: ours.collect(), theirs: theirs.collect() };
    unmatched.pair(|ours| (ours.text.clone(), figures_of(ours.line)), |theirs| (theirs.text.clone(), booked_figures_of(theirs.line)));
    let mut changed = unmatched.pair(|ours| (ours.text.clone(), ours.line.quantity), |theirs| (theirs.text.clone(), theirs.line.quantity));
    changed.extend(unmatched.pair(|ours| (ours.text.clone(), ours.line.line_amount), |theirs| (theirs.text.clone(), theirs.line.line_amount)));
    changed.extend(unmatched.pair(|ours| ours.text.clone(), |theirs| theirs.text.clone()));
    // The same figures under another text: somebody worded it better.
    unmatched.pair(|ours| figures_of(ours.line), |theirs| booked_figures_of(theirs.line));
    changed.extend(unmatched.pair_by_window(usage_of));
    let mut differences: Vec<Difference<'a>> = changed.into_iter().map(|(ours, theirs)| Difference::Changed(ours, theirs)).collect();
    differences.extend(unmatched.ours.into_iter().map(|ours| Difference::Missing(ours.line)));
    // A line of text alone charges nothing.
    let charging = unmatched.theirs.into_iter().filter(|theirs| !theirs.line.line_amount.is_zero());
    differences.extend(charging.map(|theirs| Difference::Extra(theirs.line)));
    differences
}

fn figures_of(line: &Line) -> (Decimal, Money) {
    (line.quantity, line.line_amount)
}

fn booked_figures_of(line: &BookedLine) -> (Decimal, Money) {
    (line.quantity, line.line_amount)
}

/// The usual case, without any look-up.
fn is_same_in_order(document: &Document, booked: &BookedDocument) -> bool {
    let is_same = |(ours, theirs): (&Line, &BookedLine)| figures_of(ours) == booked_figures_of(theirs) && *ours.description == *theirs.description;
    document.lines.len() == booked.lines.len() && document.lines.iter().zip(&booked.lines).all(is_same)
}

impl<'a> Unmatched<'a> {
    /// Takes out each of ours with one of theirs that has the same key, in the order of both.
    fn pair<K: Hash + Eq>(&mut self, key_of_ours: impl Fn(&Ours<'a>) -> K, key_of_theirs: impl Fn(&Theirs<'a>) -> K) -> Vec<(&'a Line, &'a BookedLine)> {
        if self.ours.is_empty() || self.theirs.is_empty() {
            return Vec::new();
        }
        let mut places: HashMap<K, VecDeque<usize>> = HashMap::with_capacity(self.theirs.len());
        for (place, theirs) in self.theirs.iter().enumerate() {
            places.entry(key_of_theirs(theirs)).or_default().push_back(place);
        }
        let mut is_taken = vec![false; self.theirs.len()];
        let mut pairs = Vec::new();
        self.ours.retain(|ours| {
            let Some(place) = places.get_mut(&key_of_ours(ours)).and_then(VecDeque::pop_front) else { return true };
            if let (Some(theirs), Some(taken)) = (self.theirs.get(place), is_taken.get_mut(place)) {
                pairs.push((ours.line, theirs.line));
                *taken = true;
            }
            false
        });
        let mut taken = is_taken.into_iter();
        self.theirs.retain(|_| !taken.next().unwrap_or(false));
        pairs
    }

    /// The only line of ours with a window, and the only one of theirs that names it.
    fn pair_by_window(&mut self, usage_of: impl Fn(ChargeKey) -> Option<Window>) -> Vec<(&'a Line, &'a BookedLine)> {
        if self.ours.is_empty() || self.theirs.is_empty() || self.ours.len() > WINDOWS_AT_MOST || self.theirs.len() > WINDOWS_AT_MOST {
            return Vec::new();
        }
        let mut windows: HashMap<Window, usize> = HashMap::new();
        for window in self.ours.iter().filter_map(|ours| usage_of(ours.line.key)) {
            *windows.entry(window).or_default() += 1;
        }
        let only = |ours: &Ours<'a>| usage_of(ours.line.key).filter(|window| windows.get(window) == Some(&1));
        let named_by = |theirs: &Theirs<'a>| {
            let mut named = windows.keys().filter(|window| window.is_named_in(&theirs.text));
            named.next().copied().filter(|_| named.next().is_none())
        };
        let mut naming: HashMap<Window, usize> = HashMap::new();
        for window in self.theirs.iter().filter_map(named_by) {
            *naming.entry(window).or_default() += 1;
        }
        let (mut pairs, mut found) = (Vec::new(), Vec::new());
        for ours in &self.ours {
            let Some(window) = only(ours).filter(|window| naming.get(window) == Some(&1)) else { continue };
            if let Some(theirs) = self.theirs.iter().find(|theirs| named_by(theirs) == Some(window)) {
                pairs.push((ours.line, theirs.line));
                found.push(window);
            }
        }
        let theirs_found: Vec<bool> = self.theirs.iter().map(|theirs| named_by(theirs).is_some_and(|window| found.contains(&window))).collect();
        self.ours.retain(|ours| usage_of(ours.line.key).is_none_or(|window| !found.contains(&window)));
        let mut taken = theirs_found.into_iter();
        self.theirs.retain(|_| !taken.next().unwrap_or(false));
        pairs
    }
}

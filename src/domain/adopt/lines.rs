//! Whether the lines of a document in Xero are charges of the plan: by quantity, amount and window.
//!
//! Looked up by what must be equal, so that a bill of ten thousand lines is matched in one go.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt};
use rust_decimal::Decimal;

use crate::domain::books::{BookedDocument, BookedLine, comparable_text};
use crate::domain::charge::{Charge, ChargeKey};
use crate::domain::document::{Kind, Line};
use crate::domain::money::Money;
use crate::domain::period::Window;
use crate::domain::working::Working;

/// A line that would be posted.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlannedLine<'a> {
    pub(super) line: &'a Line,
    pub(super) working: Option<&'a Working>,
    pub(super) charge: &'a Charge,
    /// What it adds to its side: negative on credits.
    pub(super) net: Money,
    /// True when it was planned on a credit.
    pub(super) of_credit: bool,
}

impl<'a> PlannedLine<'a> {
    pub(super) fn new(line: &'a Line, working: Option<&'a Working>, kind: Kind, charge: &'a Charge) -> Self {
        let net = if kind.is_credit() { -line.line_amount } else { line.line_amount };
        Self { line, working, charge, net, of_credit: kind.is_credit() }
    }
}

/// What became of a document's lines.
#[derive(Debug)]
pub(super) enum Match<'a> {
    /// Each is a charge; in the order of the document's lines.
    All(Vec<PlannedLine<'a>>),
    /// At least one is not.
    Differs {
        /// What it says.
        what: String,
        /// True when another one is.
        any: bool,
    },
}

/// Net amount and quantity: what a line in Xero must have in common with ours in any case.
type Figures = (Money, Decimal);

/// The planned lines that no document in Xero has taken, by what they are found by. The lower place
/// comes first, so that the same books give the same result.
#[derive(Debug, Default)]
pub(super) struct PlannedLines<'a> {
    lines: Vec<PlannedLine<'a>>,
    by_text: HashMap<(Figures, String), BTreeSet<usize>>,
    by_window: HashMap<Figures, HashMap<Window, BTreeSet<usize>>>,
}

impl<'a> PlannedLines<'a> {
    pub(super) fn new(lines: Vec<PlannedLine<'a>>) -> Self {
        let mut planned = Self { lines: Vec::new(), by_text: HashMap::with_capacity(lines.len()), by_window: HashMap::new() };
        for (place, line) in lines.iter().enumerate() {
            planned.give_back(place, line);
        }
        planned.lines = lines;
        planned
    }

    /// Those that nobody has taken and that are wanted.
    pub(super) fn left(&self, is_wanted: impl Fn(&PlannedLine<'a>) -> bool) -> Vec<PlannedLine<'a>> {
        let windows = self.by_window.values().flat_map(HashMap::values);
        let places: BTreeSet<usize> = windows.flatten().copied().collect();
        places.into_iter().filter_map(|place| self.lines.get(place)).filter(|line| is_wanted(line)).copied().collect()
    }

    fn give_back(&mut self, place: usize, line: &PlannedLine<'a>) {
        let figures = (line.net, line.line.quantity);
        self.by_text.entry((figures, comparable_text(&line.line.description))).or_default().insert(place);
        self.by_window.entry(figures).or_default().entry(line.charge.usage).or_default().insert(place);
    }

    fn take(&mut self, place: usize) {
        let Some(line) = self.lines.get(place) else { return };
        let figures = (line.net, line.line.quantity);
        if let Some(places) = self.by_text.get_mut(&(figures, comparable_text(&line.line.description))) {
            places.remove(&place);
        }
        if let Some(places) = self.by_window.get_mut(&figures).and_then(|windows| windows.get_mut(&line.charge.usage)) {
            places.remove(&place);
        }
    }

    /// A line with the same figures and the text as we wrote it.
    fn with_text(&self, booked: &BookedLine, net: Money) -> Option<usize> {
        self.by_text.get(&((net, booked.quantity), comparable_text(&booked.description)))?.first().copied()
    }

    /// A line with the same figures and a window of which the text still names both ends.
    fn with_window(&self, booked: &BookedLine, net: Money) -> Option<usize> {
        let windows = self.by_window.get(&(net, booked.quantity))?;
        let named = windows.iter().filter(|(window, places)| !places.is_empty() && window.is_named_in(&booked.description));
        named.filter_map(|(_, places)| places.first().copied()).min()
    }

    /// Takes a line for each of the document's that one fits. Lines whose text is ours come first: charges
    /// that differ in nothing else are told apart by it.
    fn take_all(&mut self, document: &BookedDocument) -> Vec<Option<usize>> {
        let mut found: Vec<Option<usize>> = vec![None; document.lines.len()];
        for find in [Self::with_text, Self::with_window] {
            for (place, booked) in found.iter_mut().zip(&document.lines).filter(|(place, _)| place.is_none()) {
                *place = find(self, booked, net_of(document, booked));
                if let Some(place) = *place {
                    self.take(place);
                }
            }
        }
        found
    }

    /// Matches every line of the document, and takes what it matched; takes nothing when one differs.
    pub(super) fn match_document(&mut self, document: &BookedDocument) -> Match<'a> {
        let found = self.take_all(document);
        let matched: Vec<PlannedLine<'a>> = found.iter().flatten().filter_map(|place| self.lines.get(*place)).copied().collect();
        let differs = found.iter().zip(&document.lines).find(|(place, _)| place.is_none()).map(|(_, booked)| describe(document, booked));
        match differs {
            Some(what) => {
                for (place, line) in found.iter().flatten().zip(&matched) {
                    self.give_back(*place, line);
                }
                Match::Differs { what, any: !matched.is_empty() }
            }
            None if matched.is_empty() => Match::Differs { what: "has no lines".to_owned(), any: false },
            None => Match::All(matched),
        }
    }

    /// Takes the charges that the document has lines of; other lines are none of our business.
    pub(super) fn take_keys(&mut self, document: &BookedDocument) -> Vec<ChargeKey> {
        self.take_all(document).into_iter().flatten().filter_map(|place| self.lines.get(place)).map(|line| line.line.key).collect()
    }
}

fn net_of(document: &BookedDocument, line: &BookedLine) -> Money {
    if document.kind.is_credit() { -line.line_amount } else { line.line_amount }
}

fn describe(document: &BookedDocument, line: &BookedLine) -> String {
    let text: String = line.description.chars().take(80).collect();
    format!(
        "has a line that no charge explains ({}; {} × {} = {}; {})",
        text,
        line.quantity.normalize(),
        line.unit_amount.normalize(),
        line.line_amount,
        document.status.as_str()
    )
}

//! Whether the lines of a document in Xero are charges of the plan: by quantity, amount and window.

use crate::domain::books::{BookedDocument, BookedLine};
use crate::domain::charge::{Charge, ChargeKey};
use crate::domain::document::{Kind, Line};
use crate::domain::money::Money;
use crate::domain::period::show_date;
use crate::domain::working::Working;

/// A line that would be posted.
#[derive(Clone, Debug)]
pub(super) struct PlannedLine<'a> {
    pub(super) line: &'a Line,
    pub(super) working: Option<&'a Working>,
    pub(super) charge: &'a Charge,
    /// What it adds to its side: negative on credits.
    pub(super) net: Money,
    /// True when it was planned on a credit.
    pub(super) of_credit: bool,
    is_taken: bool,
}

impl<'a> PlannedLine<'a> {
    pub(super) fn new(line: &'a Line, working: Option<&'a Working>, kind: Kind, charge: &'a Charge) -> Self {
        let net = if kind.is_credit() { -line.line_amount } else { line.line_amount };
        Self { line, working, charge, net, of_credit: kind.is_credit(), is_taken: false }
    }

    fn is(&self, booked: &BookedLine, net: Money) -> bool {
        self.net == net && self.line.quantity == booked.quantity && self.has_window_of(&booked.description)
    }

    /// The text as we wrote it, or one that still names both ends of the window.
    fn has_window_of(&self, description: &str) -> bool {
        let usage = self.charge.usage;
        let names = |date| description.contains(&show_date(date)) || description.contains(&date.to_string());
        is_same_text(&self.line.description, description) || (names(usage.start) && names(usage.end))
    }
}

fn is_same_text(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
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

/// Matches every line of the document, and takes what it matched out of the planned lines.
pub(super) fn match_lines<'a>(document: &BookedDocument, planned: &mut [PlannedLine<'a>]) -> Match<'a> {
    let mut tried = planned.to_vec();
    let (mut matched, mut differs) = (Vec::with_capacity(document.lines.len()), None);
    for booked in &document.lines {
        match take(&mut tried, booked, net_of(document, booked)) {
            Some(line) => matched.push(line),
            None => differs = differs.or_else(|| Some(describe(document, booked))),
        }
    }
    match differs {
        Some(what) => return Match::Differs { what, any: !matched.is_empty() },
        None if matched.is_empty() => return Match::Differs { what: "has no lines".to_owned(), any: false },
        None => {}
    }
    planned.clone_from_slice(&tried);
    Match::All(matched)
}

/// The charges that the document has lines of; other lines are none of our business.
pub(super) fn matching_keys(document: &BookedDocument, planned: &mut [PlannedLine<'_>]) -> Vec<ChargeKey> {
    document.lines.iter().filter_map(|booked| take(planned, booked, net_of(document, booked))).map(|line| line.line.key).collect()
}

fn net_of(document: &BookedDocument, line: &BookedLine) -> Money {
    if document.kind.is_credit() { -line.line_amount } else { line.line_amount }
}

/// The same text first: charges that differ in nothing else are then told apart by it.
fn take<'a>(planned: &mut [PlannedLine<'a>], booked: &BookedLine, net: Money) -> Option<PlannedLine<'a>> {
    let fits = |line: &PlannedLine<'_>| !line.is_taken && line.is(booked, net);
    let position =
        planned.iter().position(|line| fits(line) && is_same_text(&line.line.description, &booked.description)).or_else(|| planned.iter().position(fits))?;
    let line = planned.get_mut(position)?;
    line.is_taken = true;
    Some(line.clone())
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

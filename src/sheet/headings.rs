//! Finds the wanted columns of a table by their headings.

use super::ReadError;
use super::cell::Cells;

/// What a reader wants from a file.
#[derive(Debug)]
pub struct Spec {
    /// The export's name in messages: `CSP Invoice Report`.
    pub title: &'static str,
    /// Tabs of a workbook that hold it, if they exist; else the first tab with the headings does.
    pub tabs: &'static [&'static str],
    /// The columns; readers name them by their place here.
    pub wanted: &'static [Wanted],
}

/// One column a reader knows.
#[derive(Debug)]
pub struct Wanted {
    /// Headings in order of preference, in any spelling: only letters and digits are compared.
    pub names: &'static [&'static str],
    /// Whether a file can do without it.
    pub need: Need,
    /// Whether the heading has to say that GST is not in it.
    pub ex_gst: ExGst,
    /// A value that stands once over several merged cells counts for all of them.
    pub fill_merged: bool,
}

impl Wanted {
    /// A column no file can do without.
    #[must_use]
    pub const fn needed(names: &'static [&'static str]) -> Self {
        Self { names, need: Need::Always, ex_gst: ExGst::Either, fill_merged: false }
    }

    /// A column that is used if it is there.
    #[must_use]
    pub const fn optional(names: &'static [&'static str]) -> Self {
        Self { names, need: Need::Never, ex_gst: ExGst::Either, fill_merged: false }
    }

    /// One of a group of which a file needs at least one.
    #[must_use]
    pub const fn one_of(names: &'static [&'static str]) -> Self {
        Self { names, need: Need::OneOf, ex_gst: ExGst::Either, fill_merged: false }
    }

    /// Takes the value of a merged region for all its rows.
    #[must_use]
    pub const fn filled(mut self) -> Self {
        self.fill_merged = true;
        self
    }

    /// Says what the heading has to say about GST.
    #[must_use]
    pub const fn gst(mut self, ex_gst: ExGst) -> Self {
        self.ex_gst = ex_gst;
        self
    }

    fn matches(&self, name: &str, heading: &Heading) -> bool {
        let says_so = match self.ex_gst {
            ExGst::Either => true,
            ExGst::Said => heading.ex_gst,
            ExGst::Unsaid => !heading.ex_gst,
        };
        says_so && heading.letters == letters(name)
    }

    fn label(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }
}

/// Whether a file can do without a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It cannot.
    Always,
    /// It needs at least one of all columns of this kind.
    OneOf,
    /// It can.
    Never,
}

/// What a heading says about GST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExGst {
    /// With or without `EX GST`.
    Either,
    /// Only with `EX GST`, `EXCL. GST` and the like.
    Said,
    /// Only without.
    Unsaid,
}

/// A heading reduced to what is compared.
#[derive(Debug, PartialEq, Eq)]
struct Heading {
    letters: String,
    ex_gst: bool,
}

impl Heading {
    fn new(text: &str) -> Self {
        const SAYINGS: [&str; 8] = ["EXCLUDINGGST", "EXCLUSIVEGST", "EXCLUSIVEOFGST", "EXCLGST", "EXCGST", "EXGST", "BEFOREGST", "EXCLUDINGTAX"];
        let letters = letters(text);
        let stripped = SAYINGS.iter().find_map(|saying| letters.strip_suffix(saying).or_else(|| letters.strip_prefix(saying)));
        match stripped {
            Some(rest) if !rest.is_empty() => Self { letters: rest.to_owned(), ex_gst: true },
            _ => Self { letters, ex_gst: false },
        }
    }
}

/// Letters and digits in upper case.
pub(super) fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// Where the wanted columns stand in a file.
#[derive(Debug)]
pub(super) struct Columns {
    positions: Vec<Option<usize>>,
    headings: Vec<String>,
}

impl Columns {
    #[inline]
    pub(super) fn position(&self, wanted: usize) -> Option<usize> {
        self.positions.get(wanted).copied().flatten()
    }

    pub(super) fn heading(&self, wanted: usize) -> &str {
        self.position(wanted).and_then(|position| self.headings.get(position)).map_or("", String::as_str)
    }

    /// How many columns the heading row has.
    pub(super) fn width(&self) -> usize {
        self.headings.len()
    }

    /// True for a heading row that stands once more among the rows.
    pub(super) fn is_repeated_by(&self, cells: Cells<'_>) -> bool {
        let mut positions = self.positions.iter().flatten();
        let repeats = |position: &usize| {
            let heading = self.headings.get(*position).map_or("", String::as_str);
            matches!(cells.get(*position), super::Cell::Text(bytes) if bytes.len() == heading.len() || !bytes.is_ascii() || !heading.is_ascii())
                && letters(&cells.get(*position).text()) == letters(heading)
        };
        positions.next().is_some_and(repeats) && positions.all(repeats)
    }
}

/// What a row is as a heading row.
#[derive(Debug)]
pub(super) enum Match {
    /// It has all that is needed.
    Found(Columns),
    /// It lacks these columns; it has `known` of those that are known, and these headings.
    Lacking { missing: Vec<String>, known: usize, headings: Vec<String> },
}

/// Tries a row as the heading row.
///
/// # Errors
///
/// Two columns with one known heading, if all that is needed is there: nobody can tell which counts.
pub(super) fn match_headings(spec: &Spec, cells: Cells<'_>, file: &str) -> Result<Match, ReadError> {
    let mut headings: Vec<String> = cells.iter().map(|cell| cell.text().into_owned()).collect();
    headings.truncate(headings.iter().rposition(|heading| !heading.is_empty()).map_or(0, |last| last + 1));
    let reduced: Vec<Heading> = headings.iter().map(|heading| Heading::new(heading)).collect();
    let mut positions = Vec::with_capacity(spec.wanted.len());
    let mut twice = None;
    for wanted in spec.wanted {
        let mut found = wanted.names.iter().map(|name| {
            let mut places = reduced.iter().enumerate().filter(|(_, heading)| wanted.matches(name, heading)).map(|(position, _)| position);
            (places.next(), places.next())
        });
        let (position, second) = found.find(|(first, _)| first.is_some()).unwrap_or_default();
        if let (Some(first), Some(second)) = (position, second) {
            twice = twice.or(Some((first, second)));
        }
        positions.push(position);
    }
    let known = positions.iter().flatten().count();
    let missing = missing(spec, &positions);
    if !missing.is_empty() {
        headings.retain(|heading| !heading.is_empty());
        return Ok(Match::Lacking { missing, known, headings });
    }
    match twice {
        None => Ok(Match::Found(Columns { positions, headings })),
        Some((first, second)) => Err(ReadError::new(format!(
            "{file} has the column `{}` twice, as columns {} and {}",
            headings.get(first).map_or("", String::as_str),
            column_letters(first),
            column_letters(second)
        ))
        .hint("delete or rename the one that does not count")),
    }
}

fn missing(spec: &Spec, positions: &[Option<usize>]) -> Vec<String> {
    let absent = |need: Need| spec.wanted.iter().zip(positions).filter(move |(wanted, position)| wanted.need == need && position.is_none());
    let mut missing: Vec<String> = absent(Need::Always).map(|(wanted, _)| format!("`{}`", wanted.label())).collect();
    let group: Vec<&str> = spec.wanted.iter().filter(|wanted| wanted.need == Need::OneOf).map(Wanted::label).collect();
    if !group.is_empty() && absent(Need::OneOf).count() == group.len() {
        missing.push(format!("`{}`", group.join("` or `")));
    }
    missing
}

/// A column as a spreadsheet names it: A, B, …, Z, AA.
fn column_letters(position: usize) -> String {
    let mut name = Vec::new();
    let mut rest = position;
    loop {
        name.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        match (rest / 26).checked_sub(1) {
            None => return name.iter().rev().collect(),
            Some(next) => rest = next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_compared_by_letters_and_digits_alone() {
        assert_eq!(letters(" Subscription-Id. "), "SUBSCRIPTIONID");
        assert_eq!(Heading::new("Line Amount (Ex. GST)"), Heading { letters: "LINEAMOUNT".into(), ex_gst: true });
        assert_eq!(Heading::new("AMOUNT EXCL GST").letters, "AMOUNT");
        assert_eq!(Heading::new("AMOUNT INC GST").letters, "AMOUNTINCGST");
    }

    #[test]
    fn columns_are_named_as_a_spreadsheet_names_them() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(column_letters), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}

//! Rows without subscription and stock code: stated totals, remarks, and what may be a charge
//! after all (`rules.md` 1).

use super::columns::{QTY, UNIT_PRICE, USAGE_END, USAGE_START, amount_column};
use crate::domain::money::Money;
use crate::sheet::values::decimal;
use crate::sheet::{Cell, Row};

/// What a row without ids is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unidentified {
    /// A stated total that holds.
    Total,
    /// A stated total that does not.
    WrongTotal { stated: Money, computed: Money },
    /// No charge; the reason says what it is.
    Remark(&'static str),
    /// Nobody can tell: reported, and it blocks posting.
    Unknown,
}

/// The running sums of one file.
#[derive(Debug, Default)]
pub(super) struct Totals {
    above: Money,
    since_last: Money,
}

impl Totals {
    pub(super) fn add(&mut self, cost: Money) {
        self.above += cost;
        self.since_last += cost;
    }

    /// Tells what a row without ids is; a stated total starts a new section.
    pub(super) fn judge(&mut self, row: &Row<'_>) -> Unidentified {
        if is_gst(row) {
            return Unidentified::Remark("an amount of GST or one that includes it, not a charge");
        }
        let Some(stated) = amount(row) else {
            return if is_note(row) { Unidentified::Remark("a note, not a charge") } else { Unidentified::Unknown };
        };
        let computed = if stated == self.since_last { self.since_last } else { self.above };
        if stated == computed {
            self.since_last = Money::ZERO;
            return Unidentified::Total;
        }
        let has_facts = [QTY, USAGE_START, USAGE_END].into_iter().any(|column| !row.cell(column).is_blank());
        if !has_facts && (says_total(row) || row.all().filter(|cell| !cell.is_blank()).count() == 1) {
            self.since_last = Money::ZERO;
            return Unidentified::WrongTotal { stated, computed };
        }
        Unidentified::Unknown
    }
}

/// The amount, or what stands in the column of prices when there is no column of amounts.
fn amount(row: &Row<'_>) -> Option<Money> {
    let number = |column: usize| decimal(row.cell(column)).ok().flatten();
    if let Some(amount) = amount_column(row).and_then(number) {
        return Some(Money::round_half_away(amount));
    }
    let price = number(UNIT_PRICE)?;
    Some(Money::round_half_away(number(QTY).map_or(price, |quantity| quantity * price)))
}

fn texts<'r>(row: &'r Row<'_>) -> impl Iterator<Item = String> + 'r {
    row.all().filter(|cell| !cell.is_blank() && !matches!(decimal(*cell), Ok(Some(_)))).map(|cell| cell.text().to_uppercase())
}

fn says_total(row: &Row<'_>) -> bool {
    texts(row).any(|text| text.contains("TOTAL"))
}

/// A single text without any number: a heading of a group, "End of report".
fn is_note(row: &Row<'_>) -> bool {
    let mut cells = row.all().filter(|cell| !cell.is_blank());
    matches!((cells.next(), cells.next()), (Some(Cell::Text(_)), None)) && texts(row).all(|text| !text.contains("TOTAL"))
}

/// A row of the foot that states GST, or a total with it.
fn is_gst(row: &Row<'_>) -> bool {
    const LABELS: [&str; 12] = [
        "GST",
        "GST AMOUNT",
        "GST TOTAL",
        "TOTAL GST",
        "TOTAL INC GST",
        "TOTAL INCL GST",
        "TOTAL INCLUDING GST",
        "TOTAL WITH GST",
        "GRAND TOTAL INC GST",
        "GRAND TOTAL INCL GST",
        "GST 10",
        "GST 15",
    ];
    let is_label = |text: &String| {
        let words: Vec<&str> = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        LABELS.contains(&words.join(" ").as_str())
    };
    let mut texts = texts(row);
    matches!((texts.next(), texts.next()), (Some(only), None) if is_label(&only))
}

//! Tables for terminals: one look for all commands. Numbers are right-aligned and never broken;
//! text columns give way when the terminal is narrow.

use comfy_table::{Attribute, Cell as TableCell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, Row, TableStyle};

use super::text;

/// Lines a cell may take before it is cut.
const CELL_LINES: usize = 2;
/// Columns below which a text column is not squeezed.
const TEXT_AT_LEAST: usize = 8;
/// Blanks behind a column; the style adds one more between two.
const PADDING: u16 = 1;
/// Columns between two columns.
const GAP: usize = 2;

/// How a column behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Text that is wrapped or cut when there is no room.
    Text(&'static str),
    /// Ids, dates, words: left-aligned, never broken.
    Word(&'static str),
    /// Right-aligned, never broken.
    Number(&'static str),
}

impl Column {
    fn heading(self) -> &'static str {
        match self {
            Self::Text(heading) | Self::Word(heading) | Self::Number(heading) => heading,
        }
    }
}

/// What a cell's colour says; the text always says it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// Done, settled.
    Good,
    /// Look at it.
    Warning,
    /// Failed, or to be acted on.
    Bad,
    /// Of little interest.
    Dim,
    /// A total.
    Strong,
}

impl Tone {
    /// The same meaning for running text.
    #[must_use]
    pub fn style(self, colour: bool) -> console::Style {
        let style = console::Style::new().force_styling(colour);
        match self {
            Self::Plain => style,
            Self::Good => style.green(),
            Self::Warning => style.yellow(),
            Self::Bad => style.red().bold(),
            Self::Dim => style.dim(),
            Self::Strong => style.bold(),
        }
    }
}

/// A cell: text with a meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A cell with a meaning.
    #[must_use]
    pub fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), tone: Tone::Plain }
    }
}

/// A table being filled.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these columns.
    #[must_use]
    pub fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<Cell>>) -> &mut Self {
        self.rows.push(cells.into_iter().map(Into::into).collect());
        self
    }

    /// True without rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as text that ends in a line break, at most `columns` wide as long as the columns
    /// that may not be broken fit; colours only if asked for.
    #[must_use]
    pub fn render(&self, columns: usize, colour: bool) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
        table.set_truncation_indicator("…");
        if colour {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        table.set_header(self.columns.iter().map(|column| TableCell::new(column.heading()).add_attribute(Attribute::Bold)).collect::<Vec<_>>());
        for row in &self.rows {
            let mut shown = Row::from(row.iter().map(cell).collect::<Vec<_>>());
            shown.max_height(CELL_LINES);
            table.add_row(shown);
        }
        table.set_content_arrangement(ContentArrangement::Disabled);
        let widths = self.widths(columns);
        for (index, column) in self.columns.iter().enumerate() {
            let Some(shown) = table.column_mut(index) else { continue };
            let padding = if index + 1 == self.columns.len() { 0 } else { PADDING };
            shown.set_padding((0, padding));
            if matches!(column, Column::Number(_)) {
                shown.set_cell_alignment(CellAlignment::Right);
            }
            if let Some(width) = widths.get(index).and_then(|width| u16::try_from(*width).ok()) {
                shown.set_constraint(ColumnConstraint::Absolute(comfy_table::Width::Fixed(width.saturating_add(padding))));
            }
        }
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(u16::MAX);
        let mut text = table.trim_fmt();
        text.push('\n');
        text
    }

    /// Width of every column: what it needs, text columns less while the table is too wide.
    fn widths(&self, columns: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|column| text::width(column.heading())).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(text::width(&text::plain(&cell.text)));
            }
        }
        let gaps = GAP * self.columns.len().saturating_sub(1);
        let room = columns.saturating_sub(gaps);
        let is_text = |index: usize| matches!(self.columns.get(index), Some(Column::Text(_)));
        let mut excess = widths.iter().sum::<usize>().saturating_sub(room);
        while excess > 0 {
            // Take from the widest text column, so that short ones stay whole.
            let widest = widths.iter_mut().enumerate().filter(|(index, width)| is_text(*index) && **width > TEXT_AT_LEAST).max_by_key(|(_, width)| **width);
            let Some((_, width)) = widest else { break };
            *width -= 1;
            excess -= 1;
        }
        widths
    }
}

fn cell(cell: &Cell) -> TableCell {
    let shown = TableCell::new_owned(text::plain(&cell.text).into_owned());
    match cell.tone {
        Tone::Plain => shown,
        Tone::Good => shown.fg(Color::DarkGreen),
        Tone::Warning => shown.fg(Color::DarkYellow),
        Tone::Bad => shown.fg(Color::DarkRed).add_attribute(Attribute::Bold),
        Tone::Dim => shown.add_attribute(Attribute::Dim),
        Tone::Strong => shown.add_attribute(Attribute::Bold),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new([Column::Word("Number"), Column::Text("Contact"), Column::Number("Total")]);
        table.row([Cell::from("CSP-2026-11-196e22"), "Contoso".into(), "1204.50".into()]);
        table.row([Cell::from("CSP-2026-11-aa01bc"), "The Extraordinarily Long Name of a Trust".repeat(8).into(), Cell::toned("3.64", Tone::Bad)]);
        table
    }

    #[test]
    fn numbers_are_right_aligned_and_long_text_is_cut() {
        insta::assert_snapshot!(sample().render(60, false), @r#"
        Number              Contact                            Total
        ────────────────────────────────────────────────────────────
        CSP-2026-11-196e22  Contoso                          1204.50
        CSP-2026-11-aa01bc  The Extraordinarily Long Name       3.64
                            of a TrustThe Extraordinarily…
        "#);
    }

    #[test]
    fn no_width_is_exceeded_and_no_number_is_broken() {
        for columns in [40, 60, 80, 100, 160] {
            let text = sample().render(columns, false);
            assert!(text.lines().all(|line| text::width(line) <= columns), "{columns}:\n{text}");
            assert!(text.contains("CSP-2026-11-aa01bc") && text.contains("1204.50"), "{columns}:\n{text}");
        }
    }

    #[test]
    fn colours_appear_only_when_asked_for() {
        assert!(!sample().render(80, false).contains('\u{1b}'));
        assert!(sample().render(80, true).contains('\u{1b}'));
    }

    #[test]
    fn escape_sequences_in_names_are_harmless() {
        let mut table = Table::new([Column::Text("Contact")]);
        table.row([Cell::from("\u{1b}]0;owned\u{7}\nsecond line")]);
        assert!(!table.render(80, false).contains('\u{1b}'));
        assert_eq!(table.render(80, false).lines().count(), 3);
    }
}

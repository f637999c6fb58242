//! Tables and JSON of `map`, and commands to type.

use crate::app::App;
pub(super) use crate::domain::remedy::quoted;
use crate::ui::table::{Cell, Column, Table};

/// Columns of a terminal below which a table leaves out what a person needs least.
const WIDE: usize = 110;

/// True when there is room for ids as well.
pub(super) fn is_wide(app: &App) -> bool {
    app.output.look().width >= WIDE
}

/// A table in the terminal's width, ending with a line break; nothing without rows.
pub(super) fn table(app: &App, columns: &[Column], rows: Vec<Vec<Cell>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Table::new(columns);
    for row in rows {
        table.row(row);
    }
    let look = app.output.look();
    table.render(look.width, look.colour_out)
}

/// Without line breaks and needless blanks.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

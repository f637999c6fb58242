//! Tables and JSON of `map`, and commands to type.

use serde::Serialize;

use crate::app::App;
pub(super) use crate::domain::remedy::quoted;
use crate::exit::Failure;
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

/// Prints rows as a JSON array.
pub(super) fn json(app: &App, rows: &[impl Serialize]) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(rows).map_err(anyhow::Error::from)?;
    Ok(app.output.data(&format!("{text}\n"))?)
}

/// Without line breaks and needless blanks.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

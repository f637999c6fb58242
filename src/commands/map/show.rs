//! Tables and JSON of `map`, and commands to type.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use serde::Serialize;

use crate::app::App;
pub(super) use crate::domain::remedy::quoted;
use crate::exit::Failure;

/// Characters of a GUID: such a column is never broken.
const GUID_WIDTH: u16 = 36;

/// One column: its heading, and how its cells stand.
#[derive(Clone, Copy)]
pub(super) enum Column {
    Text(&'static str),
    Guid(&'static str),
    Number(&'static str),
}

/// A table in the terminal's width, ending with a line break; nothing without rows.
pub(super) fn table(app: &App, columns: &[Column], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    let width = u16::try_from(app.output.look().width).unwrap_or(100);
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.set_header(columns.iter().map(|column| match column {
        Column::Text(heading) | Column::Guid(heading) | Column::Number(heading) => *heading,
    }));
    for row in rows {
        table.add_row(row);
    }
    for (column, shape) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, 2));
        match shape {
            Column::Text(_) => {}
            Column::Guid(_) => drop(column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(GUID_WIDTH + 2)))),
            Column::Number(_) => column.set_cell_alignment(CellAlignment::Right),
        }
    }
    let text: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    text.join("\n") + "\n"
}

/// Prints rows as a JSON array.
pub(super) fn json(app: &App, rows: &[impl Serialize]) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(rows).map_err(anyhow::Error::from)?;
    Ok(app.output.data(&format!("{text}\n"))?)
}

/// "1 customer", "2 customers".
pub(super) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

//! Numbers in sentences: one seat is, two seats are.

use std::fmt::Display;

/// "1 seat", "2 seats".
#[must_use]
pub fn count_of(count: impl Display, what: &str) -> String {
    format!("{count} {what}{}", one_or(&count, "", "s"))
}

/// What fits the number: "is" or "are".
#[must_use]
pub fn one_or<'a>(count: impl Display, one: &'a str, many: &'a str) -> &'a str {
    if count.to_string() == "1" { one } else { many }
}

//! Text for terminals: made harmless, measured, wrapped and cut.

use std::borrow::Cow;

use console::{measure_text_width, truncate_str};

/// The text without anything that moves a cursor, rings a bell or turns the reading direction:
/// names come from other systems and may hold anything. Tabs and line breaks become blanks.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_trouble) {
        Cow::Owned(text.chars().map(|character| if is_trouble(character) { ' ' } else { character }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

fn is_trouble(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
}

/// Columns that the text takes on a terminal.
#[must_use]
pub fn width(text: &str) -> usize {
    measure_text_width(text)
}

/// The text, cut to so many columns with an ellipsis.
#[must_use]
pub fn cut(text: &str, columns: usize) -> String {
    truncate_str(&plain(text), columns, "…").into_owned()
}

/// Wraps at blanks. A word that is wider than the room stays whole: commands and ids are copied.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let text = plain(text);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let wide = width(word);
        if used > 0 && used + 1 + wide > columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += wide;
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// The text in lines that start with `indent`, the first with `first` instead (both equally wide).
#[must_use]
pub fn paragraph(first: &str, indent: &str, text: &str, columns: usize) -> String {
    let room = columns.saturating_sub(width(indent)).max(20);
    let mut out = String::new();
    for (index, line) in wrap(text, room).iter().enumerate() {
        out.push_str(if index == 0 { first } else { indent });
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_sources_cannot_drive_the_terminal() {
        assert_eq!(plain("Con\u{1b}[2Jtoso\r\nPty\u{202e}Ltd"), "Con [2Jtoso  Pty Ltd");
        assert!(matches!(plain("Contoso"), Cow::Borrowed(_)));
    }

    #[test]
    fn wrapping_keeps_words_whole_and_lines_short() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("cspctl map customers set 196e2273-9651-43a3-ba7e-7cbcd918fc40", 20).last().unwrap(), "196e2273-9651-43a3-ba7e-7cbcd918fc40");
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("日本語 日本語", 6), ["日本語", "日本語"], "wide characters take two columns");
    }

    #[test]
    fn cutting_counts_columns_and_shows_that_something_is_missing() {
        assert_eq!(cut("Contoso Limited", 9), "Contoso …");
        assert_eq!(cut("日本語日本語", 5), "日本…");
    }
}

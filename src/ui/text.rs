//! Text for terminals: made harmless, measured, wrapped and cut.

use std::borrow::Cow;

use console::{measure_text_width, truncate_str};

use crate::domain::remedy::COMMANDS;

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

/// Words behind the first of our commands, which are copied whole.
const SUBCOMMANDS: [&str; 25] = [
    "allow",
    "auto",
    "bash",
    "customers",
    "dickerdata",
    "elvish",
    "export",
    "fish",
    "ignore",
    "import",
    "list",
    "logout",
    "microsoft",
    "move",
    "powershell",
    "products",
    "revoke",
    "set",
    "show",
    "status",
    "undo",
    "unset",
    "webhook",
    "xero",
    "zsh",
];

/// The text in pieces that stay on one line: words, and commands with all that is typed after them.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let (mut is_command, mut is_quoted, mut is_value_next) = (false, false, false);
    for word in text.split_whitespace() {
        let goes_on = is_command && (is_quoted || is_value_next || is_typed(word));
        if let Some(command) = pieces.last_mut().filter(|_| goes_on) {
            command.push(' ');
            command.push_str(word);
        } else {
            is_command = word.trim_start_matches(['(', '`']) == "cspctl";
            pieces.push(word.to_owned());
        }
        is_quoted = is_command && (is_quoted ^ (word.matches('"').count() % 2 == 1));
        // What an option names may be any word.
        is_value_next = word.starts_with("--");
        is_command &= is_quoted || !word.ends_with([';', ',', '.', ')', ':', '`']);
    }
    pieces
}

/// Whether a word after `cspctl` may be part of the command: one of its words, an option, a value.
fn is_typed(word: &str) -> bool {
    let bare = word.trim_end_matches([';', ',', '.', ')', ':', '`']);
    let is_value = |character: char| character.is_ascii_digit() || matches!(character, '/' | '\\' | '.' | '"' | '=');
    let is_placeholder = bare.len() > 1 && bare.chars().all(|character| character.is_ascii_uppercase() || character == '_');
    is_command_word(bare) || bare.starts_with('-') || is_placeholder || bare.contains(is_value)
}

/// Whether our commands have such a word.
#[must_use]
pub fn is_command_word(word: &str) -> bool {
    COMMANDS.contains(&word) || SUBCOMMANDS.contains(&word)
}

/// Wraps at blanks. A word that is wider than the room stays whole, and so does a command: they are copied.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let text = plain(text);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in pieces(&text) {
        let word = word.as_str();
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

/// Lines that are too wide, each wrapped behind its own beginning of blanks and arrow. One that is coloured was
/// fitted by whoever coloured it.
#[must_use]
pub fn fitted(text: &str, columns: usize) -> String {
    let line = |line: &str| {
        if width(line) <= columns || line.contains('\u{1b}') {
            return line.to_owned();
        }
        let rest = line.trim_start_matches([' ', '→', '-', '•']);
        let first = line.strip_suffix(rest).unwrap_or_default();
        paragraph(first, &" ".repeat(width(first)), rest, columns).trim_end_matches('\n').to_owned()
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regression_a_command_was_broken_in_two_and_its_first_half_could_be_run() {
        let fix = "cspctl --profile sandbox --config ./a.toml auth microsoft --consent 646f7f53-e9d3-474a-95b1-effb9866db45, or send the link";
        assert_eq!(
            wrap(fix, 40),
            ["cspctl --profile sandbox --config ./a.toml auth microsoft --consent 646f7f53-e9d3-474a-95b1-effb9866db45,", "or send the link"]
        );
        let named = "or: cspctl map customers set TENANT_ID CONTACT --name \"Treyford Widgets Pty Ltd\"";
        assert_eq!(wrap(named, 30), ["or:", "cspctl map customers set TENANT_ID CONTACT --name \"Treyford Widgets Pty Ltd\""]);
        assert_eq!(
            wrap("if it stays so, cspctl doctor says what the account may read", 24),
            ["if it stays so,", "cspctl doctor says what", "the account may read"]
        );
    }

    #[test]
    fn text_from_sources_cannot_drive_the_terminal() {
        assert_eq!(plain("Con\u{1b}[2Jtoso\r\nPty\u{202e}Ltd"), "Con [2Jtoso  Pty Ltd");
        assert!(matches!(plain("Contoso"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_line_that_fits_stays_and_a_wide_one_hangs_behind_its_beginning() {
        assert_eq!(fitted("a  b\n  - one two three four five six", 26), "a  b\n  - one two three four\n    five six");
        assert_eq!(fitted("\u{1b}[1ma coloured table's line\u{1b}[0m", 8), "\u{1b}[1ma coloured table's line\u{1b}[0m");
    }

    #[test]
    fn wrapping_keeps_words_whole_and_lines_short() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("tenant 196e2273-9651-43a3-ba7e-7cbcd918fc40", 20).last().unwrap(), "196e2273-9651-43a3-ba7e-7cbcd918fc40");
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("日本語 日本語", 6), ["日本語", "日本語"], "wide characters take two columns");
    }

    #[test]
    fn cutting_counts_columns_and_shows_that_something_is_missing() {
        assert_eq!(cut("Contoso Limited", 9), "Contoso …");
        assert_eq!(cut("日本語日本語", 5), "日本…");
    }
}

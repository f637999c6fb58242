//! A list as lines of the terminal.

use console::Style;

use super::List;
use super::list::State;
use crate::ui::text;

/// Lines of choices at most, however high the terminal is.
const CHOICES_AT_MOST: usize = 14;
/// Columns that labels are padded to at most, so that notes stand below each other.
const LABEL_AT_MOST: usize = 44;

/// The room to draw in, and whether colours may be used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) colour: bool,
}

impl Room {
    /// Lines of choices that fit beside so many other lines.
    pub(super) fn page(self, others: usize) -> usize {
        self.rows.saturating_sub(1 + others).clamp(3, CHOICES_AT_MOST)
    }

    /// Lines for the detail, and as many again for question and keys together.
    fn third(self) -> usize {
        (self.rows / 3).max(1)
    }

    fn style(self) -> Style {
        Style::new().force_styling(self.colour)
    }
}

/// The lines to show, none wider than the room.
pub(super) fn lines(list: &List<'_>, state: &State, room: Room) -> Vec<String> {
    let detail = state.at().map(|at| (list.detail)(at)).unwrap_or_default();
    let detail: Vec<String> = detail.iter().flat_map(|line| wrapped(line, room)).take(room.third()).collect();
    let heading = heading(list, state, room);
    let keys = keys(list, room);
    let page = room.page(heading.len() + detail.len() + keys.len());
    let mut lines: Vec<String> = heading.into_iter().map(|line| room.style().bold().apply_to(line).to_string()).collect();
    let first = state.highlighted().saturating_sub(page / 2).min(state.matching().len().saturating_sub(page));
    let label = state.widest().min(LABEL_AT_MOST).min(room.columns * 3 / 5);
    for (index, choice) in state.matching().iter().enumerate().skip(first).take(page) {
        lines.push(line(list, state, room, (*choice, index == state.highlighted()), label));
    }
    if state.matching().is_empty() {
        lines.push(cut("  nothing matches; Backspace takes letters away", room));
    }
    lines.extend(detail.into_iter().chain(keys).map(|line| room.style().dim().apply_to(line).to_string()));
    lines
}

/// The question with what was typed; where both do not fit in one line, what was typed gets its own.
fn heading(list: &List<'_>, state: &State, room: Room) -> Vec<String> {
    let count = if state.matching().len() == list.choices.len() {
        format!("({})", list.choices.len())
    } else {
        format!("({} of {})", state.matching().len(), list.choices.len())
    };
    let marked = if list.takes_several { format!(" {} marked", state.marked().len()) } else { String::new() };
    let typed = format!("{}_ {count}{marked}", state.typed());
    let one = format!("? {}: {typed}", list.question);
    if text::width(&one) < room.columns || room.third() < 3 {
        return vec![cut(&one, room)];
    }
    let question = format!("? {}:", text::plain(list.question));
    let mut lines: Vec<String> = text::wrap(&question, room.columns.saturating_sub(1).max(1)).iter().map(|line| cut(line, room)).collect();
    if lines.len() > 2 {
        lines = vec![cut(&question, room)];
    }
    lines.push(cut(&format!("  {typed}"), room));
    lines
}

fn line(list: &List<'_>, state: &State, room: Room, (choice, is_highlighted): (usize, bool), label: usize) -> String {
    let Some(shown) = list.choices.get(choice) else { return String::new() };
    let pointer = if is_highlighted { ">" } else { " " };
    let mark = match (list.takes_several, state.is_marked(choice)) {
        (false, _) => "",
        (true, true) => "[x] ",
        (true, false) => "[ ] ",
    };
    let padding = " ".repeat(label.saturating_sub(text::width(&shown.label)));
    let front = cut(&format!("{pointer} {mark}{}{}", shown.label, if shown.note.is_empty() { "" } else { &padding }), room);
    // Two blanks between both, and one column free as everywhere.
    let left = room.columns.saturating_sub(text::width(&front) + 3);
    let front = if is_highlighted { room.style().cyan().apply_to(front).to_string() } else { front };
    if shown.note.is_empty() || left < 4 {
        return front;
    }
    format!("{front}  {}", room.style().dim().apply_to(text::cut(&shown.note, left)))
}

/// What keys do, each whole, in as many lines as it takes.
fn keys(list: &List<'_>, room: Room) -> Vec<String> {
    let mut keys = vec!["type to filter".to_owned()];
    if list.takes_several {
        keys.push("Tab marks".to_owned());
        keys.push("Enter takes the marked".to_owned());
    } else {
        keys.push("Enter takes".to_owned());
    }
    keys.extend(list.actions.iter().map(|action| format!("Ctrl-{} {}", action.letter.to_uppercase(), action.label)));
    keys.push("Esc back".to_owned());
    let mut lines: Vec<String> = Vec::new();
    for key in keys {
        match lines.last_mut() {
            Some(line) if text::width(line) + text::width(&key) + 3 < room.columns => line.extend([" · ", &key]),
            _ => lines.push(format!("  {key}")),
        }
    }
    lines.truncate((room.third() - 1).max(1));
    lines.iter().map(|line| cut(line, room)).collect()
}

/// A line of detail, indented, in as many lines as it takes.
fn wrapped(line: &str, room: Room) -> Vec<String> {
    text::wrap(&text::plain(line), room.columns.saturating_sub(4).max(8)).iter().map(|line| cut(&format!("  {line}"), room)).collect()
}

/// One column stays free: a full line would wrap on some terminals.
fn cut(line: &str, room: Room) -> String {
    text::cut(line, room.columns.saturating_sub(1).max(1))
}

#[cfg(test)]
mod tests {
    use console::Key;

    use super::super::{Action, Choice};
    use super::*;

    fn shown(rows: usize, columns: usize, colour: bool, keys: &str) -> Vec<String> {
        let names = ["Alpine Ski House", "Contoso Pty Ltd", "Contoso New Zealand Limited", "Fabrikam", "Graphic Design Institute"];
        let choices: Vec<Choice> = names.iter().map(|name| Choice::new(*name, format!("{} charges", name.len()))).collect();
        let detail = |at: usize| vec![format!("line {at} in detail, with figures that matter to whoever decides")];
        let list = List {
            question: "Contact of Contoso",
            choices: &choices,
            start: 0,
            takes_several: false,
            actions: &[Action { letter: 'u', label: "undo" }],
            detail: &detail,
        };
        let mut state = State::new(&list);
        keys.chars().for_each(|key| drop(state.press(&Key::Char(key), 3)));
        lines(&list, &state, Room { rows, columns, colour })
    }

    #[test]
    fn a_list_shows_question_choices_detail_and_keys() {
        insta::assert_snapshot!(shown(24, 80, false, "con").join("\n"), @r"
        ? Contact of Contoso: con_ (2 of 5)
        > Contoso Pty Ltd              15 charges
          Contoso New Zealand Limited  27 charges
          line 1 in detail, with figures that matter to whoever decides
          type to filter · Enter takes · Ctrl-U undo · Esc back
        ");
    }

    #[test]
    fn no_line_is_wider_than_a_narrow_terminal_nor_more_than_a_low_one() {
        for (rows, columns) in [(24, 20), (8, 30), (5, 12), (24, 400)] {
            let lines = shown(rows, columns, true, "");
            assert!(lines.iter().all(|line| text::width(line) < columns), "{lines:#?}");
            assert!(lines.len() <= rows.max(6), "{rows} rows: {lines:#?}");
        }
    }

    #[test]
    fn a_narrow_terminal_wraps_what_a_person_must_read() {
        insta::assert_snapshot!(shown(24, 30, false, "con").join("\n"), @r"
        ? Contact of Contoso:
          con_ (2 of 5)
        > Contoso Pty Ltd     15 cha…
          Contoso New Zealand Limited
          line 1 in detail, with
          figures that matter to
          whoever decides
          type to filter
          Enter takes · Ctrl-U undo
          Esc back
        ");
    }

    #[test]
    fn without_colour_nothing_but_text_comes_out() {
        assert!(shown(24, 80, false, "").iter().all(|line| !line.contains('\u{1b}')));
        assert!(shown(24, 80, true, "").iter().any(|line| line.contains('\u{1b}')));
    }

    #[test]
    fn what_matches_nothing_says_so() {
        assert!(shown(24, 80, false, "zzz").iter().any(|line| line.contains("nothing matches")));
    }
}

//! A list as lines of the terminal.

use console::Style;

use super::List;
use super::list::State;
use crate::ui::text;

/// Lines of choices at most, however high the terminal is.
const CHOICES_AT_MOST: usize = 14;
/// Lines of detail at most.
const DETAIL_AT_MOST: usize = 5;
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
    /// Lines of choices that fit beside the question, the keys and `detail` lines.
    pub(super) fn page(self, detail: usize) -> usize {
        self.rows.saturating_sub(4 + detail).clamp(3, CHOICES_AT_MOST)
    }

    fn style(self) -> Style {
        Style::new().force_styling(self.colour)
    }
}

/// The lines to show, none wider than the room.
pub(super) fn lines(list: &List<'_>, state: &State, room: Room) -> Vec<String> {
    let detail: Vec<String> = state.at().map(|at| (list.detail)(at)).unwrap_or_default().into_iter().take(DETAIL_AT_MOST).collect();
    let page = room.page(detail.len());
    let mut lines = vec![heading(list, state, room)];
    let first = state.highlighted().saturating_sub(page / 2).min(state.matching().len().saturating_sub(page));
    let label = list.choices.iter().map(|choice| text::width(&choice.label)).max().unwrap_or(0).min(LABEL_AT_MOST);
    for (index, choice) in state.matching().iter().enumerate().skip(first).take(page) {
        lines.push(line(list, state, room, (*choice, index == state.highlighted()), label));
    }
    if state.matching().is_empty() {
        lines.push(cut("  nothing matches; Backspace takes letters away", room));
    }
    lines.extend(detail.iter().map(|detail| room.style().dim().apply_to(cut(&format!("  {detail}"), room)).to_string()));
    lines.push(room.style().dim().apply_to(cut(&keys(list), room)).to_string());
    lines
}

fn heading(list: &List<'_>, state: &State, room: Room) -> String {
    let count = if state.matching().len() == list.choices.len() {
        format!("({})", list.choices.len())
    } else {
        format!("({} of {})", state.matching().len(), list.choices.len())
    };
    let marked = if list.takes_several { format!(" {} marked", state.marked().len()) } else { String::new() };
    let plain = cut(&format!("? {}: {}_ {count}{marked}", list.question, state.typed()), room);
    room.style().bold().apply_to(plain).to_string()
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
    let left = room.columns.saturating_sub(text::width(&front) + 2);
    let front = if is_highlighted { room.style().cyan().apply_to(front).to_string() } else { front };
    if shown.note.is_empty() || left < 4 {
        return front;
    }
    format!("{front}  {}", room.style().dim().apply_to(text::cut(&shown.note, left)))
}

fn keys(list: &List<'_>) -> String {
    let mut keys = vec!["type to filter".to_owned()];
    if list.takes_several {
        keys.push("Tab marks".to_owned());
        keys.push("Enter takes the marked".to_owned());
    } else {
        keys.push("Enter takes".to_owned());
    }
    keys.extend(list.actions.iter().map(|action| format!("Ctrl-{} {}", action.letter.to_uppercase(), action.label)));
    keys.push("Esc back".to_owned());
    format!("  {}", keys.join(" · "))
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
        let detail = |at: usize| vec![format!("line {at} in detail")];
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
          line 1 in detail
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
    fn without_colour_nothing_but_text_comes_out() {
        assert!(shown(24, 80, false, "").iter().all(|line| !line.contains('\u{1b}')));
        assert!(shown(24, 80, true, "").iter().any(|line| line.contains('\u{1b}')));
    }

    #[test]
    fn what_matches_nothing_says_so() {
        assert!(shown(24, 80, false, "zzz").iter().any(|line| line.contains("nothing matches")));
    }
}

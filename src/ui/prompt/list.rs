//! The state of a list on the screen: what was typed, what matches, what is highlighted and marked.
//! No terminal in here: keys go in, lines come out.

use console::Key;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::{Action, Answer, List};
use crate::ui::text;

/// What a key led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Draw again.
    Stay,
    /// Done.
    Done(Answer),
    /// Escape with nothing typed.
    Back,
    /// Ctrl-C.
    Interrupted,
}

/// A list between two keys.
#[derive(Debug)]
pub(super) struct State {
    typed: String,
    /// Each choice as it is searched.
    searched: Vec<String>,
    /// Places that match what was typed.
    matching: Vec<usize>,
    /// Index into `matching`.
    highlighted: usize,
    marked: Vec<bool>,
    takes_several: bool,
    letters: Vec<char>,
    /// Columns of the widest label: measured once, because a list may have thousands.
    widest: usize,
}

impl State {
    pub(super) fn new(list: &List<'_>) -> Self {
        let searched: Vec<String> = list.choices.iter().map(|choice| folded(&format!("{} {}", choice.label, choice.note))).collect();
        Self {
            typed: String::new(),
            matching: (0..searched.len()).collect(),
            highlighted: list.start.min(searched.len().saturating_sub(1)),
            searched,
            marked: list.choices.iter().map(|choice| choice.is_marked).collect(),
            takes_several: list.takes_several,
            letters: list.actions.iter().map(|Action { letter, .. }| *letter).collect(),
            widest: list.choices.iter().map(|choice| text::width(&choice.label)).max().unwrap_or(0),
        }
    }

    pub(super) fn typed(&self) -> &str {
        &self.typed
    }

    pub(super) fn widest(&self) -> usize {
        self.widest
    }

    pub(super) fn matching(&self) -> &[usize] {
        &self.matching
    }

    pub(super) fn highlighted(&self) -> usize {
        self.highlighted
    }

    /// The highlighted choice.
    pub(super) fn at(&self) -> Option<usize> {
        self.matching.get(self.highlighted).copied()
    }

    pub(super) fn is_marked(&self, choice: usize) -> bool {
        self.marked.get(choice).copied().unwrap_or(false)
    }

    pub(super) fn marked(&self) -> Vec<usize> {
        self.marked.iter().enumerate().filter(|(_, marked)| **marked).map(|(choice, _)| choice).collect()
    }

    /// Takes one key; `page` is how many lines are shown.
    pub(super) fn press(&mut self, key: &Key, page: usize) -> Step {
        match key {
            Key::CtrlC => return Step::Interrupted,
            Key::Escape if self.typed.is_empty() => return Step::Back,
            Key::Escape => self.retype(String::new()),
            Key::Enter => return self.enter(),
            Key::ArrowUp => self.go(-1, true),
            Key::ArrowDown => self.go(1, true),
            Key::PageUp => self.go(-as_signed(page), false),
            Key::PageDown => self.go(as_signed(page), false),
            Key::Home => self.highlighted = 0,
            Key::End => self.highlighted = self.matching.len().saturating_sub(1),
            Key::Tab => self.mark(),
            Key::Char(' ') if self.takes_several && self.typed.is_empty() => self.mark(),
            Key::Backspace => {
                let mut typed = self.typed.clone();
                let _ = typed.pop();
                self.retype(typed);
            }
            Key::Char(character) if character.is_control() => return self.act(*character),
            Key::Char(character) => {
                let typed = format!("{}{character}", self.typed);
                self.retype(typed);
            }
            _ => {}
        }
        Step::Stay
    }

    fn enter(&self) -> Step {
        if self.takes_several {
            return Step::Done(Answer::Several(self.marked()));
        }
        self.at().map_or(Step::Stay, |choice| Step::Done(Answer::One(choice)))
    }

    fn act(&self, control: char) -> Step {
        // Ctrl with a letter arrives as the letter's number: Ctrl-U is 21.
        let letter = char::from_u32(u32::from(control) + u32::from('a') - 1).unwrap_or_default();
        if !self.letters.contains(&letter) {
            return Step::Stay;
        }
        Step::Done(Answer::Action { letter, at: self.at(), marked: self.marked() })
    }

    fn mark(&mut self) {
        if !self.takes_several {
            return;
        }
        if let Some(marked) = self.at().and_then(|choice| self.marked.get_mut(choice)) {
            *marked = !*marked;
        }
        self.go(1, false);
    }

    fn go(&mut self, by: isize, around: bool) {
        let last = self.matching.len().saturating_sub(1);
        self.highlighted = match self.highlighted.checked_add_signed(by) {
            None if around => last,
            None => 0,
            Some(next) if next > last => {
                if around {
                    0
                } else {
                    last
                }
            }
            Some(next) => next,
        };
    }

    /// Looks for the new text; the highlighted choice stays so as long as it matches.
    fn retype(&mut self, typed: String) {
        let before = self.at();
        let was_narrowed = !self.typed.is_empty();
        let words: Vec<String> = folded(&typed).split_whitespace().map(str::to_owned).collect();
        self.matching =
            self.searched.iter().enumerate().filter(|(_, text)| words.iter().all(|word| text.contains(word.as_str()))).map(|(choice, _)| choice).collect();
        let kept = before.and_then(|before| self.matching.iter().position(|choice| *choice == before));
        // Narrowing starts at the best match; widening again keeps the place.
        self.highlighted = kept.filter(|_| was_narrowed || typed.is_empty()).unwrap_or(0);
        self.typed = typed;
    }
}

fn as_signed(lines: usize) -> isize {
    isize::try_from(lines).unwrap_or(isize::MAX)
}

/// Lower-case without marks, so that `creme` finds `Crème`.
fn folded(text: &str) -> String {
    text.nfkd().filter(|character| !is_combining_mark(*character)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Choice, no_detail};
    use super::*;

    const ACTIONS: [Action; 1] = [Action { letter: 'u', label: "undo" }];

    fn state(labels: &[&str], takes_several: bool) -> State {
        let choices: Vec<Choice> = labels.iter().map(|label| Choice::new(*label, "")).collect();
        State::new(&List { question: "Which", choices: &choices, start: 0, takes_several, actions: &ACTIONS, detail: &no_detail })
    }

    fn press(state: &mut State, keys: &[Key]) -> Step {
        let mut step = Step::Stay;
        for key in keys {
            step = state.press(key, 5);
        }
        step
    }

    fn typed(text: &str) -> Vec<Key> {
        text.chars().map(Key::Char).collect()
    }

    #[test]
    fn typing_parts_of_names_narrows_and_enter_takes_the_highlighted() {
        let mut list = state(&["Alpine Ski House", "Contoso Pty Ltd", "Crème Contoso Café"], false);
        assert_eq!(press(&mut list, &typed("caf crem")), Step::Stay);
        assert_eq!(list.matching(), [2], "words in any order, without marks and case");
        assert_eq!(press(&mut list, &[Key::Enter]), Step::Done(Answer::One(2)));
    }

    #[test]
    fn nothing_that_matches_is_no_answer() {
        let mut list = state(&["Alpine"], false);
        press(&mut list, &typed("zzz"));
        assert_eq!(press(&mut list, &[Key::Enter]), Step::Stay);
        assert_eq!(press(&mut list, &[Key::Escape]), Step::Stay, "Escape first forgets what was typed");
        assert_eq!(list.matching(), [0]);
        assert_eq!(press(&mut list, &[Key::Escape]), Step::Back);
    }

    #[test]
    fn arrows_go_around_and_pages_stop_at_the_ends() {
        let mut list = state(&["a", "b", "c"], false);
        press(&mut list, &[Key::ArrowUp]);
        assert_eq!(list.at(), Some(2));
        press(&mut list, &[Key::ArrowDown, Key::PageDown, Key::PageDown]);
        assert_eq!(list.at(), Some(2));
        press(&mut list, &[Key::PageUp]);
        assert_eq!(list.at(), Some(0));
    }

    #[test]
    fn an_empty_list_survives_every_key() {
        let mut list = state(&[], true);
        for key in [Key::ArrowUp, Key::ArrowDown, Key::PageUp, Key::PageDown, Key::Home, Key::End, Key::Tab, Key::Backspace, Key::Char('x')] {
            assert_eq!(list.press(&key, 0), Step::Stay);
        }
        assert_eq!(list.press(&Key::Enter, 0), Step::Done(Answer::Several(vec![])));
    }

    #[test]
    fn several_are_marked_across_filters() {
        let mut list = state(&["ann", "bob", "cid"], true);
        press(&mut list, &[Key::Char(' ')]);
        press(&mut list, &typed("ci"));
        press(&mut list, &[Key::Tab, Key::Escape]);
        assert_eq!(press(&mut list, &[Key::Enter]), Step::Done(Answer::Several(vec![0, 2])));
    }

    #[test]
    fn an_action_tells_where_it_was_pressed() {
        let mut list = state(&["ann", "bob"], false);
        let step = press(&mut list, &[Key::ArrowDown, Key::Char('\u{15}')]);
        assert_eq!(step, Step::Done(Answer::Action { letter: 'u', at: Some(1), marked: vec![] }));
        assert_eq!(press(&mut list, &[Key::Char('\u{7}')]), Step::Stay, "other control keys do nothing");
        assert_eq!(press(&mut list, &[Key::CtrlC]), Step::Interrupted);
    }
}

//! Questions on the terminal's standard error. Single questions are dialoguer's; lists are our own, because
//! none that exists filters, marks, explains and acts in one.

use console::Term;
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Confirm, Input, Password};
use secrecy::SecretString;

use super::draw::{Room, lines};
use super::list::{State, Step};
use super::{Answer, List, Prompt, Stopped, Text};
use crate::ui::text::plain;

/// A person at the terminal.
#[derive(Debug)]
pub struct AtTerminal {
    colour: bool,
}

impl AtTerminal {
    /// Asks on standard error, with colours or without.
    #[must_use]
    pub fn new(colour: bool) -> Self {
        console::set_colors_enabled_stderr(colour);
        Self { colour }
    }

    fn theme(&self) -> Box<dyn Theme> {
        if self.colour { Box::new(ColorfulTheme::default()) } else { Box::new(SimpleTheme) }
    }
}

impl Prompt for AtTerminal {
    fn text(&self, question: &Text<'_>) -> Result<String, Stopped> {
        ask_line(&*self.theme(), question, false)
    }

    fn edit(&self, question: &Text<'_>) -> Result<String, Stopped> {
        ask_line(&*self.theme(), question, true)
    }

    fn secret(&self, question: &str) -> Result<SecretString, Stopped> {
        let theme = self.theme();
        let answer = asked(Password::with_theme(&*theme).with_prompt(plain(question)).allow_empty_password(true).interact_on(&Term::stderr()))?;
        Ok(SecretString::from(answer.trim()))
    }

    fn confirm(&self, question: &str, default: bool) -> Result<bool, Stopped> {
        let theme = self.theme();
        asked(Confirm::with_theme(&*theme).with_prompt(plain(question)).default(default).interact_on(&Term::stderr()))
    }

    fn list(&self, list: &List<'_>) -> Result<Answer, Stopped> {
        let screen = Screen::new(self.colour)?;
        let mut state = State::new(list);
        loop {
            let room = screen.room();
            let drawn = screen.draw(&lines(list, &state, room))?;
            let key = screen.term.read_key_raw();
            screen.clear(drawn)?;
            match state.press(&key?, room.page(0)) {
                Step::Stay => {}
                Step::Back => return Err(Stopped::Back),
                Step::Interrupted => return Err(Stopped::Interrupted),
                Step::Done(answer) => {
                    screen.say(list, &answer)?;
                    return Ok(answer);
                }
            }
        }
    }
}

/// One line, with `default` taken by Enter alone or there already to be changed.
fn ask_line(theme: &dyn Theme, question: &Text<'_>, is_there: bool) -> Result<String, Stopped> {
    let check = |answer: &String| (question.check)(answer.trim());
    let mut input = Input::<String>::with_theme(theme).with_prompt(plain(question.question)).allow_empty(question.may_be_empty);
    if is_there {
        input = input.with_initial_text(question.default);
    } else if !question.default.is_empty() {
        input = input.default(question.default.to_owned());
    }
    asked(input.validate_with(check).interact_text_on(&Term::stderr())).map(|answer| answer.trim().to_owned())
}

/// dialoguer tells of Ctrl-C as an interrupted read, and leaves the cursor as it was.
fn asked<T>(answer: Result<T, dialoguer::Error>) -> Result<T, Stopped> {
    answer.map_err(|dialoguer::Error::IO(error)| {
        let _ = Term::stderr().show_cursor();
        if error.kind() == std::io::ErrorKind::Interrupted { Stopped::Interrupted } else { Stopped::Failed(error) }
    })
}

/// The terminal while a list is on it; the cursor comes back however it ends.
struct Screen {
    term: Term,
    colour: bool,
}

impl Screen {
    fn new(colour: bool) -> Result<Self, Stopped> {
        let screen = Self { term: Term::buffered_stderr(), colour };
        screen.term.hide_cursor()?;
        Ok(screen)
    }

    fn room(&self) -> Room {
        let (rows, columns) = self.term.size();
        Room { rows: usize::from(rows), columns: usize::from(columns), colour: self.colour }
    }

    fn draw(&self, lines: &[String]) -> Result<usize, Stopped> {
        for line in lines {
            self.term.write_line(line)?;
        }
        self.term.flush()?;
        Ok(lines.len())
    }

    /// Not flushed: the next drawing goes out with it, so that nothing flickers.
    fn clear(&self, lines: usize) -> Result<(), Stopped> {
        Ok(self.term.clear_last_lines(lines)?)
    }

    /// One line stays of an answered list.
    fn say(&self, list: &List<'_>, answer: &Answer) -> Result<(), Stopped> {
        let label = |choice: &usize| list.choices.get(*choice).map_or(String::new(), |choice| choice.label.clone());
        let said = match answer {
            Answer::Action { .. } => return Ok(()),
            Answer::One(choice) => label(choice),
            Answer::Several(choices) if choices.is_empty() => "none".to_owned(),
            Answer::Several(choices) => choices.iter().map(label).collect::<Vec<_>>().join(", "),
        };
        let room = self.room();
        let line = crate::ui::text::cut(&format!("{}: {said}", list.question), room.columns.saturating_sub(3).max(1));
        self.term.write_line(&format!("{} {line}", console::Style::new().force_styling(self.colour).green().apply_to("✔")))?;
        Ok(self.term.flush()?)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.term.show_cursor();
        let _ = self.term.flush();
    }
}

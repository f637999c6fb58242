//! Answers from a script, for tests: what was asked is kept, and a question too many fails.

use std::cell::RefCell;
use std::collections::VecDeque;

use secrecy::SecretString;

use super::draw::{Room, lines};
use super::list::State;
use super::{Answer, List, Prompt, Stopped, Text};

/// One answer of the script.
#[derive(Clone, Debug)]
pub enum Reply {
    /// To a question for text or a secret.
    Text(&'static str),
    /// To yes or no.
    Confirm(bool),
    /// Enter on the first choice whose label or note holds this text.
    Pick(&'static str),
    /// The marked ones, by the same.
    PickSeveral(&'static [&'static str]),
    /// Ctrl with a letter, on the choice that holds this text.
    Act(char, &'static str),
    /// Enter alone.
    Default,
    /// Escape.
    Back,
    /// Ctrl-C.
    Interrupt,
}

/// A list as a terminal of this size shows it at first.
#[must_use]
pub fn drawn(list: &List<'_>, rows: usize, columns: usize) -> String {
    lines(list, &State::new(list), Room { rows, columns, colour: false }).join("\n")
}

/// A person who follows a script.
#[derive(Debug, Default)]
pub struct Scripted {
    replies: RefCell<VecDeque<Reply>>,
    asked: RefCell<Vec<String>>,
    screens: RefCell<Vec<String>>,
}

impl Scripted {
    /// Gives these answers in this order.
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self { replies: RefCell::new(replies.into_iter().collect()), asked: RefCell::default(), screens: RefCell::default() }
    }

    /// Every question that was asked.
    pub fn asked(&self) -> Vec<String> {
        self.asked.borrow().clone()
    }

    /// Every list as it was first drawn, on 24 lines of 80 columns.
    pub fn screens(&self) -> Vec<String> {
        self.screens.borrow().clone()
    }

    /// True when every answer was used.
    pub fn is_done(&self) -> bool {
        self.replies.borrow().is_empty()
    }

    fn next(&self, question: &str) -> Result<Reply, Stopped> {
        self.asked.borrow_mut().push(question.to_owned());
        match self.replies.borrow_mut().pop_front() {
            Some(Reply::Back) => Err(Stopped::Back),
            Some(Reply::Interrupt) => Err(Stopped::Interrupted),
            Some(reply) => Ok(reply),
            None => panic!("the script has no answer to: {question}"),
        }
    }
}

impl Prompt for Scripted {
    fn text(&self, question: &Text<'_>) -> Result<String, Stopped> {
        loop {
            let answer = match self.next(question.question)? {
                Reply::Text(text) => text.to_owned(),
                Reply::Default => question.default.to_owned(),
                other => panic!("{other:?} is no answer to: {}", question.question),
            };
            match (question.check)(&answer) {
                Ok(()) => return Ok(answer),
                Err(message) => self.asked.borrow_mut().push(format!("refused: {message}")),
            }
        }
    }

    fn edit(&self, question: &Text<'_>) -> Result<String, Stopped> {
        self.text(question)
    }

    fn secret(&self, question: &str) -> Result<SecretString, Stopped> {
        match self.next(question)? {
            Reply::Text(text) => Ok(SecretString::from(text)),
            other => panic!("{other:?} is no answer to: {question}"),
        }
    }

    fn confirm(&self, question: &str, default: bool) -> Result<bool, Stopped> {
        match self.next(question)? {
            Reply::Confirm(answer) => Ok(answer),
            Reply::Default => Ok(default),
            other => panic!("{other:?} is no answer to: {question}"),
        }
    }

    fn list(&self, list: &List<'_>) -> Result<Answer, Stopped> {
        let place = |text: &str| {
            let holds = |choice: &super::Choice| format!("{} {}", choice.label, choice.note).contains(text);
            let shown = || list.choices.iter().map(|choice| format!("{} | {}", choice.label, choice.note)).collect::<Vec<_>>();
            list.choices.iter().position(holds).unwrap_or_else(|| panic!("{text} is not offered by: {} {:#?}", list.question, shown()))
        };
        self.screens.borrow_mut().push(drawn(list, 24, 80));
        Ok(match self.next(list.question)? {
            Reply::Pick(text) => Answer::One(place(text)),
            Reply::Default if list.takes_several => Answer::Several((0..list.choices.len()).filter(|choice| list.choices[*choice].is_marked).collect()),
            Reply::Default => Answer::One(list.start),
            Reply::PickSeveral(texts) => {
                let mut places: Vec<usize> = texts.iter().map(|text| place(text)).collect();
                places.sort_unstable();
                Answer::Several(places)
            }
            Reply::Act(letter, text) => Answer::Action { letter, at: Some(place(text)), marked: vec![] },
            other => panic!("{other:?} is no answer to: {}", list.question),
        })
    }
}

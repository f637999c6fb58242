//! How `init` comes to an answer: what `config.toml` says, else the flag, else what was answered before,
//! else a question, else the default, else an error that names the flag.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use toml_edit::Value;

use super::args::InitArgs;
use crate::app::App;
use crate::config::draft::{Draft, OWN_SECTION};
use crate::config::load::Loaded;
use crate::exit::{Failure, Kind};
use crate::gather;
use crate::services::as_typed;
use crate::ui::prompt::{Answer, Choice, List, Prompt, Stopped, Text, no_detail};
use crate::ui::table::Tone;
use crate::ui::text;

/// Where an answer comes from: it decides who is asked to correct it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    File,
    Flag,
    Earlier,
    Person,
    Default,
}

/// One setting to be answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    /// `xero`.
    pub(super) section: &'static str,
    /// `revenue_account`.
    pub(super) key: &'static str,
    /// `--revenue-account CODE`, for who is not asked.
    pub(super) flag: &'static str,
    /// The question, without a question mark.
    pub(super) ask: &'a str,
    /// Nobody but a person or a flag can answer: the default is only a proposal.
    pub(super) is_needed: bool,
}

/// One of a few answers.
pub(super) struct Way {
    /// What is written.
    pub(super) value: &'static str,
    /// What it is called.
    pub(super) label: &'static str,
    /// What speaks for it.
    pub(super) note: &'static str,
}

/// A set-up that goes on.
pub(super) struct Wizard<'a> {
    pub(super) app: &'a App,
    pub(super) args: &'a InitArgs,
    /// `--no-input` itself: who signs in without a browser then pastes nothing.
    pub(super) no_input: bool,
    pub(super) draft: Draft,
    /// The Xero organisation as people know it, once it answered.
    pub(super) organisation: Option<String>,
    prompt: Option<Rc<dyn Prompt>>,
    origins: BTreeMap<(&'static str, &'static str), Origin>,
}

impl<'a> Wizard<'a> {
    pub(super) fn new(app: &'a App, args: &'a InitArgs, no_input: bool, draft: Draft) -> Self {
        // A check asks nothing and changes nothing.
        let prompt = (app.may_prompt && !args.check).then(|| app.prompt());
        Self { app, args, no_input, draft, organisation: None, prompt, origins: BTreeMap::new() }
    }

    /// Whom to ask, if anybody.
    pub(super) fn prompt(&self) -> Option<Rc<dyn Prompt>> {
        self.prompt.clone()
    }

    /// The settings with every answer so far.
    pub(super) fn loaded(&self) -> Result<Loaded, Failure> {
        self.draft.loaded(self.app)
    }

    /// A line for the person.
    pub(super) fn say(&self, line: &str) {
        let columns = self.app.output.look().width.min(100);
        for line in text::wrap(&as_typed(self.app, line), columns) {
            self.app.output.note(&line);
        }
    }

    /// Something that was found to be right.
    pub(super) fn good(&self, line: &str) {
        let look = self.app.output.look();
        let mark = Tone::Good.style(look.colour_error).apply_to("✔").to_string();
        let columns = look.width.min(100).saturating_sub(2).max(20);
        for (index, line) in text::wrap(&as_typed(self.app, line), columns).iter().enumerate() {
            self.app.output.note(&format!("{} {line}", if index == 0 { mark.as_str() } else { " " }));
        }
    }

    /// A failure that does not end the set-up.
    pub(super) fn tell(&self, failure: &Failure) {
        let hints: Vec<String> = failure.hints.iter().map(|hint| as_typed(self.app, hint)).collect();
        self.app.output.failure(&format!("{:#}", failure.source), &hints);
    }

    /// The answer that is there without asking: from the file, a flag or earlier.
    fn known(&mut self, question: &Question<'_>, given: Option<&str>) -> Result<Option<(String, Origin)>, Failure> {
        let given = given.map(str::trim).filter(|given| !given.is_empty());
        if let Some(written) = self.draft.in_file(question.section, question.key).map(shown) {
            // A file that was named from here stands in config.toml with its full path.
            let is_same = |given: &str| given == written || std::env::current_dir().is_ok_and(|here| here.join(given).display().to_string() == written);
            if let Some(given) = given.filter(|given| !is_same(given)) {
                let (file, name) = (self.draft.config_file().display(), question.name());
                let message = format!("{file} says {name} = \"{written}\", and {} says {given}", question.flag_name());
                return Err(
                    Failure::message(Kind::Usage, message).hint("init never rewrites what stands in config.toml: change it there, or leave the flag out")
                );
            }
            return Ok(Some((written, Origin::File)));
        }
        if self.args.check {
            return Ok(None);
        }
        if let Some(given) = given {
            return Ok(Some((given.to_owned(), Origin::Flag)));
        }
        Ok(self.draft.answer(question.section, question.key).map(|earlier| (shown(earlier), Origin::Earlier)))
    }

    fn keep(&mut self, question: &Question<'_>, answer: &str, origin: Origin) -> Result<String, Failure> {
        let _ = self.origins.insert((question.section, question.key), origin);
        if !matches!(origin, Origin::File | Origin::Earlier) {
            self.draft.put(question.section, question.key, answer)?;
        }
        Ok(answer.to_owned())
    }

    /// A line of text; `check` looks at answers of people and flags alike.
    pub(super) fn text(
        &mut self,
        question: &Question<'_>,
        given: Option<&str>,
        default: &str,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<String, Failure> {
        if let Some((answer, origin)) = self.known(question, given)? {
            if origin == Origin::Flag {
                check(&answer).map_err(|message| Failure::message(Kind::Usage, format!("{}: {message}", question.flag_name())))?;
            }
            return self.keep(question, &answer, origin);
        }
        if let Some(prompt) = self.prompt() {
            let answer = prompt.text(&Text { question: question.ask, default, may_be_empty: false, check })?;
            return self.keep(question, &answer, Origin::Person);
        }
        self.default(question, default)
    }

    /// One of a few ways; `usual` is the place of the one that Enter takes.
    pub(super) fn way(&mut self, question: &Question<'_>, given: Option<&str>, ways: &[Way], usual: usize) -> Result<String, Failure> {
        if let Some((answer, origin)) = self.known(question, given)? {
            return self.keep(question, &answer, origin);
        }
        let Some(prompt) = self.prompt() else {
            return self.default(question, ways.get(usual).map_or("", |way| way.value));
        };
        let choices: Vec<Choice> = ways.iter().map(|way| Choice::new(way.label, way.note)).collect();
        let place = pick(&*prompt, question.ask, &choices, usual)?;
        let value = ways.get(place).map_or("", |way| way.value);
        self.keep(question, value, Origin::Person)
    }

    /// An answer that is found by looking, such as a contact of a list.
    pub(super) fn found(&mut self, question: &Question<'_>, answer: &str, by_person: bool) -> Result<(), Failure> {
        self.keep(question, answer, if by_person { Origin::Person } else { Origin::Flag }).map(drop)
    }

    /// What is known of a setting without asking.
    pub(super) fn settled(&mut self, question: &Question<'_>, given: Option<&str>) -> Result<Option<String>, Failure> {
        match self.known(question, given)? {
            Some((answer, origin)) => self.keep(question, &answer, origin).map(Some),
            None => Ok(None),
        }
    }

    fn default(&mut self, question: &Question<'_>, default: &str) -> Result<String, Failure> {
        if self.args.check && (default.is_empty() || question.is_needed) {
            return Err(Failure::message(Kind::Configuration, format!("{} is not set", question.name())).hint("cspctl init asks for it"));
        }
        if default.is_empty() || question.is_needed {
            return Err(self.missing(question));
        }
        if self.args.check {
            return Ok(default.to_owned());
        }
        self.keep(question, default, Origin::Default)
    }

    /// An answer that nobody gives.
    pub(super) fn missing(&self, question: &Question<'_>) -> Failure {
        let message = format!("{} is missing: {}", question.ask.to_lowercase(), question.flag);
        Failure::message(Kind::Usage, message)
            .hint(format!("without questions every answer comes from its flag, or from {}", self.draft.config_file().display()))
    }

    /// A check that failed: the person answers again; what stands in `config.toml` or came by a flag is
    /// for others to correct. Gives the failure back when nobody can.
    pub(super) fn again(&mut self, keys: &[(&'static str, &'static str)], failure: Failure) -> Result<(), Failure> {
        let by = |origin: &Origin| matches!(origin, Origin::Person | Origin::Earlier | Origin::Default);
        let can_change: Vec<_> = keys.iter().copied().filter(|key| self.origins.get(key).is_some_and(by)).collect();
        if failure.kind == Kind::Interrupted || self.prompt.is_none() || can_change.is_empty() {
            return Err(failure);
        }
        self.tell(&failure);
        for (section, key) in can_change {
            self.draft.forget(section, key)?;
            let _ = self.origins.remove(&(section, key));
        }
        Ok(())
    }

    /// A check that a service refused: the person may try again, answer the keys anew, or stop. Gives the
    /// failure back when nobody can be asked.
    pub(super) fn recover(&mut self, keys: &[(&'static str, &'static str)], failure: Failure) -> Result<(), Failure> {
        let Some(prompt) = self.prompt().filter(|_| failure.kind != Kind::Interrupted) else { return Err(failure) };
        self.tell(&failure);
        // What a sign-in found out has no origin, and goes with the answers that led to it.
        let can_change = |wizard: &Self, (section, key): (&'static str, &'static str)| {
            let origin = wizard.origins.get(&(section, key));
            wizard.draft.answer(section, key).is_some() && !origin.is_some_and(|origin| matches!(origin, Origin::File | Origin::Flag))
        };
        let changed: Vec<_> = keys.iter().copied().filter(|key| can_change(self, *key)).collect();
        let names: Vec<&str> = changed.iter().filter(|key| self.origins.contains_key(*key)).map(|(_, key)| *key).collect();
        let mut choices = vec![Choice::new("Try again", "")];
        if !names.is_empty() {
            choices.push(Choice::new("Answer again", names.join(", ")));
        }
        choices.push(Choice::new("Stop here", "your answers are kept"));
        match pick(&*prompt, "What now", &choices, 0)? {
            0 => Ok(()),
            1 if !names.is_empty() => {
                for (section, key) in changed {
                    self.draft.forget(section, key)?;
                    let _ = self.origins.remove(&(section, key));
                }
                Ok(())
            }
            _ => Err(failure),
        }
    }

    /// Ctrl-C while a browser is waited for ends the waiting, not the set-up: a wrong client id shows only on
    /// the page of the service, and nobody would ever come back.
    pub(super) fn stopped_waiting(&self, failure: Failure) -> Failure {
        if failure.kind != Kind::Interrupted || self.prompt.is_none() {
            return failure;
        }
        Failure::message(Kind::SignIn, "the sign-in was stopped before the browser came back")
            .hint("if the page showed an error, its text says what to correct")
    }

    /// A text that may be left out; that it was is remembered.
    pub(super) fn optional(
        &mut self,
        question: &Question<'_>,
        given: Option<&str>,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> Result<Option<String>, Failure> {
        let is_left_out = |given: &str| given.eq_ignore_ascii_case("none");
        if let Some((answer, origin)) = self.known(question, given.filter(|given| !is_left_out(given)))? {
            if origin == Origin::Flag {
                check(&answer).map_err(|message| Failure::message(Kind::Usage, format!("{}: {message}", question.flag_name())))?;
            }
            return self.keep(question, &answer, origin).map(Some);
        }
        if self.args.check || given.is_some_and(is_left_out) || self.is_done(question.key) {
            return Ok(None);
        }
        let Some(prompt) = self.prompt() else { return Ok(None) };
        let may_be_nothing = |answer: &str| if answer.is_empty() { Ok(()) } else { check(answer) };
        let answer = prompt.text(&Text { question: question.ask, default: "", may_be_empty: true, check: &may_be_nothing })?;
        if answer.is_empty() {
            self.done(question.key)?;
            return Ok(None);
        }
        self.keep(question, &answer, Origin::Person).map(Some)
    }

    /// True when a part of the set-up was gone through before.
    pub(super) fn is_done(&self, part: &str) -> bool {
        self.draft.answer(OWN_SECTION, part).is_some()
    }

    /// Remembers that a part was gone through.
    pub(super) fn done(&mut self, part: &str) -> Result<(), Failure> {
        if self.args.check { Ok(()) } else { self.draft.put(OWN_SECTION, part, "done") }
    }

    /// Yes or no; without anybody to ask, `otherwise`.
    pub(super) fn confirm(&self, question: &str, default: bool, otherwise: bool) -> Result<bool, Failure> {
        match self.prompt() {
            Some(prompt) => Ok(prompt.confirm(question, default)?),
            None => Ok(otherwise),
        }
    }

    /// Several texts, such as the words of a command.
    pub(super) fn put_list(&mut self, question: &Question<'_>, list: &[String], by_person: bool) -> Result<(), Failure> {
        let origin = if by_person { Origin::Person } else { Origin::Flag };
        let _ = self.origins.insert((question.section, question.key), origin);
        self.draft.put(question.section, question.key, list.iter().map(String::as_str).collect::<Value>())
    }

    /// A file that was named from where the person stands, while paths of `config.toml` start at its
    /// folder: it is kept as a full path where only that finds it.
    pub(super) fn place(&mut self, question: &Question<'_>, pattern: &str) -> Result<(), Failure> {
        let (folder, here) = (self.loaded()?.folder, std::env::current_dir()?);
        let is_found = |folder: &Path| gather::files(folder, pattern, question.key).is_ok();
        let is_written = self.draft.in_file(question.section, question.key).is_some();
        if is_written || Path::new(pattern).is_absolute() || is_found(&folder) || !is_found(&here) {
            return Ok(());
        }
        self.draft.put(question.section, question.key, here.join(pattern).display().to_string())
    }
}

impl Question<'_> {
    /// `xero.revenue_account`.
    pub(super) fn name(&self) -> String {
        format!("{}.{}", self.section, self.key)
    }

    fn flag_name(&self) -> &'static str {
        self.flag.split(' ').next().unwrap_or(self.flag)
    }
}

/// One line of a list. Escape leaves nothing behind that would have to be undone, so it only asks again.
pub(super) fn pick(prompt: &dyn Prompt, question: &str, choices: &[Choice], start: usize) -> Result<usize, Failure> {
    let list = List { question, choices, start, takes_several: false, actions: &[], detail: &no_detail };
    loop {
        match prompt.list(&list) {
            Ok(Answer::One(place)) => return Ok(place),
            Ok(_) | Err(Stopped::Back) => {}
            Err(stopped) => return Err(stopped.into()),
        }
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string().trim().to_owned(), str::to_owned)
}

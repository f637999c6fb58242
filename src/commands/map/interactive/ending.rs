//! The end of a session: what was decided is shown, and only a yes writes it. However somebody leaves, with
//! Escape, Ctrl-C or because all is done, decisions are never thrown away without this question.

use super::words::tell;
use crate::app::App;
use crate::exit::{Failure, Kind};
use crate::ui::prompt::{Action, Answer, Choice, List, Prompt, Stopped, no_detail};
use crate::ui::text;
use crate::ui::words::count_of;

/// Decisions that are printed before the question; the list shows them all.
const SHOWN: usize = 12;

/// The keys that all questions share.
pub(super) const UNDO: Action = Action { letter: 'u', label: "undo" };
pub(super) const NEVER_BILL: Action = Action { letter: 'g', label: "never bill" };
pub(super) const SAVE: Action = Action { letter: 's', label: "save and stop" };
pub(super) const ALL_OR_NONE: Action = Action { letter: 't', label: "all or none" };

/// How somebody left the questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing is open any more.
    Done,
    /// Escape: on to the next part.
    Back,
    /// "Save and stop".
    Stop,
    /// Ctrl-C.
    Interrupted,
}

impl Left {
    /// Says what became of the decisions.
    pub(super) fn told(self, app: &App, decisions: usize, is_saved: bool) -> Self {
        tell(
            app,
            &match (is_saved, decisions) {
                (true, _) => format!("{} saved.", count_of(decisions, "decision")),
                (false, 0) => "Nothing was decided; mapping.toml is as it was.".to_owned(),
                (false, _) => "The decisions are thrown away; mapping.toml is as it was.".to_owned(),
            },
        );
        self
    }
}

/// What to do with the decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ending {
    Save,
    Discard,
    /// Ask on.
    GoOn,
    /// These places are open again.
    TakeBack(Vec<usize>),
}

/// What the question is about.
struct Decided<'a> {
    /// Every decision as a line: the subject, and what becomes of it.
    lines: &'a [Choice],
    /// How many subjects nobody has decided about.
    open: usize,
    /// The sum of it, as a sentence.
    sum: &'a str,
}

/// Questions of one kind, until they are saved or thrown away.
pub(super) trait Queue {
    fn app(&self) -> &App;
    fn prompt(&self) -> &dyn Prompt;
    /// Those that are certain, all in one list.
    fn batch(&mut self) -> Result<Left, Failure>;
    /// The open ones, one after the other.
    fn one_by_one(&mut self) -> Result<Left, Failure>;
    /// Every decision as a line.
    fn lines(&self) -> Vec<Choice>;
    /// How many there are to decide about.
    fn len(&self) -> usize;
    /// What the decisions come to, as a sentence.
    fn sum(&self) -> String;
    /// Writes them, and says how many.
    fn save(&self) -> Result<usize, Failure>;
    /// Asks those again that were left open.
    fn ask_left_again(&mut self);
    /// Opens these lines' subjects again.
    fn take_back(&mut self, lines: &[usize]);
}

/// Asks until nothing is open or somebody leaves, then about saving.
pub(super) fn run(mut queue: impl Queue) -> Result<Left, Failure> {
    let mut left = queue.batch()?;
    loop {
        if left == Left::Done {
            left = queue.one_by_one()?;
        }
        let lines = queue.lines();
        let decided = Decided { lines: &lines, open: queue.len() - lines.len(), sum: &queue.sum() };
        match ask(queue.app(), queue.prompt(), &decided, left)? {
            Ending::Save => match queue.save() {
                Ok(saved) => return Ok(left.told(queue.app(), saved, true)),
                // Whatever was in the way can be put right meanwhile; the decisions are still here.
                Err(failure) => {
                    queue.app().output.failure(&format!("{:#}", failure.source), &failure.hints);
                    continue;
                }
            },
            Ending::Discard => return Ok(left.told(queue.app(), lines.len(), false)),
            Ending::GoOn => queue.ask_left_again(),
            Ending::TakeBack(places) => queue.take_back(&places),
        }
        left = Left::Done;
    }
}

/// Shows the decisions and asks. Without any there is nothing to ask.
fn ask(app: &App, prompt: &dyn Prompt, decided: &Decided<'_>, left: Left) -> Result<Ending, Failure> {
    if decided.lines.is_empty() {
        return if left == Left::Interrupted { Err(interrupted(0)) } else { Ok(Ending::Discard) };
    }
    let number = count_of(decided.lines.len(), "decision");
    show(app, decided);
    if left == Left::Interrupted {
        tell(app, "Ctrl-C again leaves without saving.");
    }
    let mut choices = vec![(Ending::Save, Choice::new("Save", "into mapping.toml"))];
    choices.push((Ending::TakeBack(Vec::new()), Choice::new("Look at them", "to take some back")));
    if decided.open > 0 {
        choices.push((Ending::GoOn, Choice::new("Go on", format!("{} left open", decided.open))));
    }
    choices.push((Ending::Discard, Choice::new("Throw away", "nothing is written")));
    let (endings, lines): (Vec<Ending>, Vec<Choice>) = choices.into_iter().unzip();
    let question = format!("Save {number}");
    loop {
        let list = List { question: &question, choices: &lines, start: 0, takes_several: false, actions: &[], detail: &no_detail };
        let chosen = match prompt.list(&list) {
            Ok(Answer::One(place)) => endings.get(place).cloned().unwrap_or(Ending::GoOn),
            Err(Stopped::Back) if decided.open > 0 => Ending::GoOn,
            Ok(_) | Err(Stopped::Back) => continue,
            Err(Stopped::Interrupted) => return Err(interrupted(decided.lines.len())),
            Err(stopped) => return Err(stopped.into()),
        };
        if !matches!(chosen, Ending::TakeBack(_)) {
            return Ok(chosen);
        }
        if let Some(taken_back) = look(prompt, decided.lines)? {
            return Ok(Ending::TakeBack(taken_back));
        }
    }
}

/// The decisions as a list; those that lose their mark are taken back. `None` when all keep it.
fn look(prompt: &dyn Prompt, lines: &[Choice]) -> Result<Option<Vec<usize>>, Failure> {
    let marked: Vec<Choice> = lines.iter().map(|line| Choice { is_marked: true, ..line.clone() }).collect();
    let question = "Decisions to keep";
    let list = List { question, choices: &marked, start: 0, takes_several: true, actions: &[], detail: &no_detail };
    match prompt.list(&list) {
        Ok(Answer::Several(kept)) => {
            let taken_back: Vec<usize> = (0..lines.len()).filter(|place| kept.binary_search(place).is_err()).collect();
            Ok(Some(taken_back).filter(|places| !places.is_empty()))
        }
        Ok(_) | Err(Stopped::Back) => Ok(None),
        Err(Stopped::Interrupted) => Err(interrupted(lines.len())),
        Err(stopped) => Err(stopped.into()),
    }
}

fn show(app: &App, decided: &Decided<'_>) {
    let columns = app.output.look().width.saturating_sub(1).max(20);
    let widest = decided.lines.iter().take(SHOWN).map(|line| text::width(&line.label)).max().unwrap_or(0).min(columns / 2);
    for line in decided.lines.iter().take(SHOWN) {
        if text::width(&line.label).min(widest) + text::width(&line.note) + 4 > columns {
            // Neither name is cut in half on a narrow terminal.
            app.output.note(&text::cut(&format!("  {}", line.label), columns));
            app.output.note(&text::cut(&format!("    {}", line.note), columns));
            continue;
        }
        let subject = text::cut(&line.label, widest);
        let padding = " ".repeat(widest.saturating_sub(text::width(&subject)));
        app.output.note(&text::cut(&format!("  {subject}{padding}  {}", line.note), columns));
    }
    if decided.lines.len() > SHOWN {
        app.output.note(&format!("  and {} more", decided.lines.len() - SHOWN));
    }
    tell(app, decided.sum);
}

/// A question inside a session that was not answered: somebody leaves, and decisions are kept.
pub(super) fn left_by(stopped: Stopped) -> Result<Left, Failure> {
    match stopped {
        Stopped::Back => Ok(Left::Back),
        Stopped::Interrupted => Ok(Left::Interrupted),
        Stopped::Failed(_) => Err(stopped.into()),
    }
}

/// An entry that somebody else wrote while it was decided about: theirs stays.
pub(super) fn changed_meanwhile(app: &App, name: &str) {
    app.output.warn(&format!("{} was changed in mapping.toml meanwhile: it is left as it is there", text::plain(name)));
}

fn interrupted(decisions: usize) -> Failure {
    if decisions == 0 {
        return Failure::message(Kind::Interrupted, "interrupted; nothing was decided, mapping.toml is as it was");
    }
    Failure::message(Kind::Interrupted, format!("interrupted; {} not saved, mapping.toml is as it was", count_of(decisions, "decision")))
}

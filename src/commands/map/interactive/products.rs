//! Offers without an entry or without a price: those that sell as they are in one list, the others one by
//! one, those with the most money held first.

use super::super::entries;
use super::super::known::KnownStockCode;
use super::super::products::uncovered;
use super::super::show::one_line;
use super::super::{Desk, save};
use super::Session;
use super::decisions::Decisions;
use super::effects::{OfferEffect, Sale, Trials};
use super::ending::{self, ALL_OR_NONE, Left, NEVER_BILL, SAVE, UNDO, changed_meanwhile, left_by};
use super::items::{self, Chosen};
use super::prices::{Means, Offered, Prices, typed};
use super::words::{amounts, offer_lines, offer_note, rule_is_fine, tell};
use crate::app::App;
use crate::config::mapping::MappingEditor;
use crate::domain::books::BookedItem;
use crate::domain::mapping::{Narrowing, Product};
use crate::domain::offer::{OfferId, StockCode};
use crate::domain::pricing::PriceRule;
use crate::exit::Failure;
use crate::ui::progress::Progress;
use crate::ui::prompt::{Action, Answer, Choice, List, Prompt, Text};
use crate::ui::words::{count, count_of, margin_percent};

const TEXT: Action = Action { letter: 'n', label: "text" };
const ITEM: Action = Action { letter: 'x', label: "Xero item" };

/// An offer to decide about.
struct Subject {
    /// The entry as it is or would be, without a decision about its price.
    entry: Product,
    /// What the source calls it.
    description: String,
    codes: Vec<StockCode>,
    /// With the entry as it is.
    effect: OfferEffect,
}

/// An entry that was decided, and what it does.
type Decision = (Product, OfferEffect);

struct Queue<'a> {
    app: &'a App,
    prompt: &'a dyn Prompt,
    desk: Desk,
    trials: &'a Trials<'a>,
    items: &'a [BookedItem],
    /// Most money first.
    subjects: Vec<Subject>,
    decisions: Decisions<OfferId, Decision>,
}

/// Asks about every offer that is not set up, and saves what was decided if told so.
pub(super) fn ask(app: &App, prompt: &dyn Prompt, session: &Session) -> Result<Left, Failure> {
    let desk = session.desk()?;
    let scene = session.scene(app);
    let mut progress = Progress::new(&app.output);
    progress.phase("Trying prices", "offer", None);
    let trials = Trials::new(&scene, desk.editor.mapping());
    let subjects = subjects(&desk, &trials)?;
    progress.finish();
    if subjects.is_empty() {
        app.output.note("Every offer has an entry with a price.");
        return Ok(Left::Done);
    }
    tell(app, &format!("{} not set up. Nothing is written before you save.", count_of(subjects.len(), "offer")));
    ending::run(Queue { app, prompt, desk, trials: &trials, items: session.items(), subjects, decisions: Decisions::default() })
}

/// Offers that no entry covers, and entries that have no price while there is no default.
fn subjects(desk: &Desk, trials: &Trials<'_>) -> Result<Vec<Subject>, Failure> {
    let mapping = desk.editor.mapping();
    let mut entries: Vec<(Product, Vec<&KnownStockCode>)> = uncovered(&desk.known, mapping)
        .into_iter()
        .map(|(offer, codes)| (entries::product(mapping, &desk.known, offer, Narrowing::default()), codes))
        .collect();
    if desk.loaded.settings.pricing.default == PriceRule::None {
        for entry in mapping.products.iter().filter(|entry| !entry.ignore && entry.price.is_none()) {
            let codes = desk.known.of_offer(&entry.offer).filter(|code| entry.narrowing.covers(&code.stock_code)).collect();
            entries.push((entry.clone(), codes));
        }
    }
    let mut subjects = Vec::with_capacity(entries.len());
    for (entry, codes) in entries {
        subjects.push(Subject {
            effect: trials.with(&entry)?,
            description: entries::description(&codes),
            codes: codes.iter().map(|code| code.stock_code.clone()).collect(),
            entry,
        });
    }
    subjects.sort_by_key(|subject| std::cmp::Reverse(subject.effect.all().cost));
    Ok(subjects)
}

impl ending::Queue for Queue<'_> {
    fn app(&self) -> &App {
        self.app
    }

    fn prompt(&self) -> &dyn Prompt {
        self.prompt
    }

    fn len(&self) -> usize {
        self.subjects.len()
    }

    fn ask_left_again(&mut self) {
        self.decisions.ask_left_again();
    }

    fn batch(&mut self) -> Result<Left, Failure> {
        let ready: Vec<usize> = (self.subjects.iter().enumerate())
            .filter(|(_, subject)| subject.entry.name.is_some() && rule_is_fine(&subject.effect))
            .map(|(place, _)| place)
            .collect();
        if ready.is_empty() {
            return Ok(Left::Done);
        }
        let mut marks = vec![true; ready.len()];
        let mut start = 0;
        let question = format!("{} by {}: take the marked with these texts", count_of(ready.len(), "offer"), self.default_price());
        loop {
            let subject = |at: usize| ready.get(at).and_then(|place| self.subjects.get(*place));
            let sales = (0..ready.len()).filter_map(subject).map(|subject| &subject.effect.sale);
            let amount = amounts(&sales.flat_map(|sale| [sale.cost, sale.sell]).collect::<Vec<_>>());
            let line = |subject: &Subject, is_marked| Choice { is_marked, ..Choice::new(name_of(&subject.entry), offer_note(&subject.effect, &amount)) };
            let choices: Vec<Choice> = (0..ready.len()).filter_map(subject).zip(&marks).map(|(subject, marked)| line(subject, *marked)).collect();
            let detail = |at: usize| subject(at).map(|subject| self.detail(subject, &subject.entry, Some(&subject.effect))).unwrap_or_default();
            let list = List { question: &question, choices: &choices, start, takes_several: true, actions: &[TEXT, ALL_OR_NONE], detail: &detail };
            match self.prompt.list(&list) {
                Ok(Answer::Several(marked)) => {
                    let taken = marked.iter().filter_map(|place| subject(*place));
                    let decided: Vec<(OfferId, Decision)> =
                        taken.map(|subject| (subject.entry.offer.clone(), (subject.entry.clone(), subject.effect.clone()))).collect();
                    self.decisions.decide_all(decided);
                    return Ok(Left::Done);
                }
                Ok(Answer::Action { letter: 't', marked, .. }) => marks = vec![marked.len() < ready.len(); ready.len()],
                Ok(Answer::Action { at, marked, .. }) => {
                    marks = (0..ready.len()).map(|place| marked.binary_search(&place).is_ok()).collect();
                    start = at.unwrap_or(0);
                    if let Some(place) = at.and_then(|at| ready.get(at)).copied()
                        && let Some(left) = self.retext(place)?
                    {
                        return Ok(left);
                    }
                }
                Ok(Answer::One(_)) => {}
                Err(stopped) => return left_by(stopped),
            }
        }
    }

    fn one_by_one(&mut self) -> Result<Left, Failure> {
        let mut own: Option<PriceRule> = None;
        while let Some(place) = self.subjects.iter().position(|subject| !self.decisions.is_settled(&subject.entry.offer)) {
            let Some(subject) = self.subjects.get(place) else { break };
            let offered = Offered { entry: &subject.entry, codes: &subject.codes, default_price: self.default_price(), typed: own.as_ref() };
            let prices = Prices::new(&offered, self.trials)?;
            let question = format!("Price of {}", name_of(&subject.entry));
            let detail = |at: usize| match prices.means.get(at) {
                Some(Means::Entry(entry, effect)) => self.detail(subject, entry, Some(effect)),
                _ => self.detail(subject, &subject.entry, None),
            };
            let actions = if self.items.is_empty() { vec![TEXT, UNDO, NEVER_BILL, SAVE] } else { vec![TEXT, ITEM, UNDO, NEVER_BILL, SAVE] };
            let list = List { question: &question, choices: &prices.choices, start: prices.start, takes_several: false, actions: &actions, detail: &detail };
            let answer = match self.prompt.list(&list) {
                Ok(answer) => answer,
                Err(stopped) => return left_by(stopped),
            };
            let left = match answer {
                Answer::One(at) => match prices.means.get(at).cloned() {
                    Some(Means::Entry(entry, effect)) => {
                        self.decisions.decide(subject.entry.offer.clone(), (*entry, effect));
                        own = None;
                        None
                    }
                    Some(Means::Another) => self.another(place, &mut own)?,
                    _ => {
                        self.decisions.leave(subject.entry.offer.clone());
                        own = None;
                        None
                    }
                },
                Answer::Action { letter: 'n', .. } => self.retext(place)?,
                Answer::Action { letter: 'x', .. } => self.choose_item(place)?,
                Answer::Action { letter: 'g', .. } => self.never_bill(place)?,
                Answer::Action { letter: 'u', .. } => {
                    own = None;
                    self.undo();
                    None
                }
                Answer::Action { .. } => Some(Left::Stop),
                Answer::Several(_) => None,
            };
            if let Some(left) = left {
                return Ok(left);
            }
        }
        Ok(Left::Done)
    }

    fn lines(&self) -> Vec<Choice> {
        let taken = self.decisions.taken();
        let line = |subject: &Subject| {
            let (entry, effect) = taken.get(&subject.entry.offer)?;
            let price = entry.price.as_ref().unwrap_or(self.default_price());
            let what = if entry.ignore { "never billed".to_owned() } else { format!("{price}: {}", offer_note(effect, |amount| amount.to_string())) };
            Some(Choice::new(name_of(entry), what))
        };
        self.subjects.iter().filter_map(line).collect()
    }

    fn sum(&self) -> String {
        let taken = self.decisions.taken();
        let sales = || taken.values().map(|(_, effect)| &effect.sale);
        let all = sales().fold(Sale::default(), |all, sale| Sale { cost: all.cost + sale.cost, sell: all.sell + sale.sell, ..all });
        let charges = count(sales().map(|sale| sale.lines).sum(), "charge");
        let period = self.desk.known.period.map(|period| format!("{period}: ")).unwrap_or_default();
        format!(
            "{period}{charges} costing {} sell for {}, margin {}, once their customers have contacts.",
            all.cost,
            all.sell,
            margin_percent(all.sell, all.cost)
        )
    }

    fn save(&self) -> Result<usize, Failure> {
        let (before, mut editor) = (self.desk.editor.mapping(), MappingEditor::open(&self.desk.loaded.mapping_file())?);
        let mut saved = 0;
        for (entry, _) in self.decisions.taken().into_values() {
            let is_it = |other: &&Product| other.offer == entry.offer && other.narrowing == entry.narrowing;
            if editor.mapping().products.iter().find(is_it) != before.products.iter().find(is_it) {
                changed_meanwhile(self.app, &name_of(entry));
                continue;
            }
            editor.put_product(entry.clone())?;
            saved += 1;
        }
        save(self.app, &self.desk.loaded, editor)?;
        Ok(saved)
    }

    fn take_back(&mut self, places: &[usize]) {
        let taken = self.decisions.taken();
        let decided: Vec<OfferId> = self.subjects.iter().map(|subject| subject.entry.offer.clone()).filter(|offer| taken.contains_key(offer)).collect();
        let back: Vec<OfferId> = places.iter().filter_map(|place| decided.get(*place)).cloned().collect();
        self.decisions.take_back(|offer| back.contains(offer));
    }
}

impl Queue<'_> {
    fn default_price(&self) -> &PriceRule {
        &self.desk.loaded.settings.pricing.default
    }

    /// What it is, who is charged for it, and what the entry would sell it for.
    fn detail(&self, subject: &Subject, entry: &Product, effect: Option<&OfferEffect>) -> Vec<String> {
        let description = if subject.description.is_empty() { "no description" } else { &subject.description };
        let mut lines = vec![format!("{} for {}: {description}", entry.offer, bought_as(&subject.codes))];
        let of_offer = self.trials.offer(&entry.offer);
        let customers = of_offer.map_or(0, |of_offer| of_offer.customers.len());
        let all = subject.effect.all();
        let period = self.desk.known.period.map(|period| format!("{period}: ")).unwrap_or_default();
        let unknown = of_offer.map(|of_offer| of_offer.unknown).filter(|unknown| *unknown > 0);
        let unknown = unknown.map(|unknown| format!(", and {unknown} whose customer is not known")).unwrap_or_default();
        lines.push(format!("{period}{} of {} costing {}{unknown}", count(all.charges, "charge"), count_of(customers, "customer"), all.cost));
        lines.extend(effect.map(offer_lines).unwrap_or_default());
        if let Some(code) = &entry.xero_item_code {
            lines.push(format!("Xero item {}", items::told(self.items, code)));
        }
        lines
    }

    /// Another text on invoices.
    fn retext(&mut self, place: usize) -> Result<Option<Left>, Failure> {
        let Some(subject) = self.subjects.get_mut(place) else { return Ok(None) };
        let check = |text: &str| if text.trim().is_empty() { Err("type the text that invoices show".to_owned()) } else { Ok(()) };
        let question = format!("Text on invoices for {}", subject.entry.offer);
        let default = subject.entry.name.as_deref().unwrap_or_default();
        match self.prompt.edit(&Text { question: &question, default, may_be_empty: false, check: &check }) {
            Ok(text) => subject.entry.name = Some(one_line(&text).into()),
            Err(stopped) => return left_by(stopped).map(Some),
        }
        Ok(None)
    }

    /// A price or rule of one's own; it is shown with its effect before it is taken.
    fn another(&mut self, place: usize, own: &mut Option<PriceRule>) -> Result<Option<Left>, Failure> {
        let Some(subject) = self.subjects.get(place) else { return Ok(None) };
        tell(self.app, "32.90 is the price of a seat and cycle; or a rule: cost+18%, rrp, rrp-2.5%. Enter alone goes back.");
        let question = format!("Price of {}", name_of(&subject.entry));
        let check = |text: &str| if text.trim().is_empty() { Ok(()) } else { typed(text).map(drop) };
        match self.prompt.text(&Text { question: &question, default: "", may_be_empty: true, check: &check }) {
            Ok(text) => *own = typed(&text).ok(),
            Err(stopped) => return left_by(stopped).map(Some),
        }
        Ok(None)
    }

    fn choose_item(&mut self, place: usize) -> Result<Option<Left>, Failure> {
        let Some(subject) = self.subjects.get_mut(place) else { return Ok(None) };
        match items::choose(self.prompt, self.items, &name_of(&subject.entry)) {
            Ok(Chosen::Item(code)) => subject.entry.xero_item_code = Some(code),
            Ok(Chosen::None) => subject.entry.xero_item_code = None,
            Ok(Chosen::AsBefore) => {}
            Err(stopped) => return left_by(stopped).map(Some),
        }
        subject.effect = self.trials.with(&subject.entry)?;
        Ok(None)
    }

    fn never_bill(&mut self, place: usize) -> Result<Option<Left>, Failure> {
        let Some(subject) = self.subjects.get(place) else { return Ok(None) };
        let question = format!("Never bill {} to any customer", name_of(&subject.entry));
        let all = subject.effect.all();
        let costs = format!("{} costing {}", count(all.charges, "charge"), all.cost);
        tell(self.app, &format!("{costs}: they would stay on the bill and go on no invoice, this month and later."));
        match self.prompt.confirm(&question, false) {
            Ok(true) => self.decisions.decide(subject.entry.offer.clone(), (Product { ignore: true, ..subject.entry.clone() }, OfferEffect::default())),
            Ok(false) => {}
            Err(stopped) => return left_by(stopped).map(Some),
        }
        Ok(None)
    }

    fn undo(&mut self) {
        match self.decisions.undo() {
            Some(open) => tell(self.app, &format!("Taken back: {} open again.", count_of(open.len(), "offer"))),
            None => tell(self.app, "Nothing to take back."),
        }
    }
}

/// "P1M monthly, P1Y annual".
fn bought_as(codes: &[StockCode]) -> String {
    let word = |code: &StockCode| {
        let parts = [code.term().map(|term| term.to_string()), code.billing().map(|billing| billing.to_string())];
        let word = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        if word.is_empty() { "any term".to_owned() } else { word }
    };
    let mut words: Vec<String> = codes.iter().map(word).collect();
    words.dedup();
    words.join(", ")
}

fn name_of(entry: &Product) -> String {
    entry.name.as_deref().map_or_else(|| entry.offer.to_string(), str::to_owned)
}

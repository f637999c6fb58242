//! Customers without a contact: the certain ones in one list, the others one by one, those with the most
//! money held first.

use std::collections::HashMap;
use std::path::Path;

use super::super::auto::{entry_for, open_customers};
use super::super::known::KnownTenant;
use super::super::proposals::Proposal;
use super::super::show::one_line;
use super::super::{Desk, entries, save};
use super::Session;
use super::contacts::{ContactKey, Directory};
use super::decisions::Decisions;
use super::effects::CustomerEffect;
use super::ending::{self, ALL_OR_NONE, Left, NEVER_BILL, SAVE, UNDO, changed_meanwhile, left_by};
use super::words::{Released, amounts, effect_lines, held, tell};
use crate::app::App;
use crate::config::mapping::MappingEditor;
use crate::domain::ids::TenantId;
use crate::domain::mapping::Customer;
use crate::domain::money::Money;
use crate::exit::Failure;
use crate::ui::progress::Progress;
use crate::ui::prompt::{Answer, Choice, List, Prompt, Text};
use crate::ui::words::count_of;

/// A proposal of at least this score is highlighted at first; below it, leaving the customer open is.
const HIGHLIGHTED_FROM: u8 = 90;

/// A customer to decide about.
struct Subject {
    tenant: KnownTenant,
    tenant_id: TenantId,
    effect: CustomerEffect,
}

/// Everything that the questions about customers need.
struct Queue<'a> {
    app: &'a App,
    prompt: &'a dyn Prompt,
    desk: Desk,
    directory: Directory,
    /// Most money first.
    subjects: Vec<Subject>,
    decisions: Decisions<TenantId, Customer>,
    /// Whose contacts were given away, by the file.
    taken: HashMap<ContactKey, Vec<String>>,
}

/// Asks about every customer that has no contact, and saves what was decided if told so.
pub(super) fn ask(app: &App, prompt: &dyn Prompt, session: &Session, contacts: Option<&Path>) -> Result<Left, Failure> {
    let desk = session.desk()?;
    let open = open_customers(&desk);
    if open.is_empty() {
        app.output.note("Every customer has a contact.");
        return Ok(Left::Done);
    }
    tell(app, &format!("{} without a contact. Nothing is written before you save.", count_of(open.len(), "customer")));
    let directory = Directory::open(app, prompt, session.live.as_ref(), contacts, &open)?;
    let ids: Vec<TenantId> = open.iter().map(|customer| customer.tenant_id).collect();
    let mut progress = Progress::new(&app.output);
    progress.phase("Planning the month with contacts", "customer", None);
    let mut effects = session.scene(app).of_customers(desk.editor.mapping(), &ids)?;
    progress.finish();
    let mut subjects: Vec<Subject> = desk
        .known
        .tenants
        .iter()
        .filter_map(|tenant| {
            let tenant_id = tenant.tenant_id?;
            Some(Subject { tenant: tenant.clone(), tenant_id, effect: effects.remove(&tenant_id)? })
        })
        .collect();
    subjects.sort_by_key(|subject| std::cmp::Reverse((subject.effect.held_today.cost, subject.tenant.cost)));
    let taken = taken(&desk);
    ending::run(Queue { app, prompt, desk, directory, subjects, decisions: Decisions::default(), taken })
}

/// Contacts that the file gives to customers already, with the customers' names.
fn taken(desk: &Desk) -> HashMap<ContactKey, Vec<String>> {
    let mut taken: HashMap<ContactKey, Vec<String>> = HashMap::new();
    for customer in desk.editor.mapping().customers.iter().filter(|customer| !customer.ignore) {
        if let Some(key) = ContactKey::of(customer.xero_contact_id, customer.xero_contact_name.as_deref()) {
            taken.entry(key).or_default().push(customer.name.as_deref().map_or_else(|| customer.tenant_id.to_string(), str::to_owned));
        }
    }
    taken
}

/// What a line of the list of contacts stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Means {
    Contact(Option<crate::domain::ids::ContactId>, std::sync::Arc<str>),
    LeaveOpen,
    AnotherName,
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
        let certain: Vec<(usize, Proposal)> = (self.subjects.iter().enumerate())
            .filter_map(|(place, subject)| Some((place, self.directory.proposals(subject.tenant_id).find(|proposal| proposal.exact)?.clone())))
            .collect();
        if certain.is_empty() {
            return Ok(Left::Done);
        }
        let mut choices = self.certain_lines(&certain);
        let question = if self.directory.contacts.is_empty() {
            format!("{} by their own names: take the marked", count_of(certain.len(), "customer"))
        } else {
            format!("{}: take the marked", count_of(certain.len(), "certain contact"))
        };
        loop {
            let detail = |at: usize| {
                let found = certain.get(at).and_then(|(place, proposal)| Some((self.subjects.get(*place)?, proposal)));
                found.map(|(subject, proposal)| self.detail(subject, proposal.xero_contact_name.as_deref(), &proposal.reason)).unwrap_or_default()
            };
            let list = List { question: &question, choices: &choices, start: 0, takes_several: true, actions: &[ALL_OR_NONE], detail: &detail };
            match self.prompt.list(&list) {
                Ok(Answer::Several(marked)) => {
                    let mapping = self.desk.editor.mapping();
                    let taken = marked.iter().filter_map(|place| certain.get(*place));
                    let decided: Vec<(TenantId, Customer)> = taken.map(|(_, proposal)| (proposal.tenant_id, entry_for(mapping, proposal))).collect();
                    self.decisions.decide_all(decided);
                    return Ok(Left::Done);
                }
                Ok(Answer::Action { marked, .. }) => {
                    let all = marked.len() < choices.len();
                    for choice in &mut choices {
                        choice.is_marked = all;
                    }
                }
                Ok(Answer::One(_)) => {}
                Err(stopped) => return left_by(stopped),
            }
        }
    }

    fn one_by_one(&mut self) -> Result<Left, Failure> {
        while let Some(place) = self.subjects.iter().position(|subject| !self.decisions.is_settled(&subject.tenant_id)) {
            let Some(subject) = self.subjects.get(place) else { break };
            let (choices, means) = self.contact_lines(subject);
            let start = self.start(subject, &means);
            let question = format!("Contact of {}", name_of(subject));
            let detail = |at: usize| self.detail_of(subject, means.get(at), choices.get(at));
            let actions = [UNDO, NEVER_BILL, SAVE];
            let list = List { question: &question, choices: &choices, start, takes_several: false, actions: &actions, detail: &detail };
            let answer = match self.prompt.list(&list) {
                Ok(answer) => answer,
                Err(stopped) => return left_by(stopped),
            };
            match answer {
                Answer::One(at) => {
                    let chosen = means.get(at).cloned().unwrap_or(Means::LeaveOpen);
                    if let Some(left) = self.decide(place, chosen)? {
                        return Ok(left);
                    }
                }
                Answer::Action { letter: 'u', .. } => self.undo(),
                Answer::Action { letter: 'g', .. } => {
                    if let Some(left) = self.never_bill(place)? {
                        return Ok(left);
                    }
                }
                Answer::Action { .. } => return Ok(Left::Stop),
                Answer::Several(_) => {}
            }
        }
        Ok(Left::Done)
    }

    fn lines(&self) -> Vec<Choice> {
        let taken = self.decisions.taken();
        let line = |subject: &Subject| {
            let entry = taken.get(&subject.tenant_id)?;
            let what = if entry.ignore { "never billed".to_owned() } else { format!("→ {}", entry.xero_contact_name.as_deref().unwrap_or_default()) };
            Some(Choice::new(name_of(subject), what))
        };
        self.subjects.iter().filter_map(line).collect()
    }

    fn sum(&self) -> String {
        let taken = self.decisions.taken();
        let billed = self.subjects.iter().filter(|subject| taken.get(&subject.tenant_id).is_some_and(|entry| !entry.ignore));
        let mut released = Released::default();
        billed.for_each(|subject| released.add(&subject.effect));
        let ignored = taken.values().filter(|entry| entry.ignore).count();
        let ignored = if ignored > 0 { format!(" {} never billed.", count_of(ignored, "customer")) } else { String::new() };
        format!("{}{ignored}", released.told(self.desk.known.period))
    }

    fn save(&self) -> Result<usize, Failure> {
        let (before, mut editor) = (self.desk.editor.mapping(), MappingEditor::open(&self.desk.loaded.mapping_file())?);
        let mut saved = 0;
        for (tenant_id, entry) in self.decisions.taken() {
            if editor.mapping().customer(*tenant_id) != before.customer(*tenant_id) {
                changed_meanwhile(self.app, entry.name.as_deref().unwrap_or_default());
                continue;
            }
            editor.put_customer(entry.clone())?;
            saved += 1;
        }
        save(self.app, &self.desk.loaded, editor)?;
        Ok(saved)
    }

    fn take_back(&mut self, places: &[usize]) {
        let taken = self.decisions.taken();
        let decided: Vec<TenantId> = self.subjects.iter().map(|subject| subject.tenant_id).filter(|tenant_id| taken.contains_key(tenant_id)).collect();
        let back: Vec<TenantId> = places.iter().filter_map(|place| decided.get(*place)).copied().collect();
        self.decisions.take_back(|tenant_id| back.contains(tenant_id));
    }
}

impl Queue<'_> {
    /// What is held, below each other, and the contact.
    fn certain_lines(&self, certain: &[(usize, Proposal)]) -> Vec<Choice> {
        let subjects = || certain.iter().filter_map(|(place, proposal)| Some((self.subjects.get(*place)?, proposal)));
        let costs: Vec<Money> = subjects().map(|(subject, _)| subject.effect.held_today.cost).collect();
        let amount = amounts(&costs);
        let line = |(subject, proposal): (&Subject, &Proposal)| {
            let contact = proposal.xero_contact_name.as_deref().unwrap_or_default();
            Choice { is_marked: true, ..Choice::new(name_of(subject), format!("{} → {contact}", amount(subject.effect.held_today.cost))) }
        };
        subjects().map(line).collect()
    }

    /// Proposals, leaving it open, then every other contact.
    fn contact_lines(&self, subject: &Subject) -> (Vec<Choice>, Vec<Means>) {
        let decided = self.given_away();
        let also = |key: Option<ContactKey>| -> Option<String> {
            let key = key?;
            let of_file = self.taken.get(&key).and_then(|names| names.first());
            of_file.or_else(|| decided.get(&key)).map(|name| format!("already the contact of {name}"))
        };
        let mut lines: Vec<(Choice, Means)> = Vec::new();
        let mut proposed: Vec<ContactKey> = Vec::new();
        for proposal in self.directory.proposals(subject.tenant_id) {
            let Some(name) = proposal.xero_contact_name.as_deref() else { continue };
            let key = ContactKey::of(proposal.xero_contact_id, Some(name));
            let score = proposal.score.map(|score| format!("{score}: ")).unwrap_or_default();
            let note = [Some(format!("{score}{}", proposal.reason)), also(key.clone())].into_iter().flatten().collect::<Vec<_>>().join("; ");
            proposed.extend(key);
            lines.push((Choice::new(name, note), Means::Contact(proposal.xero_contact_id, name.into())));
        }
        let archived = self.directory.archived(subject.tenant_id).and_then(|proposal| proposal.xero_contact_name.as_deref());
        let note = archived.map_or_else(|| "its charges stay held".to_owned(), |name| format!("{name} is archived in Xero: restore it there first"));
        lines.push((Choice::new("Leave open", note), Means::LeaveOpen));
        if self.directory.takes_any_name {
            lines.push((Choice::new("Another name", "to be typed; Xero makes contacts that it does not know"), Means::AnotherName));
        }
        for contact in &self.directory.contacts {
            let Some(key) = ContactKey::of(contact.id, Some(&contact.name)).filter(|key| !proposed.contains(key)) else { continue };
            let about = contact.email.as_deref().or(contact.account_number.as_deref()).map(str::to_owned);
            let note = [also(Some(key)), about].into_iter().flatten().collect::<Vec<_>>().join("; ");
            lines.push((Choice::new(&*contact.name, note), Means::Contact(contact.id, contact.name.clone())));
        }
        lines.into_iter().unzip()
    }

    /// Contacts of this session's decisions.
    fn given_away(&self) -> HashMap<ContactKey, String> {
        let decided = self.decisions.taken();
        let given = decided.values().filter(|customer| !customer.ignore).filter_map(|customer| {
            let key = ContactKey::of(customer.xero_contact_id, customer.xero_contact_name.as_deref())?;
            Some((key, customer.name.as_deref().map_or_else(|| customer.tenant_id.to_string(), str::to_owned)))
        });
        given.collect()
    }

    fn start(&self, subject: &Subject, means: &[Means]) -> usize {
        let best = self.directory.proposals(subject.tenant_id).next();
        let is_sure = best.is_some_and(|best| best.exact || best.score.is_some_and(|score| score >= HIGHLIGHTED_FROM));
        if is_sure { 0 } else { means.iter().position(|means| *means == Means::LeaveOpen).unwrap_or(0) }
    }

    fn detail_of(&self, subject: &Subject, means: Option<&Means>, choice: Option<&Choice>) -> Vec<String> {
        let note = choice.map(|choice| choice.note.as_str()).unwrap_or_default();
        match means {
            Some(Means::Contact(_, name)) => self.detail(subject, Some(name), note),
            _ => self.detail(subject, None, ""),
        }
    }

    /// What the contact would change, then who it is: a narrow terminal shows the first lines.
    fn detail(&self, subject: &Subject, contact: Option<&str>, reason: &str) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(contact) = contact {
            let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
            lines.push(format!("→ {contact}{reason}"));
        }
        lines.extend(effect_lines(&subject.effect, self.desk.known.period, contact.is_some()));
        let other_names: Vec<&str> = subject.tenant.names.iter().map(String::as_str).filter(|name| *name != subject.tenant.name).collect();
        let also = if other_names.is_empty() { String::new() } else { format!(", also called {}", other_names.join(", ")) };
        let left = self.subjects.len() - self.decisions.settled();
        lines.push(format!("{left} open; this is tenant {}{also}", subject.tenant_id));
        lines
    }

    /// Takes the decision; tells when somebody leaves instead of typing a name.
    fn decide(&mut self, place: usize, means: Means) -> Result<Option<Left>, Failure> {
        let Some(subject) = self.subjects.get(place) else { return Ok(None) };
        let (tenant_id, name) = (subject.tenant_id, subject.tenant.name.clone());
        let (contact_id, contact_name) = match means {
            Means::LeaveOpen => {
                self.decisions.leave(tenant_id);
                return Ok(None);
            }
            Means::Contact(id, name) => (id, name),
            Means::AnotherName => {
                let check = |text: &str| if text.trim().is_empty() { Err("type a name".to_owned()) } else { Ok(()) };
                let question = format!("Name of the contact of {}", name_of(subject));
                match self.prompt.text(&Text { question: &question, default: &name, may_be_empty: false, check: &check }) {
                    Ok(typed) => (None, one_line(&typed).into()),
                    Err(stopped) => return left_by(stopped).map(Some),
                }
            }
        };
        let entry = self.entry(tenant_id, &name);
        self.decisions.decide(tenant_id, entries::billed_as(entry, contact_id, Some(contact_name)));
        Ok(None)
    }

    /// The entry as it is, or a new one under the name that the sources have.
    fn entry(&self, tenant_id: TenantId, name: &str) -> Customer {
        let mapping = self.desk.editor.mapping();
        entries::customer(mapping, tenant_id, Some(name).filter(|_| mapping.customer(tenant_id).is_none()))
    }

    fn never_bill(&mut self, place: usize) -> Result<Option<Left>, Failure> {
        let Some(subject) = self.subjects.get(place) else { return Ok(None) };
        let question = format!("Never bill {}", name_of(subject));
        tell(self.app, &format!("{}: its charges would stay on the bill and go on no invoice, this month and later.", held(&subject.effect)));
        let (tenant_id, name) = (subject.tenant_id, subject.tenant.name.clone());
        match self.prompt.confirm(&question, false) {
            Ok(true) => self.decisions.decide(tenant_id, Customer { ignore: true, ..self.entry(tenant_id, &name) }),
            Ok(false) => {}
            Err(stopped) => return left_by(stopped).map(Some),
        }
        Ok(None)
    }

    fn undo(&mut self) {
        match self.decisions.undo() {
            Some(open) => tell(self.app, &format!("Taken back: {} open again.", count_of(open.len(), "customer"))),
            None => tell(self.app, "Nothing to take back."),
        }
    }
}

fn name_of(subject: &Subject) -> String {
    if subject.tenant.name.is_empty() { subject.tenant_id.to_string() } else { subject.tenant.name.clone() }
}

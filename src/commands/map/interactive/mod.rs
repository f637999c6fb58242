//! `cspctl map` at a terminal: everything that is open, best proposals first, and what each decision changes.
//! Nothing is written before somebody says so.

use std::path::Path;

use super::{Desk, live};
use crate::app::App;
use crate::commands::month::{self, Month};
use crate::commands::organisation;
use crate::config::load::{self, Loaded};
use crate::config::mapping::MappingEditor;
use crate::domain::books::{BookedItem, Books};
use crate::domain::finding::Code;
use crate::domain::plan::Plan;
use crate::exit::{Failure, Kind};
use crate::ui::words::{count, count_of, title};

mod contacts;
mod customers;
mod decisions;
mod effects;
mod ending;
mod items;
mod prices;
mod products;
mod words;

use effects::Scene;
use ending::Left;
use words::tell;

/// What to ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Customers, then products.
    Everything,
    Customers,
    Products,
}

/// `cspctl map` and its `--interactive`.
pub(super) fn run_command(app: &App, part: Part, contacts: Option<&Path>) -> Result<(), Failure> {
    if app.output.is_json() || !app.may_prompt {
        let failure = Failure::message(Kind::Usage, "these questions need a terminal, and neither --no-input nor --json; say what to do");
        let commands = [
            "cspctl map customers, and auto, set or ignore behind it",
            "cspctl map products, and auto, set or ignore behind it",
            "cspctl map export FILE, edit it, cspctl map import FILE",
        ];
        return Err(commands.into_iter().fold(failure, Failure::hint));
    }
    let loaded = load::load(app)?;
    if part == Part::Everything { run(app, &loaded) } else { ask(app, &loaded, part, contacts) }
}

/// Asks about customers, then products: the mapping step of a set-up. Only where [`App::may_prompt`].
///
/// # Errors
///
/// As [`super::run`]; kind `Interrupted` after Ctrl-C, also when the decisions were saved then.
pub(crate) fn run(app: &App, loaded: &Loaded) -> Result<(), Failure> {
    ask(app, loaded, Part::Everything, None)
}

fn ask(app: &App, loaded: &Loaded, part: Part, contacts: Option<&Path>) -> Result<(), Failure> {
    // Told before the first question, not after the last.
    crate::commands::access::check(app, loaded)?;
    let prompt = app.prompt();
    let mut session = Session::open(app, loaded)?;
    if part != Part::Products {
        match customers::ask(app, &*prompt, &session, contacts)? {
            Left::Interrupted => return Err(saved_and_interrupted()),
            Left::Stop => {
                session.reread()?;
                return session.tell(app);
            }
            Left::Done | Left::Back => session.reread()?,
        }
    }
    if part != Part::Customers {
        match products::ask(app, &*prompt, &session)? {
            Left::Interrupted => return Err(saved_and_interrupted()),
            Left::Stop | Left::Done | Left::Back => session.reread()?,
        }
    }
    session.tell(app)
}

fn saved_and_interrupted() -> Failure {
    Failure::message(Kind::Interrupted, "interrupted; what was saved is in mapping.toml")
}

/// Everything that was read, once for all questions.
struct Session {
    month: Month,
    /// Contacts and items of the connected organisation; `None` where documents go to import files.
    live: Option<live::Live>,
}

impl Session {
    fn open(app: &App, loaded: &Loaded) -> Result<Self, Failure> {
        let mut month = month::read_loaded(app, loaded.clone(), None)?;
        let skipped = month.sources.skipped.len() + month.sources.skipped_elsewhere.len();
        if skipped > 0 {
            app.output.warn(&format!("{} could not be used; cspctl map customers -v lists them", count_of(skipped, "row")));
        }
        let live = if organisation::is_wanted(loaded) { Some(live::read(app, loaded)?) } else { None };
        // The rule "item" finds its prices here.
        month.sources.books = live.as_ref().map(|live| Books { items: live.items.clone(), ..Books::default() });
        Ok(Self { month, live })
    }

    /// The file as it is now, and what is known with it.
    fn desk(&self) -> Result<Desk, Failure> {
        let editor = MappingEditor::open(&self.month.loaded.mapping_file())?;
        Ok(Desk::of(self.month.loaded.clone(), editor, &self.month.sources))
    }

    fn reread(&mut self) -> Result<(), Failure> {
        self.month.mapping = crate::config::mapping::read(&self.month.loaded.mapping_file())?;
        Ok(())
    }

    fn scene(&self, app: &App) -> Scene<'_> {
        Scene::new(&self.month, None, app.clock.today())
    }

    fn items(&self) -> &[BookedItem] {
        self.live.as_ref().map_or(&[], |live| &live.items)
    }

    /// What the month has come to.
    fn tell(&self, app: &App) -> Result<(), Failure> {
        let plan = self.scene(app).plan(&self.month.mapping)?;
        tell(app, &told(&plan));
        for (code, charges) in held_by_code(&plan) {
            tell(app, &format!("- {} held: {}", count_of(charges, "charge"), title(code)));
        }
        app.output.note("cspctl sync --dry-run shows the month.");
        Ok(())
    }
}

fn told(plan: &Plan) -> String {
    let sales = plan.new_documents().filter(|document| document.tenant_id.is_some()).count();
    let held = if plan.held.is_empty() { "nothing is held".to_owned() } else { format!("charges costing {} are held", plan.totals.held_cost) };
    format!("{}: {} on {}, {held}.", plan.period, count(plan.coverage.charges_billed, "charge"), count_of(sales, "customer document"))
}

fn held_by_code(plan: &Plan) -> Vec<(Code, usize)> {
    let mut codes: Vec<Code> = plan.held.iter().map(|held| held.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.into_iter().map(|code| (code, plan.held.iter().filter(|held| held.code == code).count())).collect()
}

#[cfg(test)]
mod tests;

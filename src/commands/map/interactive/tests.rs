//! Sessions over the sample month, which is in workbooks, answered from a script.
#![cfg(feature = "xlsx")]

mod bench;

use std::path::Path;
use std::rc::Rc;

use super::*;
use crate::app::{Clock, Replaced};
use crate::ui::captured::Captured;
use crate::ui::output::{Look, Output};
use crate::ui::prompt::scripted::Reply::{self, Act, Back, Confirm, Default as Enter, Interrupt, Pick, PickSeveral, Text};
use crate::ui::prompt::scripted::Scripted;

/// The sample month in a folder of its own, with nothing mapped yet.
struct Bench {
    folder: tempfile::TempDir,
}

struct Said {
    asked: Vec<String>,
    error: String,
    result: Result<(), Failure>,
}

const CONTACTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/contoso/contacts.csv");

impl Bench {
    fn new(mapping: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/contoso");
        std::fs::create_dir(folder.path().join("exports")).unwrap();
        for entry in std::fs::read_dir(sample.join("exports")).unwrap() {
            let from = entry.unwrap().path();
            std::fs::copy(&from, folder.path().join("exports").join(from.file_name().unwrap())).unwrap();
        }
        for file in ["config.toml", "microsoft-seats.csv"] {
            std::fs::copy(sample.join(file), folder.path().join(file)).unwrap();
        }
        std::fs::write(folder.path().join("mapping.toml"), mapping).unwrap();
        Self { folder }
    }

    /// The mapping of the sample itself.
    fn with_sample_mapping() -> Self {
        Self::new(&std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/contoso/mapping.toml")).unwrap())
    }

    fn app(&self, prompt: Option<Rc<Scripted>>, error: Captured) -> App {
        App {
            output: Output::new(Look { width: 100, ..Look::default() }, Box::new(Captured::default()), Box::new(error)),
            environment: std::collections::BTreeMap::new(),
            clock: Clock::Fixed("2026-12-03T00:00:00Z".parse().unwrap()),
            config_file: Some(self.folder.path().join("config.toml")),
            profile: "default".to_owned(),
            may_prompt: prompt.is_some(),
            replaced: Replaced { prompt: prompt.map(|prompt| prompt as Rc<dyn crate::ui::prompt::Prompt>), ..Replaced::default() },
        }
    }

    fn ask(&self, part: Part, replies: impl IntoIterator<Item = Reply>) -> Said {
        let (prompt, error) = (Rc::new(Scripted::new(replies)), Captured::default());
        let app = self.app(Some(Rc::clone(&prompt)), error.clone());
        let contacts = (part == Part::Customers).then_some(Path::new(CONTACTS));
        let result = run_command(&app, part, contacts);
        assert!(prompt.is_done(), "answers are left over; asked: {:#?}\n{}", prompt.asked(), error.text());
        Said { asked: prompt.asked(), error: error.text(), result }
    }

    /// The same through the command line.
    fn type_command(&self, arguments: &[&str]) {
        use clap::Parser as _;
        let cli = crate::cli::Cli::try_parse_from(["cspctl", "map"].into_iter().chain(arguments.iter().copied())).unwrap();
        let crate::cli::Command::Map(args) = cli.command else { panic!("not map") };
        super::super::run(&self.app(None, Captured::default()), &args).unwrap();
    }

    fn mapping(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("mapping.toml")).unwrap()
    }

    fn entries(&self) -> crate::domain::mapping::Mapping {
        crate::config::mapping::read(&self.folder.path().join("mapping.toml")).unwrap()
    }
}

const KEPT: &[&str] = &["Contoso Pty Ltd", "The Phone Company"];
const EMPTY: &str = "# ours\nversion = 1\n";

#[test]
fn certain_contacts_are_taken_at_once_and_nothing_is_written_before_save() {
    let bench = Bench::new(EMPTY);
    let said = bench.ask(Part::Customers, [Enter, Act('s', "Leave open"), Pick("Throw away")]);
    said.result.unwrap();
    assert_eq!(bench.mapping(), EMPTY);
    assert!(said.error.contains("mapping.toml is as it was"), "{}", said.error);
    let said = bench.ask(Part::Customers, [Enter, Act('s', "Leave open"), Pick("into mapping.toml")]);
    said.result.unwrap();
    assert_eq!(said.asked[0], "32 certain contacts: take the marked");
    assert!(said.asked[2].starts_with("Save 32 decisions"), "{:?}", said.asked);
    assert!(bench.mapping().starts_with("# ours\n"), "comments are kept");
    let entries = bench.entries();
    assert_eq!(entries.customers.len(), 32);
    let contoso = entries.customers.iter().find(|customer| customer.name.as_deref() == Some("Contoso Pty Ltd")).unwrap();
    assert_eq!(contoso.xero_contact_name.as_deref(), Some("Contoso"));
}

#[test]
fn those_that_lose_their_mark_are_asked_one_by_one_with_the_most_money_first() {
    let bench = Bench::new(EMPTY);
    let said = bench.ask(Part::Customers, [PickSeveral(&["Contoso Pty Ltd"]), Act('s', "Leave open"), Pick("into mapping.toml")]);
    assert_eq!(said.asked[1], "Contact of Trey Research Sydney");
    assert_eq!(bench.entries().customers.len(), 1);
}

#[test]
fn undo_opens_the_last_customer_again_and_only_what_holds_is_saved() {
    let bench = Bench::new(EMPTY);
    let said = bench.ask(
        Part::Customers,
        [
            PickSeveral(&[]),
            Pick("Sydney Trey Research"),
            Pick("Contoso"),
            Act('u', "Leave open"),
            Pick("Woodgrove Bank"),
            Act('u', "Leave open"),
            Pick("Leave open"),
            Act('s', "Leave open"),
            Pick("into mapping.toml"),
        ],
    );
    said.result.unwrap();
    assert_eq!((&said.asked[2], &said.asked[4]), (&said.asked[4], &said.asked[6]), "{:#?}", said.asked);
    assert!(said.error.contains("Taken back: 1 customer open again."));
    let entries = bench.entries();
    assert_eq!(entries.customers.len(), 1);
    assert_eq!(entries.customers[0].xero_contact_name.as_deref(), Some("Sydney Trey Research"));
}

#[test]
fn a_batch_is_undone_as_one_and_undo_of_nothing_is_harmless() {
    let bench = Bench::new(EMPTY);
    let replies = [Enter, Act('u', "Leave open"), Act('u', "Leave open"), Back];
    let said = bench.ask(Part::Customers, replies);
    said.result.unwrap();
    assert_eq!(said.asked[2], "Contact of Trey Research Sydney");
    assert!(said.error.contains("32 customers open again") && said.error.contains("Nothing to take back"), "{}", said.error);
    assert_eq!(bench.mapping(), EMPTY, "without decisions there is no question");
}

#[test]
fn ctrl_c_never_loses_decisions_without_asking() {
    let bench = Bench::new(EMPTY);
    let said = bench.ask(Part::Customers, [Enter, Interrupt, Interrupt]);
    let failure = said.result.unwrap_err();
    assert_eq!(failure.kind, Kind::Interrupted);
    assert!(failure.source.to_string().contains("32 decisions not saved"), "{}", failure.source);
    assert!(said.error.contains("Ctrl-C again leaves without saving"));
    assert_eq!(bench.mapping(), EMPTY);
    let said = bench.ask(Part::Customers, [Enter, Interrupt, Pick("into mapping.toml")]);
    assert_eq!(said.result.unwrap_err().kind, Kind::Interrupted, "whoever pressed Ctrl-C wants to stop, also a set-up");
    assert_eq!(bench.entries().customers.len(), 32);
    let said = bench.ask(Part::Customers, [Interrupt]);
    assert_eq!(said.result.unwrap_err().kind, Kind::Interrupted);
}

#[test]
fn ctrl_c_in_a_question_for_text_keeps_the_decisions_before_it() {
    let bench = Bench::new(EMPTY);
    let said = bench.ask(Part::Customers, [Enter, Act('g', "Leave open"), Interrupt, Pick("into mapping.toml")]);
    assert_eq!(said.result.unwrap_err().kind, Kind::Interrupted);
    assert_eq!(bench.entries().customers.len(), 32);
}

#[test]
fn escape_asks_and_going_on_comes_back_to_what_was_left_open() {
    let bench = Bench::new(EMPTY);
    let said = bench.ask(Part::Customers, [Enter, Pick("Leave open"), Back, Pick("Go on"), Back, Back, Act('s', "Leave open"), Pick("into mapping.toml")]);
    said.result.unwrap();
    assert_eq!(said.asked[1], said.asked[4], "what was left open is asked about again: {:#?}", said.asked);
    assert!(said.asked[5].starts_with("Save"), "Escape at the last question goes back to the questions");
}

/// A prompt that changes the file before it follows its script: somebody else works at the same time.
#[derive(Debug)]
struct Meanwhile {
    script: Scripted,
    file: std::path::PathBuf,
    /// What to write, one text at each question whether to save.
    writes: std::cell::RefCell<Vec<&'static str>>,
}

impl crate::ui::prompt::Prompt for Meanwhile {
    fn text(&self, question: &crate::ui::prompt::Text<'_>) -> Result<String, crate::ui::prompt::Stopped> {
        self.script.text(question)
    }

    fn edit(&self, question: &crate::ui::prompt::Text<'_>) -> Result<String, crate::ui::prompt::Stopped> {
        self.script.edit(question)
    }

    fn secret(&self, question: &str) -> Result<secrecy::SecretString, crate::ui::prompt::Stopped> {
        self.script.secret(question)
    }

    fn confirm(&self, question: &str, default: bool) -> Result<bool, crate::ui::prompt::Stopped> {
        self.script.confirm(question, default)
    }

    fn list(&self, list: &crate::ui::prompt::List<'_>) -> Result<crate::ui::prompt::Answer, crate::ui::prompt::Stopped> {
        if list.question.starts_with("Save") && !self.writes.borrow().is_empty() {
            std::fs::write(&self.file, self.writes.borrow_mut().remove(0)).unwrap();
        }
        self.script.list(list)
    }
}

#[test]
fn a_file_that_cannot_be_saved_loses_no_decision_and_anothers_entry_stays() {
    const OTHERS: &str = "# theirs\nversion = 1\n\n[[customers]]\ntenant_id = \"49ecb765-d9de-441c-978f-d3b9ffaa0bf4\"\nxero_contact_name = \"Theirs\"\n";
    let bench = Bench::new(EMPTY);
    let script = Scripted::new([Enter, Act('s', "Leave open"), Pick("into mapping.toml"), Pick("into mapping.toml")]);
    let writes = vec!["version = [\n", OTHERS];
    let prompt = Rc::new(Meanwhile { script, file: bench.folder.path().join("mapping.toml"), writes: std::cell::RefCell::new(writes) });
    let error = Captured::default();
    let mut app = bench.app(Some(Rc::new(Scripted::default())), error.clone());
    app.replaced.prompt = Some(Rc::clone(&prompt) as Rc<dyn crate::ui::prompt::Prompt>);
    run_command(&app, Part::Customers, Some(Path::new(CONTACTS))).unwrap();
    assert!(prompt.script.is_done());
    let said = error.text();
    assert!(said.contains("not valid TOML") && said.contains("Trey Research Sydney was changed in mapping.toml meanwhile"), "{said}");
    assert!(said.contains("31 decisions saved"), "{said}");
    assert!(bench.mapping().starts_with("# theirs"));
    assert_eq!(bench.entries().customers.len(), 32);
    assert!(bench.mapping().contains("\"Theirs\""));
}

#[test]
fn single_decisions_are_taken_back_at_the_end() {
    let bench = Bench::new(EMPTY);
    let said =
        bench.ask(Part::Customers, [Enter, Act('s', "Leave open"), Pick("Look at them"), PickSeveral(KEPT), Act('s', "Leave open"), Pick("into mapping.toml")]);
    said.result.unwrap();
    let entries = bench.entries();
    let mut names: Vec<&str> = entries.customers.iter().filter_map(|customer| customer.name.as_deref()).collect();
    names.sort_unstable();
    assert_eq!(names, KEPT);
}

#[test]
fn decisions_write_what_the_commands_write() {
    let (asked, typed) = (Bench::new(EMPTY), Bench::new(EMPTY));
    let never = [PickSeveral(&[]), Act('g', "Leave open"), Confirm(false), Act('g', "Leave open"), Confirm(true)];
    let said = asked.ask(Part::Customers, never.into_iter().chain([Pick("Woodgrove Bank"), Act('s', "Leave open"), Pick("into mapping.toml")]));
    said.result.unwrap();
    typed.type_command(&["customers", "ignore", "Trey Research Sydney"]);
    typed.type_command(&["customers", "set", "Woodgrove Bank Limited", "Woodgrove Bank"]);
    assert_eq!(asked.mapping(), typed.mapping());
    let said = asked.ask(Part::Products, [Enter, Act('s', "Leave open"), Pick("into mapping.toml")]);
    said.result.unwrap();
    typed.type_command(&["products", "auto"]);
    for entry in asked.entries().products {
        assert!(typed.entries().products.contains(&entry), "{entry:?}");
    }
}

#[test]
fn what_is_foretold_of_a_customer_is_what_the_plan_does() {
    let bench = Bench::new(EMPTY);
    bench.type_command(&["products", "auto"]);
    let app = bench.app(Some(Rc::new(Scripted::default())), Captured::default());
    let session = Session::open(&app, &load::load(&app).unwrap()).unwrap();
    let desk = session.desk().unwrap();
    let ids: Vec<_> = desk.known.tenants.iter().filter_map(|tenant| tenant.tenant_id).collect();
    let effects = session.scene(&app).of_customers(desk.editor.mapping(), &ids).unwrap();
    let today = session.scene(&app).plan(desk.editor.mapping()).unwrap();
    for tenant_id in ids {
        let waiting: Vec<_> = today.held.iter().filter(|held| held.tenant_id == Some(tenant_id) && held.code == Code::CustomerUnmapped).collect();
        let foretold = effects[&tenant_id].held_today;
        assert_eq!((foretold.charges, foretold.cost), (waiting.len() as u64, waiting.iter().map(|held| held.cost).sum()), "{tenant_id}");
    }
    bench.type_command(&["customers", "auto", "--by-name"]);
    let session = Session::open(&app, &load::load(&app).unwrap()).unwrap();
    let plan = session.scene(&app).plan(&session.month.mapping).unwrap();
    let mut invoiced = 0;
    for document in plan.new_documents() {
        let Some(tenant_id) = document.tenant_id else { continue };
        let effect = &effects[&tenant_id];
        assert_eq!((effect.sale.sell, effect.sale.lines), (document.net(), document.lines.len() as u64), "{}", document.contact_name);
        assert_eq!(effect.sale.numbers, std::slice::from_ref(&document.number));
        invoiced += 1;
    }
    assert!(invoiced > 30, "{invoiced}");
    let held: u64 = effects.values().map(|effect| effect.still_held.charges()).sum();
    let without_customer = plan.held.iter().filter(|held| held.tenant_id.is_none()).count() as u64;
    assert_eq!(held + without_customer, plan.held.len() as u64);
}

#[test]
fn a_price_of_ones_own_is_checked_shown_and_then_taken() {
    let bench = Bench::new(EMPTY);
    let replies = [PickSeveral(&[]), Act('n', "Leave open"), Text("  Premium \u{a0} seats"), Pick("Another price"), Text("cheap"), Text("cost+12%")];
    let said = bench.ask(Part::Products, replies.into_iter().chain([Pick("cost+12%"), Act('s', "Leave open"), Pick("into mapping.toml")]));
    said.result.unwrap();
    assert!(said.asked.iter().any(|asked| asked.starts_with("refused: `cheap` is not a price rule")), "{:#?}", said.asked);
    let entries = bench.entries();
    assert_eq!(entries.products.len(), 1);
    assert_eq!(entries.products[0].name.as_deref(), Some("Premium seats"));
    assert_eq!(entries.products[0].price.as_ref().unwrap().to_string(), "cost+12%");
}

#[test]
fn texts_are_edited_in_the_list_that_takes_many() {
    let bench = Bench::new(EMPTY);
    let said =
        bench.ask(Part::Products, [Act('n', "Power BI Pro"), Text("Power BI"), PickSeveral(&["Power BI"]), Act('s', "Leave open"), Pick("into mapping.toml")]);
    said.result.unwrap();
    assert_eq!(bench.entries().products[0].name.as_deref(), Some("Power BI"));
}

#[test]
fn leaving_the_customers_goes_on_with_the_products_and_stop_does_not() {
    let bench = Bench::with_sample_mapping();
    let said = bench.ask(Part::Everything, [Text(CONTACTS), Back, Back]);
    said.result.unwrap();
    assert!(said.asked.iter().any(|asked| asked.contains("offer") || asked.starts_with("Price of")), "{:#?}", said.asked);
    assert!(said.error.contains("cspctl sync --dry-run shows the month."));
    let bench = Bench::new(EMPTY);
    let said = bench.ask(Part::Everything, [Text(CONTACTS), Enter, Act('s', "Leave open"), Pick("into mapping.toml")]);
    said.result.unwrap();
    assert_eq!((bench.entries().customers.len(), bench.entries().products.len()), (32, 0));
}

#[test]
fn without_a_terminal_the_commands_are_named() {
    let bench = Bench::new(EMPTY);
    let failure = run_command(&bench.app(None, Captured::default()), Part::Everything, None).unwrap_err();
    assert_eq!(failure.kind, Kind::Usage);
    assert!(failure.hints[0].contains("map customers"), "{:?}", failure.hints);
}

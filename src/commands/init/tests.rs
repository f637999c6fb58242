use std::path::{Path, PathBuf};
use std::rc::Rc;

use tempfile::TempDir;

use super::*;
use crate::app::{Clock, Replaced};
use crate::ui::captured::Captured;
use crate::ui::output::{Look, Output};
use crate::ui::prompt::scripted::{Reply, Scripted};

/// A technician's machine with the sample's exports, and nothing set up.
struct Desk {
    root: TempDir,
}

/// What a set-up came to.
struct Ended {
    result: Result<(), Failure>,
    said: String,
    asked: Vec<String>,
    is_used_up: bool,
}

impl Desk {
    fn new() -> Self {
        Self { root: TempDir::new().unwrap() }
    }

    fn config(&self) -> PathBuf {
        self.root.path().join("set-up").join("config.toml")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.config()).unwrap()
    }

    fn run(&self, args: &InitArgs, replies: Option<Vec<Reply>>) -> Ended {
        let place = self.root.path().display().to_string();
        let names = ["HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "APPDATA", "LOCALAPPDATA"];
        let is_asked = replies.is_some();
        let (out, error) = (Captured::default(), Captured::default());
        let scripted = Rc::new(Scripted::new(replies.unwrap_or_default()));
        let app = App {
            output: Output::new(Look { width: 100, ..Look::default() }, Box::new(out.clone()), Box::new(error.clone())),
            environment: names.into_iter().map(|name| (name.to_owned(), place.clone())).collect(),
            clock: Clock::Fixed("2026-12-01T00:00:00Z".parse().unwrap()),
            config_file: Some(self.config()),
            profile: "default".to_owned(),
            may_prompt: is_asked,
            replaced: Replaced { prompt: Some(Rc::clone(&scripted) as _), ..Replaced::default() },
        };
        let result = run(&app, args, !is_asked);
        Ended { result, said: error.text() + &out.text(), asked: scripted.asked(), is_used_up: scripted.is_done() }
    }
}

fn sample(name: &str) -> &'static str {
    let path = std::path::absolute(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join("contoso").join(name)).unwrap();
    Box::leak(path.display().to_string().into_boxed_str())
}

/// Answers to every question, from an empty home to the dry run.
fn answers() -> Vec<Reply> {
    vec![
        Reply::Default, // Begin?
        Reply::Pick("Read a seats file"),
        Reply::Pick("Read the portal's exports"),
        Reply::Pick("Into import files"),
        Reply::Text(sample("microsoft-seats.csv")),
        Reply::Text("Example MSP Pty Ltd"),
        Reply::Default, // Australia
        Reply::Text("1234567"),
        Reply::Text(sample("exports/csp-invoice-report-2026-11.xlsx")),
        Reply::Text(sample("exports/annuity-information-2026-11.xlsx")),
        Reply::Default, // contact
        Reply::Default, // expense account
        Reply::Text("203"),
        Reply::Text("cost+15%"),
        Reply::Default, // margin floor
        Reply::Default, // status
        Reply::Pick("On the 20th"),
        Reply::Default,       // proration
        Reply::Default,       // bill per
        Reply::Confirm(true), // write
        Reply::Confirm(false),
        Reply::Confirm(true), // dry run
    ]
}

/// The same by flags.
fn flags() -> InitArgs {
    let text = |text: &str| Some(text.to_owned());
    InitArgs {
        microsoft_source: text("file"),
        dickerdata_source: text("export"),
        post_to: text("csv"),
        seats_file: text(sample("microsoft-seats.csv")),
        name: text("Example MSP Pty Ltd"),
        mpn_id: text("1234567"),
        invoice_report: text(sample("exports/csp-invoice-report-2026-11.xlsx")),
        annuity: text(sample("exports/annuity-information-2026-11.xlsx")),
        revenue_account: text("203"),
        price: text("cost+15%"),
        due: text("20 of following month"),
        ..InitArgs::default()
    }
}

#[test]
fn from_an_empty_home_to_a_dry_run_with_answers_alone() {
    let desk = Desk::new();
    let ended = desk.run(&InitArgs::default(), Some(answers()));
    ended.result.unwrap();
    assert!(ended.is_used_up, "{:#?}", ended.asked);
    assert!(ended.said.contains("Nothing was posted."), "the dry run ran: {}", ended.said);
    // Windows writes its backslashes in single quotes.
    let plain = |text: &str| text.replace('\\', "/").replace(" '", " \"").replace("'\n", "\"\n");
    let folder = plain(sample("contacts.csv")).replace("/contacts.csv", "");
    insta::assert_snapshot!(plain(&desk.text()).replace(&folder, "[SAMPLE]"), @r#"
    # cspctl's settings, begun by cspctl init. docs/configuration.md has every key with its default.

    version = 1

    [msp]
    name = "Example MSP Pty Ltd"
    country = "AU"
    mpn_id = "1234567"

    [microsoft]
    source = "file"
    file = "[SAMPLE]/microsoft-seats.csv"

    [dickerdata]
    source = "export"
    invoice_report = "[SAMPLE]/exports/csp-invoice-report-2026-11.xlsx"
    annuity = "[SAMPLE]/exports/annuity-information-2026-11.xlsx"

    [xero]
    post_to = "csv"
    contact_name = "Dicker Data"
    expense_account = "310"
    revenue_account = "203"

    [billing]
    bill_per = "period"
    status = "draft"
    due = "20 of following month"
    proration = "days"

    [pricing]
    default = "cost+15%"
    margin_floor = "0%"
    "#);
}

#[test]
fn a_set_up_that_is_stopped_at_any_question_goes_on_there() {
    let whole = Desk::new();
    whole.run(&InitArgs::default(), Some(answers())).result.unwrap();
    let questions = answers().len();
    for stop in 0..questions - 2 {
        let desk = Desk::new();
        let mut first = answers();
        first.truncate(stop);
        first.push(Reply::Interrupt);
        let failure = desk.run(&InitArgs::default(), Some(first)).result.unwrap_err();
        assert_eq!(failure.kind, Kind::Interrupted, "at question {stop}");
        assert!(!desk.config().exists(), "nothing is written before the end");
        // The rest, and not one question twice.
        let ended = desk.run(&InitArgs::default(), Some(answers().split_off(stop)));
        ended.result.unwrap();
        assert!(ended.is_used_up, "at question {stop}: {:#?}", ended.asked);
        assert_eq!(desk.text(), whole.text(), "at question {stop}");
    }
}

#[test]
fn the_same_by_flags_gives_the_same_bytes() {
    let (asked, flagged) = (Desk::new(), Desk::new());
    asked.run(&InitArgs::default(), Some(answers())).result.unwrap();
    let ended = flagged.run(&flags(), None);
    ended.result.unwrap();
    assert!(ended.asked.is_empty());
    assert_eq!(flagged.text(), asked.text());
    // Once more: nothing is new, and nothing changes.
    let again = flagged.run(&InitArgs::default(), None);
    again.result.unwrap();
    assert!(again.said.contains("says all of this already"), "{}", again.said);
    assert_eq!(flagged.text(), asked.text());
}

#[test]
fn without_questions_a_missing_answer_names_its_flag() {
    for (args, flag) in [
        (InitArgs::default(), "--microsoft-source"),
        (InitArgs { dickerdata_source: None, ..flags() }, "--dickerdata-source"),
        (InitArgs { post_to: None, ..flags() }, "--post-to"),
        (InitArgs { invoice_report: None, ..flags() }, "--invoice-report"),
        (InitArgs { seats_file: None, ..flags() }, "--seats-file"),
        (InitArgs { microsoft_source: Some("graph".to_owned()), secrets_store: Some("command".to_owned()), ..flags() }, "--secrets-command"),
    ] {
        let failure = Desk::new().run(&args, None).result.unwrap_err();
        assert_eq!(failure.kind, Kind::Usage);
        assert!(failure.source.to_string().contains(flag), "{flag}: {:#}", failure.source);
    }
}

#[test]
fn a_wrong_answer_is_told_and_asked_again() {
    let desk = Desk::new();
    let mut replies = answers();
    // From behind, so that the places before stay: each wrong answer stands before the right one.
    replies.insert(13, Reply::Text("32.90"));
    replies.insert(13, Reply::Text("cheap"));
    replies.insert(12, Reply::Text("an account code that is too long"));
    replies.insert(9, Reply::Text(sample("contacts.csv")));
    replies.insert(8, Reply::Text(sample("exports/annuity-information-2026-11.xlsx")));
    replies.insert(8, Reply::Text("no-such-file.xlsx"));
    replies.insert(7, Reply::Text("twelve"));
    replies.insert(4, Reply::Text("no-such-seats.csv"));
    let ended = desk.run(&InitArgs::default(), Some(replies));
    ended.result.unwrap();
    assert!(ended.is_used_up, "{:#?}", ended.asked);
    let whole = Desk::new();
    whole.run(&InitArgs::default(), Some(answers())).result.unwrap();
    assert_eq!(desk.text(), whole.text());
    for told in ["no-such-seats.csv", "no-such-file.xlsx", "contacts.csv"] {
        assert!(ended.said.contains(told), "{told} is named");
    }
    let refusals = ended.asked.iter().filter(|asked| asked.starts_with("refused: ")).count();
    assert_eq!(refusals, 4, "{:#?}", ended.asked);
}

#[test]
fn what_stands_in_the_file_is_not_asked_and_never_changed() {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.config().parent().unwrap()).unwrap();
    let text = "version = 1\n\n# as agreed with the accountant\n[xero]\npost_to = \"csv\"\nrevenue_account = \"260\" # ours\n";
    std::fs::write(desk.config(), text).unwrap();
    let ended = desk.run(&InitArgs { revenue_account: None, post_to: None, ..flags() }, None);
    ended.result.unwrap();
    assert!(desk.text().starts_with(text.trim_end()), "{}", desk.text());
    assert!(desk.text().contains("expense_account = \"310\""));
    let failure = desk.run(&flags(), None).result.unwrap_err();
    assert_eq!(failure.kind, Kind::Usage);
    assert!(failure.source.to_string().contains("revenue_account = \"260\", and --revenue-account says 203"), "{:#}", failure.source);
}

#[test]
fn declining_at_the_end_writes_nothing_and_keeps_the_answers() {
    let desk = Desk::new();
    let mut replies = answers();
    replies.truncate(19);
    replies.push(Reply::Confirm(false));
    let failure = desk.run(&InitArgs::default(), Some(replies)).result.unwrap_err();
    assert!(failure.source.to_string().contains("your answers are kept"), "{:#}", failure.source);
    assert!(!desk.config().exists());
    let ended = desk.run(&InitArgs::default(), Some(vec![Reply::Confirm(true), Reply::Confirm(false), Reply::Confirm(false)]));
    ended.result.unwrap();
    assert!(desk.config().exists());
}

#[test]
fn a_check_looks_at_everything_and_changes_nothing() {
    let desk = Desk::new();
    let check = InitArgs { check: true, ..InitArgs::default() };
    assert_eq!(desk.run(&check, None).result.unwrap_err().kind, Kind::Configuration, "there is nothing to check yet");
    desk.run(&flags(), None).result.unwrap();
    let text = desk.text();
    desk.run(&check, None).result.unwrap();
    std::fs::write(desk.config(), text.replace("csp-invoice-report", "gone").replace("microsoft-seats", "gone")).unwrap();
    let ended = desk.run(&check, Some(vec![]));
    let failure = ended.result.unwrap_err();
    assert!(failure.source.to_string().starts_with("2 of 7 steps"), "{:#}", failure.source);
    assert!(ended.asked.is_empty(), "a check asks nothing, even at a terminal");
    assert!(ended.said.contains("Billing: price cost+15%"), "the steps behind a failure are checked too: {}", ended.said);
}

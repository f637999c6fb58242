//! How long each screen takes with thousands of customers. A program that measures, not a test:
//!
//! ```text
//! cargo run --release --example make_month -- --charges 200000 --folder month --seats
//! CSPCTL_TEST_BENCH_MONTH=$PWD/month cargo test --release --lib map_screens -- --ignored --nocapture
//! ```

#![expect(clippy::print_stdout, reason = "figures are all that it has to say")]

use std::cell::RefCell;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use secrecy::SecretString;

use super::super::super::auto::{open_customers, read_contacts};
use super::super::super::proposals::propose;
use super::*;
use crate::ui::prompt::scripted::drawn;
use crate::ui::prompt::{Answer, List, Prompt, Stopped, Text};

/// Screens that are answered one by one before the session is saved.
const SCREENS: usize = 400;

/// Answers at once, and takes the time from one answer to the next drawn screen.
#[derive(Debug)]
struct Clocked {
    since: RefCell<Instant>,
    /// Question and time to its screen.
    took: RefCell<Vec<(String, Duration)>>,
}

impl Clocked {
    fn new() -> Self {
        Self { since: RefCell::new(Instant::now()), took: RefCell::default() }
    }
}

impl Prompt for Clocked {
    fn text(&self, _: &Text<'_>) -> Result<String, Stopped> {
        *self.since.borrow_mut() = Instant::now();
        Ok(String::new())
    }

    fn edit(&self, question: &Text<'_>) -> Result<String, Stopped> {
        self.text(question)
    }

    fn secret(&self, _: &str) -> Result<SecretString, Stopped> {
        Err(Stopped::Interrupted)
    }

    fn confirm(&self, _: &str, default: bool) -> Result<bool, Stopped> {
        Ok(default)
    }

    fn list(&self, list: &List<'_>) -> Result<Answer, Stopped> {
        let screen = drawn(list, 24, 80);
        assert!(!screen.is_empty());
        let number = self.took.borrow().len();
        self.took.borrow_mut().push((list.question.to_owned(), self.since.borrow().elapsed()));
        let answer = match (list.takes_several, number) {
            (true, _) => Answer::Several((0..list.choices.len()).collect()),
            (false, _) if list.question.starts_with("Save") => Answer::One(0),
            (false, SCREENS..) => Answer::Action { letter: 's', at: Some(0), marked: vec![] },
            (false, _) if number % 7 == 6 => Answer::Action { letter: 'u', at: Some(0), marked: vec![] },
            (false, _) => Answer::One(0),
        };
        *self.since.borrow_mut() = Instant::now();
        Ok(answer)
    }
}

fn told(what: &str, took: &[(String, Duration)]) {
    let mut times: Vec<Duration> = took.iter().map(|(_, took)| *took).collect();
    times.sort_unstable();
    let of = |share: usize| times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default();
    println!("{what:34} {:5} screens, median {:8.2?}, 99 of 100 within {:8.2?}, longest {:8.2?}", times.len(), of(50), of(99), of(100));
}

/// Contacts as a grown organisation has them: a third the same, a third alike, a third of others.
fn contacts(desk: &Desk) -> String {
    let mut csv = "ContactName,EmailAddress\n".to_owned();
    for (place, tenant) in desk.known.tenants.iter().enumerate() {
        let name = match place % 3 {
            0 => tenant.name.clone(),
            1 => format!("{} Operations", tenant.name),
            _ => format!("Somebody Else {place}"),
        };
        writeln!(csv, "\"{name}\",accounts{place}@example.com").unwrap();
    }
    csv
}

#[test]
#[ignore = "measures a month that examples/make_month made"]
fn map_screens() {
    let folder = std::path::PathBuf::from(std::env::var("CSPCTL_TEST_BENCH_MONTH").expect("CSPCTL_TEST_BENCH_MONTH names the month's folder"));
    let bench = Bench::new(EMPTY);
    for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|file| !file.ends_with("mapping.toml") && file.is_file()) {
        std::fs::copy(&file, bench.folder.path().join(file.file_name().unwrap())).unwrap();
    }
    let app = bench.app(Some(Rc::new(Scripted::default())), Captured::default());
    let began = Instant::now();
    let mut session = Session::open(&app, &load::load(&app).unwrap()).unwrap();
    println!("{:34} {:8.2?}", "read", began.elapsed());
    let desk = session.desk().unwrap();
    println!("{} customers, {} charges", desk.known.tenants.len(), session.month.sources.charges.len());
    let file = bench.folder.path().join("contacts.csv");
    std::fs::write(&file, contacts(&desk)).unwrap();

    let open = open_customers(&desk);
    let began = Instant::now();
    propose(&open, &read_contacts(&file).unwrap());
    println!("{:34} {:8.2?}", "of the first: proposals", began.elapsed());
    let ids: Vec<_> = open.iter().map(|customer| customer.tenant_id).collect();
    let began = Instant::now();
    session.scene(&app).of_customers(desk.editor.mapping(), &ids).unwrap();
    println!("{:34} {:8.2?}", "of the first: the plan", began.elapsed());

    for (what, part) in [("customers", Part::Customers), ("products", Part::Products)] {
        let prompt = Clocked::new();
        let left = if part == Part::Customers { customers::ask(&app, &prompt, &session, Some(&file)) } else { products::ask(&app, &prompt, &session) };
        left.unwrap();
        let took = prompt.took.into_inner();
        let (first, rest) = took.split_first().unwrap();
        println!("{:34} {:8.2?}", format!("{what}: the first screen"), first.1);
        told(&format!("{what}: the others"), rest);
        let began = Instant::now();
        session.reread().unwrap();
        println!("{:34} {:8.2?}", "read mapping.toml again", began.elapsed());
    }
    println!("{} customers in mapping.toml", bench.entries().customers.len());
}

//! `cspctl init` at a terminal, keystroke by keystroke against the sandbox, as a technician meets it.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use crate::auth::place::with_key;
use crate::support::TestEnv;
use crate::terminal::Terminal;

/// Xero's redirect address has one port, and so there can be one sign-in at a time.
static PORT_8742: Mutex<()> = Mutex::new(());

const MICROSOFT_APP: &str = "11111111-2222-3333-4444-555555555555";
const XERO_APP: &str = crate::stand_ins::xero::options::PKCE_CLIENT;
const ACCOUNT_CODE: &str = crate::stand_ins::dickerdata::options::ACCOUNT_CODE;
const ACCESS_CODE: &str = crate::stand_ins::dickerdata::options::ACCESS_CODE;

/// A browser that agrees to everything: it sends the form of the page, with its user.
const BROWSER: &str = r#"#!/usr/bin/env python3
import re, sys, urllib.parse as parse, urllib.request as request
address = sys.argv[1]
page = request.urlopen(address, timeout=30).read().decode()
if "<form" in page:
    form = dict(parse.parse_qsl(parse.urlparse(address).query), decision="allow")
    user = re.search(r'name="user" value="([^"]+)"', page)
    if user:
        form["user"] = user[1]
    request.urlopen(request.Request(address.split("?")[0], data=parse.urlencode(form).encode()), timeout=30).read()
"#;

/// The sandbox, as somebody starts it who tries the tool.
struct Sandbox {
    program: Child,
    folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Sandbox {
    fn start() -> Self {
        let turn = PORT_8742.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = TempDir::new().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_cspctl")).with_file_name("examples").join("sandbox");
        let mut command = Command::new(program);
        command.arg("--port").arg(free_ports().to_string()).arg("--write").arg(folder.path()).stdout(Stdio::piped());
        let mut program = command.spawn().unwrap();
        let mut lines = BufReader::new(program.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("Ctrl-C ends")), "the sandbox did not start");
        Self { program, folder, _turn: turn }
    }

    /// An empty home, with the sandbox's addresses at hand.
    fn home(&self) -> Home {
        let mut env = with_key(TestEnv::new());
        env.write("endpoints.toml", std::fs::read(self.folder.path().join("endpoints.toml")).unwrap());
        env.write("browser", BROWSER);
        let browser = env.path("browser").display().to_string();
        assert!(Command::new("chmod").args(["+x", &browser]).status().unwrap().success());
        Home { env: env.variable("BROWSER", &browser) }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// An empty home.
struct Home {
    env: TestEnv,
}

impl Home {
    fn drive(&self, arguments: &[&str], steps: &str) -> String {
        Terminal { columns: 100, rows: 150, ..Terminal::new(&self.env) }.drive(arguments, steps)
    }

    fn file(&self) -> PathBuf {
        self.env.root().join("config").join("cspctl").join("config.toml")
    }

    /// What was written: nobody says where, so it lies in the platform's folder.
    fn config(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }
}

/// The first of three ports that nobody listens at.
fn free_ports() -> u16 {
    let is_free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    let mut first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port().min(60_000);
    while !(0..3).all(|next| is_free(first + next)) {
        first += 3;
    }
    first
}

const INIT: [&str; 3] = ["init", "--endpoints", "endpoints.toml"];

/// One question: what shows that it is asked, and the keys that answer it.
struct Asked(&'static str, String);

fn typed(question: &'static str, answer: &str) -> Asked {
    Asked(question, format!("type {answer}\nkey Enter\n"))
}

fn enter(question: &'static str) -> Asked {
    Asked(question, "key Enter\n".to_owned())
}

/// Every question of a set-up that asks all three services live, each with its answer; the first of a step is
/// where a person might stop.
fn questions() -> Vec<Asked> {
    vec![
        enter("Begin"),
        enter("What Microsoft says your customers have: _"),
        enter("What Dicker Data charged: _"),
        enter("Where bills and invoices go: _"),
        Asked("Where sign-ins and codes are kept: _", "key Down\nkey Enter\n".to_owned()),
        enter("The encrypted file"),
        typed("client. id of your app registration", MICROSOFT_APP),
        enter("How to sign in to Microsoft: _"),
        enter("Is this your company"),
        enter("Your partner number"),
        typed("Account code", ACCOUNT_CODE),
        typed("Access code of", ACCESS_CODE),
        enter("The kind of Xero app.*: _"),
        typed("The Xero app's client id", XERO_APP),
        enter("The distributor's contact in Xero: _"),
        enter("Account of every bill line: _"),
        enter("Account of every invoice line: _"),
        Asked("Who may change things.*: _", "type tech@msp\nkey Tab\nkey Enter\n".to_owned()),
        enter("Price where a product"),
        enter("Hold lines that earn less"),
        enter("New documents are: _"),
        enter("They fall due: _"),
        enter("Part of a cycle is priced by: _"),
        enter("bill is: _"),
        enter("Write it"),
    ]
}

fn steps<'a>(questions: impl IntoIterator<Item = &'a Asked>) -> String {
    questions.into_iter().map(|Asked(question, keys)| format!("wait {question}\nscreen\n{keys}")).collect()
}

/// The flags that give the same answers.
fn flags() -> Vec<&'static str> {
    let mut flags = INIT.to_vec();
    flags.extend(["--no-input", "--microsoft-source", "graph", "--dickerdata-source", "api", "--post-to", "xero", "--secrets-store", "file"]);
    flags.extend(["--secrets-file", "secrets.enc", "--microsoft-client-id", MICROSOFT_APP, "--account-code", ACCOUNT_CODE, "--xero-app", "pkce"]);
    flags.extend(["--xero-client-id", XERO_APP, "--contact", "Dicker Data", "--allow-user", "tech@msp.example", "--due", "contact"]);
    flags
}

#[test]
fn from_an_empty_home_with_keystrokes_alone_to_posted_documents_and_the_same_by_flags() {
    let sandbox = Sandbox::start();
    let home = sandbox.home();
    let mapping = "wait Say now\nkey Enter\nwait certain contacts\nscreen\nkey Enter\nwait Contact of\nkey Escape\nwait Save 32 decisions\nkey Enter\n\
                   wait with these texts\nscreen\nkey Enter\nwait Price of\nkey C-s\nwait Save .* decisions\nkey Enter\nwait Do a dry run\nkey Enter\nexit 0\nscreen\n";
    let said = home.drive(&INIT, &format!("{}{mapping}", steps(&questions())));
    assert!(said.contains("✔ Customers' tenants: 37 of 40 can be read."), "{said}");
    assert!(said.contains("Nothing was posted"), "{said}");

    let dry = home.env.run(["sync", "--dry-run"]).code(0);
    assert!(dry.stdout.contains("Nothing was posted"), "{}", dry.stdout);
    let posted = home.env.run(["sync", "--json"]).code(0).json();
    let states: BTreeSet<&str> = posted["documents"].as_array().unwrap().iter().filter_map(|document| document["state"].as_str()).collect();
    assert_eq!((posted["mode"].as_str(), states), (Some("posted"), BTreeSet::from(["posted"])), "{posted:#}");
    assert!(posted["documents"].as_array().unwrap().len() > 30, "{posted:#}");
    let again = home.env.run(["sync", "--json"]).code(0).json();
    assert_eq!(again["coverage"]["charges_billed"], 0, "{again:#}");
    assert!(again["documents"].as_array().unwrap().iter().all(|document| document["state"] == "exists"), "{again:#}");
    let shown = home.env.run(["runs", "show", posted["run"].as_str().unwrap()]).code(0);
    assert!(shown.stdout.contains("tech@msp.example"), "the trail names the account: {}", shown.stdout);

    let server = sandbox.home();
    let server = Home { env: server.env.variable("CSPCTL_DICKERDATA_ACCESS_CODE", ACCESS_CODE) };
    let output = server.env.run(flags()).code(0);
    assert!(output.stderr.contains("without a question"), "{}", output.stderr);
    assert_eq!(server.config(), home.config(), "the same answers give the same bytes");
    server.env.run(["init", "--check"]).code(0);
}

#[test]
fn a_set_up_stopped_at_every_step_goes_on_there() {
    let sandbox = Sandbox::start();
    let home = sandbox.home();
    // Where a step begins, and the last question.
    let stops = [0, 1, 6, 10, 12, 17, 18, 24];
    let questions = questions();
    for (from, to) in stops.iter().zip(stops.iter().skip(1)) {
        let Asked(next, _) = &questions[*to];
        home.drive(&INIT, &format!("{}wait {next}\nkey C-c\nexit 130\nscreen\n", steps(&questions[*from..*to])));
        assert!(!home.file().exists(), "nothing is written before the end");
    }
    let said = home.drive(&INIT, "wait Write it\nscreen\nkey Enter\nwait Say now\ntype n\nwait Do a dry run\ntype n\nexit 0\nscreen\n");
    assert!(said.contains("Going on with the set-up where it stopped"), "{said}");

    let whole = sandbox.home();
    whole.drive(&INIT, &format!("{}wait Say now\ntype n\nwait Do a dry run\ntype n\nexit 0\n", steps(&questions)));
    assert_eq!(home.config(), whole.config());
}

#[test]
fn a_wrong_answer_at_each_step_is_told_and_asked_again() {
    let sandbox = Sandbox::start();
    let home = sandbox.home();
    let mut wrong = questions();
    let wrong_at = |questions: &mut Vec<Asked>, place: &str, more: Asked| {
        let index = questions.iter().position(|Asked(question, _)| question.contains(place)).unwrap();
        questions.insert(index, more);
    };
    // A program that is none: another store is chosen then.
    wrong_at(
        &mut wrong,
        "Where sign-ins",
        Asked(
            "Where sign-ins and codes are kept: _",
            "type program\nkey Enter\nwait The program with\ntype no-such-program\nkey Enter\nwait no-such-program\n".to_owned(),
        ),
    );
    wrong_at(&mut wrong, "client. id", Asked("client. id of your app registration", "type 123\nkey Enter\nwait is no client id\n".to_owned()));
    wrong_at(&mut wrong, "Your partner number", Asked("Your partner number", "type twelve\nkey Enter\nwait is no partner number\n".to_owned()));
    let code = "type not-the-code\nkey Enter\nwait What now: _\nscreen\nkey Enter\n".to_owned();
    wrong_at(&mut wrong, "Access code", Asked("Access code of", code));
    // Xero's page shows an error, and nobody ever comes back: Ctrl-C ends the waiting, not the set-up.
    let client = "type NOT-AN-APP\nkey Enter\nwait redirect_uri\nsleep 1\nkey C-c\nwait What now: _\nscreen\nkey Down\nkey Enter\n\
                  wait The kind of Xero app.*: _\nkey Enter\n";
    wrong_at(&mut wrong, "Xero app's client id", Asked("The Xero app's client id", client.to_owned()));
    wrong_at(&mut wrong, "Price where", Asked("Price where a product", "type cheap\nkey Enter\nwait is not a price rule\n".to_owned()));
    wrong_at(&mut wrong, "Hold lines", Asked("Hold lines that earn less", "type lots\nkey Enter\nwait is not a percentage\n".to_owned()));
    // No `exit`: the shell around the program dies of the Ctrl-C that the program takes for itself.
    home.drive(&INIT, &format!("{}wait Say now\ntype n\nwait Do a dry run\n", steps(&wrong)));
    assert!(home.config().contains(&format!("client_id = \"{XERO_APP}\"")), "{}", home.config());
}

#[test]
fn without_a_terminal_nothing_is_asked_and_the_missing_flag_is_named() {
    let env = TestEnv::new();
    let output = env.run(["init"]).code(2);
    assert!(output.stderr.contains("--microsoft-source"), "{}", output.stderr);
}

#[test]
fn a_narrow_terminal_without_colours_shows_every_question_whole() {
    let sandbox = Sandbox::start();
    let home = sandbox.home();
    let terminal = Terminal { columns: 44, rows: 60, ..Terminal::new(&home.env) };
    let arguments = ["init", "--endpoints", "endpoints.toml", "--color", "never"];
    let narrow = "wait Begin\nscreen\nkey Enter\nwait Ask Microsoft live\nscreen\nkey Enter\nwait Ask Dicker\nkey Enter\nwait Into Xero\nkey Enter\n\
                  wait The keyring\nscreen\nkey C-c\nexit 130\nscreen\n";
    let said = terminal.drive(&arguments, narrow);
    assert!(said.contains("your answers are kept"), "{said}");
}

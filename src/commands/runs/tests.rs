use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::*;
use crate::app::Clock;
use crate::domain::document::{Document, Kind as DocumentKind};
use crate::domain::policy::ImportLabels;
use crate::ledger::samples::{billed, document, line, run as sample_run, tenant};
use crate::ui::captured::Captured;
use crate::ui::output::{Look, Output};

struct Desk {
    folder: tempfile::TempDir,
    out: Captured,
    error: Captured,
    app: App,
}

impl Desk {
    fn new(json: bool) -> Self {
        Self::of_width(json, 100)
    }

    fn of_width(json: bool, width: usize) -> Self {
        let (out, error) = (Captured::default(), Captured::default());
        let look = Look { json, width, ..Look::default() };
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        fs::write(&config, "[ledger]\npath = \"ledger.db\"\n").unwrap();
        let app = App {
            output: Output::new(look, Box::new(out.clone()), Box::new(error.clone())),
            environment: BTreeMap::from([("USER".to_owned(), "operator".to_owned())]),
            clock: Clock::Fixed("2026-11-23T00:00:00Z".parse().unwrap()),
            config_file: Some(config),
            profile: "default".to_owned(),
            may_prompt: false,
            replaced: crate::app::Replaced::default(),
        };
        Self { folder, out, error, app }
    }

    fn loaded(&self) -> Loaded {
        load::read(&self.app).unwrap()
    }

    fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    /// A run of a bill and an invoice, with their files.
    fn export(&self, id: &str, key: u128, suffix: &str) {
        let mut ledger = Ledger::open_with(&self.ledger(), false).unwrap();
        let lock = ledger.lock(Duration::ZERO).unwrap();
        let documents: Vec<Document> = vec![
            document(DocumentKind::Bill, &format!("DD-2026-11{suffix}"), None, vec![line(key, 100, "E3")]),
            document(DocumentKind::Invoice, &format!("CSP-2026-11-010101{suffix}"), Some(tenant(1)), vec![line(key, 200, "E3")]),
        ];
        let billed = vec![billed(key, Some(&documents[0].number), Some((&documents[1].number, tenant(1))))];
        let mut plan = crate::domain::plan::Plan {
            period: crate::ledger::samples::period(),
            period_chosen: false,
            documents,
            held: Vec::new(),
            findings: Vec::new(),
            coverage: crate::domain::plan::Coverage::default(),
            totals: crate::domain::plan::Totals::default(),
            digest: String::new(),
            source_digest: String::new(),
            billed,
            blockers: Vec::new(),
            other_periods: Vec::new(),
        };
        let csv = self.folder.path().join("xero");
        export::export(&mut ledger, &lock, &sample_run(id, RunMode::Exported), &mut plan, &csv, &ImportLabels::of_country("AU")).unwrap();
    }

    fn files(&self) -> usize {
        fs::read_dir(self.folder.path().join("xero")).unwrap().count()
    }
}

#[test]
fn list_shows_the_newest_run_first() {
    let desk = Desk::new(false);
    desk.export("00000001", 1, "");
    desk.export("00000002", 2, "-2");
    list(&desk.app, &desk.ledger()).unwrap();
    assert_eq!(
        desk.out.text(),
        "Run       When              Period   Mode      Cost  Sell  State  Documents  Charges  By\n\
         ──────────────────────────────────────────────────────────────────────────────────────────────\n\
         00000002  2026-11-22 03:04  2026-11  exported  1.00  2.00  done           2        1  operator\n\
         00000001  2026-11-22 03:04  2026-11  exported  1.00  2.00  done           2        1  operator\n"
    );
}

#[test]
fn without_a_ledger_there_are_no_runs_and_nothing_is_made() {
    let desk = Desk::new(true);
    list(&desk.app, &desk.ledger()).unwrap();
    let json: serde_json::Value = serde_json::from_str(&desk.out.text()).unwrap();
    assert_eq!(json, serde_json::json!({ "schema_version": 1, "runs": [] }));
    for failure in [show_run(&desk.app, &desk.ledger(), "last").unwrap_err(), undo(&desk.app, &desk.loaded(), "3f", true).unwrap_err()] {
        assert_eq!(failure.kind, Kind::Usage);
    }
    assert_eq!(fs::read_dir(desk.folder.path()).unwrap().count(), 1, "the configuration alone");
}

#[test]
fn show_is_the_audit_trail() {
    let desk = Desk::new(false);
    desk.export("00000001", 1, "");
    show_run(&desk.app, &desk.ledger(), "last").unwrap();
    let text = desk.out.text();
    for part in ["Machine user  operator", "Digest        sha256:aa", "cspctl        0.1.0", "xero-bills-2026-11-01.csv", "CSP-2026-11-010101", "exported"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn show_as_json_has_files_documents_and_totals() {
    let desk = Desk::new(true);
    desk.export("00000001", 1, "");
    show_run(&desk.app, &desk.ledger(), "0000").unwrap();
    let json: serde_json::Value = serde_json::from_str(&desk.out.text()).unwrap();
    assert_eq!(json["run"]["machine_user"], "operator");
    assert_eq!(json["run"]["totals"]["sell"], "2.00");
    assert_eq!(json["files"][0]["state"], "written");
    assert_eq!(json["files"][0]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(json["documents"][1]["number"], "CSP-2026-11-010101");
    assert_eq!(json["documents"][1]["sub_total"], "2.00");
    assert_eq!(json["documents"][1]["state"], "exported");
}

#[test]
fn undo_without_a_terminal_needs_yes_and_says_what_it_means() {
    let desk = Desk::new(false);
    desk.export("00000001", 1, "");
    let failure = undo(&desk.app, &desk.loaded(), "last", false).unwrap_err();
    assert_eq!(failure.kind.code(), 2);
    let text = format!("{} {:?}", failure.source, failure.hints);
    assert!(text.contains("--yes") && text.contains("charges customers twice"), "{text}");
    assert_eq!(desk.files(), 2);
}

#[test]
fn undo_deletes_the_files_and_says_how_to_bill_again() {
    let desk = Desk::new(false);
    desk.export("00000001", 1, "");
    undo(&desk.app, &desk.loaded(), "last", true).unwrap();
    assert_eq!(desk.files(), 0);
    let again = crate::services::command(&desk.app, "sync --period 2026-11");
    assert!(again.starts_with("cspctl --config ") && desk.error.text().contains(&again), "{}", desk.error.text());
    assert_eq!(undo(&desk.app, &desk.loaded(), "00000001", true).unwrap_err().kind, Kind::Usage);
    desk.export("00000002", 1, "");
}

#[test]
fn undo_as_json_names_files_and_documents() {
    let desk = Desk::new(true);
    desk.export("00000001", 1, "");
    undo(&desk.app, &desk.loaded(), "last", true).unwrap();
    let json: serde_json::Value = serde_json::from_str(&desk.out.text()).unwrap();
    assert_eq!((&json["run"]["state"], &json["run"]["undone_by"]), (&"undone".into(), &"operator".into()));
    assert_eq!((&json["files"][1]["state"], &json["documents"][0]["state"]), (&"deleted".into(), &"undone".into()));
}

#[test]
fn undo_names_the_run_to_be_undone_first() {
    let desk = Desk::new(false);
    desk.export("00000001", 1, "");
    desk.export("00000002", 2, "-2");
    let failure = undo(&desk.app, &desk.loaded(), "00000001", true).unwrap_err();
    assert_eq!((failure.kind, failure.hints.as_slice()), (Kind::Failed, ["cspctl runs undo 00000002".to_owned()].as_slice()));
}

#[test]
fn a_busy_ledger_is_exit_code_7() {
    let busy = LedgerError::Busy { path: "ledger.db".into(), holder: None };
    assert_eq!(Failure::from(busy).kind.code(), 7);
}

#[test]
fn the_machine_is_named_when_the_environment_has_it() {
    let mut desk = Desk::new(false);
    assert_eq!(machine_user(&desk.app).0, "operator");
    desk.app.environment.insert("COMPUTERNAME".to_owned(), "DESK-1".to_owned());
    assert_eq!(machine_user(&desk.app).0, "operator@DESK-1");
    desk.app.environment.clear();
    // Without variables, as under some schedulers: the system knows, except on Windows, which always sets one.
    assert_eq!(machine_user(&desk.app).0 == "unknown", cfg!(windows));
}

#[test]
fn a_list_in_a_narrow_terminal_fits() {
    let desk = Desk::of_width(false, 80);
    desk.export("00000001", 1, "");
    list(&desk.app, &desk.ledger()).unwrap();
    assert!(desk.out.text().lines().all(|line| line.chars().count() <= 80), "{}", desk.out.text());
    assert!(desk.out.text().contains("done") && !desk.out.text().contains("operator"));
}

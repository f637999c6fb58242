//! Runs as tables and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::app::{App, Clock};
use crate::domain::document::Kind;
use crate::domain::money::Money;
use crate::export::{FileFate, UndoneRun};
use crate::ledger::{DocumentSummary, PostedDocument, RecordedFile, RecordedRun, RunMode, RunState};
use crate::services::command;
use crate::ui::table::{Column, Table};

/// Columns of a terminal below which tables leave out what `runs show` and `--json` tell as well.
const WIDE: usize = 100;

/// The runs as a table, newest first.
pub(super) fn list_text(app: &App, runs: &[RecordedRun]) -> String {
    let is_wide = app.output.look().width >= WIDE;
    let mut columns = vec![Column::Word("Run"), Column::Word("When"), Column::Word("Period"), Column::Word("Mode")];
    columns.extend([Column::Number("Cost"), Column::Number("Sell"), Column::Word("State")]);
    if is_wide {
        columns.extend([Column::Number("Documents"), Column::Number("Charges"), Column::Text("By")]);
    }
    let mut table = Table::new(columns);
    for recorded in runs {
        let run = &recorded.run;
        let mut cells = vec![run.id.to_string(), when(app, run.started_at), run.period.to_string(), run.mode.as_str().to_owned()];
        cells.extend([run.totals.cost.to_string(), run.totals.sell.to_string(), recorded.state().as_str().to_owned()]);
        if is_wide {
            cells.extend([run.documents.to_string(), run.charges.to_string(), run.machine_user.0.clone()]);
        }
        table.row(cells);
    }
    shown(app, &table)
}

/// The audit trail of a run.
pub(super) fn trail_text(app: &App, recorded: &RecordedRun, files: &[RecordedFile], documents: &[DocumentSummary], posted: &[PostedDocument]) -> String {
    let run = &recorded.run;
    let mut facts = vec![
        ("Run", run.id.to_string()),
        ("State", recorded.state().as_str().to_owned()),
        ("Period", run.period.to_string()),
        ("Mode", run.mode.as_str().to_owned()),
        ("Profile", run.profile.clone()),
        ("Started", when(app, run.started_at)),
        ("Machine user", run.machine_user.0.clone()),
        ("Account", run.account.clone().unwrap_or_else(|| "none signed in".to_owned())),
        ("cspctl", run.version.clone()),
        ("Digest", run.digest.clone()),
        ("Source digest", run.source_digest.clone()),
        ("Charges", run.charges.to_string()),
        ("Cost", run.totals.cost.to_string()),
        ("Sell", run.totals.sell.to_string()),
        ("Margin", run.totals.margin.to_string()),
        ("Held cost", run.totals.held_cost.to_string()),
    ];
    if let Some(undone) = &recorded.undone {
        facts.push(("Undone", format!("{} by {}", when(app, undone.at), undone.machine_user.0)));
    }
    let mut text = facts.into_iter().fold(String::new(), |mut text, (name, value)| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<14}{value}");
        text
    });
    if !files.is_empty() {
        let mut table = Table::new([Column::Word("File"), Column::Number("Rows"), Column::Number("Bytes"), Column::Word("State")]);
        for file in files {
            let path = file.path().display().to_string();
            table.row([path, file.file.rows.to_string(), file.file.size_bytes.to_string(), file_state(recorded, file).to_owned()]);
        }
        text.push('\n');
        text.push_str(&shown(app, &table));
    }
    if !documents.is_empty() {
        text.push('\n');
        text.push_str(&shown(app, &document_table(app, recorded, files, documents, posted)));
    }
    for document in posted {
        let detail = document.detail.as_deref().map(|detail| format!("refused: {detail}"));
        let url = document.document.xero.as_ref().and_then(|xero| xero.url.as_deref().map(str::to_owned));
        if let Some(more) = detail.or(url) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}  {more}", document.document.number);
        }
    }
    text
}

fn document_table(app: &App, recorded: &RecordedRun, files: &[RecordedFile], documents: &[DocumentSummary], posted: &[PostedDocument]) -> Table {
    let lines = (app.output.look().width >= WIDE).then_some(Column::Number("Lines"));
    let columns = [Column::Word("Kind"), Column::Word("Number"), Column::Text("Contact"), Column::Number("Total"), Column::Word(""), Column::Word("State")];
    let mut table = Table::new(columns.into_iter().chain(lines).collect::<Vec<_>>());
    for (document, state) in documents.iter().zip(document_states(recorded, files, documents.len(), posted)) {
        let words = [document.kind.as_str().to_owned(), document.number.to_string(), document.contact_name.to_string()];
        let amount = [net(document).to_string(), document.currency.to_string(), state.to_owned()];
        table.row(words.into_iter().chain(amount).chain(lines.map(|_| document.lines.to_string())));
    }
    table
}

/// What undoing did, for people.
pub(super) fn note_undone(app: &App, undone: &UndoneRun) {
    for file in &undone.files {
        let path = file.path.display();
        match file.fate {
            FileFate::Deleted => app.output.detail(&format!("Deleted {path}")),
            FileFate::Changed => app.output.warn(&format!("{path} was changed since it was written and is left alone; do not import it")),
            FileFate::Missing => app.output.warn(&format!("{path} is not there any more; if it was imported into Xero, delete those drafts there")),
        }
    }
    let run = &undone.run.run;
    let deleted = undone.files.iter().filter(|file| file.fate == FileFate::Deleted).count();
    app.output.note(&format!(
        "Run {} is undone: {deleted} files deleted, {} charges free. Bill them again with: {} {}",
        run.id,
        run.charges,
        command(app, "sync --period"),
        run.period
    ));
}

/// A run as JSON.
pub(super) fn run_json(recorded: &RecordedRun) -> Value {
    let run = &recorded.run;
    json!({
        "run": run.id.as_str(),
        "period": run.period,
        "mode": run.mode.as_str(),
        "state": recorded.state().as_str(),
        "profile": run.profile,
        "started_at": run.started_at.to_string(),
        "machine_user": run.machine_user.0,
        "account": run.account,
        "version": run.version,
        "digest": run.digest,
        "source_digest": run.source_digest,
        "documents": run.documents,
        "charges": run.charges,
        "totals": run.totals,
        "undone_at": recorded.undone.as_ref().map(|undone| undone.at.to_string()),
        "undone_by": recorded.undone.as_ref().map(|undone| undone.machine_user.0.as_str()),
    })
}

/// The audit trail as JSON.
pub(super) fn trail_json(recorded: &RecordedRun, files: &[RecordedFile], documents: &[DocumentSummary], posted: &[PostedDocument]) -> Value {
    let states = document_states(recorded, files, documents.len(), posted);
    let files: Vec<Value> = files
        .iter()
        .map(|file| {
            json!({
                "path": file.path().display().to_string(), "kind": file.file.kind.as_str(), "rows": file.file.rows,
                "size_bytes": file.file.size_bytes, "sha256": file.file.sha256, "state": file_state(recorded, file),
            })
        })
        .collect();
    let in_xero = posted.iter().map(Some).chain(std::iter::repeat(None));
    let documents: Vec<Value> =
        documents.iter().zip(states).zip(in_xero).map(|((document, state), posted)| with_xero(document_json(document, state), posted)).collect();
    json!({ "schema_version": 1, "run": run_json(recorded), "files": files, "documents": documents })
}

/// What undoing did, as JSON.
pub(super) fn undone_json(undone: &UndoneRun) -> Value {
    let files: Vec<Value> = undone.files.iter().map(|file| json!({ "path": file.path.display().to_string(), "state": file.fate.as_str() })).collect();
    let documents: Vec<Value> = undone.documents.iter().map(|document| document_json(document, "undone")).collect();
    json!({ "schema_version": 1, "run": run_json(&undone.run), "files": files, "documents": documents })
}

fn document_json(document: &DocumentSummary, state: &str) -> Value {
    json!({
        "kind": document.kind, "number": document.number, "contact_name": document.contact_name, "tenant_id": document.tenant_id,
        "currency": document.currency, "lines": document.lines, "sub_total": document.sub_total, "state": state,
    })
}

/// Adds where a posted document stands in Xero; the keys are there for all.
fn with_xero(mut document: Value, posted: Option<&PostedDocument>) -> Value {
    let xero = posted.and_then(|posted| posted.document.xero.as_ref());
    if let Some(object) = document.as_object_mut() {
        object.insert("xero_id".to_owned(), json!(xero.and_then(|xero| xero.id)));
        object.insert("url".to_owned(), json!(xero.and_then(|xero| xero.url.as_deref())));
        object.insert("error".to_owned(), json!(posted.and_then(|posted| posted.detail.as_deref())));
    }
    document
}

fn file_state(recorded: &RecordedRun, file: &RecordedFile) -> &'static str {
    match recorded.state() {
        RunState::Undone => "undone",
        RunState::BeingUndone => "being-undone",
        _ if file.written_to.is_some() => "written",
        _ => "pending",
    }
}

/// The state of every document: in Xero, or that of its file.
fn document_states(recorded: &RecordedRun, files: &[RecordedFile], count: usize, posted: &[PostedDocument]) -> Vec<&'static str> {
    if posted.len() == count && recorded.run.mode == RunMode::Posted {
        return posted.iter().map(|posted| posted.fate.as_str()).collect();
    }
    let usual = match (recorded.state(), recorded.run.mode) {
        (RunState::Undone, _) => "undone",
        (RunState::BeingUndone, _) => "being-undone",
        (_, RunMode::Posted) => "posted",
        _ => "exported",
    };
    let mut states = vec![usual; count];
    for file in files.iter().filter(|file| file_state(recorded, file) == "pending") {
        for position in &file.file.documents {
            if let Some(state) = states.get_mut(*position) {
                *state = "pending";
            }
        }
    }
    states
}

/// Credits are shown as what they take away.
fn net(document: &DocumentSummary) -> Money {
    match document.kind {
        Kind::SupplierCredit | Kind::CreditNote => -document.sub_total,
        Kind::Bill | Kind::Invoice => document.sub_total,
    }
}

/// In the machine's zone; a fixed clock shows UTC.
fn when(app: &App, moment: jiff::Timestamp) -> String {
    let zone = match app.clock {
        Clock::System => jiff::tz::TimeZone::system(),
        Clock::Fixed(_) => jiff::tz::TimeZone::UTC,
    };
    moment.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
}

fn shown(app: &App, table: &Table) -> String {
    let look = app.output.look();
    table.render(look.width, look.colour_out)
}

//! Every document with its lines, up to a bound that browsers still scroll with ease.

use minijinja::{Value, context};

use crate::domain::document::{Document, Line, State, Status};
use crate::domain::money::{show_price, show_quantity};
use crate::domain::period::show_date;
use crate::domain::view::DocumentView;
use crate::domain::working::Working;
use crate::ui::outcome::Outcome;
use crate::ui::text::plain;
use crate::ui::words::{self, grouped};

/// Lines in one report; beyond that only totals are shown.
pub(super) const LINES_AT_MOST: usize = 20_000;

/// The documents in the order of the plan, and how many lines are left out. Customers' documents
/// get their lines first: the bill repeats the same charges.
pub(super) fn all(outcome: &Outcome) -> (Vec<Value>, usize) {
    let documents = &outcome.plan.documents;
    let mut room = LINES_AT_MOST;
    let mut has_lines = vec![false; documents.len()];
    for purchase in [false, true] {
        for (document, has_lines) in documents.iter().zip(&mut has_lines).filter(|(document, _)| document.kind.is_purchase() == purchase) {
            if document.lines.len() <= room {
                room -= document.lines.len();
                *has_lines = true;
            }
        }
    }
    let left_out = documents.iter().zip(&has_lines).filter(|(_, has_lines)| !**has_lines).map(|(document, _)| document.lines.len()).sum();
    (documents.iter().zip(has_lines).map(|(document, has_lines)| one(document, has_lines)).collect(), left_out)
}

fn one(document: &Document, has_lines: bool) -> Value {
    let view = DocumentView::from(document);
    let lines: Vec<Value> =
        if has_lines { document.lines.iter().enumerate().map(|(index, shown)| line(shown, document.workings.get(index))).collect() } else { Vec::new() };
    context! {
        kind => words::kind(document.kind),
        number => plain(&document.number),
        contact => plain(&document.contact_name),
        contact_id => document.contact_id.map(|id| id.to_string()),
        tenant_id => document.tenant_id.map(|id| id.to_string()),
        date => show_date(document.date),
        due_date => show_date(document.due_date),
        currency => plain(&document.currency),
        status => status(document.status),
        reference => document.reference.as_deref().map(plain),
        state => words::state(document.state),
        tone => tone(document.state),
        url => view.url.filter(|url| url.starts_with("https://")),
        error => view.error.map(plain),
        is_credit => document.kind.is_credit(),
        is_sale => !document.kind.is_purchase(),
        line_count => words::count_of(document.lines.len(), "line"),
        has_lines => has_lines,
        lines => lines,
        sub_total => grouped(&document.sub_total.to_string()),
        net => grouped(&document.net().to_string()),
    }
}

fn line(line: &Line, working: Option<&Working>) -> Value {
    context! {
        description => plain(&line.description),
        working => working.map(|working| plain(&words::working(working)).into_owned()),
        quantity => grouped(&show_quantity(line.quantity)),
        unit => grouped(&show_price(line.unit_amount)),
        amount => grouped(&line.line_amount.to_string()),
        account => plain(&line.account_code),
        tax_type => line.tax_type.as_deref().map(plain),
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Draft => "draft",
        Status::Submitted => "awaiting approval",
        Status::Authorised => "approved",
    }
}

fn tone(state: State) -> &'static str {
    match state {
        State::Planned | State::Exists => "quiet",
        State::Posted | State::Exported => "good",
        State::Unknown => "warning",
        State::Failed => "bad",
    }
}

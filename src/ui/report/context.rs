//! What the page shows, as plain texts and numbers.

use minijinja::{Value, context};

use super::{bars, documents};
use crate::domain::finding::Severity;
use crate::domain::money::Money;
use crate::domain::view::{CustomerMargin, FindingGroup, HeldGroup, Release, customer_margins, finding_groups, held_groups};
use crate::ui::narrative;
use crate::ui::outcome::Outcome;
use crate::ui::text::plain;
use crate::ui::words::{self, grouped};

/// Rows of one table of findings, held charges or skipped rows.
const ROWS: usize = 500;
/// Charges listed under one releasing command.
const CHARGES: usize = 50;

/// The whole page.
pub(super) fn page(outcome: &Outcome) -> Value {
    let plan = &outcome.plan;
    let (documents, lines_left_out) = documents::all(outcome);
    let lines_file = outcome.files.iter().filter_map(|path| path.file_name()).map(|name| name.to_string_lossy()).find(|name| name.starts_with("lines"));
    context! {
        msp => plain(if outcome.msp_name.is_empty() { "cspctl" } else { &outcome.msp_name }),
        period => plan.period.to_string(),
        period_chosen => plan.period_chosen,
        mode => words::mode(outcome),
        run => plain(&outcome.run),
        profile => plain(&outcome.profile),
        organisation => outcome.organisation.as_deref().map(plain),
        distributor => plain(&outcome.distributor_name),
        at => outcome.at.strftime("%-d %b %Y, %H:%M").to_string(),
        at_machine => outcome.at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        zone => outcome.at.strftime("%:z").to_string(),
        digest => plain(&plan.digest),
        version => env!("CARGO_PKG_VERSION"),
        currency => plan.documents.first().map(|document| plain(&document.currency)),
        tiles => tiles(outcome),
        blockers => plan.blockers.iter().map(|blocker| plain(blocker).into_owned()).collect::<Vec<_>>(),
        next_steps => narrative::next_steps(outcome).iter().map(|step| code_spans(step)).collect::<Vec<_>>(),
        files => outcome.files.iter().map(|path| plain(&path.display().to_string()).into_owned()).collect::<Vec<_>>(),
        totals => bars::cost_against_sell(plan.totals),
        customers => customers(outcome),
        findings => finding_groups(&plan.findings).iter().map(finding_group).collect::<Vec<_>>(),
        finding_count => plan.findings.len(),
        held => held_groups(&plan.held).iter().map(held_group).collect::<Vec<_>>(),
        held_count => words::count_of(plan.held.len(), "charge"),
        coverage => coverage(outcome),
        documents => documents,
        document_count => words::count_of(plan.documents.len(), "document"),
        lines_left_out => (lines_left_out > 0).then(|| grouped(&lines_left_out.to_string())),
        lines_file => lines_file.map(|name| plain(&name).into_owned()),
    }
}

fn amount(amount: Money) -> String {
    grouped(&amount.to_string())
}

fn tiles(outcome: &Outcome) -> Vec<Value> {
    let totals = outcome.plan.totals;
    let share =
        if totals.sell.is_zero() { "nothing was sold".to_owned() } else { format!("{} of sell, over the charges sold", words::total_margin_percent(outcome)) };
    let margin_tone = match totals.margin {
        margin if margin.is_zero() => "plain",
        margin if margin.is_negative() => "bad",
        _ => "good",
    };
    let held = words::count_of(outcome.plan.held.len(), "charge");
    vec![
        context! { label => "Cost", amount => amount(totals.cost), note => format!("what {} charged", plain(&outcome.distributor_name)), tone => "plain" },
        context! { label => "Sell", amount => amount(totals.sell), note => "invoices less credit notes", tone => "plain" },
        context! { label => "Margin", amount => amount(totals.margin), note => share, tone => margin_tone },
        context! { label => "Held back", amount => amount(totals.held_cost), note => format!("{held} on no invoice yet"), tone => if outcome.plan.held.is_empty() { "plain" } else { "warning" } },
    ]
}

/// A sentence with its `commands` told apart: alternating pieces of text and code.
fn code_spans(sentence: &str) -> Vec<Value> {
    let pieces = plain(sentence);
    pieces.split('`').enumerate().filter(|(_, piece)| !piece.is_empty()).map(|(index, piece)| context! { text => piece, is_code => index % 2 == 1 }).collect()
}

/// What to do: a command to type, or a sentence.
fn fix(fix: &str) -> Value {
    context! { text => plain(fix), is_command => fix.starts_with("cspctl ") }
}

fn customers(outcome: &Outcome) -> Vec<Value> {
    let customers = customer_margins(&outcome.plan.documents);
    let longest = bars::longest(&customers);
    let row = |customer: &CustomerMargin<'_>| {
        context! {
            name => plain(customer.name),
            lines => grouped(&customer.lines.to_string()),
            sell => amount(customer.sell),
            cost => amount(customer.cost),
            margin => amount(customer.margin()),
            is_loss => customer.margin().is_negative() && !customer.sell.is_negative(),
            percent => words::margin_percent(customer.sell, customer.cost),
            bar => bars::customer(customer, longest),
        }
    };
    customers.iter().map(row).collect()
}

fn finding_group(group: &FindingGroup<'_>) -> Value {
    let shared = group.fix();
    let findings = group.findings.iter().take(ROWS).map(|finding| {
        let figures =
            finding.figures.iter().map(|(name, figure)| format!("{} {}", plain(name).replace('_', " "), plain(figure))).collect::<Vec<_>>().join(" · ");
        context! { message => plain(&finding.message), figures => figures, fix => shared.is_none().then(|| fix(&finding.fix)) }
    });
    context! {
        severity => group.severity.to_string(),
        tone => match group.severity { Severity::Action => "bad", Severity::Warning => "warning", Severity::Info => "quiet" },
        code => group.code.as_str(),
        title => words::title(group.code),
        count => group.findings.len(),
        findings => findings.collect::<Vec<_>>(),
        more => group.findings.len().saturating_sub(ROWS),
        fix => shared.map(fix),
    }
}

fn held_group(group: &HeldGroup<'_>) -> Value {
    context! {
        code => group.code.as_str(),
        title => words::title(group.code),
        count => words::count_of(group.charges, "charge"),
        cost => amount(group.cost),
        releases => group.releases.iter().take(ROWS).map(release).collect::<Vec<_>>(),
        more => group.releases.len().saturating_sub(ROWS),
    }
}

fn release(release: &Release<'_>) -> Value {
    let charges = release.charges.iter().take(CHARGES).map(|charge| {
        context! {
            customer => plain(&charge.tenant_name), product => plain(&charge.description), stock_code => plain(&charge.stock_code),
            cost => amount(charge.cost), reason => plain(&charge.reason),
        }
    });
    context! {
        subject => plain(&release.subject()),
        charges => charges.collect::<Vec<_>>(),
        count => release.charges.len(),
        more => release.charges.len().saturating_sub(CHARGES),
        cost => amount(release.cost),
        reason => release.reason().map(plain),
        fix => fix(release.fix),
    }
}

fn coverage(outcome: &Outcome) -> Value {
    let coverage = &outcome.plan.coverage;
    let counts = [
        ("Read", coverage.charges_read),
        ("On an invoice or credit note", coverage.charges_billed),
        ("Held back", coverage.charges_held),
        ("Of ignored customers or products", coverage.charges_ignored),
        ("Billed before", coverage.charges_already_billed),
        ("Of other periods", coverage.charges_other_periods),
    ];
    let skipped = coverage
        .rows_skipped
        .iter()
        .take(ROWS)
        .map(|row| context! { file => plain(&row.file), row => row.row, column => plain(&row.column), reason => plain(&row.reason) });
    let unreachable = coverage
        .tenants_unreachable
        .iter()
        .take(ROWS)
        .map(|tenant| context! { name => plain(&tenant.name), id => tenant.tenant_id.to_string(), reason => plain(&tenant.reason) });
    context! {
        sentences => narrative::coverage(outcome),
        counts => counts.iter().map(|(label, count)| context! { label => *label, count => grouped(&count.to_string()) }).collect::<Vec<_>>(),
        skipped => skipped.collect::<Vec<_>>(),
        more_skipped => coverage.rows_skipped.len().saturating_sub(ROWS),
        unreachable => unreachable.collect::<Vec<_>>(),
    }
}

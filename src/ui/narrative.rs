//! What a run covered and what to do next, in sentences; the same in the terminal and the report.

use std::fmt::Write as _;

use super::outcome::{Mode, Outcome};
use super::words::{count, count_of};
use crate::domain::document::{State, Status};
use crate::domain::plan::Coverage;
use crate::domain::remedy::typed;

/// Unreachable tenants listed by name.
const LISTED: usize = 10;

/// What was read, used and compared, in sentences.
#[must_use]
pub fn coverage(outcome: &Outcome) -> Vec<String> {
    let coverage = &outcome.plan.coverage;
    let mut sentences = vec![charges(coverage, outcome.mode)];
    if coverage.calendar_month_cycles > 0 {
        let lines = count(coverage.calendar_month_cycles, "part-cycle line");
        sentences.push(format!("{lines} took the calendar month as the cycle, because nothing shows where the cycle begins."));
    }
    sentences.push(seats(coverage));
    sentences
}

fn charges(coverage: &Coverage, mode: Mode) -> String {
    if coverage.charges_read == 0 {
        return "No charges were read.".to_owned();
    }
    let invoiced = if matches!(mode, Mode::Reconcile | Mode::DryRun) { "to be invoiced" } else { "invoiced" };
    let parts = [
        (coverage.charges_billed, invoiced),
        (coverage.charges_held, "held"),
        (coverage.charges_ignored, "ignored"),
        (coverage.charges_already_billed, "billed before"),
        (coverage.charges_other_periods, "of other periods"),
    ];
    let parts: Vec<String> = parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    let skipped = match coverage.rows_skipped.len() {
        0 => " No row was skipped.".to_owned(),
        rows => format!(" {} could not be used.", count_of(rows, "row")),
    };
    format!("{} read: {}.{skipped}", count(coverage.charges_read, "charge"), if parts.is_empty() { "none used".to_owned() } else { parts.join(", ") })
}

fn seats(coverage: &Coverage) -> String {
    if coverage.tenants_compared == 0 && coverage.tenants_unreachable.is_empty() {
        return "No seats were compared with Microsoft.".to_owned();
    }
    let mut sentence = format!("Seats compared with Microsoft for {}", count(coverage.tenants_compared, "tenant"));
    if !coverage.tenants_unreachable.is_empty() {
        let names: Vec<&str> = coverage.tenants_unreachable.iter().take(LISTED).map(|tenant| &*tenant.name).collect();
        let more = coverage.tenants_unreachable.len().saturating_sub(names.len());
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let _ = write!(sentence, "; {} could not be read ({}{more})", coverage.tenants_unreachable.len(), names.join(", "));
    }
    if coverage.tenants_not_asked > 0 {
        let _ = write!(sentence, "; {} not in the Microsoft source", coverage.tenants_not_asked);
    }
    sentence.push('.');
    sentence
}

/// What a person does next, in order.
#[must_use]
pub fn next_steps(outcome: &Outcome) -> Vec<String> {
    let plan = &outcome.plan;
    let period = plan.period;
    let mut steps = Vec::new();
    let in_state = |state: State| plan.documents.iter().filter(move |document| document.state == state);
    if !plan.blockers.is_empty() {
        steps.push(format!("Settle what blocks posting, then run `cspctl sync --period {period}` again."));
    } else if in_state(State::Planned).next().is_some() {
        steps.push(match outcome.mode {
            Mode::Reconcile => {
                format!("Nothing was posted. `cspctl sync --period {period} --dry-run` shows what would be, `cspctl sync --period {period}` does it.")
            }
            _ => format!("Nothing was posted. `cspctl sync --period {period}` enters these documents."),
        });
    }
    steps.extend(imports(outcome).into_iter().map(str::to_owned));
    if let Some(document) = in_state(State::Posted).next() {
        steps.push(
            match document.status {
                Status::Draft => "The documents are drafts: check and approve them in Xero under Sales > Invoices and Purchases > Bills.",
                Status::Submitted => "The documents await approval in Xero under Sales > Invoices and Purchases > Bills.",
                Status::Authorised => "The documents are approved in Xero; send them from Sales > Invoices.",
            }
            .to_owned(),
        );
    }
    let (failed, unknown) = (in_state(State::Failed).count(), in_state(State::Unknown).count());
    if unknown > 0 {
        steps.push(format!(
            "The outcome of {} is not known. Run `cspctl sync --period {period}` again: it looks in Xero first and posts nothing twice.",
            count_of(unknown, "document")
        ));
    }
    if failed > 0 {
        steps.push(format!("{} refused. Correct the cause, then run `cspctl sync --period {period}` again.", were(failed, "document")));
    }
    if !plan.held.is_empty() {
        steps.push(format!("Release held charges as listed under \"Held back\"; the next `cspctl sync --period {period}` bills them."));
    }
    for other in &plan.other_periods {
        let verb = if other.charges == 1 { "is" } else { "are" };
        steps.push(format!(
            "{} of {} ({}) {verb} not billed yet: `cspctl sync --period {}`.",
            count(other.charges, "charge"),
            other.period,
            other.cost,
            other.period
        ));
    }
    if steps.is_empty() {
        steps.push(if plan.documents.is_empty() {
            format!("There is nothing to bill in {period}.")
        } else {
            format!("Nothing new: every document of {period} is finished.")
        });
    }
    steps.iter().map(|step| typed(step, &outcome.program)).collect()
}

/// How the files of this run get into Xero, kind by kind.
fn imports(outcome: &Outcome) -> Vec<&'static str> {
    let exported = |purchase: bool, credit: bool| {
        let mut documents = outcome.plan.documents.iter().filter(|document| document.state == State::Exported);
        documents.any(|document| document.kind.is_purchase() == purchase && document.kind.is_credit() == credit)
    };
    let steps = [
        (exported(false, false), "In Xero: Sales > Invoices > Import. Choose the invoices file and \"Tax Exclusive\", then check and approve the drafts."),
        (
            exported(false, true),
            "In Xero: Sales > Invoices > Import. Choose the credit notes file and \"Tax Exclusive\"; credit notes are imported on their own.",
        ),
        (
            exported(true, false) || exported(true, true),
            "In Xero: Purchases > Bills > Import. Choose the bills file and \"Tax Exclusive\". Import it once: Xero would enter the bill a second time.",
        ),
    ];
    steps.into_iter().filter_map(|(is_needed, step)| is_needed.then_some(step)).collect()
}

fn were(number: usize, noun: &str) -> String {
    format!("{} {}", count_of(number, noun), if number == 1 { "was" } else { "were" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::sample;

    fn steps_of(outcome: &Outcome) -> String {
        next_steps(outcome).join("\n")
    }

    #[test]
    fn rule_22_a_second_run_says_that_nothing_is_new() {
        let mut outcome = sample::large(2, 1);
        outcome.mode = Mode::Exported;
        for document in &mut outcome.plan.documents {
            document.state = State::Exists;
        }
        assert_eq!(steps_of(&outcome), "Nothing new: every document of 2026-11 is finished.");
    }

    #[test]
    fn an_unknown_outcome_says_that_running_again_is_safe_and_a_refusal_says_to_correct_it() {
        let mut outcome = sample::large(2, 1);
        outcome.mode = Mode::Posted;
        for (document, state) in outcome.plan.documents.iter_mut().zip([State::Posted, State::Unknown, State::Failed]) {
            document.state = state;
        }
        let steps = steps_of(&outcome);
        assert!(steps.contains("The outcome of 1 document is not known. Run `cspctl sync --period 2026-11` again"), "{steps}");
        assert!(steps.contains("1 document was refused") && steps.contains("The documents are drafts"), "{steps}");
    }

    #[test]
    fn exported_files_are_explained_by_kind() {
        let mut outcome = sample::large(1, 1);
        outcome.mode = Mode::Exported;
        outcome.plan.documents[1].state = State::Exported;
        let steps = steps_of(&outcome);
        assert!(steps.contains("Choose the invoices file") && !steps.contains("credit notes file") && !steps.contains("bills file"), "{steps}");
    }

    #[test]
    fn comparing_nothing_is_said_and_never_clean() {
        let outcome = sample::empty();
        assert_eq!(coverage(&outcome), ["No charges were read.", "No seats were compared with Microsoft."]);
    }
}

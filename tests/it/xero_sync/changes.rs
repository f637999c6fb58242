//! What changes after the month was posted: prices, drafts that people touch, documents that they delete.

use rust_decimal::Decimal;

use super::office::{Office, states};
use crate::stand_ins::xero::state::StoredDocument;

/// Microsoft 365 Business Premium.
const PREMIUM: &str = "CFQ7TTC0LCHC:0002";

/// Documents by number, with what a replacement changes.
fn contents(office: &Office) -> Vec<(String, String, Decimal)> {
    let mut all: Vec<_> = office.xero.live_documents().into_iter().map(|document| (document.number, document.id, document.sub_total)).collect();
    all.sort();
    all
}

#[test]
fn revise_replaces_untouched_drafts_under_their_numbers_and_leaves_the_others() {
    let office = Office::new();
    office.run("sync").code(0);
    let before = contents(&office);
    office.run(&format!("map products set {PREMIUM} --price 66.60")).code(0);
    office.xero.forget_calls();
    office.run("sync").code(0);
    assert_eq!((office.writes(), contents(&office)), (0, before.clone()), "without --revise what is posted stays");

    let planned = office.run("sync --dry-run --revise --json").code(0).json();
    let numbers: Vec<&str> = planned["documents"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|document| document["state"] == "planned")
        .map(|document| document["number"].as_str().unwrap())
        .collect();
    assert!(numbers.len() > 2, "{numbers:?}");
    let touched = numbers[0].to_owned();
    assert!(office.xero.edit(&touched, |document| document.lines[0].description.push_str(" (as agreed)")));
    let left = office.numbered(&touched);

    let output = office.run("sync --revise").code(0);
    assert!(output.stderr.contains(&format!("{touched} is not revised")), "{}", output.stderr);
    let after = contents(&office);
    assert_eq!(office.numbered(&touched), left);
    let same = |all: &[(String, String, Decimal)]| all.iter().map(|(number, id, _)| (number.clone(), id.clone())).collect::<Vec<_>>();
    assert_eq!(same(&after), same(&before), "the same documents under the same numbers");
    let changed: Vec<&str> = after.iter().zip(&before).filter(|(now, then)| now.2 != then.2).map(|(now, _)| now.0.as_str()).collect();
    let mut expected: Vec<&str> = numbers.iter().copied().filter(|number| *number != touched).collect();
    expected.sort_unstable();
    assert_eq!(changed, expected);
    office.xero.forget_calls();
    office.run("sync --revise").code(0);
    assert_eq!(office.writes(), 0, "there is nothing left to revise");
}

#[test]
fn a_document_that_somebody_deleted_is_posted_again_only_with_repost() {
    let office = Office::new();
    office.run("sync").code(0);
    let gone: StoredDocument = office.live("ACCREC").swap_remove(3);
    assert!(office.xero.delete(&gone.number));
    office.xero.forget_calls();
    let json = office.run("sync --json").code(0).json();
    assert_eq!((office.writes(), office.xero.live_documents().len()), (0, 38));
    let told = json["findings"].as_array().unwrap().iter().find(|finding| finding["fix"].as_str().is_some_and(|fix| fix.contains("--repost")));
    assert!(told.is_some_and(|finding| finding["message"].as_str().unwrap().contains(&gone.number)), "{}", json["findings"]);
    let json = office.run("sync --repost --json").code(0).json();
    assert_eq!(states(&json).get("posted"), Some(&1), "{:?}", states(&json));
    office.assert_the_month_is_there_once();
    office.xero.forget_calls();
    office.run("sync --repost").code(0);
    assert_eq!(office.writes(), 0);
}

#[test]
fn a_machine_without_a_ledger_does_not_post_what_somebody_deleted() {
    let office = Office::new();
    office.run("sync").code(0);
    let gone = office.live("ACCREC").swap_remove(3);
    assert!(office.xero.delete(&gone.number));
    office.xero.forget_calls();
    for _ in 0..2 {
        office.lose_ledger();
        office.run("sync").code(0);
        assert_eq!((office.writes(), office.xero.live_documents().len()), (0, 38));
    }
    office.run("sync --repost").code(0);
    office.assert_the_month_is_there_once();
}

/// Another organisation would take what was billed in the first one for billed, and an undo would find none
/// of its documents and free all their charges.
#[test]
fn a_ledger_of_another_organisation_is_refused_and_nothing_of_it_is_freed() {
    let mut office = Office::new();
    office.run("sync").code(0);
    let (first, other) = (office.xero.organisation_id(), "0f8fad5b-d9cb-469f-a165-70867728950e");
    office.xero.organisation(0, |organisation| organisation.id = other.to_owned());
    office.change("config.toml", &first, other);
    office.xero.forget_calls();
    for line in ["sync", "reconcile", "runs undo last --yes"] {
        let output = office.run(line).code(3);
        assert!(output.stderr.contains(&first) && output.stderr.contains("--profile"), "{line}: {}", output.stderr);
    }
    assert_eq!(office.writes(), 0);
    let runs = office.run("runs list --json").code(0).json();
    assert_eq!(runs["runs"][0]["state"], "done", "{runs}");
}

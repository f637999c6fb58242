//! Single situations, each told by its name.
#![expect(clippy::print_stdout, reason = "the benchmark prints what the documentation quotes")]

use std::time::Duration;

use super::bench::{Bench, Cut, Ended, paused};
use crate::domain::charge::Charge;
use crate::domain::document::Status;
use crate::domain::finding::Code;
use crate::domain::scenario::{PREMIUM, charge, november};
use crate::ledger::Fate;
use crate::post::{DraftFate, PostError, Settled};
use crate::stand_ins::xero::fault::{Fault, FaultKind};
use crate::xero::outcome::CallErrorKind;

const INVOICES: &str = "/api.xro/2.0/Invoices";

fn with_quantity(customer: u32, quantity: &str) -> Charge {
    charge(customer, PREMIUM, november(), quantity, "20.25")
}

/// Two customers with a charge each.
fn small() -> Bench {
    let mut bench = Bench::new();
    bench.scenario.sources.charges = vec![with_quantity(1, "2"), with_quantity(2, "3")];
    bench
}

async fn settled(bench: &mut Bench) -> Settled {
    match bench.run(&Cut::never()).await.unwrap() {
        Ended::Settled(settled) => *settled,
        Ended::NothingNew => panic!("nothing new"),
    }
}

async fn assert_nothing_new(bench: &mut Bench) {
    assert!(matches!(bench.run(&Cut::never()).await.unwrap(), Ended::NothingNew));
}

fn numbers(bench: &Bench) -> Vec<(String, String)> {
    let mut numbers: Vec<_> = bench.xero.documents().into_iter().map(|document| (document.number, document.status)).collect();
    numbers.sort();
    numbers
}

#[test]
fn a_run_cut_off_at_every_step_and_run_again_posts_everything_once() {
    for lose_ledger in [false, true] {
        for step in 1.. {
            let was_reached = paused(async {
                let mut bench = small();
                let cut = Cut::at(step);
                let _ = bench.run(&cut).await;
                if lose_ledger {
                    bench.lose_ledger();
                }
                while !matches!(bench.run(&Cut::never()).await.unwrap(), Ended::NothingNew) {}
                assert_eq!(bench.quantities(true), ["2", "3"], "bills, cut off at step {step}");
                assert_eq!(bench.quantities(false), ["2", "3"], "invoices, cut off at step {step}");
                cut.seen() >= step
            });
            if !was_reached {
                assert!(step > 15, "only {step} steps");
                break;
            }
        }
    }
}

#[test]
fn a_month_of_300_customers_takes_at_most_20_calls_and_7_writes_of_documents() {
    paused(async {
        let mut bench = Bench::with_customers(300);
        bench.scenario.sources.charges = (1..=300).map(|customer| with_quantity(customer, "2")).collect();
        let settled = settled(&mut bench).await;
        assert_eq!((settled.posted.len(), settled.is_complete()), (301, true));
        // What one may do, and the note on the bill, are the command's: two calls more.
        assert!(bench.xero.calls_of("", "/api.xro") + 2 <= 20, "{:?}", bench.xero.calls());
        assert_eq!(bench.xero.calls_of("PUT", ""), 7, "1 bill, and 300 invoices in batches of 50");
        bench.xero.forget_calls();
        assert_nothing_new(&mut bench).await;
        assert!(bench.xero.calls_of("", "/api.xro") <= 8);
        assert_eq!(bench.xero.calls_of("PUT", "") + bench.xero.calls_of("POST", "/api.xro"), 0);
    });
}

#[test]
fn one_bad_document_never_blocks_the_others() {
    paused(async {
        let mut bench = small();
        let contact = bench.xero.contact_id("Customer 2").unwrap();
        bench.xero.archive_contact(&contact);
        let settled = settled(&mut bench).await;
        assert_eq!((settled.posted.len(), settled.refused.len(), settled.unknown.len()), (2, 1, 0));
        assert!(settled.refused[0].detail.is_some());
        assert_eq!(bench.quantities(true), ["2", "3"]);
        assert_eq!(bench.quantities(false), ["2"]);
        // What was refused is free again, under the same number.
        bench.xero.organisation(0, |organisation| organisation.contacts.iter_mut().for_each(|contact| contact.status = "ACTIVE".to_owned()));
        bench.wait(Duration::from_mins(7)).await;
        let settled = self::settled(&mut bench).await;
        assert_eq!(settled.posted.len(), 1);
        assert_eq!(bench.quantities(false), ["2", "3"]);
        assert_nothing_new(&mut bench).await;
    });
}

#[test]
fn a_bill_that_was_refused_while_the_invoices_were_posted_is_posted_by_the_next_run() {
    paused(async {
        let mut bench = small();
        let contact = bench.xero.contact_id("Dicker Data").unwrap();
        bench.xero.archive_contact(&contact);
        let settled = settled(&mut bench).await;
        assert_eq!((settled.posted.len(), settled.refused.len()), (2, 1));
        assert_eq!(bench.quantities(true), Vec::<String>::new());
        bench.xero.organisation(0, |organisation| organisation.contacts.iter_mut().for_each(|contact| contact.status = "ACTIVE".to_owned()));
        bench.wait(Duration::from_mins(7)).await;
        self::settled(&mut bench).await;
        assert_eq!((bench.quantities(true), bench.quantities(false)), (vec!["2".to_owned(), "3".to_owned()], vec!["2".to_owned(), "3".to_owned()]));
    });
}

#[test]
fn an_answer_that_is_lost_after_xero_acted_is_found_in_the_same_run() {
    paused(async {
        let mut bench = small();
        bench.xero.fault(Fault::once("PUT", INVOICES, FaultKind::Lost { committed: true }).times(2));
        let settled = settled(&mut bench).await;
        assert_eq!((settled.posted.len(), settled.is_complete()), (3, true));
        assert_eq!(bench.xero.documents().len(), 3);
    });
}

#[test]
fn a_500_in_the_middle_of_a_batch_leaves_neither_orphans_nor_doubles() {
    paused(async {
        let mut bench = small();
        bench.xero.fault(Fault::once("PUT", INVOICES, FaultKind::Status { status: 500, committed: true }).after(1).times(3));
        let settled = settled(&mut bench).await;
        assert!(settled.is_complete(), "{settled:?}");
        assert_eq!(bench.xero.documents().len(), 3);
    });
}

#[test]
fn when_xero_cannot_be_asked_what_became_of_a_request_the_next_run_finds_out() {
    paused(async {
        let mut bench = small();
        // The bill goes through and its answer is lost; from then on nothing can be read.
        bench.xero.fault(Fault::once("PUT", INVOICES, FaultKind::Lost { committed: true }));
        bench.xero.fault(Fault::once("GET", INVOICES, FaultKind::Lost { committed: false }).after(2).times(99));
        let settled = settled(&mut bench).await;
        assert!(settled.posted.is_empty());
        assert!(!settled.unknown.is_empty());
        assert_eq!(settled.stopped.map(|error| error.kind), Some(CallErrorKind::Unreachable));
        bench.xero.clear_faults();
        while !matches!(bench.run(&Cut::never()).await.unwrap(), Ended::NothingNew) {}
        assert_eq!((bench.quantities(true), bench.quantities(false)), (vec!["2".to_owned(), "3".to_owned()], vec!["2".to_owned(), "3".to_owned()]));
    });
}

#[test]
fn a_limit_for_the_rest_of_the_day_stops_the_run_and_keeps_its_intents() {
    paused(async {
        let mut bench = small();
        bench.xero.fault(Fault::once("PUT", INVOICES, FaultKind::TooMany { problem: "day", retry_after_seconds: Some(40_000) }).times(9));
        let settled = settled(&mut bench).await;
        assert_eq!(settled.stopped.as_ref().map(|error| error.kind), Some(CallErrorKind::Throttled));
        assert_eq!(settled.unknown.len(), 3);
        assert_eq!(bench.xero.documents().len(), 0);
        bench.xero.clear_faults();
        bench.wait(Duration::from_secs(40_000)).await;
        while !matches!(bench.run(&Cut::never()).await.unwrap(), Ended::NothingNew) {}
        assert_eq!(bench.xero.live_documents().len(), 3);
    });
}

#[test]
fn a_number_that_somebody_else_used_is_refused_and_named() {
    paused(async {
        let mut bench = small();
        settled(&mut bench).await;
        // The same number under another contact, as if somebody had made it by hand before.
        let mut other = small();
        let mut invoice = bench.xero.documents().into_iter().find(|document| document.number.starts_with("CSP-")).unwrap();
        let number = invoice.number.clone();
        invoice.contact_id = other.xero.contact_id("Customer 5").unwrap();
        invoice.date = "2026-08-01".parse().unwrap();
        other.xero.organisation(0, |organisation| organisation.add(invoice));
        let settled = self::settled(&mut other).await;
        assert_eq!(settled.refused.len(), 1, "{settled:?}");
        assert!(settled.refused[0].detail.as_ref().unwrap().contains(&number), "{settled:?}");
        assert_eq!(settled.posted.len(), 2);
    });
}

#[test]
fn a_fresh_machine_adopts_what_is_there_and_posts_what_is_missing() {
    paused(async {
        let mut bench = small();
        settled(&mut bench).await;
        bench.lose_ledger();
        bench.scenario.sources.charges.push(with_quantity(2, "5"));
        let settled = settled(&mut bench).await;
        assert_eq!(settled.posted.len(), 2, "a further bill and a further invoice");
        let drafts = |number: &str| (number.to_owned(), "DRAFT".to_owned());
        let all = numbers(&bench);
        assert!(all.contains(&drafts("DD-2026-11-2")), "{all:?}");
        assert_eq!(all.len(), 5, "{all:?}");
        assert_eq!(bench.quantities(true), ["2", "3", "5"]);
        assert_nothing_new(&mut bench).await;
    });
}

#[test]
fn with_the_ledger_lost_a_document_that_somebody_edited_holds_its_customer_and_nobody_else() {
    paused(async {
        let mut bench = small();
        settled(&mut bench).await;
        bench.lose_ledger();
        let edited = bench.xero.documents().into_iter().find(|document| document.lines.len() == 1 && !document.is_purchase()).unwrap();
        bench.xero.edit(&edited.number, |document| document.lines[0].description = "Consulting".to_owned());
        let client = bench.client();
        let ledger = bench.ledger();
        let plan = bench.plan(&client, &ledger).await.unwrap();
        assert_eq!(plan.held.iter().map(|held| held.code).collect::<Vec<_>>(), [Code::ChangedAfterPosting]);
        assert_eq!(plan.new_documents().count(), 0);
        assert_eq!(bench.adoption.documents.len(), 2, "the bill and the other customer's invoice");
    });
}

#[test]
fn documents_that_a_person_deleted_stay_deleted_unless_repost_is_given() {
    paused(async {
        let mut bench = small();
        settled(&mut bench).await;
        let invoice = bench.xero.documents().into_iter().find(|document| !document.is_purchase()).unwrap();
        bench.xero.delete(&invoice.number);
        assert_nothing_new(&mut bench).await;
        bench.lose_ledger();
        // Adopted as it is: somebody decided that this customer gets no invoice.
        let _ = bench.run(&Cut::never()).await.unwrap();
        assert_eq!(bench.xero.live_documents().len(), 2);
        bench.lose_ledger();
        bench.repost = true;
        settled(&mut bench).await;
        assert_eq!(bench.xero.live_documents().len(), 3);
    });
}

#[test]
fn undo_deletes_untouched_drafts_and_leaves_the_others_with_the_reason() {
    paused(async {
        let mut bench = small();
        bench.scenario.sources.charges.push(with_quantity(3, "4"));
        settled(&mut bench).await;
        let invoices: Vec<_> = bench.xero.documents().into_iter().filter(|document| !document.is_purchase()).collect();
        bench.xero.authorise(&invoices[0].number);
        bench.xero.edit(&invoices[1].number, |document| document.lines[0].quantity = "9".parse().unwrap());
        let drafts = bench.undo(&Cut::never()).await.unwrap();
        let kept: Vec<_> = drafts.iter().filter(|draft| matches!(draft.fate, DraftFate::Kept(_))).map(|draft| draft.number.to_string()).collect();
        assert_eq!(kept, [invoices[0].number.clone(), invoices[1].number.clone()]);
        assert_eq!(bench.xero.live_documents().len(), 2);
        let run = bench.ledger().run("last").unwrap();
        assert!(run.undone.is_none(), "two of its documents are in Xero still");
        let fates: Vec<Fate> = bench.ledger().posted_documents(&run.run.id).unwrap().into_iter().map(|posted| posted.fate).collect();
        assert_eq!(fates.iter().filter(|fate| **fate == Fate::Withdrawn).count(), 2, "the bill and one invoice");
        // What was taken back is billed again, under further numbers; the rest is not.
        settled(&mut bench).await;
        assert_eq!(bench.quantities(true), ["2", "3", "4"]);
        assert_eq!(bench.xero.live_documents().len(), 4);
        assert_nothing_new(&mut bench).await;
    });
}

#[test]
fn an_undo_that_is_cut_off_anywhere_is_done_again() {
    for step in 1..12 {
        paused(async {
            let mut bench = small();
            settled(&mut bench).await;
            let _ = bench.undo(&Cut::at(step)).await;
            match bench.undo(&Cut::never()).await {
                Ok(_) => {}
                // It had been done: the last step came after the record.
                Err(PostError::Ledger(error)) => assert!(error.to_string().contains("`last`"), "{error}"),
                Err(other) => panic!("{other}"),
            }
            assert_eq!(bench.xero.live_documents().len(), 0, "cut off at {step}");
            settled(&mut bench).await;
            assert_eq!((bench.quantities(true), bench.quantities(false)), (vec!["2".to_owned(), "3".to_owned()], vec!["2".to_owned(), "3".to_owned()]));
        });
    }
}

#[test]
fn a_run_whose_outcome_is_open_is_not_undone() {
    paused(async {
        let mut bench = small();
        bench.xero.fault(Fault::once("PUT", INVOICES, FaultKind::Lost { committed: false }).times(99));
        let settled = settled(&mut bench).await;
        assert!(settled.posted.is_empty());
        let error = bench.undo(&Cut::never()).await.unwrap_err();
        assert!(error.to_string().contains("moment ago"), "{error}");
        bench.wait(Duration::from_mins(7)).await;
        assert!(bench.undo(&Cut::never()).await.unwrap().is_empty());
        bench.xero.clear_faults();
        self::settled(&mut bench).await;
        assert_eq!(bench.xero.live_documents().len(), 3);
    });
}

#[test]
fn when_xero_numbers_the_invoices_ours_is_their_reference_and_nothing_is_posted_twice() {
    paused(async {
        let mut bench = small();
        bench.sales_dress.numbered_by_xero = true;
        bench.xero.fault(Fault::once("PUT", INVOICES, FaultKind::Lost { committed: true }).after(1));
        assert!(settled(&mut bench).await.is_complete());
        assert_nothing_new(&mut bench).await;
        bench.lose_ledger();
        let _ = bench.run(&Cut::never()).await.unwrap();
        let documents = bench.xero.documents();
        assert_eq!(documents.len(), 3);
        let invoice = documents.iter().find(|document| !document.is_purchase()).unwrap();
        assert!(invoice.reference.starts_with("CSP-2026-11-") && invoice.number.starts_with("INV-"), "{invoice:?}");
    });
}

#[test]
fn approved_documents_arrive_approved_with_their_dates() {
    paused(async {
        let mut bench = small();
        bench.scenario.policy.status = Status::Authorised;
        assert!(settled(&mut bench).await.is_complete());
        for document in bench.xero.documents() {
            assert_eq!(
                (document.status.as_str(), document.date, document.due_date),
                ("AUTHORISED", "2026-11-30".parse().unwrap(), Some("2026-12-20".parse().unwrap()))
            );
        }
    });
}

#[test]
fn an_access_token_that_expires_in_the_middle_is_renewed_and_nothing_is_sent_twice() {
    paused(async {
        let mut bench = small();
        bench.xero.fault(Fault::once("PUT", INVOICES, FaultKind::TokenExpired));
        assert!(settled(&mut bench).await.is_complete());
        assert_eq!(bench.xero.documents().len(), 3);
    });
}

#[test]
fn a_supplier_credit_that_was_undone_is_posted_anew_and_not_taken_from_the_answer_that_xero_remembers() {
    paused(async {
        let mut bench = Bench::new();
        bench.scenario.sources.charges = vec![charge(1, PREMIUM, november(), "2", "-20.25")];
        assert!(settled(&mut bench).await.is_complete());
        bench.undo(&Cut::never()).await.unwrap();
        assert_eq!(bench.xero.live_documents().len(), 0);
        assert!(settled(&mut bench).await.is_complete());
        assert_eq!((bench.quantities(true), bench.quantities(false)), (vec!["2".to_owned()], vec!["2".to_owned()]));
    });
}

#[test]
fn a_bill_that_was_refused_is_not_refused_again_by_the_answer_that_xero_remembers() {
    paused(async {
        let mut bench = small();
        let contact = bench.xero.contact_id("Dicker Data").unwrap();
        bench.xero.archive_contact(&contact);
        assert_eq!(settled(&mut bench).await.refused.len(), 1);
        bench.xero.organisation(0, |organisation| organisation.contacts.iter_mut().for_each(|contact| contact.status = "ACTIVE".to_owned()));
        // At once: within the minutes for which Xero keeps its refusal under the key.
        assert!(settled(&mut bench).await.is_complete());
        assert_eq!(bench.quantities(true), ["2", "3"]);
    });
}

/// Takes minutes of real time: `cargo test --release --lib ten_thousand_customers -- --ignored --nocapture` prints
/// what `docs/performance.md` quotes; `CSPCTL_TEST_CUSTOMERS` makes it another number of customers.
#[test]
#[ignore = "takes minutes of real time, because Xero's limits do"]
fn ten_thousand_customers_under_real_limits() {
    let customers: u32 = std::env::var("CSPCTL_TEST_CUSTOMERS").ok().and_then(|number| number.parse().ok()).unwrap_or(10_000);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut bench = Bench::with_customers(customers);
        bench.scenario.sources.charges = (1..=customers).map(|customer| with_quantity(customer, "2")).collect();
        let began = tokio::time::Instant::now();
        let settled = settled(&mut bench).await;
        let elapsed = began.elapsed();
        assert_eq!((settled.posted.len(), settled.is_complete()), (usize::try_from(customers).unwrap() + 1, true));
        let calls = bench.xero.calls_of("", "/api.xro");
        // A full minute's worth at once, then as many each further minute.
        let bound = Duration::from_secs(u64::from(calls.saturating_sub(1) / 60) * 60);
        println!("{calls} calls, {} writes, {:.1} s; the limits alone ask for {} s", bench.xero.calls_of("PUT", ""), elapsed.as_secs_f64(), bound.as_secs());
    });
}

//! `sync --repost`, and documents that Xero numbers itself.

use super::bench::{Bench, Cut, Ended, paused};
use crate::domain::charge::Charge;
use crate::domain::finding::Code;
use crate::domain::scenario::{PREMIUM, charge, november};

fn seats(customer: u32, quantity: &str) -> Charge {
    charge(customer, PREMIUM, november(), quantity, "28")
}

async fn posted() -> Bench {
    let mut bench = Bench::new();
    bench.scenario.sources.charges = vec![seats(1, "1"), seats(2, "2")];
    let Ended::Settled(settled) = bench.run(&Cut::never()).await.unwrap() else { panic!("nothing was posted") };
    assert!(settled.is_complete());
    assert_eq!(settled.posted.len(), 3);
    bench
}

fn is_nothing_new(ended: &Ended) -> bool {
    matches!(ended, Ended::NothingNew)
}

/// What the last plan said of documents that somebody took back.
fn lost_in_xero(bench: &Bench) -> usize {
    let plan = bench.scenario.plan("2026-11");
    plan.findings.iter().filter(|finding| matches!(finding.code, Code::NotInvoiced | Code::ChangedAfterPosting)).count()
}

#[test]
fn repost_did_nothing_about_documents_that_are_on_record() {
    paused(async {
        let mut bench = posted().await;
        let numbers: Vec<String> = bench.xero.documents().iter().map(|document| document.number.clone()).collect();
        for number in &numbers {
            assert!(bench.xero.delete(number), "{number}");
        }
        assert!(is_nothing_new(&bench.run(&Cut::never()).await.unwrap()), "a person's decision is respected");
        assert_eq!(lost_in_xero(&bench), 3);
        bench.repost = true;
        // A cut-off run posts nothing twice.
        for step in 1..6 {
            let _ = bench.run(&Cut::at(step)).await;
        }
        let _ = bench.run(&Cut::never()).await.unwrap();
        assert_eq!((bench.quantities(true), bench.quantities(false)), (vec!["1".to_owned(), "2".to_owned()], vec!["1".to_owned(), "2".to_owned()]));
        bench.repost = false;
        assert!(is_nothing_new(&bench.run(&Cut::never()).await.unwrap()));
        assert_eq!(lost_in_xero(&bench), 0, "what was posted again is not missed any more");
        assert!(bench.xero.live_documents().iter().all(|document| !numbers.contains(&document.number)), "a voided number is never used again");
    });
}

#[test]
fn documents_numbered_by_xero_are_found_again_without_a_ledger() {
    paused(async {
        let mut bench = Bench::new();
        bench.sales_dress.numbered_by_xero = true;
        bench.scenario.sources.charges = vec![seats(1, "1"), seats(2, "2")];
        assert!(!is_nothing_new(&bench.run(&Cut::never()).await.unwrap()));
        assert!(is_nothing_new(&bench.run(&Cut::never()).await.unwrap()));
        bench.lose_ledger();
        let Ended::Settled(settled) = bench.run(&Cut::never()).await.unwrap() else { panic!("nothing was recorded") };
        assert_eq!(settled.posted.len(), 0);
        assert_eq!(bench.quantities(false), ["1", "2"]);
        assert_eq!(lost_in_xero(&bench), 0);
    });
}

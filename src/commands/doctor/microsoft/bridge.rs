//! `--check-bridge`: which step finds the SKU of each of the distributor's lines (contracts/microsoft.md 5.4).

use serde_json::{Value, json};

use super::super::check::{Section, Verdict};
use crate::app::App;
use crate::commands::catalogue;
use crate::commands::seats::Live;
use crate::config::load::Loaded;
use crate::domain::bridge::{self, BridgeCheck, Step, Unmatched};
use crate::domain::mapping::Mapping;
use crate::domain::sources::Sources;
use crate::ledger::Ledger;
use crate::services::command;
use crate::ui::words::count_of;

/// Offers that are listed; JSON has them all.
const LISTED_AT_MOST: usize = 5;

/// Adds the verdicts, and gives the figures for JSON.
pub(super) fn check(app: &App, loaded: &Loaded, mapping: &Mapping, sources: &Sources, live: &Live, section: &mut Section) -> Value {
    let known = Ledger::open_for_reading(&loaded.ledger_file()).and_then(|ledger| catalogue::bridge(&ledger, sources, &live.asked.learnt));
    // A ledger that cannot be read is a verdict of its own.
    let bridge = known.unwrap_or_else(|_| sources.bridge.clone().with_learnt(live.asked.learnt.iter().cloned()));
    let found = bridge::check(&sources.annuity, &live.seats.subscriptions, &live.seats.answered, mapping, &bridge);
    section.add("bridge", hit_rates(&found, &command(app, "map products set")));
    section.add("subscription ids", ids(&found));
    figures(&found)
}

fn hit_rates(found: &BridgeCheck, set: &str) -> Verdict {
    if found.lines == 0 {
        return Verdict::warning("the distributor lists no active subscription, so nothing was matched").fix("name the list in dickerdata.annuity");
    }
    let by = |step| found.found_by(step);
    let matched: u64 = found.found.iter().sum();
    let message = format!(
        "{matched} of {} lines are matched with a SKU: {} by mapping.toml, {} by subscription id, {} by learnt pairs, {} by the offer matrix, {} by Partner Center's catalogue, {} by the program's table",
        found.lines,
        by(Step::Mapping),
        by(Step::Subscription),
        by(Step::Learnt),
        by(Step::Matrix),
        by(Step::Catalogue),
        by(Step::Table)
    );
    if found.unmatched.is_empty() {
        return Verdict::ok(message);
    }
    let mut offers: Vec<&Unmatched> = Vec::new();
    for line in &found.unmatched {
        if !offers.iter().any(|known| known.offer == line.offer) {
            offers.push(line);
        }
    }
    let verdict = Verdict::warning(format!("{message}; {} of {} without", count_of(offers.len(), "offer"), count_of(found.unmatched.len(), "line")));
    let remedy = |line: &Unmatched| {
        let sku = line.suggestion.map_or_else(|| "SKU".to_owned(), |sku| sku.to_string());
        format!("{set} {} --sku {sku}   ({})", line.offer, line.description)
    };
    let verdict = offers.iter().take(LISTED_AT_MOST).fold(verdict, |verdict, line| verdict.fix(remedy(line)));
    match offers.len().saturating_sub(LISTED_AT_MOST) {
        0 => verdict,
        more => verdict.fix(format!("and {more} more: --json lists them")),
    }
}

/// Nobody documents whether the distributor's ids are Microsoft's: this tells.
fn ids(found: &BridgeCheck) -> Verdict {
    if found.lines_asked == 0 {
        return Verdict::skipped("no line's tenant has answered, so ids were not compared");
    }
    Verdict::ok(format!(
        "{} of {} are known to Microsoft by the same id",
        found.ids_found,
        count_of(usize::try_from(found.lines_asked).unwrap_or(usize::MAX), "line")
    ))
}

/// As `pull --json` has them.
fn figures(found: &BridgeCheck) -> Value {
    let unmatched =
        |line: &Unmatched| json!({ "tenant_id": line.tenant_id, "offer": line.offer, "description": line.description, "suggested_sku_id": line.suggestion });
    json!({
        "lines": found.lines,
        "lines_asked": found.lines_asked,
        "subscription_ids_found": found.ids_found,
        "by_mapping": found.found_by(Step::Mapping),
        "by_subscription": found.found_by(Step::Subscription),
        "by_learnt_pair": found.found_by(Step::Learnt),
        "by_offer_matrix": found.found_by(Step::Matrix),
        "by_catalogue": found.found_by(Step::Catalogue),
        "by_table": found.found_by(Step::Table),
        "unmatched": found.unmatched.iter().map(unmatched).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::check::State;
    use super::*;

    fn unmatched(offer: &str) -> Unmatched {
        Unmatched {
            tenant_id: None,
            tenant_name: "Contoso".into(),
            offer: crate::domain::offer::OfferId::new(offer),
            description: "Something".into(),
            suggestion: None,
        }
    }

    #[test]
    fn hit_rates_are_told_by_step_and_each_offer_once() {
        let mut found = BridgeCheck { lines: 10, lines_asked: 8, ids_found: 7, found: [1, 6, 2, 0, 0, 1], unmatched: Vec::new() };
        let verdict = hit_rates(&found, "cspctl map products set");
        assert_eq!(verdict.state, State::Ok);
        assert!(verdict.message.starts_with("10 of 10 lines are matched with a SKU: 1 by mapping.toml, 6 by subscription id, 2 by learnt"), "{verdict:?}");
        assert!(ids(&found).message.starts_with("7 of 8 lines"));
        found.found = [1, 6, 0, 0, 0, 1];
        found.unmatched = vec![unmatched("CFQ7TTC0LCHC:0002"), unmatched("CFQ7TTC0LCHC:0002")];
        let verdict = hit_rates(&found, "cspctl map products set");
        assert_eq!((verdict.state, verdict.fixes.len()), (State::Warning, 1));
        assert_eq!(verdict.fixes[0], "cspctl map products set CFQ7TTC0LCHC:0002 --sku SKU   (Something)");
        assert_eq!(figures(&found)["unmatched"].as_array().map(Vec::len), Some(2));
        assert_eq!(hit_rates(&BridgeCheck::default(), "f").state, State::Warning);
        assert_eq!(ids(&BridgeCheck::default()).state, State::Skipped);
    }
}

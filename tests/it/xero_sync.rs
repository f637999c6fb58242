//! `sync` with the built binary against a served stand-in for Xero: the month from the sign-in on, and
//! everything that can be in its way.

mod changes;
mod faults;
mod live_seats;
pub mod office;
mod settings;

use self::office::{Office, in_state, states, unhurried};

#[test]
fn a_month_from_the_sign_in_to_undo_and_back() {
    let office = Office::signed_out(unhurried());
    let output = office.run("sync").code(4);
    assert!(output.stderr.contains("cspctl auth xero"), "{}", output.stderr);
    office.sign_in();

    let planned = office.run("sync --dry-run --json").code(0).json();
    assert_eq!((planned["mode"].as_str(), planned["totals"]["cost"].as_str()), (Some("dry-run"), Some("47380.83")));
    assert_eq!(states(&planned), [("planned".to_owned(), 39)].into());
    assert_eq!((office.writes(), office.env.path("state/ledger.db").exists()), (0, false), "a dry run leaves no trace");

    let posted = office.run("sync --json").code(0).json();
    assert_eq!((posted["mode"].as_str(), posted["digest"].as_str()), (Some("posted"), planned["digest"].as_str()));
    assert_eq!(states(&posted), [("posted".to_owned(), 39)].into());
    office.assert_the_month_is_there_once();
    for document in posted["documents"].as_array().unwrap() {
        let there = office.xero.live_documents().into_iter().find(|there| there.id == document["xero_id"].as_str().unwrap()).unwrap();
        assert_eq!(there.sub_total.to_string(), document["sub_total"].as_str().unwrap());
        assert_eq!((there.status.as_str(), &document["error"]), ("DRAFT", &serde_json::Value::Null));
        let url = document["url"].as_str().unwrap();
        assert!(url.starts_with("https://go.xero.com/") && url.contains(&there.id), "{url}");
    }
    let first = office.xero.live_documents();
    assert!(office.live("ACCPAY")[0].history.iter().any(|record| record.details.contains(posted["run"].as_str().unwrap())), "the bill names its run");

    office.xero.forget_calls();
    let again = office.run("sync --json").code(0).json();
    assert_eq!(states(&again), [("exists".to_owned(), 39)].into());
    assert!(in_state(&again, "exists").iter().all(|document| document["xero_id"].is_string() && document["url"].is_string()));
    assert!(office.xero.calls_of("", "/api.xro") <= 8, "{:?}", office.xero.calls());
    office.lose_ledger();
    office.run("sync").code(0);
    assert_eq!((office.writes(), office.xero.live_documents()), (0, first), "neither a second run nor one without its ledger posts");

    let asked = office.run("runs undo last").code(2);
    assert!(asked.stderr.contains("of 39 documents") && asked.stderr.contains("--yes"), "adopted documents count: {}", asked.stderr);
    let undone = office.run("runs undo last --yes --json").code(0).json();
    assert!(in_state(&undone, "deleted").len() == 39 && office.xero.live_documents().is_empty(), "{undone}");
    office.run("sync").code(0);
    office.assert_the_month_is_there_once();
}

#[test]
fn two_at_once_post_once() {
    let office = Office::new();
    let codes: Vec<i32> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..2).map(|_| scope.spawn(|| office.run("sync"))).collect();
        running
            .into_iter()
            .map(|process| process.join().unwrap())
            .map(|output| (output.code, output.stderr))
            .map(|(code, said)| {
                assert!(code == 0 || code == 7, "{code}: {said}");
                code
            })
            .collect()
    });
    assert!(codes.contains(&0), "{codes:?}");
    office.assert_the_month_is_there_once();
}

#[test]
fn another_organisation_than_the_pinned_one_is_refused() {
    let mut office = Office::new();
    let id = office.xero.organisation_id();
    office.change("config.toml", &id, "11111111-2222-3333-4444-555555555555");
    let output = office.run("sync").code(4);
    assert!(output.stderr.contains("hint: "), "{}", output.stderr);
    assert_eq!(office.writes(), 0);
    assert!(office.xero.live_documents().is_empty());
}

#[test]
fn every_command_printed_for_held_charges_works() {
    let office = Office::new();
    let held = |office: &Office| office.run("sync --dry-run --json").code(0).json()["held"].as_array().unwrap().clone();
    let before = held(&office);
    let fixes: std::collections::BTreeSet<String> = before.iter().map(|charge| charge["fix"].as_str().unwrap().to_owned()).collect();
    let mut typed = 0;
    for fix in &fixes {
        let Some((_, line)) = fix.split_once("cspctl ") else { continue };
        // What a person has to fill in.
        let line = line.replace("TENANT_ID", "99999999-2222-3333-4444-555555555555").replace(" CONTACT", " Contoso").replace("PRICE", "99.90");
        let arguments: Vec<String> = line
            .split('"')
            .enumerate()
            .flat_map(|(position, part)| match position % 2 {
                0 => part.split_whitespace().map(str::to_owned).collect(),
                _ => vec![part.to_owned()],
            })
            .collect();
        let output = office.env.run(&arguments);
        assert_eq!(output.code, 0, "{fix}\n{}", output.stderr);
        typed += 1;
    }
    assert!(typed >= 4, "{fixes:#?}");
    let after = held(&office);
    assert!(!after.iter().any(|charge| charge["code"] == "customer-unmapped" || charge["code"] == "product-unmapped"), "{after:#?}");
    assert!(office.env.read("mapping.toml").contains(&office.xero.contact_id("Boulder Innovations").unwrap()), "by id, whatever was typed");
    office.run("sync").code(0);
}

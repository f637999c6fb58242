use super::*;
use crate::domain::holding::{Holding, Subscription, SubscriptionState, UserCount};
use crate::domain::ids::SubscriptionId;
use crate::domain::scenario::{sku, tenant};
use jiff::civil::date;
use std::time::Duration;

fn seats(as_of: Date, enabled: i64) -> Seats {
    Seats {
        as_of,
        is_dated: true,
        lists_missing: Vec::new(),
        holdings: vec![Holding {
            tenant_id: tenant(1),
            tenant_name: "One".into(),
            sku_id: sku(1),
            sku_part_number: "SPB".into(),
            enabled,
            suspended: 1,
            warning: 2,
            assigned: 3,
        }],
        subscriptions: vec![Subscription {
            tenant_id: tenant(1),
            id: SubscriptionId::new("s-1"),
            sku_id: sku(1),
            sku_part_number: "SPB".into(),
            seats: enabled,
            state: SubscriptionState::Other("Paused".into()),
            owner_tenant_id: Some(tenant(7)),
            is_trial: true,
            created: Some(date(2026, 1, 1)),
            next_change: None,
        }],
        users: vec![UserCount { tenant_id: tenant(1), sku_id: sku(1), users: 3, disabled: 1 }],
        answered: vec![tenant(1), tenant(2)],
        unreachable: vec![UnreachableTenant { tenant_id: tenant(3), tenant_name: "Three".into(), reason: "no".into(), remedy: "ask".into() }],
        origin: "the snapshot of 30 Nov 2026".into(),
    }
}

fn keep(ledger: &mut Ledger, seats: &Seats, learnt: &[Pair]) {
    keep_with(ledger, seats, learnt, &[]);
}

fn keep_with(ledger: &mut Ledger, seats: &Seats, learnt: &[Pair], catalogue: &[CatalogueAnswer]) {
    let guard = ledger.lock(Duration::from_secs(5)).unwrap();
    let names = BTreeMap::from([(tenant(1), "One".into()), (tenant(2), "Two".into())]);
    let user = MachineUser("u".into());
    let snapshot = Snapshot { seats, names: &names, taken_at: Timestamp::UNIX_EPOCH, account: Some("t@msp.example"), machine_user: &user, learnt, catalogue };
    ledger.keep_snapshot(&guard, &snapshot).unwrap();
}

fn ledger() -> (tempfile::TempDir, Ledger) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open_with(&folder.path().join("ledger.db"), false).unwrap();
    (folder, ledger)
}

#[test]
fn a_snapshot_is_read_back_whole() {
    let (_folder, mut ledger) = ledger();
    let kept = seats(date(2026, 11, 30), 10);
    keep(&mut ledger, &kept, &[]);
    assert_eq!(ledger.seats_near("2026-11".parse().unwrap()).unwrap(), Some(kept));
}

#[test]
fn the_day_nearest_to_the_months_end_counts_and_an_unknown_month_has_none() {
    let (_folder, mut ledger) = ledger();
    for (day, enabled) in [(date(2026, 11, 3), 1), (date(2026, 11, 28), 2), (date(2026, 11, 28), 3), (date(2026, 12, 9), 4)] {
        keep(&mut ledger, &seats(day, enabled), &[]);
    }
    let enabled = |period: &str| ledger.seats_near(period.parse().unwrap()).unwrap().map(|seats| seats.holdings[0].enabled);
    assert_eq!(enabled("2026-11"), Some(3), "the later one of 28 November");
    assert_eq!(enabled("2026-12"), Some(4));
    assert_eq!(enabled("2026-10"), Some(1), "the month after may be compared as well");
    assert_eq!(enabled("2026-09"), None);
}

#[test]
fn regression_a_run_that_reached_nobody_hid_the_days_answers() {
    let (_folder, mut ledger) = ledger();
    let (good, day) = (seats(date(2026, 11, 28), 5), date(2026, 11, 28));
    keep(&mut ledger, &good, &[]);
    let failed = |tenant_id| UnreachableTenant { tenant_id, tenant_name: "Down".into(), reason: "503".into(), remedy: "wait".into() };
    let down = |as_of| Seats { as_of, is_dated: true, unreachable: vec![failed(tenant(1)), failed(tenant(2)), failed(tenant(3))], ..Seats::default() };
    keep(&mut ledger, &down(day), &[]);
    keep(&mut ledger, &down(date(2026, 11, 30)), &[]);
    let near = |ledger: &Ledger| ledger.seats_near("2026-11".parse().unwrap()).unwrap().unwrap();
    let found = near(&ledger);
    assert_eq!((found.as_of, &found.holdings, &found.answered), (day, &good.holdings, &good.answered));
    assert_eq!(found.unreachable.iter().map(|tenant| tenant.tenant_id).collect::<Vec<_>>(), [tenant(3)], "the one that never answered");
    let mut more = seats(day, 6);
    more.answered = vec![tenant(1)];
    keep(&mut ledger, &more, &[]);
    assert_eq!(near(&ledger).holdings[0].enabled, 6, "the last answer of the day");
}

#[test]
fn regression_a_kept_copy_forgot_which_customers_nobody_was_asked_for() {
    let (_folder, mut ledger) = ledger();
    let missing = vec!["the list of contracts could not be had: 503".to_owned()];
    keep(&mut ledger, &Seats { lists_missing: missing.clone(), ..seats(date(2026, 11, 28), 5) }, &[]);
    let near = |ledger: &Ledger| ledger.seats_near("2026-11".parse().unwrap()).unwrap().unwrap().lists_missing;
    assert_eq!(near(&ledger), missing);
    keep(&mut ledger, &seats(date(2026, 11, 28), 5), &[]);
    assert_eq!(near(&ledger), Vec::<String>::new(), "the later one of the day asked everybody");
}

/// Opened for reading, a ledger is never migrated.
#[test]
fn a_ledger_of_the_version_before_is_read_as_it_is_and_migrated_by_a_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let connection = Connection::open(&path).unwrap();
    for version in [include_str!("../schema/0001_init.sql"), include_str!("../schema/0002_posting.sql"), include_str!("../schema/0003_snapshots.sql")] {
        connection.execute_batch(version).unwrap();
    }
    let tenant_id = tenant(1).to_string();
    connection
        .execute("INSERT INTO snapshot (source, as_of, taken_at, machine_user) VALUES ('microsoft', '2026-11-28', '2026-11-28T00:00:00Z', 'u')", [])
        .unwrap();
    connection.execute("INSERT INTO snapshot_tenant (snapshot, tenant_id, tenant_name, reason) VALUES (1, ?1, 'One', 'no')", [&tenant_id]).unwrap();
    connection.pragma_update(None, "user_version", 3).unwrap();
    connection.pragma_update(None, "application_id", 0x6373_7063).unwrap();
    drop(connection);
    let reader = Ledger::open_for_reading(&path).unwrap();
    let kept = reader.seats_near("2026-11".parse().unwrap()).unwrap().unwrap();
    assert_eq!((kept.unreachable.len(), kept.lists_missing.len(), reader.catalogue().unwrap().len()), (1, 0, 0));
    drop(reader);
    let mut writer = Ledger::open_with(&path, false).unwrap();
    keep(&mut writer, &seats(date(2026, 11, 28), 5), &[]);
    let merged = writer.seats_near("2026-11".parse().unwrap()).unwrap().unwrap();
    assert_eq!((merged.answered.len(), merged.unreachable.len()), (2, 1), "{:?}", merged.unreachable);
}

#[test]
fn people_are_counted_as_in_the_latest_copy_of_the_day() {
    let (_folder, mut ledger) = ledger();
    let day = date(2026, 11, 28);
    let mut later = seats(day, 2);
    later.users[0].users = 4;
    keep(&mut ledger, &seats(day, 1), &[]);
    keep(&mut ledger, &later, &[]);
    keep(&mut ledger, &Seats { users: Vec::new(), ..seats(day, 3) }, &[]);
    let counted = ledger.counted_on(day).unwrap();
    assert_eq!(counted, BTreeMap::from([(tenant(1), Counted { assigned: vec![(sku(1), 3)], users: later.users })]), "nobody was counted at the other");
    assert!(ledger.counted_on(date(2026, 11, 27)).unwrap().is_empty());
}

#[test]
fn figures_that_stay_the_same_are_kept_once() {
    let (_folder, mut ledger) = ledger();
    for (day, enabled) in [(date(2026, 11, 1), 1), (date(2026, 11, 2), 1), (date(2026, 11, 3), 2)] {
        keep(&mut ledger, &seats(day, enabled), &[]);
    }
    let connection = ledger.connection.as_ref().unwrap();
    let count: i64 = connection.query_row("SELECT count(*) FROM tenant_seats", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 3, "two states of the first tenant, one of the second");
    assert!(connection.execute("UPDATE snapshot SET as_of = '2026-01-01'", []).is_err(), "and never changed");
}

#[test]
fn pairs_that_contradict_each_other_are_forgotten_by_readers() {
    let (_folder, mut ledger) = ledger();
    let pair = |offer: &str, number| Pair { offer: OfferId::new(offer), sku_id: sku(number) };
    keep(&mut ledger, &seats(date(2026, 11, 1), 1), &[pair("A:0001", 1), pair("B:0001", 2)]);
    keep(&mut ledger, &seats(date(2026, 11, 2), 1), &[pair("A:0001", 1), pair("B:0001", 3)]);
    assert_eq!(ledger.learnt_pairs().unwrap(), [pair("A:0001", 1)]);
}

#[test]
fn the_newest_answer_of_the_catalogue_counts_with_its_day() {
    let (_folder, mut ledger) = ledger();
    let answer = |offer: &str, number: Option<u32>| CatalogueAnswer { offer: OfferId::new(offer), sku_id: number.map(sku) };
    keep_with(&mut ledger, &seats(date(2026, 11, 1), 1), &[], &[answer("A:0001", Some(1)), answer("B:0001", None)]);
    keep_with(&mut ledger, &seats(date(2026, 11, 2), 1), &[], &[answer("B:0001", Some(2))]);
    let known = ledger.catalogue().unwrap();
    let told: Vec<_> = known.iter().map(|known| (known.pair(), known.asked_on)).collect();
    let pair = |offer: &str, number| Some(Pair { offer: OfferId::new(offer), sku_id: sku(number) });
    assert_eq!(told, [(pair("A:0001", 1), date(2026, 11, 1)), (pair("B:0001", 2), date(2026, 11, 2))]);
}

#[test]
fn the_newest_probe_of_a_capability_counts() {
    let (_folder, mut ledger) = ledger();
    let guard = ledger.lock(Duration::from_secs(5)).unwrap();
    let of = |availability: &str| RecordedCapability { name: "customers".into(), availability: availability.into(), reason: None };
    for availability in ["ok", "denied"] {
        ledger.keep_capabilities(&guard, &[of(availability)], None, Timestamp::UNIX_EPOCH).unwrap();
    }
    assert_eq!(ledger.capabilities().unwrap(), [of("denied")]);
}

#[test]
fn a_ledger_from_before_snapshots_has_none_and_is_not_changed_by_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(include_str!("../schema/0001_init.sql")).unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
    connection.pragma_update(None, "application_id", 0x6373_7063).unwrap();
    drop(connection);
    let ledger = Ledger::open_for_reading(&path).unwrap();
    assert_eq!(ledger.seats_near("2026-11".parse().unwrap()).unwrap(), None);
    assert_eq!(ledger.learnt_pairs().unwrap(), []);
    assert_eq!(ledger.capabilities().unwrap(), []);
    assert_eq!(ledger.catalogue().unwrap(), []);
}

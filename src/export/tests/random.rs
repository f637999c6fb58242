//! Random months: charges turn up late, are held and released, runs fail, are killed and undone.

use super::bench::{Bench, Cut, CutKind, TestCharge};
use crate::export::undo::undo_with;
use crate::ledger::{MachineUser, Undisturbed};

const SEED: u64 = 20_261_122;
const CASES: u64 = 2_000;

/// `SplitMix64`: small, and the same on every platform.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn cents(&mut self) -> i64 {
        i64::try_from(self.below(30_000)).unwrap() - 5_000
    }

    fn cut(&mut self) -> Cut {
        let kind = [CutKind::FailOnce, CutKind::FailOn, CutKind::Kill][usize::try_from(self.below(3)).unwrap()];
        Cut::nth(kind, usize::try_from(self.below(45)).unwrap() + 1)
    }
}

fn one_case(seed: u64) {
    let mut chance = Chance(seed);
    let bench = Bench::new();
    let mut charges: Vec<TestCharge> = Vec::new();
    let mut run = 0_u32;
    let mut next_run = || {
        run += 1;
        format!("{run:08x}")
    };
    for _ in 0..=chance.below(3) {
        for _ in 0..=chance.below(5) {
            let key = u128::from(chance.next());
            let customer = u8::try_from(chance.below(3)).unwrap() + 1;
            let mut charge = TestCharge::new(key, customer, chance.cents(), chance.cents());
            charge.is_held = chance.below(4) == 0;
            charges.push(charge);
        }
        for charge in &mut charges {
            charge.is_held &= chance.below(2) == 0;
        }
        for _ in 0..chance.below(3) {
            let _ = bench.run(&next_run(), &charges, &chance.cut());
        }
        if chance.below(4) == 0 {
            let steps = chance.cut();
            bench.survive(|ledger, lock| {
                if let Ok(last) = ledger.run("last") {
                    let _ = undo_with(ledger, lock, &last.run.id, last.run.started_at, &MachineUser("someone".to_owned()), &steps);
                }
            });
        }
    }
    bench.run(&next_run(), &charges, &Undisturbed).unwrap();
    bench.check_exactly_once(&charges);
    let before = bench.snapshot();
    bench.run(&next_run(), &charges, &Undisturbed).unwrap();
    assert_eq!(bench.snapshot(), before);
}

#[test]
fn random_months_end_with_every_charge_on_one_bill_and_one_sale() {
    let number = |name: &str, default: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (first, cases) = (number("CSPCTL_TEST_SEED", SEED), number("CSPCTL_TEST_CASES", CASES));
    for seed in first..first.saturating_add(cases) {
        let passed = std::panic::catch_unwind(|| one_case(seed));
        assert!(passed.is_ok(), "repeat with: CSPCTL_TEST_SEED={seed} CSPCTL_TEST_CASES=1 cargo test --lib random_months");
    }
}

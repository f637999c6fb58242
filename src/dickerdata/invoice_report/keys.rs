//! The key of every row: identical rows of one file are told apart, the same row of two files is
//! one charge (`rules.md` 12).

use foldhash::{HashMap, HashMapExt};

use crate::domain::charge::{Charge, ChargeFacts, ChargeKey};

/// Finds charges by their keys: a table of places in the list of charges, so that a million keys
/// are not kept twice. A slot holds 32 bits of the key above a charge's place counted from 1; 0 is
/// a free slot. At most half of the slots are taken.
#[derive(Debug, Default)]
struct Places {
    slots: Vec<u64>,
    taken: usize,
}

impl Places {
    fn reserve(&mut self, more: usize, charges: &[Charge]) {
        let needed = (self.taken + more).saturating_mul(2).next_power_of_two().max(1024);
        if needed <= self.slots.len() {
            return;
        }
        self.slots = vec![0; needed];
        for (place, charge) in (1..).zip(charges) {
            if let Some(slot) = self.slot(charge.key, charges).1 {
                *slot = tag(charge.key) | place;
            }
        }
    }

    /// The place of the key, or the free slot where it belongs.
    fn slot(&mut self, key: ChargeKey, charges: &[Charge]) -> (Option<usize>, Option<&mut u64>) {
        let mask = self.slots.len().saturating_sub(1);
        let mut at = usize::try_from(key.0 & 0xFFFF_FFFF).unwrap_or_default() & mask;
        while let Some(slot) = self.slots.get(at).copied() {
            if slot == 0 {
                return (None, self.slots.get_mut(at));
            }
            let place = usize::try_from(slot & 0xFFFF_FFFF).unwrap_or_default().saturating_sub(1);
            if slot & TAG == tag(key) && charges.get(place).is_some_and(|charge| charge.key == key) {
                return (Some(place), None);
            }
            at = (at + 1) & mask;
        }
        (None, None)
    }

    /// Where the key is already; otherwise it takes the next place.
    fn find_or_take(&mut self, key: ChargeKey, charges: &[Charge]) -> Option<usize> {
        if self.taken.saturating_mul(2) >= self.slots.len() {
            self.reserve(self.taken.max(512), charges);
        }
        match self.slot(key, charges) {
            (None, Some(slot)) => {
                // Rows are counted in 32 bits, so places fit beside the tag.
                *slot = tag(key) | (u64::try_from(charges.len()).unwrap_or_default() + 1);
                self.taken += 1;
                None
            }
            (place, _) => place,
        }
    }
}

const TAG: u64 = 0xFFFF_FFFF_0000_0000;

fn tag(key: ChargeKey) -> u64 {
    u64::try_from((key.0 >> 32) & u128::from(TAG)).unwrap_or_default()
}

/// The keys met so far.
#[derive(Debug, Default)]
pub(in crate::dickerdata) struct Keys {
    places: Places,
    /// How often a row that is not the first of its kind stood in the current file.
    counts: Option<HashMap<ChargeKey, u32>>,
    /// Charges of earlier files.
    before: usize,
    repeated: u64,
}

impl Keys {
    /// Starts a file of about so many rows: ordinals count from 1 again.
    pub(in crate::dickerdata) fn next_file(&mut self, rows: usize, charges: &[Charge]) {
        self.places.reserve(rows, charges);
        self.before = charges.len();
        self.counts = None;
        self.repeated = 0;
    }

    /// Rows of the current file that an earlier file had.
    pub(in crate::dickerdata) fn repeated(&self) -> u64 {
        self.repeated
    }

    /// The key of the file's next row, which is to be the next of `charges`; `None` when an
    /// earlier file had it.
    pub(in crate::dickerdata) fn key(&mut self, facts: &ChargeFacts<'_>, charges: &[Charge]) -> Option<ChargeKey> {
        let first = ChargeKey::of_export(facts, 1);
        let Some(place) = self.places.find_or_take(first, charges) else { return Some(first) };
        let count = self.counts.get_or_insert_with(HashMap::new).entry(first).or_insert(u32::from(place >= self.before));
        *count += 1;
        let key = if *count == 1 { first } else { ChargeKey::of_export(facts, *count) };
        // An ordinal above 1 may be new, even if its row is not.
        if *count > 1 && self.places.find_or_take(key, charges).is_none() {
            return Some(key);
        }
        self.repeated += 1;
        None
    }
}

//! The key of every row: identical rows of one file are told apart, the same row of two files is
//! one charge (`rules.md` 12).

use std::hash::{BuildHasherDefault, Hasher};

use foldhash::{HashMap, HashMapExt};

use crate::domain::charge::{ChargeFacts, ChargeKey};

/// A key is a digest already: any half of it is a good hash.
#[derive(Debug, Default)]
struct Digested(u64);

impl Hasher for Digested {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_ne_bytes(*first);
        }
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

/// Bytes rather than a number, which would be aligned to 16 bytes and cost half as much again.
type Packed = [u8; 16];

type ByKey = std::collections::HashMap<Packed, u32, BuildHasherDefault<Digested>>;

/// The keys met so far.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// The first file that had the key.
    files: ByKey,
    /// How often a row that is not the first of its kind stood in the current file.
    counts: Option<HashMap<Packed, u32>>,
    file: u32,
    repeated: u64,
}

impl Keys {
    pub(super) fn reserve(&mut self, rows: usize) {
        self.files.reserve(rows);
    }

    /// Starts a file: ordinals count from 1 again.
    pub(super) fn next_file(&mut self) {
        self.file += 1;
        self.counts = None;
        self.repeated = 0;
    }

    /// Rows of the current file that an earlier file had.
    pub(super) fn repeated(&self) -> u64 {
        self.repeated
    }

    /// The key of the next row of the file, or `None` when an earlier file had it.
    pub(super) fn key(&mut self, facts: &ChargeFacts<'_>) -> Option<ChargeKey> {
        let first = ChargeKey::of_export(facts, 1);
        let ordinal = match self.files.entry(packed(first)) {
            std::collections::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(self.file);
                return Some(first);
            }
            std::collections::hash_map::Entry::Occupied(known) => {
                let before = u32::from(*known.get() == self.file);
                let count = self.counts.get_or_insert_with(HashMap::new).entry(packed(first)).or_insert(before);
                *count += 1;
                *count
            }
        };
        let key = if ordinal == 1 { first } else { ChargeKey::of_export(facts, ordinal) };
        if self.files.contains_key(&packed(key)) {
            self.repeated += 1;
            return None;
        }
        self.files.insert(packed(key), self.file);
        Some(key)
    }
}

fn packed(key: ChargeKey) -> Packed {
    key.0.to_ne_bytes()
}

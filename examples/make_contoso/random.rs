//! Repeatable numbers and ids: `SplitMix64` seeded by a label, so that adding a customer leaves all
//! others as they are.

/// A stream of numbers that depends on its label alone.
pub(crate) struct Random(u64);

impl Random {
    /// The stream of this label.
    pub(crate) fn of(label: &str) -> Self {
        // FNV-1a spreads the label over the seed.
        Self(label.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.abs_diff(low) + 1;
        low.saturating_add_unsigned(self.next() % span)
    }
}

/// The GUID of this label, in the form of a random one (version 4).
pub(crate) fn guid(label: &str) -> String {
    let mut random = Random::of(label);
    let bits = (u128::from(random.next()) << 64) | u128::from(random.next());
    uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string()
}

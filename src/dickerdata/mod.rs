//! What the distributor says: its exports.

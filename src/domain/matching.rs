//! Name normalisation and scoring. Filled in by its own slice.

//! Reads all sources for `reconcile` and `sync`.

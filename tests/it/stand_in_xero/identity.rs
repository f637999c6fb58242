//! Sign-in.

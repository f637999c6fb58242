//! Signing in with the built binary, as `tests/it/auth.rs` does.

#[path = "../it/auth/browser.rs"]
pub mod browser;
#[path = "../it/auth/place.rs"]
pub mod place;

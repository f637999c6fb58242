//! The stand-ins for the services: one implementation, used by `cargo run --example sandbox` and by
//! the tests, which take this file in with `#[path]`. So nothing here may use `cspctl` itself.

pub mod dickerdata;
pub mod exchange;
pub mod microsoft;
pub mod serve;
pub mod xero;

//! `cargo run --example sandbox`: stand-ins for the services on loopback ports, to try the tool on.

#![allow(unreachable_pub, reason = "an example has no outside")]

#[path = "stand_ins.rs"]
#[expect(dead_code, reason = "the sandbox and the tests use different parts of it")]
mod stand_ins;

fn main() {}

//! The functional core: every cent, key and decision, without files, network, clock or chance.
//!
//! Read in this order: [`charge`] (what was charged), [`cycle`] and [`pricing`] (what it sells
//! for), [`plan`] (what a run would do), [`reconcile`] (what does not agree).

pub mod charge;
pub mod cycle;
pub mod document;
pub mod finding;
pub mod history;
pub mod holding;
pub mod ids;
pub mod mapping;
pub mod matching;
pub mod money;
pub mod offer;
pub mod period;
pub mod plan;
pub mod policy;
pub mod pricing;
pub mod sources;
pub mod view;
pub mod working;

//! The functional core: every cent, key and decision, without files, network, clock or chance.
//!
//! Read in this order: [`charge`] (what was charged), [`cycle`] and [`pricing`] (what it sells
//! for), [`planner`] (what a run would do), [`reconcile`] (what does not agree).

pub mod adopt;
pub mod annuity;
pub mod assemble;
pub mod book;
pub mod books;
pub mod bridge;
pub mod changed;
pub mod charge;
pub mod cycle;
pub mod cycle_line;
pub mod describe;
pub mod digest;
pub mod digits;
pub mod document;
pub mod finding;
pub mod history;
pub mod holding;
pub mod ids;
pub mod invoice_total;
pub mod mapping;
pub mod matching;
pub mod money;
pub mod numbering;
pub mod offer;
pub mod period;
pub mod plan;
pub mod planner;
pub mod policy;
pub mod pricing;
pub mod recognise;
pub mod reconcile;
pub mod releasable;
pub mod remedy;
pub mod revise;
#[cfg(test)]
pub(crate) mod scenario;
pub mod select;
pub mod selling;
pub mod sort;
pub mod sources;
pub mod suggest;
pub mod tax;
pub mod tenants;
pub mod view;
pub mod words;
pub mod working;

#[cfg(test)]
mod never_twice;

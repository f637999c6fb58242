//! Telling people how an unattended run went: a message to a webhook of Teams or Slack, or a document on the
//! standard input of a program. Knows no configuration and no secret store; the address is a secret.

pub mod message;
pub mod program;
pub mod webhook;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::plan::Totals;

/// How one run went: what a message is made of, and the document that a program gets. Of customers there are
/// only counts and sums.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Of this document.
    pub schema_version: u32,
    /// `sync` or `reconcile`.
    pub command: &'static str,
    /// The profile.
    pub profile: String,
    /// The organisation that documents go to, once it was asked.
    pub organisation: Option<String>,
    /// The process's exit code.
    pub exit_code: u8,
    /// Why it did not end with 0.
    pub failure: Option<Reason>,
    /// Why somebody should look, whether or not `--check` was given.
    pub attention: Option<String>,
    /// The month; `None` when the run ended before it had a result.
    pub month: Option<Month>,
}

/// A failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The word of the exit code.
    pub code: &'static str,
    /// What happened.
    pub message: String,
}

/// The month's figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Month {
    /// The run's id.
    pub run: String,
    /// As in 2026-11.
    pub period: String,
    /// `posted`, `exported`, `reconcile` or `dry-run`.
    pub mode: &'static str,
    /// Documents by their state.
    pub documents: BTreeMap<&'static str, u64>,
    /// Charges held.
    pub charges_held: u64,
    /// Findings by their code.
    pub findings: BTreeMap<&'static str, u64>,
    /// Sums.
    pub totals: Totals,
}

#[cfg(test)]
pub(crate) fn sample() -> Summary {
    let money = |cents: i64| crate::domain::money::Money::round_half_away(rust_decimal::Decimal::new(cents, 2));
    let totals = Totals { cost: money(100_000), sell: money(125_000), margin: money(25_000), held_cost: money(1_050) };
    let month = Month {
        run: "3f9a2c01".into(),
        period: "2026-11".into(),
        mode: "posted",
        documents: BTreeMap::from([("posted", 41), ("failed", 1)]),
        charges_held: 2,
        findings: BTreeMap::from([("quantity-differs", 3), ("idle-seats", 9)]),
        totals,
    };
    Summary {
        schema_version: 1,
        command: "sync",
        profile: "nz".into(),
        organisation: Some("Example <MSP> & Co".into()),
        exit_code: 6,
        failure: Some(Reason { code: "partly-posted", message: "41 documents are in Xero and 1 was refused".into() }),
        attention: Some("2026-11: 3 findings that ask for attention".into()),
        month: Some(month),
    }
}

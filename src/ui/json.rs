//! The one JSON document of `reconcile --json` and `sync --json` (`product.md` 10, `docs/json.md`).
//! Written as it is walked: a million lines are never held as one value.

use std::io::Write;

use serde::{Serialize, Serializer};

use super::outcome::Outcome;
use crate::domain::document::Document;
use crate::domain::finding::Finding;
use crate::domain::money::Money;
use crate::domain::period::BillingPeriod;
use crate::domain::plan::{Coverage, HeldCharge, OtherPeriod, Totals};
use crate::domain::view::DocumentView;

/// The version of the shape; grows only when a key changes its meaning.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct View<'a> {
    schema_version: u32,
    run: &'a str,
    period: BillingPeriod,
    mode: &'a str,
    digest: &'a str,
    coverage: &'a Coverage,
    documents: Documents<'a>,
    held: &'a [HeldCharge],
    findings: &'a [Finding],
    totals: &'a Totals,
    blockers: &'a [String],
    other_periods: Vec<OtherPeriodView>,
    files: Vec<String>,
}

#[derive(Serialize)]
struct OtherPeriodView {
    period: BillingPeriod,
    charges: u64,
    cost: Money,
}

impl From<&OtherPeriod> for OtherPeriodView {
    fn from(other: &OtherPeriod) -> Self {
        Self { period: other.period, charges: other.charges, cost: other.cost }
    }
}

/// Documents, each seen only while it is written.
struct Documents<'a>(&'a [Document]);

impl Serialize for Documents<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(DocumentView::from))
    }
}

/// Writes the document, indented, with a line break at its end.
///
/// # Errors
///
/// When `out` fails; a closed pipe keeps its kind.
pub fn write(outcome: &Outcome, out: &mut dyn Write) -> std::io::Result<()> {
    let plan = &outcome.plan;
    let view = View {
        schema_version: SCHEMA_VERSION,
        run: &outcome.run,
        period: plan.period,
        mode: outcome.mode.as_str(),
        digest: &plan.digest,
        coverage: &plan.coverage,
        documents: Documents(&plan.documents),
        held: &plan.held,
        findings: &plan.findings,
        totals: &plan.totals,
        blockers: &plan.blockers,
        other_periods: plan.other_periods.iter().map(OtherPeriodView::from).collect(),
        files: outcome.files.iter().map(|path| path.display().to_string()).collect(),
    };
    // serde_json writes many small pieces: gather them, whatever stream this is.
    let mut buffered = std::io::BufWriter::with_capacity(1 << 16, out);
    serde_json::to_writer_pretty(&mut buffered, &view)?;
    buffered.write_all(b"\n")?;
    buffered.flush()
}

#[cfg(test)]
mod tests;

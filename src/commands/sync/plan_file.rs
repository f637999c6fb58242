//! Saved plans: `--plan-out` writes one, `--plan` does exactly that one or refuses.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::commands::month::MonthArgs;
use crate::domain::document::Document;
use crate::domain::period::BillingPeriod;
use crate::domain::plan::{HeldCharge, Plan, Totals};
use crate::exit::{Failure, Kind};
use crate::files::write_file;

const KIND: &str = "cspctl-plan";
const SCHEMA_VERSION: u32 = 1;
/// A plan of a million lines is under a gigabyte; anything larger is no plan.
const BYTES_AT_MOST: u64 = 4 << 30;

/// What a saved plan is compared by. The documents in the file are for people and reviews.
#[derive(Debug, Deserialize)]
pub(super) struct SavedPlan {
    kind: String,
    schema_version: u32,
    period: BillingPeriod,
    include_older: bool,
    digest: String,
    source_digest: String,
}

#[derive(Serialize)]
struct Written<'a> {
    kind: &'a str,
    schema_version: u32,
    period: BillingPeriod,
    include_older: bool,
    digest: &'a str,
    source_digest: &'a str,
    totals: &'a Totals,
    documents: &'a [Document],
    held: &'a [HeldCharge],
}

/// Saves a plan.
pub(super) fn write(file: &Path, plan: &Plan, args: &MonthArgs) -> Result<(), Failure> {
    let written = Written {
        kind: KIND,
        schema_version: SCHEMA_VERSION,
        period: plan.period,
        include_older: args.include_older,
        digest: &plan.digest,
        source_digest: &plan.source_digest,
        totals: &plan.totals,
        documents: &plan.documents,
        held: &plan.held,
    };
    let result = write_file(file, |out| {
        serde_json::to_writer_pretty(&mut *out, &written)?;
        out.write_all(b"\n")
    });
    result.map_err(|error| Failure::new(Kind::Failed, anyhow::Error::new(error).context(format!("the plan {} could not be written", file.display()))))
}

/// Reads a saved plan.
pub(super) fn read(file: &Path) -> Result<SavedPlan, Failure> {
    let failed = |error: anyhow::Error| {
        Failure::new(Kind::Failed, error.context(format!("the plan {} cannot be used", file.display())))
            .hint("make a new one: cspctl sync --dry-run --plan-out FILE")
    };
    let size = std::fs::metadata(file).map_err(|error| failed(error.into()))?.len();
    if size > BYTES_AT_MOST {
        return Err(failed(anyhow::anyhow!("it has {size} bytes, which is no plan")));
    }
    let reader = std::io::BufReader::new(std::fs::File::open(file).map_err(|error| failed(error.into()))?);
    let saved: SavedPlan = serde_json::from_reader(reader).map_err(|error| failed(error.into()))?;
    if saved.kind != KIND || saved.schema_version != SCHEMA_VERSION {
        return Err(failed(anyhow::anyhow!("it is a {} of version {}, and this release reads version {SCHEMA_VERSION}", saved.kind, saved.schema_version)));
    }
    Ok(saved)
}

impl SavedPlan {
    /// The month of the saved plan; another one on the command line is a contradiction.
    pub(super) fn month_args(&self, given: &MonthArgs) -> Result<MonthArgs, Failure> {
        if given.period.is_some_and(|period| period != self.period) {
            return Err(Failure::message(Kind::Usage, format!("the plan is for {}, and --period says otherwise; leave --period out", self.period)));
        }
        Ok(MonthArgs { period: Some(self.period), include_older: self.include_older })
    }

    /// Refuses when anything has moved since.
    pub(super) fn check(&self, plan: &Plan) -> Result<(), Failure> {
        let moved = if plan.source_digest != self.source_digest {
            "the source charges have changed"
        } else if plan.digest != self.digest {
            "the mapping, the prices or the settings have changed"
        } else {
            return Ok(());
        };
        let failure = Failure::message(Kind::Failed, format!("nothing was posted: {moved} since the plan was saved"));
        Err(failure.hint("look at the new plan and save it again: cspctl sync --dry-run --plan-out FILE"))
    }
}

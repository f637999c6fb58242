//! The seats file, both directions: one row a tenant and SKU (`product.md` 5).

mod collect;

use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::charge::SkippedRow;
use crate::domain::holding::Seats;
use crate::sheet::{ReadError, Spec, Wanted, table};

use collect::Collector;

const TENANT_ID: usize = 0;
const SKU_ID: usize = 1;
const ENABLED: usize = 2;
const ASSIGNED: usize = 3;
const TENANT_NAME: usize = 4;
const SKU_PART_NUMBER: usize = 5;
const SUSPENDED: usize = 6;
const WARNING: usize = 7;
const AS_OF: usize = 8;
const ERROR: usize = 9;

static SPEC: Spec = Spec {
    title: "Microsoft seats file",
    tabs: &[],
    wanted: &[
        Wanted::needed(&["tenant_id", "customer_tenant_id", "microsoft_tenant_id", "customer_id", "organization_id", "tenant"]).filled(),
        Wanted::needed(&["sku_id", "guid"]),
        Wanted::needed(&["enabled", "prepaidUnits.enabled", "total_licenses", "total_units", "enabled_units", "active_units", "total", "purchased"]),
        Wanted::needed(&["assigned", "consumed_units", "count_used", "assigned_units", "assigned_licenses", "consumed", "used"]),
        Wanted::optional(&["tenant_name", "customer_name", "tenant_display_name", "company_name", "organization_name", "customer", "tenant_domain", "tenant"])
            .filled(),
        Wanted::optional(&["sku_part_number", "string_id", "license", "license_name", "product", "sku_name", "sku"]),
        Wanted::optional(&["suspended", "prepaidUnits.suspended", "suspended_units"]),
        Wanted::optional(&["warning", "prepaidUnits.warning", "warning_units"]),
        Wanted::optional(&["as_of", "date", "snapshot_date", "report_refresh_date"]),
        Wanted::optional(&["error", "error_message", "failure"]),
    ],
};

/// What one or several seats files say.
#[derive(Debug)]
pub struct SeatsRead {
    /// The holdings, summed by tenant and SKU.
    pub seats: Seats,
    /// Rows that could not be used.
    pub skipped: Vec<SkippedRow>,
}

/// Reads the files together. Of each tenant the newest date counts, and the whole is as old as
/// the oldest of these; without a date column, a file's figures are of the day it was last written.
///
/// A tenant with a row that cannot be read counts as unreachable: half its seats would look like
/// a difference.
///
/// # Errors
///
/// When a file cannot be read as a whole.
pub fn read(paths: &[impl AsRef<Path>]) -> Result<SeatsRead, ReadError> {
    let mut collector = Collector::default();
    for path in paths.iter().map(AsRef::as_ref) {
        collector.next_file(table::file_name(path), written_on(path)?);
        table::read(path, &SPEC, &mut |row| {
            collector.take(row);
            Ok(())
        })?;
    }
    Ok(collector.finish())
}

/// The day a file was last written, in the machine's zone.
fn written_on(path: &Path) -> Result<Date, ReadError> {
    let written = std::fs::metadata(path).and_then(|metadata| metadata.modified()).map_err(|error| ReadError::io(path, &error))?;
    let moment = jiff::Timestamp::try_from(written).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    Ok(moment.to_zoned(TimeZone::system()).date())
}

/// Writes the format that [`read`] reads: `product.md` 5, and a date and an error a row.
#[must_use]
pub fn write(seats: &Seats) -> String {
    let as_of = seats.as_of.to_string();
    let mut text = String::from("tenant_id,tenant_name,sku_id,sku_part_number,enabled,suspended,warning,assigned,as_of,error\n");
    for holding in &seats.holdings {
        let counts = [holding.enabled, holding.suspended, holding.warning, holding.assigned].map(|count| count.to_string());
        let [enabled, suspended, warning, assigned] = &counts;
        let (tenant, sku) = (holding.tenant_id.to_string(), holding.sku_id.to_string());
        push_row(&mut text, &[&tenant, &holding.tenant_name, &sku, &holding.sku_part_number, enabled, suspended, warning, assigned, &as_of, ""]);
    }
    let held: std::collections::BTreeSet<_> = seats.holdings.iter().map(|holding| holding.tenant_id).collect();
    for tenant in seats.answered.iter().filter(|tenant| !held.contains(tenant)) {
        push_row(&mut text, &[&tenant.to_string(), "", "", "", "", "", "", "", &as_of, ""]);
    }
    for tenant in &seats.unreachable {
        push_row(&mut text, &[&tenant.tenant_id.to_string(), &tenant.tenant_name, "", "", "", "", "", "", &as_of, &tenant.reason]);
    }
    text
}

fn push_row(text: &mut String, fields: &[&str]) {
    for (place, field) in fields.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        if field.contains([',', '"', '\n', '\r']) {
            text.push('"');
            text.push_str(&field.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(field);
        }
    }
    text.push('\n');
}

#[cfg(test)]
mod tests;

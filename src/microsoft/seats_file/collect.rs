//! Gathers the rows of seats files by tenant.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{AS_OF, ASSIGNED, ENABLED, ERROR, SKU_ID, SKU_PART_NUMBER, SUSPENDED, SeatsRead, TENANT_ID, TENANT_NAME, WARNING};
use crate::domain::charge::SkippedRow;
use crate::domain::holding::{Holding, Seats, UnreachableTenant};
use crate::domain::ids::{SkuId, TenantId};
use crate::sheet::values::{date, decimal};
use crate::sheet::{Interner, Row};

/// What was read of one tenant.
#[derive(Debug)]
struct Tenant {
    name: Arc<str>,
    as_of: Date,
    holdings: BTreeMap<SkuId, Holding>,
    error: Option<String>,
}

/// Free SKUs come with millions; more than this is no number of seats.
const SEATS_AT_MOST: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// A cell that cannot be used, by its column.
type Fault = (usize, String);

#[derive(Debug, Default)]
pub(super) struct Collector {
    file: Arc<str>,
    file_date: Date,
    files: Vec<Arc<str>>,
    oldest_file: Option<Date>,
    is_dated: bool,
    names: Interner,
    tenants: BTreeMap<TenantId, Tenant>,
    skipped: Vec<SkippedRow>,
}

impl Collector {
    pub(super) fn next_file(&mut self, name: String, written: Date) {
        self.file = name.into();
        self.file_date = written;
        self.files.push(Arc::clone(&self.file));
        self.oldest_file = Some(self.oldest_file.map_or(written, |oldest| oldest.min(written)));
    }

    pub(super) fn take(&mut self, row: &Row<'_>) {
        if let Some(fault) = row.fault {
            return self.skip(row, (usize::MAX, fault.to_owned()));
        }
        let tenant_id: TenantId = match row.cell(TENANT_ID).text().parse() {
            Ok(tenant_id) => tenant_id,
            Err(error) => return self.skip(row, (TENANT_ID, error.to_string())),
        };
        let as_of = match date(row.cell(AS_OF)) {
            Ok(as_of) => {
                self.is_dated |= as_of.is_some();
                as_of.unwrap_or(self.file_date)
            }
            Err(unreadable) => return self.fail(row, tenant_id, self.file_date, (AS_OF, unreadable.to_string())),
        };
        let error = row.cell(ERROR).text();
        if !error.is_empty() {
            if let Some(tenant) = self.tenant(row, tenant_id, as_of) {
                tenant.error.get_or_insert_with(|| error.into_owned());
            }
            return;
        }
        let holding = match self.holding(row, tenant_id) {
            Ok(holding) => holding,
            Err(fault) => return self.fail(row, tenant_id, as_of, fault),
        };
        let Some(tenant) = self.tenant(row, tenant_id, as_of) else { return };
        if let Some(holding) = holding {
            match tenant.holdings.entry(holding.sku_id) {
                Entry::Vacant(vacant) => {
                    vacant.insert(holding);
                }
                Entry::Occupied(mut known) => add(known.get_mut(), &holding),
            }
        }
    }

    /// The tenant that a row speaks of, unless a newer row did already.
    fn tenant(&mut self, row: &Row<'_>, tenant_id: TenantId, as_of: Date) -> Option<&mut Tenant> {
        let name = self.names.text(row.cell(TENANT_NAME));
        let newest = self.tenants.get(&tenant_id).map(|tenant| tenant.as_of);
        if let Some(newest) = newest.filter(|newest| *newest > as_of) {
            self.skip(row, (AS_OF, format!("figures of {as_of}; those of {newest} count")));
            return None;
        }
        let fresh = || Tenant { name: Arc::clone(&name), as_of, holdings: BTreeMap::new(), error: None };
        let tenant = self.tenants.entry(tenant_id).or_insert_with(fresh);
        if tenant.as_of < as_of {
            *tenant = fresh();
        }
        if tenant.name.is_empty() {
            tenant.name = name;
        }
        Some(tenant)
    }

    /// `None` for a row that says only that the tenant answered.
    fn holding(&mut self, row: &Row<'_>, tenant_id: TenantId) -> Result<Option<Holding>, Fault> {
        if row.cell(SKU_ID).is_blank() && row.cell(ENABLED).is_blank() {
            return Ok(None);
        }
        let sku_id = row.cell(SKU_ID).text().parse().map_err(|error: crate::domain::ids::NotAGuid| (SKU_ID, error.to_string()))?;
        let needed = |column: usize| count(row, column)?.ok_or_else(|| (column, "the number is missing".to_owned()));
        Ok(Some(Holding {
            tenant_id,
            tenant_name: self.names.text(row.cell(TENANT_NAME)),
            sku_id,
            sku_part_number: self.names.text(row.cell(SKU_PART_NUMBER)),
            enabled: needed(ENABLED)?,
            suspended: count(row, SUSPENDED)?.unwrap_or_default(),
            warning: count(row, WARNING)?.unwrap_or_default(),
            assigned: needed(ASSIGNED)?,
        }))
    }

    fn skip(&mut self, row: &Row<'_>, (column, reason): Fault) {
        self.skipped.push(SkippedRow { file: Arc::clone(&self.file), row: row.number, column: row.heading(column).to_owned(), reason });
    }

    fn fail(&mut self, row: &Row<'_>, tenant_id: TenantId, as_of: Date, fault: Fault) {
        let reason = format!("row {} of {}: {}", row.number, self.file, fault.1);
        if let Some(tenant) = self.tenant(row, tenant_id, as_of) {
            tenant.error.get_or_insert(reason);
            self.skip(row, fault);
        }
    }

    pub(super) fn finish(self) -> SeatsRead {
        let as_of = self.tenants.values().map(|tenant| tenant.as_of).min().or(self.oldest_file).unwrap_or_default();
        let mut seats = Seats { as_of, is_dated: self.is_dated, origin: self.files.join(", ").into(), ..Seats::default() };
        for (tenant_id, tenant) in self.tenants {
            if let Some(reason) = tenant.error {
                seats.unreachable.push(UnreachableTenant { tenant_id, tenant_name: tenant.name, reason, remedy: String::new() });
            } else {
                seats.answered.push(tenant_id);
                seats.holdings.extend(tenant.holdings.into_values());
            }
        }
        SeatsRead { seats, skipped: self.skipped }
    }
}

/// Two rows of one SKU are two subscriptions' seats.
fn add(known: &mut Holding, more: &Holding) {
    known.enabled = known.enabled.saturating_add(more.enabled);
    known.suspended = known.suspended.saturating_add(more.suspended);
    known.warning = known.warning.saturating_add(more.warning);
    known.assigned = known.assigned.saturating_add(more.assigned);
}

/// A whole number of seats.
fn count(row: &Row<'_>, column: usize) -> Result<Option<i64>, Fault> {
    let number = decimal(row.cell(column)).map_err(|unreadable| (column, unreadable.to_string()))?;
    let Some(number) = number else { return Ok(None) };
    match number.normalize() {
        whole if whole.scale() == 0 && (Decimal::ZERO..=SEATS_AT_MOST).contains(&whole) => Ok(i64::try_from(whole.mantissa()).ok()),
        _ => Err((column, format!("`{}` is not a number of seats", row.cell(column).text()))),
    }
}

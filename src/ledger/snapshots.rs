//! Dated copies of what Microsoft said, so that a past month is compared with that month's seats; and what
//! was learnt from them. Only ever added to, like everything here.

mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use ring::digest::{SHA256, digest};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::error::LedgerError;
use super::lock::LockGuard;
use super::open::Ledger;
use super::records::MachineUser;
use crate::domain::bridge::{CatalogueAnswer, Pair};
use crate::domain::digest::hex;
use crate::domain::holding::{Seats, UnreachableTenant, UserCount};
use crate::domain::ids::{SkuId, TenantId};
use crate::domain::offer::OfferId;
use crate::domain::period::{BillingPeriod, days_between};

/// As negative KiB: pages that wait in memory to be written.
const CACHE_KIBIBYTES: i64 = -512;

/// A dated copy to keep.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// Everything that was answered, with its day.
    pub seats: &'a Seats,
    /// Names of tenants that answered with nothing, or all of them.
    pub names: &'a BTreeMap<TenantId, Arc<str>>,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// The signed-in account.
    pub account: Option<&'a str>,
    /// The machine's user.
    pub machine_user: &'a MachineUser,
    /// Pairs that it taught.
    pub learnt: &'a [Pair],
    /// What the catalogue said of offers.
    pub catalogue: &'a [CatalogueAnswer],
}

/// How the people of a tenant were counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// The assigned seats they were counted for, by SKU.
    pub assigned: Vec<(SkuId, i64)>,
    /// The counts.
    pub users: Vec<UserCount>,
}

/// How a probe of a capability went, as the ledger remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedCapability {
    /// Its name.
    pub name: String,
    /// `ok`, `denied` or `untried`.
    pub availability: String,
    /// Microsoft's words, when it was denied.
    pub reason: Option<String>,
}

impl Ledger {
    /// Keeps a dated copy: one transaction, durable on return. Tenants whose figures are those of an
    /// earlier copy share them.
    ///
    /// # Errors
    ///
    /// Whatever the disk says; nothing is recorded then.
    pub fn keep_snapshot(&mut self, _lock: &LockGuard, snapshot: &Snapshot<'_>) -> Result<(), LedgerError> {
        if let Some(connection) = &self.connection {
            // What is written is not read again.
            connection.pragma_update(None, "cache_size", CACHE_KIBIBYTES).map_err(|error| self.fail(error))?;
        }
        self.write(|connection| {
            let sql = "INSERT INTO snapshot (source, as_of, taken_at, account, machine_user) VALUES ('microsoft', ?1, ?2, ?3, ?4)";
            let (as_of, taken_at) = (snapshot.seats.as_of.to_string(), snapshot.taken_at.to_string());
            connection.execute(sql, params![as_of, taken_at, snapshot.account, snapshot.machine_user.0])?;
            let row = connection.last_insert_rowid();
            keep_tenants(connection, row, snapshot)?;
            for missing in &snapshot.seats.lists_missing {
                connection.execute("INSERT INTO snapshot_gap (snapshot, missing) VALUES (?1, ?2) ON CONFLICT DO NOTHING", params![row, missing])?;
            }
            let mut insert = connection.prepare("INSERT INTO learnt_sku (offer, sku_id, learnt_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?;
            for pair in snapshot.learnt {
                insert.execute(params![pair.offer.as_str(), pair.sku_id.to_string(), taken_at])?;
            }
            super::catalogue::keep(connection, snapshot.catalogue, &as_of)
        })
    }

    /// Keeps how the probes went.
    ///
    /// # Errors
    ///
    /// Whatever the disk says; nothing is recorded then.
    pub fn keep_capabilities(
        &mut self,
        _lock: &LockGuard,
        capabilities: &[RecordedCapability],
        account: Option<&str>,
        at: Timestamp,
    ) -> Result<(), LedgerError> {
        self.write(|connection| {
            let mut insert = connection.prepare("INSERT INTO capability (name, availability, reason, account, probed_at) VALUES (?1, ?2, ?3, ?4, ?5)")?;
            for capability in capabilities {
                insert.execute(params![capability.name, capability.availability, capability.reason, account, at.to_string()])?;
            }
            Ok(())
        })
    }

    /// How the newest probes went, by name.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn capabilities(&self) -> Result<Vec<RecordedCapability>, LedgerError> {
        let Some(connection) = self.with_snapshots()? else { return Ok(Vec::new()) };
        let sql = "SELECT name, availability, reason FROM capability WHERE capability IN (SELECT max(capability) FROM capability GROUP BY name) ORDER BY name";
        let read = || -> rusqlite::Result<Vec<RecordedCapability>> {
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map([], |row| Ok(RecordedCapability { name: row.get(0)?, availability: row.get(1)?, reason: row.get(2)? }))?;
            rows.collect()
        };
        read().map_err(|error| self.fail(error))
    }

    /// The pairs that were ever learnt, without those that contradict each other.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn learnt_pairs(&self) -> Result<Vec<Pair>, LedgerError> {
        let Some(connection) = self.with_snapshots()? else { return Ok(Vec::new()) };
        let read = || -> rusqlite::Result<Vec<(String, String)>> {
            let mut statement = connection.prepare("SELECT offer, min(sku_id) FROM learnt_sku GROUP BY offer HAVING count(*) = 1 ORDER BY offer")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        };
        let rows = read().map_err(|error| self.fail(error))?;
        Ok(rows.into_iter().filter_map(|(offer, sku_id)| Some(Pair { offer: OfferId::new(&offer), sku_id: sku_id.parse().ok()? })).collect())
    }

    /// What was answered on the day nearest to the end of a month, among the days of the month and of the one
    /// after; of each tenant that day's last answer. A day without any answer counts only when there is no
    /// other. `None` when nothing was ever asked.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged.
    pub fn seats_near(&self, period: BillingPeriod) -> Result<Option<Seats>, LedgerError> {
        let Some(connection) = self.with_snapshots()? else { return Ok(None) };
        let days = || -> rusqlite::Result<Vec<(String, bool)>> {
            let sql = "SELECT as_of, max(EXISTS (SELECT 1 FROM snapshot_tenant AS t WHERE t.snapshot = s.snapshot AND t.tenant_seats IS NOT NULL)) \
                       FROM snapshot AS s WHERE source = 'microsoft' AND as_of BETWEEN ?1 AND ?2 GROUP BY as_of";
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map([period.first_day().to_string(), period.next().last_day().to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        };
        let days = days().map_err(|error| self.fail(error))?;
        let dated = days.into_iter().filter_map(|(day, is_answered)| Some((day.parse::<Date>().ok()?, is_answered)));
        let nearest = dated.min_by_key(|(day, is_answered)| (!is_answered, days_between(period.last_day(), *day).abs(), std::cmp::Reverse(*day)));
        nearest.map(|(day, _)| self.seats_of(connection, day)).transpose()
    }

    /// How people were counted last on a day, by tenant. Copies for which nobody counted do not hide an earlier
    /// one that was.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged.
    pub fn counted_on(&self, day: Date) -> Result<BTreeMap<TenantId, Counted>, LedgerError> {
        let Some(connection) = self.with_snapshots()? else { return Ok(BTreeMap::new()) };
        connection.pragma_update(None, "cache_size", CACHE_KIBIBYTES).map_err(|error| self.fail(error))?;
        // Which texts first, then each alone: whoever sorts them holds them all.
        let texts = || -> rusqlite::Result<Vec<i64>> {
            let sql = "SELECT tenant_seats FROM snapshot_tenant WHERE tenant_seats IS NOT NULL AND snapshot IN \
                       (SELECT snapshot FROM snapshot WHERE source = 'microsoft' AND as_of = ?1) GROUP BY tenant_seats ORDER BY max(snapshot)";
            connection.prepare(sql)?.query_map([day.to_string()], |row| row.get(0))?.collect()
        };
        let mut find = connection.prepare("SELECT tenant_id, seats FROM tenant_seats WHERE tenant_seats = ?1").map_err(|error| self.fail(error))?;
        let mut all = BTreeMap::new();
        for row in texts().map_err(|error| self.fail(error))? {
            let (tenant, text): (String, String) = find.query_row([row], |row| Ok((row.get(0)?, row.get(1)?))).map_err(|error| self.fail(error))?;
            let tenant_id: TenantId = tenant.parse().map_err(|_| self.damaged(format!("`{tenant}` is no tenant")))?;
            let counted = wire::counted(&text, tenant_id).map_err(|error| self.damaged(format!("the seats of {tenant_id}: {error}")))?;
            if !counted.users.is_empty() {
                let _ = all.insert(tenant_id, counted);
            }
        }
        Ok(all)
    }

    fn damaged(&self, what: String) -> LedgerError {
        LedgerError::Damaged { path: self.path.clone(), what }
    }

    /// Of each tenant the day's last answer: a run that could not ask it later takes nothing away.
    fn seats_of(&self, connection: &Connection, as_of: Date) -> Result<Seats, LedgerError> {
        let mut seats =
            Seats { as_of, is_dated: true, origin: format!("the snapshot of {}", crate::domain::period::show_date(as_of)).into(), ..Seats::default() };
        let mut texts = wire::Texts::default();
        let read = || -> rusqlite::Result<Vec<TenantRow>> {
            let sql = "SELECT t.tenant_id, t.tenant_name, s.seats, t.reason, t.remedy FROM \
                       (SELECT *, row_number() OVER (PARTITION BY tenant_id ORDER BY tenant_seats IS NULL, snapshot DESC) AS place FROM snapshot_tenant \
                        WHERE snapshot IN (SELECT snapshot FROM snapshot WHERE source = 'microsoft' AND as_of = ?1)) AS t \
                       LEFT JOIN tenant_seats AS s USING (tenant_seats) WHERE t.place = 1 ORDER BY t.tenant_id";
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map([as_of.to_string()], |row| {
                Ok(TenantRow { tenant_id: row.get(0)?, name: row.get(1)?, seats: row.get(2)?, reason: row.get(3)?, remedy: row.get(4)? })
            })?;
            rows.collect()
        };
        for row in read().map_err(|error| self.fail(error))? {
            let tenant_id: TenantId = row.tenant_id.parse().map_err(|_| self.damaged(format!("`{}` is no tenant", row.tenant_id)))?;
            let name: Arc<str> = row.name.into();
            match row.seats {
                Some(text) => {
                    let found =
                        wire::decode(&text, tenant_id, &name, &mut texts).map_err(|error| self.damaged(format!("the seats of {tenant_id}: {error}")))?;
                    seats.answered.push(tenant_id);
                    seats.holdings.extend(found.holdings);
                    seats.subscriptions.extend(found.subscriptions);
                    seats.users.extend(found.users);
                }
                None => seats.unreachable.push(UnreachableTenant {
                    tenant_id,
                    tenant_name: name,
                    reason: row.reason.unwrap_or_default(),
                    remedy: row.remedy.unwrap_or_default(),
                }),
            }
        }
        seats.answered.sort_unstable();
        seats.lists_missing = gaps(connection, as_of).map_err(|error| self.fail(error))?;
        Ok(seats)
    }

    /// The connection, unless the ledger is empty or older than its snapshots: a reader never migrates.
    fn with_snapshots(&self) -> Result<Option<&Connection>, LedgerError> {
        let Some(connection) = &self.connection else { return Ok(None) };
        Ok(has_table(connection, "snapshot").map_err(|error| self.fail(error))?.then_some(connection))
    }

    fn write(&mut self, work: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let Some(connection) = self.connection.as_mut().filter(|_| self.is_writable) else { return Err(LedgerError::OpenedForReading(path)) };
        let run = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            work(&transaction)?;
            transaction.commit()
        };
        run().map_err(|error| LedgerError::of_database(&path, error))
    }
}

/// Whether the ledger has the table: one of an older version that is opened for reading may not.
pub(super) fn has_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    connection.query_row(sql, [name], |row| Ok(row.get::<_, i64>(0)? > 0))
}

/// The lists of customers that no copy of the day had: one that had them all knows everybody.
fn gaps(connection: &Connection, as_of: Date) -> rusqlite::Result<Vec<String>> {
    if !has_table(connection, "snapshot_gap")? {
        return Ok(Vec::new());
    }
    let sql = "WITH day AS (SELECT snapshot FROM snapshot WHERE source = 'microsoft' AND as_of = ?1) \
               SELECT missing FROM snapshot_gap WHERE snapshot = (SELECT max(snapshot) FROM day) \
               AND NOT EXISTS (SELECT 1 FROM day WHERE snapshot NOT IN (SELECT snapshot FROM snapshot_gap)) ORDER BY missing";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([as_of.to_string()], |row| row.get(0))?;
    rows.collect()
}

struct TenantRow {
    tenant_id: String,
    name: String,
    seats: Option<String>,
    reason: Option<String>,
    remedy: Option<String>,
}

fn keep_tenants(connection: &Connection, row: i64, snapshot: &Snapshot<'_>) -> rusqlite::Result<()> {
    let mut find = connection.prepare("SELECT tenant_seats FROM tenant_seats WHERE tenant_id = ?1 AND sha256 = ?2")?;
    let mut keep = connection.prepare("INSERT INTO tenant_seats (tenant_id, sha256, seats) VALUES (?1, ?2, ?3)")?;
    let mut insert =
        connection.prepare("INSERT INTO snapshot_tenant (snapshot, tenant_id, tenant_name, tenant_seats, reason, remedy) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    let name_of = |tenant_id: TenantId| snapshot.names.get(&tenant_id).map_or("", AsRef::as_ref);
    for (tenant_id, text) in wire::encode(snapshot.seats) {
        let sha256 = hex(digest(&SHA256, text.as_bytes()).as_ref());
        let tenant = tenant_id.to_string();
        let known: Option<i64> = find.query_row(params![tenant, sha256], |row| row.get(0)).optional()?;
        let seats = if let Some(seats) = known {
            seats
        } else {
            keep.execute(params![tenant, sha256, text])?;
            connection.last_insert_rowid()
        };
        insert.execute(params![row, tenant, name_of(tenant_id), seats, None::<&str>, None::<&str>])?;
    }
    for tenant in &snapshot.seats.unreachable {
        insert.execute(params![row, tenant.tenant_id.to_string(), &*tenant.tenant_name, None::<i64>, tenant.reason, tenant.remedy])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

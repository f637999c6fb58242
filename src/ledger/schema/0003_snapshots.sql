-- Version 3: dated copies of what Microsoft said, and what was learnt from them.

CREATE TABLE snapshot (
    snapshot      INTEGER PRIMARY KEY,            -- order of the snapshots
    source        TEXT NOT NULL CHECK (source IN ('microsoft')),
    as_of         TEXT NOT NULL,                  -- the day the figures describe
    taken_at      TEXT NOT NULL,                  -- UTC
    account       TEXT,                           -- signed-in account, if known
    machine_user  TEXT NOT NULL
) STRICT;
CREATE INDEX snapshot_of_day ON snapshot (source, as_of);

CREATE TABLE tenant_seats (                       -- one tenant's figures, kept once while they stay the same
    tenant_seats  INTEGER PRIMARY KEY,
    tenant_id     TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    seats         TEXT NOT NULL,                  -- JSON: src/ledger/snapshots/wire.rs
    UNIQUE (tenant_id, sha256)
) STRICT;

CREATE TABLE snapshot_tenant (
    snapshot      INTEGER NOT NULL REFERENCES snapshot,
    tenant_id     TEXT NOT NULL,
    tenant_name   TEXT NOT NULL,
    tenant_seats  INTEGER REFERENCES tenant_seats, -- NULL when the tenant could not be read
    reason        TEXT,                            -- why not
    remedy        TEXT,
    PRIMARY KEY (snapshot, tenant_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE learnt_sku (                         -- two SKUs for one offer contradict each other: neither counts
    offer         TEXT NOT NULL,
    sku_id        TEXT NOT NULL,
    learnt_at     TEXT NOT NULL,
    PRIMARY KEY (offer, sku_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE capability (                         -- what Partner Center allowed, the newest row of a name counts
    capability    INTEGER PRIMARY KEY,
    name          TEXT NOT NULL,
    availability  TEXT NOT NULL CHECK (availability IN ('ok', 'denied', 'untried')),
    reason        TEXT,
    account       TEXT,
    probed_at     TEXT NOT NULL
) STRICT;

CREATE TRIGGER snapshot_is_final BEFORE UPDATE ON snapshot BEGIN SELECT RAISE(ABORT, 'snapshots are never changed'); END;
CREATE TRIGGER snapshot_stays BEFORE DELETE ON snapshot BEGIN SELECT RAISE(ABORT, 'snapshots are never deleted'); END;
CREATE TRIGGER tenant_seats_are_final BEFORE UPDATE ON tenant_seats BEGIN SELECT RAISE(ABORT, 'snapshots are never changed'); END;
CREATE TRIGGER tenant_seats_stay BEFORE DELETE ON tenant_seats BEGIN SELECT RAISE(ABORT, 'snapshots are never deleted'); END;
CREATE TRIGGER snapshot_tenant_is_final BEFORE UPDATE ON snapshot_tenant BEGIN SELECT RAISE(ABORT, 'snapshots are never changed'); END;
CREATE TRIGGER snapshot_tenant_stays BEFORE DELETE ON snapshot_tenant BEGIN SELECT RAISE(ABORT, 'snapshots are never deleted'); END;

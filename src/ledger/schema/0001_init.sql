-- The ledger, version 1. Money, dates and ids are text, so that a person can query them.
-- Records are only ever added; the three guard tables alone lose rows, when a run is undone.

CREATE TABLE run (
    run           INTEGER PRIMARY KEY,            -- order of the runs
    id            TEXT NOT NULL UNIQUE,           -- 8 hex digits, as people type it
    period        TEXT NOT NULL,                  -- 2026-11
    mode          TEXT NOT NULL CHECK (mode IN ('exported', 'caught-up', 'posted')),
    profile       TEXT NOT NULL,
    started_at    TEXT NOT NULL,                  -- UTC
    digest        TEXT NOT NULL,
    source_digest TEXT NOT NULL,
    machine_user  TEXT NOT NULL,
    account       TEXT,                           -- signed-in account, if any
    version       TEXT NOT NULL,                  -- of cspctl
    documents     INTEGER NOT NULL,
    charges       INTEGER NOT NULL,
    cost          TEXT NOT NULL,
    sell          TEXT NOT NULL,
    margin        TEXT NOT NULL,
    held_cost     TEXT NOT NULL
) STRICT;

CREATE TABLE document (
    document      INTEGER PRIMARY KEY,
    run           INTEGER NOT NULL REFERENCES run,
    kind          TEXT NOT NULL CHECK (kind IN ('bill', 'supplier-credit', 'invoice', 'credit-note')),
    number        TEXT NOT NULL,
    period        TEXT NOT NULL,
    contact_id    TEXT,
    contact_name  TEXT NOT NULL,
    tenant_id     TEXT,
    date          TEXT NOT NULL,
    due_date      TEXT NOT NULL,
    currency      TEXT NOT NULL,
    status        TEXT NOT NULL,
    sub_total     TEXT NOT NULL,                  -- positive on credits, the kind carries the sign
    reference     TEXT,
    line_count    INTEGER NOT NULL,
    lines         BLOB NOT NULL                   -- lines and workings: src/ledger/blob.rs
) STRICT;
CREATE INDEX document_of_run ON document (run);

CREATE TABLE charges (                            -- what was billed, some thousands a row
    chunk         INTEGER PRIMARY KEY,
    run           INTEGER NOT NULL REFERENCES run,
    charge_count  INTEGER NOT NULL,
    charges       BLOB NOT NULL                   -- src/ledger/blob.rs
) STRICT;

CREATE TABLE file (
    file          INTEGER PRIMARY KEY,
    run           INTEGER NOT NULL REFERENCES run,
    kind          TEXT NOT NULL CHECK (kind IN ('bills', 'sales-invoices', 'sales-credit-notes')),
    ordinal       INTEGER NOT NULL,               -- counted on over all runs of a period
    name          TEXT NOT NULL UNIQUE,           -- within the folder
    folder        TEXT NOT NULL,                  -- where it was planned to lie
    sha256        TEXT NOT NULL,
    size_bytes    INTEGER NOT NULL,
    row_count     INTEGER NOT NULL,
    labels        TEXT NOT NULL                   -- tax type, tracking, branding as JSON: part of the bytes
) STRICT;
CREATE INDEX file_of_run ON file (run);

CREATE TABLE file_document (
    file          INTEGER NOT NULL REFERENCES file,
    document      INTEGER NOT NULL REFERENCES document,
    PRIMARY KEY (file, document)
) STRICT, WITHOUT ROWID;

CREATE TABLE file_written (
    file          INTEGER PRIMARY KEY REFERENCES file,
    written_at    TEXT NOT NULL,
    folder        TEXT NOT NULL                   -- where it really lies
) STRICT;

CREATE TABLE undo_begun (                         -- its files are being deleted; the next run completes it
    run           INTEGER PRIMARY KEY REFERENCES run,
    begun_at      TEXT NOT NULL,
    machine_user  TEXT NOT NULL
) STRICT;

CREATE TABLE undone (
    run           INTEGER PRIMARY KEY REFERENCES run,
    undone_at     TEXT NOT NULL,
    machine_user  TEXT NOT NULL
) STRICT;

-- Guards, the last line of defence: a charge is on at most one bill and at most one sale, a number
-- is used once on each side. Without foreign keys, because a million rows go in at once.
CREATE TABLE guard_bill (
    charge        BLOB NOT NULL PRIMARY KEY,      -- 16 bytes of the charge key
    run           INTEGER NOT NULL,
    document      INTEGER                         -- NULL when caught up
) STRICT, WITHOUT ROWID;

CREATE TABLE guard_sale (
    charge        BLOB NOT NULL PRIMARY KEY,
    run           INTEGER NOT NULL,
    document      INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE guard_number (
    side          TEXT NOT NULL CHECK (side IN ('purchase', 'sale')),
    number        TEXT NOT NULL,
    run           INTEGER NOT NULL,
    document      INTEGER NOT NULL,
    PRIMARY KEY (side, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER run_is_final BEFORE UPDATE ON run BEGIN SELECT RAISE(ABORT, 'runs are never changed'); END;
CREATE TRIGGER run_stays BEFORE DELETE ON run BEGIN SELECT RAISE(ABORT, 'runs are never deleted'); END;
CREATE TRIGGER document_is_final BEFORE UPDATE ON document BEGIN SELECT RAISE(ABORT, 'documents are never changed'); END;
CREATE TRIGGER document_stays BEFORE DELETE ON document BEGIN SELECT RAISE(ABORT, 'documents are never deleted'); END;
CREATE TRIGGER charges_are_final BEFORE UPDATE ON charges BEGIN SELECT RAISE(ABORT, 'charges are never changed'); END;
CREATE TRIGGER charges_stay BEFORE DELETE ON charges BEGIN SELECT RAISE(ABORT, 'charges are never deleted'); END;
CREATE TRIGGER file_is_final BEFORE UPDATE ON file BEGIN SELECT RAISE(ABORT, 'files are never changed'); END;
CREATE TRIGGER file_stays BEFORE DELETE ON file BEGIN SELECT RAISE(ABORT, 'files are never deleted'); END;
CREATE TRIGGER undone_is_final BEFORE UPDATE ON undone BEGIN SELECT RAISE(ABORT, 'an undone run stays undone'); END;
CREATE TRIGGER undone_stays BEFORE DELETE ON undone BEGIN SELECT RAISE(ABORT, 'an undone run stays undone'); END;

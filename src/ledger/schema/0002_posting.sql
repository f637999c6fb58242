-- Version 2: what became of documents that were posted to Xero. A document of a run of mode 'posted' is
-- an intent until it has an outcome; an intent without one is looked up in Xero before anything else.

CREATE TABLE posted_to (                          -- a ledger serves one organisation: its numbers and ids mean nothing in another
    run             INTEGER PRIMARY KEY REFERENCES run,
    organisation_id TEXT NOT NULL,
    name            TEXT NOT NULL
) STRICT;

-- How often a number was tried before is part of a request's key.
CREATE INDEX document_of_number ON document (number, kind);

CREATE TABLE sending (                            -- a request is about to leave: its outcome is open from here on
    sending         INTEGER PRIMARY KEY,
    idempotency_key TEXT NOT NULL,
    body_sha256     TEXT NOT NULL,
    sent_at         TEXT NOT NULL                 -- UTC
) STRICT;

CREATE TABLE sending_document (
    sending       INTEGER NOT NULL REFERENCES sending,
    document      INTEGER NOT NULL REFERENCES document,
    PRIMARY KEY (sending, document)
) STRICT, WITHOUT ROWID;
CREATE INDEX sending_of_document ON sending_document (document);

CREATE TABLE outcome (
    document      INTEGER PRIMARY KEY REFERENCES document,
    state         TEXT NOT NULL CHECK (state IN ('posted', 'adopted', 'refused')),
    xero_id       TEXT,                           -- NULL when refused
    url           TEXT,
    updated       TEXT,                           -- UpdatedDateUTC as Xero gave it
    detail        TEXT,                           -- Xero's words when refused
    recorded_at   TEXT NOT NULL
) STRICT;

CREATE TABLE revision (                           -- the document takes the place of another one, under its number and id in Xero
    document      INTEGER PRIMARY KEY REFERENCES document,
    revised       INTEGER NOT NULL REFERENCES document,
    xero_id       TEXT NOT NULL
) STRICT;

CREATE TABLE withdrawn (                          -- this tool took the document back in Xero
    document      INTEGER PRIMARY KEY REFERENCES document,
    withdrawn_at  TEXT NOT NULL,
    machine_user  TEXT NOT NULL
) STRICT;

-- Documents that do not count: refused, taken back, or replaced by one that was not refused.
CREATE VIEW void_document (document) AS
    SELECT document FROM outcome WHERE state = 'refused'
    UNION SELECT document FROM withdrawn
    UNION SELECT revised FROM revision WHERE document NOT IN (SELECT document FROM outcome WHERE state = 'refused');

CREATE TRIGGER outcome_is_final BEFORE UPDATE ON outcome BEGIN SELECT RAISE(ABORT, 'outcomes are never changed'); END;
CREATE TRIGGER outcome_stays BEFORE DELETE ON outcome BEGIN SELECT RAISE(ABORT, 'outcomes are never deleted'); END;
CREATE TRIGGER sending_is_final BEFORE UPDATE ON sending BEGIN SELECT RAISE(ABORT, 'what was sent is never changed'); END;
CREATE TRIGGER sending_stays BEFORE DELETE ON sending BEGIN SELECT RAISE(ABORT, 'what was sent is never deleted'); END;
CREATE TRIGGER withdrawn_is_final BEFORE UPDATE ON withdrawn BEGIN SELECT RAISE(ABORT, 'what was taken back stays so'); END;
CREATE TRIGGER withdrawn_stays BEFORE DELETE ON withdrawn BEGIN SELECT RAISE(ABORT, 'what was taken back stays so'); END;

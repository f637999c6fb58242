-- Version 4: what Partner Center's catalogue says of the SKU that an offer provides; lists that a snapshot lacks.

CREATE TABLE catalogue_sku (                      -- the newest row of an offer counts
    catalogue_sku INTEGER PRIMARY KEY,
    offer         TEXT NOT NULL,
    sku_id        TEXT,                           -- NULL: the catalogue knows none
    asked_on      TEXT NOT NULL                   -- the day, so that one without an answer is asked for again
) STRICT;
CREATE INDEX catalogue_of_offer ON catalogue_sku (offer);

CREATE TABLE snapshot_gap (                       -- a list of customers that could not be had
    snapshot      INTEGER NOT NULL REFERENCES snapshot,
    missing       TEXT NOT NULL,                  -- a sentence for people
    PRIMARY KEY (snapshot, missing)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER snapshot_gap_is_final BEFORE UPDATE ON snapshot_gap BEGIN SELECT RAISE(ABORT, 'snapshots are never changed'); END;
CREATE TRIGGER snapshot_gap_stays BEFORE DELETE ON snapshot_gap BEGIN SELECT RAISE(ABORT, 'snapshots are never deleted'); END;
CREATE TRIGGER catalogue_sku_is_final BEFORE UPDATE ON catalogue_sku BEGIN SELECT RAISE(ABORT, 'answers are never changed'); END;
CREATE TRIGGER catalogue_sku_stays BEFORE DELETE ON catalogue_sku BEGIN SELECT RAISE(ABORT, 'answers are never deleted'); END;

-- Version 4: what Partner Center's catalogue says of the SKU that an offer provides.

CREATE TABLE catalogue_sku (                      -- the newest row of an offer counts
    catalogue_sku INTEGER PRIMARY KEY,
    offer         TEXT NOT NULL,
    sku_id        TEXT,                           -- NULL: the catalogue knows none
    asked_on      TEXT NOT NULL                   -- the day, so that one without an answer is asked for again
) STRICT;
CREATE INDEX catalogue_of_offer ON catalogue_sku (offer);

CREATE TRIGGER catalogue_sku_is_final BEFORE UPDATE ON catalogue_sku BEGIN SELECT RAISE(ABORT, 'answers are never changed'); END;
CREATE TRIGGER catalogue_sku_stays BEFORE DELETE ON catalogue_sku BEGIN SELECT RAISE(ABORT, 'answers are never deleted'); END;

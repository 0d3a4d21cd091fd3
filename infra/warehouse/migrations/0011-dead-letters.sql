-- Dead letters: by which rule each was refused, its original, and what became of it; and what retention has removed.

ALTER TABLE dead_letters ADD COLUMN IF NOT EXISTS rule LowCardinality(String)
    COMMENT 'the field and what was expected there, without the numbers of rows and statements' AFTER reason;

-- Sealed under the key of the month in which they were stored, which lives 90 days: whole months go when theirs has ended.
-- Those of letters that are stored already come with a replay: the log holds them.
CREATE TABLE IF NOT EXISTS dead_letter_originals
(
    id         UUID                   COMMENT 'of the dead letter',
    stored_at  DateTime64(3, 'UTC')   COMMENT 'when the letter was stored',
    original   String                 COMMENT 'month and sealed text; sealed text does not compress' CODEC(NONE)
)
ENGINE = ReplacingMergeTree(stored_at)
PARTITION BY toYYYYMM(stored_at)
ORDER BY id
SETTINGS index_granularity = 256;

-- Which letter redrive has done with. A try that was cut off has a row with the outcome begun and no other.
CREATE TABLE IF NOT EXISTS redriven
(
    letter_id    UUID                   COMMENT 'id in dead_letters',
    redriven_at  DateTime64(3, 'UTC')   COMMENT 'when; stored_at of the records of this try',
    is_done      Bool                   COMMENT 'false: begun',
    outcome      LowCardinality(String) COMMENT 'begun; stored: as something new; duplicate: it was known already; nobody: it is about no person',
    records      Array(UUID)            COMMENT 'ids of the records that it became',
    letters      Array(UUID)            COMMENT 'new dead letters for parts of it that still could not be used'
)
ENGINE = ReplacingMergeTree(is_done)
ORDER BY (letter_id, redriven_at);

-- What retention has removed: a month of a table, or of one kind in it. Primary: a replay brings none of it back, and the weeks
-- of a month of which events were removed keep the numbers that they had.
CREATE TABLE IF NOT EXISTS retired
(
    name        LowCardinality(String) COMMENT 'what the policy calls it: events, originals …',
    month       UInt32                 COMMENT 'YYYYMM: of the week, or of the storage',
    kind        LowCardinality(String) COMMENT 'kind of event; empty: all',
    retired_at  DateTime64(3, 'UTC')   COMMENT 'when',
    row_count   UInt64                 COMMENT 'rows that were removed, as stored'
)
ENGINE = ReplacingMergeTree
ORDER BY (name, month, kind, retired_at);

-- What publishing needs to know of the students behind a figure, and keeps of what it has given away. Nothing of this
-- is served: readers see published and snapshots only. All of it is primary, and no replay drops it.

ALTER TABLE indicators ADD COLUMN IF NOT EXISTS members UInt64
    COMMENT 'sum, modulo 2^64, of a hash of every student behind it with its weight; 0 where n > 0: not known';

-- The live figures as one publication found them. Every step reads these, so that a recomputation meanwhile changes nothing.
CREATE TABLE IF NOT EXISTS publishing
(
    snapshot   UInt64                 COMMENT 'number of the snapshot that is being made',
    indicator  LowCardinality(String) COMMENT 'as in indicators',
    version    UInt16                 COMMENT 'as in indicators',
    unit_type  LowCardinality(String) COMMENT 'as in indicators',
    unit_id    String                 COMMENT 'as in indicators',
    slice      LowCardinality(String) COMMENT 'as in indicators',
    period     LowCardinality(String) COMMENT 'as in indicators',
    week       Date                   COMMENT 'as in indicators',
    as_of      DateTime64(3, 'UTC')   COMMENT 'as in indicators',
    value      Nullable(Float64)      COMMENT 'as in indicators',
    se         Nullable(Float64)      COMMENT 'as in indicators',
    lo95       Nullable(Float64)      COMMENT 'as in indicators',
    hi95       Nullable(Float64)      COMMENT 'as in indicators',
    n          UInt32                 COMMENT 'as in indicators',
    n_eff      Float64                COMMENT 'as in indicators',
    status     LowCardinality(String) COMMENT 'as in indicators',
    reason     LowCardinality(String) COMMENT 'as in indicators',
    enrolled   UInt32                 COMMENT 'as in indicators',
    members    UInt64                 COMMENT 'as in indicators'
)
ENGINE = MergeTree
PARTITION BY snapshot
ORDER BY (week, indicator, unit_type, unit_id, slice);

-- The students behind every figure at each time that its table was given away with other students than before.
CREATE TABLE IF NOT EXISTS published_members
(
    snapshot   UInt64                 COMMENT 'the first snapshot with these students',
    indicator  LowCardinality(String) COMMENT 'as in indicators',
    week       Date                   COMMENT 'as in indicators',
    unit_type  LowCardinality(String) COMMENT 'as in indicators',
    unit_id    String                 COMMENT 'as in indicators',
    slice      LowCardinality(String) COMMENT 'as in indicators',
    n          UInt32                 COMMENT 'as in indicators, suppressed or not',
    enrolled   UInt32                 COMMENT 'as in indicators, suppressed or not',
    members    UInt64                 COMMENT 'as in indicators'
)
ENGINE = ReplacingMergeTree
ORDER BY (week, indicator, snapshot, unit_type, unit_id, slice);

-- Which table of students stands behind an indicator's week in a snapshot: tables that are alike are audited once.
CREATE TABLE IF NOT EXISTS published_tables
(
    snapshot    UInt64                 COMMENT 'number of the snapshot',
    indicator   LowCardinality(String) COMMENT 'as in indicators',
    week        Date                   COMMENT 'as in indicators',
    decision    LowCardinality(String) COMMENT 'new: with these students for the first time; same: with those of an earlier release; kept: the earlier rows stand',
    table_id    String                 COMMENT 'of the numbers of students behind the figures',
    enrolled_id String                 COMMENT 'of the numbers of students enrolled'
)
ENGINE = MergeTree
PARTITION BY snapshot
ORDER BY (week, indicator);

-- The cells that are not shown, with what can still be worked out about them.
CREATE TABLE IF NOT EXISTS published_hidden
(
    snapshot   UInt64                 COMMENT 'number of the snapshot',
    table_id   String                 COMMENT 'as in published_tables (table_id or enrolled_id)',
    unit_type  LowCardinality(String) COMMENT 'as in indicators',
    unit_id    String                 COMMENT 'as in indicators',
    slice      LowCardinality(String) COMMENT 'as in indicators',
    why        LowCardinality(String) COMMENT 'small: fewer than 10 students; complementary: it would give away another',
    least      Float64                COMMENT 'fewest students that agree with all published totals',
    most       Float64                COMMENT 'most students that do; inf: nothing bounds them'
)
ENGINE = MergeTree
PARTITION BY snapshot
ORDER BY (table_id, unit_type, unit_id, slice);

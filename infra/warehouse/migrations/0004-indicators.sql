-- What is derived: dropped and rebuilt by replay at any time.

-- The live values of one student and week, over all schools and identifiers. Sums are integers, so that no order matters.
CREATE TABLE IF NOT EXISTS student_week
(
    week          Date             COMMENT 'Monday',
    student_id    FixedString(32)  COMMENT 'person',
    learning_days Array(Date)      COMMENT 'local days with at least one learning event, sorted',
    day_ms        Array(Int64)     COMMENT 'milliseconds of learning activity on them, same order (B2)',
    effort_ms     Int64            COMMENT 'their sum',
    sessions      UInt32           COMMENT 'sessions (a session ends after 30 minutes without an event, and at midnight)',
    events        UInt32           COMMENT 'learning events',
    contact_days  Array(Date)      COMMENT 'local days with at least one logged contact, sorted',
    contact_ms    Int64            COMMENT 'milliseconds of the union of logged contact durations',
    contacts      UInt32           COMMENT 'contact records',
    absent_days   Array(Date)      COMMENT 'local days with a record of absence, sorted',
    newest        DateTime64(3, 'UTC') COMMENT 'storedAt of the newest record that went in',
    computed      UInt64           COMMENT 'grows with every computation',
    deleted       UInt8            COMMENT '1: nothing is left of it'
)
ENGINE = ReplacingMergeTree(computed, deleted)
PARTITION BY toYYYYMM(week)
ORDER BY (week, student_id)
SETTINGS index_granularity = 256;

-- One long table for everything aggregated.
CREATE TABLE IF NOT EXISTS indicators
(
    indicator  LowCardinality(String) COMMENT 'id in the catalogue',
    version    UInt16                 COMMENT 'version of the definition',
    unit_type  LowCardinality(String) COMMENT 'class, advisory, school, district',
    unit_id    String                 COMMENT 'sourcedId; the district''s id',
    slice      LowCardinality(String) COMMENT 'sorted key=value pairs; empty: all',
    period     LowCardinality(String) COMMENT 'ISO week, 2026-W10',
    week       Date                   COMMENT 'its Monday',
    as_of      DateTime64(3, 'UTC')   COMMENT 'storedAt of the newest record that went in',
    value      Nullable(Float64)      COMMENT 'null unless status is ok',
    se         Nullable(Float64)      COMMENT 'standard error',
    lo95       Nullable(Float64)      COMMENT 'lower end of the 95 % interval',
    hi95       Nullable(Float64)      COMMENT 'upper end',
    n          UInt32                 COMMENT 'students behind it',
    n_eff      Float64                COMMENT '(sum w)^2 / sum w^2',
    status     LowCardinality(String) COMMENT 'ok, insufficient, not_applicable, stale',
    reason     LowCardinality(String) COMMENT 'why not ok, or what to know',
    enrolled   UInt32                 COMMENT 'students enrolled in the unit that week, known or not',
    computed   UInt64                 COMMENT 'grows with every computation',
    deleted    UInt8                  COMMENT '1: the unit has nobody left in that week'
)
ENGINE = ReplacingMergeTree(computed, deleted)
PARTITION BY toYYYYMM(week)
ORDER BY (unit_type, indicator, week, unit_id, slice);

-- Frozen, suppressed snapshots: all that leaves the tier that may see live numbers.
CREATE TABLE IF NOT EXISTS published
(
    snapshot   UInt64                 COMMENT 'number of the snapshot',
    indicator  LowCardinality(String) COMMENT 'as in indicators',
    version    UInt16                 COMMENT 'as in indicators',
    unit_type  LowCardinality(String) COMMENT 'as in indicators',
    unit_id    String                 COMMENT 'as in indicators',
    slice      LowCardinality(String) COMMENT 'as in indicators',
    period     LowCardinality(String) COMMENT 'as in indicators',
    week       Date                   COMMENT 'as in indicators',
    as_of      DateTime64(3, 'UTC')   COMMENT 'cut-off on storedAt',
    value      Nullable(Float64)      COMMENT 'null unless status is ok',
    se         Nullable(Float64)      COMMENT 'standard error',
    lo95       Nullable(Float64)      COMMENT 'lower end',
    hi95       Nullable(Float64)      COMMENT 'upper end',
    n          Nullable(UInt32)       COMMENT 'null where suppressed',
    n_eff      Nullable(Float64)      COMMENT 'null where suppressed',
    status     LowCardinality(String) COMMENT 'ok, insufficient, not_applicable, stale, suppressed',
    reason     LowCardinality(String) COMMENT 'why not ok, or what to know',
    enrolled   Nullable(UInt32)       COMMENT 'students enrolled in the unit; null where suppressed'
)
ENGINE = MergeTree
PARTITION BY snapshot
ORDER BY (unit_type, indicator, week, unit_id, slice);

CREATE TABLE IF NOT EXISTS snapshots
(
    snapshot     UInt64                COMMENT 'number, growing',
    published_at DateTime64(3, 'UTC')  COMMENT 'when',
    as_of        DateTime64(3, 'UTC')  COMMENT 'cut-off on storedAt',
    cells        UInt64                COMMENT 'rows',
    suppressed   UInt64                COMMENT 'of which suppressed',
    complete     Bool                  COMMENT 'true once every row is stored; readers take only complete ones'
)
ENGINE = ReplacingMergeTree(complete) ORDER BY snapshot;

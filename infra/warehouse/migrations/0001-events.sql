-- Events, where they came from, and what was taken back.
-- {database} is this connection's database; {identity:Identifier} the one that holds what identifies people.

-- One row per record and participating person. week is the Monday of the local day: a week never splits over partitions.
-- ver grows with earlier storage: the first stored wins, ties are settled by content, alike on every replay.
CREATE TABLE IF NOT EXISTS events
(
    week             Date                            COMMENT 'Monday of local_day; 1970-01-01 if the time lies outside the kept range',
    person_id        FixedString(32)                 COMMENT 'pseudonym of the identifier as received; person_of says who that is',
    record_id        UUID                            COMMENT 'id of the statement or event',
    local_day        Date                            COMMENT 'date in the district''s time zone',
    occurred_at      DateTime64(3, 'UTC')            COMMENT 'when it happened; its end, if it has a duration',
    stored_at        DateTime64(3, 'UTC')            COMMENT 'when ingest accepted it',
    source           LowCardinality(String)          COMMENT 'credential that delivered it',
    standard         LowCardinality(String)          COMMENT 'xapi, caliper or interaction',
    person_role      LowCardinality(String)          COMMENT 'role of person_id in the record',
    is_actor         Bool                            COMMENT 'true in one row of each record: that of its actor',
    counterparts     Array(FixedString(32))          COMMENT 'the other participants, as received',
    counterpart_roles Array(LowCardinality(String))  COMMENT 'their roles, same order',
    kind             LowCardinality(String)          COMMENT 'closed vocabulary, schemas/record.ts',
    mode             LowCardinality(String)          COMMENT 'individual, adult, peer, group; empty: not said',
    verb             LowCardinality(String)          COMMENT 'original verb id',
    object           String                          COMMENT 'original object id',
    object_type      LowCardinality(String)          COMMENT 'original object type',
    skills           Array(LowCardinality(String))   COMMENT 'skills the record names',
    subject          LowCardinality(String)          COMMENT 'subject the record names',
    section          LowCardinality(String)          COMMENT 'class the record names',
    school           LowCardinality(String)          COMMENT 'school the record names; the enrolment decides',
    team             String                          COMMENT 'team the record names',
    choice           LowCardinality(String)          COMMENT 'chosen, assigned; empty: not said',
    duration_ms      Int64                           COMMENT 'milliseconds; -1: not said',
    score            Nullable(Float64)               COMMENT 'scaled, -1..1',
    success          Nullable(Bool)                  COMMENT 'as the record says',
    completion       Nullable(Bool)                  COMMENT 'as the record says',
    attempt          UInt16                          COMMENT '0: not said',
    hash             UInt64                          COMMENT 'of the content',
    raw              String COMMENT 'the sealed original, in the actor''s row; sealed text does not compress' CODEC(NONE),
    ver              UInt64                          COMMENT '((2^42 - stored ms) << 20) + 20 bits of hash'
)
ENGINE = ReplacingMergeTree(ver)
PARTITION BY toYYYYMM(week)
ORDER BY (week, person_id, record_id);

-- Which record ids are known, and where: retrieval, conflicts, voids and erasure start here.
CREATE TABLE IF NOT EXISTS record_index
(
    record_id   UUID                   COMMENT 'id of the statement or event',
    week        Date                   COMMENT 'key of its rows in events',
    person_id   FixedString(32)        COMMENT 'its actor, as received',
    hash        UInt64                 COMMENT 'of the content',
    stored_at   DateTime64(3, 'UTC')   COMMENT 'when ingest accepted it',
    source      LowCardinality(String) COMMENT 'credential that delivered it',
    position    String                 COMMENT 'partition/offset/index in the log',
    ver         UInt64                 COMMENT 'as in events'
)
ENGINE = ReplacingMergeTree(ver)
ORDER BY record_id
SETTINGS index_granularity = 1024;

-- Records that do not count: voided ones (hash 0: whatever their content), and the loser of two contents with one id.
CREATE TABLE IF NOT EXISTS voided
(
    record_id  UUID                   COMMENT 'the record that does not count',
    hash       UInt64                 COMMENT '0: every content of that id; else this content only',
    reason     LowCardinality(String) COMMENT 'voided, conflict',
    by_id      UUID                   COMMENT 'the voiding record; for a conflict the record itself'
)
ENGINE = ReplacingMergeTree
ORDER BY (record_id, hash, by_id);

-- Second deliveries, one row per place in the log: stored + duplicates + dead = received.
CREATE TABLE IF NOT EXISTS duplicates
(
    position   String                 COMMENT 'partition/offset/index in the log',
    record_id  UUID                   COMMENT 'the id that was known already',
    source     LowCardinality(String) COMMENT 'credential that delivered it',
    stored_at  DateTime64(3, 'UTC')   COMMENT 'when ingest accepted it'
)
ENGINE = ReplacingMergeTree
ORDER BY position;

-- What could not be used; the originals stay sealed in the log.
CREATE TABLE IF NOT EXISTS dead_letters
(
    id         UUID                   COMMENT 'of source, door, place and content',
    source     LowCardinality(String) COMMENT 'credential or file',
    door       LowCardinality(String) COMMENT 'where it came in',
    stored_at  DateTime64(3, 'UTC')   COMMENT 'when',
    place      String                 COMMENT 'where in what was sent',
    code       LowCardinality(String) COMMENT 'error code',
    reason     String                 COMMENT 'the whole sentence'
)
ENGINE = ReplacingMergeTree
ORDER BY id;

-- Person-weeks whose inputs changed. A touch is cleared by the same row with done = 1, after its indicators are stored;
-- a touch that came meanwhile has another number and stays.
CREATE TABLE IF NOT EXISTS touched
(
    week       Date            COMMENT 'Monday',
    person_id  FixedString(32) COMMENT 'identifier or person whose week changed; 32 zero bytes: the roster behind the week''s aggregates',
    touch      UInt64          COMMENT 'number of the batch that touched it',
    at         DateTime('UTC') COMMENT 'when; old, wholly cleared hours are dropped',
    done       UInt8           COMMENT '1: recomputed'
)
ENGINE = ReplacingMergeTree(done)
PARTITION BY toStartOfHour(at)
ORDER BY (week, person_id, touch);

-- What is given back: each record's sealed original, and what a statement can be found by (xAPI, GET statements).

-- In the order of storage, because that is how statements are asked for: pages, cursors, the newest. Small granules: single
-- originals are read. A second delivery has a row of its own; record_index tells which one counts.
CREATE TABLE IF NOT EXISTS originals
(
    stored_at          DateTime64(3, 'UTC')           COMMENT 'when ingest accepted it',
    record_id          UUID                           COMMENT 'id of the statement or event',
    source             LowCardinality(String)         COMMENT 'credential that delivered it',
    standard           LowCardinality(String)         COMMENT 'xapi, caliper or interaction',
    actor              FixedString(32)                COMMENT 'pseudonym of its actor, under whose key it is sealed',
    verb               LowCardinality(String)         COMMENT 'verb id',
    agents             Array(FixedString(32))         COMMENT 'actor and object, and their members, as received',
    related_agents     Array(FixedString(32))         COMMENT 'the further agents that the statement names',
    activity           String                         COMMENT 'the object, if it is an activity',
    related_activities Array(LowCardinality(String))  COMMENT 'the further activities that the statement names',
    registration       UUID                           COMMENT 'registration; zero: none',
    refers_to          UUID                           COMMENT 'the statement that is the object; zero: none',
    defines            Array(LowCardinality(String))  COMMENT 'activities whose definition it brings',
    raw                String                         COMMENT 'the sealed original; sealed text does not compress' CODEC(NONE),
    INDEX by_agent (agents) TYPE bloom_filter GRANULARITY 8,
    INDEX by_related_agent (related_agents) TYPE bloom_filter GRANULARITY 8,
    INDEX by_activity (activity) TYPE bloom_filter GRANULARITY 8,
    INDEX by_related_activity (related_activities) TYPE bloom_filter GRANULARITY 8,
    INDEX by_registration (registration) TYPE bloom_filter GRANULARITY 8,
    INDEX by_definition (defines) TYPE bloom_filter GRANULARITY 8,
    INDEX by_verb (verb) TYPE set(100) GRANULARITY 8
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(stored_at)
ORDER BY (stored_at, record_id)
SETTINGS index_granularity = 256;

-- Statements whose object is a statement: whoever asks for the one gets the other too.
CREATE TABLE IF NOT EXISTS statement_refs
(
    refers_to  UUID  COMMENT 'the statement that is the object',
    record_id  UUID  COMMENT 'the statement that names it'
)
ENGINE = ReplacingMergeTree
ORDER BY (refers_to, record_id);

-- The originals of records that are stored already come back with a replay: the log holds them.
ALTER TABLE events DROP COLUMN IF EXISTS raw;

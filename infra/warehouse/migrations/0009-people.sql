-- Who is who: what was said of identifiers, and what follows from it. person_of is the map that is read.

-- Every alias entry of the log, the last one of each source about each pair. Twice, once under each of the two, so that
-- what hangs together is found from either end.
CREATE TABLE IF NOT EXISTS aliases
(
    node       FixedString(32)        COMMENT 'one of the two identifiers',
    other      FixedString(32)        COMMENT 'the other one',
    forward    UInt8                  COMMENT '1: node is the identifier, other the person it is said to be; 0: the other way round',
    link       LowCardinality(String) COMMENT 'is (a roster claims it), same (two identifiers of one person), decided (by a person)',
    source     LowCardinality(String) COMMENT 'who said so',
    contested  UInt8                  COMMENT '1: two persons of one file claim it',
    decided_by FixedString(32)        COMMENT 'pseudonym of the account of who decided; zero bytes: nobody did',
    why        LowCardinality(String) COMMENT 'reason of a decision, schemas/roster.ts',
    ref        String                 COMMENT 'number of its ticket or the like',
    ver        UInt64                 COMMENT 'as in schools',
    deleted    UInt8                  COMMENT '1: taken back; of a decision: the two are not one person'
)
ENGINE = ReplacingMergeTree(ver)
ORDER BY (node, other, forward, link, source)
SETTINGS index_granularity = 1024;

-- Persons that were merged into another: their enrolments count as its own.
CREATE TABLE IF NOT EXISTS merged_persons
(
    person_id  FixedString(32) COMMENT 'a person of the roster',
    into_id    FixedString(32) COMMENT 'the person it counts as',
    ver        UInt64          COMMENT 'grows with every change',
    deleted    UInt8           COMMENT '1: a person of its own again'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY person_id;

-- Identifiers that lead to several persons: nobody's, unless person_of has them.
CREATE TABLE IF NOT EXISTS contested
(
    identifier FixedString(32)        COMMENT 'pseudonym of an identifier as received',
    persons    Array(FixedString(32)) COMMENT 'who claims it, sorted',
    ver        UInt64                 COMMENT 'grows with every change',
    deleted    UInt8                  COMMENT '1: no longer contested'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY identifier;

ALTER TABLE person_of MODIFY COLUMN source COMMENT 'empty: aliases says who';

-- What rosters said before this file: the map itself, one claim an identifier.
INSERT INTO aliases (node, other, forward, link, source, ver)
SELECT identifier, person_id, 1, 'is', source, ver FROM person_of FINAL;

INSERT INTO aliases (node, other, forward, link, source, ver)
SELECT person_id, identifier, 0, 'is', source, ver FROM person_of FINAL;

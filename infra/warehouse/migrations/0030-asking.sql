-- Asking: links to surveys that Homeroom shows itself, and how far each answer is. Answers are facts and go to the log; these tables are primary,
-- and end by themselves a month after the window. Only hashes of links are kept: who holds the database can answer for nobody.

ALTER TABLE survey_instruments
    ADD COLUMN IF NOT EXISTS definition String COMMENT 'the instrument as it was loaded, JSON; empty: loaded before it was kept, load it again';

CREATE TABLE IF NOT EXISTS {identity:Identifier}.survey_links
(
    hash       String                 COMMENT 'SHA-256 of the link''s 32 random bytes, hexadecimal',
    instrument LowCardinality(String) COMMENT 'as in survey_instruments',
    version    LowCardinality(String) COMMENT 'as in survey_instruments',
    window     LowCardinality(String) COMMENT 'the window in which it is asked; empty: every one, of those who agree',
    person_id  FixedString(32)        COMMENT 'respondent; of a family a pseudonym made of the student; 32 zero bytes: anonymous',
    student_id FixedString(32)        COMMENT 'student about whom a family answers; 32 zero bytes: none',
    school_id  LowCardinality(String) COMMENT 'of an anonymous one: school of the class; else empty, the roster knows',
    grade      LowCardinality(String) COMMENT 'of an anonymous one: grade of the class, if it has one; else empty',
    made_at    DateTime64(3, 'UTC')   COMMENT 'when the link was made',
    until      Date                   COMMENT 'day after the last of the window as it was known then; the instrument decides',
    ended      UInt8                  COMMENT '1: another took its place'
)
ENGINE = ReplacingMergeTree(ended) ORDER BY hash
TTL until + INTERVAL 30 DAY;

CREATE TABLE IF NOT EXISTS {identity:Identifier}.survey_states
(
    response_id UUID                   COMMENT 'as in survey_responses',
    person_id   FixedString(32)        COMMENT 'as in survey_links',
    student_id  FixedString(32)        COMMENT 'as in survey_links',
    given       String                 COMMENT 'what was answered on the pages that were sent, JSON by item, for going on; free text only as written; emptied at the end',
    sent        UInt8                  COMMENT '1: all pages were sent, nothing more is taken',
    until       Date                   COMMENT 'as in survey_links',
    ver         UInt64                 COMMENT 'of the last change: ms; of an anonymous one how many there were, because a time would tell who answered'
)
ENGINE = ReplacingMergeTree(ver) ORDER BY response_id
TTL until + INTERVAL 30 DAY;

CREATE TABLE IF NOT EXISTS {identity:Identifier}.survey_consents
(
    instrument LowCardinality(String) COMMENT 'as in survey_links',
    person_id  FixedString(32)        COMMENT 'as in survey_links',
    agreed     UInt8                  COMMENT '1: may be asked again and again; 0: has withdrawn',
    ver        UInt64                 COMMENT 'when it was said, ms'
)
ENGINE = ReplacingMergeTree(ver) ORDER BY (instrument, person_id);

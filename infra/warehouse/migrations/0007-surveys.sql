-- Surveys: what was asked, who answered, what. The last stored entry about a thing wins; deleted = 1 takes it back.

CREATE TABLE IF NOT EXISTS survey_instruments
(
    instrument LowCardinality(String)        COMMENT 'id of the survey',
    version    LowCardinality(String)        COMMENT 'version of its wording, scales and items',
    title      String                        COMMENT 'JSON: by language',
    informant  LowCardinality(String)        COMMENT 'who answers: student, family, staff',
    languages  Array(LowCardinality(String)) COMMENT 'language tags',
    item       Nested(
        id       String,
        text     String,
        domain   String,
        kind     String,
        min      Int16,
        max      Int16,
        labels   String,
        reverse  Bool,
        optional Bool
    )                                        COMMENT 'its questions in their order; see survey_items',
    window     Nested(id String, begin_day Date, end_day Date) COMMENT 'when it was asked, half-open [begin_day, end_day)',
    source     LowCardinality(String)        COMMENT 'who said so',
    ver        UInt64                        COMMENT '(stored ms << 20) + 20 bits of content',
    deleted    UInt8                         COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY (instrument, version);

-- One row per response as received; which of them count, survey_responses_counted says.
CREATE TABLE IF NOT EXISTS survey_responses
(
    instrument  LowCardinality(String)              COMMENT 'as in survey_instruments',
    response_id UUID                                COMMENT 'derived under the key from the tool''s own id, or from respondent and time, or from the content',
    version     LowCardinality(String)              COMMENT 'version that was answered',
    window      LowCardinality(String)              COMMENT 'window in which it was answered',
    person_id   FixedString(32)                     COMMENT 'respondent, pseudonym of the identifier as received; 32 zero bytes: anonymous',
    student_id  FixedString(32)                     COMMENT 'student about whom a family answers, as received; 32 zero bytes: not said',
    role        LowCardinality(String)              COMMENT 'role of the respondent',
    school_id   LowCardinality(String)              COMMENT 'as the response says; empty: the enrolment on local_day decides',
    grade       LowCardinality(String)              COMMENT 'as the response says; empty: the roster decides',
    groups      String                              COMMENT 'demographics as the response says, a JSON object; never of anonymous ones',
    language    LowCardinality(String)              COMMENT 'language of the form, if told',
    local_day   Date                                COMMENT 'date in the district''s time zone; the first of the window where none is told',
    answered_at DateTime64(3, 'UTC')                COMMENT 'when; 1970-01-01: not told, or anonymous',
    not_asked   Array(LowCardinality(String))       COMMENT 'items of the instrument that this form did not have',
    source      LowCardinality(String)              COMMENT 'who delivered it',
    stored_at   DateTime64(3, 'UTC')                COMMENT 'when it was loaded last',
    ver         UInt64                              COMMENT 'as in survey_instruments',
    deleted     UInt8                               COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY (instrument, response_id);

-- One row per response and item.
CREATE TABLE IF NOT EXISTS survey_answers
(
    instrument  LowCardinality(String) COMMENT 'as in survey_responses',
    response_id UUID                   COMMENT 'as in survey_responses',
    item_id     LowCardinality(String) COMMENT 'as in survey_items',
    person_id   FixedString(32)        COMMENT 'as in survey_responses',
    student_id  FixedString(32)        COMMENT 'as in survey_responses',
    state       LowCardinality(String) COMMENT 'answered, declined (an answer without a value), missing, unreadable',
    value       Nullable(Int16)        COMMENT 'on the item''s scale as answered, not turned round; null unless answered on a scale',
    sealed_text String                 COMMENT 'free text, sealed under the respondent''s key; of anonymous ones under one of the school and window',
    ver         UInt64                 COMMENT 'as in survey_responses'
)
ENGINE = ReplacingMergeTree(ver) ORDER BY (instrument, response_id, item_id);

-- Windows of which a source has delivered all it holds: what was stored before, and not again, was deleted there.
CREATE TABLE IF NOT EXISTS survey_exports
(
    source     LowCardinality(String) COMMENT 'who delivered it',
    instrument LowCardinality(String) COMMENT 'as in survey_instruments',
    window     LowCardinality(String) COMMENT 'as in survey_instruments',
    since      DateTime64(3, 'UTC')   COMMENT 'begin of the newest such load',
    ver        UInt64                 COMMENT 'since, in ms'
)
ENGINE = ReplacingMergeTree(ver) ORDER BY (source, instrument, window);

-- One row per item of an instrument's version.
CREATE OR REPLACE VIEW survey_items AS
SELECT
    instrument,
    version,
    informant,
    item.id AS item_id,
    num AS position,
    item.text AS text,
    item.domain AS domain,
    item.kind AS kind,
    item.min AS min,
    item.max AS max,
    item.labels AS labels,
    item.reverse AS reverse,
    item.optional AS optional
FROM survey_instruments FINAL
ARRAY JOIN item, arrayEnumerate(item.id) AS num;

-- One row per response that is not taken back. Of one person's responses (family: about one student) in one window the last
-- complete one counts; where none is complete, the one with most answers, of these the last. One without any answer never
-- does. complete: every item asked that is neither optional nor free text was answered or declined.
CREATE OR REPLACE VIEW survey_responses_counted AS
WITH
    toFixedString('', 32) AS nobody,
    needed AS (
        SELECT instrument, version, groupArray(item_id) AS item_ids
        FROM survey_items
        WHERE kind = 'scale' AND NOT optional
        GROUP BY instrument, version
    ),
    given AS (
        SELECT instrument, response_id, groupArray(toString(item_id)) AS item_ids
        FROM survey_answers FINAL
        WHERE state IN ('answered', 'declined')
        GROUP BY instrument, response_id
    ),
    measured AS (
        SELECT
            r.instrument AS instrument, r.response_id AS response_id, r.version AS version, r.window AS window,
            r.person_id AS person_id, r.student_id AS student_id,
            if(p.person_id = nobody, r.person_id, p.person_id) AS person,
            r.role AS role, r.school_id AS school_id, r.grade AS grade, r.groups AS groups, r.language AS language,
            r.local_day AS local_day, r.answered_at AS answered_at, r.source AS source, r.stored_at AS stored_at,
            arrayFilter(i -> NOT has(r.not_asked, i), needed.item_ids) AS asked_ids,
            toUInt16(length(asked_ids)) AS asked,
            toUInt16(arrayCount(i -> has(given.item_ids, i), asked_ids)) AS answered,
            asked > 0 AND answered = asked AS complete,
            notEmpty(given.item_ids) AS has_answers
        FROM (SELECT * FROM survey_responses FINAL) AS r
        LEFT JOIN (SELECT identifier, person_id FROM person_of FINAL) AS p ON p.identifier = r.person_id
        LEFT JOIN (SELECT source, instrument, window, since FROM survey_exports FINAL) AS e
            ON e.source = r.source AND e.instrument = r.instrument AND e.window = r.window
        LEFT JOIN needed ON needed.instrument = r.instrument AND needed.version = r.version
        LEFT JOIN given ON given.instrument = r.instrument AND given.response_id = r.response_id
        WHERE r.stored_at >= e.since
    )
SELECT
    instrument, response_id, version, window, person_id, student_id, person, role, school_id, grade, groups, language,
    local_day, answered_at, source, stored_at, asked, answered, complete,
    has_answers AND row_number() OVER (
        PARTITION BY instrument, window, person, student_id, if(person = nobody, response_id, toUUID('00000000-0000-0000-0000-000000000000'))
        ORDER BY complete DESC, if(complete, 0, answered) DESC, answered_at DESC, stored_at DESC, response_id DESC
    ) = 1 AS counts
FROM measured;

-- One row per response that counts and item asked on a scale. scored: turned round where the item is reverse-coded.
CREATE OR REPLACE VIEW survey_answers_counted AS
SELECT
    r.instrument AS instrument,
    r.version AS version,
    r.window AS window,
    i.informant AS informant,
    r.response_id AS response_id,
    r.person_id AS person_id,
    r.person AS person,
    r.student_id AS student_id,
    r.role AS role,
    r.school_id AS school_id,
    r.grade AS grade,
    r.groups AS groups,
    r.local_day AS local_day,
    i.item_id AS item_id,
    i.domain AS domain,
    i.min AS min,
    i.max AS max,
    i.reverse AS reverse,
    a.state AS state,
    a.value AS value,
    if(i.reverse, i.min + i.max - a.value, a.value) AS scored
FROM (SELECT * FROM survey_responses_counted WHERE counts) AS r
INNER JOIN (SELECT * FROM survey_answers FINAL) AS a ON a.instrument = r.instrument AND a.response_id = r.response_id
INNER JOIN (SELECT * FROM survey_items WHERE kind = 'scale') AS i
    ON i.instrument = r.instrument AND i.version = r.version AND i.item_id = a.item_id;

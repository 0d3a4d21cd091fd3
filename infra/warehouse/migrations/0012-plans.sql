-- Learners' own plans, goals, choices and reflections, from files and from statements that say them.
--
-- Rows of files have the zero UUID as record_id: the last stored one stands, and deleted = 1 takes back. Rows of records
-- have the record's id, count unless it is voided, and add to what other records say of the same thing. Each content that
-- was ever said has a row of its own: the weeks that it reached are touched again when it changes.
CREATE TABLE IF NOT EXISTS plans
(
    plan_id        UUID                   COMMENT 'of source and natural key; of records: of student and object',
    record_id      UUID                   COMMENT 'the record that says it; zero: a file does',
    record_hash    UInt64                 COMMENT 'hash of that record; 0: a file',
    student_id     FixedString(32)        COMMENT 'pseudonym of the student''s identifier as received',
    subject        LowCardinality(String) COMMENT 'subject; empty: all of them',
    units_per_week Nullable(Float64)      COMMENT 'units of work planned for a week; null: not said',
    mix_individual Nullable(Float64)      COMMENT 'planned share of time alone, 0 to 1; null: no mix planned',
    mix_adult      Nullable(Float64)      COMMENT 'with one adult',
    mix_peer       Nullable(Float64)      COMMENT 'with one peer',
    mix_group      Nullable(Float64)      COMMENT 'in a group',
    begin_day      Date                   COMMENT 'first day, in the district''s time zone',
    end_day        Date32                 COMMENT 'first day on which it does not hold any more; 2299-12-31: open',
    sealed_text    String                 COMMENT 'the learner''s words, sealed under their key; of records they stand in the original',
    source         LowCardinality(String) COMMENT 'who delivered it',
    said_at        DateTime64(3, 'UTC')   COMMENT 'of records when it was said, of files when it was stored: the later one holds',
    stored_at      DateTime64(3, 'UTC')   COMMENT 'when ingest accepted it',
    content        UInt64                 COMMENT 'hash of what it says: equal for a second delivery of the same',
    position       String                 COMMENT 'partition/offset/index of the delivery in the log',
    ver            UInt64                 COMMENT 'of files as in scores, of records as in events: of one content the last, or the first, stays',
    deleted        UInt8                  COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver) ORDER BY (plan_id, record_id, content)
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS goals
(
    goal_id     UUID                   COMMENT 'as plan_id',
    record_id   UUID                   COMMENT 'as in plans',
    record_hash UInt64                 COMMENT 'as in plans',
    student_id  FixedString(32)        COMMENT 'as in plans',
    subject     LowCardinality(String) COMMENT 'subject; empty: not said',
    horizon     LowCardinality(String) COMMENT 'short, long; empty: not said',
    kind        LowCardinality(String) COMMENT 'what a record says: goal-set, goal-met, rated; of files goal-set',
    day         Date                   COMMENT 'of files when it was set, of records when this was said',
    due_day     Date                   COMMENT 'when it is to be reached; 1970-01-01: not said',
    closed_day  Date                   COMMENT 'when it ended, however it did; 1970-01-01: not yet',
    status      LowCardinality(String) COMMENT 'open, attained, missed, dropped; empty: not said by this record',
    level       Nullable(Int8)         COMMENT 'level attained, -2 to 2; null: not said',
    expected    Nullable(Int8)         COMMENT 'level aimed at, -2 to 2; null: not said',
    weight      Nullable(Float64)      COMMENT 'weight of the goal, more than 0; null: not said',
    sealed_text String                 COMMENT 'as in plans; with what each level means',
    source      LowCardinality(String) COMMENT 'as in plans',
    said_at     DateTime64(3, 'UTC')   COMMENT 'as in plans',
    stored_at   DateTime64(3, 'UTC')   COMMENT 'as in plans',
    content     UInt64                 COMMENT 'as in plans',
    position    String                 COMMENT 'as in plans',
    ver         UInt64                 COMMENT 'as in plans',
    deleted     UInt8                  COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver) ORDER BY (goal_id, record_id, content)
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS choices
(
    choice_id   UUID                          COMMENT 'of source and natural key; of records their id',
    record_id   UUID                          COMMENT 'as in plans',
    record_hash UInt64                        COMMENT 'as in plans',
    student_id  FixedString(32)               COMMENT 'as in plans',
    subject     LowCardinality(String)        COMMENT 'subject; empty: not said',
    day         Date                          COMMENT 'date in the district''s time zone',
    offered     Array(LowCardinality(String)) COMMENT 'ids of what was offered; empty: not said',
    taken       String                        COMMENT 'id of what was taken; empty: none of them',
    choice      LowCardinality(String)        COMMENT 'chosen by the learner, or assigned',
    source      LowCardinality(String)        COMMENT 'as in plans',
    said_at     DateTime64(3, 'UTC')          COMMENT 'as in plans',
    stored_at   DateTime64(3, 'UTC')          COMMENT 'as in plans',
    content     UInt64                        COMMENT 'as in plans',
    position    String                        COMMENT 'as in plans',
    ver         UInt64                        COMMENT 'as in plans',
    deleted     UInt8                         COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver) ORDER BY (choice_id, record_id, content)
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS reflections
(
    reflection_id UUID                   COMMENT 'of source and natural key; of records their id',
    record_id     UUID                   COMMENT 'as in plans',
    record_hash   UInt64                 COMMENT 'as in plans',
    student_id    FixedString(32)        COMMENT 'as in plans',
    subject       LowCardinality(String) COMMENT 'subject; empty: not said',
    day           Date                   COMMENT 'date in the district''s time zone',
    about         String                 COMMENT 'id of the activity, goal or prompt; empty: not said',
    sealed_text   String                 COMMENT 'as in plans',
    source        LowCardinality(String) COMMENT 'as in plans',
    said_at       DateTime64(3, 'UTC')   COMMENT 'as in plans',
    stored_at     DateTime64(3, 'UTC')   COMMENT 'as in plans',
    content       UInt64                 COMMENT 'as in plans',
    position      String                 COMMENT 'as in plans',
    ver           UInt64                 COMMENT 'as in plans',
    deleted       UInt8                  COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver) ORDER BY (reflection_id, record_id, content)
SETTINGS index_granularity = 1024;

-- Sources that gave all they have of a kind: what was stored before the newest of these does not count.
CREATE TABLE IF NOT EXISTS plan_lists
(
    source LowCardinality(String) COMMENT 'who gave it',
    kind   LowCardinality(String) COMMENT 'plan, goal, choice, reflection',
    since  DateTime64(3, 'UTC')   COMMENT 'what was stored before, and not again, is gone'
)
ENGINE = ReplacingMergeTree ORDER BY (source, kind, since);

-- Which plan holds when, of the person behind the identifier: one row for each stretch of days. Of plans of one subject whose
-- days overlap the one that begins last holds, of two that begin on one day the one that was said later; when it has ended,
-- the other holds again.
CREATE OR REPLACE VIEW current_plans AS
WITH
    newest AS (
        SELECT * FROM plans FINAL
        WHERE record_id NOT IN (SELECT record_id FROM voided WHERE hash = 0)
            AND (record_id, record_hash) NOT IN (SELECT record_id, hash FROM voided WHERE hash != 0)
        ORDER BY said_at DESC, content DESC
        LIMIT 1 BY plan_id
    ),
    -- in the order in which one takes the place of the other
    standing AS (
        SELECT if(p.known, p.person, n.student_id) AS student, subject,
            arraySort(groupArray((toDate32(begin_day), said_at, n.content, end_day, plan_id, record_id, units_per_week, mix_individual, mix_adult,
                mix_peer, mix_group, sealed_text, n.source, stored_at))) AS plan
        FROM newest AS n
        LEFT ANY JOIN (SELECT identifier, person_id AS person, true AS known FROM person_of FINAL) AS p ON p.identifier = n.student_id
        LEFT ANY JOIN (SELECT source AS giver, max(since) AS since FROM plan_lists WHERE kind = 'plan' GROUP BY giver) AS l ON l.giver = n.source
        WHERE deleted = 0 AND (n.record_id != toUUID('00000000-0000-0000-0000-000000000000') OR n.stored_at >= l.since)
        GROUP BY student, subject
    ),
    -- the days on which anything begins or ends, and the place of the plan that holds from each of them on; 0: none
    changes AS (
        SELECT student, subject, plan,
            arraySort(arrayDistinct(arrayFlatten(arrayMap(x -> [x.1, x.4], plan)))) AS days,
            arrayMap(day -> arrayLastIndex(x -> x.1 <= day AND x.4 > day, plan), days) AS places,
            arrayFilter((x, before) -> x.2 != before, arrayZip(days, places), arrayPushFront(arrayPopBack(places), 0)) AS turns
        FROM standing
    ),
    stretches AS (
        SELECT student, subject, plan,
            arrayJoin(arrayFilter(x -> x.3 != 0, arrayMap((x, next) -> (x.1, next.1, x.2), arrayPopBack(turns), arrayPopFront(turns)))) AS stretch,
            plan[stretch.3] AS held
        FROM changes
    )
SELECT student AS student_id, held.5 AS plan_id, held.6 AS record_id, subject, stretch.1 AS begin_day, stretch.2 AS end_day,
    held.7 AS units_per_week, held.8 AS mix_individual, held.9 AS mix_adult, held.10 AS mix_peer, held.11 AS mix_group,
    held.12 AS sealed_text, held.13 AS source, held.2 AS said_at, held.14 AS stored_at
FROM stretches;

-- Every goal that stands: of files the row that was stored last, of records what all of them say, the later one where they
-- differ. A rating alone makes no goal: it has to be set, or met.
CREATE OR REPLACE VIEW current_goals AS
WITH
    newest AS (
        SELECT * FROM goals FINAL
        WHERE record_id NOT IN (SELECT record_id FROM voided WHERE hash = 0)
            AND (record_id, record_hash) NOT IN (SELECT record_id, hash FROM voided WHERE hash != 0)
        ORDER BY said_at DESC, content DESC
        LIMIT 1 BY goal_id, record_id
    ),
    standing AS (
        SELECT n.* EXCEPT student_id, if(p.known, p.person, n.student_id) AS student_id
        FROM newest AS n
        LEFT ANY JOIN (SELECT identifier, person_id AS person, true AS known FROM person_of FINAL) AS p ON p.identifier = n.student_id
        LEFT ANY JOIN (SELECT source AS giver, max(since) AS since FROM plan_lists WHERE kind = 'goal' GROUP BY giver) AS l ON l.giver = n.source
        WHERE deleted = 0 AND (n.record_id != toUUID('00000000-0000-0000-0000-000000000000') OR n.stored_at >= l.since)
    )
SELECT
    s.student_id AS student_id,
    s.goal_id AS goal_id,
    -- the record whose original has the learner's words
    argMaxIf(s.record_id, (s.said_at, s.content), s.kind = 'goal-set') AS record_id,
    argMaxIf(s.subject, (s.said_at, s.content), s.subject != '') AS subject,
    argMaxIf(s.horizon, (s.said_at, s.content), s.horizon != '') AS horizon,
    min(s.day) AS set_day,
    argMaxIf(s.due_day, (s.said_at, s.content), s.due_day != toDate(0)) AS due_day,
    argMax(s.closed_day, (s.status != '', s.said_at, s.content)) AS closed_day,
    argMax(s.status, (s.status != '', s.said_at, s.content)) AS status,
    argMaxIf(s.level, (s.said_at, s.content), s.level IS NOT NULL) AS level,
    argMaxIf(s.expected, (s.said_at, s.content), s.expected IS NOT NULL) AS expected,
    argMaxIf(s.weight, (s.said_at, s.content), s.weight IS NOT NULL) AS weight,
    argMax(s.sealed_text, (s.said_at, s.content)) AS sealed_text,
    argMax(s.source, (s.said_at, s.content)) AS source,
    max(s.said_at) AS said_at,
    max(s.stored_at) AS stored_at
FROM standing AS s
GROUP BY s.student_id, s.goal_id
HAVING countIf(s.kind != 'rated') > 0;

CREATE OR REPLACE VIEW current_choices AS
WITH newest AS (
    SELECT * FROM choices FINAL
    WHERE record_id NOT IN (SELECT record_id FROM voided WHERE hash = 0)
        AND (record_id, record_hash) NOT IN (SELECT record_id, hash FROM voided WHERE hash != 0)
    ORDER BY said_at DESC, content DESC
    LIMIT 1 BY choice_id
)
SELECT if(p.known, p.person, n.student_id) AS student_id, choice_id, record_id, subject, day, offered, taken, choice,
    n.source AS source, said_at, stored_at
FROM newest AS n
LEFT ANY JOIN (SELECT identifier, person_id AS person, true AS known FROM person_of FINAL) AS p ON p.identifier = n.student_id
LEFT ANY JOIN (SELECT source AS giver, max(since) AS since FROM plan_lists WHERE kind = 'choice' GROUP BY giver) AS l ON l.giver = n.source
WHERE deleted = 0 AND (n.record_id != toUUID('00000000-0000-0000-0000-000000000000') OR n.stored_at >= l.since);

CREATE OR REPLACE VIEW current_reflections AS
WITH newest AS (
    SELECT * FROM reflections FINAL
    WHERE record_id NOT IN (SELECT record_id FROM voided WHERE hash = 0)
        AND (record_id, record_hash) NOT IN (SELECT record_id, hash FROM voided WHERE hash != 0)
    ORDER BY said_at DESC, content DESC
    LIMIT 1 BY reflection_id
)
SELECT if(p.known, p.person, n.student_id) AS student_id, reflection_id, record_id, subject, day, about, sealed_text,
    n.source AS source, said_at, stored_at
FROM newest AS n
LEFT ANY JOIN (SELECT identifier, person_id AS person, true AS known FROM person_of FINAL) AS p ON p.identifier = n.student_id
LEFT ANY JOIN (SELECT source AS giver, max(since) AS since FROM plan_lists WHERE kind = 'reflection' GROUP BY giver) AS l ON l.giver = n.source
WHERE deleted = 0 AND (n.record_id != toUUID('00000000-0000-0000-0000-000000000000') OR n.stored_at >= l.since);

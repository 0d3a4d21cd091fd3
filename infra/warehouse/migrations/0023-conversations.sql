-- Conversations of advisers with their students, as they were recorded here. The first stored one with an id stands; one that
-- was taken back stands in voided, which takes its contact in events and its words about goals back too.
CREATE TABLE IF NOT EXISTS conversations
(
    conversation_id UUID                          COMMENT 'of author, student and form; record_id of its contact in events',
    student_id      FixedString(32)               COMMENT 'pseudonym of the student, as the page named them',
    author_id       FixedString(32)               COMMENT 'pseudonym of the adviser; all ones: erased',
    at              DateTime64(3, 'UTC')          COMMENT 'when it ended',
    day             Date                          COMMENT 'date in the district''s time zone',
    minutes         UInt16                        COMMENT 'how long; 0: not said',
    topics          Array(LowCardinality(String)) COMMENT 'what it was about, schemas/conversation.ts',
    strengths       Array(String)                 COMMENT 'in a few words each',
    interests       Array(String)                 COMMENT 'in a few words each',
    needs           Array(String)                 COMMENT 'in a few words each',
    next_steps      Array(LowCardinality(String)) COMMENT 'what was agreed to happen next, schemas/conversation.ts',
    goal_id         UUID                          COMMENT 'goal that was set in it, in goals; zero: none',
    sealed_text     String                        COMMENT 'words for the student''s page, sealed under the student''s key; empty: none',
    sealed_note     String                        COMMENT 'private note of its author, sealed under both persons'' salts; empty: none',
    stored_at       DateTime64(3, 'UTC')          COMMENT 'when it was recorded',
    ver             UInt64                        COMMENT 'as in events: the first stored stays'
)
ENGINE = ReplacingMergeTree(ver) ORDER BY (student_id, conversation_id)
SETTINGS index_granularity = 1024;

-- Those that were not taken back, of the persons behind the pseudonyms. said_of: the pseudonym as recorded, for reading one
-- student's by the table's key.
CREATE OR REPLACE VIEW current_conversations AS
SELECT if(p.known, p.person, c.student_id) AS student_id, if(a.known, a.person, c.author_id) AS author_id, c.student_id AS said_of,
    conversation_id, at, day, minutes, topics, strengths, interests, needs, next_steps, goal_id, sealed_text, sealed_note, stored_at
FROM (SELECT * FROM conversations FINAL WHERE conversation_id NOT IN (SELECT record_id FROM voided WHERE hash = 0)) AS c
LEFT ANY JOIN (SELECT identifier, person_id AS person, true AS known FROM person_of FINAL) AS p ON p.identifier = c.student_id
LEFT ANY JOIN (SELECT identifier, person_id AS person, true AS known FROM person_of FINAL) AS a ON a.identifier = c.author_id;

-- What conversations say of a student in a few words each; kind: strength, interest, need, next-step.
CREATE OR REPLACE VIEW conversation_tags AS
SELECT student_id, author_id, said_of, conversation_id, day, said.1 AS kind, said.2 AS tag
FROM current_conversations
ARRAY JOIN arrayConcat(
    arrayMap(x -> ('strength', x), strengths),
    arrayMap(x -> ('interest', x), interests),
    arrayMap(x -> ('need', x), needs),
    arrayMap(x -> ('next-step', toString(x)), next_steps)) AS said;

-- As in 0012, but for the words: who only says how a goal stands leaves its words as they are.
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
    argMaxIf(s.sealed_text, (s.said_at, s.content), s.sealed_text != '') AS sealed_text,
    argMax(s.source, (s.said_at, s.content)) AS source,
    max(s.said_at) AS said_at,
    max(s.stored_at) AS stored_at
FROM standing AS s
GROUP BY s.student_id, s.goal_id
HAVING countIf(s.kind != 'rated') > 0;

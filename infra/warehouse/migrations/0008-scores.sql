-- Scores of assessments and grades. The last stored entry about a score wins; deleted = 1 takes it back.
CREATE TABLE IF NOT EXISTS scores
(
    score_id   UUID                   COMMENT 'of source and natural key: a correction has the same',
    student_id FixedString(32)        COMMENT 'pseudonym of the student''s identifier as received',
    kind       LowCardinality(String) COMMENT 'assessment, grade',
    test       LowCardinality(String) COMMENT 'which test; empty: item_id says it',
    subject    LowCardinality(String) COMMENT 'subject; empty: the class of item_id says it',
    window     LowCardinality(String) COMMENT 'when everybody takes it, 2025-2026 fall; empty: the period of item_id says it',
    grade      LowCardinality(String) COMMENT 'grade in which it was taken; empty: not said, one cohort for all',
    day        Date                   COMMENT 'local date of the sitting',
    score      Nullable(Float64)      COMMENT 'points of the test''s own scale; null: only a level is known',
    csem       Nullable(Float64)      COMMENT 'conditional standard error of measurement, in the same points; null: not said',
    percentile Nullable(Float64)      COMMENT 'rank in the test''s norm group, 0 to 100; null: not said',
    level      LowCardinality(String) COMMENT 'performance level or letter, as the source words it',
    counts     Bool                   COMMENT 'false: the source says that this sitting does not count',
    school_id  String                 COMMENT 'school that the row itself names; the enrolment on the day decides',
    teacher_id FixedString(32)        COMMENT 'pseudonym of the teacher; zero bytes: not said',
    item_id    String                 COMMENT 'OneRoster line item; empty: none',
    scale_id   String                 COMMENT 'scale of the level, as in score_terms; empty: that of the line item',
    list       String                 COMMENT 'list of its source that it stands in; empty: none',
    source     LowCardinality(String) COMMENT 'who delivered it',
    stored_at  DateTime64(3, 'UTC')   COMMENT 'when ingest accepted it',
    content    UInt64                 COMMENT 'hash of all but stored_at: equal for a second delivery of the same',
    position   String                 COMMENT 'partition/offset/index of the delivery in the log',
    ver        UInt64                 COMMENT '(stored ms << 20) + 20 bits of content',
    deleted    UInt8                  COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY score_id;

-- Cohorts that a score stood in before it was corrected or taken back: they are computed anew whenever it is stored again.
CREATE TABLE IF NOT EXISTS score_cohorts_left
(
    score_id   UUID                   COMMENT 'the score',
    student_id FixedString(32)        COMMENT 'as in scores, before',
    test       LowCardinality(String) COMMENT 'before',
    subject    LowCardinality(String) COMMENT 'before',
    window     LowCardinality(String) COMMENT 'before'
)
ENGINE = ReplacingMergeTree ORDER BY (score_id, student_id, test, subject, window);

-- Lists that a source gave whole: a score in one that was stored before is not in it any more.
CREATE TABLE IF NOT EXISTS score_lists
(
    source LowCardinality(String) COMMENT 'who gave it',
    list   String                 COMMENT 'name of the list, as in scores',
    since  DateTime64(3, 'UTC')   COMMENT 'scores stored before do not count'
)
ENGINE = ReplacingMergeTree(since) ORDER BY (source, list);

-- What is scored: OneRoster line items and assessment line items.
CREATE TABLE IF NOT EXISTS score_items
(
    source      LowCardinality(String) COMMENT 'who said so',
    item_id     String                 COMMENT 'OneRoster sourcedId',
    kind        LowCardinality(String) COMMENT 'assessment, grade',
    title       String                 COMMENT 'title',
    category_id String                 COMMENT 'category, as in score_terms',
    class_id    String                 COMMENT 'class, as in classes',
    session_id  String                 COMMENT 'grading period, as in sessions',
    scale_id    String                 COMMENT 'scale, as in score_terms',
    low         Nullable(Float64)      COMMENT 'least score; null: not said',
    high        Nullable(Float64)      COMMENT 'greatest score; null: not said',
    ver         UInt64                 COMMENT 'as in scores',
    deleted     UInt8                  COMMENT '1: taken back, and with it every score of it'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY (source, item_id);

-- Categories of line items; scales that give letters a number.
CREATE TABLE IF NOT EXISTS score_terms
(
    source  LowCardinality(String) COMMENT 'who said so',
    kind    LowCardinality(String) COMMENT 'category, scale',
    term_id String                 COMMENT 'OneRoster sourcedId',
    title   String                 COMMENT 'title',
    values  Map(String, String)    COMMENT 'a scale''s letters and what each is worth',
    ver     UInt64                 COMMENT 'as in scores',
    deleted UInt8                  COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY (source, kind, term_id);

-- Scores whose figures have to be computed anew, as touched is for weeks: cleared by the same row with done = 1.
CREATE TABLE IF NOT EXISTS touched_scores
(
    test       LowCardinality(String) COMMENT 'as in current_scores; empty with the roster''s touch',
    subject    LowCardinality(String) COMMENT 'as in current_scores',
    window     LowCardinality(String) COMMENT 'as in current_scores',
    student_id FixedString(32)        COMMENT 'identifier or person; 32 zero bytes: all (items, terms, lists, roster)',
    touch      UInt64                 COMMENT 'number of the batch that touched it',
    at         DateTime('UTC')        COMMENT 'when; old, wholly cleared hours are dropped',
    done       UInt8                  COMMENT '1: recomputed'
)
ENGINE = ReplacingMergeTree(done)
PARTITION BY toStartOfHour(at)
ORDER BY (test, subject, window, student_id, touch);

-- Every score that counts or is kept: not taken back, in no older state of a list, with what its line item says of it, and
-- the person behind the identifier. A score of a line item that nobody has described yet is not here.
CREATE VIEW IF NOT EXISTS current_scores AS
SELECT
    s.score_id AS score_id,
    if(p.known, p.person, s.student_id) AS student_id,
    s.kind AS kind,
    multiIf(s.item_id = '', s.test, s.kind = 'grade', if(c.title = '', 'grade', c.title), i.title) AS test,
    if(s.subject != '' OR i.class_id = '', s.subject, arrayElement(k.subjects, 1)) AS subject,
    if(s.window != '' OR i.session_id = '', s.window, e.title) AS window,
    s.grade AS grade,
    s.day AS day,
    ifNull(s.score, toFloat64OrNull(arrayElement(t.values, s.level))) AS score,
    s.csem AS csem,
    s.percentile AS percentile,
    s.level AS level,
    s.counts AS counts,
    i.title AS item,
    i.low AS low,
    i.high AS high,
    i.class_id AS class_id,
    s.school_id AS named_school_id,
    s.teacher_id AS teacher_id,
    s.source AS source,
    s.stored_at AS stored_at
FROM (SELECT * FROM scores FINAL) AS s
LEFT ANY JOIN (SELECT identifier, person_id AS person, true AS known FROM person_of FINAL) AS p ON p.identifier = s.student_id
LEFT ANY JOIN (SELECT source, list, max(since) AS since FROM score_lists GROUP BY source, list) AS l
    ON l.source = s.source AND l.list = s.list
LEFT ANY JOIN (SELECT *, true AS known FROM score_items FINAL) AS i ON i.source = s.source AND i.item_id = s.item_id
LEFT ANY JOIN (SELECT source, term_id, title FROM score_terms FINAL WHERE kind = 'category') AS c
    ON c.source = s.source AND c.term_id = i.category_id
LEFT ANY JOIN (SELECT source, term_id, values FROM score_terms FINAL WHERE kind = 'scale') AS t
    ON t.source = s.source AND t.term_id = if(s.scale_id != '', s.scale_id, i.scale_id)
LEFT ANY JOIN (SELECT class_id, subjects FROM classes FINAL) AS k ON k.class_id = i.class_id
LEFT ANY JOIN (SELECT session_id, title FROM sessions FINAL) AS e ON e.session_id = i.session_id
WHERE s.stored_at >= l.since AND (s.item_id = '' OR i.known);

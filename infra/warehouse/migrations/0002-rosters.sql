-- Rosters: who is enrolled where, on which days. The last stored entry about a thing wins; deleted = 1 takes it back.

CREATE TABLE IF NOT EXISTS schools
(
    school_id  String                 COMMENT 'OneRoster sourcedId',
    name       String                 COMMENT 'name of the school',
    source     LowCardinality(String) COMMENT 'who said so',
    ver        UInt64                 COMMENT '(stored ms << 20) + 20 bits of content',
    deleted    UInt8                  COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY school_id;

CREATE TABLE IF NOT EXISTS sessions
(
    session_id  String                 COMMENT 'OneRoster sourcedId',
    title       String                 COMMENT 'title',
    kind        LowCardinality(String) COMMENT 'schoolYear, term, gradingPeriod, semester',
    school_year LowCardinality(String) COMMENT 'year in which it ends',
    begin_day   Date                   COMMENT 'first day',
    end_day     Date                   COMMENT 'day after the last',
    source      LowCardinality(String) COMMENT 'who said so',
    ver         UInt64                 COMMENT 'as in schools',
    deleted     UInt8                  COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY session_id;

CREATE TABLE IF NOT EXISTS classes
(
    class_id   String                        COMMENT 'OneRoster sourcedId',
    school_id  String                        COMMENT 'its school',
    label      String                        COMMENT 'class code',
    class_type LowCardinality(String)        COMMENT 'homeroom (the advisory) or scheduled',
    subjects   Array(LowCardinality(String)) COMMENT 'subjects',
    grades     Array(LowCardinality(String)) COMMENT 'grades',
    source     LowCardinality(String)        COMMENT 'who said so',
    ver        UInt64                        COMMENT 'as in schools',
    deleted    UInt8                         COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY class_id;

CREATE TABLE IF NOT EXISTS persons
(
    person_id  FixedString(32)                      COMMENT 'pseudonym of the roster''s own id',
    role       LowCardinality(String)               COMMENT 'student, adviser, teacher, staff …',
    grade      LowCardinality(String)               COMMENT 'grade, two digits where a number',
    groups     String                               COMMENT 'demographics as the roster codes them, a JSON object',
    source     LowCardinality(String)               COMMENT 'who said so',
    ver        UInt64                               COMMENT 'as in schools',
    deleted    UInt8                                COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY person_id;

-- The only way in which an identifier becomes a person.
CREATE TABLE IF NOT EXISTS person_of
(
    identifier FixedString(32)        COMMENT 'pseudonym of an identifier as received',
    person_id  FixedString(32)        COMMENT 'the person in persons',
    source     LowCardinality(String) COMMENT 'who said so',
    ver        UInt64                 COMMENT 'as in schools',
    deleted    UInt8                  COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY identifier;

CREATE TABLE IF NOT EXISTS enrolments
(
    person_id    FixedString(32)        COMMENT 'who',
    enrolment_id String                 COMMENT 'OneRoster sourcedId',
    class_id     String                 COMMENT 'class',
    school_id    String                 COMMENT 'school',
    role         LowCardinality(String) COMMENT 'student, teacher, adviser …',
    begin_day    Date32                 COMMENT 'first day',
    end_day      Date32                 COMMENT 'day after the last; 2299-12-31: open',
    source       LowCardinality(String) COMMENT 'who said so',
    ver          UInt64                 COMMENT 'as in schools',
    deleted      UInt8                  COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY enrolment_id;

-- Days without a row: Monday to Friday are school days. A school's own row beats the district's (school_id '').
CREATE TABLE IF NOT EXISTS calendar
(
    school_id  String                 COMMENT '''''=the whole district',
    day        Date                   COMMENT 'date',
    school_day Bool                   COMMENT 'is there school?',
    reason     LowCardinality(String) COMMENT 'holiday, snow …',
    source     LowCardinality(String) COMMENT 'who said so',
    ver        UInt64                 COMMENT 'as in schools',
    deleted    UInt8                  COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY (school_id, day);

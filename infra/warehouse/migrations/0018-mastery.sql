-- Which skills students know, by their answers (indicators A6). All of it follows from events.

-- How answers to items of one skill are read.
CREATE TABLE IF NOT EXISTS skill_parameters
(
    skill     String                 COMMENT 'as records name it',
    up_to     Date                   COMMENT 'Monday of the newest recorded week: answers of the weeks before it were fitted to',
    inputs    UInt64                 COMMENT 'hash of those answers: the same ones are not fitted twice',
    initial   Float64                COMMENT 'probability of knowing the skill before the first answer',
    learn     Float64                COMMENT 'of learning it between two answers',
    guess     Float64                COMMENT 'of a right answer without knowing',
    slip      Float64                COMMENT 'of a wrong answer in spite of knowing',
    origin    LowCardinality(String) COMMENT 'fitted, default',
    students  UInt32                 COMMENT 'who answered in the weeks before up_to',
    responses UInt32                 COMMENT 'their answers',
    reason    String                 COMMENT 'why not fitted; empty: fitted',
    computed  UInt64                 COMMENT 'grows with every computation',
    deleted   UInt8                  COMMENT '1: nobody answers items of it any more'
)
ENGINE = ReplacingMergeTree(computed, deleted) ORDER BY skill;

-- What one student knows. 28 days after last_at the value is stale: carried, not confirmed.
CREATE TABLE IF NOT EXISTS student_mastery
(
    student_id FixedString(32)        COMMENT 'pseudonym of the person',
    skill      LowCardinality(String) COMMENT 'as records name it',
    value      Float64                COMMENT 'probability of knowing the skill after the last answer',
    responses  UInt32                 COMMENT 'answers: first attempts on an item and day',
    mastered   Bool                   COMMENT 'value at least .95, and three answers or more',
    last_at    DateTime64(3, 'UTC')   COMMENT 'when the last answer was given',
    computed   UInt64                 COMMENT 'grows with every computation',
    deleted    UInt8                  COMMENT '1: no answer is left'
)
ENGINE = ReplacingMergeTree(computed, deleted) ORDER BY (student_id, skill)
SETTINGS index_granularity = 1024;

-- How the probability of knowing one skill changed in one week; the sum over skills is a student's expected skills gained.
CREATE TABLE IF NOT EXISTS student_skill_weeks
(
    week       Date                   COMMENT 'Monday of the local days of the answers',
    student_id FixedString(32)        COMMENT 'pseudonym of the person',
    skill      LowCardinality(String) COMMENT 'as records name it',
    gained     Float64                COMMENT 'change of the probability, -1 to 1',
    responses  UInt32                 COMMENT 'answers in the week',
    newest     DateTime64(3, 'UTC')   COMMENT 'storedAt of the newest of them',
    computed   UInt64                 COMMENT 'grows with every computation',
    deleted    UInt8                  COMMENT '1: no answer is left'
)
ENGINE = ReplacingMergeTree(computed, deleted)
PARTITION BY toYYYYMM(week)
ORDER BY (student_id, week, skill)
SETTINGS index_granularity = 1024;

-- Touches of weeks with answers, handed on when the week is recomputed: skills are computed beside the weeks.
CREATE TABLE IF NOT EXISTS touched_skills
(
    week      Date            COMMENT 'as in touched',
    person_id FixedString(32) COMMENT 'as in touched',
    touch     UInt64          COMMENT 'as in touched',
    at        DateTime('UTC') COMMENT 'when it was handed on; old, wholly cleared hours are dropped',
    done      UInt8           COMMENT '1: recomputed'
)
ENGINE = ReplacingMergeTree(done)
PARTITION BY toStartOfHour(at)
ORDER BY (week, person_id, touch);

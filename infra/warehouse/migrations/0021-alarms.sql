-- Help that comes sooner: each student's activity beside their own usual (indicators B8), flags by attendance, behaviour and
-- course marks (B9), and what became of both.

-- One point of a student's own chart. Derived: computed again from the first touched week on.
CREATE TABLE IF NOT EXISTS alarm_weeks
(
    week           Date                   COMMENT 'Monday',
    student_id     FixedString(32)        COMMENT 'pseudonym of the person',
    school_id      String                 COMMENT 'school with most of the student''s school days in the week',
    status         LowCardinality(String) COMMENT 'ok: on the chart; baseline: one of the first weeks; frozen: an alarm waits for its answer; skipped',
    reason         LowCardinality(String) COMMENT 'why skipped; else empty',
    enrolled_days  UInt8                  COMMENT 'school days of the week on which the student was enrolled',
    absent_days    UInt8                  COMMENT 'of them with a recorded absence',
    minutes        Float64                COMMENT 'minutes of learning activity (B2)',
    school_median  Nullable(Float64)      COMMENT 'median of ln(1 + minutes) in that school and week; null: too few students',
    deviation      Nullable(Float64)      COMMENT 'ln(1 + minutes) less the median; null: skipped',
    q              Nullable(Float64)      COMMENT 'the deviation beside the student''s earlier ones, as a standard normal value; null: skipped, baseline or frozen',
    e              Float64                COMMENT 'exponentially weighted mean of q after this week',
    crossed        Bool                   COMMENT 'e is below the limit',
    baseline_weeks UInt32                 COMMENT 'earlier deviations of this chart, this week''s included',
    baseline_mean  Float64                COMMENT 'their mean',
    baseline_m2    Float64                COMMENT 'sum of their squared distances from it',
    since          Date                   COMMENT 'Monday from which on e has been below 0; 1970-01-01: it is not',
    since_mean     Float64                COMMENT 'mean of the earlier deviations then: what is usual for the student; 0: no such week',
    alarm_week     Date                   COMMENT 'week of the chart''s last alarm; 1970-01-01: none yet',
    frozen         Bool                   COMMENT 'that alarm waits for its answer',
    computed       UInt64                 COMMENT 'grows with every computation',
    deleted        UInt8                  COMMENT '1: the student is not enrolled in that week any more'
)
ENGINE = ReplacingMergeTree(computed, deleted)
PARTITION BY toYYYYMM(week)
ORDER BY (week, student_id)
SETTINGS index_granularity = 1024;

-- Alarms as they were raised: entries of the topic actions. Nothing changes one.
CREATE TABLE IF NOT EXISTS alarms
(
    alarm_id       UUID                   COMMENT 'of student and week',
    student_id     FixedString(32)        COMMENT 'pseudonym of the person then',
    week           Date                   COMMENT 'Monday of the week in which the limit was crossed',
    since          Date                   COMMENT 'Monday of the first week of the drop',
    minutes        Float64                COMMENT 'minutes of learning activity in the week, as known then',
    usual_minutes  Float64                COMMENT 'what was usual for the student in such a week',
    value          Float64                COMMENT 'the chart''s value in its own standard deviations, below 0',
    baseline_weeks UInt32                 COMMENT 'weeks of the student''s own that the chart had to go by',
    raised_at      DateTime64(3, 'UTC')   COMMENT 'by the computation that saw it',
    ver            UInt64                 COMMENT '(2^42 - raised ms): the first one stays'
)
ENGINE = ReplacingMergeTree(ver) ORDER BY (student_id, alarm_id)
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS alarm_answers
(
    alarm_id    UUID                   COMMENT 'as in alarms',
    answer_id   UUID                   COMMENT 'of the entry',
    student_id  FixedString(32)        COMMENT 'pseudonym of the person then',
    answer      LowCardinality(String) COMMENT 'seen, talked, not-needed',
    account_id  String                 COMMENT 'who answered',
    author_id   FixedString(32)        COMMENT 'pseudonym of the person behind the account; zero bytes: not in the roster',
    answered_at DateTime64(3, 'UTC')   COMMENT 'when; the first answer lets the chart begin anew, the last one says what came of it'
)
ENGINE = ReplacingMergeTree ORDER BY (alarm_id, answered_at, answer_id)
SETTINGS index_granularity = 1024;

-- Who was told of which alarm outside Homeroom.
CREATE TABLE IF NOT EXISTS alarm_notices
(
    alarm_id    UUID                   COMMENT 'as in alarms',
    student_id  FixedString(32)        COMMENT 'pseudonym of the person then',
    channel     LowCardinality(String) COMMENT 'email, webhook',
    account_id  String                 COMMENT 'who was told; of a webhook empty',
    notified_at DateTime64(3, 'UTC')   COMMENT 'when'
)
ENGINE = ReplacingMergeTree ORDER BY (alarm_id, channel, account_id, notified_at)
SETTINGS index_granularity = 1024;

-- What is known of a student in a term: attendance, behaviour, course marks. Derived.
CREATE TABLE IF NOT EXISTS student_flags
(
    term          String            COMMENT 'sourcedId of the session, or the half of a school year, 2025-2026 H1',
    student_id    FixedString(32)   COMMENT 'pseudonym of the person',
    begin_day     Date              COMMENT 'first Monday of the term that counts',
    end_day       Date              COMMENT 'day after the last one that counts',
    school_id     String            COMMENT 'school with most school days of the student in the term',
    grade         LowCardinality(String) COMMENT 'grade, two digits where a number',
    enrolled_days UInt16            COMMENT 'school days enrolled',
    absent_days   UInt16            COMMENT 'of them absent',
    suspensions   UInt16            COMMENT 'in the last 60 days of what counts',
    referrals     UInt16            COMMENT 'minor ones, in the same days',
    failed        Array(LowCardinality(String)) COMMENT 'english, mathematics: where the last mark of the term is a failing one',
    marked        Array(LowCardinality(String)) COMMENT 'english, mathematics: where there is a mark',
    attendance    Nullable(Bool)    COMMENT 'A: below 90 % of 20 school days or more; null: not known',
    behaviour     Nullable(Bool)    COMMENT 'B: a suspension, or three minor referrals; null: the school records none at all',
    course        Nullable(Bool)    COMMENT 'C: failing english or mathematics; null: no mark',
    computed      UInt64            COMMENT 'grows with every computation',
    deleted       UInt8             COMMENT '1: not there any more'
)
ENGINE = ReplacingMergeTree(computed, deleted) ORDER BY (term, student_id)
SETTINGS index_granularity = 1024;

-- How often flags of one term were right about the next. Derived.
CREATE TABLE IF NOT EXISTS flag_outcomes
(
    term      String                 COMMENT 'the term of the flags',
    flag      LowCardinality(String) COMMENT 'attendance, behaviour, course, any',
    slice     LowCardinality(String) COMMENT 'key=value, or empty: all',
    hits      UInt32                 COMMENT 'flagged, and off track in the next term',
    alarms    UInt32                 COMMENT 'flagged, and not',
    misses    UInt32                 COMMENT 'not flagged, and off track',
    rests     UInt32                 COMMENT 'not flagged, and not',
    precision    Nullable(Float64)   COMMENT 'hits of those flagged; null: nobody was flagged',
    precision_lo Nullable(Float64)   COMMENT 'lower end of its 95 % interval (Wilson)',
    precision_hi Nullable(Float64)   COMMENT 'upper end',
    recall       Nullable(Float64)   COMMENT 'hits of those off track; null: nobody was',
    recall_lo    Nullable(Float64)   COMMENT 'lower end of its 95 % interval (Wilson)',
    recall_hi    Nullable(Float64)   COMMENT 'upper end',
    f1           Nullable(Float64)   COMMENT 'harmonic mean of precision and recall',
    mcc          Nullable(Float64)   COMMENT 'Matthews correlation of flag and outcome, -1 to 1; null: one of them did not vary',
    next_term String                 COMMENT 'the term of the outcome',
    computed  UInt64                 COMMENT 'grows with every computation',
    deleted   UInt8                  COMMENT '1: nobody is left in it'
)
ENGINE = ReplacingMergeTree(computed, deleted) ORDER BY (term, flag, slice);

-- The weeks there are wait for their charts.
INSERT INTO touched_stages SELECT DISTINCT 'alarms', week, 1, now(), 0 FROM student_week;

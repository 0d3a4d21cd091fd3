-- Engagement over several weeks, agency, and with whom time is spent (indicators B3 to B7). All of it follows from the log.

-- What of one week the figures of several weeks are made of, and minutes by mode. Objects are hashes: they are only compared.
ALTER TABLE student_week
    ADD COLUMN IF NOT EXISTS starts Array(Tuple(object UInt64, day Date)) COMMENT 'activities started, with the local day; sorted' AFTER events,
    ADD COLUMN IF NOT EXISTS completions Array(Tuple(object UInt64, day Date, subject String)) COMMENT 'activities completed, with the local day and the subject; sorted' AFTER starts,
    ADD COLUMN IF NOT EXISTS tries Array(Tuple(object UInt64, at_s UInt32, failed Bool)) COMMENT 'attempts with an outcome, with seconds since 1970; sorted' AFTER completions,
    ADD COLUMN IF NOT EXISTS flagged Array(Tuple(object UInt64, chosen Bool)) COMMENT 'activities started of which is said who chose them; sorted' AFTER tries,
    ADD COLUMN IF NOT EXISTS help_asked UInt32 COMMENT 'requests for help' AFTER flagged,
    ADD COLUMN IF NOT EXISTS individual_ms Int64 COMMENT 'milliseconds of learning activity alone' AFTER help_asked,
    ADD COLUMN IF NOT EXISTS small_group_ms Int64 COMMENT 'milliseconds with one peer or in a group' AFTER individual_ms,
    ADD COLUMN IF NOT EXISTS one_to_one_ms Int64 COMMENT 'milliseconds with one adult of the school' AFTER small_group_ms,
    ADD COLUMN IF NOT EXISTS virtual_tutor_ms Int64 COMMENT 'milliseconds with a virtual tutor' AFTER one_to_one_ms,
    ADD COLUMN IF NOT EXISTS project_team_ms Int64 COMMENT 'milliseconds in a team that the record names' AFTER virtual_tutor_ms,
    ADD COLUMN IF NOT EXISTS community_ms Int64 COMMENT 'milliseconds with mentors and people of the community' AFTER project_team_ms;

-- Engagement of one student as it stood at the end of one week. Null: not known, or too little to say.
CREATE TABLE IF NOT EXISTS student_engagement
(
    week             Date                   COMMENT 'Monday',
    student_id       FixedString(32)        COMMENT 'person; everybody enrolled in a week of two school days or more',
    grade            LowCardinality(String) COMMENT 'grade in that school year: the roster''s, less the school years since',
    band             LowCardinality(String) COMMENT 'elementary (to 5), middle (6 to 8), high (9 to 12), other',
    school_id        LowCardinality(String) COMMENT 'school that the student attends: of the homeroom before others',
    school_days      UInt8                  COMMENT 'school days enrolled',
    counted_days     UInt8                  COMMENT 'bits, Monday the lowest: school days that B4 looks at: present, and the school''s tools recorded something',
    day_ms           Array(Int64)           COMMENT 'milliseconds of learning activity, Monday to Sunday (B2)',
    active_share     Nullable(Float64)      COMMENT 'B1: share of school days active, 0 to 1',
    effort_minutes   Nullable(Float64)      COMMENT 'B2: minutes in the week',
    started          UInt32                 COMMENT 'B3: activities that turned 28 days old in the four weeks up to Sunday',
    completed        UInt32                 COMMENT 'B3: of which completed within the 28 days',
    completion       Nullable(Float64)      COMMENT 'B3: completed / started; null: fewer than 5 started',
    completion_lo    Nullable(Float64)      COMMENT 'lower end of its Wilson interval',
    completion_hi    Nullable(Float64)      COMMENT 'upper end',
    failed           UInt32                 COMMENT 'B3: failed first attempts of the four weeks that ended seven days before Sunday',
    retried          UInt32                 COMMENT 'B3: of which tried again within seven days',
    persistence      Nullable(Float64)      COMMENT 'B3: retried / failed; null: fewer than 5 failed',
    persistence_lo   Nullable(Float64)      COMMENT 'lower end of its Wilson interval',
    persistence_hi   Nullable(Float64)      COMMENT 'upper end',
    evenness         Nullable(Float64)      COMMENT 'B4a: entropy of the minutes over counted_days / ln of their number, 0 to 1',
    similarity       Nullable(Float64)      COMMENT 'B4b: 1 - Jensen-Shannon divergence from the week before over the days that count in both, 0 to 1',
    units_done       UInt32                 COMMENT 'B5: activities completed since the plans in force began, or since 1 August',
    units_planned    Float64                COMMENT 'B5: units that the plans in force set for that time; 0: no plan',
    pace             Nullable(Float64)      COMMENT 'B5: units_done / units_planned; null: less than one planned',
    pace_log2        Nullable(Float64)      COMMENT 'B5: its logarithm to base 2; null: nothing done yet',
    pace_variation   Nullable(Float64)      COMMENT 'B5: standard deviation / mean of the units of each whole week; null: fewer than four weeks',
    plan_subjects    Array(LowCardinality(String)) COMMENT 'B5: subjects of the plans in force; empty text: all of them',
    plan_done        Array(UInt32)          COMMENT 'B5: units done by plan, same order',
    plan_planned     Array(Float64)         COMMENT 'B5: units planned by plan, same order',
    flagged          UInt32                 COMMENT 'B6: activities of the last four weeks of which is said who chose them',
    chosen           UInt32                 COMMENT 'B6: of which the learner did',
    choice_share     Nullable(Float64)      COMMENT 'B6: chosen / flagged; null: fewer than 10 flagged',
    choice_lo        Nullable(Float64)      COMMENT 'lower end of its Wilson interval',
    choice_hi        Nullable(Float64)      COMMENT 'upper end',
    goals_set        Nullable(UInt32)       COMMENT 'B6: goals set in the term so far',
    reflections      Nullable(UInt32)       COMMENT 'B6: reflections in the last four weeks',
    goal_acts        Nullable(UInt32)       COMMENT 'B7: goals set and reflections in the last four weeks',
    profile_day      Date                   COMMENT 'B6: last day of a new plan, a goal set or closed, a conversation; 1970-01-01: none',
    profile_current  Nullable(Bool)         COMMENT 'B6: was that in the last 60 days?',
    help_asked       Nullable(UInt32)       COMMENT 'B6: requests for help in the last four weeks',
    goals_rated      UInt32                 COMMENT 'B6: goals of the term that ended with a level',
    goal_attainment  Nullable(Float64)      COMMENT 'B6: goal attainment scaling, T; of one student only, never aggregated',
    individual_minutes Nullable(Float64)    COMMENT 'minutes of learning activity alone; of each mode null if the school told of none in four weeks',
    small_group_minutes Nullable(Float64)   COMMENT 'minutes with one peer or in a group',
    one_to_one_minutes Nullable(Float64)    COMMENT 'minutes with one adult of the school',
    virtual_tutor_minutes Nullable(Float64) COMMENT 'minutes with a virtual tutor',
    project_team_minutes Nullable(Float64)  COMMENT 'minutes in a team that the record names',
    community_minutes Nullable(Float64)     COMMENT 'minutes with mentors and people of the community',
    newest           DateTime64(3, 'UTC')   COMMENT 'storedAt of the newest record of the week',
    computed         UInt64                 COMMENT 'grows with every computation',
    deleted          UInt8                  COMMENT '1: not enrolled in that week any more'
)
ENGINE = ReplacingMergeTree(computed, deleted)
PARTITION BY toYYYYMM(week)
ORDER BY (week, student_id)
SETTINGS index_granularity = 256;

-- What the engagement index of a school year is held against (B7): released once, from weeks that are over.
CREATE TABLE IF NOT EXISTS engagement_references
(
    school_year UInt16                 COMMENT 'year in which the school year ends whose index it is for',
    band        LowCardinality(String) COMMENT 'as in student_engagement',
    component   LowCardinality(String) COMMENT 'active_days, log_minutes, completion, evenness, goal_acts',
    mean        Float64                COMMENT 'mean over student-weeks',
    sd          Float64                COMMENT 'standard deviation over student-weeks',
    students    UInt32                 COMMENT 'students behind it',
    weeks       UInt32                 COMMENT 'student-weeks behind it',
    origin      LowCardinality(String) COMMENT 'last year; provisional: weeks 3 to 8 of the school year itself',
    first_week  Date                   COMMENT 'first Monday that went in',
    last_week   Date                   COMMENT 'last Monday that went in',
    version     UInt64                 COMMENT 'hash of the whole release of the school year: the same values are the same release',
    computed    UInt64                 COMMENT 'grows with every computation',
    deleted     UInt8                  COMMENT '1: not in the release any more'
)
ENGINE = ReplacingMergeTree(computed, deleted) ORDER BY (school_year, band, component);

-- The weekly engagement index: mean of the standardised components that are known, three or more of five.
CREATE OR REPLACE VIEW student_engagement_index AS
WITH
    released AS (
        SELECT school_year, band, any(origin) AS origin, any(version) AS version,
            groupArray((component, mean, sd)) AS parts
        FROM engagement_references FINAL WHERE sd > 0 GROUP BY school_year, band
    ),
    valued AS (
        SELECT week, student_id, band, toUInt16(toYear(week + toIntervalMonth(5))) AS year,
            [('active_days', active_share * 5), ('log_minutes', log1p(effort_minutes)), ('completion', completion), ('evenness', evenness),
                ('goal_acts', toFloat64(goal_acts))] AS amounts
        FROM student_engagement FINAL
    ),
    standardised AS (
        SELECT v.week AS week, v.student_id AS student_id, r.origin AS origin, r.version AS version,
            arrayMap(a -> arrayFirst(p -> p.1 = a.1, r.parts), v.amounts) AS held,
            arrayMap((a, h) -> if(h.3 > 0 AND a.2 IS NOT NULL, greatest(-3., least(3., (assumeNotNull(a.2) - h.2) / h.3)), NULL), v.amounts, held) AS z
        FROM valued AS v
        LEFT JOIN released AS r ON r.school_year = v.year AND r.band = v.band
    )
SELECT
    week, student_id, z[1] AS z_active_days, z[2] AS z_log_minutes, z[3] AS z_completion, z[4] AS z_evenness, z[5] AS z_goal_acts,
    toUInt8(arrayCount(x -> x IS NOT NULL, z)) AS components,
    if(components >= 3, 50 + 10 * arraySum(arrayMap(x -> ifNull(x, 0.), z)) / components, NULL) AS engagement_index,
    origin = 'provisional' AS provisional,
    version AS reference
FROM standardised;

-- How time on task depends on its two constants, in the week of the 15th of each month, over the whole district (B2).
CREATE TABLE IF NOT EXISTS effort_sensitivity
(
    week        Date    COMMENT 'Monday',
    gap_minutes UInt16  COMMENT 'a longer gap ends a session',
    cap_minutes UInt16  COMMENT 'a shorter one is credited up to this',
    mean        Float64 COMMENT 'minutes per student with any activity',
    median      Float64 COMMENT 'its median',
    correlation Float64 COMMENT 'rank correlation (Spearman) of students with the minutes at 30 and 10',
    n           UInt32  COMMENT 'students',
    computed    UInt64  COMMENT 'grows with every computation',
    deleted     UInt8   COMMENT '1: nobody was active'
)
ENGINE = ReplacingMergeTree(computed, deleted)
PARTITION BY toYYYYMM(week)
ORDER BY (week, gap_minutes, cap_minutes);

-- Weeks with figures get the new columns, and from there all that follows.
INSERT INTO touched
SELECT DISTINCT week, person_id, bitShiftLeft(toUInt64(toUnixTimestamp64Milli(now64(3))), 20) + 1, now(), 0
FROM events WHERE week > toDate(0);

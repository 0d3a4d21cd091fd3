-- When each content of a score was stored first: a list that is delivered again, night after night, makes no score new.
CREATE TABLE IF NOT EXISTS score_firsts
(
    score_id  UUID                                              COMMENT 'as in scores',
    content   UInt64                                            COMMENT 'as in scores',
    stored_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'when ingest accepted it first'
)
ENGINE = AggregatingMergeTree ORDER BY (score_id, content);

-- The one score of every student, test, subject and window that growth may use (processors/scores/window-scores.sql).
CREATE TABLE IF NOT EXISTS window_scores
(
    test         LowCardinality(String) COMMENT 'as in current_scores',
    subject      LowCardinality(String) COMMENT 'as in current_scores',
    window       LowCardinality(String) COMMENT 'when everybody takes it, 2025-2026 fall',
    student_id   FixedString(32)        COMMENT 'pseudonym of the person',
    window_begin Date                   COMMENT 'first day of anybody''s sitting in the window',
    grade        LowCardinality(String) COMMENT 'grade in which it was taken; empty: not said',
    day          Date                   COMMENT 'local date of the sitting',
    score        Float64                COMMENT 'points of the test''s own scale',
    csem         Nullable(Float64)      COMMENT 'conditional standard error of measurement, in the same points; null: not said',
    percentile   Nullable(Float64)      COMMENT 'rank in the test''s norm group, 0 to 100; null: not said',
    level        LowCardinality(String) COMMENT 'performance level, as the source words it',
    school_id    String                 COMMENT 'school of enrolment on the day; empty: none',
    sittings     UInt32                 COMMENT 'sittings of the student in the window, those that do not count included',
    stored_at    DateTime64(3, 'UTC')   COMMENT 'when ingest first accepted the sitting that counts',
    computed     UInt64                 COMMENT 'grows with every computation',
    deleted      UInt8                  COMMENT '1: no sitting of the window counts any more'
)
ENGINE = ReplacingMergeTree(computed, deleted) ORDER BY (test, subject, window, student_id);

-- What was fitted to a cohort, with what it was fitted to: late scores are scored with it.
CREATE TABLE IF NOT EXISTS growth_models
(
    indicator LowCardinality(String) COMMENT 'growth_percentile, growth_trajectory, conditional_growth',
    test      LowCardinality(String) COMMENT 'as in window_scores',
    subject   LowCardinality(String) COMMENT 'as in window_scores',
    window    LowCardinality(String) COMMENT 'window of the score; empty: all windows',
    grade     LowCardinality(String) COMMENT 'cohort; empty: everybody',
    version   UInt16                 COMMENT 'version of the definition',
    inputs    UInt64                 COMMENT 'hash of the scores that went in: the same scores are not fitted twice',
    n         UInt32                 COMMENT 'students that went in',
    as_of     DateTime64(3, 'UTC')   COMMENT 'cut-off on storedAt: what came later is scored with the model, but is not in it',
    model     String                 COMMENT 'JSON: knots, boundaries and coefficients; variance components; empty: none',
    status    LowCardinality(String) COMMENT 'ok, insufficient, not_applicable',
    reason    LowCardinality(String) COMMENT 'why not ok, or what to know',
    computed  UInt64                 COMMENT 'grows with every computation',
    deleted   UInt8                  COMMENT '1: the cohort is empty'
)
ENGINE = ReplacingMergeTree(computed, deleted) ORDER BY (indicator, test, subject, window, grade);

-- Growth of one student up to one window.
CREATE TABLE IF NOT EXISTS student_growth
(
    student_id   FixedString(32)        COMMENT 'pseudonym of the person',
    indicator    LowCardinality(String) COMMENT 'growth_percentile, conditional_growth',
    test         LowCardinality(String) COMMENT 'as in window_scores',
    subject      LowCardinality(String) COMMENT 'as in window_scores',
    window       LowCardinality(String) COMMENT 'window of the score',
    window_begin Date                   COMMENT 'first day of anybody''s sitting in the window',
    grade        LowCardinality(String) COMMENT 'cohort',
    day          Date                   COMMENT 'date of the sitting',
    score        Float64                COMMENT 'the score, points',
    prior        Nullable(Float64)      COMMENT 'the score that growth begins from, points; null: none',
    priors       UInt8                  COMMENT 'prior scores in the model, 0 to 2',
    band         UInt8                  COMMENT 'quarter of the cohort by the prior score, 1 lowest to 4; 0: no prior',
    value        Nullable(Float64)      COMMENT 'percentile 1 to 99, or residual in standard deviations; null unless status is ok',
    lo           Nullable(Float64)      COMMENT 'the value of the score less its csem; null: csem not said',
    hi           Nullable(Float64)      COMMENT 'the value of the score plus its csem',
    school_id    String                 COMMENT 'school that the student counts for: enrolled there on half of the school days between the tests or more; empty: district only',
    status       LowCardinality(String) COMMENT 'ok, insufficient',
    reason       LowCardinality(String) COMMENT 'why not ok, or what to know',
    as_of        DateTime64(3, 'UTC')   COMMENT 'storedAt of the newest score that went in',
    computed     UInt64                 COMMENT 'grows with every computation',
    deleted      UInt8                  COMMENT '1: the score was taken back'
)
ENGINE = ReplacingMergeTree(computed, deleted) ORDER BY (student_id, indicator, test, subject, window);

-- The line through one student's scores: empirical-Bayes slope of the mixed model.
CREATE TABLE IF NOT EXISTS student_trajectories
(
    student_id  FixedString(32)        COMMENT 'pseudonym of the person',
    test        LowCardinality(String) COMMENT 'as in window_scores',
    subject     LowCardinality(String) COMMENT 'as in window_scores',
    school_id   String                 COMMENT 'school with most enrolled days; empty: none',
    n           UInt32                 COMMENT 'scores',
    span_years  Float64                COMMENT 'years between the first and the last',
    slope       Nullable(Float64)      COMMENT 'points a year; null unless status is ok',
    se          Nullable(Float64)      COMMENT 'standard error of the slope',
    reliability Nullable(Float64)      COMMENT '1 - se^2 / variance of slopes; below .5 the slope is not shown',
    status      LowCardinality(String) COMMENT 'ok, insufficient, not_applicable',
    reason      LowCardinality(String) COMMENT 'why not ok, or what to know',
    as_of       DateTime64(3, 'UTC')   COMMENT 'storedAt of the newest score that went in',
    computed    UInt64                 COMMENT 'grows with every computation',
    deleted     UInt8                  COMMENT '1: no score is left'
)
ENGINE = ReplacingMergeTree(computed, deleted) ORDER BY (student_id, test, subject);

-- How school feels, as surveys say. All of it follows from instruments, responses and rosters.

-- Which windows of which surveys were computed, and as what; a window is computed when it has ended.
CREATE TABLE IF NOT EXISTS climate_windows
(
    instrument LowCardinality(String) COMMENT 'as in survey_instruments',
    window     LowCardinality(String) COMMENT 'as in survey_instruments',
    informant  LowCardinality(String) COMMENT 'student, family, staff',
    begin_day  Date                   COMMENT 'first day',
    end_day    Date                   COMMENT 'day after the last',
    week       Date                   COMMENT 'Monday of the week of the last day, under which its figures stand',
    answered   UInt32                 COMMENT 'responses that count, with an answer on a scale',
    computed   UInt64                 COMMENT 'grows with every computation',
    deleted    UInt8                  COMMENT '1: there is no such window that has ended'
)
ENGINE = ReplacingMergeTree(computed, deleted) ORDER BY (instrument, window);

-- Scales of a survey in one window, over the district: can a score be relied on, and do schools differ?
CREATE TABLE IF NOT EXISTS climate_scales
(
    instrument        LowCardinality(String) COMMENT 'as in survey_instruments',
    window            LowCardinality(String) COMMENT 'as in survey_instruments',
    scale             LowCardinality(String) COMMENT 'a domain, or domain/topic',
    items             Array(LowCardinality(String)) COMMENT 'its questions',
    contrary          Array(LowCardinality(String)) COMMENT 'those that contradict the others: probably scored the wrong way round',
    scored            UInt32                 COMMENT 'people with a score',
    complete          UInt32                 COMMENT 'people who answered every question',
    straight_lined    UInt32                 COMMENT 'people who gave the same answer to eight questions of the survey or more, some of them reversed; flagged, not dropped',
    alpha             Nullable(Float64)      COMMENT 'Cronbach''s alpha of complete answers',
    alpha_lo95        Nullable(Float64)      COMMENT 'lower end of Feldt''s interval',
    alpha_hi95        Nullable(Float64)      COMMENT 'upper end',
    omega             Nullable(Float64)      COMMENT 'omega total of one factor, of the items as scored',
    omega_correlation Nullable(Float64)      COMMENT 'the same of standardised items',
    mean              Nullable(Float64)      COMMENT 'generalised least-squares mean over schools',
    mean_se           Nullable(Float64)      COMMENT 'its standard error',
    tau2              Nullable(Float64)      COMMENT 'variance of the true school means (REML); 0: schools do not differ more than by chance',
    sigma2            Nullable(Float64)      COMMENT 'variance inside schools',
    icc1              Nullable(Float64)      COMMENT 'share of the variance between schools',
    icc2              Nullable(Float64)      COMMENT 'reliability of school means',
    status            LowCardinality(String) COMMENT 'ok, items only, insufficient',
    reason            String                 COMMENT 'why not ok, and what contradicts',
    computed          UInt64                 COMMENT 'grows with every computation',
    deleted           UInt8                  COMMENT '1: there is no such scale any more'
)
ENGINE = ReplacingMergeTree(computed, deleted) ORDER BY (instrument, window, scale);

-- Schools on the scales that can be relied on; none with fewer than 10 scores.
CREATE TABLE IF NOT EXISTS climate_schools
(
    instrument  LowCardinality(String) COMMENT 'as in climate_scales',
    window      LowCardinality(String) COMMENT 'as in climate_scales',
    scale       LowCardinality(String) COMMENT 'as in climate_scales',
    school_id   String                 COMMENT 'sourcedId',
    n           UInt32                 COMMENT 'people with a score, 10 or more',
    shrunken    Nullable(Float64)      COMMENT 'what is most likely of its mean, given all schools',
    shrunken_se Nullable(Float64)      COMMENT 'its standard error',
    keep        Nullable(Float64)      COMMENT 'how much of its distance from the mean of all schools is left, 0..1',
    weighted    Nullable(Float64)      COMMENT 'mean with every grade weighing as much as it has students on the roster; students only',
    weighted_se Nullable(Float64)      COMMENT 'its standard error',
    computed    UInt64                 COMMENT 'grows with every computation',
    deleted     UInt8                  COMMENT '1: not any more'
)
ENGINE = ReplacingMergeTree(computed, deleted) ORDER BY (instrument, window, scale, school_id);

-- What was answered before these tables.
INSERT INTO touched_stages
SELECT 'climate', week, bitShiftLeft(toUInt64(toUnixTimestamp64Milli(now64(3))), 20) + rand() % 1048576, now(), 0
FROM (SELECT DISTINCT toMonday(local_day) AS week FROM survey_responses);

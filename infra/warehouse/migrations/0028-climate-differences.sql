-- Differences between two figures of surveys that both may be shown: of one survey between two windows, or of two informants in one.
CREATE TABLE IF NOT EXISTS climate_differences
(
    kind             LowCardinality(String) COMMENT 'window: the same survey earlier; informant: who else was asked in a window of the same name',
    instrument       LowCardinality(String) COMMENT 'as in climate_windows',
    window           LowCardinality(String) COMMENT 'as in climate_windows',
    other_instrument LowCardinality(String) COMMENT 'what it is compared with',
    other_window     LowCardinality(String) COMMENT 'its window',
    subject          LowCardinality(String) COMMENT 'scale=… or item=…, as in the slice of indicators',
    unit_type        LowCardinality(String) COMMENT 'school, district',
    unit_id          String                 COMMENT 'as in indicators',
    value            Float64                COMMENT 'this less the other, on the scale of the survey',
    se               Float64                COMMENT 'standard error, as if other people had answered: of the same ones it is less sure than it says',
    lo95             Float64                COMMENT 'lower end of the 95 % interval (Welch)',
    hi95             Float64                COMMENT 'upper end',
    p                Float64                COMMENT 'two-sided',
    q                Nullable(Float64)      COMMENT 'of schools: p raised for their number (Benjamini and Hochberg); below .1 it stands out',
    n                UInt32                 COMMENT 'people behind this figure',
    other_n          UInt32                 COMMENT 'people behind the other',
    limited          Bool                   COMMENT 'true: fewer than half answered in one of them, no comparison of schools',
    computed         UInt64                 COMMENT 'grows with every computation',
    deleted          UInt8                  COMMENT '1: not any more'
)
ENGINE = ReplacingMergeTree(computed, deleted)
ORDER BY (instrument, window, kind, other_instrument, other_window, subject, unit_type, unit_id);

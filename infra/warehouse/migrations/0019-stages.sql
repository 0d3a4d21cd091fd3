-- Weeks whose figures were recomputed, handed on to what follows from them and takes longer than a week may wait.
CREATE TABLE IF NOT EXISTS touched_stages
(
    stage LowCardinality(String) COMMENT 'what waits: a name of processors/stages.ts',
    week  Date                   COMMENT 'Monday',
    touch UInt64                 COMMENT 'as in touched',
    at    DateTime('UTC')        COMMENT 'when it was handed on; old, wholly cleared hours are dropped',
    done  UInt8                  COMMENT '1: recomputed'
)
ENGINE = ReplacingMergeTree(done)
PARTITION BY toStartOfHour(at)
ORDER BY (stage, week, touch);

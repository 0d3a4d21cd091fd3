-- The whole line through a student's scores, for its picture: where it stands in the middle of the time, and how surely.
ALTER TABLE student_trajectories
    ADD COLUMN IF NOT EXISTS middle Date COMMENT 'day in the middle of the test''s scores, on which the line stands at level' AFTER span_years,
    ADD COLUMN IF NOT EXISTS level Nullable(Float64) COMMENT 'points on the line on that day; null unless status is ok' AFTER middle,
    ADD COLUMN IF NOT EXISTS level_se Nullable(Float64) COMMENT 'standard error of level' AFTER level,
    ADD COLUMN IF NOT EXISTS level_slope Nullable(Float64) COMMENT 'covariance of level and slope' AFTER se;

-- Lines that were computed before have none of it: they are computed again.
INSERT INTO touched_scores (test, subject, window, student_id, touch, at, done)
SELECT '', '', '', toFixedString('', 32), toUInt64(toUnixTimestamp64Milli(now64(3))) * 1048576, now(), 0
WHERE (SELECT count() FROM student_trajectories) > 0;

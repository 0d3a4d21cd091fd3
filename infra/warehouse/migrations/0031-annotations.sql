-- Notes on the charts of a school or the district: entries of the topic actions. One that was taken back keeps its id alone.
CREATE TABLE IF NOT EXISTS annotations
(
    annotation_id UUID                   COMMENT 'of account, unit and form',
    unit_type     LowCardinality(String) COMMENT 'school, district',
    unit_id       String                 COMMENT 'sourcedId of the school; of the district empty',
    first_day     Date                   COMMENT 'local day of what happened, or its first',
    last_day      Date                   COMMENT 'its last day; of one day the same',
    text          String                 COMMENT 'what happened, at most 200 characters; names no student',
    account_id    String                 COMMENT 'who wrote it, or took it back',
    author_id     FixedString(32)        COMMENT 'pseudonym of the person behind the account; zero bytes: not in the roster; all ones: erased',
    stored_at     DateTime64(3, 'UTC')   COMMENT 'when',
    taken_back    UInt8                  COMMENT '1: stands on no chart any more'
)
ENGINE = ReplacingMergeTree(taken_back) ORDER BY annotation_id
SETTINGS index_granularity = 1024;

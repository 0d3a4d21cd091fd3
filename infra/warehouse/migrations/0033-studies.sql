-- Studies of researchers, and what erasing a person needs to find them in an extract. Primary, beside the accounts; no replay drops it.

CREATE TABLE IF NOT EXISTS {identity:Identifier}.studies
(
    study        LowCardinality(String) COMMENT 'short name; its extract is the database research_<study>',
    title        String                 COMMENT 'title',
    purpose      String                 COMMENT 'what the extract is for',
    approved_by  String                 COMMENT 'reference of the decision that allows it',
    ends_on      Date                   COMMENT 'last day on which there is an extract; it is deleted the day after',
    terms        String                 COMMENT 'JSON: weeks, demographic group, and which columns are said more coarsely last',
    created_at   DateTime64(3, 'UTC')   COMMENT 'when it was recorded',
    version      UInt16                 COMMENT 'of the extract; 0: none was made',
    extracted_at DateTime64(3, 'UTC')   COMMENT 'when the extract was made; 1970-01-01: not yet',
    deleted_at   DateTime64(3, 'UTC')   COMMENT 'when the extract was deleted and the study ended; 1970-01-01: not yet',
    manifest     String                 COMMENT 'JSON: the manifest of the extract; empty: none was made',
    ver          UInt64                 COMMENT 'of the last change, ms'
)
ENGINE = ReplacingMergeTree(ver) ORDER BY study;

-- Under which identifiers each person of an extract was known when it was made: keyed hashes on both sides, which lead to nobody without
-- the master secret. An erasure derives them anew from what it remembers.
CREATE TABLE IF NOT EXISTS {identity:Identifier}.study_identifiers
(
    study      LowCardinality(String) COMMENT 'as in studies',
    version    UInt16                 COMMENT 'of the extract',
    identifier FixedString(32)        COMMENT 'HMAC under the key of the extract of what an erasure remembers of an identifier',
    person     FixedString(32)        COMMENT 'pseudonym of the person in the extract'
)
ENGINE = MergeTree
PARTITION BY (study, version)
ORDER BY identifier;

-- Who was erased, without saying who. Primary store, like all of the identity database; the log's topic identities has it too.
CREATE TABLE IF NOT EXISTS {identity:Identifier}.erasures
(
    erasure_id  UUID                   COMMENT 'random',
    stored_at   DateTime64(3, 'UTC')   COMMENT 'when it was begun',
    identifiers Array(FixedString(64)) COMMENT 'SHA-256 of v1|erased| and each erased pseudonym, hexadecimal',
    letters     Array(UUID)            COMMENT 'dead letters whose originals went',
    done_at     DateTime64(3, 'UTC')   COMMENT 'when everything was gone; 1970-01-01: not yet',
    counts      Map(String, UInt64)    COMMENT 'what went, by table or store',
    signature   FixedString(64)        COMMENT 'HMAC-SHA256 of all else under the master secret, hexadecimal',
    ver         UInt64                 COMMENT 'grows from begun to done'
)
ENGINE = ReplacingMergeTree(ver) ORDER BY erasure_id;

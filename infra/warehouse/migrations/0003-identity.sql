-- What identifies people. A database of its own: only the application role may read it. Primary store: backed up, never
-- dropped by replay.
CREATE DATABASE IF NOT EXISTS {identity:Identifier};

CREATE TABLE IF NOT EXISTS {identity:Identifier}.people
(
    person_id   FixedString(32)        COMMENT 'pseudonym',
    given_name  String                 COMMENT 'given name',
    family_name String                 COMMENT 'family name',
    email       String                 COMMENT 'e-mail address',
    sourced_id  String                 COMMENT 'the roster''s own id',
    ver         UInt64                 COMMENT 'stored ms',
    deleted     UInt8                  COMMENT '1: erased'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY person_id;

CREATE TABLE IF NOT EXISTS {identity:Identifier}.agents
(
    token       FixedString(22)        COMMENT 'what a sealed original says instead of the agent',
    identifier  FixedString(32)        COMMENT 'pseudonym of the agent''s identifier; 32 zero bytes: an anonymous group',
    agent       String                 COMMENT 'JSON as received',
    ver         UInt64                 COMMENT 'stored ms',
    deleted     UInt8                  COMMENT '1: erased'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY token;

CREATE TABLE IF NOT EXISTS {identity:Identifier}.salts
(
    salt_id     FixedString(16)        COMMENT 'stands beside the sealed text',
    identifier  FixedString(32)        COMMENT 'whose',
    salt        String                 COMMENT '32 bytes, base64url',
    ver         UInt64                 COMMENT 'stored ms',
    deleted     UInt8                  COMMENT '1: erased'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY salt_id;

-- Machine credentials and people who may sign in. Secrets are kept as SHA-256 of 32 random bytes.
CREATE TABLE IF NOT EXISTS {identity:Identifier}.accounts
(
    account_id  String                 COMMENT 'name of the credential or of the person''s account',
    kind        LowCardinality(String) COMMENT 'source (a machine) or person',
    role        LowCardinality(String) COMMENT 'source: doors it may use, comma-separated; person: analyst, principal, adviser, researcher, operator',
    scope       String                 COMMENT 'JSON: {"schools": […], "person": pseudonym}',
    secret_hash String                 COMMENT 'SHA-256, hexadecimal; empty: none',
    expires_at  DateTime64(3, 'UTC')   COMMENT 'end of validity',
    ver         UInt64                 COMMENT 'changed ms',
    deleted     UInt8                  COMMENT '1: revoked'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY account_id;

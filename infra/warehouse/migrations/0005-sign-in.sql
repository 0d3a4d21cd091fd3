-- Signing in: single-use links and open sessions. Only hashes are kept; who holds the database cannot sign in with them.

CREATE TABLE IF NOT EXISTS {identity:Identifier}.sign_in_links
(
    hash        FixedString(64)        COMMENT 'SHA-256 of the link''s 32 random bytes, hexadecimal',
    account_id  String                 COMMENT 'whom it signs in',
    expires_at  DateTime64(3, 'UTC')   COMMENT 'end of validity',
    used        UInt8                  COMMENT '1: used up'
)
ENGINE = ReplacingMergeTree(used) ORDER BY hash
TTL toDateTime(expires_at) + INTERVAL 7 DAY;

CREATE TABLE IF NOT EXISTS {identity:Identifier}.sessions_open
(
    hash        FixedString(64)        COMMENT 'SHA-256 of the cookie''s 32 random bytes, hexadecimal',
    account_id  String                 COMMENT 'who is signed in',
    expires_at  DateTime64(3, 'UTC')   COMMENT 'end of validity',
    ended       UInt8                  COMMENT '1: signed out'
)
ENGINE = ReplacingMergeTree(ended) ORDER BY hash
TTL toDateTime(expires_at) + INTERVAL 7 DAY;

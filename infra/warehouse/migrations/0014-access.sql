-- Who may see what, and who saw what.

-- One row per entry of the topic audit: what was seen, refused, signed in to and out of. In the order of time, because the
-- latest are asked for; who saw one student goes by the index.
CREATE TABLE IF NOT EXISTS audit
(
    at         DateTime64(3, 'UTC')   COMMENT 'when',
    id         UUID                   COMMENT 'of the entry',
    account_id String                 COMMENT 'who; empty: nobody was signed in',
    role       LowCardinality(String) COMMENT 'role of the account then',
    action     LowCardinality(String) COMMENT 'saw, refused, signed-in, sign-in-refused, signed-out, account-changed',
    route      LowCardinality(String) COMMENT 'method and route, or command',
    units      Array(String)          COMMENT 'type:id, for example school:lincoln or student: and the pseudonym',
    code       LowCardinality(String) COMMENT 'error code of a refusal; else empty',
    detail     String                 COMMENT 'the sentence',
    address    String                 COMMENT 'address of who asked, of sign-ins and refusals; else empty',
    INDEX by_unit (units) TYPE bloom_filter GRANULARITY 8,
    INDEX by_account (account_id) TYPE bloom_filter GRANULARITY 8
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (at, id)
SETTINGS index_granularity = 1024;

-- People who come from a sign-in provider have a name; what an operator has set stands against what the provider says.
ALTER TABLE {identity:Identifier}.accounts
    ADD COLUMN IF NOT EXISTS name String DEFAULT '' COMMENT 'as the sign-in provider calls the person; empty: as account_id',
    ADD COLUMN IF NOT EXISTS set_by LowCardinality(String) DEFAULT 'operator' COMMENT 'who decides on role and scope: operator, or provider (anew with each sign-in)',
    ADD COLUMN IF NOT EXISTS signed_out_at DateTime64(3, 'UTC') DEFAULT toDateTime64(0, 3, 'UTC') COMMENT 'sessions and links made before are void',
    ADD COLUMN IF NOT EXISTS revoked UInt8 DEFAULT 0 COMMENT '1: revoked; a sign-in does not bring it back';

ALTER TABLE {identity:Identifier}.accounts
    MODIFY COLUMN scope String COMMENT 'JSON: {"schools": […], "advisories": […], "classes": […], "person": pseudonym}';

ALTER TABLE {identity:Identifier}.sessions_open
    ADD COLUMN IF NOT EXISTS opened_at DateTime64(3, 'UTC') DEFAULT toDateTime64(expires_at, 3, 'UTC') - INTERVAL 12 HOUR COMMENT 'when it was opened';

ALTER TABLE {identity:Identifier}.sign_in_links
    ADD COLUMN IF NOT EXISTS made_at DateTime64(3, 'UTC') DEFAULT toDateTime64(expires_at, 3, 'UTC') - INTERVAL 1 HOUR COMMENT 'when it was made';

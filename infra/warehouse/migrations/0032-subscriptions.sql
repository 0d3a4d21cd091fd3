-- What readers keep for themselves: saved views, and what they want to be told by e-mail. Primary, beside the accounts; no replay drops it.

CREATE TABLE IF NOT EXISTS {identity:Identifier}.saved_views
(
    account_id String                 COMMENT 'whose it is',
    view_id    UUID                   COMMENT 'of account and form',
    name       String                 COMMENT 'as the reader calls it',
    address    String                 COMMENT 'path and query of a page of Homeroom',
    made_at    DateTime64(3, 'UTC')   COMMENT 'when it was saved',
    deleted    UInt8                  COMMENT '1: deleted; its name and address are empty'
)
ENGINE = ReplacingMergeTree(deleted) ORDER BY (account_id, view_id);

CREATE TABLE IF NOT EXISTS {identity:Identifier}.mail_addresses
(
    account_id String                 COMMENT 'whose it is',
    person_id  FixedString(32)        COMMENT 'pseudonym of the person behind the account; zero bytes: not in the roster',
    address    String                 COMMENT 'e-mail address; empty: none any more',
    hash       String                 COMMENT 'SHA-256 of the confirmation link''s 32 bytes, hexadecimal',
    asked_at   DateTime64(3, 'UTC')   COMMENT 'when the link was sent; it opens for two days',
    confirmed  UInt8                  COMMENT '1: whoever reads that mailbox has said yes; nothing else is sent before',
    ver        UInt64                 COMMENT 'of the last change, ms'
)
ENGINE = ReplacingMergeTree(ver) ORDER BY account_id;

CREATE TABLE IF NOT EXISTS {identity:Identifier}.subscriptions
(
    subscription_id UUID                   COMMENT 'random',
    account_id      String                 COMMENT 'who is told',
    kind            LowCardinality(String) COMMENT 'report: monthly; threshold: when a published figure crosses',
    unit_type       LowCardinality(String) COMMENT 'school, district',
    unit_id         String                 COMMENT 'sourcedId of the school; of the district empty',
    indicator       LowCardinality(String) COMMENT 'of a threshold, as in published; else empty',
    direction       LowCardinality(String) COMMENT 'of a threshold: below, above; else empty',
    threshold       Float64                COMMENT 'in the indicator''s own unit, shares as 0 to 1',
    least_n         UInt32                 COMMENT 'students that a figure must rest on, 10 or more',
    made_at         DateTime64(3, 'UTC')   COMMENT 'when',
    after           Date                   COMMENT 'of a threshold: the newest published week then; of it and of earlier ones nothing is told',
    hash            String                 COMMENT 'SHA-256 of the link that ends it, hexadecimal',
    ended           UInt8                  COMMENT '1: ended'
)
ENGINE = ReplacingMergeTree(ended) ORDER BY subscription_id;

-- What was sent, and what could not be: a restart sends nothing twice.
CREATE TABLE IF NOT EXISTS {identity:Identifier}.sendings
(
    subscription_id UUID                   COMMENT 'as in subscriptions',
    occasion        String                 COMMENT 'of a report the month, 2026-03; of a threshold the Monday of the week',
    state           LowCardinality(String) COMMENT 'sent, failed: tried again, given-up: after eight tries',
    tries           UInt8                  COMMENT 'so often it was tried',
    tried_at        DateTime64(3, 'UTC')   COMMENT 'when last',
    reason          String                 COMMENT 'of a failed one: the error''s code, never an address'
)
ENGINE = ReplacingMergeTree(tries) ORDER BY (subscription_id, occasion);

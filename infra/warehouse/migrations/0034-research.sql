-- What every researcher may read: published figures with the catalogue's words. Views run with the rights of who made them, so that
-- a researcher needs none on the tables beneath. A parameter inside a view would make it one with parameters: names of tables stand bare.
CREATE DATABASE IF NOT EXISTS {research:Identifier};

-- The catalogue's words where SQL can join them; filled from schemas/catalogue.ts (processors/research/common.ts).
CREATE TABLE IF NOT EXISTS catalogue
(
    indicator  LowCardinality(String) COMMENT 'id of the indicator | range: ids of the catalogue',
    version    UInt16                 COMMENT 'version of its definition | unit: number | range: from 1',
    code       LowCardinality(String) COMMENT 'section of the specification | range: A1 to D4',
    name       String                 COMMENT 'name',
    question   String                 COMMENT 'the question that it answers',
    unit       String                 COMMENT 'unit of one value',
    least      Float64                COMMENT 'least possible value | unit: that of the indicator | range: that of the indicator',
    most       Float64                COMMENT 'greatest possible value | unit: that of the indicator | range: that of the indicator',
    period     LowCardinality(String) COMMENT 'what one figure is about | range: week, window, year',
    minimum_n  UInt16                 COMMENT 'below this many students nothing is published | unit: people | range: from 10',
    caution    String                 COMMENT 'what it cannot know',
    source     String                 COMMENT 'where the definition comes from',
    definition String                 COMMENT 'where it is written down, in the repository of Homeroom',
    release    FixedString(64)        COMMENT 'SHA-256 of the whole catalogue, hexadecimal | range: 64 digits'
)
ENGINE = MergeTree ORDER BY indicator
COMMENT 'Indicators: what each figure means | source: schemas/catalogue.ts';

CREATE VIEW IF NOT EXISTS {research:Identifier}.catalogue
(
    indicator  LowCardinality(String) COMMENT 'id of the indicator | range: ids of the catalogue',
    version    UInt16                 COMMENT 'version of its definition | unit: number | range: from 1',
    code       LowCardinality(String) COMMENT 'section of the specification | range: A1 to D4',
    name       String                 COMMENT 'name',
    question   String                 COMMENT 'the question that it answers',
    unit       String                 COMMENT 'unit of one value',
    least      Float64                COMMENT 'least possible value | unit: that of the indicator | range: that of the indicator',
    most       Float64                COMMENT 'greatest possible value | unit: that of the indicator | range: that of the indicator',
    period     LowCardinality(String) COMMENT 'what one figure is about | range: week, window, year',
    minimum_n  UInt16                 COMMENT 'below this many students nothing is published | unit: people | range: from 10',
    caution    String                 COMMENT 'what it cannot know',
    source     String                 COMMENT 'where the definition comes from',
    definition String                 COMMENT 'where it is written down, in the repository of Homeroom',
    release    FixedString(64)        COMMENT 'SHA-256 of the whole catalogue, hexadecimal | range: 64 digits'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT * FROM catalogue
COMMENT 'Indicators: what each figure means | source: schemas/catalogue.ts';

CREATE VIEW IF NOT EXISTS {research:Identifier}.snapshots
(
    snapshot     UInt64               COMMENT 'number of the published snapshot | unit: number, growing | range: from 1',
    published_at DateTime64(3, 'UTC') COMMENT 'when it was published',
    as_of        DateTime64(3, 'UTC') COMMENT 'what had been stored by then went in',
    figures      UInt64               COMMENT 'rows of the snapshot | unit: rows | range: from 1',
    suppressed   UInt64               COMMENT 'rows of which the figure is not told | unit: rows | range: from 0',
    newest       Bool                 COMMENT 'the newest one, whose figures are those of published'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT s.snapshot AS snapshot, s.published_at AS published_at, s.as_of AS as_of, s.cells AS figures, s.suppressed AS suppressed,
    s.snapshot = (SELECT max(snapshot) FROM snapshots FINAL WHERE complete) AS newest
FROM (SELECT * FROM snapshots FINAL) AS s
WHERE s.complete
COMMENT 'Snapshots of published figures: frozen, never edited | source: processors/publish/README.md';

CREATE VIEW IF NOT EXISTS {research:Identifier}.published_all
(
    snapshot     UInt64                 COMMENT 'number of the published snapshot | unit: number, growing | range: from 1',
    published_at DateTime64(3, 'UTC')   COMMENT 'when it was published',
    indicator    LowCardinality(String) COMMENT 'id in the catalogue | range: ids of the catalogue',
    version      UInt16                 COMMENT 'version of its definition | unit: number | range: from 1',
    name         String                 COMMENT 'name of the indicator',
    unit         String                 COMMENT 'unit of its values',
    unit_type    LowCardinality(String) COMMENT 'what the figure is about | range: district, school',
    unit_id      String                 COMMENT 'the district''s id, or the school''s OneRoster sourcedId',
    unit_name    String                 COMMENT 'name of the school; empty: the district',
    slice        LowCardinality(String)  COMMENT 'sorted key=value pairs: group of students, and what it is measured by; empty: all | range: empty, grade=…, band=1..4, fifth=1..5; then subject=…,test=… or informant=…',
    period       LowCardinality(String)  COMMENT 'ISO week, name of a test or survey window, or school year | range: 2026-W10, 2025-2026 spring, 2025-2026',
    week         Date                   COMMENT 'Monday of the period | unit: day | range: Mondays',
    as_of        DateTime64(3, 'UTC')    COMMENT 'what had been stored by then went in',
    value        Nullable(Float64)       COMMENT 'best estimate; shares as 0 to 1 | unit: that of the indicator | range: that of the indicator | missing: empty unless status is ok',
    se           Nullable(Float64)       COMMENT 'standard error | unit: that of the indicator | range: from 0 | missing: empty unless status is ok',
    lo95         Nullable(Float64)       COMMENT 'lower end of the 95 % interval | unit: that of the indicator | range: that of the indicator | missing: empty unless status is ok',
    hi95         Nullable(Float64)       COMMENT 'upper end of the 95 % interval | unit: that of the indicator | range: that of the indicator | missing: empty unless status is ok',
    n            Nullable(UInt32)        COMMENT 'students (surveys: respondents) behind the value | unit: people | range: 0, or from 10 | missing: empty where suppressed',
    n_eff        Nullable(Float64)       COMMENT 'as many students of equal weight would say as much | unit: people | range: from 0 | missing: empty where suppressed',
    status       LowCardinality(String)  COMMENT 'whether there is a value | range: ok, insufficient, not_applicable, stale, suppressed',
    reason       LowCardinality(String)  COMMENT 'why status is not ok, or what to know when reading the value; empty: nothing',
    enrolled     Nullable(UInt32)        COMMENT 'students enrolled in the unit | unit: people | range: 0, or from 10 | missing: empty where suppressed',
    caution      String                 COMMENT 'what the indicator cannot know'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT p.snapshot AS snapshot, s.published_at AS published_at, p.indicator AS indicator, p.version AS version, c.name AS name,
    c.unit AS unit, p.unit_type AS unit_type, p.unit_id AS unit_id, k.school_name AS unit_name,
    p.slice AS slice, p.period AS period, p.week AS week, p.as_of AS as_of, p.value AS value, p.se AS se, p.lo95 AS lo95, p.hi95 AS hi95,
    p.n AS n, p.n_eff AS n_eff, p.status AS status, p.reason AS reason, p.enrolled AS enrolled, c.caution AS caution
FROM published AS p
INNER JOIN (SELECT snapshot, published_at FROM snapshots FINAL WHERE complete) AS s ON s.snapshot = p.snapshot
LEFT ANY JOIN (SELECT indicator, name, unit, caution FROM catalogue) AS c ON c.indicator = p.indicator
LEFT ANY JOIN (SELECT school_id, name AS school_name FROM schools FINAL) AS k ON k.school_id = p.unit_id AND p.unit_type = 'school'
COMMENT 'Published figures of every snapshot, with the words of the catalogue. Frozen; small cells are suppressed | source: processors/publish/README.md';

CREATE VIEW IF NOT EXISTS {research:Identifier}.published
(
    snapshot     UInt64                 COMMENT 'number of the published snapshot | unit: number, growing | range: from 1',
    published_at DateTime64(3, 'UTC')   COMMENT 'when it was published',
    indicator    LowCardinality(String) COMMENT 'id in the catalogue | range: ids of the catalogue',
    version      UInt16                 COMMENT 'version of its definition | unit: number | range: from 1',
    name         String                 COMMENT 'name of the indicator',
    unit         String                 COMMENT 'unit of its values',
    unit_type    LowCardinality(String) COMMENT 'what the figure is about | range: district, school',
    unit_id      String                 COMMENT 'the district''s id, or the school''s OneRoster sourcedId',
    unit_name    String                 COMMENT 'name of the school; empty: the district',
    slice        LowCardinality(String)  COMMENT 'sorted key=value pairs: group of students, and what it is measured by; empty: all | range: empty, grade=…, band=1..4, fifth=1..5; then subject=…,test=… or informant=…',
    period       LowCardinality(String)  COMMENT 'ISO week, name of a test or survey window, or school year | range: 2026-W10, 2025-2026 spring, 2025-2026',
    week         Date                   COMMENT 'Monday of the period | unit: day | range: Mondays',
    as_of        DateTime64(3, 'UTC')    COMMENT 'what had been stored by then went in',
    value        Nullable(Float64)       COMMENT 'best estimate; shares as 0 to 1 | unit: that of the indicator | range: that of the indicator | missing: empty unless status is ok',
    se           Nullable(Float64)       COMMENT 'standard error | unit: that of the indicator | range: from 0 | missing: empty unless status is ok',
    lo95         Nullable(Float64)       COMMENT 'lower end of the 95 % interval | unit: that of the indicator | range: that of the indicator | missing: empty unless status is ok',
    hi95         Nullable(Float64)       COMMENT 'upper end of the 95 % interval | unit: that of the indicator | range: that of the indicator | missing: empty unless status is ok',
    n            Nullable(UInt32)        COMMENT 'students (surveys: respondents) behind the value | unit: people | range: 0, or from 10 | missing: empty where suppressed',
    n_eff        Nullable(Float64)       COMMENT 'as many students of equal weight would say as much | unit: people | range: from 0 | missing: empty where suppressed',
    status       LowCardinality(String)  COMMENT 'whether there is a value | range: ok, insufficient, not_applicable, stale, suppressed',
    reason       LowCardinality(String)  COMMENT 'why status is not ok, or what to know when reading the value; empty: nothing',
    enrolled     Nullable(UInt32)        COMMENT 'students enrolled in the unit | unit: people | range: 0, or from 10 | missing: empty where suppressed',
    caution      String                 COMMENT 'what the indicator cannot know'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT p.snapshot AS snapshot, s.published_at AS published_at, p.indicator AS indicator, p.version AS version, c.name AS name,
    c.unit AS unit, p.unit_type AS unit_type, p.unit_id AS unit_id, k.school_name AS unit_name,
    p.slice AS slice, p.period AS period, p.week AS week, p.as_of AS as_of, p.value AS value, p.se AS se, p.lo95 AS lo95, p.hi95 AS hi95,
    p.n AS n, p.n_eff AS n_eff, p.status AS status, p.reason AS reason, p.enrolled AS enrolled, c.caution AS caution
FROM published AS p
INNER JOIN (SELECT snapshot, published_at FROM snapshots FINAL WHERE complete) AS s ON s.snapshot = p.snapshot
LEFT ANY JOIN (SELECT indicator, name, unit, caution FROM catalogue) AS c ON c.indicator = p.indicator
LEFT ANY JOIN (SELECT school_id, name AS school_name FROM schools FINAL) AS k ON k.school_id = p.unit_id AND p.unit_type = 'school'
WHERE p.snapshot = (SELECT max(snapshot) FROM snapshots FINAL WHERE complete)
COMMENT 'Published figures of the newest snapshot, with the words of the catalogue. Frozen; small cells are suppressed | source: processors/publish/README.md';

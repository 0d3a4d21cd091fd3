-- Who was in contact with whom, and what follows from it (indicators C1 to C8). All of it is derived from events and rosters.

-- What one week's logged contacts add to a student's ties: the commutative form of the decaying weight. A week's sum is
-- relative to its Monday's midnight; the weight at time T is the sum over weeks of s28 / 1e9 * 2^(-(T - Monday) / 28 days).
CREATE TABLE IF NOT EXISTS tie_weeks
(
    week         Date                   COMMENT 'Monday',
    student_id   FixedString(32)        COMMENT 'pseudonym of the student',
    others       Array(FixedString(32)) COMMENT 'pseudonyms of the persons met, sorted',
    other_roles  Array(LowCardinality(String)) COMMENT 'same order: student, or the adult''s role: as the roster says, else as recorded',
    s14          Array(Int64)           COMMENT 'same order: sum of b m z 2^(days since Monday / 14), in billionths; half-life 14 days',
    s28          Array(Int64)           COMMENT 'same order: half-life 28 days, the one that counts',
    s56          Array(Int64)           COMMENT 'same order: half-life 56 days',
    free_s28     Array(Int64)           COMMENT 'same order: part of s28 from contacts that no adult assigned or led',
    day_bits     Array(UInt8)           COMMENT 'same order: local days with contact, Monday the lowest bit',
    free_bits    Array(UInt8)           COMMENT 'same order: those of contacts that no adult assigned or led',
    meetings     Array(UInt16)          COMMENT 'same order: records of kind met',
    sent         Array(UInt16)          COMMENT 'same order: messages and requests for help from the student to them',
    received     Array(UInt16)          COMMENT 'same order: from them to the student',
    computed     UInt64                 COMMENT 'grows with every computation',
    deleted      UInt8                  COMMENT '1: no contact is left'
)
ENGINE = ReplacingMergeTree(computed, deleted)
PARTITION BY toYYYYMM(week)
ORDER BY (week, student_id)
SETTINGS index_granularity = 256;

-- How one student's logged time of a week was spent: alone, with one adult, with one other student, in a group (C8).
CREATE TABLE IF NOT EXISTS flow_weeks
(
    week          Date            COMMENT 'Monday',
    student_id    FixedString(32) COMMENT 'pseudonym of the student',
    days          Array(Date)     COMMENT 'local days with logged time, sorted',
    individual_ms Array(Int64)    COMMENT 'same order: milliseconds of learning activity alone',
    adult_ms      Array(Int64)    COMMENT 'same order: one to one with an adult',
    peer_ms       Array(Int64)    COMMENT 'same order: one to one with another student',
    group_ms      Array(Int64)    COMMENT 'same order: with several others',
    segments      UInt32          COMMENT 'stretches of one mode, over the week',
    moves         Array(UInt32)   COMMENT 'of each segment to the next of the same day: 16 counts, row by row from and to individual, adult, peer, group',
    computed      UInt64          COMMENT 'grows with every computation',
    deleted       UInt8           COMMENT '1: no logged time is left'
)
ENGINE = ReplacingMergeTree(computed, deleted)
PARTITION BY toYYYYMM(week)
ORDER BY (week, student_id)
SETTINGS index_granularity = 256;

-- Every enrolled student at the end of a week: with whom, how strongly, since when. For pages about the students of the reader.
CREATE TABLE IF NOT EXISTS student_connectedness
(
    week               Date                   COMMENT 'Monday; weights are those at the end of its Sunday',
    student_id         FixedString(32)        COMMENT 'pseudonym of the student',
    school_id          LowCardinality(String) COMMENT 'school with most enrolled days of the week',
    grade              LowCardinality(String) COMMENT 'grade, as in persons',
    band               UInt8                  COMMENT 'quarter of the grade by the latest scores before the end of the week, 1 lowest to 4; 0: no score',
    school_bits        UInt8                  COMMENT 'school days enrolled and not absent, Monday the lowest bit',
    adult_bits         UInt8                  COMMENT 'local days with logged contact with an adult, Monday the lowest bit',
    peer_bits          UInt8                  COMMENT 'local days with logged contact with another student',
    adults             Array(FixedString(32)) COMMENT 'pseudonyms of adults with logged contact in the last 52 weeks, heaviest first',
    adult_roles        Array(LowCardinality(String)) COMMENT 'same order: adviser, teacher, staff, tutor, mentor, community: as the roster says, else as recorded',
    adult_weights      Array(Float64)         COMMENT 'same order: tie weight, half-life 28 days',
    adult_weeks        Array(UInt8)           COMMENT 'same order: weeks with contact among the last 8',
    adult_last         Array(Date)            COMMENT 'same order: day of the last contact',
    adult_sustained    Array(Bool)            COMMENT 'same order: sustained contact: weight at least 1.25, contact in 2 or more of the last 8 weeks',
    sustained          UInt16                 COMMENT 'adults with sustained contact',
    sustained_14       UInt16                 COMMENT 'the same with half-life 14 days',
    sustained_56       UInt16                 COMMENT 'the same with half-life 56 days',
    advisers           Array(FixedString(32)) COMMENT 'pseudonyms of the adults of the student''s homerooms in the week, sorted',
    adviser_weight     Float64                COMMENT 'weight of the strongest tie to one of them',
    adviser_tied       Bool                   COMMENT 'sustained contact with one of them',
    peers              Array(FixedString(32)) COMMENT 'pseudonyms of students with a weight of at least .05 or contact in the last 8 weeks, heaviest first',
    peer_weights       Array(Float64)         COMMENT 'same order: tie weight, half-life 28 days',
    peer_days          Array(UInt8)           COMMENT 'same order: days with contact in the last 8 weeks',
    peer_last          Array(Date)            COMMENT 'same order: day of the last contact',
    peer_kinds         Array(UInt8)           COMMENT 'same order: 2 a tie by contacts that no adult assigned or led (weight at least .5, 2 days or more in 8 weeks), 1 a tie only with those, 0 none',
    peer_ties          UInt16                 COMMENT 'peers with a tie of either kind',
    seen_days          UInt8                  COMMENT 'school days of the last 8 weeks on which the student was enrolled and not absent',
    run_days           UInt8                  COMMENT 'school days without any logged contact up to now, within the last 8 weeks',
    longest_run        UInt8                  COMMENT 'longest such run of the last 8 weeks',
    connected_share    Nullable(Float64)      COMMENT 'share of the week''s school days with logged contact with an adult and with another student; null: no school day',
    individual_ms      Int64                  COMMENT 'logged time of the week alone, milliseconds',
    adult_ms           Int64                  COMMENT 'one to one with an adult',
    peer_ms            Int64                  COMMENT 'one to one with another student',
    group_ms           Int64                  COMMENT 'with several others',
    balance            Nullable(Float64)      COMMENT 'entropy of the four shares / ln 4, 0 to 1: a description, no target; null: no logged time',
    plan_fit           Nullable(Float64)      COMMENT '1 - Jensen-Shannon divergence from the mix that the student plans, 0 to 1; null: no plan or no logged time',
    switch_rate        Nullable(Float64)      COMMENT 'share of moves to another mode, 0 to 1; null: fewer than 5 segments',
    transition_entropy Nullable(Float64)      COMMENT 'mean entropy of where a segment leads / ln 4, 0 to 1; null: fewer than 5 segments',
    weeks_off_plan     UInt8                  COMMENT 'weeks in a row up to this one with a plan_fit below .80, weeks without one passed over; at most 8',
    adults_known       Bool                   COMMENT 'the student''s schools log contacts of adults: half of the advisers or more did in the last 8 weeks',
    peers_known        Bool                   COMMENT 'they log contacts of students: half of the students or more had one in the last 8 weeks',
    computed           UInt64                 COMMENT 'grows with every computation',
    deleted            UInt8                  COMMENT '1: not enrolled any more'
)
ENGINE = ReplacingMergeTree(computed, deleted)
PARTITION BY toYYYYMM(week)
ORDER BY (week, student_id)
SETTINGS index_granularity = 256;

-- How completely a school logs contacts: what every figure about them has to be read with.
CREATE TABLE IF NOT EXISTS contact_logging
(
    week            Date     COMMENT 'Monday',
    school_id       String   COMMENT 'school',
    advisers        UInt32   COMMENT 'adults of its homerooms in the week; 0: the roster names none',
    active_advisers UInt32   COMMENT 'of them, who logged a meeting with a student in the last 8 weeks',
    students        UInt32   COMMENT 'students enrolled in the week',
    peer_students   UInt32   COMMENT 'of them, with logged contact with another student in the last 8 weeks',
    adults_known    Bool     COMMENT 'half of the advisers or more were active; where the roster names none: any adult was',
    peers_known     Bool     COMMENT 'half of the students or more had such contact',
    computed        UInt64   COMMENT 'grows with every computation',
    deleted         UInt8    COMMENT '1: nobody is enrolled any more'
)
ENGINE = ReplacingMergeTree(computed, deleted)
PARTITION BY toYYYYMM(week)
ORDER BY (week, school_id);

-- What one adviser carries at the end of a week (C3): for the adviser and the principal, as a reason for support.
CREATE TABLE IF NOT EXISTS adviser_load
(
    week       Date                   COMMENT 'Monday',
    adviser_id FixedString(32)        COMMENT 'pseudonym of the adult',
    school_id  LowCardinality(String) COMMENT 'school of the homeroom',
    class_ids  Array(String)          COMMENT 'homerooms, sorted',
    advisees   UInt32                 COMMENT 'students enrolled in them in the week',
    tied       UInt32                 COMMENT 'of them, with sustained contact with this adult',
    unserved   UInt32                 COMMENT 'of them, with sustained contact with no adult at all',
    gini       Nullable(Float64)      COMMENT 'of tie weights over advisees, 0 all alike; null: no weight at all, or one advisee',
    active     Bool                   COMMENT 'logged a meeting with a student in the last 8 weeks',
    status     LowCardinality(String) COMMENT 'ok; insufficient: no meeting is logged',
    reason     LowCardinality(String) COMMENT 'why not ok',
    computed   UInt64                 COMMENT 'grows with every computation',
    deleted    UInt8                  COMMENT '1: no adviser of a homeroom any more'
)
ENGINE = ReplacingMergeTree(computed, deleted)
PARTITION BY toYYYYMM(week)
ORDER BY (week, adviser_id, school_id);

-- Do students of different groups work together (C6)? Groups with fewer than 10 students are left out with their ties.
CREATE TABLE IF NOT EXISTS mixing
(
    week           Date                   COMMENT 'Monday',
    unit_type      LowCardinality(String) COMMENT 'school, district',
    unit_id        String                 COMMENT 'as in indicators',
    attribute      LowCardinality(String) COMMENT 'band, or a name of persons.groups',
    ties           LowCardinality(String) COMMENT 'chosen: without contacts that an adult assigned or led; assigned: only with them; all',
    groups         Array(String)          COMMENT 'groups with 10 students or more, sorted',
    group_n        Array(UInt32)          COMMENT 'same order: students, with or without ties',
    coleman        Array(Nullable(Float64)) COMMENT 'same order: Coleman''s homophily index, -1 to 1; null: no tie',
    n              UInt32                 COMMENT 'students in these groups',
    edges          UInt32                 COMMENT 'ties between them',
    ei             Nullable(Float64)      COMMENT '(external - internal) / all ties, -1 to 1; depends on the sizes of groups: no comparison of schools by it',
    ei_expected    Nullable(Float64)      COMMENT 'the same if students were tied at random',
    assortativity  Nullable(Float64)      COMMENT 'Newman''s r, -1 to 1; 0: as at random',
    se             Nullable(Float64)      COMMENT 'jackknife standard error of r',
    status         LowCardinality(String) COMMENT 'ok, insufficient, not_applicable',
    reason         LowCardinality(String) COMMENT 'why not ok',
    computed       UInt64                 COMMENT 'grows with every computation',
    deleted        UInt8                  COMMENT '1: nobody is left'
)
ENGINE = ReplacingMergeTree(computed, deleted)
PARTITION BY toYYYYMM(week)
ORDER BY (week, unit_type, unit_id, attribute, ties);

-- The network of peer ties inside an advisory, the home base (C7).
CREATE TABLE IF NOT EXISTS home_bases
(
    week         Date                   COMMENT 'Monday',
    class_id     String                 COMMENT 'homeroom',
    school_id    LowCardinality(String) COMMENT 'its school',
    members      UInt32                 COMMENT 'students enrolled in it in the week',
    ties         UInt32                 COMMENT 'peer ties between members',
    density      Nullable(Float64)      COMMENT 'ties / pairs of members, 0 to 1',
    components   UInt32                 COMMENT 'parts that no tie connects; a member without a tie is one',
    largest      UInt32                 COMMENT 'members of the largest part',
    alone        UInt32                 COMMENT 'members without a tie to another member',
    clustering   Nullable(Float64)      COMMENT 'mean over members of the share of pairs of their tied members who are tied; with fewer than two: 0',
    transitivity Nullable(Float64)      COMMENT '3 triangles / paths of two ties; null: no such path',
    tied_share   Nullable(Float64)      COMMENT 'share of members with sustained contact with an adviser of it',
    status       LowCardinality(String) COMMENT 'ok, insufficient',
    reason       LowCardinality(String) COMMENT 'why not ok',
    computed     UInt64                 COMMENT 'grows with every computation',
    deleted      UInt8                  COMMENT '1: nobody is enrolled any more'
)
ENGINE = ReplacingMergeTree(computed, deleted)
PARTITION BY toYYYYMM(week)
ORDER BY (week, class_id);

-- Weeks that were there before these tables.
INSERT INTO touched_stages
SELECT 'connectedness', week, bitShiftLeft(toUInt64(toUnixTimestamp64Milli(now64(3))), 20) + rand() % 1048576, now(), 0
FROM (SELECT DISTINCT week FROM student_week);

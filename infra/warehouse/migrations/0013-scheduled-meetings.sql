-- What was to happen, and what attendance says of days: meetings of calendars, which are no contacts, and classes missed.

-- One row per meeting of a calendar and time at which it is to take place. Titles and descriptions are kept nowhere.
CREATE TABLE IF NOT EXISTS scheduled_meetings
(
    source     LowCardinality(String)        COMMENT 'who delivered the calendar',
    calendar   FixedString(32)               COMMENT 'pseudonym of the calendar''s name: files are named after people',
    meeting_id UUID                          COMMENT 'of source, calendar, UID and RECURRENCE-ID: all times of a series share it',
    begin_at   DateTime64(3, 'UTC')          COMMENT 'when it is to begin',
    week       Date                          COMMENT 'Monday of local_day',
    local_day  Date                          COMMENT 'date of begin_at in the district''s time zone',
    minutes    UInt16                        COMMENT 'planned length; 0: the calendar says none',
    section    LowCardinality(String)        COMMENT 'class that it is for; empty: the people alone say for whom',
    school_id  LowCardinality(String)        COMMENT 'school that the mapping names; empty: the class or the enrolment decides',
    purpose    LowCardinality(String)        COMMENT 'advisory, mentoring … as the mapping words it',
    tentative  Bool                          COMMENT 'true: not yet confirmed',
    people     Array(FixedString(32))        COMMENT 'who is invited and has not declined, pseudonyms as received, sorted',
    roles      Array(LowCardinality(String)) COMMENT 'their roles, same order',
    stored_at  DateTime64(3, 'UTC')          COMMENT 'when it was loaded last',
    ver        UInt64                        COMMENT '(stored ms << 20) + 20 bits of content',
    deleted    UInt8                         COMMENT '1: taken back'
)
ENGINE = ReplacingMergeTree(ver, deleted) ORDER BY (source, calendar, meeting_id, begin_at);

-- Calendars that were loaded whole: what was stored of them before, and not again, is not in them any more.
CREATE TABLE IF NOT EXISTS scheduled_calendars
(
    source   LowCardinality(String) COMMENT 'who delivered it',
    calendar FixedString(32)        COMMENT 'as in scheduled_meetings',
    since    DateTime64(3, 'UTC')   COMMENT 'begin of the newest load of the calendar',
    ver      UInt64                 COMMENT 'since, in ms'
)
ENGINE = ReplacingMergeTree(ver) ORDER BY (source, calendar);

-- The meetings that stand in their calendars now.
CREATE OR REPLACE VIEW planned_meetings AS
SELECT
    m.source AS source, m.calendar AS calendar, m.meeting_id AS meeting_id, m.begin_at AS begin_at, m.week AS week,
    m.local_day AS local_day, m.minutes AS minutes, m.section AS section, m.school_id AS school_id, m.purpose AS purpose,
    m.tentative AS tentative, m.people AS people, m.roles AS roles, m.stored_at AS stored_at
FROM (SELECT * FROM scheduled_meetings FINAL) AS m
LEFT JOIN (SELECT source, calendar, since FROM scheduled_calendars FINAL) AS c ON c.source = m.source AND c.calendar = m.calendar
WHERE m.stored_at >= c.since;

-- Days of which only classes took attendance: whether the whole day was missed depends on how many classes there are.
ALTER TABLE student_week
    MODIFY COLUMN absent_days Array(Date) COMMENT 'local days whose daily attendance says absent, sorted',
    ADD COLUMN IF NOT EXISTS class_days Array(Date) COMMENT 'local days of which only classes took attendance, sorted' AFTER absent_days,
    ADD COLUMN IF NOT EXISTS class_absences Array(UInt16) COMMENT 'classes missed on them, same order' AFTER class_days,
    ADD COLUMN IF NOT EXISTS classes_taken Array(UInt16) COMMENT 'classes that took attendance of the student on them, same order' AFTER class_absences;

-- Weeks in which an absence from a class counted as one of the day are computed anew.
INSERT INTO touched
SELECT DISTINCT week, person_id, bitShiftLeft(toUInt64(toUnixTimestamp64Milli(now64(3))), 20), now(), 0
FROM events
WHERE kind IN ('absent', 'attended') AND week > toDate(0);

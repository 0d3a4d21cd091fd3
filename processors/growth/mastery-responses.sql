-- mastery_responses: what every student answered, as mastery is computed from it
-- Grain    one row per first attempt with an outcome on an item and local day, and per skill that it names
-- Inputs   from:Date (a Monday: first week that is read) · students:Array(String) (pseudonyms, hexadecimal; empty: every student) ·
--          skills:Array(String) (empty: every one)
-- Columns  student_id pseudonym, hexadecimal · skill · at_ms of the attempt, milliseconds since 1970 · record_id · week Monday of its
--          local day, days since 1970 · stored_ms storedAt, milliseconds since 1970 · correct 1 or 0
-- Source   indicators A6; differs: none. An attempt is an answered, completed or scored record of the student's own with success or
--          scaled score: without either it says nothing, and the next one on that day counts. Right: success, else score >= .8;
--          with help asked for on the item that day before it: wrong.
with
  wanted as (select toFixedString(unhex(arrayJoin({students:Array(String)})), 32) as person),
  -- every identifier of a student; one that no roster knows is a student of its own
  wanted_identifiers as (
    select identifier from person_of final where person_id in (select person from wanted)
    union all
    select person from wanted
  ),
  identifiers as (
    select identifier, person_id as person, true as known from person_of final
    where empty({students:Array(String)}) or identifier in (select identifier from wanted_identifiers)
  ),
  records as (
    select
      if(known, person, person_id) as student_id, record_id, local_day, object, skills,
      toUnixTimestamp64Milli(occurred_at) as at_ms,
      stored_at, kind = 'asked-help' as is_help,
      if(isNotNull(success), success, score >= 0.8) as correct
    from events final
    left any join identifiers on identifiers.identifier = events.person_id
    where week >= {from:Date} and is_actor and object != ''
      and (kind = 'asked-help'
        or (kind in ('answered', 'completed', 'scored') and notEmpty(skills) and (isNotNull(success) or isNotNull(score))))
      and (empty({students:Array(String)}) or person_id in (select identifier from wanted_identifiers))
      and record_id not in (select record_id from voided where hash = 0)
      and (record_id, hash) not in (select record_id, hash from voided where hash != 0)
  ),
  first_attempts as (
    select student_id, local_day,
      argMinIf((at_ms, record_id, skills, correct, stored_at), (at_ms, record_id), not is_help) as attempt,
      minIf(at_ms, is_help) as help_ms, countIf(is_help) as helps
    from records
    group by student_id, object, local_day
    having countIf(not is_help) > 0
  )
select lower(hex(student_id)) as student_id, toString(arrayJoin(arrayDistinct(attempt.3))) as skill, toFloat64(attempt.1) as at_ms,
  toString(attempt.2) as record_id,
  toFloat64(toRelativeDayNum(toMonday(local_day))) as week, toFloat64(toUnixTimestamp64Milli(attempt.5)) as stored_ms, toUInt8(assumeNotNull(attempt.4) and not (helps > 0 and help_ms <= attempt.1)) as correct
from first_attempts
-- an identifier that is not the wanted student's own any more
where (empty({students:Array(String)}) or first_attempts.student_id in (select person from wanted))
  and (empty({skills:Array(String)}) or skill in {skills:Array(String)})
order by student_id, skill, at_ms, record_id

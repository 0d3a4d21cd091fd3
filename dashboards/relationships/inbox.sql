-- inbox: alarms of some students, with what was answered and what else is known
-- Grain    one row per alarm; the newest week first
-- Inputs   students:Array(String) pseudonyms of persons, hexadecimal: an adviser's own
-- Columns  alarm id · student pseudonym · week, since Mondays · minutes in that week, usual_minutes, as known when it was raised ·
--          raised_ms, answered_ms milliseconds (0: not answered) · answer the last one, or '' · stands: what has arrived since still
--          shows the drop · weeks (Monday, minutes or null where the week does not count, school days, days absent) of the last 16,
--          ascending · last_contact '' or the day of the last logged contact with an adult · sustained adults with sustained contact;
--          null: not computed
-- Source   indicators B8, C2; differs: none
with
  arrayMap(x -> toFixedString(unhex(x), 32), {students:Array(String)}) as own,
  identifiers as (
    select identifier, person_id as person from person_of final where person_id in (select arrayJoin(own))
    union distinct
    select arrayJoin(own) as identifier, identifier as person
  ),
  raised as (
    select i.person as person, a.alarm_id as alarm_id, a.week as week, a.since as since, a.minutes as minutes, a.usual_minutes as usual_minutes,
      a.raised_at as raised_at
    from (select * from alarms final where student_id in (select identifier from identifiers)) as a
    left any join identifiers as i on i.identifier = a.student_id
  ),
  answers as (
    select alarm_id, argMax(a.answer, (a.answered_at, a.answer_id)) as last_answer, max(a.answered_at) as last_at
    from alarm_answers as a where alarm_id in (select alarm_id from raised) group by alarm_id
  ),
  charts as (
    select student_id,
      arraySort(groupArray((week, if(status = 'skipped', null, minutes), enrolled_days, absent_days))) as weeks,
      groupArrayIf(week, status = 'ok' and e < 0) as low_weeks
    from alarm_weeks final
    where student_id in (select person from raised) and week > (select max(week) from alarm_weeks) - 7 * 60
    group by student_id
  ),
  contacts as (
    select student_id, arrayMax(arrayPushBack(adult_last, toDate(0))) as last_contact, sustained
    from student_connectedness final
    where student_id in (select person from raised) and week = (select max(week) from student_connectedness)
  )
select toString(r.alarm_id) as alarm, lower(hex(r.person)) as student, toString(r.week) as week, toString(r.since) as since,
  r.minutes as minutes, r.usual_minutes as usual_minutes,
  toFloat64(toUnixTimestamp64Milli(r.raised_at)) as raised_ms,
  toFloat64(toUnixTimestamp64Milli(n.last_at)) as answered_ms, toString(n.last_answer) as answer,
  has(c.low_weeks, r.week) as stands,
  arrayMap(w -> (toString(w.1), w.2, w.3, w.4), arraySlice(c.weeks, -16)) as weeks,
  if(k.last_contact = toDate(0), '', toString(k.last_contact)) as last_contact,
  if(k.student_id = r.person, k.sustained, null) as sustained
from raised as r
left any join answers as n on n.alarm_id = r.alarm_id
left any join charts as c on c.student_id = r.person
left any join contacts as k on k.student_id = r.person
order by r.week desc, student, alarm

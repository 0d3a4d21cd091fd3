-- due_notices: alarms that nobody has answered, with the advisory of their student, and of whom channels were told
-- Grain    one row per alarm
-- Inputs   from:Date: alarms of older weeks are left alone
-- Columns  alarm id · student pseudonym · advisory homeroom in which the student was at the end of the alarm's week, the last one begun
--          ('' none) · school of that homeroom · emailed accounts that were told · posted: the webhook was told
-- Source   indicators B8
with
  waiting as (
    select a.alarm_id as alarm_id, a.student_id as raised_for, a.week as week from alarms as a final
    where a.week >= {from:Date} and a.alarm_id not in (select alarm_id from alarm_answers)
  ),
  persons_of as (
    select w.alarm_id as alarm_id, w.week as week, if(p.known, p.person, w.raised_for) as person
    from waiting as w
    left any join (select identifier, person_id as person, true as known from person_of final) as p on p.identifier = w.raised_for
  ),
  homerooms as (
    select if(p.known, p.person, e.person_id) as person, e.class_id as advisory, c.school_id as school, e.begin_day as begin_day, e.end_day as end_day
    from (select * from enrolments final where role = 'student') as e
    inner join (select class_id, school_id from classes final where class_type = 'homeroom') as c on c.class_id = e.class_id
    left any join (select identifier, person_id as person, true as known from person_of final) as p on p.identifier = e.person_id
  ),
  placed as (
    select a.alarm_id as alarm_id, argMax((h.advisory, h.school), h.begin_day) as at
    from persons_of as a inner join homerooms as h on h.person = a.person
    where h.begin_day <= a.week + 6 and h.end_day > a.week
    group by a.alarm_id
  ),
  told as (
    select alarm_id, groupUniqArrayIf(account_id, channel = 'email') as emailed, max(channel = 'webhook') as posted
    from alarm_notices group by alarm_id
  )
select toString(a.alarm_id) as alarm, lower(hex(a.person)) as student, q.at.1 as advisory, q.at.2 as school,
  arrayMap(x -> toString(x), t.emailed) as emailed, t.posted = 1 as posted
from persons_of as a
left any join placed as q on q.alarm_id = a.alarm_id
left any join told as t on t.alarm_id = a.alarm_id
order by alarm

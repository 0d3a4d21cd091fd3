-- school_offers: of how many students of one school offers of help were raised, and of how many their adviser has answered none yet
-- Grain    one row
-- Inputs   school:String, week:Date (a Monday)
-- Columns  offered students with an offer of the eight weeks up to that one · open of them, with one that nobody has answered
-- Source   indicators B8; for readers of that school's live tier, who are told of fewer than 10 only that. A student is of the
--          school of which student_connectedness has them in that week.
with
  people as (select student_id from student_connectedness final where week = {week:Date} and school_id = {school:String}),
  raised as (
    select if(p.person_id = toFixedString('', 32), a.student_id, p.person_id) as person, a.alarm_id as alarm_id
    from (select student_id, alarm_id from alarms final where week between {week:Date} - 49 and {week:Date}) as a
    left any join (select identifier, person_id from person_of final) as p on p.identifier = a.student_id
  )
select toUInt32(uniqExact(person)) as offered, toUInt32(uniqExactIf(person, alarm_id not in (select a.alarm_id from alarm_answers as a))) as open
from raised where person in (select student_id from people)
